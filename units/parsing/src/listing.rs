//! Rows and state words as text, and back.
//!
//! A row is one line, its parts separated by bars, in the order in which they
//! are carried out; parts that do nothing are left out:
//!
//! ```text
//! @5 take 8 | val c3 6 | sub c1 c1 #1 | ld8 c4 [100+c3] | send activate 3 c3 &c4 | call 7 | > 9
//! ```
//!
//! `@` state that the row belongs to, `c` captures, `k` constants, `#`
//! immediates, `&` operands whose identity is meant, `>` the state that follows.
//! A state word is a line like `sym 8 lsb base 300 else 299 control`. Words
//! without a meaning are written as numbers behind `raw`.

use std::fmt::Write as _;

use orrery_output::isa::Action;

use crate::image::ParsingImage;
use crate::isa::row::RowBits;
use crate::isa::{
    AluOp, CAPTURES, Capture, CaptureMode, Cond, Fields, IntKind, NONE, Operand, POOL, Port, Row,
    RowAction, Spot, StackOp, StageOp, StateWord, SysOp, Work,
};

/// An encoded row as text.
#[must_use]
pub fn row_text(bits: &RowBits) -> String {
    match Row::decode(bits) {
        Some(row) => valid_row(&row),
        None => bits
            .iter()
            .fold("raw".to_owned(), |text, w| format!("{text} {w:#x}")),
    }
}

fn operand(operand: Operand) -> String {
    match operand {
        Operand::Capture(r) => format!("c{r}"),
        Operand::Pool(k) => format!("k{k}"),
    }
}

fn optional_state(state: u16) -> String {
    if state == NONE {
        "-".into()
    } else {
        state.to_string()
    }
}

fn valid_row(row: &Row) -> String {
    let mut parts = vec![match row.consume {
        0 => format!("@{}", row.check),
        n => format!("@{} take {n}", row.check),
    }];
    if row.capture.mode != CaptureMode::None {
        let Capture { mode, dst, bits } = row.capture;
        let bits = match bits {
            0 => String::new(),
            n => format!(" {n}"),
        };
        parts.push(format!("{} c{dst}{bits}", mode.mnemonic()));
    }
    parts.extend(work_text(row));
    if row.stage != StageOp::None {
        let index = if row.stage_indexed {
            format!("+c{}", row.stage_index)
        } else {
            String::new()
        };
        let name = row.stage.mnemonic();
        parts.push(format!(
            "{name} c{} [{}{index}]",
            row.stage_data, row.stage_base
        ));
    }
    if row.action.op != 0 {
        parts.push(action_text(row));
    }
    let name = row.stack.mnemonic();
    match row.stack {
        StackOp::None => {}
        StackOp::Return | StackOp::Uncatch => parts.push(name.into()),
        StackOp::Call | StackOp::Loop => parts.push(format!("{name} {}", row.alt)),
        StackOp::Repeat => {
            let c = if row.stack_reg { "c" } else { "" };
            parts.push(format!("{name} {c}{} {}", row.stack_imm, row.alt));
        }
        StackOp::Save | StackOp::Restore => parts.push(format!("{name} c{}", row.stack_imm)),
        StackOp::Catch => parts.push(format!("{name} {:#x} {}", row.stack_imm, row.alt)),
    }
    if row.stack != StackOp::Return {
        parts.push(format!("> {}", row.next));
    }
    parts.join(" | ")
}

fn work_text(row: &Row) -> Option<String> {
    let mut text = match row.work {
        Work::Alu(AluOp::None) => return None,
        Work::Alu(op) => op.mnemonic().to_owned(),
        Work::Sys(op) => op.mnemonic().to_owned(),
    };
    let fields = row.work.fields();
    if fields.dst {
        let _ = write!(text, " c{}", row.dst);
    }
    if fields.a {
        let _ = write!(text, " c{}", row.a);
    }
    if fields.b {
        let b = if row.b_imm {
            format!("#{}", row.imm)
        } else {
            operand(row.b)
        };
        let _ = write!(text, " {b}");
    }
    if let Work::Alu(op) = row.work
        && op.is_mask()
    {
        let [start, count] = row.imm.to_le_bytes();
        let _ = write!(text, " {}", spot(start));
        if op.has_count() {
            let _ = write!(text, " {}", spot(count));
        }
    } else if fields.imm {
        let _ = write!(text, " {}", optional_state(row.imm));
    }
    if fields.operands {
        for o in row.operands {
            let _ = write!(text, " {}", operand(o));
        }
    }
    Some(text)
}

fn action_text(row: &Row) -> String {
    let RowAction {
        op,
        target,
        n,
        identity,
    } = row.action;
    let name = match Action::from_op(op.into()) {
        Some(action) => action.row().mnemonic.to_owned(),
        None => format!("#{op}"),
    };
    let mut text = format!("send {name} {target}");
    for (i, o) in row.operands[..usize::from(n)].iter().enumerate() {
        let mark = if identity >> i & 1 == 1 { "&" } else { "" };
        let _ = write!(text, " {mark}{}", operand(*o));
    }
    text
}

/// The words of one part of a row, taken from the left.
struct Words<'a>(std::str::SplitWhitespace<'a>);

impl<'a> Words<'a> {
    fn next(&mut self) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| "something is missing".into())
    }

    fn number(&mut self) -> Result<u32, String> {
        number(self.next()?)
    }

    fn small<T: TryFrom<u32>>(&mut self) -> Result<T, String> {
        narrow(self.number()?)
    }

    fn capture(&mut self) -> Result<u8, String> {
        capture(self.next()?)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        parse_operand(self.next()?)
    }

    fn end(mut self) -> Result<(), String> {
        match self.0.next() {
            Some(word) => Err(format!("`{word}` is too much")),
            None => Ok(()),
        }
    }
}

fn number(word: &str) -> Result<u32, String> {
    let parsed = match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => word.parse(),
    };
    parsed.map_err(|_| format!("`{word}` is no number"))
}

fn narrow<T: TryFrom<u32>>(value: u32) -> Result<T, String> {
    T::try_from(value).map_err(|_| format!("{value} is too large"))
}

fn capture(word: &str) -> Result<u8, String> {
    match parse_operand(word)? {
        Operand::Capture(r) => Ok(r),
        Operand::Pool(_) => Err(format!("`{word}` is no capture")),
    }
}

fn parse_operand(word: &str) -> Result<Operand, String> {
    let bad = || format!("`{word}` is no operand");
    let parsed = if let Some(r) = word.strip_prefix('c') {
        let r: u8 = narrow(number(r)?)?;
        (r < 64).then_some(Operand::Capture(r))
    } else if let Some(k) = word.strip_prefix('k') {
        let k: u16 = narrow(number(k)?)?;
        (usize::from(k) < POOL).then_some(Operand::Pool(k))
    } else {
        None
    };
    parsed.ok_or_else(bad)
}

/// Reads what [`row_text`] writes.
///
/// # Errors
/// What is wrong with the text, or that the row it describes is not valid.
pub fn parse_row(text: &str) -> Result<RowBits, String> {
    if let Some(words) = text.trim().strip_prefix("raw ") {
        let words = words
            .split_whitespace()
            .map(number)
            .collect::<Result<Vec<_>, _>>()?;
        return words
            .try_into()
            .map_err(|_| "a row has eight words".to_owned());
    }
    let mut row = Row::default();
    for (i, part) in text.split('|').enumerate() {
        let mut words = Words(part.split_whitespace());
        let first = words.next()?;
        match first.strip_prefix('@') {
            Some(check) if i == 0 => {
                row.check = narrow(number(check)?)?;
                if words.0.clone().next() == Some("take") {
                    words.next()?;
                    row.consume = words.small()?;
                }
            }
            None if i > 0 => parse_part(&mut row, first, &mut words)?,
            _ => return Err("a row begins with @ and its state".into()),
        }
        words.end()?;
    }
    let bits = row.encode();
    if Row::decode(&bits) == Some(row) {
        Ok(bits)
    } else {
        Err("a row cannot have these parts together".into())
    }
}

fn parse_part(row: &mut Row, name: &str, words: &mut Words) -> Result<(), String> {
    if name == ">" {
        row.next = words.small()?;
    } else if name == "send" {
        parse_action(row, words)?;
    } else if let Some(mode) = CaptureMode::from_mnemonic(name) {
        row.capture = Capture {
            mode,
            dst: words.capture()?,
            bits: match words.0.clone().next() {
                Some(_) => words.small()?,
                None => 0,
            },
        };
    } else if let Some(op) = AluOp::from_mnemonic(name) {
        row.work = Work::Alu(op);
        parse_work(row, row.work.fields(), words)?;
    } else if let Some(op) = SysOp::from_mnemonic(name) {
        row.work = Work::Sys(op);
        parse_work(row, row.work.fields(), words)?;
    } else if let Some(op) = StageOp::from_mnemonic(name) {
        row.stage = op;
        row.stage_data = words.capture()?;
        let place = words.next()?;
        let inner = place.strip_prefix('[').and_then(|p| p.strip_suffix(']'));
        let inner = inner.ok_or_else(|| format!("`{place}` is no place in staging"))?;
        let (base, index) = match inner.split_once('+') {
            Some((base, index)) => (base, Some(capture(index)?)),
            None => (inner, None),
        };
        row.stage_base = narrow(number(base)?)?;
        row.stage_indexed = index.is_some();
        row.stage_index = index.unwrap_or(0);
    } else if let Some(op) = StackOp::from_mnemonic(name) {
        parse_stack(row, op, words)?;
    } else {
        return Err(format!("`{name}` is no part of a row"));
    }
    Ok(())
}

fn parse_work(row: &mut Row, fields: Fields, words: &mut Words) -> Result<(), String> {
    if fields.dst {
        row.dst = words.capture()?;
    }
    if fields.a {
        row.a = words.capture()?;
    }
    if fields.b {
        let word = words.next()?;
        match word.strip_prefix('#') {
            Some(imm) => (row.b_imm, row.imm) = (true, narrow(number(imm)?)?),
            None => row.b = parse_operand(word)?,
        }
    }
    if let Work::Alu(op) = row.work
        && op.is_mask()
    {
        let start = parse_spot(words.next()?)?;
        let count = if op.has_count() {
            parse_spot(words.next()?)?
        } else {
            0
        };
        row.imm = u16::from_le_bytes([start, count]);
    } else if fields.imm {
        row.imm = parse_optional_state(words.next()?)?;
    }
    if fields.operands {
        for slot in &mut row.operands {
            *slot = words.operand()?;
        }
    }
    Ok(())
}

fn spot(code: u8) -> String {
    match Spot::from_code(code) {
        Spot::Capture(r) => format!("c{r}"),
        Spot::Number(n) => n.to_string(),
    }
}

fn parse_spot(word: &str) -> Result<u8, String> {
    if word.starts_with('c') {
        return capture(word);
    }
    let n: u8 = narrow(number(word)?)?;
    let code = n.checked_add(CAPTURES as u8);
    code.ok_or_else(|| format!("{n} is no place in a mask"))
}

fn parse_optional_state(word: &str) -> Result<u16, String> {
    if word == "-" {
        return Ok(NONE);
    }
    narrow(number(word)?)
}

fn parse_action(row: &mut Row, words: &mut Words) -> Result<(), String> {
    let name = words.next()?;
    row.action.op = match name.strip_prefix('#') {
        Some(op) => narrow(number(op)?)?,
        None => match Action::from_mnemonic(name) {
            Some(action) => narrow(u32::from(action.row().op))?,
            None => return Err(format!("`{name}` is no action")),
        },
    };
    row.action.target = words.small()?;
    for i in 0..4 {
        let Some(word) = words.0.next() else {
            break;
        };
        let plain = word.strip_prefix('&');
        row.operands[i] = parse_operand(plain.unwrap_or(word))?;
        row.action.identity |= u8::from(plain.is_some()) << i;
        row.action.n += 1;
    }
    Ok(())
}

fn parse_stack(row: &mut Row, op: StackOp, words: &mut Words) -> Result<(), String> {
    row.stack = op;
    match op {
        StackOp::None | StackOp::Return | StackOp::Uncatch => {}
        StackOp::Call | StackOp::Loop => row.alt = words.small()?,
        StackOp::Repeat => {
            let count = words.next()?;
            row.stack_reg = count.starts_with('c');
            row.stack_imm = if row.stack_reg {
                capture(count)?.into()
            } else {
                narrow(number(count)?)?
            };
            row.alt = words.small()?;
        }
        StackOp::Save | StackOp::Restore => row.stack_imm = words.capture()?.into(),
        StackOp::Catch => {
            row.stack_imm = words.small()?;
            row.alt = words.small()?;
        }
    }
    Ok(())
}

/// A state word as text.
#[must_use]
pub fn state_text(word: u64) -> String {
    let Some(state) = StateWord::decode(word) else {
        return format!("raw {word:#x}");
    };
    let mut text = state.port.mnemonic().to_owned();
    let _ = match state.port {
        Port::None | Port::Reply => Ok(()),
        Port::Symbol | Port::Flag => write!(text, " {}", state.width),
        Port::Int if state.n_from_reg => write!(text, " c{}", state.reg),
        Port::Int => write!(text, " {}", state.width),
        Port::Map => write!(text, " c{}", state.reg),
        Port::Value => write!(text, " c{} {} {}", state.reg, state.shift, state.width),
        Port::Cond => {
            let name = Cond::from_code(state.width).map_or("", Cond::mnemonic);
            write!(text, " {name}")
        }
    };
    let kind = match state.kind {
        IntKind::Unsigned => "",
        IntKind::Signed => " signed",
        IntKind::Extended => " extended",
    };
    let flag = |on: bool, word: &'static str| if on { word } else { "" };
    let _ = write!(
        text,
        "{}{}{kind} base {}",
        flag(state.lsb, " lsb"),
        flag(state.little, " little"),
        state.base
    );
    if state.fallback != NONE {
        let _ = write!(text, " else {}", state.fallback);
    }
    text.push_str(flag(state.control, " control"));
    text
}

/// Reads what [`state_text`] writes.
///
/// # Errors
/// What is wrong with the text, or that the state it describes is not valid.
pub fn parse_state(text: &str) -> Result<u64, String> {
    let mut words = Words(text.split_whitespace());
    let name = words.next()?;
    if name == "raw" {
        let word = words.next()?;
        let hex = word.strip_prefix("0x").unwrap_or(word);
        return u64::from_str_radix(hex, 16).map_err(|_| format!("`{word}` is no number"));
    }
    let port = Port::from_mnemonic(name).ok_or_else(|| format!("`{name}` is no match port"))?;
    let mut state = StateWord {
        port,
        ..StateWord::default()
    };
    match port {
        Port::None | Port::Reply => {}
        Port::Symbol | Port::Flag => state.width = words.small()?,
        Port::Int => {
            let n = words.next()?;
            state.n_from_reg = n.starts_with('c');
            if state.n_from_reg {
                state.reg = capture(n)?;
            } else {
                state.width = narrow(number(n)?)?;
            }
        }
        Port::Map => state.reg = words.capture()?,
        Port::Value => {
            state.reg = words.capture()?;
            state.shift = words.small()?;
            state.width = words.small()?;
        }
        Port::Cond => {
            let name = words.next()?;
            let cond =
                Cond::from_mnemonic(name).ok_or_else(|| format!("`{name}` is no predicate"))?;
            state.width = cond as u8;
        }
    }
    while let Some(word) = words.0.next() {
        match word {
            "lsb" => state.lsb = true,
            "little" => state.little = true,
            "signed" => state.kind = IntKind::Signed,
            "extended" => state.kind = IntKind::Extended,
            "control" => state.control = true,
            "base" => state.base = words.small()?,
            "else" => state.fallback = words.small()?,
            _ => return Err(format!("`{word}` is no property of a state")),
        }
    }
    let fits = state.width < 64 && state.reg < 64 && state.shift < 32;
    let word = state.encode();
    if fits && StateWord::decode(word) == Some(state) {
        Ok(word)
    } else {
        Err("a state cannot have these properties together".into())
    }
}

/// A whole program: every state with the rows that belong to it, rows nobody
/// owns at the end. Free rows are left out.
#[must_use]
pub fn listing(image: &ParsingImage) -> String {
    let mut text = String::new();
    let free = Row::default().encode();
    let rows = || image.rows.iter().enumerate().filter(|(_, r)| **r != free);
    let line = |text: &mut String, at: usize, row: &RowBits| {
        let place = image.map.describe(at as u32);
        let place = place.map_or(String::new(), |p| format!("    ; {p}"));
        let _ = writeln!(text, "  {at:5}  {}{place}", row_text(row));
    };
    for (number, &word) in image.states.iter().enumerate() {
        for (name, _) in image
            .rules
            .iter()
            .filter(|(_, s)| usize::from(*s) == number)
        {
            let _ = writeln!(text, "{name}:");
        }
        let _ = writeln!(text, "state {number}: {}", state_text(word));
        let owned = rows().filter(|(_, r)| r[0] as u16 == number as u16);
        owned.for_each(|(at, row)| line(&mut text, at, row));
    }
    let others = rows().filter(|(_, r)| usize::from(r[0] as u16) >= image.states.len());
    others.for_each(|(at, row)| line(&mut text, at, row));
    text
}
