//! The kernel sub-process: takes lists, binds views, runs sprites.
//!
//! A step is one beat. Which beat comes next follows from the state alone; the
//! state changes only after the beat was issued.

use std::collections::BTreeMap;

use crate::bind::{self, Code};
use crate::cost::Paths;
use crate::exec::Engine;
use crate::ledger::Ledger;
use crate::list::{self, Sprite};
use crate::program::{Image, Program};
use crate::reading::{Awaited, Bands, ListState, Running};
use crate::view::{Bound, View};
use orrery_shared::protocol;
use orrery_shared::{Beat, Chan, Counter, Entry, Fault, Memory, Step, Stop, TrapCode, WaitCause};

/// Configuration numbers. Their kinds are those of `docs/machine/compositor.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Cost: lanes that run tiles of parallel sprites; a power of two.
    pub lanes: u64,
    /// Cost: tiles that each lane keeps in flight; a power of two.
    pub in_flight: u64,
    /// Cost: fetches per cycle over all lanes.
    pub fetches: u64,
    /// Cost: stores per cycle over all lanes.
    pub stores: u64,
    /// Cost: products of multiply-sums per cycle over all lanes.
    pub taps: u64,
    /// Latency of ALU results, 1 = next cycle.
    pub alu_latency: u64,
    /// Latency of multiply-sums and blends.
    pub sum_latency: u64,
    /// Latency of fetches.
    pub fetch_latency: u64,
    /// Issue cycles of control instructions.
    pub control: u64,
    /// Cycles to set up a sprite (in bands: for each band).
    pub setup: u64,
    /// Cost: list words read per cycle.
    pub list_rate: u64,
    /// Cost: program and bank words loaded per cycle; 0 = nothing is charged.
    pub load_rate: u64,
    /// Grain: a beat of a serial sprite ends after this many instructions.
    pub beat_work: u64,
    /// Capacity: sprites between a BANDS and its end.
    pub band_sprites: usize,
    /// Capacity: extents of texture memory held.
    pub extents: usize,
}

impl Default for Spec {
    fn default() -> Self {
        Spec {
            lanes: 4,
            in_flight: 16,
            fetches: 4,
            stores: 4,
            taps: 64,
            alu_latency: 1,
            sum_latency: 3,
            fetch_latency: 6,
            control: 2,
            setup: 4,
            list_rate: 4,
            load_rate: 1,
            beat_work: 1024,
            band_sprites: 16,
            extents: 64,
        }
    }
}

impl Spec {
    /// Whether a kernel can be built so.
    ///
    /// # Errors
    /// A sentence that names the number.
    pub fn validate(&self) -> Result<(), String> {
        // So that batches of fewer tiles always divide those of more: with 3 in
        // flight instead of 4 another cut could be the luckier one.
        for (name, value) in [("lanes", self.lanes), ("in_flight", self.in_flight)] {
            if !value.is_power_of_two() {
                return Err(format!("{name} must be a power of two"));
            }
        }
        Ok(())
    }
}

/// The queues and counts of the kernel.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// List heads, from the sequencer.
    pub list: Chan,
    /// Hand-overs, one queue per giver.
    pub grants: [Chan; 2],
    /// Raised once per finished list.
    pub done: Counter,
    /// Where status words go, for lists whose head asks.
    pub status: Option<Chan>,
}

/// Rows of the profile beyond the program's words: what is not an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Overhead {
    /// A list head is taken.
    Head = 0,
    /// [`list::VIEW`].
    View = list::VIEW,
    /// [`list::WAIT`].
    Wait = list::WAIT,
    /// [`list::SPRITE`], and its set-up per band.
    Sprite = list::SPRITE,
    /// [`list::BANDS`].
    Bands = list::BANDS,
    /// [`list::BANDS_END`].
    BandsEnd = list::BANDS_END,
    /// [`list::END`].
    End = list::END,
    /// A hand-over is taken.
    Grant = 7,
}

/// Rows of the profile beyond the program's words.
pub const OVERHEAD_ROWS: usize = 8;

impl Overhead {
    /// The name of a row, counted from the end of the program.
    #[must_use]
    pub const fn name(row: usize) -> &'static str {
        const NAMES: [&str; OVERHEAD_ROWS] = [
            "list head",
            "VIEW",
            "WAIT",
            "SPRITE",
            "BANDS",
            "BANDS_END",
            "END",
            "hand-over",
        ];
        if row < OVERHEAD_ROWS { NAMES[row] } else { "" }
    }
}

/// All that outlives a beat.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The program was loaded.
    pub loaded: bool,
    /// The list that is being read.
    pub list: Option<ListState>,
    /// Status word of that list.
    pub status: u32,
    /// Views by texture unit.
    pub views: [Option<View>; 16],
    /// What is held.
    pub ledger: Ledger,
    /// What is waited for.
    pub awaited: Option<Awaited>,
    /// The open BANDS.
    pub bands: Option<Bands>,
    /// The sprite that runs.
    pub running: Option<Running>,
    /// Finished bytes by extent base, as sprites with [`list::FINISH`] say.
    pub finished: BTreeMap<u32, u64>,
    /// Bytes by extent base that can be shown, as sprites with [`list::SHOW`] say.
    pub shown: BTreeMap<u32, u64>,
    /// Lists finished.
    pub lists: u64,
    /// Sprites (and bands of sprites) begun.
    pub sprites: u64,
    /// Tiles run.
    pub tiles: u64,
    /// Texels of those tiles.
    pub texels: u64,
    /// Status words of finished lists, or-ed.
    pub seen_status: u32,
    /// Differences of the execution counts per word.
    pub(crate) visits: Vec<i64>,
}

/// The kernel sub-process.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(crate) spec: Spec,
    pub(crate) ports: Ports,
    pub(crate) program: Program,
    pub(crate) state: State,
    load_cycles: u64,
    pub(crate) engine: Engine,
    /// Programs bound with the views as they are, most of them for bands to come.
    pub(crate) ready: Vec<Ready>,
    /// Whose constants are in the engine's registers.
    entered: Option<usize>,
    /// Counts changes of the ledger.
    grants: u64,
}

/// A sprite ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    sprite: Sprite,
    pub(crate) views: [Option<Bound>; 16],
    pub(crate) code: Code,
    pub(crate) paths: Paths,
    /// The ledger that `views` were resolved against.
    grants: u64,
}

pub(crate) fn fault(code: TrapCode, pc: u32, text: impl Into<String>) -> Stop {
    Stop::Trap(Fault::new(code, pc, text))
}

/// Sprites kept bound.
const READY: usize = 16;

impl Kernel {
    /// A kernel before its first cycle.
    #[must_use]
    pub fn new(spec: Spec, ports: Ports, image: &Image) -> Self {
        let program = Program::new(image);
        let words = (image.words.len() + image.bank.len()) as u64;
        Kernel {
            state: State {
                visits: vec![0; program.instrs.len() + 1],
                ..State::default()
            },
            load_cycles: if spec.load_rate == 0 {
                0
            } else {
                words.div_ceil(spec.load_rate)
            },
            spec,
            ports,
            program,
            engine: Engine::default(),
            ready: Vec::new(),
            entered: None,
            grants: 0,
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Goes back (or on) to a state.
    pub fn restore(&mut self, state: State) {
        self.state = state;
        self.unbind();
    }

    /// Forgets what was bound, because views changed.
    pub(crate) fn unbind(&mut self) {
        self.ready.clear();
        self.entered = None;
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Rows of the execution profile.
    #[must_use]
    pub fn profile_rows(&self) -> usize {
        self.program.instrs.len() + OVERHEAD_ROWS
    }

    /// How often each word was executed.
    #[must_use]
    pub fn executed(&self) -> Vec<u64> {
        let mut sum = 0;
        let n = self.program.instrs.len();
        let running = self.state.visits.iter().map(|d| {
            sum += d;
            sum as u64
        });
        running.take(n).collect()
    }

    pub(crate) fn row(&self, row: Overhead) -> u32 {
        self.program.instrs.len() as u32 + row as u32
    }

    /// One beat.
    ///
    /// # Errors
    /// Whatever stopped it before it was issued.
    pub fn step<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        let step = self.beat(beat, memory);
        step.map_err(|stop| stop.asked_by(self.state.list.map_or(0, |list| list.from)))
    }

    fn beat<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        if self.state.running.is_some() {
            return self.tiles(beat, memory);
        }
        if let Some(awaited) = self.state.awaited {
            return self.grant(beat, awaited);
        }
        if self.state.bands.as_ref().is_some_and(|b| !b.collecting) {
            return self.band(beat);
        }
        if self.state.list.is_some() {
            return self.item(beat, memory);
        }
        self.head(beat, memory)
    }

    fn head<B: Beat>(&mut self, beat: &mut B, memory: &Memory) -> Step {
        if !self.state.loaded {
            beat.ready(WaitCause::Loading, self.load_cycles)?;
        }
        let head = beat.peek_home(self.ports.list)?;
        let row = self.row(Overhead::Head);
        let list = ListState::open(&head, memory, self.ports.status.is_some())
            .map_err(|(code, text)| fault(code, row, text))?;
        beat.issue(row, 1, 1)?;
        beat.pop(self.ports.list);
        if self.state.ledger.begin(list.epoch) {
            self.grants += 1;
        }
        self.state.loaded = true;
        self.state.status = 0;
        self.state.list = Some(list);
        Ok(())
    }

    /// Takes a hand-over, of whatever extent, while one is waited for.
    fn grant<B: Beat>(&mut self, beat: &mut B, awaited: Awaited) -> Step {
        let queue = self.ports.grants[awaited.giver];
        let entry = beat.peek(queue)?;
        let row = self.row(Overhead::Grant);
        let [base, upto, epoch, _] = entry.a;
        if entry.op != protocol::grant::BYTES {
            return Err(fault(TrapCode::UndefinedWord, row, "not a hand-over"));
        }
        let giver = awaited.giver;
        let ledger = &self.state.ledger;
        if !ledger.counts(giver, epoch) {
            // No list waited for it before it was taken back.
            beat.issue(row, 1, 1)?;
            beat.pop(queue);
            return Ok(());
        }
        if !ledger.accepts(giver, base, self.spec.extents) {
            return Err(fault(TrapCode::Capacity, row, "too many extents are held"));
        }
        beat.issue(row, 1, 1)?;
        beat.pop(queue);
        let last = entry.imm & list::LAST_GRANT != 0;
        self.state.ledger.take(giver, base, upto, last);
        self.grants += 1;
        self.settle();
        if self.state.awaited.is_none() && self.state.bands.is_some() {
            self.next_band();
        }
        Ok(())
    }

    /// Ends a wait that is over.
    pub(crate) fn settle(&mut self) {
        let Some(awaited) = self.state.awaited else {
            return;
        };
        let Some(grant) = self.state.ledger.find(awaited.extent) else {
            return;
        };
        if u64::from(grant.upto) >= awaited.upto {
            self.state.awaited = None;
        } else if grant.last {
            self.state.awaited = None;
            self.state.status |= list::STATUS_SHORT;
            if let Some(bands) = &mut self.state.bands {
                let first = u64::from(bands.extent) + u64::from(bands.offset);
                let bytes = u64::from(grant.upto).saturating_sub(first);
                bands.cut((bytes / u64::from(bands.row_bytes.max(1))) as u32);
            }
        }
    }

    /// Makes the program ready for the running sprite and returns where it is.
    pub(crate) fn bind(&mut self, sprite: &Sprite, memory: &Memory) -> usize {
        let ledger = &self.state.ledger;
        let size = memory.texture.bytes.len();
        let known = self.ready.iter().position(|r| r.sprite == *sprite);
        let at = known.unwrap_or_else(|| {
            let views = &self.state.views;
            let views = views.map(|v| v.map(|v| Bound::new(v, ledger.find(v.extent), size)));
            if self.ready.len() >= READY {
                self.ready.clear();
                self.entered = None;
            }
            self.ready.push(Ready {
                code: bind::bind(&self.program, sprite, &views, false),
                sprite: sprite.clone(),
                views,
                paths: Paths::default(),
                grants: self.grants,
            });
            self.ready.len() - 1
        });
        let ready = &mut self.ready[at];
        if ready.grants != self.grants {
            ready.grants = self.grants;
            for bound in ready.views.iter_mut().flatten() {
                *bound = Bound::new(bound.view, ledger.find(bound.view.extent), size);
            }
        }
        if self.entered != Some(at) {
            self.entered = Some(at);
            self.engine.enter(&ready.code);
        }
        at
    }

    pub(crate) fn finish_list<B: Beat>(&mut self, beat: &mut B, list: ListState) -> Step {
        let reply = self.ports.status.filter(|_| list.ask);
        if let Some(q) = reply {
            beat.room(q)?;
        }
        beat.issue(self.row(Overhead::End), 1, 1)?;
        if let Some(q) = reply {
            let words = [self.state.status, 0];
            beat.push(q, Entry::with(protocol::reply::VALUE, list.tag, &words));
        }
        beat.raise(self.ports.done);
        self.state.lists += 1;
        self.state.seen_status |= self.state.status;
        self.state.list = None;
        Ok(())
    }
}
