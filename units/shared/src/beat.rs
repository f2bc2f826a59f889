//! Beats: how a process is written, independent of the clock it runs under.

use std::sync::Arc;

use crate::account::WaitCause;
use crate::entry::Entry;
use crate::link::{Link, Needs, Passage};
use crate::run::Run;
use crate::topology::{Chan, Counter};
use crate::trap::Fault;

/// What a process waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// An entry in a queue.
    Entry(Chan),
    /// A free slot in a queue.
    Room(Chan),
    /// A count reaching a value.
    Count(Counter, u64),
    /// A cycle; time alone will meet it.
    Time(u64),
}

/// The first unmet need of the beat that a process stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What waiting for it is charged to.
    pub cause: WaitCause,
    /// What is waited for.
    pub need: Need,
    /// A home read: a process waiting here when the run is quiet is idle, not stuck.
    pub home: bool,
    /// [`Entry::from`] of the entry that asked for the beat; 0 if none did.
    pub from: u16,
}

/// Why a process does not go on now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A need is not met.
    Wait(Unmet),
    /// The next beat would issue at or after the horizon.
    Horizon,
    /// The instruction traps: no effect, no time.
    Trap(Box<Fault>),
    /// The program of this process is over.
    Done,
    /// It could go on, but it is better that the others come first: after a beat, from
    /// [`Network::burst`] only.
    Turn,
}

impl Stop {
    /// The same, because of what an entry asked for.
    #[cold]
    #[must_use]
    pub fn asked_by(mut self, from: u16) -> Self {
        match &mut self {
            Stop::Trap(fault) => fault.from = from,
            Stop::Wait(unmet) => unmet.from = from,
            Stop::Horizon | Stop::Done | Stop::Turn => {}
        }
        self
    }
}

/// Result of one beat.
pub type Step<T = ()> = Result<T, Stop>;

/// One beat in the making.
///
/// A process asks for its needs *in the order of `timing.md`* (own earlier
/// result, input bytes, queue inputs, replies, tokens and counts, pacing,
/// outputs, slot), tests for traps, calls [`Beat::issue`] once, and only then
/// takes effects: `pop`, `push`, `raise` and changes of its own state. If any
/// call returns `Err`, the process returns it unchanged, having changed
/// nothing of its own state, and is asked again later.
///
/// At most one pop and one push per queue and beat.
pub trait Beat {
    /// Starts a beat: forgets the needs of the last one.
    fn begin(&mut self);

    /// A need whose ready cycle the process knows itself (latency, input bytes, pacing).
    ///
    /// # Errors
    /// [`Stop::Wait`] when the clock has not reached it.
    fn ready(&mut self, cause: WaitCause, at: u64) -> Step;

    /// Needs the head entry of `q` and returns a copy. If the beat issues, the
    /// entry's tag counts as read, popped or not.
    ///
    /// # Errors
    /// [`Stop::Wait`] while there is none.
    fn peek(&mut self, q: Chan) -> Step<Entry>;

    /// As [`Beat::peek`], at a home read.
    ///
    /// # Errors
    /// [`Stop::Wait`] while there is none.
    fn peek_home(&mut self, q: Chan) -> Step<Entry>;

    /// Needs a free slot in `q`.
    ///
    /// # Errors
    /// [`Stop::Wait`] while there is none.
    fn room(&mut self, q: Chan) -> Step;

    /// Needs `counter` to have been raised `n` times.
    ///
    /// # Errors
    /// [`Stop::Wait`] until then.
    fn counted(&mut self, counter: Counter, n: u64) -> Step;

    /// Needs a cycle that is `phase` modulo `period`; always the last need.
    ///
    /// # Errors
    /// [`Stop::Wait`] until then.
    fn slot(&mut self, period: u64, phase: u64) -> Step;

    /// Issues the beat: all needs are met. Returns the cycle of issue (0 under
    /// the `off` clock). `pc` is the row of the profile, `occupancy` at least 1,
    /// `work` what is retired (tested against the budget).
    ///
    /// # Errors
    /// [`Stop::Horizon`], or a [`Stop::Trap`] for the budget.
    fn issue(&mut self, pc: u32, occupancy: u64, work: u64) -> Step<u64>;

    /// Takes the head entry that was peeked. After `issue` only.
    fn pop(&mut self, q: Chan);

    /// Puts an entry into the slot that was asked for. After `issue` only.
    fn push(&mut self, q: Chan, entry: Entry);

    /// Raises a count by one. After `issue` only.
    fn raise(&mut self, counter: Counter);

    /// Adds work credit. After `issue` only; travels in the tags of later pushes.
    fn earn(&mut self, credit: u64);

    /// Says at which input byte this process stands; travels in the tags of
    /// later pushes. After `issue` only, and for the reader of the input only.
    fn at_offset(&mut self, offset: u64);

    // Several beats in one step, for clocks that offer it; see `crate::run`.
    // The order is: open, take effects, close. A clock that keeps the default
    // declines, and is asked beat by beat.
    //
    // Cycles inside a run (`at`) are counted from the turn of its first beat,
    // and do not count what the run has waited for queues. A beat that comes
    // after a queue access and waits for an earlier result has no such cycle.

    /// The entry `n` places behind the head of `q`, if it is known, however late it comes.
    fn known(&self, _q: Chan, _n: usize) -> Option<Entry> {
        None
    }

    /// Starts a run of at most so much work and so many cycles, if neither the
    /// budget nor the horizon ends inside, and if cycle `after` has come.
    fn open_run(&mut self, _work: u64, _cycles: u64, _after: u64) -> bool {
        false
    }

    /// From here on the open run waits for nothing.
    fn hasten(&mut self) {}

    /// Waits for room in `q` on behalf of a beat that pushes into it after it
    /// has done something else. False, and nothing has changed, if there is none.
    fn room_in(&mut self, _q: Chan, _at: u32, _pc: u32) -> bool {
        false
    }

    /// Takes the next entry of `q` in the beat `at` cycles into the open run;
    /// `pc` is the beat's row. `None`, and nothing has changed, where it is not
    /// known or not of opcode `op`, or comes too late for this run.
    fn take_in(&mut self, _q: Chan, _op: u16, _at: u32, _pc: u32) -> Option<Entry> {
        None
    }

    /// Puts an entry into `q`, as [`Beat::take_in`] takes one. False, and
    /// nothing has changed, if there is no room.
    fn push_in(&mut self, _q: Chan, _at: u32, _pc: u32, _entry: Entry) -> bool {
        false
    }

    /// Puts an entry into `q`, where [`Beat::room_in`] has just found room for the same beat.
    fn put_in(&mut self, _q: Chan, _at: u32, _entry: Entry) {}

    /// Takes the next entry of `q`, which is known, and puts `entry` into `to`,
    /// in one beat. False, and nothing has changed, if that cannot be done.
    fn pass_in(&mut self, _q: Chan, _at: u32, _pc: u32, _to: Chan, _entry: Entry) -> bool {
        false
    }

    /// Raises a count by one, at a cycle of the open run.
    fn raise_in(&mut self, _counter: Counter, _at: u32) {}

    /// The cycle of a beat of the open run; 0 under the `off` clock.
    fn cycle_in(&self, _at: u32) -> u64 {
        0
    }

    /// Ends the open run, of which this much came to be.
    fn close_run(&mut self, _run: &Arc<Run>) {}

    // Several processes in one step; see `crate::link`. This beat's process is
    // the first of the three.

    /// Whether the other two processes stand waiting and nothing is in the queues
    /// between the three. It stays so as long as this beat does nothing but [`Beat::link`].
    fn is_linked(&self, _link: &Link) -> bool {
        false
    }

    /// Whether the step that the next entry sets off can be carried out through
    /// the link, if it needs no more than this. [`Beat::is_linked`] was asked.
    fn can_link(&self, _link: &Link, _needs: &Needs) -> bool {
        false
    }

    /// Carries it out, after [`Beat::can_link`]. Returns the cycle from which
    /// the middle process's cycles are counted (0 under the `off` clock).
    fn link(&mut self, _link: &Link, _passage: &Passage) -> u64 {
        0
    }
}

/// A set of processes that a clock can run.
pub trait Network {
    /// Runs one beat of process `p`.
    ///
    /// # Errors
    /// Whatever stopped it before it issued.
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step;

    /// Runs beats of process `p` until it stops. Override to hoist the dispatch out of the loop.
    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        loop {
            beat.begin();
            if let Err(stop) = self.step(p, beat) {
                return stop;
            }
        }
    }
}
