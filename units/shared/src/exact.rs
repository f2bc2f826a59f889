//! The `exact` clock: every queue slot remembers when it was filled and freed,
//! so a process can run ahead of the others until it really has to wait for a
//! value, and still every cycle is known.
//!
//! Entry k of a queue lives in slot k mod D. It can be popped from the cycle
//! after it was pushed, and its slot reused from the cycle after it was popped.
//! The ready cycle of every need is therefore an earlier event plus at least
//! one, and the cycle of issue has one solution, whatever order the processes
//! are evaluated in (`docs/machine/timing.md`).

mod beat;
mod count;
mod fill;
mod gate;
mod link;
mod queue;

use std::sync::Arc;

use crate::account::{End, Outcome, ProcessReport, Standing, WaitCause, classify, rename_idle};
use crate::beat::{Need, Network, Stop, Unmet};
use crate::entry::Tag;
use crate::run::{Run, Tallies};
use crate::topology::{Chan, Topology};
use beat::ExactBeat;
use count::Count;
use gate::GateLog;
use queue::Queue;

/// How many raises of a count, and how many charges of a gate, are remembered
/// before it is first asked which of them still matter.
const KEEP: usize = 4096;

/// Deviations from the model, each of which the property tests must notice.
/// They cost the model as written nothing: they change a constant, or act only
/// where a process waits or a result is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlantedBug {
    /// None: the model as written.
    #[default]
    None,
    /// A slot can be reused in the very cycle it is freed.
    EarlySlot,
    /// All waiting of a beat is charged to its last unmet need.
    ChargeLast,
    /// A beat that reaches over the horizon is counted whole.
    BusyNotClipped,
    /// The run ends with the last issue instead of the last beat's end.
    TotalIsLastIssue,
}

impl PlantedBug {
    /// All that are planted in this clock. [`crate::intake::Intake`] has one more.
    pub const ALL: &'static [PlantedBug] = &[
        PlantedBug::EarlySlot,
        PlantedBug::ChargeLast,
        PlantedBug::BusyNotClipped,
        PlantedBug::TotalIsLastIssue,
    ];
}

/// A stretch of waiting inside one beat: charged to `cause` up to cycle `until`.
#[derive(Clone, Copy, Debug)]
struct Mark {
    cause: WaitCause,
    until: u64,
}

#[derive(Clone, Debug)]
struct Local {
    /// First cycle after the last beat.
    t: u64,
    last_issue: u64,
    last_pc: u32,
    /// Up to `t`. For gates, only what is certain; the rest is in the log.
    report: ProcessReport,
    /// Runs that the report's profile does not show yet.
    runs: Tallies,
    /// Waiting already known of the beat that is open.
    open: Vec<Mark>,
    gate: Option<Box<GateLog>>,
}

impl Local {
    #[inline]
    fn can_retire(&self, work: u64, budget: u64) -> bool {
        self.report.work + work <= budget.saturating_add(self.report.credit)
    }

    /// Whether it stands waiting for an entry of this queue, and nothing else is known of the beat.
    #[inline]
    fn waits_for(&self, q: Chan) -> bool {
        self.open.is_empty()
            && matches!(&self.report.standing, Standing::Waiting(unmet) if unmet.need == Need::Entry(q))
    }

    /// Has read entries of another process that stands so.
    #[inline]
    fn read(&mut self, tag: Tag) {
        self.report.credit = self.report.credit.max(tag.credit);
        self.report.offset = tag.offset;
    }

    #[inline]
    fn tag(&self) -> Tag {
        Tag {
            credit: self.report.credit,
            offset: self.report.offset,
        }
    }

    /// Waits in a run, before a beat of row `pc`: all later beats of the run move along.
    #[inline]
    fn wait(&mut self, cause: WaitCause, cycles: u64, pc: u32) {
        self.t += cycles;
        self.report.waits[cause as usize] += cycles;
        if let Some(line) = self.report.profile.get_mut(pc as usize) {
            line.cycles += cycles;
        }
    }

    /// All beats from here on come later, since earlier ones have waited: for entries and for room.
    #[inline]
    fn move_along(&mut self, causes: [WaitCause; 2], waited: [u64; 2]) {
        for (cause, cycles) in causes.into_iter().zip(waited) {
            self.t += cycles;
            self.report.waits[cause as usize] += cycles;
        }
    }

    /// Ends a run.
    #[inline]
    fn close(&mut self, run: &Arc<Run>) {
        let Some(last) = run.rows().last() else {
            return;
        };
        let report = &mut self.report;
        report.work += run.work();
        report.busy += run.cycles() - run.latency();
        report.waits[WaitCause::Latency as usize] += run.latency();
        self.t += run.cycles();
        self.last_issue = self.t - u64::from(last.occupancy);
        self.last_pc = last.pc;
        self.runs.add(run, &mut report.profile);
    }

    /// Ends a run of a single beat.
    #[inline]
    fn close_beat(&mut self, pc: u32, occupancy: u64, work: u64) {
        let report = &mut self.report;
        report.work += work;
        report.busy += occupancy;
        self.last_issue = self.t;
        self.last_pc = pc;
        self.t += occupancy;
        if let Some(line) = report.profile.get_mut(pc as usize) {
            line.count += 1;
            line.cycles += occupancy;
        }
    }

    /// The cycle up to which the open beat is known to wait.
    fn known(&self) -> u64 {
        self.open.last().map_or(self.t, |mark| mark.until)
    }

    /// Where the process would be the last, if it did nothing any more.
    fn end(&self, bug: PlantedBug) -> u64 {
        match &self.report.standing {
            Standing::Trapped(_, at) => *at,
            _ if bug == PlantedBug::TotalIsLastIssue => self.last_issue,
            _ => self.t,
        }
    }
}

/// A network's clock with time-stamped queue slots.
#[derive(Clone, Debug)]
pub struct Exact {
    topology: Topology,
    queues: Vec<Queue>,
    counts: Vec<Count>,
    locals: Vec<Local>,
    order: Vec<usize>,
    bug: PlantedBug,
}

impl Exact {
    /// A clock at the start of a run.
    #[must_use]
    pub fn new(topology: Topology) -> Self {
        let locals = topology.procs.iter().map(|p| Local {
            t: 0,
            last_issue: 0,
            last_pc: 0,
            report: ProcessReport::new(p.profile),
            runs: Tallies::default(),
            open: Vec::new(),
            gate: p.is_gate.then(|| Box::new(GateLog::new(KEEP))),
        });
        Exact {
            queues: topology.queues.iter().map(Queue::new).collect(),
            counts: vec![Count::new(KEEP); topology.counts.len()],
            order: (0..topology.procs.len()).collect(),
            locals: locals.collect(),
            topology,
            bug: PlantedBug::None,
        }
    }

    /// Evaluates the processes in another order; no result may depend on it.
    pub fn set_order(&mut self, order: Vec<usize>) {
        self.order = order;
    }

    /// Plants a bug, before the run, to see that the tests catch it.
    pub fn plant(&mut self, bug: PlantedBug) {
        self.bug = bug;
    }

    /// Said before the run: history is forgotten as soon as there are this many
    /// items of it (normally some thousands). No result depends on it.
    pub fn set_keep(&mut self, items: usize) {
        self.counts.fill(Count::new(items));
        for local in &mut self.locals {
            if let Some(log) = &mut local.gate {
                **log = GateLog::new(items);
            }
        }
    }

    /// Items of history that are remembered now: raises of counts and charges
    /// of gates.
    #[must_use]
    pub fn remembered(&self) -> usize {
        let gates = self.locals.iter().filter_map(|l| l.gate.as_ref());
        let counts = self.counts.iter().map(Count::remembered);
        counts.sum::<usize>() + gates.map(|log| log.remembered()).sum::<usize>()
    }

    /// Row of the profile of the beat that process `p` issued last; `None` before its first.
    #[must_use]
    pub fn last_row(&self, p: usize) -> Option<u32> {
        let local = &self.locals[p];
        (local.t > 0).then_some(local.last_pc)
    }

    fn can_go(&self, p: usize, horizon: u64) -> bool {
        let local = &self.locals[p];
        match &local.report.standing {
            Standing::Running => true,
            Standing::AtHorizon => local.known() < horizon,
            Standing::Waiting(unmet) => is_known(&self.queues, &self.counts, unmet.need),
            Standing::Trapped(..) | Standing::Done => false,
        }
    }

    /// Runs until quiet or until nothing more happens before `horizon`.
    ///
    /// May be called again with a later horizon to go on.
    pub fn run<N: Network>(&mut self, network: &mut N, horizon: u64) -> Outcome {
        let order = self.order.clone();
        loop {
            let mut progress = false;
            for &p in &order {
                if self.can_go(p, horizon) {
                    progress = true;
                    self.burst(network, p, horizon);
                }
            }
            if !progress {
                return self.outcome(horizon);
            }
        }
    }

    fn burst<N: Network>(&mut self, network: &mut N, p: usize, horizon: u64) {
        let mut beat = ExactBeat::new(self, p, horizon);
        let stop = network.burst(p, &mut beat);
        let (x, offset) = beat.finish();
        let local = &mut self.locals[p];
        local.report.standing = match stop {
            Stop::Wait(unmet) => Standing::Waiting(unmet),
            Stop::Horizon => Standing::AtHorizon,
            Stop::Turn => Standing::Running,
            Stop::Trap(_) if x >= horizon => Standing::AtHorizon,
            Stop::Trap(fault) => {
                local.report.offset = offset;
                Standing::Trapped(fault, x)
            }
            Stop::Done => Standing::Done,
        };
        if local.gate.as_ref().is_some_and(|log| log.is_full()) {
            let floor = self.last_end().min(horizon);
            let local = &mut self.locals[p];
            if let Some(log) = &mut local.gate {
                log.settle(floor, &mut local.report);
            }
        }
    }

    /// Where the run would end if nothing happened any more.
    fn last_end(&self) -> u64 {
        let processes = self.locals.iter().zip(&self.topology.procs);
        let ends = processes
            .filter(|(_, spec)| !spec.is_gate)
            .map(|(local, _)| local.end(self.bug));
        ends.max().unwrap_or(0)
    }

    fn outcome(&self, horizon: u64) -> Outcome {
        // Somebody is in a beat at the horizon, or could issue there, or time
        // alone will meet his need: whatever waits beyond the horizon waits
        // for time, since all events lie before it.
        let on = |l: &Local| l.report.standing == Standing::AtHorizon || l.known() > horizon;
        let quiet = !self.locals.iter().any(on);
        let (end, total) = if quiet {
            let standings: Vec<&Standing> =
                self.locals.iter().map(|l| &l.report.standing).collect();
            (classify(&self.topology, &standings), self.last_end())
        } else {
            (End::Horizon, horizon)
        };
        let views = self.locals.iter().map(|l| self.view(l, total, quiet));
        Outcome {
            end,
            total,
            processes: views.collect(),
            queues: self.queues.iter().map(|q| q.report(total)).collect(),
            counts: self.counts.iter().map(Count::raised).collect(),
        }
    }

    /// A process's accounts at cycle `total`, without changing them.
    fn view(&self, local: &Local, total: u64, quiet: bool) -> ProcessReport {
        let mut report = local.report.clone();
        local.runs.charge(&mut report.profile);
        if let Some(log) = &local.gate {
            log.charge(total, &mut report);
        }
        if local.t > total {
            // Of a gate, the log has said all. Any other process is in a beat
            // at the horizon.
            if local.gate.is_none() && self.bug != PlantedBug::BusyNotClipped {
                report.busy -= local.t - total;
                if let Some(line) = report.profile.get_mut(local.last_pc as usize) {
                    line.cycles -= local.t - total;
                }
            }
            if !quiet {
                report.standing = Standing::Running;
            }
            return report;
        }
        let mut x = local.t;
        for mark in &local.open {
            let until = mark.until.min(total);
            if until > x {
                report.waits[mark.cause as usize] += until - x;
                x = until;
            }
        }
        let rest = total - x;
        match &report.standing {
            Standing::Waiting(unmet) => {
                report.waits[unmet.cause as usize] += rest;
                if quiet {
                    rename_idle(&mut report, rest);
                }
            }
            Standing::Trapped(..) | Standing::Done => {
                report.waits[WaitCause::Stopped as usize] += rest;
            }
            Standing::Running | Standing::AtHorizon => debug_assert_eq!(rest, 0),
        }
        let ahead = local.open.iter().find(|mark| mark.until > total);
        if let (false, Some(mark)) = (quiet, ahead) {
            report.standing = Standing::Waiting(Unmet {
                cause: mark.cause,
                need: Need::Time(mark.until),
                home: false,
                from: 0,
            });
        }
        report
    }
}

/// Whether it is known from which cycle on a need is met.
fn is_known(queues: &[Queue], counts: &[Count], need: Need) -> bool {
    match need {
        Need::Entry(q) => !queues[usize::from(q.0)].is_empty(),
        Need::Room(q) => !queues[usize::from(q.0)].is_full(),
        Need::Count(c, n) => counts[usize::from(c.0)].raised() >= n,
        Need::Time(_) => true,
    }
}

/// A cycle from which on a raise must be remembered: nobody will wait for one
/// that is seen at or before it. Process `running` stands between two beats.
///
/// A process that waits for what another has not yet done cannot go on before
/// that one does it. Needs that it had before, in the same beat, are asked for
/// again then; that matters only if one of them was a wait for a count.
fn floor(
    topology: &Topology,
    locals: &[&Local],
    running: usize,
    is_known: impl Fn(Need) -> bool,
) -> u64 {
    let mut floors: Vec<u64> = locals.iter().map(|l| l.t).collect();
    let mut waiting = Vec::new();
    for (p, local) in locals.iter().enumerate().filter(|(p, _)| *p != running) {
        let awaited = local.open.iter().any(|m| m.cause == WaitCause::Token);
        match &local.report.standing {
            Standing::Trapped(..) | Standing::Done => floors[p] = u64::MAX,
            Standing::Waiting(unmet) if !awaited && !is_known(unmet.need) => {
                let partner = match unmet.need {
                    Need::Entry(q) => topology.queues[usize::from(q.0)].producer,
                    Need::Room(q) => topology.queues[usize::from(q.0)].consumer,
                    Need::Count(c, _) => topology.counts[usize::from(c.0)].raiser,
                    Need::Time(_) => continue,
                };
                waiting.push((p, usize::from(partner.0)));
            }
            _ => {}
        }
    }
    // As long as the longest chain of waiting processes.
    for _ in 0..waiting.len() {
        for &(p, partner) in &waiting {
            floors[p] = floors[p].max(floors[partner].saturating_add(1));
        }
    }
    floors.into_iter().min().unwrap_or(0)
}
