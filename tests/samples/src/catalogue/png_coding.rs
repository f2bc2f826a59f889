//! PNG by coding: filters, Deflate blocks, chunk layouts, ancillary chunks,
//! animation.

use orrery_reference::convert::Colour;
use png::Filter as CrateFilter;

use super::{Expect, Sample, raster};
use crate::png::crate_encoder;
use crate::png::deflate::{self, Deflate};
use crate::png::file::{Chunk, Options, join, resplit_idat, split, with_bad_crc, write};
use crate::png::raster::Raster;
use crate::png::scanlines::{Filter, scanlines};
use crate::scenes::Scene;

pub(super) fn add(samples: &mut Vec<Sample>) {
    filters(samples);
    blocks(samples);
    data_chunks(samples);
    ancillary(samples);
    animated(samples);
}

fn photo() -> Raster {
    raster(Scene::Photo, (64, 48), Colour::Rgb, 8)
}

fn valid(name: impl Into<String>, raster: &Raster, bytes: Vec<u8>) -> Sample {
    Sample::png(name, bytes, Expect::Picture(raster.expected()))
}

/// Each filter on every row, by the png crate and by this one.
fn filters(samples: &mut Vec<Sample>) {
    let filters = [
        ("none", CrateFilter::NoFilter),
        ("sub", CrateFilter::Sub),
        ("up", CrateFilter::Up),
        ("average", CrateFilter::Avg),
        ("paeth", CrateFilter::Paeth),
    ];
    for (kind, (name, filter)) in (0..).zip(filters) {
        let rgb = photo();
        let bytes = crate_encoder::encode(&rgb, filter);
        samples.push(valid(format!("filter-{name}-rgb-8"), &rgb, bytes));

        let wide = raster(Scene::Photo, (33, 21), Colour::Rgba, 16);
        let options = Options {
            filter: Filter::Fixed(kind),
            ..Options::default()
        };
        let bytes = write(&wide, &options);
        samples.push(valid(format!("filter-{name}-rgba-16"), &wide, bytes));

        let small = raster(Scene::Chart, (33, 21), Colour::Grey, 2);
        let bytes = write(&small, &options);
        samples.push(valid(format!("filter-{name}-grey-2"), &small, bytes));
    }
}

/// Every kind of Deflate block.
fn blocks(samples: &mut Vec<Sample>) {
    let kinds = [
        ("stored", Deflate::Stored(u16::MAX)),
        ("stored-1", Deflate::Stored(1)),
        ("stored-100", Deflate::Stored(100)),
        ("fixed", Deflate::Fixed),
        ("dynamic", Deflate::Best),
        ("dynamic-literals", Deflate::LiteralsOnly),
        ("mixed", Deflate::Mixed),
    ];
    for (name, deflate) in kinds {
        let options = Options {
            deflate,
            ..Options::default()
        };
        let photo = photo();
        let bytes = write(&photo, &options);
        samples.push(valid(format!("deflate-{name}"), &photo, bytes));
    }

    // Rows of filter 0 and grey 0: one byte, again and again.
    let black = Raster {
        samples: vec![0; 24 * 4],
        ..raster(Scene::Noise, (24, 4), Colour::Grey, 8)
    };
    let mut parts = split(&write(&black, &Options::default()));
    for part in parts.iter_mut().filter(|part| &part.kind == b"IDAT") {
        part.data = deflate::one_distance(0, (4 * 25 - 1) / 3);
    }
    samples.push(valid("deflate-one-distance", &black, join(&parts)));

    // More than one block of the greatest size.
    let noise = raster(Scene::Noise, (160, 150), Colour::Rgb, 8);
    let options = Options {
        deflate: Deflate::Stored(u16::MAX),
        ..Options::default()
    };
    let bytes = write(&noise, &options);
    samples.push(valid("deflate-stored-65535", &noise, bytes));

    // Runs of one byte: the longest matches at the shortest distance, in
    // fixed and in dynamic codes; and repeats of a row 32 KiB up the stream.
    let flat = Raster {
        samples: vec![0x55; 200 * 100],
        ..raster(Scene::Noise, (200, 100), Colour::Grey, 8)
    };
    let mut far = raster(Scene::Noise, (8191, 5), Colour::Grey, 8);
    let (rows, last) = far.samples.split_at_mut(4 * 8191);
    last.copy_from_slice(&rows[..8191]);
    let plain = |deflate| Options {
        deflate,
        filter: Filter::Fixed(0),
        ..Options::default()
    };
    for (name, deflate) in [("fixed", Deflate::Fixed), ("dynamic", Deflate::Best)] {
        let bytes = write(&flat, &plain(deflate));
        samples.push(valid(format!("deflate-{name}-runs"), &flat, bytes));
        let bytes = write(&far, &plain(deflate));
        samples.push(valid(format!("deflate-{name}-far"), &far, bytes));
    }
}

/// Image data divided in ways no writer would.
fn data_chunks(samples: &mut Vec<Sample>) {
    let photo = raster(Scene::Photo, (24, 16), Colour::Rgb, 8);
    let file = write(&photo, &Options::default());
    for (name, size, empty_between) in [
        ("1", 1, false),
        ("1-empty", 1, true),
        ("7", 7, false),
        ("100-empty", 100, true),
    ] {
        let bytes = resplit_idat(&file, size, empty_between);
        samples.push(valid(format!("idat-{name}"), &photo, bytes));
    }

    let mut chunks = split(&file);
    chunks.insert(1, Chunk::new(*b"IDAT", []));
    samples.push(valid("idat-empty-first", &photo, join(&chunks)));

    let trailing = [file.as_slice(), b"bytes after the end"].concat();
    samples.push(valid("trailing-bytes", &photo, trailing));
}

/// All ancillary chunks of the specification, and one of nobody's.
fn ancillary(samples: &mut Vec<Sample>) {
    let compressed = Deflate::Fixed.compress(b"text");
    let text = |keyword: &[u8], rest: &[&[u8]]| [keyword, &rest.concat()].concat();
    let early = vec![
        Chunk::new(*b"gAMA", 100_000_u32.to_be_bytes()),
        Chunk::new(
            *b"cHRM",
            [
                31_270_u32, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000,
            ]
            .map(u32::to_be_bytes)
            .concat(),
        ),
        Chunk::new(*b"sBIT", [5, 6, 5]),
        Chunk::new(*b"iCCP", text(b"profile\0\0", &[&compressed])),
    ];
    let middle = vec![
        Chunk::new(*b"bKGD", [0, 1, 0, 2, 0, 3]),
        Chunk::new(*b"pHYs", [0, 0, 11, 19, 0, 0, 11, 19, 1]),
        Chunk::new(*b"sPLT", *b"suggested\0\x08\x01\x02\x03\xff\x00\x09"),
        Chunk::new(*b"eXIf", *b"MM\0*\0\0\0\x08\0\0"),
    ];
    let late = vec![
        Chunk::new(*b"tEXt", *b"Title\0Samples"),
        Chunk::new(*b"zTXt", text(b"Comment\0\0", &[&compressed])),
        Chunk::new(*b"iTXt", *b"Author\0\0\0en\0Author\0nobody"),
        Chunk::new(*b"tIME", [0x07, 0xea, 1, 2, 3, 4, 5]),
        Chunk::new(*b"orRy", *b"private"),
    ];
    let mut photo = photo();
    let options = Options {
        early,
        middle,
        late,
        ..Options::default()
    };
    let bytes = write(&photo, &options);
    samples.push(valid("ancillary", &photo, bytes.clone()));
    let damaged = with_bad_crc(&bytes, *b"gAMA");
    samples.push(valid("ancillary-bad-crc", &photo, damaged));

    // A suggested palette; and a key whose chunk is damaged, so absent.
    photo.palette = vec![[1, 2, 3], [4, 5, 6]];
    let bytes = write(&photo, &Options::default());
    samples.push(valid("suggested-palette", &photo, bytes));
    photo.palette.clear();
    let plain = photo.expected();
    photo.trns = Some(
        photo
            .pixel(0, 0)
            .iter()
            .flat_map(|s| s.to_be_bytes())
            .collect(),
    );
    let damaged = with_bad_crc(&write(&photo, &Options::default()), *b"tRNS");
    samples.push(Sample::png("trns-bad-crc", damaged, Expect::Picture(plain)));
    samples.push(second_trns("trns-second-rgb", &photo, [0; 6].to_vec()));

    let mut indexed = raster(Scene::Chart, (32, 24), Colour::Indexed, 4);
    indexed.trns = Some(vec![0, 128]);
    samples.push(second_trns("trns-second-indexed", &indexed, vec![7]));
    let options = Options {
        middle: vec![Chunk::new(*b"hIST", [0_u8; 32]), Chunk::new(*b"bKGD", [3])],
        early: vec![Chunk::new(*b"sRGB", [0])],
        ..Options::default()
    };
    let bytes = write(&indexed, &options);
    samples.push(valid("ancillary-indexed", &indexed, bytes));
}

/// A second tRNS chunk behind the raster's own, which counts.
fn second_trns(name: &str, raster: &Raster, data: Vec<u8>) -> Sample {
    let mut chunks = split(&write(raster, &Options::default()));
    let first = chunks.iter().position(|chunk| &chunk.kind == b"tRNS");
    let place = first.expect("a raster with transparency") + 1;
    chunks.insert(place, Chunk::new(*b"tRNS", data));
    Sample::png(name, join(&chunks), Expect::Picture(raster.expected()))
}

/// Animated files: decoders show the default image, whether it is the first
/// frame or not.
fn animated(samples: &mut Vec<Sample>) {
    let size = (32, 24);
    let picture = raster(Scene::Chart, size, Colour::Rgb, 8);
    let frame = raster(Scene::Noise, size, Colour::Rgb, 8);
    let frame_data = Deflate::Best.compress(&scanlines(&frame, false, Filter::InTurn));

    let control = |sequence: u32| {
        let numbers = [sequence, size.0, size.1, 0, 0].map(u32::to_be_bytes);
        // A tenth of a second; no disposal, no blending.
        Chunk::new(
            *b"fcTL",
            [numbers.concat().as_slice(), &[0, 1, 0, 10, 0, 0]].concat(),
        )
    };
    let numbered = |sequence: u32| {
        let data = [&sequence.to_be_bytes(), frame_data.as_slice()].concat();
        Chunk::new(*b"fdAT", data)
    };
    let count = |frames: u32| Chunk::new(*b"acTL", [frames, 0].map(u32::to_be_bytes).concat());

    let first_frame = Options {
        middle: vec![count(2), control(0)],
        late: vec![control(1), numbered(2)],
        ..Options::default()
    };
    let bytes = write(&picture, &first_frame);
    samples.push(valid("apng-default-is-first", &picture, bytes));

    let apart = Options {
        middle: vec![count(1)],
        late: vec![control(0), numbered(1)],
        ..Options::default()
    };
    let bytes = write(&picture, &apart);
    samples.push(valid("apng-default-is-apart", &picture, bytes));
}
