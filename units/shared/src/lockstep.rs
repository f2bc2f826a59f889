//! The `lockstep` clock: every process looks at every cycle. Slow and simple;
//! the oracle that `exact` is tested against. It shares nothing with `exact`
//! but the definition of what a process does in a beat.

use std::collections::VecDeque;

use crate::account::{
    End, Line, Outcome, ProcessReport, QueueReport, Standing, WaitCause, Waits, classify,
    rename_idle,
};
use crate::beat::{Beat, Need, Network, Step, Stop, Unmet};
use crate::entry::{Entry, Tag};
use crate::topology::{Chan, Counter, Topology};
use crate::trap::{Fault, TrapCode};

/// A queue as it stood before the cycle, and what the cycle does to it.
#[derive(Clone, Debug)]
struct Queue {
    items: VecDeque<(Entry, Tag)>,
    incoming: Option<(Entry, Tag)>,
    outgoing: bool,
    pushed: u64,
    popped: u64,
    /// One more than the highest cycle: how often each fill was seen.
    fill: Vec<u64>,
    /// Fills of the cycles that a later end of run may discard.
    recent: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Local {
    /// First cycle after the current beat.
    free_at: u64,
    /// First cycle after the last beat that is accounted in `waits`.
    accounted: u64,
    busy: u64,
    waits: Waits,
    work: u64,
    credit: u64,
    offset: u64,
    /// Causes of the cycles waited since the last beat.
    waiting: Vec<(WaitCause, u64)>,
    standing: Standing,
    profile: Vec<Line>,
}

/// A network's clock that looks at every process in every cycle.
#[derive(Clone, Debug)]
pub struct Lockstep {
    topology: Topology,
    queues: Vec<Queue>,
    counts: Vec<u64>,
    rising: Vec<u64>,
    locals: Vec<Local>,
    order: Vec<usize>,
    now: u64,
}

impl Lockstep {
    /// A clock at the start of a run.
    #[must_use]
    pub fn new(topology: Topology) -> Self {
        let queues = topology
            .queues
            .iter()
            .map(|q| Queue {
                items: VecDeque::new(),
                incoming: None,
                outgoing: false,
                pushed: 0,
                popped: 0,
                fill: vec![0; q.depth + 1],
                recent: Vec::new(),
            })
            .collect();
        let locals: Vec<Local> = topology
            .procs
            .iter()
            .map(|p| Local {
                free_at: 0,
                accounted: 0,
                busy: 0,
                waits: [0; WaitCause::COUNT],
                work: 0,
                credit: 0,
                offset: 0,
                waiting: Vec::new(),
                standing: Standing::Running,
                profile: vec![Line::default(); p.profile],
            })
            .collect();
        let n = topology.counts.len();
        Lockstep {
            queues,
            counts: vec![0; n],
            rising: vec![0; n],
            order: (0..locals.len()).collect(),
            locals,
            topology,
            now: 0,
        }
    }

    /// Evaluates the processes in another order within each cycle.
    pub fn set_order(&mut self, order: Vec<usize>) {
        self.order = order;
    }

    /// Runs until quiet or up to cycle `horizon`. May be called again to go on.
    pub fn run<N: Network>(&mut self, network: &mut N, horizon: u64) -> Outcome {
        let order = self.order.clone();
        let mut quiet = false;
        while self.now < horizon {
            let mut active = false;
            for &p in &order {
                active |= self.look(network, p);
            }
            if !active {
                quiet = true;
                break;
            }
            self.end_cycle();
        }
        self.outcome(horizon, quiet)
    }

    /// One process at one cycle. True if anything happened or time alone will make it happen.
    fn look<N: Network>(&mut self, network: &mut N, p: usize) -> bool {
        let now = self.now;
        let local = &mut self.locals[p];
        if now < local.free_at {
            return !self.topology.procs[p].is_gate;
        }
        if matches!(local.standing, Standing::Trapped(..) | Standing::Done) {
            return false;
        }
        let (credit, offset) = (local.credit, local.offset);
        let mut beat = LockBeat {
            clock: self,
            p,
            now,
            credit,
            offset,
            issued: false,
        };
        beat.begin();
        let result = network.step(p, &mut beat);
        let issued = beat.issued;
        let local = &mut self.locals[p];
        match result {
            Ok(()) => {
                debug_assert!(issued, "a beat must issue");
                local.standing = Standing::Running;
                true
            }
            Err(Stop::Wait(unmet)) => {
                match local.waiting.last_mut() {
                    Some((cause, n)) if *cause == unmet.cause => *n += 1,
                    _ => local.waiting.push((unmet.cause, 1)),
                }
                local.standing = Standing::Waiting(unmet);
                matches!(unmet.need, Need::Time(_))
            }
            Err(Stop::Trap(fault)) => {
                // The cycles waited for the trapping instruction stand; the rest is `stopped`.
                for (cause, n) in local.waiting.drain(..) {
                    local.waits[cause as usize] += n;
                }
                local.accounted = now;
                local.standing = Standing::Trapped(fault, now);
                false
            }
            Err(Stop::Done) => {
                local.standing = Standing::Done;
                false
            }
            Err(Stop::Horizon) => unreachable!("lockstep has no horizon inside a cycle"),
        }
    }

    fn end_cycle(&mut self) {
        for q in &mut self.queues {
            q.recent.push(q.items.len());
            if q.outgoing {
                q.items.pop_front();
                q.outgoing = false;
            }
            if let Some(entry) = q.incoming.take() {
                q.items.push_back(entry);
            }
        }
        for (count, rise) in self.counts.iter_mut().zip(&mut self.rising) {
            *count += std::mem::take(rise);
        }
        self.now += 1;
        let settled = self.settled();
        for q in &mut self.queues {
            if self.now == settled {
                for fill in q.recent.drain(..) {
                    q.fill[fill] += 1;
                }
            }
        }
    }

    /// A cycle that the end of the run cannot come before.
    fn settled(&self) -> u64 {
        let ends = self
            .locals
            .iter()
            .enumerate()
            .filter(|(p, _)| !self.topology.procs[*p].is_gate);
        ends.map(|(_, l)| self.end_of(l))
            .max()
            .unwrap_or(0)
            .min(self.now)
    }

    fn end_of(&self, local: &Local) -> u64 {
        match local.standing {
            Standing::Trapped(_, at) => at.max(local.free_at),
            _ => local.free_at,
        }
    }

    fn outcome(&self, horizon: u64, quiet: bool) -> Outcome {
        let total = if quiet {
            let ends = self
                .locals
                .iter()
                .enumerate()
                .filter(|(p, _)| !self.topology.procs[*p].is_gate);
            ends.map(|(_, l)| self.end_of(l)).max().unwrap_or(0)
        } else {
            horizon
        };
        let standings: Vec<&Standing> = self.locals.iter().map(|l| &l.standing).collect();
        let end = if quiet {
            classify(&self.topology, &standings)
        } else {
            End::Horizon
        };
        Outcome {
            end,
            total,
            processes: self.locals.iter().map(|l| view(l, total, quiet)).collect(),
            queues: self.queues.iter().map(|q| queue_view(q, total)).collect(),
            counts: self.counts.clone(),
        }
    }
}

fn queue_view(q: &Queue, total: u64) -> QueueReport {
    let mut fill = q.fill.clone();
    let settled: u64 = fill.iter().sum();
    for &level in q.recent.iter().take((total - settled.min(total)) as usize) {
        fill[level] += 1;
    }
    let seen: u64 = fill.iter().sum();
    fill[q.items.len()] += total.saturating_sub(seen);
    QueueReport {
        pushed: q.pushed,
        popped: q.popped,
        fill,
    }
}

fn view(local: &Local, total: u64, quiet: bool) -> ProcessReport {
    let mut report = ProcessReport {
        busy: local.busy,
        waits: local.waits,
        work: local.work,
        credit: local.credit,
        offset: local.offset,
        standing: local.standing.clone(),
        profile: local.profile.clone(),
    };
    if local.free_at > total {
        report.busy -= local.free_at - total;
        return report;
    }
    let mut rest = total - local.accounted.max(local.free_at);
    let mut trailing = 0;
    for &(cause, n) in &local.waiting {
        let n = n.min(rest);
        report.waits[cause as usize] += n;
        rest -= n;
        trailing = n;
    }
    match &local.standing {
        Standing::Waiting(unmet) => {
            // Cycles that were not looked at because the run was already quiet.
            report.waits[unmet.cause as usize] += rest;
            trailing = if local.waiting.last().is_some_and(|(c, _)| *c == unmet.cause) {
                trailing + rest
            } else {
                rest
            };
            if quiet {
                rename_idle(&mut report, trailing);
            }
        }
        Standing::Trapped(..) | Standing::Done => report.waits[WaitCause::Stopped as usize] += rest,
        Standing::Running | Standing::AtHorizon => {}
    }
    report
}

struct LockBeat<'a> {
    clock: &'a mut Lockstep,
    p: usize,
    now: u64,
    credit: u64,
    offset: u64,
    issued: bool,
}

impl LockBeat<'_> {
    fn look(&mut self, q: Chan, home: bool) -> Step<Entry> {
        let queue = &self.clock.queues[usize::from(q.0)];
        if let Some((entry, tag)) = queue.items.front() {
            self.credit = self.credit.max(tag.credit);
            self.offset = tag.offset;
            return Ok(*entry);
        }
        let cause = self.clock.topology.queues[usize::from(q.0)].cause;
        Err(Stop::Wait(Unmet {
            cause,
            need: Need::Entry(q),
            home,
        }))
    }
}

impl Beat for LockBeat<'_> {
    fn begin(&mut self) {}

    fn ready(&mut self, cause: WaitCause, at: u64) -> Step {
        if at <= self.now {
            return Ok(());
        }
        Err(Stop::Wait(Unmet {
            cause,
            need: Need::Time(at),
            home: false,
        }))
    }

    fn peek(&mut self, q: Chan) -> Step<Entry> {
        self.look(q, false)
    }

    fn peek_home(&mut self, q: Chan) -> Step<Entry> {
        self.look(q, true)
    }

    fn room(&mut self, q: Chan) -> Step {
        let spec = &self.clock.topology.queues[usize::from(q.0)];
        if spec.reserved || self.clock.queues[usize::from(q.0)].items.len() < spec.depth {
            return Ok(());
        }
        Err(Stop::Wait(Unmet {
            cause: WaitCause::Output,
            need: Need::Room(q),
            home: false,
        }))
    }

    fn counted(&mut self, counter: Counter, n: u64) -> Step {
        if self.clock.counts[usize::from(counter.0)] >= n {
            return Ok(());
        }
        Err(Stop::Wait(Unmet {
            cause: WaitCause::Token,
            need: Need::Count(counter, n),
            home: false,
        }))
    }

    fn slot(&mut self, period: u64, phase: u64) -> Step {
        if self.now % period == phase % period {
            return Ok(());
        }
        Err(Stop::Wait(Unmet {
            cause: WaitCause::Port,
            need: Need::Time(self.now + 1),
            home: false,
        }))
    }

    fn issue(&mut self, pc: u32, occupancy: u64, work: u64) -> Step<u64> {
        let limit = self.clock.topology.budget.saturating_add(self.credit);
        let local = &mut self.clock.locals[self.p];
        if local.work + work > limit {
            return Err(Stop::Trap(Fault::new(
                TrapCode::Budget,
                pc,
                "the work budget is used up",
            )));
        }
        let mut waited = 0;
        for (cause, n) in local.waiting.drain(..) {
            local.waits[cause as usize] += n;
            waited += n;
        }
        if let Some(line) = local.profile.get_mut(pc as usize) {
            line.count += 1;
            line.cycles += waited + occupancy;
        }
        local.work += work;
        local.credit = self.credit;
        local.offset = self.offset;
        local.busy += occupancy;
        local.free_at = self.now + occupancy;
        local.accounted = local.free_at;
        self.issued = true;
        Ok(self.now)
    }

    fn pop(&mut self, q: Chan) {
        let queue = &mut self.clock.queues[usize::from(q.0)];
        queue.outgoing = true;
        queue.popped += 1;
    }

    fn push(&mut self, q: Chan, entry: Entry) {
        let local = &self.clock.locals[self.p];
        let tag = Tag {
            credit: local.credit,
            offset: local.offset,
        };
        let queue = &mut self.clock.queues[usize::from(q.0)];
        queue.incoming = Some((entry, tag));
        queue.pushed += 1;
    }

    fn raise(&mut self, counter: Counter) {
        self.clock.rising[usize::from(counter.0)] += 1;
    }

    fn earn(&mut self, credit: u64) {
        let local = &mut self.clock.locals[self.p];
        local.credit = local.credit.saturating_add(credit);
    }

    fn at_offset(&mut self, offset: u64) {
        self.clock.locals[self.p].offset = offset;
    }
}
