//! The shared corpus: every valid file equals the reference, every corrupt one is refused for its cause.

#[path = "common/clocks.rs"]
mod clocks;
mod common;

use std::fs;
use std::path::Path;

use clocks::{every_clock, none_of};
use common::{program, run};
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Config};
use orrery_reference::{Format, ReferenceError, backends_for};
use orrery_samples::corpus::{self, Tally};

/// Why each corrupt file of PngSuite is refused: a part of the message.
const CORRUPT: &[(&str, &str)] = &[
    ("xc1n0g08", "colour type"),
    ("xc9n2c08", "colour type"),
    ("xcrn0g04", "signature"),
    ("xcsn0g01", "CRC of an IDAT chunk"),
    ("xd0n2c08", "bit depth"),
    ("xd3n2c08", "bit depth"),
    ("xd9n2c08", "bit depth"),
    ("xdtn0g01", "no IDAT chunk"),
    ("xhdn0g08", "CRC of the IHDR chunk"),
    ("xlfn0g04", "signature"),
    ("xs1n0g01", "signature"),
    ("xs2n0g01", "signature"),
    ("xs4n0g01", "signature"),
    ("xs7n0g01", "signature"),
];

fn compare(name: &str, format: Format, path: &Path, config: &Config) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    let exact = every_clock(&program(name), &bytes, config, usize::MAX)?;
    let reference = backends_for(format)
        .next()
        .expect("a reference for every format");
    let complete = exact.report.verdict == Verdict::Complete;
    let frame = exact.frames.first();
    match reference.decode(&bytes) {
        Ok(picture) => {
            let frame = frame
                .filter(|f| f.complete)
                .ok_or_else(|| exact.report.headline.clone())?;
            if (frame.width, frame.height) != (picture.width, picture.height)
                || frame.rgba != picture.rgba
            {
                return Err("the picture differs from the reference".into());
            }
            Ok(())
        }
        Err(ReferenceError::Incomplete {
            picture,
            complete_rows,
            message,
        }) => {
            if complete {
                return Err(format!("accepted, but the reference says: {message}"));
            }
            let Some(frame) = frame else { return Ok(()) };
            let bytes =
                complete_rows.min(frame.complete_rows) as usize * picture.width as usize * 4;
            if frame.rgba.get(..bytes) != picture.rgba.get(..bytes) {
                return Err("the rows that both have differ".into());
            }
            Ok(())
        }
        Err(e) if complete => Err(format!("accepted, but the reference says: {e}")),
        Err(_) => Ok(()),
    }
}

fn whole_group(test: &'static str, group: &str, ext: &str, name: &str, format: Format) {
    let mut tally = Tally::new(test);
    let mut problems = Vec::new();
    for path in corpus::files(group, ext) {
        tally.ran();
        if let Err(why) = compare(name, format, &path, &Config::default()) {
            problems.push(format!("{}: {why}", path.display()));
        }
    }
    none_of(&problems, tally.count());
}

#[test]
fn every_qoi_file() {
    whole_group("every QOI file", "qoi", "qoi", "qoi", Format::Qoi);
}

#[test]
fn every_png_file() {
    whole_group("every PNG file", "png", "png", "png", Format::Png);
}

#[test]
fn every_photo() {
    whole_group("every photo", "photos", "png", "png", Format::Png);
}

#[test]
fn corrupt_files_are_refused_for_their_cause() {
    let mut tally = Tally::new("corrupt PngSuite files");
    let mut problems = Vec::new();
    for path in corpus::files("png/pngsuite", "png") {
        let stem = corpus::stem(&path);
        let Some((_, cause)) = CORRUPT.iter().find(|(name, _)| *name == stem) else {
            if stem.starts_with('x') {
                problems.push(format!("{stem} has no row in the table"));
            }
            continue;
        };
        tally.ran();
        let bytes = fs::read(&path).expect("a readable file");
        let run = run(&program("png"), &bytes, Clock::Exact, &Config::default());
        let headline = run.report.headline;
        if run.report.verdict != Verdict::Bad
            || !headline.contains(cause)
            || !headline.contains("at input byte")
        {
            problems.push(format!("{stem}: expected {cause:?}, got {headline:?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
