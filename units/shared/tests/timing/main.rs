//! The timing model, tested over random networks (`docs/machine/timing.md`):
//! `exact` and `lockstep` agree in everything at every horizon, `off` agrees
//! with both in everything but cycles, and the comparison is sharp enough to
//! notice planted bugs.

mod compare;
mod coverage;
mod generate;
mod intake;
mod model;
mod monotone;
mod planted;
mod worked;

use proptest::prelude::*;

/// How many cases a property is tried with, unless `PROPTEST_CASES` says otherwise.
fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(default),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(60_000))]

    #[test]
    fn clocks_agree(data in prop::collection::vec(any::<u32>(), 0..1000), salt: u64) {
        let spec = generate::network(&data);
        if let Err(difference) = compare::all(&spec, salt, None) {
            return Err(TestCaseError::fail(format!("{difference}\n{spec:#?}")));
        }
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn clocks_agree_at_every_cycle(data in prop::collection::vec(any::<u32>(), 0..1000), salt: u64) {
        let spec = generate::network(&data);
        if let Err(difference) = compare::every_cycle(&spec, salt) {
            return Err(TestCaseError::fail(format!("{difference}\n{spec:#?}")));
        }
    }
}
