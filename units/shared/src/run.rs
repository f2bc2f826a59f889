//! Runs: beats that a process always issues one after the other, described once
//! so that a clock can account for all of them in one step.
//!
//! A run never traps, and of waiting it knows only the latencies inside it and
//! what the clock adds for queues ([`crate::Beat::take_in`]). Where something
//! else is in the way, the run ends before it, and the process goes on beat by
//! beat. So runs change no result, only the host's time.

use std::sync::Arc;

use crate::account::Line;

/// One beat of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Row of the profile.
    pub pc: u32,
    /// Cycles it waits for an earlier result of the same run.
    pub latency: u32,
    /// Cycles it takes.
    pub occupancy: u32,
}

/// Beats that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    id: usize,
    rows: Vec<RunRow>,
    work: u64,
    cycles: u64,
    latency: u64,
}

impl Run {
    /// A run of these beats, which retire so much work together. `id` tells the
    /// runs of a process apart: small numbers, from 0.
    #[must_use]
    pub fn new(id: usize, rows: Vec<RunRow>, work: u64) -> Arc<Run> {
        let latency = rows.iter().map(|row| u64::from(row.latency)).sum();
        let busy: u64 = rows.iter().map(|row| u64::from(row.occupancy)).sum();
        Arc::new(Run {
            id,
            rows,
            work,
            cycles: busy + latency,
            latency,
        })
    }

    /// Its beats.
    #[must_use]
    pub fn rows(&self) -> &[RunRow] {
        &self.rows
    }

    /// Cycles from the first beat's turn to the end of the last.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Cycles of these that are waited for earlier results.
    #[must_use]
    pub fn latency(&self) -> u64 {
        self.latency
    }

    /// Work retired.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.work
    }
}

/// How often each run of a process was taken. The profile is worked out from
/// it when somebody looks, so that a run costs one addition and not one per beat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallies {
    runs: Vec<Option<(Arc<Run>, u64)>>,
}

impl Tallies {
    /// Counts a run.
    #[inline]
    pub fn add(&mut self, run: &Arc<Run>, profile: &mut [Line]) {
        if let Some(Some((known, count))) = self.runs.get_mut(run.id)
            && Arc::ptr_eq(known, run)
        {
            *count += 1;
            return;
        }
        self.add_new(run, profile);
    }

    #[cold]
    fn add_new(&mut self, run: &Arc<Run>, profile: &mut [Line]) {
        if self.runs.len() <= run.id {
            self.runs.resize(run.id + 1, None);
        }
        // The same number for another run: the process was exchanged.
        if let Some((old, count)) = self.runs[run.id].replace((Arc::clone(run), 1)) {
            charge(&old, count, profile);
        }
    }

    /// Adds what was counted to a profile.
    pub fn charge(&self, profile: &mut [Line]) {
        for (run, count) in self.runs.iter().flatten() {
            charge(run, *count, profile);
        }
    }
}

fn charge(run: &Run, count: u64, profile: &mut [Line]) {
    for row in &run.rows {
        if let Some(line) = profile.get_mut(row.pc as usize) {
            line.count += count;
            line.cycles += count * (u64::from(row.latency) + u64::from(row.occupancy));
        }
    }
}
