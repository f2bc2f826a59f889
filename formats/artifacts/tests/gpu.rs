//! The compute shader does what the processor does, bit for bit, on whatever adapter there is.
//!
//! Mesa's software Vulkan (package mesa-vulkan-drivers) is enough. Without any adapter these
//! tests say so and count as skipped; `ORRERY_REQUIRE_GPU=1` makes that a failure.
#![cfg(feature = "gpu")]

mod common;

use common::{KINDS, assert_same, paint};
use orrery_artifacts::{
    ArtifactError, Backend, Channels, Choice, Context, ImageMut, Quality, RandomTiles, SplitMix64,
    Tile,
};

/// A context on an adapter, which is named.
fn gpu(test: &str) -> Option<Context> {
    match Context::new(Choice::Gpu) {
        Ok(context) => {
            assert_eq!(context.backend(), Backend::Gpu);
            println!("{test}: on {}", context.description());
            Some(context)
        }
        Err(ArtifactError::NoGpu(why)) => {
            let required = std::env::var_os("ORRERY_REQUIRE_GPU").is_some_and(|v| v == "1");
            assert!(!required, "ORRERY_REQUIRE_GPU=1, but {why}");
            println!("{test}: 1 test skipped: {why}");
            None
        }
        Err(e) => panic!("{e}"),
    }
}

fn apply(
    context: &mut Context,
    pixels: &[u8],
    (width, height): (u32, u32),
    channels: Channels,
    tiles: &[Tile],
) -> Vec<u8> {
    let mut pixels = pixels.to_vec();
    let mut image = ImageMut::new(&mut pixels, width, height, channels).unwrap();
    context.apply(&mut image, tiles).unwrap();
    pixels
}

/// `auto` takes no adapter that computes on the processor, and says why.
#[test]
fn software_is_no_gpu_unless_asked_for() {
    let Some(gpu) = gpu("auto") else {
        return;
    };
    let auto = Context::new(Choice::Auto).unwrap();
    let software = gpu.description().ends_with("Cpu)");
    let expected = if software { Backend::Cpu } else { Backend::Gpu };
    assert_eq!(auto.backend(), expected, "{}", auto.description());
    assert_eq!(auto.description().contains("no GPU"), software);
}

#[test]
fn every_quality_of_every_kind() {
    let Some(mut gpu) = gpu("qualities") else {
        return;
    };
    let mut cpu = Context::with_threads(Choice::Cpu, 1).unwrap();
    for quality in Quality::ALL {
        let kind = KINDS[usize::from(quality) % KINDS.len()];
        let channels = [Channels::Rgb, Channels::Rgba][usize::from(quality) % 2];
        let size = (61, 43);
        let pixels = paint(kind, size.0, size.1, channels, u64::from(quality));
        let tile = Tile {
            x: 0,
            y: 0,
            width: size.0,
            height: size.1,
            quality: Quality::new(quality).unwrap(),
        };
        let found = apply(&mut gpu, &pixels, size, channels, &[tile]);
        let expected = apply(&mut cpu, &pixels, size, channels, &[tile]);
        let what = format!("{kind:?} at quality {quality}");
        assert_same(&found, &expected, size.0, channels, &what);
    }
}

#[test]
fn tiles_of_all_sizes_in_list_order() {
    let Some(mut gpu) = gpu("tiles") else {
        return;
    };
    let mut cpu = Context::with_threads(Choice::Cpu, 1).unwrap();
    for seed in 0..60 {
        let mut random = SplitMix64::new(seed);
        let size = (random.below(300) + 1, random.below(300) + 1);
        let channels = [Channels::Rgb, Channels::Rgba][seed as usize % 2];
        let kind = KINDS[seed as usize % KINDS.len()];
        let pixels = paint(kind, size.0, size.1, channels, seed);
        let tiles: Vec<Tile> = (0..random.below(20))
            .map(|_| Tile {
                x: random.below(340) as i32 - 40,
                y: random.below(340) as i32 - 40,
                width: random.below(290) + 1,
                height: random.below(290) + 1,
                quality: Quality::new(random.below(100) as u8 + 1).unwrap(),
            })
            .collect();
        let found = apply(&mut gpu, &pixels, size, channels, &tiles);
        let expected = apply(&mut cpu, &pixels, size, channels, &tiles);
        assert_same(&found, &expected, size.0, channels, &format!("seed {seed}"));
    }
}

#[test]
fn thirty_tiles_of_a_megapixel() {
    let Some(mut gpu) = gpu("megapixel") else {
        return;
    };
    let random = RandomTiles {
        count: 30,
        min: 32,
        max: 256,
    };
    let tiles = random
        .tiles(1024, 1024, Quality::new(5).unwrap(), 42)
        .unwrap();
    let pixels = paint(common::Kind::Grainy, 1024, 1024, Channels::Rgb, 1);
    let mut cpu = Context::new(Choice::Cpu).unwrap();
    let found = apply(&mut gpu, &pixels, (1024, 1024), Channels::Rgb, &tiles);
    let expected = apply(&mut cpu, &pixels, (1024, 1024), Channels::Rgb, &tiles);
    assert_same(&found, &expected, 1024, Channels::Rgb, "30 tiles");
    println!("{:?}", gpu.gpu_times());
}
