//! What the units of the machine share: queue entries, the timing kernel with
//! its three clocks, traps, memories and source maps.
//!
//! A *network* is a fixed set of processes that meet only in bounded queues
//! and monotone counts. A process is written once, as a sequence of beats
//! against the [`Beat`] trait, and runs under three clocks:
//!
//! * [`off`]: values only, same queue depths;
//! * [`exact`]: time-stamped queue slots, processes run ahead until they block;
//! * [`lockstep`]: every process looks at every cycle; the oracle.
//!
//! The rules are in `docs/machine/timing.md`.
#![deny(clippy::float_arithmetic)]

pub mod account;
pub mod beat;
pub mod entry;
pub mod exact;
pub mod intake;
pub mod link;
pub mod lockstep;
pub mod memory;
pub mod off;
pub mod protocol;
pub mod run;
pub mod source;
pub mod spelling;
pub mod topology;
pub mod trap;

pub use account::{End, Outcome, ProcessReport, QueueReport, WaitCause};
pub use beat::{Beat, Need, Network, Step, Stop, Unmet};
pub use entry::{Entry, Tag};
pub use intake::Intake;
pub use link::{Access, Last, Link, Needs, Passage};
pub use memory::{Bank, Memory};
pub use run::{Run, RunRow};
pub use topology::{Chan, Counter, Proc, Topology};
pub use trap::{Fault, TrapCode};
