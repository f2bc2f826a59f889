//! An external video output.
//!
//! The gate reads items from the sequencer's queue; when it pops a switch it
//! goes on with the sink's queue, and back at the sink's switch. The producers
//! send switches where the program's order changes sides, so the order of
//! items never depends on time.

use std::collections::BTreeMap;

use orrery_shared::{Beat, Chan, Counter, Entry, Memory, Step, TrapCode, protocol};

use crate::fault::Refusal;
use crate::frame::{Descriptor, Frame};
use crate::rows::Rows;
use crate::spec::SWEEP_GRAIN;

/// Queues and counts of a gate.
#[derive(Clone, Copy, Debug)]
pub struct GatePorts {
    /// In: items from the sequencer. A home read.
    pub sequencer: Chan,
    /// In: items from the core's sink. A home read while switched to it.
    pub sink: Chan,
    /// Raised for every frame that left.
    pub frames_done: Counter,
}

/// When items leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GateMode {
    /// As soon as they arrive: headless runs and studies.
    #[default]
    Open,
}

/// The immutable configuration of a gate.
#[derive(Clone, Copy, Debug, Default)]
pub struct GateSpec {
    /// When items leave.
    pub mode: GateMode,
    /// Bytes of frames that wait for the host; as much as texture memory at least.
    pub held: u64,
}

/// Everything of a gate that changes.
#[derive(Clone, Debug, Default)]
pub struct GateState {
    /// Items come from the sink.
    switched: bool,
    /// Announced and not yet complete, by identity.
    open: BTreeMap<u32, Descriptor>,
    /// Left, and not yet taken by the host.
    frames: Vec<Frame>,
    /// Bytes of those, each with [`OVERHEAD`].
    held: u64,
    /// Frames that left so far.
    left: u64,
}

/// What a frame takes beside its pixels, about: without it, frames of a texel each would take a
/// hundred times of what is allowed. Announced ones take as much.
const OVERHEAD: u64 = 256;

/// A video gate.
#[derive(Clone, Debug)]
pub struct Gate {
    spec: GateSpec,
    ports: GatePorts,
    state: GateState,
}

impl Gate {
    /// Rows of the execution profile: [`protocol::gate`].
    pub const PROFILE: usize = 4;

    /// A gate at the start of a run.
    #[must_use]
    pub fn new(spec: GateSpec, ports: GatePorts) -> Self {
        Gate {
            spec,
            ports,
            state: GateState::default(),
        }
    }

    /// Everything that changes, for checkpoints. Frames not yet taken are part of it.
    #[must_use]
    pub fn state(&self) -> &GateState {
        &self.state
    }

    /// Goes back to a checkpoint.
    pub fn restore(&mut self, state: GateState) {
        self.state = state;
    }

    /// When items leave.
    #[must_use]
    pub fn mode(&self) -> GateMode {
        self.spec.mode
    }

    /// Name of a row of the execution profile.
    #[must_use]
    pub fn profile_name(pc: u32) -> Option<&'static str> {
        match pc as u16 {
            protocol::gate::OPEN => Some("open"),
            protocol::gate::FRAME => Some("frame"),
            protocol::gate::SWITCH => Some("switch"),
            _ => None,
        }
    }

    /// Frames that left and were not yet taken, in order.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.state.frames
    }

    /// Takes the frames that left. A host that shows long films calls this
    /// between beats, so that only one frame is held at a time.
    pub fn take_frames(&mut self) -> Vec<Frame> {
        self.state.held = 0;
        std::mem::take(&mut self.state.frames)
    }

    /// How many frames left so far.
    #[must_use]
    pub fn frames_left(&self) -> u64 {
        self.state.left
    }

    /// Textures that were announced and are not complete, by identity.
    pub fn open_frames(&self) -> impl Iterator<Item = &Descriptor> {
        self.state.open.values()
    }

    /// The open frames with their complete rows, for the end of a run.
    ///
    /// `rows` says how many rows of a texture are there: of
    /// [`crate::rows_written`] and the Compositor's own mark, the greatest.
    pub fn incomplete(
        &self,
        memory: &Memory,
        mut rows: impl FnMut(&Descriptor) -> Rows,
    ) -> Vec<Frame> {
        let open = self.state.open.values();
        open.map(|d| Frame::copied(d, rows(d), false, 0, &memory.texture))
            .collect()
    }

    /// One beat.
    ///
    /// # Errors
    /// Whatever stopped it before it issued.
    pub fn step<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        let queue = if self.state.switched {
            self.ports.sink
        } else {
            self.ports.sequencer
        };
        let item = beat.peek_home(queue)?;
        self.take(queue, &item, beat, memory)
            .map_err(|stop| stop.asked_by(item.from))
    }

    fn take<B: Beat>(
        &mut self,
        queue: Chan,
        item: &Entry,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let pc = u32::from(item.op);
        if item.op == protocol::gate::SWITCH {
            beat.issue(pc, 1, 1)?;
            beat.pop(queue);
            self.state.switched = !self.state.switched;
            return Ok(());
        }
        let known = matches!(item.op, protocol::gate::OPEN | protocol::gate::FRAME);
        let Some(texture) = Descriptor::from_entry(item).filter(|_| known) else {
            let message = format!("entry {:#x} is no item for a video output", item.op);
            return Err(Refusal::new(TrapCode::UndefinedWord, message).at(pc));
        };
        if texture.end() > memory.texture.bytes.len() as u64 {
            let message = "the texture of this item lies outside texture memory";
            return Err(Refusal::new(TrapCode::Bounds, message).at(pc));
        }
        let announced = self.state.open.len() as u64;
        let texels = match item.op {
            protocol::gate::OPEN => 0,
            _ => texture.texels() * 4,
        };
        let held = self.state.held + texels + OVERHEAD;
        let most = self.spec.held.max(memory.texture.bytes.len() as u64);
        // Its own overhead is beyond the memory of one frame that fills it.
        if held + announced * OVERHEAD > most + 2 * OVERHEAD {
            let message =
                "the host has taken no frame for so long that there is no place for another";
            return Err(Refusal::new(TrapCode::Capacity, message).at(pc));
        }
        if item.op == protocol::gate::OPEN {
            beat.issue(pc, 1, 1)?;
            beat.pop(queue);
            self.state.open.insert(texture.base, texture);
            return Ok(());
        }
        let work = 1 + texture.texels().div_ceil(SWEEP_GRAIN);
        let cycle = beat.issue(pc, 1, work)?;
        beat.pop(queue);
        beat.raise(self.ports.frames_done);
        memory.texture.read += texture.texels() * u64::from(texture.kind.texel);
        let all = Rows {
            complete: texture.height,
            shown: texture.height,
        };
        let mut texture = texture;
        if let Some(announced) = self.state.open.remove(&texture.base) {
            texture.turn = announced.turn;
        }
        let frame = Frame::copied(&texture, all, true, cycle, &memory.texture);
        self.state.frames.push(frame);
        self.state.held = held;
        self.state.left += 1;
        Ok(())
    }
}
