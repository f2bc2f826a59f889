//! What goes to the Compositor's kernel: memory and lists.
//!
//! Hand-overs (`a[2]`) and list heads (`a[3]`) carry the *epoch*: how often the
//! sequencer has taken memory back. A hand-over is valid for lists of its own
//! epoch only, so a list that is sent before its memory is handed over again
//! cannot mistake an old hand-over for the new one.

use orrery_shared::{Beat, Entry, Memory, Step, TrapCode, protocol};

use super::write::{hand_over_entry, in_texture_memory};
use super::{Operation, Sequencer, trap};
use crate::fault::Refusal;
use crate::kind::Space;
use crate::stream::Stream;

/// Flag of a list: its status word is wanted.
const ASK_STATUS: u32 = 1;

/// A list can lie nowhere else.
pub(super) fn in_stream_ram(stream: &Stream) -> Result<(), Refusal> {
    if stream.writer.space == Space::Stream {
        return Ok(());
    }
    Err(Refusal::new(
        TrapCode::BadHandle,
        "a list is a stream in stream RAM, and this one lies in texture memory",
    ))
}

/// Words of a list.
pub(super) fn list_words(stream: &Stream) -> Result<u32, Refusal> {
    let bytes = stream.position()?;
    if bytes % 4 != 0 {
        return Err(Refusal::new(
            TrapCode::PartialElement,
            format!("a list of {bytes} bytes is not a number of 32-bit words"),
        ));
    }
    Ok((bytes / 4) as u32)
}

impl Sequencer {
    pub(super) fn grant<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        beat.room(self.ports.kernel_grants)?;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        in_texture_memory(stream).map_err(trap(op))?;
        stream.writable(0).map_err(trap(op))?;
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        let position = stream.writer.position;
        stream.writer.save(position, &mut memory.texture);
        stream.lent = stream.writer.capacity;
        stream.refresh(slow_check);
        let entry = hand_over_entry(stream.writer.base, stream.lent, self.state.epoch, true);
        beat.push(self.ports.kernel_grants, entry);
        self.remember_lent(op.imm);
        Ok(())
    }

    pub(super) fn list<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        let slow_check = self.slow_check();
        beat.room(self.ports.list)?;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        in_stream_ram(stream).map_err(trap(op))?;
        let flags = if op.count == 1 { op.a[0] } else { 0 };
        let asks = flags == ASK_STATUS;
        if flags & !ASK_STATUS != 0 {
            let refusal = Refusal::new(
                TrapCode::BadOperand,
                format!("{flags:#x} are no flags of a list"),
            );
            return Err(refusal.at(op.pc()));
        }
        if asks && self.state.statuses == self.spec.reply_slots {
            let refusal = Refusal::new(
                TrapCode::ReplySlots,
                format!(
                    "the status words of {} lists have not been read",
                    self.state.statuses
                ),
            );
            return Err(refusal.at(op.pc()));
        }
        let words = list_words(stream).map_err(trap(op))?;
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        stream.listed = true;
        stream.refresh(slow_check);
        let operands = [stream.writer.base, words, flags, self.state.epoch];
        let entry = Entry {
            from: op.from,
            ..Entry::with(protocol::list::HEAD, 0, &operands)
        };
        beat.push(self.ports.list, entry);
        self.state.lists_sent += 1;
        self.state.statuses += u64::from(asks);
        self.remember_lent(op.imm);
        Ok(())
    }

    /// Passes the next status word on as a reply.
    pub(super) fn kernel_status<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        if self.state.statuses == 0 {
            let refusal = Refusal::new(
                TrapCode::BadOperand,
                "no list was drawn with flag 1 whose status word is still to be read",
            );
            return Err(refusal.at(op.pc()));
        }
        let status = beat.peek(self.ports.status)?;
        self.commit(op, 1, beat)?;
        beat.pop(self.ports.status);
        self.state.statuses -= 1;
        let reply = Entry::with(protocol::reply::VALUE, 0, &[status.a[0], 0]);
        beat.push(self.ports.reply, reply);
        Ok(())
    }

    pub(super) fn await_kernel<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.counted(self.ports.kernel_done, self.state.lists_sent)?;
        self.commit(op, 1, beat)?;
        let slow_check = self.slow_check();
        self.state.epoch = self.state.epoch.wrapping_add(1);
        for handle in std::mem::take(&mut self.state.lent) {
            if let Some(stream) = self.state.table.find(handle) {
                stream.lent = 0;
                stream.listed = false;
                stream.refresh(slow_check);
            }
        }
        Ok(())
    }
}
