//! The shipped programs on the project's own samples: under every clock, with deep and shallow queues.

mod common;

use common::{check, name_of, program, run, small};
use orrery_emulator::{Clock, Config};
use orrery_shared::Outcome;

/// The parts of an outcome that no clock changes.
fn values(outcome: &Outcome) -> Vec<(u64, u64, u64)> {
    outcome
        .processes
        .iter()
        .map(|p| (p.work, p.credit, p.offset))
        .collect()
}

fn every_clock(config: &Config, depth: usize) {
    let mut problems = Vec::new();
    let mut count = 0;
    for sample in orrery_samples::all() {
        count += 1;
        let program = program(name_of(sample.format));
        let exact = run(&program, &sample.bytes, Clock::Exact, config);
        if let Err(problem) = check(&sample.name, &exact, &sample.expect) {
            problems.push(problem);
            continue;
        }
        for (p, report) in exact.outcome.processes.iter().enumerate() {
            let sum = report.busy + report.waits.iter().sum::<u64>();
            if sum != exact.outcome.total {
                problems.push(format!(
                    "{}: process {p}: busy + waits = {sum}, total {}",
                    sample.name, exact.outcome.total
                ));
            }
        }
        let off = run(&program, &sample.bytes, Clock::Off, config);
        if off
            .frames
            .iter()
            .map(|f| &f.rgba)
            .ne(exact.frames.iter().map(|f| &f.rgba))
            || values(&off.outcome) != values(&exact.outcome)
        {
            problems.push(format!(
                "{}: off differs from exact at depth {depth}",
                sample.name
            ));
        }
        // The oracle takes its time: small pictures only.
        if exact.outcome.total < 100_000 {
            let lockstep = run(&program, &sample.bytes, Clock::Lockstep, config);
            if lockstep.outcome != exact.outcome || lockstep.frames != exact.frames {
                problems.push(format!(
                    "{}: lockstep differs from exact at depth {depth}",
                    sample.name
                ));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    println!("{count} samples ran at depth {depth}");
}

#[test]
fn samples_at_depth_16() {
    every_clock(&small(), 16);
}

#[test]
fn samples_at_depth_2() {
    let mut config = small();
    config.queue_depth = 2;
    every_clock(&config, 2);
}

#[test]
fn samples_at_depth_1() {
    let mut config = small();
    config.queue_depth = 1;
    every_clock(&config, 1);
}
