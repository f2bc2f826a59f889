//! Carrying out the row that was matched: capture, ALU, action, stack. What
//! only few rows have is in `general.rs`.

use orrery_shared::{Beat, Entry, Fault, Step, Stop, TrapCode};

use super::general::{Pop, general};
use super::program::{RowRec, has};
use super::raise::stack_full;
use super::state::{Slot, State};
use super::{Cx, alu, stretch};
use crate::isa::{CaptureMode, StackOp};

/// No bit count.
pub(super) const NO_BITS: u32 = u32::MAX;

/// What a match came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// The row.
    pub row: u32,
    /// The symbol, or the value that came instead.
    pub value: u32,
    /// High word of a reply.
    pub high: u32,
    /// The bit count of a map entry.
    pub bits: u32,
    /// Bits consumed.
    pub consumed: u32,
    /// Position after them.
    pub to: u64,
    /// Intake entries that must be in the window; 0 if they surely are.
    pub entries: u64,
    /// Cycles of the match.
    pub occupancy: u64,
}

impl Taken {
    /// A match that does not read the input.
    #[inline(always)]
    pub fn nothing_read(s: &State, row: u32, value: u32) -> Self {
        Taken {
            row,
            value,
            high: 0,
            bits: NO_BITS,
            consumed: 0,
            to: s.reader.pos,
            entries: 0,
            occupancy: 1,
        }
    }

    /// A match that consumes bits.
    #[inline(always)]
    pub fn read(s: &State, row: u32, value: u32, consumed: u32) -> Self {
        Taken {
            consumed,
            to: s.reader.pos + u64::from(consumed),
            ..Taken::nothing_read(s, row, value)
        }
    }
}

/// Carries out a row, and those that are sure to follow.
#[inline(always)]
pub(super) fn go_on<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    row: &RowRec,
    taken: Taken,
) -> Step {
    if row.has & has::STRETCH != 0 && stretch::run(cx, s, beat, &taken) {
        return Ok(());
    }
    finish(cx, s, beat, row, taken)
}

/// Carries out a row.
#[inline(always)]
pub(super) fn finish<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    row: &RowRec,
    taken: Taken,
) -> Step {
    if row.has & has::GENERAL != 0 {
        return general(cx, s, beat, row, taken, Pop::None);
    }
    if row.has & has::ACTION != 0 {
        beat.room(cx.program.ports.actions)?;
    }
    if row.has & has::STACK != 0 && !s.stack_ready(cx, row) {
        return Err(Stop::Trap(stack_trap(row, taken.row)));
    }
    let mut occupancy = taken.occupancy;
    if s.checks.running() {
        occupancy = occupancy.max(s.check_cycles(cx, taken.to));
    }
    let cycle = beat.issue(taken.row, occupancy, 1)?;
    s.reader.pos = taken.to;
    if taken.entries != 0 {
        s.enter(cx.program, beat, taken.entries, cycle);
    }
    beat.at_offset(taken.to >> 3);
    s.capture(row, &taken);
    if row.has & has::ALU != 0 {
        s.compute(row);
    }
    if row.has & has::ACTION != 0 {
        beat.push(cx.program.ports.actions, s.action(row).sent_by(taken.row));
    }
    s.state = s.stack_apply(row);
    Ok(())
}

/// The same, called from where it happens rarely.
#[inline(never)]
pub(super) fn finish_rarely<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    row: &RowRec,
    taken: &Taken,
) -> Step {
    finish(cx, s, beat, row, *taken)
}

impl State {
    /// Cycles that running check circuits need for the bytes up to a position.
    #[cold]
    pub(super) fn check_cycles(&self, cx: Cx, to: u64) -> u64 {
        let mut after = self.reader;
        after.pos = to;
        let bytes = after.byte().saturating_sub(self.reader.byte());
        bytes.div_ceil(cx.program.spec.check_rate.into())
    }

    #[inline(always)]
    pub(super) fn capture(&mut self, row: &RowRec, taken: &Taken) {
        if taken.bits != NO_BITS {
            self.set_bits(taken.bits);
        }
        if row.has & has::CAPTURE == 0 {
            return;
        }
        let low = taken.value & row.capture_mask;
        let value = match row.capture_mode {
            CaptureMode::High => taken.value >> row.capture_bits,
            CaptureMode::Append => {
                let bits = match row.capture_bits {
                    0 => taken.consumed,
                    bits => bits.into(),
                };
                let before = self.operand(row.capture_dst.into());
                before.checked_shl(bits).unwrap_or(0) | low
            }
            CaptureMode::Value | CaptureMode::None => low,
        };
        self.set(row.capture_dst, value);
    }

    #[inline(always)]
    pub(super) fn compute(&mut self, row: &RowRec) {
        let a = self.operand(row.a.into());
        let b = self.operand(row.b);
        let b = if row.b_imm { row.imm.into() } else { b };
        let (value, flags) = alu::run(row.alu, a, b, self.flags);
        self.flags = flags;
        if alu::writes(row.alu) {
            self.set(row.dst, value);
        }
    }

    #[inline(always)]
    pub(super) fn action(&self, row: &RowRec) -> Entry {
        let [a, b, c, d] = row.operands;
        let mut operands = [
            self.operand(a),
            self.operand(b),
            self.operand(c),
            self.operand(d),
        ];
        let n = usize::from(row.action_n & 7);
        for (i, operand) in operands.iter_mut().enumerate() {
            if i >= n {
                *operand = 0;
            }
        }
        Entry {
            op: row.action_op.into(),
            imm: row.action_target,
            n: row.action_n,
            from: 0,
            a: operands,
        }
    }

    /// Whether the parse stack allows a row's stack operation.
    #[inline(always)]
    pub(super) fn stack_ready(&self, cx: Cx, row: &RowRec) -> bool {
        match row.stack {
            StackOp::None => true,
            StackOp::Call | StackOp::Repeat | StackOp::Save | StackOp::Catch => {
                self.stack.len() < cx.program.spec.parse_stack
            }
            StackOp::Return => matches!(self.stack.last(), Some(Slot::Return(_))),
            StackOp::Loop => matches!(self.stack.last(), Some(Slot::Counter { .. })),
            StackOp::Restore => matches!(self.stack.last(), Some(Slot::Saved(_))),
            StackOp::Uncatch => matches!(self.stack.last(), Some(Slot::Catch { .. })),
        }
    }

    /// Does a row's stack operation, which is allowed. Returns the state that follows.
    #[inline(always)]
    pub(super) fn stack_apply(&mut self, row: &RowRec) -> u32 {
        let next = u32::from(row.next);
        let capture = (row.stack_imm & 63) as u8;
        match row.stack {
            StackOp::None => {}
            StackOp::Call => self.stack.push(Slot::Return(row.alt)),
            StackOp::Return => {
                if let Some(Slot::Return(state)) = self.stack.pop() {
                    return state.into();
                }
            }
            StackOp::Loop => {
                if let Some(Slot::Counter { left, outer }) = self.stack.last_mut() {
                    if *left > 1 {
                        *left -= 1;
                        let index = self.operand(crate::isa::INDEX.into());
                        self.set_index(index.wrapping_add(1));
                        return next;
                    }
                    let outer = *outer;
                    self.stack.pop();
                    self.set_index(outer);
                }
                return row.alt.into();
            }
            StackOp::Repeat => {
                let count = if row.stack_reg {
                    self.operand(capture.into())
                } else {
                    row.stack_imm.into()
                };
                if count == 0 {
                    return row.alt.into();
                }
                let outer = self.operand(crate::isa::INDEX.into());
                self.stack.push(Slot::Counter { left: count, outer });
                self.set_index(0);
            }
            StackOp::Save => self.stack.push(Slot::Saved(self.operand(capture.into()))),
            StackOp::Restore => {
                if let Some(Slot::Saved(value)) = self.stack.pop() {
                    self.set(capture, value);
                }
            }
            StackOp::Catch => self.stack.push(Slot::Catch {
                mask: row.stack_imm,
                state: row.alt,
                frames: self.frames.len() as u16,
            }),
            StackOp::Uncatch => {
                self.stack.pop();
            }
        }
        next
    }
}

/// Why a stack operation is not allowed.
#[cold]
pub(super) fn stack_trap(row: &RowRec, index: u32) -> Box<Fault> {
    let missing = match row.stack {
        StackOp::Return => {
            "return without a call, or out of a refill rule that said neither more nor done"
        }
        StackOp::Loop => "the top of the parse stack is no counter",
        StackOp::Restore => "the top of the parse stack is no saved capture",
        StackOp::Uncatch => "the top of the parse stack is no handler",
        _ => return stack_full(index),
    };
    Fault::new(TrapCode::StackUnderflow, index, missing)
}
