//! Making streams: the allocators of texture memory and stream RAM.
//!
//! Memory is handed out in order and never taken back, so an identity names
//! one extent for the whole run.

use orrery_shared::{Beat, Memory, Step, TrapCode};

use super::{Operation, Sequencer, trap};
use crate::fault::Refusal;
use crate::isa::Action;
use crate::kind::{Kind, Space};
use crate::spec::OutputSpec;
use crate::stream::Stream;
use crate::writer::Writer;

/// Streams start at multiples of this.
const ALIGNMENT: u64 = 64;

/// The measures of a stream to be made.
pub(crate) struct Shape {
    space: Space,
    bytes: u64,
    pitch: u64,
    width: u32,
    height: u32,
    kind: Kind,
}

fn bad(message: String) -> Refusal {
    Refusal::new(TrapCode::BadOperand, message)
}

/// The measures that operands ask for.
pub(crate) fn measures(
    spec: &OutputSpec,
    action: Action,
    [x, y, ..]: [u32; 4],
    code: u32,
) -> Result<Shape, Refusal> {
    let kind =
        Kind::from_code(code).ok_or_else(|| bad(format!("{code:#x} is no kind of stream")))?;
    match action {
        Action::Texture => {
            let most = spec.max_dimension;
            let fits = |v: u32| (1..=most).contains(&u64::from(v));
            if !fits(x) || !fits(y) {
                return Err(bad(format!(
                    "a texture of {x} x {y} is not between 1 x 1 and {most} x {most}"
                )));
            }
            let pitch = u64::from(x) * u64::from(kind.texel);
            Ok(Shape {
                space: Space::Texture,
                bytes: pitch * u64::from(y),
                pitch,
                width: x,
                height: y,
                kind,
            })
        }
        Action::Region => {
            if x == 0 || y == 0 {
                return Err(bad(format!(
                    "a region of {y} rows of {x} bytes has no bytes"
                )));
            }
            Ok(Shape {
                space: Space::Texture,
                bytes: u64::from(x) * u64::from(y),
                pitch: u64::from(x),
                width: 0,
                height: y,
                kind,
            })
        }
        _ => {
            if x == 0 {
                return Err(bad("a RAM stream of 0 bytes holds nothing".into()));
            }
            Ok(Shape {
                space: Space::Stream,
                bytes: u64::from(x),
                pitch: 0,
                width: 0,
                height: 0,
                kind,
            })
        }
    }
}

impl Sequencer {
    pub(super) fn create<B: Beat>(
        &mut self,
        op: &Operation,
        beat: &mut B,
        memory: &mut Memory,
    ) -> Step {
        let kind = op.a[op.count - 1];
        let shape = measures(&self.spec, op.action, op.a, kind).map_err(trap(op))?;
        let bank = shape.space.bank(memory);
        let base = self.state.free[shape.space as usize];
        let end = base + shape.bytes;
        let size = (bank.bytes.len() as u64).min(u64::from(u32::MAX));
        if end > size {
            let refusal = Refusal::new(
                TrapCode::Capacity,
                format!(
                    "{} bytes do not fit into {}: {} of {size} are free",
                    shape.bytes,
                    shape.space.name(),
                    size.saturating_sub(base)
                ),
            );
            return Err(refusal.at(op.pc()));
        }
        self.state.table.slot(op.imm).map_err(trap(op))?;

        self.commit(op, 1, beat)?;
        let words = shape.bytes.div_ceil(4);
        beat.earn(words.saturating_mul(self.spec.credit));
        self.state.free[shape.space as usize] = end.next_multiple_of(ALIGNMENT);
        bank.high_water = bank.high_water.max(end);
        self.forget(op.imm);
        let writer = Writer::new(
            shape.space,
            base as u32,
            shape.bytes,
            shape.pitch,
            shape.kind,
            self.spec.ring,
        );
        if let Ok(slot) = self.state.table.slot(op.imm) {
            *slot = Some(Stream::new(writer, shape.width, shape.height));
        }
        Ok(())
    }

    /// Drops a handle's old stream from the ledger. Its memory stays with
    /// whoever holds it; nobody can name it any more.
    fn forget(&mut self, handle: u16) {
        let state = &mut self.state;
        if state.bound == Some(handle) {
            state.bound = None;
        }
        for list in [
            &mut state.leaving,
            &mut state.lent,
            &mut state.scanned,
            &mut state.shown,
        ] {
            list.retain(|&h| h != handle);
        }
    }
}
