//! Instructions in the plain form, and the directives.

use super::{Complaint, Kind, LoweredData, Lowering, Operands, Piece, Value, source, usage};
use crate::asm::diagnostics as code;
use crate::asm::parser::{Item, Operand, Spanned};
use crate::asm::{Place, words};
use crate::encoding::Instruction;
use crate::names::Name;
use crate::ops::{Op, Row};

/// Highest bank number that BANK can select.
const MAX_BANK: i64 = 255;

impl<'t> Lowering<'_, '_, 't> {
    /// `MNEMONIC operands`.
    pub(super) fn plain(
        &mut self,
        word: &Spanned<&'t str>,
        operands: &Operands<'t>,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        match word.value {
            "CMP" => self.compare(operands, item),
            "WORD" => self.word(operands, item),
            "DATA" => self.data(operands),
            mnemonic => {
                if let Some(condition) = words::condition(mnemonic) {
                    let number = i32::from(condition.number());
                    self.instruction(Instruction::new(Op::If, &[number]), item);
                    return self.nothing_more(mnemonic, operands);
                }
                if mnemonic == Op::Jump.row().mnemonic
                    && let [target] = operands
                    && !is_name(target)
                {
                    return self.jump_to_label(target, item);
                }
                if mnemonic == Op::Const.row().mnemonic {
                    return self.constant(operands, item);
                }
                self.table_instruction(mnemonic, operands, item)
            }
        }
    }

    /// What the assembler cannot place is probably a misspelt instruction.
    fn nothing_more(&mut self, mnemonic: &str, extra: &Operands<'t>) -> Result<(), Complaint> {
        let Some(operand) = extra.first() else {
            return Ok(());
        };
        let complaint = match operand.value {
            Operand::Word(word) if words::source(word).is_none() => Self::unknown_instruction(word),
            Operand::Word(text) | Operand::Number(text) => {
                let message = format!("`{text}` is one operand too many for {mnemonic}");
                (code::OPERANDS, message, None)
            }
        };
        self.complain(operand, complaint);
        Ok(())
    }

    /// `CMP a b`, or `CMP a` with zero.
    fn compare(
        &mut self,
        operands: &Operands<'t>,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        // To compare a source with zero is to add zero and look at the flags;
        // a missing first source would compare zero with it.
        let op = if operands.len() == 1 {
            Op::AddF
        } else {
            Op::SubF
        };
        let (op, first, second) = self.sources(op, operands)?;
        self.alu(op, Name::PC, first, second, item)
    }

    /// `WORD n`.
    fn word(&mut self, operands: &Operands<'t>, item: &Spanned<Item<'t>>) -> Result<(), Complaint> {
        let Some((first, rest)) = operands.split_first() else {
            return Err(missing("WORD", "a number or label"));
        };
        if let Some(value) = self.value(first) {
            self.chain = None;
            self.push(Piece::Word(value), item);
        }
        self.nothing_more("WORD", rest)
    }

    /// `DATA bank,address value...`.
    fn data(&mut self, operands: &Operands<'t>) -> Result<(), Complaint> {
        let [bank, address, values @ ..] = operands else {
            return Err(missing("DATA", "a bank, an address and values"));
        };
        let bank = self.in_range(bank, 1, MAX_BANK, "a bank is");
        let address = self.in_range(address, 0, 0xFFFF, "an address is");
        let mut list = Vec::new();
        for operand in values {
            list.extend(self.value(operand));
        }
        let (Some(bank), Some(address)) = (bank, address) else {
            return Ok(());
        };
        if address as usize + values.len() > crate::state::BANK_WORDS {
            let message = "the data reach behind the end of their bank".to_owned();
            return Err((code::DATA_PLACE, message, None));
        }
        self.out.data.push(LoweredData {
            bank: bank as u16,
            address: address as u16,
            file: self.file,
            values: list,
        });
        Ok(())
    }

    /// `CONST value`: in one word if it fits, otherwise in two.
    fn constant(
        &mut self,
        operands: &Operands<'t>,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        let Some((first, rest)) = operands.split_first() else {
            return Err(missing("CONST", "a number or label"));
        };
        match self.value(first) {
            Some(Value::Number(n)) => {
                let n = i32::from(n);
                let short = Kind::Immediate.accepts(Op::Const.row(), n);
                let op = if short { Op::Const } else { Op::ConstW };
                self.instruction(Instruction::new(op, &[n]), item);
            }
            Some(label @ Value::Label(..)) => {
                if let Some(chain) = self.chain.take()
                    && chain.shifts
                {
                    self.dangling(&chain);
                }
                self.push(Piece::Constant(label), item);
            }
            None => {}
        }
        self.nothing_more("CONST", rest)
    }

    /// `J label`: CONST with its address, then J LIT. The CONST goes before
    /// the IF that covers the jump, so that LIT changes in either case.
    fn jump_to_label(
        &mut self,
        target: &Spanned<Operand<'t>>,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        let piece = match self.value(target) {
            Some(label @ Value::Label(..)) => Piece::Constant(label),
            Some(Value::Number(n)) => {
                Piece::Instruction(Instruction::new(Op::ConstW, &[i32::from(n)]))
            }
            None => return Ok(()),
        };
        let at = match &self.chain {
            Some(chain) if chain.labelled => {
                let message = "a label stands between IF and a jump to a label".to_owned();
                let hint = "the address is put into LIT before the IF".to_owned();
                return Err((code::LABEL_IN_CHAIN, message, Some(hint)));
            }
            Some(chain) => chain.first_piece,
            None => self.out.pieces.len(),
        };
        let place = Place {
            file: self.file,
            span: item.span.into_range(),
        };
        self.out.pieces.insert(at, (piece, place));
        let lit = i32::from(Name::LIT.number());
        self.instruction(Instruction::new(Op::Jump, &[lit]), item);
        Ok(())
    }

    /// Any other instruction: the row whose operands are of the kinds written.
    fn table_instruction(
        &mut self,
        mnemonic: &str,
        operands: &Operands<'t>,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        let fits = |row: &&Row| {
            let kinds = row.shape.operands;
            kinds.len() <= operands.len()
                && kinds
                    .iter()
                    .zip(operands)
                    .all(|(kind, operand)| takes_name(*kind) == is_name(operand))
        };
        let Some(row) = words::plain(mnemonic).find(fits) else {
            let usages: Vec<_> = words::plain(mnemonic).map(usage).collect();
            return Err(missing(mnemonic, &usages.join(", or ")));
        };
        let mut numbers = Vec::new();
        for (kind, operand) in row.shape.operands.iter().zip(operands) {
            if let Some(number) = self.operand(row, *kind, operand) {
                numbers.push(number);
            }
        }
        if numbers.len() == row.shape.operands.len() {
            self.instruction(Instruction::new(row.op, &numbers), item);
        }
        self.nothing_more(mnemonic, &operands[row.shape.operands.len()..])
    }

    /// One operand of an instruction; what is wrong with it is reported.
    fn operand(&mut self, row: &Row, kind: Kind, operand: &Spanned<Operand<'t>>) -> Option<i32> {
        let number = if takes_name(kind) {
            match source(operand) {
                Ok(name) => i64::from(name.number()),
                Err(complaint) => {
                    self.complain(operand, complaint);
                    return None;
                }
            }
        } else {
            match self.number(operand)? {
                Ok(number) => number,
                Err(()) => return None,
            }
        };
        let accepted = i32::try_from(number).ok().filter(|&n| kind.accepts(row, n));
        if accepted.is_none() {
            let complaint = if takes_name(kind) {
                let message = format!("{} takes a register", row.mnemonic);
                let hint = "r0 to r9, rx, ADDR and LIT are registers".to_owned();
                (code::OPERANDS, message, Some(hint))
            } else {
                let message = format!(
                    "{number} does not fit: {} takes {}",
                    row.mnemonic,
                    usage(row)
                );
                (code::RANGE, message, None)
            };
            self.complain(operand, complaint);
        }
        accepted
    }

    /// A number, constant or label as a 16-bit value.
    fn value(&mut self, operand: &Spanned<Operand<'t>>) -> Option<Value> {
        if is_name(operand) {
            let message = "a number or label is needed here, not a register".to_owned();
            self.complain(operand, (code::OPERANDS, message, None));
            return None;
        }
        match (self.number(operand), operand.value) {
            (None, Operand::Word(word)) => {
                let span = operand.span.into_range();
                Some(Value::Label(self.qualified(word), span))
            }
            (Some(Ok(number)), _) if (-0x8000..=0xFFFF).contains(&number) => {
                Some(Value::Number(number as u16))
            }
            (Some(Ok(number)), _) => {
                let message = format!("{number} does not fit 16 bits");
                self.complain(operand, (code::RANGE, message, None));
                None
            }
            (Some(Err(())) | None, _) => None,
        }
    }

    fn in_range(
        &mut self,
        operand: &Spanned<Operand<'t>>,
        low: i64,
        high: i64,
        what: &str,
    ) -> Option<i64> {
        let number = self.number(operand);
        match number {
            Some(Err(())) => None,
            Some(Ok(n)) if (low..=high).contains(&n) => Some(n),
            Some(Ok(_)) | None => {
                let message = format!("{what} a number from {low} to {high}");
                self.complain(operand, (code::RANGE, message, None));
                None
            }
        }
    }
}

fn missing(mnemonic: &str, usage: &str) -> Complaint {
    (code::OPERANDS, format!("{mnemonic} takes {usage}"), None)
}

/// True for operands that are written as a register.
fn takes_name(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Read | Kind::ReadToo | Kind::Write | Kind::Modify
    )
}

/// True for what is written as a register.
fn is_name(operand: &Spanned<Operand<'_>>) -> bool {
    match operand.value {
        Operand::Word(word) => words::source(word).is_some() || words::destination(word).is_some(),
        Operand::Number(_) => false,
    }
}
