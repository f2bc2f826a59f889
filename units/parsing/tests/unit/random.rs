//! Random programs: the clocks agree, and nothing panics or hangs.

use std::collections::BTreeMap;

use orrery_parsing::{ParsingImage, Spec};
use orrery_shared::account::Standing;
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::{End, Outcome, WaitCause};
use proptest::prelude::*;

use crate::build::*;
use crate::generate::{Dice, program};

const SMALL_BUDGET: u64 = 600;

fn spec(d: &mut Dice) -> Spec {
    Spec {
        bytes_per_beat: d.pick(&[4, 4, 4, 8, 2]),
        intake_depth: d.pick(&[2, 3, 16]),
        check_rate: d.pick(&[1, 2]),
        skip_rate: d.pick(&[1, 4]),
        load_rate: d.pick(&[0, 1, 8]),
        parse_stack: d.pick(&[4, 64]),
        len_stack: d.pick(&[2, 16]),
        history: d.pick(&[8, 64]),
        credit_per_byte: d.pick(&[0, 3, 20]),
        ..Spec::default()
    }
}

fn exact(bench: &mut Bench, depth: usize, horizons: &[u64]) -> Vec<Outcome> {
    let mut clock = Exact::new(bench.topology(depth, SMALL_BUDGET));
    horizons.iter().map(|&n| clock.run(bench, n)).collect()
}

fn lockstep(bench: &mut Bench, depth: usize, horizons: &[u64]) -> Vec<Outcome> {
    let mut clock = Lockstep::new(bench.topology(depth, SMALL_BUDGET));
    horizons.iter().map(|&n| clock.run(bench, n)).collect()
}

/// Runs a program under all clocks; what happened, for the coverage test, and
/// how many rows were carried out in stretches.
fn agree(spec: &Spec, image: &ParsingImage, input: &[u8], d: &mut Dice) -> (Vec<Outcome>, u64) {
    let bench = Bench::new(spec.clone(), image, input);
    let mut horizons = vec![d.below(60) as u64, 60 + d.below(400) as u64];
    horizons.push(u64::MAX);
    let mut outcomes = Vec::new();
    let mut stretched = 0;
    for depth in [1, 2, 16] {
        let (mut a, mut b, mut o) = (bench.clone(), bench.clone(), bench.clone());
        let in_exact = exact(&mut a, depth, &horizons);
        let in_lockstep = lockstep(&mut b, depth, &horizons);
        assert_eq!(in_exact, in_lockstep);
        let off = Off::new(o.topology(depth, SMALL_BUDGET)).run(&mut o);
        let run = |bench: Bench, outcome: &Outcome| Run {
            bench,
            outcome: outcome.clone(),
        };
        for bench in [&a, &o] {
            stretched += bench.unit.state().rows_in_stretches();
        }
        assert_eq!(b.unit.state().rows_in_stretches(), 0);
        let last = &in_exact[2];
        let (a, b, o) = (run(a, last), run(b, last), run(o, &off));
        same_values(&a, &b);
        same_values(&a, &o);
        outcomes.extend(in_exact);
    }
    (outcomes, stretched)
}

fn one(seed: u64) -> (Vec<Outcome>, u64) {
    let mut d = Dice::new(seed);
    let image = program(&mut d);
    let spec = spec(&mut d);
    let n = d.below(80);
    let input: Vec<u8> = (0..n).map(|_| d.next() as u8 >> d.below(8)).collect();
    agree(&spec, &image, &input, &mut d)
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn clocks_agree_on_random_programs(seed in any::<u64>()) {
        one(seed);
    }

    #[test]
    fn random_words_never_panic(
        rows in prop::collection::vec(any::<[u32; 8]>(), 1..40),
        states in prop::collection::vec(any::<u64>(), 1..20),
        input in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let image = ParsingImage {
            rows: rows.clone(),
            // Mostly words with a meaning: the reserved bits cleared.
            states: states.iter().map(|w| w & 0x07FF_FFFF_001F_001F).collect(),
            ..ParsingImage::default()
        };
        run_exact(&Spec::default(), &image, &input, 2);
    }
}

/// Many more of them: `cargo test -p orrery-parsing --release -- --ignored`.
#[test]
#[ignore = "takes a minute"]
fn soak() {
    for seed in 0..300_000 {
        one(seed << 20);
    }
}

/// The random programs reach what they are meant to reach.
#[test]
fn coverage() {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let (mut rows, mut stretched) = (0, 0);
    for seed in 0..1500 {
        let (outcomes, in_stretches) = one(seed);
        stretched += in_stretches;
        for outcome in outcomes {
            rows += outcome.processes[0]
                .profile
                .iter()
                .map(|line| line.count)
                .sum::<u64>();
            let unit = &outcome.processes[0];
            let mut note = |what: String| *seen.entry(what).or_default() += 1;
            match &outcome.end {
                End::Deadlock { kind, .. } => note(format!("{kind:?}")),
                End::Trap(_) => note("trap".into()),
                end => note(format!("{end:?}")),
            }
            if let Standing::Trapped(fault, _) = &unit.standing {
                note(fault.code.name().into());
                if fault.message.starts_with("a marker") {
                    note("marker".into());
                }
            }
            for cause in [WaitCause::Input, WaitCause::Reply, WaitCause::Output] {
                if unit.waits[cause as usize] > 0 {
                    note(format!("waits for {}", cause.name()));
                }
            }
        }
    }
    assert!(stretched > rows / 20, "{stretched} beside {rows} rows");
    let wanted = [
        "Complete",
        "Horizon",
        "Circular",
        "trap",
        "Fail",
        "NoAlternative",
        "UnexpectedEnd",
        "UnusedCode",
        "OverSubscribed",
        "Bounds",
        "UndefinedWord",
        "Budget",
        "Capacity",
        "ReplySlots",
        "BadOperand",
        "BadHandle",
        "StackUnderflow",
        "marker",
        "waits for input",
        "waits for reply",
        "waits for output",
    ];
    let missing: Vec<_> = wanted.iter().filter(|w| !seen.contains_key(**w)).collect();
    assert!(
        missing.is_empty(),
        "not reached: {missing:?}; reached: {seen:?}"
    );
}
