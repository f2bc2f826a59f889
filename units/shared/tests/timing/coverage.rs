//! Counts, over the fixed set of networks, that everything the model speaks of
//! has been met.

use std::collections::BTreeMap;

use orrery_shared::account::{DeadlockKind, Standing};
use orrery_shared::{End, Need, TrapCode, WaitCause};

use crate::compare::{Seen, every_cycle};
use crate::generate;
use crate::model::{Model, Spec};

#[derive(Default)]
struct Coverage(BTreeMap<String, u32>);

impl Coverage {
    fn hit(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn hit_if(&mut self, condition: bool, what: &str) {
        if condition {
            self.hit(what);
        }
    }
}

fn end_of_run(coverage: &mut Coverage, spec: &Spec, all: &[Seen]) {
    let end = &all[all.len() - 1];
    let outcome = &end.outcome;
    let total = outcome.total;
    match &outcome.end {
        End::Complete => coverage.hit("complete"),
        End::Deadlock { kind, chain } => {
            coverage.hit(format!("deadlock {kind:?}"));
            coverage.hit_if(chain.len() > 2, "a chain of three");
        }
        End::Trap(p) => {
            coverage.hit_if(*p > 0, "a trap, not in the first process");
            let traps = outcome.processes.iter();
            let traps = traps.filter(|r| matches!(r.standing, Standing::Trapped(..)));
            coverage.hit_if(traps.count() > 1, "two traps");
        }
        End::Horizon => unreachable!("runs go to the end"),
    }
    // Whether anybody was in a beat in the last cycle.
    let busy = |seen: &Seen| seen.outcome.processes.iter().map(|r| r.busy).sum::<u64>();
    let at_total = &all[total as usize];
    let quiet_before = total > 0 && busy(at_total) == busy(&all[total as usize - 1]);
    let gates = spec.topology.procs.iter().any(|p| p.is_gate);
    for (p, report) in outcome.processes.iter().enumerate() {
        for (&cause, &cycles) in WaitCause::ALL.iter().zip(&report.waits) {
            coverage.hit_if(cycles > 0, cause.name());
        }
        if let Standing::Trapped(fault, at) = &report.standing {
            coverage.hit(format!("trap {:?}", fault.code));
            coverage.hit_if(*at == total && quiet_before, "trap after the last beat");
            coverage.hit_if(*at < total, "others go on after a trap");
        }
        let waited = |seen: &Seen| {
            let standing = &seen.outcome.processes[p].standing;
            matches!(standing, Standing::Waiting(u) if u.cause == WaitCause::Latency)
        };
        if let Standing::Waiting(unmet) = &report.standing
            && !matches!(unmet.need, Need::Time(_))
        {
            let later = all.get(total as usize + 1..).unwrap_or_default();
            let latency = later.iter().any(waited);
            coverage.hit_if(latency, "latency, then a need that never comes");
            let home = unmet.home && unmet.cause == WaitCause::Token;
            coverage.hit_if(home, "idle at a token");
        }
        if spec.topology.procs[p].is_gate {
            let last = &all[total as usize..];
            let later = last
                .iter()
                .any(|s| s.outcome.processes[p].busy > report.busy);
            coverage.hit_if(later, "a gate goes on after the end");
        }
    }
    coverage.hit_if(!gates && total == 0, "an empty run");
    for (queue, report) in spec.topology.queues.iter().zip(&outcome.queues) {
        if report.fill[queue.depth] > 0 && !queue.reserved {
            coverage.hit(format!("a full queue of {}", queue.depth));
        }
        coverage.hit_if(
            queue.reserved && report.fill[queue.depth] > 0,
            "full reply slots",
        );
        coverage.hit_if(report.popped > queue.depth as u64, "a reused slot");
    }
    let mut model = Model::new(spec);
    orrery_shared::exact::Exact::new(spec.topology.clone()).run(&mut model, u64::MAX);
    if let crate::model::Input::Fast(intake) = &model.input {
        coverage.hit_if(intake.dropped() > 0, "SEEK drops entries");
        coverage.hit_if(
            intake.dropped() == 0 && intake.next() > 0,
            "input without SEEK",
        );
    }
}

/// The horizon `all[n]`, with what was one cycle before.
fn at_horizon(coverage: &mut Coverage, before: &Seen, now: &Seen) {
    if now.outcome.end != End::Horizon {
        coverage.hit("quiet at the horizon");
        return;
    }
    let processes = before.outcome.processes.iter().zip(&now.outcome.processes);
    for (before, now) in processes {
        match (&before.standing, &now.standing) {
            (_, Standing::Running) => coverage.hit("horizon inside a beat"),
            (_, Standing::AtHorizon) => coverage.hit("horizon before an issue"),
            (Standing::Waiting(a), Standing::Waiting(b)) if a == b => {
                coverage.hit(format!("horizon inside {}", a.cause.name()));
            }
            (Standing::Waiting(a), Standing::Waiting(b)) if a.cause != b.cause => {
                coverage.hit("two causes for one beat");
            }
            (Standing::Done | Standing::Trapped(..), _) => coverage.hit("horizon inside stopped"),
            _ => {}
        }
    }
}

#[test]
fn everything_is_met() {
    let mut coverage = Coverage::default();
    for seed in 0..3000 {
        let data = generate::seeded(seed);
        let spec = generate::network(&data);
        let all = every_cycle(&spec, seed).unwrap_or_else(|e| panic!("network {seed}: {e}"));
        end_of_run(&mut coverage, &spec, &all);
        for pair in all.windows(2) {
            at_horizon(&mut coverage, &pair[0], &pair[1]);
        }
    }
    let mut expected: Vec<String> = [
        "complete",
        "a chain of three",
        "a trap, not in the first process",
        "two traps",
        "trap after the last beat",
        "others go on after a trap",
        "latency, then a need that never comes",
        "idle at a token",
        "a gate goes on after the end",
        "a full queue of 1",
        "a full queue of 2",
        "a full queue of 3",
        "a full queue of 16",
        "full reply slots",
        "a reused slot",
        "SEEK drops entries",
        "input without SEEK",
        "quiet at the horizon",
        "horizon inside a beat",
        "horizon before an issue",
        "two causes for one beat",
    ]
    .map(String::from)
    .into();
    for kind in [
        DeadlockKind::Capacity,
        DeadlockKind::Circular,
        DeadlockKind::Starved,
    ] {
        expected.push(format!("deadlock {kind:?}"));
    }
    for code in [TrapCode::Fail, TrapCode::Budget, TrapCode::ReplySlots] {
        expected.push(format!("trap {code:?}"));
    }
    for cause in WaitCause::ALL {
        expected.push(cause.name().into());
        // Idle is only known when the run is over.
        if *cause != WaitCause::Idle {
            expected.push(format!("horizon inside {}", cause.name()));
        }
    }
    println!("{:#?}", coverage.0);
    let missing: Vec<&String> = expected
        .iter()
        .filter(|what| coverage.0.get(*what).is_none_or(|&n| n < 5))
        .collect();
    assert!(missing.is_empty(), "hardly ever met: {missing:?}");
}
