//! From statements to words.

use std::collections::HashMap;

use chumsky::span::SimpleSpan;
use orrery_shared::source::{Place, SourceMap};
use orrery_shared::spelling::did_you_mean;

use super::Object;
use super::args::Args;
use super::lexer::Messages;
use super::operand::{Names, Value, Wrong, limited};
use super::parser::{Choice, Node, Operand, Placed, Statement};
use crate::isa::{Op, ROWS, Shape};
use crate::program::PROGRAM_WORDS;
use crate::word::{BANK, Field, Instr, REGISTERS, SCALARS, UNITS};

/// Statements executed by `rep` blocks, all in all.
const STEPS: usize = 100_000;

struct Emitter<'m> {
    text: &'m str,
    object: Object,
    names: Names,
    /// Labels and their addresses.
    labels: HashMap<String, usize>,
    /// Jumps to labels: word, name, place.
    jumps: Vec<(usize, String, SimpleSpan)>,
    /// Tables, which are named once.
    tables: Vec<String>,
    messages: &'m mut Messages,
    steps: usize,
    full: bool,
    /// Byte offset of the start of each line.
    lines: Vec<usize>,
}

pub(crate) fn emit<'m>(text: &'m str, block: &[Placed], messages: &'m mut Messages) -> Object {
    let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1));
    let file = messages.file.clone();
    let mut emitter = Emitter {
        text,
        object: Object {
            map: SourceMap {
                files: vec![file],
                places: Vec::new(),
            },
            ..Object::default()
        },
        names: Names::default(),
        labels: HashMap::new(),
        jumps: Vec::new(),
        tables: Vec::new(),
        messages,
        steps: 0,
        full: false,
        lines: lines.collect(),
    };
    emitter.block(block, 0);
    emitter.resolve();
    emitter.object
}

impl Emitter<'_> {
    fn wrong(&mut self, (code, span, text): Wrong) {
        let name = self.text.get(span.into_range()).unwrap_or_default();
        let names = self
            .names
            .all()
            .chain(self.labels.keys().map(String::as_str));
        let hint = match code {
            "C005" => did_you_mean(name, names).or_else(|| {
                let text = format!(
                    "registers are r0 to r{}, units u0 to u{}, scalars s0 to s{}; `let`, `unit`, `scalar`, `int` and `const` name others",
                    REGISTERS - 1,
                    UNITS - 1,
                    SCALARS - 1
                );
                Some(text)
            }),
            "C007" => Some("larger numbers come from a table: `const T = [ ... ]`".to_owned()),
            "C008" => Some("choose another name".to_owned()),
            "C015" => Some("put it in front of the block".to_owned()),
            _ => None,
        };
        self.messages
            .error(code, span.into_range(), text, hint.as_deref());
    }

    /// Counts a statement or a turn of a block; false when there were too many.
    fn step(&mut self, span: SimpleSpan) -> bool {
        self.steps += 1;
        if self.steps > STEPS {
            self.full = true;
            let text = format!("more than {STEPS} statements after unrolling");
            self.wrong(("C016", span, text));
        }
        !self.full
    }

    fn block(&mut self, block: &[Placed], depth: usize) {
        for placed in block {
            if self.full || !self.step(placed.span) {
                return;
            }
            if let Err(wrong) = self.statement(placed, depth) {
                self.wrong(wrong);
            }
        }
    }

    fn statement(&mut self, placed: &Placed, depth: usize) -> Result<(), Wrong> {
        let span = placed.span;
        match &placed.statement {
            Statement::Entry(name, index) | Statement::Label(name, index) => {
                let name = match index {
                    Some(index) => format!("{name}{}", self.names.within(index, 0, 1023)?),
                    None if depth == 0 => name.clone(),
                    None => {
                        let text =
                            format!("a label in a `rep` block needs an index, as in `{name}[i]:`");
                        return Err(("C015", span, text));
                    }
                };
                let at = self.object.words.len();
                if self.labels.insert(name.clone(), at).is_some() {
                    return Err(("C008", span, format!("label `{name}` is defined twice")));
                }
                if matches!(placed.statement, Statement::Entry(..)) {
                    self.object.entries.push((name, at as u16));
                }
                Ok(())
            }
            Statement::Table(name, elements) => {
                if depth > 0 {
                    return Err(("C015", span, "a table cannot stand in a `rep` block".into()));
                }
                self.table(name, elements, span)
            }
            Statement::Let(name, value) => {
                let value = self.names.value(value)?;
                self.names.define(name, value);
                Ok(())
            }
            Statement::Rep(name, count, body) => {
                let count = self.names.within(count, 0, PROGRAM_WORDS as i64)?;
                let errors = self.messages.any();
                for i in 0..count {
                    let outer = self.names.depth();
                    self.names.define(name, Value::Int(i64::from(i)));
                    self.block(body, depth + 1);
                    self.names.cut(outer);
                    // The same mistake is not reported once per turn.
                    if self.full || !self.step(span) || (!errors && self.messages.any()) {
                        break;
                    }
                }
                Ok(())
            }
            Statement::Instr(name, operands, choices) => {
                let Some(op) = Op::from_mnemonic(name) else {
                    let text = format!("no instruction is called `{name}`");
                    let hint = did_you_mean(name, ROWS.iter().map(|r| r.mnemonic)).or_else(|| {
                        Some("`orrery isa compositing` lists the instructions".to_owned())
                    });
                    let range = span.start..span.start + name.len();
                    self.messages.error("C004", range, text, hint.as_deref());
                    return Ok(());
                };
                self.instruction(op, operands, choices, span)
            }
        }
    }

    fn table(&mut self, name: &str, elements: &[Node], span: SimpleSpan) -> Result<(), Wrong> {
        if self.tables.iter().any(|t| t == name) {
            return Err(("C008", span, format!("table `{name}` is defined twice")));
        }
        let at = self.object.constants.len();
        if at + elements.len() > usize::from(BANK) {
            self.full = true;
            return Err(("C011", span, format!("the bank has only {BANK} words")));
        }
        for element in elements {
            let v = self
                .names
                .within(element, i64::from(i32::MIN), i64::from(u32::MAX >> 1))?;
            self.object.constants.push(v);
        }
        self.tables.push(name.to_string());
        let value = Value::Table(at as i64, elements.len() as i64);
        self.names.define(name, value);
        Ok(())
    }

    fn push(&mut self, instr: Instr, span: SimpleSpan) -> Result<(), Wrong> {
        if !instr.valid() {
            return Err((
                "C017",
                span,
                "these operands and options exclude each other".into(),
            ));
        }
        if self.object.words.len() >= PROGRAM_WORDS {
            self.full = true;
            return Err(("C010", span, format!("more than {PROGRAM_WORDS} words")));
        }
        self.object.words.push(instr.encode());
        let line = self.lines.partition_point(|l| *l <= span.start);
        let start = self.lines[line.saturating_sub(1)];
        self.object.map.places.push(Place {
            file: 0,
            line: line as u32,
            column: (span.start - start + 1).min(usize::from(u16::MAX)) as u16,
        });
        Ok(())
    }

    fn instruction(
        &mut self,
        op: Op,
        operands: &[Operand],
        choices: &[Choice],
        span: SimpleSpan,
    ) -> Result<(), Wrong> {
        let mut args = Args {
            names: &self.names,
            operands,
            next: 0,
            span,
        };
        let mut i = Instr::new(op);
        let mut jump = None;
        let mut targets: &[(String, SimpleSpan)] = &[];
        match op.row().shape {
            Shape::Load | Shape::Load4 => {
                i.set(Field::D, args.reg()?);
                args.texture(&mut i)?;
                args.place(&mut i, true)?;
            }
            Shape::Store | Shape::Store4 => {
                i.set(Field::D, args.reg()?);
                args.texture(&mut i)?;
                args.place(&mut i, false)?;
            }
            Shape::Transpose => {
                i.set(Field::D, args.reg()?);
                i.set(Field::A, args.reg()?);
            }
            Shape::Alu1 => {
                args.masked(&mut i, Field::D)?;
                args.source(&mut i)?;
            }
            Shape::Alu2 => {
                args.masked(&mut i, Field::D)?;
                i.set(Field::A, args.reg()?);
                args.source(&mut i)?;
            }
            Shape::Select => {
                args.masked(&mut i, Field::D)?;
                i.set(Field::C, args.reg()?);
                i.set(Field::A, args.reg()?);
                args.source(&mut i)?;
            }
            Shape::Swizzle => {
                args.masked(&mut i, Field::D)?;
                let node = args.value()?;
                let (r, order) = match args.names.value(node)? {
                    Value::Parts(r, parts) if parts.len() == 4 => (r, parts),
                    other => {
                        let text = format!(
                            "a register and four components expected, {} found",
                            other.kind()
                        );
                        return Err(("C006", node.span, text));
                    }
                };
                i.set(Field::A, limited(r, 0, 63, node.span)?);
                let bits = (0..4).map(|k| i32::from(order[k]) << (2 * k)).sum();
                i.set(Field::Swz, bits);
            }
            Shape::Porter => {
                args.masked(&mut i, Field::D)?;
                i.set(Field::A, args.reg()?);
                i.set(Field::B, args.reg()?);
                i.set(Field::Fa, args.factor()?);
                i.set(Field::Fb, args.factor()?);
            }
            Shape::Sum | Shape::SumReg | Shape::SumVec => {
                args.sum(&mut i, &self.object.constants)?
            }
            Shape::Flag => {
                let bit = args.value()?;
                i.set(Field::Bit, args.names.within(bit, 0, 31)?);
                if args.more() {
                    args.masked(&mut i, Field::A)?;
                }
            }
            Shape::Case => {
                args.component(&mut i)?;
                if let Some(Operand::Targets(list, at)) = operands.get(1) {
                    limited(list.len() as i64, 1, 16, *at)?;
                    args.next += 1;
                    targets = list;
                    i.set(Field::Cases, list.len() as i32 - 1);
                } else {
                    let n = args.value()?;
                    i.set(Field::Cases, args.names.within(n, 1, 16)? - 1);
                }
            }
            Shape::Jump => jump = args.target(&mut i)?,
            Shape::Branch => {
                args.component(&mut i)?;
                jump = args.target(&mut i)?;
            }
            Shape::Loop => {
                let node = args.value()?;
                match args.names.value(node)? {
                    Value::Scalar(n) => {
                        i.set(Field::CountKind, 1);
                        i.set(Field::Count, limited(n, 0, 7, node.span)?);
                    }
                    _ => i.set(Field::Count, args.names.within(node, 1, 256)? - 1),
                }
            }
            Shape::Position => args.masked(&mut i, Field::D)?,
            Shape::Out => i.set(Field::A, args.reg()?),
            Shape::None => {}
        }
        args.finish()?;
        self.choose(&mut i, choices)?;
        if let Some((label, at)) = jump {
            self.jumps.push((self.object.words.len(), label, at));
        }
        self.push(i, span)?;
        for (label, at) in targets {
            self.jumps
                .push((self.object.words.len(), label.clone(), *at));
            self.push(Instr::new(Op::Jump), span)?;
        }
        Ok(())
    }

    /// The words after the operands.
    fn choose(&mut self, i: &mut Instr, choices: &[Choice]) -> Result<(), Wrong> {
        let shape = i.op.row().shape;
        let has = |f: Field| shape.fields().iter().any(|p| p.0 == f);
        for choice in choices {
            let number = |low: i64, high: i64| match &choice.value {
                Some(node) => self.names.within(node, low, high),
                None => Ok(0),
            };
            let (field, value) = match choice.name.as_str() {
                "sext" => (Field::Ext, number(1, 31)?),
                "zext" => (Field::Ext, number(1, 31)? + 32),
                "clipu" => (Field::Clip, number(1, 31)?),
                "clips" => (Field::Clip, number(1, 31)? + 32),
                "pshr" => (Field::ProductShift, number(0, 31)?),
                "pwrap" => match number(16, 32)? {
                    16 => (Field::ProductWrap, 1),
                    32 => (Field::ProductWrap, 2),
                    n => {
                        return Err((
                            "C007",
                            choice.span,
                            format!("products wrap to 16 or 32 bits, not {n}"),
                        ));
                    }
                },
                "shr" => (Field::Shift, number(0, 63)?),
                "round" => (Field::Round, 1),
                "roundc" => (Field::Round, 2),
                "neg" => (Field::Negate, 1),
                "chain" => (Field::Chain, 1),
                other => return Err(("C006", choice.span, format!("`{other}` is no option"))),
            };
            if !has(field) || i.get(field) != 0 {
                let text = format!("`{}` cannot stand here, or not twice", choice.name);
                return Err(("C006", choice.span, text));
            }
            i.set(field, value);
        }
        Ok(())
    }

    fn resolve(&mut self) {
        for (at, label, span) in std::mem::take(&mut self.jumps) {
            let Some(word) = self.object.words.get(at).copied() else {
                continue;
            };
            let Some(&to) = self.labels.get(&label) else {
                self.wrong(("C005", span, format!("no label is called `{label}`")));
                continue;
            };
            let Some(skip) = to.checked_sub(at + 1) else {
                self.wrong((
                    "C012",
                    span,
                    format!("`{label}` lies behind; jumps go forward"),
                ));
                continue;
            };
            if let Some(instr) = Instr::decode(word) {
                self.object.words[at] = instr.with(Field::Off, skip as i32).encode();
            }
        }
    }
}
