//! Valid JPEG files. What they show is what libjpeg-turbo says of them, in
//! their plainest form.

use orrery_reference::{Backend, OrreryJpeg, Picture, TurboJpeg};

use super::{Expect, Sample};
use crate::jpeg::blocks::{Frame, Space, slope};
use crate::jpeg::crate_encoder::{Colours, Options, encode};
use crate::jpeg::huffman::{Shape, Table};
use crate::jpeg::scans::{self, Scan, adobe, interleaved, jfif, progression, write};
use crate::jpeg::segments::{APP0, COM, DHT, DQT, DRI, EOI, SOS, Segment, join, split};
use crate::scenes::{Scene, with_alpha};

pub(super) fn add(samples: &mut Vec<Sample>) {
    encoded(samples);
    divided(samples);
    every_symbol(samples);
    factors(samples);
    colours(samples);
    arranged(samples);
}

/// What a file shows that libjpeg-turbo has no objection to.
pub(crate) fn shown(bytes: &[u8]) -> Picture {
    TurboJpeg.decode(bytes).expect("a valid file")
}

pub(super) fn photo() -> Picture {
    Scene::Photo.paint(45, 37, 5)
}

fn push(samples: &mut Vec<Sample>, name: impl Into<String>, bytes: Vec<u8>) {
    let expect = Expect::Picture(shown(&bytes));
    samples.push(Sample::jpeg(name, bytes, expect));
}

/// What an ordinary encoder writes.
fn encoded(samples: &mut Vec<Sample>) {
    let plain = Options::default();
    let all = [
        (1, 1),
        (2, 1),
        (1, 2),
        (2, 2),
        (4, 1),
        (4, 2),
        (1, 4),
        (2, 4),
    ];
    for sampling in all {
        let options = Options { sampling, ..plain };
        let name = format!("sampling-{}x{}", sampling.0, sampling.1);
        push(samples, name, encode(&photo(), &options));
    }
    for sampling in &all[..4] {
        let options = Options {
            sampling: *sampling,
            progressive: true,
            ..plain
        };
        let name = format!("progressive-{}x{}", sampling.0, sampling.1);
        push(samples, name, encode(&photo(), &options));
    }
    for quality in [1, 10, 50, 95, 100] {
        let scene = [Scene::Chart, Scene::Photo][usize::from(quality > 20)];
        let options = Options { quality, ..plain };
        let bytes = encode(&scene.paint(40, 24, 2), &options);
        push(samples, format!("quality-{quality}"), bytes);
    }
    let noise = Options {
        quality: 100,
        sampling: (1, 1),
        optimised: true,
        ..plain
    };
    push(
        samples,
        "noise",
        encode(&Scene::Noise.paint(24, 17, 1), &noise),
    );
    for restart in [1, 3] {
        for progressive in [false, true] {
            let options = Options {
                restart,
                progressive,
                ..plain
            };
            let kind = ["", "-progressive"][usize::from(progressive)];
            let bytes = encode(&photo(), &options);
            push(samples, format!("restart-{restart}{kind}"), bytes);
        }
    }
    for (colours, name) in [
        (Colours::Grey, "grey"),
        (Colours::Cmyk, "cmyk"),
        (Colours::Ycck, "ycck"),
    ] {
        let picture = with_alpha(Scene::Photo.paint(33, 18, 3));
        for (progressive, kind) in [(false, ""), (true, "-progressive")] {
            let options = Options {
                colours,
                progressive,
                ..plain
            };
            push(samples, format!("{name}{kind}"), encode(&picture, &options));
        }
    }
    let sides = [
        (1, 1),
        (2, 1),
        (1, 2),
        (3, 3),
        (4, 9),
        (7, 5),
        (8, 8),
        (9, 8),
        (15, 16),
        (16, 16),
        (17, 19),
    ];
    for (width, height) in sides {
        for (sampling, kind) in [
            ((1, 1), "444"),
            ((2, 1), "422"),
            ((1, 2), "440"),
            ((2, 2), "420"),
        ] {
            let options = Options { sampling, ..plain };
            let bytes = encode(&Scene::Photo.paint(width, height, 7), &options);
            push(samples, format!("size-{width}x{height}-{kind}"), bytes);
        }
    }
    let wide = Options {
        restart: 40,
        ..plain
    };
    push(
        samples,
        "wide",
        encode(&Scene::Chart.paint(700, 9, 1), &wide),
    );
    push(
        samples,
        "tall",
        encode(&Scene::Chart.paint(9, 700, 1), &wide),
    );
}

pub(super) const F_444: [(u8, u8); 3] = [(1, 1); 3];
pub(super) const F_420: [(u8, u8); 3] = [(2, 2), (1, 1), (1, 1)];

pub(super) fn frame(factors: &[(u8, u8)]) -> Frame {
    Frame::new(&photo(), Space::Ycc, factors, &[slope(3, 60), slope(5, 90)])
}

/// Scans of other kinds than ordinary encoders write.
fn divided(samples: &mut Vec<Sample>) {
    let plain = scans::Options::default();
    let steep = scans::Options {
        shape: Shape::Steep,
        ..plain.clone()
    };
    let progressive = scans::Options {
        frame: 0xC2,
        shape: Shape::Steep,
        ..plain.clone()
    };
    let extended = scans::Options {
        frame: 0xC1,
        ..plain.clone()
    };
    let (full, quarter) = (frame(&F_444), frame(&F_420));
    let apart = [0, 1, 2].map(|c| Scan::whole(&[c]));
    let backwards = [2, 0, 1].map(|c| Scan::whole(&[c]));
    let partly = [Scan::whole(&[0]), Scan::whole(&[1, 2])];
    push(samples, "apart-444", write(&full, &apart, &plain));
    push(samples, "apart-420", write(&quarter, &apart, &steep));
    push(
        samples,
        "apart-backwards",
        write(&quarter, &backwards, &plain),
    );
    push(samples, "partly-420", write(&quarter, &partly, &plain));
    push(samples, "steep", write(&full, &interleaved(&full), &steep));
    push(
        samples,
        "extended",
        write(&quarter, &interleaved(&quarter), &extended),
    );

    let mut restarts = apart.clone();
    for (interval, scan) in [4, 0, 1].into_iter().zip(&mut restarts) {
        scan.restart = interval;
    }
    push(
        samples,
        "apart-restarts",
        write(&quarter, &restarts, &steep),
    );

    let grey = frame(&F_444[..1]);
    push(
        samples,
        "progression-444",
        write(&full, &progression(&full), &progressive),
    );
    push(
        samples,
        "progression-420",
        write(&quarter, &progression(&quarter), &progressive),
    );
    push(
        samples,
        "progression-grey",
        write(&grey, &progression(&grey), &progressive),
    );
    // A component keeps the quantisers that its first scan found.
    let several = write(&quarter, &progression(&quarter), &progressive);
    let mut several = split(&several).expect("whole segments");
    let others: Vec<Segment> = [0, 1]
        .map(|number| Segment::new(DQT, [vec![number], vec![50; 64]].concat()))
        .into();
    let scans: Vec<usize> = (0..several.len())
        .filter(|&at| several[at].marker == SOS)
        .collect();
    for at in scans.into_iter().skip(1).rev() {
        several.splice(at..at, others.iter().cloned());
    }
    push(samples, "progression-other-quantisers", join(&several));
    let mut restarts = progression(&quarter);
    for (n, scan) in restarts.iter_mut().enumerate() {
        scan.restart = [2, 5, 0][n % 3];
    }
    push(
        samples,
        "progression-restarts",
        write(&quarter, &restarts, &progressive),
    );
    // Large flat areas: runs of blocks; many corrections in one block.
    let chart = Scene::Chart.paint(96, 72, 1);
    let chart = Frame::new(&chart, Space::Ycc, &F_420, &[slope(1, 2)]);
    push(
        samples,
        "progression-chart",
        write(&chart, &progression(&chart), &progressive),
    );
    let noise = Scene::Noise.paint(16, 16, 1);
    let noise = Frame::new(&noise, Space::Ycc, &F_444, &[slope(1, 1)]);
    push(
        samples,
        "progression-noise",
        write(&noise, &progression(&noise), &progressive),
    );
    // Bands in steps, from the end; only one of them sharpened.
    let mut odd = vec![Scan::band(&[0], (0, 0), (0, 0))];
    odd.extend([(40, 63), (6, 39), (1, 5)].map(|band| Scan::band(&[0], band, (0, 0))));
    push(
        samples,
        "progression-bands",
        write(&grey, &odd, &progressive),
    );
    let mut deep = vec![
        Scan::band(&[0], (0, 0), (0, 3)),
        Scan::band(&[0], (1, 63), (0, 3)),
    ];
    for low in (0..3).rev() {
        deep.push(Scan::band(&[0], (0, 0), (low + 1, low)));
        deep.push(Scan::band(&[0], (1, 63), (low + 1, low)));
    }
    push(
        samples,
        "progression-deep",
        write(&grey, &deep, &progressive),
    );

    // Scans that never come: libjpeg-turbo smooths over them, nobody else does.
    let all = progression(&quarter);
    for (name, count) in [("some", 6), ("first", 1)] {
        let bytes = write(&quarter, &all[..count], &progressive);
        let picture = OrreryJpeg.decode(&bytes).expect("a valid file");
        let name = format!("progression-{name}");
        samples.push(Sample::jpeg(name, bytes, Expect::Picture(picture)));
    }

    // Above 255: the samples still fit.
    let coarse = Frame::new(
        &photo(),
        Space::Ycc,
        &F_420,
        &[slope(16, 900), slope(300, 4000)],
    );
    let wide = scans::Options {
        frame: 0xC1,
        wide_quantisers: true,
        ..plain.clone()
    };
    push(
        samples,
        "quantisers-16",
        write(&coarse, &interleaved(&coarse), &wide),
    );
}

/// Every symbol of the tables of annex K, in a file that leaves them out.
fn every_symbol(samples: &mut Vec<Sample>) {
    let file = encode(&photo(), &Options::default());
    let parts = split(&file).expect("whole segments");
    let table = |number: u8| {
        let of = parts
            .iter()
            .find(|p| p.marker == DHT && p.body[0] == number);
        Table::from_body(&of.expect("a table of its own").body)
    };
    let options = scans::Options {
        tables: Some([0x00, 0x01, 0x10, 0x11].map(table)),
        ..scans::Options::default()
    };
    let picture = Scene::Photo.paint(104, 104, 1);
    let mut frame = Frame::new(&picture, Space::Ycc, &F_444, &[slope(1, 1)]);
    for component in &mut frame.components {
        for (n, block) in component.coefficients.iter_mut().enumerate() {
            let (run, size) = (n % 16, n / 16 % 10);
            block.fill(0);
            // Differences of 0 to 11 bits.
            block[0] = [0, 1023, -1024, 500, 499][n % 5] >> (n % 12);
            block[run + 1] = (1 << size) * [1, -1][n % 2];
            // Sixteen zeros, now and then.
            block[63] = i16::from(n % 7 == 0);
        }
    }
    let bytes = write(&frame, &interleaved(&frame), &options);
    let picture = shown(&bytes);
    let mut parts = split(&bytes).expect("whole segments");
    parts.retain(|p| p.marker != DHT);
    let name = "no-huffman-tables-every-symbol";
    samples.push(Sample::jpeg(name, join(&parts), Expect::Picture(picture)));
}

/// Sampling factors that only few files have.
fn factors(samples: &mut Vec<Sample>) {
    let plain = scans::Options::default();
    for (name, factors) in [
        ("3x1", [(3, 1), (1, 1), (1, 1)]),
        ("1x3", [(1, 3), (1, 1), (1, 1)]),
        ("3x2", [(3, 2), (1, 1), (1, 1)]),
        ("4x2", [(4, 2), (1, 1), (1, 1)]),
        ("small-brightness", [(1, 1), (2, 2), (2, 2)]),
        ("one-full", [(2, 2), (1, 1), (2, 2)]),
        ("one-wide-one-high", [(2, 2), (2, 1), (1, 2)]),
        ("all-2x2", [(2, 2); 3]),
        ("all-2x1", [(2, 1); 3]),
        ("4x1-2x1", [(4, 1), (2, 1), (1, 1)]),
    ] {
        let frame = frame(&factors);
        // At most 10 blocks in an MCU.
        let blocks: u8 = factors.iter().map(|(h, v)| h * v).sum();
        let scans = if blocks > 10 {
            vec![Scan::whole(&[0]), Scan::whole(&[1]), Scan::whole(&[2])]
        } else {
            interleaved(&frame)
        };
        push(
            samples,
            format!("factors-{name}"),
            write(&frame, &scans, &plain),
        );
    }
    // The factors of an only component say nothing.
    let mut grey = frame(&[(1, 1)]);
    grey.components[0].factors = (2, 3);
    grey.components[0].table = 0;
    push(
        samples,
        "factors-grey-2x3",
        write(&grey, &interleaved(&grey), &plain),
    );
}

/// What says which colours the components are.
fn colours(samples: &mut Vec<Sample>) {
    let with = |header: &[Segment]| scans::Options {
        header: header.to_vec(),
        ..scans::Options::default()
    };
    let quantisers = [slope(3, 60), slope(5, 90)];
    let rgb = Frame::new(&photo(), Space::Rgb, &F_444, &quantisers);
    let scan = interleaved(&rgb);
    push(samples, "rgb-adobe", write(&rgb, &scan, &with(&[adobe(0)])));
    let mut named = rgb.clone();
    for (component, id) in named.components.iter_mut().zip(*b"RGB") {
        component.id = id;
    }
    push(samples, "rgb-by-name", write(&named, &scan, &with(&[])));
    // JFIF's segment decides, whatever stands beside it.
    push(
        samples,
        "ycc-named-rgb",
        write(&named, &scan, &with(&[jfif()])),
    );
    push(
        samples,
        "ycc-jfif-adobe-0",
        write(&rgb, &scan, &with(&[jfif(), adobe(0)])),
    );
    let ycc = frame(&F_420);
    push(samples, "ycc-adobe", write(&ycc, &scan, &with(&[adobe(1)])));
    // An unknown transform is the usual one.
    let picture = shown(&write(&ycc, &scan, &with(&[adobe(1)])));
    let bytes = write(&ycc, &scan, &with(&[adobe(7)]));
    samples.push(Sample::jpeg("ycc-adobe-7", bytes, Expect::Picture(picture)));
    push(samples, "ycc-no-header", write(&ycc, &scan, &with(&[])));
    let other = Segment::new(APP0, *b"JFXX\0\x10 another kind");
    push(samples, "ycc-jfxx", write(&ycc, &scan, &with(&[other])));

    let inks = with_alpha(photo());
    let full = Frame::new(&inks, Space::Rgb, &[(1, 1); 4], &quantisers);
    let some = Frame::new(
        &inks,
        Space::Rgb,
        &[(2, 2), (1, 1), (1, 1), (2, 2)],
        &quantisers,
    );
    let scan = interleaved(&full);
    push(samples, "inks-plain", write(&full, &scan, &with(&[])));
    push(samples, "inks-jfif", write(&full, &scan, &with(&[jfif()])));
    push(
        samples,
        "inks-adobe-0",
        write(&some, &scan, &with(&[adobe(0)])),
    );
    push(
        samples,
        "inks-adobe-2",
        write(&some, &scan, &with(&[adobe(2)])),
    );
    push(samples, "inks-plain-420", write(&some, &scan, &with(&[])));
    // Three components whose samples each go to sixteen pixels: more to draw than of any other file.
    let quarters = [(1, 1), (1, 1), (1, 1), (4, 4)];
    let quarters = Frame::new(&inks, Space::Rgb, &quarters, &quantisers);
    let apart: Vec<Scan> = (0..4).map(|component| Scan::whole(&[component])).collect();
    push(
        samples,
        "inks-quarters",
        write(&quarters, &apart, &with(&[adobe(0)])),
    );
    let progressive = scans::Options {
        frame: 0xC2,
        ..with(&[adobe(2)])
    };
    push(
        samples,
        "inks-progression",
        write(&some, &progression(&some), &progressive),
    );
}

/// An EXIF segment that says how the picture is to be turned.
fn exif(orientation: u8) -> Segment {
    let mut body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    body.push(orientation);
    body.extend([0; 6]);
    Segment::new(APP0 + 1, body)
}

/// One file, its segments arranged in other ways: the picture stays the same.
fn arranged(samples: &mut Vec<Sample>) {
    let options = Options {
        restart: 2,
        ..Options::default()
    };
    let file = encode(&photo(), &options);
    let whole = shown(&file);
    let parts = split(&file).expect("whole segments");
    let mut push = |name: &str, bytes: Vec<u8>| {
        let expect = Expect::Picture(whole.clone());
        samples.push(Sample::jpeg(name, bytes, expect));
    };
    let with = |segment: Segment| {
        let mut parts = parts.clone();
        parts.insert(1, segment);
        join(&parts)
    };
    for orientation in [1, 3, 6, 8] {
        push(&format!("exif-{orientation}"), with(exif(orientation)));
    }
    push("comment", with(Segment::new(COM, *b"a comment \xFF\xD9")));
    push("empty-comment", with(Segment::new(COM, [])));
    push(
        "application",
        with(Segment::new(APP0 + 13, vec![0xFF; 300])),
    );
    push(
        "trailing-bytes",
        [&file[..], b"bytes after \xFF\xD8 the end"].concat(),
    );
    push("no-end-marker", file[..file.len() - 2].to_vec());

    // Fill bytes before every marker, those of restarts too.
    let mut filled = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            filled.extend([0xFF, 0xFF]);
        }
        let mut part = part.clone();
        let mut data = Vec::new();
        for (at, &byte) in part.data.iter().enumerate() {
            if byte == 0xFF && part.data[at + 1] != 0 {
                data.extend([0xFF, 0xFF, 0xFF]);
            }
            data.push(byte);
        }
        part.data = data;
        filled.extend(part.to_bytes());
    }
    push("fill-bytes", filled);

    // All tables of a kind in one segment, and each in one of its own.
    for (marker, one, many) in [(DQT, 65, "dqt"), (DHT, 0, "dht")] {
        let bodies = |parts: &[Segment]| {
            let of = parts.iter().filter(|p| p.marker == marker);
            of.flat_map(|p| p.body.clone()).collect::<Vec<u8>>()
        };
        let first = parts.iter().position(|p| p.marker == marker);
        let first = first.expect("a table");
        let mut rest: Vec<Segment> = parts.clone();
        rest.retain(|p| p.marker != marker);
        let all = bodies(&parts);
        let mut together = rest.clone();
        together.insert(first, Segment::new(marker, all.clone()));
        push(&format!("{many}-together"), join(&together));
        let mut tables = &all[..];
        let mut apart = rest;
        let mut at = first;
        while !tables.is_empty() {
            let codes = || tables[1..17].iter().map(|&n| usize::from(n)).sum::<usize>();
            let length = if one > 0 { one } else { 17 + codes() };
            apart.insert(at, Segment::new(marker, &tables[..length]));
            tables = &tables[length..];
            at += 1;
        }
        push(&format!("{many}-apart"), join(&apart));
    }

    // Motion JPEG leaves out the tables that all its pictures have.
    let mut without = parts.clone();
    without.retain(|p| p.marker != DHT);
    push("no-huffman-tables", join(&without));

    // A table that no scan can use, and none does: its code is for 16 bits.
    let mut unused = parts.clone();
    let mut table = vec![3, 1];
    table.resize(17, 0);
    table.push(16);
    unused.insert(1, Segment::new(DHT, table));
    push("dc-too-long-unused", join(&unused));

    // Components of the same name are told apart by their order.
    let mut same = parts.clone();
    for part in &mut same {
        let step = match part.marker {
            SOS => 1..7,
            _ if part.is_frame() => 6..15,
            _ => continue,
        };
        let width = step.len() / 3;
        part.body[step]
            .chunks_mut(width)
            .for_each(|component| component[0] = 7);
    }
    push("same-identifiers", join(&same));

    // Tables that are replaced before they are used; an interval of 0 first.
    let mut twice = parts.clone();
    let tables: Vec<Segment> = parts
        .iter()
        .filter(|p| p.marker == DHT || p.marker == DQT)
        .map(|p| {
            let mut p = p.clone();
            if p.marker == DQT {
                p.body[1..].fill(1);
            }
            p
        })
        .collect();
    twice.splice(1..1, tables);
    twice.insert(1, Segment::new(DRI, [0, 0]));
    push("tables-twice", join(&twice));

    // The header's segments in another order: the frame first.
    let mut order = parts.clone();
    let frame = order.iter().position(Segment::is_frame).expect("a frame");
    let frame = order.remove(frame);
    order.insert(1, frame);
    push("frame-first", join(&order));

    // Adobe's segment between the frame and the scan.
    let inks = with_alpha(photo());
    let inks = encode(
        &inks,
        &Options {
            colours: Colours::Ycck,
            ..Options::default()
        },
    );
    let picture = shown(&inks);
    let mut order = split(&inks).expect("whole segments");
    let adobe = order.iter().position(|p| p.marker == APP0 + 14);
    let adobe = order.remove(adobe.expect("Adobe's segment"));
    let scan = order.iter().position(|p| p.marker == SOS).expect("a scan");
    order.insert(scan, adobe);
    samples.push(Sample::jpeg(
        "adobe-last",
        join(&order),
        Expect::Picture(picture),
    ));

    // The number of rows once more, behind the scan (T.81, B.2.5).
    let mut lines = parts.clone();
    let end = lines.iter().position(|p| p.marker == EOI).expect("an end");
    let rows = whole.height as u16;
    lines.insert(end, Segment::new(0xDC, rows.to_be_bytes()));
    let picture = Expect::Picture(whole.clone());
    samples.push(Sample::jpeg("dnl-same-height", join(&lines), picture));
}
