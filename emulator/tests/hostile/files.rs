//! Mutated picture files: bytes of any file, and the chunks or segments of those that consist of such.

use orrery_reference::convert::Colour;
use orrery_reference::{Backend, Format, OrreryJpeg, ReferenceError};
use orrery_samples::jpeg::segments::{self, Segment};
use orrery_samples::png::deflate::Deflate;
use orrery_samples::png::file::{Chunk, Options, SIGNATURE, chunks, join, resplit_idat, split};
use orrery_samples::png::raster::Raster;
use orrery_samples::png::scanlines::{Filter, scanlines};
use orrery_samples::rng::SplitMix64;
use orrery_samples::scenes::{Scene, with_alpha};
use orrery_samples::{all, corpus};

use super::{index, mutate, pick};

/// Files up to this size are mutated: enough for every feature, and a thousand runs take seconds.
const LARGEST: usize = 12 << 10;

/// What mutations start from: the small samples and, where it is, the small files of the shared corpus.
pub fn seeds(format: Format) -> Vec<Vec<u8>> {
    let samples = all().into_iter().filter(|s| s.format == format);
    let mut found: Vec<Vec<u8>> = samples.map(|s| s.bytes).collect();
    let (groups, ext): (&[&str], _) = match format {
        Format::Qoi => (&["qoi"], "qoi"),
        Format::Jpeg => (&["jpeg"], "jpg"),
        _ => (&["png"], "png"),
    };
    for path in groups.iter().flat_map(|group| corpus::files(group, ext)) {
        found.push(std::fs::read(&path).expect("a readable file"));
    }
    found.retain(|bytes| bytes.len() <= LARGEST);
    // What is refused for its kind stays refused.
    let kind = |bytes: &Vec<u8>| OrreryJpeg.decode(bytes);
    found.retain(|bytes| {
        format != Format::Jpeg || !matches!(kind(bytes), Err(ReferenceError::Unsupported(_)))
    });
    found
}

/// A mutated file, from a seed.
pub fn mutated(rng: &mut SplitMix64, format: Format, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = pick(rng, seeds).clone();
    let other = pick(rng, seeds);
    let times = 1 + rng.below(3);
    if format == Format::Jpeg
        && rng.below(2) == 0
        && let Some(mut parts) = segments::split(&bytes)
    {
        (0..times).for_each(|_| mutate_segments(rng, &mut parts, other));
        return segments::join(&parts);
    }
    if format == Format::Png {
        match rng.below(8) {
            // A valid stream of strange rows: what checksums keep random changes from reaching.
            0 => return strange_rows(rng),
            1..=3 => {
                if let Some(mut parts) = loose(&bytes) {
                    (0..times).for_each(|_| mutate_chunks(rng, &mut parts, other));
                    return join(&parts);
                }
            }
            _ => {}
        }
    }
    (0..times).for_each(|_| mutate(rng, &mut bytes, other));
    if format == Format::Png && rng.below(2) == 0 {
        repair(&mut bytes);
    }
    bytes
}

/// The chunks of a file whose chunks all end inside it.
fn loose(bytes: &[u8]) -> Option<Vec<Chunk>> {
    let mut rest = bytes.strip_prefix(&SIGNATURE)?;
    while !rest.is_empty() {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        rest = rest.get(length.checked_add(12)?..)?;
    }
    Some(split(bytes))
}

/// Whether image data go on behind a chunk of another type, which they must not.
pub fn divided_data(bytes: &[u8]) -> bool {
    let parts = loose(bytes).unwrap_or_default();
    let is_data = |c: &Chunk| &c.kind == b"IDAT";
    let runs = parts.chunk_by(|a, b| is_data(a) == is_data(b));
    runs.filter(|run| is_data(&run[0])).count() > 1
}

/// Makes the checksums of critical chunks right, as far as lengths lead.
pub fn repair_critical(bytes: &mut [u8]) {
    repaired(bytes, |kind| kind[0] & 0x20 == 0);
}

/// Makes the checksums right, as far as lengths lead.
fn repair(bytes: &mut [u8]) {
    repaired(bytes, |_| true);
}

fn repaired(bytes: &mut [u8], which: impl Fn([u8; 4]) -> bool) {
    let mut at = SIGNATURE.len();
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(data) = bytes.get(at + 8..(at + 8).saturating_add(length)) else {
            return;
        };
        let kind = [head[4], head[5], head[6], head[7]];
        let chunk = Chunk::new(kind, data).to_bytes();
        let end = at + chunk.len();
        if end > bytes.len() {
            return;
        }
        if which(kind) {
            bytes[end - 4..end].copy_from_slice(&chunk[chunk.len() - 4..]);
        }
        at = end;
    }
}

const KINDS: [&[u8; 4]; 8] = [
    b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"tEXt", b"ABCD", b"fdAT",
];

fn mutate_chunks(rng: &mut SplitMix64, parts: &mut Vec<Chunk>, other: &[u8]) {
    if parts.is_empty() {
        return;
    }
    let at = index(rng, parts.len());
    let to = index(rng, parts.len());
    match rng.below(9) {
        0 => parts.insert(to, parts[at].clone()),
        1 => drop(parts.remove(at)),
        2 => parts.swap(at, to),
        3 => parts[at].kind = **pick(rng, &KINDS),
        4 => {
            let kind = **pick(rng, &KINDS);
            let data: Vec<u8> = (0..rng.below(20)).map(|_| rng.next_u64() as u8).collect();
            parts.insert(to, Chunk::new(kind, data));
        }
        5 => {
            let header = parts.iter_mut().find(|c| c.data.len() == 13);
            let Some(header) = header else { return };
            let (place, value) = *pick(
                rng,
                &[
                    (3, 1),
                    (3, 200),
                    (7, 1),
                    (7, 200),
                    (2, 4),
                    (6, 4),
                    (0, 255),
                    (4, 255),
                    (8, 1),
                    (8, 2),
                    (8, 4),
                    (8, 8),
                    (8, 16),
                    (9, 0),
                    (9, 2),
                    (9, 3),
                    (9, 4),
                    (9, 6),
                    (12, 0),
                    (12, 1),
                ],
            );
            header.data[place] = value;
        }
        6 => {
            let size = 1 + index(rng, 50);
            *parts = split(&resplit_idat(&join(parts), size, rng.below(2) == 0));
        }
        _ => mutate(rng, &mut parts[at].data, other),
    }
}

const MARKERS: [u8; 14] = [
    0xC0, 0xC1, 0xC2, 0xC4, 0xD0, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xE0, 0xEE, 0xFE,
];

fn mutate_segments(rng: &mut SplitMix64, parts: &mut Vec<Segment>, other: &[u8]) {
    if parts.is_empty() {
        return;
    }
    let at = index(rng, parts.len());
    let to = index(rng, parts.len());
    match rng.below(12) {
        0 => parts.insert(to, parts[at].clone()),
        1 => drop(parts.remove(at)),
        2 => parts.swap(at, to),
        3 => parts[at].marker = *pick(rng, &MARKERS),
        4 => {
            let body: Vec<u8> = (0..rng.below(20)).map(|_| rng.next_u64() as u8).collect();
            parts.insert(to, Segment::new(*pick(rng, &MARKERS), body));
        }
        5 => {
            let interval = rng.below(9) as u16;
            parts.insert(to, Segment::new(segments::DRI, interval.to_be_bytes()));
        }
        6 => {
            // Width, height, factors, tables.
            let Some(frame) = parts.iter_mut().find(|p| p.is_frame()) else {
                return;
            };
            let places = [
                (2, 1),
                (2, 60),
                (4, 1),
                (4, 60),
                (7, 0x21),
                (7, 0x12),
                (7, 0x22),
                (7, 0x41),
                (10, 0x22),
                (8, 1),
            ];
            let (place, value) = *pick(rng, &places);
            if let Some(byte) = frame.body.get_mut(place) {
                *byte = value;
            }
        }
        7 => {
            // Bands and bits of a scan.
            let Some(scan) = parts.iter_mut().find(|p| p.marker == segments::SOS) else {
                return;
            };
            if let Some(from) = scan.body.len().checked_sub(3) {
                let place = from + index(rng, 3);
                scan.body[place] = *pick(rng, &[0, 1, 2, 5, 13, 16, 33, 63, 64, 255]);
            }
        }
        8 | 9 => mutate(rng, &mut parts[at].data, other),
        _ => {
            let body = &mut parts[at].body;
            mutate(rng, body, other);
            body.truncate(0xFFFD);
        }
    }
}

/// A file of a random kind whose rows were changed before they were compressed.
fn strange_rows(rng: &mut SplitMix64) -> Vec<u8> {
    let kinds = [
        (Colour::Grey, 1),
        (Colour::Grey, 4),
        (Colour::Grey, 16),
        (Colour::Rgb, 8),
        (Colour::Rgb, 16),
        (Colour::Indexed, 2),
        (Colour::Indexed, 8),
        (Colour::GreyAlpha, 8),
        (Colour::GreyAlpha, 16),
        (Colour::Rgba, 8),
        (Colour::Rgba, 16),
    ];
    let (colour, depth) = *pick(rng, &kinds);
    let (width, height) = (1 + rng.below(40), 1 + rng.below(30));
    let picture = pick(rng, &Scene::ALL).paint(width, height, rng.next_u64());
    let mut raster = Raster::new(&with_alpha(picture), colour, depth);
    if rng.below(3) == 0 {
        let n = match colour {
            Colour::Grey => 2,
            Colour::Rgb => 6,
            Colour::Indexed => 1 + index(rng, raster.palette.len()),
            _ => 0,
        };
        raster.trns = (n > 0).then(|| (0..n).map(|_| rng.next_u64() as u8).collect());
    }
    let options = Options {
        interlaced: rng.below(2) == 0,
        filter: Filter::InTurn,
        ..Options::default()
    };
    let mut lines = scanlines(&raster, options.interlaced, options.filter);
    for _ in 0..rng.below(4) {
        let place = index(rng, lines.len());
        lines[place] = (rng.next_u64() % 6) as u8;
    }
    if rng.below(4) == 0 {
        mutate(rng, &mut lines, &[]);
    }
    let deflate = [
        Deflate::Best,
        Deflate::Fixed,
        Deflate::Mixed,
        Deflate::LiteralsOnly,
        Deflate::Stored(50),
    ];
    let data = pick(rng, &deflate).compress(&lines);
    let mut parts = chunks(&raster, &options);
    for part in parts.iter_mut().filter(|c| &c.kind == b"IDAT") {
        part.data.clone_from(&data);
    }
    join(&parts)
}
