//! What the tests with hostile inputs share: seeds, case counts, mutations of bytes, guards, and the memory of
//! the test itself.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod files;
pub mod texts;
pub mod words;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::time::{Duration, Instant};

use orrery_emulator::report::ExitReport;
use orrery_emulator::{Config, Frame};
use orrery_samples::rng::{SplitMix64, mix};
use orrery_shared::TrapCode;

use crate::common::Run;

/// Wall-clock time after which a case is reported. Machines differ, so it fails nothing: what ends
/// a case is the work budget.
pub const SLOW: Duration = Duration::from_secs(10);

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    let value = text.parse().ok();
    assert!(value.is_some(), "{name}: `{text}` is not a number");
    value
}

/// Whether the long form was asked for.
pub fn nightly() -> bool {
    env::var_os("ORRERY_NIGHTLY").is_some_and(|v| v == "1")
}

/// How many cases: `ORRERY_CASES`, else by form.
pub fn cases(ci: u64, long: u64) -> u64 {
    variable("ORRERY_CASES").unwrap_or(if nightly() { long } else { ci })
}

/// The first seed: `ORRERY_SEED`, else 1. Case `n` has the seed `seed() + n`, so that one case runs
/// alone with `ORRERY_SEED=its seed ORRERY_CASES=1`.
pub fn seed() -> u64 {
    variable("ORRERY_SEED").unwrap_or(1)
}

/// The generator of one case; `salt` keeps the tests apart.
pub fn rng(salt: u64, case: u64) -> SplitMix64 {
    SplitMix64::new(mix(salt.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ mix(case)))
}

/// An index below `len`, which is not 0.
pub fn index(rng: &mut SplitMix64, len: usize) -> usize {
    rng.below(len as u32) as usize
}

/// One of the elements.
pub fn pick<'a, T>(rng: &mut SplitMix64, items: &'a [T]) -> &'a T {
    &items[index(rng, items.len())]
}

/// A configuration for hostile runs: little memory, and a work budget that ends every loop soon.
pub fn tiny(budget: u64) -> Config {
    let mut config = Config::default();
    for (key, value) in [
        ("machine.budget", budget),
        ("machine.stream_ram", 1 << 20),
        ("machine.texture_memory", 4 << 20),
        ("output.held", 4 << 20),
        ("parsing.map_rows", 1 << 16),
        ("parsing.graph_rows", 1 << 14),
    ] {
        config.set(key, value).expect("in range");
    }
    config
}

/// Runs a case; a panic becomes a problem that names it, and so does a slow case, on the console only.
pub fn guarded<T>(name: &str, case: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(case)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or("no text")))
    });
    if start.elapsed() > SLOW {
        println!("{name} took {:?}", start.elapsed());
    }
    result.map_err(|why| format!("{name}: {why}"))
}

/// Fails with all problems, if there are any.
pub fn none(problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems[..problems.len().min(40)].join("\n")
    );
}

/// What no clock changes of a run.
pub fn values(run: &Run) -> impl PartialEq + std::fmt::Debug + use<> {
    let trap = |report: &ExitReport| -> Vec<(TrapCode, &'static str, u32, u64, String)> {
        let traps = report.traps.iter();
        traps
            .map(|t| (t.code, t.process, t.pc, t.offset, t.message.clone()))
            .collect()
    };
    let processes = run.outcome.processes.iter();
    let frame = |f: &Frame| (f.width, f.height, f.complete, f.complete_rows);
    (
        run.report.verdict,
        trap(&run.report),
        (run.report.warnings.clone(), run.report.more_warnings),
        processes
            .map(|p| (p.work, p.credit, p.offset))
            .collect::<Vec<_>>(),
        run.frames.iter().map(frame).collect::<Vec<_>>(),
    )
}

/// Whether two runs under different clocks gave the same.
pub fn same_values(a: &Run, b: &Run) -> bool {
    let pixels = |run: &Run| {
        run.frames
            .iter()
            .map(|f| f.rgba.clone())
            .collect::<Vec<_>>()
    };
    values(a) == values(b) && pixels(a) == pixels(b)
}

/// Resident memory of this process in KiB: now, and at its highest. Zero where `/proc` has no such file.
pub fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name));
        let number = line.and_then(|l| l.split_whitespace().nth(1));
        number.and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Numbers at which things go wrong.
const EXTREMES: [u32; 14] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x0001_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
];

/// Changes bytes once.
pub fn mutate(rng: &mut SplitMix64, bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.is_empty() {
        bytes.push(rng.next_u64() as u8);
        return;
    }
    let at = index(rng, bytes.len());
    let span = |rng: &mut SplitMix64, len: usize| index(rng, len.min(40)) + 1;
    match rng.below(10) {
        0 | 1 => bytes[at] ^= 1 << rng.below(8),
        2 => bytes[at] = rng.next_u64() as u8,
        3 => bytes[at] = *pick(rng, &[0, 1, 0x7f, 0x80, 0xfe, 0xff]),
        4 => {
            let n = span(rng, 40);
            let new: Vec<u8> = (0..n).map(|_| rng.next_u64() as u8).collect();
            bytes.splice(at..at, new);
        }
        5 => {
            let n = span(rng, bytes.len() - at);
            bytes.drain(at..(at + n).min(bytes.len()));
        }
        6 => {
            let n = span(rng, bytes.len() - at);
            let copy = bytes[at..(at + n).min(bytes.len())].to_vec();
            let to = index(rng, bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        7 => bytes.truncate(at),
        8 if !other.is_empty() => {
            let from = index(rng, other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        _ => {
            let number = pick(rng, &EXTREMES);
            let bits = if rng.below(2) == 0 {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            };
            for (to, from) in bytes[at..].iter_mut().zip(bits) {
                *to = from;
            }
        }
    }
}
