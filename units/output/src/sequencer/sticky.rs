//! `sticky`, and keeping the errors of sticky streams.

use orrery_shared::{Beat, Step};

use super::{Operation, Sequencer, trap};
use crate::sticky::DataError;

impl Sequencer {
    pub(super) fn sticky<B: Beat>(&mut self, op: &Operation, beat: &mut B) -> Step {
        let stream = self.state.table.get(u32::from(op.imm)).map_err(trap(op))?;
        stream.sequencer_owns().map_err(trap(op))?;
        self.commit(op, 1, beat)?;
        if let Some(stream) = self.state.table.find(op.imm) {
            stream.sticky = true;
        }
        Ok(())
    }

    /// Keeps an error of a stream; from now on what is written to it is dropped.
    pub(super) fn keep(&mut self, handle: u16, error: Option<DataError>) {
        let slow_check = self.slow_check();
        if error.is_some()
            && let Some(stream) = self.state.table.find(handle)
        {
            stream.error = stream.error.or(error);
            stream.refresh(slow_check);
        }
    }
}
