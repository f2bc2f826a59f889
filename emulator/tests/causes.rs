//! What the shipped programs say of files that are wrong: the cause itself, and not what comes of it;
//! and everything that was decoded before is shown.

mod common;

use common::{Run, program, run, small};
use orrery_emulator::Clock;
use orrery_samples::{Expect, Sample};

/// The sample of a name, run under the `exact` clock.
fn decoded(name: &str) -> (Sample, Run) {
    let mut samples = orrery_samples::all().into_iter();
    let sample = samples.find(|s| s.name == name);
    let sample = sample.unwrap_or_else(|| panic!("there is no sample {name}"));
    let program = program(name.split('-').next().unwrap_or(name));
    let run = run(&program, &sample.bytes, Clock::Exact, &small());
    (sample, run)
}

/// Runs a sample that is refused with one message, with so many rows to show.
fn refused(name: &str, message: &str, rows: Option<u32>) {
    let (_, run) = decoded(name);
    let messages: Vec<&str> = run.report.traps.iter().map(|t| &*t.message).collect();
    let [said] = messages[..] else {
        panic!("{name}: {messages:?}");
    };
    // Behind the text stands the rule.
    assert!(said.starts_with(message), "{name}: {said}");
    let shown = run.frames.first().map(|f| f.complete_rows);
    assert_eq!(shown, rows, "{name}");
}

#[test]
fn more_image_data_than_promised() {
    let message = "there is more image data than the header promises";
    refused("png-too-many-rows", message, Some(36));
    refused("png-too-many-literals", message, Some(36));
}

#[test]
fn less_image_data_than_promised() {
    let message = "there is less image data than the header promises";
    refused("png-too-few-rows", message, Some(30));
}

#[test]
fn matches_without_a_source() {
    let message = "a match reaches before the start of the image data";
    refused("png-match-before-start", message, Some(0));
}

#[test]
fn image_data_in_two_places() {
    let message = "the IDAT chunks are not consecutive";
    refused("png-idat-apart", message, Some(36));
    let (_, run) = decoded("png-idat-divided");
    let rows = run.frames.first().map_or(0, |f| f.complete_rows);
    assert!((10..36).contains(&rows), "{rows} rows of the first half");
    refused("png-idat-divided", message, Some(rows));
}

#[test]
fn odd_palettes() {
    let message = "the length of the palette is no multiple of three";
    refused("png-odd-plte", message, Some(0));
}

#[test]
fn a_second_transparency() {
    for name in ["png-trns-second-rgb", "png-trns-second-indexed"] {
        let (sample, run) = decoded(name);
        let Expect::Picture(first) = sample.expect else {
            panic!("{name} is a picture");
        };
        assert_eq!(run.report.headline, "", "{name}");
        assert!(run.frames[0].rgba == first.rgba, "{name}: the first counts");
        let warnings: Vec<&str> = run.report.warnings.iter().map(|w| &*w.message).collect();
        assert_eq!(
            warnings,
            ["there is a second tRNS chunk, which is ignored"],
            "{name}"
        );
    }
}
