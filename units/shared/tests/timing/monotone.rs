//! Slower parts never make a run that completes shorter.

use orrery_shared::End;
use orrery_shared::exact::Exact;
use proptest::prelude::*;

use crate::generate::{Choices, network, seeded};
use crate::model::{Model, Spec};

/// Makes one thing slower. Reply slots are not a depth: a program may count on them.
fn slow_down(spec: &mut Spec, choices: &mut Choices) -> &'static str {
    let kind = choices.below(10);
    if kind == 0 {
        let queues = spec.topology.queues.iter_mut().filter(|q| !q.reserved);
        for queue in queues {
            queue.depth = (queue.depth / 2).max(1);
        }
        return "depth";
    }
    if kind == 1 {
        let queues = &mut spec.topology.queues;
        let q = choices.below(queues.len().max(1));
        if let Some(queue) = queues.get_mut(q).filter(|q| !q.reserved) {
            queue.depth = (queue.depth / 2).max(1);
        }
        return "depth";
    }
    if kind == 2 {
        spec.prefetch.seek_latency += 1 + choices.below(9) as u64;
        return "seek";
    }
    if kind == 3 {
        let beats = spec.programs.iter().flat_map(|p| &p.beats);
        let most = beats.map(|b| b.bytes).max().unwrap_or(1).max(1);
        spec.prefetch.depth = (spec.prefetch.depth / 2).max(most as usize);
        return "prefetch";
    }
    let more = 1 + choices.below(5) as u64;
    let p = choices.below(spec.programs.len());
    let program = &mut spec.programs[p];
    let only = choices.below(program.beats.len() + 1);
    let beats = program.beats.iter_mut().chain(&mut program.after);
    let all = choices.once_in(2);
    for (_, beat) in beats.enumerate().filter(|(i, _)| all || *i == only) {
        match kind {
            4 | 5 => beat.occupancy += more,
            6 => beat.latency = beat.latency.map(|l| l + more),
            7 => beat.loads = beat.loads.map(|l| l + more),
            8 => beat.pace = beat.pace.map(|at| at + more),
            _ => beat.slot = beat.slot.map(|(k, s)| (2 * k, s + (more % 2) * k)),
        }
    }
    [
        "occupancy",
        "occupancy",
        "latency",
        "loading",
        "pacing",
        "slot",
    ][kind - 4]
}

fn completes(spec: &Spec) -> Option<u64> {
    let outcome = Exact::new(spec.topology.clone()).run(&mut Model::new(spec), u64::MAX);
    (outcome.end == End::Complete).then_some(outcome.total)
}

/// What was slowed down and by how much the run got longer, if both complete.
fn slower(data: &[u32], how: &[u32]) -> Result<Option<(&'static str, u64)>, String> {
    let spec = network(data);
    let mut slow = spec.clone();
    let what = slow_down(&mut slow, &mut Choices::new(how));
    let (Some(before), Some(after)) = (completes(&spec), completes(&slow)) else {
        return Ok(None);
    };
    if after < before {
        return Err(format!("{what}: {before} becomes {after}\n{spec:#?}"));
    }
    Ok(Some((what, after - before)))
}

proptest! {
    #![proptest_config(crate::cases(10_000))]

    #[test]
    fn slower_parts_make_no_run_shorter(
        data in prop::collection::vec(any::<u32>(), 0..1000),
        how in prop::collection::vec(any::<u32>(), 6),
    ) {
        slower(&data, &how).map_err(TestCaseError::fail)?;
    }
}

/// The property above is not empty: every kind does make some runs longer.
#[test]
fn slower_parts_matter() {
    let mut longer = std::collections::BTreeMap::<_, u32>::new();
    for seed in 0..4000 {
        let how = &seeded(seed + 1_000_000)[..6];
        if let Some((what, cycles)) = slower(&seeded(seed), how).unwrap() {
            *longer.entry(what).or_default() += u32::from(cycles > 0);
        }
    }
    println!("{longer:?}");
    assert_eq!(longer.len(), 8);
    assert!(longer.values().all(|&n| n > 4), "{longer:?}");
}
