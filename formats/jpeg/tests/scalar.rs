//! The scalar kernels through the whole decoder: what they give is what the fastest ones give,
//! and the files are small enough for Miri, which watches every memory access
//! (`docs/robustness.md`).

mod common;

use common::make::{COLOURS, Colours, Recipe, make_with_exif};
use orrery_jpeg::{
    CodecError, DecodeOptions, ImageDecoder, ImageInfo, ImageLoad, ImagePixel, PixelFormat, Scale,
    Tensor, kernels,
};

/// Decodes with a gap between rows; everything that can be told of the outcome.
fn decode<T: ImagePixel>(
    decoder: &mut ImageDecoder,
    data: &[u8],
    format: PixelFormat,
    options: &DecodeOptions,
) -> (Result<ImageInfo, String>, Tensor<T>) {
    let mut tensor = Tensor::with_stride(20, 20, format, format.row_elements(20) + 3);
    let outcome = tensor.load_image(decoder, data, options);
    (
        outcome.map_err(|error: CodecError| error.to_string()),
        tensor,
    )
}

fn same<T: ImagePixel>(
    decoders: &mut [ImageDecoder; 2],
    data: &[u8],
    format: PixelFormat,
    options: &DecodeOptions,
) -> bool {
    let [scalar, best] = decoders;
    let found = decode::<T>(scalar, data, format, options);
    assert!(
        found == decode::<T>(best, data, format, options),
        "{found:?}"
    );
    found.0.is_ok()
}

#[test]
fn the_scalar_kernels_decode_what_the_fastest_do() {
    let mut decoders = [kernels::scalar(), kernels::best()].map(ImageDecoder::with_kernels);
    let scales = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth];
    let formats = [
        PixelFormat::Rgb,
        PixelFormat::Rgba,
        PixelFormat::Bgra,
        PixelFormat::Grey,
        PixelFormat::Nv12,
        PixelFormat::Cmyk,
    ];
    let (mut number, mut fine) = (0usize, 0);
    for colours in COLOURS {
        for progressive in [false, true] {
            for sampling in 0..8 {
                let recipe = Recipe {
                    width: 18,
                    height: 11,
                    colours,
                    sampling,
                    progressive,
                    restart: (sampling % 3) as u16,
                    noise: 60,
                    ..Recipe::default()
                };
                // Every orientation and every scale comes up with something else.
                let data = make_with_exif(&recipe, Some(1 + number as u16 % 8));
                let cut = &data[..data.len() * (5 + number % 4) / 9];
                let options = DecodeOptions::new()
                    .with_scale(scales[number / 2 % 4])
                    .with_exif(number % 3 > 0);
                let format = formats[number % 6];
                number += 1;
                for data in [&data, cut] {
                    let done = [
                        same::<u8>(&mut decoders, data, format, &options),
                        same::<i8>(&mut decoders, data, PixelFormat::Rgb, &options),
                        same::<u16>(&mut decoders, data, PixelFormat::Grey, &options),
                        same::<i16>(&mut decoders, data, PixelFormat::Rgba, &options),
                        same::<f32>(&mut decoders, data, PixelFormat::Bgra, &options),
                    ];
                    fine += done.iter().filter(|&&done| done).count();
                }
                if cfg!(miri) && colours != Colours::Ycc && sampling > 3 {
                    break;
                }
            }
        }
    }
    assert!(fine > number, "{fine} of {number}");
}
