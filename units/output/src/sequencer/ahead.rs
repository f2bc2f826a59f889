//! Several beats in one step, for clocks that offer it: an activation with its
//! operand words, appends of one unit that follow each other, and copies of the
//! core's sink, which are so frequent that a step of their own pays. What is done,
//! how much work that is and when is as in [`Sequencer::step`], which takes over
//! whenever something is missing.

use std::sync::Arc;

use orrery_shared::{Beat, Entry, Memory, Run, RunRow, Stop, protocol};

use super::{Rest, Sequencer, word};
use crate::isa::Action;
use crate::sink::Command;

/// Most operand words of an activation, and one.
const WORDS: usize = 5;

/// Row of the profile of an activation's further beats.
const NEXT_WORD: u32 = Action::Activate as u32 | 0x40;

/// Most appends in a run.
const MOST: usize = 16;

/// The runs of a sequencer.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    /// Activations, by number of operand words, and of those that are sent in the run.
    activations: [[Arc<Run>; WORDS]; WORDS],
    /// Appends of one unit each, by how many there are.
    appends: [Arc<Run>; MOST + 1],
    sink_copy: Arc<Run>,
}

impl Runs {
    pub fn new() -> Self {
        let row = |pc: u32| RunRow {
            pc,
            latency: 0,
            occupancy: 1,
        };
        let activation = |words: usize, sent: usize| {
            let (first, next) = (Action::Activate as u32, NEXT_WORD);
            let mut rows = vec![row(first)];
            rows.resize(1 + sent, row(next));
            // All of the work is done in the first beat.
            Run::new(WORDS * words + sent, rows, 1 + words as u64)
        };
        let appends = |n: usize| {
            let rows = vec![row(Action::Append as u32); n];
            Run::new(WORDS * WORDS + n, rows, 2 * n as u64)
        };
        Runs {
            activations: std::array::from_fn(|words| {
                std::array::from_fn(|sent| activation(words, sent))
            }),
            appends: std::array::from_fn(appends),
            sink_copy: Run::new(
                WORDS * WORDS + MOST + 1,
                vec![row(Action::SinkCopy as u32)],
                1,
            ),
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

    /// The same; `through` is asked first whether it can carry out the next
    /// action together with the units behind the sequencer.
    #[inline]
    pub fn burst_through<B: Beat>(
        &mut self,
        beat: &mut B,
        memory: &mut Memory,
        mut through: impl FnMut(&mut Self, &mut B, &mut Memory) -> bool,
    ) -> Stop {
        let unfinished = self.state.rest.is_some();
        loop {
            while through(self, beat, memory) || self.at_once(beat, memory) {}
            beat.begin();
            if let Err(stop) = self.step(beat, memory) {
                return stop;
            }
            if unfinished && self.state.rest.is_none() {
                // Nothing is in the way of more, but if the units behind come first, they may
                // stand waiting for it afterwards.
                beat.begin();
                return Stop::Turn;
            }
        }
    }

    /// The beats of an action that starts an activation, all of whose entries can
    /// be sent; `None` for anything else.
    #[inline]
    #[must_use]
    pub fn activation(&self, action: &Entry) -> Option<&Arc<Run>> {
        let words = usize::from(action.n);
        let is_one = action.op == Action::Activate as u16 && self.state.rest.is_none();
        let runs = self.runs.activations.get(words).filter(|_| is_one)?;
        runs.get(words)
    }

    /// The beat of an action that sends a copy to the core's sink.
    #[inline]
    #[must_use]
    pub fn sent_copy(&self, action: &Entry) -> Option<&Arc<Run>> {
        let is_one = action.op == Action::SinkCopy as u16 && action.n == 2;
        (is_one && self.state.rest.is_none() && self.state.bound.is_some())
            .then_some(&self.runs.sink_copy)
    }

    /// An action of one of these two kinds was carried out elsewhere.
    #[inline]
    pub fn was_sent(&mut self, action: &Entry) {
        self.state.core_sent += 1;
        self.state.activation_open = action.op == Action::Activate as u16;
    }

    /// Several beats, if there is a run for what comes next and nothing in it
    /// has to wait.
    #[inline]
    fn at_once<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> bool {
        if self.state.rest.is_some() {
            return false;
        }
        let Some(entry) = beat.known(self.ports.actions, 0) else {
            return false;
        };
        // A small `n` says that no operand is a handle.
        if entry.op == Action::Append as u16 && entry.n == 1 {
            self.append_at_once(&entry, beat, memory)
        } else if entry.op == Action::Activate as u16 && entry.n <= 4 {
            self.activate_at_once(&entry, beat)
        } else if entry.op == Action::SinkCopy as u16 && entry.n == 2 {
            self.sink_copy_at_once(&entry, beat)
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
        let longest = &self.runs.appends[most];
        if self.append_cycles[unit] != 1 || !beat.open_run(longest.work(), longest.cycles(), 0) {
            return false;
        }
        let (actions, op) = (self.ports.actions, first.op);
        let same = |e: &Entry| (e.op, e.n, e.imm) == (op, 1, first.imm);
        let bank = stream.writer.space.bank(memory);
        let mut count = 0;
        while count < most
            && beat.known(actions, 0).is_some_and(|e| same(&e))
            && let Some(entry) = beat.take_in(actions, op, count as u32, op.into())
        {
            stream.writer.store(&entry.a, 1, bank);
            count += 1;
        }
        if count == 0 {
            return false;
        }
        beat.close_run(&self.runs.appends[count]);
        true
    }

    #[inline]
    fn sink_copy_at_once<B: Beat>(&mut self, entry: &Entry, beat: &mut B) -> bool {
        let Some(handle) = self.state.bound else {
            return false;
        };
        let run = &self.runs.sink_copy;
        let (actions, core_in) = (self.ports.actions, self.ports.core_in);
        let command = Entry::with(Command::Copy as u16, handle, &entry.a[..2]).on_behalf_of(entry);
        if !beat.open_run(run.work(), run.cycles(), 0)
            || !beat.pass_in(actions, 0, entry.op.into(), core_in, command)
        {
            return false;
        }
        beat.close_run(run);
        self.state.core_sent += 1;
        self.state.activation_open = false;
        true
    }

    #[inline]
    fn activate_at_once<B: Beat>(&mut self, entry: &Entry, beat: &mut B) -> bool {
        let words = usize::from(entry.n);
        let Some(runs) = self.runs.activations.get(words) else {
            return false;
        };
        let longest = &runs[words];
        if !beat.open_run(longest.work(), longest.cycles(), 0) {
            return false;
        }
        let (actions, core_in) = (self.ports.actions, self.ports.core_in);
        let head = Entry::new(protocol::core_in::HEAD, entry.imm);
        if !beat.pass_in(actions, 0, entry.op.into(), core_in, head) {
            return false;
        }
        let mut sent = 0;
        while sent < words && beat.push_in(core_in, 1 + sent as u32, NEXT_WORD, word(entry.a[sent]))
        {
            sent += 1;
        }
        beat.close_run(&runs[sent]);
        if sent < words {
            self.state.rest = Some(Rest::Words {
                op: Action::Activate,
                values: entry.a,
                next: sent as u8,
                count: words as u8,
            });
        }
        self.state.core_sent += 1;
        self.state.activation_open = true;
        true
    }
}
