//! One beat under the `exact` clock.

use std::sync::Arc;

use super::count::Count;
use super::queue::Queue;
use super::{Exact, Local, Mark, PlantedBug, floor};
use crate::account::WaitCause;
use crate::beat::{Beat, Need, Step, Stop, Unmet};
use crate::entry::{Entry, Tag};
use crate::link::{Link, Needs, Passage};
use crate::run::Run;
use crate::topology::{Chan, Counter, Topology};
use crate::trap::{Fault, TrapCode};

pub(super) struct ExactBeat<'a> {
    pub(super) topology: &'a Topology,
    pub(super) queues: &'a mut [Queue],
    pub(super) counts: &'a mut [Count],
    pub(super) me: &'a mut Local,
    /// The processes before and after this one.
    pub(super) others: (&'a mut [Local], &'a mut [Local]),
    /// The earliest issue, by the needs asked for so far.
    x: u64,
    /// The cycle of the last issue.
    cycle: u64,
    credit: u64,
    offset: u64,
    horizon: u64,
    /// An issue at or after this cycle is a special case: at the horizon, or
    /// that of a gate.
    pub(super) plain_before: u64,
    /// Cycles from a pop to the slot's reuse: one, without the planted bug.
    pub(super) free_after: u64,
    /// Stretches of waiting for the open beat. Most beats wait for one need or
    /// for none, so the first is at hand, and only the others are in `me.open`.
    stretches: usize,
    first: Mark,
    charge_last: bool,
    /// Cycles that the open run can wait before the horizon is in its way.
    slack: u64,
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
            stretches: 0,
            first: Mark {
                cause: WaitCause::Latency,
                until: 0,
            },
            charge_last: clock.bug == PlantedBug::ChargeLast,
            slack: 0,
            me,
            others: (before, after),
            topology: &clock.topology,
            queues: &mut clock.queues,
            counts: &mut clock.counts,
        }
    }

    /// Leaves the process with all that is known of its open beat.
    pub fn finish(self) -> (u64, u64) {
        self.me.open.truncate(self.stretches.saturating_sub(1));
        if self.stretches > 0 {
            self.me.open.insert(0, self.first);
        }
        (self.x, self.offset)
    }

    #[inline]
    fn until(&mut self, cause: WaitCause, at: u64) {
        if at > self.x {
            self.x = at;
            if self.stretches == 0 {
                self.first = Mark { cause, until: at };
                self.stretches = 1;
            } else {
                self.wait_more(cause, at);
            }
        }
    }

    #[cold]
    fn wait_more(&mut self, cause: WaitCause, until: u64) {
        let mark = Mark { cause, until };
        if self.charge_last {
            self.first = mark;
            return;
        }
        if self.stretches == 1 {
            self.me.open.clear();
        }
        self.me.open.push(mark);
        self.stretches += 1;
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
                from: 0,
            }));
        }
        let (&(entry, tag), filled) = queue.first();
        self.credit = self.credit.max(tag.credit);
        self.offset = tag.offset;
        self.until(cause, filled);
        Ok(entry)
    }

    /// Lets the open run wait before the beat that would issue `at` cycles into
    /// it, until cycle `until`. False if the horizon does not allow that.
    #[inline]
    fn wait_in(&mut self, cause: WaitCause, until: u64, at: u32, pc: u32) -> bool {
        let turn = self.me.t + u64::from(at);
        if until <= turn {
            return true;
        }
        let wait = until - turn;
        if wait > self.slack {
            return false;
        }
        self.slack -= wait;
        self.me.wait(cause, wait, pc);
        true
    }

    #[cold]
    fn charge_more(&mut self) {
        let mut x = self.first.until;
        for mark in &self.me.open {
            self.me.report.waits[mark.cause as usize] += mark.until - x;
            x = mark.until;
        }
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
        if let Some(line) = self.me.report.profile.get_mut(pc as usize) {
            line.count += 1;
        }
        if let Some(log) = &mut self.me.gate {
            let first = (self.stretches > 0).then_some(&self.first);
            let more = &self.me.open[..self.stretches.saturating_sub(1)];
            for mark in first.into_iter().chain(more) {
                log.add(Some(mark.cause), mark.until, pc);
            }
            log.add(None, end, pc);
        }
    }

    #[cold]
    fn prune(&mut self, counter: Counter) {
        let (before, after) = &self.others;
        let locals: Vec<&Local> = before
            .iter()
            .chain([&*self.me])
            .chain(after.iter())
            .collect();
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
        self.stretches = 0;
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
                from: 0,
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
                from: 0,
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

    #[inline(always)]
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
        if c >= self.plain_before {
            self.log_gate(pc, end);
            return Ok(c);
        }
        if let Some(line) = report.profile.get_mut(pc as usize) {
            line.count += 1;
            line.cycles += end - from;
        }
        report.busy += occupancy;
        if self.stretches > 0 {
            report.waits[self.first.cause as usize] += self.first.until - from;
            if self.stretches > 1 {
                self.charge_more();
            }
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

    #[inline]
    fn known(&self, q: Chan, n: usize) -> Option<Entry> {
        self.queues[usize::from(q.0)].ahead(n)
    }

    #[inline]
    fn open_run(&mut self, work: u64, cycles: u64, after: u64) -> bool {
        let t = self.me.t;
        // Credit that is read inside could only help. Gates never get here:
        // all their issues are special.
        let limit = self.topology.budget.saturating_add(self.me.report.credit);
        self.slack = self.plain_before.saturating_sub(t + cycles);
        t + cycles <= self.plain_before && t >= after && self.me.report.work + work <= limit
    }

    #[inline]
    fn hasten(&mut self) {
        self.slack = 0;
    }

    #[inline]
    fn room_in(&mut self, q: Chan, at: u32, pc: u32) -> bool {
        let queue = &self.queues[usize::from(q.0)];
        if queue.reserved {
            return true;
        }
        let free = queue.free_from();
        !queue.is_full() && self.wait_in(WaitCause::Output, free, at, pc)
    }

    #[inline]
    fn take_in(&mut self, q: Chan, op: u16, at: u32, pc: u32) -> Option<Entry> {
        let queue = &self.queues[usize::from(q.0)];
        if queue.is_empty() {
            return None;
        }
        let (&(entry, tag), filled) = queue.first();
        let cause = queue.cause;
        if entry.op != op || !self.wait_in(cause, filled, at, pc) {
            return None;
        }
        let report = &mut self.me.report;
        report.credit = report.credit.max(tag.credit);
        report.offset = tag.offset;
        let freed = self.me.t + u64::from(at) + self.free_after;
        self.queues[usize::from(q.0)].pop(freed);
        Some(entry)
    }

    #[inline]
    fn push_in(&mut self, q: Chan, at: u32, pc: u32, entry: Entry) -> bool {
        let has_room = self.room_in(q, at, pc);
        if has_room {
            self.put_in(q, at, entry);
        }
        has_room
    }

    #[inline]
    fn put_in(&mut self, q: Chan, at: u32, entry: Entry) {
        let filled = self.cycle_in(at) + 1;
        let tag = self.me.tag();
        self.queues[usize::from(q.0)].push(entry, tag, filled);
    }

    #[inline]
    fn pass_in(&mut self, q: Chan, at: u32, pc: u32, to: Chan, entry: Entry) -> bool {
        let room = &self.queues[usize::from(to.0)];
        let latest = self.cycle_in(at) + self.slack;
        if !room.reserved && (room.is_full() || room.free_from() > latest) {
            return false;
        }
        let queue = &self.queues[usize::from(q.0)];
        let (&(_, tag), filled) = queue.first();
        let cause = queue.cause;
        if !self.wait_in(cause, filled, at, pc) {
            return false;
        }
        let report = &mut self.me.report;
        report.credit = report.credit.max(tag.credit);
        report.offset = tag.offset;
        // There is room, and the horizon is not in the way.
        self.push_in(to, at, pc, entry);
        let freed = self.cycle_in(at) + self.free_after;
        self.queues[usize::from(q.0)].pop(freed);
        true
    }

    #[inline]
    fn raise_in(&mut self, counter: Counter, at: u32) {
        self.cycle = self.cycle_in(at);
        self.raise(counter);
    }

    #[inline]
    fn cycle_in(&self, at: u32) -> u64 {
        self.me.t + u64::from(at)
    }

    #[inline]
    fn close_run(&mut self, run: &Arc<Run>) {
        self.me.close(run);
    }

    fn is_linked(&self, link: &Link) -> bool {
        self.stands_ready(link)
    }

    #[inline(always)]
    fn can_link(&self, link: &Link, needs: &Needs) -> bool {
        self.has_time(link, needs)
    }

    #[inline]
    fn link(&mut self, link: &Link, passage: &Passage) -> u64 {
        let start = self.pass_along(link, passage);
        if self.counts[usize::from(link.done.0)].is_long() {
            self.prune(link.done);
        }
        start
    }
}
