//! Several beats in one step, for clocks that offer it: words that follow each
//! other, and the end token behind them. Everything else is
//! [`CoreSink::step`]'s.

use std::sync::Arc;

use orrery_shared::{Beat, Entry, Memory, Run, RunRow, Stop, protocol};

use super::{CoreSink, WORD_BYTES, profile_row};
use crate::sink::Command;

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

    /// Whether so many words and an end token can be taken without looking further.
    #[inline]
    #[must_use]
    pub fn can_take(&self, words: u64) -> bool {
        let fit =
            |bound: &super::Bound| bound.writer.position + words * WORD_BYTES <= bound.unattended;
        self.state.rest.is_none()
            && words <= MOST as u64
            && (words == 0 || self.state.bound.as_ref().is_some_and(fit))
    }

    /// Takes words and an end token, for which [`CoreSink::can_take`] was asked.
    /// Returns the beats.
    #[inline]
    pub fn take(&mut self, words: &[u16], memory: &mut Memory) -> &Arc<Run> {
        if let Some(bound) = &mut self.state.bound {
            let bank = bound.writer.space.bank(memory);
            bound.writer.store_words(words, bank);
        }
        &self.word_runs[words.len()][1]
    }

    /// Whether a copy can be carried out without looking further: row, cycles
    /// and work of its beat.
    #[inline]
    #[must_use]
    pub fn can_copy(&self, command: &Entry) -> Option<(u32, u64, u64)> {
        if self.state.rest.is_some() || !self.copies_plainly(command) {
            return None;
        }
        let length = u64::from(command.a[1]);
        let texel = u64::from(self.state.bound.as_ref()?.writer.kind.texel);
        let cycles = self.spec.write_cycles(length * texel, false);
        Some((profile_row(Command::Copy), cycles, 1 + length))
    }

    /// Carries out a copy, for which [`CoreSink::can_copy`] was asked.
    #[inline]
    pub fn copy(&mut self, command: &Entry, memory: &mut Memory) {
        let [distance, length, ..] = command.a;
        if let Some(bound) = &mut self.state.bound {
            let writer = &mut bound.writer;
            let texel = u64::from(writer.kind.texel);
            let bank = writer.space.bank(memory);
            writer.copy(u64::from(distance) * texel, u64::from(length) * texel, bank);
        }
    }

    /// The beats of the words that are next and of the end token behind them.
    #[inline]
    fn words_at_once<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> bool {
        let Some(bound) = &mut self.state.bound else {
            return false;
        };
        let left = bound.unattended.saturating_sub(bound.writer.position) / WORD_BYTES;
        let most = left.min(MOST as u64) as usize;
        let longest = &self.word_runs[most][1];
        if !beat.open_run(longest.work(), longest.cycles(), 0) {
            return false;
        }
        let input = self.ports.input;
        let take = |beat: &mut B, at: usize, op: u16| {
            let entry = beat.take_in(input, op, at as u32, op.into());
            entry.map(|entry| entry.a[0] as u16)
        };
        let bank = bound.writer.space.bank(memory);
        let mut words = 0;
        while words < most
            && let Some(word) = take(beat, words, protocol::core_out::WORD)
        {
            bound.writer.store_word(word, bank);
            words += 1;
        }
        let end = take(beat, words, protocol::core_out::END).is_some();
        if end {
            beat.raise_in(self.ports.core_done, words as u32);
        } else if words == 0 {
            return false;
        }
        beat.close_run(&self.word_runs[words][usize::from(end)]);
        true
    }
}
