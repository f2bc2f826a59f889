//! Prefix maps: code tables in graph memory.
//!
//! A table has a root block of 2^stride rows and sub-blocks for longer codes.
//! A row is a code's entry, a link to a sub-block, or empty; a row written
//! before the last reset is empty, which its generation tag tells.
//!
//! Bits index a block in order of arrival. The host keeps the blocks in the
//! order that suits the look-ups: an index is the bits with the first one at
//! the top, or (after an lsb look-up) at the bottom, so that look-ups need not
//! reverse bits. A map that is read in both orders is turned once between
//! resets, after that half of its look-ups do.

use super::spec::Spec;

/// Rows of one map, as the host stores them: bits 0..32 the entry (a link: 24
/// bits of block address, 4 bits of index width), 32..38 the code bits in this
/// block, 38 link, 40..64 generation.
pub(super) const LINK: u64 = 1 << 38;
/// Where the generation starts.
pub(super) const GENERATION: u32 = 40;
/// The whole code space, in units of 2^-32.
pub(super) const SPACE: u64 = 1 << 32;

/// A closed map keeps so many rows on the host, for the next one.
const KEPT_ROWS: usize = 4096;

/// One prefix map.
#[derive(Clone, Debug, Default)]
pub(super) struct PrefixMap {
    pub rows: Vec<u64>,
    pub generation: u64,
    /// Index bits by level; 0 after the last.
    pub strides: [u8; 4],
    /// Whether rows are indexed with the first bit at the bottom.
    pub lsb: bool,
    /// Whether the rows were put into another order since the last reset.
    turned: bool,
    pub open: bool,
    /// Rows taken from the reserved ones.
    pub used: u32,
    pub reserved: u32,
    /// Code space not used yet.
    pub free: u64,
}

/// What a look-up found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A code: its entry and length, the bits looked at, and the levels visited.
    Code {
        entry: u32,
        length: u32,
        seen: u32,
        levels: u32,
    },
    /// Nothing so far: a sub-block must be looked up with this many bits in all.
    More { bits: u32 },
    /// No symbol has the code that begins with these bits.
    Unused { bits: u32 },
}

impl PrefixMap {
    /// Makes this a new map; rows of an earlier one may still be there.
    fn renew(&mut self, strides: [u8; 4], reserved: u32) {
        self.strides = strides;
        self.open = true;
        self.reserved = reserved;
        let root = 1 << strides[0];
        if self.rows.len() < root {
            self.rows.resize(root, 0);
        }
        self.reset();
    }

    /// The longest code that the levels can hold.
    pub fn longest(&self) -> u32 {
        self.strides.iter().map(|&s| u32::from(s)).sum()
    }

    /// Empties the map by changing the tag.
    pub fn reset(&mut self) {
        self.generation += 1;
        if self.generation >> (64 - GENERATION) != 0 {
            self.rows.fill(0);
            self.generation = 1;
        }
        self.used = 1 << self.strides[0];
        self.free = SPACE;
        self.turned = false;
    }

    /// The row at an index of a block, unless it is empty.
    #[inline(always)]
    pub fn row(&self, at: usize) -> Option<u64> {
        let row = *self.rows.get(at)?;
        (row >> GENERATION == self.generation).then_some(row)
    }

    /// Looks up the first `bits` bits of `word`, level by level. `MIRROR`: the
    /// rows are in the order of the other bit order.
    #[inline(always)]
    pub fn find<const LSB: bool, const MIRROR: bool>(&self, word: u64, bits: u32) -> Found {
        let mut block = 0usize;
        let mut width = u32::from(self.strides[0]);
        let mut done = 0u32;
        let mut levels = 1;
        loop {
            if done + width > bits {
                return Found::More { bits: done + width };
            }
            let index = if LSB {
                word >> done & ((1 << width) - 1)
            } else {
                word << done >> (64 - width)
            };
            let index = if MIRROR {
                index.reverse_bits() >> (64 - width)
            } else {
                index
            };
            let Some(row) = self.row(block + index as usize) else {
                return Found::Unused { bits: done + width };
            };
            if row & LINK == 0 {
                return Found::Code {
                    entry: row as u32,
                    length: done + (row >> 32 & 63) as u32,
                    seen: done + width,
                    levels,
                };
            }
            done += width;
            block = (row & 0xFF_FFFF) as usize;
            width = (row >> 24 & 15) as u32;
            levels += 1;
        }
    }

    /// Stores the blocks for a bit order, unless that was done since the last
    /// reset: a program must not make the host do it at every look-up.
    #[cold]
    pub fn turn(&mut self, lsb: bool) {
        if self.lsb == lsb || self.turned {
            return;
        }
        self.lsb = lsb;
        self.turned = true;
        let mut blocks = vec![(0usize, u32::from(self.strides[0]))];
        while let Some((block, width)) = blocks.pop() {
            for index in 0..1usize << width {
                let mirror = index.reverse_bits() >> (usize::BITS - width);
                if index < mirror {
                    self.rows.swap(block + index, block + mirror);
                }
                if let Some(row) = self.row(block + index)
                    && row & LINK != 0
                {
                    blocks.push(((row & 0xFF_FFFF) as usize, (row >> 24 & 15) as u32));
                }
            }
        }
    }
}

/// All maps of a unit.
#[derive(Clone, Debug)]
pub(super) struct Maps {
    /// By handle; handle 0 is never a map.
    list: Vec<PrefixMap>,
    most: usize,
    /// Rows not reserved.
    rows: u32,
}

impl Maps {
    pub fn new(spec: &Spec) -> Self {
        Maps {
            list: vec![PrefixMap::default()],
            most: spec.maps,
            rows: spec.map_rows,
        }
    }

    /// The open map with a handle.
    #[inline(always)]
    pub fn get(&self, handle: u32) -> Option<&PrefixMap> {
        self.list.get(handle as usize).filter(|m| m.open)
    }

    /// The open map with a handle, to be changed.
    pub fn get_mut(&mut self, handle: u32) -> Option<&mut PrefixMap> {
        self.list.get_mut(handle as usize).filter(|m| m.open)
    }

    /// The handle that the next map gets.
    pub fn next_handle(&self) -> usize {
        let free = self.list.iter().skip(1).position(|m| !m.open);
        free.map_or(self.list.len(), |i| i + 1)
    }

    /// Whether a map can be made.
    pub fn check_new(&self, strides: [u8; 4], reserved: u32) -> Result<(), String> {
        if self.next_handle() > self.most {
            return Err(format!("all {} map handles are taken", self.most));
        }
        if reserved > self.rows {
            return Err(format!(
                "{reserved} map rows do not fit, {} are left",
                self.rows
            ));
        }
        if reserved < 1 << strides[0] {
            return Err(format!(
                "{reserved} map rows do not hold a first level of {} bits",
                strides[0]
            ));
        }
        Ok(())
    }

    /// Makes a map that [`Maps::check_new`] allowed.
    pub fn create(&mut self, strides: [u8; 4], reserved: u32) {
        let handle = self.next_handle();
        if handle == self.list.len() {
            self.list.push(PrefixMap::default());
        }
        self.list[handle].renew(strides, reserved);
        self.rows -= reserved;
    }

    /// Gives the rows of a map back.
    pub fn close(&mut self, handle: u32) {
        if let Some(map) = self.get_mut(handle) {
            map.open = false;
            if map.rows.len() > KEPT_ROWS {
                map.rows = Vec::new();
            }
            self.rows += map.reserved;
        }
    }

    pub fn open(&self) -> impl Iterator<Item = (u16, u32, u32)> {
        let maps = self.list.iter().enumerate().filter(|(_, m)| m.open);
        maps.map(|(i, m)| (i as u16, m.used, m.reserved))
    }
}
