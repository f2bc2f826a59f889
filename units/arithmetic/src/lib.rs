//! The Arithmetic Core: instruction table, assembly language, simulation.
//!
//! * [`ops`] is the instruction table; [`encoding`], [`text`] and
//!   [`reference`](mod@reference) derive from it.
//! * [`asm`] turns assembly language into an [`Object`].
//! * [`Core`] runs an [`Image`] of encoded words, one instruction per beat.
//!
//! The machine is described in `docs/machine/arithmetic.md`, the language in
//! `docs/languages/alu.md`.
#![deny(clippy::float_arithmetic)]

pub mod asm;
mod block;
pub mod encoding;
mod micro;
pub mod names;
pub mod ops;
pub mod reference;
mod simulation;
pub mod spec;
pub mod state;
pub mod text;
pub mod value;

pub use crate::asm::{DataBlock, Object, Source, assemble, assemble_all, explain};
pub use crate::block::Outlet;
pub use crate::encoding::Instruction;
pub use crate::names::{Condition, Flags, Name};
pub use crate::ops::{Op, Row, TABLE};
pub use crate::simulation::{Core, Image, Ports};
pub use crate::spec::Spec;
pub use crate::state::State;
pub use crate::text::{disassemble, disassembly_text};
