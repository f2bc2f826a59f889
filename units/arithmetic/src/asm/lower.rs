//! From items to instructions: the words are looked up, operands checked, and
//! the two abbreviations (clearing, jumping to a label) written out.

mod plain;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::Place;
use super::diagnostics::{self as code, Diagnostics};
use super::lexer;
use super::parser::{Item, Operand, Spanned};
use super::words;
use crate::encoding::Instruction;
use crate::names::Name;
use crate::ops::{Op, Operand as Kind, Row};

/// A 16-bit value, known now or when the labels are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Known.
    Number(u16),
    /// The address of a label, and where it is asked for.
    Label(String, Range<usize>),
}

/// What becomes one or two words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An instruction.
    Instruction(Instruction),
    /// CONST with the address of a label.
    Constant(Value),
    /// A bare word.
    Word(Value),
}

/// A program before it has addresses.
#[derive(Debug, Default)]
pub struct Lowered {
    /// Code in order.
    pub pieces: Vec<(Piece, Place)>,
    /// Label, index of the piece that follows it, and its place.
    pub labels: Vec<(String, usize, Place)>,
    /// Initial data.
    pub data: Vec<LoweredData>,
}

/// Initial contents of a part of a bank, before labels have addresses.
#[derive(Debug)]
pub struct LoweredData {
    /// Number of the bank.
    pub bank: u16,
    /// Address of the first word.
    pub address: u16,
    /// Index of the text it stands in.
    pub file: usize,
    /// The words.
    pub values: Vec<Value>,
}

/// IF and SHIFT that wait for their instruction.
struct Chain {
    first_piece: usize,
    span: Range<usize>,
    shifts: bool,
    labelled: bool,
}

type Operands<'t> = [Spanned<Operand<'t>>];

/// A message about something: code, text, hint.
type Complaint = (&'static str, String, Option<String>);

/// The state of lowering.
pub struct Lowering<'d, 'f, 't> {
    diagnostics: &'d mut Diagnostics<'f>,
    constants: HashMap<&'t str, i64>,
    defined: HashSet<String>,
    out: Lowered,
    file: usize,
    /// The label that local labels belong to.
    scope: &'t str,
    chain: Option<Chain>,
}

impl<'d, 'f, 't> Lowering<'d, 'f, 't> {
    /// Nothing lowered yet.
    pub fn new(diagnostics: &'d mut Diagnostics<'f>) -> Self {
        Lowering {
            diagnostics,
            constants: HashMap::new(),
            defined: HashSet::new(),
            out: Lowered::default(),
            file: 0,
            scope: "",
            chain: None,
        }
    }

    /// What came out.
    pub fn finish(self) -> Lowered {
        self.out
    }

    /// Collects the constants of a file; they may be used before their definition.
    pub fn constants(&mut self, file: usize, items: &[Spanned<Item<'t>>]) {
        self.at_file(file);
        for item in items {
            if let Item::Constant(name, operand) = &item.value
                && self.may_define(name.value, name)
                && let Some(Ok(value)) = self.number(operand)
            {
                self.constants.insert(name.value, value);
            }
        }
    }

    /// Lowers the items of a file.
    pub fn file(&mut self, file: usize, items: &[Spanned<Item<'t>>]) {
        self.at_file(file);
        self.scope = "";
        for item in items {
            let result = match &item.value {
                Item::Head(head, operands) => self.head(head, operands, item),
                Item::Plain(word, operands) => self.plain(word, operands, item),
                Item::Constant(..) => Ok(()),
                Item::Unknown(word) if words::is_reserved(word.value) => {
                    let message = format!("`{}` begins no instruction", word.value);
                    let hint = "a destination has a colon after it".to_owned();
                    Err((code::UNKNOWN_INSTRUCTION, message, Some(hint)))
                }
                Item::Unknown(word) => Err(Self::unknown_instruction(word.value)),
            };
            if let Err((code, message, hint)) = result {
                let span = item.span.into_range();
                self.diagnostics.error(code, span, message, hint);
            }
        }
        if let Some(chain) = self.chain.take() {
            self.dangling(&chain);
        }
    }

    fn at_file(&mut self, file: usize) {
        self.file = file;
        self.diagnostics.at_file(file);
    }

    fn complain<T>(&mut self, at: &Spanned<T>, (code, message, hint): Complaint) {
        self.diagnostics
            .error(code, at.span.into_range(), message, hint);
    }

    fn unknown_instruction(word: &str) -> Complaint {
        let message = format!("there is no instruction `{word}`");
        let hint = match word.to_uppercase().as_str() {
            "JMP" | "JUMP" | "GOTO" | "BR" | "CALL" => {
                Some("a jump is `J label`, a call writes its return address first".to_owned())
            }
            "MOV" | "MOVE" | "LD" | "LOAD" => Some("`r0: r1` copies r1 to r0".to_owned()),
            _ => words::suggest(word),
        };
        (code::UNKNOWN_INSTRUCTION, message, hint)
    }

    /// Checks a name that is about to be defined.
    fn may_define<T>(&mut self, full: &str, at: &Spanned<T>) -> bool {
        if words::is_reserved(full) {
            let message = format!("`{full}` is a word of the machine and cannot be defined");
            self.complain(at, (code::RESERVED, message, None));
            return false;
        }
        if !self.defined.insert(full.to_owned()) {
            let message = format!("`{full}` is defined twice");
            self.complain(at, (code::DEFINED_TWICE, message, None));
            return false;
        }
        true
    }

    /// The full name of a label as written.
    fn qualified(&self, name: &str) -> String {
        if name.starts_with('.') {
            format!("{}{name}", self.scope)
        } else {
            name.to_owned()
        }
    }

    /// The number an operand stands for: none if it is no number or constant,
    /// an error (reported) if it is written wrongly.
    fn number(&mut self, operand: &Spanned<Operand<'t>>) -> Option<Result<i64, ()>> {
        match operand.value {
            Operand::Word(word) => self.constants.get(word).copied().map(Ok),
            Operand::Number(text) => Some(lexer::number(text).ok_or_else(|| {
                let message = format!("`{text}` is not written like a number");
                let hint = "as 63, -1, 0x3f or 0b11_1111".to_owned();
                self.complain(operand, (code::NUMBER, message, Some(hint)));
            })),
        }
    }

    fn push(&mut self, piece: Piece, item: &Spanned<Item<'t>>) {
        let place = Place {
            file: self.file,
            span: item.span.into_range(),
        };
        self.out.pieces.push((piece, place));
    }

    /// Adds an instruction, and keeps account of prefixes.
    fn instruction(&mut self, instruction: Instruction, item: &Spanned<Item<'t>>) {
        let op = instruction.op;
        if op.row().shape.prefix {
            let first_piece = self.out.pieces.len();
            let chain = self.chain.get_or_insert(Chain {
                first_piece,
                span: item.span.into_range(),
                shifts: false,
                labelled: false,
            });
            chain.shifts |= op != Op::If;
        } else if let Some(chain) = self.chain.take()
            && chain.shifts
            && !op.is_alu()
        {
            self.dangling(&chain);
        }
        self.push(Piece::Instruction(instruction), item);
    }

    fn dangling(&mut self, chain: &Chain) {
        let message = if chain.shifts {
            "no ALU instruction follows this SHIFT"
        } else {
            "no instruction follows this IF"
        };
        self.diagnostics
            .warning(code::PREFIX, chain.span.clone(), message, None);
    }

    /// `name:op operands`.
    fn head(
        &mut self,
        head: &Spanned<&'t str>,
        operands: &Operands<'t>,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        let (name, operation) = head.value.split_once(':').unwrap_or((head.value, ""));
        let destination = match name {
            "" => Some(Name::PC),
            "PC" => {
                let hint = "jump with J, or leave the destination out to set flags only";
                let message = "PC cannot be a destination".to_owned();
                return Err((code::OPERANDS, message, Some(hint.to_owned())));
            }
            "IN" => {
                let message = "IN is only read".to_owned();
                return Err((code::OPERANDS, message, Some("write to OUT".to_owned())));
            }
            _ => words::destination(name),
        };
        let Some(destination) = destination else {
            return self.label(name, operation, operands, head);
        };
        let row = words::infix(operation).ok_or_else(|| {
            let message = format!("there is no operation `{operation}`");
            let known: Vec<_> = words::operations().map(|o| format!("`{o}`")).collect();
            let hint = format!("operations are {} or nothing", known.join(" "));
            (code::UNKNOWN_OPERATION, message, Some(hint))
        })?;
        if row.op.is_alu() {
            let (op, first, second) = self.sources(row.op, operands)?;
            return self.alu(op, destination, first, second, item);
        }
        if let Some(extra) = operands.first() {
            let message = format!("`{}` takes no source", head.value);
            self.complain(extra, (code::OPERANDS, message, None));
        }
        let number = i32::from(destination.number());
        if !Kind::Modify.accepts(row, number) {
            let message = format!("`{name}` is no register and cannot be incremented");
            let hint = Some(format!("write `{name}:+1 {name}`"));
            let hint = hint.filter(|_| destination == Name::RAM);
            return Err((code::OPERANDS, message, hint));
        }
        self.instruction(Instruction::new(row.op, &[number]), item);
        Ok(())
    }

    fn alu(
        &mut self,
        op: Op,
        destination: Name,
        first: Name,
        second: Name,
        item: &Spanned<Item<'t>>,
    ) -> Result<(), Complaint> {
        let operands = [destination, first, second].map(|n| i32::from(n.number()));
        if !Kind::Destination.accepts(op.row(), operands[0]) {
            let message = "an instruction that sets no flags needs a destination".to_owned();
            let hint = "with `f` after the operation it sets flags".to_owned();
            return Err((code::OPERANDS, message, Some(hint)));
        }
        self.instruction(Instruction::new(op, &operands), item);
        Ok(())
    }

    fn label(
        &mut self,
        name: &'t str,
        operation: &str,
        operands: &Operands<'t>,
        head: &Spanned<&'t str>,
    ) -> Result<(), Complaint> {
        if !operation.is_empty() {
            let message = format!("`{name}` is no destination, and a label has no operation");
            let hint = words::suggest(name)
                .unwrap_or_else(|| "put a space after the colon of a label".to_owned());
            return Err((code::UNKNOWN_OPERATION, message, Some(hint)));
        }
        let full = self.qualified(name);
        if self.may_define(&full, head) {
            let place = Place {
                file: self.file,
                span: head.span.into_range(),
            };
            self.out.labels.push((full, self.out.pieces.len(), place));
        }
        if !name.starts_with('.') {
            self.scope = name;
        }
        if let Some(chain) = &mut self.chain {
            chain.labelled = true;
            let message = format!("the label `{name}` parts a prefix from its instruction");
            let span = head.span.into_range();
            self.diagnostics
                .warning(code::LABEL_IN_CHAIN, span, message, None);
        }
        if let Some(operand) = operands.first() {
            let complaint = match operand.value {
                Operand::Word(word) if words::source(word).is_none() => {
                    Self::unknown_instruction(word)
                }
                Operand::Word(word) | Operand::Number(word) => {
                    let message = format!("`{word}` follows a label, but is no instruction");
                    (code::UNKNOWN_INSTRUCTION, message, words::suggest(name))
                }
            };
            self.complain(operand, complaint);
        }
        Ok(())
    }

    /// The sources of an ALU instruction: none, one or two are written. None
    /// is a zero, which takes a different operation.
    fn sources(&mut self, op: Op, operands: &Operands<'t>) -> Result<(Op, Name, Name), Complaint> {
        if let Some(extra) = operands.get(2) {
            let complaint = match extra.value {
                Operand::Word(word) if words::source(word).is_none() => {
                    Self::unknown_instruction(word)
                }
                Operand::Word(text) | Operand::Number(text) => {
                    let message = format!("`{text}` is one source too many");
                    (code::OPERANDS, message, None)
                }
            };
            self.complain(extra, complaint);
        }
        let mut names = [Name::PC; 2];
        for (slot, operand) in names.iter_mut().zip(operands) {
            match source(operand) {
                Ok(name) => *slot = name,
                Err(complaint) => self.complain(operand, complaint),
            }
        }
        match operands {
            [] if op == Op::Add => Ok((Op::Xor, Name::LIT, Name::LIT)),
            [] => {
                let message = "one or two sources are needed".to_owned();
                Err((code::OPERANDS, message, None))
            }
            [_] => Ok((op, Name::PC, names[0])),
            [first, ..] => {
                if first.value == Operand::Word("PC") {
                    let message = "PC can only be the second source".to_owned();
                    self.complain(first, (code::OPERANDS, message, None));
                }
                Ok((op, names[0], names[1]))
            }
        }
    }
}

/// The name an operand reads.
fn source(operand: &Spanned<Operand<'_>>) -> Result<Name, Complaint> {
    match operand.value {
        Operand::Word(word) => words::source(word).ok_or_else(|| {
            let message = format!("`{word}` is no register");
            let hint = match word {
                "OUT" => Some("OUT is only written; operand words are read from IN".to_owned()),
                _ => words::suggest(word),
            };
            (code::OPERANDS, message, hint)
        }),
        Operand::Number(text) => {
            let message = format!("`{text}` is no register");
            let hint = format!("put the number into LIT first: CONST {text}");
            Err((code::OPERANDS, message, Some(hint)))
        }
    }
}

/// What an instruction in the plain form takes, for messages.
fn usage(row: &Row) -> String {
    match row.shape.operands {
        [] => "nothing".to_owned(),
        [Kind::Immediate] => format!(
            "a number up to {}",
            (1u32 << row.field(Kind::Immediate).1) - 1
        ),
        [Kind::NextWord] => "a number of 16 bits".to_owned(),
        [Kind::AmountFirst, Kind::AmountSecond] => "two amounts from -15 to 15".to_owned(),
        [_, _] => "two registers".to_owned(),
        _ => "a register".to_owned(),
    }
}
