//! Pictures, and libjpeg-turbo's opinion of them.
#![allow(dead_code, reason = "each test uses a part")]

use orrery_artifacts::{Channels, SplitMix64, Tile};

/// Kinds of pictures that a test is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Waves.
    Smooth,
    /// Waves with noise on them.
    Grainy,
    /// Every sample random.
    Noise,
    /// Every sample 0 or 255.
    Hard,
    /// Flat squares of a few pixels.
    Flat,
}

pub const KINDS: [Kind; 5] = [
    Kind::Smooth,
    Kind::Grainy,
    Kind::Noise,
    Kind::Hard,
    Kind::Flat,
];

/// A picture's bytes, rows without a gap.
pub fn paint(kind: Kind, width: u32, height: u32, channels: Channels, seed: u64) -> Vec<u8> {
    let mut random = SplitMix64::new(seed);
    let (mut a, mut b) = (random.below(40) + 1, random.below(40) + 1);
    let mut out = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for c in 0..channels.count() as u32 {
                let wave = (x * (a + c) + y * (b + 2 * c)) % 511;
                let wave = wave.min(510 - wave);
                let value = match kind {
                    Kind::Smooth => wave,
                    Kind::Grainy => (wave + random.below(30)).saturating_sub(15).min(255),
                    Kind::Noise => random.below(256),
                    Kind::Hard => random.below(2) * 255,
                    Kind::Flat => (x / 5 * (37 + c * 11) + y / 3 * 91) & 255,
                };
                out.push(value as u8);
            }
        }
        if y % 16 == 15 {
            (a, b) = (random.below(40) + 1, random.below(40) + 1);
        }
    }
    out
}

/// The tile, cut to the picture: left, upper, right, lower edge.
fn edges(tile: &Tile, width: u32, height: u32) -> Option<[usize; 4]> {
    let cut = |v: i64, side: u32| v.clamp(0, i64::from(side)) as usize;
    let (x, y) = (i64::from(tile.x), i64::from(tile.y));
    let edges = [
        cut(x, width),
        cut(y, height),
        cut(x + i64::from(tile.width), width),
        cut(y + i64::from(tile.height), height),
    ];
    (edges[0] < edges[2] && edges[1] < edges[3]).then_some(edges)
}

/// What libjpeg-turbo makes of the tile: encoded at 4:4:4, decoded, put back.
pub fn turbo(pixels: &mut [u8], width: u32, height: u32, channels: Channels, tile: &Tile) {
    let Some([left, upper, right, lower]) = edges(tile, width, height) else {
        return;
    };
    let (w, h) = (right - left, lower - upper);
    let n = channels.count();
    let at = |x: usize, y: usize| ((upper + y) * width as usize + left + x) * n;
    let mut tile_pixels = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        for x in 0..w {
            tile_pixels.extend_from_slice(&pixels[at(x, y)..][..3]);
        }
    }
    let mut image = turbojpeg::Image {
        pixels: &mut tile_pixels[..],
        width: w,
        pitch: w * 3,
        height: h,
        format: turbojpeg::PixelFormat::RGB,
    };
    let mut compressor = turbojpeg::Compressor::new().expect("a compressor");
    compressor
        .set_quality(i32::from(tile.quality.get()))
        .expect("a quality");
    compressor
        .set_subsamp(turbojpeg::Subsamp::None)
        .expect("4:4:4");
    let jpeg = compressor
        .compress_to_vec(image.as_deref())
        .expect("a JPEG");
    let mut decompressor = turbojpeg::Decompressor::new().expect("a decompressor");
    decompressor
        .decompress(&jpeg, image.as_deref_mut())
        .expect("the JPEG just made");
    for y in 0..h {
        for x in 0..w {
            let from = (y * w + x) * 3;
            pixels[at(x, y)..][..3].copy_from_slice(&tile_pixels[from..from + 3]);
        }
    }
}

/// Fails with the first pixel that differs.
pub fn assert_same(found: &[u8], expected: &[u8], width: u32, channels: Channels, what: &str) {
    if let Some(at) = found.iter().zip(expected).position(|(a, b)| a != b) {
        let pixel = at / channels.count();
        let (x, y) = (pixel % width as usize, pixel / width as usize);
        panic!(
            "{what}: at ({x}, {y}) {} instead of {}",
            found[at], expected[at]
        );
    }
    assert_eq!(found.len(), expected.len());
}
