//! PNG in and out, with 16 bits and profiles.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Encoder, Transformations};
use thiserror::Error;

use crate::{Colour, Frame, Image, Info, Limits, Samples};

/// A PNG that cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PngError {
    /// The png crate finds an error.
    #[error("PNG: {0}")]
    Decode(#[from] png::DecodingError),
    /// The png crate cannot write it.
    #[error("PNG: {0}")]
    Encode(#[from] png::EncodingError),
    /// More pixels than allowed.
    #[error("over the limit: {0}")]
    OverLimit(String),
    /// Samples that do not fit the description.
    #[error("the picture does not fit its description")]
    Shape,
}

impl Image {
    /// The default image of a PNG, to encode: samples of 8 or 16 bits, smaller depths and
    /// palettes expanded to 8, colour keys to alpha. An ICC profile is kept; gAMA and cHRM are
    /// not looked at, the picture is sRGB without a profile.
    ///
    /// # Errors
    /// [`PngError`] for what cannot be read, or has more pixels than the limit.
    pub fn from_png(bytes: &[u8], limits: &Limits) -> Result<Self, PngError> {
        let mut decoder = Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(Transformations::EXPAND);
        let mut reader = decoder.read_info()?;
        let (width, height) = (reader.info().width, reader.info().height);
        limits
            .check_pixels(width, height)
            .map_err(|error| PngError::OverLimit(error.to_string()))?;
        let icc = reader.info().icc_profile.as_ref().map(|icc| icc.to_vec());
        let size = reader.output_buffer_size().ok_or(PngError::Shape)?;
        let mut samples = vec![0; size];
        let info = reader.next_frame(&mut samples)?;
        samples.truncate(info.buffer_size());
        let interleaved = match info.color_type {
            ColorType::Grayscale => 1,
            ColorType::GrayscaleAlpha => 2,
            ColorType::Rgb => 3,
            ColorType::Rgba => 4,
            ColorType::Indexed => return Err(PngError::Shape),
        };
        let samples = match info.bit_depth {
            BitDepth::Sixteen => {
                let (pairs, _) = samples.as_chunks::<2>();
                Samples::U16(pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
            }
            BitDepth::Eight => Samples::U8(samples),
            _ => return Err(PngError::Shape),
        };
        let image = Self::new(width, height, interleaved, samples);
        Ok(match icc {
            Some(icc) => image.with_colour(Colour::Icc(icc)),
            None => image,
        })
    }
}

/// Writes a frame as PNG: 8 bits for samples of 8, otherwise 16, floats rounded and clamped to
/// their nominal range; with the profile of `info`, if there is one.
///
/// # Errors
/// [`PngError`] for a frame that does not fit its description.
pub fn to_png(info: &Info, frame: &Frame) -> Result<Vec<u8>, PngError> {
    let colour = match (info.colour_channels, info.alpha.is_some()) {
        (1, false) => ColorType::Grayscale,
        (1, true) => ColorType::GrayscaleAlpha,
        (3, false) => ColorType::Rgb,
        (3, true) => ColorType::Rgba,
        _ => return Err(PngError::Shape),
    };
    let wide = |value: f32| (value * 65535.0 + 0.5) as u16;
    let (depth, bytes) = match &frame.pixels {
        Samples::U8(samples) => (BitDepth::Eight, samples.clone()),
        Samples::U16(samples) => {
            let bytes = samples.iter().flat_map(|sample| sample.to_be_bytes());
            (BitDepth::Sixteen, bytes.collect())
        }
        Samples::F16(samples) => {
            let bytes = samples.iter().flat_map(|s| wide(s.to_f32()).to_be_bytes());
            (BitDepth::Sixteen, bytes.collect())
        }
        Samples::F32(samples) => {
            let bytes = samples
                .iter()
                .flat_map(|sample| wide(*sample).to_be_bytes());
            (BitDepth::Sixteen, bytes.collect())
        }
    };
    let mut header = png::Info::with_size(frame.width, frame.height);
    header.color_type = colour;
    header.bit_depth = depth;
    if !info.icc.is_empty() {
        header.icc_profile = Some(std::borrow::Cow::Borrowed(&info.icc));
    }
    let mut file = Vec::new();
    let mut writer = Encoder::with_info(&mut file, header)?.write_header()?;
    writer.write_image_data(&bytes)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_go_there_and_back() {
        let limits = Limits::default();
        let cases = [
            (1, Samples::U8(vec![0, 128, 255, 7])),
            (2, Samples::U16(vec![0, 65535, 258, 513, 1, 2, 3, 4])),
            (3, Samples::U16((0..12).map(|n| n * 5000).collect())),
            (4, Samples::U8((0..16).collect())),
        ];
        for (interleaved, samples) in cases {
            let image = Image::new(2, 2, interleaved, samples);
            let file = to_png(&image.info, &image.frames[0]).unwrap();
            assert_eq!(Image::from_png(&file, &limits).unwrap(), image);
            let few = Limits {
                pixels: 3,
                ..limits
            };
            assert!(matches!(
                Image::from_png(&file, &few),
                Err(PngError::OverLimit(_))
            ));
        }
    }
}
