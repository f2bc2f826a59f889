//! Several beats in one step, for clocks that offer it: an activation with its
//! operand words, and the commands that go the same way. What is sent, how much
//! work that is and when each entry leaves is as in [`Sequencer::step`], which
//! takes over whenever something is missing.

use std::sync::Arc;

use orrery_shared::{Beat, Entry, Memory, Run, RunRow, Stop, protocol};

use super::{Sequencer, word};
use crate::isa::Action;

/// Cycles of the beats of the longest activation.
const CYCLES: [u32; 5] = [0, 1, 2, 3, 4];

/// The runs of activations, by number of operand words.
pub(super) type Activations = [Arc<Run>; 5];

pub(super) fn activations() -> Activations {
    std::array::from_fn(|words| {
        let row = |n: usize| RunRow {
            pc: Action::Activate as u32 | if n == 0 { 0 } else { 0x40 },
            latency: 0,
            occupancy: 1,
        };
        let work = 1 + words as u64;
        Run::new(words, (0..=words).map(row).collect(), work)
    })
}

impl Sequencer {
    /// Beats until one stops.
    pub fn burst<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Stop {
        loop {
            if self.state.rest.is_none() {
                while self.activate_at_once(beat) {}
            }
            beat.begin();
            if let Err(stop) = self.step(beat, memory) {
                return stop;
            }
        }
    }

    /// All beats of an activation, if that is what comes next and nothing in
    /// them has to wait.
    #[inline]
    fn activate_at_once<B: Beat>(&mut self, beat: &mut B) -> bool {
        let Some(entry) = beat.run_entry(self.ports.actions, 0, 0) else {
            return false;
        };
        // Such an `n` says that no operand is a handle.
        if entry.op != Action::Activate as u16 || entry.n > 4 {
            return false;
        }
        let Some(run) = self.activations.get(usize::from(entry.n)) else {
            return false;
        };
        let cycles = &CYCLES[..run.rows().len()];
        if beat.run_room(self.ports.core_in, cycles) < cycles.len()
            || beat.open_run(run.work(), run.cycles(), 0).is_none()
        {
            return false;
        }
        beat.take_at(self.ports.actions, 0);
        let head = Entry::new(protocol::core_in::HEAD, entry.imm);
        beat.push_at(self.ports.core_in, 0, head);
        for (&at, &value) in cycles[1..].iter().zip(&entry.a) {
            beat.push_at(self.ports.core_in, at, word(value));
        }
        beat.close_run(run);
        self.state.core_sent += 1;
        self.state.activation_open = true;
        true
    }
}
