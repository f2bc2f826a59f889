//! Blocks for links: a whole activation, from its head to the HALT, whose words
//! are given and whose results are fetched in one step.
//!
//! Operand words are in slots from the start, words that are sent stay in slots
//! until the end; when the queues would have been accessed is only noted down.
//! So there is such a block only where nothing else can come of it: every way
//! out is a HALT, all of them take the same number of words, and jumps lead
//! where they led when the block was made.

use std::sync::Arc;

use orrery_shared::{Access, Needs, Run};

use super::build::Builder;
use super::execute::NoQueues;
use super::{Block, Exit, Next, slot};
use crate::micro::{Micro, bits};
use crate::state::State;

/// What is behind a core in a link.
pub trait Outlet {
    /// Whether an activation that needs no more than this can be carried out;
    /// the part of the middle process is filled in.
    fn can_pass(&mut self, needs: &mut Needs) -> bool;

    /// What came of it: beats, accesses to queues, and the words that were sent.
    /// Returns the cycle from which those of the run are counted.
    fn pass(&mut self, run: &Arc<Run>, accesses: &[Access], words: &[u16]) -> u64;
}

impl Builder<'_> {
    /// Whether a link can take another word, or send one.
    pub(super) fn can_access(&self, takes: bool, sends: bool) -> bool {
        !(takes && (!self.waits || self.taken >= slot::MOST_IN)
            || sends && self.sent >= slot::MOST_OUT)
    }

    /// Notes a beat with accesses down.
    pub(super) fn note(&mut self, at: u32, pc: u32, takes: bool, sends: bool) {
        if sends && !self.waits {
            self.block.fixed_put.get_or_insert(at);
        }
        self.accesses.push(Access {
            at,
            pc,
            takes,
            sends,
        });
    }

    /// Notes the accesses of an ALU instruction down.
    pub(super) fn note_transfer(&mut self, takes: bool, sends: bool, at: u32) {
        if takes || sends {
            self.note(at, self.pc.into(), takes, sends);
        }
        self.taken += u8::from(takes);
        self.sent += u8::from(sends);
    }

    /// A jump to where a register says that was not changed before.
    pub(super) fn guarded_jump(&mut self, register: u8) {
        let to = self.likely[register];
        let changed =
            self.forms.get(register).is_some() || self.block.ops.iter().any(|op| op.d == register);
        if changed || self.seen.contains(&to) || self.micro(to).is_none() {
            self.end = Some(Next::Register(register));
            return;
        }
        self.seen.push(to);
        self.block.guards.push((register, to));
        self.pc = to;
    }

    /// The way out through a HALT behind an `IF`.
    pub(super) fn halting_exit(&mut self, pc: u16, halt: &Micro) -> Exit {
        let before = (self.rows.len(), self.cycle, self.delayed, self.settled);
        self.note(self.cycle, pc.into(), false, true);
        self.row(pc, 0, halt);
        self.settle(halt.watch);
        let exit = self.make_exit(Next::Home(pc));
        let rows;
        (rows, self.cycle, self.delayed, self.settled) = before;
        self.rows.truncate(rows);
        self.accesses.pop();
        exit
    }

    /// Works out what the block takes, when all is there.
    pub(super) fn sum_up(&mut self) {
        self.block.takes = takes(&self.accesses);
    }

    /// Whether it is a block for a link that ends so.
    pub(super) fn is_whole(&self, next: Next) -> bool {
        let all = takes(&self.accesses);
        let sides = &self.block.sides;
        matches!(next, Next::Home(_)) && sides.iter().all(|side| takes(&side.accesses) == all)
    }
}

fn takes(accesses: &[Access]) -> usize {
    accesses.iter().filter(|access| access.takes).count()
}

impl Block {
    /// Carries out a whole activation with these words, if `outlet` can take
    /// what comes of it. Returns the number of beats: 0, and nothing has changed, if not.
    #[inline]
    pub(crate) fn pass<O: Outlet>(
        &self,
        state: &mut State,
        loaded: u64,
        words: &[u32; 4],
        count: usize,
        outlet: &mut O,
    ) -> u64 {
        let Some(last) = self.exits.last() else {
            return 0;
        };
        let Some(after) = self.ready(state, loaded) else {
            return 0;
        };
        let hot = &mut state.hot;
        let leads = |(register, to): &(u8, u16)| hot.regs[*register] == *to;
        // The head is taken too.
        if self.takes != 1 + count || !self.guards.iter().all(leads) {
            return 0;
        }
        let puts = last.sent as u64 + 1;
        let mut needs = Needs {
            first_beats: self.takes as u64,
            work: [0, last.work, 0],
            middle_cycles: last.cycles,
            after,
            puts,
            fixed_put: self.fixed_put.map(u64::from),
            last_cycles: puts,
        };
        if !outlet.can_pass(&mut needs) {
            return 0;
        }
        // All of them, for what is not there is not looked at.
        for (slot, word) in (slot::IN..).zip(words) {
            hot.regs[slot] = *word as u16;
        }
        let exit = self.execute(last, state, &mut NoQueues);
        let words = state.hot.regs.from(slot::OUT, exit.sent);
        let start = outlet.pass(&exit.run, &exit.accesses, words);
        self.leave(exit, state, start);
        exit.run.work()
    }

    /// The cycle from which on the block can be carried out, or at least before
    /// which no result is delayed. `None` where it cannot.
    #[inline]
    pub(super) fn ready(&self, state: &State, after: u64) -> Option<u64> {
        let hot = &state.hot;
        if hot.shift_pending
            || state.redirect.is_some()
            || self.uses_bank && !state.memory.has(state.bank)
        {
            return None;
        }
        let delayed = hot.attention & !bits::ALWAYS;
        if delayed == 0 {
            return Some(after);
        }
        if delayed & (self.conditional | bits::SKIP) != 0 {
            return None;
        }
        Some(after.max(state.delayed_until(delayed).unwrap_or(0)))
    }
}
