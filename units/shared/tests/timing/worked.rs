//! Networks small enough to be worked out by hand: the example of
//! `docs/machine/timing.md`, and what is remembered of a long run.

use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{Chan, Counter, End, Outcome, Proc, Topology, WaitCause};

use crate::model::{BeatSpec, Model, Peek, Prefetch, Program, Spec};

fn spec(queues: &[(u8, u8, usize)], gates: &[bool], programs: Vec<Program>) -> Spec {
    let queues = queues.iter().map(|&(producer, consumer, depth)| QueueSpec {
        name: "queue",
        producer: Proc(producer),
        consumer: Proc(consumer),
        depth,
        cause: WaitCause::Input,
        reserved: false,
    });
    let procs = gates.iter().map(|&is_gate| ProcSpec {
        name: "process",
        is_gate,
        profile: 4,
    });
    Spec {
        topology: Topology {
            procs: procs.collect(),
            queues: queues.collect(),
            counts: vec![CountSpec {
                name: "returned",
                raiser: Proc(1),
            }],
            main: 0,
            budget: 1 << 40,
        },
        programs,
        prefetch: Prefetch {
            depth: 4,
            seek_latency: 3,
            entries: 0,
        },
    }
}

fn serve(queue: u8) -> BeatSpec {
    BeatSpec {
        peeks: vec![Peek {
            queue: Chan(queue),
            home: true,
            pop: true,
        }],
        occupancy: 1,
        ..BeatSpec::default()
    }
}

fn both(spec: &Spec, horizon: u64) -> Outcome {
    let exact = Exact::new(spec.topology.clone()).run(&mut Model::new(spec), horizon);
    let lockstep = Lockstep::new(spec.topology.clone()).run(&mut Model::new(spec), horizon);
    assert_eq!(exact, lockstep);
    exact
}

fn waits(outcome: &Outcome, p: usize, cause: WaitCause) -> u64 {
    outcome.processes[p].waits[cause as usize]
}

/// The producer pushes at 0, 3 and 5; the consumer, whose beats take one cycle
/// and give a result two cycles later, pops at 2 (a slot of period 2), 4 and 6.
#[test]
fn the_example_of_the_page() {
    let push = BeatSpec {
        pushes: vec![Chan(0)],
        occupancy: 1,
        pc: 1,
        ..BeatSpec::default()
    };
    let pop = BeatSpec {
        slot: Some((2, 0)),
        pc: 2,
        ..serve(0)
    };
    let spec = spec(
        &[(0, 1, 1)],
        &[false, false],
        vec![
            Program {
                beats: vec![push; 3],
                after: None,
            },
            Program {
                beats: Vec::new(),
                after: Some(pop),
            },
        ],
    );
    let end = both(&spec, 1000);
    assert_eq!((&end.end, end.total), (&End::Complete, 7));
    assert_eq!(end.queues[0].fill, [3, 4]);
    let [producer, consumer] = &end.processes[..] else {
        unreachable!("two processes")
    };
    assert_eq!((producer.busy, consumer.busy), (3, 3));
    assert_eq!(waits(&end, 0, WaitCause::Output), 2 + 1);
    assert_eq!(waits(&end, 0, WaitCause::Stopped), 1);
    assert_eq!(waits(&end, 1, WaitCause::Input), 1 + 1 + 1);
    assert_eq!(waits(&end, 1, WaitCause::Port), 1);
    assert_eq!(
        (producer.profile[1].count, producer.profile[1].cycles),
        (3, 6)
    );
    assert_eq!(
        (consumer.profile[2].count, consumer.profile[2].cycles),
        (3, 7)
    );

    let early = both(&spec, 6);
    assert_eq!((&early.end, early.total), (&End::Horizon, 6));
    assert_eq!(early.queues[0].fill, [3, 3]);
    assert_eq!(early.queues[0].popped, 2);
}

/// Raises that nobody can wait for any more are forgotten, although one process
/// stays at its home read from the start, and so are a gate's charges.
#[test]
fn history_is_forgotten() {
    let n = 20_000;
    let feed = |i: u64| BeatSpec {
        counts: vec![(Counter(0), i.saturating_sub(8))],
        pushes: vec![Chan(0)],
        occupancy: 1,
        ..BeatSpec::default()
    };
    let forward = BeatSpec {
        pushes: vec![Chan(1)],
        raises: vec![Counter(0)],
        ..serve(0)
    };
    let list = |after| Program {
        beats: Vec::new(),
        after: Some(after),
    };
    let spec = spec(
        &[(0, 1, 4), (1, 2, 4), (0, 3, 4)],
        &[false, false, true, false],
        vec![
            Program {
                beats: (0..n).map(feed).collect(),
                after: None,
            },
            list(forward),
            list(serve(1)),
            list(serve(2)),
        ],
    );
    let mut clock = Exact::new(spec.topology.clone());
    clock.set_keep(16);
    let outcome = clock.run(&mut Model::new(&spec), u64::MAX);
    assert_eq!((&outcome.end, outcome.total), (&End::Complete, n + 1));
    assert_eq!(outcome.counts, [n]);
    assert!(clock.remembered() < 100, "{}", clock.remembered());
}
