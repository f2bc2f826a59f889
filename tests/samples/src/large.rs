//! Pictures for benchmarks, made when asked for and never stored.

use orrery_reference::Format;
use orrery_reference::convert::Colour;
use png::Filter;

use crate::catalogue::{Expect, Sample, shown};
use crate::jpeg::crate_encoder::Options;
use crate::png::crate_encoder;
use crate::png::raster::Raster;
use crate::qoi::{Channels, encode};
use crate::scenes::{Scene, with_alpha};

/// Sides of the pictures of [`large`]: 1.23 megapixels.
pub const LARGE_SIZE: (u32, u32) = (1280, 960);

/// A scene of [`LARGE_SIZE`] in a format, RGB or RGBA at 8 bits, as ordinary
/// encoders write it (PNG with adaptive filters; JPEG at quality 85, 4:2:0, and
/// always without alpha). Takes up to a second.
///
/// # Panics
/// For a [`Format`] this crate does not write yet.
#[must_use]
pub fn large(scene: Scene, format: Format, alpha: bool) -> Sample {
    let (width, height) = LARGE_SIZE;
    let mut picture = scene.paint(width, height, 1);
    let mut name = format!("large-{}", scene.name());
    if alpha {
        picture = with_alpha(picture);
        name.push_str("-rgba");
    }
    match format {
        Format::Png => {
            let colour = if alpha { Colour::Rgba } else { Colour::Rgb };
            let raster = Raster::new(&picture, colour, 8);
            let bytes = crate_encoder::encode(&raster, Filter::Adaptive);
            Sample::png(name, bytes, Expect::Picture(picture))
        }
        Format::Qoi => {
            let channels = if alpha { Channels::Rgba } else { Channels::Rgb };
            let bytes = encode(&picture, channels);
            Sample::qoi(name, bytes, Expect::Picture(picture))
        }
        Format::Jpeg => {
            let bytes = crate::jpeg::crate_encoder::encode(&picture, &Options::default());
            let expect = Expect::Picture(shown(&bytes));
            Sample::jpeg(name, bytes, expect)
        }
        other => panic!("no writer for {other:?}"),
    }
}
