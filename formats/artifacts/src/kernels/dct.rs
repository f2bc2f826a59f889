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

/// One dimension of the forward transform, scaled by the square root of 8. The first pass leaves
/// two fraction bits more, the second takes them away.
#[inline(always)]
fn forward_1d<V: Lanes, const SECOND: bool>(x: [V; 8]) -> [V; 8] {
    let scaled = |v: V| {
        if SECOND {
            descale::<V, 15>(v)
        } else {
            descale::<V, 11>(v)
        }
    };
    let whole = |v: V| {
        if SECOND {
            descale::<V, 2>(v)
        } else {
            v.shl::<2>()
        }
    };
    let sum = [0, 1, 2, 3].map(|i| x[i].add(x[7 - i]));
    let [d0, d1, d2, d3] = [0, 1, 2, 3].map(|i| x[i].sub(x[7 - i]));

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
        whole(a0.add(a1)),
        scaled(o1),
        scaled(e2),
        scaled(o3),
        whole(a0.sub(a1)),
        scaled(o5),
        scaled(e6),
        scaled(o7),
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

/// Replaces row `y` by what `f` makes of it.
#[inline(always)]
fn row<V: Lanes>(block: &mut [V; 64], y: usize, f: impl Fn([V; 8]) -> [V; 8]) {
    let out = f(std::array::from_fn(|x| block[y * 8 + x]));
    for (x, v) in out.into_iter().enumerate() {
        block[y * 8 + x] = v;
    }
}

/// Replaces column `x` by what `f` makes of it.
#[inline(always)]
fn column<V: Lanes>(block: &mut [V; 64], x: usize, f: impl Fn([V; 8]) -> [V; 8]) {
    let out = f(std::array::from_fn(|y| block[y * 8 + x]));
    for (y, v) in out.into_iter().enumerate() {
        block[y * 8 + x] = v;
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
    let middle = V::splat(128);
    for y in 0..8 {
        row(block, y, |x| {
            forward_1d::<V, false>(x.map(|v| v.sub(middle)))
        });
    }
    for x in 0..8 {
        column(block, x, forward_1d::<V, true>);
        // The column is as it was transformed: quantised and back at once.
        for k in (x..64).step_by(8) {
            block[k] = requantise(block[k], table.q[k], table.factor[k]);
        }
        column(block, x, inverse_1d::<V, 11>);
    }
    for y in 0..8 {
        row(block, y, |c| inverse_1d::<V, 18>(c).map(|v| v.add(middle)));
    }
}
