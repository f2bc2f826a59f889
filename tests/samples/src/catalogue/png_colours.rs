//! PNG by content: colour types, depths, scenes, sizes, transparency.

use orrery_reference::convert::Colour;
use png::Filter as CrateFilter;

use super::{Expect, KINDS, Sample, raster};
use crate::png::crate_encoder;
use crate::png::file::{Options, write};
use crate::png::raster::Raster;
use crate::scenes::Scene;

const SIZE: (u32, u32) = (64, 48);

pub(super) fn add(samples: &mut Vec<Sample>) {
    kinds(samples);
    scenes(samples);
    sizes(samples);
    transparency(samples);
}

/// A valid file with the picture its raster stands for.
fn valid(name: impl Into<String>, raster: &Raster, bytes: Vec<u8>) -> Sample {
    Sample::png(name, bytes, Expect::Picture(raster.expected()))
}

/// Every colour type and depth three times: from the png crate, with all
/// filters in turn, and interlaced.
fn kinds(samples: &mut Vec<Sample>) {
    for (name, colour, depth) in KINDS {
        let plain = raster(Scene::Photo, SIZE, colour, depth);
        let bytes = crate_encoder::encode(&plain, CrateFilter::Adaptive);
        samples.push(valid(name, &plain, bytes));

        // Odd sides, so that packed rows end inside a byte.
        let odd = raster(Scene::Interface, (37, 29), colour, depth);
        let bytes = write(&odd, &Options::default());
        samples.push(valid(format!("{name}-filters"), &odd, bytes));

        let odd = raster(Scene::Chart, (37, 29), colour, depth);
        let options = Options {
            interlaced: true,
            ..Options::default()
        };
        let bytes = write(&odd, &options);
        samples.push(valid(format!("{name}-adam7"), &odd, bytes));
    }
}

/// Each scene, small for golden tests and large enough for statistics.
fn scenes(samples: &mut Vec<Sample>) {
    for scene in Scene::ALL {
        let name = scene.name();
        let small = raster(scene, SIZE, Colour::Rgb, 8);
        let bytes = crate_encoder::encode(&small, CrateFilter::Adaptive);
        samples.push(valid(format!("scene-{name}"), &small, bytes));

        let large = raster(scene, (256, 192), Colour::Rgba, 8);
        let bytes = crate_encoder::encode(&large, CrateFilter::Adaptive);
        samples.push(valid(format!("scene-{name}-256"), &large, bytes));
    }
}

/// Sides at which rows, passes and bytes have no room.
fn sizes(samples: &mut Vec<Sample>) {
    let sizes = [
        (1, 1),
        (1, 19),
        (19, 1),
        (2, 2),
        (3, 5),
        (4, 4),
        (5, 3),
        (7, 7),
        (8, 8),
        (9, 9),
    ];
    for (width, height) in sizes {
        for (kind, colour, depth) in [("rgb-8", Colour::Rgb, 8), ("grey-1", Colour::Grey, 1)] {
            let small = raster(Scene::Noise, (width, height), colour, depth);
            for (layout, interlaced) in [("rows", false), ("adam7", true)] {
                let options = Options {
                    interlaced,
                    ..Options::default()
                };
                let name = format!("size-{width}x{height}-{kind}-{layout}");
                samples.push(valid(name, &small, write(&small, &options)));
            }
        }
    }
}

/// Palettes with alpha, colour keys at every depth, indices without an entry.
fn transparency(samples: &mut Vec<Sample>) {
    for depth in [1, 2, 4, 8] {
        let mut indexed = raster(Scene::Photo, SIZE, Colour::Indexed, depth);
        // Fewer alphas than entries: the rest is opaque.
        let alphas = (indexed.palette.len() * 3 / 4).max(1);
        indexed.trns = Some((0..alphas).map(|entry| (entry * 60 % 256) as u8).collect());
        let bytes = crate_encoder::encode(&indexed, CrateFilter::NoFilter);
        samples.push(valid(format!("trns-indexed-{depth}"), &indexed, bytes));
    }

    for (colour, depth) in [
        (Colour::Grey, 1),
        (Colour::Grey, 2),
        (Colour::Grey, 4),
        (Colour::Grey, 8),
        (Colour::Grey, 16),
        (Colour::Rgb, 8),
        (Colour::Rgb, 16),
    ] {
        let kind = if colour == Colour::Grey {
            "grey"
        } else {
            "rgb"
        };
        let mut keyed = raster(Scene::Chart, SIZE, colour, depth);
        let middle = keyed.pixel(SIZE.0 / 2, SIZE.1 / 2).to_vec();
        keyed.trns = Some(middle.iter().flat_map(|s| s.to_be_bytes()).collect());
        if depth == 16 {
            near_misses(&mut keyed, &middle);
        }
        let name = format!("trns-{kind}-{depth}");
        samples.push(valid(name, &keyed, write(&keyed, &Options::default())));
        // Decoders have to mask the bits above the depth.
        if depth < 16 {
            let mut high = keyed.clone();
            for byte in high.trns.iter_mut().flatten().step_by(2) {
                *byte = 0xA5;
            }
            let bytes = write(&high, &Options::default());
            samples.push(valid(
                format!("trns-{kind}-{depth}-high-bits"),
                &keyed,
                bytes,
            ));
        }
    }

    let mut short = raster(Scene::Chart, SIZE, Colour::Indexed, 4);
    short.palette.truncate(9);
    let bytes = write(&short, &Options::default());
    samples.push(valid("index-out-of-range", &short, bytes));
    short.trns = Some(vec![0, 50, 100]);
    let bytes = write(&short, &Options::default());
    samples.push(valid("index-out-of-range-trns", &short, bytes));
}

/// Puts at the start of the first row: the key with one bit changed at the
/// bottom and in the high byte of its last sample, the key itself, and the key
/// with the bytes of all samples swapped.
fn near_misses(keyed: &mut Raster, key: &[u16]) {
    let (last, others) = (key.len() - 1, &key[..key.len() - 1]);
    let pixels = [
        [others, &[key[last] ^ 0x0001]].concat(),
        [others, &[key[last] ^ 0x0100]].concat(),
        key.to_vec(),
        key.iter().map(|sample| sample.swap_bytes()).collect(),
    ]
    .concat();
    keyed.samples[..pixels.len()].copy_from_slice(&pixels);
}
