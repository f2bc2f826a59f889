//! The Input Preprocessor: bits, the window, frames and refills.

use orrery_shared::{Beat, Step, WaitCause};

use super::program::Program;
use super::state::{Dropping, Level, Reader, Slot, State, refill_state};
use crate::isa::{NONE, control};

/// The nearest end of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    /// The end of the frame with this index.
    Frame(usize),
    /// The end of the input.
    End,
    /// A marker of the escape table.
    Marker,
}

impl Boundary {
    /// Its control symbol.
    pub fn code(self) -> u8 {
        match self {
            Boundary::Frame(_) => control::FRAME,
            Boundary::End => control::END,
            Boundary::Marker => control::MARKER,
        }
    }
}

/// Bits that were peeked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peek {
    /// The bits, from the top (msb order) or from the bottom (lsb order); the
    /// ones that are not valid are 0.
    pub word: u64,
    /// How many of those asked for exist.
    pub valid: u32,
    /// Entries of the intake that must have come in, from the start; 0 if none.
    pub entries: u64,
    /// More entries are needed than a row can take in; nothing else counts.
    pub starved: bool,
}

impl Reader {
    /// The byte of the input that is read next. A started byte counts as read.
    pub fn byte(&self) -> u64 {
        self.pos.max(self.joint).div_ceil(8)
    }

    /// The byte at coordinate `at`; 0 outside.
    fn at(&self, input: &[u8], at: u64) -> u8 {
        let joint = self.joint >> 3;
        if at >= joint {
            return input.get(at as usize).copied().unwrap_or(0);
        }
        let back = joint - at;
        if back > 4 {
            return 0;
        }
        self.carry[4 - back as usize]
    }
}

/// Eight bytes from the one that holds bit `pos`, the bits before it shifted
/// out: at least 57 bits. `None` where the input has not that many bytes.
#[inline(always)]
pub(super) fn load<const LSB: bool>(input: &[u8], pos: u64) -> Option<u64> {
    let at = (pos >> 3) as usize;
    let bytes: [u8; 8] = input.get(at..at + 8)?.try_into().ok()?;
    let shift = pos & 7;
    Some(if LSB {
        u64::from_le_bytes(bytes) >> shift
    } else {
        u64::from_be_bytes(bytes) << shift
    })
}

/// The first `n` bits of a word as a number; `n` is 1 to 57.
#[inline(always)]
pub(super) fn first<const LSB: bool>(word: u64, n: u32) -> u64 {
    if LSB {
        word & ((1 << n) - 1)
    } else {
        word >> (64 - n)
    }
}

impl State {
    /// Recomputes the nearest end.
    pub(super) fn relimit(&mut self) {
        let frames = &self.frames[self.reader.first_frame..];
        let nearest = frames.iter().map(|f| f.end).min().unwrap_or(u64::MAX);
        self.limit = nearest.min(self.size) << 3;
        self.refast();
    }

    #[inline]
    pub(super) fn refast(&mut self) {
        self.fast = if self.reader.pos < self.reader.joint {
            0
        } else {
            self.escapes.limit(self.reader.pos, self.limit)
        };
    }

    /// Needs the bits up to `end`, none of which are carried. Returns the
    /// entries that must be taken in; 0 if they are in the window.
    #[inline(always)]
    pub(super) fn need<B: Beat>(&self, program: &Program, beat: &mut B, end: u64) -> Step<u64> {
        if end <= self.window {
            return Ok(0);
        }
        let entries = self.entries_before(program, end);
        beat.ready(WaitCause::Input, self.intake.ready(entries - 1))?;
        Ok(entries)
    }

    /// Entries of the intake up to the one that holds the bit before `end`.
    #[inline(always)]
    pub(super) fn entries_before(&self, program: &Program, end: u64) -> u64 {
        ((end - 1) >> (program.entry_shift + 3)) + 1
    }

    /// The nearest end; of equal ones the innermost.
    pub(super) fn nearest(&self) -> Boundary {
        let mut best = (self.size, Boundary::End);
        for (i, frame) in self.frames.iter().enumerate().skip(self.reader.first_frame) {
            if frame.end <= best.0 {
                best = (frame.end, Boundary::Frame(i));
            }
        }
        match self.escapes.marker_before(best.0) {
            Some(_) => Boundary::Marker,
            None => best.1,
        }
    }

    /// Peeks up to 57 bits (32 through an escape table), stopping at the nearest
    /// end. Waits for those that exist.
    pub(super) fn peek<const LSB: bool, B: Beat>(
        &mut self,
        program: &Program,
        input: &[u8],
        beat: &mut B,
        bits: u32,
    ) -> Step<Peek> {
        if self.escapes.on() {
            return self.peek_escaped::<LSB, B>(program, input, beat, bits);
        }
        self.peek_plain::<LSB, B>(program, input, beat, bits)
    }

    /// Peeks up to 57 bits, stopping at the nearest end. Waits for those that exist.
    #[inline(never)]
    fn peek_plain<const LSB: bool, B: Beat>(
        &self,
        program: &Program,
        input: &[u8],
        beat: &mut B,
        bits: u32,
    ) -> Step<Peek> {
        let reader = &self.reader;
        let valid = self.limit.saturating_sub(reader.pos).min(bits.into()) as u32;
        let end = reader.pos + u64::from(valid);
        let entries = self.entries_to(program, end);
        self.await_entries(beat, entries)?;
        let whole = if reader.pos >= reader.joint {
            load::<LSB>(input, reader.pos)
        } else {
            None
        };
        let word = whole.unwrap_or_else(|| {
            let at = reader.pos >> 3;
            let bytes = std::array::from_fn(|i| reader.at(input, at + i as u64));
            if LSB {
                u64::from_le_bytes(bytes) >> (reader.pos & 7)
            } else {
                u64::from_be_bytes(bytes) << (reader.pos & 7)
            }
        });
        let mask = match valid {
            0 => 0,
            n if LSB => (1 << n) - 1,
            n => !0 << (64 - n),
        };
        Ok(Peek {
            word: word & mask,
            valid,
            entries,
            starved: false,
        })
    }

    /// Entries of the intake that hold the bits before `end`, of those that are
    /// not carried; 0 if there are none.
    #[inline]
    pub(super) fn entries_to(&self, program: &Program, end: u64) -> u64 {
        if end <= self.reader.joint || end <= self.reader.pos {
            return 0;
        }
        self.entries_before(program, end)
    }

    /// Needs the first `entries` entries of the intake to have come.
    #[inline]
    pub(super) fn await_entries<B: Beat>(&self, beat: &mut B, entries: u64) -> Step {
        if entries > self.intake.next() {
            beat.ready(WaitCause::Input, self.intake.ready(entries - 1))?;
        }
        Ok(())
    }

    /// Takes entries into the window, in a beat that issued at `cycle`.
    #[inline]
    pub(super) fn enter<B: Beat>(
        &mut self,
        program: &Program,
        beat: &mut B,
        entries: u64,
        cycle: u64,
    ) {
        while self.intake.next() < entries {
            let entry = self.intake.next();
            let first = entry << program.entry_shift;
            let bytes = (self.size - first.min(self.size)).min(1 << program.entry_shift);
            self.intake.popped(entry, cycle);
            beat.earn(bytes.saturating_mul(program.spec.credit_per_byte));
        }
        self.window = self.intake.next() << (program.entry_shift + 3);
        self.refast();
    }

    /// Calls the refill rule of a frame; the present state is matched again
    /// when the rule is done. The parse stack has room.
    pub(super) fn call_refill(&mut self, input: &[u8], frame: usize) {
        let end = self.frames[frame].end;
        let reader = self.reader;
        // The bits that are left end with the extent's last byte.
        let carry = std::array::from_fn(|i| {
            (end + i as u64)
                .checked_sub(4)
                .map_or(0, |at| reader.at(input, at))
        });
        self.levels.push(Level {
            reader: Reader { carry, ..reader },
            frame,
            state: self.state,
            dropping: self.dropping,
        });
        self.stack.push(Slot::Refill);
        self.refills += 1;
        self.reader = Reader {
            pos: end << 3,
            joint: end << 3,
            carry: [0; 4],
            first_frame: self.frames.len(),
        };
        self.state = refill_state(&self.frames[frame]).map_or(self.state, u32::from);
        self.relimit();
    }

    /// Ends the innermost refill rule: the frame goes on with `more` bytes from
    /// here, or ends. The bits that were left are joined to what follows.
    pub(super) fn end_refill(&mut self, program: &Program, more: Option<u32>) {
        let Some(level) = self.levels.pop() else {
            return;
        };
        let here = self.reader.byte();
        self.frames.truncate(self.reader.first_frame);
        let shift = here.saturating_sub(self.frames[level.frame].end);
        // Frames count the bytes that their reader gets, so those around and
        // inside the refilled one move along.
        for frame in &mut self.frames[level.reader.first_frame..] {
            frame.end += shift;
        }
        self.serial = self.serial.wrapping_add(1);
        let frame = &mut self.frames[level.frame];
        frame.serial = self.serial;
        match more {
            Some(n) => frame.end = here + u64::from(n),
            None => frame.refill = NONE,
        }
        self.reader = Reader {
            pos: level.reader.pos + (shift << 3),
            joint: here << 3,
            ..level.reader
        };
        self.state = level.state;
        self.dropping = level.dropping;
        // A table of the rule; the interrupted reader has none.
        if self.escapes.on() {
            self.escapes.switch(None, here);
        }
        self.relimit();
        self.settle_dropping(program);
    }

    /// Leaves a row that drops input when there is nothing left to drop.
    pub(super) fn settle_dropping(&mut self, program: &Program) {
        if self.state == program.dropping() && self.to_drop() == Some(0) {
            self.state = self.dropping.then;
        }
    }

    /// Starts dropping; the state that follows is already set.
    pub(super) fn start_dropping(&mut self, program: &Program, dropping: Dropping) {
        self.dropping = dropping;
        self.state = program.dropping();
        self.settle_dropping(program);
    }

    /// Bits still to be dropped; `None` if they are to be counted again after a refill.
    pub(super) fn to_drop(&self) -> Option<u64> {
        use super::state::Drop;
        match self.dropping.what {
            Drop::Bits(n) | Drop::Raw(n) => Some(n),
            Drop::Frame => {
                let frames = &self.frames[self.reader.first_frame..];
                let (end, refill) = frames
                    .last()
                    .map_or((self.size, NONE), |f| (f.end, f.refill));
                let left = (end << 3).saturating_sub(self.reader.pos);
                (left > 0 || refill == NONE).then_some(left)
            }
        }
    }
}
