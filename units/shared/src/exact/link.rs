//! Links under the `exact` clock: the same times as beat by beat, of entries
//! that are never put into a queue.

use super::Local;
use super::beat::ExactBeat;
use crate::account::WaitCause;
use crate::link::{Last, Link, Needs, Passage};
use crate::topology::{Chan, Proc};

/// A process of those before and after another one.
#[inline]
fn other_mut<'a>(others: &'a mut (&mut [Local], &mut [Local]), p: Proc) -> Option<&'a mut Local> {
    let (before, after) = others;
    match usize::from(p.0).checked_sub(before.len() + 1) {
        Some(behind) => after.get_mut(behind),
        None => before.get_mut(usize::from(p.0)),
    }
}

impl ExactBeat<'_> {
    #[inline]
    fn other(&self, p: Proc) -> Option<&Local> {
        let (before, after) = &self.others;
        match usize::from(p.0).checked_sub(before.len() + 1) {
            Some(behind) => after.get(behind),
            None => before.get(usize::from(p.0)),
        }
    }

    /// Whether the other two processes wait, and nothing is on its way between them.
    pub(super) fn stands_ready(&self, link: &Link) -> bool {
        let waits = |p: Proc, q: Chan| self.other(p).is_some_and(|other| other.waits_for(q));
        let is_empty = |q: Chan| self.queues[usize::from(q.0)].is_empty();
        is_empty(link.to_middle)
            && is_empty(link.to_last)
            && waits(link.middle, link.to_middle)
            && waits(link.last, link.to_last)
    }

    /// Whether there are work, room and time for a step through a link.
    #[inline]
    pub(super) fn has_time(&self, link: &Link, needs: &Needs) -> bool {
        let (Some(middle), Some(last)) = (self.other(link.middle), self.other(link.last)) else {
            return false;
        };
        let input = &self.queues[usize::from(link.input.0)];
        let to_middle = &self.queues[usize::from(link.to_middle.0)];
        let to_last = &self.queues[usize::from(link.to_last.0)];
        let [first_work, middle_work, last_work] = needs.work;
        // No beat ends later than if all of them came after the latest of these.
        let latest = self.me.t.max(middle.t).max(last.t).max(input.next_filled());
        let cycles = needs.first_beats + needs.middle_cycles + needs.last_cycles;
        let budget = self.topology.budget;
        // Until when there must be room for what cannot be waited for.
        let fixed = needs.fixed_put.map_or(u64::MAX, |at| middle.t + at);
        latest + cycles + 4 <= self.plain_before
            && middle.t >= needs.after
            && to_middle.is_clear(needs.first_beats, u64::MAX)
            && to_last.is_clear(needs.puts, fixed)
            && self.me.can_retire(first_work, budget)
            && middle.can_retire(middle_work, budget)
            && last.can_retire(last_work, budget)
    }

    /// Accounts for what passes through a link.
    #[inline]
    pub(super) fn pass_along(&mut self, link: &Link, passage: &Passage) -> u64 {
        let free_after = self.free_after;
        let indices = [link.input, link.to_middle, link.to_last].map(|q| usize::from(q.0));
        let Ok([input, to_middle, to_last]) = self.queues.get_disjoint_mut(indices) else {
            return 0;
        };
        let rows = passage.first.rows();
        to_middle.make_place(rows.len() as u64);
        to_last.make_place(passage.sent);

        let first = &mut *self.me;
        let (&(_, tag), filled) = input.first();
        let (cause, depth) = (to_middle.cause, to_middle.depth);
        let mut stamps = to_middle.times.stamps();
        let mut pushed = to_middle.pushed;
        for (k, row) in (0..).zip(rows) {
            if k == 0 {
                first.wait_until(input.cause, filled, 0, row.pc);
            }
            if let Some(before) = pushed.checked_sub(depth) {
                first.wait_until(WaitCause::Output, stamps.freed(before), k, row.pc);
            }
            if k == 0 {
                input.pop(first.t + free_after);
            }
            stamps.set_filled(pushed, first.t + k + 1);
            pushed += 1;
        }
        to_middle.pushed = pushed;
        first.read(tag);
        let tag = first.tag();
        first.close(passage.first);

        let Some(middle) = other_mut(&mut self.others, link.middle) else {
            return 0;
        };
        let mut stamps_out = to_last.times.stamps();
        let (mut popped, mut pushed) = (to_middle.popped, to_last.pushed);
        for access in passage.accesses {
            let at = u64::from(access.at);
            if access.takes {
                middle.wait_until(cause, stamps.filled(popped), at, access.pc);
            }
            if access.sends {
                if let Some(before) = pushed.checked_sub(to_last.depth) {
                    let free = stamps_out.freed(before);
                    middle.wait_until(WaitCause::Output, free, at, access.pc);
                }
                stamps_out.set_filled(pushed, middle.t + at + 1);
                pushed += 1;
            }
            if access.takes {
                stamps.set_freed(popped, middle.t + at + free_after);
                popped += 1;
            }
        }
        (to_middle.popped, to_last.pushed) = (popped, pushed);
        let start = middle.t;
        middle.read(tag);
        let tag = middle.tag();
        middle.close(passage.middle);

        let Some(last) = other_mut(&mut self.others, link.last) else {
            return 0;
        };
        let cause = to_last.cause;
        let mut popped = to_last.popped;
        match passage.last {
            Last::Run(run) => {
                for (k, row) in (0..).zip(run.rows()) {
                    last.wait_until(cause, stamps_out.filled(popped), k, row.pc);
                    stamps_out.set_freed(popped, last.t + k + free_after);
                    popped += 1;
                }
                last.close(run);
            }
            Last::Beat {
                pc,
                occupancy,
                work,
            } => {
                last.wait_until(cause, stamps_out.filled(popped), 0, pc);
                stamps_out.set_freed(popped, last.t + free_after);
                popped += 1;
                last.close_beat(pc, occupancy, work);
            }
        }
        to_last.popped = popped;
        last.read(tag);
        self.counts[usize::from(link.done.0)].raise(last.last_issue + 1);
        start
    }
}
