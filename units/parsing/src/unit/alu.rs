//! The ALU: values and flags.

use crate::isa::{AluOp, Cond};

/// Flag bits.
pub(super) const N: u8 = 1;
/// Zero.
pub(super) const Z: u8 = 2;
/// Carry of an addition, borrow of a subtraction.
pub(super) const C: u8 = 4;
/// Signed overflow.
pub(super) const V: u8 = 8;

/// Whether a predicate holds for flags.
fn holds(cond: Cond, flags: u8) -> bool {
    let (n, z, c, v) = (
        flags & N != 0,
        flags & Z != 0,
        flags & C != 0,
        flags & V != 0,
    );
    match cond {
        Cond::Eq => z,
        Cond::Ne => !z,
        Cond::Ltu => c,
        Cond::Geu => !c,
        Cond::Gtu => !c && !z,
        Cond::Leu => c || z,
        Cond::Lts => n != v,
        Cond::Ges => n == v,
        Cond::Gts => n == v && !z,
        Cond::Les => n != v || z,
    }
}

/// A predicate as a table: bit f is its value for flags f.
pub(super) fn truth(code: u8) -> u16 {
    let Some(cond) = Cond::from_code(code) else {
        return 0;
    };
    (0..16).fold(0, |mask, f| mask | u16::from(holds(cond, f)) << f)
}

#[inline(always)]
fn plain(value: u32) -> (u32, u8) {
    (value, (value >> 31) as u8 | u8::from(value == 0) << 1)
}

#[inline(always)]
fn sum(a: u32, b: u32, carry: u32) -> (u32, u8) {
    let wide = u64::from(a) + u64::from(b) + u64::from(carry);
    let (value, flags) = plain(wide as u32);
    let overflow = (a ^ value) & (b ^ value);
    let flags = flags | ((wide >> 32) as u8) << 2 | ((overflow >> 31) as u8) << 3;
    (value, flags)
}

#[inline(always)]
fn difference(a: u32, b: u32, borrow: u32) -> (u32, u8) {
    let wide = u64::from(a)
        .wrapping_sub(u64::from(b))
        .wrapping_sub(u64::from(borrow));
    let (value, flags) = plain(wide as u32);
    let overflow = (a ^ b) & (a ^ value);
    let flags = flags | ((wide >> 63) as u8) << 2 | ((overflow >> 31) as u8) << 3;
    (value, flags)
}

/// Result and flags. [`AluOp::Cmp`] and [`AluOp::Test`] have no result; the
/// value returned for them must not be written.
#[inline(always)]
pub(super) fn run(op: AluOp, a: u32, b: u32, flags: u8) -> (u32, u8) {
    let carry = u32::from(flags & C != 0);
    match op {
        // Operations on masks have a circuit of their own.
        AluOp::None
        | AluOp::NthZero
        | AluOp::NextOne
        | AluOp::Ones
        | AluOp::SetBits
        | AluOp::ClearBits => (0, flags),
        AluOp::Move => plain(b),
        AluOp::Add => sum(a, b, 0),
        AluOp::Sub | AluOp::Cmp => difference(a, b, 0),
        AluOp::And | AluOp::Test => plain(a & b),
        AluOp::Or => plain(a | b),
        AluOp::Xor => plain(a ^ b),
        AluOp::Shl => plain(a.checked_shl(b & 63).unwrap_or(0)),
        AluOp::Shr => plain(a.checked_shr(b & 63).unwrap_or(0)),
        AluOp::Sar => plain(((a as i32) >> (b & 63).min(31)) as u32),
        AluOp::Min => plain(a.min(b)),
        AluOp::Max => plain(a.max(b)),
        AluOp::Sext => plain(match b {
            0 => 0,
            1..=31 => ((a << (32 - b)) as i32 >> (32 - b)) as u32,
            _ => a,
        }),
        AluOp::Ilog2 => plain(b.checked_ilog2().unwrap_or(0)),
        AluOp::Adc => sum(a, b, carry),
        AluOp::Sbb => difference(a, b, carry),
    }
}

/// Whether an operation has a result.
#[inline(always)]
pub(super) fn writes(op: AluOp) -> bool {
    !matches!(op, AluOp::None | AluOp::Cmp | AluOp::Test)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [u32; 9] = [
        0,
        1,
        2,
        31,
        0x7FFF_FFFF,
        0x8000_0000,
        0x8000_0001,
        0xFFFF_FFFE,
        0xFFFF_FFFF,
    ];

    #[test]
    fn predicates_after_a_comparison_are_the_comparison() {
        for a in SAMPLES {
            for b in SAMPLES {
                let (_, flags) = run(AluOp::Cmp, a, b, 0);
                let (sa, sb) = (a as i32, b as i32);
                for (cond, expected) in [
                    (Cond::Eq, a == b),
                    (Cond::Ne, a != b),
                    (Cond::Ltu, a < b),
                    (Cond::Geu, a >= b),
                    (Cond::Gtu, a > b),
                    (Cond::Leu, a <= b),
                    (Cond::Lts, sa < sb),
                    (Cond::Ges, sa >= sb),
                    (Cond::Gts, sa > sb),
                    (Cond::Les, sa <= sb),
                ] {
                    let got = truth(cond as u8) >> flags & 1 == 1;
                    assert_eq!(got, expected, "{a:#x} {} {b:#x}", cond.mnemonic());
                }
            }
        }
    }

    #[test]
    fn carry_forms_make_wide_arithmetic() {
        for a in SAMPLES {
            for b in SAMPLES {
                let (x, y) = (u64::from(a) << 32 | 7, u64::from(b) << 32 | u64::from(a));
                let (low, flags) = run(AluOp::Add, x as u32, y as u32, 0);
                let (high, _) = run(AluOp::Adc, (x >> 32) as u32, (y >> 32) as u32, flags);
                assert_eq!(u64::from(high) << 32 | u64::from(low), x.wrapping_add(y));
                let (low, flags) = run(AluOp::Sub, x as u32, y as u32, 0);
                let (high, flags) = run(AluOp::Sbb, (x >> 32) as u32, (y >> 32) as u32, flags);
                assert_eq!(u64::from(high) << 32 | u64::from(low), x.wrapping_sub(y));
                assert_eq!(flags & C != 0, x < y);
            }
        }
    }

    #[test]
    fn shifts_and_fields() {
        let value = |op, a, b| run(op, a, b, 0).0;
        assert_eq!(value(AluOp::Shl, 3, 31), 0x8000_0000);
        assert_eq!(value(AluOp::Shl, 3, 32), 0);
        assert_eq!(value(AluOp::Shl, 3, 64), 3);
        assert_eq!(value(AluOp::Shr, 0x8000_0000, 31), 1);
        assert_eq!(value(AluOp::Shr, 0x8000_0000, 63), 0);
        assert_eq!(value(AluOp::Sar, 0x8000_0000, 40), 0xFFFF_FFFF);
        assert_eq!(value(AluOp::Sext, 0b1010, 4), 0xFFFF_FFFA);
        assert_eq!(value(AluOp::Sext, 0b0010, 4), 2);
        assert_eq!(value(AluOp::Sext, 5, 0), 0);
        assert_eq!(value(AluOp::Sext, 0x8000_0000, 32), 0x8000_0000);
        assert_eq!(value(AluOp::Ilog2, 0, 0), 0);
        assert_eq!(value(AluOp::Ilog2, 0, 0x8000_0000), 31);
    }
}
