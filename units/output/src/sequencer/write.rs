//! Appending to streams, and what goes with it: bands, close, clear, seek.

use orrery_shared::{Beat, Entry, Memory, Step, TrapCode, protocol};

use super::{Operation, Sequencer, trap};
use crate::fault::Refusal;
use crate::isa::Action;
use crate::kind::Space;
use crate::spec::SWEEP_GRAIN;
use crate::stream::Stream;
use crate::writer::Job;

/// A hand-over of the bytes before `end` of a stream at `base`. `last`: no
/// more of the stream will follow.
pub(crate) fn hand_over_entry(base: u32, end: u64, epoch: u32, last: bool) -> Entry {
    let end = u64::from(base) + end;
    let mark = if last { protocol::grant::LAST } else { 0 };
    Entry::with(protocol::grant::BYTES, mark, &[base, end as u32, epoch])
}

impl Sequencer {
    pub(super) fn write<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let job = match op.action {
            Action::Append => Job::Units(op.a, op.count),
            Action::Copy => Job::Copy {
                distance: op.a[0],
                length: op.a[1],
            },
            _ => Job::Repeat {
                value: op.a[0],
                times: op.a[1],
            },
        };
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.appendable().map_err(trap(op))?;
        let planned = stream.plan(job).map_err(trap(op))?;
        if planned.plan.hand_over.is_some() {
            beat.room(self.ports.kernel_grants)?;
        }
        // What does not fit passes the unit all the same.
        let (bytes, elements) = planned.asked;
        let cycles = self.spec.write_cycles(bytes, stream.writer.is_checked());
        beat.issue(op.pc(), cycles, 1 + elements)?;
        beat.pop(self.ports.actions);
        let bank = stream.writer.space.bank(memory);
        stream.writer.carry_out(planned.job, &planned.plan, bank);
        if let Some(end) = planned.plan.hand_over {
            self.hand_over(op.imm, end, false, beat, memory);
        }
        self.keep(op.imm, planned.error);
        Ok(())
    }

    /// Hands the bytes before `end` to the kernel; room was asked for.
    fn hand_over<B: Beat>(
        &mut self,
        handle: u16,
        end: u64,
        last: bool,
        beat: &mut B,
        memory: &mut Memory,
    ) {
        let slow_check = self.slow_check();
        let Some(stream) = self.state.table.find(handle) else {
            return;
        };
        let bank = stream.writer.space.bank(memory);
        stream.writer.hand_over(end, bank);
        stream.lent = stream.lent.max(end);
        stream.refresh(slow_check);
        let entry = hand_over_entry(stream.writer.base, end, self.state.epoch, last);
        beat.push(self.ports.kernel_grants, entry);
        self.remember_lent(handle);
    }

    pub(super) fn remember_lent(&mut self, handle: u16) {
        if !self.state.lent.contains(&handle) {
            self.state.lent.push(handle);
        }
    }

    pub(super) fn band<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.appendable().map_err(trap(op))?;
        let rows = op.a[0];
        if rows == 0 {
            let refusal = Refusal::new(TrapCode::BadOperand, "a band of 0 rows is never full");
            return Err(refusal.at(op.pc()));
        }
        in_texture_memory(stream).map_err(trap(op))?;
        let band = u64::from(rows) * stream.writer.pitch;
        let whole = stream.writer.position / band * band;
        let hand_over = (whole > stream.writer.handed).then_some(whole);
        if hand_over.is_some() {
            beat.room(self.ports.kernel_grants)?;
        }
        self.commit(op, 1, beat)?;
        let slow_check = self.slow_check();
        if let Some(stream) = self.state.table.find(op.imm) {
            stream.writer.band = band;
            stream.refresh(slow_check);
        }
        if let Some(end) = hand_over {
            self.hand_over(op.imm, end, false, beat, memory);
        }
        Ok(())
    }

    pub(super) fn close<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.sequencer_owns().map_err(trap(op))?;
        if stream.closed {
            // A program that cleans up after an error need not know how far it came.
            return self.commit(op, 1, beat);
        }
        stream.appendable().map_err(trap(op))?;
        whole_texels(&stream.writer).map_err(trap(op))?;
        let hand_over = stream.writer.last_hand_over();
        if hand_over.is_some() {
            beat.room(self.ports.kernel_grants)?;
        }
        self.commit(op, 1, beat)?;
        let slow_check = self.slow_check();
        if let Some(stream) = self.state.table.find(op.imm) {
            stream.closed = true;
            stream.refresh(slow_check);
        }
        if let Some(end) = hand_over {
            self.hand_over(op.imm, end, true, beat, memory);
        }
        Ok(())
    }

    pub(super) fn clear<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.writable(0).map_err(trap(op))?;
        let bytes = stream.writer.capacity;
        let cycles = bytes.div_ceil(self.spec.clear_rate).max(1);
        beat.issue(op.pc(), cycles, 1 + bytes.div_ceil(SWEEP_GRAIN))?;
        beat.pop(self.ports.actions);
        let bank = stream.writer.space.bank(memory);
        stream.writer.clear(bank);
        stream.closed = false;
        stream.lost = false;
        stream.error = None;
        stream.refresh(slow_check);
        Ok(())
    }

    /// Moves the position over placed elements; bands that it passes go to the kernel.
    pub(super) fn advance<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.appendable().map_err(trap(op))?;
        let job = Job::Skip { units: op.a[0] };
        let planned = stream.plan(job).map_err(trap(op))?;
        if planned.plan.hand_over.is_some() {
            beat.room(self.ports.kernel_grants)?;
        }
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        let bank = stream.writer.space.bank(memory);
        stream.writer.carry_out(planned.job, &planned.plan, bank);
        stream.refresh(slow_check);
        if let Some(end) = planned.plan.hand_over {
            self.hand_over(op.imm, end, false, beat, memory);
        }
        self.keep(op.imm, planned.error);
        Ok(())
    }

    pub(super) fn seek<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        let position = u64::from(op.a[0]) * u64::from(stream.writer.kind.unit);
        if position > stream.writer.capacity {
            let refusal = Refusal::new(
                TrapCode::Bounds,
                format!(
                    "unit {} lies past the stream's {} bytes",
                    op.a[0], stream.writer.capacity
                ),
            );
            return Err(refusal.at(op.pc()));
        }
        stream.writable(position).map_err(trap(op))?;
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        let bank = stream.writer.space.bank(memory);
        stream.writer.seek(position, bank);
        stream.closed = false;
        stream.lost = false;
        stream.error = None;
        stream.refresh(slow_check);
        Ok(())
    }
}

/// Only texture memory can be handed to the Compositor.
pub(super) fn in_texture_memory(stream: &Stream) -> Result<(), Refusal> {
    if stream.writer.space == Space::Texture {
        return Ok(());
    }
    Err(Refusal::new(
        TrapCode::BadHandle,
        "this is a stream in stream RAM; only textures and regions can be handed over",
    ))
}

/// Refuses to end a stream inside a texel.
pub(crate) fn whole_texels(writer: &crate::writer::Writer) -> Result<(), Refusal> {
    match writer.partial() {
        0 => Ok(()),
        left => Err(Refusal::new(
            TrapCode::PartialElement,
            format!(
                "{left} bytes are left of an element of {} bytes at position {}",
                writer.kind.texel, writer.position
            ),
        )),
    }
}
