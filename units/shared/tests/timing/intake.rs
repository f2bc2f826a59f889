//! The prefetcher, as the model's formula has it, against the one in the crate.

use orrery_shared::intake::Account;
use orrery_shared::{Intake, WaitCause};
use proptest::prelude::*;

use crate::model::Prefetch;

/// Keeps all history and evaluates the formula from the start each time.
#[derive(Clone, Debug)]
pub struct NaiveIntake {
    prefetch: Prefetch,
    /// Fetches up to the last SEEK.
    before: u64,
    /// Cycle of the first fetch and index of the first entry since the last SEEK.
    first: u64,
    base: u64,
    pops: Vec<u64>,
    /// What each cycle up to the last SEEK's end is charged to; nothing: a fetch.
    past: Vec<Option<WaitCause>>,
}

impl NaiveIntake {
    pub fn new(prefetch: Prefetch) -> Self {
        NaiveIntake {
            prefetch,
            before: 0,
            first: 0,
            base: 0,
            pops: Vec::new(),
            past: Vec::new(),
        }
    }

    /// What each cycle before `total` is charged to.
    fn charges(&self, total: u64) -> Vec<Option<WaitCause>> {
        let entries = (self.base..).zip(self.fetches());
        let real = entries.filter(|&(k, _)| k < self.prefetch.entries);
        let fetched: Vec<u64> = real.map(|(_, e)| e).collect();
        let left = self.prefetch.entries.saturating_sub(self.base);
        let mut charges = self.past.clone();
        charges.truncate(total as usize);
        for cycle in charges.len() as u64..total {
            let so_far = fetched.iter().filter(|&&e| e < cycle).count() as u64;
            charges.push(if fetched.contains(&cycle) {
                None
            } else if so_far == left {
                Some(WaitCause::Stopped)
            } else {
                Some(WaitCause::Output)
            });
        }
        charges
    }

    fn account(&self, total: u64) -> Account {
        let mut account = Account::default();
        for charge in self.charges(total) {
            match charge {
                None => account.busy += 1,
                Some(cause) => account.waits[cause as usize] += 1,
            }
        }
        account
    }

    /// e(0), e(1), ..., as far as the pops so far say.
    fn fetches(&self) -> Vec<u64> {
        let depth = self.prefetch.depth;
        let mut e = vec![self.first];
        for k in 1..depth + self.pops.len() {
            let next = e[k - 1] + 1;
            e.push(if k < depth {
                next
            } else {
                next.max(self.pops[k - depth] + 1)
            });
        }
        e
    }

    pub fn ready(&self, entry: u64) -> u64 {
        self.fetches()[(entry - self.base) as usize] + 1
    }

    pub fn popped(&mut self, entry: u64, cycle: u64) {
        assert_eq!(entry, self.base + self.pops.len() as u64);
        self.pops.push(cycle);
    }

    pub fn seek(&mut self, cycle: u64, entry: u64) {
        self.before = self.fetched_before(cycle + 1);
        self.past = self.charges(cycle + 1);
        let latency = self.prefetch.seek_latency as usize;
        let end = self.past.len() + latency;
        self.past.resize(end, Some(WaitCause::Latency));
        self.base = entry;
        self.pops.clear();
        self.first = cycle + 1 + self.prefetch.seek_latency;
    }

    pub fn fetched_before(&self, cycle: u64) -> u64 {
        let fetches = self.fetches();
        let mut entries = (self.base..).zip(fetches);
        let (popped, ahead) = (self.pops.len(), &mut entries);
        let gone = ahead.by_ref().take(popped).count();
        let ahead = entries.filter(|&(k, e)| e < cycle && k < self.prefetch.entries);
        self.before + gone as u64 + ahead.count() as u64
    }
}

#[test]
fn a_reader_that_is_slower_than_the_prefetcher_never_waits() {
    let mut intake = Intake::new(2, 4, 5);
    assert_eq!((intake.entry_of(7), intake.entry_of(8)), (1, 2));
    for k in 0..10 {
        let c = 3 * k + 1;
        assert!(intake.ready(k) <= c);
        intake.popped(k, c);
    }
    // Entry 10 was asked for when entry 8 left at 25, entry 11 when 9 left at 28.
    assert_eq!((intake.ready(10), intake.ready(11)), (27, 30));
    assert_eq!(intake.fetched_before(29), 11);
    intake.seek(40, 3);
    assert_eq!((intake.ready(3), intake.ready(4)), (47, 48));
    assert_eq!((intake.dropped(), intake.fetched_before(47)), (2, 13));
}

proptest! {
    #![proptest_config(crate::cases(500))]

    /// Any sequence of pops (as late as one likes) and SEEKs.
    #[test]
    fn intake_is_the_formula(
        depth in 1usize..6,
        seek_latency in 0u64..8,
        entries in 0u64..30,
        steps in prop::collection::vec((0u64..6, 0u64..20, 0u32..8), 0..60),
    ) {
        let prefetch = Prefetch { depth, seek_latency, entries };
        let mut fast = Intake::new(depth, 4, seek_latency).with_input_size(4 * entries);
        let mut naive = NaiveIntake::new(prefetch);
        let mut cycle = 0;
        let mut next = 0;
        for (late, to, kind) in steps {
            for k in next..next + depth as u64 {
                prop_assert_eq!(fast.ready(k), naive.ready(k));
            }
            cycle = cycle.max(naive.ready(next)) + late;
            if kind == 0 {
                fast.seek(cycle, to);
                naive.seek(cycle, to);
                next = to;
            } else if next < entries {
                fast.popped(next, cycle);
                naive.popped(next, cycle);
                next += 1;
            }
            prop_assert_eq!(fast.next(), next);
            prop_assert_eq!(fast.fetched_before(cycle + 1), naive.fetched_before(cycle + 1));
            prop_assert_eq!(fast.fetched_before(cycle + 9), naive.fetched_before(cycle + 9));
            for total in [cycle + 1, cycle + 4, cycle + 40] {
                let account = fast.account(total);
                prop_assert_eq!(account, naive.account(total));
                prop_assert_eq!(account.busy + account.waits.iter().sum::<u64>(), total);
            }
        }
    }
}
