//! The program as the machine holds it: encoded rows and state words, decoded
//! once into records that the simulation can use without taking fields apart.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use orrery_output::isa::Action;
use orrery_shared::Chan;

use super::spec::Spec;
use super::stretch::{self, Stretch};
use crate::image::ParsingImage;
use crate::isa::row::RowBits;
use crate::isa::{
    AluOp, CAPTURES, CaptureMode, IntKind, NONE, Operand, POOL, Port, Row, StackOp, StageOp,
    StateWord, SysOp, Work,
};

/// The queues that the unit is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Actions to the sequencer.
    pub actions: Chan,
    /// Words from the Arithmetic Core.
    pub flag: Chan,
    /// Replies from the sequencer.
    pub reply: Chan,
}

/// No row.
pub(super) const NO_ROW: u32 = u32::MAX;

/// What a state does, with the bit order taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    Symbol,
    SymbolLsb,
    Int,
    IntLsb,
    Map,
    MapLsb,
    Value,
    Cond,
    Flag,
    Reply,
    /// No state word: traps.
    Undefined,
    /// The beats of a row that drops input.
    Dropping,
    /// The first row is matched once the program has been copied from the library.
    Loading,
    /// After accept.
    Done,
}

/// A decoded state word.
#[derive(Clone, Copy, Debug)]
pub(super) struct StateRec {
    pub kind: Kind,
    pub width: u8,
    pub reg: u8,
    pub shift: u8,
    pub n_from_reg: bool,
    pub little: bool,
    pub control: bool,
    pub int: IntKind,
    /// `Cond`: bit f is the predicate's value for flags f.
    pub truth: u16,
    /// Distance from `base` to the rows of control symbols.
    pub span: u16,
    pub base: u32,
    pub fallback: u32,
}

impl StateRec {
    fn pseudo(kind: Kind, base: u16) -> Self {
        StateRec {
            kind,
            width: 0,
            reg: 0,
            shift: 0,
            n_from_reg: false,
            little: false,
            control: false,
            int: IntKind::Unsigned,
            truth: 0,
            span: 0,
            base: base.into(),
            fallback: NO_ROW,
        }
    }

    fn new(word: u64) -> Self {
        let Some(state) = StateWord::decode(word) else {
            return StateRec::pseudo(Kind::Undefined, word as u16);
        };
        StateRec {
            kind: match (state.port, state.lsb) {
                (Port::None, _) => Kind::None,
                (Port::Symbol, false) => Kind::Symbol,
                (Port::Symbol, true) => Kind::SymbolLsb,
                (Port::Int, false) => Kind::Int,
                (Port::Int, true) => Kind::IntLsb,
                (Port::Map, false) => Kind::Map,
                (Port::Map, true) => Kind::MapLsb,
                (Port::Value, _) => Kind::Value,
                (Port::Cond, _) => Kind::Cond,
                (Port::Flag, _) => Kind::Flag,
                (Port::Reply, _) => Kind::Reply,
            },
            width: state.width,
            reg: state.reg,
            shift: state.shift,
            n_from_reg: state.n_from_reg,
            little: state.little,
            control: state.control,
            int: state.kind,
            truth: match state.port {
                Port::Cond => super::alu::truth(state.width),
                _ => 0,
            },
            span: state.span() as u16,
            base: state.base.into(),
            fallback: if state.fallback == NONE {
                NO_ROW
            } else {
                state.fallback.into()
            },
        }
    }
}

/// Bits of [`RowRec::has`].
pub(super) mod has {
    /// It captures.
    pub const CAPTURE: u8 = 1;
    /// It has an ALU operation.
    pub const ALU: u8 = 2;
    /// It sends an action.
    pub const ACTION: u8 = 4;
    /// It has a stack operation.
    pub const STACK: u8 = 8;
    /// It has something else: a system operation, one on a mask, a staging
    /// access, an action that is answered, or no meaning at all.
    pub const GENERAL: u8 = 16;
    /// Bits without a meaning are set.
    pub const UNDEFINED: u8 = 32;
    /// A stretch starts with it.
    pub const STRETCH: u8 = 64;
}

/// A decoded row; one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct RowRec {
    pub check: u16,
    pub next: u16,
    pub alt: u16,
    pub has: u8,
    pub consume: u8,
    /// Bits of the value that count.
    pub capture_mask: u32,
    pub capture_mode: CaptureMode,
    pub capture_dst: u8,
    pub capture_bits: u8,
    pub alu: AluOp,
    pub sys: Option<SysOp>,
    pub dst: u8,
    pub a: u8,
    pub b_imm: bool,
    /// Index into captures and constants.
    pub b: u16,
    pub imm: u16,
    pub stage: StageOp,
    pub stage_index: u8,
    pub stage_indexed: bool,
    pub stage_data: u8,
    pub stage_base: u16,
    pub stack: StackOp,
    pub stack_reg: bool,
    pub stack_imm: u16,
    pub answered: bool,
    pub action_op: u8,
    /// Operands, and which of them are identities, as the sequencer wants it.
    pub action_n: u16,
    pub action_target: u16,
    pub operands: [u16; 4],
}

fn index(operand: Operand) -> u16 {
    match operand {
        Operand::Capture(r) => r.into(),
        Operand::Pool(k) => k + CAPTURES as u16,
    }
}

impl RowRec {
    fn new(bits: &RowBits) -> Self {
        let decoded = Row::decode(bits);
        let undefined = decoded.is_none();
        let row = decoded.unwrap_or_default();
        let sys = match row.work {
            Work::Sys(op) => Some(op),
            Work::Alu(_) => None,
        };
        let alu = match row.work {
            Work::Alu(op) => op,
            Work::Sys(_) => AluOp::None,
        };
        let answered = matches!(
            Action::from_op(row.action.op.into()),
            Some(Action::Check | Action::Size | Action::Fetch | Action::KernelStatus)
        );
        let mut set = 0;
        let mut flag = |on: bool, bit: u8| set |= if on { bit } else { 0 };
        flag(row.capture.mode != CaptureMode::None, has::CAPTURE);
        flag(alu != AluOp::None, has::ALU);
        flag(row.action.op != 0, has::ACTION);
        flag(row.stack != StackOp::None, has::STACK);
        flag(undefined, has::UNDEFINED);
        flag(
            undefined || sys.is_some() || alu.is_mask() || row.stage != StageOp::None || answered,
            has::GENERAL,
        );
        RowRec {
            // The check column counts even where the rest has no meaning.
            check: bits[0] as u16,
            next: row.next,
            alt: row.alt,
            has: set,
            consume: row.consume,
            capture_mask: match row.capture.bits {
                0 => u32::MAX,
                bits => (1 << bits) - 1,
            },
            capture_mode: row.capture.mode,
            capture_dst: row.capture.dst,
            capture_bits: row.capture.bits,
            alu,
            sys,
            dst: row.dst,
            a: row.a,
            b_imm: row.b_imm,
            b: index(row.b),
            imm: row.imm,
            stage: row.stage,
            stage_index: row.stage_index,
            stage_indexed: row.stage_indexed,
            stage_data: row.stage_data,
            stage_base: row.stage_base,
            stack: row.stack,
            stack_reg: row.stack_reg,
            stack_imm: row.stack_imm,
            answered,
            action_op: row.action.op,
            action_n: u16::from(row.action.n) | u16::from(row.action.identity) << 4,
            action_target: row.action.target,
            operands: row.operands.map(index),
        }
    }
}

/// Everything that does not change during a run.
#[derive(Debug)]
pub(super) struct Program {
    pub spec: Spec,
    pub ports: Ports,
    pub states: Vec<StateRec>,
    pub rows: Vec<RowRec>,
    /// Stretches by their first row, made when they are first come to.
    pub stretches: Vec<OnceLock<Option<Box<Stretch>>>>,
    /// Numbers given to runs so far.
    runs: AtomicUsize,
    /// Number of the state words; the three pseudo states come after them.
    pub state_count: u32,
    /// The state that is matched first.
    pub entry: u32,
    /// Cycles of copying the program from the library.
    pub load_cycles: u64,
    pub texts: Vec<String>,
    pub rules: Vec<(String, u16)>,
    /// log2 of the bytes of an intake entry.
    pub entry_shift: u32,
}

impl Program {
    /// Decodes an image.
    pub fn new(spec: Spec, ports: Ports, image: &ParsingImage) -> Result<Arc<Self>, String> {
        spec.validate()?;
        let limit = |what: &str, has: usize, most: usize| {
            if has > most {
                return Err(format!(
                    "the program has {has} {what}, the unit holds {most}"
                ));
            }
            Ok(())
        };
        limit("rows", image.rows.len(), spec.graph_rows)?;
        limit("states", image.states.len(), usize::from(NONE))?;
        limit("constants", image.constants.len(), POOL)?;
        limit("bytes of staging", image.staging.len(), spec.staging)?;
        let state_count = image.states.len() as u32;
        let mut states: Vec<StateRec> = image.states.iter().map(|&w| StateRec::new(w)).collect();
        states.push(StateRec::pseudo(Kind::Dropping, 0));
        states.push(StateRec::pseudo(Kind::Done, 0));
        states.push(StateRec::pseudo(Kind::Loading, 0));
        let mut program = Program {
            ports,
            states,
            rows: image.rows.iter().map(RowRec::new).collect(),
            stretches: vec![OnceLock::new(); image.rows.len()],
            runs: AtomicUsize::new(0),
            state_count,
            entry: image.entry.into(),
            load_cycles: load_cycles(&spec, image),
            texts: image.texts.clone(),
            rules: image.rules.clone(),
            entry_shift: spec.bytes_per_beat.trailing_zeros(),
            spec,
        };
        for index in 0..program.rows.len() {
            if stretch::starts(&program, &program.rows[index]) {
                program.rows[index].has |= has::STRETCH;
            }
        }
        Ok(Arc::new(program))
    }

    /// A number for a run.
    pub fn next_run(&self) -> usize {
        self.runs.fetch_add(1, Ordering::Relaxed)
    }

    /// The pseudo state of rows that drop input.
    pub fn dropping(&self) -> u32 {
        self.state_count
    }

    /// The pseudo state after accept.
    pub fn done(&self) -> u32 {
        self.state_count + 1
    }

    /// The pseudo state before the first row.
    pub fn loading(&self) -> u32 {
        self.state_count + 2
    }

    /// The row for a symbol: the one at `base + symbol` if it names the state,
    /// else the fallback.
    #[inline(always)]
    pub fn select(&self, st: &StateRec, state: u32, symbol: u32) -> Option<(u32, &RowRec)> {
        let at = st.base + symbol;
        if let Some(row) = self.rows.get(at as usize)
            && u32::from(row.check) == state
        {
            return Some((at, row));
        }
        Some((st.fallback, self.rows.get(st.fallback as usize)?))
    }

    /// The row for a control symbol, if the state has one.
    pub fn control_row(&self, st: &StateRec, state: u32, code: u8) -> Option<(u32, &RowRec)> {
        if !st.control {
            return None;
        }
        let at = st.base + u32::from(st.span) + u32::from(code);
        let row = self.rows.get(at as usize)?;
        (u32::from(row.check) == state).then_some((at, row))
    }

    /// A row of a state, for places in source texts: rows are packed, and the one at the base may be another state's.
    #[cold]
    pub fn own_row(&self, st: &StateRec, state: u32, row: u32) -> u32 {
        let owns = |at: u32| {
            let row = self.rows.get(at as usize);
            row.is_some_and(|r| u32::from(r.check) == state)
        };
        if owns(row) {
            return row;
        }
        let first = (0..self.rows.len() as u32).find(|at| owns(*at));
        let fallback = (st.fallback != NO_ROW).then_some(st.fallback);
        first.or(fallback).unwrap_or(row)
    }

    /// The rule that a state belongs to: rules take consecutive states.
    pub fn rule_of(&self, state: u32) -> Option<&str> {
        let rules = self.rules.iter().filter(|(_, s)| u32::from(*s) <= state);
        Some(&rules.max_by_key(|(_, s)| *s)?.0)
    }
}

/// Cycles of copying an image from the library: a row, a state word, a constant
/// or four bytes of staging each take one slot of `load_rate` per cycle.
fn load_cycles(spec: &Spec, image: &ParsingImage) -> u64 {
    let words = image.states.len() + image.constants.len() + image.staging.len().div_ceil(4);
    let copied = (image.rows.len() + words) as u64;
    match spec.load_rate {
        0 => 0,
        rate => copied.div_ceil(rate.into()),
    }
}
