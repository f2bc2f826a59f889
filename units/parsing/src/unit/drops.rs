//! The beats of rows that drop input: skip, unframe, drain. One intake entry
//! per beat, so a drop of any length needs no more look-ahead than a match.

use orrery_shared::{Beat, Step};

use super::Cx;
use super::escape::drop_escaped;
use super::input::Boundary;
use super::raise::{raise, refill};
use super::state::{Drop, State, refill_state};

pub(super) fn drop_beat<B: Beat>(cx: Cx, s: &mut State, beat: &mut B) -> Step {
    if s.escapes.on() && !matches!(s.dropping.what, Drop::Raw(_)) {
        return drop_escaped(cx, s, beat);
    }
    let row = s.dropping.row;
    let pos = s.reader.pos;
    let left = s.to_drop().unwrap_or(0);
    let mut bits = left.min(s.limit.saturating_sub(pos));
    if bits == 0 {
        return match s.nearest() {
            Boundary::Frame(i) if refill_state(&s.frames[i]).is_some() => {
                refill(cx, s, beat, i, row, 0)
            }
            end => raise(cx, s, beat, end.code(), None, row, 0),
        };
    }
    let mut entries = 0;
    if pos < s.reader.joint {
        bits = bits.min(s.reader.joint - pos);
    } else {
        let shift = cx.program.entry_shift + 3;
        bits = bits.min((((pos >> shift) + 1) << shift) - pos);
        entries = s.entries_to(cx.program, pos + bits);
    }
    s.await_entries(beat, entries)?;
    let mut after = s.reader;
    after.pos += bits;
    let bytes = after.byte().saturating_sub(s.reader.byte());
    let spec = &cx.program.spec;
    let rate = if s.checks.running() {
        spec.skip_rate.min(spec.check_rate)
    } else {
        spec.skip_rate
    };
    let cycle = beat.issue(row, bytes.div_ceil(rate.into()).max(1), 1)?;
    s.reader = after;
    if s.escapes.on() {
        let byte = s.reader.byte();
        s.escapes.back(byte);
    }
    s.enter(cx.program, beat, entries, cycle);
    beat.at_offset(s.reader.pos >> 3);
    if let Drop::Bits(n) | Drop::Raw(n) = &mut s.dropping.what {
        *n -= bits;
    }
    s.settle_dropping(cx.program);
    Ok(())
}
