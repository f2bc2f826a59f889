//! The Output Unit: sequencer, sinks, streams, Lempel-Ziv copies, gates.
//!
//! Three processes, each a sequence of beats against [`orrery_shared::Beat`]:
//!
//! * [`Sequencer`] executes the actions of [`isa`]; it alone writes the table
//!   of stream handles and allocates memory.
//! * [`CoreSink`] writes the Arithmetic Core's words to the stream bound to it
//!   and executes the commands of [`sink`] in order with them.
//! * [`Gate`] is an external video output.
//!
//! [`check`] holds the check circuits, which the input side uses too.
//! The page of reference is `docs/machine/output.md`.
#![deny(clippy::float_arithmetic)]

pub mod check;
mod core_sink;
mod fault;
mod fit;
mod frame;
mod gate;
pub mod isa;
mod kind;
pub mod reference;
mod rows;
mod sequencer;
pub mod sink;
mod spec;
mod sticky;
mod stream;
pub mod text;
mod writer;

pub use core_sink::{CoreSink, CoreSinkPorts, CoreSinkState};
pub use fit::refusal;
pub use frame::{Descriptor, Frame};
pub use gate::{Gate, GateMode, GatePorts, GateSpec, GateState};
pub use kind::{Kind, Space};
pub use rows::{Rows, Written, rows_written};
pub use sequencer::{Sequencer, SequencerPorts, SequencerState, StreamView};
pub use spec::{Class, Number, OutputSpec};
pub use sticky::DataError;
pub use stream::Owner;
