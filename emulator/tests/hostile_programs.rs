//! Hostile programs: mutated and random images, mutated source texts, and arbitrary bytes for the image
//! loader. Nothing panics, everything ends, memory stays bounded; see `docs/robustness.md`.

mod common;
mod hostile;

use std::sync::{Arc, Mutex, MutexGuard};

use common::{program, root, sources};
use hostile::words::{change, random, sites};
use hostile::{
    cases, guarded, index, memory, mutate, none, pick, rng, same_values, seed, texts, tiny,
};
use orrery_emulator::{Clock, Machine, Program};
use orrery_reference::Format;
use orrery_samples::rng::SplitMix64;

/// Constant work budget: a few milliseconds.
const BUDGET: u64 = 1 << 16;

/// How much resident memory may grow, in KiB; what the machines of a case have (5 MiB each) and what a
/// compiler makes of one text.
const GROWTH: u64 = 128 << 10;

/// One test at a time, so that the growth of memory is its own.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn inputs() -> Vec<Vec<u8>> {
    let small = |format: Format| {
        let all = orrery_samples::all().into_iter();
        let mut found: Vec<_> = all.filter(|s| s.format == format).collect();
        found.retain(|s| (60..1000).contains(&s.bytes.len()));
        found.truncate(20);
        found.into_iter().map(|s| s.bytes)
    };
    let formats = [Format::Qoi, Format::Png, Format::Jpeg];
    formats.into_iter().flat_map(small).collect()
}

/// Runs a program that may do anything; every tenth under two clocks.
fn survives(program: Program, input: &[u8], n: u64) -> Result<bool, String> {
    let config = tiny(BUDGET);
    let program = Arc::new(program);
    let load = |clock| Machine::new(&config, Arc::clone(&program), input.into(), clock);
    // A refusal is an answer.
    let Ok(mut off) = load(Clock::Off) else {
        return Ok(false);
    };
    let finish = |machine: &mut Machine| {
        let outcome = machine.run(None);
        let frames = machine.frames();
        let report = machine.report(&outcome);
        common::Run {
            outcome,
            frames,
            report,
        }
    };
    let values = finish(&mut off);
    if n.is_multiple_of(10) {
        let mut exact = load(Clock::Exact).map_err(|e| e.to_string())?;
        let exact = finish(&mut exact);
        if !same_values(&values, &exact) {
            return Err(format!(
                "off says {:?}, exact says {:?}",
                hostile::values(&values),
                hostile::values(&exact)
            ));
        }
        if n.is_multiple_of(50) && exact.outcome.total < 100_000 {
            let mut lockstep = load(Clock::Lockstep).map_err(|e| e.to_string())?;
            if finish(&mut lockstep).outcome != exact.outcome {
                return Err("lockstep differs from exact".into());
            }
        }
    }
    Ok(true)
}

/// Runs the cases; `one` says whether a program came to run.
fn hostile(
    what: &str,
    salt: u64,
    (ci, long): (u64, u64),
    mut one: impl FnMut(&mut SplitMix64, u64) -> Result<bool, String>,
) {
    let _alone = alone();
    let before = memory();
    let mut problems = Vec::new();
    let mut ran = 0;
    let first = seed();
    let count = cases(ci, long);
    for n in first..first + count {
        match guarded(&format!("{what}, seed {n}"), || one(&mut rng(salt, n), n)) {
            Ok(did) => ran += u64::from(did),
            Err(problem) => problems.push(problem),
        }
    }
    let after = memory();
    println!("{what}: {count} cases, {ran} ran; KiB now and highest: {before:?}, then {after:?}");
    none(&problems);
    let growth = after.1.saturating_sub(before.1);
    assert!(growth <= GROWTH, "resident memory grew by {growth} KiB");
}

#[test]
fn images_with_changed_words() {
    let inputs = inputs();
    hostile("changed words", 10, (1500, 50_000), |rng, n| {
        let mut changed = (*program(pick::<&str>(rng, &["qoi", "png", "jpeg"]))).clone();
        let sites = sites(&changed);
        for _ in 0..1 + rng.below(6) {
            let site = *pick(rng, &sites);
            let _unchanged_is_fine = change(rng, &mut changed, site);
        }
        survives(changed, pick::<Vec<u8>>(rng, &inputs), n)
    });
}

#[test]
fn images_with_changed_bytes() {
    let inputs = inputs();
    let images = ["qoi", "png", "jpeg"].map(|name| program(name).encode());
    hostile("changed bytes", 11, (2000, 50_000), |rng, n| {
        let mut bytes = pick(rng, &images).clone();
        for _ in 0..1 + rng.below(4) {
            // Half of the changes keep counts where they were.
            if rng.below(2) == 0 {
                let at = index(rng, bytes.len());
                bytes[at] = rng.next_u64() as u8;
            } else {
                mutate(rng, &mut bytes, &[]);
            }
        }
        match Program::decode(&bytes) {
            Ok(program) => {
                if program.encode() != bytes {
                    return Err("an image is not what it was read from".into());
                }
                survives(program, pick::<Vec<u8>>(rng, &inputs), n)
            }
            Err(e) => Ok(e.to_string().is_empty()),
        }
    });
}

#[test]
fn arbitrary_bytes_as_images() {
    let header = program("qoi").encode()[..12].to_vec();
    hostile("arbitrary bytes", 12, (20_000, 1_000_000), |rng, _| {
        let mut bytes = if rng.below(4) == 0 {
            Vec::new()
        } else {
            header.clone()
        };
        for _ in 0..rng.below(60) {
            match rng.below(3) {
                0 => bytes
                    .extend((rng.next_u64() as u32 >> *pick(rng, &[0, 16, 24, 28])).to_le_bytes()),
                1 => bytes.extend([0; 4]),
                _ => bytes.push(rng.next_u64() as u8),
            }
        }
        Ok(Program::decode(&bytes).is_ok())
    });
}

#[test]
fn random_programs() {
    let inputs = inputs();
    hostile("random programs", 13, (3000, 100_000), |rng, n| {
        let program = random(rng);
        let input = pick(rng, &inputs);
        survives(program, input, n)
    });
}

#[test]
fn mutated_source_texts() {
    let inputs = inputs();
    let programs =
        ["qoi", "png", "jpeg"].map(|name| (name, sources(&root().join("programs").join(name))));
    hostile("mutated texts", 14, (400, 20_000), |rng, n| {
        let (name, mut texts) = pick(rng, &programs).clone();
        let files: Vec<String> = texts.keys().cloned().collect();
        let other = texts[pick::<String>(rng, &files)].clone();
        let text = texts
            .get_mut(pick::<String>(rng, &files))
            .expect("a file of the program");
        *text = texts::mutated(rng, text, &other);
        match Program::compile(name, &texts) {
            Ok(compiled) => survives(compiled.program, pick::<Vec<u8>>(rng, &inputs), n),
            Err(messages) if messages.is_empty() => Err("refused without a message".into()),
            Err(messages) => {
                let outside = messages.iter().find(|m| {
                    let text = texts.get(&m.file).map_or("", String::as_str);
                    m.span.start > m.span.end || text.get(m.span.clone()).is_none()
                });
                match outside {
                    Some(m) => Err(format!("a message with a place outside of its file: {m:?}")),
                    None => Ok(false),
                }
            }
        }
    });
}
