//! The charges of a gate, kept until it is known that the run does not end
//! before them: gates go on after the last other process, and what is charged
//! from the end of the run on is discarded.

use crate::account::{ProcessReport, WaitCause};

/// A stretch of cycles, from the end of the one before.
#[derive(Clone, Copy, Debug)]
struct Charge {
    /// What is waited for; nothing inside a beat.
    cause: Option<WaitCause>,
    until: u64,
    pc: u32,
}

#[derive(Clone, Debug)]
pub(super) struct GateLog {
    charges: Vec<Charge>,
    /// Where the first one starts.
    from: u64,
    /// At this length, it is worth settling; `keep` or more.
    full: usize,
    keep: usize,
}

impl GateLog {
    pub fn new(keep: usize) -> Self {
        GateLog {
            charges: Vec::new(),
            from: 0,
            full: keep,
            keep,
        }
    }

    pub fn add(&mut self, cause: Option<WaitCause>, until: u64, pc: u32) {
        self.charges.push(Charge { cause, until, pc });
    }

    pub fn remembered(&self) -> usize {
        self.charges.len()
    }

    pub fn is_full(&self) -> bool {
        self.charges.len() >= self.full
    }

    /// Adds what lies before `total` to the report.
    pub fn charge(&self, total: u64, report: &mut ProcessReport) {
        let mut from = self.from;
        for charge in &self.charges {
            let until = charge.until.min(total);
            if until > from {
                report.charge(charge.cause, charge.pc, until - from);
                from = until;
            }
        }
    }

    /// Moves the charges that end before `floor` into the report.
    pub fn settle(&mut self, floor: u64, report: &mut ProcessReport) {
        let n = self.charges.partition_point(|c| c.until <= floor);
        for charge in self.charges.drain(..n) {
            report.charge(charge.cause, charge.pc, charge.until - self.from);
            self.from = charge.until;
        }
        self.full = self.keep.max(2 * self.charges.len());
    }
}

impl ProcessReport {
    fn charge(&mut self, cause: Option<WaitCause>, pc: u32, cycles: u64) {
        match cause {
            Some(cause) => self.waits[cause as usize] += cycles,
            None => self.busy += cycles,
        }
        if let Some(line) = self.profile.get_mut(pc as usize) {
            line.cycles += cycles;
        }
    }
}
