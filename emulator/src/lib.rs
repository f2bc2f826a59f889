//! The machine: wires the units, loads programs, runs, accounts, snapshots.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use orrery_emulator::{Clock, Config, Machine, Program, Sources};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut sources = Sources::new();
//! for file in ["qoi.syn", "qoi.alu"] {
//!     sources.insert(file.into(), std::fs::read_to_string(format!("programs/qoi/{file}"))?);
//! }
//! let compiled = Program::compile("qoi", &sources).map_err(|d| format!("{d:?}"))?;
//! let input: Arc<[u8]> = std::fs::read("picture.qoi")?.into();
//! let mut machine = Machine::new(&Config::default(), Arc::new(compiled.program), input, Clock::Exact)?;
//! let outcome = machine.run(None);
//! println!("{} cycles, {} frame(s)", outcome.total, machine.frames().len());
//! # Ok(())
//! # }
//! ```
#![deny(clippy::float_arithmetic)]

mod bytes;
mod chain;
pub mod config;
pub mod fit;
pub mod image;
pub mod inline;
pub mod machine;
pub mod program;
pub mod report;
pub mod wiring;

pub use bytes::ImageError;
pub use config::Config;
pub use machine::{Clock, LoadError, Machine, ParameterError, Units};
pub use orrery_output::Frame;
pub use program::{Compiled, Program, Sources};
