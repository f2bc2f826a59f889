//! Check circuits over the bytes of the input.
//!
//! A circuit sees every byte that is read between start and stop. Bytes are
//! read in order and marks may not lead back into a region, so the circuit's
//! value depends on the two positions only, and the host computes it at the
//! stop.

use orrery_output::check::{Algorithm, Circuit};

/// Number of circuits.
pub(super) const CIRCUITS: usize = 4;

/// The circuits of the input.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    /// What runs, and since which byte.
    running: [Option<(Algorithm, u64)>; CIRCUITS],
    /// How many run.
    count: u32,
}

impl Checks {
    /// Whether any circuit runs.
    #[inline(always)]
    pub fn running(&self) -> bool {
        self.count != 0
    }

    /// Starts a circuit, anew if it ran.
    pub fn start(&mut self, circuit: u16, algorithm: Algorithm, at: u64) {
        if let Some(slot) = self.running.get_mut(usize::from(circuit)) {
            self.count += u32::from(slot.is_none());
            *slot = Some((algorithm, at));
        }
    }

    /// The value of a circuit over the bytes up to `to`; `None` if it does not run.
    pub fn value(&self, circuit: u16, input: &[u8], to: u64) -> Option<u32> {
        let (algorithm, from) = (*self.running.get(usize::from(circuit))?)?;
        let mut circuit = Circuit::new(algorithm).ok()?;
        let end = (to as usize).min(input.len());
        circuit.update(input.get(from as usize..end).unwrap_or(&[]));
        Some(circuit.value())
    }

    /// Stops a circuit.
    pub fn stop(&mut self, circuit: u16) {
        if let Some(slot) = self.running.get_mut(usize::from(circuit)) {
            self.count -= u32::from(slot.take().is_some());
        }
    }
}
