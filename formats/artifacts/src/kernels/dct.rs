//! The transforms, and what happens between them.
//!
//! Both are those of Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with
//! 11 multiplications" (ICASSP 1989), with the twelve multiplications of their figure for
//! accuracy: constants of 13 fraction bits, two more bits kept between the passes. That choice
//! of bits and of rounding (halves up) is libjpeg's `islow`, and fixes every result. Their
//! rotations are written out here as sums of two products: the sums are the same, and vectors
//! of 16-bit numbers have an instruction for them.
//!
//! Values stay within 16 bits. Forward: a row of samples around 0 gives at most `8 * 128 * 4`,
//! a column of these at most `8 * 8 * 128 * 4 = 2^15` before its last shift, reached by -128
//! alone (127 is the highest sample), coefficients at most 2^13. Inverse: without quantising,
//! columns would give the rows of the forward transform again, at most `8 * 128 * 4`; the error
//! of a coefficient, at most half a quantiser of 255, adds `128 * (1 + sqrt(2) * 4.577) * 4` at
//! most (4.577 is the sum of cos(k pi / 16) for k from 1 to 7). Together that is less than 8192,
//! and two of them are added at most.

use super::lanes::{Lanes, Sums};
use super::{Step, Table};

/// Fraction bits of the constants.
const CONST_BITS: i32 = 13;

/// `x` with 13 fraction bits, rounded.
const fn fix(x: f64) -> i16 {
    (x * (1 << CONST_BITS) as f64 + 0.5) as i16
}

// Sums of libjpeg's constants, each rounded on its own.
const F0298: i16 = fix(0.298631336);
const F0390: i16 = fix(0.390180644);
const F0541: i16 = fix(0.541196100);
const F0765: i16 = fix(0.765366865);
const F0899: i16 = fix(0.899976223);
const F1175: i16 = fix(1.175875602);
const F1501: i16 = fix(1.501321110);
const F1847: i16 = fix(1.847759065);
const F1961: i16 = fix(1.961570560);
const F2053: i16 = fix(2.053119869);
const F2562: i16 = fix(2.562915447);
const F3072: i16 = fix(3.072711026);

/// Half of `2^bits`, which rounds.
#[inline(always)]
fn half<V: Lanes>(bits: i32) -> V::Sums {
    V::Sums::splat(1 << (bits - 1))
}

#[inline(always)]
fn splat<V: Lanes>(x: i16) -> V {
    V::splat([x; 2])
}

/// A sum of products in a pass of the forward transform: the constants' fraction bits go, and in
/// the second pass the two more of the first.
#[inline(always)]
fn scaled<V: Lanes, const SECOND: bool>(v: V::Sums) -> V {
    if SECOND {
        V::lower::<15>(v)
    } else {
        V::lower::<11>(v)
    }
}

/// One dimension of the forward transform, scaled by the square root of 8. The first pass takes
/// samples of 0 to 255 and leaves two fraction bits more, the second takes them away.
#[inline(always)]
fn forward_1d<V: Lanes, const SECOND: bool>(x: [V; 8]) -> [V; 8] {
    let mut sum = [x[0]; 4];
    let mut difference = [x[0]; 4];
    for i in 0..4 {
        sum[i] = x[i].add(x[7 - i]);
        difference[i] = x[i].sub(x[7 - i]);
    }
    let [d0, d1, d2, d3] = difference;
    let rounding = half::<V>(if SECOND { 15 } else { 11 });

    // Even part: a butterfly and a rotation by 6/16 of pi.
    let (a0, a3) = (sum[0].add(sum[3]), sum[0].sub(sum[3]));
    let (a1, a2) = (sum[1].add(sum[2]), sum[1].sub(sum[2]));
    let (e0, e4) = if SECOND {
        (
            a0.add(a1).add(splat(2)).shr::<2>(),
            a0.sub(a1).add(splat(2)).shr::<2>(),
        )
    } else {
        // The middle of the samples is 128; in all other values it goes by itself.
        (
            a0.add(a1).sub(splat(8 * 128)).shl::<2>(),
            a0.sub(a1).shl::<2>(),
        )
    };
    let e2 = a2.dot(a3, [F0541, F0541 + F0765]).add(rounding);
    let e6 = a2.dot(a3, [F0541 - F1847, F0541]).add(rounding);

    // Odd part.
    let (z3, z4) = (d3.add(d1), d2.add(d0));
    let r3 = z3.dot(z4, [F1175 - F1961, F1175]).add(rounding);
    let r4 = z3.dot(z4, [F1175, F1175 - F0390]).add(rounding);
    let o7 = d3.dot(d0, [F0298 - F0899, -F0899]).add(r3);
    let o5 = d2.dot(d1, [F2053 - F2562, -F2562]).add(r4);
    let o3 = d2.dot(d1, [-F2562, F3072 - F2562]).add(r3);
    let o1 = d3.dot(d0, [-F0899, F1501 - F0899]).add(r4);

    [
        e0,
        scaled::<V, SECOND>(o1),
        scaled::<V, SECOND>(e2),
        scaled::<V, SECOND>(o3),
        e4,
        scaled::<V, SECOND>(o5),
        scaled::<V, SECOND>(e6),
        scaled::<V, SECOND>(o7),
    ]
}

/// One dimension of the inverse transform, descaled by `BITS`; `plus` is added to the results.
/// `FOUR`: the last four coefficients are zero.
#[inline(always)]
pub(super) fn inverse_1d<V: Lanes, const BITS: i32, const FOUR: bool>(
    c: [V; 8],
    plus: i32,
) -> [V; 8] {
    let rounding = half::<V>(BITS).add(V::Sums::splat(plus << BITS));
    let (even, odd) = if FOUR {
        const ONE: i16 = 1 << CONST_BITS;
        (
            [
                c[0].dot(c[2], [ONE, F0541 + F0765]).add(rounding),
                c[0].dot(c[2], [ONE, F0541]).add(rounding),
                c[0].dot(c[2], [ONE, -F0541]).add(rounding),
                c[0].dot(c[2], [ONE, -F0541 - F0765]).add(rounding),
            ],
            [
                c[1].dot(c[3], [F1501 - F0899 + F1175 - F0390, F1175]),
                c[1].dot(c[3], [F1175, F3072 - F2562 + F1175 - F1961]),
                c[1].dot(c[3], [F1175 - F0390, F1175 - F2562]),
                c[1].dot(c[3], [F1175 - F0899, F1175 - F1961]),
            ],
        )
    } else {
        let e2 = c[2].dot(c[6], [F0541, F0541 - F1847]);
        let e3 = c[2].dot(c[6], [F0541 + F0765, F0541]);
        let e0 = c[0].add(c[4]).raise().add(rounding);
        let e1 = c[0].sub(c[4]).raise().add(rounding);

        let (z3, z4) = (c[7].add(c[3]), c[5].add(c[1]));
        let r3 = z3.dot(z4, [F1175 - F1961, F1175]);
        let r4 = z3.dot(z4, [F1175, F1175 - F0390]);
        (
            [e0.add(e3), e1.add(e2), e1.sub(e2), e0.sub(e3)],
            [
                c[7].dot(c[1], [-F0899, F1501 - F0899]).add(r4),
                c[5].dot(c[3], [-F2562, F3072 - F2562]).add(r3),
                c[5].dot(c[3], [F2053 - F2562, -F2562]).add(r4),
                c[7].dot(c[1], [F0298 - F0899, -F0899]).add(r3),
            ],
        )
    };

    let mut out = c;
    for i in 0..4 {
        out[i] = V::lower::<BITS>(even[i].add(odd[i]));
        out[7 - i] = V::lower::<BITS>(even[i].sub(odd[i]));
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
pub(super) fn requantise<V: Lanes>(v: V, step: &Step) -> V {
    let q = V::splat(step.q);
    let level = v
        .abs()
        .add(q.shl::<2>())
        .mul_high(V::splat(step.factor))
        .mul_high(V::splat(step.scale));
    level.mul(q).signed_as(v)
}

/// What is left of `V::COUNT` blocks of samples (0 to 255) at the quantisers of `table`, in
/// place. `samples` holds the eight rows of a strip, `length` bytes each; the blocks start `at`
/// bytes from the start of a row. `block` is room for them. Where the upper frequencies are zero
/// in all blocks, the inverse is a shorter one, which gives the same.
#[inline(always)]
pub(super) fn degrade<V: Lanes>(
    block: &mut [V; 64],
    samples: &mut [u8],
    length: usize,
    at: usize,
    table: &Table,
) {
    // No closures here: one would be built without the instruction set of its caller.
    for y in 0..8 {
        let row = V::load(&samples[y * length + at..][..8 * V::COUNT]);
        put(block, y * 8, 1, forward_1d::<V, false>(row));
    }
    // Whether anything is left in the last four columns.
    let mut wide = false;
    for x in 0..8 {
        let mut column = forward_1d::<V, true>(line(block, x, 8));
        for (y, v) in column.iter_mut().enumerate() {
            *v = requantise(*v, &table.0[y * 8 + x]);
        }
        let [c0, c1, c2, c3, c4, c5, c6, c7] = column;
        let (upper, lower) = (c1.or(c2).or(c3), c4.or(c5).or(c6.or(c7)));
        wide |= x >= 4 && !c0.or(upper).or(lower).is_zero();
        let column = if !lower.is_zero() {
            inverse_1d::<V, 11, false>(column, 0)
        } else if !upper.is_zero() {
            inverse_1d::<V, 11, true>(column, 0)
        } else {
            [c0.shl::<2>(); 8]
        };
        put(block, x, 8, column);
    }
    for y in 0..8 {
        let row = line(block, y * 8, 1);
        let row = if wide {
            inverse_1d::<V, 18, false>(row, 128)
        } else {
            inverse_1d::<V, 18, true>(row, 128)
        };
        V::store(row, &mut samples[y * length + at..][..8 * V::COUNT]);
    }
}
