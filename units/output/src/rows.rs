//! Which rows of a picture are there, when its program stopped before it was finished.

use crate::core_sink::CoreSink;
use crate::frame::Descriptor;
use crate::sequencer::Sequencer;

/// Rows of a texture, counted from the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Written without a gap.
    pub complete: u32,
    /// Those, and rows behind them of which something was written.
    pub shown: u32,
}

/// What the sequencer knows of its own writing to a stream, in bytes from the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// End of what was appended without a gap.
    pub whole: u64,
    /// End of all that was written.
    pub top: u64,
    /// The stretch appended since the last `seek`, or passed over.
    pub stretch: (u64, u64),
}

/// The rows of a texture that sequencer and core's sink have written.
#[must_use]
pub fn rows_written(sequencer: &Sequencer, sink: &CoreSink, texture: &Descriptor) -> Rows {
    let written = sequencer.written(texture.base);
    let mut whole = written.map_or(0, |w| w.whole);
    let mut top = written.map_or(0, |w| w.top);
    let stretches: Vec<(u64, u64)> = sink
        .stretches(texture.base)
        .chain(written.map(|w| w.stretch))
        .collect();
    // A stretch may close the gap before an earlier one.
    for _ in 0..stretches.len() {
        for &(from, to) in &stretches {
            if from <= whole {
                whole = whole.max(to);
            }
        }
    }
    for &(from, to) in &stretches {
        if from < to {
            top = top.max(to);
        }
    }
    let pitch = u64::from(texture.pitch.max(1));
    let rows = |n: u64| (n.min(u64::from(texture.height))) as u32;
    let complete = rows(whole / pitch);
    // The row that is being written is not shown, unless it lies behind a gap.
    let shown = if top > whole {
        rows(top.div_ceil(pitch))
    } else {
        complete
    };
    Rows { complete, shown }
}
