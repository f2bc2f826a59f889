//! What each line of a grammar became.

use std::collections::HashMap;
use std::fmt::Write as _;

use orrery_output::isa::{Action, Target};

use super::graph::{Bits, Graph, Match, RowId, State, Symbols};
use super::names::Names;
use super::pack::{Packed, finish};
use crate::isa::{
    AluOp, BITS, CaptureMode, Cond, INDEX, IntKind, NONE, Operand, Row, Spot, StackOp, StageOp,
    SysOp, Work, control,
};

/// One row, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingLine {
    /// Line of the source, from 1.
    pub line: u32,
    /// The rule.
    pub rule: String,
    /// The state's number.
    pub state: u16,
    /// Lowest address of the row.
    pub row: u16,
    /// How many addresses hold it.
    pub copies: u32,
    /// What is matched.
    pub matches: String,
    /// What is done.
    pub does: String,
    /// Where it goes on.
    pub goes: String,
}

impl std::fmt::Display for ListingLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ListingLine {
            line,
            state,
            row,
            matches,
            does,
            goes,
            ..
        } = self;
        write!(
            f,
            "{line:>5} {state:>5} {row:>6}  {matches:<20} {does:<44} {goes}"
        )?;
        if self.copies > 1 {
            write!(f, " (x{})", self.copies)?;
        }
        Ok(())
    }
}

/// What numbers are called.
pub struct Writer<'w> {
    names: Vec<String>,
    graph: &'w Graph,
    packed: &'w Packed,
    pool: &'w [u32],
    texts: &'w [String],
    streams: &'w [(String, u16)],
    /// What is matched for each row.
    owners: HashMap<RowId, (Match, &'w Symbols)>,
}

impl<'w> Writer<'w> {
    /// With the names of a grammar.
    pub fn new(
        names: &'w Names,
        graph: &'w Graph,
        packed: &'w Packed,
        pool: &'w [u32],
        texts: &'w [String],
    ) -> Self {
        let mut registers: Vec<String> = (0..64).map(|i| format!("c{i}")).collect();
        for (name, register) in &names.captures {
            registers[usize::from(*register)].clone_from(name);
        }
        registers[usize::from(BITS)] = "bits".to_owned();
        registers[usize::from(INDEX)] = "$0".to_owned();
        let of_state = |s: &'w State| {
            s.rows
                .iter()
                .map(|(symbols, row)| (*row, (s.matches, symbols)))
        };
        Writer {
            owners: graph.states.iter().flat_map(of_state).collect(),
            names: registers,
            graph,
            packed,
            pool,
            texts,
            streams: &names.streams,
        }
    }

    fn register(&self, r: u8) -> &str {
        &self.names[usize::from(r)]
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Capture(r) => self.register(r).to_owned(),
            Operand::Pool(k) => number(self.pool.get(usize::from(k)).copied().unwrap_or(0)),
        }
    }

    /// The lines of all rows, in the order of the states.
    pub fn lines(&self, place: impl Fn(usize) -> (u32, String)) -> Vec<ListingLine> {
        let mut lines: Vec<ListingLine> = Vec::new();
        let mut seen = HashMap::new();
        for (at, (state, id)) in &self.packed.used {
            if let Some(line) = seen.get(id) {
                let line: &mut ListingLine = &mut lines[*line];
                line.copies += 1;
                continue;
            }
            seen.insert(*id, lines.len());
            let draft = &self.graph.rows[*id as usize];
            let row = finish(self.graph, self.packed, draft, *state);
            let (line, rule) = place(draft.span.start);
            lines.push(ListingLine {
                line,
                rule,
                state: *state,
                row: *at as u16,
                copies: 1,
                matches: self.matches(*id),
                does: self.does(&row),
                goes: goes(&row),
            });
        }
        lines.sort_by_key(|l| (l.state, l.row));
        lines
    }

    fn matches(&self, id: u32) -> String {
        let Some((matches, symbols)) = self.owners.get(&id).copied() else {
            return String::new();
        };
        let symbol = match symbols {
            Symbols::Control(code) => control::NAMES
                .iter()
                .find(|(_, c)| c == code)
                .map_or_else(String::new, |(n, _)| (*n).to_owned()),
            Symbols::Rest => "else".to_owned(),
            Symbols::These(list) => match (list.first(), list.last()) {
                (Some(a), Some(b)) if a == b => number((*a).into()),
                (Some(a), Some(b)) => format!("{}..{}", number((*a).into()), number((*b).into())),
                _ => String::new(),
            },
        };
        match matches {
            Match::None => String::new(),
            Match::Symbol { width, .. } => format!("sym {width}: {symbol}"),
            Match::Int { bits, kind, .. } => {
                let kind = match kind {
                    IntKind::Unsigned => "int",
                    IntKind::Signed => "int+",
                    IntKind::Extended => "int~",
                };
                let end = if matches!(symbols, Symbols::Control(_)) {
                    symbol
                } else {
                    String::new()
                };
                match bits {
                    Bits::Fixed(n) => format!("{kind} {n} {end}"),
                    Bits::Register(r) => format!("{kind} {} {end}", self.register(r)),
                }
            }
            Match::Map { register, .. } => format!("map {}: {symbol}", self.register(register)),
            Match::Value { register } => format!("val {}: {symbol}", self.register(register)),
            Match::Cond(cond) => {
                let holds = matches!(symbols, Symbols::These(s) if s[..] == [1]);
                format!("{}{}", if holds { "" } else { "not " }, relation(cond))
            }
            Match::Flag { .. } => format!("flag: {symbol}"),
            Match::Reply => "reply".to_owned(),
        }
        .trim_end()
        .to_owned()
    }

    fn does(&self, row: &Row) -> String {
        let mut parts: Vec<String> = Vec::new();
        let dst = self.register(row.capture.dst);
        match row.capture.mode {
            CaptureMode::None => {}
            CaptureMode::Value if row.capture.bits == 0 => parts.push(format!("{dst}@")),
            CaptureMode::Value => parts.push(format!("{dst}@{}", row.capture.bits)),
            CaptureMode::Append => parts.push(format!("{dst}@<{}", row.capture.bits)),
            CaptureMode::High => parts.push(format!("{dst}@>{}", row.capture.bits)),
        }
        let b = if row.b_imm {
            number(row.imm.into())
        } else {
            self.operand(row.b)
        };
        let (dst, a) = (self.register(row.dst), self.register(row.a));
        match row.work {
            Work::Alu(AluOp::None) => {}
            Work::Alu(AluOp::Cmp | AluOp::Test) => {
                let sign = if row.work == Work::Alu(AluOp::Cmp) {
                    "?"
                } else {
                    "&"
                };
                parts.push(format!("{a} {sign} {b}"));
            }
            Work::Alu(AluOp::Move) => parts.push(format!("{dst} = {b}")),
            Work::Alu(op) if op.is_mask() => {
                let spot = |code: u8| match Spot::from_code(code) {
                    Spot::Capture(r) => self.register(r).to_owned(),
                    Spot::Number(n) => n.to_string(),
                };
                let [start, count] = row.imm.to_le_bytes();
                let start = spot(start);
                let name = op.mnemonic();
                parts.push(match op {
                    AluOp::SetBits | AluOp::ClearBits => {
                        format!("{name} {dst} {start} {} {b}", spot(count))
                    }
                    AluOp::NthZero => format!("{dst} = {name} {a} {start} {} {b}", spot(count)),
                    _ => format!("{dst} = {name} {a} {start} {b}"),
                });
            }
            Work::Alu(op) => {
                let sign = super::words::BINARY.iter().find(|(_, o)| *o == op);
                match sign {
                    Some((sign, _)) => parts.push(format!("{dst} = {a} {sign} {b}")),
                    None => parts.push(format!("{dst} = {} {b}", op.mnemonic())),
                }
            }
            Work::Sys(op) => parts.push(self.sys(op, row)),
        }
        if row.stage != StageOp::None {
            let index = if row.stage_indexed {
                self.register(row.stage_index)
            } else {
                ""
            };
            let place = format!(
                "[{}{}{index}]",
                row.stage_base,
                if row.stage_indexed { "+" } else { "" }
            );
            let data = self.register(row.stage_data);
            let name = row.stage.mnemonic();
            parts.push(if name.starts_with("ld") {
                format!("{data} = {name}{place}")
            } else {
                format!("{name}{place} = {data}")
            });
        }
        if row.action.op != 0 {
            parts.push(self.action(row));
        }
        parts.join("; ")
    }

    fn sys(&self, op: SysOp, row: &Row) -> String {
        let mut out = op.mnemonic().to_owned();
        match op {
            SysOp::Fail | SysOp::Warn => {
                let text = self
                    .texts
                    .get(usize::from(row.imm))
                    .map_or("", String::as_str);
                let _ = write!(out, " {text:?}");
            }
            SysOp::Insert | SysOp::Fill => {
                row.operands.iter().for_each(|o| {
                    let _ = write!(out, " {}", self.operand(*o));
                });
            }
            SysOp::Frame | SysOp::Skip | SysOp::More => {
                let _ = write!(out, " {}", self.operand(row.b));
                if op == SysOp::Frame && row.imm != NONE {
                    let _ = write!(out, " refill {}", row.imm);
                }
            }
            SysOp::NewMap
            | SysOp::Position
            | SysOp::BytesLeft
            | SysOp::CheckStop
            | SysOp::MarkerMet => {
                let _ = write!(out, " {}", self.register(row.dst));
            }
            SysOp::MapLeft => {
                let _ = write!(out, " {} {}", self.register(row.dst), self.register(row.a));
            }
            SysOp::ResetMap | SysOp::CloseMap => {
                let _ = write!(out, " {}", self.register(row.a));
            }
            SysOp::Raise => {
                let name = control::NAMES
                    .iter()
                    .find(|(_, c)| u16::from(*c) == row.imm);
                let _ = write!(out, " {}", name.map_or("?", |(n, _)| n));
            }
            _ => {}
        }
        out
    }

    fn action(&self, row: &Row) -> String {
        let Some(action) = Action::from_op(row.action.op.into()) else {
            return String::new();
        };
        let mut out = format!("{{{}", action.row().mnemonic);
        let stream = |handle: u32| {
            let found = self.streams.iter().find(|(_, h)| u32::from(*h) == handle);
            found.map_or_else(|| handle.to_string(), |(n, _)| n.clone())
        };
        match action.row().target {
            Target::None => {}
            Target::Handle => {
                let _ = write!(out, " {}", stream(row.action.target.into()));
            }
            Target::Label | Target::Gate => {
                let _ = write!(out, " {}", row.action.target);
            }
        }
        for (i, operand) in row.operands.iter().take(row.action.n.into()).enumerate() {
            if row.action.identity >> i & 1 != 0
                && let Operand::Pool(k) = operand
            {
                let handle = self.pool.get(usize::from(*k)).copied().unwrap_or(0);
                let _ = write!(out, " &{}", stream(handle));
            } else {
                let _ = write!(out, " {}", self.operand(*operand));
            }
        }
        out.push('}');
        out
    }
}

fn relation(cond: Cond) -> &'static str {
    super::words::RELATIONS
        .iter()
        .find(|(_, c)| *c == cond)
        .map_or("?", |(sign, _)| sign)
}

fn number(value: u32) -> String {
    if value < 10 {
        value.to_string()
    } else {
        format!("{value:#x}")
    }
}

fn goes(row: &Row) -> String {
    let Row { next, alt, .. } = row;
    match row.stack {
        StackOp::None => match row.work {
            Work::Sys(SysOp::Accept | SysOp::Fail | SysOp::Raise) => String::new(),
            _ => format!("-> {next}"),
        },
        StackOp::Call => format!("call {next}, {alt}"),
        StackOp::Return => "return".to_owned(),
        StackOp::Repeat if row.stack_reg => format!("repeat c{} {next}, {alt}", row.stack_imm),
        StackOp::Repeat => format!("repeat {} {next}, {alt}", row.stack_imm),
        StackOp::Loop => format!("loop {next}, {alt}"),
        StackOp::Save => format!("save c{} -> {next}", row.stack_imm),
        StackOp::Restore => format!("restore c{} -> {next}", row.stack_imm),
        StackOp::Catch => format!("catch {:#b} {alt} -> {next}", row.stack_imm),
        StackOp::Uncatch => format!("uncatch -> {next}"),
    }
}
