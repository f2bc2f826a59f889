//! Arithmetic that is more than an adder: result forms, blends and the
//! multiply-sum.

use crate::exec::{Engine, NEVER, slot};
use crate::micro::{Kind, Micro};

#[inline(always)]
pub(crate) fn each(a: [i32; 4], b: [i32; 4], f: impl Fn(i32, i32) -> i32) -> [i32; 4] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

/// Sign-extends or cuts off, as an `Ext` field says.
#[inline]
#[must_use]
pub fn extended(v: i32, ext: u8) -> i32 {
    match ext {
        0 => v,
        1..=31 => v << (32 - ext) >> (32 - ext),
        _ => v & ((1i64 << (ext - 32)) - 1) as i32,
    }
}

/// Lowest and highest value that a `Clip` field lets through.
#[inline]
#[must_use]
pub fn limits(clip: u8) -> (i32, i32) {
    match clip {
        0 => (i32::MIN, i32::MAX),
        1..=31 => (0, ((1i64 << clip) - 1) as i32),
        _ => (-(1 << (clip - 33)), (1 << (clip - 33)) - 1),
    }
}

/// x * y / 255, rounded to nearest, for bytes.
#[inline]
#[must_use]
pub fn unorm(x: i32, y: i32) -> i32 {
    let t = (x & 255) * (y & 255) + 128;
    (t + (t >> 8)) >> 8
}

/// Masks of components as lane masks.
const LANES: [[i32; 4]; 16] = {
    let mut table = [[0; 4]; 16];
    let mut i = 0;
    while i < 64 {
        if (i / 4) & (1 << (i % 4)) != 0 {
            table[i / 4][i % 4] = -1;
        }
        i += 1;
    }
    table
};

impl Engine {
    /// Writes a result that has a mask, a form or limits.
    pub(crate) fn put(&mut self, m: &Micro, v: [i32; 4]) {
        let mut v = v;
        if m.ext != 0 || m.clip != 0 {
            let (low, high) = limits(m.clip);
            let form = |v: i32| extended(v, m.ext).clamp(low, high);
            v = [form(v[0]), form(v[1]), form(v[2]), form(v[3])];
        }
        self.merge(m, v);
    }

    /// Writes the components that the mask names.
    #[inline(always)]
    pub(crate) fn merge(&mut self, m: &Micro, v: [i32; 4]) {
        let d = &mut self.regs[slot(m.d)];
        let lanes = LANES[usize::from(m.mask & 15)];
        let pick = |i: usize| v[i] & lanes[i] | d[i] & !lanes[i];
        *d = [pick(0), pick(1), pick(2), pick(3)];
    }

    /// The multiply-sum in all its forms (`docs/machine/compositor.md`).
    pub(crate) fn sum(&mut self, bank: &[i32], m: &Micro) {
        let (wrap, round) = (m.offset & 3, m.offset >> 2 & 3);
        let (negate, chain, keep) = (m.offset >> 4 & 1, m.offset >> 5 & 1, m.offset >> 6 & 1);
        let (product, shift) = (m.dx as u32, m.dy as u32);
        let mut acc = if chain == 1 { self.acc } else { [0; 4] };
        if chain == 1 && self.kept != NEVER {
            acc = self.small.map(i64::from);
        }
        let shaped = |p: i64| {
            let p = p >> product;
            match wrap {
                1 => i64::from(p as i16),
                2 => i64::from(p as i32),
                _ => p,
            }
        };
        let plain = product == 0 && wrap == 0;
        let n = usize::from(m.n);
        let (a, b, c) = (slot(m.a), slot(m.b), usize::from(m.c));
        let coefficient = |k: usize| i64::from(bank[c + k] << 14 >> 14);
        match m.kind {
            Kind::Sum if plain => {
                for (k, r) in self.regs[a..a + n].iter().enumerate() {
                    let c = coefficient(k);
                    for i in 0..4 {
                        acc[i] = acc[i].wrapping_add(i64::from(r[i]) * c);
                    }
                }
            }
            Kind::Sum => {
                for (k, r) in self.regs[a..a + n].iter().enumerate() {
                    let c = coefficient(k);
                    for i in 0..4 {
                        acc[i] = acc[i].wrapping_add(shaped(i64::from(r[i]) * c));
                    }
                }
            }
            Kind::SumReg if plain => {
                for k in 0..n {
                    let (r, q) = (self.regs[a + k], self.regs[b + k]);
                    for i in 0..4 {
                        let p = i64::from(r[i]) * i64::from(q[i]);
                        acc[i] = acc[i].wrapping_add(p);
                    }
                }
            }
            Kind::SumVec if plain => {
                let r = self.regs[a].map(i64::from);
                let (rows, _) = bank[c..c + 16].as_chunks::<4>();
                for (acc, row) in acc.iter_mut().zip(rows) {
                    // Four products of 32 and 18 bits: no sum of them wraps.
                    let k = row.map(|k| i64::from(k << 14 >> 14));
                    let sum = r[0] * k[0] + r[1] * k[1] + r[2] * k[2] + r[3] * k[3];
                    *acc = acc.wrapping_add(sum);
                }
            }
            Kind::SumReg => {
                for k in 0..n {
                    let (r, q) = (self.regs[a + k], self.regs[b + k]);
                    for i in 0..4 {
                        let p = i64::from(r[i]).wrapping_mul(i64::from(q[i]));
                        acc[i] = acc[i].wrapping_add(shaped(p));
                    }
                }
            }
            _ => {
                let r = self.regs[a];
                for (i, acc) in acc.iter_mut().enumerate() {
                    for (j, r) in r.iter().enumerate() {
                        let p = i64::from(*r) * coefficient(4 * i + j);
                        *acc = acc.wrapping_add(shaped(p));
                    }
                }
            }
        }
        if keep == 1 {
            self.acc = acc;
            self.kept = NEVER;
            return;
        }
        let (low, high) = limits(m.clip);
        let add = match round {
            0 => [0; 4],
            1 => [1 << (shift.max(1) - 1); 4],
            _ if m.kind == Kind::SumVec => std::array::from_fn(|i| i64::from(bank[c + 16 + i])),
            _ => [i64::from(bank[c + n]); 4],
        };
        let mut v = [0; 4];
        for i in 0..4 {
            let mut s = acc[i].wrapping_add(add[i]) >> shift;
            if negate == 1 {
                s = s.wrapping_neg();
            }
            v[i] = if m.ext != 0 {
                extended(s as i32, m.ext).clamp(low, high)
            } else if m.clip != 0 {
                s.clamp(i64::from(low), i64::from(high)) as i32
            } else {
                s as i32
            };
        }
        self.regs[slot(m.d)] = v;
    }
}

/// Both factors of a Porter-Duff blend, packed as `fa | fb << 2`.
pub(crate) fn porter(a: [i32; 4], b: [i32; 4], factors: u8) -> [i32; 4] {
    let (alpha_a, alpha_b) = (a[3] & 255, b[3] & 255);
    let scaled = |v: i32, factor: u8, alpha: i32| match factor {
        0 => 0,
        1 => v & 255,
        2 => unorm(v, alpha),
        _ => unorm(v, 255 - alpha),
    };
    each(a, b, |x, y| {
        let sum = scaled(x, factors & 3, alpha_b) + scaled(y, factors >> 2 & 3, alpha_a);
        sum.min(255)
    })
}
