//! The simulation waits for what the table says, in the order of the table,
//! and takes the time of the table.

mod common;

use common::{FLAG, INPUT, LOAD, OUTPUT, PORTS};
use orrery_arithmetic::ops::{Needs, Operand};
use orrery_arithmetic::{Core, Image, Instruction, Name, Op, Row, Spec, TABLE};
use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{Beat, Chan, Counter, Entry, Step, WaitCause};

/// A beat whose needs are all met, and which writes down what is asked for.
#[derive(Default)]
struct Recorder {
    needs: Vec<String>,
    occupancy: u64,
    /// What the next entry of the input is.
    next: Entry,
}

impl Recorder {
    fn note(&mut self, need: String) {
        self.needs.push(need);
    }
}

impl Beat for Recorder {
    fn begin(&mut self) {
        self.needs.clear();
    }
    fn ready(&mut self, cause: WaitCause, _: u64) -> Step {
        self.note(cause.name().to_owned());
        Ok(())
    }
    fn peek(&mut self, q: Chan) -> Step<Entry> {
        self.note(format!("entry {}", q.0));
        Ok(self.next)
    }
    fn peek_home(&mut self, q: Chan) -> Step<Entry> {
        self.peek(q)
    }
    fn room(&mut self, q: Chan) -> Step {
        self.note(format!("room {}", q.0));
        Ok(())
    }
    fn counted(&mut self, _: Counter, _: u64) -> Step {
        Ok(())
    }
    fn slot(&mut self, _: u64, _: u64) -> Step {
        Ok(())
    }
    fn issue(&mut self, _: u32, occupancy: u64, work: u64) -> Step<u64> {
        assert_eq!(work, 1);
        self.occupancy = occupancy;
        Ok(0)
    }
    fn pop(&mut self, _: Chan) {}
    fn push(&mut self, _: Chan, _: Entry) {}
    fn raise(&mut self, _: Counter) {}
    fn earn(&mut self, _: u64) {}
    fn at_offset(&mut self, _: u64) {}
}

/// An instruction of this row that has all its needs.
fn neediest(row: &Row) -> Instruction {
    let operands: Vec<i32> = row
        .shape
        .operands
        .iter()
        .map(|kind| match kind {
            Operand::Destination | Operand::Second => i32::from(Name::OUT.number()),
            Operand::First | Operand::Read | Operand::ReadToo | Operand::Modify => 0,
            Operand::Write => 1,
            Operand::Condition => 1,
            Operand::AmountFirst | Operand::AmountSecond => 1,
            Operand::Immediate | Operand::NextWord => 1,
        })
        .collect();
    Instruction::new(row.op, &operands)
}

fn expected(need: Needs) -> String {
    match need {
        Needs::Results => WaitCause::Latency.name().to_owned(),
        Needs::InputIfRead => format!("entry {}", INPUT.0),
        Needs::Reply => format!("entry {}", LOAD.0),
        Needs::OutputIfWritten | Needs::Output => format!("room {}", OUTPUT.0),
        Needs::FlagRoom => format!("room {}", FLAG.0),
    }
}

#[test]
fn needs_and_occupancies_are_those_of_the_table() {
    let spec = Spec {
        jump_cycles: 7,
        halt_cycles: 5,
        ..Spec::default()
    };
    let (r0, ram, zero) = (
        0,
        i32::from(Name::RAM.number()),
        i32::from(Name::PC.number()),
    );
    for row in TABLE {
        // A request for LOAD to answer; then r0 and the flags are late.
        let program = [
            Instruction::new(Op::BankI, &[1]),
            Instruction::new(Op::Req, &[2, 2]),
            Instruction::new(Op::AddF, &[r0, zero, ram]),
            neediest(row),
        ];
        let mut words = Vec::new();
        for instruction in program {
            let (word, next) = instruction.encode().expect("it has an encoding");
            words.push(word);
            words.extend(next);
        }
        let image = Image {
            words,
            data: Vec::new(),
        };
        let mut core = Core::new(spec.clone(), PORTS, &image);
        let mut beat = Recorder {
            next: Entry::new(core_in::HEAD, 0),
            ..Recorder::default()
        };
        for _ in 0..4 {
            beat.begin();
            core.step(&mut beat).expect("all needs are met");
            beat.next = Entry::with(core_out::WORD, 0, &[1]);
        }
        beat.begin();
        core.step(&mut beat).expect("all needs are met");
        let shape = &row.shape;
        let needs: Vec<_> = shape.needs.iter().map(|need| expected(*need)).collect();
        assert_eq!(beat.needs, needs, "{}", row.mnemonic);
        let occupancy = u64::from(shape.occupancy.of(&spec));
        assert_eq!(beat.occupancy, occupancy, "{}", row.mnemonic);
    }
}

#[test]
fn configurations_and_images_are_checked() {
    let base = Spec::default();
    assert_eq!(base.check(), Ok(()));
    let wrong = Spec {
        jump_cycles: 0,
        ..base.clone()
    };
    assert_eq!(
        wrong.check(),
        Err("jump_cycles = 0: it must be at least 1".to_owned())
    );
    let object = orrery_arithmetic::assemble("test.alu", "DATA 33,0 1 HALT");
    let image = Image::from(&object.expect("it assembles"));
    let message = "data for bank 33: the data banks are 1 to 32";
    assert_eq!(image.check(&base), Err(message.to_owned()));
    assert_eq!(image.check(&Spec { banks: 33, ..base }), Ok(()));
}
