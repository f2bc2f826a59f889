//! The transforms, and what happens between them.
//!
//! Both are those of Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with
//! 11 multiplications" (ICASSP 1989), with the twelve multiplications of their figure for
//! accuracy: constants of 13 fraction bits, two more bits kept between the passes. That choice
//! of bits and of rounding (halves up) is libjpeg's `islow`, and fixes every result.

use super::lanes::Lanes;
use super::{FACTOR_BITS, Table};

/// Fraction bits of the constants.
const CONST_BITS: i32 = 13;

/// `x` with 13 fraction bits, rounded.
const fn fix(x: f64) -> i32 {
    (x * (1 << CONST_BITS) as f64 + 0.5) as i32
}

#[inline(always)]
fn times<V: Lanes>(v: V, factor: i32) -> V {
    v.mul(V::splat(factor))
}

/// `v / 2^BITS`, rounded, halves up.
#[inline(always)]
fn descale<V: Lanes, const BITS: i32>(v: V) -> V {
    v.add(V::splat(1 << (BITS - 1))).shr::<BITS>()
}

/// A sum of products in a pass of the forward transform: the constants' fraction bits go, and in
/// the second pass the two more of the first.
#[inline(always)]
fn scaled<V: Lanes, const SECOND: bool>(v: V) -> V {
    if SECOND {
        descale::<V, 15>(v)
    } else {
        descale::<V, 11>(v)
    }
}

/// The same of a plain sum.
#[inline(always)]
fn whole<V: Lanes, const SECOND: bool>(v: V) -> V {
    if SECOND {
        descale::<V, 2>(v)
    } else {
        v.shl::<2>()
    }
}

/// One dimension of the forward transform, scaled by the square root of 8. The first pass leaves
/// two fraction bits more, the second takes them away.
#[inline(always)]
fn forward_1d<V: Lanes, const SECOND: bool>(x: [V; 8]) -> [V; 8] {
    let mut sum = [x[0]; 4];
    let mut difference = [x[0]; 4];
    for i in 0..4 {
        sum[i] = x[i].add(x[7 - i]);
        difference[i] = x[i].sub(x[7 - i]);
    }
    let [d0, d1, d2, d3] = difference;

    // Even part: a butterfly and a rotation by 6/16 of pi.
    let (a0, a3) = (sum[0].add(sum[3]), sum[0].sub(sum[3]));
    let (a1, a2) = (sum[1].add(sum[2]), sum[1].sub(sum[2]));
    let r = times(a2.add(a3), fix(0.541196100));
    let e2 = r.add(times(a3, fix(0.765366865)));
    let e6 = r.sub(times(a2, fix(1.847759065)));

    // Odd part.
    let z3 = d3.add(d1);
    let z4 = d2.add(d0);
    let z5 = times(z3.add(z4), fix(1.175875602));
    let z1 = times(d3.add(d0), fix(0.899976223));
    let z2 = times(d2.add(d1), fix(2.562915447));
    let z3 = z5.sub(times(z3, fix(1.961570560)));
    let z4 = z5.sub(times(z4, fix(0.390180644)));
    let o7 = times(d3, fix(0.298631336)).sub(z1).add(z3);
    let o5 = times(d2, fix(2.053119869)).sub(z2).add(z4);
    let o3 = times(d1, fix(3.072711026)).sub(z2).add(z3);
    let o1 = times(d0, fix(1.501321110)).sub(z1).add(z4);

    [
        whole::<V, SECOND>(a0.add(a1)),
        scaled::<V, SECOND>(o1),
        scaled::<V, SECOND>(e2),
        scaled::<V, SECOND>(o3),
        whole::<V, SECOND>(a0.sub(a1)),
        scaled::<V, SECOND>(o5),
        scaled::<V, SECOND>(e6),
        scaled::<V, SECOND>(o7),
    ]
}

/// One dimension of the inverse transform, descaled by `BITS`.
#[inline(always)]
fn inverse_1d<V: Lanes, const BITS: i32>(c: [V; 8]) -> [V; 8] {
    // Even part.
    let r = times(c[2].add(c[6]), fix(0.541196100));
    let e2 = r.sub(times(c[6], fix(1.847759065)));
    let e3 = r.add(times(c[2], fix(0.765366865)));
    let e0 = c[0].add(c[4]).shl::<CONST_BITS>();
    let e1 = c[0].sub(c[4]).shl::<CONST_BITS>();
    let even = [e0.add(e3), e1.add(e2), e1.sub(e2), e0.sub(e3)];

    // Odd part.
    let z3 = c[7].add(c[3]);
    let z4 = c[5].add(c[1]);
    let z5 = times(z3.add(z4), fix(1.175875602));
    let z1 = times(c[7].add(c[1]), fix(0.899976223));
    let z2 = times(c[5].add(c[3]), fix(2.562915447));
    let z3 = z5.sub(times(z3, fix(1.961570560)));
    let z4 = z5.sub(times(z4, fix(0.390180644)));
    let odd = [
        times(c[1], fix(1.501321110)).sub(z1).add(z4),
        times(c[3], fix(3.072711026)).sub(z2).add(z3),
        times(c[5], fix(2.053119869)).sub(z2).add(z4),
        times(c[7], fix(0.298631336)).sub(z1).add(z3),
    ];

    let mut out = c;
    for i in 0..4 {
        out[i] = descale::<V, BITS>(even[i].add(odd[i]));
        out[7 - i] = descale::<V, BITS>(even[i].sub(odd[i]));
    }
    out
}

/// Eight values of a block from `at` on, `step` apart.
#[inline(always)]
fn line<V: Lanes>(block: &[V; 64], at: usize, step: usize) -> [V; 8] {
    let mut out = [block[at]; 8];
    for (i, v) in out.iter_mut().enumerate() {
        *v = block[at + i * step];
    }
    out
}

/// And back.
#[inline(always)]
fn put<V: Lanes>(block: &mut [V; 64], at: usize, step: usize, values: [V; 8]) {
    for (i, v) in values.into_iter().enumerate() {
        block[at + i * step] = v;
    }
}

/// A value of the forward transform, eight times a coefficient, to the coefficient as it comes
/// out of the file: divided by the quantiser, rounded (halves away from zero), multiplied again.
#[inline(always)]
pub(super) fn requantise<V: Lanes>(v: V, q: i32, factor: i32) -> V {
    let q = V::splat(q);
    let sign = v.shr::<31>();
    let size = v.xor(sign).sub(sign);
    let level = size
        .add(q.shl::<2>())
        .shr::<3>()
        .mul(V::splat(factor))
        .shr::<FACTOR_BITS>();
    level.mul(q).xor(sign).sub(sign)
}

/// What is left of blocks of samples (row-major, 0 to 255) at the quantisers of `table`; the
/// results are not clipped.
#[inline(always)]
pub(super) fn degrade<V: Lanes>(block: &mut [V; 64], table: &Table) {
    // No closures here: one would be built without the instruction set of its caller.
    let middle = V::splat(128);
    for y in 0..8 {
        let mut row = line(block, y * 8, 1);
        for v in &mut row {
            *v = v.sub(middle);
        }
        put(block, y * 8, 1, forward_1d::<V, false>(row));
    }
    for x in 0..8 {
        let mut column = forward_1d::<V, true>(line(block, x, 8));
        for (y, v) in column.iter_mut().enumerate() {
            let k = y * 8 + x;
            *v = requantise(*v, table.q[k], table.factor[k]);
        }
        put(block, x, 8, inverse_1d::<V, 11>(column));
    }
    for y in 0..8 {
        let mut row = inverse_1d::<V, 18>(line(block, y * 8, 1));
        for v in &mut row {
            *v = v.add(middle);
        }
        put(block, y * 8, 1, row);
    }
}
