//! What the Compositor holds: extents of texture memory and how much of each
//! has been granted. Only the hand-overs that were read count, so whether an
//! access is legal depends on the order of the program and never on time.
//!
//! The sequencer takes its memory back now and then, which begins a new
//! *epoch*: its hand-overs of earlier ones are void. What the core's sink
//! hands over never goes back.

use crate::list;

/// One extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// First byte; names the extent.
    pub base: u32,
    /// One past the last byte granted so far.
    pub upto: u32,
    /// No more will be granted.
    pub last: bool,
}

/// The sequencer's place among the givers.
const SEQUENCER: usize = list::GIVER_SEQUENCER as usize;

/// The extents held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By giver, ordered by base.
    grants: [Vec<Grant>; 2],
    /// Of the list at hand.
    epoch: u32,
}

impl Ledger {
    /// A list of this epoch begins. Whether anything was forgotten.
    pub fn begin(&mut self, epoch: u32) -> bool {
        if epoch == self.epoch {
            return false;
        }
        self.epoch = epoch;
        self.grants[SEQUENCER].clear();
        true
    }

    /// Whether a hand-over counts: it is none that the sequencer took back.
    #[must_use]
    pub fn counts(&self, giver: usize, epoch: u32) -> bool {
        giver != SEQUENCER || epoch == self.epoch
    }

    /// Whether a hand-over of this extent would fit.
    #[must_use]
    pub fn accepts(&self, giver: usize, base: u32, limit: usize) -> bool {
        let held: usize = self.grants.iter().map(Vec::len).sum();
        self.place(giver, base).is_ok() || held < limit
    }

    /// Takes a hand-over: widens an extent, or gives it back if it is empty.
    pub fn take(&mut self, giver: usize, base: u32, upto: u32, last: bool) {
        let place = self.place(giver, base);
        let grants = &mut self.grants[giver];
        match place {
            Ok(i) if upto <= base && !last => {
                grants.remove(i);
            }
            Ok(i) => {
                let grant = &mut grants[i];
                grant.upto = grant.upto.max(upto);
                grant.last |= last;
            }
            Err(_) if upto <= base && !last => {}
            Err(i) => grants.insert(i, Grant { base, upto, last }),
        }
    }

    fn place(&self, giver: usize, base: u32) -> Result<usize, usize> {
        self.grants[giver].binary_search_by_key(&base, |g| g.base)
    }

    /// The extent with this base, whoever granted it.
    #[must_use]
    pub fn find(&self, base: u32) -> Option<Grant> {
        let of = |giver| self.place(giver, base).ok().map(|i| self.grants[giver][i]);
        match (of(0), of(1)) {
            (Some(a), Some(b)) => Some(Grant {
                base,
                upto: a.upto.max(b.upto),
                last: a.last || b.last,
            }),
            (a, b) => a.or(b),
        }
    }

    /// All extents held.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().flatten()
    }
}
