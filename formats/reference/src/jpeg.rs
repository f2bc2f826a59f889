//! JPEG: libjpeg-turbo, and the project's own codec.

use orrery_jpeg::{CodecError, DecodeOptions, ImageDecoder, ImageFormat, PixelFormat, TensorMut};
use turbojpeg::{Colorspace, Decompressor, Image};

use crate::guard::guarded;
use crate::picture::check_size;
use crate::{Backend, Format, Picture, ReferenceError};

/// JPEG by libjpeg-turbo (3.1.0, as the turbojpeg crate brings it), its
/// default decoder: accurate integer transform, interpolated chroma.
///
/// It smooths over coefficients that no scan has brought, which the project
/// does not. Arithmetic and lossless coding, which it could decode, are
/// refused like everywhere else here. A warning counts as an error; what was
/// decoded comes with it, none of its rows said to be right.
pub struct TurboJpeg;

/// JPEG by `orrery-jpeg`.
pub struct OrreryJpeg;

impl Backend for TurboJpeg {
    fn name(&self) -> &'static str {
        "libjpeg-turbo"
    }

    fn version(&self) -> &'static str {
        "3.1.0"
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Jpeg]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        ImageFormat::detect(bytes) == Some(ImageFormat::Jpeg)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| turbo(bytes))
    }
}

impl Backend for OrreryJpeg {
    fn name(&self) -> &'static str {
        "orrery-jpeg"
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Jpeg]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        TurboJpeg.sniff(bytes)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| ours(bytes))
    }
}

fn turbo_error(error: &turbojpeg::Error) -> ReferenceError {
    ReferenceError::Malformed(error.to_string())
}

/// A picture of a size a JPEG header can say.
fn blank(width: usize, height: usize) -> Result<Picture, ReferenceError> {
    let side = |length| u32::try_from(length).unwrap_or(u32::MAX);
    check_size(side(width), side(height))?;
    Picture::blank(side(width), side(height))
}

fn turbo(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let mut decompressor = Decompressor::new().map_err(|e| turbo_error(&e))?;
    let header = decompressor
        .read_header(bytes)
        .map_err(|e| turbo_error(&e))?;
    let refuse = |feature: &str| Err(ReferenceError::Unsupported(feature.to_owned()));
    if header.is_lossless {
        return refuse("lossless coding");
    }
    if header.is_arithmetic {
        return refuse("arithmetic coding");
    }
    let inks = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let mut picture = blank(header.width, header.height)?;
    let image = Image {
        pixels: &mut picture.rgba[..],
        width: header.width,
        pitch: header.width * 4,
        height: header.height,
        format: if inks {
            turbojpeg::PixelFormat::CMYK
        } else {
            turbojpeg::PixelFormat::RGBA
        },
    };
    let outcome = decompressor.decompress(bytes, image);
    if inks {
        show(&mut picture.rgba, has_adobe(bytes));
    }
    match outcome {
        Ok(()) => Ok(picture),
        Err(error) => Err(ReferenceError::Incomplete {
            picture,
            complete_rows: 0,
            message: error.to_string(),
        }),
    }
}

/// Inks to the light they let through; Adobe's files hold them inverted.
fn show(pixels: &mut [u8], inverted: bool) {
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let [c, m, y, k] = pixel.map(|ink| u32::from(if inverted { ink } else { 255 - ink }));
        let [r, g, b] = [c, m, y].map(|light| ((light * k + 127) / 255) as u8);
        *pixel = [r, g, b, 255];
    }
}

/// Whether there is a segment of Adobe's before the first scan.
fn has_adobe(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, code, high, low, ref body @ ..]) = bytes.get(at..) {
        match code {
            0xDA => return false,
            0xEE if body.starts_with(b"Adobe") => return true,
            0xFF => at += 1,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    false
}

fn ours(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let options = DecodeOptions::new().with_exif(false);
    let mut decoder = ImageDecoder::new();
    let error = |error: CodecError| match error {
        CodecError::Unsupported(feature) => ReferenceError::Unsupported(feature.to_string()),
        other => ReferenceError::Malformed(other.to_string()),
    };
    let info = decoder.info(bytes, &options).map_err(error)?;
    let mut picture = blank(info.width, info.height)?;
    let (width, height) = (info.width, info.height);
    let rgba = &mut picture.rgba[..];
    let outcome = match TensorMut::new(rgba, PixelFormat::Rgba, width, height, width * 4) {
        Some(mut tensor) => decoder.decode(bytes, &options, &mut tensor),
        None => {
            return Err(ReferenceError::Malformed(
                "the size of the picture".to_owned(),
            ));
        }
    };
    match outcome {
        Ok(_) => Ok(picture),
        Err(CodecError::Damaged { rows, fault, .. }) => Err(ReferenceError::Incomplete {
            picture,
            complete_rows: u32::try_from(rows).unwrap_or(u32::MAX),
            message: fault.to_string(),
        }),
        Err(other) => Err(error(other)),
    }
}
