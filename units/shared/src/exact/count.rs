//! Monotone counts: when each raise happened, as far back as it still matters.

/// Raises kept before it is first asked which of them still matter.
const KEEP: usize = 4096;

#[derive(Clone, Debug)]
pub(super) struct Count {
    /// Raises that can make nobody wait any more.
    settled: u64,
    /// From which cycle on each later raise is seen.
    seen: Vec<u64>,
    /// At this length, `seen` is worth pruning.
    full: usize,
}

impl Count {
    pub fn new() -> Self {
        Count {
            settled: 0,
            seen: Vec::new(),
            full: KEEP,
        }
    }

    pub fn raised(&self) -> u64 {
        self.settled + self.seen.len() as u64
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
        self.seen.len() >= self.full
    }

    /// Forgets the cycles of raises that are seen at `floor`, before which no
    /// process will look.
    pub fn prune(&mut self, floor: u64) {
        let n = self.seen.partition_point(|&at| at <= floor);
        self.settled += n as u64;
        self.seen.drain(..n);
        self.full = KEEP.max(2 * self.seen.len());
    }
}
