//! The match ports: what a state makes of its symbol.

use orrery_shared::{Beat, Fault, Step, Stop, TrapCode, WaitCause};

use super::Cx;
use super::drops::drop_beat;
use super::escape::look_ahead;
use super::finish::{Taken, finish_rarely, go_on};
use super::general::{Pop, general};
use super::input::{Boundary, first, load};
use super::maps::Found;
use super::program::{Kind, StateRec};
use super::raise::{boundary, deliver, in_rule};
use super::state::{State, refill_state};
use crate::isa::{IntKind, control};

/// Longest word that one load surely has.
const LOADED: u64 = 57;

/// One beat.
#[inline(always)]
pub(super) fn step<B: Beat>(cx: Cx, s: &mut State, beat: &mut B) -> Step {
    let Some(st) = cx.program.states.get(s.state as usize) else {
        return Err(undefined_state(s.state, 0));
    };
    match st.kind {
        Kind::Map => map::<false, B>(cx, s, beat, st),
        Kind::MapLsb => map::<true, B>(cx, s, beat, st),
        Kind::Symbol => symbol::<false, B>(cx, s, beat, st),
        Kind::SymbolLsb => symbol::<true, B>(cx, s, beat, st),
        Kind::Int => int::<false, B>(cx, s, beat, st),
        Kind::IntLsb => int::<true, B>(cx, s, beat, st),
        Kind::None | Kind::Cond | Kind::Value => {
            let symbol = match st.kind {
                Kind::Cond => u32::from(st.truth >> s.flags & 1),
                Kind::Value => s.operand(st.reg.into()) >> st.shift & ((1 << st.width) - 1),
                _ => 0,
            };
            let Some((index, row)) = cx.program.select(st, s.state, symbol) else {
                return no_alternative(cx, s, beat, st, Seen::Value(symbol), 0);
            };
            go_on(cx, s, beat, row, Taken::nothing_read(s, index, symbol))
        }
        Kind::Flag => {
            let word = beat.peek(cx.program.ports.flag)?.a[0];
            let symbol = word & ((1 << st.width) - 1);
            let Some((index, row)) = cx.program.select(st, s.state, symbol) else {
                return no_alternative(cx, s, beat, st, Seen::Value(symbol), 0);
            };
            let taken = Taken::nothing_read(s, index, word);
            general(cx, s, beat, row, taken, Pop::Flag)
        }
        Kind::Reply => {
            let reply = beat.peek(cx.program.ports.reply)?;
            let Some((index, row)) = cx.program.select(st, s.state, 0) else {
                return no_alternative(cx, s, beat, st, Seen::Value(0), 0);
            };
            let taken = Taken {
                high: reply.a[1],
                ..Taken::nothing_read(s, index, reply.a[0])
            };
            general(cx, s, beat, row, taken, Pop::Reply)
        }
        Kind::Dropping => drop_beat(cx, s, beat),
        Kind::Loading => first_row(cx, s, beat),
        Kind::Done => Err(Stop::Done),
        Kind::Undefined => Err(undefined_state(s.state, st.base)),
    }
}

/// The first beat: what every other one needs, and before that the program.
#[cold]
#[inline(never)]
fn first_row<B: Beat>(cx: Cx, s: &mut State, beat: &mut B) -> Step {
    beat.ready(WaitCause::Loading, cx.program.load_cycles)?;
    s.state = cx.program.entry;
    let done = step(cx, s, beat);
    if done.is_err() {
        // It will be asked again, with the same needs.
        s.state = cx.program.loading();
    }
    done
}

#[inline(always)]
fn symbol<const LSB: bool, B: Beat>(cx: Cx, s: &mut State, beat: &mut B, st: &StateRec) -> Step {
    let end = s.reader.pos + u64::from(st.width);
    if end <= s.fast
        && let Some(word) = load::<LSB>(cx.input, s.reader.pos)
    {
        let symbol = first::<LSB>(word, st.width.into()) as u32;
        if let Some((index, row)) = cx.program.select(st, s.state, symbol)
            && row.consume <= st.width
        {
            let taken = Taken {
                entries: s.need(cx.program, beat, end)?,
                ..Taken::read(s, index, symbol, row.consume.into())
            };
            return go_on(cx, s, beat, row, taken);
        }
    }
    symbol_slow::<LSB, B>(cx, s, beat, st)
}

#[inline(never)]
fn symbol_slow<const LSB: bool, B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    st: &StateRec,
) -> Step {
    let width = u32::from(st.width);
    let mut peek = s.peek::<LSB, B>(cx.program, cx.input, beat, width)?;
    if peek.starved {
        return look_ahead(cx, s, beat, st.base);
    }
    if peek.valid == 0 && ended(s) {
        let end = s.nearest();
        let code = end.code();
        if let Some((index, row)) = cx.program.control_row(st, s.state, code) {
            s.meet(end);
            let taken = Taken {
                entries: peek.entries,
                ..Taken::nothing_read(s, index, code.into())
            };
            return finish_rarely(cx, s, beat, row, &taken);
        }
    }
    let symbol = first::<LSB>(peek.word, width) as u32;
    let Some((index, row)) = cx.program.select(st, s.state, symbol) else {
        if peek.valid < width {
            return boundary(cx, s, beat, st, st.base, peek.entries);
        }
        return no_alternative(cx, s, beat, st, Seen::Bits(symbol, width), peek.entries);
    };
    let consumed = u32::from(row.consume);
    if consumed > width {
        peek = s.peek::<LSB, B>(cx.program, cx.input, beat, consumed)?;
        if peek.starved {
            return look_ahead(cx, s, beat, index);
        }
    }
    if consumed > peek.valid {
        return boundary(cx, s, beat, st, index, peek.entries);
    }
    let taken = Taken {
        entries: peek.entries,
        to: s.after(cx.input, consumed),
        ..Taken::read(s, index, symbol, consumed)
    };
    finish_rarely(cx, s, beat, row, &taken)
}

/// Whether the nearest end is final: no refill rule stands behind it.
fn ended(s: &State) -> bool {
    match s.nearest() {
        Boundary::Frame(i) => refill_state(&s.frames[i]).is_none(),
        Boundary::End | Boundary::Marker => true,
    }
}

#[inline(always)]
fn int<const LSB: bool, B: Beat>(cx: Cx, s: &mut State, beat: &mut B, st: &StateRec) -> Step {
    let n = if st.n_from_reg {
        s.operand(st.reg.into())
    } else {
        st.width.into()
    };
    if n > 32 || (st.little && n & 7 != 0) {
        return Err(Stop::Trap(Fault::new(
            TrapCode::BadOperand,
            cx.program.own_row(st, s.state, st.base),
            format!("an integer of {n} bits"),
        )));
    }
    let Some((index, row)) = cx.program.select(st, s.state, 0) else {
        return no_alternative(cx, s, beat, st, Seen::Value(0), 0);
    };
    if n == 0 {
        return go_on(cx, s, beat, row, Taken::nothing_read(s, index, 0));
    }
    let end = s.reader.pos + u64::from(n);
    let (word, entries, to) = match load::<LSB>(cx.input, s.reader.pos) {
        Some(word) if end <= s.fast => (word, s.need(cx.program, beat, end)?, end),
        _ => {
            let peek = s.peek::<LSB, B>(cx.program, cx.input, beat, n)?;
            if peek.starved {
                return look_ahead(cx, s, beat, index);
            }
            if peek.valid < n {
                return boundary(cx, s, beat, st, index, peek.entries);
            }
            (peek.word, peek.entries, s.after(cx.input, n))
        }
    };
    let value = number(st, first::<LSB>(word, n), n);
    let taken = Taken {
        entries,
        to,
        ..Taken::read(s, index, value, n)
    };
    go_on(cx, s, beat, row, taken)
}

/// The integer that `n` (1 to 32) bits mean.
#[inline(always)]
fn number(st: &StateRec, bits: u64, n: u32) -> u32 {
    let bits = if st.little {
        bits.swap_bytes() >> (64 - n)
    } else {
        bits
    };
    match st.int {
        IntKind::Unsigned => bits as u32,
        IntKind::Signed => ((bits << (64 - n)) as i64 >> (64 - n)) as u32,
        IntKind::Extended => {
            let negative = bits >> (n - 1) == 0;
            let bias = if negative { (1u64 << n) - 1 } else { 0 };
            bits.wrapping_sub(bias) as u32
        }
    }
}

#[inline(always)]
fn map<const LSB: bool, B: Beat>(cx: Cx, s: &mut State, beat: &mut B, st: &StateRec) -> Step {
    let handle = s.operand(st.reg.into());
    if let Some(map) = s.maps.get(handle)
        && map.lsb == LSB
        && let Some(word) = load::<LSB>(cx.input, s.reader.pos)
    {
        let ready = s.fast.saturating_sub(s.reader.pos).min(LOADED) as u32;
        if let Found::Code {
            entry,
            length,
            seen,
            levels,
        } = map.find::<LSB, false>(word, ready)
            && let Some((index, row)) = cx.program.select(st, s.state, entry >> 28)
        {
            let end = s.reader.pos + u64::from(seen);
            let taken = Taken {
                bits: entry >> 22 & 63,
                occupancy: levels.into(),
                entries: s.need(cx.program, beat, end)?,
                ..Taken::read(s, index, entry & 0x3F_FFFF, length)
            };
            return go_on(cx, s, beat, row, taken);
        }
    }
    map_slow::<LSB, B>(cx, s, beat, st, handle)
}

#[inline(never)]
fn map_slow<const LSB: bool, B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    st: &StateRec,
    handle: u32,
) -> Step {
    let Some(map) = s.maps.get_mut(handle) else {
        return Err(no_map(cx, s, handle, st));
    };
    map.turn(LSB);
    let mut bits = u32::from(map.strides[0]);
    loop {
        let peek = s.peek::<LSB, B>(cx.program, cx.input, beat, bits)?;
        if peek.starved {
            return look_ahead(cx, s, beat, st.base);
        }
        let Some(map) = s.maps.get(handle) else {
            return Err(no_map(cx, s, handle, st));
        };
        let found = if map.lsb == LSB {
            map.find::<LSB, false>(peek.word, bits)
        } else {
            map.find::<LSB, true>(peek.word, bits)
        };
        match found {
            Found::Code {
                entry,
                length,
                levels,
                ..
            } => {
                let Some((index, row)) = cx.program.select(st, s.state, entry >> 28) else {
                    if length > peek.valid {
                        return boundary(cx, s, beat, st, st.base, peek.entries);
                    }
                    let seen = Seen::Kind(entry >> 28);
                    return no_alternative(cx, s, beat, st, seen, peek.entries);
                };
                if length > peek.valid {
                    return boundary(cx, s, beat, st, index, peek.entries);
                }
                let taken = Taken {
                    bits: entry >> 22 & 63,
                    occupancy: levels.into(),
                    entries: peek.entries,
                    to: s.after(cx.input, length),
                    ..Taken::read(s, index, entry & 0x3F_FFFF, length)
                };
                return finish_rarely(cx, s, beat, row, &taken);
            }
            Found::More { .. } | Found::Unused { .. } if peek.valid < bits => {
                return boundary(cx, s, beat, st, st.base, peek.entries);
            }
            Found::More { bits: more } => bits = more,
            Found::Unused { bits } => {
                let code = first::<LSB>(peek.word, bits);
                let message = format!(
                    "no symbol has the code that begins {}{}",
                    arrival::<LSB>(code, bits),
                    in_rule(cx, s)
                );
                let row = cx.program.own_row(st, s.state, st.base);
                let fault = Fault::new(TrapCode::UnusedCode, row, message);
                let fault = Some(fault);
                return deliver(
                    cx,
                    s,
                    beat,
                    st,
                    control::FAULT,
                    fault,
                    st.base,
                    peek.entries,
                );
            }
        }
    }
}

#[cold]
fn no_map(cx: Cx, s: &State, handle: u32, st: &StateRec) -> Stop {
    Stop::Trap(Fault::new(
        TrapCode::BadHandle,
        cx.program.own_row(st, s.state, st.base),
        format!("{handle} is no map"),
    ))
}

/// Bits in order of arrival, as text.
fn arrival<const LSB: bool>(code: u64, bits: u32) -> String {
    let bit = |i: u32| if LSB { code >> i } else { code >> (bits - 1 - i) } & 1;
    (0..bits)
        .map(|i| if bit(i) == 1 { '1' } else { '0' })
        .collect()
}

/// What did not match.
enum Seen {
    Bits(u32, u32),
    Kind(u32),
    Value(u32),
}

#[cold]
fn no_alternative<B: Beat>(
    cx: Cx,
    s: &mut State,
    beat: &mut B,
    st: &StateRec,
    seen: Seen,
    entries: u64,
) -> Step {
    let what = match seen {
        Seen::Bits(value, 8) => match char::from_u32(value) {
            Some(c) if c.is_ascii_graphic() => format!("byte {value:#04x} '{c}'"),
            _ => format!("byte {value:#04x}"),
        },
        Seen::Bits(value, width) => format!("{width} bits 0b{value:0n$b}", n = width as usize),
        Seen::Kind(kind) => format!("a code of kind {kind}"),
        Seen::Value(value) => format!("value {value}"),
    };
    let message = format!("no alternative for {what}{}", in_rule(cx, s));
    let row = cx.program.own_row(st, s.state, st.base);
    let fault = Some(Fault::new(TrapCode::NoAlternative, row, message));
    deliver(cx, s, beat, st, control::FAULT, fault, st.base, entries)
}

#[cold]
fn undefined_state(state: u32, base: u32) -> Stop {
    Stop::Trap(Fault::new(
        TrapCode::UndefinedWord,
        base,
        format!("state {state} is no state word"),
    ))
}
