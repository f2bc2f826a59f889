//! Fill histograms: for how long a queue held how many entries.
//!
//! A queue holds `n` entries or more while, for some `k`, entry `k - 1` has left, entry `k` has
//! not, and entry `k + n - 1` has come: from `max(freed[k - 1], filled[k + n - 1])` to `freed[k]`.
//! These differences wait for nothing, so the host has many of them at once; going from event
//! to event, each step would wait for the one before.

use super::queue::Times;

/// Entries whose times are merged at once at most.
const MOST: usize = 128;
/// The deepest queue of which so many are.
const DEEPEST: usize = 64;

/// The fill histogram so far. Pushes and pops are merged into it by cycle; those
/// that are not yet merged can still be read from the times, because an entry's
/// push comes before its pop, and its pop before the push that reuses its slot.
#[derive(Clone, Debug)]
pub(super) struct Fill {
    pub histogram: Vec<u64>,
    pub at: u64,
    /// How many pushes and pops are merged.
    pub pushes: u64,
    pub pops: u64,
}

impl Fill {
    pub fn new(depth: usize) -> Self {
        Fill {
            histogram: vec![0; depth + 1],
            at: 0,
            pushes: 0,
            pops: 0,
        }
    }

    /// Accounts up to a cycle before which nothing comes or leaves.
    pub fn reach(&mut self, at: u64) {
        self.histogram[(self.pushes - self.pops) as usize] += at - self.at;
        self.at = at;
    }

    /// Merges events as long as both the next push and the next pop are known.
    #[inline(never)]
    pub fn merge(&mut self, times: &Times, pushed: u64, popped: u64) {
        if self.pushes >= pushed || self.pops >= popped {
            return;
        }
        let until = times.filled(pushed - 1).min(times.freed(popped - 1));
        let entries = (pushed - self.pops) as usize;
        match u16::try_from(until - self.at) {
            Ok(span) if entries <= MOST && self.histogram.len() <= DEEPEST + 1 => {
                self.merge_all(times, pushed, popped, span);
            }
            _ => self.merge_singly(times, pushed, popped),
        }
    }

    /// Merges what comes and leaves in the next `span` cycles.
    fn merge_all(&mut self, times: &Times, pushed: u64, popped: u64, span: u16) {
        let start = self.at;
        let until = start + u64::from(span);
        let pushes = reached(until, self.pushes..pushed, |number| times.filled(number));
        let pops = reached(until, self.pops..popped, |number| times.freed(number));
        // When entries come, from the first that is inside on; and when they leave, from the
        // one before it on. The first ones are there, and what is later is as good as at the end.
        let mut came = [span; MOST + DEEPEST];
        let mut left = [span; MOST + 1];
        left[0] = 0;
        let entry = |number: u64| (number - self.pops) as usize;
        let (there, inside) = (entry(self.pushes), entry(pushed));
        came[..there].fill(0);
        for (came, number) in came[there..entry(pushes)].iter_mut().zip(self.pushes..) {
            *came = (times.filled(number) - start) as u16;
        }
        for (left, number) in left[1..=entry(pops)].iter_mut().zip(self.pops..) {
            *left = (times.freed(number) - start) as u16;
        }
        // In whole vectors; the ones behind the last entry add nothing.
        let n = inside.next_multiple_of(8).min(MOST);
        let mut longer = span;
        for (level, time) in self.histogram.iter_mut().enumerate() {
            let spans = left[..n].iter().zip(&left[1..=n]).zip(&came[level..]);
            let more = spans
                .map(|((before, left), came)| left.saturating_sub(*before.max(came)))
                .fold(0, u16::wrapping_add);
            *time += u64::from(longer - more);
            longer = more;
            if more == 0 {
                break;
            }
        }
        (self.pushes, self.pops) = (pushes, pops);
        self.at = until;
    }

    fn merge_singly(&mut self, times: &Times, pushed: u64, popped: u64) {
        while self.pushes < pushed && self.pops < popped {
            let filled = times.filled(self.pushes);
            let freed = times.freed(self.pops);
            self.reach(filled.min(freed));
            self.pushes += u64::from(filled <= freed);
            self.pops += u64::from(freed <= filled);
        }
    }
}

/// The number behind the last of these whose time is `until` or earlier. Most are.
fn reached(until: u64, numbers: std::ops::Range<u64>, time: impl Fn(u64) -> u64) -> u64 {
    let last = numbers.clone().rev().find(|&number| time(number) <= until);
    last.map_or(numbers.start, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of a queue that is pushed into and popped from after so many cycles, if it can be.
    fn play(depth: usize, waits: impl Iterator<Item = (u64, u64)>) -> (Times, u64) {
        let mut times = Times::new(512);
        let (mut push, mut pop, mut n) = (0, 0, 0);
        for (before_push, before_pop) in waits {
            push += 1 + before_push;
            if n >= depth as u64 {
                push = push.max(times.freed(n - depth as u64) + 1);
            }
            pop = (pop + 1 + before_pop).max(push + 1);
            times.set(n, push, pop);
            n += 1;
        }
        (times, n)
    }

    #[test]
    fn at_once_is_as_one_by_one() {
        for seed in 0..400_u64 {
            let depth = [1, 2, 3, 16, 64][seed as usize % 5];
            // Pushes in bursts, or pops, or neither; and now and then a long time between.
            let random = |i: u64| (i + 1000 * seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            let waits = (0..400).map(|i| match random(i) % 8 {
                0 => (random(2 * i) % 40, 0),
                1..=3 => (0, random(2 * i) % 40),
                4 if random(3 * i) % 64 == 0 => (30_000 * (random(i) % 3), 40_000),
                _ => (random(2 * i) % 3, random(5 * i) % 3),
            });
            let (times, n) = play(depth, waits);
            let (mut at_once, mut singly) = (Fill::new(depth), Fill::new(depth));
            // Some pops are not known yet, but the entries inside are not more than there can be.
            let mut popped = 0;
            while popped < n {
                popped = (popped + 1 + random(popped) % 50).min(n);
                let pushed = (popped + random(popped + 7) % (depth as u64 + 1)).min(n);
                at_once.merge(&times, pushed, popped);
                singly.merge_singly(&times, pushed, popped);
                assert_eq!(at_once.histogram, singly.histogram);
                let state = |fill: &Fill| (fill.at, fill.pushes, fill.pops);
                assert_eq!(state(&at_once), state(&singly));
            }
        }
    }
}
