//! The Parsing Unit with its Input Preprocessor, and the grammar language.
#![deny(clippy::float_arithmetic)]

pub mod image;
pub mod isa;
pub mod language;
pub mod listing;
pub mod reference;
pub mod unit;

pub use image::{Parameter, ParsingImage};
pub use unit::{ParsingUnit, Ports, Spec, State};
