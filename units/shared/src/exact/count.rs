//! Monotone counts: when each raise happened, as far back as it still matters.

#[derive(Clone, Debug)]
pub(super) struct Count {
    /// Raises that can make nobody wait any more.
    settled: u64,
    /// From which cycle on each later raise is seen.
    seen: Vec<u64>,
    /// At this length, `seen` is worth pruning; `keep` or more.
    full: usize,
    keep: usize,
}

impl Count {
    pub fn new(keep: usize) -> Self {
        Count {
            settled: 0,
            seen: Vec::new(),
            full: keep,
            keep,
        }
    }

    pub fn raised(&self) -> u64 {
        self.settled + self.seen.len() as u64
    }

    pub fn remembered(&self) -> usize {
        self.seen.len()
    }

    /// From which cycle on the `n`-th raise is seen, if it is known.
    #[inline]
    pub fn seen_from(&self, n: u64) -> Option<u64> {
        if n <= self.settled {
            return Some(0);
        }
        self.seen.get((n - self.settled - 1) as usize).copied()
    }

    /// Raises by one, seen from cycle `seen`. True if pruning is worth it now.
    #[inline]
    pub fn raise(&mut self, seen: u64) -> bool {
        self.seen.push(seen);
        self.is_long()
    }

    /// True if pruning is worth it now.
    #[inline]
    pub fn is_long(&self) -> bool {
        self.seen.len() >= self.full
    }

    /// Forgets the cycles of raises that are seen at `floor`, before which no
    /// process will look.
    pub fn prune(&mut self, floor: u64) {
        let n = self.seen.partition_point(|&at| at <= floor);
        self.settled += n as u64;
        self.seen.drain(..n);
        self.full = self.keep.max(2 * self.seen.len());
    }
}
