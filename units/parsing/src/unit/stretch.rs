//! Stretches: rows that follow each other whatever the input is, carried out in
//! one step (`docs/notes/blocks.md`).
//!
//! A stretch starts with any row that was matched. Behind it come rows that
//! match nothing, read an integer of known width, or look at a predicate, which
//! is taken to come out as it did not on the way out of a loop; if it comes out
//! differently the stretch is left before that row. It can also be left before
//! a row that sends an action. Everything else is for [`super::ports`].

use std::sync::Arc;

use orrery_shared::{Beat, Entry, Run, RunRow};

use super::finish::{NO_BITS, Taken};
use super::input::{first, load};
use super::program::{Kind, Program, RowRec, StateRec, has};
use super::state::State;
use super::{Cx, alu};
use crate::isa::{AluOp, CAPTURES, CaptureMode, IntKind, POOL};

/// Rows of a stretch.
const MOST_ROWS: usize = 24;
/// Bits that the rows behind the first one read: one load has them.
const MOST_BITS: u32 = 57;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Do {
    /// Keeps the matched value, as far as it is in `mask`, and adds `imm`.
    Keep,
    /// Reads `n` bits and adds `imm`.
    Read,
    ReadLsb,
    /// Adds `a` too.
    ReadAdd,
    /// Reads bits and forgets them.
    Skip,
    SkipLsb,
    /// ALU operations whose flags nobody sees: `a + imm`, `a + b`, any.
    Add,
    AddPair,
    Value,
    /// ALU operations: subtractions and comparisons, any.
    Subtract,
    Compare,
    Flags,
    /// A subtraction or comparison, and leaves unless the flags are in `mask`.
    SubtractGuard,
    CompareGuard,
    /// Leaves before this row unless the flags are in `imm`.
    Guard,
    /// Leaves before this row unless an action can be sent.
    Room,
    /// Sends action `imm`.
    Send,
}

/// An operation.
#[derive(Clone, Copy, Debug)]
struct Op {
    what: Do,
    alu: AluOp,
    /// Bits that are read.
    n: u8,
    /// The row that it belongs to.
    row: u8,
    d: u8,
    /// Whether `imm` takes the place of `b`.
    b_imm: bool,
    a: u16,
    b: u16,
    imm: u32,
    mask: u32,
}

/// An action.
#[derive(Clone, Copy, Debug)]
struct Send {
    op: u16,
    imm: u16,
    n: u16,
    operands: [u16; 4],
}

/// Where the unit stands in front of a row.
#[derive(Clone, Debug)]
struct Exit {
    state: u32,
    /// The rows before it.
    run: Arc<Run>,
    /// The row.
    pc: u32,
}

/// Rows that follow each other.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    ops: Vec<Op>,
    sends: Vec<Send>,
    /// One before each row, and one behind all.
    exits: Vec<Exit>,
    /// Bits read behind the first row, and most of one row.
    bits: u32,
    widest: u32,
    lsb: bool,
    /// The first row sends an action.
    sends_first: bool,
}

/// Whether a row can be part of a stretch.
fn is_plain(row: &RowRec) -> bool {
    row.has & (has::GENERAL | has::UNDEFINED | has::STACK) == 0
        && matches!(row.capture_mode, CaptureMode::None | CaptureMode::Value)
}

/// How a state is matched inside a stretch.
enum Match {
    Nothing,
    Integer { bits: u32, lsb: bool },
    Predicate { truth: u16 },
}

/// The row that most likely follows in a state, if a stretch can go on there.
fn next(program: &Program, state: u32) -> Option<(Match, u32, &RowRec)> {
    if state >= program.state_count {
        return None;
    }
    let st: &StateRec = program.states.get(state as usize)?;
    let plain = |symbol: u32| {
        let (index, row) = program.select(st, state, symbol)?;
        is_plain(row).then_some((index, row))
    };
    let integer = st.width > 0
        && u32::from(st.width) <= 32
        && !st.n_from_reg
        && !st.little
        && st.int == IntKind::Unsigned;
    let matched = match st.kind {
        Kind::None => Match::Nothing,
        Kind::Int | Kind::IntLsb if integer => Match::Integer {
            bits: st.width.into(),
            lsb: st.kind == Kind::IntLsb,
        },
        Kind::Cond => {
            if let Some((index, row)) = plain(0) {
                return Some((Match::Predicate { truth: !st.truth }, index, row));
            }
            let (index, row) = plain(1)?;
            return Some((Match::Predicate { truth: st.truth }, index, row));
        }
        _ => return None,
    };
    let (index, row) = plain(0)?;
    Some((matched, index, row))
}

/// Whether a stretch starts with this row.
pub(super) fn starts(program: &Program, row: &RowRec) -> bool {
    is_plain(row) && next(program, row.next.into()).is_some()
}

/// The stretch that starts with a row.
#[cold]
fn build(program: &Program, index: u32) -> Option<Stretch> {
    let mut row = program.rows.get(index as usize)?;
    let mut maker = Maker {
        program,
        rows: Vec::new(),
        stretch: Stretch {
            ops: Vec::new(),
            sends: Vec::new(),
            exits: Vec::new(),
            bits: 0,
            widest: 0,
            lsb: false,
            sends_first: false,
        },
    };
    // The state of the first row is the one that it was matched in; nobody asks.
    maker.exit(0, index);
    maker.stretch.sends_first = row.has & has::ACTION != 0;
    if row.capture_mode == CaptureMode::Value {
        let op = maker.op(Do::Keep);
        op.d = row.capture_dst;
        op.mask = row.capture_mask;
    }
    maker.work(row);
    let mut at = index;
    loop {
        maker.rows.push(RunRow {
            pc: at,
            latency: 0,
            occupancy: 1,
        });
        let state = u32::from(row.next);
        let following = next(program, state).filter(|_| maker.rows.len() < MOST_ROWS);
        let Some((matched, index, following)) = following.filter(|(m, ..)| maker.fits(m)) else {
            maker.exit(state, 0);
            break;
        };
        maker.exit(state, index);
        (at, row) = (index, following);
        if let Match::Predicate { truth } = matched {
            maker.op(Do::Guard).imm = truth.into();
        }
        if row.has & has::ACTION != 0 {
            maker.op(Do::Room);
        }
        match matched {
            Match::Integer { bits, lsb } => maker.read(row, bits, lsb),
            Match::Predicate { truth } if row.capture_mode == CaptureMode::Value => {
                // The symbol: 1 if the predicate holds.
                let holds = program.states[state as usize].truth == truth;
                maker.constant(row, u32::from(holds));
            }
            _ if row.capture_mode == CaptureMode::Value => maker.constant(row, 0),
            _ => {}
        }
        maker.work(row);
    }
    maker.finish()
}

struct Maker<'a> {
    program: &'a Program,
    rows: Vec<RunRow>,
    stretch: Stretch,
}

impl Maker<'_> {
    fn op(&mut self, what: Do) -> &mut Op {
        self.stretch.ops.push(Op {
            what,
            alu: AluOp::None,
            n: 0,
            row: self.rows.len() as u8,
            d: 0,
            b_imm: false,
            a: 0,
            b: 0,
            imm: 0,
            mask: 0,
        });
        let last = self.stretch.ops.len() - 1;
        &mut self.stretch.ops[last]
    }

    fn exit(&mut self, state: u32, pc: u32) {
        let id = self.program.next_run();
        let work = self.rows.len() as u64;
        self.stretch.exits.push(Exit {
            state,
            run: Run::new(id, self.rows.clone(), work),
            pc,
        });
    }

    /// Whether a match can be part of this stretch.
    fn fits(&self, matched: &Match) -> bool {
        match matched {
            Match::Integer { bits, lsb } => {
                let read = self.stretch.bits;
                read + bits <= MOST_BITS && (read == 0 || self.stretch.lsb == *lsb)
            }
            _ => true,
        }
    }

    fn read(&mut self, row: &RowRec, bits: u32, lsb: bool) {
        let stretch = &mut self.stretch;
        stretch.bits += bits;
        stretch.widest = stretch.widest.max(bits);
        stretch.lsb = lsb;
        let captures = row.capture_mode == CaptureMode::Value;
        let op = self.op(match (captures, lsb) {
            (true, false) => Do::Read,
            (true, true) => Do::ReadLsb,
            (false, false) => Do::Skip,
            (false, true) => Do::SkipLsb,
        });
        op.n = bits as u8;
        op.d = row.capture_dst;
        if captures && bits < 32 && row.capture_mask >> bits == 0 {
            let op = self.op(Do::Value);
            op.alu = AluOp::And;
            (op.d, op.a) = (row.capture_dst, row.capture_dst.into());
            (op.b_imm, op.imm) = (true, row.capture_mask);
        }
    }

    fn constant(&mut self, row: &RowRec, value: u32) {
        let op = self.op(Do::Value);
        op.alu = AluOp::Move;
        op.d = row.capture_dst;
        (op.b_imm, op.imm) = (true, value & row.capture_mask);
    }

    /// What a row does after its match.
    fn work(&mut self, row: &RowRec) {
        if row.has & has::ALU != 0 {
            let op = self.op(Do::Flags);
            op.alu = row.alu;
            op.d = row.dst;
            op.a = row.a.into();
            op.b = row.b;
            op.b_imm = row.b_imm;
            op.imm = row.imm.into();
        }
        if row.has & has::ACTION != 0 {
            let send = Send {
                op: row.action_op.into(),
                imm: row.action_target,
                n: row.action_n,
                operands: row.operands,
            };
            self.stretch.sends.push(send);
            let index = self.stretch.sends.len() as u32 - 1;
            self.op(Do::Send).imm = index;
        }
    }

    fn finish(mut self) -> Option<Stretch> {
        // Flags that are set again before anybody looks need not be worked out.
        let mut seen = true;
        for op in self.stretch.ops.iter_mut().rev() {
            match op.what {
                Do::Guard | Do::Room => seen = true,
                Do::Flags => {
                    let chained = matches!(op.alu, AluOp::Adc | AluOp::Sbb);
                    if !seen && !chained {
                        op.what = Do::Value;
                    }
                    seen = chained;
                }
                _ => {}
            }
        }
        let ops = std::mem::take(&mut self.stretch.ops);
        for mut op in ops {
            if op.what == Do::Value {
                if !alu::writes(op.alu) {
                    continue;
                }
                let negative = op.alu == AluOp::Sub && op.b_imm;
                if negative {
                    (op.alu, op.imm) = (AluOp::Add, op.imm.wrapping_neg());
                }
                if op.alu == AluOp::Add && !op.b_imm {
                    op.what = Do::AddPair;
                    // To what was just read: the other one is not it.
                    let d = u16::from(op.d);
                    let other = if op.a == d { op.b } else { op.a };
                    if let Some(last) = self.stretch.ops.last_mut()
                        && last.what == Do::Read
                        && last.d == op.d
                        && (op.a == d) != (op.b == d)
                    {
                        last.what = Do::ReadAdd;
                        last.a = other;
                        continue;
                    }
                }
                if op.alu == AluOp::Add && op.b_imm {
                    op.what = Do::Add;
                    // A bias of what was just read or matched.
                    if let Some(last) = self.stretch.ops.last_mut()
                        && matches!(last.what, Do::Keep | Do::Read | Do::ReadLsb)
                        && last.d == op.d
                        && op.a == u16::from(op.d)
                    {
                        last.imm = last.imm.wrapping_add(op.imm);
                        continue;
                    }
                }
            }
            if op.what == Do::Guard
                && let Some(last) = self.stretch.ops.last_mut()
                && let Some(both) = match last.what {
                    Do::Subtract => Some(Do::SubtractGuard),
                    Do::Compare => Some(Do::CompareGuard),
                    _ => None,
                }
            {
                // Leaves before the guard's row.
                (last.what, last.row, last.mask) = (both, op.row, op.imm);
                continue;
            }
            if op.what == Do::Flags {
                op.what = match op.alu {
                    AluOp::Sub => Do::Subtract,
                    AluOp::Cmp => Do::Compare,
                    _ => Do::Flags,
                };
            }
            self.stretch.ops.push(op);
        }
        (self.rows.len() > 1).then_some(self.stretch)
    }
}

/// Carries out the stretch that starts with the row that was matched, as far as
/// nothing is in its way, and those that start with what is matched after it. False,
/// and nothing has changed, if it does not start.
pub(super) fn run<B: Beat>(cx: Cx, s: &mut State, beat: &mut B, taken: &Taken) -> bool {
    let mut taken = *taken;
    let mut started = false;
    loop {
        let Some(place) = cx.program.stretches.get(taken.row as usize) else {
            return started;
        };
        let stretch = place.get_or_init(|| build(cx.program, taken.row).map(Box::new));
        let Some(stretch) = stretch else {
            return started;
        };
        if !stretch.run(cx, s, beat, &taken) {
            return started;
        }
        started = true;
        match next_symbol(cx, s) {
            Some(next) => taken = next,
            None => return true,
        }
    }
}

/// What is matched next, if that is a symbol, plainly there, and a stretch starts with its row.
/// Whether it has come in yet is for the stretch to see.
#[inline(always)]
fn next_symbol(cx: Cx, s: &State) -> Option<Taken> {
    let st = cx.program.states.get(s.state as usize)?;
    let lsb = match st.kind {
        Kind::Symbol => false,
        Kind::SymbolLsb => true,
        _ => return None,
    };
    let width = u32::from(st.width);
    let end = s.reader.pos + u64::from(width);
    if end > s.fast {
        return None;
    }
    let symbol = if lsb {
        first::<true>(load::<true>(cx.input, s.reader.pos)?, width)
    } else {
        first::<false>(load::<false>(cx.input, s.reader.pos)?, width)
    } as u32;
    let (index, row) = cx.program.select(st, s.state, symbol)?;
    if row.consume > st.width || row.has & has::STRETCH == 0 {
        return None;
    }
    let entries = if end > s.window {
        s.entries_before(cx.program, end)
    } else {
        0
    };
    Some(Taken {
        entries,
        ..Taken::read(s, index, symbol, row.consume.into())
    })
}

impl Stretch {
    #[inline(always)]
    fn run<B: Beat>(&self, cx: Cx, s: &mut State, beat: &mut B, taken: &Taken) -> bool {
        let end = taken.to + u64::from(self.bits);
        let mut word = 0;
        let mut entries = taken.entries;
        if self.bits > 0 {
            let loaded = if self.lsb {
                load::<true>(cx.input, taken.to)
            } else {
                load::<false>(cx.input, taken.to)
            };
            let Some(loaded) = loaded.filter(|_| end <= s.fast) else {
                return false;
            };
            word = loaded;
            if end > s.window {
                entries = s.entries_before(cx.program, end);
            }
        }
        // The first beat of all waits for the program.
        let mut after = cx.program.load_cycles;
        if entries != 0 {
            if entries.saturating_sub(s.intake.next()) > s.intake.depth() as u64 {
                return false;
            }
            after = after.max(s.intake.ready(entries - 1));
        }
        if taken.occupancy != 1
            || s.checks.running()
                && (self.widest.div_ceil(8) > cx.program.spec.check_rate
                    || s.check_cycles(cx, taken.to) > 1)
        {
            return false;
        }
        let Some(last) = self.exits.last() else {
            return false;
        };
        if !beat.open_run(last.run.work(), last.run.cycles(), after) {
            return false;
        }
        let actions = cx.program.ports.actions;
        if self.sends_first && !beat.room_in(actions, 0, taken.row) {
            return false;
        }
        s.reader.pos = taken.to;
        if taken.entries != 0 {
            let cycle = beat.cycle_in(0);
            s.enter(cx.program, beat, taken.entries, cycle);
        }
        if taken.bits != NO_BITS {
            s.set_bits(taken.bits);
        }
        // What nearly every operation uses, at hand.
        let mut pos = taken.to;
        let mut window = s.window;
        let mut flags = s.flags;
        let mut ops = self.ops.iter();
        let left = loop {
            let Some(op) = ops.next() else {
                break last;
            };
            let values = &mut *s.values;
            let at = u32::from(op.row);
            macro_rules! value {
                ($index:expr) => {
                    values[usize::from($index) & (CAPTURES + POOL - 1)]
                };
            }
            macro_rules! set {
                ($value:expr) => {
                    values[usize::from(op.d & 63)] = $value
                };
            }
            macro_rules! second {
                () => {
                    if op.b_imm { op.imm } else { value!(op.b) }
                };
            }
            macro_rules! exit {
                () => {
                    self.exits.get(usize::from(op.row)).unwrap_or(last)
                };
            }
            macro_rules! row {
                () => {
                    self.exits
                        .get(usize::from(op.row))
                        .map_or(0, |exit| exit.pc)
                };
            }
            macro_rules! read {
                ($lsb:literal, $value:ident => $keep:expr) => {{
                    let n = u32::from(op.n);
                    #[allow(unused_variables)]
                    let $value = if $lsb {
                        let value = (word & ((1 << n) - 1)) as u32;
                        word >>= n;
                        value
                    } else {
                        let value = (word >> (64 - n)) as u32;
                        word <<= n;
                        value
                    };
                    $keep;
                    pos += u64::from(n);
                    if pos > window {
                        s.reader.pos = pos;
                        let entries = s.entries_before(cx.program, pos);
                        let cycle = beat.cycle_in(at);
                        s.enter(cx.program, beat, entries, cycle);
                        window = s.window;
                    }
                }};
            }
            match op.what {
                Do::Keep => set!((taken.value & op.mask).wrapping_add(op.imm)),
                Do::Read => read!(false, value => set!(value.wrapping_add(op.imm))),
                Do::ReadLsb => read!(true, value => set!(value.wrapping_add(op.imm))),
                Do::ReadAdd => {
                    read!(false, value => {
                        set!(value.wrapping_add(op.imm).wrapping_add(value!(op.a)))
                    });
                }
                Do::Skip => read!(false, _value => {}),
                Do::SkipLsb => read!(true, _value => {}),
                Do::Add => set!(value!(op.a).wrapping_add(op.imm)),
                Do::AddPair => set!(value!(op.a).wrapping_add(value!(op.b))),
                Do::Value => {
                    let (value, _) = alu::run(op.alu, value!(op.a), second!(), flags);
                    set!(value);
                }
                Do::Subtract => {
                    let value;
                    (value, flags) = alu::run(AluOp::Sub, value!(op.a), second!(), flags);
                    set!(value);
                }
                Do::Compare => {
                    (_, flags) = alu::run(AluOp::Cmp, value!(op.a), second!(), flags);
                }
                Do::SubtractGuard => {
                    let value;
                    (value, flags) = alu::run(AluOp::Sub, value!(op.a), second!(), flags);
                    set!(value);
                    if op.mask >> flags & 1 == 0 {
                        break exit!();
                    }
                }
                Do::CompareGuard => {
                    (_, flags) = alu::run(AluOp::Cmp, value!(op.a), second!(), flags);
                    if op.mask >> flags & 1 == 0 {
                        break exit!();
                    }
                }
                Do::Flags => {
                    let value;
                    (value, flags) = alu::run(op.alu, value!(op.a), second!(), flags);
                    if alu::writes(op.alu) {
                        set!(value);
                    }
                }
                Do::Guard => {
                    if op.imm >> flags & 1 == 0 {
                        break exit!();
                    }
                }
                Do::Room => {
                    if !beat.room_in(actions, at, row!()) {
                        break exit!();
                    }
                }
                Do::Send => {
                    let Some(send) = self.sends.get(op.imm as usize) else {
                        continue;
                    };
                    beat.at_offset(pos >> 3);
                    let [a, b, c, d] = send.operands;
                    let a = match send.n & 7 {
                        0 => [0; 4],
                        1 => [value!(a), 0, 0, 0],
                        2 => [value!(a), value!(b), 0, 0],
                        3 => [value!(a), value!(b), value!(c), 0],
                        _ => [value!(a), value!(b), value!(c), value!(d)],
                    };
                    let pc = row!();
                    let entry = Entry {
                        op: send.op,
                        imm: send.imm,
                        n: send.n,
                        from: 0,
                        a,
                    }
                    .sent_by(pc);
                    beat.put_in(actions, at, entry);
                }
            }
        };
        s.reader.pos = pos;
        s.flags = flags;
        beat.at_offset(pos >> 3);
        beat.close_run(&left.run);
        s.state = left.state;
        s.in_stretches += left.run.work();
        true
    }
}
