//! Tiles are what libjpeg-turbo makes of them, pixel for pixel.

mod common;

use common::{KINDS, Kind, assert_same, paint, turbo};
use orrery_artifacts::{Channels, Choice, Context, ImageMut, Quality, Tile};
use orrery_samples::corpus::{Tally, files, stem};
use proptest::prelude::*;

fn whole(width: u32, height: u32, quality: u8) -> Tile {
    Tile {
        x: 0,
        y: 0,
        width,
        height,
        quality: Quality::new(quality).unwrap(),
    }
}

fn check(
    context: &mut Context,
    (pixels, width, height, channels): (&[u8], u32, u32, Channels),
    tiles: &[Tile],
    what: &str,
) {
    let mut found = pixels.to_vec();
    let mut image = ImageMut::new(&mut found, width, height, channels).unwrap();
    context.apply(&mut image, tiles).unwrap();
    let mut expected = pixels.to_vec();
    for tile in tiles {
        turbo(&mut expected, width, height, channels, tile);
    }
    assert_same(&found, &expected, width, channels, what);
}

#[test]
fn all_qualities_of_all_kinds_of_pictures() {
    let mut context = Context::with_threads(Choice::Cpu, 1).unwrap();
    for quality in Quality::ALL {
        for (n, kind) in KINDS.into_iter().enumerate() {
            let (width, height) = (97, 61);
            let seed = u64::from(quality) * 8 + n as u64;
            let pixels = paint(kind, width, height, Channels::Rgb, seed);
            let tile = whole(width, height, quality);
            let what = format!("{kind:?} at quality {quality}");
            check(
                &mut context,
                (&pixels, width, height, Channels::Rgb),
                &[tile],
                &what,
            );
        }
    }
}

#[test]
fn all_sizes_up_to_forty() {
    let mut context = Context::with_threads(Choice::Cpu, 1).unwrap();
    for width in 1..=40 {
        for height in 1..=40 {
            let n = width * 40 + height;
            let quality = (n * 37 % 100 + 1) as u8;
            let channels = [Channels::Rgb, Channels::Rgba][n as usize % 2];
            let pixels = paint(Kind::Grainy, width, height, channels, u64::from(n));
            let tile = whole(width, height, quality);
            let what = format!("{width} x {height} at quality {quality}");
            check(
                &mut context,
                (&pixels, width, height, channels),
                &[tile],
                &what,
            );
        }
    }
}

#[test]
fn photos_of_the_corpus() {
    let mut tally = Tally::new("artifacts on photos");
    let mut context = Context::new(Choice::Cpu).unwrap();
    for path in files("photos", "png") {
        let bytes = std::fs::read(&path).unwrap();
        let png = orrery_reference::backends()
            .iter()
            .find(|b| b.sniff(&bytes))
            .expect("a decoder for PNG");
        let Ok(picture) = png.decode(&bytes) else {
            tally.skipped(stem(&path), "not decoded");
            continue;
        };
        let (width, height) = (picture.width, picture.height);
        for quality in [1, 5, 20, 50, 75, 90, 100] {
            let what = format!("{} at quality {quality}", stem(&path));
            check(
                &mut context,
                (&picture.rgba, width, height, Channels::Rgba),
                &[whole(width, height, quality)],
                &what,
            );
        }
        tally.ran();
    }
}

/// A block whose errors of quantising at quality 1 meet in one pixel: it comes out at 687. The
/// SIMD code of libjpeg-turbo clips that to 255; its C code keeps ten bits, which would be 0.
#[test]
fn overshoot_of_more_than_ten_bits_is_clipped() {
    const BLOCK: [[u8; 8]; 8] = [
        [255, 0, 255, 16, 0, 61, 255, 255],
        [0, 255, 255, 0, 104, 0, 73, 176],
        [255, 255, 0, 255, 0, 0, 255, 255],
        [255, 229, 174, 0, 84, 0, 0, 71],
        [212, 57, 0, 255, 255, 0, 247, 96],
        [255, 255, 255, 167, 0, 0, 255, 1],
        [255, 255, 26, 0, 0, 0, 27, 119],
        [0, 120, 0, 0, 94, 0, 0, 148],
    ];
    let pixels: Vec<u8> = BLOCK.iter().flatten().flat_map(|&v| [v; 3]).collect();
    let mut context = Context::with_threads(Choice::Cpu, 1).unwrap();
    let picture = (&pixels[..], 8, 8, Channels::Rgb);
    check(&mut context, picture, &[whole(8, 8, 1)], "overshoot");
}

proptest! {
    #[test]
    fn tiles_anywhere_in_list_order(
        (width, height) in (1u32..120, 1u32..120),
        rgba: bool,
        kind in prop::sample::select(&KINDS),
        seed: u64,
        threads in 1usize..4,
        tiles in prop::collection::vec((-40i32..130, -40i32..130, 1u32..100, 1u32..100, 1u8..=100), 0..8),
    ) {
        let channels = if rgba { Channels::Rgba } else { Channels::Rgb };
        let pixels = paint(kind, width, height, channels, seed);
        let tiles: Vec<Tile> = tiles
            .into_iter()
            .map(|(x, y, width, height, quality)| {
                let quality = Quality::new(quality).unwrap();
                Tile { x, y, width, height, quality }
            })
            .collect();
        let mut context = Context::with_threads(Choice::Cpu, threads).unwrap();
        check(&mut context, (&pixels, width, height, channels), &tiles, "tiles");
    }
}
