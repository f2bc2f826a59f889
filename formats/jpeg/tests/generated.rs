//! Pictures of every kind, made on the spot, against libjpeg-turbo.

mod common;

use common::make::{COLOURS, Colours, Recipe, SAMPLINGS, make};
use common::turbo;
use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor, kernels};
use proptest::prelude::*;

fn recipes() -> impl Strategy<Value = Recipe> {
    (
        (1u16..80, 1u16..80, 0usize..4, 0..SAMPLINGS.len()),
        (1u8..=100, any::<bool>(), any::<bool>(), 0u16..5),
        (any::<u32>(), any::<u8>()),
    )
        .prop_map(
            |((width, height, colours, sampling), coding, (seed, noise))| {
                let (quality, progressive, optimised, restart) = coding;
                Recipe {
                    width,
                    height,
                    colours: COLOURS[colours],
                    sampling,
                    quality,
                    progressive,
                    optimised,
                    restart,
                    seed,
                    noise,
                }
            },
        )
}

fn check(recipe: &Recipe, scale: usize, format: PixelFormat) -> Result<(), TestCaseError> {
    let data = make(recipe);
    let (scale, denominator) = [
        (Scale::Full, 1),
        (Scale::Half, 2),
        (Scale::Quarter, 4),
        (Scale::Eighth, 8),
    ][scale];
    let format = match recipe.colours {
        Colours::Cmyk | Colours::Ycck => PixelFormat::Cmyk,
        _ => format,
    };
    let (width, height, want) = turbo(&data, format, denominator).expect("a valid picture");
    let options = DecodeOptions::new().with_scale(scale);
    for kernels in kernels::all_available() {
        let mut decoder = ImageDecoder::with_kernels(kernels);
        let mut tensor = Tensor::<u8>::image(width, height, format);
        let info = tensor
            .load_image(&mut decoder, &data, &options)
            .expect("a picture");
        prop_assert_eq!((info.width, info.height), (width, height));
        prop_assert_eq!(info.progressive, recipe.progressive);
        prop_assert!(tensor.data() == want, "{} differs", kernels.name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_picture_is_libjpeg_turbos(
        recipe in recipes(),
        scale in prop_oneof![3 => Just(0usize), 1 => 1usize..4],
        format in prop_oneof![
            Just(PixelFormat::Rgb), Just(PixelFormat::Rgba),
            Just(PixelFormat::Bgra), Just(PixelFormat::Grey)
        ],
    ) {
        check(&recipe, scale, format)?;
    }
}

#[test]
fn every_sampling_at_sizes_about_the_block() {
    for sampling in 0..SAMPLINGS.len() {
        for size in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33] {
            for (width, height) in [(size, 21), (21, size), (size, size)] {
                let recipe = Recipe {
                    width,
                    height,
                    sampling,
                    ..Recipe::default()
                };
                check(&recipe, 0, PixelFormat::Rgb).expect("equal");
            }
        }
    }
}
