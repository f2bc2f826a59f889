//! Items for the video gate.

use orrery_shared::{Beat, Step, TrapCode, protocol};

use super::{Operation, Sequencer, trap};
use crate::fault::Refusal;
use crate::frame::{Descriptor, MAX_TURN};
use crate::isa::Action;
use crate::stream::Stream;

impl Sequencer {
    /// `open` and `frame`.
    pub(super) fn show<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.room(self.ports.video)?;
        let handle = op.handle(0).map_err(trap(op))?;
        let stream = self.state.table.get(handle).map_err(trap(op))?;
        let mut texture = showable(stream).map_err(trap(op))?;
        if op.count > 1 {
            if op.a[1] > MAX_TURN {
                let message = format!(
                    "a picture is turned in {} ways, not {}",
                    MAX_TURN + 1,
                    op.a[1]
                );
                return Err(trap(op)(Refusal::new(TrapCode::BadOperand, message)));
            }
            texture.turn = op.a[1] as u8;
        }
        let is_frame = op.action == Action::Frame;
        if is_frame {
            // The gate will read it, so nobody else may be writing it.
            stream.readable(0, false).map_err(trap(op))?;
        }
        self.commit(op, 1, beat)?;
        let item = if is_frame {
            protocol::gate::FRAME
        } else {
            protocol::gate::OPEN
        };
        beat.push(self.ports.video, op.sends(texture.item(item)));
        if is_frame {
            self.remember_shown(handle as u16);
        }
        Ok(())
    }

    pub(super) fn remember_shown(&mut self, handle: u16) {
        self.state.frames_sent += 1;
        let slow_check = self.slow_check();
        if let Some(stream) = self.state.table.find(handle)
            && !stream.shown
        {
            stream.shown = true;
            stream.refresh(slow_check);
            self.state.shown.push(handle);
        }
    }

    pub(super) fn await_frames<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        beat.counted(self.ports.frames_done, self.state.frames_sent)?;
        self.commit(op, 1, beat)?;
        let slow_check = self.slow_check();
        for handle in std::mem::take(&mut self.state.shown) {
            if let Some(stream) = self.state.table.find(handle) {
                stream.shown = false;
                stream.refresh(slow_check);
            }
        }
        Ok(())
    }
}

/// The texture behind a stream, if a gate can show it.
pub(super) fn showable(stream: &Stream) -> Result<Descriptor, Refusal> {
    if stream.width == 0 {
        return Err(Refusal::new(
            TrapCode::BadHandle,
            "this stream is no texture, so it has no width to be shown with",
        ));
    }
    if !stream.writer.kind.is_shown() {
        return Err(Refusal::new(
            TrapCode::BadOperand,
            format!(
                "an external output shows 8-bit textures of 1, 3 or 4 bytes a texel, \
                 not kind {:#x}",
                stream.writer.kind.code()
            ),
        ));
    }
    Ok(stream.descriptor())
}
