//! The `exact` clock: every queue slot remembers when it was filled and freed,
//! so a process can run ahead of the others until it really has to wait for a
//! value, and still every cycle is known.
//!
//! Entry k of a queue lives in slot k mod D. It can be popped from the cycle
//! after it was pushed, and its slot reused from the cycle after it was popped.
//! The ready cycle of every need is therefore an earlier event plus at least
//! one, and the cycle of issue has one solution, whatever order the processes
//! are evaluated in (`docs/machine/timing.md`).

use crate::account::{
    Line, Mark, Outcome, ProcessReport, QueueReport, Standing, WaitCause, Waits, classify,
    rename_idle,
};
use crate::beat::{Beat, Need, Network, Step, Stop, Unmet};
use crate::entry::{Entry, Tag};
use crate::topology::{Chan, Counter, Topology};
use crate::trap::{Fault, TrapCode};

/// Logged pushes and pops are folded into the histogram in batches of this many.
const FOLD_AT: usize = 4096;

/// Deviations from the model, each of which the property tests must notice.
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

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    entry: Entry,
    tag: Tag,
    /// First cycle at which the entry can be popped.
    filled: u64,
    /// First cycle at which the slot can be filled again.
    freed: u64,
}

#[derive(Clone, Debug)]
struct Queue {
    slots: Vec<Slot>,
    head: usize,
    tail: usize,
    pushed: u64,
    popped: u64,
    cause: WaitCause,
    reserved: bool,
    log: FillLog,
}

/// Pushes and pops not yet folded, and the histogram folded so far.
#[derive(Clone, Debug, Default)]
struct FillLog {
    pushes: Vec<u64>,
    pops: Vec<u64>,
    fill: Vec<u64>,
    level: usize,
    at: u64,
}

impl FillLog {
    /// Folds all events before `until`, which both sides are known to have passed.
    fn fold(&mut self, until: u64) {
        let (mut i, mut j) = (0, 0);
        loop {
            let push = self.pushes.get(i).copied().filter(|&c| c < until);
            let pop = self.pops.get(j).copied().filter(|&c| c < until);
            let at = match (push, pop) {
                (None, None) => break,
                (Some(a), None) => a,
                (None, Some(b)) => b,
                (Some(a), Some(b)) => a.min(b),
            };
            self.fill[self.level] += at - self.at;
            self.at = at;
            if pop == Some(at) {
                self.level -= 1;
                j += 1;
            }
            if push == Some(at) {
                self.level += 1;
                i += 1;
            }
        }
        self.pushes.drain(..i);
        self.pops.drain(..j);
    }

    fn view(&self, total: u64) -> Vec<u64> {
        let mut copy = self.clone();
        copy.fold(total);
        copy.fill[copy.level] += total - copy.at;
        copy.fill
    }
}

#[derive(Clone, Debug)]
struct Local {
    t: u64,
    busy: u64,
    waits: Waits,
    work: u64,
    credit: u64,
    offset: u64,
    last_issue: u64,
    standing: Standing,
    /// Waiting already known of the beat that is open.
    open: Vec<Mark>,
    profile: Vec<Line>,
}

/// A network's clock with time-stamped queue slots.
#[derive(Clone, Debug)]
pub struct Exact {
    topology: Topology,
    queues: Vec<Queue>,
    counts: Vec<Vec<u64>>,
    locals: Vec<Local>,
    order: Vec<usize>,
    bug: PlantedBug,
}

impl Exact {
    /// A clock at the start of a run.
    #[must_use]
    pub fn new(topology: Topology) -> Self {
        let queues = topology
            .queues
            .iter()
            .map(|q| Queue {
                slots: vec![Slot::default(); q.depth],
                head: 0,
                tail: 0,
                pushed: 0,
                popped: 0,
                cause: q.cause,
                reserved: q.reserved,
                log: FillLog {
                    fill: vec![0; q.depth + 1],
                    ..FillLog::default()
                },
            })
            .collect();
        let locals: Vec<Local> = topology
            .procs
            .iter()
            .map(|p| Local {
                t: 0,
                busy: 0,
                waits: [0; WaitCause::COUNT],
                work: 0,
                credit: 0,
                offset: 0,
                last_issue: 0,
                standing: Standing::Running,
                open: Vec::new(),
                profile: vec![Line::default(); p.profile],
            })
            .collect();
        Exact {
            counts: vec![Vec::new(); topology.counts.len()],
            order: (0..locals.len()).collect(),
            queues,
            locals,
            topology,
            bug: PlantedBug::None,
        }
    }

    /// Evaluates the processes in another order; no result may depend on it.
    pub fn set_order(&mut self, order: Vec<usize>) {
        self.order = order;
    }

    /// Plants a bug, to see that the tests catch it.
    pub fn plant(&mut self, bug: PlantedBug) {
        self.bug = bug;
    }

    fn can_go(&self, p: usize, horizon: u64) -> bool {
        match &self.locals[p].standing {
            Standing::Running => true,
            Standing::AtHorizon => {
                self.locals[p]
                    .open
                    .last()
                    .map_or(self.locals[p].t, |m| m.until)
                    < horizon
            }
            Standing::Waiting(unmet) => match unmet.need {
                Need::Entry(q) => {
                    let q = &self.queues[usize::from(q.0)];
                    q.pushed > q.popped
                }
                Need::Room(q) => {
                    let q = &self.queues[usize::from(q.0)];
                    ((q.pushed - q.popped) as usize) < q.slots.len()
                }
                Need::Count(c, n) => self.counts[usize::from(c.0)].len() as u64 >= n,
                Need::Time(_) => true,
            },
            _ => false,
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
                if !self.can_go(p, horizon) {
                    continue;
                }
                progress = true;
                self.burst(network, p, horizon);
            }
            if !progress {
                break;
            }
        }
        self.outcome(horizon)
    }

    fn burst<N: Network>(&mut self, network: &mut N, p: usize, horizon: u64) {
        let placeholder = Local {
            t: 0,
            busy: 0,
            waits: [0; WaitCause::COUNT],
            work: 0,
            credit: 0,
            offset: 0,
            last_issue: 0,
            standing: Standing::Running,
            open: Vec::new(),
            profile: Vec::new(),
        };
        let mut local = std::mem::replace(&mut self.locals[p], placeholder);
        local.open.clear();
        let early = u64::from(self.bug == PlantedBug::EarlySlot);
        let charge_last = self.bug == PlantedBug::ChargeLast;
        let mut beat = ExactBeat {
            x: local.t,
            cycle: 0,
            tag_credit: local.credit,
            offset: local.offset,
            me: local,
            clock: self,
            horizon,
            early,
            charge_last,
        };
        let stop = network.burst(p, &mut beat);
        let x = beat.x;
        let mut local = beat.me;
        local.standing = match stop {
            Stop::Wait(unmet) => Standing::Waiting(unmet),
            Stop::Horizon => Standing::AtHorizon,
            Stop::Trap(_) if x >= horizon => Standing::AtHorizon,
            Stop::Trap(fault) => Standing::Trapped(fault, x),
            Stop::Done => Standing::Done,
        };
        self.locals[p] = local;
    }

    fn outcome(&self, horizon: u64) -> Outcome {
        let at_horizon = self.locals.iter().enumerate().any(|(p, l)| {
            l.standing == Standing::AtHorizon || (l.t > horizon && !self.topology.procs[p].is_gate)
        });
        let end_of = |l: &Local| match &l.standing {
            Standing::Trapped(_, at) => *at,
            _ if self.bug == PlantedBug::TotalIsLastIssue => l.last_issue,
            _ => l.t,
        };
        let total = if at_horizon {
            horizon
        } else {
            let ends = self
                .locals
                .iter()
                .enumerate()
                .filter(|(p, _)| !self.topology.procs[*p].is_gate);
            ends.map(|(_, l)| end_of(l)).max().unwrap_or(0)
        };
        let standings: Vec<&Standing> = self.locals.iter().map(|l| &l.standing).collect();
        let end = if at_horizon {
            crate::End::Horizon
        } else {
            classify(&self.topology, &standings)
        };
        Outcome {
            end,
            total,
            processes: self
                .locals
                .iter()
                .map(|l| self.view(l, total, !at_horizon))
                .collect(),
            queues: self
                .queues
                .iter()
                .map(|q| QueueReport {
                    pushed: q.pushed,
                    popped: q.popped,
                    fill: q.log.view(total),
                })
                .collect(),
            counts: self.counts.iter().map(|c| c.len() as u64).collect(),
        }
    }

    /// A process's accounts at cycle `total`, without changing them.
    fn view(&self, local: &Local, total: u64, quiet: bool) -> ProcessReport {
        let mut report = ProcessReport {
            busy: local.busy,
            waits: local.waits,
            work: local.work,
            credit: local.credit,
            offset: local.offset,
            standing: local.standing.clone(),
            profile: local.profile.clone(),
        };
        if local.t > total {
            if self.bug != PlantedBug::BusyNotClipped {
                report.busy -= local.t - total;
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
        match &local.standing {
            Standing::Waiting(unmet) => {
                report.waits[unmet.cause as usize] += rest;
                if quiet {
                    rename_idle(&mut report, rest);
                }
            }
            Standing::Trapped(..) | Standing::Done => {
                report.waits[WaitCause::Stopped as usize] += rest
            }
            Standing::Running | Standing::AtHorizon => debug_assert_eq!(rest, 0),
        }
        report
    }
}

struct ExactBeat<'a> {
    clock: &'a mut Exact,
    me: Local,
    x: u64,
    cycle: u64,
    tag_credit: u64,
    offset: u64,
    horizon: u64,
    early: u64,
    charge_last: bool,
}

impl ExactBeat<'_> {
    #[inline]
    fn until(&mut self, cause: WaitCause, at: u64) {
        if at > self.x {
            self.mark(cause, at);
        }
    }

    #[cold]
    fn mark(&mut self, cause: WaitCause, at: u64) {
        if self.charge_last {
            self.me.open.clear();
        }
        self.me.open.push(Mark { cause, until: at });
        self.x = at;
    }

    #[inline]
    fn look(&mut self, q: Chan, home: bool) -> Step<Entry> {
        let queue = &self.clock.queues[usize::from(q.0)];
        let cause = queue.cause;
        if queue.pushed == queue.popped {
            return Err(Stop::Wait(Unmet {
                cause,
                need: Need::Entry(q),
                home,
            }));
        }
        let slot = &queue.slots[queue.head];
        self.tag_credit = self.tag_credit.max(slot.tag.credit);
        self.offset = slot.tag.offset;
        let entry = slot.entry;
        let filled = slot.filled;
        self.until(cause, filled);
        Ok(entry)
    }
}

impl Beat for ExactBeat<'_> {
    #[inline]
    fn begin(&mut self) {
        self.x = self.me.t;
        self.tag_credit = self.me.credit;
        self.offset = self.me.offset;
        self.me.open.clear();
    }

    #[inline]
    fn ready(&mut self, cause: WaitCause, at: u64) -> Step {
        self.until(cause, at);
        Ok(())
    }

    #[inline]
    fn peek(&mut self, q: Chan) -> Step<Entry> {
        self.look(q, false)
    }

    #[inline]
    fn peek_home(&mut self, q: Chan) -> Step<Entry> {
        self.look(q, true)
    }

    #[inline]
    fn room(&mut self, q: Chan) -> Step {
        let queue = &self.clock.queues[usize::from(q.0)];
        if queue.reserved {
            return Ok(());
        }
        if (queue.pushed - queue.popped) as usize == queue.slots.len() {
            return Err(Stop::Wait(Unmet {
                cause: WaitCause::Output,
                need: Need::Room(q),
                home: false,
            }));
        }
        let freed = queue.slots[queue.tail].freed;
        self.until(WaitCause::Output, freed.saturating_sub(self.early));
        Ok(())
    }

    #[inline]
    fn counted(&mut self, counter: Counter, n: u64) -> Step {
        if n == 0 {
            return Ok(());
        }
        match self.clock.counts[usize::from(counter.0)].get(n as usize - 1) {
            Some(&at) => {
                self.until(WaitCause::Token, at + 1);
                Ok(())
            }
            None => Err(Stop::Wait(Unmet {
                cause: WaitCause::Token,
                need: Need::Count(counter, n),
                home: false,
            })),
        }
    }

    #[inline]
    fn slot(&mut self, period: u64, phase: u64) -> Step {
        let phase = phase % period;
        let at = self.x + (phase + period - self.x % period) % period;
        self.until(WaitCause::Port, at);
        Ok(())
    }

    #[inline]
    fn issue(&mut self, pc: u32, occupancy: u64, work: u64) -> Step<u64> {
        if self.x >= self.horizon {
            return Err(Stop::Horizon);
        }
        if self.me.work + work > self.clock.topology.budget.saturating_add(self.tag_credit) {
            return Err(Stop::Trap(Fault::new(
                TrapCode::Budget,
                pc,
                "the work budget is used up",
            )));
        }
        let me = &mut self.me;
        let c = self.x;
        if let Some(line) = me.profile.get_mut(pc as usize) {
            line.count += 1;
            line.cycles += c + occupancy - me.t;
        }
        if c != me.t {
            let mut x = me.t;
            for mark in &me.open {
                me.waits[mark.cause as usize] += mark.until - x;
                x = mark.until;
            }
        }
        me.work += work;
        me.credit = self.tag_credit;
        me.offset = self.offset;
        me.busy += occupancy;
        me.last_issue = c;
        me.t = c + occupancy;
        self.cycle = c;
        Ok(c)
    }

    #[inline]
    fn pop(&mut self, q: Chan) {
        let cycle = self.cycle;
        let queue = &mut self.clock.queues[usize::from(q.0)];
        queue.slots[queue.head].freed = cycle + 1;
        queue.head += 1;
        if queue.head == queue.slots.len() {
            queue.head = 0;
        }
        queue.popped += 1;
        queue.log.pops.push(cycle + 1);
        if queue.log.pops.len() >= FOLD_AT {
            let known = queue.log.pushes.last().copied().unwrap_or(0).min(cycle + 1);
            queue.log.fold(known);
        }
    }

    #[inline]
    fn push(&mut self, q: Chan, entry: Entry) {
        let tag = Tag {
            credit: self.me.credit,
            offset: self.me.offset,
        };
        let filled = self.cycle + 1;
        let queue = &mut self.clock.queues[usize::from(q.0)];
        debug_assert!(
            ((queue.pushed - queue.popped) as usize) < queue.slots.len(),
            "push without room"
        );
        let slot = &mut queue.slots[queue.tail];
        slot.entry = entry;
        slot.tag = tag;
        slot.filled = filled;
        queue.tail += 1;
        if queue.tail == queue.slots.len() {
            queue.tail = 0;
        }
        queue.pushed += 1;
        queue.log.pushes.push(filled);
    }

    #[inline]
    fn raise(&mut self, counter: Counter) {
        let cycle = self.cycle;
        self.clock.counts[usize::from(counter.0)].push(cycle);
    }

    #[inline]
    fn earn(&mut self, credit: u64) {
        self.me.credit = self.me.credit.saturating_add(credit);
    }

    #[inline]
    fn at_offset(&mut self, offset: u64) {
        self.me.offset = offset;
    }
}
