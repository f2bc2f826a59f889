//! Traps of the Output Unit name the line of the grammar whose action caused them.

mod common;

use std::sync::Arc;

use common::{run, small};
use orrery_emulator::{Clock, Program, Sources};
use orrery_shared::TrapCode;

/// Lines from the third on, behind a texture of 4 bytes.
const HEAD: &str = "main: { t <- texture 1 1 rgba8\n open video &t }\n";

const CORE: &str = "\naccept\n\nalu {\necho: OUT: IN HALT\n}\n";

/// Runs a program whose line 4 traps in a process, under every clock and with short queues too.
#[track_caller]
fn traps_in_line_4(process: &str, code: TrapCode, rest: &str) {
    let text = format!("{HEAD}{rest}");
    let sources: Sources = [("place.syn".to_owned(), text)].into();
    let compiled = Program::compile("place", &sources).unwrap_or_else(|d| panic!("{d:#?}"));
    let program = Arc::new(compiled.program);
    let input: Vec<u8> = (0..50).collect();
    for clock in Clock::ALL {
        for depth in [1, 2, 16] {
            let mut config = small();
            config.queue_depth = depth;
            let run = run(&program, &input, clock, &config);
            let trap = run.report.traps.iter().find(|t| t.process == process);
            let trap = trap.unwrap_or_else(|| panic!("{}", run.report.headline));
            assert_eq!(trap.code, code, "{}", trap.message);
            assert_eq!(trap.place.as_deref(), Some("place.syn:4"), "{trap}");
        }
    }
}

#[test]
fn actions_of_the_sequencer() {
    use TrapCode::{BadHandle, BadOperand, Bounds, Capacity};
    let sequencer = |code, line: &str| {
        let rest = format!("{{ t << 1 2\n {line}\n t << 3 }}\n(x@. {{ t << x }})[9] accept");
        traps_in_line_4("output.sequencer", code, &rest);
    };
    sequencer(Bounds, "seek t 9");
    sequencer(BadOperand, "t ~ (3, 1)");
    sequencer(Capacity, "t << 3 4 5");
    sequencer(BadHandle, "sink_close");
    sequencer(BadOperand, "crc t 99 0 0 0");
    // In a rule that is called, with rows of its own behind it.
    let rule = "(again)[40] accept\nagain: x@. { t << x }";
    traps_in_line_4("output.sequencer", Capacity, rule);
}

#[test]
fn commands_of_the_sink() {
    let command = format!("{{ bind t\n sink_copy 1 1 }} {CORE}");
    traps_in_line_4("output.core_sink", TrapCode::BadOperand, &command);
    // Words are sent by the core; the line that bound the stream is named.
    let words = format!("\nx@. {{ bind t }} (x@. {{ core.echo << x }})[3] {CORE}");
    traps_in_line_4("output.core_sink", TrapCode::Capacity, &words);
}

#[test]
fn the_budget() {
    let text =
        "main: { t <- texture 100 100 u8\n t << 0 * 10000\n close t\n frame video &t } accept";
    let sources: Sources = [("place.syn".to_owned(), text.to_owned())].into();
    let compiled = Program::compile("place", &sources).unwrap_or_else(|d| panic!("{d:#?}"));
    let program = Arc::new(compiled.program);
    for clock in Clock::ALL {
        let mut config = small();
        config.output.credit = 0;
        config.budget = 9000;
        let run = run(&program, &[], clock, &config);
        let trap = &run.report.traps[0];
        assert_eq!(
            (trap.code, trap.process),
            (TrapCode::Budget, "output.sequencer")
        );
        assert_eq!(trap.place.as_deref(), Some("place.syn:2"));
    }
}
