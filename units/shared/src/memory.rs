//! The large memories that several units reach through fixed ports.
//!
//! Who may touch which part is the business of the units' ledgers; this module
//! only keeps the bytes and counts accesses.

/// One memory: bytes and access counters.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    /// The bytes. Allocated zeroed, so the host only backs what is touched.
    pub bytes: Vec<u8>,
    /// Bytes read by units.
    pub read: u64,
    /// Bytes written by units.
    pub written: u64,
    /// One past the highest byte ever allocated.
    pub high_water: u64,
}

impl Bank {
    /// A zeroed memory of `size` bytes.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Bank {
            bytes: vec![0; size],
            ..Bank::default()
        }
    }
}

/// The memories outside the units.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Stream RAM: RAM streams and lists.
    pub stream: Bank,
    /// Texture memory.
    pub texture: Bank,
}
