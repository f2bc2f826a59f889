//! Value semantics: what the arithmetic unit and the shifters compute.

use crate::names::Flags;
use crate::ops::Op;

/// Result and flags of an ALU instruction on its (shifted) sources.
///
/// The flags are the old ones where the instruction sets none. Not an ALU
/// instruction: 0 and the old flags.
#[must_use]
#[inline(always)]
pub fn compute(op: Op, a: u16, b: u16, flags: Flags) -> (u16, Flags) {
    match op {
        Op::Add => (a.wrapping_add(b), flags),
        Op::AddF => add(a, b, false),
        Op::Sub => (a.wrapping_sub(b), flags),
        Op::SubF => subtract(a, b, false),
        Op::And => (a & b, flags),
        Op::AndF => logic(a & b),
        Op::Or => (a | b, flags),
        Op::OrF => logic(a | b),
        Op::Xor => (a ^ b, flags),
        Op::XorF => logic(a ^ b),
        Op::AddC => chain(add(a, b, flags.has(Flags::C)), flags),
        Op::SubB => chain(subtract(a, b, flags.has(Flags::C)), flags),
        Op::Add1 => (a.wrapping_add(b).wrapping_add(1), flags),
        _ => (0, flags),
    }
}

#[inline(always)]
fn add(a: u16, b: u16, carry: bool) -> (u16, Flags) {
    // Through 32 bits, where the carry is bit 16.
    let wide = u32::from(a) + u32::from(b) + u32::from(carry);
    let sum = wide as u16;
    let overflow = (a ^ sum) & (b ^ sum) & 0x8000 != 0;
    (sum, flags_of(sum, wide > 0xFFFF, overflow))
}

#[inline(always)]
fn subtract(a: u16, b: u16, borrow: bool) -> (u16, Flags) {
    let wide = i32::from(a) - i32::from(b) - i32::from(borrow);
    let difference = wide as u16;
    let overflow = (a ^ b) & (a ^ difference) & 0x8000 != 0;
    (difference, flags_of(difference, wide < 0, overflow))
}

#[inline(always)]
fn logic(value: u16) -> (u16, Flags) {
    (value, flags_of(value, false, false))
}

/// In a chain of words, `Z` tells of all of them.
#[inline(always)]
fn chain((value, new): (u16, Flags), old: Flags) -> (u16, Flags) {
    let zero = new.has(Flags::Z) && old.has(Flags::Z);
    let flags = Flags::from_parts(
        zero,
        new.has(Flags::N),
        new.has(Flags::C),
        new.has(Flags::V),
    );
    (value, flags)
}

#[inline(always)]
fn flags_of(value: u16, carry: bool, overflow: bool) -> Flags {
    Flags::from_parts(value == 0, value & 0x8000 != 0, carry, overflow)
}

/// What a shifter does to one source of the next ALU instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shifter {
    /// Positive: left. Negative: right. At most 15 either way.
    amount: i8,
    /// Right shifts copy the sign.
    arithmetic: bool,
}

impl Shifter {
    /// A shift by an amount of -15 to 15.
    #[must_use]
    #[inline]
    pub const fn new(amount: i8, arithmetic: bool) -> Self {
        Shifter { amount, arithmetic }
    }

    /// True if it changes nothing.
    #[must_use]
    #[inline]
    pub const fn is_idle(self) -> bool {
        self.amount == 0
    }

    /// The shifted value.
    #[must_use]
    #[inline(always)]
    pub fn apply(self, value: u16) -> u16 {
        // One left shift by 1 to 31 of the value in the middle of a wide word
        // does both directions.
        let wide = if self.arithmetic {
            i64::from(value as i16)
        } else {
            i64::from(value)
        };
        ((wide << (16 + i32::from(self.amount)).clamp(0, 31)) >> 16) as u16
    }
}
