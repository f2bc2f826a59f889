//! What the Compositor holds: extents of texture memory and how much of each
//! has been granted. Only the hand-overs that were read count, so whether an
//! access is legal depends on the order of the program and never on time.

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

/// The extents held, ordered by base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    grants: Vec<Grant>,
}

impl Ledger {
    /// Whether a hand-over of this extent would fit.
    #[must_use]
    pub fn accepts(&self, base: u32, limit: usize) -> bool {
        self.find(base).is_some() || self.grants.len() < limit
    }

    /// Takes a hand-over: widens an extent, or gives it back if it is empty.
    pub fn take(&mut self, base: u32, upto: u32, last: bool) {
        match self.grants.binary_search_by_key(&base, |g| g.base) {
            Ok(i) if upto <= base && !last => {
                self.grants.remove(i);
            }
            Ok(i) => {
                let grant = &mut self.grants[i];
                grant.upto = grant.upto.max(upto);
                grant.last |= last;
            }
            Err(_) if upto <= base && !last => {}
            Err(i) => self.grants.insert(i, Grant { base, upto, last }),
        }
    }

    /// The extent with this base.
    #[must_use]
    pub fn find(&self, base: u32) -> Option<Grant> {
        let i = self.grants.binary_search_by_key(&base, |g| g.base).ok()?;
        Some(self.grants[i])
    }

    /// All extents held.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }
}
