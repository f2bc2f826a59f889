//! AVX2: the methods of SSE2 and SSSE3 on vectors twice as wide.
//!
//! Most instructions work on the two 128-bit halves (lanes) of a vector alone.
//! The transform keeps columns 0 to 3 in the low lane and 4 to 7 in the high
//! one; the row kernels put the lanes in order as they store.

#![allow(unsafe_code, reason = "SIMD loads, stores and calls")]

use super::factors::{Pair, eight};
use super::sse2::{self, GREEN, load as load_half, store_high, store_low};
use super::sse41::{self, idct8_wide};
use super::ssse3::{self, BLUE, RED};
use super::{Kernels, Plain, check_block, check_rows, checked_kernels, scalar};
use core::arch::x86_64::*;

/// The kernels of this file and SSE4.1's, if the processor has AVX2.
pub(super) fn kernels() -> Option<Kernels> {
    let lower = sse41::kernels()?;
    is_x86_feature_detected!("avx2").then_some(Kernels {
        name: "avx2",
        idct8,
        ycc_rgb,
        ycc_rgba,
        ycc_bgra,
        grey_rgb,
        h2v1,
        h2v2,
        h1v2,
        to_f32,
        to_f32_stream,
        fence,
        to_u16,
        to_i16,
        interleave_uv,
        ..lower
    })
}

checked_kernels! {
    idct8(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct8_avx2;
    ycc_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_rgb_avx2;
    ycc_rgba(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_quads::<false>;
    ycc_bgra(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_quads::<true>;
    grey_rgb(grey: &[u8], out: &mut [u8]) = grey_rgb_avx2;
    h2v1(input: &[u8], out: &mut [u8]) = h2v1_avx2;
    h2v2(near: &[u8], far: &[u8], out: &mut [u8]) = h2v2_avx2;
    h1v2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) = h1v2_avx2;
    to_f32(input: &[u8], out: &mut [f32]) = to_f32_avx2;
    to_f32_stream(input: &[u8], out: &mut [f32]) = to_f32_stream_avx2;
    to_u16(input: &[u8], out: &mut [u16]) = to_u16_avx2;
    to_i16(input: &[u8], out: &mut [i16]) = to_i16_avx2;
    interleave_uv(cb: &[u8], cr: &[u8], out: &mut [u8]) = interleave_uv_avx2;
}

/// The 32 bytes of `src` from `at` on.
#[inline]
#[target_feature(enable = "avx2")]
fn load(src: &[u8], at: usize) -> __m256i {
    let src = &src[at..][..32];
    // SAFETY: `src` is 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_si256(src.as_ptr().cast()) }
}

/// Writes `v` over 32 bytes of `out` from element `at` on.
#[inline]
#[target_feature(enable = "avx2")]
fn store<T: Plain>(out: &mut [T], at: usize, v: __m256i) {
    let out = &mut out[at..][..32 / size_of::<T>()];
    // SAFETY: `out` is 32 writable bytes of a type that any bytes are valid
    // for; the store needs no alignment.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), v) }
}

/// Writes 64 bytes: the low lanes of `a` and `b`, then their high lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn store_lanes<T: Plain>(out: &mut [T], at: usize, a: __m256i, b: __m256i) {
    let out = &mut out[at..][..64 / size_of::<T>()];
    store(out, 0, _mm256_permute2x128_si256::<0x20>(a, b));
    store(
        out,
        32 / size_of::<T>(),
        _mm256_permute2x128_si256::<0x31>(a, b),
    );
}

/// Eight pairs of `(a, b)`.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs([a, b]: Pair) -> __m256i {
    _mm256_set1_epi32(i32::from(b) << 16 | i32::from(a) & 0xffff)
}

/// Coefficient rows `a` and `b` to pairs, in each lane those of four columns.
#[inline]
#[target_feature(enable = "avx2")]
fn row_pairs(coef: &[i16; 64], a: usize, b: usize) -> __m256i {
    let rows = _mm256_set_m128i(load_half(coef, b * 8), load_half(coef, a * 8));
    // Left halves of both rows to the low lane, right halves to the high one.
    let lanes = _mm256_permute4x64_epi64::<0b11_01_10_00>(rows);
    let zip = _mm_set_epi8(15, 14, 7, 6, 13, 12, 5, 4, 11, 10, 3, 2, 9, 8, 1, 0);
    _mm256_shuffle_epi8(lanes, _mm256_broadcastsi128_si256(zip))
}

/// One dimension of the 8-point transform in eight columns, descaled by `BITS`.
/// Inputs are coefficient pairs (0, 4), (1, 5), (2, 6) and (3, 7).
#[inline]
#[target_feature(enable = "avx2")]
fn idct8_1d<const BITS: i32>([p04, p15, p26, p37]: [__m256i; 4]) -> [__m256i; 8] {
    let round = _mm256_set1_epi32(1 << (BITS - 1));
    let e0 = _mm256_add_epi32(_mm256_madd_epi16(p04, pairs(eight::P04[0])), round);
    let e1 = _mm256_add_epi32(_mm256_madd_epi16(p04, pairs(eight::P04[1])), round);
    let e3 = _mm256_madd_epi16(p26, pairs(eight::P26[0]));
    let e2 = _mm256_madd_epi16(p26, pairs(eight::P26[1]));
    let even = [
        _mm256_add_epi32(e0, e3),
        _mm256_add_epi32(e1, e2),
        _mm256_sub_epi32(e1, e2),
        _mm256_sub_epi32(e0, e3),
    ];
    let mut out = [_mm256_setzero_si256(); 8];
    for i in 0..4 {
        let odd = _mm256_add_epi32(
            _mm256_madd_epi16(p15, pairs(eight::P15[i])),
            _mm256_madd_epi16(p37, pairs(eight::P37[i])),
        );
        out[i] = _mm256_srai_epi32::<BITS>(_mm256_add_epi32(even[i], odd));
        out[7 - i] = _mm256_srai_epi32::<BITS>(_mm256_sub_epi32(even[i], odd));
    }
    out
}

/// Whether a pack to 16 bits may have saturated in one of `v`.
#[inline]
#[target_feature(enable = "avx2")]
fn saturated([a, b, c, d]: [__m256i; 4]) -> bool {
    let low = _mm256_min_epi16(_mm256_min_epi16(a, b), _mm256_min_epi16(c, d));
    let high = _mm256_max_epi16(_mm256_max_epi16(a, b), _mm256_max_epi16(c, d));
    let low = _mm256_cmpeq_epi16(low, _mm256_set1_epi16(i16::MIN));
    let high = _mm256_cmpeq_epi16(high, _mm256_set1_epi16(i16::MAX));
    _mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0
}

/// Packs transform results to samples: ten bits kept, clipped, level shift.
#[inline]
#[target_feature(enable = "avx2")]
fn samples(a: __m256i, b: __m256i) -> __m256i {
    let ten_bits = |v| _mm256_srai_epi16::<6>(_mm256_slli_epi16::<6>(v));
    _mm256_xor_si256(
        _mm256_packs_epi16(ten_bits(a), ten_bits(b)),
        _mm256_set1_epi8(-128),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn idct8_avx2(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    let w = idct8_1d::<11>([
        row_pairs(coef, 0, 4),
        row_pairs(coef, 1, 5),
        row_pairs(coef, 2, 6),
        row_pairs(coef, 3, 7),
    ]);
    // Rows y and y + 1, columns 0 to 3 in the low lane.
    let rows = [
        _mm256_packs_epi32(w[0], w[1]),
        _mm256_packs_epi32(w[2], w[3]),
        _mm256_packs_epi32(w[4], w[5]),
        _mm256_packs_epi32(w[6], w[7]),
    ];
    if saturated(rows) {
        return idct8_wide(coef, out, stride);
    }
    // From here on the low lane has rows 0 to 3, the high one rows 4 to 7:
    // pairs (0, 4), (1, 5), (2, 6), (3, 7) of one row, then a transposition.
    let zip = |upper, lower| {
        let left = _mm256_permute2x128_si256::<0x20>(upper, lower);
        let right = _mm256_permute2x128_si256::<0x31>(upper, lower);
        [
            _mm256_unpacklo_epi16(left, right),
            _mm256_unpackhi_epi16(left, right),
        ]
    };
    let ([a, b], [c, d]) = (zip(rows[0], rows[2]), zip(rows[1], rows[3]));
    let (ab0, ab1) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd0, cd1) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    let v = idct8_1d::<18>([
        _mm256_unpacklo_epi64(ab0, cd0),
        _mm256_unpackhi_epi64(ab0, cd0),
        _mm256_unpacklo_epi64(ab1, cd1),
        _mm256_unpackhi_epi64(ab1, cd1),
    ]);
    let left = samples(
        _mm256_packs_epi32(v[0], v[1]),
        _mm256_packs_epi32(v[2], v[3]),
    );
    let right = samples(
        _mm256_packs_epi32(v[4], v[5]),
        _mm256_packs_epi32(v[6], v[7]),
    );
    // Bytes by column, four rows each, to bytes by row.
    let turn = _mm_set_epi8(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    let turn = _mm256_broadcastsi128_si256(turn);
    let left = _mm256_shuffle_epi8(left, turn);
    let right = _mm256_shuffle_epi8(right, turn);
    let even = _mm256_unpacklo_epi32(left, right);
    let odd = _mm256_unpackhi_epi32(left, right);
    let rows = [
        _mm256_castsi256_si128(even),
        _mm256_castsi256_si128(odd),
        _mm256_extracti128_si256::<1>(even),
        _mm256_extracti128_si256::<1>(odd),
    ];
    for (i, two) in rows.into_iter().enumerate() {
        store_low(out, 2 * i * stride, two);
        store_high(out, (2 * i + 1) * stride, two);
    }
}

/// Interleaves with zeros: bytes to 16-bit values, within each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn widen(v: __m256i) -> [__m256i; 2] {
    let zero = _mm256_setzero_si256();
    [_mm256_unpacklo_epi8(v, zero), _mm256_unpackhi_epi8(v, zero)]
}

/// Sixteen pixels, 16 bits a value, to (R, G, B) before clipping.
#[inline]
#[target_feature(enable = "avx2")]
fn rgb16(y: __m256i, cb: __m256i, cr: __m256i) -> [__m256i; 3] {
    let cb = _mm256_sub_epi16(cb, _mm256_set1_epi16(128));
    let cr = _mm256_sub_epi16(cr, _mm256_set1_epi16(128));
    let r = _mm256_add_epi16(
        _mm256_add_epi16(y, cr),
        _mm256_mulhrs_epi16(cr, _mm256_set1_epi16(RED)),
    );
    let b = _mm256_add_epi16(
        _mm256_add_epi16(y, _mm256_add_epi16(cb, cb)),
        _mm256_mulhrs_epi16(cb, _mm256_set1_epi16(BLUE)),
    );
    let green = |pairs| {
        let v = _mm256_madd_epi16(pairs, _mm256_set1_epi32(GREEN));
        _mm256_srai_epi32::<16>(_mm256_add_epi32(v, _mm256_set1_epi32(1 << 15)))
    };
    let g = _mm256_packs_epi32(
        green(_mm256_unpacklo_epi16(cb, cr)),
        green(_mm256_unpackhi_epi16(cb, cr)),
    );
    [r, _mm256_add_epi16(_mm256_sub_epi16(y, cr), g), b]
}

/// 32 pixels to planes of R, G and B.
#[inline]
#[target_feature(enable = "avx2")]
fn rgb32(y: __m256i, cb: __m256i, cr: __m256i) -> [__m256i; 3] {
    let (y, cb, cr) = (widen(y), widen(cb), widen(cr));
    let low = rgb16(y[0], cb[0], cr[0]);
    let high = rgb16(y[1], cb[1], cr[1]);
    [
        _mm256_packus_epi16(low[0], high[0]),
        _mm256_packus_epi16(low[1], high[1]),
        _mm256_packus_epi16(low[2], high[2]),
    ]
}

/// For channel `c`: where its samples lie in 16 interleaved bytes. Of vector
/// `k` of three it owns the bytes `j` with `(j + k - c) % 3 == 0`, so that one
/// shuffle serves all three vectors.
const SPREAD: [[i8; 16]; 3] = {
    let mut table = [[0; 16]; 3];
    let mut p = 0;
    while p < 48 {
        table[p % 3][p % 16] = (p / 3) as i8;
        p += 1;
    }
    table
};

/// All ones in every third byte from `first` on.
const fn third(first: usize) -> [i8; 16] {
    let mut mask = [0; 16];
    let mut j = first;
    while j < 16 {
        mask[j] = -1;
        j += 3;
    }
    mask
}

/// 16 constant bytes in both lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn both_lanes(bytes: &[i8; 16]) -> __m256i {
    _mm256_broadcastsi128_si256(load_half(bytes, 0))
}

/// 32 pixels of three channels to 96 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn store_triples(out: &mut [u8], i: usize, [r, g, b]: [__m256i; 3]) {
    let out = &mut out[i * 3..][..96];
    let r = _mm256_shuffle_epi8(r, both_lanes(&SPREAD[0]));
    let g = _mm256_shuffle_epi8(g, both_lanes(&SPREAD[1]));
    let b = _mm256_shuffle_epi8(b, both_lanes(&SPREAD[2]));
    let one = both_lanes(&const { third(1) });
    let two = both_lanes(&const { third(2) });
    // Vectors of 16 bytes start at channel 0, 1 and 2 in turn.
    let merge = |a, b, c| _mm256_blendv_epi8(_mm256_blendv_epi8(a, b, one), c, two);
    let (v0, v1, v2) = (merge(r, g, b), merge(g, b, r), merge(b, r, g));
    store(out, 0, _mm256_permute2x128_si256::<0x20>(v0, v1));
    store(out, 32, _mm256_blend_epi32::<0b1111_0000>(v2, v0));
    store(out, 64, _mm256_permute2x128_si256::<0x31>(v1, v2));
}

/// 32 pixels of four channels to 128 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn store_quads(out: &mut [u8], i: usize, [a, b, c, d]: [__m256i; 4]) {
    let out = &mut out[i * 4..][..128];
    let ab = [_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)];
    let cd = [_mm256_unpacklo_epi8(c, d), _mm256_unpackhi_epi8(c, d)];
    // Pixels 0 to 3, 4 to 7, 8 to 11 and 12 to 15 of each lane.
    let v = [
        _mm256_unpacklo_epi16(ab[0], cd[0]),
        _mm256_unpackhi_epi16(ab[0], cd[0]),
        _mm256_unpacklo_epi16(ab[1], cd[1]),
        _mm256_unpackhi_epi16(ab[1], cd[1]),
    ];
    store(out, 0, _mm256_permute2x128_si256::<0x20>(v[0], v[1]));
    store(out, 32, _mm256_permute2x128_si256::<0x20>(v[2], v[3]));
    store(out, 64, _mm256_permute2x128_si256::<0x31>(v[0], v[1]));
    store(out, 96, _mm256_permute2x128_si256::<0x31>(v[2], v[3]));
}

#[inline]
#[target_feature(enable = "avx2")]
fn ycc_rgb_avx2(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), 3);
    let n = y.len();
    if n < 32 {
        return ssse3::ycc_rgb_ssse3(y, cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        // The last step goes over pixels again rather than beyond the end.
        let i = at.min(n - 32);
        store_triples(out, i, rgb32(load(y, i), load(cb, i), load(cr, i)));
        at += 32;
    }
}

/// YCbCr to RGBA, or to BGRA.
#[inline]
#[target_feature(enable = "avx2")]
fn ycc_quads<const BGR: bool>(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), 4);
    let n = y.len();
    if n < 32 {
        return sse2::ycc_quads::<BGR>(y, cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 32);
        let [r, g, b] = rgb32(load(y, i), load(cb, i), load(cr, i));
        let (first, third) = if BGR { (b, r) } else { (r, b) };
        store_quads(out, i, [first, g, third, _mm256_set1_epi8(-1)]);
        at += 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn grey_rgb_avx2(grey: &[u8], out: &mut [u8]) {
    check_rows([grey.len()], out.len(), 3);
    let n = grey.len();
    if n < 32 {
        return ssse3::grey_rgb_ssse3(grey, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 32);
        store_triples(out, i, [load(grey, i); 3]);
        at += 32;
    }
}

/// `3 * a + b` of 32 bytes each, 16 bits a value.
#[inline]
#[target_feature(enable = "avx2")]
fn blend(a: __m256i, b: __m256i) -> [__m256i; 2] {
    let weights = _mm256_set1_epi16(1 << 8 | 3);
    [
        _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), weights),
        _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), weights),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn h2v1_avx2(input: &[u8], out: &mut [u8]) {
    check_rows([input.len()], out.len(), 2);
    let n = input.len();
    if n < 34 {
        return ssse3::h2v1_ssse3(input, out);
    }
    scalar::h2v1_range(input, out, 0..1);
    scalar::h2v1_range(input, out, n - 1..n);
    let mut at = 1;
    while at < n - 1 {
        let i = at.min(n - 33);
        let this = load(input, i);
        let even = blend(this, load(input, i - 1));
        let odd = blend(this, load(input, i + 1));
        let half = |h: usize| {
            let even = _mm256_srli_epi16::<2>(_mm256_add_epi16(even[h], _mm256_set1_epi16(1)));
            let odd = _mm256_srli_epi16::<2>(_mm256_add_epi16(odd[h], _mm256_set1_epi16(2)));
            _mm256_or_si256(even, _mm256_slli_epi16::<8>(odd))
        };
        store_lanes(out, 2 * i, half(0), half(1));
        at += 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn h2v2_avx2(near: &[u8], far: &[u8], out: &mut [u8]) {
    check_rows([near.len(), far.len()], out.len(), 2);
    let n = near.len();
    if n < 34 {
        return ssse3::h2v2_ssse3(near, far, out);
    }
    scalar::h2v2_range(near, far, out, 0..1);
    scalar::h2v2_range(near, far, out, n - 1..n);
    let mut at = 1;
    while at < n - 1 {
        let i = at.min(n - 33);
        let sums = |i| blend(load(near, i), load(far, i));
        let (last, this, next) = (sums(i - 1), sums(i), sums(i + 1));
        let half = |h: usize| {
            let this = _mm256_add_epi16(_mm256_add_epi16(this[h], this[h]), this[h]);
            let even = _mm256_add_epi16(_mm256_add_epi16(this, last[h]), _mm256_set1_epi16(8));
            let odd = _mm256_add_epi16(_mm256_add_epi16(this, next[h]), _mm256_set1_epi16(7));
            let (even, odd) = (_mm256_srli_epi16::<4>(even), _mm256_srli_epi16::<4>(odd));
            _mm256_or_si256(even, _mm256_slli_epi16::<8>(odd))
        };
        store_lanes(out, 2 * i, half(0), half(1));
        at += 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn h1v2_avx2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) {
    check_rows([near.len(), far.len()], out.len(), 1);
    let n = near.len();
    if n < 32 || bias > 3 {
        return ssse3::h1v2_ssse3(near, far, out, bias);
    }
    let bias = _mm256_set1_epi16(i16::from(bias));
    let mut at = 0;
    while at < n {
        let i = at.min(n - 32);
        let v = blend(load(near, i), load(far, i));
        let scale = |v| _mm256_srli_epi16::<2>(_mm256_add_epi16(v, bias));
        store(out, i, _mm256_packus_epi16(scale(v[0]), scale(v[1])));
        at += 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn to_f32_avx2(input: &[u8], out: &mut [f32]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return sse2::to_f32_sse2(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let [low, high] = units(load_half(input, i));
        store(out, i, _mm256_castps_si256(low));
        store(out, i + 8, _mm256_castps_si256(high));
        at += 16;
    }
}

/// Sixteen samples to `x / 255`.
#[inline]
#[target_feature(enable = "avx2")]
fn units(v: __m128i) -> [__m256; 2] {
    let unit = |v| {
        let x = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(v));
        let coarse = _mm256_mul_ps(x, _mm256_set1_ps(scalar::TO_UNIT[0]));
        let fine = _mm256_mul_ps(x, _mm256_set1_ps(scalar::TO_UNIT[1]));
        _mm256_add_ps(coarse, fine)
    };
    [unit(v), unit(_mm_unpackhi_epi64(v, v))]
}

/// The conversion with stores that go past the caches, a whole line at a time.
#[inline]
#[target_feature(enable = "avx2")]
fn to_f32_stream_avx2(input: &[u8], out: &mut [f32]) {
    check_rows([input.len()], out.len(), 1);
    if cfg!(miri) {
        // Miri cannot interpret these stores.
        return to_f32_avx2(input, out);
    }
    // Up to the first whole line, and what is left after the last one.
    let head = out.as_ptr().align_offset(64).min(out.len());
    let body = (out.len() - head) / 16 * 16;
    to_f32_avx2(&input[..head], &mut out[..head]);
    to_f32_avx2(&input[head + body..], &mut out[head + body..]);
    let (lines, _) = input[head..][..body].as_chunks::<16>();
    let (results, _) = out[head..][..body].as_chunks_mut::<16>();
    for (line, result) in lines.iter().zip(results) {
        let [low, high] = units(load_half(line, 0));
        let at = result.as_mut_ptr();
        // SAFETY: `result` is 64 writable bytes, and it lies at a multiple of
        // 64: `head` was chosen so, and every step is 64 bytes. (An offset that
        // cannot be had is larger than any slice and leaves no lines.)
        unsafe {
            _mm256_stream_ps(at, low);
            _mm256_stream_ps(at.add(8), high);
        }
    }
}

/// Orders the stores that went past the caches with all others.
fn fence() {
    // SAFETY: every processor of this architecture has the instruction.
    unsafe { _mm_sfence() }
}

#[inline]
#[target_feature(enable = "avx2")]
fn to_u16_avx2(input: &[u8], out: &mut [u16]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 32 {
        return sse2::to_u16_sse2(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 32);
        let v = load(input, i);
        // A byte in both halves of 16 bits is 257 times itself.
        store_lanes(
            out,
            i,
            _mm256_unpacklo_epi8(v, v),
            _mm256_unpackhi_epi8(v, v),
        );
        at += 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn to_i16_avx2(input: &[u8], out: &mut [i16]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 32 {
        return sse2::to_i16_sse2(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 32);
        let v = load(input, i);
        let signed = _mm256_xor_si256(v, _mm256_set1_epi8(-128));
        store_lanes(
            out,
            i,
            _mm256_unpacklo_epi8(v, signed),
            _mm256_unpackhi_epi8(v, signed),
        );
        at += 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn interleave_uv_avx2(cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([cb.len(), cr.len()], out.len(), 2);
    let n = cb.len();
    if n < 32 {
        return sse2::interleave_uv_sse2(cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 32);
        let (cb, cr) = (load(cb, i), load(cr, i));
        store_lanes(
            out,
            2 * i,
            _mm256_unpacklo_epi8(cb, cr),
            _mm256_unpackhi_epi8(cb, cr),
        );
        at += 32;
    }
}
