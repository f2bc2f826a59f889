//! SSE4.1: 32-bit multiplication, minimum and maximum. The 16-bit transform of
//! SSE2 stays the faster one; a block too wide for it, which SSE2 leaves to the
//! scalar kernel, is transformed in 32 bits here.

#![allow(
    unsafe_code,
    reason = "calls of functions that need an instruction set"
)]

use super::scalar::fix;
use super::sse2::{idct8_narrow, load, store_low, transpose};
use super::{Kernels, check_block, checked_kernels, ssse3};
use core::arch::x86_64::*;

/// The kernels of this file and SSSE3's, if the processor has SSE4.1.
pub(super) fn kernels() -> Option<Kernels> {
    let lower = ssse3::kernels()?;
    is_x86_feature_detected!("sse4.1").then_some(Kernels {
        name: "sse4.1",
        idct8,
        ..lower
    })
}

checked_kernels! {
    idct8(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct8_sse41;
}

#[inline]
#[target_feature(enable = "sse4.1")]
fn idct8_sse41(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    if !idct8_narrow(coef, out, stride) {
        idct8_wide(coef, out, stride);
    }
}

/// One dimension of the transform in four columns, descaled by `BITS`.
#[inline]
#[target_feature(enable = "sse4.1")]
fn idct8_1d<const BITS: i32>(c: [__m128i; 8]) -> [__m128i; 8] {
    let add = |a, b| _mm_add_epi32(a, b);
    let sub = |a, b| _mm_sub_epi32(a, b);
    let mul = |a, k: f64| _mm_mullo_epi32(a, _mm_set1_epi32(fix(k)));

    let r = mul(add(c[2], c[6]), 0.541196100);
    let e2 = sub(r, mul(c[6], 1.847759065));
    let e3 = add(r, mul(c[2], 0.765366865));
    let round = _mm_set1_epi32(1 << (BITS - 1));
    let e0 = add(_mm_slli_epi32::<13>(add(c[0], c[4])), round);
    let e1 = add(_mm_slli_epi32::<13>(sub(c[0], c[4])), round);
    let even = [add(e0, e3), add(e1, e2), sub(e1, e2), sub(e0, e3)];

    let (c73, c51) = (add(c[7], c[3]), add(c[5], c[1]));
    let s = mul(add(c73, c51), 1.175875602);
    let a = mul(add(c[7], c[1]), 0.899976223);
    let b = mul(add(c[5], c[3]), 2.562915447);
    let p = sub(s, mul(c73, 1.961570560));
    let q = sub(s, mul(c51, 0.390180644));
    let odd = [
        add(sub(mul(c[1], 1.501321110), a), q),
        add(sub(mul(c[3], 3.072711026), b), p),
        add(sub(mul(c[5], 2.053119869), b), q),
        add(sub(mul(c[7], 0.298631336), a), p),
    ];

    let mut out = [_mm_setzero_si128(); 8];
    for i in 0..4 {
        out[i] = _mm_srai_epi32::<BITS>(add(even[i], odd[i]));
        out[7 - i] = _mm_srai_epi32::<BITS>(sub(even[i], odd[i]));
    }
    out
}

/// The transform with 32 bits between the passes: right for every block.
#[target_feature(enable = "sse4.1")]
pub(super) fn idct8_wide(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    let (mut left, mut right) = ([_mm_setzero_si128(); 8], [_mm_setzero_si128(); 8]);
    for (y, (left, right)) in left.iter_mut().zip(&mut right).enumerate() {
        let row = load(coef, y * 8);
        *left = _mm_cvtepi16_epi32(row);
        *right = _mm_cvtepi16_epi32(_mm_srli_si128::<8>(row));
    }
    let columns = [idct8_1d::<11>(left), idct8_1d::<11>(right)];
    for y in [0, 4] {
        let quarter = |half: usize| {
            let c = columns[half];
            transpose([c[y], c[y + 1], c[y + 2], c[y + 3]])
        };
        let ([a, b, c, d], [e, f, g, h]) = (quarter(0), quarter(1));
        let v = idct8_1d::<18>([a, b, c, d, e, f, g, h]);
        // Ten bits kept, level shift, clipping.
        let v = v.map(|v| {
            let v = _mm_srai_epi32::<22>(_mm_slli_epi32::<22>(v));
            let v = _mm_add_epi32(v, _mm_set1_epi32(128));
            _mm_max_epi32(_mm_min_epi32(v, _mm_set1_epi32(255)), _mm_setzero_si128())
        });
        let left = transpose([v[0], v[1], v[2], v[3]]);
        let right = transpose([v[4], v[5], v[6], v[7]]);
        for i in 0..4 {
            let row = _mm_packus_epi32(left[i], right[i]);
            store_low(out, (y + i) * stride, _mm_packus_epi16(row, row));
        }
    }
}
