//! Everything of the Parsing Unit that changes during a run.

use orrery_shared::Fault;
use orrery_shared::intake::Intake;

use super::check::Checks;
use super::escape::Escapes;
use super::maps::Maps;
use super::spec::Spec;
use crate::image::ParsingImage;
use crate::isa::{BITS, CAPTURES, EscapeVerb, INDEX, NONE, POOL};

/// Warnings kept; more are only counted.
pub const WARNINGS_KEPT: usize = 256;

/// A `warn` that was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Index into the image's texts.
    pub text: u16,
    /// Byte of the input that the unit stood at.
    pub offset: u64,
}

/// An entry of the parse stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A return state.
    Return(u16),
    /// A counted repeat: turns left (this one included), and the index of the repeat around it.
    Counter { left: u32, outer: u32 },
    /// A saved capture.
    Saved(u32),
    /// A handler, and how many LEN frames were open when it was set up.
    Catch { mask: u16, state: u16, frames: u16 },
    /// A refill rule runs; what it interrupted is in [`State::levels`].
    Refill,
}

/// A LEN frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// First byte behind it, in the reader's coordinates.
    pub end: u64,
    /// State of its refill rule, or [`NONE`].
    pub refill: u16,
    /// Tells frames apart that were open at different times.
    pub serial: u32,
}

/// A reader of the input: how far it has come. See `docs/machine/parsing.md`,
/// "Frames", for what the coordinates mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    /// Next bit. Bits from `joint` on are those of the input; the ones before
    /// are the last ones of the extent before, kept in `carry`.
    pub pos: u64,
    /// First bit of the present extent; a byte boundary.
    pub joint: u64,
    /// The four bytes before `joint`.
    pub carry: [u8; 4],
    /// Index of the reader's first frame.
    pub first_frame: usize,
}

/// What a row that drops input has still to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drop {
    /// So many bits, as rows see them.
    Bits(u64),
    /// So many bits of the input.
    Raw(u64),
    /// All up to the end of the innermost frame, or of the input.
    Frame,
}

/// A row that drops input, while it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dropping {
    pub what: Drop,
    /// The row, for profile and traps.
    pub row: u32,
    /// The state that follows.
    pub then: u32,
}

/// What a refill rule interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub reader: Reader,
    /// The frame that is to be refilled.
    pub frame: usize,
    /// The state that is matched again.
    pub state: u32,
    pub dropping: Dropping,
}

/// A remembered position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub pos: u64,
    /// Where an escape sequence begins.
    pub clear: u64,
    /// What must be the same when going back.
    pub place: Place,
}

/// Where a position stands in the nesting of frames, catches and check regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub frame: Option<(usize, u32)>,
    pub catches: usize,
    pub refills: u64,
    pub checks: bool,
    pub escapes: u64,
}

/// Everything that changes.
#[derive(Clone, Debug)]
pub struct State {
    /// The state to be matched, or a pseudo state (see `program.rs`).
    pub(super) state: u32,
    /// ALU flags.
    pub(super) flags: u8,
    /// Captures, and behind them the constants, so that an operand is one index.
    pub(super) values: Box<[u32; CAPTURES + POOL]>,
    pub(super) reader: Reader,
    /// The nearest end, in bits.
    pub(super) limit: u64,
    /// Bits from the present one up to this can be loaded from the input: they
    /// are before the nearest end and not carried. 0 if not.
    pub(super) fast: u64,
    /// Bits up to this are in the window.
    pub(super) window: u64,
    pub(super) intake: Intake,
    pub(super) stack: Vec<Slot>,
    pub(super) frames: Vec<Frame>,
    pub(super) levels: Vec<Level>,
    pub(super) dropping: Dropping,
    pub(super) marks: [Option<Mark>; 4],
    /// Refill rules called so far.
    pub(super) refills: u64,
    /// Frames opened or reloaded so far.
    pub(super) serial: u32,
    pub(super) checks: Checks,
    pub(super) escapes: Escapes,
    pub(super) staging: Vec<u8>,
    pub(super) maps: Maps,
    /// Replies asked for and not read yet.
    pub(super) replies: u32,
    /// The data error that was raised last.
    pub(super) fault: Option<Box<Fault>>,
    pub(super) warnings: Vec<Warning>,
    pub(super) warning_count: u64,
    /// The number it accepted with.
    pub(super) accepted: Option<u32>,
    /// Bytes of the input.
    pub(super) size: u64,
    /// Rows carried out in stretches.
    pub(super) in_stretches: u64,
}

impl State {
    pub(super) fn new(spec: &Spec, image: &ParsingImage, size: u64) -> Self {
        let mut values = Box::new([0; CAPTURES + POOL]);
        for (slot, value) in values[CAPTURES..].iter_mut().zip(&image.constants) {
            *slot = *value;
        }
        let mut staging = vec![0; spec.staging];
        staging[..image.staging.len()].copy_from_slice(&image.staging);
        let mut state = State {
            state: image.entry.into(),
            flags: 0,
            values,
            reader: Reader {
                pos: 0,
                joint: 0,
                carry: [0; 4],
                first_frame: 0,
            },
            limit: 0,
            fast: 0,
            window: 0,
            intake: Intake::new(spec.intake_depth, spec.bytes_per_beat, spec.seek_latency)
                .with_input_size(size),
            stack: Vec::new(),
            frames: Vec::new(),
            levels: Vec::new(),
            dropping: Dropping {
                what: Drop::Bits(0),
                row: 0,
                then: 0,
            },
            marks: [None; 4],
            refills: 0,
            serial: 0,
            checks: Checks::default(),
            escapes: Escapes::new(),
            staging,
            maps: Maps::new(spec),
            replies: 0,
            fault: None,
            warnings: Vec::new(),
            warning_count: 0,
            accepted: None,
            size,
            in_stretches: 0,
        };
        for parameter in &image.parameters {
            state.set_parameter(parameter.register, parameter.default);
        }
        state.relimit();
        state
    }

    /// Gives a capture the value that it has when the run starts.
    pub(super) fn set_parameter(&mut self, register: u8, value: u32) {
        if usize::from(register) < CAPTURES {
            self.set(register, value);
        }
    }

    /// The number that the program accepted with, once it has.
    #[must_use]
    pub fn accepted(&self) -> Option<u32> {
        self.accepted
    }

    /// How many rows were carried out in stretches and not one by one: a
    /// matter of the host's time only.
    #[must_use]
    pub fn rows_in_stretches(&self) -> u64 {
        self.in_stretches
    }

    /// Whether a row has looked through an escape sequence with this verb.
    #[must_use]
    pub fn escaped(&self, verb: EscapeVerb) -> bool {
        self.escapes.used(verb)
    }

    /// The captures. The last two are the bit count of the last map entry and
    /// the index of the innermost repeat.
    #[must_use]
    pub fn captures(&self) -> &[u32] {
        &self.values[..CAPTURES]
    }

    /// The state that is matched next; `None` after accept.
    #[must_use]
    pub fn current(&self, program_states: usize) -> Option<u16> {
        let states = program_states as u32;
        if self.state == states {
            return Some(self.dropping.then as u16);
        }
        (self.state < states).then_some(self.state as u16)
    }

    /// The byte of the input that is read next.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.reader.byte()
    }

    /// Bits of the byte at [`State::offset`] minus one that are not read yet.
    #[must_use]
    pub fn bits_pending(&self) -> u32 {
        (self.reader.pos.wrapping_neg() & 7) as u32
    }

    /// Staging memory.
    #[must_use]
    pub fn staging(&self) -> &[u8] {
        &self.staging
    }

    /// Entries on the parse stack.
    #[must_use]
    pub fn stack_depth(&self) -> usize {
        self.stack.len()
    }

    /// Open LEN frames: for each the bytes left, innermost last.
    pub fn open_frames(&self) -> impl Iterator<Item = u64> {
        let at = self.reader.pos >> 3;
        self.frames.iter().map(move |f| f.end.saturating_sub(at))
    }

    /// The maps: handle, rows used and rows reserved.
    pub fn open_maps(&self) -> impl Iterator<Item = (u16, u32, u32)> {
        self.maps.open()
    }

    /// The first [`WARNINGS_KEPT`] warnings.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many there were.
    #[must_use]
    pub fn warning_count(&self) -> u64 {
        self.warning_count
    }

    /// The input's prefetcher.
    #[must_use]
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    #[inline(always)]
    pub(super) fn operand(&self, index: u16) -> u32 {
        self.values[usize::from(index) & (CAPTURES + POOL - 1)]
    }

    #[inline(always)]
    pub(super) fn set(&mut self, capture: u8, value: u32) {
        self.values[usize::from(capture & 63)] = value;
    }

    /// The index of the innermost repeat, as captures read it.
    #[inline(always)]
    pub(super) fn set_index(&mut self, value: u32) {
        self.values[usize::from(INDEX)] = value;
    }

    /// The bit count of a map entry, as captures read it.
    #[inline(always)]
    pub(super) fn set_bits(&mut self, value: u32) {
        self.values[usize::from(BITS)] = value;
    }

    pub(super) fn warn(&mut self, text: u16) {
        self.warning_count += 1;
        if self.warnings.len() < WARNINGS_KEPT {
            self.warnings.push(Warning {
                text,
                offset: self.offset(),
            });
        }
    }

    /// Where the present position stands, for marks.
    pub(super) fn place(&self) -> Place {
        let last = self.frames.len();
        Place {
            frame: self.frames.last().map(|f| (last, f.serial)),
            catches: self
                .stack
                .iter()
                .filter(|s| matches!(s, Slot::Catch { .. }))
                .count(),
            refills: self.refills,
            checks: self.checks.running(),
            escapes: self.escapes.since(),
        }
    }
}

/// The state of a frame's refill rule.
pub(super) fn refill_state(frame: &Frame) -> Option<u16> {
    (frame.refill != NONE).then_some(frame.refill)
}
