//! Links: what one entry sets off in three processes, in one step.
//!
//! The first process takes an entry and sends a few on; the middle one takes
//! them, computes, and sends results to the last one, which takes them. If the
//! other two stand waiting for just that, and the queues between the three are
//! empty and long enough, the entries need not be put into the queues at all:
//! the values pass from hand to hand, and the clock ([`crate::Beat::link`])
//! charges to the three processes and to the queues what would have come of it.
//! It is told beforehand what can come at most ([`crate::Beat::can_link`]), and
//! once it has agreed nothing is in the way any more.

use std::sync::Arc;

use crate::run::Run;
use crate::topology::{Chan, Counter, Proc};

/// Three processes in a row. None of their queues is a reply queue.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// What the first process reads.
    pub input: Chan,
    /// From the first to the middle process.
    pub to_middle: Chan,
    /// The middle process.
    pub middle: Proc,
    /// From the middle to the last process.
    pub to_last: Chan,
    /// The last process.
    pub last: Proc,
    /// What the last process raises when it has done everything.
    pub done: Counter,
}

/// What a step takes at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// The first process's beats, one for each entry that it sends.
    pub first_beats: u64,
    /// Work of the three.
    pub work: [u64; 3],
    /// Cycles of the middle process from its turn on, without those that it waits for entries.
    pub middle_cycles: u64,
    /// The middle process's turn is not before this cycle.
    pub after: u64,
    /// Entries that the middle process sends.
    pub puts: u64,
    /// Those that cannot be waited for, since they or what comes before them depend on a
    /// delayed result, come so many cycles after its turn or later.
    pub fixed_put: Option<u64>,
    /// Cycles of the last process.
    pub last_cycles: u64,
}

/// A beat of the middle process that accesses queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Cycles from the first beat's turn to the beat.
    pub at: u32,
    /// Row of the beat.
    pub pc: u32,
    /// It takes an entry from the first process.
    pub takes: bool,
    /// It sends an entry to the last process.
    pub sends: bool,
}

/// Beats of the last process.
#[derive(Clone, Copy, Debug)]
pub enum Last<'a> {
    /// One for each entry that it takes, a cycle each.
    Run(&'a Arc<Run>),
    /// One for the only entry.
    Beat {
        /// Row of the profile.
        pc: u32,
        /// Cycles.
        occupancy: u64,
        /// What is retired.
        work: u64,
    },
}

/// What came to be in the three processes.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    /// Beats of the first process, of a cycle each: every one sends an entry, the
    /// first one takes one before.
    pub first: &'a Arc<Run>,
    /// Beats of the middle process.
    pub middle: &'a Arc<Run>,
    /// Its accesses to the two queues, in order. It may wait for what it takes
    /// and for room, so no beat before can depend on a result that is delayed, but
    /// see [`Needs::fixed_put`].
    pub accesses: &'a [Access],
    /// Entries that it sends.
    pub sent: u64,
    /// Beats of the last process; in its last one it raises the count.
    pub last: Last<'a>,
}
