//! Several beats in one step, for clocks that offer it: an activation with its
//! operand words, and appends of one unit that follow each other. What is done,
//! how much work that is and when is as in [`Sequencer::step`], which takes over
//! whenever something is missing.

use std::sync::Arc;

use orrery_shared::{Beat, Entry, Memory, Run, RunRow, Stop, protocol};

use super::{Sequencer, word};
use crate::isa::Action;

/// Cycles of the beats of the longest activation.
const CYCLES: [u32; 5] = [0, 1, 2, 3, 4];

/// Most appends in a run.
const MOST: usize = 16;

/// The runs of a sequencer.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    /// Activations, by number of operand words.
    activations: [Arc<Run>; CYCLES.len()],
    /// Appends of one unit each, by how many there are.
    appends: [Arc<Run>; MOST + 1],
}

impl Runs {
    pub fn new() -> Self {
        let row = |pc: u32| RunRow {
            pc,
            latency: 0,
            occupancy: 1,
        };
        let activation = |words: usize| {
            let (first, next) = (Action::Activate as u32, Action::Activate as u32 | 0x40);
            let mut rows = vec![row(first)];
            rows.resize(1 + words, row(next));
            Run::new(words, rows, 1 + words as u64)
        };
        let appends = |n: usize| {
            let rows = vec![row(Action::Append as u32); n];
            Run::new(CYCLES.len() + n, rows, 2 * n as u64)
        };
        Runs {
            activations: std::array::from_fn(activation),
            appends: std::array::from_fn(appends),
        }
    }
}

impl Sequencer {
    /// Beats until one stops.
    pub fn burst<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Stop {
        loop {
            while self.at_once(beat, memory) {}
            beat.begin();
            if let Err(stop) = self.step(beat, memory) {
                return stop;
            }
        }
    }

    /// Several beats, if there is a run for what comes next and nothing in it
    /// has to wait.
    #[inline]
    fn at_once<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> bool {
        if self.state.rest.is_some() {
            return false;
        }
        let Some(entry) = beat.run_entry(self.ports.actions, 0, 0) else {
            return false;
        };
        // A small `n` says that no operand is a handle.
        if entry.op == Action::Append as u16 && entry.n == 1 {
            self.append_at_once(&entry, beat, memory)
        } else if entry.op == Action::Activate as u16 && entry.n <= 4 {
            self.activate_at_once(&entry, beat)
        } else {
            false
        }
    }

    fn append_at_once<B: Beat>(
        &mut self,
        first: &Entry,
        beat: &mut B,
        memory: &mut Memory,
    ) -> bool {
        let Some(stream) = self.state.table.find(first.imm) else {
            return false;
        };
        let unit = usize::from(stream.writer.kind.unit);
        let left = stream.unattended.saturating_sub(stream.writer.position) / unit as u64;
        let most = left.min(MOST as u64) as usize;
        let same = |n: &usize| {
            let entry = beat.run_entry(self.ports.actions, *n, *n as u32);
            entry.is_some_and(|e| (e.op, e.n, e.imm) == (first.op, 1, first.imm))
        };
        let count = (0..most).take_while(same).count();
        let run = &self.runs.appends[count];
        if count == 0
            || self.append_cycles[unit] != 1
            || beat.open_run(run.work(), run.cycles(), 0).is_none()
        {
            return false;
        }
        let bank = stream.writer.space.bank(memory);
        for at in 0..count {
            let entry = beat.take_at(self.ports.actions, at as u32);
            stream.writer.store(&entry.a, 1, bank);
        }
        beat.close_run(run);
        true
    }

    #[inline]
    fn activate_at_once<B: Beat>(&mut self, entry: &Entry, beat: &mut B) -> bool {
        let Some(run) = self.runs.activations.get(usize::from(entry.n)) else {
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
