//! Links under the `exact` clock: the same times as beat by beat, of entries
//! that are never put into a queue.

use super::Local;
use super::beat::ExactBeat;
use crate::account::{Line, WaitCause};
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
        let is_clear = |q: Chan| {
            let queue = &self.queues[usize::from(q.0)];
            queue.is_empty() && queue.is_short()
        };
        is_clear(link.to_middle)
            && is_clear(link.to_last)
            && waits(link.middle, link.to_middle)
            && waits(link.last, link.to_last)
    }

    /// Whether there are work, room and time for a step through a link.
    #[inline(always)]
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
        let fixed = needs.fixed_put.map(|at| middle.t + at);
        latest + cycles + 4 <= self.plain_before
            && middle.t >= needs.after
            && to_middle.is_clear(needs.first_beats)
            && to_last.is_clear(needs.puts)
            && fixed.is_none_or(|cycle| to_last.last_free(needs.puts) <= cycle)
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
        let (Some(mut between), Some(mut behind)) =
            (to_middle.times.stamps(), to_last.times.stamps())
        else {
            // Such queues are never ready for a link.
            return 0;
        };

        let first = &mut *self.me;
        let (&(_, tag), filled) = input.first();
        let mut turn = Turn::of(first);
        let mut pushed = to_middle.pushed;
        for (k, row) in (0..).zip(rows) {
            if k == 0 {
                turn.wait(0, filled, 0, row.pc);
            }
            turn.wait(1, between.free_for(pushed, to_middle.depth), k, row.pc);
            if k == 0 {
                input.pop(turn.t + free_after);
            }
            between.set_filled(pushed, turn.t + k + 1);
            pushed += 1;
        }
        to_middle.pushed = pushed;
        let waited = turn.end();
        first.move_along([input.cause, WaitCause::Output], waited);
        first.read(tag);
        let tag = first.tag();
        first.close(passage.first);

        let Some(middle) = other_mut(&mut self.others, link.middle) else {
            return 0;
        };
        let mut turn = Turn::of(middle);
        let (mut popped, mut pushed) = (to_middle.popped, to_last.pushed);
        // Mostly the last entry has come before the first is taken, and room is there for all.
        let room = behind.free_for(pushed + passage.sent - 1, to_last.depth);
        let waits = between.filled(to_middle.pushed - 1).max(room) > turn.t;
        let waiting = if waits { passage.accesses } else { &[] };
        for access in &passage.accesses[waiting.len()..] {
            let at = turn.t + u64::from(access.at);
            if access.sends {
                behind.set_filled(pushed, at + 1);
                pushed += 1;
            }
            if access.takes {
                between.set_freed(popped, at + free_after);
                popped += 1;
            }
        }
        for access in waiting {
            let at = u64::from(access.at);
            if access.takes {
                turn.wait(0, between.filled(popped), at, access.pc);
            }
            if access.sends {
                turn.wait(1, behind.free_for(pushed, to_last.depth), at, access.pc);
                behind.set_filled(pushed, turn.t + at + 1);
                pushed += 1;
            }
            if access.takes {
                between.set_freed(popped, turn.t + at + free_after);
                popped += 1;
            }
        }
        (to_middle.popped, to_last.pushed) = (popped, pushed);
        let waited = turn.end();
        middle.move_along([to_middle.cause, WaitCause::Output], waited);
        let start = middle.t;
        middle.read(tag);
        let tag = middle.tag();
        middle.close(passage.middle);

        let Some(last) = other_mut(&mut self.others, link.last) else {
            return 0;
        };
        let mut turn = Turn::of(last);
        let mut popped = to_last.popped;
        let mut take = |turn: &mut Turn, k: u64, pc: u32| {
            turn.wait(0, behind.filled(popped), k, pc);
            behind.set_freed(popped, turn.t + k + free_after);
            popped += 1;
        };
        match passage.last {
            Last::Run(run) => {
                for (k, row) in (0..).zip(run.rows()) {
                    take(&mut turn, k, row.pc);
                }
            }
            Last::Beat { pc, .. } => take(&mut turn, 0, pc),
        }
        to_last.popped = popped;
        let waited = turn.end();
        last.move_along([to_last.cause, WaitCause::Output], waited);
        match passage.last {
            Last::Run(run) => last.close(run),
            Last::Beat {
                pc,
                occupancy,
                work,
            } => last.close_beat(pc, occupancy, work),
        }
        last.read(tag);
        self.counts[usize::from(link.done.0)].raise(last.last_issue + 1);
        start
    }
}

/// The beats of a process in a link: as one waits, all that come after it move along.
struct Turn<'a> {
    /// The turn of the first beat, moved along by all that was waited so far.
    t: u64,
    /// What was waited, for entries and for room.
    waited: [u64; 2],
    profile: &'a mut [Line],
}

impl<'a> Turn<'a> {
    #[inline(always)]
    fn of(process: &'a mut Local) -> Self {
        Turn {
            t: process.t,
            waited: [0; 2],
            profile: &mut process.report.profile,
        }
    }

    /// Waits until a cycle, before the beat of row `pc` whose turn is `at` cycles after the first one's.
    #[inline(always)]
    fn wait(&mut self, what: usize, until: u64, at: u64, pc: u32) {
        let cycles = until.saturating_sub(self.t + at);
        if cycles > 0 {
            self.t += cycles;
            self.waited[what] += cycles;
            if let Some(line) = self.profile.get_mut(pc as usize) {
                line.cycles += cycles;
            }
        }
    }

    #[inline(always)]
    fn end(self) -> [u64; 2] {
        self.waited
    }
}
