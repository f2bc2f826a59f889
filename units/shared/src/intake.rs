//! The prefetcher in front of the reader of the input.
//!
//! It fetches the input in entries of a few bytes, one entry per cycle, into a
//! ring of `depth` entries. It belongs to the process that reads the input and
//! shares that process's clock: when each entry comes depends only on the
//! cycles at which the reader's beats commit, so all clocks agree on it.

use crate::account::{WaitCause, Waits};

/// Busy and waiting cycles of a prefetcher; together the cycles of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Cycles with a fetch.
    pub busy: u64,
    /// The others, by cause.
    pub waits: Waits,
}

/// The prefetcher's timing. It holds no bytes, only cycles.
///
/// Entry `k` after a start holds the input bytes `k * bytes_per_beat ..`, is
/// fetched at `e(k) = max(e(k-1) + 1, pop(k-depth) + 1)` and can be read from
/// `e(k) + 1` on. The first fetch of a run is at cycle 0. A SEEK that commits
/// at cycle `c` drops all entries, and the first of the new ones is fetched at
/// `c + 1 + seek_latency`.
#[derive(Clone, Debug)]
pub struct Intake {
    /// Cycles at which the entries in the ring (or on their way into it) are fetched.
    fetched: Vec<u64>,
    /// Where in `fetched` the oldest of them is; the others follow in a ring.
    oldest: usize,
    depth: usize,
    /// Index of the first of them, the next to be popped.
    next: u64,
    bytes_per_beat: u32,
    seek_latency: u64,
    /// Index after the last entry of the input, if known.
    end: u64,
    /// Entries fetched before the last SEEK, and how many of them were dropped unread.
    before: u64,
    dropped: u64,
    /// Entries popped since then.
    popped: u64,
    /// The cycle in which the last of them was fetched.
    last: u64,
    /// The first cycle that is not in `past`, and what came before it.
    from: u64,
    past: Account,
    keeps_on_seek: bool,
}

impl Intake {
    /// A prefetcher that starts at cycle 0 with entry 0. `depth` and
    /// `bytes_per_beat` are at least 1.
    #[must_use]
    pub fn new(depth: usize, bytes_per_beat: u32, seek_latency: u64) -> Self {
        let depth = depth.max(1);
        Intake {
            fetched: (0..depth as u64).collect(),
            oldest: 0,
            depth,
            next: 0,
            bytes_per_beat: bytes_per_beat.max(1),
            seek_latency,
            end: u64::MAX,
            before: 0,
            dropped: 0,
            popped: 0,
            last: 0,
            from: 0,
            past: Account::default(),
            keeps_on_seek: false,
        }
    }

    /// Says how many bytes the input has; only the count of fetched entries needs it.
    #[must_use]
    pub fn with_input_size(mut self, bytes: u64) -> Self {
        self.end = bytes.div_ceil(u64::from(self.bytes_per_beat));
        self
    }

    /// The entry that holds an input byte.
    #[inline]
    #[must_use]
    pub fn entry_of(&self, byte: u64) -> u64 {
        byte / u64::from(self.bytes_per_beat)
    }

    /// The next entry to be popped. Entries from here up to, excluding,
    /// `depth` later ones can be asked for.
    #[inline]
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How many entries it can be ahead of its reader.
    #[inline]
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The cycle from which on an entry can be read: the argument of
    /// [`crate::Beat::ready`], with [`crate::WaitCause::Input`].
    ///
    /// An entry that was already popped is ready. One that needs a slot which
    /// the reader has not freed yet would never come: asking for it is a
    /// mistake of the reader.
    #[inline]
    #[must_use]
    pub fn ready(&self, entry_index: u64) -> u64 {
        if entry_index < self.next {
            return 0;
        }
        let ahead = (entry_index - self.next) as usize;
        debug_assert!(ahead < self.depth, "asked beyond the prefetch ring");
        self.fetched[self.place(ahead.min(self.depth - 1))] + 1
    }

    /// Where in the ring the entry is that so many pops come before.
    #[inline]
    fn place(&self, ahead: usize) -> usize {
        let place = self.oldest + ahead;
        if place >= self.depth {
            place - self.depth
        } else {
            place
        }
    }

    /// The reader took the next entry, in a beat that committed at `cycle`.
    #[inline]
    pub fn popped(&mut self, entry_index: u64, cycle: u64) {
        debug_assert_eq!(entry_index, self.next, "entries are popped in order");
        let newest = match self.oldest {
            0 => self.depth - 1,
            place => place - 1,
        };
        self.last = self.fetched[self.oldest];
        self.fetched[self.oldest] = self.fetched[newest].max(cycle) + 1;
        self.oldest += 1;
        if self.oldest == self.depth {
            self.oldest = 0;
        }
        self.next += 1;
        self.popped += 1;
    }

    /// The reader went to another entry, by a SEEK that committed at `cycle`.
    pub fn seek(&mut self, cycle: u64, entry_index: u64) {
        self.past = self.account(cycle + 1);
        self.past.waits[WaitCause::Latency as usize] += self.seek_latency;
        self.from = cycle + 1 + self.seek_latency;
        let dropped = self.ahead(cycle + 1);
        self.dropped += dropped;
        self.before += self.popped + dropped;
        self.popped = 0;
        self.next = entry_index;
        self.fetched.rotate_left(self.oldest);
        self.oldest = 0;
        let kept = if self.keeps_on_seek {
            self.fetched.partition_point(|&e| e <= cycle)
        } else {
            0
        };
        self.fetched.truncate(kept);
        let first = cycle + 1 + self.seek_latency;
        let missing = (self.depth - kept) as u64;
        self.fetched.extend(first..first + missing);
    }

    /// Entries fetched at cycles before `cycle` and not yet popped.
    fn ahead(&self, cycle: u64) -> u64 {
        let fetched = self.fetched.iter().filter(|&&e| e < cycle).count() as u64;
        fetched.min(self.end.saturating_sub(self.next))
    }

    /// Entries fetched at cycles before `cycle`, which must not lie before the
    /// last pop or SEEK.
    #[must_use]
    pub fn fetched_before(&self, cycle: u64) -> u64 {
        self.before + self.popped + self.ahead(cycle)
    }

    /// What it did in the cycles before `total`, as a process of its own would account for
    /// it: busy in each cycle of a fetch; waiting for `latency` after a SEEK, for `output`
    /// while the ring is full; stopped once all is fetched. `total` must not lie before the
    /// last pop or SEEK.
    #[must_use]
    pub fn account(&self, total: u64) -> Account {
        if total == 0 {
            // No cycle, or no clock at all.
            return Account::default();
        }
        let mut account = self.past;
        if total < self.from {
            // Inside the latency of a SEEK.
            let latency = &mut account.waits[WaitCause::Latency as usize];
            *latency = latency.saturating_sub(self.from - total);
            return account;
        }
        let busy = self.popped + self.ahead(total);
        let left = self.end.saturating_sub(self.next);
        // The cycle after the last fetch, if that is known and not later.
        let done = match left.checked_sub(1) {
            None if self.popped == 0 => self.from,
            None => self.last + 1,
            Some(behind) if behind >= self.depth as u64 => total,
            Some(behind) => self.fetched[self.place(behind as usize)] + 1,
        };
        let done = done.min(total);
        account.busy += busy;
        // Without a clock, everything is in cycle 0, and this means nothing.
        account.waits[WaitCause::Output as usize] += done.saturating_sub(self.from + busy);
        account.waits[WaitCause::Stopped as usize] += total - done;
        account
    }

    /// Entries fetched and then dropped by a SEEK.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Plants a bug, to see that the tests catch it: a SEEK keeps the entries
    /// that are already there.
    pub fn plant_keep_on_seek(&mut self) {
        self.keeps_on_seek = true;
    }
}
