//! The sink of the Arithmetic Core: writes its words to the stream bound to
//! it, and executes the sink's commands in order with them.
//!
//! Its home read is the next entry of the core's output. It knows the stream
//! from the bind record alone; it never looks into the handle table, which
//! the sequencer may be changing.

mod ahead;

use std::collections::VecDeque;

use orrery_shared::{Beat, Chan, Counter, Entry, Memory, Step, Stop, TrapCode, protocol};

use crate::fault::Refusal;
use crate::frame::Descriptor;
use crate::kind::{Kind, Space};
use crate::sequencer::{hand_over_entry, whole_texels};
use crate::sink::Command;
use crate::spec::OutputSpec;
use crate::writer::{Job, Writer};

/// Queues and counts of the core's sink.
#[derive(Clone, Copy, Debug)]
pub struct CoreSinkPorts {
    /// In: words, ends, requests and sink commands from the core. The home read.
    pub input: Chan,
    /// Out: answers to the core's requests, slots reserved by the core.
    pub load: Chan,
    /// Out: hand-overs of row bands, to the Compositor's kernel.
    pub kernel_grants: Chan,
    /// Out: items for the video gate.
    pub video: Chan,
    /// Raised for every activation and sink command done.
    pub core_done: Counter,
}

/// The sink's hand-overs are of one epoch: what it hands over never returns.
const EPOCH: u32 = 0;

/// Bytes of a word from the core.
const WORD_BYTES: u64 = 2;

/// How many streams that were bound before are remembered for debug reads.
const REMEMBERED: usize = 64;

/// The first half of a bind record.
#[derive(Clone, Copy, Debug)]
struct Half {
    base: u32,
    capacity: u32,
    position: u32,
    handed: u32,
}

/// What the sink is in the middle of.
#[derive(Clone, Copy, Debug)]
enum Rest {
    Bind(Half),
    /// A frame was sent; the gate must go back to the sequencer's items.
    Switch,
}

#[derive(Clone, Debug)]
struct Bound {
    /// Positions up to here take words without looking further.
    unattended: u64,
    writer: Writer,
    /// A frame of it was sent: an external output reads it.
    shown: bool,
    /// Who bound it ([`Entry::from`]).
    from: u16,
}

/// Everything of the sink that changes.
#[derive(Clone, Debug, Default)]
pub struct CoreSinkState {
    bound: Option<Bound>,
    rest: Option<Rest>,
    /// Bases of textures bound before, and the stretches written there.
    earlier: VecDeque<(u32, (u64, u64))>,
}

/// The core's sink.
#[derive(Clone, Debug)]
pub struct CoreSink {
    spec: OutputSpec,
    ports: CoreSinkPorts,
    word_runs: ahead::WordRuns,
    state: CoreSinkState,
}

impl CoreSink {
    /// Rows of the execution profile: [`protocol::core_out`] below 0x10, then
    /// commands from 0x10 on.
    pub const PROFILE: usize = 0x20;

    /// A sink at the start of a run.
    #[must_use]
    pub fn new(spec: OutputSpec, ports: CoreSinkPorts) -> Self {
        CoreSink {
            spec,
            ports,
            word_runs: ahead::word_runs(),
            state: CoreSinkState::default(),
        }
    }

    /// Everything that changes, for checkpoints.
    #[must_use]
    pub fn state(&self) -> &CoreSinkState {
        &self.state
    }

    /// Goes back to a checkpoint.
    pub fn restore(&mut self, state: CoreSinkState) {
        self.state = state;
    }

    /// Name of a row of the execution profile.
    #[must_use]
    pub fn profile_name(pc: u32) -> Option<&'static str> {
        match pc as u16 {
            protocol::core_out::WORD => Some("word"),
            protocol::core_out::END => Some("end"),
            protocol::core_out::REQUEST => Some("request"),
            pc => Command::from_op(pc.wrapping_sub(0x10) | 0x100).map(|c| c.row().mnemonic),
        }
    }

    /// Whether the next beat is the home read (no command is half done).
    #[must_use]
    pub fn at_home(&self) -> bool {
        self.state.rest.is_none()
    }

    /// The bound stream: its identity and how many bytes have been written.
    #[must_use]
    pub fn bound(&self) -> Option<(u32, u64)> {
        let writer = &self.state.bound.as_ref()?.writer;
        Some((writer.base, writer.position))
    }

    /// The stretches of the texture at `base` that the sink has written, in order of time;
    /// of many, the latest.
    pub fn stretches(&self, base: u32) -> impl Iterator<Item = (u64, u64)> {
        let bound = self.state.bound.as_ref().and_then(stretch);
        let all = self.state.earlier.iter().copied().chain(bound);
        all.filter_map(move |(b, stretch)| (b == base).then_some(stretch))
    }

    /// One beat.
    ///
    /// # Errors
    /// Whatever stopped it before it issued.
    #[inline]
    pub fn step<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        match self.state.rest {
            None => {}
            Some(Rest::Bind(half)) => return self.bind_rest(half, beat),
            Some(Rest::Switch) => return self.switch_back(beat),
        }
        let entry = beat.peek_home(self.ports.input)?;
        self.begin(&entry, beat, memory).map_err(|stop| {
            // Words are not sent by a row; what they do is asked for by the bind.
            let bound = self.state.bound.as_ref().map_or(0, |b| b.from);
            stop.asked_by(if entry.from == 0 { bound } else { entry.from })
        })
    }

    /// The first beat of whatever comes next.
    #[inline(always)]
    fn begin<B: Beat>(&mut self, entry: &Entry, beat: &mut B, memory: &mut Memory) -> Step {
        match entry.op {
            protocol::core_out::WORD => {
                if let Some(bound) = &mut self.state.bound
                    && bound.writer.position + WORD_BYTES <= bound.unattended
                {
                    beat.issue(u32::from(protocol::core_out::WORD), 1, 1)?;
                    beat.pop(self.ports.input);
                    let bank = bound.writer.space.bank(memory);
                    bound.writer.store_word(entry.a[0] as u16, bank);
                    return Ok(());
                }
                let pc = u32::from(protocol::core_out::WORD);
                self.write(Job::Word(entry.a[0] as u16), pc, beat, memory)
            }
            protocol::core_out::END => {
                beat.issue(u32::from(protocol::core_out::END), 1, 1)?;
                beat.pop(self.ports.input);
                beat.raise(self.ports.core_done);
                Ok(())
            }
            protocol::core_out::REQUEST => self.request(entry, beat, memory),
            op if op == Command::Copy as u16 && self.copies_plainly(entry) => {
                self.plain_copy(entry, beat, memory)
            }
            op => match Command::from_op(op) {
                Some(command) => self.command(command, entry, beat, memory),
                None => {
                    let message = format!("opcode {op:#x} is neither a word nor a sink command");
                    let pc = u32::from(op);
                    Err(Refusal::new(TrapCode::UndefinedWord, message).at(pc))
                }
            },
        }
    }

    fn command<B: Beat>(
        &mut self,
        command: Command,
        entry: &Entry,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let pc = profile_row(command);
        match command {
            Command::Bind => {
                self.finish(pc, beat)?;
                let [base, capacity, position, handed] = entry.a;
                self.state.rest = Some(Rest::Bind(Half {
                    base,
                    capacity,
                    position,
                    handed,
                }));
                Ok(())
            }
            Command::Copy => {
                let [distance, length, ..] = entry.a;
                self.write(Job::Copy { distance, length }, pc, beat, memory)?;
                beat.raise(self.ports.core_done);
                Ok(())
            }
            Command::Close => self.close(pc, beat, memory),
            Command::Frame => self.frame(entry, pc, beat),
            // Only as the second half of a bind record.
            Command::BindRest => {
                let message = "the second half of a bind record without the first";
                Err(Refusal::new(TrapCode::UndefinedWord, message).at(pc))
            }
        }
    }

    /// Whether a copy is sure to be carried out and to finish no band.
    #[inline]
    fn copies_plainly(&self, entry: &Entry) -> bool {
        let [distance, length, ..] = entry.a;
        self.state.bound.as_ref().is_some_and(|bound| {
            let writer = &bound.writer;
            let texel = u64::from(writer.kind.texel);
            writer.position + u64::from(length) * texel <= bound.unattended
                && writer.reaches(u64::from(distance) * texel)
        })
    }

    fn plain_copy<B: Beat>(&mut self, entry: &Entry, beat: &mut B, memory: &mut Memory) -> Step {
        let [distance, length, ..] = entry.a;
        let pc = profile_row(Command::Copy);
        let writer = &mut bound_mut(&mut self.state, pc)?.writer;
        let texel = u64::from(writer.kind.texel);
        let bytes = u64::from(length) * texel;
        let cycles = self.spec.write_cycles(bytes, false);
        beat.issue(pc, cycles, 1 + u64::from(length))?;
        beat.pop(self.ports.input);
        let bank = writer.space.bank(memory);
        writer.copy(u64::from(distance) * texel, bytes, bank);
        beat.raise(self.ports.core_done);
        Ok(())
    }

    /// Issues a beat of one cycle and takes the entry off the queue.
    fn finish<B: Beat>(&self, pc: u32, beat: &mut B) -> Step {
        beat.issue(pc, 1, 1)?;
        beat.pop(self.ports.input);
        Ok(())
    }

    fn write<B: Beat>(&mut self, job: Job, pc: u32, beat: &mut B, memory: &mut Memory) -> Step {
        let bound = bound_mut(&mut self.state, pc)?;
        if bound.shown {
            let message = "an external output shows this texture since `sink_frame`";
            return Err(Refusal::new(TrapCode::Ownership, message).at(pc));
        }
        let writer = &mut bound.writer;
        let plan = writer.plan(job).map_err(|refusal| refusal.at(pc))?;
        if plan.hand_over.is_some() {
            beat.room(self.ports.kernel_grants)?;
        }
        let cycles = match job {
            // A word is what passes in one cycle, whatever the rate of copies.
            Job::Word(_) => 1,
            _ => self.spec.write_cycles(plan.bytes, false),
        };
        beat.issue(pc, cycles, 1 + plan.elements)?;
        beat.pop(self.ports.input);
        let bank = writer.space.bank(memory);
        writer.carry_out(job, &plan, bank);
        if let Some(end) = plan.hand_over {
            writer.hand_over(end, bank);
            bound.unattended = writer.unattended();
            let entry = hand_over_entry(writer.base, end, EPOCH, false);
            beat.push(self.ports.kernel_grants, entry);
        }
        Ok(())
    }

    fn close<B: Beat>(&mut self, pc: u32, beat: &mut B, memory: &mut Memory) -> Step {
        let writer = &bound_mut(&mut self.state, pc)?.writer;
        whole_texels(writer).map_err(|refusal| refusal.at(pc))?;
        let hand_over = writer.last_hand_over();
        if hand_over.is_some() {
            beat.room(self.ports.kernel_grants)?;
        }
        self.finish(pc, beat)?;
        beat.raise(self.ports.core_done);
        if let (Some(end), Some(bound)) = (hand_over, &mut self.state.bound) {
            let bank = bound.writer.space.bank(memory);
            bound.writer.hand_over(end, bank);
            let entry = hand_over_entry(bound.writer.base, end, EPOCH, true);
            beat.push(self.ports.kernel_grants, entry);
        }
        self.state.retire();
        Ok(())
    }

    fn bind_rest<B: Beat>(&mut self, half: Half, beat: &mut B) -> Step {
        let entry = beat.peek(self.ports.input)?;
        let pc = profile_row(Command::BindRest);
        let [shape, pitch, band, _] = entry.a;
        let kind = Kind::from_code(shape & 0xFF);
        let (true, Some(kind)) = (entry.op == Command::BindRest as u16, kind) else {
            let message = format!("opcode {:#x} is no second half of a bind record", entry.op);
            return Err(Refusal::new(TrapCode::UndefinedWord, message).at(pc));
        };
        self.finish(pc, beat)?;
        beat.raise(self.ports.core_done);
        let space = match shape >> 8 {
            0 => Space::Texture,
            _ => Space::Stream,
        };
        let (capacity, pitch) = (u64::from(half.capacity), u64::from(pitch));
        let writer = Writer::new(space, half.base, capacity, pitch, kind, self.spec.ring);
        let writer = writer.resumed(half.position.into(), half.handed.into(), band.into());
        self.state.retire();
        self.state.bound = Some(Bound {
            unattended: writer.unattended(),
            writer,
            shown: false,
            from: entry.from,
        });
        self.state.rest = None;
        Ok(())
    }

    fn frame<B: Beat>(&mut self, entry: &Entry, pc: u32, beat: &mut B) -> Step {
        beat.room(self.ports.video)?;
        let Some(texture) = Descriptor::from_entry(entry) else {
            let message = "this entry describes no texture that can be shown";
            return Err(Refusal::new(TrapCode::UndefinedWord, message).at(pc));
        };
        self.finish(pc, beat)?;
        let item = texture.item(protocol::gate::FRAME);
        beat.push(self.ports.video, item.on_behalf_of(entry));
        if let Some(bound) = &mut self.state.bound
            && bound.writer.base == texture.base
            && bound.writer.space == Space::Texture
        {
            bound.shown = true;
            bound.unattended = 0;
        }
        self.state.rest = Some(Rest::Switch);
        Ok(())
    }

    fn switch_back<B: Beat>(&mut self, beat: &mut B) -> Step {
        beat.room(self.ports.video)?;
        beat.issue(profile_row(Command::Frame), 1, 0)?;
        beat.push(self.ports.video, Entry::new(protocol::gate::SWITCH, 0));
        beat.raise(self.ports.core_done);
        self.state.rest = None;
        Ok(())
    }

    /// Answers the core with an element of the bound stream.
    fn request<B: Beat>(&mut self, entry: &Entry, beat: &mut B, memory: &mut Memory) -> Step {
        let pc = u32::from(protocol::core_out::REQUEST);
        let refuse = |code, message: String| Err(Refusal::new(code, message).at(pc));
        if entry.imm != 0 {
            return refuse(
                TrapCode::BadHandle,
                format!("the sink holds stream 0 (the bound one), not {}", entry.imm),
            );
        }
        let writer = &bound_mut(&mut self.state, pc)?.writer;
        let unit = u64::from(writer.kind.unit);
        let at = u64::from(entry.a[0]) * unit;
        if at + unit > writer.capacity {
            return refuse(
                TrapCode::Bounds,
                format!(
                    "element {} lies outside the bound stream's {} bytes",
                    entry.a[0], writer.capacity
                ),
            );
        }
        if at < writer.handed {
            return refuse(
                TrapCode::Ownership,
                format!("element {} was handed to the Compositor", entry.a[0]),
            );
        }
        beat.issue(pc, 1, 1)?;
        beat.pop(self.ports.input);
        let value = writer.element(at, writer.space.bank(memory));
        let reply = Entry::with(protocol::reply::VALUE, 0, &[value]);
        beat.push(self.ports.load, reply);
        Ok(())
    }
}

impl CoreSinkState {
    /// Lets go of the bound stream, keeping for debug reads how far it came.
    fn retire(&mut self) {
        let Some(bound) = self.bound.take() else {
            return;
        };
        let Some((base, (from, to))) = stretch(&bound) else {
            return;
        };
        // Bound again where it stopped.
        if let Some((_, (_, end))) = self
            .earlier
            .back_mut()
            .filter(|l| l.0 == base && l.1.1 == from)
        {
            *end = to;
            return;
        }
        if self.earlier.len() == REMEMBERED {
            self.earlier.pop_front();
        }
        self.earlier.push_back((base, (from, to)));
    }
}

/// The texture and the bytes of it that were written since the bind.
fn stretch(bound: &Bound) -> Option<(u32, (u64, u64))> {
    let writer = &bound.writer;
    (writer.space == Space::Texture).then(|| (writer.base, writer.written().stretch))
}

/// Row of the execution profile of a command.
fn profile_row(command: Command) -> u32 {
    (command as u32 & 0xF) | 0x10
}

fn bound_mut(state: &mut CoreSinkState, pc: u32) -> Result<&mut Bound, Stop> {
    let none = "no stream is bound to the core's sink";
    let refuse = || Refusal::new(TrapCode::BadHandle, none).at(pc);
    state.bound.as_mut().ok_or_else(refuse)
}
