//! A network of two processes, a feeder and the kernel, under each clock.
#![allow(dead_code)]

pub mod tile;

use orrery_compositor::{Image, Kernel, Ports, Spec, list};
use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{
    Beat, Chan, Counter, Entry, Memory, Network, Outcome, Proc, Step, Stop, Topology, WaitCause,
};

pub const LIST: Chan = Chan(0);
pub const GRANTS: [Chan; 2] = [Chan(1), Chan(2)];
pub const STATUS: Chan = Chan(3);

/// What the feeder does, one beat each.
#[derive(Clone, Debug)]
pub enum Feed {
    Push(Chan, Entry),
    /// Busy for so many cycles.
    Delay(u64),
    /// Takes a status word.
    Status,
    /// Waits for so many finished lists.
    Done(u64),
}

pub fn head(address: u32, words: u32) -> Feed {
    Feed::Push(
        LIST,
        Entry::with(orrery_shared::protocol::list::HEAD, 7, &[address, words]),
    )
}

pub fn asking(address: u32, words: u32) -> Feed {
    let operands = [address, words, list::ASK_STATUS];
    Feed::Push(
        LIST,
        Entry::with(orrery_shared::protocol::list::HEAD, 7, &operands),
    )
}

pub fn grant(giver: usize, base: u32, upto: u32) -> Feed {
    let entry = Entry::with(orrery_shared::protocol::grant::BYTES, 0, &[base, upto]);
    Feed::Push(GRANTS[giver], entry)
}

pub fn last(giver: usize, base: u32, upto: u32) -> Feed {
    let entry = Entry::with(
        orrery_shared::protocol::grant::BYTES,
        list::LAST_GRANT,
        &[base, upto],
    );
    Feed::Push(GRANTS[giver], entry)
}

/// The machine of the tests.
#[derive(Clone)]
pub struct Machine {
    pub kernel: Kernel,
    pub memory: Memory,
    pub feed: Vec<Feed>,
    pub at: usize,
    pub statuses: Vec<u32>,
}

impl Machine {
    pub fn new(spec: Spec, image: &Image, texture: usize, list: &[u32], feed: Vec<Feed>) -> Self {
        let ports = Ports {
            list: LIST,
            grants: GRANTS,
            done: Counter(0),
            status: Some(STATUS),
        };
        let mut memory = Memory {
            stream: orrery_shared::Bank::new(1 << 16),
            texture: orrery_shared::Bank::new(texture),
        };
        for (i, word) in list.iter().enumerate() {
            memory.stream.bytes[4 * i..4 * i + 4].copy_from_slice(&word.to_le_bytes());
        }
        Machine {
            kernel: Kernel::new(spec, ports, image),
            memory,
            feed,
            at: 0,
            statuses: Vec::new(),
        }
    }

    pub fn topology(&self, depth: usize, budget: u64) -> Topology {
        let queue = |name, producer, consumer, cause, reserved| QueueSpec {
            name,
            producer: Proc(producer),
            consumer: Proc(consumer),
            depth,
            cause,
            reserved,
        };
        Topology {
            procs: vec![
                ProcSpec {
                    name: "feeder",
                    is_gate: false,
                    profile: 1,
                },
                ProcSpec {
                    name: "compositor.kernel",
                    is_gate: false,
                    profile: self.kernel.profile_rows(),
                },
            ],
            queues: vec![
                queue("list", 0, 1, WaitCause::Input, false),
                queue("grants 0", 0, 1, WaitCause::Token, false),
                queue("grants 1", 0, 1, WaitCause::Token, false),
                queue("status", 1, 0, WaitCause::Reply, false),
            ],
            counts: vec![CountSpec {
                name: "lists done",
                raiser: Proc(1),
            }],
            main: 0,
            budget,
        }
    }

    /// Runs to the end under the `exact` clock.
    pub fn run(&mut self) -> Outcome {
        let topology = self.topology(16, u64::MAX / 2);
        orrery_shared::exact::Exact::new(topology).run(self, u64::MAX / 4)
    }

    /// Runs and insists that all lists were finished.
    pub fn complete(&mut self) -> Outcome {
        let outcome = self.run();
        assert_eq!(
            outcome.end,
            orrery_shared::End::Complete,
            "{:?}",
            outcome
                .processes
                .iter()
                .map(|p| &p.standing)
                .collect::<Vec<_>>()
        );
        outcome
    }
}

impl Network for Machine {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        if p == 1 {
            return self.kernel.step(beat, &mut self.memory);
        }
        let Some(feed) = self.feed.get(self.at).cloned() else {
            return Err(Stop::Done);
        };
        match feed {
            Feed::Push(q, entry) => {
                beat.room(q)?;
                beat.issue(0, 1, 1)?;
                beat.push(q, entry);
            }
            Feed::Delay(n) => {
                beat.issue(0, n.max(1), 1)?;
            }
            Feed::Status => {
                let entry = beat.peek(STATUS)?;
                beat.issue(0, 1, 1)?;
                beat.pop(STATUS);
                assert_eq!(entry.imm, 7);
                self.statuses.push(entry.a[0]);
            }
            Feed::Done(n) => {
                beat.counted(Counter(0), n)?;
                beat.issue(0, 1, 1)?;
            }
        }
        self.at += 1;
        Ok(())
    }
}

/// A view item.
#[derive(Clone, Copy)]
pub struct ViewWords {
    pub extent: u32,
    pub offset: i32,
    pub pitch: i32,
    pub stride: i32,
    pub format: u32,
    pub window: [u32; 4],
    pub constant: u32,
}

impl ViewWords {
    pub fn new(extent: u32, pitch: i32, stride: i32, format: u32, w: u32, h: u32) -> Self {
        ViewWords {
            extent,
            offset: 0,
            pitch,
            stride,
            format,
            window: [0, 0, w, h],
            constant: 0,
        }
    }

    pub fn offset(mut self, offset: i32) -> Self {
        self.offset = offset;
        self
    }

    pub fn words(&self, unit: u32) -> Vec<u32> {
        let [x, y, w, h] = self.window;
        vec![
            list::VIEW | unit << list::UNIT_SHIFT,
            self.extent,
            self.offset as u32,
            self.pitch as u32,
            self.stride as u32,
            self.format,
            x | y << 16,
            w | h << 16,
            self.constant,
        ]
    }
}

pub fn channels(n: u32) -> u32 {
    (n - 1) << list::CHANNELS_SHIFT
}

/// A sprite item; `band` adds rows per band and lag.
pub fn sprite(
    flags: u32,
    entry: u16,
    tile: (u32, u32),
    (w, h): (u32, u32),
    scalars: &[i32],
    band: Option<(u32, u32)>,
) -> Vec<u32> {
    let mut words = vec![
        list::SPRITE | flags | if band.is_some() { list::BANDED } else { 0 },
        u32::from(entry),
        tile.0 | tile.1 << 8,
        0,
        w | h << 16,
    ];
    words.extend((0..8).map(|i| scalars.get(i).copied().unwrap_or(0) as u32));
    if let Some((rows, lag)) = band {
        words.extend([rows, lag]);
    }
    words
}

/// A small random number generator, so that tests need no seed files.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 16) % n
    }

    pub fn fill(&mut self, bytes: &mut [u8]) {
        for b in bytes {
            *b = (self.next() >> 24) as u8;
        }
    }
}
