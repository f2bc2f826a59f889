//! The Parsing Unit's instruction set: state words and rows.
//!
//! The unit is a pushdown automaton. A *state word* says what is matched next
//! and where the rows for the possible symbols begin; a *row* says what is done
//! for one symbol and which state follows. One cycle is one row: the state's
//! match port yields a symbol, the row at `base + symbol` is read, and if its
//! check column names the state, it is carried out; otherwise the state's
//! fallback row is.
//!
//! A row does, in this order: match (already done), one capture, one ALU *or*
//! one system operation, one staging access, one action, one stack operation.

pub mod ops;
pub mod row;
pub mod state;

pub use ops::{AluOp, CaptureMode, Cond, EscapeVerb, Port, StackOp, StageOp, SysOp};
pub use row::{Capture, Fields, Operand, Row, RowAction, Spot, Work, valid_strides};
pub use state::{IntKind, StateWord};

/// Number of captures (registers of 32 bits).
pub const CAPTURES: usize = 64;
/// Reads as the index of the innermost counted repeat; not writable.
pub const INDEX: u8 = 63;
/// Reads as the bit count that came with the last prefix-map entry; not writable.
pub const BITS: u8 = 62;
/// Size of the pool of constants that operands can select.
pub const POOL: usize = 448;
/// No state, no row, no string.
pub const NONE: u16 = 0xFFFF;

/// An entry of a prefix map: kind (4 bits, the symbol), count (6 bits, to
/// [`BITS`]) and value (22 bits), from the high end.
#[must_use]
pub const fn map_entry(kind: u8, count: u8, value: u32) -> u32 {
    (kind as u32) << 28 | ((count & 63) as u32) << 22 | value & 0x3F_FFFF
}

/// Control symbols: boundaries and faults, delivered instead of a symbol.
pub mod control {
    /// End of the input.
    pub const END: u8 = 0;
    /// End of a LEN frame.
    pub const FRAME: u8 = 1;
    /// A marker from the escape table.
    pub const MARKER: u8 = 2;
    /// A packet boundary.
    pub const SEGMENT: u8 = 3;
    /// A data error (`fail`, no alternative, unused code, bound excess).
    pub const FAULT: u8 = 4;
    /// Names that grammars may use.
    pub const NAMES: &[(&str, u8)] = &[
        ("END", END),
        ("FRAME", FRAME),
        ("MARKER", MARKER),
        ("SEGMENT", SEGMENT),
        ("FAULT", FAULT),
    ];
    /// How many there are room for.
    pub const COUNT: usize = 8;
}
