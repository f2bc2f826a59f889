//! Queues with time-stamped slots, and their fill histograms.

use crate::account::{QueueReport, WaitCause};
use crate::entry::{Entry, Tag};
use crate::topology::QueueSpec;

/// One slot. `filled` and `freed` are the cycles from which on its entry can be
/// popped and it can be filled again: one after the push and the pop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub entry: Entry,
    pub tag: Tag,
    pub filled: u64,
    pub freed: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Queue {
    slots: Vec<Slot>,
    /// Slot of the next pop and of the next push.
    head: usize,
    tail: usize,
    pub pushed: u64,
    pub popped: u64,
    pub cause: WaitCause,
    pub reserved: bool,
    fill: Fill,
}

/// The fill histogram so far. Pushes and pops are merged into it by cycle; those
/// that are not yet merged can still be read from the slots, because an entry's
/// push comes before its pop, and its pop before the push that reuses its slot.
#[derive(Clone, Debug)]
struct Fill {
    histogram: Vec<u64>,
    level: usize,
    at: u64,
    pushes: Merged,
    pops: Merged,
}

/// How many events of one kind are merged, and the slot of the next.
#[derive(Clone, Copy, Debug, Default)]
struct Merged {
    count: u64,
    slot: usize,
}

impl Merged {
    #[inline]
    fn advance_if(&mut self, it_comes: bool, depth: usize) {
        self.count += u64::from(it_comes);
        let slot = self.slot + usize::from(it_comes);
        self.slot = if slot == depth { 0 } else { slot };
    }

    #[inline]
    fn advance(&mut self, depth: usize) {
        self.count += 1;
        self.slot = next(self.slot, depth);
    }
}

#[inline]
fn next(slot: usize, depth: usize) -> usize {
    if slot + 1 == depth { 0 } else { slot + 1 }
}

impl Queue {
    pub fn new(spec: &QueueSpec) -> Self {
        Queue {
            slots: vec![Slot::default(); spec.depth],
            head: 0,
            tail: 0,
            pushed: 0,
            popped: 0,
            cause: spec.cause,
            reserved: spec.reserved,
            fill: Fill {
                histogram: vec![0; spec.depth + 1],
                level: 0,
                at: 0,
                pushes: Merged::default(),
                pops: Merged::default(),
            },
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pushed == self.popped
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.pushed - self.popped >= self.slots.len() as u64
    }

    /// The slot that the next pop empties.
    #[inline]
    pub fn first(&self) -> &Slot {
        &self.slots[self.head]
    }

    /// The entry that `n` more pops come before.
    #[inline]
    pub fn ahead(&self, n: usize) -> Option<Entry> {
        if n as u64 >= self.pushed - self.popped {
            return None;
        }
        let mut slot = self.head + n;
        if slot >= self.slots.len() {
            slot -= self.slots.len();
        }
        Some(self.slots[slot].entry)
    }

    /// From which cycle on the slot of the next push is free.
    #[inline]
    pub fn free_from(&self) -> u64 {
        self.slots[self.tail].freed
    }

    #[inline]
    pub fn push(&mut self, entry: Entry, tag: Tag, filled: u64) {
        debug_assert!(!self.is_full(), "push without room");
        if self.pushed - self.fill.pushes.count >= self.slots.len() as u64 {
            self.merge();
        }
        let slot = &mut self.slots[self.tail];
        slot.entry = entry;
        slot.tag = tag;
        slot.filled = filled;
        self.tail = next(self.tail, self.slots.len());
        self.pushed += 1;
    }

    #[inline]
    pub fn pop(&mut self, freed: u64) {
        debug_assert!(!self.is_empty(), "pop without entry");
        if self.popped - self.fill.pops.count >= self.slots.len() as u64 {
            self.merge();
        }
        self.slots[self.head].freed = freed;
        self.head = next(self.head, self.slots.len());
        self.popped += 1;
    }

    /// Merges events while both the next push and the next pop are known.
    fn merge(&mut self) {
        let depth = self.slots.len();
        let fill = &mut self.fill;
        let (mut pushes, mut pops) = (fill.pushes, fill.pops);
        let (mut level, mut at) = (fill.level, fill.at);
        while pushes.count < self.pushed && pops.count < self.popped {
            let filled = self.slots[pushes.slot].filled;
            let freed = self.slots[pops.slot].freed;
            let until = filled.min(freed);
            fill.histogram[level] += until - at;
            at = until;
            // Which of them comes first is hard to guess, for the host too.
            let (push, pop) = (filled <= freed, freed <= filled);
            level = level + usize::from(push) - usize::from(pop);
            pushes.advance_if(push, depth);
            pops.advance_if(pop, depth);
        }
        (fill.pushes, fill.pops) = (pushes, pops);
        (fill.level, fill.at) = (level, at);
    }

    /// Accounts up to cycle `total`; later pushes and pops are those of a gate
    /// and its partners after the end, which no histogram shows.
    pub fn report(&self, total: u64) -> QueueReport {
        let depth = self.slots.len();
        let mut fill = self.fill.clone();
        loop {
            let push = (fill.pushes.count < self.pushed)
                .then(|| self.slots[fill.pushes.slot].filled)
                .filter(|&at| at < total);
            let pop = (fill.pops.count < self.popped)
                .then(|| self.slots[fill.pops.slot].freed)
                .filter(|&at| at < total);
            let Some(at) = push.into_iter().chain(pop).min() else {
                break;
            };
            fill.reach(at);
            if push == Some(at) {
                fill.level += 1;
                fill.pushes.advance(depth);
            }
            if pop == Some(at) {
                fill.level -= 1;
                fill.pops.advance(depth);
            }
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
    #[inline]
    fn reach(&mut self, at: u64) {
        self.histogram[self.level] += at - self.at;
        self.at = at;
    }
}
