//! Lanes in the 256-bit registers of AVX2.
//!
//! The arithmetic is the generic one; here are only the register type and the way into code
//! that is built for the instruction set. Both need `unsafe`: the instructions exist only where
//! the processor was asked first.

#![allow(unsafe_code, reason = "instructions that not every processor has")]

use super::lanes::Lanes;
use super::{GROUP, Kernels, Scratch, Tables, piece};
use crate::image::Channels;
use core::arch::x86_64::*;

/// The kernels, if the processor has AVX2.
pub(super) fn kernels() -> Option<Kernels> {
    is_x86_feature_detected!("avx2").then_some(Kernels {
        name: "avx2",
        piece: checked,
    })
}

fn checked(scratch: &mut Scratch, rows: &mut [&mut [u8]], channels: Channels, tables: &Tables) {
    // SAFETY: this function is reachable only through the table that `kernels()` gives out
    // after it found that the processor has AVX2.
    unsafe { built(scratch, rows, channels, tables) }
}

#[target_feature(enable = "avx2")]
fn built(scratch: &mut Scratch, rows: &mut [&mut [u8]], channels: Channels, tables: &Tables) {
    piece::piece::<Eight>(scratch, rows, channels, tables);
}

/// Eight lanes. The type is private to this module and made only below `built`.
#[derive(Clone, Copy)]
struct Eight(__m256i);

/// Defines operations of two vectors, or of one and a constant, as single instructions.
macro_rules! instructions {
    ($($name:ident = $instruction:path;)*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: values of this type exist only below `built`, where AVX2 is there.
            Self(unsafe { $instruction(self.0, other.0) })
        }
    )*};
}

impl Lanes for Eight {
    const COUNT: usize = 8;

    instructions! {
        add = _mm256_add_epi32;
        sub = _mm256_sub_epi32;
        mul = _mm256_mullo_epi32;
        xor = _mm256_xor_si256;
    }

    #[inline(always)]
    fn splat(x: i32) -> Self {
        // SAFETY: called below `built` only, where AVX2 is there.
        Self(unsafe { _mm256_set1_epi32(x) })
    }

    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        // SAFETY: as in `add`.
        Self(unsafe { _mm256_slli_epi32::<BITS>(self.0) })
    }

    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        // SAFETY: as in `add`.
        Self(unsafe { _mm256_srai_epi32::<BITS>(self.0) })
    }

    #[inline(always)]
    fn from_rows(rows: &[u64; GROUP]) -> [Self; 8] {
        // SAFETY: called below `built` only, where AVX2 is there.
        unsafe { from_rows(rows) }
    }

    #[inline(always)]
    fn to_rows(samples: [Self; 8]) -> [u64; GROUP] {
        // SAFETY: as in `add`.
        unsafe { to_rows(samples) }
    }
}

/// Transposes 8 x 8 bytes and widens them.
#[inline]
#[target_feature(enable = "avx2")]
fn from_rows(rows: &[u64; GROUP]) -> [Eight; 8] {
    let pair = |n: usize| _mm_set_epi64x(rows[n + 1] as i64, rows[n] as i64);
    // Bytes of rows n and n + 1 in turn.
    let zip = |n: usize| _mm_unpacklo_epi8(pair(n), _mm_srli_si128::<8>(pair(n)));
    let (a, b, c, d) = (zip(0), zip(2), zip(4), zip(6));
    // Columns 0 to 3 and 4 to 7 of four rows.
    let (ab0, ab1) = (_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b));
    let (cd0, cd1) = (_mm_unpacklo_epi16(c, d), _mm_unpackhi_epi16(c, d));
    // Two columns each.
    let columns = [
        _mm_unpacklo_epi32(ab0, cd0),
        _mm_unpackhi_epi32(ab0, cd0),
        _mm_unpacklo_epi32(ab1, cd1),
        _mm_unpackhi_epi32(ab1, cd1),
    ];
    core::array::from_fn(|x| {
        let two = columns[x / 2];
        let one = if x % 2 == 0 {
            two
        } else {
            _mm_srli_si128::<8>(two)
        };
        Eight(_mm256_cvtepu8_epi32(one))
    })
}

/// Narrows with clipping and transposes 8 x 8 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn to_rows(samples: [Eight; 8]) -> [u64; GROUP] {
    // In each half: blocks 0 to 3 (4 to 7) of samples x, x + 1, then of x + 2, x + 3.
    let pack = |x: usize| {
        _mm256_packus_epi16(
            _mm256_packs_epi32(samples[x].0, samples[x + 1].0),
            _mm256_packs_epi32(samples[x + 2].0, samples[x + 3].0),
        )
    };
    // Byte 4 s + b of a half to byte 4 b + s: the four samples of a block together.
    let turn = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
    ));
    let left = _mm256_shuffle_epi8(pack(0), turn);
    let right = _mm256_shuffle_epi8(pack(4), turn);
    let (a, b) = (
        _mm256_unpacklo_epi32(left, right),
        _mm256_unpackhi_epi32(left, right),
    );
    // Blocks 0, 1 | 4, 5 and 2, 3 | 6, 7.
    [
        _mm256_extract_epi64::<0>(a),
        _mm256_extract_epi64::<1>(a),
        _mm256_extract_epi64::<0>(b),
        _mm256_extract_epi64::<1>(b),
        _mm256_extract_epi64::<2>(a),
        _mm256_extract_epi64::<3>(a),
        _mm256_extract_epi64::<2>(b),
        _mm256_extract_epi64::<3>(b),
    ]
    .map(|row| row as u64)
}
