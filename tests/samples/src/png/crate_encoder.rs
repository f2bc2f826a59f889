//! Files from the png crate's encoder: what ordinary writers produce.

use orrery_reference::convert::Colour;
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::raster::Raster;
use super::scanlines::packed_rows;

/// Encodes a picture, one filter for all rows or [`Filter::Adaptive`], with
/// flate2 at level 9.
///
/// # Panics
/// When the raster contradicts itself (a depth its colour type lacks, a wrong
/// number of samples).
#[must_use]
pub fn encode(raster: &Raster, filter: Filter) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, raster.width, raster.height);
    encoder.set_color(match raster.colour {
        Colour::Grey => ColorType::Grayscale,
        Colour::Rgb => ColorType::Rgb,
        Colour::Indexed => ColorType::Indexed,
        Colour::GreyAlpha => ColorType::GrayscaleAlpha,
        Colour::Rgba => ColorType::Rgba,
    });
    encoder.set_depth(BitDepth::from_u8(raster.depth).expect("a depth PNG has"));
    if !raster.palette.is_empty() {
        encoder.set_palette(raster.palette.concat());
    }
    if let Some(trns) = &raster.trns {
        encoder.set_trns(trns.clone());
    }
    encoder.set_deflate_compression(DeflateCompression::Level(9));
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().expect("a valid header");
    writer
        .write_image_data(&packed_rows(raster))
        .expect("as many bytes as the header says");
    writer.finish().expect("writing to memory cannot fail");
    file
}
