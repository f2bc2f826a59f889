//! Pictures as tensors: any pixel format, any element type, in the files that can hold them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use orrery_jpeg::{
    CodecError, DecodeOptions, Dtype, ImageDecoder, ImageLoad, ImagePixel, PixelFormat, Tensor,
    TensorDyn, luminance,
};
use orrery_reference::{Backend, MAX_PIXELS, Picture};

use crate::cli::{DtypeArg, FormatArg, TensorArgs};
use crate::picture;
use crate::session::{Failure, exit};

/// Whether more is asked for than the picture that the other commands write too.
pub fn wanted(args: &TensorArgs, output: &Path) -> bool {
    args.format.is_some() || args.dtype.is_some() || is(output, "npy")
}

fn is(output: &Path, extension: &str) -> bool {
    output.extension().is_some_and(|found| found == extension)
}

/// Decodes into the format and type asked for, in the stored orientation, and writes it; says why
/// it is incomplete if it is. The project's `own` codec keeps what 16 bits a sample hold; of other
/// backends there are 8.
///
/// # Errors
/// What cannot be decoded, cannot be had in that format, or does not go into that file.
pub fn decode(
    backend: &dyn Backend,
    own: bool,
    bytes: &[u8],
    args: &TensorArgs,
    output: &Path,
    bad: impl Fn(String) -> Failure,
) -> Result<Option<String>, Failure> {
    let (format, dtype) = layout(args);
    let kind = Kind::choose(output, format, dtype).map_err(Failure::usage)?;
    let (tensor, problem) = if own {
        own_codec(bytes, format, dtype, bad)?
    } else {
        possible(format, backend.name()).map_err(&bad)?;
        let (picture, problem) = super::decode::decode(backend, bytes).map_err(&bad)?;
        (from_picture(&picture, format, dtype), problem)
    };
    store(&tensor, kind, output)?;
    Ok(problem)
}

/// Refuses, before anything is decoded, what [`write`] could not write.
///
/// # Errors
/// Wrong usage.
pub fn check(args: &TensorArgs, output: &Path) -> Result<(), Failure> {
    if !wanted(args, output) {
        return picture::writable(output).map_err(Failure::usage);
    }
    let (format, dtype) = layout(args);
    Kind::choose(output, format, dtype).map_err(Failure::usage)?;
    possible(format, "8-bit RGB").map_err(Failure::usage)
}

/// Writes a picture as asked for.
///
/// # Errors
/// What cannot be had in that format, or does not go into that file.
pub fn write(decoded: Picture, args: &TensorArgs, output: &Path) -> Result<(), Failure> {
    if !wanted(args, output) {
        return super::decode::write(decoded, true, output);
    }
    check(args, output)?;
    let (format, dtype) = layout(args);
    let kind = Kind::choose(output, format, dtype).map_err(Failure::usage)?;
    store(&from_picture(&decoded, format, dtype), kind, output)
}

/// The format and type asked for.
fn layout(args: &TensorArgs) -> (PixelFormat, Dtype) {
    let format = match args.format {
        None | Some(FormatArg::Rgb) => PixelFormat::Rgb,
        Some(FormatArg::Rgba) => PixelFormat::Rgba,
        Some(FormatArg::Bgra) => PixelFormat::Bgra,
        Some(FormatArg::Grey) => PixelFormat::Grey,
        Some(FormatArg::Nv12) => PixelFormat::Nv12,
        Some(FormatArg::Cmyk) => PixelFormat::Cmyk,
    };
    let dtype = match args.dtype {
        None | Some(DtypeArg::U8) => Dtype::U8,
        Some(DtypeArg::I8) => Dtype::I8,
        Some(DtypeArg::U16) => Dtype::U16,
        Some(DtypeArg::I16) => Dtype::I16,
        Some(DtypeArg::F32) => Dtype::F32,
    };
    (format, dtype)
}

/// Whether 8-bit RGBA can be had in a format.
fn possible(format: PixelFormat, from: &str) -> Result<(), String> {
    match format {
        PixelFormat::Nv12 | PixelFormat::Cmyk => {
            Err(format!("not supported: {format:?} output of {from}"))
        }
        _ => Ok(()),
    }
}

fn store(tensor: &TensorDyn, kind: Kind, output: &Path) -> Result<(), Failure> {
    let written = match tensor {
        TensorDyn::U8(tensor) => kind.write(tensor, output),
        TensorDyn::I8(tensor) => kind.write(tensor, output),
        TensorDyn::U16(tensor) => kind.write(tensor, output),
        TensorDyn::I16(tensor) => kind.write(tensor, output),
        TensorDyn::F32(tensor) => kind.write(tensor, output),
    };
    written.map_err(|e| Failure {
        code: exit::USAGE,
        message: format!("{}: {e}", output.display()),
    })
}

fn own_codec(
    bytes: &[u8],
    format: PixelFormat,
    dtype: Dtype,
    bad: impl Fn(String) -> Failure,
) -> Result<(TensorDyn, Option<String>), Failure> {
    let refused = |error: CodecError| match error {
        CodecError::UnsupportedDtype { .. } => Failure::usage(error.to_string()),
        other => bad(other.to_string()),
    };
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new().with_exif(false);
    let info = decoder.info(bytes, &options).map_err(refused)?;
    if (info.width as u64).saturating_mul(info.height as u64) > MAX_PIXELS {
        return Err(bad(format!(
            "{} x {} pixels are more than the limit of {MAX_PIXELS}",
            info.width, info.height
        )));
    }
    let mut tensor = TensorDyn::image(info.width, info.height, format, dtype);
    match tensor.load_image(&mut decoder, bytes, &options) {
        Ok(_) => Ok((tensor, None)),
        Err(error @ CodecError::Damaged { .. }) => Ok((tensor, Some(error.to_string()))),
        Err(other) => Err(refused(other)),
    }
}

fn from_picture(picture: &Picture, format: PixelFormat, dtype: Dtype) -> TensorDyn {
    match dtype {
        Dtype::U8 => TensorDyn::U8(elements(picture, format)),
        Dtype::I8 => TensorDyn::I8(elements(picture, format)),
        Dtype::U16 => TensorDyn::U16(elements(picture, format)),
        Dtype::I16 => TensorDyn::I16(elements(picture, format)),
        Dtype::F32 => TensorDyn::F32(elements(picture, format)),
    }
}

/// 8-bit RGBA in another format and type.
fn elements<T: ImagePixel>(picture: &Picture, format: PixelFormat) -> Tensor<T> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut tensor = Tensor::image(width, height, format);
    let pixels = picture.rgba.as_chunks::<4>().0;
    let places = tensor.data_mut().chunks_exact_mut(format.channels());
    for (place, &[r, g, b, a]) in places.zip(pixels) {
        let all = match format {
            PixelFormat::Grey => [luminance([r, g, b]); 4],
            PixelFormat::Bgra => [b, g, r, a],
            _ => [r, g, b, a],
        };
        for (element, sample) in place.iter_mut().zip(all) {
            *element = T::from_u8(sample);
        }
    }
    tensor
}

/// An element as files hold it.
trait Element: ImagePixel {
    /// numpy's name of the type.
    const NUMPY: &str;

    /// Its bytes, the least significant first.
    fn little(self) -> impl IntoIterator<Item = u8>;
}

macro_rules! element {
    ($($type:ty, $name:literal;)*) => {$(
        impl Element for $type {
            const NUMPY: &str = $name;

            fn little(self) -> impl IntoIterator<Item = u8> {
                self.to_le_bytes()
            }
        }
    )*};
}

element! {
    u8, "|u1";
    i8, "|i1";
    u16, "<u2";
    i16, "<i2";
    f32, "<f4";
}

/// The files tensors go into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Npy,
    Png(png::ColorType, png::BitDepth),
    Ppm,
    Qoi,
}

impl Kind {
    /// The file for an extension, if it can hold the tensor.
    fn choose(output: &Path, format: PixelFormat, dtype: Dtype) -> Result<Self, String> {
        let depth = match dtype {
            Dtype::U8 => Some(png::BitDepth::Eight),
            Dtype::U16 => Some(png::BitDepth::Sixteen),
            _ => None,
        };
        let colours = match format {
            PixelFormat::Rgb => Some(png::ColorType::Rgb),
            PixelFormat::Rgba => Some(png::ColorType::Rgba),
            PixelFormat::Grey => Some(png::ColorType::Grayscale),
            _ => None,
        };
        let name = output.display();
        Ok(if is(output, "npy") {
            Self::Npy
        } else if is(output, "png")
            && let (Some(colours), Some(depth)) = (colours, depth)
        {
            Self::Png(colours, depth)
        } else if is(output, "ppm") && format == PixelFormat::Rgb && depth.is_some() {
            Self::Ppm
        } else if is(output, "qoi")
            && matches!(format, PixelFormat::Rgb | PixelFormat::Rgba)
            && dtype == Dtype::U8
        {
            Self::Qoi
        } else if ["png", "ppm", "qoi"].iter().any(|kind| is(output, kind)) {
            return Err(format!(
                "{name}: such a file has no {format:?} of {dtype:?}; one of .npy has"
            ));
        } else {
            return Err(format!(
                "{name}: the extension must be .png, .ppm, .qoi or .npy"
            ));
        })
    }

    /// Writes a tensor without padding.
    fn write<T: Element>(self, tensor: &Tensor<T>, output: &Path) -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(output)?);
        let (width, height) = (tensor.width(), tensor.height());
        // PNG and PPM have the most significant byte first.
        let bytes = |big: bool| -> Vec<u8> {
            let mut out: Vec<u8> = tensor.data().iter().flat_map(|v| v.little()).collect();
            if big {
                out.chunks_exact_mut(size_of::<T>())
                    .for_each(<[u8]>::reverse);
            }
            out
        };
        match self {
            Self::Npy => {
                let format = tensor.format();
                let rows = format.rows(height);
                let shape = match format {
                    PixelFormat::Grey | PixelFormat::Nv12 => {
                        format!("{rows}, {}", format.row_elements(width))
                    }
                    _ => format!("{rows}, {width}, {}", format.channels()),
                };
                file.write_all(&npy_header(T::NUMPY, &shape))?;
                file.write_all(&bytes(false))?;
            }
            Self::Png(colours, depth) => {
                let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
                encoder.set_color(colours);
                encoder.set_depth(depth);
                let mut writer = encoder.write_header()?;
                writer.write_image_data(&bytes(true))?;
                writer.finish()?;
            }
            Self::Ppm => {
                let most = (1u32 << (8 * size_of::<T>())) - 1;
                write!(file, "P6\n{width} {height}\n{most}\n")?;
                file.write_all(&bytes(true))?;
            }
            Self::Qoi => {
                let out = qoi::encode_to_vec(bytes(false), width as u32, height as u32);
                file.write_all(&out.map_err(std::io::Error::other)?)?;
            }
        }
        file.flush()
    }
}

/// What stands before the elements of a numpy file (NEP 1, version 1.0).
fn npy_header(dtype: &str, shape: &str) -> Vec<u8> {
    let mut text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Magic and length are ten bytes; the elements begin at a multiple of 64.
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((text.len() as u16).to_le_bytes());
    header.extend(text.into_bytes());
    header
}
