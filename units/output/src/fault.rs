//! Refusals: why an instruction cannot be carried out, before it is known
//! which process and program counter will say so.

use orrery_shared::{Fault, Stop, TrapCode};

/// A trap without its program counter: sequencer and sink share the code that
/// refuses, and each adds its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: TrapCode,
    pub(crate) message: String,
    /// This machine has too little of something: data are not at fault.
    pub(crate) limit: bool,
}

impl Refusal {
    #[cold]
    pub(crate) fn new(code: TrapCode, message: impl Into<String>) -> Self {
        Refusal {
            code,
            message: message.into(),
            limit: false,
        }
    }

    /// A memory of the machine that is too small for what a program may well ask.
    #[cold]
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Refusal {
            limit: true,
            ..Refusal::new(TrapCode::Capacity, message)
        }
    }

    /// The trap at a program counter.
    #[cold]
    pub(crate) fn at(self, pc: u32) -> Stop {
        Stop::Trap(Fault::new(self.code, pc, self.message))
    }
}
