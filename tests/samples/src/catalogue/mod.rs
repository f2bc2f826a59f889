//! The list of all samples.

mod jpeg;
mod jpeg_broken;
mod png_broken;
mod png_coding;
mod png_colours;
mod qoi;

use orrery_reference::convert::Colour;
use orrery_reference::{Format, Picture};

use crate::png::raster::Raster;
use crate::scenes::{Scene, with_alpha};

pub(crate) use jpeg::shown;

/// What decoding a sample has to come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// This picture, and no error. (A warning is in order for some.)
    Picture(Picture),
    /// An error, with the picture so far. Rows said to be complete are those
    /// of `whole`; how many there are is the decoder's affair.
    Damaged {
        /// What the file held before it was damaged.
        whole: Picture,
    },
    /// An error, and nothing to show.
    Broken,
}

/// A file made by this crate.
#[derive(Clone, PartialEq, Eq)]
pub struct Sample {
    /// A unique name, usable as a file name without extension.
    pub name: String,
    /// What the bytes claim to be.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
    /// What decoding it has to come to.
    pub expect: Expect,
}

impl Sample {
    /// The name with the format's extension.
    #[must_use]
    pub fn file_name(&self) -> String {
        let extension = match self.format {
            Format::Png => "png",
            Format::Qoi => "qoi",
            Format::Jpeg => "jpg",
            // `Format` may grow before this crate does.
            _ => "bin",
        };
        format!("{}.{extension}", self.name)
    }

    pub(crate) fn png(name: impl Into<String>, bytes: Vec<u8>, expect: Expect) -> Self {
        Self {
            name: format!("png-{}", name.into()),
            format: Format::Png,
            bytes,
            expect,
        }
    }

    pub(crate) fn jpeg(name: impl Into<String>, bytes: Vec<u8>, expect: Expect) -> Self {
        Self {
            name: format!("jpeg-{}", name.into()),
            format: Format::Jpeg,
            bytes,
            expect,
        }
    }

    pub(crate) fn qoi(name: impl Into<String>, bytes: Vec<u8>, expect: Expect) -> Self {
        Self {
            name: format!("qoi-{}", name.into()),
            format: Format::Qoi,
            bytes,
            expect,
        }
    }
}

/// Name and size: a failed assertion should not print the bytes.
impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sample({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// Every sample, valid and broken, always in the same order; under 2 MB
/// together. Pictures never change; how well they are compressed may, with the
/// versions of the compressing crates.
#[must_use]
pub fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    png_colours::add(&mut samples);
    png_coding::add(&mut samples);
    png_broken::add(&mut samples);
    qoi::add(&mut samples);
    jpeg::add(&mut samples);
    jpeg_broken::add(&mut samples);
    samples
}

/// The fifteen combinations of colour type and depth (PNG specification,
/// table 11.1).
const KINDS: [(&str, Colour, u8); 15] = [
    ("grey-1", Colour::Grey, 1),
    ("grey-2", Colour::Grey, 2),
    ("grey-4", Colour::Grey, 4),
    ("grey-8", Colour::Grey, 8),
    ("grey-16", Colour::Grey, 16),
    ("rgb-8", Colour::Rgb, 8),
    ("rgb-16", Colour::Rgb, 16),
    ("indexed-1", Colour::Indexed, 1),
    ("indexed-2", Colour::Indexed, 2),
    ("indexed-4", Colour::Indexed, 4),
    ("indexed-8", Colour::Indexed, 8),
    ("grey-alpha-8", Colour::GreyAlpha, 8),
    ("grey-alpha-16", Colour::GreyAlpha, 16),
    ("rgba-8", Colour::Rgba, 8),
    ("rgba-16", Colour::Rgba, 16),
];

/// A scene in a colour type, with alpha where the type has it.
fn raster(scene: Scene, (width, height): (u32, u32), colour: Colour, depth: u8) -> Raster {
    let mut picture = scene.paint(width, height, u64::from(depth));
    if matches!(colour, Colour::GreyAlpha | Colour::Rgba) {
        picture = with_alpha(picture);
    }
    Raster::new(&picture, colour, depth)
}
