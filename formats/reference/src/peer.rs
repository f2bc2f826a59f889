//! The speed peers: the same crates with nothing around them.
//!
//! For benchmarks. Each function decodes one whole file into a buffer the
//! caller keeps between calls, so that a measurement holds no allocation of
//! the picture, no conversion of this crate, and no catching of panics.
//! Checksums are verified, as by the backends.

use png::Transformations;
use qoi::{Channels, Decoder};

use crate::picture::check_size;
use crate::{ReferenceError, png_crate, qoi_crate};

/// What a peer wrote to the front of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Samples per pixel: 1 grey or index, 2 grey and alpha, 3 RGB, 4 RGBA.
    pub channels: u8,
    /// Bits per sample. Below 8, rows are packed and start on a byte; 16 bits
    /// are big-endian.
    pub depth: u8,
}

/// How much the png crate converts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PngOutput {
    /// Samples as stored.
    Stored,
    /// 8 bits a sample with alpha: two channels for grey pictures, four for
    /// the others. The crate's own conversion, which for depths other than 8
    /// need not follow this project's rules.
    Alpha8,
}

/// Decodes a PNG (an animated one: its default image) with the png crate.
/// `buffer` grows as needed and never shrinks.
///
/// # Errors
/// [`ReferenceError::Malformed`] or [`ReferenceError::Unsupported`]; what
/// `buffer` holds is then not specified.
pub fn decode_png_into(
    bytes: &[u8],
    output: PngOutput,
    buffer: &mut Vec<u8>,
) -> Result<Frame, ReferenceError> {
    let mut decoder = png_crate::decoder(bytes);
    if output == PngOutput::Alpha8 {
        let alpha = Transformations::EXPAND | Transformations::STRIP_16 | Transformations::ALPHA;
        decoder.set_transformations(alpha);
    }
    let mut reader = decoder.read_info().map_err(|e| png_crate::error(&e))?;
    check_size(reader.info().width, reader.info().height)?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| png_crate::error(&png::DecodingError::LimitsExceeded))?;
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    let info = reader
        .next_frame(buffer)
        .map_err(|e| png_crate::error(&e))?;
    Ok(Frame {
        width: info.width,
        height: info.height,
        channels: info.color_type.samples() as u8,
        depth: info.bit_depth as u8,
    })
}

/// Decodes a QOI file to RGBA8 with the qoi crate. `buffer` grows as needed
/// and never shrinks.
///
/// # Errors
/// [`ReferenceError::Malformed`] or [`ReferenceError::Unsupported`]; what
/// `buffer` holds is then not specified.
pub fn decode_qoi_into(bytes: &[u8], buffer: &mut Vec<u8>) -> Result<Frame, ReferenceError> {
    let decoder = Decoder::new(bytes).map_err(|e| qoi_crate::error(&e))?;
    let mut decoder = decoder.with_channels(Channels::Rgba);
    let header = *decoder.header();
    check_size(header.width, header.height)?;
    let size = decoder.required_buf_len();
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    // Exactly as long as the picture: the crate fills whatever it is given.
    decoder
        .decode_to_buf(&mut buffer[..size])
        .map_err(|e| qoi_crate::error(&e))?;
    Ok(Frame {
        width: header.width,
        height: header.height,
        channels: 4,
        depth: 8,
    })
}

/// Decodes a JPEG to RGBA8 with libjpeg-turbo, whose SIMD kernels run if the machine has
/// them. `buffer` grows as needed and never shrinks.
///
/// # Errors
/// [`ReferenceError::Malformed`] or [`ReferenceError::Unsupported`]; what
/// `buffer` holds is then not specified.
pub fn decode_jpeg_into(bytes: &[u8], buffer: &mut Vec<u8>) -> Result<Frame, ReferenceError> {
    let fail = |e: turbojpeg::Error| ReferenceError::Malformed(e.to_string());
    let mut decompressor = turbojpeg::Decompressor::new().map_err(fail)?;
    let header = decompressor.read_header(bytes).map_err(fail)?;
    let side = |length| u32::try_from(length).unwrap_or(u32::MAX);
    let (width, height) = (side(header.width), side(header.height));
    let size = check_size(width, height)? * 4;
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    let image = turbojpeg::Image {
        pixels: &mut buffer[..size],
        width: header.width,
        pitch: header.width * 4,
        height: header.height,
        format: turbojpeg::PixelFormat::RGBA,
    };
    decompressor.decompress(bytes, image).map_err(fail)?;
    Ok(Frame {
        width,
        height,
        channels: 4,
        depth: 8,
    })
}
