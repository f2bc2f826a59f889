//! Traps name the line of the program that caused them, those of the Output Unit the line of the grammar's action.

mod common;

use std::sync::Arc;

use common::{run, small};
use orrery_emulator::{Clock, Machine, Program, Sources};
use orrery_shared::TrapCode;

/// Lines from the third on, behind a texture of 4 bytes.
const HEAD: &str = "main: { t <- texture 1 1 rgba8\n open video &t }\n";

const CORE: &str = "\naccept\n\nalu {\necho: OUT: IN HALT\n}\n";

fn program(text: &str) -> Arc<Program> {
    let sources: Sources = [("place.syn".to_owned(), text.to_owned())].into();
    let compiled = Program::compile("place", &sources).unwrap_or_else(|d| panic!("{d:#?}"));
    Arc::new(compiled.program)
}

/// Runs a program whose line 4 traps in a process, under every clock and with short queues too.
#[track_caller]
fn traps_in_line_4(process: &str, code: TrapCode, rest: &str) {
    let text = format!("{HEAD}{rest}");
    let program = program(&text);
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
    // A constant would be refused before the run.
    let check = "\nx@. x = x or 99 { crc t x 0 0 0 } accept";
    traps_in_line_4("output.sequencer", BadOperand, check);
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
    let program = program(text);
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

/// Everybody of the chain is named with the line where it waits.
#[test]
fn deadlocks() {
    let text = "main: { t <- ram 4 u8 }\n{ core.echo }\n{ await_core\nsize t }\nn@reply\naccept\n\nalu {\necho: r0: IN\n  HALT\n}\n";
    let program = program(text);
    for clock in Clock::ALL {
        for depth in [1, 16] {
            let mut config = small();
            config.queue_depth = depth;
            let run = run(&program, &[], clock, &config);
            let [trap] = run.report.traps.as_slice() else {
                panic!("{:?}", run.report);
            };
            // With a short queue it does not come as far as to the reply.
            let (line, first) = match depth {
                1 => (4, "parsing waits for room in `actions` (place.syn:4)"),
                _ => (5, "parsing waits for an entry of `reply` (place.syn:5)"),
            };
            assert_eq!((trap.code, trap.process), (TrapCode::Deadlock, "parsing"));
            assert_eq!(trap.place, Some(format!("place.syn:{line}")), "{trap}");
            for part in [
                first,
                "output.sequencer waits for `core.done` to reach 1 (place.syn:3)",
                "arithmetic waits for an entry of `core.in` (place.syn:9)",
            ] {
                assert!(trap.message.contains(part), "{trap}");
            }
            assert_eq!(run.report.headline, trap.to_string());
        }
    }
}

/// Rows are packed: the first row of a state may be another state's.
#[test]
fn alternatives_that_no_row_takes() {
    let text = "main:\n(0x40 1 | 0x50 2)\n(a\n | b)\naccept\na: 5\nb: 6 7\n";
    let program = program(text);
    for (input, line) in [
        (&[0x40, 2][..], 2),
        (&[0x41], 2),
        (&[0x50, 2, 4], 7),
        (&[0x50, 2, 6, 8], 7),
        (&[0x50], 2),
        (&[0x50, 2], 7),
        (&[0x50, 2, 6], 7),
    ] {
        for clock in Clock::ALL {
            let run = run(&program, input, clock, &small());
            let trap = &run.report.traps[0];
            let place = format!("place.syn:{line}");
            assert_eq!(trap.place.as_deref(), Some(&*place), "{input:?}: {trap}");
        }
    }
}

/// What the units refuse whenever they come to it is refused before.
#[test]
fn constants_that_are_refused() {
    for (text, part) in [
        ("check 0 = crc(33, 0, 1, 0, 0)", "a CRC of 33 bits"),
        ("check 0 = crc(8, 0, 0x107, 0, 0)", "polynomial"),
        ("check 0 = sums(0, 1)", "modulus of 0"),
        ("m = prefix(12) rows 4294967295", "4294967295 map rows"),
        ("m = prefix(12) rows 7", "a first level of 12 bits"),
        ("{ t <- texture 0 4 rgba8 }", "0 x 4"),
        ("{ t <- texture 4 20000 rgba8 }", "4 x 20000"),
        ("{ t <- ram 0 u8 }", "0 bytes"),
        ("{ t <- ram 9 u8\ncrc t 33 1 0 0 }", "a CRC of 33 bits"),
    ] {
        let text = format!("main: accept\nnever:\n{text}\naccept\n");
        let text = text.replace("main: accept", "main: (1 accept | never)");
        let program = program(&text);
        let loaded = Machine::new(&small(), program, [][..].into(), Clock::Off);
        let refused = loaded.expect_err("a refusal").to_string();
        assert!(refused.contains(part), "{refused}");
        assert!(refused.contains("place.syn:"), "{refused}");
    }
}
