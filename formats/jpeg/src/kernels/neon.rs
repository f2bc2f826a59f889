//! NEON: every 64-bit Arm processor has it.
//!
//! The transforms multiply 16-bit values to 32-bit sums, with the combined
//! factors of `factors`; see `sse2` for why that is exact and why a block whose
//! column pass saturates 16 bits is left to the scalar kernel.

#![allow(unsafe_code, reason = "SIMD loads, stores and calls")]

use super::factors::{Pair, eight, four, two};
use super::{Kernels, Plain, check_block, check_rows, checked_kernels, scalar};
use core::arch::aarch64::*;

/// The kernels of this file, if the processor has NEON.
pub(super) fn kernels() -> Option<Kernels> {
    std::arch::is_aarch64_feature_detected!("neon").then_some(Kernels {
        name: "neon",
        idct8,
        idct_dc,
        idct4,
        idct2,
        ycc_rgb,
        ycc_rgba,
        ycc_bgra,
        grey_rgb,
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
    idct8(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct8_neon;
    idct_dc(dc: i16, out: &mut [u8], stride: usize) = idct_dc_neon;
    idct4(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct4_neon;
    idct2(coef: &[i16; 64], out: &mut [u8], stride: usize) = idct2_neon;
    ycc_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_rgb_neon;
    ycc_rgba(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_quads::<false>;
    ycc_bgra(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) = ycc_quads::<true>;
    grey_rgb(grey: &[u8], out: &mut [u8]) = grey_rgb_neon;
    grey_rgba(grey: &[u8], out: &mut [u8]) = grey_rgba_neon;
    h2v1(input: &[u8], out: &mut [u8]) = h2v1_neon;
    h2v2(near: &[u8], far: &[u8], out: &mut [u8]) = h2v2_neon;
    h1v2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) = h1v2_neon;
    to_f32(input: &[u8], out: &mut [f32]) = to_f32_neon;
    to_u16(input: &[u8], out: &mut [u16]) = to_u16_neon;
    to_i16(input: &[u8], out: &mut [i16]) = to_i16_neon;
    to_i8(input: &[u8], out: &mut [i8]) = to_i8_neon;
    interleave_uv(cb: &[u8], cr: &[u8], out: &mut [u8]) = interleave_uv_neon;
}

/// The 16 bytes of `src` from `at` on.
#[inline]
#[target_feature(enable = "neon")]
fn load(src: &[u8], at: usize) -> uint8x16_t {
    let src = &src[at..][..16];
    // SAFETY: `src` is 16 readable bytes; the load needs no alignment.
    unsafe { vld1q_u8(src.as_ptr()) }
}

/// Row `y` of a block.
#[inline]
#[target_feature(enable = "neon")]
fn load_row(coef: &[i16; 64], y: usize) -> int16x8_t {
    let row = &coef[y * 8..][..8];
    // SAFETY: `row` is eight readable values.
    unsafe { vld1q_s16(row.as_ptr()) }
}

/// Writes `v` over 16 bytes of `out` from element `at` on.
#[inline]
#[target_feature(enable = "neon")]
fn store<T: Plain>(out: &mut [T], at: usize, v: uint8x16_t) {
    let out = &mut out[at..][..16 / size_of::<T>()];
    // SAFETY: `out` is 16 writable bytes of a type that any bytes are valid
    // for; the store needs no alignment.
    unsafe { vst1q_u8(out.as_mut_ptr().cast(), v) }
}

/// Writes `v` over 8 bytes of `out` from `at` on.
#[inline]
#[target_feature(enable = "neon")]
fn store8(out: &mut [u8], at: usize, v: uint8x8_t) {
    let out = &mut out[at..][..8];
    // SAFETY: `out` is 8 writable bytes; the store needs no alignment.
    unsafe { vst1_u8(out.as_mut_ptr(), v) }
}

/// Writes 16 pairs over 32 bytes of `out` from byte `at` on.
#[inline]
#[target_feature(enable = "neon")]
fn store_pairs(out: &mut [u8], at: usize, a: uint8x16_t, b: uint8x16_t) {
    let out = &mut out[at..][..32];
    // SAFETY: `out` is 32 writable bytes; the store needs no alignment.
    unsafe { vst2q_u8(out.as_mut_ptr(), uint8x16x2_t(a, b)) }
}

/// Writes 16 pixels of three channels from pixel `i` on.
#[inline]
#[target_feature(enable = "neon")]
fn store_triples(out: &mut [u8], i: usize, [a, b, c]: [uint8x16_t; 3]) {
    let out = &mut out[i * 3..][..48];
    // SAFETY: `out` is 48 writable bytes; the store needs no alignment.
    unsafe { vst3q_u8(out.as_mut_ptr(), uint8x16x3_t(a, b, c)) }
}

/// Writes 16 pixels of three channels and full opacity from pixel `i` on.
#[inline]
#[target_feature(enable = "neon")]
fn store_quads(out: &mut [u8], i: usize, [a, b, c]: [uint8x16_t; 3]) {
    let out = &mut out[i * 4..][..64];
    // SAFETY: `out` is 64 writable bytes; the store needs no alignment.
    unsafe { vst4q_u8(out.as_mut_ptr(), uint8x16x4_t(a, b, c, vdupq_n_u8(255))) }
}

/// Transposes 8x8 values of 16 bits.
#[inline]
#[target_feature(enable = "neon")]
fn transpose(v: [int16x8_t; 8]) -> [int16x8_t; 8] {
    let mut a = [vdupq_n_s32(0); 8];
    for i in 0..4 {
        a[2 * i] = vreinterpretq_s32_s16(vtrn1q_s16(v[2 * i], v[2 * i + 1]));
        a[2 * i + 1] = vreinterpretq_s32_s16(vtrn2q_s16(v[2 * i], v[2 * i + 1]));
    }
    let mut b = [vdupq_n_s64(0); 8];
    for i in [0, 1, 4, 5] {
        b[i] = vreinterpretq_s64_s32(vtrn1q_s32(a[i], a[i + 2]));
        b[i + 2] = vreinterpretq_s64_s32(vtrn2q_s32(a[i], a[i + 2]));
    }
    let mut c = [vdupq_n_s16(0); 8];
    for i in 0..4 {
        c[i] = vreinterpretq_s16_s64(vtrn1q_s64(b[i], b[i + 4]));
        c[i + 4] = vreinterpretq_s16_s64(vtrn2q_s64(b[i], b[i + 4]));
    }
    c
}

/// Ten bits kept, clipped, level shift.
#[inline]
#[target_feature(enable = "neon")]
fn samples(v: int16x8_t) -> uint8x8_t {
    let v = vqmovn_s16(vshrq_n_s16::<6>(vshlq_n_s16::<6>(v)));
    veor_u8(vreinterpret_u8_s8(v), vdup_n_u8(0x80))
}

/// Whether one of `v` is at a limit of 16 bits.
#[inline]
#[target_feature(enable = "neon")]
fn saturated<const N: usize>(v: [int16x8_t; N]) -> bool {
    let (mut low, mut high) = (v[0], v[0]);
    for &v in &v[1..] {
        low = vminq_s16(low, v);
        high = vmaxq_s16(high, v);
    }
    vminvq_s16(low) == i16::MIN || vmaxvq_s16(high) == i16::MAX
}

/// `fa * a + fb * b`.
#[inline]
#[target_feature(enable = "neon")]
fn sum(a: int16x4_t, b: int16x4_t, [fa, fb]: Pair) -> int32x4_t {
    vmlal_n_s16(vmull_n_s16(a, fa), b, fb)
}

/// One dimension of the 8-point transform in four columns.
#[inline]
#[target_feature(enable = "neon")]
fn idct8_1d(c: [int16x4_t; 8]) -> [int32x4_t; 8] {
    let e0 = sum(c[0], c[4], eight::P04[0]);
    let e1 = sum(c[0], c[4], eight::P04[1]);
    let e3 = sum(c[2], c[6], eight::P26[0]);
    let e2 = sum(c[2], c[6], eight::P26[1]);
    let even = [
        vaddq_s32(e0, e3),
        vaddq_s32(e1, e2),
        vsubq_s32(e1, e2),
        vsubq_s32(e0, e3),
    ];
    let mut out = [vdupq_n_s32(0); 8];
    for i in 0..4 {
        let odd = vaddq_s32(
            sum(c[1], c[5], eight::P15[i]),
            sum(c[3], c[7], eight::P37[i]),
        );
        out[i] = vaddq_s32(even[i], odd);
        out[7 - i] = vsubq_s32(even[i], odd);
    }
    out
}

/// The left and right halves of the rows.
#[inline]
#[target_feature(enable = "neon")]
fn halves(rows: [int16x8_t; 8]) -> [[int16x4_t; 8]; 2] {
    let mut out = [[vdup_n_s16(0); 8]; 2];
    for y in 0..8 {
        out[0][y] = vget_low_s16(rows[y]);
        out[1][y] = vget_high_s16(rows[y]);
    }
    out
}

/// The rows of a block.
#[inline]
#[target_feature(enable = "neon")]
fn load_block(coef: &[i16; 64]) -> [int16x8_t; 8] {
    let mut rows = [vdupq_n_s16(0); 8];
    for (y, row) in rows.iter_mut().enumerate() {
        *row = load_row(coef, y);
    }
    rows
}

#[inline]
#[target_feature(enable = "neon")]
fn idct8_neon(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    let [left, right] = halves(load_block(coef));
    let (left, right) = (idct8_1d(left), idct8_1d(right));
    let mut rows = [vdupq_n_s16(0); 8];
    for y in 0..8 {
        rows[y] = vcombine_s16(vqrshrn_n_s32::<11>(left[y]), vqrshrn_n_s32::<11>(right[y]));
    }
    if saturated(rows) {
        return scalar::idct8(coef, out, stride);
    }
    let [upper, lower] = halves(transpose(rows));
    let (upper, lower) = (idct8_1d(upper), idct8_1d(lower));
    let mut columns = [vdupq_n_s16(0); 8];
    for x in 0..8 {
        columns[x] = vcombine_s16(
            vmovn_s32(vrshrq_n_s32::<18>(upper[x])),
            vmovn_s32(vrshrq_n_s32::<18>(lower[x])),
        );
    }
    for (y, row) in transpose(columns).into_iter().enumerate() {
        store8(out, y * stride, samples(row));
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn idct_dc_neon(dc: i16, out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    let v = vdup_n_u8(scalar::dc_sample(dc));
    for y in 0..8 {
        store8(out, y * stride, v);
    }
}

/// One dimension of the 8-to-4-point transform in four columns; see `sse2` for
/// sums that wrap.
#[inline]
#[target_feature(enable = "neon")]
fn idct4_1d(c: [int16x4_t; 8]) -> [int32x4_t; 4] {
    let e0 = vmull_n_s16(c[0], four::P04[0]);
    let e2 = sum(c[2], c[6], four::P26);
    let odd = |i: usize| vaddq_s32(sum(c[1], c[5], four::P15[i]), sum(c[3], c[7], four::P37[i]));
    let (outer, inner) = (vaddq_s32(e0, e2), vsubq_s32(e0, e2));
    let (odd0, odd1) = (odd(0), odd(1));
    [
        vaddq_s32(outer, odd0),
        vaddq_s32(inner, odd1),
        vsubq_s32(inner, odd1),
        vsubq_s32(outer, odd0),
    ]
}

#[inline]
#[target_feature(enable = "neon")]
fn idct4_neon(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 4);
    let [left, right] = halves(load_block(coef));
    let (left, right) = (idct4_1d(left), idct4_1d(right));
    let mut rows = [vdupq_n_s16(0); 8];
    for y in 0..4 {
        rows[y] = vcombine_s16(vqrshrn_n_s32::<12>(left[y]), vqrshrn_n_s32::<12>(right[y]));
    }
    if saturated(rows) {
        return scalar::idct4(coef, out, stride);
    }
    let [columns, _] = halves(transpose(rows));
    let mut v = [vdupq_n_s16(0); 8];
    for (v, sums) in v.iter_mut().zip(idct4_1d(columns)) {
        let narrow = vmovn_s32(vrshrq_n_s32::<19>(sums));
        *v = vcombine_s16(narrow, narrow);
    }
    let v = transpose(v);
    for y in 0..4 {
        let mut row = [0; 8];
        store8(&mut row, 0, samples(v[y]));
        out[y * stride..][..4].copy_from_slice(&row[..4]);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn idct2_neon(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 2);
    let [left, right] = halves(load_block(coef)).map(|c| {
        let even = vshll_n_s16::<15>(c[0]);
        let odd = vaddq_s32(sum(c[1], c[5], two::P15), sum(c[3], c[7], two::P37));
        [
            vqrshrn_n_s32::<13>(vaddq_s32(even, odd)),
            vqrshrn_n_s32::<13>(vsubq_s32(even, odd)),
        ]
    });
    let rows = [
        vcombine_s16(left[0], right[0]),
        vcombine_s16(left[1], right[1]),
    ];
    if saturated(rows) {
        return scalar::idct2(coef, out, stride);
    }
    // SAFETY: `ROW` is eight readable values.
    let factors = unsafe { vld1q_s16(two::ROW.as_ptr()) };
    for (y, row) in rows.into_iter().enumerate() {
        let odd = vmull_s16(vget_low_s16(row), vget_low_s16(factors));
        let odd = vaddvq_s32(vmlal_high_s16(odd, row, factors));
        let even = i32::from(vgetq_lane_s16::<0>(row)) << 15;
        let sums = [even.wrapping_add(odd), even.wrapping_sub(odd)];
        for (o, v) in out[y * stride..][..2].iter_mut().zip(sums) {
            *o = scalar::sample(scalar::descale(v, 20));
        }
    }
}

/// 1.402 less 1, and 1.772 less 2, in 1/32768: see `ssse3`.
const RED: i16 = 13173;
const BLUE: i16 = -7471;

/// Eight pixels to R, G and B.
#[inline]
#[target_feature(enable = "neon")]
fn rgb8(y: uint8x8_t, cb: uint8x8_t, cr: uint8x8_t) -> [uint8x8_t; 3] {
    let y = vreinterpretq_s16_u16(vmovl_u8(y));
    let cb = vreinterpretq_s16_u16(vsubl_u8(cb, vdup_n_u8(128)));
    let cr = vreinterpretq_s16_u16(vsubl_u8(cr, vdup_n_u8(128)));
    let r = vaddq_s16(vaddq_s16(y, cr), vqrdmulhq_n_s16(cr, RED));
    let b = vaddq_s16(vaddq_s16(y, vaddq_s16(cb, cb)), vqrdmulhq_n_s16(cb, BLUE));
    // -0.34414 of Cb, and 1 - 0.71414 of Cr.
    const GREEN: Pair = [-22554, (65536 - 46802) as i16];
    let low = sum(vget_low_s16(cb), vget_low_s16(cr), GREEN);
    let high = sum(vget_high_s16(cb), vget_high_s16(cr), GREEN);
    let g = vcombine_s16(vrshrn_n_s32::<16>(low), vrshrn_n_s32::<16>(high));
    let g = vaddq_s16(vsubq_s16(y, cr), g);
    [vqmovun_s16(r), vqmovun_s16(g), vqmovun_s16(b)]
}

/// Sixteen pixels to R, G and B.
#[inline]
#[target_feature(enable = "neon")]
fn rgb16(y: uint8x16_t, cb: uint8x16_t, cr: uint8x16_t) -> [uint8x16_t; 3] {
    let a = rgb8(vget_low_u8(y), vget_low_u8(cb), vget_low_u8(cr));
    let b = rgb8(vget_high_u8(y), vget_high_u8(cb), vget_high_u8(cr));
    [
        vcombine_u8(a[0], b[0]),
        vcombine_u8(a[1], b[1]),
        vcombine_u8(a[2], b[2]),
    ]
}

#[inline]
#[target_feature(enable = "neon")]
fn ycc_rgb_neon(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), 3);
    let n = y.len();
    if n < 16 {
        return scalar::ycc_rgb(y, cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        // The last step goes over pixels again rather than beyond the end.
        let i = at.min(n - 16);
        store_triples(out, i, rgb16(load(y, i), load(cb, i), load(cr, i)));
        at += 16;
    }
}

/// YCbCr to RGBA, or to BGRA.
#[inline]
#[target_feature(enable = "neon")]
fn ycc_quads<const BGR: bool>(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
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
        store_quads(out, i, if BGR { [b, g, r] } else { [r, g, b] });
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn grey_rgb_neon(grey: &[u8], out: &mut [u8]) {
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

#[inline]
#[target_feature(enable = "neon")]
fn grey_rgba_neon(grey: &[u8], out: &mut [u8]) {
    check_rows([grey.len()], out.len(), 4);
    let n = grey.len();
    if n < 16 {
        return scalar::grey_rgba(grey, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        store_quads(out, i, [load(grey, i); 3]);
        at += 16;
    }
}

/// `3 * a + b` of sixteen bytes each, 16 bits a value.
#[inline]
#[target_feature(enable = "neon")]
fn blend(a: uint8x16_t, b: uint8x16_t) -> [uint16x8_t; 2] {
    let three = vdup_n_u8(3);
    [
        vmlal_u8(vmovl_u8(vget_low_u8(b)), vget_low_u8(a), three),
        vmlal_u8(vmovl_high_u8(b), vget_high_u8(a), three),
    ]
}

#[inline]
#[target_feature(enable = "neon")]
fn h2v1_neon(input: &[u8], out: &mut [u8]) {
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
        let one = vdupq_n_u16(1);
        let even = blend(this, load(input, i - 1)).map(|v| vshrn_n_u16::<2>(vaddq_u16(v, one)));
        let odd = blend(this, load(input, i + 1)).map(|v| vrshrn_n_u16::<2>(v));
        store_pairs(
            out,
            2 * i,
            vcombine_u8(even[0], even[1]),
            vcombine_u8(odd[0], odd[1]),
        );
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn h2v2_neon(near: &[u8], far: &[u8], out: &mut [u8]) {
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
        let even = |h: usize| vrshrn_n_u16::<4>(vmlaq_n_u16(last[h], this[h], 3));
        let odd = |h: usize| {
            let next = vaddq_u16(next[h], vdupq_n_u16(7));
            vshrn_n_u16::<4>(vmlaq_n_u16(next, this[h], 3))
        };
        store_pairs(
            out,
            2 * i,
            vcombine_u8(even(0), even(1)),
            vcombine_u8(odd(0), odd(1)),
        );
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn h1v2_neon(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) {
    check_rows([near.len(), far.len()], out.len(), 1);
    let n = near.len();
    if n < 16 || bias > 3 {
        return scalar::h1v2(near, far, out, bias);
    }
    let bias = vdupq_n_u16(u16::from(bias));
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let v = blend(load(near, i), load(far, i)).map(|v| vshrn_n_u16::<2>(vaddq_u16(v, bias)));
        store(out, i, vcombine_u8(v[0], v[1]));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn to_f32_neon(input: &[u8], out: &mut [f32]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_f32(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let v = load(input, i);
        let (low, high) = (vmovl_u8(vget_low_u8(v)), vmovl_high_u8(v));
        let quarters = [
            vmovl_u16(vget_low_u16(low)),
            vmovl_high_u16(low),
            vmovl_u16(vget_low_u16(high)),
            vmovl_high_u16(high),
        ];
        for (quarter, v) in quarters.into_iter().enumerate() {
            let x = vcvtq_f32_u32(v);
            let coarse = vmulq_n_f32(x, scalar::TO_UNIT[0]);
            let fine = vmulq_n_f32(x, scalar::TO_UNIT[1]);
            store(
                out,
                i + 4 * quarter,
                vreinterpretq_u8_f32(vaddq_f32(coarse, fine)),
            );
        }
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn to_u16_neon(input: &[u8], out: &mut [u16]) {
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
        store(out, i, vzip1q_u8(v, v));
        store(out, i + 8, vzip2q_u8(v, v));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn to_i16_neon(input: &[u8], out: &mut [i16]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_i16(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        let v = load(input, i);
        let signed = veorq_u8(v, vdupq_n_u8(0x80));
        store(out, i, vzip1q_u8(v, signed));
        store(out, i + 8, vzip2q_u8(v, signed));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn to_i8_neon(input: &[u8], out: &mut [i8]) {
    check_rows([input.len()], out.len(), 1);
    let n = input.len();
    if n < 16 {
        return scalar::to_i8(input, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        store(out, i, veorq_u8(load(input, i), vdupq_n_u8(0x80)));
        at += 16;
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn interleave_uv_neon(cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([cb.len(), cr.len()], out.len(), 2);
    let n = cb.len();
    if n < 16 {
        return scalar::interleave_uv(cb, cr, out);
    }
    let mut at = 0;
    while at < n {
        let i = at.min(n - 16);
        store_pairs(out, 2 * i, load(cb, i), load(cr, i));
        at += 16;
    }
}
