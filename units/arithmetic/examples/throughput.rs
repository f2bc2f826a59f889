//! How fast the core is simulated: a loop of register instructions under each clock.
//!
//! `cargo run --release -p orrery-arithmetic --example throughput`

use std::time::Instant;

use orrery_arithmetic::{Core, Image, Ports, Spec, assemble};
use orrery_shared::exact::Exact;
use orrery_shared::off::Off;
use orrery_shared::protocol::core_in;
use orrery_shared::topology::{ProcSpec, QueueSpec};
use orrery_shared::{Beat, Chan, Entry, Network, Proc, Step, Stop, Topology, WaitCause};

/// A feeder that sends one activation, and a core whose output is thrown away.
struct Bench {
    core: Core,
    start: Option<u16>,
}

const INPUT: Chan = Chan(0);
const OUTPUT: Chan = Chan(1);

impl Network for Bench {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            0 => {
                let address = self.start.ok_or(Stop::Done)?;
                beat.room(INPUT)?;
                beat.issue(0, 1, 1)?;
                beat.push(INPUT, Entry::new(core_in::HEAD, address));
                self.start = None;
                Ok(())
            }
            1 => self.core.step(beat),
            _ => {
                beat.peek_home(OUTPUT)?;
                beat.issue(0, 1, 1)?;
                beat.pop(OUTPUT);
                Ok(())
            }
        }
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        if p == 1 {
            return self.core.burst(beat);
        }
        loop {
            beat.begin();
            if let Err(stop) = self.step(p, beat) {
                return stop;
            }
        }
    }
}

fn topology(core: &Core) -> Topology {
    let process = |name, profile| ProcSpec {
        name,
        is_gate: false,
        profile,
    };
    let queue = |name, producer, consumer| QueueSpec {
        name,
        producer: Proc(producer),
        consumer: Proc(consumer),
        depth: 16,
        cause: WaitCause::Input,
        reserved: false,
    };
    Topology {
        procs: vec![
            process("feeder", 0),
            process("core", core.profile_rows()),
            process("sink", 0),
        ],
        queues: vec![
            queue("input", 0, 1),
            queue("output", 1, 2),
            queue("flag", 1, 2),
            queue("load", 2, 1),
        ],
        counts: Vec::new(),
        main: 0,
        budget: u64::MAX,
    }
}

const PROGRAMS: [(&str, &str); 3] = [
    (
        "registers",
        "main: CONST 1 r9: LIT CONST again r8: LIT CONST 3000 r7: LIT
         outer: CONST 4000 r6: LIT
         again: r0: r0 r9  r1:^ r1 r0  r2:& r1 r0  r3:- r2 r1  r4:| r3 r0  r5: r4 r4
                r6:-f r6 r9  IFNZ J r8
                r7:-f r7 r9  IFNZ J outer HALT",
    ),
    (
        "registers and shifts",
        "main: CONST 1 r9: LIT CONST again r8: LIT CONST 3000 r7: LIT
         outer: CONST 4000 r6: LIT
         again: SHIFT 1,0 r0: r0 r9  SHIFT 0,2 r1:^ r1 r0  r2:& r1 r0 SHIFT 0,-3 r3:- r2 r1
                r6:-f r6 r9  IFNZ J r8
                r7:-f r7 r9  IFNZ J outer HALT",
    ),
    (
        "memory and output",
        "main: CONST 1 r9: LIT CONST again r8: LIT CONST 2000 r7: LIT BANK 1
         outer: CONST 1000 r6: LIT ADDR:
         again: RAM: r0  r1: RAM  r0: r1 r9  ADDR:++  OUT: r0
                r6:-f r6 r9  IFNZ J r8
                r7:-f r7 r9  IFNZ J outer HALT",
    ),
];

fn main() {
    for (name, text) in PROGRAMS {
        let object = assemble(name, text).unwrap_or_else(|messages| panic!("{messages:?}"));
        let ports = Ports {
            input: INPUT,
            output: OUTPUT,
            flag: Chan(2),
            load: Chan(3),
        };
        let core = Core::new(Spec::default(), ports, &Image::from(&object));
        let bench = || Bench {
            core: core.clone(),
            start: object.label("main"),
        };
        let begin = Instant::now();
        let outcome = Off::new(topology(&core)).run(&mut bench());
        report(name, "off", outcome.processes[1].work, begin);
        let begin = Instant::now();
        let outcome = Exact::new(topology(&core)).run(&mut bench(), u64::MAX);
        report(name, "exact", outcome.processes[1].work, begin);
    }
}

fn report(name: &str, clock: &str, instructions: u64, begin: Instant) {
    let micros = begin.elapsed().as_micros().max(1) as u64;
    let rate = instructions / micros;
    println!("{name:24} {clock:6} {instructions:>12} instructions, {rate:>5} M/s");
}
