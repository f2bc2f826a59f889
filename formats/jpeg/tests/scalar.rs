//! The scalar kernels through the whole decoder: what they give is what the fastest ones give,
//! and the files are small enough for Miri, which watches every memory access
//! (`docs/robustness.md`).

mod common;

use common::make::{COLOURS, Recipe, make_with_exif};
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

type Check = fn(&mut [ImageDecoder; 2], &[u8], PixelFormat, &DecodeOptions) -> bool;

/// Whether it is a sound picture, which both decode alike.
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
            // Miri takes a second for each: interleaved ones of two kinds, and one that is not.
            for sampling in (0..8).step_by(if cfg!(miri) { 3 } else { 1 }) {
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
                for data in [&data[..], cut] {
                    let tries: [Check; 5] = [
                        same::<u8>,
                        |d, data, _, o| same::<i8>(d, data, PixelFormat::Rgb, o),
                        |d, data, _, o| same::<u16>(d, data, PixelFormat::Grey, o),
                        |d, data, _, o| same::<i16>(d, data, PixelFormat::Rgba, o),
                        |d, data, _, o| same::<f32>(d, data, PixelFormat::Bgra, o),
                    ];
                    for (i, check) in tries.iter().enumerate() {
                        if !cfg!(miri) || i == number % 5 {
                            fine += usize::from(check(&mut decoders, data, format, &options));
                        }
                    }
                }
            }
        }
    }
    assert!(fine * 4 > number, "{fine} of {number}");
}
