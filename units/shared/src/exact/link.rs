//! Links under the `exact` clock: the same times as beat by beat, of entries
//! that are never put into a queue.

use super::Local;
use super::beat::ExactBeat;
use crate::account::WaitCause;
use crate::link::{Last, Link, Needs, Passage};
use crate::topology::Proc;

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

    /// Whether nothing is in the way of a link.
    #[inline]
    pub(super) fn stands_ready(&self, link: &Link, needs: &Needs) -> bool {
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
        latest + cycles + 4 <= self.plain_before
            && middle.t >= needs.after
            && middle.waits_for(link.to_middle)
            && last.waits_for(link.to_last)
            && to_middle.is_clear(needs.first_beats, u64::MAX)
            // Whatever the middle process sends can be sent in its turn.
            && to_last.is_clear(needs.puts, middle.t + needs.first_put)
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
        let sent = passage.accesses.len() - rows.len();
        to_middle.make_place(rows.len() as u64);
        to_last.make_place(sent as u64);

        let first = &mut *self.me;
        let (&(_, tag), filled) = input.first();
        for (k, row) in (0..).zip(rows) {
            if k == 0 {
                first.wait_until(input.cause, filled, 0, row.pc);
            }
            first.wait_until(WaitCause::Output, to_middle.free_from(), k, row.pc);
            if k == 0 {
                input.pop(first.t + free_after);
            }
            to_middle.stamp_push(first.t + k + 1);
        }
        first.read(tag);
        let tag = first.tag();
        first.close(passage.first);

        let Some(middle) = other_mut(&mut self.others, link.middle) else {
            return 0;
        };
        for access in passage.accesses {
            let at = u64::from(access.at);
            if access.sends {
                to_last.stamp_push(middle.t + at + 1);
            } else {
                middle.wait_until(to_middle.cause, to_middle.next_filled(), at, access.pc);
                to_middle.stamp_pop(middle.t + at + free_after);
            }
        }
        let start = middle.t;
        middle.read(tag);
        let tag = middle.tag();
        middle.close(passage.middle);

        let Some(last) = other_mut(&mut self.others, link.last) else {
            return 0;
        };
        let cause = to_last.cause;
        match passage.last {
            Last::Run(run) => {
                for (k, row) in (0..).zip(run.rows()) {
                    last.wait_until(cause, to_last.next_filled(), k, row.pc);
                    to_last.stamp_pop(last.t + k + free_after);
                }
                last.close(run);
            }
            Last::Beat {
                pc,
                occupancy,
                work,
            } => {
                last.wait_until(cause, to_last.next_filled(), 0, pc);
                to_last.stamp_pop(last.t + free_after);
                last.close_beat(pc, occupancy, work);
            }
        }
        last.read(tag);
        self.counts[usize::from(link.done.0)].raise(last.last_issue + 1);
        start
    }
}
