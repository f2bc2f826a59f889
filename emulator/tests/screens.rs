//! The scan in the machine: display lists, their memory, and the tutorial's poster.

mod common;

use std::sync::Arc;

use common::{Run, root, run, small, sources};
use orrery_emulator::report::Verdict;
use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Program, Sources};
use orrery_shared::TrapCode;

/// Runs under every clock at three depths; all but the cycles must be the same everywhere.
fn everywhere(sources: &Sources, bytes: &[u8]) -> Run {
    let compiled =
        Program::compile("screens", sources).unwrap_or_else(|d| panic!("compiles: {d:#?}"));
    let program = Arc::new(Program::decode(&compiled.program.encode()).expect("just written"));
    let mut last: Option<Run> = None;
    for depth in [1, 2, 16] {
        let mut config = small();
        config.queue_depth = depth;
        let [off, exact, lockstep] = Clock::ALL.map(|clock| run(&program, bytes, clock, &config));
        assert_eq!(exact.outcome, lockstep.outcome, "at depth {depth}");
        assert_eq!(exact.frames, lockstep.frames, "at depth {depth}");
        for report in &exact.outcome.processes {
            let sum = report.busy + report.waits.iter().sum::<u64>();
            assert_eq!(sum, exact.outcome.total);
        }
        for other in last.iter().chain([&off]) {
            assert_eq!(exact.report.verdict, other.report.verdict);
            let pixels = |r: &Run| -> Vec<_> { r.frames.iter().map(|f| f.rgba.clone()).collect() };
            assert_eq!(pixels(&exact), pixels(other), "at depth {depth}");
        }
        last = Some(exact);
    }
    last.expect("three depths")
}

/// v / 255, rounded to nearest.
fn div255(v: u32) -> u32 {
    (2 * v + 255) / 510
}

/// What the poster shows.
fn poster(
    picture: &[[u8; 3]],
    pw: usize,
    badge: &[[u8; 4]],
    bw: usize,
    at: (usize, usize),
) -> Vec<u8> {
    let mut screen = vec![[0x10, 0x20, 0x30, 0xFF]; 320 * 200];
    for (i, pixel) in screen.iter_mut().enumerate() {
        let (x, y) = (i % 320, i / 320);
        let (u, v) = (x / 8, y / 8);
        if let Some(&[r, g, b]) = picture.get(v * pw + u).filter(|_| u < pw) {
            *pixel = [r, g, b, 0xFF];
        }
        let Some((x, y)) = x.checked_sub(at.0).zip(y.checked_sub(at.1)) else {
            continue;
        };
        let (u, v) = (x / 4, y / 4);
        if let Some(top) = badge.get(v * bw + u).filter(|_| u < bw) {
            let inverse = 255 - u32::from(top[3]);
            for (below, over) in pixel.iter_mut().zip(top) {
                let sum = u32::from(*over) + div255(u32::from(*below) * inverse);
                *below = sum.min(255) as u8;
            }
        }
    }
    screen.concat()
}

/// A picture and a half-transparent badge, and the file of both.
fn sample(pw: usize, ph: usize, bw: usize, bh: usize, at: (usize, usize)) -> (Vec<u8>, Vec<u8>) {
    let picture: Vec<[u8; 3]> = (0..pw * ph)
        .map(|i| [(i * 7) as u8, (i * 13 + 5) as u8, 255 - i as u8])
        .collect();
    let badge: Vec<[u8; 4]> = (0..bw * bh)
        .map(|i| {
            let alpha = (i * 37) as u8;
            [alpha / 2, alpha / 3, alpha, alpha]
        })
        .collect();
    let mut file = b"poster".to_vec();
    file.extend([pw as u8, ph as u8]);
    file.extend(picture.iter().flatten());
    file.extend([bw, bh, at.0, at.1].map(|v| v as u8));
    file.extend(badge.iter().flatten());
    (file, poster(&picture, pw, &badge, bw, at))
}

#[test]
fn the_poster_of_the_tutorial() {
    let sources = sources(&root().join("docs/tutorial/poster"));
    for (pw, ph, bw, bh, at) in [
        (40, 25, 12, 9, (200, 130)),
        // Parts of the screen stay empty, and parts of the badge lie outside.
        (21, 11, 40, 30, (250, 180)),
    ] {
        let (file, expected) = sample(pw, ph, bw, bh, at);
        let shown = everywhere(&sources, &file);
        assert_eq!(
            shown.report.verdict,
            Verdict::Complete,
            "{:?}",
            shown.report
        );
        let frame = &shown.frames[0];
        assert!(frame.complete);
        let differs = frame.rgba.iter().zip(&expected).position(|(a, b)| a != b);
        assert_eq!(differs.map(|i| (i / 4 % 320, i / 1280)), None);
        let scan = &shown.outcome.processes[process::SCAN];
        let longest = shown.outcome.processes.iter().map(|p| p.busy).max();
        assert_eq!(Some(scan.busy), longest, "the scan is the bottleneck");
        // A file that is cut off shows nothing, and says so.
        let cut = everywhere(&sources, &file[..file.len() - 1]);
        assert_eq!(cut.report.verdict, Verdict::Bad);
    }
}

const PLAIN: &str = "scan go:\n gOUT grCOL";

/// A screen of 8 x 4 and a layer over its lower half; what is done with them stands in `rest`.
fn small_screen(rest: &str) -> Sources {
    let grammar = format!(
        "link: \"x.gfx\"
const PIXELS = (list.U8 or (3 << list.CHANNELS_SHIFT))
main:
    {{ out <- texture 8 4 rgba8
      open video &out
      lst <- ram 256 u32
      lst << list.VIEW &out 0 32 4 PIXELS 0 (8 or (4 << 16)) 0
      lst << list.WAIT &out &out
      lst << list.SCREEN 1
      lst << list.LAYER x.go (2 << 16) (8 or (2 << 16)) 0 2 0 0 0 0 0 0
      lst << list.END }}
    {rest}
    accept"
    );
    Sources::from([
        ("screens.syn".to_owned(), grammar),
        ("x.gfx".to_owned(), PLAIN.to_owned()),
    ])
}

#[test]
fn a_screen_again_needs_its_memory_again() {
    let again = "{ screen lst \n grant_scan out \n await_scan }";
    let shown = everywhere(
        &small_screen(&format!("{again} {again} {{ frame video &out }}")),
        &[],
    );
    assert_eq!(
        shown.report.verdict,
        Verdict::Complete,
        "{:?}",
        shown.report
    );
    let expected = [[1, 0, 0, 0].repeat(16), [2, 0, 0, 0].repeat(16)].concat();
    assert_eq!(shown.frames[0].rgba, expected);
    // The hand-over of the first screen does not do for the second.
    let stuck = everywhere(
        &small_screen(&format!("{again} {{ screen lst \n await_scan }}")),
        &[],
    );
    assert_eq!(stuck.report.verdict, Verdict::Bad);
    assert!(
        stuck.report.headline.contains("grants.scan"),
        "{}",
        stuck.report.headline
    );
}

#[test]
fn what_the_scan_holds_is_not_touched() {
    for (rest, process) in [
        ("{ grant_scan out \n out << 1 }", "output.sequencer"),
        ("{ grant_scan out \n frame video &out }", "output.sequencer"),
        ("{ screen lst \n lst << 1 }", "output.sequencer"),
        ("{ grant out \n grant_scan out }", "output.sequencer"),
    ] {
        let stopped = everywhere(&small_screen(rest), &[]);
        let trap = stopped.report.traps.first().expect("a trap");
        assert_eq!(
            (trap.code, trap.process),
            (TrapCode::Ownership, process),
            "{rest}"
        );
    }
}

/// Lines that are composed count as complete, whatever stops the run.
#[test]
fn an_unfinished_screen_shows_its_lines() {
    let rest = "{ screen lst \n grant_scan out \n await_scan } fail \"stop\"";
    let stopped = everywhere(&small_screen(rest), &[]);
    let frame = &stopped.frames[0];
    assert!(!frame.complete);
    assert_eq!(frame.complete_rows, 4);
}
