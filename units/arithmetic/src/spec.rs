//! The configuration of a core: what does not change during a run.

use std::fmt;

/// Configuration numbers.
///
/// The numbers of cycles are costs stated the other way round: more of them is slower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Capacity: data banks of 64 Ki words, numbered from 1; at most 255.
    pub banks: u16,
    /// Cost: cycles between a read of data memory and the first use of the result.
    pub ram_latency: u16,
    /// Cost: cycles of a jump, at least 1.
    pub jump_cycles: u16,
    /// Cost: cycles of HALT, at least 1.
    pub halt_cycles: u16,
    /// Capacity: answers that may be outstanding.
    pub reply_slots: u16,
    /// Cost: words of code or initial data loaded per cycle, at least 1.
    pub load_words: u16,
}

impl Default for Spec {
    fn default() -> Self {
        Spec {
            banks: 32,
            ram_latency: 1,
            jump_cycles: 2,
            halt_cycles: 1,
            reply_slots: 4,
            load_words: 1,
        }
    }
}

impl Spec {
    /// Checks that each number is in its range.
    ///
    /// # Errors
    /// What is wrong with the first that is not.
    pub fn check(&self) -> Result<(), String> {
        if self.banks > 255 {
            return Err(format!("banks = {}: BANK selects up to 255", self.banks));
        }
        for (name, value) in [
            ("jump_cycles", self.jump_cycles),
            ("halt_cycles", self.halt_cycles),
            ("load_words", self.load_words),
        ] {
            if value == 0 {
                return Err(format!("{name} = 0: it must be at least 1"));
            }
        }
        Ok(())
    }
}

/// A number of cycles, as a formula over the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycles {
    /// Always the same.
    Fixed(u16),
    /// [`Spec::ram_latency`] if data memory is read, otherwise none.
    Ram,
    /// [`Spec::jump_cycles`].
    Jump,
    /// [`Spec::halt_cycles`].
    Halt,
}

impl Cycles {
    /// The number of cycles in a configuration.
    #[must_use]
    pub const fn of(self, spec: &Spec) -> u16 {
        match self {
            Cycles::Fixed(n) => n,
            Cycles::Ram => spec.ram_latency,
            Cycles::Jump => spec.jump_cycles,
            Cycles::Halt => spec.halt_cycles,
        }
    }
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cycles::Fixed(n) => write!(f, "{n}"),
            Cycles::Ram => f.write_str("`ram_latency` if RAM is read"),
            Cycles::Jump => f.write_str("`jump_cycles`"),
            Cycles::Halt => f.write_str("`halt_cycles`"),
        }
    }
}
