//! Every strict prefix of small files: refused, with rows that are right as far as they are said to be there.

mod common;
mod hostile;

use common::{Run, program, run};
use hostile::{guarded, none, same_values, tiny};
use orrery_emulator::Clock;
use orrery_emulator::report::Verdict;
use orrery_reference::convert::Colour;
use orrery_reference::{Backend, Picture, TurboJpeg};
use orrery_samples::jpeg::blocks::{Frame, Space, slope};
use orrery_samples::jpeg::huffman::Shape;
use orrery_samples::jpeg::scans::{self, Scan, interleaved, progression};
use orrery_samples::png::deflate::Deflate;
use orrery_samples::png::file::{Options, resplit_idat, write};
use orrery_samples::png::raster::Raster;
use orrery_samples::qoi::{Channels, encode};
use orrery_samples::scenes::{Scene, with_alpha};
use orrery_samples::{Expect, all};

/// Programs that only warn when nothing is missing but the end marker.
const MAY_END: &[&str] = &["jpeg"];

struct Whole {
    name: &'static str,
    bytes: Vec<u8>,
    picture: Picture,
}

fn png(name: &'static str, raster: &Raster, options: &Options) -> Whole {
    Whole {
        name,
        bytes: write(raster, options),
        picture: raster.expected(),
    }
}

fn qoi_files() -> Vec<Whole> {
    let plain = Scene::Photo.paint(13, 7, 1);
    let flat = with_alpha(Scene::Interface.paint(24, 12, 1));
    let every = all().into_iter().find(|s| s.name == "qoi-every-opcode");
    let every = every.expect("a sample of that name");
    let Expect::Picture(picture) = every.expect else {
        panic!("a valid sample");
    };
    vec![
        Whole {
            name: "rgb",
            bytes: encode(&plain, Channels::Rgb),
            picture: plain,
        },
        Whole {
            name: "rgba with runs",
            bytes: encode(&flat, Channels::Rgba),
            picture: flat,
        },
        Whole {
            name: "every opcode",
            bytes: every.bytes,
            picture,
        },
    ]
}

fn png_files() -> Vec<Whole> {
    let raster = |scene: Scene, (w, h), colour, depth| {
        let picture = with_alpha(scene.paint(w, h, 1));
        Raster::new(&picture, colour, depth)
    };
    let plain = Options::default();
    let woven = Options {
        interlaced: true,
        ..Options::default()
    };
    let stored = Options {
        deflate: Deflate::Stored(30),
        ..Options::default()
    };
    let mut palette = raster(Scene::Chart, (13, 11), Colour::Indexed, 4);
    palette.trns = Some(vec![0, 60, 120, 180]);
    let mut split = png(
        "rgba-16, data in chunks of 40",
        &raster(Scene::Photo, (9, 7), Colour::Rgba, 16),
        &plain,
    );
    split.bytes = resplit_idat(&split.bytes, 40, true);
    vec![
        png(
            "rgb-8, dynamic codes",
            &raster(Scene::Photo, (16, 12), Colour::Rgb, 8),
            &plain,
        ),
        png("indexed-4, interlaced, tRNS", &palette, &woven),
        split,
        png(
            "grey-16, interlaced",
            &raster(Scene::Photo, (10, 9), Colour::Grey, 16),
            &woven,
        ),
        png(
            "grey-1, stored blocks",
            &raster(Scene::Chart, (40, 20), Colour::Grey, 1),
            &stored,
        ),
    ]
}

fn jpeg_files() -> Vec<Whole> {
    let jpeg = |name, (w, h), factors: &[(u8, u8)], scans: &dyn Fn(&Frame) -> Vec<Scan>, marker| {
        let picture = Scene::Photo.paint(w, h, 1);
        let frame = Frame::new(&picture, Space::Ycc, factors, &[slope(9, 60)]);
        let options = scans::Options {
            frame: marker,
            shape: Shape::Steep,
            ..scans::Options::default()
        };
        let bytes = scans::write(&frame, &scans(&frame), &options);
        let picture = TurboJpeg.decode(&bytes).expect("a valid file");
        Whole {
            name,
            bytes,
            picture,
        }
    };
    let full = [(1, 1); 3];
    let quarter = [(2, 2), (1, 1), (1, 1)];
    let restarts = |frame: &Frame| {
        let mut scans = interleaved(frame);
        scans[0].restart = 2;
        scans
    };
    let apart = |_: &Frame| (0..3).map(|c| Scan::whole(&[c])).collect();
    vec![
        jpeg("4:4:4", (20, 30), &full, &interleaved, 0xC0),
        jpeg("4:2:0, restarts", (35, 40), &quarter, &restarts, 0xC0),
        jpeg(
            "a scan for each component",
            (20, 20),
            &quarter,
            &apart,
            0xC0,
        ),
        jpeg("progressive", (20, 19), &quarter, &progression, 0xC2),
    ]
}

/// Rows that the machine says are there, after comparing them.
fn rows(run: &Run, whole: &Picture) -> Result<u32, String> {
    let Some(frame) = run.frames.first() else {
        return Ok(0);
    };
    if run.frames.len() > 1 || (frame.width, frame.height) != (whole.width, whole.height) {
        return Err("another picture".into());
    }
    let bytes = frame.complete_rows as usize * frame.width as usize * 4;
    if frame.complete_rows > whole.height || frame.rgba.get(..bytes) != whole.rgba.get(..bytes) {
        return Err(format!(
            "{} rows said to be there are wrong",
            frame.complete_rows
        ));
    }
    // A whole picture may have left before its file turned out to break off behind it.
    if frame.complete && frame.complete_rows != whole.height {
        return Err("complete without all rows".into());
    }
    Ok(frame.complete_rows)
}

fn prefix(name: &str, whole: &Whole, n: usize) -> Result<u32, String> {
    let config = tiny(1 << 20);
    let program = program(name);
    let exact = run(&program, &whole.bytes[..n], Clock::Exact, &config);
    if exact.report.verdict == Verdict::Complete && MAY_END.contains(&name) {
        let frame = exact.frames.first();
        let equal = frame.is_some_and(|f| f.complete && f.rgba == whole.picture.rgba);
        if !equal || exact.report.warnings.is_empty() {
            return Err("complete, without all of the picture or without a warning".into());
        }
    } else if exact.report.verdict != Verdict::Bad {
        return Err(format!("{:?}", exact.report.verdict));
    } else if !exact.report.headline.contains("at input byte") {
        return Err(format!("no place in {:?}", exact.report.headline));
    }
    let off = run(&program, &whole.bytes[..n], Clock::Off, &config);
    if !same_values(&off, &exact) {
        return Err("off differs from exact".into());
    }
    if n % 20 == 7 {
        let lockstep = run(&program, &whole.bytes[..n], Clock::Lockstep, &config);
        if lockstep.outcome != exact.outcome || lockstep.frames != exact.frames {
            return Err("lockstep differs from exact".into());
        }
    }
    rows(&exact, &whole.picture)
}

fn every_prefix(name: &str, files: &[Whole]) {
    let mut problems = Vec::new();
    for whole in files {
        let complete = run(&program(name), &whole.bytes, Clock::Off, &tiny(1 << 20));
        assert_eq!(complete.report.verdict, Verdict::Complete, "{}", whole.name);
        assert_eq!(
            complete.frames[0].rgba, whole.picture.rgba,
            "{}",
            whole.name
        );
        let mut most = 0;
        for n in 0..whole.bytes.len() {
            let what = format!(
                "{}, the first {n} of {} bytes",
                whole.name,
                whole.bytes.len()
            );
            match guarded(&what, || prefix(name, whole, n)) {
                // What has been shown is not taken back when more bytes come.
                Ok(rows) if rows < most => {
                    problems.push(format!("{what}: {rows} rows after {most}"));
                }
                Ok(rows) => most = rows,
                Err(problem) => problems.push(problem),
            }
        }
        println!(
            "{name}, {}: {} prefixes, up to {most} of {} rows",
            whole.name,
            whole.bytes.len(),
            whole.picture.height
        );
    }
    none(&problems);
}

#[test]
fn every_prefix_of_qoi_files() {
    every_prefix("qoi", &qoi_files());
}

#[test]
fn every_prefix_of_png_files() {
    every_prefix("png", &png_files());
}

#[test]
fn every_prefix_of_jpeg_files() {
    every_prefix("jpeg", &jpeg_files());
}
