//! QOI files: encoded scenes, and streams written by hand.

use orrery_reference::Picture;

use super::{Expect, Sample};
use crate::qoi::Op::{Diff, Index, Luma, Rgb, Rgba, Run};
use crate::qoi::{Channels, Op, encode, file, header, stream};
use crate::scenes::{Scene, with_alpha};

pub(super) fn add(samples: &mut Vec<Sample>) {
    encoded(samples);
    by_hand(samples);
    corners(samples);
    damaged(samples);
    broken(samples);
}

/// Scenes at several sizes, with 3 and 4 channels.
fn encoded(samples: &mut Vec<Sample>) {
    let sizes = [(64, 48), (1, 1), (1, 19), (19, 1), (13, 7)];
    for scene in Scene::ALL {
        for (width, height) in sizes {
            let plain = scene.paint(width, height, 1);
            let alpha = with_alpha(plain.clone());
            let name = format!("{}-{width}x{height}", scene.name());
            for (kind, channels, picture) in [
                ("rgb", Channels::Rgb, plain),
                ("rgba", Channels::Rgba, alpha),
            ] {
                let bytes = encode(&picture, channels);
                let name = format!("{name}-{kind}");
                samples.push(Sample::qoi(name, bytes, Expect::Picture(picture)));
            }
        }
    }
    for scene in [Scene::Photo, Scene::Chart, Scene::Interface] {
        let picture = scene.paint(256, 192, 1);
        let bytes = encode(&picture, Channels::Rgb);
        let name = format!("{}-256", scene.name());
        samples.push(Sample::qoi(name, bytes, Expect::Picture(picture)));
    }
}

fn picture(width: u32, pixels: &[[u8; 4]]) -> Picture {
    Picture {
        width,
        height: pixels.len() as u32 / width,
        rgba: pixels.concat(),
    }
}

/// A file from opcodes and the pixels they stand for.
fn written(name: &str, width: u32, channels: Channels, ops: &[Op], pixels: &[[u8; 4]]) -> Sample {
    let picture = picture(width, pixels);
    let bytes = file(width, picture.height, channels, ops);
    Sample::qoi(name, bytes, Expect::Picture(picture))
}

const BLACK: [u8; 4] = [0, 0, 0, 255];

/// One of everything, and its pixels.
const EVERY_OPCODE: [Op; 13] = [
    Run(2),
    Rgb(10, 20, 30),
    Diff(1, -2, 0),
    Luma(-32, 7, -8),
    Rgba(1, 2, 3, 4),
    Index(9),
    Run(3),
    Diff(-2, -2, -2),
    Diff(1, 1, 1),
    Luma(31, 7, 7),
    Luma(-32, -8, -8),
    Rgba(7, 18, 27, 0),
    Rgb(255, 255, 255),
];
const EVERY_PIXEL: [[u8; 4]; 16] = [
    BLACK,
    BLACK,
    [10, 20, 30, 255],
    [11, 18, 30, 255],
    // Green 18 - 32, red 11 - 32 + 7, blue 30 - 32 - 8, all modulo 256.
    [242, 242, 246, 255],
    [1, 2, 3, 4],
    // (10 * 3 + 20 * 5 + 30 * 7 + 255 * 11) mod 64 = 9.
    [10, 20, 30, 255],
    [10, 20, 30, 255],
    [10, 20, 30, 255],
    [10, 20, 30, 255],
    [8, 18, 28, 255],
    [9, 19, 29, 255],
    [47, 50, 67, 255],
    [7, 18, 27, 255],
    [7, 18, 27, 0],
    [255, 255, 255, 0],
];

fn by_hand(samples: &mut Vec<Sample>) {
    let four = Channels::Rgba;
    samples.push(written(
        "every-opcode",
        4,
        four,
        &EVERY_OPCODE,
        &EVERY_PIXEL,
    ));

    // 1 + 62 + 62 + 3 pixels of one colour, over row ends.
    let ops = [Rgb(5, 6, 7), Run(62), Run(62), Run(3)];
    samples.push(written("run-62", 16, four, &ops, &[[5, 6, 7, 255]; 128]));

    let ops = [
        Rgb(0, 255, 1),
        Diff(-1, 1, -2),
        Diff(1, -1, 1),
        Diff(-2, 1, 0),
    ];
    let pixels = [
        [0, 255, 1, 255],
        [255, 0, 255, 255],
        [0, 255, 0, 255],
        [254, 0, 0, 255],
    ];
    samples.push(written("diff-wraps", 2, four, &ops, &pixels));

    // 7 is odd, so (0, 0, 0) to (0, 0, 63) take all 64 index positions, from
    // (255 * 11) mod 64 = 53 on.
    let blues = || 0..64_u8;
    let place = |blue: u8| (7 * u32::from(blue) + 53) % 64;
    let fill = blues().map(|blue| Rgb(0, 0, blue));
    let ops: Vec<Op> = fill.chain(blues().map(Index)).collect();
    let filled = blues().map(|blue| [0, 0, blue, 255]);
    let recalled = blues().filter_map(|index| {
        let blue = blues().find(|blue| place(*blue) == u32::from(index))?;
        Some([0, 0, blue, 255])
    });
    let pixels: Vec<[u8; 4]> = filled.chain(recalled).collect();
    samples.push(written("whole-index", 16, four, &ops, &pixels));

    let ops = [Rgb(9, 8, 7), Run(62)];
    let pixels = [[9, 8, 7, 255]; 6];
    samples.push(written("run-past-end", 3, four, &ops, &pixels));
    samples.push(written("run-past-end-rgb", 3, Channels::Rgb, &ops, &pixels));

    let mut trailing = written("trailing-bytes", 3, four, &ops, &pixels);
    trailing.bytes.extend(b"bytes after the end");
    samples.push(trailing);
}

/// Streams no encoder writes, on which decoders are known to differ. The
/// index holds every pixel decoded, whatever opcode it came from.
fn corners(samples: &mut Vec<Sample>) {
    let four = Channels::Rgba;

    // The leading run's black is at 53.
    let ops = [Run(1), Rgba(9, 9, 9, 9), Index(53)];
    let pixels = [BLACK, [9; 4], BLACK];
    samples.push(written("leading-run-index", 3, four, &ops, &pixels));

    // (64, 0, 0, 0) is at 0, where the empty entry 5, once decoded, goes too.
    let ops = [Rgba(64, 0, 0, 0), Index(5), Index(0)];
    let pixels = [[64, 0, 0, 0], [0; 4], [0; 4]];
    samples.push(written("index-stores", 3, four, &ops, &pixels));

    // With 3 channels an RGBA opcode is legal; its alpha counts in the index
    // alone: (1, 2, 3, 4) is at 14, opaque it would be at 55.
    let ops = [Rgba(1, 2, 3, 4), Rgb(7, 7, 7), Index(14)];
    let pixels = [[1, 2, 3, 255], [7, 7, 7, 255], [1, 2, 3, 255]];
    let rgb = Channels::Rgb;
    samples.push(written("rgba-in-rgb", 3, rgb, &ops, &pixels));

    // An empty entry is transparent, and stays so in the following pixels:
    // (1, 1, 1, 0) is at 15, opaque it would be at 4.
    let ops = [Index(20), Rgb(1, 1, 1), Rgb(2, 2, 2), Index(15)];
    let pixels = [BLACK, [1, 1, 1, 255], [2, 2, 2, 255], [1, 1, 1, 255]];
    samples.push(written("empty-index-in-rgb", 4, rgb, &ops, &pixels));
}

fn damaged(samples: &mut Vec<Sample>) {
    let (width, height) = (4, 4);
    let every = |channels| stream(width, height, channels, &EVERY_OPCODE);
    let whole = picture(width, &EVERY_PIXEL);
    let no_marker = every(Channels::Rgba);
    let wrong_marker = [no_marker.as_slice(), &[0, 0, 0, 0, 0, 0, 0, 2]].concat();
    let short_marker = [no_marker.as_slice(), &[0, 0, 0, 0, 0]].concat();
    // Inside the operands of the last RGBA opcode, after 14 pixels.
    let cut = no_marker[..no_marker.len() - 6].to_vec();
    for (name, bytes) in [
        ("no-end-marker", no_marker),
        ("wrong-end-marker", wrong_marker),
        ("short-end-marker", short_marker),
        ("cut-in-opcode", cut),
    ] {
        let whole = whole.clone();
        samples.push(Sample::qoi(name, bytes, Expect::Damaged { whole }));
    }

    let whole = Scene::Photo.paint(64, 48, 1);
    let bytes = encode(&whole, Channels::Rgb);
    let bytes = bytes[..bytes.len() / 2].to_vec();
    samples.push(Sample::qoi("truncated", bytes, Expect::Damaged { whole }));
}

fn broken(samples: &mut Vec<Sample>) {
    let good = file(4, 4, Channels::Rgba, &EVERY_OPCODE);
    let with = |place: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[place] = value;
        bytes
    };
    let files = [
        ("empty", Vec::new()),
        ("bad-signature", with(3, b'x')),
        ("zero-width", with(7, 0)),
        ("zero-height", with(11, 0)),
        ("two-channels", with(12, 2)),
        ("bad-colour-space", with(13, 2)),
        ("cut-in-header", good[..10].to_vec()),
        ("header-only", header(4, 4, Channels::Rgba)),
    ];
    for (name, bytes) in files {
        samples.push(Sample::qoi(name, bytes, Expect::Broken));
    }
}
