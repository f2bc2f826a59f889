//! Lanes in the 256-bit registers of AVX2.
//!
//! The arithmetic is the generic one; here are only the register types and the way into code
//! that is built for the instruction set. Both need `unsafe`: the instructions exist only where
//! the processor was asked first.

#![allow(unsafe_code, reason = "instructions that not every processor has")]

mod colour;

use super::lanes::{Lanes, Sums};
use super::piece::{self, Colours};
use super::{Kernels, Scratch, Tables};
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
    piece::piece::<Sixteen, Registers>(scratch, rows, channels, tables);
}

/// The colours of this build. Private to this module and named only in `built`.
struct Registers;

impl Colours for Registers {
    #[inline(always)]
    fn expect(row: &[u8]) {
        for line in row.chunks(64) {
            // SAFETY: a hint, which reads nothing; the address is one of a slice.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
        }
    }

    #[inline(always)]
    fn split(row: &[u8], channels: Channels, planes: [&mut [u8]; 3]) {
        // SAFETY: called below `built` only, where AVX2 is there.
        unsafe { colour::split(row, channels, planes) }
    }

    #[inline(always)]
    fn join(planes: [&[u8]; 3], row: &mut [u8], channels: Channels) {
        // SAFETY: called below `built` only, where AVX2 is there.
        unsafe { colour::join(planes, row, channels) }
    }
}

/// Sixteen lanes. The type is private to this module and made only below `built`.
#[derive(Clone, Copy)]
struct Sixteen(__m256i);

/// Their sums: what the lower and the upper unpacking of two vectors give. As private.
#[derive(Clone, Copy)]
struct Twice([__m256i; 2]);

/// Defines operations of two vectors as single instructions.
macro_rules! instructions {
    ($($name:ident = $instruction:path;)*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: values of this type exist only below `built`, where AVX2 is there.
            Self(unsafe { $instruction(self.0, other.0) })
        }
    )*};
}

/// The same of two registers each.
macro_rules! twice {
    ($($name:ident = $instruction:path;)*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            let ([a, b], [c, d]) = (self.0, other.0);
            // SAFETY: values of this type exist only below `built`, where AVX2 is there.
            Self(unsafe { [$instruction(a, c), $instruction(b, d)] })
        }
    )*};
}

impl Sums for Twice {
    twice! {
        add = _mm256_add_epi32;
        sub = _mm256_sub_epi32;
    }

    #[inline(always)]
    fn splat(x: i32) -> Self {
        // SAFETY: called below `built` only, where AVX2 is there.
        Self([unsafe { _mm256_set1_epi32(x) }; 2])
    }
}

/// Two 16-bit numbers as one of 32 bits, the first in the lower half.
#[inline(always)]
fn both([low, high]: [i16; 2]) -> i32 {
    i32::from(low as u16) | i32::from(high) << 16
}

impl Lanes for Sixteen {
    const COUNT: usize = 16;
    type Sums = Twice;

    instructions! {
        add = _mm256_add_epi16;
        sub = _mm256_sub_epi16;
        or = _mm256_or_si256;
        mul = _mm256_mullo_epi16;
        mul_high = _mm256_mulhi_epu16;
        signed_as = _mm256_sign_epi16;
    }

    #[inline(always)]
    fn splat(x: [i16; 2]) -> Self {
        // SAFETY: called below `built` only, where AVX2 is there.
        Self(unsafe { _mm256_set1_epi32(both(x)) })
    }

    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        // SAFETY: as in `add`.
        Self(unsafe { _mm256_slli_epi16::<BITS>(self.0) })
    }

    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        // SAFETY: as in `add`.
        Self(unsafe { _mm256_srai_epi16::<BITS>(self.0) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        // SAFETY: as in `add`.
        Self(unsafe { _mm256_abs_epi16(self.0) })
    }

    #[inline(always)]
    fn dot(self, other: Self, factors: [i16; 2]) -> Twice {
        // SAFETY: as in `add`.
        unsafe {
            let factors = _mm256_set1_epi32(both(factors));
            Twice([
                _mm256_madd_epi16(_mm256_unpacklo_epi16(self.0, other.0), factors),
                _mm256_madd_epi16(_mm256_unpackhi_epi16(self.0, other.0), factors),
            ])
        }
    }

    #[inline(always)]
    fn raise(self) -> Twice {
        // SAFETY: as in `add`.
        unsafe {
            let zero = _mm256_setzero_si256();
            Twice([
                _mm256_srai_epi32::<3>(_mm256_unpacklo_epi16(zero, self.0)),
                _mm256_srai_epi32::<3>(_mm256_unpackhi_epi16(zero, self.0)),
            ])
        }
    }

    #[inline(always)]
    fn lower<const BITS: i32>(Twice([low, high]): Twice) -> Self {
        // SAFETY: as in `add`.
        Self(unsafe {
            _mm256_packs_epi32(
                _mm256_srai_epi32::<BITS>(low),
                _mm256_srai_epi32::<BITS>(high),
            )
        })
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        // SAFETY: as in `add`.
        unsafe { _mm256_testz_si256(self.0, self.0) == 1 }
    }

    #[inline(always)]
    fn load(bytes: &[u8]) -> [Self; 8] {
        let bytes = bytes.try_into().expect("sixteen blocks");
        // SAFETY: called below `built` only, where AVX2 is there.
        unsafe { load(bytes) }
    }

    #[inline(always)]
    fn store(samples: [Self; 8], bytes: &mut [u8]) {
        let bytes = bytes.try_into().expect("sixteen blocks");
        // SAFETY: as in `add`.
        unsafe { store(samples, bytes) }
    }
}

/// Transposes and widens a row of sixteen blocks. Each half of a register has two blocks of
/// every four; they are in the order that makes `store` short: 0, 1, 4, 5, 8, 9, 12, 13 in the
/// lower half, the others in the upper.
#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; 128]) -> [Sixteen; 8] {
    // Samples of two blocks in turn.
    let turn = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15,
    ));
    let quarter = |n: usize| {
        let four = bytes[32 * n..].first_chunk().expect("four blocks");
        _mm256_shuffle_epi8(load32(four), turn)
    };
    let (a, b, c, d) = (quarter(0), quarter(1), quarter(2), quarter(3));
    // Samples 0 to 3 and 4 to 7 of four blocks in each half.
    let (ab0, ab4) = (_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b));
    let (cd0, cd4) = (_mm256_unpacklo_epi16(c, d), _mm256_unpackhi_epi16(c, d));
    // Two samples of eight blocks.
    let pairs = [
        _mm256_unpacklo_epi32(ab0, cd0),
        _mm256_unpackhi_epi32(ab0, cd0),
        _mm256_unpacklo_epi32(ab4, cd4),
        _mm256_unpackhi_epi32(ab4, cd4),
    ];
    let zero = _mm256_setzero_si256();
    let [p0, p2, p4, p6] = pairs;
    [
        Sixteen(_mm256_unpacklo_epi8(p0, zero)),
        Sixteen(_mm256_unpackhi_epi8(p0, zero)),
        Sixteen(_mm256_unpacklo_epi8(p2, zero)),
        Sixteen(_mm256_unpackhi_epi8(p2, zero)),
        Sixteen(_mm256_unpacklo_epi8(p4, zero)),
        Sixteen(_mm256_unpackhi_epi8(p4, zero)),
        Sixteen(_mm256_unpacklo_epi8(p6, zero)),
        Sixteen(_mm256_unpackhi_epi8(p6, zero)),
    ]
}

/// Narrows with clipping and transposes back.
#[inline]
#[target_feature(enable = "avx2")]
fn store(samples: [Sixteen; 8], bytes: &mut [u8; 128]) {
    // Samples x and x + 2 of eight blocks in each half.
    let pack = |x: usize| _mm256_packus_epi16(samples[x].0, samples[x + 2].0);
    let (p0, p1, p4, p5) = (pack(0), pack(1), pack(4), pack(5));
    // Two samples of eight blocks.
    let (s01, s23) = (_mm256_unpacklo_epi8(p0, p1), _mm256_unpackhi_epi8(p0, p1));
    let (s45, s67) = (_mm256_unpacklo_epi8(p4, p5), _mm256_unpackhi_epi8(p4, p5));
    // Four samples of the lower four lanes, of the upper four.
    let (low0, high0) = (
        _mm256_unpacklo_epi16(s01, s23),
        _mm256_unpackhi_epi16(s01, s23),
    );
    let (low4, high4) = (
        _mm256_unpacklo_epi16(s45, s67),
        _mm256_unpackhi_epi16(s45, s67),
    );
    // Two blocks in each half.
    let blocks = [
        _mm256_unpacklo_epi32(low0, low4),
        _mm256_unpackhi_epi32(low0, low4),
        _mm256_unpacklo_epi32(high0, high4),
        _mm256_unpackhi_epi32(high0, high4),
    ];
    for (four, v) in bytes.as_chunks_mut().0.iter_mut().zip(blocks) {
        store32(four, v);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: reads the 32 bytes of the array; no alignment is needed.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store32(bytes: &mut [u8; 32], v: __m256i) {
    // SAFETY: writes the 32 bytes of the array; no alignment is needed.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), v) }
}
