//! The shared corpus of JPEG files: the machine, the codec and libjpeg-turbo give the same bytes, and what is not
//! supported is refused by name.

#[path = "common/clocks.rs"]
mod clocks;
mod common;
#[path = "../../formats/jpeg/tests/common/complete.rs"]
mod complete;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clocks::{every_clock, none_of};
use common::{program, run};
use complete::complete;
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Config, Frame};
use orrery_reference::{Backend, OrreryJpeg, Picture, ReferenceError, TurboJpeg};
use orrery_samples::corpus::{self, Tally};

/// What is refused, by a part of the path, and a part of what the machine says then.
const REFUSED: &[(&str, &str)] = &[
    ("jpegsuite/ls/", "JPEG-LS is not supported"),
    ("lossless_huffman/", "lossless JPEG is not supported"),
    ("lossless_arithmetic/", "arithmetic coding is not supported"),
    ("jpeg-lossless/", "lossless JPEG is not supported"),
    ("extended_arithmetic/", "arithmetic coding is not supported"),
    (
        "progressive_arithmetic/",
        "arithmetic coding is not supported",
    ),
    ("testimgari.jpg", "arithmetic coding is not supported"),
    ("x12_", "samples of more than 8 bits are not supported"),
    ("_dnl.jpg", "DNL segments are not supported"),
];

/// Files on which somebody departs, and why; `docs/conformance.md` tells more.
const DEPARTURES: &[(&str, &str)] = &[
    // Damaged: bits are sent twice, and read as if nothing were wrong.
    (
        "28c74d9284d9836017fd519f6932efd8",
        "a scan out of its progression",
    ),
    // Whole pictures that libjpeg-turbo warns of before it has begun, so that there is nothing to compare.
    ("icc-after-SOF", "bad ICC marker"),
    ("icc_chunk_count_mismatch", "bad ICC marker"),
    ("icc_chunk_seq_no_0", "bad ICC marker"),
    ("exif-empty-icc-profile", "bad ICC marker"),
    ("truncated_app14", "extraneous bytes before marker"),
];

/// The exact clock takes its time: files up to this many bytes, unless the long form is asked for.
const LARGEST_EXACT: usize = 40_000;

fn files() -> Vec<PathBuf> {
    let mut files = corpus::files("jpeg", "jpg");
    files.extend(corpus::files("jpeg", "jpeg"));
    files
}

fn name(path: &Path) -> String {
    let root = corpus::root().map(|root| root.join("jpeg"));
    let below = root.and_then(|root| path.strip_prefix(root).ok());
    below.unwrap_or(path).display().to_string()
}

fn refusal(name: &str) -> Option<&'static str> {
    let mut table = REFUSED.iter();
    table
        .find(|(part, _)| name.contains(part))
        .map(|(_, why)| *why)
}

/// What libjpeg-turbo shows, whether it is content or not. Where scans are still to come it smooths over what they
/// will bring: it is told that none come.
fn turbo(bytes: &[u8]) -> (Option<Picture>, Option<String>) {
    let warning = TurboJpeg.decode(bytes).err().map(|e| e.to_string());
    let whole = complete(bytes);
    match TurboJpeg.decode(whole.as_deref().unwrap_or(bytes)) {
        Ok(picture) | Err(ReferenceError::Incomplete { picture, .. }) => (Some(picture), warning),
        Err(_) => (None, warning),
    }
}

fn equal(frame: &Frame, picture: &Picture) -> bool {
    (frame.width, frame.height) == (picture.width, picture.height) && frame.rgba == picture.rgba
}

/// How a valid file came out, or what is wrong.
fn compare(bytes: &[u8]) -> Result<&'static str, String> {
    let long = env::var_os("ORRERY_NIGHTLY").is_some_and(|v| v == "1");
    let largest = if long { usize::MAX } else { LARGEST_EXACT };
    let run = every_clock(&program("jpeg"), bytes, &Config::default(), largest)?;
    let headline = &run.report.headline;
    let frame = run.frames.first();
    let (turbo, warning) = turbo(bytes);
    if run.report.verdict == Verdict::Complete {
        let frame = frame.filter(|f| f.complete).ok_or("no picture")?;
        match OrreryJpeg.decode(bytes) {
            Ok(picture) if equal(frame, &picture) => {}
            Ok(_) => return Err("the picture differs from the codec's".into()),
            Err(e) => return Err(format!("accepted, but the codec says: {e}")),
        }
        return match (turbo, warning) {
            (Some(picture), None) if equal(frame, &picture) => Ok("equal"),
            (Some(picture), Some(_)) if equal(frame, &picture) => {
                Ok("equal, with a warning of libjpeg-turbo's")
            }
            (Some(_), warning) => Err(format!(
                "the picture differs from libjpeg-turbo's, which says {warning:?}"
            )),
            (None, warning) => Err(format!("accepted, but libjpeg-turbo says: {warning:?}")),
        };
    }
    if run.report.verdict != Verdict::Bad || !headline.contains("at input byte") {
        return Err(format!("{:?}: {headline}", run.report.verdict));
    }
    if warning.is_none() {
        return Err(format!("refused, but not by libjpeg-turbo: {headline}"));
    }
    let rows = |n: u32, width: u32| n as usize * width as usize * 4;
    match OrreryJpeg.decode(bytes) {
        Ok(_) => Err(format!("refused, but not by the codec: {headline}")),
        Err(ReferenceError::Incomplete {
            picture,
            complete_rows,
            ..
        }) => {
            let Some(frame) = frame else {
                return if complete_rows == 0 {
                    Ok("refused")
                } else {
                    Err(format!(
                        "no picture, but the codec has {complete_rows} rows: {headline}"
                    ))
                };
            };
            let both = rows(complete_rows.min(frame.complete_rows), frame.width);
            if frame.rgba.get(..both) != picture.rgba.get(..both) {
                return Err(format!("the rows that both have differ: {headline}"));
            }
            Ok("refused, rows equal")
        }
        Err(_) => Ok("refused"),
    }
}

#[test]
fn every_jpeg_file() {
    let mut tally = Tally::new("every JPEG file");
    let mut problems = Vec::new();
    let mut outcomes = std::collections::BTreeMap::<_, usize>::new();
    for path in files() {
        let name = name(&path);
        if refusal(&name).is_some() {
            continue;
        }
        tally.ran();
        let bytes = fs::read(&path).expect("a readable file");
        let departs = DEPARTURES.iter().find(|(part, _)| name.contains(part));
        match (compare(&bytes), departs) {
            (Ok(outcome), None) => *outcomes.entry(outcome).or_default() += 1,
            (Ok(_), Some(_)) => problems.push(format!("{name}: departs no more")),
            (Err(why), Some((_, expected))) if why.contains(expected) => {
                *outcomes.entry("departs").or_default() += 1
            }
            (Err(why), _) => problems.push(format!("{name}: {why}")),
        }
    }
    println!("{outcomes:?}");
    none_of(&problems, tally.count());
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let mut tally = Tally::new("JPEG files of other kinds");
    let mut problems = Vec::new();
    for path in files() {
        let name = name(&path);
        let Some(why) = refusal(&name) else { continue };
        tally.ran();
        let bytes = fs::read(&path).expect("a readable file");
        let run = run(&program("jpeg"), &bytes, Clock::Exact, &Config::default());
        let headline = run.report.headline;
        if run.report.verdict != Verdict::Bad
            || !headline.contains(why)
            || !headline.contains("at input byte")
        {
            problems.push(format!("{name}: expected {why:?}, got {headline:?}"));
        }
    }
    none_of(&problems, tally.count());
}
