//! Files from the jpeg-encoder crate.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use orrery_reference::Picture;

/// What the file's components are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Brightness alone.
    Grey,
    /// Brightness and two differences of colour.
    Ycc,
    /// Four inks.
    Cmyk,
    /// Four inks, three of them as brightness and differences.
    Ycck,
}

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The components.
    pub colours: Colours,
    /// Horizontal and vertical factor of the first component: 1, 2 or 4.
    pub sampling: (u8, u8),
    /// 1 to 100.
    pub quality: u8,
    /// Scans that sharpen the picture.
    pub progressive: bool,
    /// Huffman tables made for the picture. (With restarts the crate counts
    /// other symbols than it writes.)
    pub optimised: bool,
    /// MCUs between restart markers; 0 for none.
    pub restart: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            colours: Colours::Ycc,
            sampling: (2, 2),
            quality: 85,
            progressive: false,
            optimised: false,
            restart: 0,
        }
    }
}

/// Encodes a picture; its alpha is dropped, or is the black of four inks.
///
/// # Panics
/// When a side is zero or above 65535, or no such sampling factors exist.
#[must_use]
pub fn encode(picture: &Picture, options: &Options) -> Vec<u8> {
    let (pixels, _) = picture.rgba.as_chunks::<4>();
    let (colours, samples): (_, Vec<u8>) = match options.colours {
        Colours::Grey => (ColorType::Luma, pixels.iter().map(|p| p[1]).collect()),
        Colours::Ycc => (
            ColorType::Rgb,
            pixels.iter().flat_map(|p| [p[0], p[1], p[2]]).collect(),
        ),
        Colours::Cmyk => (ColorType::Cmyk, picture.rgba.clone()),
        Colours::Ycck => (ColorType::CmykAsYcck, picture.rgba.clone()),
    };
    let side = |length| u16::try_from(length).expect("a side JPEG has");
    let (h, v) = options.sampling;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, options.quality);
    encoder.set_sampling_factor(SamplingFactor::from_factors(h, v).expect("factors of the crate"));
    encoder.set_progressive(options.progressive);
    encoder.set_optimized_huffman_tables(options.optimised);
    encoder.set_restart_interval(options.restart);
    encoder
        .encode(&samples, side(picture.width), side(picture.height), colours)
        .expect("writing to memory cannot fail");
    file
}
