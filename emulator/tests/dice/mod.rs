//! Seeded random numbers and random machines.
#![allow(dead_code, reason = "each test file uses its own part")]

use orrery_emulator::Config;
use orrery_emulator::config::{Kind, NUMBERS, Number};

use crate::common::small;

/// SplitMix64: the same numbers on every host.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

/// Whether more of a number is worse: it counts cycles.
pub fn is_latency(n: &Number) -> bool {
    n.kind == Kind::Cost && n.unit == "cycles"
}

/// Half as good, if there is such a value.
pub fn worse(n: &Number, value: u64) -> Option<u64> {
    let v = if is_latency(n) {
        (value * 2).max(1).min(n.max)
    } else {
        (value / 2).max(n.min)
    };
    (v != value).then_some(v)
}

/// The numbers that have a direction.
pub fn directed() -> Vec<&'static Number> {
    NUMBERS
        .iter()
        .filter(|n| matches!(n.kind, Kind::Cost | Kind::Depth))
        .collect()
}

/// A machine that can be built, with every number drawn near the usual one.
pub fn random_config(dice: &mut Dice) -> Config {
    loop {
        let config = any_config(dice);
        if config.validate().is_ok() {
            return config;
        }
    }
}

fn any_config(dice: &mut Dice) -> Config {
    let mut config = small();
    for n in NUMBERS {
        let usual = (n.get)(&config);
        let value = match n.kind {
            Kind::Cost | Kind::Depth => match dice.below(4) {
                0 => usual,
                1 => 1 << dice.below(6),
                _ => dice.below(2 * usual + 2),
            },
            Kind::Grain => 1 << dice.below(12),
            // Now and then something runs out; that must look the same everywhere too.
            Kind::Policy | Kind::Capacity => match dice.below(40) {
                0 => usual >> dice.below(12),
                1 => dice.below(64),
                _ => usual,
            },
        };
        let value = if n.meaning.contains("power of two") {
            value.max(1).next_power_of_two()
        } else {
            value
        };
        config
            .set(n.key, value.clamp(n.min, n.max))
            .expect("in range");
    }
    config
}
