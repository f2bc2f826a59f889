//! One beat under the `exact` clock.

use super::count::Count;
use super::queue::Queue;
use super::{Exact, Local, Mark, PlantedBug, floor};
use crate::account::WaitCause;
use crate::beat::{Beat, Need, Step, Stop, Unmet};
use crate::entry::{Entry, Tag};
use crate::topology::{Chan, Counter, Topology};
use crate::trap::{Fault, TrapCode};

pub(super) struct ExactBeat<'a> {
    topology: &'a Topology,
    queues: &'a mut [Queue],
    counts: &'a mut [Count],
    me: &'a mut Local,
    /// The processes before and after this one.
    others: (&'a [Local], &'a [Local]),
    /// The earliest issue, by the needs asked for so far.
    pub x: u64,
    /// The cycle of the last issue.
    cycle: u64,
    credit: u64,
    pub offset: u64,
    horizon: u64,
    /// An issue at or after this cycle is a special case: at the horizon, or
    /// that of a gate.
    plain_before: u64,
    /// Cycles from a pop to the slot's reuse: one, without the planted bug.
    free_after: u64,
    charge_last: bool,
}

impl<'a> ExactBeat<'a> {
    pub fn new(clock: &'a mut Exact, p: usize, horizon: u64) -> Self {
        let (before, rest) = clock.locals.split_at_mut(p);
        let (me, after) = rest.split_first_mut().expect("a process of the topology");
        me.open.clear();
        ExactBeat {
            x: me.t,
            cycle: 0,
            credit: me.report.credit,
            offset: me.report.offset,
            horizon,
            plain_before: if me.gate.is_some() { 0 } else { horizon },
            free_after: u64::from(clock.bug != PlantedBug::EarlySlot),
            charge_last: clock.bug == PlantedBug::ChargeLast,
            me,
            others: (before, after),
            topology: &clock.topology,
            queues: &mut clock.queues,
            counts: &mut clock.counts,
        }
    }

    #[inline]
    fn until(&mut self, cause: WaitCause, at: u64) {
        if at > self.x {
            self.mark(cause, at);
        }
    }

    #[cold]
    fn mark(&mut self, cause: WaitCause, until: u64) {
        if self.charge_last {
            self.me.open.clear();
        }
        self.me.open.push(Mark { cause, until });
        self.x = until;
    }

    #[inline]
    fn look(&mut self, q: Chan, home: bool) -> Step<Entry> {
        let queue = &self.queues[usize::from(q.0)];
        let cause = queue.cause;
        if queue.is_empty() {
            return Err(Stop::Wait(Unmet {
                cause,
                need: Need::Entry(q),
                home,
            }));
        }
        let slot = queue.first();
        self.credit = self.credit.max(slot.tag.credit);
        self.offset = slot.tag.offset;
        let entry = slot.entry;
        let filled = slot.filled;
        self.until(cause, filled);
        Ok(entry)
    }

    #[cold]
    fn over_budget(pc: u32) -> Stop {
        Stop::Trap(Fault::new(
            TrapCode::Budget,
            pc,
            "the work budget is used up",
        ))
    }

    #[cold]
    fn log_gate(&mut self, pc: u32, end: u64) {
        if let Some(log) = &mut self.me.gate {
            for mark in &self.me.open {
                log.add(Some(mark.cause), mark.until, pc);
            }
            log.add(None, end, pc);
        }
    }

    #[cold]
    fn prune(&mut self, counter: Counter) {
        let (before, after) = self.others;
        let locals: Vec<&Local> = before.iter().chain([&*self.me]).chain(after).collect();
        let floor = floor(self.topology, &locals, before.len(), |need| {
            super::is_known(self.queues, self.counts, need)
        });
        self.counts[usize::from(counter.0)].prune(floor);
    }
}

impl Beat for ExactBeat<'_> {
    #[inline]
    fn begin(&mut self) {
        self.x = self.me.t;
        self.credit = self.me.report.credit;
        self.offset = self.me.report.offset;
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
        let queue = &self.queues[usize::from(q.0)];
        if queue.reserved {
            return Ok(());
        }
        if queue.is_full() {
            return Err(Stop::Wait(Unmet {
                cause: WaitCause::Output,
                need: Need::Room(q),
                home: false,
            }));
        }
        let free = queue.free_from();
        self.until(WaitCause::Output, free);
        Ok(())
    }

    #[inline]
    fn counted(&mut self, counter: Counter, n: u64) -> Step {
        match self.counts[usize::from(counter.0)].seen_from(n) {
            Some(at) => {
                self.until(WaitCause::Token, at);
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
        debug_assert!(occupancy >= 1, "a beat takes time");
        let c = self.x;
        if c >= self.horizon {
            return Err(Stop::Horizon);
        }
        let limit = self.topology.budget.saturating_add(self.credit);
        let report = &mut self.me.report;
        if report.work + work > limit {
            return Err(Self::over_budget(pc));
        }
        report.work += work;
        report.credit = self.credit;
        report.offset = self.offset;
        let from = self.me.t;
        let end = c + occupancy;
        self.me.t = end;
        self.me.last_issue = c;
        self.me.last_pc = pc;
        self.cycle = c;
        if let Some(line) = report.profile.get_mut(pc as usize) {
            line.count += 1;
        }
        if c >= self.plain_before {
            self.log_gate(pc, end);
            return Ok(c);
        }
        if let Some(line) = report.profile.get_mut(pc as usize) {
            line.cycles += end - from;
        }
        report.busy += occupancy;
        let mut x = from;
        for mark in &self.me.open {
            report.waits[mark.cause as usize] += mark.until - x;
            x = mark.until;
        }
        Ok(c)
    }

    #[inline]
    fn pop(&mut self, q: Chan) {
        let freed = self.cycle + self.free_after;
        self.queues[usize::from(q.0)].pop(freed);
    }

    #[inline]
    fn push(&mut self, q: Chan, entry: Entry) {
        let tag = Tag {
            credit: self.me.report.credit,
            offset: self.me.report.offset,
        };
        let filled = self.cycle + 1;
        self.queues[usize::from(q.0)].push(entry, tag, filled);
    }

    #[inline]
    fn raise(&mut self, counter: Counter) {
        let seen = self.cycle + 1;
        if self.counts[usize::from(counter.0)].raise(seen) {
            self.prune(counter);
        }
    }

    #[inline]
    fn earn(&mut self, credit: u64) {
        let report = &mut self.me.report;
        report.credit = report.credit.saturating_add(credit);
    }

    #[inline]
    fn at_offset(&mut self, offset: u64) {
        self.me.report.offset = offset;
    }
}
