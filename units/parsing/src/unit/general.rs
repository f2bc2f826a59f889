//! Rows with system operations, staging accesses, queue reads or answered
//! actions. They can fail after they have computed something, so what they
//! write to registers is remembered until they issue.

use orrery_shared::{Beat, Fault, Step, Stop, TrapCode};

use super::Cx;
use super::finish::{Taken, stack_trap};
use super::program::{RowRec, has};
use super::raise::{Bad, raise};
use super::state::State;
use super::system::{self, Effect, Plan};
use crate::isa::{BITS, CaptureMode, StageOp};

/// The queue that a row reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pop {
    None,
    Flag,
    Reply,
}

/// Registers as they were before the row.
struct Before {
    values: [(u8, u32); 4],
    flags: u8,
    pos: u64,
}

impl Before {
    fn new(s: &State, row: &RowRec) -> Self {
        let at = |r: u8| (r & 63, s.operand((r & 63).into()));
        Before {
            values: [
                at(row.capture_dst),
                at(row.capture_dst + 1),
                at(row.dst),
                at(row.dst + 1),
            ],
            flags: s.flags,
            pos: s.reader.pos,
        }
    }

    fn restore(&self, s: &mut State) {
        for &(register, value) in &self.values {
            s.set(register, value);
        }
        s.flags = self.flags;
        s.reader.pos = self.pos;
    }
}

#[inline(never)]
pub(super) fn general<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    row: &RowRec,
    taken: Taken,
    pop: Pop,
) -> Step {
    let trap = |code, message: &str| Err(Stop::Trap(Fault::new(code, taken.row, message)));
    if row.has & has::UNDEFINED != 0 {
        return trap(TrapCode::UndefinedWord, "the row has no meaning");
    }
    if row.has & has::ACTION != 0 {
        beat.room(cx.program.ports.actions)?;
    }
    let returned = u32::from(pop == Pop::Reply).min(s.replies);
    if row.answered && s.replies - returned >= cx.program.spec.reply_slots {
        return trap(TrapCode::ReplySlots, "all reply slots are taken");
    }
    if !s.stack_ready(cx, row) {
        return Err(Stop::Trap(stack_trap(row, taken.row)));
    }
    let before = Before::new(s, row);
    let (plan, address) = match evaluate(cx, s, row, &taken, pop) {
        Ok(done) => done,
        Err(bad) => {
            before.restore(s);
            return match bad {
                Bad::Trap(fault) => Err(Stop::Trap(fault)),
                Bad::Raise(code, fault) => {
                    raise(cx, s, beat, code, fault, taken.row, taken.entries)
                }
            };
        }
    };
    let mut occupancy = plan.occupancy.max(taken.occupancy);
    if s.checks.running() {
        let to = s.reader.pos;
        s.reader.pos = before.pos;
        occupancy = occupancy.max(s.check_cycles(cx, to));
        s.reader.pos = to;
    }
    let cycle = match beat.issue(taken.row, occupancy, plan.occupancy) {
        Ok(cycle) => cycle,
        Err(stop) => {
            before.restore(s);
            return Err(stop);
        }
    };
    if taken.entries != 0 {
        s.enter(cx.program, beat, taken.entries, cycle);
    }
    match pop {
        Pop::None => {}
        Pop::Flag => beat.pop(cx.program.ports.flag),
        Pop::Reply => beat.pop(cx.program.ports.reply),
    }
    s.replies -= returned;
    s.replies += u32::from(row.answered);
    beat.at_offset(s.reader.pos >> 3);
    system::apply(s, &plan.effect);
    s.stage(row, address);
    if row.has & has::ACTION != 0 {
        beat.push(cx.program.ports.actions, s.action(row).sent_by(taken.row));
    }
    s.state = s.stack_apply(row);
    system::redirect(cx, s, &plan.effect, taken.row);
    Ok(())
}

/// Computes what the row does, up to the staging access; registers are written.
fn evaluate(
    cx: Cx,
    s: &mut State,
    row: &RowRec,
    taken: &Taken,
    pop: Pop,
) -> Result<(Plan, usize), Bad> {
    s.reader.pos = taken.to;
    s.capture(row, taken);
    if pop == Pop::Reply && row.capture_mode == CaptureMode::Value {
        let high = row.capture_dst + 1;
        if high >= BITS {
            return Err(Bad::trap(
                TrapCode::BadOperand,
                taken.row,
                format!("the high word of a reply cannot go to capture {high}"),
            ));
        }
        s.set(high, taken.high);
    }
    let plan = match row.sys {
        Some(op) => system::plan(cx, s, op, row, taken.row)?,
        None => {
            if row.alu.is_mask() {
                s.mask(row);
            } else if row.has & has::ALU != 0 {
                s.compute(row);
            }
            Plan {
                effect: Effect::None,
                occupancy: 1,
            }
        }
    };
    Ok((plan, s.stage_address(row, taken.row)?))
}

/// Bytes of a staging access.
pub(super) fn size(op: StageOp) -> usize {
    match op {
        StageOp::None => 0,
        StageOp::Load8 | StageOp::Store8 => 1,
        StageOp::Load16 | StageOp::Store16 => 2,
        StageOp::Load32 | StageOp::Store32 => 4,
        StageOp::Load64 | StageOp::Store64 => 8,
    }
}

impl State {
    fn stage_address(&self, row: &RowRec, index: u32) -> Result<usize, Bad> {
        let size = size(row.stage);
        let element = if row.stage_indexed {
            self.operand(row.stage_index.into()) as usize
        } else {
            0
        };
        let address = usize::from(row.stage_base) + element * size;
        if address + size > self.staging.len() {
            return Err(Bad::data(
                TrapCode::Bounds,
                index,
                format!(
                    "staging address {address} is outside of {} bytes",
                    self.staging.len()
                ),
            ));
        }
        Ok(address)
    }

    /// The staging access at an address that was found good.
    fn stage(&mut self, row: &RowRec, address: usize) {
        let data = self.operand(row.stage_data.into());
        let high = self.operand(((row.stage_data + 1) & 63).into());
        let bytes = &mut self.staging[address..address + size(row.stage)];
        match row.stage {
            StageOp::None => {}
            StageOp::Load8 | StageOp::Load16 | StageOp::Load32 => {
                let value = bytes
                    .iter()
                    .rev()
                    .fold(0, |value, &byte| value << 8 | u32::from(byte));
                self.set(row.stage_data, value);
            }
            StageOp::Load64 => {
                let half = |bytes: &[u8]| {
                    let bytes = bytes.iter().rev();
                    bytes.fold(0, |value, &byte| value << 8 | u32::from(byte))
                };
                let (low, high) = (half(&bytes[..4]), half(&bytes[4..]));
                self.set(row.stage_data, low);
                self.set(row.stage_data + 1, high);
            }
            StageOp::Store64 => {
                bytes[..4].copy_from_slice(&data.to_le_bytes());
                bytes[4..].copy_from_slice(&high.to_le_bytes());
            }
            StageOp::Store8 | StageOp::Store16 | StageOp::Store32 => {
                for (byte, value) in bytes.iter_mut().zip(data.to_le_bytes()) {
                    *byte = value;
                }
            }
        }
    }
}
