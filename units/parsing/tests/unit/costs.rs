//! Configuration numbers: costs cost, and less is never faster.

use orrery_parsing::isa::SysOp;
use orrery_parsing::{ParsingImage, Spec};
use orrery_shared::{TrapCode, WaitCause};
use proptest::prelude::*;

use crate::build::*;
use crate::generate::{Dice, program};

/// Reads whole words to the end of the input.
fn reader() -> ParsingImage {
    let mut b = Builder::default();
    let [a, end] = b.states();
    b.define(
        a,
        int(32, false),
        &[(0, go(a).val(1, 0))],
        None,
        &[(0, go(end))],
    );
    b.plain(end, go(0).sys(SysOp::Accept));
    b.image
}

/// Skips, perhaps while a check circuit runs.
fn skipper(checked: bool) -> ParsingImage {
    let mut b = Builder::default();
    let [a, skip, end] = b.states();
    let modulus = b.constant(65521);
    b.constant(1);
    let bytes = b.constant(400);
    if checked {
        b.plain(a, go(skip).sys_with(SysOp::CheckSums, 0, 0, modulus, 0));
    } else {
        b.plain(a, go(skip));
    }
    b.plain(skip, go(end).sys_with(SysOp::Skip, 0, 0, bytes, 0));
    b.plain(end, go(0).sys(SysOp::Accept));
    b.image
}

fn cycles(spec: &Spec, image: &ParsingImage) -> u64 {
    let out = run_exact(spec, image, &[7; 400], 16);
    assert!(out.done(), "{:?}", out.trap());
    out.outcome.total
}

#[test]
fn costs_cost() {
    let normal = Spec::default();
    let all = cycles(&normal, &reader());
    let half = Spec {
        bytes_per_beat: 2,
        ..Spec::default()
    };
    assert!(2 * cycles(&half, &reader()) >= 3 * all, "{all}");
    let all = cycles(&normal, &skipper(false));
    let half = Spec {
        skip_rate: 2,
        ..Spec::default()
    };
    assert!(2 * cycles(&half, &skipper(false)) >= 3 * all, "{all}");
    let fast = Spec {
        check_rate: 2,
        ..Spec::default()
    };
    let all = cycles(&fast, &skipper(true));
    assert!(2 * cycles(&normal, &skipper(true)) >= 3 * all, "{all}");
}

#[test]
fn the_first_row_waits_for_the_program() {
    let mut image = reader();
    image.staging = vec![0; 997];
    image.constants = vec![0; 40];
    let words = image.rows.len() + image.states.len() + 40 + 250;
    let run = |load_rate| {
        let spec = Spec {
            load_rate,
            ..Spec::default()
        };
        run_exact(&spec, &image, &[7; 4], 16).outcome
    };
    let (free, one, three) = (run(0), run(1), run(3));
    let loading = |o: &orrery_shared::Outcome| o.processes[0].waits[WaitCause::Loading as usize];
    assert_eq!(loading(&free), 0);
    assert_eq!(loading(&one), words as u64);
    assert_eq!(loading(&three), words.div_ceil(3) as u64);
    // The input comes meanwhile: its first entry is there at cycle 1.
    assert_eq!(one.total, free.total - 1 + words as u64);
}

proptest! {
    #![proptest_config(config(600))]

    /// Halving a cost or the depth of the byte FIFO never saves a cycle.
    #[test]
    fn less_is_never_faster(seed in any::<u64>(), number in 0usize..5) {
        let mut d = Dice::new(seed);
        let image = program(&mut d);
        let input: Vec<u8> = (0..d.below(80)).map(|_| d.next() as u8 >> d.below(8)).collect();
        let better = Spec {
            bytes_per_beat: d.pick(&[4, 8]),
            intake_depth: d.pick(&[4, 16]),
            check_rate: d.pick(&[1, 2, 4]),
            skip_rate: d.pick(&[2, 4]),
            load_rate: d.pick(&[2, 8]),
            ..Spec::default()
        };
        let mut worse = better.clone();
        match number {
            0 => worse.bytes_per_beat /= 2,
            1 => worse.intake_depth /= 2,
            2 => worse.check_rate = (worse.check_rate / 2).max(1),
            3 => worse.load_rate /= 2,
            _ => worse.skip_rate /= 2,
        }
        let a = run_exact(&better, &image, &input, 2);
        let b = run_exact(&worse, &image, &input, 2);
        // Credit comes with the entries, so a budget may end in another place.
        let budget = |run: &Run| run.trap().is_some_and(|t| t.0 == TrapCode::Budget);
        if !budget(&a) && !budget(&b) {
            prop_assert_eq!(&a.bench.actions, &b.bench.actions);
            prop_assert_eq!(a.captures(), b.captures());
            prop_assert_eq!(a.trap(), b.trap());
            prop_assert!(a.outcome.total <= b.outcome.total);
        }
    }
}

#[test]
fn impossible_numbers_are_refused() {
    let ok = |spec: Spec| spec.validate().is_ok();
    assert!(ok(Spec::default()));
    for spec in [
        Spec {
            bytes_per_beat: 3,
            ..Spec::default()
        },
        Spec {
            bytes_per_beat: 1,
            intake_depth: 3,
            ..Spec::default()
        },
        Spec {
            check_rate: 0,
            ..Spec::default()
        },
        Spec {
            skip_rate: 0,
            ..Spec::default()
        },
        Spec {
            staging: 65_537,
            ..Spec::default()
        },
        Spec {
            map_rows: u32::MAX,
            ..Spec::default()
        },
    ] {
        assert!(!ok(spec));
    }
}
