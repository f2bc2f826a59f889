//! Sequencer and sink really take several beats at once where a clock offers it.
//! That it changes nothing is what `network.rs` tests.

mod common;

use std::collections::VecDeque;
use std::sync::Arc;

use common::{Setup, act};
use orrery_output::isa::Action::*;
use orrery_output::sink::Command;
use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{Beat, Chan, Counter, Entry, Run, Step, Stop, WaitCause};

const U8: u32 = 0x11;
const RGBA8: u32 = 0x41;

/// A clock of one process: a script comes in, and everything else is fine.
#[derive(Default)]
struct Script {
    entries: VecDeque<Entry>,
    pushed: Vec<Entry>,
    raised: u64,
    /// Beats issued one by one, and in runs.
    single: u64,
    in_runs: u64,
}

impl Beat for Script {
    fn begin(&mut self) {}
    fn ready(&mut self, _: WaitCause, _: u64) -> Step {
        Ok(())
    }
    fn peek(&mut self, _: Chan) -> Step<Entry> {
        self.entries.front().copied().ok_or(Stop::Done)
    }
    fn peek_home(&mut self, q: Chan) -> Step<Entry> {
        self.peek(q)
    }
    fn room(&mut self, _: Chan) -> Step {
        Ok(())
    }
    fn counted(&mut self, _: Counter, _: u64) -> Step {
        Ok(())
    }
    fn slot(&mut self, _: u64, _: u64) -> Step {
        Ok(())
    }
    fn issue(&mut self, _: u32, _: u64, _: u64) -> Step<u64> {
        self.single += 1;
        Ok(0)
    }
    fn pop(&mut self, _: Chan) {
        self.entries.pop_front();
    }
    fn push(&mut self, _: Chan, entry: Entry) {
        self.pushed.push(entry);
    }
    fn raise(&mut self, _: Counter) {
        self.raised += 1;
    }
    fn earn(&mut self, _: u64) {}
    fn at_offset(&mut self, _: u64) {}

    fn known(&self, _: Chan, n: usize) -> Option<Entry> {
        self.entries.get(n).copied()
    }
    fn open_run(&mut self, _: u64, _: u64, _: u64) -> bool {
        true
    }
    fn take_in(&mut self, _: Chan, op: u16, _: u32, _: u32) -> Option<Entry> {
        self.entries.pop_front_if(|entry| entry.op == op)
    }
    fn push_in(&mut self, q: Chan, _: u32, _: u32, entry: Entry) -> bool {
        self.push(q, entry);
        true
    }
    fn pass_in(&mut self, q: Chan, _: u32, _: u32, to: Chan, entry: Entry) -> bool {
        self.pop(q);
        self.push(to, entry);
        true
    }
    fn raise_in(&mut self, counter: Counter, _: u32) {
        self.raise(counter);
    }
    fn close_run(&mut self, run: &Arc<Run>) {
        self.in_runs += run.rows().len() as u64;
    }
}

#[test]
fn appends_and_activations() {
    let mut world = Setup::default().world(&[]);
    let mut script = vec![act(Ram, 0, &[64, U8])];
    script.extend((0..20).map(|n| act(Append, 0, &[n])));
    script.push(act(Activate, 7, &[1, 2, 0x1_0003]));
    script.push(act(Append, 0, &[1, 2]));
    let mut beat = Script {
        entries: script.into(),
        ..Script::default()
    };
    let stop = world.sequencer.burst(&mut beat, &mut world.memory);
    assert_eq!(stop, Stop::Done);
    assert_eq!((beat.single, beat.in_runs), (2, 20 + 4));
    let sent = |e: &Entry| (e.op, e.imm, e.a[0]);
    assert_eq!(
        beat.pushed.iter().map(sent).collect::<Vec<_>>(),
        [
            (core_in::HEAD, 7, 0),
            (core_in::WORD, 0, 1),
            (core_in::WORD, 0, 2),
            (core_in::WORD, 0, 3),
        ]
    );
    let position = world.sequencer.streams().map(|s| s.position).next();
    assert_eq!(position, Some(22));
}

#[test]
fn words_and_ends() {
    let mut world = Setup::default().world(&[]);
    let word = |n: u32| Entry::with(core_out::WORD, 0, &[n]);
    let end = Entry::new(core_out::END, 0);
    let mut script = vec![
        Entry::with(Command::Bind as u16, 0, &[0, 40, 0, 0]),
        Entry::with(Command::BindRest as u16, 0, &[RGBA8, 40, 0]),
        word(1),
        word(2),
        end,
        end,
    ];
    script.extend((0..18).map(word));
    let mut beat = Script {
        entries: script.into(),
        ..Script::default()
    };
    let stop = world.sink.burst(&mut beat, &mut world.memory);
    assert_eq!(stop, Stop::Done);
    // The bind record has two beats.
    assert_eq!((beat.single, beat.in_runs), (2, 4 + 18));
    assert_eq!(beat.raised, 3);
    assert_eq!(world.sink.bound(), Some((0, 40)));
}
