//! Each planted bug is noticed by the comparison over the fixed set of networks.

use orrery_shared::exact::PlantedBug;

use crate::compare::{Bug, all};
use crate::generate::{network, seeded};

/// How many networks of the fixed set show a difference in the accounts of a process.
fn noticed(bug: Option<Bug>) -> usize {
    let differs = |&seed: &u64| {
        let difference = all(&network(&seeded(seed)), seed, bug);
        difference.is_err_and(|text| bug.is_none() || text.contains("\nprocess"))
    };
    (0..400).filter(differs).count()
}

#[test]
fn planted_bugs_are_noticed() {
    assert_eq!(noticed(None), 0);
    for &bug in PlantedBug::ALL {
        let n = noticed(Some(Bug::Clock(bug)));
        println!("{bug:?}: {n}");
        assert!(n > 4, "{bug:?} is noticed by {n} networks");
    }
    let n = noticed(Some(Bug::SeekKeeps));
    println!("SEEK keeps entries: {n}");
    assert!(
        n > 4,
        "a SEEK that keeps entries is noticed by {n} networks"
    );
}
