//! Queues with time-stamped slots, and their fill histograms.

use crate::account::{QueueReport, WaitCause};
use crate::entry::{Entry, Tag};
use crate::topology::QueueSpec;

/// A queue. Entries are numbered from 0; number k is in slot k modulo `depth`
/// of the machine, and on the host in a ring that is a power of two long.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    entries: Vec<(Entry, Tag)>,
    times: Times,
    depth: u64,
    pub pushed: u64,
    pub popped: u64,
    pub cause: WaitCause,
    pub reserved: bool,
    fill: Fill,
}

/// From which cycle on each entry can be popped, and its slot filled again: one
/// after the push and the pop. In rings as long as that of the entries.
#[derive(Clone, Debug)]
struct Times {
    filled: Vec<u64>,
    freed: Vec<u64>,
}

impl Times {
    #[inline]
    fn filled(&self, number: u64) -> u64 {
        self.filled[number as usize & (self.filled.len() - 1)]
    }

    #[inline]
    fn freed(&self, number: u64) -> u64 {
        self.freed[number as usize & (self.freed.len() - 1)]
    }
}

/// The fill histogram so far. Pushes and pops are merged into it by cycle; those
/// that are not yet merged can still be read from the times, because an entry's
/// push comes before its pop, and its pop before the push that reuses its slot.
#[derive(Clone, Debug)]
struct Fill {
    histogram: Vec<u64>,
    at: u64,
    /// How many pushes and pops are merged.
    pushes: u64,
    pops: u64,
}

impl Queue {
    pub fn new(spec: &QueueSpec) -> Self {
        let ring = spec.depth.next_power_of_two();
        Queue {
            entries: vec![Default::default(); ring],
            times: Times {
                filled: vec![0; ring],
                freed: vec![0; ring],
            },
            depth: spec.depth as u64,
            pushed: 0,
            popped: 0,
            cause: spec.cause,
            reserved: spec.reserved,
            fill: Fill {
                histogram: vec![0; spec.depth + 1],
                at: 0,
                pushes: 0,
                pops: 0,
            },
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pushed == self.popped
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.pushed - self.popped >= self.depth
    }

    #[inline]
    fn place(&self, number: u64) -> usize {
        number as usize & (self.entries.len() - 1)
    }

    /// What the next pop takes, and from which cycle on it can be taken.
    #[inline]
    pub fn first(&self) -> (&(Entry, Tag), u64) {
        let entry = &self.entries[self.place(self.popped)];
        (entry, self.times.filled(self.popped))
    }

    /// The entry that `n` more pops come before.
    #[inline]
    pub fn ahead(&self, n: usize) -> Option<Entry> {
        let number = self.popped + n as u64;
        (number < self.pushed).then(|| self.entries[self.place(number)].0)
    }

    /// From which cycle on the slot of the next push is free.
    #[inline]
    pub fn free_from(&self) -> u64 {
        match self.pushed.checked_sub(self.depth) {
            Some(number) => self.times.freed(number),
            None => 0,
        }
    }

    #[inline]
    pub fn push(&mut self, entry: Entry, tag: Tag, filled: u64) {
        debug_assert!(!self.is_full(), "push without room");
        if self.pushed - self.fill.pushes >= self.entries.len() as u64 {
            self.merge();
        }
        let place = self.place(self.pushed);
        self.entries[place] = (entry, tag);
        self.times.filled[place] = filled;
        self.pushed += 1;
    }

    #[inline]
    pub fn pop(&mut self, freed: u64) {
        debug_assert!(!self.is_empty(), "pop without entry");
        if self.popped - self.fill.pops >= self.entries.len() as u64 {
            self.merge();
        }
        let place = self.place(self.popped);
        self.times.freed[place] = freed;
        self.popped += 1;
    }

    /// Merges events while both the next push and the next pop are known.
    fn merge(&mut self) {
        let fill = &mut self.fill;
        let (mut pushes, mut pops, mut at) = (fill.pushes, fill.pops, fill.at);
        while pushes < self.pushed && pops < self.popped {
            let (filled, freed) = (self.times.filled(pushes), self.times.freed(pops));
            let until = filled.min(freed);
            fill.histogram[(pushes - pops) as usize] += until - at;
            at = until;
            // Which of them comes first is hard to guess, for the host too.
            pushes += u64::from(filled <= freed);
            pops += u64::from(freed <= filled);
        }
        (fill.pushes, fill.pops, fill.at) = (pushes, pops, at);
    }

    /// Accounts up to cycle `total`; later pushes and pops are those of a gate
    /// and its partners after the end, which no histogram shows.
    pub fn report(&self, total: u64) -> QueueReport {
        let mut fill = self.fill.clone();
        loop {
            let push = (fill.pushes < self.pushed)
                .then(|| self.times.filled(fill.pushes))
                .filter(|&at| at < total);
            let pop = (fill.pops < self.popped)
                .then(|| self.times.freed(fill.pops))
                .filter(|&at| at < total);
            let Some(at) = push.into_iter().chain(pop).min() else {
                break;
            };
            fill.reach(at);
            fill.pushes += u64::from(push == Some(at));
            fill.pops += u64::from(pop == Some(at));
        }
        fill.reach(total.max(fill.at));
        QueueReport {
            pushed: self.pushed,
            popped: self.popped,
            fill: fill.histogram,
        }
    }
}

impl Fill {
    fn reach(&mut self, at: u64) {
        self.histogram[(self.pushes - self.pops) as usize] += at - self.at;
        self.at = at;
    }
}
