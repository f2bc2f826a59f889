//! What travels in a queue.

/// The tag that every entry carries beside its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// Work credit of the sender when it pushed (see [`crate::exact`]).
    pub credit: u64,
    /// Offset in the input of the byte that the sender stood at.
    pub offset: u64,
}

/// One queue entry: an opcode, a small immediate and up to four operands.
///
/// All queues share this shape; what the fields mean is said by the channel
/// table (`docs/machine/channels.md`) and by the consumer's instruction table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Opcode, in the numbering of the consumer.
    pub op: u16,
    /// Immediate: a stream handle, a label address or a count.
    pub imm: u16,
    /// How many of `a` are operands.
    pub n: u16,
    /// Row of the program that sent it, plus one, for whoever has to say where
    /// a trap comes from; 0 if it is not known. No instruction can see it.
    pub from: u16,
    /// Operands, by value.
    pub a: [u32; 4],
}

impl Entry {
    /// An entry without operands.
    #[must_use]
    pub const fn new(op: u16, imm: u16) -> Self {
        Entry {
            op,
            imm,
            n: 0,
            from: 0,
            a: [0; 4],
        }
    }

    /// An entry with up to four operands; more are ignored.
    #[must_use]
    pub fn with(op: u16, imm: u16, operands: &[u32]) -> Self {
        let mut e = Entry::new(op, imm);
        for (slot, value) in e.a.iter_mut().zip(operands) {
            *slot = *value;
            e.n += 1;
        }
        e
    }

    /// The same entry, sent by a row of a program.
    #[inline]
    #[must_use]
    pub const fn sent_by(mut self, row: u32) -> Self {
        self.from = (row as u16).wrapping_add(1);
        self
    }

    /// The same entry, sent on for what another one asked.
    #[must_use]
    pub const fn on_behalf_of(mut self, other: &Entry) -> Self {
        self.from = other.from;
        self
    }

    /// The operands that are present.
    #[must_use]
    pub fn operands(&self) -> &[u32] {
        &self.a[..usize::from(self.n.min(4))]
    }
}
