//! The Compositing Co-Processor: textures, views, sprites, kernel and scan programs.
//!
//! * [`isa`] and [`word`]: the instruction table and its encoding;
//! * [`asm`]: the `.gfx` language;
//! * [`list`]: how lists are written;
//! * [`kernel`]: the sub-process that runs sprites over textures;
//! * [`scan`]: the sub-process that composes the screen.
//!
//! The reference is `docs/machine/compositor.md`.
#![deny(clippy::float_arithmetic)]

mod access;
pub mod asm;
pub mod bind;
pub mod cost;
pub mod exec;
pub mod isa;
mod items;
pub mod kernel;
pub mod ledger;
pub mod list;
pub mod micro;
pub mod narrow;
pub mod program;
pub mod reading;
pub mod reference;
pub mod scan;
pub mod sum;
pub mod text;
mod tiles;
pub mod undo;
pub mod view;
pub mod word;

pub use asm::{Object, assemble, explain};
pub use kernel::{Kernel, Ports, Spec, State};
pub use program::{Image, Linked, Program, link};
pub use scan::{Scan, ScanPorts, ScanSpec};
