//! Sequencer, Arithmetic Core and the core's sink as a chain: what an activation
//! or a copy of the sink sets off in the three, in one step (`docs/notes/blocks.md`).

use std::sync::Arc;

use orrery_arithmetic::{Core, Outlet};
use orrery_output::isa::Action;
use orrery_output::{CoreSink, Sequencer};
use orrery_shared::{Access, Beat, Entry, Last, Link, Memory, Needs, Passage, Proc, Run};

use crate::wiring::{count, process, queue};

const LINK: Link = Link {
    input: queue::ACTIONS,
    to_middle: queue::CORE_IN,
    middle: Proc(process::CORE as u8),
    to_last: queue::CORE_OUT,
    last: Proc(process::CORE_SINK as u8),
    done: count::CORE_DONE,
};

/// The sink, which takes the words of an activation.
struct SinkWords<'a, B> {
    beat: &'a mut B,
    first: &'a Arc<Run>,
    sink: &'a mut CoreSink,
    memory: &'a mut Memory,
}

impl<B: Beat> Outlet for SinkWords<'_, B> {
    #[inline(always)]
    fn can_pass(&mut self, needs: &mut Needs) -> bool {
        needs.work[0] = self.first.work();
        needs.work[2] = needs.puts;
        self.sink.can_take(needs.puts.saturating_sub(1)) && self.beat.can_link(&LINK, needs)
    }

    #[inline(always)]
    fn pass(&mut self, run: &Arc<Run>, accesses: &[Access], words: &[u16]) -> u64 {
        let passage = Passage {
            first: self.first,
            middle: run,
            accesses,
            sent: words.len() as u64 + 1,
            last: Last::Run(self.sink.take(words, self.memory)),
        };
        self.beat.link(&LINK, &passage)
    }
}

/// The sink, which carries out a copy.
struct SinkCopy<'a, B> {
    beat: &'a mut B,
    first: &'a Arc<Run>,
    sink: &'a mut CoreSink,
    memory: &'a mut Memory,
    command: Entry,
    pc: u32,
    occupancy: u64,
    work: u64,
}

impl<B: Beat> Outlet for SinkCopy<'_, B> {
    #[inline(always)]
    fn can_pass(&mut self, needs: &mut Needs) -> bool {
        needs.work[0] = self.first.work();
        needs.work[2] = self.work;
        needs.last_cycles = self.occupancy;
        self.beat.can_link(&LINK, needs)
    }

    #[inline(always)]
    fn pass(&mut self, run: &Arc<Run>, accesses: &[Access], _: &[u16]) -> u64 {
        self.sink.copy(&self.command, self.memory);
        let passage = Passage {
            first: self.first,
            middle: run,
            accesses,
            sent: 1,
            last: Last::Beat {
                pc: self.pc,
                occupancy: self.occupancy,
                work: self.work,
            },
        };
        self.beat.link(&LINK, &passage)
    }
}

/// Carries out the next action with all that comes of it. False, and nothing
/// has changed, if it is none for the chain or something is in its way.
/// `linked`: whether the one before was carried out so.
#[inline]
pub(crate) fn pass<B: Beat>(
    linked: bool,
    sequencer: &mut Sequencer,
    core: &mut Core,
    sink: &mut CoreSink,
    beat: &mut B,
    memory: &mut Memory,
) -> bool {
    let Some(action) = beat.known(queue::ACTIONS, 0) else {
        return false;
    };
    let is_for_core = [Action::Activate, Action::SinkCopy].map(|a| a as u16);
    if !is_for_core.contains(&action.op) || !linked && !beat.is_linked(&LINK) {
        return false;
    }
    let passed = if let Some(first) = sequencer.activation(&action) {
        let mut outlet = SinkWords {
            beat,
            first,
            sink,
            memory,
        };
        core.activate(action.imm, &action.a, action.n.into(), &mut outlet)
    } else if let Some(first) = sequencer.sent_copy(&action)
        && let Some((pc, occupancy, work)) = sink.can_copy(&action)
    {
        let mut outlet = SinkCopy {
            beat,
            first,
            sink,
            memory,
            command: action,
            pc,
            occupancy,
            work,
        };
        core.forward(&mut outlet)
    } else {
        false
    };
    if passed {
        sequencer.was_sent(&action);
    }
    passed
}
