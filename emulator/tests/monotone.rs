//! What must hold for every run, whatever the numbers of the machine: worse costs and
//! shallower queues never make it faster, the accounts add up, a run that is asked
//! on the way goes on as if it had not been, and the clocks agree.
//!
//! `ORRERY_NIGHTLY=1` takes many more cases.

mod common;
mod dice;
mod micro;

use std::sync::Arc;

use common::{name_of, program, run, small};
use dice::{Dice, directed, random_config, worse};
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Config, Machine, Program};
use orrery_shared::account::Standing;
use orrery_shared::{Outcome, TrapCode};

/// A program, its input, the machine it is meant for.
struct Case {
    name: String,
    program: Arc<Program>,
    bytes: Vec<u8>,
    config: Config,
}

impl Case {
    /// Cycles of a run that completes.
    fn total(&self, config: &Config) -> Option<u64> {
        let run = run(&self.program, &self.bytes, Clock::Exact, config);
        (run.report.verdict == Verdict::Complete).then_some(run.outcome.total)
    }
}

fn many(usual: usize) -> usize {
    if std::env::var_os("ORRERY_NIGHTLY").is_some() {
        usual * 20
    } else {
        usual
    }
}

fn micros() -> Vec<Case> {
    let case = |m: micro::Micro| Case {
        name: m.number.to_owned(),
        program: m.program(),
        bytes: m.bytes(),
        config: m.config(m.values[0]),
    };
    micro::all().into_iter().map(case).collect()
}

/// Small samples of the shipped formats, one in `step`.
fn samples(step: usize, longest: usize) -> Vec<Case> {
    let all = orrery_samples::all();
    let small_ones = all.into_iter().filter(|s| s.bytes.len() <= longest);
    small_ones
        .step_by(step)
        .map(|sample| Case {
            program: program(name_of(sample.format)),
            name: sample.name,
            bytes: sample.bytes,
            config: small(),
        })
        .collect()
}

#[test]
fn less_is_never_faster() {
    let mut problems = Vec::new();
    let mut compared = 0;
    let mut cases = micros();
    cases.extend(samples(5, 4000));
    for case in &cases {
        let Some(total) = case.total(&case.config) else {
            continue;
        };
        for n in directed() {
            let Some(value) = worse(n, (n.get)(&case.config)) else {
                continue;
            };
            let mut config = case.config.clone();
            config.set(n.key, value).expect("in range");
            if config.validate().is_err() {
                continue;
            }
            let Some(after) = case.total(&config) else {
                continue;
            };
            compared += 1;
            if after < total {
                problems.push(format!(
                    "{}: {} = {value}: {total} -> {after}",
                    case.name, n.key
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(compared > 500, "{compared} runs compared");
    println!("{compared} runs compared");
}

/// From a good machine to a bad one, a number at a time.
#[test]
fn machines_get_worse_step_by_step() {
    let mut problems = Vec::new();
    let mut cases = micros();
    cases.extend(samples(9, 2000));
    let numbers = directed();
    let mut steps = 0;
    for (i, case) in cases.iter().enumerate() {
        for walk in 0..many(4) {
            let mut dice = Dice(((i as u64) << 32) + walk as u64);
            let mut config = random_config(&mut dice);
            for (key, value) in orrery_emulator::config::NUMBERS
                .iter()
                .filter(|n| !numbers.iter().any(|d| d.key == n.key))
                .map(|n| (n.key, (n.get)(&case.config)))
            {
                config.set(key, value).expect("in range");
            }
            let mut last: Option<u64> = None;
            for _ in 0..16 {
                if let Some(total) = case.total(&config) {
                    if last.is_some_and(|l| l > total) {
                        problems.push(format!("{}, walk {walk}: {last:?} -> {total}", case.name));
                    }
                    last = Some(total);
                    steps += 1;
                }
                for _ in 0..1 + dice.below(3) {
                    let n = dice.pick(&numbers);
                    let mut next = config.clone();
                    if let Some(value) = worse(n, (n.get)(&config)) {
                        next.set(n.key, value).expect("in range");
                    }
                    if next.validate().is_ok() {
                        config = next;
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    println!("{steps} steps");
}

/// Busy and waits of every process, and the fills of every queue, add up to the total.
fn accounts(outcome: &Outcome) -> Result<(), String> {
    for (p, report) in outcome.processes.iter().enumerate() {
        let sum = report.busy + report.waits.iter().sum::<u64>();
        if sum != outcome.total {
            return Err(format!(
                "process {p}: busy + waits = {sum}, total {}",
                outcome.total
            ));
        }
    }
    Ok(())
}

/// What no clock changes.
fn values(outcome: &Outcome) -> Vec<(u64, u64, u64, Option<TrapCode>)> {
    let trap = |s: &Standing| match s {
        Standing::Trapped(fault, _) => Some(fault.code),
        _ => None,
    };
    outcome
        .processes
        .iter()
        .map(|p| (p.work, p.credit, p.offset, trap(&p.standing)))
        .collect()
}

/// One case under all clocks, with some horizons on the way.
fn agree(case: &Case, config: &Config, dice: &mut Dice) -> Result<(), String> {
    let new = |clock| {
        Machine::new(
            config,
            Arc::clone(&case.program),
            case.bytes.as_slice().into(),
            clock,
        )
    };
    let Ok(mut exact) = new(Clock::Exact) else {
        return Ok(());
    };
    let whole = exact.run(None);
    accounts(&whole)?;
    let mut horizons: Vec<u64> = (0..3).map(|_| dice.below(whole.total + 2)).collect();
    horizons.sort_unstable();
    let mut by_steps = new(Clock::Exact).expect("it was built before");
    let slow = whole.total < 30_000;
    let mut lockstep = new(Clock::Lockstep).expect("it was built before");
    for &horizon in &horizons {
        let here = by_steps.run(Some(horizon));
        accounts(&here).map_err(|e| format!("at {horizon}: {e}"))?;
        if slow && lockstep.run(Some(horizon)) != here {
            return Err(format!("lockstep differs from exact at {horizon}"));
        }
    }
    let last = by_steps.run(None);
    if last != whole || by_steps.frames() != exact.frames() {
        return Err(format!("going on from {horizons:?} gives another end"));
    }
    if slow && (lockstep.run(None) != whole || lockstep.frames() != exact.frames()) {
        return Err("lockstep differs from exact".into());
    }
    let mut off = new(Clock::Off).expect("it was built before");
    let untimed = off.run(None);
    let pixels = |m: &Machine| -> Vec<Vec<u8>> { m.frames().into_iter().map(|f| f.rgba).collect() };
    if values(&untimed) != values(&whole) || pixels(&off) != pixels(&exact) {
        return Err("off differs from exact".into());
    }
    Ok(())
}

#[test]
fn clocks_and_accounts_agree_on_random_machines() {
    let mut problems = Vec::new();
    let mut cases = micros();
    cases.extend(samples(2, 4000));
    for (i, case) in cases.iter().enumerate() {
        for turn in 0..many(4) {
            let mut dice = Dice(((i as u64) << 32) + 7 * turn as u64 + 1);
            let config = random_config(&mut dice);
            if let Err(problem) = agree(case, &config, &mut dice) {
                problems.push(format!("{}, turn {turn}: {problem}", case.name));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
