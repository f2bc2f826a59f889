//! All kernels do what the definition says; the shortcuts are exact.

use super::*;
use proptest::prelude::*;

#[test]
fn the_reciprocal_divides_and_rounds() {
    // Twice what the transform of 8-bit samples can give.
    for q in 1..=255 {
        for v in -16_384..=16_384_i32 {
            let level = (v.abs() + 4 * q) / (8 * q) * v.signum();
            assert_eq!(dct::requantise(v, q, reciprocal(q)), level * q, "{v} / {q}");
        }
    }
}

/// A piece of random or coarse pixels through one kernel.
fn run(kernels: Kernels, pixels: &[u8], width: usize, channels: Channels, quality: u8) -> Vec<u8> {
    let mut pixels = pixels.to_vec();
    let mut rows: Vec<&mut [u8]> = pixels.chunks_mut(width * channels.count()).collect();
    let tables = Tables::new(Quality::new(quality).unwrap());
    (kernels.piece)(&mut Scratch::default(), &mut rows, channels, &tables);
    pixels
}

proptest! {
    #[test]
    fn every_build_equals_the_definition(
        (width, height) in (1usize..70, 1usize..33),
        rgba: bool,
        quality in 1u8..=100,
        seed: u64,
        coarse: bool,
    ) {
        let channels = if rgba { Channels::Rgba } else { Channels::Rgb };
        let mut random = crate::SplitMix64::new(seed);
        let pixels: Vec<u8> = (0..width * height * channels.count())
            .map(|_| random.next_u64() as u8)
            .map(|x| if coarse { (x & 1) * 255 } else { x })
            .collect();
        let expected = run(SCALAR, &pixels, width, channels, quality);
        for kernels in all() {
            let found = run(kernels, &pixels, width, channels, quality);
            prop_assert_eq!(&found, &expected, "{}", kernels.name);
        }
        if rgba {
            let alpha = |p: &[u8]| p.iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
            prop_assert_eq!(alpha(&expected), alpha(&pixels));
        }
    }
}
