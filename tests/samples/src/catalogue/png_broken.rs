//! PNG files that are damaged, or broken from the start.

use orrery_reference::convert::Colour;

use super::{Expect, Sample, raster};
use crate::png::deflate::{self, Deflate};
use crate::png::file::{Chunk, Options, chunks, join, split, with_bad_crc, write};
use crate::png::raster::Raster;
use crate::png::scanlines::{Filter, scanlines};
use crate::scenes::Scene;

pub(super) fn add(samples: &mut Vec<Sample>) {
    damaged(samples);
    broken(samples);
}

fn photo() -> Raster {
    raster(Scene::Photo, (48, 36), Colour::Rgb, 8)
}

/// The file's chunks, one of them changed.
fn changed(file: &[u8], kind: [u8; 4], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut chunks = split(file);
    for chunk in chunks.iter_mut().filter(|chunk| chunk.kind == kind) {
        change(&mut chunk.data);
    }
    join(&chunks)
}

/// A file with these scanlines, whatever IHDR says.
fn with_lines(raster: &Raster, lines: &[u8]) -> Vec<u8> {
    let data = Deflate::Best.compress(lines);
    let file = write(raster, &Options::default());
    changed(&file, *b"IDAT", |old| old.clone_from(&data))
}

/// Rows can be shown, and something is wrong.
fn damaged(samples: &mut Vec<Sample>) {
    let photo = photo();
    let file = write(&photo, &Options::default());
    let interlaced = Options {
        interlaced: true,
        ..Options::default()
    };
    let woven = write(&photo, &interlaced);
    let lines = scanlines(&photo, false, Filter::InTurn);
    let mut bad_filter = lines.clone();
    let line = lines.len() / photo.height as usize;
    bad_filter[line * 20] = 5;

    // Equal bytes behind the last row: a match reaches over the end.
    let mut too_many = lines.clone();
    too_many.extend([lines[lines.len() - 1]; 300]);

    let end = file.len() - 12;
    let files = [
        ("bad-idat-crc", with_bad_crc(&file, *b"IDAT")),
        (
            "bad-adler",
            changed(&file, *b"IDAT", |data| *last(data) ^= 1),
        ),
        ("bad-adler-apart", bad_adler_apart(&file)),
        (
            "no-adler",
            changed(&file, *b"IDAT", |data| data.truncate(data.len() - 4)),
        ),
        ("truncated", file[..file.len() / 2].to_vec()),
        ("truncated-adam7", woven[..woven.len() * 9 / 10].to_vec()),
        ("truncated-in-adler", file[..end - 6].to_vec()),
        ("no-iend", file[..end].to_vec()),
        ("bad-filter", with_lines(&photo, &bad_filter)),
        ("too-few-rows", with_lines(&photo, &lines[..line * 30])),
        ("too-many-rows", with_lines(&photo, &too_many)),
        (
            "too-many-literals",
            changed(&file, *b"IDAT", |data| {
                *data = Deflate::Stored(999).compress(&too_many);
            }),
        ),
        ("idat-divided", idat_divided(&file)),
        (
            "bad-block-type",
            changed(&file, *b"IDAT", |data| {
                // A stored block of the first rows, then type 3.
                let head = Deflate::Stored(1000).compress(&lines);
                *data = head[..2 + 2 * 1005].to_vec();
                data.extend([0b111, 0, 0, 0, 0]);
            }),
        ),
        (
            "bad-stored-length",
            changed(&file, *b"IDAT", |data| {
                *data = Deflate::Stored(1000).compress(&lines);
                // The complement of the third block's length.
                data[2 + 2 * 1005 + 3] ^= 1;
            }),
        ),
    ];
    for (name, bytes) in files.into_iter().chain(late(&file)) {
        let whole = photo.expected();
        samples.push(Sample::png(name, bytes, Expect::Damaged { whole }));
    }
}

/// Chunks behind the image data that must not be there.
fn late(file: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    let header = split(file)[0].data.clone();
    let with = |chunks: &[Chunk]| {
        let mut all = split(file);
        let end = all.len() - 1;
        all.splice(end..end, chunks.iter().cloned());
        join(&all)
    };
    let text = Chunk::new(*b"tEXt", *b"a\0b");
    [
        ("late-plte", with(&[Chunk::new(*b"PLTE", [1, 2, 3])])),
        ("late-ihdr", with(&[Chunk::new(*b"IHDR", header)])),
        ("late-unknown-critical", with(&[Chunk::new(*b"ORRY", [1])])),
        ("idat-apart", with(&[text, Chunk::new(*b"IDAT", [])])),
    ]
}

/// Image data in two parts, with another chunk between them.
fn idat_divided(file: &[u8]) -> Vec<u8> {
    let mut chunks = split(file);
    let place = chunks.iter().position(|chunk| &chunk.kind == b"IDAT");
    let place = place.expect("a file with image data");
    let data = &mut chunks[place].data;
    let rest = data.split_off(data.len() / 2);
    chunks.insert(place + 1, Chunk::new(*b"tEXt", *b"a\0b"));
    chunks.insert(place + 2, Chunk::new(*b"IDAT", rest));
    join(&chunks)
}

/// A wrong checksum in a chunk of its own, which a decoder that has all its
/// pixels may never look at.
fn bad_adler_apart(file: &[u8]) -> Vec<u8> {
    let mut chunks = split(file);
    let place = chunks.iter().position(|chunk| &chunk.kind == b"IDAT");
    let place = place.expect("a file with image data");
    let data = &mut chunks[place].data;
    *last(data) ^= 1;
    let checksum = data.split_off(data.len() - 4);
    chunks.insert(place + 1, Chunk::new(*b"IDAT", checksum));
    join(&chunks)
}

fn last(data: &mut [u8]) -> &mut u8 {
    data.last_mut().expect("a chunk with data")
}

/// Nothing can be shown.
fn broken(samples: &mut Vec<Sample>) {
    let photo = photo();
    let file = write(&photo, &Options::default());
    let header = |place: usize, value: u8| changed(&file, *b"IHDR", |data| data[place] = value);
    let all = chunks(&photo, &Options::default());
    let without = |kind: [u8; 4]| {
        let kept = all.iter().filter(|chunk| chunk.kind != kind);
        join(&kept.cloned().collect::<Vec<_>>())
    };
    let indexed = raster(Scene::Chart, (16, 16), Colour::Indexed, 4);
    let indexed = write(&indexed, &Options::default());
    let mut no_palette = split(&indexed);
    no_palette.retain(|chunk| &chunk.kind != b"PLTE");
    let mut unknown = all.clone();
    unknown.insert(1, Chunk::new(*b"ORRY", [1, 2, 3]));
    let mut signature = file.clone();
    signature[0] = b'P';

    let data = |bytes: Vec<u8>| changed(&file, *b"IDAT", |data| data.clone_from(&bytes));
    let files = [
        ("empty", Vec::new()),
        ("signature-only", file[..8].to_vec()),
        ("bad-signature", signature),
        ("truncated-in-ihdr", file[..20].to_vec()),
        ("bad-ihdr-crc", with_bad_crc(&file, *b"IHDR")),
        ("bad-plte-crc", with_bad_crc(&indexed, *b"PLTE")),
        (
            "zero-width",
            changed(&file, *b"IHDR", |data| data[..4].fill(0)),
        ),
        (
            "zero-height",
            changed(&file, *b"IHDR", |data| data[4..8].fill(0)),
        ),
        ("bad-depth", header(8, 3)),
        ("bad-colour-type", header(9, 5)),
        ("bad-colour-depth", header(8, 4)),
        ("bad-compression-method", header(10, 1)),
        ("bad-filter-method", header(11, 1)),
        ("bad-interlace-method", header(12, 2)),
        ("no-ihdr", without(*b"IHDR")),
        ("no-idat", without(*b"IDAT")),
        ("no-plte", join(&no_palette)),
        ("unknown-critical", join(&unknown)),
        ("empty-idat", data(Vec::new())),
        ("bad-zlib-method", data(vec![0x79, 0x00, 0x03, 0x00])),
        ("bad-zlib-check", data(vec![0x78, 0x02, 0x03, 0x00])),
        ("match-before-start", data(deflate::match_before_start())),
        // A window of 64 KiB, and a dictionary that is not there.
        ("bad-zlib-window", data(vec![0x88, 0x1c, 0x03, 0x00])),
        ("zlib-dictionary", data(vec![0x78, 0x20, 0x03, 0x00])),
        // Dynamic blocks that say they have 287 and 31 codes.
        (
            "too-many-codes",
            data(vec![0x78, 0x01, 0xf5, 0, 0, 0, 0, 0]),
        ),
        (
            "too-many-distances",
            data(vec![0x78, 0x01, 0x05, 0x1e, 0, 0, 0, 0]),
        ),
    ];
    for (name, bytes) in files.into_iter().chain(odd_chunks(&indexed)) {
        samples.push(Sample::png(name, bytes, Expect::Broken));
    }
}

/// Lengths out of range, and chunks of which there is one too many.
fn odd_chunks(indexed: &[u8]) -> [(&'static str, Vec<u8>); 7] {
    let with = |place: usize, chunk: Chunk| {
        let mut all = split(indexed);
        all.insert(place, chunk);
        join(&all)
    };
    let palette = |data: &[u8]| changed(indexed, *b"PLTE", |old| *old = data.to_vec());
    let length = |length: u32| {
        let mut bytes = with(1, Chunk::new(*b"tEXt", *b"a\0b"));
        bytes[33..37].copy_from_slice(&length.to_be_bytes());
        bytes
    };
    let all = split(indexed);
    [
        ("second-ihdr", with(1, all[0].clone())),
        ("second-plte", with(1, all[1].clone())),
        ("empty-plte", palette(&[])),
        ("odd-plte", palette(&[1, 2, 3, 4])),
        ("long-plte", palette(&[7; 257 * 3])),
        ("longest-chunk", length(0x7fff_ffff)),
        ("chunk-too-long", length(0x8000_0000)),
    ]
}
