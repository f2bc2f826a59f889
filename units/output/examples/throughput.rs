//! Host speed of the Output Unit: actions per second by kind, for the
//! sequencer alone and behind a queue under the `off` and `exact` clocks.
//!
//! `cargo run --release -p orrery-output --example throughput`

use std::hint::black_box;
use std::time::Instant;

use orrery_output::check::{Algorithm, Circuit};
use orrery_output::isa::Action;
use orrery_output::{OutputSpec, Sequencer, SequencerPorts};
use orrery_shared::exact::Exact;
use orrery_shared::off::Off;
use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{
    Bank, Beat, Chan, Counter, Entry, Memory, Network, Proc, Step, Stop, Topology, WaitCause,
};

const ACTIONS: Chan = Chan(0);
const UNUSED: Chan = Chan(1);

/// Bytes of the stream, which is sought back to its start when it is full.
const STREAM: u32 = 1 << 20;

/// A beat that costs nothing, to see the sequencer itself.
struct Free {
    entry: Entry,
    popped: u64,
}

impl Beat for Free {
    fn begin(&mut self) {}
    fn ready(&mut self, _: WaitCause, _: u64) -> Step {
        Ok(())
    }
    fn peek(&mut self, _: Chan) -> Step<Entry> {
        Ok(self.entry)
    }
    fn peek_home(&mut self, _: Chan) -> Step<Entry> {
        Ok(self.entry)
    }
    fn room(&mut self, _: Chan) -> Step {
        Ok(())
    }
    fn counted(&mut self, _: Counter, _: u64) -> Step {
        Ok(())
    }
    fn slot(&mut self, _: u64, _: u64) -> Step {
        Ok(())
    }
    fn issue(&mut self, _: u32, _: u64, work: u64) -> Step<u64> {
        black_box(work);
        Ok(0)
    }
    fn pop(&mut self, _: Chan) {
        self.popped += 1;
    }
    fn push(&mut self, _: Chan, _: Entry) {}
    fn raise(&mut self, _: Counter) {}
    fn earn(&mut self, _: u64) {}
    fn at_offset(&mut self, _: u64) {}
}

/// A feeder that repeats one action, and the sequencer.
struct Pair {
    actions: Vec<Entry>,
    left: u64,
    next: usize,
    sequencer: Sequencer,
    memory: Memory,
}

impl Network for Pair {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        if p == 1 {
            return self.sequencer.step(beat, &mut self.memory);
        }
        if self.left == 0 {
            return Err(Stop::Done);
        }
        beat.room(ACTIONS)?;
        beat.issue(0, 1, 0)?;
        beat.push(ACTIONS, self.actions[self.next]);
        self.next = (self.next + 1) % self.actions.len();
        self.left -= 1;
        Ok(())
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        loop {
            beat.begin();
            let step = match p {
                1 => self.sequencer.step(beat, &mut self.memory),
                _ => self.step(0, beat),
            };
            if let Err(stop) = step {
                return stop;
            }
        }
    }
}

fn topology() -> Topology {
    let proc = |name, profile| ProcSpec {
        name,
        is_gate: false,
        profile,
    };
    let queue = |name| QueueSpec {
        name,
        producer: Proc(0),
        consumer: Proc(1),
        depth: 16,
        cause: WaitCause::Input,
        reserved: false,
    };
    Topology {
        procs: vec![proc("feeder", 1), proc("sequencer", Sequencer::PROFILE)],
        queues: vec![queue("actions"), queue("unused")],
        counts: vec![CountSpec {
            name: "unused",
            raiser: Proc(0),
        }],
        main: 0,
        budget: u64::MAX >> 1,
    }
}

fn sequencer() -> (Sequencer, Memory) {
    let none = Counter(0);
    let ports = SequencerPorts {
        actions: ACTIONS,
        core_in: UNUSED,
        list: UNUSED,
        kernel_grants: UNUSED,
        screens: UNUSED,
        scan_grants: UNUSED,
        video: UNUSED,
        reply: UNUSED,
        status: UNUSED,
        core_done: none,
        kernel_done: none,
        scan_done: none,
        frames_done: none,
    };
    let memory = Memory {
        stream: Bank::new(0),
        texture: Bank::new(2 * STREAM as usize),
    };
    (Sequencer::new(OutputSpec::default(), ports), memory)
}

fn act(action: Action, operands: &[u32]) -> Entry {
    Entry::with(action as u16, 0, operands)
}

/// Seeks back, seeds, and as many of one action as fit.
fn round(action: Entry, bytes: u32) -> Vec<Entry> {
    let mut script = vec![act(Action::Seek, &[0]), act(Action::Repeat, &[7, 40_000])];
    let fits = (STREAM - 40_000) / bytes;
    script.extend((0..fits).map(|_| action));
    script
}

fn report(name: &str, clock: &str, actions: u64, bytes: u32, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let rate = actions as f64 / seconds / 1e6;
    println!(
        "{name:<24} {clock:<10} {rate:>8.1} M actions/s {:>9.1} MB/s",
        rate * f64::from(bytes)
    );
}

fn main() {
    let region = act(Action::Region, &[STREAM, 1, 0x11]);
    let append = |n: usize| act(Action::Append, &[1, 2, 3, 4][..n]);
    let copy = |distance, length| act(Action::Copy, &[distance, length]);
    let cases = [
        ("append 1 byte", append(1), 1),
        ("append 4 bytes", append(4), 4),
        ("copy 8 from 100", copy(100, 8), 8),
        ("copy 258 from 30000", copy(30_000, 258), 258),
        ("copy 20 from 1", copy(1, 20), 20),
        ("copy 30 from 3", copy(3, 30), 30),
        ("place", act(Action::Place, &[0, 5, 9]), 1),
    ];
    for (name, action, bytes) in cases {
        let script = round(action, bytes);
        let rounds = (20_000_000 / script.len()).max(1);
        let actions = (rounds * script.len()) as u64;

        let (mut alone, mut memory) = sequencer();
        let mut free = Free {
            entry: region,
            popped: 0,
        };
        alone.step(&mut free, &mut memory).expect("a region");
        let start = Instant::now();
        for _ in 0..rounds {
            for entry in &script {
                free.entry = *entry;
                alone.step(&mut free, &mut memory).expect("no trap");
            }
        }
        black_box(&memory);
        report(name, "alone", actions, bytes, start);

        for clock in ["off", "exact"] {
            let (sequencer, memory) = sequencer();
            let mut pair = Pair {
                actions: script.clone(),
                left: actions,
                next: 0,
                sequencer,
                memory,
            };
            let mut first = Free {
                entry: region,
                popped: 0,
            };
            pair.sequencer
                .step(&mut first, &mut pair.memory)
                .expect("a region");
            let start = Instant::now();
            match clock {
                "off" => drop(Off::new(topology()).run(&mut pair)),
                _ => drop(Exact::new(topology()).run(&mut pair, u64::MAX)),
            }
            assert_eq!(pair.left, 0);
            report(name, clock, actions, bytes, start);
        }
    }
    let bytes: Vec<u8> = (0..1u32 << 24).map(|i| ((i * 31) >> 7) as u8).collect();
    for (name, algorithm) in [
        (
            "crc, reflected",
            Algorithm::crc(32 | 3 << 8, 0x04C1_1DB7, 0, 0),
        ),
        ("crc, straight", Algorithm::crc(24, 0x86_4CFB, 0, 0)),
        ("chained sums", Algorithm::sums(65_521, 1)),
    ] {
        let mut circuit = algorithm.and_then(Circuit::new).expect("valid");
        let start = Instant::now();
        circuit.update(&bytes);
        black_box(circuit.value());
        let rate = bytes.len() as f64 / start.elapsed().as_secs_f64() / 1e6;
        println!("{name:<35} {rate:>27.1} MB/s");
    }
}
