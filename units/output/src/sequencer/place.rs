//! Place and update: single elements anywhere in a stream, through an index
//! map that is data.

use orrery_shared::{Beat, Memory, Step, TrapCode};

use super::{Operation, Sequencer, trap};
use crate::fault::Refusal;
use crate::isa::Action;
use crate::kind::Space;
use crate::spec::PLACE_CYCLES;
use crate::stream::MapBinding;

/// Bytes of an entry of an index map.
const MAP_UNIT: u64 = 2;

impl Sequencer {
    pub(super) fn place<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let at = match self.place_position(op, memory) {
            Ok(at) => Ok(at),
            Err(refusal) => {
                let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
                Err(stream.kept(refusal).map_err(trap(op))?)
            }
        };
        beat.issue(op.pc(), PLACE_CYCLES, 2)?;
        beat.pop(self.ports.actions);
        self.keep(op.imm, at.err());
        let Some(stream) = self.state.table.find(op.imm) else {
            return Ok(());
        };
        let (Ok(at), None) = (at, stream.error) else {
            // Dropped, as all that follows the first error.
            return Ok(());
        };
        let value = op.a[2];
        let bank = stream.writer.space.bank(memory);
        let new = match op.action {
            Action::Place => value,
            Action::PlaceAdd => stream.writer.element(at, bank).wrapping_add(value),
            Action::PlaceOr => stream.writer.element(at, bank) | value,
            _ => {
                let old = stream.writer.element(at, bank);
                let sign_bit = u32::from(stream.writer.kind.unit) * 8 - 1;
                if old >> sign_bit & 1 == 1 {
                    old.wrapping_sub(value)
                } else {
                    old.wrapping_add(value)
                }
            }
        };
        stream.writer.place(at, new, bank);
        Ok(())
    }

    /// Where the element lies, in bytes from the stream's base.
    fn place_position(&mut self, op: &Operation, memory: &mut Memory) -> Result<u64, Refusal> {
        let stream = self.state.table.get(u32::from(op.imm))?;
        let map = stream.map;
        let [base, index, ..] = op.a;
        let offset = match map {
            None => index,
            Some(map) => self.mapped(map, index, memory)?,
        };
        let stream = self.state.table.get(u32::from(op.imm))?;
        let unit = u64::from(stream.writer.kind.unit);
        let element = u64::from(base) + u64::from(offset);
        let at = element.saturating_mul(unit);
        if at.saturating_add(unit) > stream.writer.capacity {
            return Err(Refusal::new(
                TrapCode::Bounds,
                format!(
                    "element {element} lies outside the stream's {} bytes",
                    stream.writer.capacity
                ),
            ));
        }
        stream.writable(at)?;
        Ok(at)
    }

    fn mapped(&mut self, map: MapBinding, index: u32, memory: &mut Memory) -> Result<u32, Refusal> {
        let stream = self
            .state
            .table
            .find(map.handle)
            .filter(|s| s.writer.base == map.base && s.writer.space == Space::Stream);
        let Some(stream) = stream else {
            return Err(Refusal::new(
                TrapCode::BadHandle,
                "the index map of this stream is gone: its handle names another stream",
            ));
        };
        let entries = stream.position()? / MAP_UNIT;
        let at = u64::from(index) * MAP_UNIT;
        if u64::from(index) >= entries {
            return Err(Refusal::new(
                TrapCode::Bounds,
                format!("index {index} lies outside the map's {entries} entries"),
            ));
        }
        Ok(stream.writer.element(at, &mut memory.stream))
    }

    pub(super) fn map<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        let binding = self.map_binding(op).map_err(trap(op))?;
        self.commit(op, 1, beat)?;
        if let Some(stream) = self.state.table.find(op.imm) {
            stream.map = Some(binding);
        }
        Ok(())
    }

    fn map_binding(&mut self, op: &Operation) -> Result<MapBinding, Refusal> {
        self.state.table.get(u32::from(op.imm))?;
        let handle = op.handle(0)?;
        let map = self.state.table.get(handle)?;
        let halves = u64::from(map.writer.kind.unit) == MAP_UNIT;
        if map.writer.space != Space::Stream || !halves {
            return Err(Refusal::new(
                TrapCode::BadHandle,
                "an index map is a RAM stream with units of 2 bytes",
            ));
        }
        Ok(MapBinding {
            handle: handle as u16,
            base: map.writer.base,
        })
    }
}
