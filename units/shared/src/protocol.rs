//! What the entries of the queues mean, where more than one unit must agree.
//!
//! The channel table in `docs/machine/channels.md` lists every queue; this is
//! its code form. Operands are `a[0]`, `a[1]`, ... of [`crate::Entry`].

/// Activation queue, sequencer to Arithmetic Core.
pub mod core_in {
    /// Starts the routine at label address `imm`.
    pub const HEAD: u16 = 1;
    /// The next 16-bit operand word of the activation, in `a[0]`.
    pub const WORD: u16 = 2;
    /// Entries from here on are sink commands: the core forwards them
    /// unchanged to its sink, in order, one cycle each.
    pub const SINK: u16 = 0x100;
}

/// Output words, Arithmetic Core to its sink.
pub mod core_out {
    /// A 16-bit word in `a[0]`.
    pub const WORD: u16 = 2;
    /// The end of an activation (HALT); the sink raises the completion count.
    pub const END: u16 = 3;
    /// Asks the sink for element `a[0]` of stream `imm`; answered on the LOAD queue.
    pub const REQUEST: u16 = 4;
}

/// List heads, sequencer to Compositor.
pub mod list {
    /// A list of `a[1]` 32-bit words at byte address `a[0]` of stream RAM.
    pub const HEAD: u16 = 1;
}

/// Hand-overs to the Compositor, from the sequencer or from a sink.
pub mod grant {
    /// Texture memory from byte `a[0]` up to, excluding, byte `a[1]` may be
    /// read and written from now on. `a[0]` is the base of the extent and
    /// names it; a later grant of the same extent widens it. `imm` is [`LAST`]
    /// if no more of this extent will be granted.
    pub const BYTES: u16 = 1;
    /// See [`BYTES`]: sent by a close, so that the receiver does not wait for rows that never come.
    pub const LAST: u16 = 1;
}

/// Items for an external output, from the sequencer or a sink.
pub mod gate {
    /// Opens a frame: the texture `a = [base, pitch, width | height << 16, kind]`
    /// will be shown; it is not complete yet.
    pub const OPEN: u16 = 1;
    /// The frame described as for [`OPEN`] is complete.
    pub const FRAME: u16 = 2;
    /// From the next item on, items come from the other producer.
    pub const SWITCH: u16 = 3;
}

/// Status words, Compositor to sequencer: one per finished list.
pub mod status {
    /// The status word, in `a[0]`.
    pub const WORD: u16 = 1;
}

/// Replies to the Parsing Unit, from the sequencer: a 64-bit value, low word in
/// `a[0]`, high word in `a[1]`.
pub mod reply {
    /// The value asked for.
    pub const VALUE: u16 = 1;
}
