//! Bands: whatever an adapter can take at once, the result is the processor's.

use super::*;
use crate::{Choice, Context, SplitMix64, Tile};

/// A context on any adapter with lowered limits; `None`, and a line that says why, without one.
fn context(lower: impl FnOnce(Limits) -> Limits) -> Option<Context> {
    match Gpu::with_limits(true, lower) {
        Ok(gpu) => {
            println!("on {}", gpu.describe());
            Some(Context::from_gpu(gpu))
        }
        Err(ArtifactError::NoGpu(why)) => {
            let required = std::env::var_os("ORRERY_REQUIRE_GPU").is_some_and(|v| v == "1");
            assert!(!required, "ORRERY_REQUIRE_GPU=1, but {why}");
            println!("1 test skipped: {why}");
            None
        }
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn a_picture_in_bands_equals_the_processors() {
    let (width, height) = (300, 200);
    let mut random = SplitMix64::new(5);
    let pixels: Vec<u8> = (0..width * height * 3)
        .map(|n| (n / 7 + random.below(90)) as u8)
        .collect();
    let tiles: Vec<Tile> = (0..40)
        .map(|_| Tile {
            x: random.below(width) as i32 - 30,
            y: random.below(height) as i32 - 30,
            width: random.below(200) + 1,
            height: random.below(150) + 1,
            quality: Quality::new(random.below(100) as u8 + 1).unwrap(),
        })
        .collect();
    let run = |context: &mut Context| {
        let mut found = pixels.clone();
        let mut image = ImageMut::new(&mut found, width, height, Channels::Rgb).unwrap();
        let report = context.apply(&mut image, &tiles).unwrap();
        (found, report)
    };
    let (expected, _) = run(&mut Context::new(Choice::Cpu).unwrap());
    for (rows, pieces) in [(1000, 1000), (8, 1000), (29, 7), (100, 1)] {
        let pixels = rows * u64::from(width);
        let Some(mut context) = context(|_| Limits { pixels, pieces }) else {
            return;
        };
        let (found, report) = run(&mut context);
        assert!(found == expected, "{rows} rows, {pieces} pieces");
        assert_eq!(report.bands > 1, rows < 1000, "{report:?}");
    }
}

#[test]
fn the_reciprocal_divides() {
    for q in 1..=255 {
        for n in 0..1 << 11 {
            let product = n * reciprocal(q);
            assert_eq!(product >> 19, n / q, "{n} / {q}");
        }
    }
}
