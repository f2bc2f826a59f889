//! The table of stream handles and the sequencer's ledger: who holds which
//! bytes, known from what the sequencer itself has sent and awaited.

use orrery_shared::TrapCode;

use crate::fault::Refusal;
use crate::frame::Descriptor;
use crate::kind::Space;
use crate::sticky::DataError;
use crate::writer::Writer;

/// Who may write a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The sequencer.
    Sequencer,
    /// The core's sink, since `bind`.
    CoreSink,
    /// The core's sink until it has done what was sent so far; the next
    /// `await_core` brings the stream back.
    Leaving,
}

/// An index map, as the handle table keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapBinding {
    pub(crate) handle: u16,
    /// Tells a stream from an earlier one of the same handle.
    pub(crate) base: u32,
}

/// One row of the handle table.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Positions up to here may be appended without looking further: the fast
    /// path of literals. Zero when anything stands in the way.
    pub(crate) unattended: u64,
    pub(crate) writer: Writer,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) owner: Owner,
    /// No position to append at: after `close`, or back from the sink.
    pub(crate) closed: bool,
    /// The position is known to the sink only, until `seek` sets another.
    pub(crate) lost: bool,
    /// Bytes from the base that the Compositor's kernel holds.
    pub(crate) lent: u64,
    /// A list in the Compositor's hands (it only reads).
    pub(crate) listed: bool,
    /// The Compositor's scan has it: memory, or a display list (which it only reads).
    pub(crate) scanned: bool,
    /// Frames of it are on their way to an output (which only reads).
    pub(crate) shown: bool,
    pub(crate) map: Option<MapBinding>,
    /// Data errors are kept and do not trap.
    pub(crate) sticky: bool,
    /// The first of them.
    pub(crate) error: Option<DataError>,
}

fn not_held(message: String) -> Refusal {
    Refusal::new(TrapCode::Ownership, message)
}

impl Stream {
    pub(crate) fn new(writer: Writer, width: u32, height: u32) -> Self {
        let mut stream = Stream {
            unattended: 0,
            writer,
            width,
            height,
            owner: Owner::Sequencer,
            closed: false,
            lost: false,
            lent: 0,
            listed: false,
            scanned: false,
            shown: false,
            map: None,
            sticky: false,
            error: None,
        };
        stream.refresh(false);
        stream
    }

    /// Works out the fast path again after anything but a plain append.
    /// `slow_check`: the check circuit is slower than the writer.
    pub(crate) fn refresh(&mut self, slow_check: bool) {
        let slow = slow_check && self.writer.is_checked();
        self.unattended = match self.appendable() {
            Ok(()) if !slow && self.error.is_none() => self.writer.unattended(),
            _ => 0,
        };
    }

    /// What a gate needs to know of this texture.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor {
            base: self.writer.base,
            pitch: self.writer.pitch as u32,
            width: self.width,
            height: self.height,
            kind: self.writer.kind,
            turn: 0,
        }
    }

    pub(crate) fn sequencer_owns(&self) -> Result<(), Refusal> {
        match self.owner {
            Owner::Sequencer => Ok(()),
            Owner::CoreSink if self.writer.band != 0 => Err(not_held(
                "the core's sink hands over the bands of this stream; it does not come back".into(),
            )),
            Owner::CoreSink => Err(not_held(
                "the core's sink writes this stream since `bind`; use the sink's actions, \
                 or bind another or `sink_close` and await the core"
                    .into(),
            )),
            Owner::Leaving => Err(not_held(
                "the core's sink may still write this stream; await the core first".into(),
            )),
        }
    }

    fn not_with_compositor(&self, from: u64) -> Result<(), Refusal> {
        if from < self.lent {
            return Err(not_held(format!(
                "byte {from} lies in the first {} bytes, which the Compositor holds until \
                 the kernel is awaited",
                self.lent
            )));
        }
        if self.scanned && self.writer.space == Space::Texture {
            return Err(not_held(
                "the Compositor's scan holds this memory until it is awaited".into(),
            ));
        }
        Ok(())
    }

    /// May bytes from this position on be written?
    pub(crate) fn writable(&self, from: u64) -> Result<(), Refusal> {
        self.sequencer_owns()?;
        self.not_with_compositor(from)?;
        if self.listed {
            return Err(not_held(
                "the kernel reads this list until it is awaited".into(),
            ));
        }
        if self.scanned {
            return Err(not_held(
                "the scan reads this display list until it is awaited".into(),
            ));
        }
        if self.shown {
            return Err(not_held(
                "an external output shows this texture until its frames are awaited".into(),
            ));
        }
        Ok(())
    }

    /// May bytes from this position on be read? `quiet`: the sink has done
    /// all that was sent to the core, so it writes nothing now.
    pub(crate) fn readable(&self, from: u64, quiet: bool) -> Result<(), Refusal> {
        if !(quiet && self.writer.band == 0) {
            self.sequencer_owns()?;
        }
        self.not_with_compositor(from)
    }

    /// What the position is, if the sequencer knows.
    pub(crate) fn position(&self) -> Result<u64, Refusal> {
        self.sequencer_owns()?;
        if self.lost {
            return Err(Refusal::new(
                TrapCode::BadHandle,
                "this stream came back from the core's sink without a position; `seek` sets one",
            ));
        }
        Ok(self.writer.position)
    }

    /// May something be appended?
    pub(crate) fn appendable(&self) -> Result<(), Refusal> {
        self.writable(self.writer.position)?;
        if self.closed {
            return Err(Refusal::new(
                TrapCode::BadHandle,
                "this stream is closed; `seek` or `clear` opens it again",
            ));
        }
        Ok(())
    }
}

/// The handle table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Option<Stream>>,
}

impl Table {
    pub(crate) fn new(handles: u64) -> Self {
        Table {
            rows: (0..handles).map(|_| None).collect(),
        }
    }

    /// The row for a new stream.
    pub(crate) fn slot(&mut self, handle: u16) -> Result<&mut Option<Stream>, Refusal> {
        let handles = self.rows.len();
        self.rows.get_mut(usize::from(handle)).ok_or_else(|| {
            Refusal::new(
                TrapCode::BadHandle,
                format!("handle {handle} is none of the {handles}"),
            )
        })
    }

    #[inline]
    pub(crate) fn find(&mut self, handle: u16) -> Option<&mut Stream> {
        self.rows.get_mut(usize::from(handle))?.as_mut()
    }

    pub(crate) fn get(&mut self, handle: u32) -> Result<&mut Stream, Refusal> {
        let found = self.rows.get_mut(handle as usize).and_then(Option::as_mut);
        found.ok_or_else(|| {
            Refusal::new(
                TrapCode::BadHandle,
                format!("handle {handle} names no stream"),
            )
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &Stream)> {
        let rows = self.rows.iter().enumerate();
        rows.filter_map(|(h, row)| row.as_ref().map(|s| (h as u16, s)))
    }
}
