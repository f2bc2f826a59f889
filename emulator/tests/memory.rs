//! Memory that goes to the Compositor, comes back, and goes there again.

mod common;

use std::sync::Arc;

use common::{Run, run, small};
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Program, Sources};
use orrery_shared::TrapCode;

const INVERT: &str =
    "kernel invert:\n gLD r0, u0, (0, 0)\n gRSUB r0.xyz, r0, 255\n gST r0, u0, (0, 0)\n gEND";

/// Shows four grey pixels inverted; then writes the first two anew, and inverts all again.
/// What follows the second list's writing stands in `again`.
fn grammar(again: &str) -> String {
    format!(
        "link: \"x.gfx\"
const PIXELS = (list.U8 or (3 << list.CHANNELS_SHIFT))
main:
    {{ tex <- texture 4 1 rgba8
      open video &tex
      waiting <- ram 256 u32
      waiting << list.WAIT &tex 16 }}
    {{ hasty <- ram 256 u32 }}
    {{ waiting << list.VIEW &tex 0 16 4 PIXELS 0 (4 or (1 << 16)) 0
      waiting << list.SPRITE x.invert (1 or (1 << 8)) 0 (4 or (1 << 16)) 0 0 0 0 0 0 0 0
      waiting << list.END
      hasty << list.VIEW &tex 0 16 4 PIXELS 0 (4 or (1 << 16)) 0
      hasty << list.SPRITE x.invert (1 or (1 << 8)) 0 (4 or (1 << 16)) 0 0 0 0 0 0 0 0
      hasty << list.END }}
    (v@. {{ tex << v v v 255 }})[4]
    {{ draw waiting
      grant tex
      await_kernel
      seek tex 0 }}
    {again}
    {{ await_kernel
      frame video &tex }}
    accept"
    )
}

fn everywhere(again: &str) -> Vec<Run> {
    let sources = Sources::from([
        ("memory.syn".to_owned(), grammar(again)),
        ("x.gfx".to_owned(), INVERT.to_owned()),
    ]);
    let compiled =
        Program::compile("memory", &sources).unwrap_or_else(|d| panic!("compiles: {d:#?}"));
    let program = Arc::new(compiled.program);
    let mut runs = Vec::new();
    for depth in [1, 2, 16] {
        for clock in Clock::ALL {
            let mut config = small();
            config.queue_depth = depth;
            runs.push(run(&program, &[10, 20, 30, 40, 50, 60], clock, &config));
        }
    }
    runs
}

/// A list that goes ahead of its memory waits for it, although it was held before.
#[test]
fn a_second_list_waits_for_the_second_hand_over() {
    let pixel = |v: u8| [v, v, v, 255];
    let expected: Vec<u8> = [205, 195, 30, 40].into_iter().flat_map(pixel).collect();
    for order in [
        // The list first: at depth 1 it stands at its WAIT while the pixels are written.
        "{ draw waiting } (v@. { tex << v v v 255 })[2] { grant tex }",
        "(v@. { tex << v v v 255 })[2] { draw waiting \n grant tex }",
        "(v@. { tex << v v v 255 })[2] { grant tex \n draw waiting }",
    ] {
        for run in everywhere(order) {
            assert_eq!(
                run.report.verdict,
                Verdict::Complete,
                "{order}: {:?}",
                run.report
            );
            assert_eq!(run.frames.len(), 1);
            assert_eq!(run.frames[0].rgba, expected, "{order}");
        }
    }
}

#[test]
fn memory_that_was_taken_back_is_not_touched() {
    for run in everywhere("{ draw hasty }") {
        let trap = run.report.traps.first().expect("a trap");
        assert_eq!(
            (trap.code, trap.process),
            (TrapCode::Ownership, "compositing.kernel")
        );
        // The picture that was opened shows what the first list made of it, and is not complete.
        assert!(!run.frames[0].complete);
    }
}

/// A hand-over without a list that takes it does not pass for a later one.
#[test]
fn left_over_hand_overs_are_dropped() {
    for run in everywhere("{ grant tex \n await_kernel \n draw hasty }") {
        assert_eq!(run.report.traps[0].code, TrapCode::Ownership);
    }
    let again = "{ grant tex \n await_kernel \n draw waiting \n grant tex }";
    for (i, run) in everywhere(again).iter().enumerate() {
        // At depth 1 the second hand-over goes in behind the first, which the list takes out.
        assert_eq!(
            run.report.verdict,
            Verdict::Complete,
            "{i}: {:?}",
            run.report
        );
        assert_eq!(run.frames[0].rgba[..4], [10, 10, 10, 255]);
    }
}

/// Frames and announcements without end, of hardly a pixel each, are refused before their number matters.
#[test]
fn many_small_frames_take_place_too() {
    let several = |what: &str, clock| {
        let text = format!("main: {{ t <- texture 1 1 rgba8 }} ({{ {what} }})[5000] accept");
        let sources = Sources::from([("frames.syn".to_owned(), text)]);
        let compiled = Program::compile("frames", &sources);
        let compiled = compiled.unwrap_or_else(|d| panic!("compiles: {d:#?}"));
        let mut config = small();
        config.texture_bytes = 1 << 20;
        config.output.held = 1 << 20;
        run(&Arc::new(compiled.program), &[], clock, &config)
    };
    let why = "the host has taken no frame";
    for clock in [Clock::Off, Clock::Exact, Clock::Lockstep] {
        let frames = several("frame video &t", clock);
        assert_eq!(frames.report.traps[0].code, TrapCode::Capacity);
        assert!(frames.report.headline.contains(why));
        // 256 bytes and a pixel each.
        assert_eq!(frames.frames.len(), (1 << 20) / 260 + 2);
        let announced = several("u <- texture 1 1 rgba8 } { open video &u", clock);
        assert!(announced.report.headline.contains(why));
    }
}
