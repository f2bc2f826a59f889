//! The graph of states and rows while it is being built.
//!
//! Code is added at a [`Cursor`]: the places from which the machine goes on to
//! what comes next. An operation joins the rows that end there if all of them
//! have room for it and the order within a row allows it; otherwise it gets a
//! row of its own. That is the whole of row merging: it never duplicates a row
//! and never moves anything across the beginning of a state.

use super::lexer::Span;
use crate::isa::{
    AluOp, Capture, CaptureMode, Cond, IntKind, Operand, Row, RowAction, StackOp, StageOp, SysOp,
    Work,
};

/// A place to go to; becomes a state when something is put there.
pub type Label = u32;
/// Index of a state.
pub type StateId = u32;
/// Index of a row.
pub type RowId = u32;

/// What a state matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    None,
    Symbol {
        width: u8,
        lsb: bool,
    },
    Int {
        bits: Bits,
        lsb: bool,
        little: bool,
        kind: IntKind,
    },
    Map {
        register: u8,
        lsb: bool,
    },
    Value {
        register: u8,
    },
    Cond(Cond),
    Flag {
        width: u8,
    },
    Reply,
}

/// The size of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits {
    /// Known.
    Fixed(u8),
    /// In a capture.
    Register(u8),
}

/// Symbols of a state that share a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// These.
    These(Vec<u16>),
    /// All that no other row has.
    Rest,
    /// A control symbol.
    Control(u8),
}

/// A state.
#[derive(Clone, Debug)]
pub struct State {
    /// What it matches.
    pub matches: Match,
    /// Its rows.
    pub rows: Vec<(Symbols, RowId)>,
    /// Some row consumes nothing, so that an end of input goes unnoticed.
    pub hops: bool,
}

/// A row, with labels in place of states.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Contents; `next`, `alt`, `check` and the refill state are filled in later.
    pub row: Row,
    /// Where it goes.
    pub next: Option<Label>,
    /// The second way on.
    pub alt: Option<Label>,
    /// State of a refill rule.
    pub refill: Option<Label>,
    /// What it was made from.
    pub span: Span,
}

/// One way to what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The row goes there.
    Next(RowId),
    /// The row's second way leads there.
    Alt(RowId),
    /// The label stands for it.
    Label(Label),
}

/// What is known of the flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flags {
    /// Nothing.
    #[default]
    Unknown,
    /// They describe the value in this capture.
    Value(u8),
    /// They are of this comparison: a capture, an operand or an immediate.
    Compared(u8, Operand, Option<u16>),
}

impl Flags {
    /// A capture has changed.
    fn without(self, register: u8) -> Self {
        match self {
            Flags::Value(r) if r == register => Flags::Unknown,
            Flags::Compared(a, b, _) if a == register || b == Operand::Capture(register) => {
                Flags::Unknown
            }
            known => known,
        }
    }
}

/// All ways to what comes next.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    /// The ways; none if nothing leads on.
    pub ends: Vec<End>,
    /// What the flags say on every way.
    pub flags: Flags,
}

impl Cursor {
    /// The beginning of a label.
    pub fn at(label: Label) -> Self {
        Cursor {
            ends: vec![End::Label(label)],
            flags: Flags::Unknown,
        }
    }

    /// Behind a row.
    pub fn behind(row: RowId) -> Self {
        Cursor {
            ends: vec![End::Next(row)],
            flags: Flags::Unknown,
        }
    }

    /// Nothing leads on.
    pub fn is_dead(&self) -> bool {
        self.ends.is_empty()
    }

    /// Both ways lead on.
    pub fn join(&mut self, other: Cursor) {
        if other.is_dead() {
            return;
        }
        self.flags = if self.is_dead() || self.flags == other.flags {
            other.flags
        } else {
            Flags::Unknown
        };
        self.ends.extend(other.ends);
    }
}

/// Something that a row can do, without matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `dst = a op b`
    Alu {
        op: AluOp,
        dst: u8,
        a: u8,
        b: Operand,
        imm: Option<u16>,
    },
    /// An operation on a mask.
    Mask {
        op: AluOp,
        dst: u8,
        a: u8,
        b: Operand,
        imm: u16,
    },
    /// A system operation.
    Sys {
        op: SysOp,
        dst: u8,
        a: u8,
        b: Operand,
        imm: u16,
        operands: [Operand; 4],
        refill: Option<Label>,
    },
    /// A staging access.
    Stage {
        op: StageOp,
        base: u16,
        index: Option<u8>,
        data: u8,
    },
    /// An action.
    Action {
        action: RowAction,
        operands: [Operand; 4],
    },
    /// A stack operation.
    Stack {
        op: StackOp,
        imm: u16,
        reg: bool,
        next: Option<Label>,
        alt: Option<Label>,
    },
}

fn reads(operands: &[Operand], register: u8) -> bool {
    operands.contains(&Operand::Capture(register))
}

impl Op {
    /// Whether a row has room for it, and would do it at the right moment.
    fn fits(&self, row: &Row) -> bool {
        if row.stack != StackOp::None {
            return false;
        }
        let no_work = row.work == Work::Alu(AluOp::None);
        let no_stage = row.stage == StageOp::None;
        let uses_operands = matches!(row.work, Work::Sys(SysOp::Insert | SysOp::Fill));
        let no_action = row.action.op == 0 && !uses_operands;
        match self {
            // It happens before what the row has already, which must not notice.
            Op::Alu { op, dst, a, b, .. } => {
                let writes = !matches!(op, AluOp::Cmp | AluOp::Test);
                let used = usize::from(row.action.n);
                let action_reads = writes && reads(&row.operands[..used], *dst);
                let stage = match row.stage {
                    StageOp::None => true,
                    // Rows with pairs are filled in order.
                    StageOp::Load64 | StageOp::Store64 => false,
                    StageOp::Load8 | StageOp::Load16 | StageOp::Load32 => {
                        let data = row.stage_data;
                        let reads_a = !matches!(op, AluOp::Move | AluOp::Ilog2);
                        let reads_data = reads_a && *a == data || *b == Operand::Capture(data);
                        let clash = writes && (*dst == data || row.stage_index == *dst);
                        !reads_data && !clash
                    }
                    _ => !writes || *dst != row.stage_data && *dst != row.stage_index,
                };
                no_work && stage && !action_reads
            }
            Op::Mask { op, dst, .. } => {
                let pair = matches!(op, AluOp::SetBits | AluOp::ClearBits);
                let used = &row.operands[..usize::from(row.action.n)];
                let action_reads = reads(used, *dst) || pair && reads(used, *dst + 1);
                no_work && no_stage && !uses_operands && !action_reads
            }
            Op::Sys { .. } => no_work && no_stage && no_action,
            Op::Stage { .. } => no_stage && no_action,
            Op::Action { .. } => no_action,
            Op::Stack { .. } => true,
        }
    }

    fn put(&self, draft: &mut Draft) {
        let row = &mut draft.row;
        match *self {
            Op::Alu { op, dst, a, b, imm } => {
                row.work = Work::Alu(op);
                row.dst = dst;
                row.a = a;
                row.b = b;
                row.b_imm = imm.is_some();
                row.imm = imm.unwrap_or(0);
            }
            Op::Mask { op, dst, a, b, imm } => {
                row.work = Work::Alu(op);
                (row.dst, row.a) = (dst, a);
                (row.b, row.imm) = (b, imm);
            }
            Op::Sys {
                op,
                dst,
                a,
                b,
                imm,
                operands,
                refill,
            } => {
                row.work = Work::Sys(op);
                row.dst = dst;
                row.a = a;
                row.b = b;
                row.imm = imm;
                if matches!(op, SysOp::Insert | SysOp::Fill) {
                    row.operands = operands;
                }
                draft.refill = refill;
            }
            Op::Stage {
                op,
                base,
                index,
                data,
            } => {
                row.stage = op;
                row.stage_base = base;
                row.stage_indexed = index.is_some();
                row.stage_index = index.unwrap_or(0);
                row.stage_data = data;
            }
            Op::Action { action, operands } => {
                row.action = action;
                row.operands = operands;
            }
            Op::Stack {
                op,
                imm,
                reg,
                next,
                alt,
            } => {
                row.stack = op;
                row.stack_imm = imm;
                row.stack_reg = reg;
                draft.next = next.or(draft.next);
                draft.alt = alt;
            }
        }
    }
}

/// The graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// States in the order in which they were made; a rule's are consecutive.
    pub states: Vec<State>,
    /// Rows.
    pub rows: Vec<Draft>,
    /// The state of every label, or the label that it became.
    labels: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Nowhere,
    State(StateId),
    Same(Label),
}

impl Graph {
    /// A new label.
    pub fn label(&mut self) -> Label {
        self.labels.push(Place::Nowhere);
        self.labels.len() as Label - 1
    }

    /// The state that a label stands for.
    pub fn resolve(&self, mut label: Label) -> Option<StateId> {
        for _ in 0..=self.labels.len() {
            match self.labels[label as usize] {
                Place::State(state) => return Some(state),
                Place::Same(other) => label = other,
                Place::Nowhere => return None,
            }
        }
        None
    }

    /// Makes all ways lead to a label.
    pub fn go(&mut self, cursor: &mut Cursor, label: Label) {
        for end in cursor.ends.drain(..) {
            match end {
                End::Next(row) => self.rows[row as usize].next = Some(label),
                End::Alt(row) => self.rows[row as usize].alt = Some(label),
                End::Label(from) if from == label => {}
                End::Label(from) => self.labels[from as usize] = Place::Same(label),
            }
        }
        cursor.flags = Flags::Unknown;
    }

    /// Puts a state at the cursor, which then is dead until a row is added.
    pub fn state(&mut self, cursor: &mut Cursor, matches: Match) -> StateId {
        let id = self.states.len() as StateId;
        let label = self.label();
        self.labels[label as usize] = Place::State(id);
        let flags = cursor.flags;
        self.go(cursor, label);
        cursor.flags = flags;
        self.states.push(State {
            matches,
            rows: Vec::new(),
            hops: false,
        });
        id
    }

    /// Adds a row to a state.
    pub fn row(&mut self, state: StateId, symbols: Symbols, span: Span) -> RowId {
        let id = self.rows.len() as RowId;
        let row = Row::default();
        self.rows.push(Draft {
            row,
            next: None,
            alt: None,
            refill: None,
            span,
        });
        self.states[state as usize].rows.push((symbols, id));
        id
    }

    /// Puts a state with one row at the cursor.
    pub fn single(&mut self, cursor: &mut Cursor, matches: Match, span: Span) -> RowId {
        let state = self.state(cursor, matches);
        let row = self.row(state, Symbols::These(vec![0]), span);
        cursor.ends.push(End::Next(row));
        row
    }

    /// Lets a row capture.
    pub fn capture(&mut self, row: RowId, capture: Capture) {
        debug_assert!(capture.mode != CaptureMode::None);
        self.rows[row as usize].row.capture = capture;
    }

    /// Whether a row can still take an operation.
    fn takes(&self, end: End, op: &Op) -> bool {
        match end {
            End::Next(row) => op.fits(&self.rows[row as usize].row),
            End::Alt(_) | End::Label(_) => false,
        }
    }

    /// Does something at the cursor.
    pub fn op(&mut self, cursor: &mut Cursor, op: &Op, span: Span) {
        if cursor.is_dead() {
            return;
        }
        if let Op::Alu {
            op: AluOp::Cmp,
            a,
            b,
            imm,
            ..
        } = *op
            && cursor.flags == Flags::Compared(a, b, imm)
        {
            return;
        }
        if !cursor.ends.iter().all(|end| self.takes(*end, op)) {
            self.single(cursor, Match::None, span);
        }
        for end in &cursor.ends {
            if let End::Next(row) = end {
                op.put(&mut self.rows[*row as usize]);
            }
        }
        cursor.flags = match *op {
            Op::Alu {
                op: AluOp::Cmp,
                a,
                b,
                imm,
                ..
            } => Flags::Compared(a, b, imm),
            Op::Alu {
                op: AluOp::Test, ..
            }
            | Op::Mask { .. }
            | Op::Sys { .. } => Flags::Unknown,
            Op::Alu { dst, .. } => Flags::Value(dst),
            Op::Stage {
                op: StageOp::Load64,
                data,
                ..
            } => cursor.flags.without(data).without(data + 1),
            Op::Stage { data, .. } => cursor.flags.without(data),
            Op::Action { .. } | Op::Stack { .. } => cursor.flags,
        };
    }

    /// A stack operation: each way takes it by itself where it can, because
    /// that costs nothing; the others share a row. The cursor is dead afterwards
    /// unless the operation goes on to the next row.
    pub fn stack(&mut self, cursor: &mut Cursor, op: &Op, span: Span) -> Vec<RowId> {
        let (merged, rest): (Vec<End>, Vec<End>) =
            cursor.ends.iter().partition(|end| self.takes(**end, op));
        let mut rows: Vec<RowId> = Vec::new();
        for end in merged {
            if let End::Next(row) = end {
                rows.push(row);
            }
        }
        if !rest.is_empty() {
            let mut shared = Cursor {
                ends: rest,
                flags: Flags::Unknown,
            };
            rows.push(self.single(&mut shared, Match::None, span));
        }
        for row in &rows {
            op.put(&mut self.rows[*row as usize]);
        }
        cursor.ends.clear();
        cursor.flags = Flags::Unknown;
        rows
    }
}
