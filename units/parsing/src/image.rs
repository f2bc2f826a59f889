//! A compiled grammar: what is copied into the Parsing Unit's memories.

use orrery_shared::source::SourceMap;

use crate::isa::row::RowBits;

/// A named number that is fixed when a run starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The capture that holds it at the start.
    pub register: u8,
    /// What it is if nobody says.
    pub default: u32,
}

/// The encoded program of the Parsing Unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsingImage {
    /// Rows, packed by row displacement.
    pub rows: Vec<RowBits>,
    /// State words.
    pub states: Vec<u64>,
    /// Pool of constants (at most [`crate::isa::POOL`]).
    pub constants: Vec<u32>,
    /// Initial contents of staging memory, from address 0.
    pub staging: Vec<u8>,
    /// Texts of `fail` and `warn`.
    pub texts: Vec<String>,
    /// State in which the process starts.
    pub entry: u16,
    /// Rules, with the state each begins in.
    pub rules: Vec<(String, u16)>,
    /// Captures with the names they have in the source (`rule-local` ones included).
    pub captures: Vec<(String, u8)>,
    /// Parameters of a run.
    pub parameters: Vec<Parameter>,
    /// Streams with their handles.
    pub streams: Vec<(String, u16)>,
    /// Place of every row.
    pub map: SourceMap,
}
