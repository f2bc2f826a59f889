//! Random networks. A random schedule is played through first, so that most
//! networks can complete; then some are spoiled.

use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{Chan, Counter, Proc, Topology, WaitCause};

use crate::model::{BeatSpec, Peek, Prefetch, Program, Spec, Trap};

/// A finite source of choices; when it is used up, all choices are the first.
pub struct Choices<'a> {
    data: &'a [u32],
}

impl<'a> Choices<'a> {
    pub fn new(data: &'a [u32]) -> Self {
        Choices { data }
    }

    pub fn below(&mut self, n: usize) -> usize {
        match self.data.split_first() {
            Some((&first, rest)) => {
                self.data = rest;
                // The low bits of shrunk numbers are the interesting ones.
                first as usize % n
            }
            None => 0,
        }
    }

    /// True once in `n` times; never when the choices are used up.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// The fixed set of choices number `seed`, for tests that count.
pub fn seeded(seed: u64) -> Vec<u32> {
    let mut state = seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ 0x5851_F42D_4C95_7F2D;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) >> 16
    };
    (0..1000).map(|_| next() as u32).collect()
}

/// Queues by number, with what the schedule knows of them.
#[derive(Default)]
struct Schedule {
    inside: Vec<usize>,
    /// For a request queue, the queue of its replies.
    reply: Vec<Option<usize>>,
    asked: Vec<usize>,
    raised: Vec<u64>,
    position: u64,
    /// Last stamp of each process.
    stamp: Vec<u64>,
}

const DEPTHS: [usize; 4] = [1, 2, 3, 16];

/// The network that these choices make.
pub fn network(data: &[u32]) -> Spec {
    let choices = &mut Choices::new(data);
    let topology = shape(choices);
    let prefetch = Prefetch {
        depth: choices.pick(&[2, 1, 3, 16]),
        seek_latency: choices.below(9) as u64,
        entries: choices.pick(&[100, 7, 0]),
    };
    let n = topology.procs.len();
    let mut schedule = Schedule {
        inside: vec![0; topology.queues.len()],
        reply: vec![None; topology.queues.len()],
        asked: vec![0; topology.queues.len()],
        raised: vec![0; topology.counts.len()],
        position: 0,
        stamp: vec![0; n],
    };
    for (q, queue) in topology.queues.iter().enumerate() {
        if queue.reserved {
            schedule.reply[q - 1] = Some(q);
        }
    }
    let mut spec = Spec {
        topology,
        programs: vec![Program::default(); n],
        prefetch,
    };
    // Some schedules stay with one process for long, so that deep queues fill.
    let change = choices.pick(&[1, 1, 2, 20]);
    let mut p = 0;
    for _ in 0..12 + choices.below(50) {
        if choices.once_in(change) {
            p = choices.below(n);
        }
        let beat = beat(choices, &spec, &mut schedule, p);
        spec.programs[p].beats.push(beat);
    }
    for p in 0..n {
        if p != spec.topology.main || choices.once_in(8) {
            spec.programs[p].after = after(choices, &spec.topology, &schedule, p);
        }
    }
    for _ in 0..[0, 0, 1, 3][choices.below(4)] {
        spoil(choices, &mut spec);
    }
    spec
}

fn shape(choices: &mut Choices) -> Topology {
    let n = 2 + choices.below(4);
    let main = choices.below(n);
    let procs: Vec<ProcSpec> = (0..n)
        .map(|p| ProcSpec {
            name: "process",
            is_gate: p != 0 && p != main && choices.once_in(5),
            profile: 8,
        })
        .collect();
    let mut queues = Vec::new();
    let pair = |choices: &mut Choices| {
        let from = choices.below(n);
        let to = (from + 1 + choices.below(n - 1)) % n;
        (!procs[from].is_gate || !procs[to].is_gate).then_some((Proc(from as u8), Proc(to as u8)))
    };
    for _ in 0..1 + choices.below(6) {
        if let Some((producer, consumer)) = pair(choices) {
            queues.push(QueueSpec {
                name: "queue",
                producer,
                consumer,
                depth: choices.pick(&DEPTHS),
                cause: choices.pick(&[WaitCause::Input, WaitCause::Input, WaitCause::Token]),
                reserved: false,
            });
        }
    }
    for _ in 0..choices.below(3) {
        if let Some((asker, replier)) = pair(choices) {
            queues.push(QueueSpec {
                name: "request",
                producer: asker,
                consumer: replier,
                depth: choices.pick(&DEPTHS),
                cause: WaitCause::Input,
                reserved: false,
            });
            queues.push(QueueSpec {
                name: "reply",
                producer: replier,
                consumer: asker,
                depth: choices.pick(&[2, 1, 4]),
                cause: WaitCause::Reply,
                reserved: true,
            });
        }
    }
    let counts = (0..choices.below(4))
        .map(|_| CountSpec {
            name: "count",
            raiser: Proc(choices.below(n) as u8),
        })
        .collect();
    Topology {
        procs,
        queues,
        counts,
        main,
        budget: choices.pick(&[1 << 40, 1 << 40, 1 << 40, 6]),
    }
}

/// A beat that process `p` can do next in the schedule.
fn beat(choices: &mut Choices, spec: &Spec, schedule: &mut Schedule, p: usize) -> BeatSpec {
    let me = Proc(p as u8);
    let mut beat = BeatSpec {
        own: choices.once_in(3),
        loaded: choices.once_in(6),
        occupancy: choices.pick(&[1, 1, 1, 2, 3, 9]),
        varies: choices.once_in(4),
        work: choices.below(4) as u64,
        earns: choices.pick(&[0, 0, 1, 5]),
        pc: choices.below(10) as u32,
        ..BeatSpec::default()
    };
    if p == 0 {
        let most = spec.prefetch.depth.div_ceil(2);
        beat.bytes = choices.below(most + 1) as u64;
        schedule.position += beat.bytes;
        if choices.once_in(5) {
            schedule.position = choices.below(60) as u64;
            beat.seek = Some(schedule.position);
        }
    }
    let queues = &spec.topology.queues;
    let mut replies = Vec::new();
    for (q, queue) in queues.iter().enumerate() {
        if queue.consumer != me || schedule.inside[q] == 0 || choices.once_in(3) {
            continue;
        }
        let pop = schedule.reply[q].is_some() || queue.reserved || !choices.once_in(6);
        beat.peeks.push(Peek {
            queue: Chan(q as u8),
            home: !queue.reserved && choices.once_in(3),
            pop,
        });
        if pop {
            schedule.inside[q] -= 1;
            replies.extend(schedule.reply[q]);
        }
    }
    // Queue inputs, replies, tokens.
    beat.peeks
        .sort_by_key(|peek| match queues[usize::from(peek.queue.0)].cause {
            WaitCause::Input => 0,
            WaitCause::Reply => 1,
            _ => 2,
        });
    for (c, &raised) in schedule.raised.iter().enumerate() {
        if choices.once_in(3) {
            let n = choices.below(2 * raised as usize + 1) as u64;
            beat.counts.push((Counter(c as u8), n.min(raised)));
        }
    }
    let gate = spec.topology.procs[p].is_gate;
    if choices.once_in(if gate { 2 } else { 9 }) {
        schedule.stamp[p] += choices.below(if gate { 60 } else { 25 }) as u64;
        beat.pace = Some(schedule.stamp[p]);
    }
    for (q, queue) in queues.iter().enumerate() {
        if queue.producer != me || queue.reserved {
            continue;
        }
        if schedule.inside[q] >= queue.depth || choices.once_in(3) {
            continue;
        }
        if let Some(reply) = schedule.reply[q] {
            if schedule.asked[reply] >= queues[reply].depth {
                continue;
            }
            schedule.asked[reply] += 1;
            beat.asks.push(Chan(reply as u8));
        }
        beat.pushes.push(Chan(q as u8));
        schedule.inside[q] += 1;
    }
    for &reply in &replies {
        beat.pushes.push(Chan(reply as u8));
        schedule.inside[reply] += 1;
    }
    for peek in &beat.peeks {
        let q = usize::from(peek.queue.0);
        if queues[q].reserved {
            schedule.asked[q] -= 1;
        }
    }
    for (c, count) in spec.topology.counts.iter().enumerate() {
        if count.raiser == me && choices.once_in(2) {
            beat.raises.push(Counter(c as u8));
            schedule.raised[c] += 1;
        }
    }
    if choices.once_in(6) {
        let period = 2 + choices.below(6);
        beat.slot = Some((period as u64, choices.below(period) as u64));
    }
    beat.latency = choices.once_in(3).then(|| choices.below(12) as u64);
    beat.loads = choices.once_in(8).then(|| choices.below(30) as u64);
    beat
}

/// What a process does when its list is over: it serves a queue for ever.
fn after(
    choices: &mut Choices,
    topology: &Topology,
    schedule: &Schedule,
    p: usize,
) -> Option<BeatSpec> {
    let queues = topology.queues.iter().enumerate();
    let mine: Vec<usize> = queues
        .filter(|(_, q)| q.consumer == Proc(p as u8) && !q.reserved)
        .map(|(q, _)| q)
        .collect();
    if mine.is_empty() || choices.once_in(3) {
        return None;
    }
    let q = choices.pick(&mine);
    Some(BeatSpec {
        own: choices.once_in(2),
        loaded: choices.once_in(8),
        peeks: vec![Peek {
            queue: Chan(q as u8),
            home: !choices.once_in(6),
            pop: true,
        }],
        pushes: schedule.reply[q].iter().map(|&r| Chan(r as u8)).collect(),
        occupancy: choices.pick(&[1, 4]),
        latency: choices.once_in(2).then(|| choices.below(8) as u64),
        work: 1,
        ..BeatSpec::default()
    })
}

/// One thing that was not meant so.
fn spoil(choices: &mut Choices, spec: &mut Spec) {
    let p = choices.below(spec.programs.len());
    let kind = choices.below(9);
    if kind == 0 {
        let queues = &mut spec.topology.queues;
        if !queues.is_empty() {
            let q = choices.below(queues.len());
            if !queues[q].reserved {
                queues[q].depth = choices.pick(&DEPTHS);
            }
        }
        return;
    }
    let beats = &mut spec.programs[p].beats;
    if beats.is_empty() {
        return;
    }
    let at = choices.below(beats.len());
    match kind {
        1 => beats[at].trap = Trap::Always,
        2 => beats[at].trap = Trap::Multiple(1 + choices.below(4) as u64),
        3 => {
            beats.remove(at);
        }
        4 => {
            beats[at].pushes.pop();
        }
        5 => {
            beats[at].raises.pop();
        }
        6 => {
            let counts = spec.topology.counts.len();
            if counts > 0 {
                let c = choices.below(counts);
                beats[at]
                    .counts
                    .push((Counter(c as u8), 1 + choices.below(9) as u64));
            }
        }
        // Asks for nothing, and the slot stays taken.
        7 => {
            let mut replies = (0u8..).zip(&spec.topology.queues);
            let mine = replies.find(|(_, q)| q.reserved && q.consumer == Proc(p as u8));
            beats[at].asks.extend(mine.map(|(q, _)| Chan(q)));
        }
        // Two beats in the other order: processes may wait for each other.
        _ => beats.swap(at, choices.below(at + 1)),
    }
}
