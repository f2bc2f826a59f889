//! The kernels in plain integer arithmetic: the definition of the results.
//!
//! The transforms are those of libjpeg's accurate integer decoder: Loeffler,
//! Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11
//! multiplications" (ICASSP 1989), scaled by `sqrt(8)`, constants of 13 bits,
//! two extra bits kept between the passes. A result is taken modulo 1024 before
//! it is clipped, as libjpeg's range-limit table does, so that even damaged
//! data has one right answer.

use super::{Kernels, check_block, check_rows};
use core::num::Wrapping;

/// Fraction bits of the constants.
const CONST_BITS: usize = 13;
/// Extra fraction bits between the column and the row pass.
const PASS1_BITS: usize = 2;

/// `x` with [`CONST_BITS`] fraction bits, rounded.
pub(super) const fn fix(x: f64) -> i32 {
    (x * (1 << CONST_BITS) as f64 + 0.5) as i32
}

/// The kernels of this file.
pub(super) const KERNELS: Kernels = Kernels {
    name: "scalar",
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
};

/// A transform's result to a sample: ten bits kept, level shift, clipping.
#[inline]
pub(super) fn sample(x: i32) -> u8 {
    (((x << 22) >> 22) + 128).clamp(0, 255) as u8
}

/// One dimension of the 8-point inverse transform, before descaling.
///
/// Sums wrap at 32 bits. In the column pass they cannot: 16-bit inputs stay
/// below 2^31. In the row pass the wrap is harmless, since only bits 18 to 27
/// of the sums reach the sample.
#[inline]
fn idct_1d(c: [i32; 8]) -> [i32; 8] {
    let c = c.map(Wrapping);
    let k = |x: f64| Wrapping(fix(x));

    // Even part: a butterfly of 0 and 4, a rotation of 2 and 6.
    let r = (c[2] + c[6]) * k(0.541196100);
    let e2 = r - c[6] * k(1.847759065);
    let e3 = r + c[2] * k(0.765366865);
    let e0 = (c[0] + c[4]) << CONST_BITS;
    let e1 = (c[0] - c[4]) << CONST_BITS;
    let even = [e0 + e3, e1 + e2, e1 - e2, e0 - e3];

    // Odd part. The shared terms carry a negative sign as in the figure.
    let s = (c[7] + c[3] + c[5] + c[1]) * k(1.175875602);
    let a = (c[7] + c[1]) * k(0.899976223);
    let b = (c[5] + c[3]) * k(2.562915447);
    let p = s - (c[7] + c[3]) * k(1.961570560);
    let q = s - (c[5] + c[1]) * k(0.390180644);
    let odd = [
        c[1] * k(1.501321110) - a + q,
        c[3] * k(3.072711026) - b + p,
        c[5] * k(2.053119869) - b + q,
        c[7] * k(0.298631336) - a + p,
    ];

    let mut out = [0; 8];
    for i in 0..4 {
        out[i] = (even[i] + odd[i]).0;
        out[7 - i] = (even[i] - odd[i]).0;
    }
    out
}

/// `x >> bits`, rounded to nearest, halves up; the sum may wrap.
#[inline]
pub(super) fn descale(x: i32, bits: usize) -> i32 {
    x.wrapping_add(1 << (bits - 1)) >> bits
}

pub(super) fn idct8(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    let mut work = [0i32; 64];
    for x in 0..8 {
        let column: [i32; 8] = core::array::from_fn(|y| i32::from(coef[y * 8 + x]));
        if column[1..].iter().all(|&c| c == 0) {
            for y in 0..8 {
                work[y * 8 + x] = column[0] << PASS1_BITS;
            }
            continue;
        }
        let column = idct_1d(column);
        for y in 0..8 {
            work[y * 8 + x] = descale(column[y], CONST_BITS - PASS1_BITS);
        }
    }
    for y in 0..8 {
        let row = idct_1d(core::array::from_fn(|x| work[y * 8 + x]));
        for (o, v) in out[y * stride..][..8].iter_mut().zip(row) {
            *o = sample(descale(v, CONST_BITS + PASS1_BITS + 3));
        }
    }
}

/// The one sample value of a block that has a DC coefficient only.
#[inline]
pub(super) fn dc_sample(dc: i16) -> u8 {
    sample((i32::from(dc) + 4) >> 3)
}

pub(super) fn idct_dc(dc: i16, out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 8);
    for y in 0..8 {
        out[y * stride..][..8].fill(dc_sample(dc));
    }
}

/// One dimension of the 8-to-4-point transform, before descaling; coefficient
/// 4 has no part in it. In 64 bits, because the column pass can pass 2^31.
#[inline]
fn idct4_1d(c: [i64; 8]) -> [i64; 4] {
    let k = |x: f64| i64::from(fix(x));
    let e0 = c[0] << (CONST_BITS + 1);
    let e2 = c[2] * k(1.847759065) - c[6] * k(0.765366865);
    let odd0 = c[1] * k(2.562915447) + c[3] * k(0.899976223)
        - c[5] * k(0.601344887)
        - c[7] * k(0.509795579);
    let odd1 = c[1] * k(1.061594337) - c[3] * k(2.172734803) + c[5] * k(1.451774981)
        - c[7] * k(0.211164243);
    [
        e0 + e2 + odd0,
        e0 - e2 + odd1,
        e0 - e2 - odd1,
        e0 + e2 - odd0,
    ]
}

pub(super) fn idct4(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 4);
    let mut work = [[0i64; 8]; 4];
    for x in 0..8 {
        let column = idct4_1d(core::array::from_fn(|y| i64::from(coef[y * 8 + x])));
        for (row, v) in work.iter_mut().zip(column) {
            row[x] = (v + (1 << 11)) >> 12;
        }
    }
    for (y, row) in work.iter().enumerate() {
        for (o, v) in out[y * stride..][..4].iter_mut().zip(idct4_1d(*row)) {
            *o = sample(((v + (1 << 18)) >> 19) as i32);
        }
    }
}

/// One dimension of the 8-to-2-point transform, before descaling; of the even
/// coefficients only 0 has a part in it.
#[inline]
fn idct2_1d(c: [i64; 8]) -> [i64; 2] {
    let k = |x: f64| i64::from(fix(x));
    let even = c[0] << (CONST_BITS + 2);
    let odd = c[1] * k(3.624509785) - c[3] * k(1.272758580) + c[5] * k(0.850430095)
        - c[7] * k(0.720959822);
    [even + odd, even - odd]
}

pub(super) fn idct2(coef: &[i16; 64], out: &mut [u8], stride: usize) {
    check_block(out.len(), stride, 2);
    let mut work = [[0i64; 8]; 2];
    for x in [0, 1, 3, 5, 7] {
        let column = idct2_1d(core::array::from_fn(|y| i64::from(coef[y * 8 + x])));
        for (row, v) in work.iter_mut().zip(column) {
            row[x] = (v + (1 << 12)) >> 13;
        }
    }
    for (y, row) in work.iter().enumerate() {
        for (o, v) in out[y * stride..][..2].iter_mut().zip(idct2_1d(*row)) {
            *o = sample(((v + (1 << 19)) >> 20) as i32);
        }
    }
}

/// One YCbCr triple to (R, G, B): JFIF's BT.601 equations with 16 fraction bits.
#[inline]
pub(super) fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    [
        y + ((91881 * cr + HALF) >> 16),
        y + ((-22554 * cb - 46802 * cr + HALF) >> 16),
        y + ((116130 * cb + HALF) >> 16),
    ]
    .map(|v| v.clamp(0, 255) as u8)
}

/// Converts pixel by pixel; `pixel` arranges the three channels.
#[inline]
fn colour<const N: usize>(
    [y, cb, cr]: [&[u8]; 3],
    out: &mut [u8],
    pixel: impl Fn([u8; 3]) -> [u8; N],
) {
    check_rows([y.len(), cb.len(), cr.len()], out.len(), N);
    for (((o, &y), &cb), &cr) in out.chunks_exact_mut(N).zip(y).zip(cb).zip(cr) {
        o.copy_from_slice(&pixel(rgb(y, cb, cr)));
    }
}

pub(super) fn ycc_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    colour([y, cb, cr], out, |rgb| rgb);
}

pub(super) fn ycc_rgba(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    colour([y, cb, cr], out, |[r, g, b]| [r, g, b, 255]);
}

pub(super) fn ycc_bgra(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    colour([y, cb, cr], out, |[r, g, b]| [b, g, r, 255]);
}

pub(super) fn grey_rgb(grey: &[u8], out: &mut [u8]) {
    check_rows([grey.len()], out.len(), 3);
    for (o, &g) in out.chunks_exact_mut(3).zip(grey) {
        o.fill(g);
    }
}

pub(super) fn grey_rgba(grey: &[u8], out: &mut [u8]) {
    check_rows([grey.len()], out.len(), 4);
    for (o, &g) in out.chunks_exact_mut(4).zip(grey) {
        o.copy_from_slice(&[g, g, g, 255]);
    }
}

pub(super) fn h2v1(input: &[u8], out: &mut [u8]) {
    check_rows([input.len()], out.len(), 2);
    h2v1_range(input, out, 0..input.len());
}

/// The part of [`h2v1`]'s row that comes from the input samples in `range`.
#[inline]
pub(super) fn h2v1_range(input: &[u8], out: &mut [u8], range: core::ops::Range<usize>) {
    let end = input.len().saturating_sub(1);
    for i in range {
        let at = |i: usize| u32::from(input[i]);
        // At the ends the missing neighbour is the sample itself, which gives
        // the plain copy that libjpeg makes there.
        let (last, this, next) = (i.saturating_sub(1), i, (i + 1).min(end));
        out[2 * i] = ((3 * at(this) + at(last) + 1) >> 2) as u8;
        out[2 * i + 1] = ((3 * at(this) + at(next) + 2) >> 2) as u8;
    }
}

pub(super) fn h2v2(near: &[u8], far: &[u8], out: &mut [u8]) {
    check_rows([near.len(), far.len()], out.len(), 2);
    h2v2_range(near, far, out, 0..near.len());
}

/// The part of [`h2v2`]'s row that comes from the input samples in `range`.
#[inline]
pub(super) fn h2v2_range(near: &[u8], far: &[u8], out: &mut [u8], range: core::ops::Range<usize>) {
    let end = near.len().saturating_sub(1);
    for i in range {
        let sum = |i: usize| 3 * u32::from(near[i]) + u32::from(far[i]);
        let (last, this, next) = (i.saturating_sub(1), i, (i + 1).min(end));
        out[2 * i] = ((3 * sum(this) + sum(last) + 8) >> 4) as u8;
        out[2 * i + 1] = ((3 * sum(this) + sum(next) + 7) >> 4) as u8;
    }
}

pub(super) fn h1v2(near: &[u8], far: &[u8], out: &mut [u8], bias: u8) {
    check_rows([near.len(), far.len()], out.len(), 1);
    assert!(bias <= 3, "a bias of {bias} could overflow a sample");
    for ((o, &n), &f) in out.iter_mut().zip(near).zip(far) {
        *o = ((3 * u32::from(n) + u32::from(f) + u32::from(bias)) >> 2) as u8;
    }
}

/// 1/255 in two parts: `x * TO_UNIT[0] + x * TO_UNIT[1]`, each step rounded,
/// is `x / 255` rounded for every byte `x` (a test tries them all).
#[allow(dead_code, reason = "an architecture may have no kernels of its own")]
pub(super) const TO_UNIT: [f32; 2] = [1.0 / 256.0, 1.0 / 65280.0];

pub(super) fn to_f32(input: &[u8], out: &mut [f32]) {
    check_rows([input.len()], out.len(), 1);
    for (o, &x) in out.iter_mut().zip(input) {
        *o = f32::from(x) / 255.0;
    }
}

pub(super) fn to_u16(input: &[u8], out: &mut [u16]) {
    check_rows([input.len()], out.len(), 1);
    for (o, &x) in out.iter_mut().zip(input) {
        *o = u16::from(x) * 257;
    }
}

pub(super) fn to_i16(input: &[u8], out: &mut [i16]) {
    check_rows([input.len()], out.len(), 1);
    for (o, &x) in out.iter_mut().zip(input) {
        *o = ((u16::from(x) * 257) ^ 0x8000) as i16;
    }
}

pub(super) fn to_i8(input: &[u8], out: &mut [i8]) {
    check_rows([input.len()], out.len(), 1);
    for (o, &x) in out.iter_mut().zip(input) {
        *o = (x ^ 0x80) as i8;
    }
}

pub(super) fn interleave_uv(cb: &[u8], cr: &[u8], out: &mut [u8]) {
    check_rows([cb.len(), cr.len()], out.len(), 2);
    for ((o, &cb), &cr) in out.chunks_exact_mut(2).zip(cb).zip(cr) {
        o.copy_from_slice(&[cb, cr]);
    }
}
