//! How a run ended, with places in source texts.

use orrery_shared::Need;
use orrery_shared::account::{DeadlockKind, Standing};
use orrery_shared::source::SourceMap;
use orrery_shared::{End, Fault, Outcome, TrapCode};

use crate::machine::Machine;
use crate::wiring::{count, process, queue};

/// One trap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrapReport {
    /// Stable code.
    pub code: TrapCode,
    /// The process that stopped.
    pub process: &'static str,
    /// Cycle (0 under the `off` clock).
    pub cycle: u64,
    /// Program counter in the process's own numbering.
    pub pc: u32,
    /// `file:line` of the program, if known.
    pub place: Option<String>,
    /// Offset of the input byte that the process stood at.
    pub offset: u64,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for TrapReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {} (at input byte {}",
            self.code, self.message, self.offset
        )?;
        if let Some(place) = &self.place {
            write!(f, ", {place}")?;
        }
        write!(f, ", {}, cycle {})", self.process, self.cycle)
    }
}

/// A warning of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What the program says.
    pub message: String,
    /// Input offset.
    pub offset: u64,
}

/// The kind of an end, as the exit code needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The program accepted.
    Complete,
    /// A trap, a deadlock, or frames that were opened and never finished.
    Bad,
    /// The budget or the horizon was reached.
    Limit,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitReport {
    /// The kind.
    pub verdict: Verdict,
    /// One sentence; empty if all is well.
    pub headline: String,
    /// All traps, in unit order.
    pub traps: Vec<TrapReport>,
    /// Warnings of the program, in order.
    pub warnings: Vec<Warning>,
    /// Warnings beyond those kept.
    pub more_warnings: u64,
}

impl Machine {
    /// Says how a run ended.
    #[must_use]
    pub fn report(&self, outcome: &Outcome) -> ExitReport {
        let mut traps: Vec<TrapReport> = outcome
            .processes
            .iter()
            .enumerate()
            .filter_map(|(p, r)| match &r.standing {
                Standing::Trapped(fault, cycle) => Some(self.trap(p, fault, *cycle, r.offset)),
                _ => None,
            })
            .collect();
        let (verdict, headline) = match &outcome.end {
            End::Complete if self.units().video.open_frames().next().is_some() => {
                let text = "the program ended without completing a picture that it had opened";
                (Verdict::Bad, text.to_owned())
            }
            End::Complete => (Verdict::Complete, String::new()),
            End::Horizon => (
                Verdict::Limit,
                format!("stopped at the horizon, cycle {}", outcome.total),
            ),
            End::Trap(_) => {
                let verdict = if traps.iter().all(|t| t.code == TrapCode::Budget) {
                    Verdict::Limit
                } else {
                    Verdict::Bad
                };
                (
                    verdict,
                    traps.first().map(ToString::to_string).unwrap_or_default(),
                )
            }
            End::Deadlock { kind, chain } => {
                let deadlock = self.deadlock(outcome, *kind, chain);
                let headline = deadlock.to_string();
                traps.push(deadlock);
                (Verdict::Bad, headline)
            }
        };
        let (kept, all) = self.units().parsing.warnings();
        let more_warnings = all - kept.len() as u64;
        let warnings = kept
            .into_iter()
            .map(|(message, offset)| Warning { message, offset })
            .collect();
        ExitReport {
            verdict,
            headline,
            traps,
            warnings,
            more_warnings,
        }
    }

    fn trap(&self, p: usize, fault: &Fault, cycle: u64, offset: u64) -> TrapReport {
        TrapReport {
            code: fault.code,
            process: process::NAMES[p],
            cycle,
            pc: fault.pc,
            place: self.place(p, fault),
            offset,
            message: fault.message.clone(),
        }
    }

    /// Where in the program a fault comes from: the place of the instruction, or of the row of the
    /// grammar that asked for it.
    fn place(&self, p: usize, fault: &Fault) -> Option<String> {
        let own = self.source_map(p).and_then(|m| m.describe(fault.pc));
        own.or_else(|| self.asked(fault.from))
    }

    /// A deadlock as a trap of the first process that is stuck; its text names the chain of first unmet needs.
    fn deadlock(&self, outcome: &Outcome, kind: DeadlockKind, chain: &[usize]) -> TrapReport {
        let kind = match kind {
            DeadlockKind::Capacity => "a full queue is part of the chain",
            DeadlockKind::Circular => "the units wait for each other",
            DeadlockKind::Starved => "what is waited for will never come",
        };
        let links: Vec<String> = chain.iter().map(|&p| self.link(outcome, p)).collect();
        let first = chain.first().copied().unwrap_or(process::PARSING);
        TrapReport {
            code: TrapCode::Deadlock,
            process: process::NAMES[first],
            cycle: outcome.total,
            pc: self.row_at(first).unwrap_or(0),
            place: self.waits_at(outcome, first),
            offset: outcome.processes[first].offset,
            message: format!("{kind}: {}", links.join("; ")),
        }
    }

    /// What a process of a deadlock waits for, and where.
    fn link(&self, outcome: &Outcome, p: usize) -> String {
        let name = process::NAMES[p];
        let what = match &outcome.processes[p].standing {
            Standing::Waiting(unmet) => match unmet.need {
                Need::Entry(q) => format!(
                    "{name} waits for an entry of `{}`",
                    queue::NAMES[usize::from(q.0)]
                ),
                Need::Room(q) => format!(
                    "{name} waits for room in `{}`",
                    queue::NAMES[usize::from(q.0)]
                ),
                Need::Count(c, n) => format!(
                    "{name} waits for `{}` to reach {n}",
                    count::NAMES[usize::from(c.0)]
                ),
                Need::Time(_) => format!("{name} waits for time to pass"),
            },
            Standing::Done => return format!("{name} is done"),
            _ => return format!("{name} has stopped"),
        };
        match self.waits_at(outcome, p) {
            Some(place) => format!("{what} ({place})"),
            None => what,
        }
    }

    /// The program counter of a process that runs a program of its own, where it waits.
    fn row_at(&self, p: usize) -> Option<u32> {
        let units = self.units();
        match p {
            process::PARSING => units.parsing.current_row(),
            process::CORE if !units.core.at_home() => Some(units.core.pc().into()),
            _ => None,
        }
    }

    /// Where in the program a process waits: at its own instruction, or in what a row of the grammar asked for.
    fn waits_at(&self, outcome: &Outcome, p: usize) -> Option<String> {
        let Standing::Waiting(unmet) = &outcome.processes[p].standing else {
            return None;
        };
        let own = |pc: u32| self.source_map(p)?.describe(pc);
        self.row_at(p).map_or_else(|| self.asked(unmet.from), own)
    }

    /// The place of the row that sent an entry.
    fn asked(&self, from: u16) -> Option<String> {
        let row = u32::from(from).checked_sub(1)?;
        self.program().parsing.map.describe(row)
    }

    /// The source map of a process that runs a program of its own.
    #[must_use]
    pub fn source_map(&self, p: usize) -> Option<&SourceMap> {
        match p {
            process::PARSING => Some(&self.program().parsing.map),
            process::CORE => Some(&self.program().core.map),
            process::KERNEL | process::SCAN => Some(&self.program().kernel.map),
            _ => None,
        }
    }
}
