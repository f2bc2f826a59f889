//! The png crate.

use std::io::Cursor;

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits, Reader};

use crate::convert::{Colour, Raw};
use crate::guard::guarded;
use crate::picture::check_size;
use crate::png_chunks::SIGNATURE;
use crate::png_progress::Progress;
use crate::{Backend, Format, Picture, ReferenceError};

/// PNG by the png crate, CRC and Adler checks on, no transformations.
///
/// Decodes scanline by scanline, so a damaged file still gives the rows before
/// the damage. Version 0.18.1 stops reading the zlib stream once it has all
/// pixels, so a checksum that is missing, or wrong and in an IDAT chunk of its
/// own, escapes it.
pub struct PngCrate;

impl Backend for PngCrate {
    fn name(&self) -> &'static str {
        "png"
    }

    fn version(&self) -> &'static str {
        "0.18.1"
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Png]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&SIGNATURE)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes))
    }
}

/// A decoder with the project's settings, not yet reading.
pub(crate) fn decoder(bytes: &[u8]) -> Decoder<Cursor<&[u8]>> {
    let mut options = DecodeOptions::default();
    options.set_ignore_checksums(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options);
    // Bounds the crate's own buffers; pictures are bounded by MAX_PIXELS.
    decoder.set_limits(Limits { bytes: 1 << 30 });
    decoder
}

pub(crate) fn error(error: &DecodingError) -> ReferenceError {
    match error {
        DecodingError::LimitsExceeded => ReferenceError::Unsupported(error.to_string()),
        _ => ReferenceError::Malformed(error.to_string()),
    }
}

fn decode(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let mut reader = decoder(bytes).read_info().map_err(|e| error(&e))?;
    let mut raw = blank(&reader)?;
    let mut progress = Progress::new(raw.width, raw.height, reader.info().interlaced);
    let outcome = scanlines(&mut reader, &mut raw, &mut progress).and_then(|()| {
        // The frames of an animation may be faulty; the default image is not
        // concerned.
        match reader.info().animation_control().is_some() {
            true => Ok(()),
            false => reader.finish(),
        }
    });
    match outcome {
        Ok(()) => raw.to_picture(),
        Err(broken) => incomplete(&raw, progress.complete_rows(), broken.to_string()),
    }
}

/// An empty picture with the stored layout, the palette and the colour key.
fn blank(reader: &Reader<Cursor<&[u8]>>) -> Result<Raw, ReferenceError> {
    let info = reader.info();
    check_size(info.width, info.height)?;
    if let Some(frame) = info.frame_control
        && (frame.width, frame.height) != (info.width, info.height)
    {
        let message = "the default image's fcTL has another size than IHDR";
        return Err(ReferenceError::Malformed(message.to_owned()));
    }
    let colour = match info.color_type {
        ColorType::Grayscale => Colour::Grey,
        ColorType::Rgb => Colour::Rgb,
        ColorType::Indexed => Colour::Indexed,
        ColorType::GrayscaleAlpha => Colour::GreyAlpha,
        ColorType::Rgba => Colour::Rgba,
    };
    if colour == Colour::Indexed && info.palette.is_none() {
        // The crate asks for a palette only when it applies one itself.
        let message = "an indexed picture without a palette";
        return Err(ReferenceError::Malformed(message.to_owned()));
    }
    let depth = info.bit_depth as u8;
    let trns = info.trns.as_deref();
    let row_bytes = Raw::row_bytes(info.width, colour, depth);
    Ok(Raw {
        width: info.width,
        height: info.height,
        colour,
        depth,
        bytes: vec![0; row_bytes * info.height as usize],
        palette: palette(info.palette.as_deref(), trns),
        key: trns.and_then(|trns| key(colour, info.bit_depth, trns)),
    })
}

/// Reads the default image's scanlines to their places.
fn scanlines(
    reader: &mut Reader<Cursor<&[u8]>>,
    raw: &mut Raw,
    progress: &mut Progress,
) -> Result<(), DecodingError> {
    let stride = Raw::row_bytes(raw.width, raw.colour, raw.depth);
    let pixel_bits = raw.colour.samples() as u8 * raw.depth;
    while let Some(row) = reader.next_interlaced_row()? {
        let target = progress.advance();
        match row.interlace() {
            png::InterlaceInfo::Adam7(pass) => {
                png::expand_interlaced_row(&mut raw.bytes, stride, row.data(), pass, pixel_bits);
            }
            png::InterlaceInfo::Null(_) => {
                if let Some(y) = target {
                    let start = y as usize * stride;
                    raw.bytes[start..start + stride].copy_from_slice(row.data());
                }
            }
        }
    }
    Ok(())
}

/// The rows that are complete, the rest transparent: a row not decoded has no
/// colour, not even the one its zero samples would convert to.
fn incomplete(raw: &Raw, complete_rows: u32, message: String) -> Result<Picture, ReferenceError> {
    let mut picture = raw.to_picture()?;
    let row_bytes = picture.width as usize * 4;
    picture.rgba[complete_rows as usize * row_bytes..].fill(0);
    Err(ReferenceError::Incomplete {
        picture,
        complete_rows,
        message,
    })
}

/// Joins PLTE and tRNS; entries without an alpha are opaque.
fn palette(colours: Option<&[u8]>, alphas: Option<&[u8]>) -> Vec<[u8; 4]> {
    let colours = colours.unwrap_or_default().as_chunks::<3>().0;
    let mut alphas = alphas.unwrap_or_default().iter();
    colours
        .iter()
        .map(|[r, g, b]| [*r, *g, *b, *alphas.next().unwrap_or(&255)])
        .collect()
}

/// The colour key. The crate keeps one byte per sample below 16 bits, else
/// two.
fn key(colour: Colour, depth: BitDepth, trns: &[u8]) -> Option<[u16; 3]> {
    let wide = depth == BitDepth::Sixteen;
    let at = |place: usize| {
        if wide {
            let pair = trns.get(place * 2..place * 2 + 2)?;
            Some(u16::from_be_bytes([pair[0], pair[1]]))
        } else {
            trns.get(place).copied().map(u16::from)
        }
    };
    match colour {
        Colour::Grey => Some([at(0)?, 0, 0]),
        Colour::Rgb => Some([at(0)?, at(1)?, at(2)?]),
        _ => None,
    }
}
