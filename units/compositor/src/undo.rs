//! What stores have overwritten, so that a beat that is not issued after all
//! can be taken back.

use crate::micro::{Kind, Micro};

/// Bytes that one entry can hold.
const WIDEST: usize = 16;

/// What a store has overwritten.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at: u32,
    n: u8,
    old: [u8; WIDEST],
}

/// The log of the stores since the last [`Undo::commit`].
#[derive(Clone, Debug, Default)]
pub struct Undo {
    entries: Vec<Entry>,
    bytes: u64,
}

impl Undo {
    /// Writes up to four bytes and remembers what was there.
    #[inline]
    pub fn write(&mut self, memory: &mut [u8], at: usize, bytes: &[u8]) {
        let place = &mut memory[at..at + bytes.len()];
        let mut old = [0; WIDEST];
        old[..bytes.len()].copy_from_slice(place);
        self.note(at, bytes.len(), old, bytes.len());
        place.copy_from_slice(bytes);
    }

    /// Writes the low `n` bytes of a word; four bytes at `at` exist.
    #[inline]
    pub fn write_word(&mut self, memory: &mut [u8], at: usize, word: u32, n: u8) {
        let Some(place) = memory.get_mut(at..at + 4) else {
            return;
        };
        let word_there = u32::from_le_bytes([place[0], place[1], place[2], place[3]]);
        let keep = u32::MAX >> (8 * (4 - u32::from(n.clamp(1, 4))));
        let mut old = [0; WIDEST];
        old[..4].copy_from_slice(place);
        self.note(at, 4, old, usize::from(n));
        place.copy_from_slice(&(word_there & !keep | word & keep).to_le_bytes());
    }

    /// Four halves side by side, or four bytes some steps apart ([`Kind::Store4Halves`], [`Kind::Store4Bytes`]).
    /// Nothing happens if memory ends before 16 bytes.
    #[inline]
    pub(crate) fn write_four(
        &mut self,
        memory: &mut [u8],
        at: usize,
        m: &Micro,
        v: [i32; 4],
    ) -> bool {
        let place = at
            .checked_add(WIDEST)
            .and_then(|end| memory.get_mut(at..end));
        let Some(place) = place.and_then(|p| p.first_chunk_mut::<WIDEST>()) else {
            return false;
        };
        let old = *place;
        if m.kind == Kind::Store4Halves {
            self.note(at, WIDEST, old, 8);
            for (to, value) in place.as_chunks_mut::<2>().0.iter_mut().zip(v) {
                *to = (value as u16).to_le_bytes();
            }
        } else {
            self.note(at, WIDEST, old, 4);
            let step = usize::from(m.c).min(5);
            for (i, value) in v.into_iter().enumerate() {
                place[i * step] = value as u8;
            }
        }
        true
    }

    #[inline]
    fn note(&mut self, at: usize, n: usize, old: [u8; WIDEST], written: usize) {
        self.entries.push(Entry {
            at: at as u32,
            n: n as u8,
            old,
        });
        self.bytes += written as u64;
    }

    /// A point to go back to.
    #[must_use]
    pub fn mark(&self) -> (usize, u64) {
        (self.entries.len(), self.bytes)
    }

    /// Bytes written since the last [`Undo::commit`].
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes back all writes since the mark.
    pub fn back(&mut self, memory: &mut [u8], mark: (usize, u64)) {
        for entry in self.entries.drain(mark.0..).rev() {
            let n = usize::from(entry.n);
            memory[entry.at as usize..][..n].copy_from_slice(&entry.old[..n]);
        }
        self.bytes = mark.1;
    }

    /// The writes stand.
    pub fn commit(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}
