//! Control symbols: delivery, unwinding, and the traps of those nobody catches.

use orrery_shared::{Beat, Fault, Step, Stop, TrapCode};

use super::Cx;
use super::finish::{Taken, finish_rarely};
use super::input::Boundary;
use super::program::StateRec;
use super::state::{Slot, State, refill_state};
use crate::isa::control;

/// Why a row is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// The unit stops.
    Trap(Box<Fault>),
    /// A control symbol is raised; a FAULT brings its data error.
    Raise(u8, Option<Box<Fault>>),
}

impl Bad {
    pub fn trap(code: TrapCode, pc: u32, message: impl Into<String>) -> Self {
        Bad::Trap(Fault::new(code, pc, message))
    }

    pub fn data(code: TrapCode, pc: u32, message: impl Into<String>) -> Self {
        Bad::Raise(control::FAULT, Some(Fault::new(code, pc, message)))
    }
}

/// The nearest end was met by a match of state `st` that needs more bits: calls
/// the refill rule, or delivers the boundary's control symbol.
#[cold]
pub(super) fn boundary<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    st: &StateRec,
    row: u32,
    entries: u64,
) -> Step {
    match s.nearest() {
        Boundary::Frame(i) if refill_state(&s.frames[i]).is_some() => {
            refill(cx, s, beat, i, row, entries)
        }
        end => {
            s.meet(end);
            deliver(cx, s, beat, st, end.code(), None, row, entries)
        }
    }
}

/// The beat that calls a refill rule.
pub(super) fn refill<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    frame: usize,
    row: u32,
    entries: u64,
) -> Step {
    if s.stack.len() >= cx.program.spec.parse_stack {
        return Err(Stop::Trap(stack_full(row)));
    }
    let cycle = beat.issue(row, 1, 1)?;
    s.enter(cx.program, beat, entries, cycle);
    beat.at_offset(s.reader.pos >> 3);
    s.call_refill(cx.input, frame);
    Ok(())
}

/// Delivers a control symbol to state `st`: to its own row for it, or to the
/// nearest handler.
#[allow(clippy::too_many_arguments)]
pub(super) fn deliver<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    st: &StateRec,
    code: u8,
    fault: Option<Box<Fault>>,
    row: u32,
    entries: u64,
) -> Step {
    let Some((index, control_row)) = cx.program.control_row(st, s.state, code) else {
        let raised = raise(cx, s, beat, code, fault, row, entries);
        return raised.map_err(|mut stop| {
            if let Stop::Trap(fault) = &mut stop
                && fault.pc == row
            {
                fault.pc = cx.program.own_row(st, s.state, row);
            }
            stop
        });
    };
    let taken = Taken {
        entries,
        ..Taken::nothing_read(s, index, code.into())
    };
    finish_rarely(cx, s, beat, control_row, &taken)?;
    if fault.is_some() {
        s.fault = fault;
    }
    Ok(())
}

/// Raises a control symbol: unwinds to the nearest handler, or traps.
#[cold]
pub(super) fn raise<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    code: u8,
    fault: Option<Box<Fault>>,
    row: u32,
    entries: u64,
) -> Step {
    let catches = |slot: &Slot| matches!(slot, Slot::Catch { mask, .. } if mask >> code & 1 == 1);
    let Some(depth) = s.stack.iter().rev().position(catches) else {
        return Err(Stop::Trap(uncaught(cx, s, code, fault, row)));
    };
    let popped = depth + 1;
    let cost = 1 + popped as u64;
    let cycle = beat.issue(row, cost, cost)?;
    s.enter(cx.program, beat, entries, cycle);
    for _ in 0..popped {
        pop_slot(cx, s);
    }
    beat.at_offset(s.reader.pos >> 3);
    if fault.is_some() {
        s.fault = fault;
    }
    Ok(())
}

/// Takes one entry from the parse stack and undoes what it stands for. A
/// handler takes control.
pub(super) fn pop_slot(cx: Cx, s: &mut State) {
    match s.stack.pop() {
        Some(Slot::Counter { outer, .. }) => s.set_index(outer),
        Some(Slot::Refill) => s.end_refill(cx.program, None),
        Some(Slot::Catch { state, frames, .. }) => {
            s.state = state.into();
            s.frames.truncate(frames.into());
            s.relimit();
        }
        Some(Slot::Return(_) | Slot::Saved(_)) | None => {}
    }
}

/// The fault of a full parse stack.
#[cold]
pub(super) fn stack_full(row: u32) -> Box<Fault> {
    Fault::new(TrapCode::Capacity, row, "the parse stack is full")
}

#[cold]
fn uncaught(cx: Cx, s: &State, code: u8, fault: Option<Box<Fault>>, row: u32) -> Box<Fault> {
    let place = in_rule(cx, s);
    match code {
        control::END => Fault::new(
            TrapCode::UnexpectedEnd,
            row,
            format!("the input ended{place}"),
        ),
        control::FRAME => Fault::new(
            TrapCode::UnexpectedEnd,
            row,
            format!("a frame ended{place}"),
        ),
        control::MARKER if s.escapes.met() <= 0xFF => Fault::new(
            TrapCode::UnexpectedEnd,
            row,
            format!("a marker {:#04x} came{place}", s.escapes.met()),
        ),
        control::FAULT => fault
            .or_else(|| s.fault.clone())
            .unwrap_or_else(|| Fault::new(TrapCode::Fail, row, format!("FAULT was raised{place}"))),
        _ => {
            let name = control::NAMES.iter().find(|(_, c)| *c == code);
            let name = name.map_or_else(|| code.to_string(), |(n, _)| (*n).to_owned());
            Fault::new(
                TrapCode::NoAlternative,
                row,
                format!("nothing catches control symbol {name}{place}"),
            )
        }
    }
}

/// ` in rule "name"` for the present state, or nothing.
pub(super) fn in_rule(cx: Cx, s: &State) -> String {
    let state = if s.state == cx.program.dropping() {
        s.dropping.then
    } else {
        s.state
    };
    match cx.program.rule_of(state) {
        Some(name) => format!(" in rule `{name}`"),
        None => String::new(),
    }
}
