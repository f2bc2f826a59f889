//! What goes to the Compositor's scan: memory and display lists. As for the
//! kernel (`compositor.rs`), with counts and an epoch of its own.

use orrery_shared::{Beat, Entry, Memory, Step, protocol};

use super::compositor::{in_stream_ram, list_words};
use super::write::{hand_over_entry, in_texture_memory};
use super::{Operation, Sequencer, trap};

impl Sequencer {
    pub(super) fn grant_scan<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        beat.room(self.ports.scan_grants)?;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        in_texture_memory(stream).map_err(trap(op))?;
        stream.writable(0).map_err(trap(op))?;
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        let (position, capacity) = (stream.writer.position, stream.writer.capacity);
        stream.writer.save(position, &mut memory.texture);
        stream.scanned = true;
        stream.refresh(slow_check);
        let entry = hand_over_entry(stream.writer.base, capacity, self.state.scan_epoch, true);
        beat.push(self.ports.scan_grants, entry);
        self.remember_scanned(op.imm);
        Ok(())
    }

    pub(super) fn screen<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        let slow_check = self.slow_check();
        beat.room(self.ports.screens)?;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        in_stream_ram(stream).map_err(trap(op))?;
        let words = list_words(stream).map_err(trap(op))?;
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        stream.scanned = true;
        stream.refresh(slow_check);
        let operands = [stream.writer.base, words, 0, self.state.scan_epoch];
        let entry = Entry {
            from: op.from,
            ..Entry::with(protocol::list::HEAD, 0, &operands)
        };
        beat.push(self.ports.screens, entry);
        self.state.screens_sent += 1;
        self.remember_scanned(op.imm);
        Ok(())
    }

    pub(super) fn await_scan<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.counted(self.ports.scan_done, self.state.screens_sent)?;
        self.commit(op, 1, beat)?;
        let slow_check = self.slow_check();
        self.state.scan_epoch = self.state.scan_epoch.wrapping_add(1);
        for handle in std::mem::take(&mut self.state.scanned) {
            if let Some(stream) = self.state.table.find(handle) {
                stream.scanned = false;
                stream.refresh(slow_check);
            }
        }
        Ok(())
    }

    fn remember_scanned(&mut self, handle: u16) {
        if !self.state.scanned.contains(&handle) {
            self.state.scanned.push(handle);
        }
    }
}
