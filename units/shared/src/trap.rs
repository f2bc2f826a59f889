//! Traps: faults with a stable code.

use std::fmt;

macro_rules! trap_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        /// Why a process stopped. The text code is stable; `orrery explain` prints the doc.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum TrapCode { $($(#[doc = $doc])+ $name),+ }

        impl TrapCode {
            /// All codes, in order.
            pub const ALL: &'static [TrapCode] = &[$(TrapCode::$name),+];

            /// The stable code, such as `T01`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(TrapCode::$name => $code),+ }
            }

            /// The explanation in words.
            #[must_use]
            pub const fn explain(self) -> &'static str {
                match self { $(TrapCode::$name => concat!($($doc, "\n"),+)),+ }
            }

            /// The name in words, such as `NoAlternative`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(TrapCode::$name => stringify!($name)),+ }
            }
        }
    };
}

trap_codes! {
    /// The program itself refused the input with `fail "text"`.
    Fail = "T01";
    /// No alternative of the grammar matches the next symbol.
    NoAlternative = "T02";
    /// The input ended (or a frame did) where the program needed more, and no `catch` was open.
    UnexpectedEnd = "T03";
    /// A prefix code table was asked for a code that no symbol has.
    UnusedCode = "T04";
    /// A set of code lengths uses more codes than there are.
    OverSubscribed = "T05";
    /// An address, index or coordinate lies outside what it addresses.
    Bounds = "T06";
    /// The word at the program counter is no instruction.
    UndefinedWord = "T07";
    /// More work was done than the budget and the earned credit allow.
    Budget = "T08";
    /// A process touched memory that it does not hold.
    Ownership = "T09";
    /// A memory, stack, table or set of handles is full.
    Capacity = "T10";
    /// A reply was asked for while all reply slots were taken.
    ReplySlots = "T11";
    /// An operand has a value that the instruction does not accept.
    BadOperand = "T12";
    /// A handle names no stream, or one of another kind.
    BadHandle = "T13";
    /// A stack was popped while empty.
    StackUnderflow = "T14";
    /// A partial element was left when a stream was flushed.
    PartialElement = "T15";
    /// Every process waits, and the program is not done. The message names the chain: who waits for what, and where its program
    /// stands. If a full queue is part of it, deeper queues (`machine.queue_depth`) may help; else a word, a reply or a hand-over is
    /// waited for that nobody sends.
    Deadlock = "T16";
}

impl fmt::Display for TrapCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.name())
    }
}

/// What a unit says when an instruction cannot be carried out.
///
/// The clock adds the process, the cycle and the input offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: TrapCode,
    /// Program counter in the process's own numbering.
    pub pc: u32,
    /// What is wrong, in words.
    pub message: String,
    /// [`crate::Entry::from`] of the entry that asked for it.
    pub from: u16,
}

impl Fault {
    /// A boxed fault, ready for [`crate::Stop::Trap`].
    #[must_use]
    pub fn new(code: TrapCode, pc: u32, message: impl Into<String>) -> Box<Self> {
        Box::new(Fault {
            code,
            pc,
            message: message.into(),
            from: 0,
        })
    }
}
