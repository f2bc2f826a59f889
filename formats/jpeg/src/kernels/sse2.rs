//! SSE2: every x86-64 processor has it.
//!
//! The transforms multiply 16-bit values in pairs (`pmaddwd`), which is exact:
//! the inputs are 16 bits wide, every constant of the combined rotations is
//! below 2^15, and 32-bit sums wrap only where the scalar kernels show that it
//! does no harm. Only the column pass's result may be wider than 16 bits. The
//! pack instruction saturates then, so a block that shows a saturated value is
//! left to the scalar kernel.

#![allow(unsafe_code, reason = "SIMD loads, stores and calls")]

use super::factors::{Pair, eight, four, two};
use super::scalar;
use super::{Kernels, Plain, check_block, check_rows, checked_kernels};
use core::arch::x86_64::*;

/// The kernels of this file, if the processor has SSE2.
pub(super) fn kernels() -> Option<Kernels> {
    is_x86_feature_detected!("sse2").then_some(Kernels {
        name: "sse2",
        idct8,
        idct_dc,
        idct4,
        idct2,
        ycc_rgb,
        ycc_rgba,
        ycc_bgra,
        grey_rgb: scalar::KERNELS.grey_rgb,
        grey_rgba,
        h2v1,
        h2v2,
        h1v2,
        to_f32,
        to_f32_stream: to_f32,
        fence: || {},
        to_u16,
        to_i16,
        to_i8,
        interleave_uv,
    })
}

checked_kernels! {
    idct8(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct8_sse2;
    idct_dc(dc: i16, out: &mut [u8], stride: usize) = idct_dc_sse2;
    idct4(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct4_sse2;
    idct2(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct2_sse2;
    ycc_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_rgb_sse2;
    ycc_rgba(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_quads::<false>;
    ycc_bgra(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_quads::<true>;
    grey_rgba(grey: &[u8], out: &mut [u8]) = grey_rgba_sse2;
    h2v1(input: &[u8], out: &mut [u8]) = h2v1_sse2;
    h2v2(near: &[u8], far: &[u8], out: &mut [u8]) = h2v2_sse2;
    h1v2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) = h1v2_sse2;
    to_f32(input: &[u8], out: &mut [f32]) = to_f32_sse2;
    to_u16(input: &[u8], out: &mut [u16]) = to_u16_sse2;
    to_i16(input: &[u8], out: &mut [i16]) = to_i16_sse2;
    to_i8(input: &[u8], out: &mut [i8]) = to_i8_sse2;
    interleave_uv(cb: &[u8], cr: &[u8], out: &mut [u8]) = interleave_uv_sse2;
}

/// The 16 bytes of `src` from `at` on.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn load<T: Plain>(src: &[T], at: usize) -> __m128i {
    let src = &src[at..][..16 / size_of::<T>()];
    // SAFETY: `src` is 16 readable bytes; the load needs no alignment.
    unsafe { _mm_loadu_si128(src.as_ptr().cast()) }
}

/// Writes `v` over 16 bytes of `out` from element `at` on.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn store<T: Plain>(out: &mut [T], at: usize, v: __m128i) {
    let out = &mut out[at..][..16 / size_of::<T>()];
    // SAFETY: `out` is 16 writable bytes of a type that any bytes are valid
    // for; the store needs no alignment.
    unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), v) }
}

/// Writes the lower half of `v` over 8 bytes of `out` from `at` on.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn store_low(out: &mut [u8], at: usize, v: __m128i) {
    let out = &mut out[at..][..8];
    // SAFETY: `out` is 8 writable bytes; the store needs no alignment.
    unsafe { _mm_storel_epi64(out.as_mut_ptr().cast(), v) }
}

/// Writes the upper half of `v` over 8 bytes of `out` from `at` on.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn store_high(out: &mut [u8], at: usize, v: __m128i) {
    // `_mm_storeh_pd` would need an aligned place.
    store_low(out, at, _mm_unpackhi_epi64(v, v));
}

/// Four pairs of `(a, b)`.
#[inline]
#[target_feature(enable = "sse2")]
fn pairs([a, b]: Pair) -> __m128i {
    _mm_set_epi16(b, a, b, a, b, a, b, a)
}

/// Rows of eight 16-bit values to one vector of (0, 4), (1, 5), (2, 6), (3, 7).
#[inline]
#[target_feature(enable = "sse2")]
fn split_pairs(row: __m128i) -> __m128i {
    _mm_unpacklo_epi16(row, _mm_unpackhi_epi64(row, row))
}

/// Transposes 4x4 values of 32 bits.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn transpose([a, b, c, d]: [__m128i; 4]) -> [__m128i; 4] {
    let (ab0, ab1) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    let (cd0, cd1) = (_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    [
        _mm_unpacklo_epi64(ab0, cd0),
        _mm_unpackhi_epi64(ab0, cd0),
        _mm_unpacklo_epi64(ab1, cd1),
        _mm_unpackhi_epi64(ab1, cd1),
    ]
}

/// Transposes 4x4 bytes.
#[inline]
#[target_feature(enable = "sse2")]
fn transpose_bytes(v: __m128i) -> __m128i {
    let v = _mm_unpacklo_epi8(v, _mm_srli_si128::<8>(v));
    _mm_unpacklo_epi8(v, _mm_srli_si128::<8>(v))
}

/// Of every value the low ten bits, signed.
#[inline]
#[target_feature(enable = "sse2")]
fn ten_bits(v: __m128i) -> __m128i {
    _mm_srai_epi16::<6>(_mm_slli_epi16::<6>(v))
}

/// Packs transform results to samples: ten bits kept, clipped, level shift.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn samples(a: __m128i, b: __m128i) -> __m128i {
    _mm_xor_si128(
        _mm_packs_epi16(ten_bits(a), ten_bits(b)),
        _mm_set1_epi8(-128),
    )
}

/// Whether a pack to 16 bits may have saturated in one of `v`.
#[inline]
#[target_feature(enable = "sse2")]
fn saturated<const N: usize>(v: [__m128i; N]) -> bool {
    let (mut low, mut high) = (v[0], v[0]);
    for &v in &v[1..] {
        low = _mm_min_epi16(low, v);
        high = _mm_max_epi16(high, v);
    }
    let low = _mm_cmpeq_epi16(low, _mm_set1_epi16(i16::MIN));
    let high = _mm_cmpeq_epi16(high, _mm_set1_epi16(i16::MAX));
    _mm_movemask_epi8(_mm_or_si128(low, high)) != 0
}

/// One dimension of the 8-point transform in four columns, descaled by `BITS`.
/// Inputs are coefficient pairs (0, 4), (1, 5), (2, 6) and (3, 7).
#[inline]
#[target_feature(enable = "sse2")]
fn idct8_1d<const BITS: i32>([p04, p15, p26, p37]: [__m128i; 4]) -> [__m128i; 8] {
    let round = _mm_set1_epi32(1 << (BITS - 1));
    let sum =
        |a, fa, b, fb| _mm_add_epi32(_mm_madd_epi16(a, pairs(fa)), _mm_madd_epi16(b, pairs(fb)));
    let e0 = _mm_add_epi32(_mm_madd_epi16(p04, pairs(eight::P04[0])), round);
    let e1 = _mm_add_epi32(_mm_madd_epi16(p04, pairs(eight::P04[1])), round);
    let e3 = _mm_madd_epi16(p26, pairs(eight::P26[0]));
    let e2 = _mm_madd_epi16(p26, pairs(eight::P26[1]));
    let even = [
        _mm_add_epi32(e0, e3),
        _mm_add_epi32(e1, e2),
        _mm_sub_epi32(e1, e2),
        _mm_sub_epi32(e0, e3),
    ];
    let mut out = [_mm_setzero_si128(); 8];
    for i in 0..4 {
        let odd = sum(p15, eight::P15[i], p37, eight::P37[i]);
        out[i] = _mm_srai_epi32::<BITS>(_mm_add_epi32(even[i], odd));
        out[7 - i] = _mm_srai_epi32::<BITS>(_mm_sub_epi32(even[i], odd));
    }
    out
}

/// Coefficient rows `a` and `b` to pairs, of the columns 0 to 3 and 4 to 7.
#[inline]
#[target_feature(enable = "sse2")]
fn row_pairs(coef: &[i16; 64], a: usize, b: usize) -> [__m128i; 2] {
    let (a, b) = (load(coef, a * 8), load(coef, b * 8));
    [_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b)]
}

#[inline]
#[target_feature(enable = "sse2")]
fn idct8_sse2(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    if !idct8_narrow(coef, out, stride) {
        scalar::idct8(coef, out, stride);
    }
}

/// The transform with 16 bits between the passes; false, and nothing written,
/// if the block needs more.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn idct8_narrow(coef: &[i16; 64], out: &mut [u8], stride: usize) -> bool {
    check_block(out.len(), stride, 8);
    let p04 = row_pairs(coef, 0, 4);
    let p15 = row_pairs(coef, 1, 5);
    let p26 = row_pairs(coef, 2, 6);
    let p37 = row_pairs(coef, 3, 7);
    let left = idct8_1d::<11>([p04[0], p15[0], p26[0], p37[0]]);
    let right = idct8_1d::<11>([p04[1], p15[1], p26[1], p37[1]]);
    let mut rows = [_mm_setzero_si128(); 8];
    for y in 0..8 {
        rows[y] = _mm_packs_epi32(left[y], right[y]);
    }
    if saturated(rows) {
        return false;
    }
    for y in [0, 4] {
        let pairs = [
            split_pairs(rows[y]),
            split_pairs(rows[y + 1]),
            split_pairs(rows[y + 2]),
            split_pairs(rows[y + 3]),
        ];
        let v = idct8_1d::<18>(transpose(pairs));
        let left = samples(_mm_packs_epi32(v[0], v[1]), _mm_packs_epi32(v[2], v[3]));
        let right = samples(_mm_packs_epi32(v[4], v[5]), _mm_packs_epi32(v[6], v[7]));
        let (left, right) = (transpose_bytes(left), transpose_bytes(right));
        let upper = _mm_unpacklo_epi32(left, right);
        let lower = _mm_unpackhi_epi32(left, right);
        store_low(out, y * stride, upper);
        store_high(out, (y + 1) * stride, upper);
        store_low(out, (y + 2) * stride, lower);
        store_high(out, (y + 3) * stride, lower);
    }
    true
}

#[inline]
#[target_feature(enable = "sse2")]
fn idct_dc_sse2(dc: i16, out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    let v = _mm_set1_epi8(scalar::dc_sample(dc) as i8);
    for y in 0..8 {
        store_low(out, y * stride, v);
    }
}

/// One dimension of the 8-to-4-point transform; see [`idct8_1d`].
///
/// The column pass of this and of the 8-to-2-point transform can pass 2^31,
/// but not 2^32 - 2^29, so that a sum that wrapped is still far beyond 16 bits
/// after descaling and shows as saturated.
#[inline]
#[target_feature(enable = "sse2")]
fn idct4_1d<const BITS: i32>([p04, p15, p26, p37]: [__m128i; 4]) -> [__m128i; 4] {
    let e0 = _mm_madd_epi16(p04, pairs(four::P04));
    let e0 = _mm_add_epi32(e0, _mm_set1_epi32(1 << (BITS - 1)));
    let e2 = _mm_madd_epi16(p26, pairs(four::P26));
    let odd = |i: usize| {
        _mm_add_epi32(
            _mm_madd_epi16(p15, pairs(four::P15[i])),
            _mm_madd_epi16(p37, pairs(four::P37[i])),
        )
    };
    let (outer, inner) = (_mm_add_epi32(e0, e2), _mm_sub_epi32(e0, e2));
    let (odd0, odd1) = (odd(0), odd(1));
    [
        _mm_srai_epi32::<BITS>(_mm_add_epi32(outer, odd0)),
        _mm_srai_epi32::<BITS>(_mm_add_epi32(inner, odd1)),
        _mm_srai_epi32::<BITS>(_mm_sub_epi32(inner, odd1)),
        _mm_srai_epi32::<BITS>(_mm_sub_epi32(outer, odd0)),
    ]
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn idct4_sse2(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 4);
    let p04 = row_pairs(coef, 0, 4);
    let p15 = row_pairs(coef, 1, 5);
    let p26 = row_pairs(coef, 2, 6);
    let p37 = row_pairs(coef, 3, 7);
    let left = idct4_1d::<12>([p04[0], p15[0], p26[0], p37[0]]);
    let right = idct4_1d::<12>([p04[1], p15[1], p26[1], p37[1]]);
    let mut rows = [_mm_setzero_si128(); 4];
    for y in 0..4 {
        rows[y] = _mm_packs_epi32(left[y], right[y]);
    }
    if saturated(rows) {
        return scalar::idct4(coef, out, stride);
    }
    let pairs = transpose([
        split_pairs(rows[0]),
        split_pairs(rows[1]),
        split_pairs(rows[2]),
        split_pairs(rows[3]),
    ]);
    let v = idct4_1d::<19>(pairs);
    let v = samples(_mm_packs_epi32(v[0], v[1]), _mm_packs_epi32(v[2], v[3]));
    let mut square = [0; 16];
    store(&mut square, 0, transpose_bytes(v));
    for (y, row) in square.chunks_exact(4).enumerate() {
        out[y * stride..][..4].copy_from_slice(row);
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn idct2_sse2(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 2);
    let p15 = row_pairs(coef, 1, 5);
    let p37 = row_pairs(coef, 3, 7);
    let dc = load(coef, 0);
    let zero = _mm_setzero_si128();
    let column = |half: usize, dc: __m128i| {
        // `dc` has the coefficients in the upper halves: c * 2^16.
        let even = _mm_srai_epi32::<1>(dc);
        let even = _mm_add_epi32(even, _mm_set1_epi32(1 << 12));
        let odd = _mm_add_epi32(
            _mm_madd_epi16(p15[half], pairs(two::P15)),
            _mm_madd_epi16(p37[half], pairs(two::P37)),
        );
        [
            _mm_srai_epi32::<13>(_mm_add_epi32(even, odd)),
            _mm_srai_epi32::<13>(_mm_sub_epi32(even, odd)),
        ]
    };
    let left = column(0, _mm_unpacklo_epi16(zero, dc));
    let right = column(1, _mm_unpackhi_epi16(zero, dc));
    let rows = [
        _mm_packs_epi32(left[0], right[0]),
        _mm_packs_epi32(left[1], right[1]),
    ];
    if saturated(rows) {
        return scalar::idct2(coef, out, stride);
    }
    for (y, row) in rows.into_iter().enumerate() {
        let odd = _mm_madd_epi16(row, load(&two::ROW, 0));
        let odd = _mm_add_epi32(odd, _mm_shuffle_epi32::<0b01_00_11_10>(odd));
        let odd = _mm_add_epi32(odd, _mm_shuffle_epi32::<0b10_11_00_01>(odd));
        let (even, odd) = (
            _mm_cvtsi128_si32(_mm_slli_epi32::<16>(row)) >> 1,
            _mm_cvtsi128_si32(odd),
        );
        for (o, v) in out[y * stride..][..2]
            .iter_mut()
            .zip([even.wrapping_add(odd), even.wrapping_sub(odd)])
        {
            *o = scalar::sample(scalar::descale(v, 20));
        }
    }
}

/// Sixteen bytes to two vectors of 16-bit values.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn widen(v: __m128i) -> [__m128i; 2] {
    let zero = _mm_setzero_si128();
    [_mm_unpacklo_epi8(v, zero), _mm_unpackhi_epi8(v, zero)]
}

/// Eight pixels, 16 bits a value, to (R, G, B) before clipping.
///
/// Each factor is split into a whole part and a 16-bit fraction:
/// `(f * x + 2^15) >> 16` is `((2 * f * x >> 16) + 1) >> 1`, exactly.
#[inline]
#[target_feature(enable = "sse2")]
fn rgb8(y: __m128i, cb: __m128i, cr: __m128i) -> [__m128i; 3] {
    let cb = _mm_sub_epi16(cb, _mm_set1_epi16(128));
    let cr = _mm_sub_epi16(cr, _mm_set1_epi16(128));
    let part = |x, f| {
        let v = _mm_mulhi_epi16(_mm_add_epi16(x, x), _mm_set1_epi16(f));
        _mm_srai_epi16::<1>(_mm_add_epi16(v, _mm_set1_epi16(1)))
    };
    let r = _mm_add_epi16(_mm_add_epi16(y, cr), part(cr, RED));
    let b = _mm_add_epi16(_mm_add_epi16(y, _mm_add_epi16(cb, cb)), part(cb, BLUE));
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

/// 1.402 less 1, in 1/65536.
const RED: i16 = (91881 - 65536) as i16;
/// 1.772 less 2.
const BLUE: i16 = (116130 - 131072) as i16;
/// -0.34414 of Cb in the low half, 1 - 0.71414 of Cr in the high one.
pub(super) const GREEN: i32 = (65536 - 46802) << 16 | (-22554i32 & 0xffff);

/// Sixteen pixels to planes of R, G and B.
#[inline]
#[target_feature(enable = "sse2")]
fn rgb16(y: __m128i, cb: __m128i, cr: __m128i) -> [__m128i; 3] {
    let (y, cb, cr) = (widen(y), widen(cb), widen(cr));
    let low = rgb8(y[0], cb[0], cr[0]);
    let high = rgb8(y[1], cb[1], cr[1]);
    [
        _mm_packus_epi16(low[0], high[0]),
        _mm_packus_epi16(low[1], high[1]),
        _mm_packus_epi16(low[2], high[2]),
    ]
}

#[inline]
#[target_feature(enable = "sse2")]
fn ycc_rgb_sse2(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), 3);
    let n = y.len();
    if n < 16 {
        return scalar::ycc_rgb(y, cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        // The last step goes over pixels again rather than beyond the end.
        let i = at.min(n - 16);
        let rgb = rgb16(load(y, i), load(cb, i), load(cr, i));
        let mut planes = [[0; 16]; 3];
        for (plane, v) in planes.iter_mut().zip(rgb) {
            store(plane, 0, v);
        }
        for (x, o) in out[i * 3..][..48].chunks_exact_mut(3).enumerate() {
            o.copy_from_slice(&[planes[0][x], planes[1][x], planes[2][x]]);
        }
        at += 16;
    }
}

/// Writes sixteen pixels of four channels from pixel `i` on.
#[inline]
#[target_feature(enable = "sse2")]
fn store_quads(out: &mut [u8], i: usize, [a, b, c, d]: [__m128i; 4]) {
    let ab = [_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b)];
    let cd = [_mm_unpacklo_epi8(c, d), _mm_unpackhi_epi8(c, d)];
    let out = &mut out[i * 4..][..64];
    for half in 0..2 {
        store(out, half * 32, _mm_unpacklo_epi16(ab[half], cd[half]));
        store(out, half * 32 + 16, _mm_unpackhi_epi16(ab[half], cd[half]));
    }
}

/// YCbCr to RGBA, or to BGRA.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn ycc_quads<const BGR: bool>(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), 4);
    let n = y.len();
    if n < 16 {
        return if BGR {
            scalar::ycc_bgra(y, cb, cr, out)
        } else {
            scalar::ycc_rgba(y, cb, cr, out)
        };
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let [r, g, b] = rgb16(load(y, i), load(cb, i), load(cr, i));
        let (first, third) = if BGR { (b, r) } else { (r, b) };
        store_quads(out, i, [first, g, third, _mm_set1_epi8(-1)]);
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn grey_rgba_sse2(grey: &[u8], out: &mut [u8]) {
    check_rows([grey.len()], out.len(), 4);
    let n = grey.len();
    if n < 16 {
        return scalar::grey_rgba(grey, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let g = load(grey, i);
        store_quads(out, i, [g, g, g, _mm_set1_epi8(-1)]);
        at += 16;
    }
}

/// Three times `v`, 16 bits a value.
#[inline]
#[target_feature(enable = "sse2")]
fn triple(v: __m128i) -> __m128i {
    _mm_add_epi16(_mm_add_epi16(v, v), v)
}

#[inline]
#[target_feature(enable = "sse2")]
fn h2v1_sse2(input: &[u8], out: &mut [u8]) {
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
        let (last, this) = (widen(load(input, i - 1)), widen(load(input, i)));
        let next = widen(load(input, i + 1));
        for half in 0..2 {
            let this = triple(this[half]);
            let even = _mm_add_epi16(_mm_add_epi16(this, last[half]), _mm_set1_epi16(1));
            let odd = _mm_add_epi16(_mm_add_epi16(this, next[half]), _mm_set1_epi16(2));
            let (even, odd) = (_mm_srli_epi16::<2>(even), _mm_srli_epi16::<2>(odd));
            let v = _mm_or_si128(even, _mm_slli_epi16::<8>(odd));
            store(out, 2 * i + 16 * half, v);
        }
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn h2v2_sse2(near: &[u8], far: &[u8], out: &mut [u8]) {
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
        let sums = |i| {
            let (near, far) = (widen(load(near, i)), widen(load(far, i)));
            [
                _mm_add_epi16(triple(near[0]), far[0]),
                _mm_add_epi16(triple(near[1]), far[1]),
            ]
        };
        let (last, this, next) = (sums(i - 1), sums(i), sums(i + 1));
        for half in 0..2 {
            let this = triple(this[half]);
            let even = _mm_add_epi16(_mm_add_epi16(this, last[half]), _mm_set1_epi16(8));
            let odd = _mm_add_epi16(_mm_add_epi16(this, next[half]), _mm_set1_epi16(7));
            let (even, odd) = (_mm_srli_epi16::<4>(even), _mm_srli_epi16::<4>(odd));
            let v = _mm_or_si128(even, _mm_slli_epi16::<8>(odd));
            store(out, 2 * i + 16 * half, v);
        }
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn h1v2_sse2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) {
    check_rows([near.len(), far.len()], out.len(), 1);
    let n = near.len();
    if n < 16 || bias > 3 {
        return scalar::h1v2(near, far, out, bias);
    }
    let bias = _mm_set1_epi16(i16::from(bias));
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let (near, far) = (widen(load(near, i)), widen(load(far, i)));
        let blend =
            |near, far| _mm_srli_epi16::<2>(_mm_add_epi16(_mm_add_epi16(triple(near), far), bias));
        store(
            out,
            i,
            _mm_packus_epi16(blend(near[0], far[0]), blend(near[1], far[1])),
        );
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn to_f32_sse2(input: &[u8], out: &mut [f32]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_f32(input, out);
    }
    let zero = _mm_setzero_si128();
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let halves = widen(load(input, i));
        for (quarter, v) in [
            _mm_unpacklo_epi16(halves[0], zero),
            _mm_unpackhi_epi16(halves[0], zero),
            _mm_unpacklo_epi16(halves[1], zero),
            _mm_unpackhi_epi16(halves[1], zero),
        ]
        .into_iter()
        .enumerate()
        {
            let x = _mm_cvtepi32_ps(v);
            let coarse = _mm_mul_ps(x, _mm_set1_ps(scalar::TO_UNIT[0]));
            let fine = _mm_mul_ps(x, _mm_set1_ps(scalar::TO_UNIT[1]));
            store(
                out,
                i + 4 * quarter,
                _mm_castps_si128(_mm_add_ps(coarse, fine)),
            );
        }
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn to_u16_sse2(input: &[u8], out: &mut [u16]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_u16(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let v = load(input, i);
        // A byte in both halves of 16 bits is 257 times itself.
        store(out, i, _mm_unpacklo_epi8(v, v));
        store(out, i + 8, _mm_unpackhi_epi8(v, v));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn to_i16_sse2(input: &[u8], out: &mut [i16]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_i16(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let v = load(input, i);
        let signed = _mm_xor_si128(v, _mm_set1_epi8(-128));
        store(out, i, _mm_unpacklo_epi8(v, signed));
        store(out, i + 8, _mm_unpackhi_epi8(v, signed));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn to_i8_sse2(input: &[u8], out: &mut [i8]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_i8(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        store(out, i, _mm_xor_si128(load(input, i), _mm_set1_epi8(-128)));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn interleave_uv_sse2(cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([cb.len(), cr.len()], out.len(), 2);
    let n = cb.len();
    if n < 16 {
        return scalar::interleave_uv(cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let (cb, cr) = (load(cb, i), load(cr, i));
        store(out, 2 * i, _mm_unpacklo_epi8(cb, cr));
        store(out, 2 * i + 16, _mm_unpackhi_epi8(cb, cr));
        at += 16;
    }
}
