//! The `lockstep` clock: every process looks at every cycle. Slow and simple;
//! the oracle that `exact` is tested against. It shares nothing with `exact`
//! but the definition of what a process does in a beat and the classification
//! of a quiet network.

use std::collections::VecDeque;

use crate::account::{
    End, Outcome, ProcessReport, QueueReport, Standing, WaitCause, classify, rename_idle,
};
use crate::beat::{Beat, Need, Network, Step, Stop, Unmet};
use crate::entry::{Entry, Tag};
use crate::topology::{Chan, Counter, Topology};
use crate::trap::{Fault, TrapCode};

/// What was so in the last cycles, one item per cycle, run-length coded: the
/// cycles that the end of the run may still discard.
#[derive(Clone, Debug)]
struct Tail<T>(Vec<(T, u64)>);

impl<T: Copy + PartialEq> Tail<T> {
    fn add(&mut self, item: T) {
        match self.0.last_mut() {
            Some((last, n)) if *last == item => *n += 1,
            _ => self.0.push((item, 1)),
        }
    }

    /// The first `n` cycles.
    fn first(&self, mut n: u64) -> impl Iterator<Item = (T, u64)> {
        self.0.iter().map_while(move |&(item, cycles)| {
            let cycles = cycles.min(n);
            n -= cycles;
            (cycles > 0).then_some((item, cycles))
        })
    }
}

/// A queue as it stood before the cycle, and what the cycle does to it.
#[derive(Clone, Debug)]
struct Queue {
    items: VecDeque<(Entry, Tag)>,
    incoming: Option<(Entry, Tag)>,
    outgoing: bool,
    report: QueueReport,
    fills: Tail<usize>,
}

/// What a process does in one cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Doing {
    /// Inside a beat of this row of the profile.
    Beat(u32),
    /// Waiting, and for the beat of which row once that has issued.
    Wait(Unmet, Option<u32>),
    Stopped,
}

/// The accounts of one process up to some cycle.
#[derive(Clone, Debug)]
struct Account {
    report: ProcessReport,
    /// Waiting cycles since the last beat: in `waits`, not yet in the profile.
    unplaced: u64,
    /// What it waits for since the last beat, and how long without anything in between.
    trailing: Option<(Unmet, u64)>,
}

impl Account {
    fn charge(&mut self, doing: Doing, n: u64) {
        let report = &mut self.report;
        let mut place = |pc: u32| {
            if let Some(line) = report.profile.get_mut(pc as usize) {
                line.cycles += n;
            }
        };
        match doing {
            Doing::Beat(pc) => {
                place(pc);
                report.busy += n;
            }
            Doing::Wait(unmet, pc) => {
                match pc {
                    Some(pc) => place(pc),
                    None => self.unplaced += n,
                }
                report.waits[unmet.cause as usize] += n;
            }
            Doing::Stopped => report.waits[WaitCause::Stopped as usize] += n,
        }
        self.trailing = match (doing, self.trailing) {
            (Doing::Wait(now, None), Some((before, m))) if now == before => Some((now, m + n)),
            (Doing::Wait(now, None), _) => Some((now, n)),
            _ => None,
        };
    }
}

#[derive(Clone, Debug)]
struct Local {
    /// First cycle after the current beat.
    free_at: u64,
    /// Row of the current beat.
    pc: u32,
    standing: Standing,
    /// Up to the settled cycle.
    account: Account,
    /// From the settled cycle on.
    tail: Tail<Doing>,
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
    /// The end of the run cannot come before this cycle.
    settled: u64,
}

impl Lockstep {
    /// A clock at the start of a run.
    #[must_use]
    pub fn new(topology: Topology) -> Self {
        let queues = topology.queues.iter().map(|q| Queue {
            items: VecDeque::new(),
            incoming: None,
            outgoing: false,
            report: QueueReport {
                pushed: 0,
                popped: 0,
                fill: vec![0; q.depth + 1],
            },
            fills: Tail(Vec::new()),
        });
        let locals = topology.procs.iter().map(|p| Local {
            free_at: 0,
            pc: 0,
            standing: Standing::Running,
            account: Account {
                report: ProcessReport::new(p.profile),
                unplaced: 0,
                trailing: None,
            },
            tail: Tail(Vec::new()),
        });
        Lockstep {
            queues: queues.collect(),
            counts: vec![0; topology.counts.len()],
            rising: vec![0; topology.counts.len()],
            order: (0..topology.procs.len()).collect(),
            locals: locals.collect(),
            topology,
            now: 0,
            settled: 0,
        }
    }

    /// Evaluates the processes in another order within each cycle.
    pub fn set_order(&mut self, order: Vec<usize>) {
        self.order = order;
    }

    /// Row of the profile of the beat that process `p` issued last; `None` before its first.
    #[must_use]
    pub fn last_row(&self, p: usize) -> Option<u32> {
        let local = &self.locals[p];
        (local.free_at > 0).then_some(local.pc)
    }

    /// Runs until quiet or up to cycle `horizon`. May be called again with a
    /// later horizon to go on.
    pub fn run<N: Network>(&mut self, network: &mut N, horizon: u64) -> Outcome {
        let order = self.order.clone();
        loop {
            // At the horizon itself nothing is done any more, but the run may
            // turn out to be quiet.
            let mut active = false;
            for &p in &order {
                active |= self.look(network, p, horizon);
            }
            if !active || self.now >= horizon {
                return self.outcome(!active);
            }
            self.end_cycle();
        }
    }

    /// One process at one cycle. True if it is in a beat, or could do something
    /// now, or time alone will meet its need.
    fn look<N: Network>(&mut self, network: &mut N, p: usize, horizon: u64) -> bool {
        let now = self.now;
        let local = &self.locals[p];
        if now < local.free_at {
            return true;
        }
        if matches!(local.standing, Standing::Trapped(..) | Standing::Done) {
            return false;
        }
        let mut beat = LockBeat {
            credit: local.account.report.credit,
            offset: local.account.report.offset,
            clock: self,
            p,
            horizon,
            issued: false,
        };
        beat.begin();
        let result = network.step(p, &mut beat);
        let (issued, offset) = (beat.issued, beat.offset);
        let local = &mut self.locals[p];
        debug_assert_eq!(issued, result.is_ok(), "a beat issues once, and last");
        let (standing, active) = match result {
            Ok(()) => (Standing::Running, true),
            Err(Stop::Wait(unmet)) => {
                let in_time = matches!(unmet.need, Need::Time(_));
                (Standing::Waiting(unmet), in_time)
            }
            Err(Stop::Trap(_)) if now >= horizon => (Standing::AtHorizon, true),
            Err(Stop::Trap(fault)) => {
                local.account.report.offset = offset;
                (Standing::Trapped(fault, now), false)
            }
            Err(Stop::Done) => (Standing::Done, false),
            Err(Stop::Horizon | Stop::Turn) => (Standing::AtHorizon, true),
        };
        local.standing = standing;
        active
    }

    fn end_cycle(&mut self) {
        for q in &mut self.queues {
            q.fills.add(q.items.len());
            if q.outgoing {
                q.items.pop_front();
                q.outgoing = false;
            }
            q.items.extend(q.incoming.take());
        }
        for (count, rise) in self.counts.iter_mut().zip(&mut self.rising) {
            *count += std::mem::take(rise);
        }
        for local in &mut self.locals {
            local.tail.add(match &local.standing {
                _ if self.now < local.free_at => Doing::Beat(local.pc),
                Standing::Waiting(unmet) => Doing::Wait(*unmet, None),
                _ => Doing::Stopped,
            });
        }
        self.now += 1;
        if self.last_end() >= self.now {
            self.settle();
        }
    }

    /// Where the run would end if nothing happened any more.
    fn last_end(&self) -> u64 {
        let processes = self.locals.iter().zip(&self.topology.procs);
        let ends = processes
            .filter(|(_, spec)| !spec.is_gate)
            .map(|(local, _)| match local.standing {
                Standing::Trapped(_, at) => at,
                _ => local.free_at,
            });
        ends.max().unwrap_or(0)
    }

    /// All cycles so far stand, wherever the run ends.
    fn settle(&mut self) {
        self.settled = self.now;
        for q in &mut self.queues {
            for (fill, n) in q.fills.0.drain(..) {
                q.report.fill[fill] += n;
            }
        }
        for local in &mut self.locals {
            for (doing, n) in local.tail.0.drain(..) {
                local.account.charge(doing, n);
            }
        }
    }

    fn outcome(&self, quiet: bool) -> Outcome {
        let (end, total) = if quiet {
            let standings: Vec<&Standing> = self.locals.iter().map(|l| &l.standing).collect();
            (classify(&self.topology, &standings), self.last_end())
        } else {
            (End::Horizon, self.now)
        };
        let open = total - self.settled;
        let processes = self.locals.iter().map(|local| {
            let mut account = local.account.clone();
            for (doing, n) in local.tail.first(open) {
                account.charge(doing, n);
            }
            let mut report = account.report;
            report.standing = local.standing.clone();
            if let (true, Standing::Waiting(unmet), Some((last, n))) =
                (quiet, &local.standing, account.trailing)
                && *unmet == last
            {
                rename_idle(&mut report, n);
            }
            report
        });
        let queues = self.queues.iter().map(|q| {
            let mut report = q.report.clone();
            for (fill, n) in q.fills.first(open) {
                report.fill[fill] += n;
            }
            report
        });
        Outcome {
            end,
            total,
            processes: processes.collect(),
            queues: queues.collect(),
            counts: self.counts.clone(),
        }
    }
}

struct LockBeat<'a> {
    clock: &'a mut Lockstep,
    p: usize,
    horizon: u64,
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
            from: 0,
        }))
    }
}

fn unmet(cause: WaitCause, need: Need) -> Step {
    Err(Stop::Wait(Unmet {
        cause,
        need,
        home: false,
        from: 0,
    }))
}

impl Beat for LockBeat<'_> {
    fn begin(&mut self) {}

    fn ready(&mut self, cause: WaitCause, at: u64) -> Step {
        if at <= self.clock.now {
            return Ok(());
        }
        unmet(cause, Need::Time(at))
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
        unmet(WaitCause::Output, Need::Room(q))
    }

    fn counted(&mut self, counter: Counter, n: u64) -> Step {
        if self.clock.counts[usize::from(counter.0)] >= n {
            return Ok(());
        }
        unmet(WaitCause::Token, Need::Count(counter, n))
    }

    fn slot(&mut self, period: u64, phase: u64) -> Step {
        let now = self.clock.now;
        if now % period == phase % period {
            return Ok(());
        }
        let turn = now - now % period + phase % period;
        let at = if turn < now { turn + period } else { turn };
        unmet(WaitCause::Port, Need::Time(at))
    }

    fn issue(&mut self, pc: u32, occupancy: u64, work: u64) -> Step<u64> {
        debug_assert!(occupancy >= 1 && !self.issued);
        let now = self.clock.now;
        if now >= self.horizon {
            return Err(Stop::Horizon);
        }
        let limit = self.clock.topology.budget.saturating_add(self.credit);
        let local = &mut self.clock.locals[self.p];
        let report = &mut local.account.report;
        if report.work + work > limit {
            return Err(Stop::Trap(Fault::new(
                TrapCode::Budget,
                pc,
                "the work budget is used up",
            )));
        }
        // What it waited since its last beat, it waited for this one.
        let waited = std::mem::take(&mut local.account.unplaced);
        local.account.trailing = None;
        for (doing, _) in &mut local.tail.0 {
            if let Doing::Wait(_, row @ None) = doing {
                *row = Some(pc);
            }
        }
        if let Some(line) = report.profile.get_mut(pc as usize) {
            line.count += 1;
            line.cycles += waited;
        }
        report.work += work;
        report.credit = self.credit;
        report.offset = self.offset;
        local.free_at = now + occupancy;
        local.pc = pc;
        self.issued = true;
        Ok(now)
    }

    fn pop(&mut self, q: Chan) {
        let queue = &mut self.clock.queues[usize::from(q.0)];
        queue.outgoing = true;
        queue.report.popped += 1;
    }

    fn push(&mut self, q: Chan, entry: Entry) {
        let report = &self.clock.locals[self.p].account.report;
        let tag = Tag {
            credit: report.credit,
            offset: report.offset,
        };
        let queue = &mut self.clock.queues[usize::from(q.0)];
        queue.incoming = Some((entry, tag));
        queue.report.pushed += 1;
    }

    fn raise(&mut self, counter: Counter) {
        self.clock.rising[usize::from(counter.0)] += 1;
    }

    fn earn(&mut self, credit: u64) {
        let report = &mut self.clock.locals[self.p].account.report;
        report.credit = report.credit.saturating_add(credit);
    }

    fn at_offset(&mut self, offset: u64) {
        self.clock.locals[self.p].account.report.offset = offset;
    }
}
