//! The machine under control: loaded, stepped towards a goal in slices of time, looked at.
//!
//! Everything is a run up to a horizon, and a run goes on from there as if nothing had
//! been asked; so looking at every cycle changes no cycle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use orrery_emulator::report::Verdict;
use orrery_emulator::wiring::{process, queue};
use orrery_emulator::{Clock, Config, Sources};
use orrery_shared::account::Standing;
use orrery_shared::{End, Need, Outcome};

use super::picture::Picture;
use crate::library;
use crate::picture;
use crate::session::{self, Failure, Finished, Job};

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// To this cycle.
    Cycle(u64),
    /// Until this process has issued more than so many beats.
    Beat(usize, u64),
    /// Until the Parsing Unit does not stand at this bit of the input any more.
    Symbol(u64),
    /// To the end.
    End,
}

/// Where a process stands in its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File and 1-based line.
    pub source: Option<(String, u32)>,
    /// The instruction's name.
    pub instruction: String,
}

/// What is needed to load the same machine again.
#[derive(Debug)]
struct Recipe {
    config: Config,
    program: Option<String>,
    params: Vec<(String, u32)>,
    redraw: bool,
    bytes: Arc<[u8]>,
    clock: Clock,
}

/// A machine on its way through a run.
#[derive(Debug)]
pub struct Stepper {
    recipe: Recipe,
    /// The run as far as it is, in the form of a finished one.
    run: Finished,
    /// Source texts of the program.
    sources: Sources,
    goal: Option<Goal>,
    /// Cycles to run at once; follows the host's speed.
    slice: u64,
    /// The frames and the report are older than the outcome.
    stale: bool,
    /// Changes whenever the picture may have changed.
    generation: u64,
    /// Pictures are shown as stored, not turned.
    pub as_stored: bool,
}

/// Cycles between two looks at the host's clock, at first and at most.
const SLICES: (u64, u64) = (256, 1 << 24);

impl Stepper {
    /// Loads a job's machine. Under the `off` clock, which has no cycles to step through,
    /// also runs it to its end.
    ///
    /// # Errors
    /// As [`session::load`].
    pub fn load(job: &Job<'_>) -> Result<Stepper, Failure> {
        let recipe = Recipe {
            config: job.config.clone(),
            program: job.program.map(str::to_owned),
            params: job.params.to_vec(),
            redraw: job.redraw,
            bytes: Arc::clone(&job.bytes),
            clock: job.clock,
        };
        Stepper::cook(recipe)
    }

    fn cook(recipe: Recipe) -> Result<Stepper, Failure> {
        let job = Job {
            config: &recipe.config,
            program: recipe.program.as_deref(),
            params: &recipe.params,
            redraw: recipe.redraw,
            bytes: Arc::clone(&recipe.bytes),
            clock: recipe.clock,
            max_cycles: None,
        };
        let (mut machine, sniffed) = session::load(&job)?;
        let sources = match (&recipe.program, &sniffed) {
            (Some(name), _) => library::find(name).map_err(Failure::usage)?.sources,
            (None, Some(sniffed)) => sniffed.program.sources(),
            (None, None) => Sources::new(),
        };
        let outcome = machine.run(Some(0));
        let report = machine.report(&outcome);
        let run = Finished {
            frames: machine.frames(),
            machine,
            outcome,
            report,
            sniffed,
        };
        Ok(Stepper {
            recipe,
            run,
            sources,
            goal: None,
            slice: SLICES.0,
            stale: true,
            generation: 0,
            as_stored: false,
        })
    }

    /// Goes back to cycle 0.
    ///
    /// # Errors
    /// As [`Stepper::load`]: a program's directory may have changed.
    pub fn restart(&mut self) -> Result<(), Failure> {
        let Recipe {
            config,
            program,
            params,
            redraw,
            bytes,
            clock,
        } = &self.recipe;
        let recipe = Recipe {
            config: config.clone(),
            program: program.clone(),
            params: params.clone(),
            redraw: *redraw,
            bytes: Arc::clone(bytes),
            clock: *clock,
        };
        let generation = self.generation + 1;
        *self = Stepper {
            generation,
            as_stored: self.as_stored,
            ..Stepper::cook(recipe)?
        };
        Ok(())
    }

    /// The run as far as it is. Its frames and report are those of the last [`Stepper::refresh`].
    pub fn run(&self) -> &Finished {
        &self.run
    }

    /// The outcome so far.
    pub fn outcome(&self) -> &Outcome {
        &self.run.outcome
    }

    /// The cycle that comes next.
    pub fn cycle(&self) -> u64 {
        self.run.outcome.total
    }

    /// Whether nothing can happen any more.
    pub fn ended(&self) -> bool {
        self.run.outcome.end != End::Horizon
    }

    /// How the run ended, in two or three words.
    pub fn ending(&self) -> Option<&'static str> {
        self.ended().then_some(match self.run.report.verdict {
            Verdict::Complete => "complete",
            Verdict::Limit => "limit reached",
            Verdict::Bad if matches!(self.run.outcome.end, End::Deadlock { .. }) => "deadlock",
            Verdict::Bad if matches!(self.run.outcome.end, End::Trap(_)) => "trap",
            Verdict::Bad => "incomplete",
        })
    }

    /// Changes whenever the picture may have changed.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Beats that a process has issued so far.
    pub fn beats(&self, p: usize) -> u64 {
        self.run.outcome.processes[p]
            .profile
            .iter()
            .map(|line| line.count)
            .sum()
    }

    /// The bit of the input that the Parsing Unit reads next.
    pub fn input_bit(&self) -> u64 {
        let state = self.run.machine.units().parsing.state();
        (state.offset() * 8).saturating_sub(u64::from(state.bits_pending()))
    }

    /// One more cycle.
    pub fn step_cycle(&mut self) {
        self.run_for(1);
    }

    /// Until a process issues its next beat.
    pub fn step_instruction(&mut self, p: usize) {
        let beats = match self.goal {
            // A step that is still to be made counts.
            Some(Goal::Beat(q, beats)) if q == p => beats + 1,
            _ => self.beats(p),
        };
        self.goal = Some(Goal::Beat(p, beats));
    }

    /// Until the Parsing Unit takes its next symbol.
    pub fn step_symbol(&mut self) {
        self.goal = Some(Goal::Symbol(self.input_bit()));
    }

    /// So many cycles from here, or from where it is going.
    pub fn run_for(&mut self, cycles: u64) {
        let from = match self.goal {
            Some(Goal::Cycle(n)) => n,
            _ => self.cycle(),
        };
        self.goal = Some(Goal::Cycle(from.saturating_add(cycles)));
    }

    /// To the end.
    pub fn run_to_end(&mut self) {
        self.goal = Some(Goal::End);
    }

    /// Forgets where it was going.
    pub fn stop(&mut self) {
        self.goal = None;
    }

    /// Whether there is still some way to go.
    pub fn is_going(&self) -> bool {
        self.goal.is_some()
    }

    /// Goes towards the goal for about as long as allowed. True if anything may have changed.
    pub fn advance(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        let before = self.cycle();
        let mut changed = false;
        while let Some(goal) = self.goal {
            if self.met(goal) || self.ended() {
                self.goal = None;
                break;
            }
            if changed && start.elapsed() >= time {
                break;
            }
            self.go(goal, time);
            changed = true;
        }
        self.stale |= changed;
        changed || self.cycle() != before
    }

    fn met(&self, goal: Goal) -> bool {
        match goal {
            Goal::Cycle(n) => self.cycle() >= n,
            Goal::Beat(p, beats) => self.beats(p) > beats,
            Goal::Symbol(bit) => self.input_bit() != bit,
            Goal::End => false,
        }
    }

    fn go(&mut self, goal: Goal, time: Duration) {
        let now = self.cycle();
        let horizon = match goal {
            Goal::Cycle(n) => n.min(now.saturating_add(self.slice)),
            Goal::End => now.saturating_add(self.slice),
            Goal::Beat(..) | Goal::Symbol(_) => now + 1,
        };
        let start = Instant::now();
        self.run.outcome = self.run.machine.run(Some(horizon));
        let taken = start.elapsed();
        if taken < time / 8 && horizon - now == self.slice {
            self.slice = (self.slice * 2).min(SLICES.1);
        } else if taken > time / 2 {
            self.slice = (self.slice / 2).max(1);
        }
    }

    /// Brings frames and report up to the outcome.
    pub fn refresh(&mut self) {
        if std::mem::take(&mut self.stale) {
            self.run.frames = self.run.machine.frames();
            if !self.as_stored {
                let frames = &mut self.run.frames;
                for frame in frames.iter_mut().filter(|f| f.turn != 0) {
                    *frame = picture::turned(frame).into_owned();
                }
            }
            self.run.report = self.run.machine.report(&self.run.outcome);
            self.generation += 1;
        }
    }

    /// The picture to show: the newest one of which there is something, or the place for one.
    pub fn picture(&self) -> Option<(usize, Picture<'_>)> {
        let frames = &self.run.frames;
        let n = frames
            .iter()
            .rposition(|f| f.complete_rows > 0)
            .or_else(|| frames.len().checked_sub(1))?;
        let frame = &frames[n];
        Some((
            n,
            Picture {
                width: frame.width,
                height: frame.height,
                rgba: &frame.rgba,
            },
        ))
    }

    /// Where a process stands: at the beat that it issued last, the one that a trace shows last.
    pub fn place(&self, p: usize) -> Option<Place> {
        let pc = self.run.machine.last_issued(p)?;
        let map = self.run.machine.source_map(p);
        let place = map.and_then(|m| m.places.get(pc as usize).map(|place| (m, place)));
        let source = place
            .filter(|(_, place)| place.line > 0)
            .and_then(|(m, place)| {
                m.files
                    .get(usize::from(place.file))
                    .map(|file| (file.clone(), place.line))
            });
        let instruction = self.run.machine.instruction_name(p, pc).unwrap_or_default();
        Some(Place {
            source,
            instruction,
        })
    }

    /// Whether a process runs a program of its own that has a source text.
    pub fn has_program(&self, p: usize) -> bool {
        self.run
            .machine
            .source_map(p)
            .is_some_and(|map| map.places.iter().any(|place| place.line > 0))
    }

    /// A line of a source text.
    pub fn line(&self, file: &str, line: u32) -> Option<&str> {
        self.sources
            .get(file)?
            .lines()
            .nth(line.checked_sub(1)? as usize)
    }

    /// What a process does now, in a few words.
    pub fn doing(&self, p: usize) -> String {
        match &self.outcome().processes[p].standing {
            Standing::Running if self.beats(p) == 0 => "not started".into(),
            Standing::Running => "in a beat".into(),
            Standing::AtHorizon => "next beat".into(),
            Standing::Done => "done".into(),
            Standing::Trapped(fault, _) => format!("trap {}", fault.code),
            Standing::Waiting(unmet) => {
                let cause = unmet.cause.name();
                match unmet.need {
                    Need::Entry(q) => {
                        format!("waits for {cause}: {}", queue::NAMES[usize::from(q.0)])
                    }
                    Need::Room(q) => format!(
                        "waits for {cause}: {} is full",
                        queue::NAMES[usize::from(q.0)]
                    ),
                    Need::Count(..) => format!("waits for {cause}"),
                    Need::Time(at) => format!("waits for {cause} until {at}"),
                }
            }
        }
    }

    /// Entries in a queue now, and its depth (0 if the clock does not say).
    pub fn fill(&self, q: usize) -> (u64, usize) {
        let report = &self.outcome().queues[q];
        (
            report.pushed.saturating_sub(report.popped),
            report.fill.len().saturating_sub(1),
        )
    }

    /// Pixels that are there.
    pub fn pixels(&self) -> u64 {
        self.run
            .frames
            .iter()
            .map(|f| u64::from(f.width) * u64::from(f.complete_rows))
            .sum()
    }

    /// The process with a name, or with a part of a name that only it has.
    pub fn process(name: &str) -> Option<usize> {
        let exact = process::NAMES.iter().position(|&n| n == name);
        let mut parts = (0..process::NAMES.len()).filter(|&p| process::NAMES[p].contains(name));
        let only = parts.next().filter(|_| parts.next().is_none());
        exact.or(only)
    }
}
