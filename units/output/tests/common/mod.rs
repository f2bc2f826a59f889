//! A small machine around the Output Unit: a feeder that sends actions, a core
//! that echoes words, and a kernel that adds a number to bytes it was granted.
#![allow(dead_code)]

use std::collections::{BTreeMap, VecDeque};

use orrery_output::isa::Action;
use orrery_output::{
    CoreSink, CoreSinkPorts, Frame, Gate, GatePorts, GateSpec, OutputSpec, Sequencer,
    SequencerPorts,
};
use orrery_shared::account::Standing;
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{
    Bank, Beat, Chan, Counter, Entry, Fault, Memory, Network, Outcome, Proc, Step, Stop, Topology,
    TrapCode, WaitCause, protocol,
};

pub const FEEDER: usize = 0;
pub const SEQUENCER: usize = 1;
pub const CORE: usize = 2;
pub const SINK: usize = 3;
pub const KERNEL: usize = 4;
pub const GATE: usize = 5;
pub const SCAN: usize = 6;

const ACTIONS: Chan = Chan(0);
const CORE_IN: Chan = Chan(1);
const CORE_OUT: Chan = Chan(2);
const LOAD: Chan = Chan(3);
const REPLY: Chan = Chan(4);
const LIST: Chan = Chan(5);
pub const GRANTS: Chan = Chan(6);
pub const SINK_GRANTS: Chan = Chan(7);
const STATUS: Chan = Chan(8);
const VIDEO: Chan = Chan(9);
const SINK_VIDEO: Chan = Chan(10);
const SCREENS: Chan = Chan(11);
const SCAN_GRANTS: Chan = Chan(12);
const CORE_DONE: Counter = Counter(0);
const KERNEL_DONE: Counter = Counter(1);
const FRAMES_DONE: Counter = Counter(2);
const SCAN_DONE: Counter = Counter(3);

/// Label of an activation that echoes `words` words.
pub const fn echo(words: u16) -> u16 {
    words
}

/// Label of an activation that asks the sink for element `index` (below 256)
/// and appends it as a word.
pub const fn load(index: u16) -> u16 {
    0x80 | index << 8
}

/// An action.
pub fn act(action: Action, imm: u16, operands: &[u32]) -> Entry {
    Entry::with(action as u16, imm, operands)
}

/// An action whose operand `i` is a handle, for every bit `i` of `flags`.
pub fn with_handles(action: Action, imm: u16, operands: &[u32], flags: u16) -> Entry {
    let mut entry = act(action, imm, operands);
    entry.n |= flags << 4;
    entry
}

/// Sends actions; reads the reply of each that has one before the next.
#[derive(Clone, Debug)]
struct Feeder {
    script: Vec<Entry>,
    next: usize,
    asked: bool,
    replies: Vec<u64>,
}

impl Feeder {
    fn step<B: Beat>(&mut self, beat: &mut B) -> Step {
        if self.asked {
            let reply = beat.peek(REPLY)?;
            beat.issue(1, 1, 1)?;
            beat.pop(REPLY);
            self.asked = false;
            let value = u64::from(reply.a[0]) | u64::from(reply.a[1]) << 32;
            self.replies.push(value);
            return Ok(());
        }
        let Some(&entry) = self.script.get(self.next) else {
            return Err(Stop::Done);
        };
        beat.room(ACTIONS)?;
        beat.issue(0, 1, 1)?;
        beat.at_offset(self.next as u64);
        beat.push(ACTIONS, entry);
        self.next += 1;
        self.asked = matches!(
            Action::from_op(entry.op),
            Some(Action::Check | Action::Size | Action::Fetch | Action::KernelStatus)
        );
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
struct Core {
    /// Words still to echo, then the end.
    open: Option<u16>,
    loading: bool,
}

impl Core {
    fn step<B: Beat>(&mut self, beat: &mut B) -> Step {
        if self.loading {
            let reply = beat.peek(LOAD)?;
            beat.room(CORE_OUT)?;
            beat.issue(0, 1, 1)?;
            beat.pop(LOAD);
            let word = Entry::with(protocol::core_out::WORD, 0, &[reply.a[0] & 0xFFFF]);
            beat.push(CORE_OUT, word);
            self.loading = false;
            return Ok(());
        }
        match self.open {
            Some(0) => {
                beat.room(CORE_OUT)?;
                beat.issue(1, 1, 1)?;
                beat.push(CORE_OUT, Entry::new(protocol::core_out::END, 0));
                self.open = None;
            }
            Some(n) => {
                let word = beat.peek(CORE_IN)?;
                beat.room(CORE_OUT)?;
                if word.op != protocol::core_in::WORD {
                    let message = "too few words";
                    return Err(Stop::Trap(Fault::new(TrapCode::BadOperand, 2, message)));
                }
                beat.issue(2, 1, 1)?;
                beat.pop(CORE_IN);
                let out = Entry::with(protocol::core_out::WORD, 0, &word.a[..1]);
                beat.push(CORE_OUT, out);
                self.open = Some(n - 1);
            }
            None => {
                let entry = beat.peek_home(CORE_IN)?;
                if entry.op == protocol::core_in::WORD {
                    let message = "too many words";
                    return Err(Stop::Trap(Fault::new(TrapCode::BadOperand, 3, message)));
                }
                if entry.op >= protocol::core_in::SINK {
                    beat.room(CORE_OUT)?;
                    beat.issue(3, 1, 1)?;
                    beat.pop(CORE_IN);
                    beat.push(CORE_OUT, entry);
                    return Ok(());
                }
                let is_load = entry.imm & 0x80 != 0;
                if is_load {
                    beat.room(CORE_OUT)?;
                }
                beat.issue(4, 1, 1)?;
                beat.pop(CORE_IN);
                if is_load {
                    let index = u32::from(entry.imm >> 8);
                    let request = Entry::with(protocol::core_out::REQUEST, 0, &[index]);
                    beat.push(CORE_OUT, request);
                    self.loading = true;
                    self.open = Some(0);
                } else {
                    self.open = Some(entry.imm & 0x7F);
                }
            }
        }
        Ok(())
    }
}

/// A list is triples (base, end, addend), bit 31 of the addend naming the sink
/// as the giver: waits for the bytes and adds to each. The scan does the same.
#[derive(Clone, Debug)]
struct Kernel {
    list: Chan,
    grants: [Chan; 2],
    done: Counter,
    items: VecDeque<u32>,
    busy: bool,
    asked: bool,
    epoch: u32,
    sum: u32,
    ledgers: [BTreeMap<u32, (u32, bool)>; 2],
}

impl Kernel {
    fn new(list: Chan, grants: [Chan; 2], done: Counter) -> Self {
        Kernel {
            list,
            grants,
            done,
            items: VecDeque::new(),
            busy: false,
            asked: false,
            epoch: 0,
            sum: 0,
            ledgers: Default::default(),
        }
    }

    fn step<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        if !self.busy {
            let head = beat.peek_home(self.list)?;
            beat.issue(0, 1, 1)?;
            beat.pop(self.list);
            let [base, words, flags, epoch] = head.a;
            let bytes = &memory.stream.bytes[base as usize..(base + words * 4) as usize];
            let (list, _) = bytes.as_chunks::<4>();
            self.items = list.iter().map(|w| u32::from_le_bytes(*w)).collect();
            self.busy = true;
            self.asked = flags == 1;
            if epoch != self.epoch {
                self.ledgers[0].clear();
                self.epoch = epoch;
            }
            return Ok(());
        }
        if self.items.len() < 3 {
            if self.asked {
                beat.room(STATUS)?;
            }
            beat.issue(1, 1, 1)?;
            if self.asked {
                beat.push(STATUS, Entry::with(protocol::status::WORD, 0, &[self.sum]));
            }
            beat.raise(self.done);
            self.busy = false;
            return Ok(());
        }
        let (base, end, addend) = (self.items[0], self.items[1], self.items[2]);
        let giver = (addend >> 31) as usize;
        let held = self.ledgers[giver].get(&base).copied();
        let end = match held {
            Some((held, true)) => end.min(held),
            _ => end,
        };
        if held.is_none_or(|(held, _)| held < end) {
            let queue = self.grants[giver];
            let grant = beat.peek(queue)?;
            beat.issue(2, 1, 1)?;
            beat.pop(queue);
            let [base, end, epoch, _] = grant.a;
            if giver == 1 || epoch == self.epoch {
                let entry = self.ledgers[giver].entry(base).or_insert((base, false));
                entry.0 = entry.0.max(end);
                entry.1 |= grant.imm == protocol::grant::LAST;
            }
            return Ok(());
        }
        beat.issue(3, 3, 1)?;
        self.items.drain(..3);
        let end = end.max(base);
        for byte in &mut memory.texture.bytes[base as usize..end as usize] {
            *byte = byte.wrapping_add(addend as u8);
            self.sum = self.sum.wrapping_mul(31).wrapping_add(u32::from(*byte));
        }
        Ok(())
    }
}

/// The whole machine.
#[derive(Clone, Debug)]
pub struct World {
    feeder: Feeder,
    pub sequencer: Sequencer,
    core: Core,
    pub sink: CoreSink,
    kernel: Kernel,
    scan: Kernel,
    pub gate: Gate,
    pub memory: Memory,
}

impl Network for World {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            FEEDER => self.feeder.step(beat),
            SEQUENCER => self.sequencer.step(beat, &mut self.memory),
            CORE => self.core.step(beat),
            SINK => self.sink.step(beat, &mut self.memory),
            KERNEL => self.kernel.step(beat, &mut self.memory),
            SCAN => self.scan.step(beat, &mut self.memory),
            _ => self.gate.step(beat, &mut self.memory),
        }
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        match p {
            SEQUENCER => self.sequencer.burst(beat, &mut self.memory),
            SINK => self.sink.burst(beat, &mut self.memory),
            _ => loop {
                beat.begin();
                if let Err(stop) = self.step(p, beat) {
                    return stop;
                }
            },
        }
    }
}

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Setup {
    pub spec: OutputSpec,
    pub depth: usize,
    pub budget: u64,
    pub texture: usize,
    pub stream: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            spec: OutputSpec::default(),
            depth: 16,
            budget: 1 << 40,
            texture: 1 << 16,
            stream: 1 << 14,
        }
    }
}

/// A finished run.
pub struct Run {
    pub outcome: Outcome,
    pub world: World,
}

impl Run {
    pub fn replies(&self) -> &[u64] {
        &self.world.feeder.replies
    }

    pub fn frames(&self) -> &[Frame] {
        self.world.gate.frames()
    }

    /// The trap of a process.
    pub fn trap(&self, p: usize) -> Option<&Fault> {
        match &self.outcome.processes[p].standing {
            Standing::Trapped(fault, _) => Some(fault),
            _ => None,
        }
    }

    pub fn busy(&self, p: usize) -> u64 {
        self.outcome.processes[p].busy
    }

    pub fn texture(&self, from: usize, to: usize) -> &[u8] {
        &self.world.memory.texture.bytes[from..to]
    }
}

impl Setup {
    pub fn depth(depth: usize) -> Self {
        Setup {
            depth,
            ..Setup::default()
        }
    }

    pub fn topology(&self) -> Topology {
        let procs = [
            "feeder",
            "sequencer",
            "core",
            "core_sink",
            "kernel",
            "video",
            "scan",
        ];
        let profiles = [
            2,
            Sequencer::PROFILE,
            8,
            CoreSink::PROFILE,
            4,
            Gate::PROFILE,
            4,
        ];
        let queue = |name, producer: usize, consumer: usize, cause| QueueSpec {
            name,
            producer: Proc(producer as u8),
            consumer: Proc(consumer as u8),
            depth: self.depth,
            cause,
            reserved: false,
        };
        let reserved = |q: QueueSpec| QueueSpec {
            depth: 4,
            reserved: true,
            ..q
        };
        use WaitCause::{Input, Reply, Token};
        let count = |name, raiser: usize| CountSpec {
            name,
            raiser: Proc(raiser as u8),
        };
        Topology {
            procs: procs
                .iter()
                .zip(profiles)
                .enumerate()
                .map(|(p, (name, profile))| ProcSpec {
                    name,
                    is_gate: p == GATE,
                    profile,
                })
                .collect(),
            queues: vec![
                queue("actions", FEEDER, SEQUENCER, Input),
                queue("core.in", SEQUENCER, CORE, Input),
                queue("core.out", CORE, SINK, Input),
                reserved(queue("load", SINK, CORE, Reply)),
                reserved(queue("reply", SEQUENCER, FEEDER, Reply)),
                queue("lists", SEQUENCER, KERNEL, Input),
                queue("grants", SEQUENCER, KERNEL, Token),
                queue("grants.core", SINK, KERNEL, Token),
                reserved(queue("status", KERNEL, SEQUENCER, Reply)),
                queue("video", SEQUENCER, GATE, Input),
                queue("video.core", SINK, GATE, Input),
                queue("screens", SEQUENCER, SCAN, Input),
                queue("grants.scan", SEQUENCER, SCAN, Token),
            ],
            counts: vec![
                count("core.done", SINK),
                count("kernel.done", KERNEL),
                count("frames.done", GATE),
                count("scan.done", SCAN),
            ],
            main: FEEDER,
            budget: self.budget,
        }
    }

    pub fn world(&self, script: &[Entry]) -> World {
        let sequencer = SequencerPorts {
            actions: ACTIONS,
            core_in: CORE_IN,
            list: LIST,
            kernel_grants: GRANTS,
            screens: SCREENS,
            scan_grants: SCAN_GRANTS,
            video: VIDEO,
            reply: REPLY,
            status: STATUS,
            core_done: CORE_DONE,
            kernel_done: KERNEL_DONE,
            scan_done: SCAN_DONE,
            frames_done: FRAMES_DONE,
        };
        let sink = CoreSinkPorts {
            input: CORE_OUT,
            load: LOAD,
            kernel_grants: SINK_GRANTS,
            video: SINK_VIDEO,
            core_done: CORE_DONE,
        };
        let gate = GatePorts {
            sequencer: VIDEO,
            sink: SINK_VIDEO,
            frames_done: FRAMES_DONE,
        };
        World {
            feeder: Feeder {
                script: script.to_vec(),
                next: 0,
                asked: false,
                replies: Vec::new(),
            },
            sequencer: Sequencer::new(self.spec, sequencer),
            core: Core::default(),
            sink: CoreSink::new(self.spec, sink),
            kernel: Kernel::new(LIST, [GRANTS, SINK_GRANTS], KERNEL_DONE),
            scan: Kernel::new(SCREENS, [SCAN_GRANTS, SCAN_GRANTS], SCAN_DONE),
            gate: Gate::new(GateSpec::default(), gate),
            memory: Memory {
                stream: Bank::new(self.stream),
                texture: Bank::new(self.texture),
            },
        }
    }

    pub fn off(&self, script: &[Entry]) -> Run {
        let mut world = self.world(script);
        let outcome = Off::new(self.topology()).run(&mut world);
        Run { outcome, world }
    }

    pub fn exact(&self, script: &[Entry]) -> Run {
        let mut world = self.world(script);
        let outcome = Exact::new(self.topology()).run(&mut world, u64::MAX);
        Run { outcome, world }
    }

    pub fn lockstep(&self, script: &[Entry]) -> Run {
        let mut world = self.world(script);
        let outcome = Lockstep::new(self.topology()).run(&mut world, 10_000_000);
        Run { outcome, world }
    }
}

/// Runs under all three clocks, checks that they agree, and returns the exact run.
pub fn run_all(setup: &Setup, script: &[Entry]) -> Run {
    let exact = setup.exact(script);
    let lockstep = setup.lockstep(script);
    let off = setup.off(script);
    assert_eq!(exact.outcome, lockstep.outcome, "exact and lockstep");
    same_values(&exact.world, &lockstep.world);
    assert_eq!(exact.frames(), lockstep.frames());
    for (e, o) in exact.outcome.processes.iter().zip(&off.outcome.processes) {
        assert_eq!(e.work, o.work, "work under off");
        assert_eq!(e.credit, o.credit, "credit under off");
        match (&e.standing, &o.standing) {
            (Standing::Trapped(a, _), Standing::Trapped(b, _)) => assert_eq!(a, b),
            (a, b) => assert_eq!(a, b, "standing under off"),
        }
    }
    same_values(&exact.world, &off.world);
    exact
}

fn same_values(a: &World, b: &World) {
    assert_eq!(a.feeder.replies, b.feeder.replies, "replies");
    assert!(
        a.memory.texture.bytes == b.memory.texture.bytes,
        "texture memory"
    );
    assert!(a.memory.stream.bytes == b.memory.stream.bytes, "stream RAM");
    let access =
        |m: &Memory| [&m.texture, &m.stream].map(|bank| (bank.read, bank.written, bank.high_water));
    assert_eq!(access(&a.memory), access(&b.memory), "accesses");
    let timeless = |w: &World| -> Vec<Frame> {
        let frames = w.gate.frames().iter().cloned();
        frames.map(|f| Frame { cycle: 0, ..f }).collect()
    };
    assert_eq!(timeless(a), timeless(b), "frames");
    assert!(
        a.sequencer.streams().eq(b.sequencer.streams()),
        "handle tables"
    );
    assert_eq!(a.sink.bound(), b.sink.bound(), "bound streams");
}
