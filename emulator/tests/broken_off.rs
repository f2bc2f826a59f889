//! Files of several passes over the picture that break off: what has come is shown, and only rows that are
//! right are said to be complete. Beside libjpeg-turbo, which is given the same coefficients.

mod common;

use common::{Run, program, small};
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Machine};
use orrery_reference::convert::Colour;
use orrery_reference::{Backend, Picture, ReferenceError, TurboJpeg};
use orrery_samples::jpeg::blocks::{Frame, Space, slope};
use orrery_samples::jpeg::scans::{self, Scan, interleaved, progression, write};
use orrery_samples::jpeg::segments::{SOS, join};
use orrery_samples::png::file::{Options, write as write_png};
use orrery_samples::png::raster::Raster;
use orrery_samples::scenes::{Scene, with_alpha};

const FULL: [(u8, u8); 3] = [(1, 1); 3];
const QUARTER: [(u8, u8); 3] = [(2, 2), (1, 1), (1, 1)];
/// Brought to the full size before colours are converted.
const MIXED: [(u8, u8); 3] = [(2, 2), (2, 1), (1, 2)];

fn frame(factors: &[(u8, u8)]) -> Frame {
    let picture = Scene::Photo.paint(61, 75, 1);
    Frame::new(&picture, Space::Ycc, factors, &[slope(4, 20)])
}

fn progressive() -> scans::Options {
    scans::Options {
        frame: 0xC2,
        ..scans::Options::default()
    }
}

/// The file, and where the data of each scan begin and end.
fn laid_out(
    frame: &Frame,
    scans: &[Scan],
    options: &scans::Options,
) -> (Vec<u8>, Vec<(usize, usize)>) {
    let segments = scans::segments(frame, scans, options);
    let mut places = Vec::new();
    for (n, segment) in segments.iter().enumerate() {
        if segment.marker == SOS {
            let end = join(&segments[..=n]).len();
            places.push((end - segment.data.len(), end));
        }
    }
    (join(&segments), places)
}

/// The frame as it is after these scans.
fn after(frame: &Frame, scans: &[Scan]) -> Frame {
    let mut known = frame.clone();
    for (n, component) in known.components.iter_mut().enumerate() {
        // The lowest bit that is there, of each coefficient.
        let mut low = [None; 64];
        for scan in scans.iter().filter(|s| s.components.contains(&n)) {
            low[usize::from(scan.band.0)..=usize::from(scan.band.1)].fill(Some(scan.bits.1));
        }
        for block in &mut component.coefficients {
            for (k, value) in block.iter_mut().enumerate() {
                *value = match low[k] {
                    None => 0,
                    Some(low) if k == 0 => *value >> low << low,
                    Some(low) => (value.abs() >> low << low) * value.signum(),
                };
            }
        }
    }
    known
}

/// What libjpeg-turbo makes of a frame's coefficients, all sent in one scan, so that it smooths over nothing.
fn shown(frame: &Frame) -> Picture {
    let bytes = write(frame, &interleaved(frame), &scans::Options::default());
    TurboJpeg.decode(&bytes).expect("a valid file")
}

fn run(program_name: &str, bytes: &[u8], clock: Clock, redraw: u32) -> Run {
    let mut config = small();
    if redraw != 0 {
        // Every hand-over waits for the one before.
        config.set("machine.queue_depth", 1).expect("in range");
    }
    let mut machine = Machine::new(&config, program(program_name), bytes.into(), clock)
        .expect("a program that fits");
    if redraw != 0 {
        machine
            .set_parameter("redraw", redraw)
            .expect("a parameter");
    }
    let outcome = machine.run(None);
    Run {
        frames: machine.frames(),
        report: machine.report(&outcome),
        outcome,
    }
}

/// A broken file: exit code 3, all rows shown, as many as stated complete.
fn broken(what: &str, run: &Run, picture: &Picture, complete: u32) {
    assert_eq!(run.report.verdict, Verdict::Bad, "{what}");
    let [frame] = &run.frames[..] else {
        panic!("{what}: {} frames", run.frames.len());
    };
    assert!(!frame.complete, "{what}");
    assert_eq!(frame.complete_rows, complete, "{what}");
    assert_eq!(frame.rgba.len(), picture.rgba.len(), "{what}: rows shown");
    let at = frame
        .rgba
        .iter()
        .zip(&picture.rgba)
        .position(|(a, b)| a != b);
    assert_eq!(at, None, "{what}: first difference");
}

/// Broken off between two scans, at every place, the picture is what the coefficients make of it.
#[test]
fn between_the_scans_of_jpeg_files() {
    for (name, factors) in [("4:4:4", FULL), ("4:2:0", QUARTER), ("mixed", MIXED)] {
        let frame = frame(&factors);
        let apart: Vec<Scan> = (0..3).map(|c| Scan::whole(&[c])).collect();
        for (kind, scans, options) in [
            ("progressive", progression(&frame), progressive()),
            ("apart", apart, scans::Options::default()),
        ] {
            let (bytes, places) = laid_out(&frame, &scans, &options);
            for n in 1..scans.len() {
                let what = format!("{kind}, {name}, {n} of {} scans", scans.len());
                let picture = shown(&after(&frame, &scans[..n]));
                let cut = &bytes[..places[n - 1].1];
                let exact = run("jpeg", cut, Clock::Exact, 0);
                broken(&what, &exact, &picture, 0);
                // However often it has been drawn before.
                broken(&what, &run("jpeg", cut, Clock::Exact, 1), &picture, 0);
                assert_eq!(
                    run("jpeg", cut, Clock::Off, 0).frames,
                    exact.frames,
                    "{what}"
                );
            }
            // Only the end marker is missing.
            let what = format!("{kind}, {name}");
            let last = places[scans.len() - 1].1;
            for (redraw, bytes) in [
                (0, &bytes[..]),
                (1, &bytes),
                (0, &bytes[..last]),
                (1, &bytes[..last]),
            ] {
                let run = run("jpeg", bytes, Clock::Exact, redraw);
                assert_eq!(
                    run.report.verdict,
                    Verdict::Complete,
                    "{what}: {}",
                    run.report.headline
                );
                assert_eq!(run.frames[0].rgba, shown(&frame).rgba, "{what}");
            }
        }
    }
}

/// Broken off inside of the last scan: the rows before that are complete, the others shown.
#[test]
fn inside_the_last_scan_of_jpeg_files() {
    for (name, factors) in [("4:4:4", FULL), ("4:2:0", QUARTER), ("mixed", MIXED)] {
        let frame = frame(&factors);
        let all = [0, 1, 2];
        let first_last = vec![
            Scan::band(&all, (0, 0), (0, 1)),
            Scan::band(&[0], (1, 63), (0, 0)),
            Scan::band(&[1], (1, 63), (0, 0)),
            Scan::band(&[2], (1, 63), (0, 0)),
            Scan::band(&all, (0, 0), (1, 0)),
        ];
        let mut apart: Vec<Scan> = [1, 2, 0].map(|c| Scan::whole(&[c])).into();
        let apart_last = apart.clone();
        apart[2].restart = 3;
        for (kind, scans, options) in [
            ("progressive", progression(&frame), progressive()),
            ("first coefficients last", first_last, progressive()),
            ("apart", apart_last, scans::Options::default()),
            ("apart, restarts", apart, scans::Options::default()),
        ] {
            let (bytes, places) = laid_out(&frame, &scans, &options);
            let whole = shown(&frame);
            let (from, to) = places[scans.len() - 1];
            let mut most = 0;
            for part in 1..16 {
                let cut = from + (to - from) * part / 16;
                let what = format!("{kind}, {name}, {part}/16 of the last scan");
                let run = run("jpeg", &bytes[..cut], Clock::Exact, 0);
                assert_eq!(run.report.verdict, Verdict::Bad, "{what}");
                let frame = &run.frames[0];
                assert_eq!(frame.rgba.len(), whole.rgba.len(), "{what}");
                let rows = frame.complete_rows;
                assert!(rows >= most, "{what}: {rows} rows after {most}");
                most = rows;
                let n = rows as usize * whole.width as usize * 4;
                assert!(frame.rgba[..n] == whole.rgba[..n], "{what}: {rows} rows");
            }
            // Components that are brought to the full size first wait for all of it.
            if name != "mixed" {
                assert!(most >= 32, "{kind}, {name}: {most} rows at the end");
            }
        }
    }
}

/// The same bytes as libjpeg-turbo gets, where it does not smooth: nothing of the lowest coefficients is
/// missing. It takes bits that are not there for zeros until a block ends, so one block may differ.
#[test]
fn broken_off_like_libjpeg_turbo() {
    let frame = frame(&FULL);
    let all = [0, 1, 2];
    let mut scans = vec![Scan::band(&all, (0, 0), (0, 0))];
    scans.extend(all.map(|c| Scan::band(&[c], (1, 14), (0, 0))));
    scans.extend(all.map(|c| Scan::band(&[c], (15, 63), (0, 1))));
    scans.extend(all.map(|c| Scan::band(&[c], (15, 63), (1, 0))));
    let apart: Vec<Scan> = (0..3).map(|c| Scan::whole(&[c])).collect();
    let mut compared = 0;
    for (kind, scans, options, first) in [
        ("progressive", scans, progressive(), 4),
        ("apart", apart, scans::Options::default(), 0),
    ] {
        let (bytes, places) = laid_out(&frame, &scans, &options);
        for &(from, to) in &places[first..] {
            for part in 0..8 {
                let cut = from + (to - from) * part / 8;
                let what = format!("{kind}, the first {cut} of {} bytes", bytes.len());
                let run = run("jpeg", &bytes[..cut], Clock::Exact, 0);
                let Err(ReferenceError::Incomplete { picture, .. }) =
                    TurboJpeg.decode(&bytes[..cut])
                else {
                    panic!("{what}: no warning of libjpeg-turbo");
                };
                let ours = &run.frames[0].rgba;
                assert_eq!(ours.len(), picture.rgba.len(), "{what}");
                let pixels = ours.chunks(4).zip(picture.rgba.chunks(4)).enumerate();
                let differing = pixels.filter(|(_, (a, b))| a != b).map(|(at, _)| {
                    let width = picture.width as usize;
                    (at % width / 8, at / width / 8)
                });
                let mut blocks: Vec<_> = differing.collect();
                blocks.dedup();
                blocks.sort_unstable();
                blocks.dedup();
                assert!(blocks.len() <= 1, "{what}: blocks {blocks:?} differ");
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}

/// Interlaced PNG: pixels of the passes that came, nothing said to be complete before the last one.
#[test]
fn interlaced_png_files() {
    let picture = with_alpha(Scene::Photo.paint(37, 29, 1));
    let raster = Raster::new(&picture, Colour::Rgb, 8);
    let woven = Options {
        interlaced: true,
        ..Options::default()
    };
    let bytes = write_png(&raster, &woven);
    let whole = raster.expected();
    let (mut most, mut before_the_last) = (0, 0);
    for part in 1..40 {
        let cut = bytes.len() * part / 40;
        let run = run("png", &bytes[..cut], Clock::Exact, 0);
        assert_eq!(run.report.verdict, Verdict::Bad, "{cut} bytes");
        let Some(frame) = run.frames.first() else {
            continue;
        };
        let pixels = frame.rgba.chunks(4).zip(whole.rgba.chunks(4));
        // What is there is right; what is not has not been touched.
        let mut there = 0;
        for (at, (a, b)) in pixels.enumerate() {
            assert!(a == b || a == [0; 4], "{cut} bytes: pixel {at}");
            there += usize::from(a == b);
        }
        assert!(there >= most, "{cut} bytes: {there} pixels after {most}");
        most = there;
        let claimed = frame.complete_rows as usize * whole.width as usize * 4;
        assert!(
            frame.rgba[..claimed] == whole.rgba[..claimed],
            "{cut} bytes"
        );
        if claimed == 0 {
            before_the_last = there;
        }
    }
    let pixels = (whole.width * whole.height) as usize;
    assert!(
        before_the_last * 5 > pixels * 2,
        "{before_the_last} of {pixels} pixels"
    );
    assert!(most * 10 > pixels * 9, "{most} of {pixels} pixels");
}
