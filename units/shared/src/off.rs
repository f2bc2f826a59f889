//! The `off` clock: values, work and traps; no cycles. Same queue depths.

mod queue;

use std::sync::Arc;

use crate::account::{
    End, Line, Outcome, ProcessReport, QueueReport, Standing, WaitCause, classify,
};
use crate::beat::{Beat, Need, Network, Step, Stop, Unmet};
use crate::entry::{Entry, Tag};
use crate::link::{Last, Link, Needs, Passage};
use crate::run::{Run, Tallies};
use crate::topology::{Chan, Counter, Proc, Topology};
use crate::trap::{Fault, TrapCode};
use queue::Queues;

#[derive(Clone, Debug)]
struct Local {
    credit: u64,
    /// Between credit and offset, as in [`ProcessReport`].
    work: u64,
    offset: u64,
    standing: Standing,
    /// Beats by row; the cycles of a line mean nothing here.
    profile: Vec<Line>,
    runs: Tallies,
}

impl Local {
    /// Beats by row, runs included.
    fn counts(&self) -> Vec<Line> {
        let mut profile = self.profile.clone();
        self.runs.charge(&mut profile);
        for line in &mut profile {
            line.cycles = 0;
        }
        profile
    }
}

/// A network's clock that keeps no time.
#[derive(Clone, Debug)]
pub struct Off {
    topology: Topology,
    queues: Queues,
    counts: Vec<u64>,
    locals: Vec<Local>,
}

impl Off {
    /// A clock at the start of a run.
    #[must_use]
    pub fn new(topology: Topology) -> Self {
        let queues = Queues::new(&topology.queues);
        let locals = topology
            .procs
            .iter()
            .map(|p| Local {
                work: 0,
                credit: 0,
                offset: 0,
                standing: Standing::Running,
                profile: vec![Line::default(); p.profile],
                runs: Tallies::default(),
            })
            .collect();
        Off {
            counts: vec![0; topology.counts.len()],
            queues,
            locals,
            topology,
        }
    }

    fn can_go(&self, p: usize) -> bool {
        match &self.locals[p].standing {
            Standing::Running => true,
            Standing::Waiting(unmet) => match unmet.need {
                Need::Entry(q) => !self.queues[q].is_empty(),
                Need::Room(q) => self.queues[q].room() > 0,
                Need::Count(c, n) => self.counts[usize::from(c.0)] >= n,
                Need::Time(_) => true,
            },
            _ => false,
        }
    }

    /// Runs until quiet.
    pub fn run<N: Network>(&mut self, network: &mut N) -> Outcome {
        self.run_while(network, |_| true)
    }

    /// Runs until quiet, or until `go_on`, asked now and then, says no: then the outcome
    /// ends at a horizon, and another call goes on from there.
    pub fn run_while<N: Network>(
        &mut self,
        network: &mut N,
        mut go_on: impl FnMut(&N) -> bool,
    ) -> Outcome {
        // A round is a few hundred beats; asking is not to be noticed beside them.
        const ROUNDS: u32 = 256;
        let mut round = 0_u32;
        loop {
            round = round.wrapping_add(1);
            if round.is_multiple_of(ROUNDS) && !go_on(network) {
                return Outcome {
                    end: End::Horizon,
                    ..self.outcome()
                };
            }
            let mut progress = false;
            for p in 0..self.locals.len() {
                if !self.can_go(p) {
                    continue;
                }
                progress = true;
                self.burst(network, p);
            }
            if !progress {
                break;
            }
        }
        self.outcome()
    }

    fn burst<N: Network>(&mut self, network: &mut N, p: usize) {
        let (before, rest) = self.locals.split_at_mut(p);
        let (me, after) = rest.split_first_mut().expect("a process of the topology");
        let mut beat = OffBeat {
            budget: self.topology.budget,
            topology: &self.topology,
            queues: &mut self.queues,
            counts: &mut self.counts,
            tag_credit: me.credit,
            offset: me.offset,
            me,
            others: (before, after),
        };
        let stop = network.burst(p, &mut beat);
        let offset = beat.offset;
        let local = &mut self.locals[p];
        local.standing = match stop {
            Stop::Wait(unmet) => Standing::Waiting(unmet),
            Stop::Horizon | Stop::Turn => Standing::Running,
            Stop::Trap(fault) => {
                local.offset = offset;
                Standing::Trapped(fault, 0)
            }
            Stop::Done => Standing::Done,
        };
    }

    fn outcome(&self) -> Outcome {
        let standings: Vec<&Standing> = self.locals.iter().map(|l| &l.standing).collect();
        let end: End = classify(&self.topology, &standings);
        Outcome {
            end,
            total: 0,
            processes: self
                .locals
                .iter()
                .map(|l| ProcessReport {
                    busy: 0,
                    waits: [0; WaitCause::COUNT],
                    work: l.work,
                    credit: l.credit,
                    offset: l.offset,
                    standing: l.standing.clone(),
                    profile: l.counts(),
                })
                .collect(),
            queues: self
                .queues
                .iter()
                .map(|q| QueueReport {
                    pushed: q.pushed,
                    popped: q.popped,
                    fill: Vec::new(),
                })
                .collect(),
            counts: self.counts.clone(),
        }
    }
}

struct OffBeat<'a> {
    budget: u64,
    topology: &'a Topology,
    queues: &'a mut Queues,
    counts: &'a mut [u64],
    me: &'a mut Local,
    /// The processes before and after this one.
    others: (&'a mut [Local], &'a mut [Local]),
    tag_credit: u64,
    offset: u64,
}

impl Local {
    #[inline]
    fn can_retire(&self, work: u64, budget: u64) -> bool {
        self.work + work <= budget.saturating_add(self.credit)
    }

    /// Whether it stands waiting for an entry of this queue.
    #[inline]
    fn waits_for(&self, q: Chan) -> bool {
        matches!(&self.standing, Standing::Waiting(unmet) if unmet.need == Need::Entry(q))
    }

    /// Has read entries of another process that stands so.
    #[inline]
    fn read(&mut self, tag: Tag) {
        self.credit = self.credit.max(tag.credit);
        self.offset = tag.offset;
    }

    #[inline]
    fn tag(&self) -> Tag {
        Tag {
            credit: self.credit,
            offset: self.offset,
        }
    }

    #[inline]
    fn count(&mut self, run: &Arc<Run>) {
        self.work += run.work();
        self.runs.add(run, &mut self.profile);
    }
}

impl OffBeat<'_> {
    /// Another process.
    #[inline]
    fn other(&mut self, p: Proc) -> Option<&mut Local> {
        let (before, after) = &mut self.others;
        let p = usize::from(p.0);
        match p.checked_sub(before.len() + 1) {
            Some(behind) => after.get_mut(behind),
            None => before.get_mut(p),
        }
    }

    #[inline]
    fn other_ref(&self, p: Proc) -> Option<&Local> {
        let (before, after) = &self.others;
        let p = usize::from(p.0);
        match p.checked_sub(before.len() + 1) {
            Some(behind) => after.get(behind),
            None => before.get(p),
        }
    }

    #[inline]
    fn look(&mut self, q: Chan, home: bool) -> Step<Entry> {
        let queue = &self.queues[q];
        if !queue.is_empty() {
            let (entry, tag) = queue.ahead(0);
            self.tag_credit = self.tag_credit.max(tag.credit);
            self.offset = tag.offset;
            return Ok(*entry);
        }
        let cause = self.topology.queues[usize::from(q.0)].cause;
        Err(Stop::Wait(Unmet {
            cause,
            need: Need::Entry(q),
            home,
            from: 0,
        }))
    }
}

impl Beat for OffBeat<'_> {
    #[inline]
    fn begin(&mut self) {
        self.tag_credit = self.me.credit;
        self.offset = self.me.offset;
    }

    #[inline]
    fn ready(&mut self, _: WaitCause, _: u64) -> Step {
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
        if self.queues[q].room() > 0 {
            return Ok(());
        }
        Err(Stop::Wait(Unmet {
            cause: WaitCause::Output,
            need: Need::Room(q),
            home: false,
            from: 0,
        }))
    }

    #[inline]
    fn counted(&mut self, counter: Counter, n: u64) -> Step {
        if self.counts[usize::from(counter.0)] >= n {
            return Ok(());
        }
        Err(Stop::Wait(Unmet {
            cause: WaitCause::Token,
            need: Need::Count(counter, n),
            home: false,
            from: 0,
        }))
    }

    #[inline]
    fn slot(&mut self, _: u64, _: u64) -> Step {
        Ok(())
    }

    #[inline]
    fn issue(&mut self, pc: u32, _: u64, work: u64) -> Step<u64> {
        if self.me.work + work > self.budget.saturating_add(self.tag_credit) {
            return Err(Stop::Trap(Fault::new(
                TrapCode::Budget,
                pc,
                "the work budget is used up",
            )));
        }
        self.me.work += work;
        self.me.credit = self.tag_credit;
        self.me.offset = self.offset;
        if let Some(line) = self.me.profile.get_mut(pc as usize) {
            line.count += 1;
        }
        Ok(0)
    }

    #[inline]
    fn pop(&mut self, q: Chan) {
        self.queues[q].pop();
    }

    #[inline]
    fn push(&mut self, q: Chan, entry: Entry) {
        let tag = Tag {
            credit: self.me.credit,
            offset: self.me.offset,
        };
        self.queues[q].push(entry, tag);
    }

    #[inline]
    fn raise(&mut self, counter: Counter) {
        self.counts[usize::from(counter.0)] += 1;
    }

    #[inline]
    fn earn(&mut self, credit: u64) {
        self.me.credit = self.me.credit.saturating_add(credit);
    }

    #[inline]
    fn at_offset(&mut self, offset: u64) {
        self.me.offset = offset;
    }

    #[inline]
    fn known(&self, q: Chan, n: usize) -> Option<Entry> {
        let queue = &self.queues[q];
        ((n as u64) < queue.len()).then(|| queue.ahead(n as u64).0)
    }

    #[inline]
    fn open_run(&mut self, work: u64, _: u64, _: u64) -> bool {
        // Credit that is read inside could only help.
        self.me.can_retire(work, self.budget)
    }

    #[inline]
    fn room_in(&mut self, q: Chan, _: u32, _: u32) -> bool {
        self.queues[q].room() > 0
    }

    #[inline]
    fn take_in(&mut self, q: Chan, op: u16, _: u32, _: u32) -> Option<Entry> {
        let queue = &mut self.queues[q];
        if queue.is_empty() {
            return None;
        }
        let (entry, tag) = *queue.ahead(0);
        if entry.op != op {
            return None;
        }
        queue.pop();
        self.me.credit = self.me.credit.max(tag.credit);
        self.me.offset = tag.offset;
        Some(entry)
    }

    #[inline(always)]
    fn push_in(&mut self, q: Chan, _: u32, _: u32, entry: Entry) -> bool {
        let has_room = self.queues[q].room() > 0;
        if has_room {
            self.push(q, entry);
        }
        has_room
    }

    #[inline(always)]
    fn put_in(&mut self, q: Chan, _: u32, entry: Entry) {
        self.push(q, entry);
    }

    #[inline]
    fn pass_in(&mut self, q: Chan, at: u32, pc: u32, to: Chan, entry: Entry) -> bool {
        if self.queues[to].room() == 0 {
            return false;
        }
        let queue = &mut self.queues[q];
        let tag = queue.ahead(0).1;
        queue.pop();
        self.me.credit = self.me.credit.max(tag.credit);
        self.me.offset = tag.offset;
        self.push_in(to, at, pc, entry)
    }

    #[inline]
    fn raise_in(&mut self, counter: Counter, _: u32) {
        self.raise(counter);
    }

    #[inline]
    fn close_run(&mut self, run: &Arc<Run>) {
        self.me.count(run);
    }

    fn is_linked(&self, link: &Link) -> bool {
        let waits = |p: Proc, q: Chan| self.other_ref(p).is_some_and(|other| other.waits_for(q));
        self.queues[link.to_middle].is_empty()
            && self.queues[link.to_last].is_empty()
            && waits(link.middle, link.to_middle)
            && waits(link.last, link.to_last)
    }

    #[inline(always)]
    fn can_link(&self, link: &Link, needs: &Needs) -> bool {
        let [first, middle, last] = needs.work;
        let can_retire = |p: Proc, work: u64| {
            let other = self.other_ref(p);
            other.is_some_and(|other| other.can_retire(work, self.budget))
        };
        self.queues[link.to_middle].room() >= needs.first_beats
            && self.queues[link.to_last].room() >= needs.puts
            && self.me.can_retire(first, self.budget)
            && can_retire(link.middle, middle)
            && can_retire(link.last, last)
    }

    #[inline(always)]
    fn link(&mut self, link: &Link, passage: &Passage) -> u64 {
        let input = &mut self.queues[link.input];
        let tag = input.ahead(0).1;
        input.pop();
        self.me.read(tag);
        self.me.count(passage.first);
        let tag = self.me.tag();
        let taken = passage.first.rows().len() as u64;
        self.queues[link.to_middle].pass(taken);
        self.queues[link.to_last].pass(passage.sent);
        self.counts[usize::from(link.done.0)] += 1;
        let Some(middle) = self.other(link.middle) else {
            return 0;
        };
        middle.read(tag);
        middle.count(passage.middle);
        let tag = middle.tag();
        let Some(last) = self.other(link.last) else {
            return 0;
        };
        last.read(tag);
        match passage.last {
            Last::Run(run) => last.count(run),
            Last::Beat { pc, work, .. } => {
                last.work += work;
                if let Some(line) = last.profile.get_mut(pc as usize) {
                    line.count += 1;
                }
            }
        }
        0
    }
}
