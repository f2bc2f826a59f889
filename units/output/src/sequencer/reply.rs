//! Check circuits, and what the Parsing Unit may ask: values go into reply
//! slots that the asker reserved, so there is always room.

use orrery_shared::{Beat, Entry, Memory, Step, TrapCode, protocol};

use super::{Operation, Sequencer, trap};
use crate::check::{Algorithm, Circuit};
use crate::fault::Refusal;
use crate::isa::Action;
use crate::spec::FETCH_LATENCY;
use crate::stream::Stream;

/// Most bits that one reply carries.
const MOST_BITS: u32 = 64;

fn bad(message: String) -> Refusal {
    Refusal::new(TrapCode::BadOperand, message)
}

impl Sequencer {
    pub(super) fn start_check<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        let [first, second, third, fourth] = op.a;
        let algorithm = match op.action {
            Action::Sums => Algorithm::sums(first, second),
            _ => Algorithm::crc(first, second, third, fourth),
        };
        let circuit = algorithm
            .and_then(Circuit::new)
            .map_err(|message| bad(message).at(op.pc()))?;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.appendable().map_err(trap(op))?;
        beat.issue(op.pc(), 1, 1)?;
        beat.pop(self.ports.actions);
        let bank = stream.writer.space.bank(memory);
        stream.writer.stop_check(bank);
        stream.writer.start_check(circuit);
        stream.refresh(slow_check);
        Ok(())
    }

    pub(super) fn ask<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let slow_check = self.slow_check();
        let quiet = self.state.core_sent == self.state.core_awaited;
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        let value = match op.action {
            Action::Size => {
                let position = stream.position().map_err(trap(op))?;
                let value = position / u64::from(stream.writer.kind.unit);
                beat.issue(op.pc(), 1, 1)?;
                value | stream.error.map_or(0, |e| e as u64) << 32
            }
            Action::Check => {
                if !stream.writer.is_checked() {
                    let refusal = bad("no check circuit runs on this stream".into());
                    return Err(refusal.at(op.pc()));
                }
                beat.issue(op.pc(), 1, 1)?;
                let bank = stream.writer.space.bank(memory);
                let value = stream.writer.stop_check(bank);
                stream.refresh(slow_check);
                u64::from(value.unwrap_or(0))
            }
            _ => {
                let [from, bits, ..] = op.a;
                fetchable(stream, from, bits, quiet).map_err(trap(op))?;
                beat.issue(op.pc(), 1 + FETCH_LATENCY, 1)?;
                fetch(stream, from, bits, memory)
            }
        };
        beat.pop(self.ports.actions);
        let entry = Entry::with(
            protocol::reply::VALUE,
            0,
            &[value as u32, (value >> 32) as u32],
        );
        beat.push(self.ports.reply, entry);
        Ok(())
    }
}

fn fetchable(stream: &Stream, from: u32, bits: u32, quiet: bool) -> Result<(), Refusal> {
    if !(1..=MOST_BITS).contains(&bits) {
        return Err(bad(format!(
            "{bits} bits are not between 1 and {MOST_BITS}"
        )));
    }
    let end = (u64::from(from) + u64::from(bits)).div_ceil(8);
    if end > stream.writer.capacity {
        return Err(Refusal::new(
            TrapCode::Bounds,
            format!(
                "bits {from} to {} lie outside the stream's {} bytes",
                u64::from(from) + u64::from(bits) - 1,
                stream.writer.capacity
            ),
        ));
    }
    stream.readable(u64::from(from) / 8, quiet)
}

/// Bits are numbered from the low end of each byte.
fn fetch(stream: &Stream, from: u32, bits: u32, memory: &mut Memory) -> u64 {
    let writer = &stream.writer;
    let first = u64::from(from) / 8;
    let end = (u64::from(from) + u64::from(bits)).div_ceil(8);
    let bank = writer.space.bank(memory);
    bank.read += end - first;
    let base = writer.base as usize;
    let bytes = &bank.bytes[base + first as usize..base + end as usize];
    let mut wide = [0; 16];
    wide[..bytes.len()].copy_from_slice(bytes);
    let value = u128::from_le_bytes(wide) >> (from % 8);
    (value & ((1 << bits) - 1)) as u64
}
