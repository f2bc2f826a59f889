//! The sequencer: executes actions. The only writer of the handle table, and
//! the allocator of texture memory and stream RAM.
//!
//! Its home read is the next action. An action is one beat, but `activate`,
//! `words` and `bind`, which take one more for each further entry.

mod ahead;
mod compositor;
mod core;
mod create;
mod place;
mod reply;
mod screen;
mod show;
mod sticky;
mod write;

pub(crate) use create::measures;
pub(crate) use write::{hand_over_entry, whole_texels};

use orrery_shared::{Beat, Chan, Counter, Entry, Memory, Step, Stop, TrapCode, protocol};

use crate::fault::Refusal;
use crate::isa::{Action, Target, shape};
use crate::kind::{Kind, Space};
use crate::rows::Written;
use crate::spec::OutputSpec;
use crate::sticky::DataError;
use crate::stream::{Owner, Table};

/// Queues and counts of the sequencer.
#[derive(Clone, Copy, Debug)]
pub struct SequencerPorts {
    /// In: actions. The home read.
    pub actions: Chan,
    /// Out: activations and sink commands, to the core.
    pub core_in: Chan,
    /// Out: list heads, to the Compositor's kernel.
    pub list: Chan,
    /// Out: hand-overs of texture memory, to the Compositor's kernel.
    pub kernel_grants: Chan,
    /// Out: heads of display lists, to the Compositor's scan.
    pub screens: Chan,
    /// Out: hand-overs of texture memory, to the Compositor's scan.
    pub scan_grants: Chan,
    /// Out: items for the video gate.
    pub video: Chan,
    /// Out: replies to the Parsing Unit, slots reserved by the asker.
    pub reply: Chan,
    /// In: status words of lists that asked for one, from the kernel.
    pub status: Chan,
    /// Raised by the core's sink for every activation and sink command done.
    pub core_done: Counter,
    /// Raised by the kernel for every list done.
    pub kernel_done: Counter,
    /// Raised by the scan for every display list done.
    pub scan_done: Counter,
    /// Raised by the video gate for every frame that left.
    pub frames_done: Counter,
}

/// External outputs that actions can name.
const GATES: u16 = 1;

/// The rest of an action that takes several beats.
#[derive(Clone, Copy, Debug)]
enum Rest {
    /// Operand words from `next` on.
    Words {
        op: Action,
        values: [u32; 4],
        next: u8,
        count: u8,
    },
    /// The second half of a bind record.
    Bind(Entry),
}

/// Everything of the sequencer that changes.
#[derive(Clone, Debug)]
pub struct SequencerState {
    table: Table,
    /// First free byte of texture memory and of stream RAM.
    free: [u64; 2],
    rest: Option<Rest>,
    /// Activations and sink commands sent, and how many of them were awaited.
    core_sent: u64,
    core_awaited: u64,
    /// The last thing sent to the core was an activation or words of one.
    activation_open: bool,
    /// The stream that the core's sink writes.
    bound: Option<u16>,
    /// Streams that the next `await_core` brings back.
    leaving: Vec<u16>,
    lists_sent: u64,
    /// Status words asked for and not yet read.
    statuses: u64,
    /// How often memory was taken back from the kernel.
    epoch: u32,
    /// Streams of which the kernel may hold something.
    lent: Vec<u16>,
    screens_sent: u64,
    /// How often memory was taken back from the scan.
    scan_epoch: u32,
    /// Streams that the scan holds.
    scanned: Vec<u16>,
    frames_sent: u64,
    /// Streams that the gate may be reading.
    shown: Vec<u16>,
}

/// The sequencer.
#[derive(Clone, Debug)]
pub struct Sequencer {
    spec: OutputSpec,
    ports: SequencerPorts,
    /// Cycles of an append of so many bytes.
    append_cycles: [u64; 17],
    runs: ahead::Runs,
    state: SequencerState,
}

/// An action, taken apart. Operands that are handles are replaced by identities.
struct Operation {
    action: Action,
    from: u16,
    imm: u16,
    count: usize,
    a: [u32; 4],
    /// The operands before identities took the place of handles.
    raw: [u32; 4],
    /// Bit `i`: operand `i` was a handle.
    flags: u16,
}

impl Operation {
    fn pc(&self) -> u32 {
        self.action as u32
    }

    /// An entry that this action sends on.
    fn sends(&self, entry: Entry) -> Entry {
        Entry {
            from: self.from,
            ..entry
        }
    }

    /// The handle behind an operand that must be a stream's identity.
    fn handle(&self, i: usize) -> Result<u32, Refusal> {
        if self.flags >> i & 1 == 1 {
            return Ok(self.raw[i]);
        }
        Err(Refusal::new(
            TrapCode::BadOperand,
            format!(
                "operand {i} of `{}` must be the identity of a stream",
                self.action.row().mnemonic
            ),
        ))
    }
}

/// A stream as debug state shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamView {
    /// Handle.
    pub handle: u16,
    /// Which memory.
    pub space: Space,
    /// First byte: the stream's identity.
    pub base: u32,
    /// Bytes.
    pub capacity: u64,
    /// Bytes from row to row (0 for RAM streams).
    pub pitch: u64,
    /// Texels in a row (0 unless a texture).
    pub width: u32,
    /// Rows (0 for RAM streams).
    pub height: u32,
    /// Unit and texel.
    pub kind: Kind,
    /// Bytes appended, as far as the sequencer knows.
    pub position: u64,
    /// Bytes after the last whole row.
    pub left: u64,
    /// Bytes handed over in bands.
    pub handed: u64,
    /// Bytes from the base that the Compositor holds.
    pub lent: u64,
    /// Who may write it.
    pub owner: Owner,
    /// `close` was done, or it came back from the sink.
    pub closed: bool,
    /// The data error that a sticky stream keeps.
    pub error: Option<DataError>,
}

impl Sequencer {
    /// Rows of the execution profile: opcodes, and from 0x40 the further beats of each.
    pub const PROFILE: usize = 0x80;

    /// A sequencer at the start of a run.
    #[must_use]
    pub fn new(spec: OutputSpec, ports: SequencerPorts) -> Self {
        Sequencer {
            spec,
            ports,
            runs: ahead::Runs::new(),
            append_cycles: std::array::from_fn(|n| spec.write_cycles(n as u64, false)),
            state: SequencerState {
                table: Table::new(spec.handles),
                free: [0; 2],
                rest: None,
                core_sent: 0,
                core_awaited: 0,
                activation_open: false,
                bound: None,
                leaving: Vec::new(),
                lists_sent: 0,
                statuses: 0,
                epoch: 0,
                lent: Vec::new(),
                screens_sent: 0,
                scan_epoch: 0,
                scanned: Vec::new(),
                frames_sent: 0,
                shown: Vec::new(),
            },
        }
    }

    /// Everything that changes, for checkpoints.
    #[must_use]
    pub fn state(&self) -> &SequencerState {
        &self.state
    }

    /// Goes back to a checkpoint.
    pub fn restore(&mut self, state: SequencerState) {
        self.state = state;
    }

    /// Name of a row of the execution profile.
    #[must_use]
    pub fn profile_name(pc: u32) -> Option<&'static str> {
        let action = Action::from_op((pc & 0x3F) as u16)?;
        Some(action.row().mnemonic)
    }

    /// Whether the next beat is the home read (no action is half done).
    #[must_use]
    pub fn at_home(&self) -> bool {
        self.state.rest.is_none()
    }

    /// All streams, by handle.
    pub fn streams(&self) -> impl Iterator<Item = StreamView> {
        self.state.table.iter().map(|(handle, s)| StreamView {
            handle,
            space: s.writer.space,
            base: s.writer.base,
            capacity: s.writer.capacity,
            pitch: s.writer.pitch,
            width: s.width,
            height: s.height,
            kind: s.writer.kind,
            position: s.writer.position,
            left: s.writer.position - s.writer.whole_rows(),
            handed: s.writer.handed,
            lent: if s.scanned { s.writer.capacity } else { s.lent },
            owner: s.owner,
            closed: s.closed,
            error: s.error,
        })
    }

    /// What the sequencer has written of the texture at `base`.
    #[must_use]
    pub fn written(&self, base: u32) -> Option<Written> {
        let mut textures = self.state.table.iter().map(|(_, s)| s);
        let stream = textures.find(|s| s.writer.base == base && s.width > 0)?;
        Some(stream.writer.written())
    }

    /// One beat.
    ///
    /// # Errors
    /// Whatever stopped it before it issued.
    #[inline]
    pub fn step<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        if self.state.rest.is_some() {
            return self.go_on(beat);
        }
        let entry = beat.peek_home(self.ports.actions)?;
        self.begin(&entry, beat, memory)
            .map_err(|stop| stop.asked_by(entry.from))
    }

    /// The first beat of an action.
    #[inline(always)]
    fn begin<B: Beat>(&mut self, entry: &Entry, beat: &mut B, memory: &mut Memory) -> Step {
        // Most actions are short appends and copies to a stream that nothing
        // stands in the way of. Such an `n` says that there are no flags either.
        let count = usize::from(entry.n);
        if entry.op == Action::Append as u16
            && (1..=4).contains(&count)
            && let Some(stream) = self.state.table.find(entry.imm)
        {
            let bytes = count * usize::from(stream.writer.kind.unit);
            if stream.writer.position + bytes as u64 <= stream.unattended {
                let cycles = self.append_cycles[bytes];
                beat.issue(u32::from(entry.op), cycles, 1 + count as u64)?;
                beat.pop(self.ports.actions);
                let bank = stream.writer.space.bank(memory);
                stream.writer.store(&entry.a, count, bank);
                return Ok(());
            }
        }
        if entry.op == Action::Copy as u16
            && entry.n == 2
            && let Some(stream) = self.state.table.find(entry.imm)
        {
            let [distance, length, ..] = entry.a;
            let texel = u64::from(stream.writer.kind.texel);
            let bytes = u64::from(length) * texel;
            let distance = u64::from(distance) * texel;
            if stream.writer.position + bytes <= stream.unattended
                && stream.writer.reaches(distance)
            {
                let cycles = self.spec.write_cycles(bytes, false);
                beat.issue(u32::from(entry.op), cycles, 1 + u64::from(length))?;
                beat.pop(self.ports.actions);
                let bank = stream.writer.space.bank(memory);
                stream.writer.copy(distance, bytes, bank);
                return Ok(());
            }
        }
        self.execute(entry, beat, memory)
    }

    fn execute<B: Beat>(&mut self, entry: &Entry, beat: &mut B, memory: &mut Memory) -> Step {
        let op = self
            .decode(entry)
            .map_err(|refusal| refusal.at(u32::from(entry.op)))?;
        match op.action {
            Action::Append | Action::Copy | Action::Repeat => self.write(&op, beat, memory),
            Action::Place | Action::PlaceAdd | Action::PlaceOr | Action::PlaceSign => {
                self.place(&op, beat, memory)
            }
            Action::Map => self.map(&op, beat),
            Action::Texture | Action::Region | Action::Ram => self.create(&op, beat, memory),
            Action::Band => self.band(&op, beat, memory),
            Action::Close => self.close(&op, beat, memory),
            Action::Clear => self.clear(&op, beat, memory),
            Action::Seek => self.seek(&op, beat, memory),
            Action::Advance => self.advance(&op, beat, memory),
            Action::Sticky => self.sticky(&op, beat),
            Action::Grant => self.grant(&op, beat, memory),
            Action::List => self.list(&op, beat),
            Action::KernelStatus => self.kernel_status(&op, beat),
            Action::AwaitKernel => self.await_kernel(&op, beat),
            Action::GrantScan => self.grant_scan(&op, beat, memory),
            Action::Screen => self.screen(&op, beat),
            Action::AwaitScan => self.await_scan(&op, beat),
            Action::Activate | Action::Words => self.activate(&op, beat),
            Action::Bind => self.bind(&op, beat),
            Action::SinkCopy => self.sink_copy(&op, beat),
            Action::SinkClose => self.sink_close(&op, beat),
            Action::SinkFrame => self.sink_frame(&op, beat),
            Action::AwaitCore => self.await_core(&op, beat),
            Action::Open | Action::Frame => self.show(&op, beat),
            Action::AwaitFrames => self.await_frames(&op, beat),
            Action::Sums | Action::Crc => self.start_check(&op, beat, memory),
            Action::Check | Action::Size | Action::Fetch => self.ask(&op, beat, memory),
        }
    }

    /// Takes an action apart. The trap for undefined words comes from here.
    fn decode(&mut self, entry: &Entry) -> Result<Operation, Refusal> {
        let undefined = |why| Refusal::new(TrapCode::UndefinedWord, why);
        let (action, flags) = shape(entry).map_err(undefined)?;
        if action.row().target == Target::Gate && entry.imm >= GATES {
            return Err(Refusal::new(
                TrapCode::BadHandle,
                format!("there is no external output {}", entry.imm),
            ));
        }
        let mut a = entry.a;
        for (i, operand) in a.iter_mut().enumerate() {
            if flags >> i & 1 == 1 {
                *operand = self.state.table.get(*operand)?.writer.base;
            }
        }
        Ok(Operation {
            action,
            from: entry.from,
            imm: entry.imm,
            count: usize::from(entry.n & 7),
            a,
            raw: entry.a,
            flags,
        })
    }

    /// The next beat of an action of several.
    fn go_on<B: Beat>(&mut self, beat: &mut B) -> Step {
        let (op, entry) = match &self.state.rest {
            Some(Rest::Words {
                op, values, next, ..
            }) => (*op, word(values[usize::from(*next)])),
            Some(Rest::Bind(entry)) => (Action::Bind, *entry),
            None => return Ok(()),
        };
        beat.room(self.ports.core_in)?;
        beat.issue(op as u32 | 0x40, 1, 0)?;
        beat.push(self.ports.core_in, entry);
        match &mut self.state.rest {
            Some(Rest::Words { next, count, .. }) if *next + 1 < *count => *next += 1,
            rest => *rest = None,
        }
        Ok(())
    }

    /// Issues a plain action of one cycle and takes it off the queue.
    fn commit<B: Beat>(&self, op: &Operation, work: u64, beat: &mut B) -> Step {
        beat.issue(op.pc(), 1, work)?;
        beat.pop(self.ports.actions);
        Ok(())
    }

    fn slow_check(&self) -> bool {
        self.spec.check_rate < self.spec.rate
    }
}

/// An operand word of an activation: the low 16 bits of a value.
fn word(value: u32) -> Entry {
    Entry {
        op: protocol::core_in::WORD,
        imm: 0,
        n: 1,
        from: 0,
        a: [value & 0xFFFF, 0, 0, 0],
    }
}

/// Turns a refusal into the trap of an action.
fn trap(op: &Operation) -> impl FnOnce(Refusal) -> Stop {
    let pc = op.pc();
    move |refusal| refusal.at(pc)
}
