//! Escape tables: bytes of the input that mean something else than themselves.
//!
//! Look-ahead keeps raw bytes. The bytes that rows see are made of them where
//! they are looked at, so that turning a table on or off undoes nothing.
//!
//! Bytes before `clear` are plain: up to there the fast paths load the input as
//! ever. Only rows that look at the prefix, or stand inside of a byte that was
//! made of several, come here. Such a *sequence* is consumed as a whole with
//! the first bit of its byte: the position inside of it is counted in its last
//! raw byte, so a started byte counts as read, as everywhere.

use orrery_shared::{Beat, Step, WaitCause};

use super::Cx;
use super::input::{Boundary, Peek};
use super::program::Program;
use super::raise::raise;
use super::state::{Drop, State};
use crate::isa::{EscapeVerb, control};

/// Most ranges of followers in a table.
pub(super) const RANGES: usize = 8;
/// Raw bytes behind the window that one row can take in.
const REACH: u64 = 8;
/// Runs of fill bytes that the host remembers: more than one row can look at.
const RUNS: usize = 8;
/// Shorter ones are walked along again.
const LONG: u64 = 8;
/// The host looks so many bytes ahead for the next prefix.
const SCAN: u64 = 4096;

/// What is done for some followers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: u8,
    high: u8,
    verb: EscapeVerb,
    xor: u8,
}

/// An escape table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    prefix: u8,
    ranges: [Range; RANGES],
    used: usize,
    otherwise: Range,
}

impl Table {
    /// A table from its constants: prefix, verb and xor of `else`, 8 bits each;
    /// then for every range lowest and highest follower, verb and xor.
    pub fn new(words: impl ExactSizeIterator<Item = u32>) -> Result<Self, String> {
        let used = words.len() - 1;
        let mut words = words;
        let head = words.next().unwrap_or(0);
        let [prefix, verb, xor, rest] = head.to_le_bytes();
        if rest != 0 {
            return Err(format!("{head:#x} begins no escape table"));
        }
        let otherwise = Range::new([0, 255, verb, xor])?;
        let mut table = Table {
            prefix,
            ranges: [otherwise; RANGES],
            used,
            otherwise,
        };
        for (slot, word) in table.ranges.iter_mut().zip(words) {
            *slot = Range::new(word.to_le_bytes())?;
        }
        if table.range(prefix).verb == EscapeVerb::Literal {
            return Err(format!(
                "the prefix {prefix:#04x} behind itself cannot be literal: where would it begin?"
            ));
        }
        Ok(table)
    }

    fn range(&self, follower: u8) -> Range {
        let mut ranges = self.ranges[..self.used].iter();
        let found = ranges.find(|r| (r.low..=r.high).contains(&follower));
        *found.unwrap_or(&self.otherwise)
    }
}

impl Range {
    fn new([low, high, verb, xor]: [u8; 4]) -> Result<Self, String> {
        let range = EscapeVerb::from_code(verb).map(|verb| Range {
            low,
            high,
            verb,
            xor,
        });
        range
            .filter(|r| low <= high && (xor == 0 || r.verb == EscapeVerb::Xor))
            .ok_or_else(|| {
                format!(
                    "{:#x} is no part of an escape table",
                    u32::from_le_bytes([low, high, verb, xor])
                )
            })
    }
}

/// A marker that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// Its first raw byte, fill bytes included.
    at: u64,
    /// First byte behind its follower.
    end: u64,
    follower: u8,
}

/// Where the reader stands with escapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escapes {
    /// The table that is on.
    table: Option<Table>,
    /// Tells times apart at which a table was turned on.
    serial: u32,
    /// A sequence begins here; from the present byte up to it all bytes are plain.
    clear: u64,
    /// The sequence at the first byte was followed up to the second: runs of
    /// fill bytes can be long, and the host should not walk along them often.
    runs: [(u64, u64); RUNS],
    next_run: usize,
    /// The sequence at `clear`, while the reader is inside of its byte.
    held: Option<(u8, u64)>,
    /// The next marker, once it was seen.
    marker: Option<Marker>,
    /// Follower of the marker that was met last; all ones before.
    met: u32,
    /// The verbs that rows have looked through so far, a bit each.
    verbs: u8,
}

/// What is made of the raw bytes at some place.
struct Found {
    what: What,
    /// First raw byte that was not looked at.
    seen: u64,
    /// How far a run of fill bytes goes.
    run: u64,
    /// The verbs that were carried out, a bit each.
    verbs: u8,
}

enum What {
    /// A byte, and where the next one begins.
    Byte(u8, u64),
    Marker(Marker),
    /// The nearest end, or a prefix whose follower is not before it.
    End,
    /// More raw bytes are needed than are in sight.
    Hidden,
}

impl Escapes {
    pub fn new() -> Self {
        Escapes {
            table: None,
            serial: 0,
            clear: 0,
            runs: [(0, 0); RUNS],
            next_run: 0,
            held: None,
            marker: None,
            met: u32::MAX,
            verbs: 0,
        }
    }

    /// Whether a table is on.
    #[inline(always)]
    pub fn on(&self) -> bool {
        self.table.is_some()
    }

    /// Turns a table on, or off, at a byte.
    pub fn switch(&mut self, table: Option<Table>, byte: u64) {
        self.table = table;
        self.serial = self.serial.wrapping_add(u32::from(table.is_some()));
        self.back(byte);
        self.runs = [(0, 0); RUNS];
    }

    /// The reader went to a byte where a sequence may begin.
    pub fn back(&mut self, byte: u64) {
        self.clear = byte;
        self.held = None;
        self.marker = None;
    }

    /// Which turning on is in force; 0 if none.
    pub fn since(&self) -> u64 {
        match self.table {
            Some(_) => u64::from(self.serial) + 1,
            None => 0,
        }
    }

    /// Where a sequence begins, for marks.
    pub fn clear(&self) -> u64 {
        self.clear
    }

    /// The end of the bits that can be loaded from the input.
    #[inline(always)]
    pub fn limit(&self, pos: u64, limit: u64) -> u64 {
        match self.table {
            None => limit,
            Some(_) if pos > self.clear << 3 => 0,
            Some(_) => limit.min(self.clear << 3),
        }
    }

    /// The next marker, if it was seen and lies before an end.
    pub fn marker_before(&self, end: u64) -> Option<Marker> {
        self.marker.filter(|m| self.on() && m.end <= end)
    }

    /// Follower of the marker that was met last.
    pub fn met(&self) -> u32 {
        self.met
    }

    /// What the raw bytes at `at`, where a sequence may begin, are. Bytes from
    /// `limit` on do not exist, those from `sight` on cannot be seen.
    fn look(&self, input: &[u8], at: u64, limit: u64, sight: u64) -> Found {
        let byte = |at: u64| input.get(at as usize).copied().unwrap_or(0);
        let mut verbs = 0;
        let found = |what, seen, run| Found {
            what,
            seen,
            run,
            verbs: 0,
        };
        if at >= limit {
            return found(What::End, at, at);
        }
        if at >= sight {
            return found(What::Hidden, at, at);
        }
        let first = byte(at);
        let Some(table) = self.table.as_ref().filter(|t| t.prefix == first) else {
            return found(What::Byte(first, at + 1), at + 1, at);
        };
        let run = self.runs.iter().find(|r| r.0 == at);
        let mut prefix = run.map_or(at, |r| r.1.max(at));
        loop {
            let next = prefix + 1;
            if next >= limit {
                return found(What::End, next, prefix);
            }
            if next >= sight {
                return found(What::Hidden, next, prefix);
            }
            let follower = byte(next);
            let range = table.range(follower);
            verbs |= 1 << range.verb as u8;
            let what = match range.verb {
                EscapeVerb::Literal => What::Byte(first, next),
                EscapeVerb::Vanish => What::Byte(first, next + 1),
                EscapeVerb::Xor => What::Byte(follower ^ range.xor, next + 1),
                EscapeVerb::Marker => What::Marker(Marker {
                    at,
                    end: next + 1,
                    follower,
                }),
                EscapeVerb::Again if follower == first => {
                    prefix = next;
                    continue;
                }
                EscapeVerb::Again => What::Byte(follower, next + 1),
            };
            return Found {
                verbs,
                ..found(what, next + 1, prefix)
            };
        }
    }

    /// Whether a row has looked through a sequence with this verb.
    pub fn used(&self, verb: EscapeVerb) -> bool {
        self.verbs >> verb as u8 & 1 != 0
    }

    fn remember(&mut self, at: u64, run: u64) {
        let known = self.runs.iter().position(|r| r.0 == at);
        let slot = known.unwrap_or_else(|| {
            self.next_run = (self.next_run + 1) % RUNS;
            self.next_run
        });
        self.runs[slot] = (at, run);
    }
}

impl State {
    /// Looks at the raw bytes at `at`, and remembers what takes long to find.
    fn sequence(&mut self, input: &[u8], at: u64, sight: u64) -> Found {
        let found = self.escapes.look(input, at, self.limit >> 3, sight);
        self.escapes.verbs |= found.verbs;
        if found.run > at + LONG {
            self.escapes.remember(at, found.run);
        }
        if let What::Marker(marker) = found.what {
            self.escapes.marker = Some(marker);
        }
        found
    }

    /// The end of the started byte, and the byte, if one is started.
    fn started(&self, input: &[u8]) -> Option<(u8, u64)> {
        let pos = self.reader.pos;
        if pos & 7 == 0 {
            return None;
        }
        if self.escapes.held.is_some() {
            return self.escapes.held;
        }
        let at = pos >> 3;
        let byte = input.get(at as usize).copied().unwrap_or(0);
        Some((byte, at + 1))
    }

    /// Leaves the sequences that were read behind, and looks for the next prefix.
    fn settle(&mut self, input: &[u8]) {
        let Some(prefix) = self.escapes.table.map(|t| t.prefix) else {
            return;
        };
        let pos = self.reader.pos;
        loop {
            let clear = self.escapes.clear;
            if pos < clear << 3 {
                break;
            }
            let plain = input.get(clear as usize).is_none_or(|b| *b != prefix);
            if pos > clear << 3 && !plain {
                // Where a byte was consumed the sequence is known to be whole.
                let held = self.escapes.held.or_else(|| {
                    let found = self.escapes.look(input, clear, u64::MAX, u64::MAX);
                    match found.what {
                        What::Byte(byte, end) => Some((byte, end)),
                        _ => None,
                    }
                });
                self.escapes.held = held;
                match held {
                    Some((_, end)) if pos >= end << 3 => {
                        self.escapes.clear = end;
                        self.escapes.held = None;
                        continue;
                    }
                    _ => break,
                }
            }
            if pos > (clear + 1) << 3 {
                self.escapes.clear += 1;
                continue;
            }
            // Behind the byte that is read now.
            let from = pos.div_ceil(8).min(self.size);
            let to = (from + SCAN).min(self.size);
            let ahead = &input[from as usize..to as usize];
            let plain = ahead.iter().position(|b| *b == prefix);
            self.escapes.clear = plain.map_or(to, |n| from + n as u64);
            break;
        }
        self.refast();
    }

    /// The raw bytes that a row can look at.
    fn sight(&self, program: &Program) -> u64 {
        let depth = self.intake.depth() as u64;
        let entries = (REACH >> program.entry_shift).clamp(1, depth);
        (self.intake.next() + entries) << program.entry_shift
    }

    /// [`State::peek`] through the escape table.
    pub(super) fn peek_escaped<const LSB: bool, B: Beat>(
        &mut self,
        program: &Program,
        input: &[u8],
        beat: &mut B,
        bits: u32,
    ) -> Step<Peek> {
        self.settle(input);
        let pos = self.reader.pos;
        let begun = (pos & 7) as u32;
        let wanted = (begun + bits).div_ceil(8) as usize;
        let sight = self.sight(program);
        let mut bytes = [0; 8];
        let (mut count, mut seen, mut starved) = (0, 0, false);
        let mut at = pos >> 3;
        if let Some((byte, end)) = self.started(input) {
            bytes[0] = byte;
            (count, seen, at) = (1, end, end);
        }
        while count < wanted.min(8) {
            let found = self.sequence(input, at, sight);
            seen = found.seen;
            match found.what {
                What::Byte(byte, end) => {
                    bytes[count] = byte;
                    count += 1;
                    at = end;
                }
                What::Hidden => {
                    starved = true;
                    break;
                }
                What::Marker(_) | What::End => break,
            }
        }
        let entries = if starved {
            0
        } else {
            self.entries_to(program, seen << 3)
        };
        self.await_entries(beat, entries)?;
        let valid = (8 * count as u32).saturating_sub(begun).min(bits);
        let (word, mask) = match valid {
            0 => (0, 0),
            n if LSB => (u64::from_le_bytes(bytes) >> begun, (1 << n) - 1),
            n => (u64::from_be_bytes(bytes) << begun, !0 << (64 - n)),
        };
        Ok(Peek {
            word: word & mask,
            valid,
            entries,
            starved,
        })
    }

    /// The position after `n` bits that were peeked at.
    pub(super) fn after(&self, input: &[u8], n: u32) -> u64 {
        let pos = self.reader.pos;
        if !self.escapes.on() {
            return pos + u64::from(n);
        }
        let mut left = u64::from(n);
        let mut at = pos >> 3;
        if let Some((_, end)) = self.started(input) {
            let rest = 8 - (pos & 7);
            if left < rest {
                return pos + left;
            }
            left -= rest;
            at = end;
        }
        loop {
            if left == 0 {
                return at << 3;
            }
            let found = self.escapes.look(input, at, self.limit >> 3, u64::MAX);
            let What::Byte(_, end) = found.what else {
                return at << 3;
            };
            if left < 8 {
                return ((end - 1) << 3) + left;
            }
            left -= 8;
            at = end;
        }
    }

    /// Remembers the marker that was met.
    pub(super) fn meet(&mut self, end: Boundary) {
        if let (Boundary::Marker, Some(marker)) = (end, self.escapes.marker) {
            self.escapes.met = marker.follower.into();
        }
    }
}

/// The beat that takes an entry in because the row that is matched looks
/// farther than a row can. It is matched again.
#[cold]
pub(super) fn look_ahead<B: Beat>(cx: Cx, s: &mut State, beat: &mut B, row: u32) -> Step {
    let entry = s.intake.next();
    beat.ready(WaitCause::Input, s.intake.ready(entry))?;
    let cycle = beat.issue(row, 1, 1)?;
    s.enter(cx.program, beat, entry + 1, cycle);
    beat.at_offset(s.reader.pos >> 3);
    Ok(())
}

/// [`super::drops::drop_beat`] through the escape table: of `skip`, which counts
/// the bytes that rows see, and of `drain`, which stops before a marker.
pub(super) fn drop_escaped<B: Beat>(cx: Cx, s: &mut State, beat: &mut B) -> Step {
    s.settle(cx.input);
    let row = s.dropping.row;
    let pos = s.reader.pos;
    let shift = cx.program.entry_shift;
    // The entry with the present byte; one more may have come for a follower.
    let end = ((pos >> (shift + 3)) + 1) << shift;
    let sight = end.max(s.intake.next() << shift);
    let most = match s.dropping.what {
        Drop::Bits(n) => n,
        Drop::Raw(_) | Drop::Frame => u64::MAX,
    };
    let (mut at, mut bits, mut seen) = (pos >> 3, 0, 0);
    if let Some((_, behind)) = s.started(cx.input) {
        (at, bits, seen) = (behind, 8 - (pos & 7), behind);
    }
    let stop = loop {
        if at >= end || bits >= most {
            break What::Byte(0, at);
        }
        let found = s.sequence(cx.input, at, sight);
        match found.what {
            What::Byte(_, next) => {
                (at, bits, seen) = (next, bits + 8, found.seen);
            }
            stop => break stop,
        }
    };
    if bits == 0 {
        match stop {
            What::Hidden | What::Byte(..) => return look_ahead(cx, s, beat, row),
            What::Marker(marker) => {
                let entries = s.entries_to(cx.program, marker.end << 3);
                s.await_entries(beat, entries)?;
                s.meet(Boundary::Marker);
                if matches!(s.dropping.what, Drop::Bits(_)) {
                    return raise(cx, s, beat, control::MARKER, None, row, entries);
                }
                // The beat that finds the marker ends the row.
                let cycle = beat.issue(row, 1, 1)?;
                s.enter(cx.program, beat, entries, cycle);
                beat.at_offset(pos >> 3);
                s.state = s.dropping.then;
                return Ok(());
            }
            What::End => {
                let limit = s.limit >> 3;
                if at >= limit || matches!(s.dropping.what, Drop::Bits(_)) {
                    return raise(cx, s, beat, s.nearest().code(), None, row, 0);
                }
                // A prefix without a follower goes with the rest.
                (at, seen) = (limit, limit);
            }
        }
    }
    let entries = s.entries_to(cx.program, seen << 3);
    s.await_entries(beat, entries)?;
    let spec = &cx.program.spec;
    let rate = if s.checks.running() {
        spec.skip_rate.min(spec.check_rate)
    } else {
        spec.skip_rate
    };
    let bytes = at.saturating_sub(s.reader.byte());
    let cycle = beat.issue(row, bytes.div_ceil(rate.into()).max(1), 1)?;
    s.reader.pos = at << 3;
    s.enter(cx.program, beat, entries, cycle);
    beat.at_offset(at);
    if let Drop::Bits(n) = &mut s.dropping.what {
        *n -= bits;
    }
    s.settle_dropping(cx.program);
    Ok(())
}
