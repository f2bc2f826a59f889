//! What the shipped programs say of files that are wrong: the cause itself, and not what comes of it;
//! and everything that was decoded before is shown.

mod common;

use common::{Run, program, run, small};
use orrery_emulator::Clock;
use orrery_samples::{Expect, Sample};
use orrery_shared::TrapCode;

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

#[test]
fn other_kinds_of_jpeg_by_name() {
    for (name, message) in [
        ("lossless", "lossless JPEG is not supported"),
        ("differential", "hierarchical JPEG is not supported"),
        (
            "differential-progressive",
            "hierarchical JPEG is not supported",
        ),
        (
            "differential-lossless",
            "hierarchical JPEG is not supported",
        ),
        ("hierarchical", "hierarchical JPEG is not supported"),
        ("extension", "the reserved JPEG extension is not supported"),
        ("arithmetic", "arithmetic coding is not supported"),
        (
            "arithmetic-progressive",
            "arithmetic coding is not supported",
        ),
        ("arithmetic-lossless", "arithmetic coding is not supported"),
        ("ls", "JPEG-LS is not supported"),
        ("12-bit", "samples of more than 8 bits are not supported"),
        ("fractions", "fractional sampling ratios are not supported"),
        (
            "zero-height",
            "the height is zero; DNL segments are not supported",
        ),
    ] {
        refused(&format!("jpeg-{name}"), message, None);
    }
}

/// What stands between the start marker and the next one is passed over.
#[test]
fn bytes_behind_the_start_marker() {
    let (sample, good) = decoded("jpeg-comment");
    let mut bytes = sample.bytes.clone();
    bytes.splice(2..2, [0, 1, 0xFF, 0]);
    let run = run(&program("jpeg"), &bytes, Clock::Off, &small());
    assert_eq!(run.report.headline, "");
    assert!(run.frames[0].rgba == good.frames[0].rgba);
    let codec = orrery_reference::Backend::decode(&orrery_reference::OrreryJpeg, &bytes);
    assert!(codec.is_ok_and(|picture| picture.rgba == good.frames[0].rgba));
}

#[test]
fn broken_headers_of_jpeg() {
    for (name, message) in [
        ("empty", "this is no JPEG file"),
        ("no-start-marker", "this is no JPEG file"),
        ("no-picture", "there is no picture before the end marker"),
        ("no-frame", "a scan comes before the frame header"),
        ("scan-before-frame", "a scan comes before the frame header"),
        ("zero-width", "the width is zero"),
        (
            "two-components",
            "there are neither 1 nor 3 nor 4 components",
        ),
        ("factor-0", "a sampling factor is zero"),
        ("factor-5", "a sampling factor is above 4"),
        (
            "quantisers-4",
            "a component's quantisation table has a number above 3",
        ),
        ("short-frame", "a segment is shorter than its contents"),
    ] {
        refused(&format!("jpeg-{name}"), message, None);
    }
    for (name, message) in [
        (
            "quantisers-number",
            "a quantisation table has a number above 3",
        ),
        (
            "quantisers-size",
            "a quantisation table has neither 8 nor 16 bits",
        ),
        ("short-quantisers", "a segment is shorter than its contents"),
        ("short-huffman", "a segment is shorter than its contents"),
        ("huffman-number", "a Huffman table has a number above 3"),
        ("huffman-class", "a Huffman table is neither DC nor AC"),
        (
            "huffman-too-many",
            "a Huffman table has more than 256 codes",
        ),
        ("no-scan", "there is no scan before the end marker"),
        (
            "no-quantisers",
            "a component's quantisation table is not there",
        ),
        ("scan-no-components", "a scan has no components"),
        ("scan-five-components", "a scan has more than 4 components"),
        (
            "scan-unknown-component",
            "a scan names a component twice, or one that is not in the frame header",
        ),
        (
            "scan-component-twice",
            "a scan names a component twice, or one that is not in the frame header",
        ),
        (
            "scan-huffman-ac-number",
            "a scan names a Huffman table above 3",
        ),
        ("scan-dc-too-long", "a DC code stands for more than 15 bits"),
        (
            "scan-huffman-number",
            "a scan names a Huffman table above 3",
        ),
        (
            "scan-huffman-not-there",
            "a scan names a Huffman table that is not there",
        ),
        ("band-of-all", "a scan has first and other coefficients"),
        (
            "band-backwards",
            "a scan ends with an earlier coefficient than it begins with",
        ),
        ("band-too-far", "a scan names coefficients above 63"),
        ("band-shift", "a scan shifts by more than 13 bits"),
    ] {
        refused(&format!("jpeg-{name}"), message, Some(0));
    }
}

/// A machine whose ring is shorter than a match is at fault, and not the file.
#[test]
fn a_short_ring_is_no_error_of_the_file() {
    let mut samples = orrery_samples::all().into_iter();
    let far = samples.find(|s| s.name == "png-deflate-dynamic-far");
    let far = far.expect("the sample");
    let mut config = small();
    config.output.ring = 32;
    for clock in Clock::ALL {
        let run = run(&program("png"), &far.bytes, clock, &config);
        let [trap] = run.report.traps.as_slice() else {
            panic!("{:?}", run.report);
        };
        assert_eq!(
            (trap.code, trap.process),
            (TrapCode::Capacity, "output.sequencer"),
            "{trap}"
        );
        assert!(trap.message.contains("`output.ring`"), "{trap}");
    }
}
