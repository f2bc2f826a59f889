//! Instructions as text: the inverse of the assembler.

use std::fmt::{self, Write as _};

use crate::encoding::Instruction;
use crate::names::{Condition, Name};
use crate::ops::{Form, Op, Operand};

fn name(value: i32) -> Name {
    Name::new(value as u16)
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.op.row();
        match row.form {
            Form::Infix(_) if self.op.is_alu() => return self.fmt_alu(f),
            Form::Infix(infix) => {
                let target = name(self.operand(Operand::Modify));
                return write!(f, "{}:{infix}", target.as_destination());
            }
            Form::Plain => f.write_str(row.mnemonic)?,
            Form::Glued => {
                let number = self.operand(Operand::Condition) as u16;
                let suffix = Condition::new(number).map_or("?", Condition::suffix);
                return write!(f, "{}{suffix}", row.mnemonic);
            }
        }
        for (i, (kind, value)) in self.typed_operands().enumerate() {
            // Amounts belong together and are written with a comma.
            let comma = i > 0 && kind == Operand::AmountSecond;
            f.write_str(if comma { "," } else { " " })?;
            match kind {
                Operand::Read | Operand::ReadToo | Operand::Modify => {
                    f.write_str(name(value).as_source())?;
                }
                Operand::Write => f.write_str(name(value).as_destination())?,
                _ => write!(f, "{value}")?,
            }
        }
        Ok(())
    }
}

impl Instruction {
    fn fmt_alu(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [destination, first, second] = self.operands.map(name);
        let one_source = first == Name::PC;
        // The two comparisons have a spelling of their own.
        match self.op {
            Op::SubF if destination == Name::PC && !one_source => {
                return write!(f, "CMP {} {}", first.as_source(), second.as_source());
            }
            Op::AddF if destination == Name::PC && one_source => {
                return write!(f, "CMP {}", second.as_source());
            }
            _ => {}
        }
        if destination != Name::PC {
            f.write_str(destination.as_destination())?;
        }
        let infix = match self.op.row().form {
            Form::Infix(infix) => infix,
            Form::Plain | Form::Glued => "",
        };
        write!(f, ":{infix}")?;
        if !one_source {
            write!(f, " {}", first.as_source())?;
        }
        write!(f, " {}", second.as_source())
    }
}

/// One line of a disassembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisassembledLine {
    /// Address of the first word.
    pub address: u16,
    /// The words: one or two.
    pub words: Vec<u16>,
    /// The instruction in assembly language; `WORD n` where a word is undefined.
    pub text: String,
}

/// Takes words apart into instructions.
#[must_use]
pub fn disassemble(words: &[u16]) -> Vec<DisassembledLine> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        let instruction = Instruction::decode(rest[0], rest.get(1).copied().unwrap_or(0))
            .filter(|i| usize::from(i.words()) <= rest.len());
        let (length, text) = match instruction {
            Some(i) => (usize::from(i.words()), i.to_string()),
            None => (1, format!("WORD {:#06x}", rest[0])),
        };
        lines.push(DisassembledLine {
            address: at as u16,
            words: rest[..length].to_vec(),
            text,
        });
        at += length;
    }
    lines
}

/// A disassembly as one text, one instruction per line, that assembles to the same words.
#[must_use]
pub fn disassembly_text(words: &[u16]) -> String {
    disassemble(words)
        .iter()
        .fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", line.text);
            text
        })
}
