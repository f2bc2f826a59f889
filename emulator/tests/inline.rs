//! A program in one file: core assembly and a compositor program inside the grammar.

mod common;

use std::sync::Arc;

use common::{run, small};
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Program, Sources};

const PROGRAM: &str = r#"
# One byte of grey for each of four pixels, inverted by the core.
main:
    { picture <- texture 4 1 rgba8
      open video &picture
      bind picture }
    (v@. { core.invert << v })[4]
    { sink_close
      sink_frame video &picture }
    accept

alu {
invert: r0: IN
        CONST 255 r0:- LIT r0
        SHIFT 0,8 OUT:| r0 r0
        SHIFT 0,8 r1: LIT
        OUT:| r0 r1 HALT
}
"#;

fn sources(text: &str) -> Sources {
    [("one.syn".to_owned(), text.to_owned())].into()
}

#[test]
fn a_program_in_one_file_runs() {
    let compiled = Program::compile("one", &sources(PROGRAM)).unwrap_or_else(|d| panic!("{d:#?}"));
    assert_eq!(compiled.warnings, []);
    let program = Arc::new(compiled.program);
    for clock in Clock::ALL {
        let run = run(&program, &[0, 1, 128, 255], clock, &small());
        assert_eq!(
            run.report.verdict,
            Verdict::Complete,
            "{}",
            run.report.headline
        );
        let grey = [255u8, 254, 127, 0];
        let expected: Vec<u8> = grey.iter().flat_map(|&v| [v, v, v, 255]).collect();
        assert_eq!(run.frames[0].rgba, expected, "{}", clock.name());
    }
}

#[test]
fn mistakes_inside_a_block_point_at_the_file() {
    let broken = PROGRAM.replace("SHIFT 0,8 r1: LIT", "SHIFT 0,8 r1: LITT");
    let errors = Program::compile("one", &sources(&broken)).expect_err("a misspelt name");
    assert_eq!(errors[0].file, "one.syn");
    assert_eq!(&broken[errors[0].span.clone()], "LITT");
}

#[test]
fn a_picture_that_is_opened_and_never_completed_is_no_success() {
    let text = "main: { picture <- texture 2 2 rgba8\n open video &picture } v@. { picture << v v v 255 } accept";
    let compiled = Program::compile("one", &sources(text)).unwrap_or_else(|d| panic!("{d:#?}"));
    let program = Arc::new(compiled.program);
    for clock in Clock::ALL {
        let run = run(&program, &[7], clock, &small());
        assert_eq!(run.report.verdict, Verdict::Bad, "{}", clock.name());
        assert!(
            run.report.headline.contains("without completing"),
            "{}",
            run.report.headline
        );
    }
}
