//! SSSE3: byte shuffles interleave three channels, byte pairs are multiplied
//! and added in one step. What gains nothing from it is SSE2's.

#![allow(
    unsafe_code,
    reason = "calls of functions that need an instruction set"
)]

use super::sse2::{self, GREEN, load, store, widen};
use super::{Kernels, check_rows, checked_kernels, scalar};
use core::arch::x86_64::*;

/// The kernels of this file and SSE2's, if the processor has SSSE3.
pub(super) fn kernels() -> Option<Kernels> {
    let lower = sse2::kernels()?;
    is_x86_feature_detected!("ssse3").then_some(Kernels {
        name: "ssse3",
        ycc_rgb,
        grey_rgb,
        h2v1,
        h2v2,
        h1v2,
        ..lower
    })
}

checked_kernels! {
    ycc_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_rgb_ssse3;
    grey_rgb(grey: &[u8], out: &mut [u8]) = grey_rgb_ssse3;
    h2v1(input: &[u8], out: &mut [u8]) = h2v1_ssse3;
    h2v2(near: &[u8], far: &[u8], out: &mut [u8]) = h2v2_ssse3;
    h1v2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) = h1v2_ssse3;
}

/// 1.402 less 1, and 1.772 less 2, in 1/32768. The multiplication rounds at
/// that place. The first factor is half of an odd number rounded up, which
/// changes no result for the 256 chroma values; the second is exact.
pub(super) const RED: i16 = 13173;
pub(super) const BLUE: i16 = -7471;

/// Shuffles that spread one channel over three vectors of interleaved pixels:
/// byte `j` of vector `k` is channel `c`'s sample `(16 * k + j - c) / 3` where
/// that is whole, else zero.
const SPREAD: [[[i8; 16]; 3]; 3] = {
    let mut table = [[[-128; 16]; 3]; 3];
    let mut p = 0;
    while p < 48 {
        table[p / 16][p % 3][p % 16] = (p / 3) as i8;
        p += 1;
    }
    table
};

/// Sixteen pixels of three channels to 48 bytes.
#[inline]
#[target_feature(enable = "ssse3")]
fn store_triples(out: &mut [u8], i: usize, planes: [__m128i; 3]) {
    let out = &mut out[i * 3..][..48];
    for (k, spread) in SPREAD.iter().enumerate() {
        let part = |c: usize| _mm_shuffle_epi8(planes[c], load(&spread[c], 0));
        store(
            out,
            k * 16,
            _mm_or_si128(_mm_or_si128(part(0), part(1)), part(2)),
        );
    }
}

/// Eight pixels, 16 bits a value, to (R, G, B) before clipping.
#[inline]
#[target_feature(enable = "ssse3")]
fn rgb8(y: __m128i, cb: __m128i, cr: __m128i) -> [__m128i; 3] {
    let cb = _mm_sub_epi16(cb, _mm_set1_epi16(128));
    let cr = _mm_sub_epi16(cr, _mm_set1_epi16(128));
    let r = _mm_add_epi16(
        _mm_add_epi16(y, cr),
        _mm_mulhrs_epi16(cr, _mm_set1_epi16(RED)),
    );
    let b = _mm_add_epi16(
        _mm_add_epi16(y, _mm_add_epi16(cb, cb)),
        _mm_mulhrs_epi16(cb, _mm_set1_epi16(BLUE)),
    );
    let green = |pairs| {
        let v = _mm_madd_epi16(pairs, _mm_set1_epi32(GREEN));
        _mm_srai_epi32::<16>(_mm_add_epi32(v, _mm_set1_epi32(1 << 15)))
    };
    let g = _mm_packs_epi32(
        green(_mm_unpacklo_epi16(cb, cr)),
        green(_mm_unpackhi_epi16(cb, cr)),
    );
    [r, _mm_add_epi16(_mm_sub_epi16(y, cr), g), b]
}

#[inline]
#[target_feature(enable = "ssse3")]
pub(super) fn ycc_rgb_ssse3(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), 3);
    let n = y.len();
    if n < 16 {
        return scalar::ycc_rgb(y, cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        // The last step goes over pixels again rather than beyond the end.
        let i = at.min(n - 16);
        let (y, cb, cr) = (widen(load(y, i)), widen(load(cb, i)), widen(load(cr, i)));
        let low = rgb8(y[0], cb[0], cr[0]);
        let high = rgb8(y[1], cb[1], cr[1]);
        let planes = [
            _mm_packus_epi16(low[0], high[0]),
            _mm_packus_epi16(low[1], high[1]),
            _mm_packus_epi16(low[2], high[2]),
        ];
        store_triples(out, i, planes);
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "ssse3")]
pub(super) fn grey_rgb_ssse3(grey: &[u8], out: &mut [u8]) {
    check_rows([grey.len()], out.len(), 3);
    let n = grey.len();
    if n < 16 {
        return scalar::grey_rgb(grey, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        store_triples(out, i, [load(grey, i); 3]);
        at += 16;
    }
}

/// `3 * a + b` of sixteen bytes each, 16 bits a value.
#[inline]
#[target_feature(enable = "ssse3")]
fn blend(a: __m128i, b: __m128i) -> [__m128i; 2] {
    let weights = _mm_set1_epi16(1 << 8 | 3);
    [
        _mm_maddubs_epi16(_mm_unpacklo_epi8(a, b), weights),
        _mm_maddubs_epi16(_mm_unpackhi_epi8(a, b), weights),
    ]
}

#[inline]
#[target_feature(enable = "ssse3")]
pub(super) fn h2v1_ssse3(input: &[u8], out: &mut [u8]) {
    check_rows([input.len()], out.len(), 2);
    let n = input.len();
    if n < 18 {
        return scalar::h2v1(input, out);
    }
    scalar::h2v1_range(input, out, 0..1);
    scalar::h2v1_range(input, out, n - 1..n);
    let mut at = 1;
    while at < n - 1 {
        let i = at.min(n - 17);
        let this = load(input, i);
        let even = blend(this, load(input, i - 1));
        let odd = blend(this, load(input, i + 1));
        for half in 0..2 {
            let even = _mm_srli_epi16::<2>(_mm_add_epi16(even[half], _mm_set1_epi16(1)));
            let odd = _mm_srli_epi16::<2>(_mm_add_epi16(odd[half], _mm_set1_epi16(2)));
            store(
                out,
                2 * i + 16 * half,
                _mm_or_si128(even, _mm_slli_epi16::<8>(odd)),
            );
        }
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "ssse3")]
pub(super) fn h2v2_ssse3(near: &[u8], far: &[u8], out: &mut [u8]) {
    check_rows([near.len(), far.len()], out.len(), 2);
    let n = near.len();
    if n < 18 {
        return scalar::h2v2(near, far, out);
    }
    scalar::h2v2_range(near, far, out, 0..1);
    scalar::h2v2_range(near, far, out, n - 1..n);
    let mut at = 1;
    while at < n - 1 {
        let i = at.min(n - 17);
        let sums = |i| blend(load(near, i), load(far, i));
        let (last, this, next) = (sums(i - 1), sums(i), sums(i + 1));
        for half in 0..2 {
            let this = _mm_add_epi16(_mm_add_epi16(this[half], this[half]), this[half]);
            let even = _mm_add_epi16(_mm_add_epi16(this, last[half]), _mm_set1_epi16(8));
            let odd = _mm_add_epi16(_mm_add_epi16(this, next[half]), _mm_set1_epi16(7));
            let (even, odd) = (_mm_srli_epi16::<4>(even), _mm_srli_epi16::<4>(odd));
            store(
                out,
                2 * i + 16 * half,
                _mm_or_si128(even, _mm_slli_epi16::<8>(odd)),
            );
        }
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "ssse3")]
pub(super) fn h1v2_ssse3(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) {
    check_rows([near.len(), far.len()], out.len(), 1);
    let n = near.len();
    if n < 16 || bias > 3 {
        return scalar::h1v2(near, far, out, bias);
    }
    let bias = _mm_set1_epi16(i16::from(bias));
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let v =
            blend(load(near, i), load(far, i)).map(|v| _mm_srli_epi16::<2>(_mm_add_epi16(v, bias)));
        store(out, i, _mm_packus_epi16(v[0], v[1]));
        at += 16;
    }
}
