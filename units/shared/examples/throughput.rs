//! Prints how many beats per second the clocks run, for a pipeline of three
//! processes: `cargo run --release -p orrery-shared --example throughput`.

use std::time::Instant;

use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{
    Beat, Chan, Counter, Entry, Network, Outcome, Proc, Step, Stop, Topology, WaitCause,
};

/// Source, worker, sink. The sink raises a count per entry; the source awaits
/// that it is not more than `window` entries ahead.
struct Pipeline {
    left: u64,
    sent: u64,
    window: u64,
    /// Occupancy of the worker's beats.
    occupancy: u64,
    result_at: u64,
    sum: u64,
}

const TO_WORKER: Chan = Chan(0);
const TO_SINK: Chan = Chan(1);
const RETURNED: Counter = Counter(0);

impl Network for Pipeline {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            0 => {
                if self.left == 0 {
                    return Err(Stop::Done);
                }
                beat.counted(RETURNED, self.sent.saturating_sub(self.window))?;
                beat.room(TO_WORKER)?;
                beat.issue((self.sent & 63) as u32, 1, 1)?;
                beat.at_offset(self.sent);
                beat.earn(4);
                beat.push(TO_WORKER, Entry::with(1, 0, &[self.sent as u32]));
                self.left -= 1;
                self.sent += 1;
            }
            1 => {
                beat.ready(WaitCause::Latency, self.result_at)?;
                let mut entry = beat.peek_home(TO_WORKER)?;
                beat.room(TO_SINK)?;
                let c = beat.issue(entry.a[0] & 63, self.occupancy, 1)?;
                beat.pop(TO_WORKER);
                self.result_at = c + self.occupancy + 1;
                entry.a[1] = entry.a[0].rotate_left(3);
                beat.push(TO_SINK, entry);
            }
            _ => {
                let entry = beat.peek_home(TO_SINK)?;
                beat.issue(0, 1, 1)?;
                beat.pop(TO_SINK);
                beat.raise(RETURNED);
                self.sum = self
                    .sum
                    .wrapping_mul(31)
                    .wrapping_add(u64::from(entry.a[1]));
            }
        }
        Ok(())
    }
}

fn topology(depth: usize) -> Topology {
    let queue = |name, producer, consumer| QueueSpec {
        name,
        producer: Proc(producer),
        consumer: Proc(consumer),
        depth,
        cause: WaitCause::Input,
        reserved: false,
    };
    let process = |name, profile| ProcSpec {
        name,
        is_gate: false,
        profile,
    };
    Topology {
        procs: vec![
            process("source", 64),
            process("worker", 64),
            process("sink", 1),
        ],
        queues: vec![queue("to worker", 0, 1), queue("to sink", 1, 2)],
        counts: vec![CountSpec {
            name: "returned",
            raiser: Proc(2),
        }],
        main: 0,
        budget: 1000,
    }
}

fn measure(
    name: &str,
    depth: usize,
    occupancy: u64,
    entries: u64,
    run: impl Fn(&mut Pipeline) -> Outcome,
) {
    let mut best = f64::INFINITY;
    let mut total = 0;
    for _ in 0..3 {
        let mut pipeline = Pipeline {
            left: entries,
            sent: 0,
            window: 4 * depth as u64,
            occupancy,
            result_at: 0,
            sum: 0,
        };
        let start = Instant::now();
        let outcome = run(&mut pipeline);
        best = best.min(start.elapsed().as_secs_f64());
        total = outcome.total;
        assert_eq!(outcome.queues[1].popped, entries);
    }
    let beats = 3 * entries;
    println!(
        "{name:9} depth {depth:2}, occupancy {occupancy}: {:6.1} million beats/s ({total} cycles)",
        beats as f64 / best / 1e6
    );
}

fn main() {
    let entries = 3_000_000;
    for depth in [1, 2, 16] {
        for occupancy in [1, 2] {
            measure("off", depth, occupancy, entries, |n| {
                Off::new(topology(depth)).run(n)
            });
            measure("exact", depth, occupancy, entries, |n| {
                Exact::new(topology(depth)).run(n, u64::MAX)
            });
        }
    }
    measure("lockstep", 16, 1, entries / 10, |n| {
        Lockstep::new(topology(16)).run(n, u64::MAX)
    });
}
