//! Rows: what is done for one symbol. 256 bits (eight 32-bit words) each.

use super::ops::{AluOp, CaptureMode, StackOp, StageOp, SysOp};
use super::{BITS, CAPTURES, NONE, POOL, control};

/// An operand: a capture, or a constant from the pool. Nine bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Capture 0..64.
    Capture(u8),
    /// Constant 0..448 of the pool.
    Pool(u16),
}

impl Default for Operand {
    fn default() -> Self {
        Operand::Capture(0)
    }
}

impl Operand {
    fn encode(self) -> u32 {
        match self {
            Operand::Capture(r) => u32::from(r),
            Operand::Pool(k) => CAPTURES as u32 + u32::from(k),
        }
    }

    fn decode(code: u32) -> Operand {
        if (code as usize) < CAPTURES {
            Operand::Capture(code as u8)
        } else {
            debug_assert!((code as usize) < CAPTURES + POOL);
            Operand::Pool((code as usize - CAPTURES) as u16)
        }
    }
}

/// A place in a mask, or a number of bits: a capture or a small number. Eight bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// Capture 0..64.
    Capture(u8),
    /// A number 0..=64.
    Number(u8),
}

impl Spot {
    /// Encodes: numbers from 64 on.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Spot::Capture(r) => r,
            Spot::Number(n) => CAPTURES as u8 + n,
        }
    }

    /// Decodes; codes beyond the largest number are numbers beyond it.
    #[must_use]
    pub const fn from_code(code: u8) -> Spot {
        match code.checked_sub(CAPTURES as u8) {
            None => Spot::Capture(code),
            Some(n) => Spot::Number(n),
        }
    }

    const fn is_valid(code: u8) -> bool {
        code <= 2 * CAPTURES as u8
    }
}

/// What is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capture {
    /// How.
    pub mode: CaptureMode,
    /// Where to.
    pub dst: u8,
    /// Bits of the symbol that count (0: all); see [`CaptureMode`].
    pub bits: u8,
}

/// The ALU operation or system operation of a row, with their common fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// An ALU operation.
    Alu(AluOp),
    /// A system operation.
    Sys(SysOp),
}

/// Which of the common fields an operation uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Writes capture `dst`.
    pub dst: bool,
    /// Reads capture `a`.
    pub a: bool,
    /// Reads `b` (ALU operations may have the immediate instead).
    pub b: bool,
    /// Uses `imm` for something else than `b`.
    pub imm: bool,
    /// Uses the operands of the action, which the row then cannot have.
    pub operands: bool,
}

impl Work {
    /// The fields that the operation uses; the others are zero.
    #[must_use]
    pub const fn fields(self) -> Fields {
        const fn f(dst: bool, a: bool, b: bool, imm: bool) -> Fields {
            Fields {
                dst,
                a,
                b,
                imm,
                operands: false,
            }
        }
        match self {
            Work::Alu(op) => match op {
                AluOp::None => f(false, false, false, false),
                AluOp::Move | AluOp::Ilog2 => f(true, false, true, false),
                AluOp::Cmp | AluOp::Test => f(false, true, true, false),
                AluOp::NthZero | AluOp::NextOne | AluOp::Ones => f(true, true, true, true),
                AluOp::SetBits | AluOp::ClearBits => f(true, false, true, true),
                _ => f(true, true, true, false),
            },
            Work::Sys(op) => match op {
                SysOp::Frame | SysOp::CheckCrc | SysOp::CheckSums => f(false, false, true, true),
                SysOp::Skip | SysOp::More => f(false, false, true, false),
                SysOp::EscapeOn => f(false, false, true, true),
                SysOp::Position | SysOp::BytesLeft | SysOp::MarkerMet => {
                    f(true, false, false, false)
                }
                SysOp::Mark
                | SysOp::Rewind
                | SysOp::Accept
                | SysOp::Fail
                | SysOp::Warn
                | SysOp::Raise => f(false, false, false, true),
                SysOp::CheckStop => f(true, false, false, true),
                SysOp::NewMap => f(true, false, true, true),
                SysOp::ResetMap | SysOp::CloseMap => f(false, true, false, false),
                SysOp::MapLeft => f(true, true, false, false),
                SysOp::Insert => Fields {
                    operands: true,
                    ..f(false, false, false, false)
                },
                SysOp::Fill => Fields {
                    operands: true,
                    ..f(false, false, false, true)
                },
                SysOp::Unframe | SysOp::Drain | SysOp::Align | SysOp::Finish | SysOp::EscapeOff => {
                    f(false, false, false, false)
                }
            },
        }
    }
}

/// Whether the strides of a new map make sense: 1 to 12 bits each from the
/// first level on, at most 32 in all.
#[must_use]
pub fn valid_strides(strides: u16) -> bool {
    let level = |i: u32| strides >> (4 * i) & 15;
    let levels = (0..4).take_while(|&i| level(i) != 0).count() as u32;
    let sum: u16 = (0..levels).map(level).sum();
    levels > 0
        && (levels..4).all(|i| level(i) == 0)
        && (0..levels).all(|i| level(i) <= 12)
        && sum <= 32
}

/// The action that a row sends to the sequencer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowAction {
    /// Opcode in the Output Unit's table; 0 means no action.
    pub op: u8,
    /// Handle, label address or gate.
    pub target: u16,
    /// Operands present (0..=4).
    pub n: u8,
    /// Bit i: operand i is a handle whose identity is meant.
    pub identity: u8,
}

/// A decoded row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The state this row belongs to; a row of another state is no match.
    pub check: u16,
    /// Bits of input consumed (`Symbol` port only), 0..=16.
    pub consume: u8,
    /// Capture.
    pub capture: Capture,
    /// ALU or system operation.
    pub work: Work,
    /// Destination capture of `work`.
    pub dst: u8,
    /// First source of `work`.
    pub a: u8,
    /// Second source of `work`, unless `b_imm`.
    pub b: Operand,
    /// The second source is `imm`, zero-extended. (System operations that use both say so.)
    pub b_imm: bool,
    /// Immediate.
    pub imm: u16,
    /// Staging access.
    pub stage: StageOp,
    /// Its base address.
    pub stage_base: u16,
    /// Its index capture, if `stage_indexed`.
    pub stage_index: u8,
    /// Whether the index counts.
    pub stage_indexed: bool,
    /// Loaded or stored capture.
    pub stage_data: u8,
    /// Action.
    pub action: RowAction,
    /// Operands of the action, or of `Insert` and `Fill`.
    pub operands: [Operand; 4],
    /// Stack operation.
    pub stack: StackOp,
    /// `Repeat`: the count. `Save`, `Restore`: the capture. `Catch`: the mask.
    pub stack_imm: u16,
    /// `Repeat`: `stack_imm` is a capture number, not the count.
    pub stack_reg: bool,
    /// State that follows.
    pub next: u16,
    /// Second way on: return state, exit of a loop, handler.
    pub alt: u16,
}

impl Default for Row {
    fn default() -> Self {
        Row {
            check: NONE,
            consume: 0,
            capture: Capture {
                mode: CaptureMode::None,
                dst: 0,
                bits: 0,
            },
            work: Work::Alu(AluOp::None),
            dst: 0,
            a: 0,
            b: Operand::default(),
            b_imm: false,
            imm: 0,
            stage: StageOp::None,
            stage_base: 0,
            stage_index: 0,
            stage_indexed: false,
            stage_data: 0,
            action: RowAction {
                op: 0,
                target: 0,
                n: 0,
                identity: 0,
            },
            operands: [Operand::default(); 4],
            stack: StackOp::None,
            stack_imm: 0,
            stack_reg: false,
            next: 0,
            alt: 0,
        }
    }
}

/// The encoded form.
pub type RowBits = [u32; 8];

impl Row {
    /// Encodes. Word layout, fields from bit 0:
    ///
    /// 0. check 16, next 16
    /// 1. alt 16, consume 5, capture dst 6, capture mode 2
    /// 2. capture bits 5, work 6, dst 6, a 6, b_imm 1, stage 3, stage_indexed 1, stack_reg 1,
    ///    a free bit, bit 3 of stage
    /// 3. imm 16, stage_base 16
    /// 4. b 9, stage_index 6, stage_data 6, stack 4
    /// 5. stack_imm 16, action op 8, action n 3, identity 4
    /// 6. action target 16, operand 3 9
    /// 7. operands 0, 1, 2: 9 each
    #[must_use]
    pub fn encode(&self) -> RowBits {
        let work = match self.work {
            Work::Alu(op) => op as u32,
            Work::Sys(op) => op as u32,
        };
        let f = |value: u32, at: u32| value << at;
        [
            u32::from(self.check) | f(self.next.into(), 16),
            u32::from(self.alt)
                | f(self.consume.into(), 16)
                | f(self.capture.dst.into(), 21)
                | f(self.capture.mode as u32, 27),
            u32::from(self.capture.bits)
                | f(work, 5)
                | f(self.dst.into(), 11)
                | f(self.a.into(), 17)
                | f(self.b_imm.into(), 23)
                | f(self.stage as u32 & 7, 24)
                | f(self.stage as u32 >> 3, 30)
                | f(self.stage_indexed.into(), 27)
                | f(self.stack_reg.into(), 28),
            u32::from(self.imm) | f(self.stage_base.into(), 16),
            self.b.encode()
                | f(self.stage_index.into(), 9)
                | f(self.stage_data.into(), 15)
                | f(self.stack as u32, 21),
            u32::from(self.stack_imm)
                | f(self.action.op.into(), 16)
                | f(self.action.n.into(), 24)
                | f(self.action.identity.into(), 27),
            u32::from(self.action.target) | f(self.operands[3].encode(), 16),
            self.operands[0].encode()
                | f(self.operands[1].encode(), 9)
                | f(self.operands[2].encode(), 18),
        ]
    }

    /// Decodes; `None` for an undefined row: an unknown code, a field out of
    /// range, or a bit set in a field that the row's operations do not use (so
    /// that every valid row has one encoding).
    #[must_use]
    pub fn decode(bits: &RowBits) -> Option<Row> {
        let g = |word: usize, at: u32, n: u32| bits[word] >> at & ((1u32 << n) - 1);
        let work_code = g(2, 5, 6) as u8;
        let row = Row {
            check: bits[0] as u16,
            next: (bits[0] >> 16) as u16,
            alt: bits[1] as u16,
            consume: g(1, 16, 5) as u8,
            capture: Capture {
                dst: g(1, 21, 6) as u8,
                mode: CaptureMode::from_code(g(1, 27, 2) as u8)?,
                bits: g(2, 0, 5) as u8,
            },
            work: match AluOp::from_code(work_code) {
                Some(op) => Work::Alu(op),
                None => Work::Sys(SysOp::from_code(work_code)?),
            },
            dst: g(2, 11, 6) as u8,
            a: g(2, 17, 6) as u8,
            b_imm: g(2, 23, 1) != 0,
            stage: StageOp::from_code((g(2, 24, 3) | g(2, 30, 1) << 3) as u8)?,
            stage_indexed: g(2, 27, 1) != 0,
            stack_reg: g(2, 28, 1) != 0,
            imm: bits[3] as u16,
            stage_base: (bits[3] >> 16) as u16,
            b: Operand::decode(g(4, 0, 9)),
            stage_index: g(4, 9, 6) as u8,
            stage_data: g(4, 15, 6) as u8,
            stack: StackOp::from_code(g(4, 21, 4) as u8)?,
            stack_imm: bits[5] as u16,
            action: RowAction {
                op: g(5, 16, 8) as u8,
                n: g(5, 24, 3) as u8,
                identity: g(5, 27, 4) as u8,
                target: bits[6] as u16,
            },
            operands: [
                Operand::decode(g(7, 0, 9)),
                Operand::decode(g(7, 9, 9)),
                Operand::decode(g(7, 18, 9)),
                Operand::decode(g(6, 16, 9)),
            ],
        };
        (row.encode() == *bits && row.is_canonical()).then_some(row)
    }

    /// Whether every field that the row's operations do not use is zero.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        let unused = Row::default();
        let capture = self.capture.mode != CaptureMode::None || self.capture == unused.capture;
        let fields = self.work.fields();
        let work = (fields.dst || self.dst == 0)
            && (fields.a || self.a == 0)
            && (fields.b || (self.b == unused.b && !self.b_imm))
            && (!self.b_imm || self.b == unused.b)
            && (fields.imm || self.b_imm || self.imm == 0)
            && self.writes_are_allowed()
            && self.mask_is_valid()
            && self.system_is_valid();
        let stage = if self.stage == StageOp::None {
            self.stage_base == 0
                && self.stage_index == 0
                && !self.stage_indexed
                && self.stage_data == 0
        } else {
            self.stage_indexed || self.stage_index == 0
        };
        let operands_used = fields.operands && self.action.op == 0
            || (usize::from(self.action.n)..4).all(|i| self.operands[i] == unused.operands[i]);
        let action = if self.action.op == 0 {
            self.action == unused.action
        } else {
            self.action.n <= 4 && self.action.identity >> self.action.n == 0
        };
        let stack = match self.stack {
            StackOp::None | StackOp::Uncatch => {
                self.stack_imm == 0 && !self.stack_reg && self.alt == 0
            }
            StackOp::Call | StackOp::Loop => self.stack_imm == 0 && !self.stack_reg,
            StackOp::Return => {
                self.stack_imm == 0 && !self.stack_reg && self.alt == 0 && self.next == 0
            }
            StackOp::Repeat => !self.stack_reg || (self.stack_imm as usize) < CAPTURES,
            StackOp::Save | StackOp::Restore => {
                (self.stack_imm as usize) < CAPTURES && !self.stack_reg && self.alt == 0
            }
            StackOp::Catch => !self.stack_reg,
        };
        self.consume <= 16
            && self.capture.bits <= 16
            && capture
            && work
            && stage
            && operands_used
            && action
            && stack
    }

    /// Captures from [`super::BITS`] on are written by the unit itself.
    fn writes_are_allowed(&self) -> bool {
        let load = matches!(
            self.stage,
            StageOp::Load8 | StageOp::Load16 | StageOp::Load32 | StageOp::Load64
        );
        let wide = matches!(self.stage, StageOp::Load64 | StageOp::Store64);
        let pair = matches!(
            self.work,
            Work::Sys(SysOp::Position) | Work::Alu(AluOp::SetBits | AluOp::ClearBits)
        );
        self.capture.dst < BITS
            && self.dst + u8::from(pair) < BITS
            && (!load || self.stage_data < BITS)
            && (!wide || self.stage_data + 1 < BITS)
            && (self.stack != StackOp::Restore || self.stack_imm < BITS.into())
    }

    /// The limits of an operation on a mask.
    fn mask_is_valid(&self) -> bool {
        let Work::Alu(op) = self.work else {
            return true;
        };
        let [start, count] = self.imm.to_le_bytes();
        !op.is_mask()
            || !self.b_imm
                && self.a + 1 < BITS
                && Spot::is_valid(start)
                && Spot::is_valid(count)
                && (op.has_count() || count == 0)
    }

    /// The limits of the system operations' immediates.
    fn system_is_valid(&self) -> bool {
        let Work::Sys(op) = self.work else {
            return true;
        };
        let pool = |n: usize| match self.b {
            Operand::Pool(k) => usize::from(k) + n <= POOL,
            Operand::Capture(_) => false,
        };
        !self.b_imm
            && match op {
                SysOp::Mark | SysOp::Rewind | SysOp::CheckStop => self.imm < 4,
                SysOp::CheckCrc => self.imm < 4 && pool(4),
                SysOp::CheckSums => self.imm < 4 && pool(2),
                SysOp::EscapeOn => self.imm <= 8 && pool(1 + usize::from(self.imm)),
                SysOp::NewMap => valid_strides(self.imm),
                SysOp::Fill => self.imm < 2,
                SysOp::Raise => usize::from(self.imm) < control::COUNT,
                SysOp::More | SysOp::Finish => self.stack == StackOp::None,
                _ => true,
            }
    }
}
