//! Where a sub-process stands in its list: the list, what it waits for, open
//! bands, the sprite that runs.

use crate::list::{self, Sprite};
use orrery_shared::{Entry, Memory, TrapCode, protocol};

/// The list that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListState {
    /// Byte address in stream RAM.
    pub address: u32,
    /// Words.
    pub words: u32,
    /// Next word.
    pub at: u32,
    /// `imm` of the head, sent back with the status.
    pub tag: u16,
    /// The status word is wanted.
    pub ask: bool,
    /// How often the sequencer had taken its memory back when it sent the list.
    pub epoch: u32,
    /// [`Entry::from`] of the head: who sent the list.
    pub from: u16,
}

impl ListState {
    /// The list that a head names, if there can be one.
    ///
    /// # Errors
    /// Code and text of the trap.
    pub fn open(head: &Entry, memory: &Memory, heard: bool) -> Result<Self, (TrapCode, String)> {
        let [address, words, flags, epoch] = head.a;
        if head.op != protocol::list::HEAD {
            return Err((TrapCode::UndefinedWord, "not a list head".to_string()));
        }
        let end = u64::from(address) + 4 * u64::from(words);
        if !address.is_multiple_of(4) || end > memory.stream.bytes.len() as u64 {
            let text = format!("no list of {words} words can lie at {address:#x} of stream RAM");
            return Err((TrapCode::Bounds, text));
        }
        let ask = head.n >= 3 && flags & list::ASK_STATUS != 0;
        if ask && !heard {
            let text = "the list asks for its status, but nobody listens".to_string();
            return Err((TrapCode::BadOperand, text));
        }
        Ok(ListState {
            address,
            words,
            at: 0,
            tag: head.imm,
            ask,
            epoch,
            from: head.from,
        })
    }

    /// The next `n` words, if the list has so many.
    #[must_use]
    pub fn words(&self, memory: &Memory, n: u32) -> Option<Vec<u32>> {
        if self.at.checked_add(n)? > self.words {
            return None;
        }
        let from = self.address as usize + 4 * self.at as usize;
        let bytes = memory.stream.bytes.get(from..from + 4 * n as usize)?;
        let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        Some(bytes.chunks_exact(4).map(word).collect())
    }
}

/// What the list waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Index into the grant queues.
    pub giver: usize,
    /// Base of the extent.
    pub extent: u32,
    /// One past the last byte.
    pub upto: u64,
}

/// An open BANDS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    /// Who grants.
    pub giver: usize,
    /// Which extent.
    pub extent: u32,
    /// Byte offset of the first row.
    pub offset: u32,
    /// Rows that the list stated.
    pub stated: u32,
    /// Rows that will come.
    pub rows: u32,
    /// Bytes per row.
    pub row_bytes: u32,
    /// Rows per band.
    pub band_rows: u32,
    /// The sprites.
    pub sprites: Vec<Sprite>,
    /// Still reading them.
    pub collecting: bool,
    /// Bands, counting lags.
    pub steps: u32,
    /// The band at hand.
    pub step: u32,
    /// The sprite at hand.
    pub next: usize,
}

/// A sprite that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The sprite.
    pub sprite: Sprite,
    /// First row.
    pub top: i32,
    /// One past the last row.
    pub bottom: i32,
    /// Next tile, in raster order.
    pub tile: u64,
}

impl Bands {
    /// Bands of the rows that there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.rows.div_ceil(self.band_rows.max(1))
    }

    /// Only so many rows will come.
    pub(crate) fn cut(&mut self, rows: u32) {
        self.rows = self.rows.min(rows);
        self.plan();
    }

    /// Counts the steps.
    pub fn plan(&mut self) {
        let lag = self.sprites.iter().map(|s| s.lag).max().unwrap_or(0);
        self.steps = match self.count() {
            0 => 0,
            n => n.saturating_add(lag),
        };
    }

    /// Rows of a sprite in its band, if it has any.
    #[must_use]
    pub fn rows_of(&self, sprite: &Sprite) -> Option<(i32, i32)> {
        let band = self.step.checked_sub(sprite.lag)?;
        if band >= self.count() {
            return None;
        }
        let height = sprite.h as u64;
        let upto = u64::from(band + 1) * u64::from(sprite.band_rows);
        let bottom = if self.rows < self.stated {
            // Cut short: what the rows that came are worth, rounded down.
            let rows = u64::from(self.rows.min((band + 1).saturating_mul(self.band_rows)));
            let worth = rows * u64::from(sprite.band_rows) / u64::from(self.band_rows.max(1));
            height.min(worth)
        } else {
            height.min(upto)
        };
        let top = (u64::from(band) * u64::from(sprite.band_rows)).min(bottom);
        Some((sprite.y + top as i32, sprite.y + bottom as i32))
    }
}
