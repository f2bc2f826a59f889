//! A network of three processes around a core: a feeder that sends entries, a
//! collector that takes what the core's sink would, answers requests and takes
//! flag words, and the core between them.
#![allow(dead_code, reason = "each test file uses its own part")]

use orrery_arithmetic::{Core, Image, Ports, Spec, assemble};
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::topology::{ProcSpec, QueueSpec};
use orrery_shared::{
    Beat, Chan, Entry, Network, Outcome, Proc, Step, Stop, Topology, TrapCode, Unmet, WaitCause,
};

pub const INPUT: Chan = Chan(0);
pub const OUTPUT: Chan = Chan(1);
pub const FLAG: Chan = Chan(2);
pub const LOAD: Chan = Chan(3);
pub const PORTS: Ports = Ports {
    input: INPUT,
    output: OUTPUT,
    flag: FLAG,
    load: LOAD,
};

pub const FEEDER: usize = 0;
pub const CORE: usize = 1;
pub const SINK: usize = 2;
pub const READER: usize = 3;

/// The processes. The flag reader is a fourth one, since a process blocks on
/// one queue at a time.
#[derive(Clone)]
pub struct Bench {
    pub core: Core,
    feed: Vec<Entry>,
    sent: usize,
    /// Cycles the collector spends per entry.
    pace: u64,
    pub collected: Vec<Entry>,
    pub flags: Vec<u16>,
    /// An answer that is still to be sent.
    answer: Option<u32>,
}

impl Bench {
    pub fn new(spec: Spec, image: &Image, feed: Vec<Entry>, pace: u64) -> Self {
        Bench {
            core: Core::new(spec, PORTS, image),
            feed,
            sent: 0,
            pace,
            collected: Vec::new(),
            flags: Vec::new(),
            answer: None,
        }
    }

    /// Words that came out, without end tokens.
    pub fn words(&self) -> Vec<u16> {
        let words = self.collected.iter().filter(|e| e.op == core_out::WORD);
        words.map(|e| e.a[0] as u16).collect()
    }

    pub fn topology(&self, depth: usize) -> Topology {
        let process = |name, profile| ProcSpec {
            name,
            is_gate: false,
            profile,
        };
        let queue = |name, producer, consumer, cause, reserved| QueueSpec {
            name,
            producer: Proc(producer),
            consumer: Proc(consumer),
            depth,
            cause,
            reserved,
        };
        let mut load = queue("load", 2, 1, WaitCause::Reply, true);
        load.depth = usize::from(self.core.spec().reply_slots).max(1);
        Topology {
            procs: vec![
                process("feeder", 0),
                process("core", self.core.profile_rows()),
                process("sink", 0),
                process("reader", 0),
            ],
            queues: vec![
                queue("input", 0, 1, WaitCause::Input, false),
                queue("output", 1, 2, WaitCause::Input, false),
                queue("flag", 1, 3, WaitCause::Input, false),
                load,
            ],
            counts: Vec::new(),
            main: FEEDER,
            budget: 2_000,
        }
    }

    fn feed<B: Beat>(&mut self, beat: &mut B) -> Step {
        let Some(&entry) = self.feed.get(self.sent) else {
            return Err(Stop::Done);
        };
        beat.room(INPUT)?;
        beat.issue(0, 1, 1)?;
        beat.push(INPUT, entry);
        self.sent += 1;
        Ok(())
    }

    fn collect<B: Beat>(&mut self, beat: &mut B) -> Step {
        if let Some(value) = self.answer {
            beat.room(LOAD)?;
            beat.issue(0, 1, 1)?;
            beat.push(LOAD, Entry::with(1, 0, &[value]));
            self.answer = None;
            return Ok(());
        }
        let entry = beat.peek_home(OUTPUT)?;
        beat.issue(0, self.pace, 1)?;
        beat.pop(OUTPUT);
        self.collected.push(entry);
        if entry.op == core_out::REQUEST {
            self.answer = Some(answer(entry.imm, entry.a[0]));
        }
        Ok(())
    }

    fn read<B: Beat>(&mut self, beat: &mut B) -> Step {
        let entry = beat.peek_home(FLAG)?;
        beat.issue(0, self.pace, 1)?;
        beat.pop(FLAG);
        self.flags.push(entry.a[0] as u16);
        Ok(())
    }
}

/// What the collector answers for element `index` of a stream.
pub fn answer(stream: u16, index: u32) -> u32 {
    index
        .wrapping_mul(0x0001_0003)
        .wrapping_add(u32::from(stream))
}

impl Network for Bench {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            FEEDER => self.feed(beat),
            CORE => self.core.step(beat),
            SINK => self.collect(beat),
            _ => self.read(beat),
        }
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        if p == CORE {
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

/// An image from a program that must assemble.
pub fn image(program: &str) -> (Image, impl Fn(&str) -> u16) {
    let object = match assemble("test.alu", program) {
        Ok(object) => object,
        Err(messages) => panic!("{messages:#?}"),
    };
    let image = Image::from(&object);
    (image, move |label: &str| {
        object
            .label(label)
            .unwrap_or_else(|| panic!("no label {label}"))
    })
}

/// The entries of one activation.
pub fn activation(address: u16, words: &[u16]) -> Vec<Entry> {
    let operands = words
        .iter()
        .map(|&w| Entry::with(core_in::WORD, 0, &[u32::from(w)]));
    std::iter::once(Entry::new(core_in::HEAD, address))
        .chain(operands)
        .collect()
}

/// A bench whose loading takes one cycle, so that tests count from cycle 1.
pub fn fast_load() -> Spec {
    Spec {
        load_words: u16::MAX,
        ..Spec::default()
    }
}

/// Runs to the end under the exact clock.
pub fn run_exact(bench: &mut Bench, depth: usize) -> Outcome {
    Exact::new(bench.topology(depth)).run(bench, 1_000_000)
}

/// Runs to the end under the oracle.
pub fn run_lockstep(bench: &mut Bench, depth: usize) -> Outcome {
    Lockstep::new(bench.topology(depth)).run(bench, 1_000_000)
}

/// Runs to the end without time.
pub fn run_off(bench: &mut Bench, depth: usize) -> Outcome {
    Off::new(bench.topology(depth)).run(bench)
}

/// Assembles `program`, starts `main` with operand words, and runs it under
/// the exact clock and the oracle, which must agree.
pub fn run(program: &str, words: &[u16]) -> (Bench, Outcome) {
    let (image, label) = image(program);
    let feed = activation(label("main"), words);
    let mut bench = Bench::new(fast_load(), &image, feed, 1);
    let mut twin = bench.clone();
    let outcome = run_exact(&mut bench, 16);
    assert_eq!(outcome, run_lockstep(&mut twin, 16), "exact and lockstep");
    assert_eq!(bench.collected, twin.collected);
    (bench, outcome)
}

/// The code and message of the core's trap.
pub fn trap_of(outcome: &Outcome) -> Option<(TrapCode, u32, &str)> {
    match &outcome.processes[CORE].standing {
        orrery_shared::account::Standing::Trapped(fault, _) => {
            Some((fault.code, fault.pc, &fault.message))
        }
        _ => None,
    }
}

/// What the core waits for at the end.
pub fn waits_for(outcome: &Outcome) -> Option<Unmet> {
    match &outcome.processes[CORE].standing {
        orrery_shared::account::Standing::Waiting(unmet) => Some(*unmet),
        _ => None,
    }
}
