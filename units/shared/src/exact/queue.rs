//! Queues with time-stamped slots.

use super::fill::Fill;
use crate::account::{QueueReport, WaitCause};
use crate::entry::{Entry, Tag};
use crate::topology::QueueSpec;

/// Times that are kept at least, and of all but deep queues.
const SHORTEST: usize = 128;

/// A queue. Entries are numbered from 0; number k is in slot k modulo `depth`
/// of the machine, and on the host in a ring that is a power of two long.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    entries: Vec<(Entry, Tag)>,
    pub times: Times,
    pub depth: u64,
    pub pushed: u64,
    pub popped: u64,
    pub cause: WaitCause,
    pub reserved: bool,
    fill: Fill,
}

/// From which cycle on each entry can be popped, and its slot filled again: one
/// after the push and the pop. In rings that are longer than that of the
/// entries, so that merging them is done for many at once.
#[derive(Clone, Debug)]
pub(super) struct Times {
    filled: Vec<u64>,
    freed: Vec<u64>,
}

impl Times {
    pub fn new(n: usize) -> Self {
        Times {
            filled: vec![0; n],
            freed: vec![0; n],
        }
    }

    /// From which cycle on an entry can be popped.
    #[inline]
    pub fn filled(&self, number: u64) -> u64 {
        self.filled[number as usize & (self.filled.len() - 1)]
    }

    /// From which cycle on the slot of an entry can be filled again.
    #[inline]
    pub fn freed(&self, number: u64) -> u64 {
        self.freed[number as usize & (self.freed.len() - 1)]
    }

    #[inline]
    fn set_filled(&mut self, number: u64, filled: u64) {
        let place = number as usize & (self.filled.len() - 1);
        self.filled[place] = filled;
    }

    #[inline]
    fn set_freed(&mut self, number: u64, freed: u64) {
        let place = number as usize & (self.freed.len() - 1);
        self.freed[place] = freed;
    }

    #[cfg(test)]
    pub fn set(&mut self, number: u64, filled: u64, freed: u64) {
        self.set_filled(number, filled);
        self.set_freed(number, freed);
    }

    /// All of them, to be read and written; `None` for deep queues.
    #[inline]
    pub fn stamps(&mut self) -> Option<Stamps<'_>> {
        Some(Stamps {
            filled: self.filled.as_mut_slice().try_into().ok()?,
            freed: self.freed.as_mut_slice().try_into().ok()?,
        })
    }
}

/// The times of a queue, at hand: of a known number, so that no place must be checked.
pub(super) struct Stamps<'a> {
    filled: &'a mut [u64; SHORTEST],
    freed: &'a mut [u64; SHORTEST],
}

impl Stamps<'_> {
    /// From which cycle on an entry can be popped.
    #[inline(always)]
    pub fn filled(&self, number: u64) -> u64 {
        self.filled[number as usize % SHORTEST]
    }

    /// From which cycle on the slot of an entry can be filled again.
    #[inline(always)]
    pub fn freed(&self, number: u64) -> u64 {
        self.freed[number as usize % SHORTEST]
    }

    /// From which cycle on the slot of an entry that is pushed is free. What would be the
    /// number of an entry before the first names a time that is still 0, for queues this
    /// short use half of them at most.
    #[inline(always)]
    pub fn free_for(&self, number: u64, depth: u64) -> u64 {
        self.freed(number.wrapping_sub(depth))
    }

    /// The time of a push; there is place for it.
    #[inline(always)]
    pub fn set_filled(&mut self, number: u64, filled: u64) {
        self.filled[number as usize % SHORTEST] = filled;
    }

    /// The time of a pop; there is place for it.
    #[inline(always)]
    pub fn set_freed(&mut self, number: u64, freed: u64) {
        self.freed[number as usize % SHORTEST] = freed;
    }
}

impl Queue {
    pub fn new(spec: &QueueSpec) -> Self {
        let ring = spec.depth.next_power_of_two();
        let times = (2 * ring).max(SHORTEST);
        Queue {
            entries: vec![Default::default(); ring],
            times: Times::new(times),
            depth: spec.depth as u64,
            pushed: 0,
            popped: 0,
            cause: spec.cause,
            reserved: spec.reserved,
            fill: Fill::new(spec.depth),
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
        let number = self.pushed.checked_sub(self.depth);
        number.map_or(0, |number| self.times.freed(number))
    }

    #[inline]
    pub fn push(&mut self, entry: Entry, tag: Tag, filled: u64) {
        debug_assert!(!self.is_full(), "push without room");
        self.make_place(1);
        let place = self.place(self.pushed);
        self.entries[place] = (entry, tag);
        self.times.set_filled(self.pushed, filled);
        self.pushed += 1;
    }

    #[inline]
    pub fn pop(&mut self, freed: u64) {
        debug_assert!(!self.is_empty(), "pop without entry");
        self.make_place(1);
        self.times.set_freed(self.popped, freed);
        self.popped += 1;
    }

    /// Makes place for the times of so many pushes and pops, which are fewer
    /// than a quarter of all.
    #[inline]
    pub fn make_place(&mut self, n: u64) {
        let before = self.fill.pushes.min(self.fill.pops);
        if self.pushed + n - before > self.times.filled.len() as u64 {
            self.fill.merge(&self.times, self.pushed, self.popped);
        }
    }

    /// From which cycle on the entry that is popped next can be.
    #[inline]
    pub fn next_filled(&self) -> u64 {
        self.times.filled(self.popped)
    }

    /// Whether it can be part of a link.
    pub fn is_short(&self) -> bool {
        self.times.filled.len() == SHORTEST
    }

    /// Whether it is empty, and long enough for so many entries.
    #[inline]
    pub fn is_clear(&self, n: u64) -> bool {
        self.is_empty() && n <= self.depth
    }

    /// From which cycle on there is room for the last of so many entries.
    #[inline]
    pub fn last_free(&self, n: u64) -> u64 {
        let last = (self.pushed + n).checked_sub(self.depth + 1);
        last.map_or(0, |number| self.times.freed(number))
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
