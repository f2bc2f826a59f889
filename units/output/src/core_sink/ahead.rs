//! Several beats in one step, for clocks that offer it: words that are there
//! already, and the end token behind them. Everything else is
//! [`CoreSink::step`]'s.

use std::sync::Arc;

use orrery_shared::{Beat, Memory, Run, RunRow, Stop, protocol};

use super::{CoreSink, WORD_BYTES};

/// Most words of a run.
const MOST: usize = 16;

/// The runs of so many words, without and with an end token.
pub(super) type WordRuns = Vec<[Arc<Run>; 2]>;

pub(super) fn word_runs() -> WordRuns {
    let row = |op: u16| RunRow {
        pc: op.into(),
        latency: 0,
        occupancy: 1,
    };
    let run = |words: usize, end: usize| {
        let mut rows = vec![row(protocol::core_out::WORD); words];
        rows.resize(words + end, row(protocol::core_out::END));
        Run::new(2 * words + end, rows, (words + end) as u64)
    };
    (0..=MOST).map(|n| [run(n, 0), run(n, 1)]).collect()
}

impl CoreSink {
    /// Beats until one stops.
    pub fn burst<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Stop {
        loop {
            if self.state.rest.is_none() {
                while self.words_at_once(beat, memory) {}
            }
            beat.begin();
            if let Err(stop) = self.step(beat, memory) {
                return stop;
            }
        }
    }

    /// The beats of all words that are there and of the end token behind them,
    /// if nothing in them has to wait.
    #[inline]
    fn words_at_once<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> bool {
        let Some(bound) = &mut self.state.bound else {
            return false;
        };
        let left = bound.unattended.saturating_sub(bound.writer.position) / WORD_BYTES;
        let most = left.min(MOST as u64) as usize;
        let input = self.ports.input;
        let next_is = |beat: &B, n: usize, op| {
            let entry = beat.run_entry(input, n, n as u32);
            entry.is_some_and(|entry| entry.op == op)
        };
        let mut words = 0;
        while words < most && next_is(beat, words, protocol::core_out::WORD) {
            words += 1;
        }
        let end = next_is(beat, words, protocol::core_out::END);
        let run = &self.word_runs[words][usize::from(end)];
        if run.work() == 0 || beat.open_run(run.work(), run.cycles(), 0).is_none() {
            return false;
        }
        let bank = bound.writer.space.bank(memory);
        for at in 0..words {
            let word = beat.take_at(input, at as u32).a[0] as u16;
            bound.writer.store_word(word, bank);
        }
        if end {
            beat.take_at(input, words as u32);
            beat.raise_at(self.ports.core_done, words as u32);
        }
        beat.close_run(run);
        true
    }
}
