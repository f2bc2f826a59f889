//! Runs a network under all clocks and says where they differ.

use orrery_shared::account::Standing;
use orrery_shared::exact::{Exact, PlantedBug};
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::{End, Outcome};

use crate::generate::Choices;
use crate::model::{Input, Model, Spec, Values};

/// No network here runs that long.
const EVER: u64 = 1_000_000;

/// What is planted into the side of `exact`.
#[derive(Clone, Copy, Debug)]
pub enum Bug {
    Clock(PlantedBug),
    SeekKeeps,
}

/// All that can be seen of a run at a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub outcome: Outcome,
    pub values: Vec<Values>,
    pub fetched: u64,
}

fn seen(outcome: Outcome, model: &Model) -> Seen {
    Seen {
        fetched: model.input.fetched_before(outcome.total),
        values: model.values.clone(),
        outcome,
    }
}

/// A run under `lockstep`.
#[derive(Clone)]
pub struct Slow<'a> {
    clock: Lockstep,
    model: Model<'a>,
}

impl<'a> Slow<'a> {
    pub fn new(spec: &'a Spec, order: &[usize]) -> Self {
        let mut clock = Lockstep::new(spec.topology.clone());
        clock.set_order(order.to_vec());
        Slow {
            clock,
            model: Model::naive(spec),
        }
    }

    pub fn run(&mut self, horizon: u64) -> Seen {
        seen(self.clock.run(&mut self.model, horizon), &self.model)
    }
}

/// A run under `exact`.
#[derive(Clone)]
pub struct Fast<'a> {
    clock: Exact,
    model: Model<'a>,
}

impl<'a> Fast<'a> {
    pub fn new(spec: &'a Spec, order: &[usize], bug: Option<Bug>) -> Self {
        let mut clock = Exact::new(spec.topology.clone());
        clock.set_order(order.to_vec());
        // Networks are small; so is what is remembered.
        clock.set_keep(1 + order[0]);
        let mut model = Model::new(spec);
        match (bug, &mut model.input) {
            (Some(Bug::Clock(bug)), _) => clock.plant(bug),
            (Some(Bug::SeekKeeps), Input::Fast(intake)) => intake.plant_keep_on_seek(),
            _ => {}
        }
        Fast { clock, model }
    }

    pub fn run(&mut self, horizon: u64) -> Seen {
        seen(self.clock.run(&mut self.model, horizon), &self.model)
    }
}

/// A random order of `n` processes.
fn shuffled(n: usize, salt: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut state = salt;
    for i in (1..n).rev() {
        order.swap(i, (state % (i as u64 + 1)) as usize);
        state /= i as u64 + 1;
    }
    order
}

fn equal(what: &str, fast: &Seen, slow: &Seen) -> Result<(), String> {
    if fast == slow {
        return sums(fast);
    }
    let (a, b) = (&fast.outcome, &slow.outcome);
    let mut text = format!("{what}: exact and lockstep differ\n");
    let mut note = |name: String, a: String, b: String| {
        if a != b {
            text += &format!("{name}:\n  exact    {a}\n  lockstep {b}\n");
        }
    };
    note("end".into(), format!("{:?}", a.end), format!("{:?}", b.end));
    note("total".into(), a.total.to_string(), b.total.to_string());
    for (p, (a, b)) in a.processes.iter().zip(&b.processes).enumerate() {
        note(format!("process {p}"), format!("{a:?}"), format!("{b:?}"));
    }
    for (q, (a, b)) in a.queues.iter().zip(&b.queues).enumerate() {
        note(format!("queue {q}"), format!("{a:?}"), format!("{b:?}"));
    }
    note(
        "counts".into(),
        format!("{:?}", a.counts),
        format!("{:?}", b.counts),
    );
    note(
        "fetched".into(),
        fast.fetched.to_string(),
        slow.fetched.to_string(),
    );
    note(
        "values".into(),
        format!("{:?}", fast.values),
        format!("{:?}", slow.values),
    );
    Err(text)
}

/// Every process accounts for every cycle, and so does every queue.
fn sums(seen: &Seen) -> Result<(), String> {
    let outcome = &seen.outcome;
    for (p, report) in outcome.processes.iter().enumerate() {
        if report.cycles() != outcome.total {
            return Err(format!("process {p} of {}: {report:?}", outcome.total));
        }
    }
    for (q, report) in outcome.queues.iter().enumerate() {
        if report.fill.iter().sum::<u64>() != outcome.total {
            return Err(format!("queue {q} of {}: {report:?}", outcome.total));
        }
    }
    Ok(())
}

/// The end, some horizons, runs that go on from one horizon to the next, and `off`.
pub fn all(spec: &Spec, salt: u64, bug: Option<Bug>) -> Result<(), String> {
    let n = spec.programs.len();
    let (there, back) = (shuffled(n, salt), shuffled(n, salt >> 32));
    let end = Slow::new(spec, &there).run(EVER);
    assert_ne!(end.outcome.end, End::Horizon, "networks are finite");
    equal("at the end", &Fast::new(spec, &back, bug).run(EVER), &end)?;

    let salts = [salt as u32, (salt >> 13) as u32, (salt >> 29) as u32];
    let mut choices = Choices::new(&salts);
    let mut horizons: Vec<u64> = (0..3)
        .map(|_| choices.below(end.outcome.total as usize + 20) as u64)
        .collect();
    horizons.sort_unstable();
    horizons.push(EVER);
    let mut slow = Slow::new(spec, &back);
    let mut fast = Fast::new(spec, &there, bug);
    for &horizon in &horizons {
        let (slow, fast) = (slow.run(horizon), fast.run(horizon));
        equal(&format!("going on to {horizon}"), &fast, &slow)?;
        let fresh = Fast::new(spec, &back, bug).run(horizon);
        equal(&format!("straight to {horizon}"), &fresh, &slow)?;
        let fresh = Slow::new(spec, &there).run(horizon);
        if fresh != slow {
            return Err(format!("lockstep went on to {horizon} and lost its way"));
        }
    }
    untimed(spec, &end)
}

/// `off` against the end of the run.
fn untimed(spec: &Spec, end: &Seen) -> Result<(), String> {
    let mut model = Model::new(spec);
    let outcome = Off::new(spec.topology.clone()).run(&mut model);
    let mut expected = end.outcome.clone();
    expected.total = 0;
    for report in &mut expected.processes {
        report.busy = 0;
        report.waits.fill(0);
        report.profile.iter_mut().for_each(|line| line.cycles = 0);
        if let Standing::Trapped(_, at) = &mut report.standing {
            *at = 0;
        }
    }
    expected.queues.iter_mut().for_each(|q| q.fill.clear());
    if outcome == expected && model.values == end.values {
        return Ok(());
    }
    Err(format!(
        "off differs\n  off    {outcome:?} {:?}\n  others {expected:?} {:?}",
        model.values, end.values
    ))
}

/// Every horizon up to some cycles after the end, each reached from the one before.
/// Returns what was seen at each.
pub fn every_cycle(spec: &Spec, salt: u64) -> Result<Vec<Seen>, String> {
    let n = spec.programs.len();
    let mut slow = Slow::new(spec, &shuffled(n, salt));
    let mut fast = Fast::new(spec, &shuffled(n, salt >> 32), None);
    let mut all = Vec::new();
    let mut quiet = 0;
    while quiet < 3 {
        let horizon = all.len() as u64;
        let now = slow.run(horizon);
        equal(&format!("going on to {horizon}"), &fast.run(horizon), &now)?;
        quiet += u32::from(now.outcome.end != End::Horizon);
        all.push(now);
    }
    Ok(all)
}
