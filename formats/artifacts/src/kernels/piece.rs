//! A piece of a tile: to strips of blocks, block by block, and back.

use super::lanes::Lanes;
use super::{Scratch, Strip, Table, Tables, dct};
use crate::image::Channels;

/// What a build does with rows of pixels.
pub(super) trait Colours {
    /// Told of a row that will be split soon.
    fn expect(_row: &[u8]) {}
    /// A row of pixels to the front of three planes' rows.
    fn split(row: &[u8], channels: Channels, planes: [&mut [u8]; 3]);
    /// The front of three planes' rows to a row of pixels, whose alpha stays.
    fn join(planes: [&[u8]; 3], row: &mut [u8], channels: Channels);
}

/// How many rows ahead a row is announced. Rows of a tile lie far apart in memory, where
/// processors do not look by themselves.
const AHEAD: usize = 6;

/// See [`super::Piece`].
#[inline(always)]
pub(super) fn piece<V: Lanes, C: Colours>(
    scratch: &mut Scratch,
    rows: &mut [&mut [u8]],
    channels: Channels,
    tables: &Tables,
) {
    let width = rows[0].len() / channels.count();
    // Bytes of a row of blocks in a row of a strip, and of all.
    let across = width.next_multiple_of(8);
    let all = across * rows.len().div_ceil(8);
    // Y; Cb and behind it Cr. No group of blocks is cut short: what lies in the last one behind
    // the last block is of no use and does no harm.
    let length = all.next_multiple_of(8 * V::COUNT);
    let length2 = (2 * all).next_multiple_of(8 * V::COUNT);
    let luma = scratch.luma.rows(length);
    let chroma = scratch.chroma.rows(length2);

    for row in rows.iter().take(AHEAD) {
        C::expect(row);
    }
    // The last row again and again to the end of its block, and so the last column.
    for y in 0..rows.len().next_multiple_of(8) {
        if let Some(row) = rows.get(y + AHEAD) {
            C::expect(row);
        }
        let row = &rows[y.min(rows.len() - 1)];
        let (row_of_blocks, y) = (y / 8 * across, y % 8);
        let (cb, cr) = chroma[y * length2..][..2 * all].split_at_mut(all);
        let luma = &mut luma[y * length + row_of_blocks..][..across];
        let (cb, cr) = (
            &mut cb[row_of_blocks..][..across],
            &mut cr[row_of_blocks..][..across],
        );
        C::split(row, channels, [&mut *luma, &mut *cb, &mut *cr]);
        for line in [luma, cb, cr] {
            let last = line[width - 1];
            for sample in &mut line[width..] {
                *sample = last;
            }
        }
    }
    blocks::<V>(luma, length, &tables.luminance);
    blocks::<V>(chroma, length2, &tables.chrominance);
    for (y, row) in rows.iter_mut().enumerate() {
        let (row_of_blocks, y) = (y / 8 * across, y % 8);
        let (cb, cr) = chroma[y * length2..][..2 * all].split_at(all);
        let planes = [
            &luma[y * length + row_of_blocks..][..across],
            &cb[row_of_blocks..][..across],
            &cr[row_of_blocks..][..across],
        ];
        C::join(planes, row, channels);
    }
}

/// All blocks of a strip, in groups.
#[inline(always)]
fn blocks<V: Lanes>(samples: &mut [u8], length: usize, table: &Table) {
    let mut block = [V::splat([0; 2]); 64];
    for at in (0..length).step_by(8 * V::COUNT) {
        dct::degrade(&mut block, samples, length, at, table);
    }
}

impl Strip {
    /// Eight rows of `length` bytes each, one after the other; what is in them is left over from
    /// earlier.
    fn rows(&mut self, length: usize) -> &mut [u8] {
        /// Of a cache line.
        const ALIGNMENT: usize = 64;
        let needed = 8 * length + ALIGNMENT;
        if self.0.len() < needed {
            self.0.resize(needed, 0);
        }
        let skip = self.0.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        &mut self.0[skip..][..8 * length]
    }
}
