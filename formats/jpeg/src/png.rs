//! PNG through zune-png.

use crate::error::{CodecError, Fault, UnsupportedFeature};
use crate::jpeg::luminance;
use crate::options::{DecodeOptions, ImageFormat, ImageInfo, Scale};
use crate::orient::Orientation;
use crate::pixel::{ImagePixel, PixelFormat};
use crate::tensor::TensorMut;
use std::borrow::Cow;
use std::ops::Range;
use zune_core::bit_depth::BitDepth;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_core::result::DecodingResult;
use zune_png::PngDecoder;

/// One sample of a stored picture.
trait Sample: Copy {
    /// Full intensity.
    const FULL: Self;

    /// The sample in an element type.
    fn element<T: ImagePixel>(self) -> T;

    /// Luma of RGB (ITU-R BT.601).
    fn luma(rgb: [Self; 3]) -> Self;
}

impl Sample for u8 {
    const FULL: Self = 255;

    fn element<T: ImagePixel>(self) -> T {
        T::from_u8(self)
    }

    fn luma(rgb: [Self; 3]) -> Self {
        luminance(rgb)
    }
}

impl Sample for u16 {
    const FULL: Self = 65535;

    fn element<T: ImagePixel>(self) -> T {
        T::from_u16(self)
    }

    fn luma([r, g, b]: [Self; 3]) -> Self {
        let [r, g, b] = [r, g, b].map(u64::from);
        ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16) as u16
    }
}

type Decoder<'a> = PngDecoder<ZCursor<&'a [u8]>>;

/// The chunks of a file as far as they are whole: types, and where they lie
/// with their lengths and checksums.
fn chunks(data: &[u8]) -> impl Iterator<Item = ([u8; 4], Range<usize>)> {
    let mut at = 8;
    std::iter::from_fn(move || {
        let (length, rest) = data.get(at..)?.split_first_chunk::<4>()?;
        let length = (u32::from_be_bytes(*length) as usize).checked_add(12)?;
        let start = at;
        at = at.checked_add(length).filter(|&end| end <= data.len())?;
        Some((*rest.first_chunk::<4>()?, start..at))
    })
}

/// The file without profiles and texts: zune-png inflates them, to whatever
/// length, though no pixel depends on them.
fn without_texts(data: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut kept = 0;
    for (kind, place) in chunks(data) {
        if matches!(&kind, b"iCCP" | b"zTXt" | b"iTXt") {
            out.extend_from_slice(&data[kept..place.start]);
            kept = place.end;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(data);
    }
    out.extend_from_slice(&data[kept..]);
    Cow::Owned(out)
}

/// The colour that stands for transparency in a picture of 16 bits (PNG, 11.3.2.1).
fn colour_key(data: &[u8]) -> Option<Vec<u16>> {
    const COLOUR_TYPE: usize = 25;
    let components = match data.get(COLOUR_TYPE)? {
        0 => 1,
        2 => 3,
        _ => return None,
    };
    let (_, place) = chunks(data).find(|(kind, _)| kind == b"tRNS")?;
    let key = data[place].get(8..8 + components * 2)?;
    let samples = key.as_chunks::<2>().0;
    Some(samples.iter().map(|v| u16::from_be_bytes(*v)).collect())
}

/// A decoder that has read the headers.
fn open(data: &[u8]) -> Result<(Decoder<'_>, ImageInfo), CodecError> {
    // The caller's tensor is the limit, not the library's usual one.
    let options = DecoderOptions::default()
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .png_set_add_alpha_channel(false)
        .png_set_decode_animated(false)
        .png_set_confirm_crc(true)
        .set_strict_mode(true);
    let mut decoder = PngDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(|_| Fault::Png)?;
    let (width, height) = decoder.dimensions().ok_or(Fault::Png)?;
    let colours = decoder.colorspace().ok_or(Fault::Png)?;
    let depth = decoder.depth().ok_or(Fault::Png)?;
    let exif = decoder.info().and_then(|info| info.exif.as_deref());
    let info = ImageInfo {
        format: ImageFormat::Png,
        width,
        height,
        components: colours.num_components() as u8,
        bit_depth: match depth {
            BitDepth::Sixteen => 16,
            _ => 8,
        },
        progressive: decoder.info().is_some_and(|info| {
            !matches!(info.interlace_method, zune_png::InterlaceMethod::Standard)
        }),
        orientation: exif.and_then(crate::exif::orientation).unwrap_or_default(),
    };
    Ok((decoder, info))
}

/// What the headers say.
pub(crate) fn info(data: &[u8], options: &DecodeOptions) -> Result<ImageInfo, CodecError> {
    Ok(open(&without_texts(data))?.1.turned(options.exif))
}

/// Decodes a file into the tensor's upper left corner. zune-png allocates the
/// picture for each call.
pub(crate) fn decode<T: ImagePixel>(
    data: &[u8],
    options: &DecodeOptions,
    tensor: &mut TensorMut<'_, T>,
) -> Result<ImageInfo, CodecError> {
    if options.scale != Scale::Full {
        return Err(UnsupportedFeature::ScaledPng.into());
    }
    let format = tensor.format();
    if matches!(format, PixelFormat::Nv12 | PixelFormat::Cmyk) {
        return Err(UnsupportedFeature::Output(format).into());
    }
    let data = without_texts(data);
    let (mut decoder, stored) = open(&data)?;
    let info = stored.turned(options.exif);
    tensor.check(info.width, info.height)?;
    let turn = if options.exif {
        stored.orientation
    } else {
        Orientation::Normal
    };
    let decoded = decoder.decode().map_err(|_| Fault::Png)?;
    let components = match decoder.colorspace() {
        Some(ColorSpace::Luma) => 1,
        Some(ColorSpace::LumaA) => 2,
        Some(ColorSpace::RGB) => 3,
        Some(ColorSpace::RGBA) => 4,
        _ => return Err(Fault::Png.into()),
    };
    let size = (stored.width, stored.height);
    match decoded {
        DecodingResult::U8(samples) => write(&samples, components, size, turn, tensor)?,
        DecodingResult::U16(mut samples) => {
            // zune-png 0.5.2 compares with the bytes of the key swapped.
            if let Some(key) = colour_key(&data).filter(|key| key.len() + 1 == components) {
                for pixel in samples.chunks_exact_mut(components) {
                    let (alpha, colour) = pixel.split_last_mut().ok_or(Fault::Png)?;
                    *alpha = if *colour == *key { 0 } else { u16::FULL };
                }
            }
            write(&samples, components, size, turn, tensor)?;
        }
        _ => return Err(Fault::Png.into()),
    }
    Ok(info)
}

/// Writes stored samples as the tensor's pixels.
fn write<S: Sample, T: ImagePixel>(
    samples: &[S],
    components: usize,
    (width, height): (usize, usize),
    turn: Orientation,
    tensor: &mut TensorMut<'_, T>,
) -> Result<(), CodecError> {
    if samples.len() < width * height * components {
        return Err(Fault::Png.into());
    }
    let format = tensor.format();
    let (out_width, out_height) = if turn.swaps_sides() {
        (height, width)
    } else {
        (width, height)
    };
    let same = match format {
        PixelFormat::Grey => components == 1,
        PixelFormat::Rgb => components == 3,
        PixelFormat::Rgba => components == 4,
        _ => false,
    };
    for y in 0..out_height {
        let row = tensor.row(y, format.row_elements(out_width));
        if turn == Orientation::Normal && same {
            let stored = &samples[y * width * components..][..row.len()];
            for (out, sample) in row.iter_mut().zip(stored) {
                *out = sample.element();
            }
            continue;
        }
        for (x, out) in row.chunks_exact_mut(format.channels()).enumerate() {
            let (sx, sy) = turn.source(x, y, width, height);
            let pixel = &samples[(sy * width + sx) * components..][..components];
            let (rgb, alpha) = match *pixel {
                [v] => ([v; 3], S::FULL),
                [v, a] => ([v; 3], a),
                [r, g, b] => ([r, g, b], S::FULL),
                [r, g, b, a, ..] => ([r, g, b], a),
                [] => ([S::FULL; 3], S::FULL),
            };
            let [r, g, b] = rgb;
            let all = match format {
                PixelFormat::Grey if components < 3 => [r; 4],
                PixelFormat::Grey => [S::luma(rgb); 4],
                PixelFormat::Bgra => [b, g, r, alpha],
                _ => [r, g, b, alpha],
            };
            for (out, sample) in out.iter_mut().zip(all) {
                *out = sample.element();
            }
        }
    }
    Ok(())
}
