//! A network whose processes are finite lists of beats, and how it runs.

use orrery_shared::topology::Topology;
use orrery_shared::{
    Beat, Chan, Counter, Entry, Fault, Intake, Network, Step, Stop, TrapCode, WaitCause,
};

use crate::intake::NaiveIntake;

/// A random network.
#[derive(Clone, Debug)]
pub struct Spec {
    pub topology: Topology,
    pub programs: Vec<Program>,
    pub prefetch: Prefetch,
}

/// The input of process 0.
#[derive(Clone, Copy, Debug)]
pub struct Prefetch {
    pub depth: usize,
    pub seek_latency: u64,
    /// Entries that the input has; reading behind it is like reading zeros.
    pub entries: u64,
}

/// A list of beats, then one beat for ever (or the end of the program).
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub beats: Vec<BeatSpec>,
    pub after: Option<BeatSpec>,
}

/// One need for an entry.
#[derive(Clone, Copy, Debug)]
pub struct Peek {
    pub queue: Chan,
    pub home: bool,
    pub pop: bool,
}

/// One beat, its needs in the order of the model.
#[derive(Clone, Debug, Default)]
pub struct BeatSpec {
    /// Needs the result of the last beat that had one.
    pub own: bool,
    /// Input entries that are needed and taken.
    pub bytes: u64,
    pub peeks: Vec<Peek>,
    pub counts: Vec<(Counter, u64)>,
    /// Needs what the last beat with `loads` started to load.
    pub loaded: bool,
    /// Not before this cycle; plus up to three cycles that depend on the values read.
    pub pace: Option<u64>,
    /// Queues pushed to.
    pub pushes: Vec<Chan>,
    /// Period and phase.
    pub slot: Option<(u64, u64)>,
    pub trap: Trap,
    /// Reply queues in which the beat reserves a slot for an answer.
    pub asks: Vec<Chan>,
    pub occupancy: u64,
    /// Up to two more cycles of occupancy that depend on the values read.
    pub varies: bool,
    pub latency: Option<u64>,
    pub loads: Option<u64>,
    pub work: u64,
    pub earns: u64,
    pub raises: Vec<Counter>,
    pub pc: u32,
    /// Where to go in the input, after everything else.
    pub seek: Option<u64>,
}

/// When a beat traps instead of issuing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Trap {
    #[default]
    Never,
    Always,
    /// If the values read are a multiple of this.
    Multiple(u64),
}

/// The values of one process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    pub at: usize,
    pub digest: u64,
    /// Unanswered questions by reply queue.
    pub asked: Vec<usize>,
    pub position: u64,
}

#[derive(Clone, Debug, Default)]
struct Times {
    result_at: u64,
    loaded_at: u64,
}

/// Two ways to say when input comes.
#[derive(Clone, Debug)]
pub enum Input {
    Fast(Intake),
    Naive(NaiveIntake),
}

impl Input {
    fn ready(&self, entry: u64) -> u64 {
        match self {
            Input::Fast(intake) => intake.ready(entry),
            Input::Naive(intake) => intake.ready(entry),
        }
    }

    fn popped(&mut self, entry: u64, cycle: u64) {
        match self {
            Input::Fast(intake) => intake.popped(entry, cycle),
            Input::Naive(intake) => intake.popped(entry, cycle),
        }
    }

    fn seek(&mut self, cycle: u64, entry: u64) {
        match self {
            Input::Fast(intake) => intake.seek(cycle, entry),
            Input::Naive(intake) => intake.seek(cycle, entry),
        }
    }

    pub fn fetched_before(&self, cycle: u64) -> u64 {
        match self {
            Input::Fast(intake) => intake.fetched_before(cycle),
            Input::Naive(intake) => intake.fetched_before(cycle),
        }
    }
}

/// A network in the middle of a run.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    spec: &'a Spec,
    pub values: Vec<Values>,
    times: Vec<Times>,
    pub input: Input,
}

impl<'a> Model<'a> {
    pub fn new(spec: &'a Spec) -> Self {
        let n = spec.programs.len();
        let values = Values {
            asked: vec![0; spec.topology.queues.len()],
            ..Values::default()
        };
        let prefetch = &spec.prefetch;
        let intake = Intake::new(prefetch.depth, 4, prefetch.seek_latency)
            .with_input_size(4 * prefetch.entries);
        Model {
            spec,
            values: vec![values; n],
            times: vec![Times::default(); n],
            input: Input::Fast(intake),
        }
    }

    /// The same with the prefetcher as the model's formula has it.
    pub fn naive(spec: &'a Spec) -> Self {
        Model {
            input: Input::Naive(NaiveIntake::new(spec.prefetch)),
            ..Model::new(spec)
        }
    }
}

fn mix(digest: u64, value: u64) -> u64 {
    let x = (digest ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}

impl Network for Model<'_> {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        let program = &self.spec.programs[p];
        let at = self.values[p].at;
        let Some(spec) = program.beats.get(at).or(program.after.as_ref()) else {
            return Err(Stop::Done);
        };
        let position = self.values[p].position;
        let mut digest = self.values[p].digest;
        if spec.own {
            beat.ready(WaitCause::Latency, self.times[p].result_at)?;
        }
        if spec.bytes > 0 {
            let last = position + spec.bytes - 1;
            beat.ready(WaitCause::Input, self.input.ready(last))?;
            digest = mix(digest, last);
        }
        for peek in &spec.peeks {
            let entry = if peek.home {
                beat.peek_home(peek.queue)?
            } else {
                beat.peek(peek.queue)?
            };
            digest = mix(digest, u64::from(entry.a[0]));
        }
        for &(counter, n) in &spec.counts {
            beat.counted(counter, n)?;
        }
        if spec.loaded {
            beat.ready(WaitCause::Loading, self.times[p].loaded_at)?;
        }
        if let Some(at) = spec.pace {
            beat.ready(WaitCause::Pacing, at + digest % 4)?;
        }
        for &queue in &spec.pushes {
            beat.room(queue)?;
        }
        if let Some((period, phase)) = spec.slot {
            beat.slot(period, phase)?;
        }
        let traps = match spec.trap {
            Trap::Never => false,
            Trap::Always => true,
            Trap::Multiple(m) => digest.is_multiple_of(m),
        };
        if traps {
            let fault = Fault::new(TrapCode::Fail, spec.pc, format!("beat {at}"));
            return Err(Stop::Trap(fault));
        }
        for queue in &spec.asks {
            let q = usize::from(queue.0);
            if self.values[p].asked[q] >= self.spec.topology.queues[q].depth {
                let fault = Fault::new(TrapCode::ReplySlots, spec.pc, "no slot");
                return Err(Stop::Trap(fault));
            }
        }
        let varies = if spec.varies { digest % 3 } else { 0 };
        let occupancy = spec.occupancy + varies;
        let c = beat.issue(spec.pc, occupancy, spec.work)?;

        let values = &mut self.values[p];
        values.digest = digest;
        values.at = (at + 1).min(program.beats.len());
        for queue in &spec.asks {
            values.asked[usize::from(queue.0)] += 1;
        }
        for peek in spec.peeks.iter().filter(|peek| peek.pop) {
            let q = usize::from(peek.queue.0);
            if self.spec.topology.queues[q].reserved {
                values.asked[q] -= 1;
            }
            beat.pop(peek.queue);
        }
        if spec.earns > 0 {
            beat.earn(spec.earns);
        }
        for entry in position..position + spec.bytes {
            self.input.popped(entry, c);
            beat.at_offset(4 * entry);
        }
        values.position += spec.bytes;
        for (i, &queue) in spec.pushes.iter().enumerate() {
            let value = mix(digest, i as u64);
            beat.push(queue, Entry::with(spec.pc as u16, 0, &[value as u32]));
        }
        for &counter in &spec.raises {
            beat.raise(counter);
        }
        if let Some(to) = spec.seek {
            self.input.seek(c, to);
            values.position = to;
        }
        let times = &mut self.times[p];
        if let Some(latency) = spec.latency {
            times.result_at = c + occupancy + latency;
        }
        if let Some(cycles) = spec.loads {
            times.loaded_at = c + occupancy + cycles;
        }
        Ok(())
    }
}
