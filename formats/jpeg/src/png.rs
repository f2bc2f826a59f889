//! PNG through zune-png.

use crate::error::{CodecError, Fault, UnsupportedFeature};
use crate::jpeg::luminance;
use crate::options::{DecodeOptions, ImageFormat, ImageInfo, Scale};
use crate::orient::Orientation;
use crate::pixel::{ImagePixel, PixelFormat};
use crate::tensor::TensorMut;
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
    Ok(open(data)?.1.turned(options.exif))
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
    let (mut decoder, stored) = open(data)?;
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
        DecodingResult::U16(samples) => write(&samples, components, size, turn, tensor)?,
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
