//! Words to instructions and back, by the patterns of the table.

use crate::names::{Condition, Name};
use crate::ops::{FlagEffect, Op, Operand, Row, TABLE};

/// At most three operands.
const MAX_OPERANDS: usize = 3;

/// One instruction with its operands, in the order of [`crate::ops::Shape::operands`].
///
/// An operand is the number of a [`Name`] or [`Condition`], a shift amount, or
/// the value of an immediate or next word. Unused operands are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// Which.
    pub op: Op,
    /// Operands by position.
    pub operands: [i32; MAX_OPERANDS],
}

impl Instruction {
    /// An instruction; missing operands are 0, more than three are ignored.
    #[must_use]
    pub fn new(op: Op, operands: &[i32]) -> Self {
        let mut filled = [0; MAX_OPERANDS];
        for (slot, &value) in filled.iter_mut().zip(operands) {
            *slot = value;
        }
        Instruction {
            op,
            operands: filled,
        }
    }

    /// Its operands with what they are.
    pub fn typed_operands(&self) -> impl Iterator<Item = (Operand, i32)> {
        self.op
            .row()
            .shape
            .operands
            .iter()
            .copied()
            .zip(self.operands)
    }

    /// The value of an operand, 0 if the instruction has none of this kind.
    #[must_use]
    pub fn operand(&self, which: Operand) -> i32 {
        self.typed_operands()
            .find(|(kind, _)| *kind == which)
            .map_or(0, |(_, value)| value)
    }

    /// How many words it takes: 1 or 2.
    #[must_use]
    pub fn words(&self) -> u16 {
        1 + u16::from(self.op.row().shape.operands.contains(&Operand::NextWord))
    }

    /// Its words; `None` if an operand has no encoding.
    #[must_use]
    pub fn encode(&self) -> Option<(u16, Option<u16>)> {
        let row = self.op.row();
        let mut word = row.fixed_bits().1;
        let mut next = None;
        for (kind, value) in self.typed_operands() {
            if !kind.accepts(row, value) {
                return None;
            }
            if kind == Operand::NextWord {
                next = Some(value as u16);
            } else {
                let (low, width) = row.field(kind);
                word |= (value as u16 & ((1 << width) - 1)) << low;
            }
        }
        Some((word, next))
    }

    /// The instruction that `word` begins, with `next` as the word after it.
    /// `None` if the word is undefined.
    #[must_use]
    pub fn decode(word: u16, next: u16) -> Option<Self> {
        let row = TABLE.iter().find(|row| {
            let (mask, value) = row.fixed_bits();
            word & mask == value
        })?;
        let mut instruction = Instruction::new(row.op, &[]);
        for (slot, &kind) in instruction.operands.iter_mut().zip(row.shape.operands) {
            let value = if kind == Operand::NextWord {
                i32::from(next)
            } else {
                let (low, width) = row.field(kind);
                kind.extend(word >> low & ((1 << width) - 1), width)
            };
            if !kind.accepts(row, value) {
                return None;
            }
            *slot = value;
        }
        Some(instruction)
    }
}

impl Row {
    /// Mask and value of the bits that are the same in all words of this instruction.
    #[must_use]
    pub fn fixed_bits(&self) -> (u16, u16) {
        self.bits().fold((0, 0), |(mask, value), bit| match bit {
            b'0' => (mask << 1 | 1, value << 1),
            b'1' => (mask << 1 | 1, value << 1 | 1),
            _ => (mask << 1, value << 1),
        })
    }

    /// Lowest bit and width of an operand's field; (0, 0) if it has none.
    #[must_use]
    pub fn field(&self, operand: Operand) -> (u32, u32) {
        let letter = operand.letter();
        let width = self.bits().filter(|&b| b == letter).count() as u32;
        let last = self.bits().rposition(|b| b == letter);
        (last.map_or(0, |at| 15 - at as u32), width)
    }

    fn bits(&self) -> impl DoubleEndedIterator<Item = u8> + ExactSizeIterator {
        // Spaces stand after every fourth bit.
        let text = self.pattern.as_bytes();
        (0..16).map(move |i| text.get(i + i / 4).copied().unwrap_or(b'0'))
    }
}

impl Operand {
    /// Gives the bits of a field their value.
    fn extend(self, bits: u16, width: u32) -> i32 {
        match self {
            Operand::AmountFirst | Operand::AmountSecond => {
                let unused = 32 - width;
                i32::from(bits) << unused >> unused
            }
            _ => i32::from(bits),
        }
    }

    /// Whether the instruction of `row` is defined with this operand value.
    #[must_use]
    pub fn accepts(self, row: &Row, value: i32) -> bool {
        let name = |value: i32| u16::try_from(value).ok().filter(|&n| n < 16).map(Name::new);
        match self {
            Operand::Destination => {
                name(value).is_some_and(|n| n != Name::PC || row.shape.flags != FlagEffect::Keep)
            }
            Operand::First | Operand::Second => name(value).is_some(),
            Operand::Read | Operand::ReadToo | Operand::Write | Operand::Modify => {
                name(value).is_some_and(Name::is_register)
            }
            Operand::Condition => u16::try_from(value).is_ok_and(|n| Condition::new(n).is_some()),
            Operand::AmountFirst | Operand::AmountSecond => (-15..=15).contains(&value),
            Operand::Immediate => (0..1 << row.field(self).1).contains(&value),
            Operand::NextWord => (0..=0xFFFF).contains(&value),
        }
    }
}
