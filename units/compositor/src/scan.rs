//! The scan sub-process: composes the screen from a display list, line by line.
//!
//! A display list binds views, names the screen and holds layers sorted by
//! (y, x). At its END the lines of the screen are composed from the top: the
//! layers that meet the line are live, each runs its program for every one of
//! its pixels, the furthest back first, over the colours so far. One beat per
//! line. A line that costs more than the budget is counted as an overrun.

mod line;

use crate::bind::Code;
use crate::exec::Engine;
use crate::isa::{Op, Shape};
use crate::kernel::{Spec, fault};
use crate::ledger::Ledger;
use crate::list::{self, Layer};
use crate::program::{Image, Program};
use crate::reading::{Awaited, ListState};
use crate::view::{Bound, Element, View};
use orrery_shared::protocol;
use orrery_shared::{Beat, Chan, Counter, Memory, Step, TrapCode, WaitCause};
use std::collections::BTreeMap;

/// Configuration numbers of the scan, beside those of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanSpec {
    /// Numbers shared with the kernel; of these lanes, fetches, stores, latencies of control, list and load rates are used.
    pub common: Spec,
    /// Capacity: widest screen.
    pub width: i32,
    /// Capacity: most lines of a screen.
    pub height: i32,
    /// Cycles that a line may take; more is an overrun.
    pub line_budget: u64,
    /// Cycles to set up a live layer in a line.
    pub layer_setup: u64,
    /// Capacity: layers of a display list.
    pub layers: usize,
}

impl Default for ScanSpec {
    fn default() -> Self {
        ScanSpec {
            common: Spec::default(),
            width: 1280,
            height: 720,
            line_budget: 4400,
            layer_setup: 2,
            layers: 4096,
        }
    }
}

/// The queues and counts of the scan.
#[derive(Clone, Copy, Debug)]
pub struct ScanPorts {
    /// Heads of display lists, from the sequencer.
    pub list: Chan,
    /// Hand-overs, from the sequencer: nobody else gives to the scan.
    pub grants: Chan,
    /// Raised once per screen.
    pub done: Counter,
}

/// All that outlives a beat.
#[derive(Clone, Debug, Default)]
pub struct ScanState {
    /// The program was loaded.
    pub loaded: bool,
    /// The list that is being read.
    pub list: Option<ListState>,
    /// Views by texture unit.
    pub views: [Option<View>; 16],
    /// What is held.
    pub ledger: Ledger,
    /// What is waited for.
    pub awaited: Option<Awaited>,
    /// Target unit and background.
    pub screen: Option<(u8, u32)>,
    /// Layers of the list.
    pub layers: Vec<Layer>,
    /// The next line, once the list is read.
    pub line: Option<i32>,
    /// Status word of the list.
    pub status: u32,
    /// Lines that took longer than the budget.
    pub overruns: u64,
    /// Screens composed.
    pub screens: u64,
    /// Finished bytes by extent base of the screen, as the kernel keeps them.
    pub finished: BTreeMap<u32, u64>,
    /// Pixels that programs were run for.
    pub pixels: u64,
    /// The same by the entry of the program: all of its words run for each of them.
    pub visits: BTreeMap<u16, u64>,
}

/// The scan sub-process.
#[derive(Clone, Debug)]
pub struct Scan {
    spec: ScanSpec,
    ports: ScanPorts,
    program: Program,
    state: ScanState,
    load_cycles: u64,
    engine: Engine,
    /// Per entry used: its code and static cost. Rebuilt when views change.
    codes: Vec<(u16, Code, u64)>,
    bounds: [Option<Bound>; 16],
    stale: bool,
}

/// Profile rows beyond the program: head, items by number, hand-over, line.
pub const SCAN_ROWS: usize = 11;
const ROW_GRANT: u32 = 9;
const ROW_LINE: u32 = 10;

/// The name of a profile row, counted from the end of the program.
#[must_use]
pub const fn row_name(row: usize) -> &'static str {
    const NAMES: [&str; SCAN_ROWS] = [
        "list head",
        "VIEW",
        "WAIT",
        "",
        "",
        "",
        "END",
        "LAYER",
        "SCREEN",
        "hand-over",
        "line",
    ];
    if row < SCAN_ROWS { NAMES[row] } else { "" }
}

impl Scan {
    /// A scan before its first cycle.
    #[must_use]
    pub fn new(spec: ScanSpec, ports: ScanPorts, image: &Image) -> Self {
        let words = (image.words.len() + image.bank.len()) as u64;
        Scan {
            load_cycles: words
                .checked_div(spec.common.load_rate)
                .map_or(0, |_| words.div_ceil(spec.common.load_rate)),
            spec,
            ports,
            program: Program::new(image),
            state: ScanState::default(),
            engine: Engine::default(),
            codes: Vec::new(),
            bounds: [None; 16],
            stale: true,
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &ScanState {
        &self.state
    }

    /// Goes back (or on) to a state.
    pub fn restore(&mut self, state: ScanState) {
        self.state = state;
        self.stale = true;
    }

    /// How often each word was executed: layers run straight from their entry to their gOUT.
    #[must_use]
    pub fn executed(&self) -> Vec<u64> {
        let mut counts = vec![0; self.program.instrs.len()];
        for (entry, pixels) in &self.state.visits {
            for (pc, count) in counts.iter_mut().enumerate().skip(usize::from(*entry)) {
                *count += pixels;
                if self.program.at(pc).is_none_or(|i| i.op == Op::Out) {
                    break;
                }
            }
        }
        counts
    }

    /// Rows of the execution profile.
    #[must_use]
    pub fn profile_rows(&self) -> usize {
        self.program.instrs.len() + SCAN_ROWS
    }

    fn row(&self, row: u32) -> u32 {
        self.program.instrs.len() as u32 + row
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
        if let Some(line) = self.state.line {
            return if line < self.size().1 {
                self.line(beat, memory, line)
            } else {
                self.finish(beat)
            };
        }
        if let Some(awaited) = self.state.awaited {
            return self.grant(beat, awaited);
        }
        if self.state.list.is_some() {
            return self.item(beat, memory);
        }
        if !self.state.loaded {
            beat.ready(WaitCause::Loading, self.load_cycles)?;
        }
        let head = beat.peek_home(self.ports.list)?;
        let row = self.row(0);
        let list =
            ListState::open(&head, memory, false).map_err(|(code, text)| fault(code, row, text))?;
        beat.issue(row, 1, 1)?;
        beat.pop(self.ports.list);
        self.stale |= self.state.ledger.begin(list.epoch);
        self.state.loaded = true;
        self.state.list = Some(list);
        self.state.layers.clear();
        self.state.screen = None;
        self.state.status = 0;
        Ok(())
    }

    fn grant<B: Beat>(&mut self, beat: &mut B, awaited: Awaited) -> Step {
        let queue = self.ports.grants;
        let entry = beat.peek(queue)?;
        let row = self.row(ROW_GRANT);
        let [base, upto, epoch, _] = entry.a;
        if entry.op != protocol::grant::BYTES {
            return Err(fault(TrapCode::UndefinedWord, row, "not a hand-over"));
        }
        let giver = awaited.giver;
        let ledger = &self.state.ledger;
        if !ledger.counts(giver, epoch) {
            beat.issue(row, 1, 1)?;
            beat.pop(queue);
            return Ok(());
        }
        if !ledger.accepts(giver, base, self.spec.common.extents) {
            return Err(fault(TrapCode::Capacity, row, "too many extents are held"));
        }
        beat.issue(row, 1, 1)?;
        beat.pop(queue);
        let last = entry.imm & list::LAST_GRANT != 0;
        self.state.ledger.take(giver, base, upto, last);
        self.stale = true;
        self.settle();
        Ok(())
    }

    fn settle(&mut self) {
        if let Some(awaited) = self.state.awaited
            && let Some(grant) = self.state.ledger.find(awaited.extent)
        {
            if u64::from(grant.upto) >= awaited.upto {
                self.state.awaited = None;
            } else if grant.last {
                self.state.awaited = None;
                self.state.status |= list::STATUS_SHORT;
            }
        }
    }

    fn item<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        let Some(list) = self.state.list else {
            return Ok(());
        };
        let place = format!(
            "word {} of the display list at {:#x}",
            list.at, list.address
        );
        let short = |row| {
            fault(
                TrapCode::Bounds,
                row,
                format!("{place}: it ends inside an item or without END"),
            )
        };
        let row = self.row(0);
        let header = list.words(memory, 1).ok_or_else(|| short(row))?[0];
        let unit = 0xF << list::UNIT_SHIFT;
        let (n, allowed) = match header & 0xFF {
            list::VIEW => (list::VIEW_WORDS, unit),
            list::WAIT => (list::WAIT_WORDS, 0),
            list::LAYER => (list::LAYER_WORDS, 0),
            list::SCREEN => (list::SCREEN_WORDS, unit),
            list::END => (1, 0),
            _ => (0, 0),
        };
        if n == 0 || header & !(allowed | 0xFF) != 0 {
            let text = format!("{place}: {header:#010x} is no item of a display list");
            return Err(fault(TrapCode::UndefinedWord, row, text));
        }
        let row = self.row(header & 0xFF);
        let words = list.words(memory, n).ok_or_else(|| short(row))?;
        let bad = |text: &str| fault(TrapCode::BadOperand, row, format!("{place}: {text}"));
        let cycles = u64::from(n).div_ceil(self.spec.common.list_rate.max(1));
        let unit = (header >> list::UNIT_SHIFT & 15) as usize;
        match header & 0xFF {
            list::VIEW => {
                let view = View::parse(&words).map_err(bad)?;
                beat.issue(row, cycles, 1)?;
                self.state.views[unit] = Some(view);
                self.stale = true;
            }
            list::WAIT => {
                beat.issue(row, cycles, 1)?;
                self.state.awaited = Some(Awaited {
                    giver: unit,
                    extent: words[1],
                    upto: u64::from(words[2]),
                });
                self.settle();
            }
            list::LAYER => {
                let layer = Layer::parse(&words);
                let before = self.state.layers.last();
                if before.is_some_and(|b| (b.y, b.x) > (layer.y, layer.x)) {
                    return Err(bad("layers are sorted by (y, x)"));
                }
                if self.state.layers.len() >= self.spec.layers {
                    return Err(fault(
                        TrapCode::Capacity,
                        row,
                        "too many layers in a display list",
                    ));
                }
                self.check(&layer, words[1]).map_err(|t| bad(&t))?;
                beat.issue(row, cycles, 1)?;
                self.state.layers.push(layer);
            }
            list::SCREEN => {
                beat.issue(row, cycles, 1)?;
                self.state.screen = Some((unit as u8, words[1]));
            }
            _ => {
                let (most_w, most_h) = (self.spec.width, self.spec.height);
                let fits = |v: &View| {
                    let [x, y, w, h] = v.window;
                    let inside = (1..=most_w).contains(&w) && (1..=most_h).contains(&h);
                    (x, y) == (0, 0) && inside && v.element == Element::U8 && v.channels == 4
                };
                if !self.screen().is_some_and(|v| fits(&v)) {
                    let text = format!(
                        "the screen must be a view of four bytes per pixel, at most {most_w} x {most_h}"
                    );
                    return Err(bad(&text));
                }
                beat.issue(row, cycles, 1)?;
                self.state.line = Some(0);
            }
        }
        memory.stream.read += 4 * u64::from(n);
        if let Some(list) = &mut self.state.list {
            list.at += n;
        }
        Ok(())
    }

    /// The view of the screen.
    fn screen(&self) -> Option<View> {
        let (unit, _) = self.state.screen?;
        self.state.views[usize::from(unit)]
    }

    /// Width and lines of the screen.
    fn size(&self) -> (i32, i32) {
        self.screen().map_or((0, 0), |v| (v.window[2], v.window[3]))
    }

    /// A layer's program is a run of words without control, ended by gOUT.
    fn check(&self, layer: &Layer, entry: u32) -> Result<u64, String> {
        let mut cost = 0;
        for pc in usize::from(layer.entry).. {
            let Some(instr) = self.program.at(pc).filter(|_| entry <= 0xFFFF) else {
                return Err(format!("the program at {entry} has no gOUT"));
            };
            cost += Program::occupancy(instr.op, self.spec.common.control);
            match instr.op.row().shape {
                Shape::Out => return Ok(cost),
                Shape::Case
                | Shape::Jump
                | Shape::Branch
                | Shape::Loop
                | Shape::Store
                | Shape::Store4 => {}
                _ if instr.op == Op::End || instr.op == Op::Next => {}
                _ => continue,
            }
            let name = instr.op.row().mnemonic;
            return Err(format!("{name} cannot stand in a scan program (word {pc})"));
        }
        Ok(cost)
    }

    fn finish<B: Beat>(&mut self, beat: &mut B) -> Step {
        beat.issue(self.row(list::END), 1, 1)?;
        beat.raise(self.ports.done);
        self.state.screens += 1;
        self.state.list = None;
        self.state.line = None;
        Ok(())
    }
}
