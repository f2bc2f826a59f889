//! System operations: planned before the row issues, carried out after.

use orrery_output::check::Algorithm;
use orrery_shared::TrapCode;

use super::Cx;
use super::escape::Table;
use super::map_build::{Code, Order, Plan as MapPlan, Refusal, assign};
use super::program::RowRec;
use super::raise::{Bad, in_rule, pop_slot};
use super::state::{Drop, Dropping, Frame, Mark, Slot, State};
use crate::isa::{BITS, NONE, SysOp, control};

/// What a row does besides writing registers.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    None,
    Frame(Frame),
    Unframe(u64),
    Skip(u64),
    Drain,
    Align,
    More(u32),
    Finish,
    Mark(u16, Mark),
    Rewind(u64, u64),
    Escape(Option<Table>),
    Start(u16, Algorithm),
    Stop(u16),
    NewMap([u8; 4], u32),
    Reset(u32),
    Insert(u32, Code),
    Fill(u32, MapPlan),
    Close(u32),
    Accept(u16),
    Warn(u16),
}

/// An effect and the cycles that the row takes. Work is the same number.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub effect: Effect,
    pub occupancy: u64,
}

impl From<Effect> for Plan {
    fn from(effect: Effect) -> Self {
        Plan {
            effect,
            occupancy: 1,
        }
    }
}

/// Plans an operation; results are written to registers at once.
pub(super) fn plan(
    cx: Cx,
    s: &mut State,
    op: SysOp,
    row: &RowRec,
    index: u32,
) -> Result<Plan, Bad> {
    let b = s.operand(row.b);
    let bad_operand = |message: String| Bad::trap(TrapCode::BadOperand, index, message);
    let innermost = s.frames[s.reader.first_frame..].last().copied();
    let effect = match op {
        SysOp::Frame => {
            if s.frames.len() >= cx.program.spec.len_stack {
                return Err(Bad::trap(
                    TrapCode::Capacity,
                    index,
                    "the LEN stack is full",
                ));
            }
            if s.escapes.on() && row.imm != NONE {
                return Err(exclusive(index));
            }
            Effect::Frame(Frame {
                end: s.reader.pos.div_ceil(8) + u64::from(b),
                refill: row.imm,
                serial: s.serial.wrapping_add(1),
            })
        }
        SysOp::Unframe => {
            let frame = innermost.ok_or_else(|| bad_operand("no frame is open".into()))?;
            Effect::Unframe((frame.end << 3).saturating_sub(s.reader.pos))
        }
        SysOp::Skip => {
            // As for frames, a started byte counts as read.
            let started = s.reader.pos.next_multiple_of(8) - s.reader.pos;
            Effect::Skip(started + (u64::from(b) << 3))
        }
        SysOp::Drain => Effect::Drain,
        SysOp::Align => Effect::Align,
        SysOp::More | SysOp::Finish if s.levels.is_empty() => {
            return Err(bad_operand("no refill rule runs".into()));
        }
        SysOp::More => Effect::More(b),
        SysOp::Finish => Effect::Finish,
        SysOp::Position => {
            let at = s.reader.byte();
            if row.dst + 1 >= BITS {
                return Err(bad_operand("a position takes two captures".into()));
            }
            s.set(row.dst, at as u32);
            s.set(row.dst + 1, (at >> 32) as u32);
            Effect::None
        }
        SysOp::Mark => Effect::Mark(
            row.imm & 3,
            Mark {
                pos: s.reader.pos,
                clear: s.escapes.clear(),
                place: s.place(),
            },
        ),
        SysOp::Rewind => rewind(cx, s, row, index)?,
        SysOp::CheckCrc => {
            let constant = |i| s.operand(row.b + i);
            let algorithm = Algorithm::crc(constant(0), constant(1), constant(2), constant(3));
            Effect::Start(row.imm, algorithm.map_err(bad_operand)?)
        }
        SysOp::CheckSums => {
            let algorithm = Algorithm::sums(b, s.operand(row.b + 1));
            Effect::Start(row.imm, algorithm.map_err(bad_operand)?)
        }
        SysOp::CheckStop => {
            let value = s.checks.value(row.imm, cx.input, s.reader.byte());
            let value = value
                .ok_or_else(|| bad_operand(format!("check circuit {} does not run", row.imm)))?;
            s.set(row.dst, value);
            Effect::Stop(row.imm)
        }
        SysOp::NewMap => {
            let strides = std::array::from_fn(|i| (row.imm >> (4 * i) & 15) as u8);
            s.maps
                .check_new(strides, b)
                .map_err(|message| Bad::trap(TrapCode::Capacity, index, message))?;
            s.set(row.dst, s.maps.next_handle() as u32);
            Effect::NewMap(strides, b)
        }
        SysOp::ResetMap | SysOp::CloseMap | SysOp::MapLeft => {
            let handle = s.operand(row.a.into());
            let map = s.maps.get(handle).ok_or_else(|| no_map(handle, index))?;
            match op {
                SysOp::ResetMap => Effect::Reset(handle),
                SysOp::CloseMap => Effect::Close(handle),
                _ => {
                    let left = map.free.div_ceil(2) as u32;
                    s.set(row.dst, left);
                    Effect::None
                }
            }
        }
        SysOp::Insert => return insert(s, row, index),
        SysOp::Fill => return fill(s, row, index),
        SysOp::Accept => Effect::Accept(row.imm),
        SysOp::Fail => {
            let text = cx.program.texts.get(usize::from(row.imm));
            let text = text.map_or("(no text)", String::as_str);
            let message = format!("{text}{}", in_rule(cx, s));
            return Err(Bad::data(TrapCode::Fail, index, message));
        }
        SysOp::Warn => Effect::Warn(row.imm),
        SysOp::Raise => return Err(Bad::Raise(row.imm as u8 & 7, None)),
        SysOp::EscapeOn => {
            let frames = &s.frames[s.reader.first_frame..];
            if frames.iter().any(|f| f.refill != NONE) {
                return Err(exclusive(index));
            }
            let words = (0..=row.imm).map(|i| s.operand(row.b + i));
            let words: Vec<u32> = words.collect();
            Effect::Escape(Some(Table::new(words.into_iter()).map_err(bad_operand)?))
        }
        SysOp::EscapeOff => Effect::Escape(None),
        SysOp::MarkerMet => {
            s.set(row.dst, s.escapes.met());
            Effect::None
        }
        SysOp::BytesLeft => {
            let left = innermost.map_or(u64::from(u32::MAX), |f| {
                (f.end << 3).saturating_sub(s.reader.pos) >> 3
            });
            s.set(row.dst, left.min(u32::MAX.into()) as u32);
            Effect::None
        }
    };
    Ok(effect.into())
}

fn exclusive(index: u32) -> Bad {
    Bad::trap(
        TrapCode::BadOperand,
        index,
        "an escape table and a frame with a refill rule exclude each other",
    )
}

fn no_map(handle: u32, index: u32) -> Bad {
    Bad::trap(TrapCode::BadHandle, index, format!("{handle} is no map"))
}

fn refused(refusal: Refusal, index: u32) -> Bad {
    match refusal {
        Refusal::Data(code, message) => Bad::data(code, index, message),
        Refusal::Trap(code, message) => Bad::trap(code, index, message),
    }
}

fn rewind(cx: Cx, s: &State, row: &RowRec, index: u32) -> Result<Effect, Bad> {
    let bad = |message: String| Bad::trap(TrapCode::BadOperand, index, message);
    let number = row.imm & 3;
    let mark =
        s.marks[usize::from(number)].ok_or_else(|| bad(format!("mark {number} is not set")))?;
    if mark.place != s.place() || mark.place.checks || mark.pos > s.reader.pos {
        return Err(bad(format!(
            "mark {number} lies across a frame, a refill, a catch or a check region"
        )));
    }
    let fetched = s.intake.next() << cx.program.entry_shift;
    if fetched.saturating_sub(mark.pos >> 3) > cx.program.spec.history {
        return Err(Bad::trap(
            TrapCode::Capacity,
            index,
            format!("mark {number} is no longer in the history ring"),
        ));
    }
    Ok(Effect::Rewind(mark.pos, mark.clear))
}

fn insert(s: &State, row: &RowRec, index: u32) -> Result<Plan, Bad> {
    let [handle, code, length, entry] = row.operands.map(|o| s.operand(o));
    let map = s.maps.get(handle).ok_or_else(|| no_map(handle, index))?;
    if length > 32 || u64::from(code) >> length != 0 {
        return Err(Bad::data(
            TrapCode::Bounds,
            index,
            format!("{code:#x} is no code of {length} bits"),
        ));
    }
    let code = Code {
        bits: (u64::from(code) << (32 - length)) as u32,
        length,
        entry,
    };
    let written = map.plan_insert(&code).map_err(|r| refused(r, index))?;
    Ok(Plan {
        effect: Effect::Insert(handle, code),
        occupancy: written,
    })
}

fn fill(s: &State, row: &RowRec, index: u32) -> Result<Plan, Bad> {
    let [handle, lengths, count, entries] = row.operands.map(|o| s.operand(o) as usize);
    let map = s.maps.get(handle as u32);
    let map = map.ok_or_else(|| no_map(handle as u32, index))?;
    let outside = || {
        Bad::data(
            TrapCode::Bounds,
            index,
            format!("{count} symbols' lengths and entries do not lie inside staging memory"),
        )
    };
    let field = |from: usize, size: usize| s.staging.get(from..from + size).ok_or_else(outside);
    let lengths = field(lengths, count)?;
    let entries = field(entries, count * 4)?;
    let order = match row.imm {
        0 => Order::ByLength,
        _ => Order::FirstFit,
    };
    let entry = |i: usize| {
        let bytes = &entries[4 * i..4 * i + 4];
        bytes.iter().rev().fold(0, |v, &b| v << 8 | u32::from(b))
    };
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let codes = assign(lengths, map.longest(), order, entry).map_err(|r| refused(r, index))?;
    let plan = map.plan_fill(codes).map_err(|r| refused(r, index))?;
    let cycles = count as u64 + plan.written + 2 * u64::from(longest);
    Ok(Plan {
        effect: Effect::Fill(handle as u32, plan),
        occupancy: cycles.max(1),
    })
}

/// Carries out an effect, before the staging access.
pub(super) fn apply(s: &mut State, effect: &Effect) {
    let byte = s.reader.byte();
    match *effect {
        Effect::Frame(frame) => {
            s.serial = frame.serial;
            s.frames.push(frame);
            s.relimit();
        }
        Effect::Unframe(_) => {
            s.frames.pop();
            s.relimit();
        }
        Effect::Align => {
            s.reader.pos = s.reader.pos.next_multiple_of(8);
            s.refast();
        }
        Effect::Mark(number, mark) => s.marks[usize::from(number)] = Some(mark),
        Effect::Escape(table) => {
            s.reader.pos = byte << 3;
            s.escapes.switch(table, byte);
            s.refast();
        }
        Effect::Rewind(pos, clear) => {
            s.reader.pos = pos;
            s.escapes.back(clear);
            s.refast();
        }
        Effect::Start(circuit, algorithm) => s.checks.start(circuit, algorithm, byte),
        Effect::Stop(circuit) => s.checks.stop(circuit),
        Effect::NewMap(strides, rows) => s.maps.create(strides, rows),
        Effect::Close(handle) => s.maps.close(handle),
        Effect::Reset(handle) => {
            if let Some(map) = s.maps.get_mut(handle) {
                map.reset();
            }
        }
        Effect::Insert(handle, ref code) => {
            if let Some(map) = s.maps.get_mut(handle) {
                map.insert(code);
            }
        }
        Effect::Fill(handle, ref plan) => {
            if let Some(map) = s.maps.get_mut(handle) {
                map.fill(plan);
            }
        }
        Effect::Warn(text) => s.warn(text),
        Effect::None
        | Effect::Skip(_)
        | Effect::Drain
        | Effect::More(_)
        | Effect::Finish
        | Effect::Accept(_) => {}
    }
}

/// The part of an effect that changes what follows, after the stack operation.
pub(super) fn redirect(cx: Cx, s: &mut State, effect: &Effect, row: u32) {
    let what = match *effect {
        Effect::Unframe(bits) => Drop::Raw(bits),
        Effect::Skip(bits) => Drop::Bits(bits),
        Effect::Drain => Drop::Frame,
        Effect::More(_) | Effect::Finish => {
            // The rule ends wherever it stands.
            while !matches!(s.stack.last(), Some(Slot::Refill) | None) {
                pop_slot(cx, s);
            }
            s.stack.pop();
            let more = match *effect {
                Effect::More(n) => Some(n),
                _ => None,
            };
            s.end_refill(cx.program, more);
            return;
        }
        Effect::Accept(number) => {
            s.accepted = Some(u32::from(number));
            s.state = cx.program.done();
            return;
        }
        _ => return,
    };
    let then = s.state;
    s.start_dropping(cx.program, Dropping { what, row, then });
}

/// All control symbols have a bit in a handler's mask.
const _: () = assert!(control::COUNT <= 16);
