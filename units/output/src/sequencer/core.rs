//! What goes to the Arithmetic Core and, through it, to its sink.

use orrery_shared::{Beat, Entry, Step, TrapCode, protocol};

use super::{Operation, Rest, Sequencer, trap, word};
use crate::fault::Refusal;
use crate::isa::Action;
use crate::sink::Command;
use crate::stream::{Owner, Stream};

impl Sequencer {
    /// `activate` and `words`: one entry each beat, the work of all in the first.
    pub(super) fn activate<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.room(self.ports.core_in)?;
        let is_head = op.action == Action::Activate;
        if !is_head && !self.state.activation_open {
            let refusal = Refusal::new(
                TrapCode::BadOperand,
                "there is no activation just started that takes more words",
            );
            return Err(refusal.at(op.pc()));
        }
        self.commit(op, 1 + op.count as u64, beat)?;
        let (first, next) = if is_head {
            (Entry::new(protocol::core_in::HEAD, op.imm), 0)
        } else {
            (word(op.a[0]), 1)
        };
        beat.push(self.ports.core_in, first);
        if next < op.count {
            self.state.rest = Some(Rest::Words {
                op: op.action,
                values: op.a,
                next: next as u8,
                count: op.count as u8,
            });
        }
        if is_head {
            self.state.core_sent += 1;
        }
        self.state.activation_open = true;
        Ok(())
    }

    /// Sends the first or only entry of a sink command; room was asked for.
    fn command<B: Beat>(&mut self, entry: Entry, beat: &mut B) {
        beat.push(self.ports.core_in, entry);
        self.state.core_sent += 1;
        self.state.activation_open = false;
    }

    pub(super) fn bind<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.room(self.ports.core_in)?;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        bindable(stream).map_err(trap(op))?;
        let w = &stream.writer;
        let first = Entry::with(
            Command::Bind as u16,
            op.imm,
            &[
                w.base,
                w.capacity as u32,
                w.position as u32,
                w.handed as u32,
            ],
        );
        let shape = w.kind.code() | (w.space as u32) << 8;
        // A band longer than the stream is never full; the record's field is 32 bits.
        let band = w.band.min(u64::from(u32::MAX)) as u32;
        let rest = Entry::with(Command::BindRest as u16, 0, &[shape, w.pitch as u32, band]);
        self.commit(op, 1, beat)?;
        let slow_check = self.slow_check();
        if let Some(stream) = self.state.table.find(op.imm) {
            stream.owner = Owner::CoreSink;
            stream.lost = true;
            stream.refresh(slow_check);
        }
        self.release();
        self.state.bound = Some(op.imm);
        self.command(op.sends(first), beat);
        self.state.rest = Some(Rest::Bind(op.sends(rest)));
        Ok(())
    }

    /// The sink writes the stream bound so far no longer, once it has done
    /// what was sent. Streams with bands stay with sink and Compositor.
    fn release(&mut self) {
        let Some(handle) = self.state.bound.take() else {
            return;
        };
        if let Some(stream) = self.state.table.find(handle)
            && stream.writer.band == 0
        {
            stream.owner = Owner::Leaving;
            self.state.leaving.push(handle);
        }
    }

    fn bound_stream(&mut self) -> Result<u16, Refusal> {
        self.state.bound.ok_or_else(|| {
            Refusal::new(TrapCode::BadHandle, "no stream is bound to the core's sink")
        })
    }

    pub(super) fn sink_copy<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.room(self.ports.core_in)?;
        let handle = self.bound_stream().map_err(trap(op))?;
        self.commit(op, 1, beat)?;
        let entry = Entry::with(Command::Copy as u16, handle, &op.a[..2]);
        self.command(op.sends(entry), beat);
        Ok(())
    }

    pub(super) fn sink_close<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.room(self.ports.core_in)?;
        let handle = self.bound_stream().map_err(trap(op))?;
        self.commit(op, 1, beat)?;
        self.release();
        self.command(op.sends(Entry::new(Command::Close as u16, handle)), beat);
        Ok(())
    }

    pub(super) fn await_core<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.counted(self.ports.core_done, self.state.core_sent)?;
        self.commit(op, 1, beat)?;
        self.state.core_awaited = self.state.core_sent;
        self.state.activation_open = false;
        let slow_check = self.slow_check();
        for handle in std::mem::take(&mut self.state.leaving) {
            if let Some(stream) = self.state.table.find(handle) {
                stream.owner = Owner::Sequencer;
                stream.closed = true;
                stream.refresh(slow_check);
            }
        }
        Ok(())
    }

    /// The gate reads the sequencer's items until it meets the switch, then
    /// the sink's until the sink switches back: so the frame takes its place
    /// among the sequencer's own.
    pub(super) fn sink_frame<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.room(self.ports.core_in)?;
        beat.room(self.ports.video)?;
        let handle = op.handle(0).map_err(trap(op))?;
        let stream = self.state.table.get(handle).map_err(trap(op))?;
        if stream.owner == Owner::Sequencer || stream.writer.band != 0 {
            let refusal = Refusal::new(
                TrapCode::Ownership,
                "the core's sink does not hold this whole texture; `frame` shows the sequencer's",
            );
            return Err(refusal.at(op.pc()));
        }
        let texture = super::show::showable(stream).map_err(trap(op))?;
        self.commit(op, 1, beat)?;
        let switch = Entry::new(protocol::gate::SWITCH, 0);
        beat.push(self.ports.video, switch);
        let entry = Entry::with(Command::Frame as u16, op.imm, &texture.operands());
        self.command(op.sends(entry), beat);
        self.remember_shown(handle as u16);
        Ok(())
    }
}

fn bindable(stream: &Stream) -> Result<(), Refusal> {
    stream.appendable()?;
    stream.writable(0)?;
    if stream.writer.is_checked() {
        return Err(Refusal::new(
            TrapCode::BadOperand,
            "a check circuit of the sequencer runs on this stream; stop it with `check` first",
        ));
    }
    Ok(())
}
