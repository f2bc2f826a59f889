//! JPEG files that are damaged, broken from the start, or of kinds that
//! nobody here decodes.

use super::jpeg::{F_420, F_444, frame, photo, shown};
use super::{Expect, Sample};
use crate::jpeg::crate_encoder::{Options, encode};
use crate::jpeg::huffman::Shape;
use crate::jpeg::scans::{self, Scan, interleaved, progression, write};
use crate::jpeg::segments::{DHT, DQT, EOI, SOI, SOS, Segment, join, split};

pub(super) fn add(samples: &mut Vec<Sample>) {
    damaged(samples);
    broken(samples);
    unsupported(samples);
}

/// A file's segments, one kind of them changed.
fn changed(file: &[u8], marker: u8, change: impl Fn(&mut Segment)) -> Vec<u8> {
    let mut parts = split(file).expect("whole segments");
    parts
        .iter_mut()
        .filter(|p| p.marker == marker)
        .for_each(change);
    join(&parts)
}

/// Rows can be shown, and something is wrong.
fn damaged(samples: &mut Vec<Sample>) {
    let mut push = |name: &str, bytes: Vec<u8>, whole: &[u8]| {
        let whole = shown(whole);
        samples.push(Sample::jpeg(name, bytes, Expect::Damaged { whole }));
    };
    let half = |file: &[u8]| file[..file.len() * 2 / 3].to_vec();

    let plain = Options::default();
    for (name, sampling) in [
        ("444", (1, 1)),
        ("422", (2, 1)),
        ("440", (1, 2)),
        ("420", (2, 2)),
    ] {
        let options = Options { sampling, ..plain };
        let file = encode(&photo(), &options);
        push(&format!("truncated-{name}"), half(&file), &file);
    }
    let file = encode(&photo(), &plain);
    // Two bytes of the last scan and the end marker.
    push("truncated-at-end", file[..file.len() - 4].to_vec(), &file);
    let early = changed(&file, SOS, |p| p.data.truncate(p.data.len() / 2));
    push("scan-too-short", early, &file);

    let steep = scans::Options {
        shape: Shape::Steep,
        ..scans::Options::default()
    };
    let progressive = scans::Options {
        frame: 0xC2,
        ..steep.clone()
    };
    let quarter = frame(&F_420);
    let mixed = frame(&[(3, 1), (1, 1), (1, 1)]);
    let mixed = write(&mixed, &interleaved(&mixed), &steep);
    push("truncated-mixed", half(&mixed), &mixed);
    let apart = write(&quarter, &[0, 1, 2].map(|c| Scan::whole(&[c])), &steep);
    push("truncated-apart", half(&apart), &apart);
    let woven = write(&quarter, &progression(&quarter), &progressive);
    push("truncated-progression", half(&woven), &woven);
    // Sixteen ones are no code.
    let full = frame(&F_444);
    let coded = write(&full, &interleaved(&full), &steep);
    let ones = changed(&coded, SOS, |p| {
        let at = p.data.len() / 2;
        p.data.splice(at..at, [0xFF, 0, 0xFF, 0, 0xFF, 0]);
    });
    push("no-such-code", ones, &coded);

    let options = Options {
        restart: 2,
        ..plain
    };
    let file = encode(&photo(), &options);
    let marker = |data: &[u8], number: u8| {
        let number = [0xFF, 0xD0 + number];
        let at = data.windows(2).position(|pair| pair == number);
        at.expect("a restart marker")
    };
    let missing = changed(&file, SOS, |p| {
        let at = marker(&p.data, 2);
        p.data.drain(at..at + 2);
    });
    push("restart-missing", missing, &file);
    let other = changed(&file, SOS, |p| {
        let at = marker(&p.data, 2);
        p.data[at + 1] = 0xD5;
    });
    push("restart-out-of-order", other, &file);
    let lost = changed(&file, SOS, |p| {
        let (from, to) = (marker(&p.data, 1), marker(&p.data, 2));
        p.data.drain(from..to);
    });
    push("restart-interval-lost", lost, &file);
}

fn broken(samples: &mut Vec<Sample>) {
    let good = encode(&photo(), &Options::default());
    let parts = split(&good).expect("whole segments");
    let header = |place: usize, value: u8| changed(&good, 0xC0, |p| p.body[place] = value);
    let scan = |place: usize, value: u8| changed(&good, SOS, |p| p.body[place] = value);
    let without = |marker: u8| {
        let mut parts = parts.clone();
        parts.retain(|p| p.marker != marker);
        join(&parts)
    };
    let twice = |marker: u8| {
        let mut parts = parts.clone();
        let at = parts.iter().position(|p| p.marker == marker).expect("one");
        parts.insert(at, parts[at].clone());
        join(&parts)
    };
    let good_scan = parts.iter().find(|p| p.marker == SOS).expect("a scan");
    let good_scan = good_scan.body.clone();
    let mut early = parts.clone();
    let frame = early.iter().position(Segment::is_frame).expect("a frame");
    let scans = early.iter().position(|p| p.marker == SOS).expect("a scan");
    early.swap(frame, scans);
    let files = [
        ("empty", Vec::new()),
        ("no-start-marker", good[2..].to_vec()),
        ("start-marker-only", good[..2].to_vec()),
        ("no-picture", vec![0xFF, SOI, 0xFF, EOI]),
        ("cut-in-header", good[..good.len().min(30)].to_vec()),
        ("second-start-marker", twice(SOI)),
        ("second-frame", twice(0xC0)),
        ("scan-before-frame", join(&early)),
        ("no-scan", without(SOS)),
        ("no-frame", without(0xC0)),
        ("no-quantisers", without(DQT)),
        ("zero-width", changed(&good, 0xC0, |p| p.body[3..5].fill(0))),
        (
            "zero-height",
            changed(&good, 0xC0, |p| p.body[1..3].fill(0)),
        ),
        ("no-components", header(5, 0)),
        ("two-components", header(5, 2)),
        ("five-components", header(5, 5)),
        ("factor-0", header(7, 0x02)),
        ("factor-5", header(7, 0x15)),
        ("quantisers-4", header(8, 4)),
        ("quantisers-not-there", header(8, 3)),
        ("short-frame", changed(&good, 0xC0, |p| p.body.truncate(9))),
        ("short-scan", changed(&good, SOS, |p| p.body.truncate(4))),
        (
            "short-quantisers",
            changed(&good, DQT, |p| p.body.truncate(40)),
        ),
        ("quantisers-number", changed(&good, DQT, |p| p.body[0] |= 4)),
        (
            "quantisers-size",
            changed(&good, DQT, |p| p.body[0] |= 0x20),
        ),
        (
            "short-huffman",
            changed(&good, DHT, |p| p.body.truncate(20)),
        ),
        ("huffman-number", changed(&good, DHT, |p| p.body[0] |= 4)),
        ("huffman-class", changed(&good, DHT, |p| p.body[0] |= 0x20)),
        (
            "huffman-too-many",
            changed(&good, DHT, |p| p.body[1..17].fill(40)),
        ),
        ("huffman-no-room", changed(&good, DHT, |p| p.body[1] = 3)),
        ("scan-no-components", scan(0, 0)),
        ("scan-five-components", scan(0, 5)),
        ("scan-unknown-component", scan(1, 99)),
        ("scan-huffman-number", scan(2, 0x44)),
        ("scan-component-twice", scan(3, good_scan[1])),
        ("scan-huffman-ac-number", scan(2, 0x04)),
        (
            "scan-dc-too-long",
            changed(&good, DHT, |p| {
                let last = p.body.len() - 1;
                if p.body[0] >> 4 == 0 {
                    p.body[last] = 16;
                }
            }),
        ),
        ("scan-huffman-not-there", scan(2, 0x33)),
    ];
    for (name, bytes) in files {
        samples.push(Sample::jpeg(name, bytes, Expect::Broken));
    }

    let grey = super::jpeg::frame(&F_444[..1]);
    let options = scans::Options {
        frame: 0xC2,
        ..scans::Options::default()
    };
    let good = write(&grey, &progression(&grey), &options);
    let bands = |first: u8, last: u8, bits: u8| {
        let mut parts = split(&good).expect("whole segments");
        let scan = parts.iter_mut().find(|p| p.marker == SOS);
        let body = &mut scan.expect("a scan").body;
        let at = body.len() - 3;
        body[at..].copy_from_slice(&[first, last, bits]);
        join(&parts)
    };
    for (name, bytes) in [
        ("band-of-all", bands(0, 63, 1)),
        ("band-backwards", bands(5, 4, 1)),
        ("band-too-far", bands(1, 64, 1)),
        ("band-shift", bands(0, 0, 14)),
    ] {
        samples.push(Sample::jpeg(name, bytes, Expect::Broken));
    }
}

/// Other kinds of JPEG: what is behind the header does not matter.
fn unsupported(samples: &mut Vec<Sample>) {
    let good = encode(&photo(), &Options::default());
    let kind = |marker: u8| changed(&good, 0xC0, |p| p.marker = marker);
    let mut hierarchy = split(&good).expect("whole segments");
    let frame = hierarchy
        .iter()
        .position(Segment::is_frame)
        .expect("a frame");
    let mut whole = hierarchy[frame].clone();
    whole.marker = 0xDE;
    hierarchy.insert(frame, whole);
    let fractions = {
        let frame = super::jpeg::frame(&[(3, 1), (2, 1), (1, 1)]);
        write(&frame, &interleaved(&frame), &scans::Options::default())
    };
    for (name, bytes) in [
        ("lossless", kind(0xC3)),
        ("differential", kind(0xC5)),
        ("differential-progressive", kind(0xC6)),
        ("differential-lossless", kind(0xC7)),
        ("extension", kind(0xC8)),
        ("arithmetic", kind(0xC9)),
        ("arithmetic-progressive", kind(0xCA)),
        ("arithmetic-lossless", kind(0xCB)),
        ("ls", kind(0xF7)),
        ("hierarchical", join(&hierarchy)),
        ("12-bit", changed(&good, 0xC0, |p| p.body[0] = 12)),
        ("fractions", fractions),
    ] {
        samples.push(Sample::jpeg(name, bytes, Expect::Broken));
    }
}
