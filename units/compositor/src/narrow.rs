//! Multiply-sums whose sources fit 16 bits, as nearly all do: the same sums in 32 bits, on the host's vectors.
//!
//! A sum is the same in 32 bits as in 64 if it fits 32. How large its sources may be for that follows
//! from the weights when a program is bound; whether they are so small is asked each time. If not, and for
//! forms that only few programs use, [`Engine::sum`] does it. This is a matter of simulation speed only.

use crate::bind::Code;
use crate::exec::{Engine, slot};
use crate::micro::{Kind, Micro};
use crate::sum::limits;
use bytemuck::cast;
use wide::{i16x8, i32x4};

/// A multiply-sum that may be done in 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct Narrow {
    /// Its weights by pairs of taps in [`Code::weights`]; their upper parts stand behind the lower ones.
    first: usize,
    pairs: usize,
    /// Weights have more than 16 bits: an upper part, 15 bits up.
    tall: bool,
    /// What is left of sources plus `half` if they are small enough: nothing above these bits.
    beyond: i32,
    half: [i32; 4],
    /// Goes on from the accumulator that the word before it left.
    chain: bool,
    /// Leaves its sum in the accumulator.
    keep: bool,
    negate: bool,
    /// What is added before the shift.
    round: [i32; 4],
    shift: u32,
    /// Sign extension or mask: shifts left and right, and bits kept.
    sext: u32,
    mask: [i32; 4],
    low: [i32; 4],
    high: [i32; 4],
    /// Largest magnitude of the sum, for the word that goes on from it.
    bound: [i64; 4],
}

/// Bits below which sources stay.
const SOURCE_BITS: u32 = 15;

/// Finds the multiply-sums of a bound program that may be done in 32 bits.
pub(crate) fn find(code: &mut Code, bank: &[i32]) {
    let mut before: Option<Narrow> = None;
    for pc in 0..code.micros.len() {
        let m = &mut code.micros[pc];
        before = match m.kind {
            Kind::Sum | Kind::SumVec => Narrow::of(m, bank, before, &mut code.weights),
            Kind::SumReg if halves(m) => {
                m.kind = Kind::Halves;
                None
            }
            _ => None,
        };
        if let Some(narrow) = before {
            code.narrow.push(narrow);
            m.b = u16::try_from(code.narrow.len()).unwrap_or(0);
        }
    }
}

/// One product of which the low 16 bits are kept, with their sign: it needs no more of its factors.
fn halves(m: &Micro) -> bool {
    m.n == 1 && m.offset == 0 && m.dx == 0 && m.dy == 0 && m.ext == 16 && m.clip == 0
}

/// A number to the low and the high half of it: `x + (y << 16)`.
fn pair(x: i32, y: i32) -> i32 {
    x & 0xFFFF | y << 16
}

impl Narrow {
    /// Works out how large sources may be; adds to the weights.
    fn of(
        m: &Micro,
        bank: &[i32],
        before: Option<Narrow>,
        weights: &mut Vec<i16x8>,
    ) -> Option<Narrow> {
        let (wrap, round) = (m.offset & 3, m.offset >> 2 & 3);
        let (chain, keep) = (m.offset >> 5 & 1 == 1, m.offset >> 6 & 1 == 1);
        if wrap != 0 || m.dx != 0 {
            return None;
        }
        let (n, c) = (usize::from(m.n), usize::from(m.c));
        let weight = |k: usize| bank[c + k] << 14 >> 14;
        // Component i, tap k.
        let table = |i: usize, k: usize| match m.kind {
            Kind::Sum if k < n => weight(k),
            Kind::SumVec if k < 4 => weight(4 * i + k),
            _ => 0,
        };
        let taps = if m.kind == Kind::Sum { n } else { 4 };
        let shift = m.dy as u32;
        let added = |i: usize| match (round, m.kind) {
            _ if keep => 0,
            (0, _) => 0,
            (1, _) => 1i32.checked_shl(shift.max(1) - 1).unwrap_or(i32::MIN),
            (_, Kind::SumVec) => bank[c + 16 + i],
            _ => bank[c + n],
        };
        let round = [0, 1, 2, 3].map(added);
        let earlier = match (chain, before) {
            (false, _) => [0; 4],
            (true, Some(before)) if before.keep => before.bound,
            (true, _) => return None,
        };
        let sums = [0, 1, 2, 3].map(|i| {
            let all = (0..taps).map(|k| i64::from(table(i, k).unsigned_abs()));
            all.sum::<i64>()
        });
        let fits = |bits: &u32| {
            (0..4).all(|i| {
                let sum = earlier[i] + (sums[i] << bits) + i64::from(round[i].unsigned_abs());
                sum <= i64::from(i32::MAX)
            })
        };
        let bits = (8..=SOURCE_BITS).rev().find(fits)?;
        let first = weights.len();
        let tall = (0..4).any(|i| (0..taps).any(|k| i16::try_from(table(i, k)).is_err()));
        let parts: &[fn(i32) -> i32] = match tall {
            true => &[|w| w & 0x7FFF, |w| w >> 15],
            false => &[|w| w],
        };
        for part in parts {
            for k in (0..taps).step_by(2) {
                let lane = |i: usize| pair(part(table(i, k)), part(table(i, k + 1)));
                weights.push(cast(i32x4::from([lane(0), lane(1), lane(2), lane(3)])));
            }
        }
        let (low, high) = limits(m.clip);
        Some(Narrow {
            first,
            pairs: taps.div_ceil(2),
            tall,
            beyond: !0 << (bits + 1),
            half: [1 << bits; 4],
            chain,
            keep,
            negate: m.offset >> 4 & 1 == 1,
            round,
            shift: shift.min(31),
            sext: match m.ext {
                1..=31 => 32 - u32::from(m.ext),
                _ => 0,
            },
            mask: match m.ext {
                32.. => [((1i64 << (m.ext - 32)) - 1) as i32; 4],
                _ => [-1; 4],
            },
            low: [low; 4],
            high: [high; 4],
            bound: [0, 1, 2, 3].map(|i| earlier[i] + (sums[i] << bits)),
        })
    }
}

impl Engine {
    /// The multiply-sum in 32 bits, if it can be had so; otherwise nothing happens.
    #[inline]
    pub(crate) fn narrow(&mut self, code: &Code, m: &Micro, pc: usize) -> bool {
        let Some(narrow) = code.narrow.get(usize::from(m.b).wrapping_sub(1)) else {
            return false;
        };
        if narrow.chain && self.kept != pc {
            return false;
        }
        let mut acc = if narrow.chain {
            i32x4::from(self.small)
        } else {
            i32x4::ZERO
        };
        let half = i32x4::from(narrow.half);
        let weights = &code.weights[narrow.first..];
        let upper = &weights[if narrow.tall { narrow.pairs } else { 0 }..];
        let mut tall = i32x4::ZERO;
        let a = slot(m.a);
        let seen;
        if m.kind == Kind::Sum {
            let mut all = i32x4::ZERO;
            let low = i32x4::splat(0xFFFF);
            let taps = &self.regs[a..a + usize::from(m.n)];
            let (pairs, rest) = taps.as_chunks::<2>();
            let mut two = |x: [i32; 4], y: [i32; 4], weights: i16x8, upper: i16x8| {
                let (x, y) = (i32x4::from(x), i32x4::from(y));
                all |= (x + half) | (y + half);
                let both: i16x8 = cast((x & low) | (y << 16u32));
                acc += both.dot(weights);
                if narrow.tall {
                    tall += both.dot(upper);
                }
            };
            for ([x, y], (w, u)) in pairs.iter().zip(weights.iter().zip(upper)) {
                two(*x, *y, *w, *u);
            }
            if let ([x], [w, ..], [u, ..]) = (rest, &weights[pairs.len()..], &upper[pairs.len()..])
            {
                two(*x, [0; 4], *w, *u);
            }
            let [p, q, r, s] = all.to_array();
            seen = p | q | r | s;
        } else {
            let r = self.regs[a];
            let spread = |x, y| -> i16x8 { cast(i32x4::splat(pair(x, y))) };
            let (left, right) = (spread(r[0], r[1]), spread(r[2], r[3]));
            acc += left.dot(weights[0]) + right.dot(weights[1]);
            if narrow.tall {
                tall = left.dot(upper[0]) + right.dot(upper[1]);
            }
            let all = r.map(|x| x.wrapping_add(narrow.half[0]));
            seen = all[0] | all[1] | all[2] | all[3];
        }
        if seen & narrow.beyond != 0 {
            return false;
        }
        acc += tall << 15u32;
        if narrow.keep {
            self.small = acc.to_array();
            self.kept = pc + 1;
            return true;
        }
        let mut v = (acc + i32x4::from(narrow.round)) >> narrow.shift;
        if narrow.negate {
            v = -v;
        }
        v = ((v << narrow.sext) >> narrow.sext) & i32x4::from(narrow.mask);
        v = v.max(i32x4::from(narrow.low)).min(i32x4::from(narrow.high));
        self.regs[slot(m.d)] = v.to_array();
        true
    }

    /// [`Kind::Halves`].
    #[inline(always)]
    pub(crate) fn halves(&mut self, m: &Micro) {
        let factor = |r: u16| -> i16x8 { cast(i32x4::from(self.regs[slot(r)])) };
        let product: i32x4 = cast(factor(m.a) * factor(m.b));
        self.regs[slot(m.d)] = ((product << 16u32) >> 16u32).to_array();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::NEVER;
    use crate::micro::TRAP;
    use proptest::prelude::*;

    /// Numbers of all sizes, more small ones.
    fn number() -> impl Strategy<Value = i32> {
        (any::<i32>(), 0..32u32).prop_map(|(v, by)| v >> by)
    }

    fn word() -> impl Strategy<Value = Micro> {
        let kinds = prop_oneof![Just(Kind::Sum), Just(Kind::SumVec), Just(Kind::SumReg)];
        let form = (0..3i32, any::<[bool; 3]>(), 0..40u8, 0..50u8, 0..64u8);
        let options = form.prop_map(|(round, [negate, chain, keep], shift, ext, clip)| {
            let flags = i32::from(negate) << 4 | i32::from(chain) << 5 | i32::from(keep) << 6;
            (round << 2 | flags, shift as i8, ext, clip)
        });
        let plain = prop_oneof![3 => Just(0), 1 => Just(16), 1 => any::<u8>().prop_map(|e| e % 64)];
        (kinds, 1..9u8, 0..40u16, options, plain, any::<bool>()).prop_map(
            |(kind, n, c, (offset, dy, _, clip), ext, simple)| Micro {
                kind,
                n: if simple { 1 } else { n },
                a: 0,
                b: if kind == Kind::SumReg { 8 } else { 0 },
                c,
                d: 20,
                offset: if simple { 0 } else { offset },
                dy: if simple { 0 } else { dy },
                ext,
                clip: match clip {
                    _ if simple => 0,
                    32 => 33,
                    clip => clip,
                },
                ..TRAP
            },
        )
    }

    /// Sums that just fit 32 bits, and that just do not.
    #[test]
    fn sums_at_the_edge_of_32_bits() {
        let word = |n, dy| Micro {
            kind: Kind::Sum,
            n,
            d: 20,
            offset: 1 << 2,
            dy,
            ..TRAP
        };
        for (n, weight, source, dy) in (6..=8u8).flat_map(|n| {
            let weights = [8191, 8192, 8193, 10_923, 131_071, -131_072];
            let sources = [32_767, -32_768, 32_768, 16_384, -16_385, 2047, -2049];
            weights.into_iter().flat_map(move |w| {
                let each = sources.into_iter().map(move |s| (n, w, s));
                each.flat_map(|(n, w, s)| [1, 11, 18].map(|dy| (n, w, s, dy)))
            })
        }) {
            let bank = [weight; 64];
            let mut code = Code::empty(vec![word(n, dy)]);
            find(&mut code, &bank);
            let mut fast = Engine::default();
            fast.regs[..8].fill([source; 4]);
            let mut plain = fast.clone();
            plain.sum(&bank, &word(n, dy));
            if !fast.narrow(&code, &code.micros[0], 0) {
                fast.sum(&bank, &word(n, dy));
            }
            let found = (fast.regs[20], plain.regs[20]);
            assert_eq!(found.0, found.1, "{n} times {weight} times {source}");
        }
    }

    /// A sum that goes on from another one than the word in front of it, which left more.
    #[test]
    fn chains_are_as_large_as_what_they_go_on_from() {
        let word = |n, c, offset| Micro {
            kind: Kind::Sum,
            n,
            c,
            d: 20,
            offset,
            // So that what lies above 32 bits is seen.
            dy: 16,
            ..TRAP
        };
        let (keep, chain) = (1 << 6, 1 << 5);
        let words = vec![word(8, 0, keep), word(1, 8, keep), word(8, 0, chain)];
        let mut bank = [8191; 64];
        bank[8] = 1;
        let mut code = Code::empty(words.clone());
        find(&mut code, &bank);
        assert_eq!(code.narrow.len(), 3);
        let mut fast = Engine::default();
        fast.regs[..8].fill([32_767; 4]);
        let mut plain = fast.clone();
        for pc in [0, 2, 1, 2] {
            plain.sum(&bank, &words[pc]);
            if !fast.narrow(&code, &code.micros[pc], pc) {
                fast.sum(&bank, &code.micros[pc]);
            }
            assert_eq!(fast.regs[20], plain.regs[20], "{pc}");
        }
    }

    proptest! {
        #[test]
        fn narrow_sums_are_the_sums(
            words in proptest::collection::vec(word(), 1..4),
            bank in proptest::collection::vec(number(), 64),
            sources in proptest::collection::vec([number(), number(), number(), number()], 16),
            order in proptest::collection::vec(0..4usize, 1..6),
        ) {
            let mut code = Code::empty(words.clone());
            find(&mut code, &bank);
            let mut fast = Engine::default();
            fast.regs[..16].copy_from_slice(&sources);
            let mut plain = fast.clone();
            // In order, then as control may go.
            for pc in (0..words.len()).chain(order) {
                let (Some(m), Some(word)) = (code.micros.get(pc), words.get(pc)) else {
                    continue;
                };
                plain.sum(&bank, word);
                match m.kind {
                    Kind::Halves => fast.halves(m),
                    _ if fast.narrow(&code, m, pc) => {}
                    _ => fast.sum(&bank, m),
                }
                let acc = match fast.kept {
                    NEVER => fast.acc,
                    _ => fast.small.map(i64::from),
                };
                prop_assert_eq!(acc, plain.acc, "{} of {:?}", pc, words);
                prop_assert_eq!(&fast.regs[..], &plain.regs[..], "{} of {:?}", pc, words);
            }
        }
    }
}
