//! All kernels do what the definition says; the shortcuts are exact.

use super::*;
use proptest::prelude::*;

#[test]
fn requantising_divides_and_rounds() {
    // Twice what the transform of 8-bit samples can give.
    for q in 1..=255_i16 {
        let step = Step::new(q as u16);
        for v in -16_384..=16_384_i16 {
            let level = (v.abs() + 4 * q) / (8 * q) * v.signum();
            assert_eq!(dct::requantise(v, &step), level * q, "{v} / {q}");
        }
    }
}

/// A piece of pixels through one kernel.
fn run(kernels: Kernels, pixels: &[u8], width: usize, channels: Channels, quality: u8) -> Vec<u8> {
    let mut pixels = pixels.to_vec();
    let mut rows: Vec<&mut [u8]> = pixels.chunks_mut(width * channels.count()).collect();
    let tables = Tables::new(Quality::new(quality).unwrap());
    (kernels.piece)(&mut Scratch::default(), &mut rows, channels, &tables);
    pixels
}

/// Two rows of blocks of black and white pixels with the signs of each basis function and their negatives:
/// every coefficient at both ends of its range, of which the sums of a single lane are checked
/// here to stay within their bits.
#[test]
fn extremes_stay_within_16_bits() {
    let (width, height) = (64 * 8, 16);
    let mut pixels = vec![0; width * height * 3];
    for (n, pixel) in pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (x, y) = (n % width, n / width);
        let (u, v) = (x / 8 % 8, x / 64);
        let cos =
            |k: usize, at: usize| (std::f64::consts::PI * (k * (2 * at + 1)) as f64 / 16.0).cos();
        let positive = cos(u, x % 8) * cos(v, y % 8) > 0.0;
        *pixel = [if positive == (y < 8) { 255 } else { 0 }; 3];
    }
    for quality in Quality::ALL {
        let expected = run(SCALAR, &pixels, width, Channels::Rgb, quality);
        for kernels in all() {
            let found = run(kernels, &pixels, width, Channels::Rgb, quality);
            assert!(found == expected, "{} at {quality}", kernels.name);
        }
    }
}

#[test]
fn shortcuts_of_the_inverse_transform_are_exact() {
    let mut random = crate::SplitMix64::new(3);
    for _ in 0..100_000 {
        let mut c = [0_i16; 8];
        for c in &mut c[..4] {
            *c = random.below(1 << 13) as i16 - (1 << 12);
        }
        assert_eq!(
            dct::inverse_1d::<i16, 11, true>(c, 0),
            dct::inverse_1d::<i16, 11, false>(c, 0),
            "{c:?}"
        );
        assert_eq!(
            dct::inverse_1d::<i16, 18, true>(c, 128),
            dct::inverse_1d::<i16, 18, false>(c, 128),
            "{c:?}"
        );
        let mean = [c[0], 0, 0, 0, 0, 0, 0, 0];
        let whole = dct::inverse_1d::<i16, 11, false>(mean, 0);
        assert_eq!(whole, [c[0] << 2; 8], "{}", c[0]);
    }
}

/// Pixels of one kind: noise, extremes, one basis function in all blocks (so that for each way
/// through the inverse transform there is a picture that takes no other), noise in a third of
/// the blocks and one colour in the others.
fn paint(kind: u8, width: usize, height: usize, channels: Channels, seed: u64) -> Vec<u8> {
    let mut random = crate::SplitMix64::new(seed);
    let flat = random.next_u64();
    let cos = |k: u64, at: usize| {
        let turns = (k % 8) as f64 * (2 * at + 1) as f64 / 16.0;
        (std::f64::consts::PI * turns).cos()
    };
    (0..width * height * channels.count())
        .map(|n| {
            let noise = random.next_u64();
            let (n, c) = (n / channels.count(), n % channels.count());
            let (x, y) = (n % width, n / width);
            match kind {
                0 => noise as u8,
                1 => (noise & 1) as u8 * 255,
                2 => (128.0 + 100.0 * cos(flat, x) * cos(flat >> 3, y)) as u8,
                _ if (x / 8 + y / 8) % 3 == 0 => noise as u8,
                _ => (flat >> (8 * c)) as u8,
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn every_build_equals_the_definition(
        (width, height) in (1usize..200, 1usize..33),
        rgba: bool,
        quality in 1u8..=100,
        seed: u64,
        kind in 0u8..4,
    ) {
        let channels = if rgba { Channels::Rgba } else { Channels::Rgb };
        let pixels = paint(kind, width, height, channels, seed);
        let expected = run(SCALAR, &pixels, width, channels, quality);
        for kernels in all() {
            let found = run(kernels, &pixels, width, channels, quality);
            prop_assert!(found == expected, "{}", kernels.name);
        }
        if rgba {
            let alpha = |p: &[u8]| p.iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
            prop_assert_eq!(alpha(&expected), alpha(&pixels));
        }
    }
}
