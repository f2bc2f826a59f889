//! How much the samples notice: shipped programs with one word changed, run over the samples. A mutant is
//! *killed* when anything that can be seen of a run changes: a frame, a verdict, a trap or a warning.

mod common;
mod hostile;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::program;
use hostile::words::{Site, change, sites};
use hostile::{cases, guarded, none, pick, rng, seed, tiny};
use orrery_emulator::report::ExitReport;
use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Config, Frame, Machine, Program};
use orrery_parsing::isa::row::{Operand, Work};
use orrery_parsing::isa::{Row, SysOp};
use orrery_reference::Format;

/// Share of the mutants that have to be killed, in percent.
const KILLED: u64 = 90;

/// Constant work budget: more than any of the samples needs, and little for a mutant that does not end.
const BUDGET: u64 = 1 << 18;

/// Samples up to this many bytes are run.
const LARGEST: usize = 20_000;

/// What can be seen of a run. Places in the program are left out: they are not part of what a picture's reader sees.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    frames: Vec<Frame>,
    report: ExitReport,
    /// What the program accepted with.
    value: Option<u32>,
}

struct Sample {
    bytes: Arc<[u8]>,
    seen: Seen,
    touched: BTreeSet<Site>,
}

fn watch(
    program: &Arc<Program>,
    bytes: &Arc<[u8]>,
    config: &Config,
) -> Result<(Machine, Seen, Vec<Vec<u64>>), String> {
    let machine = Machine::new(config, Arc::clone(program), Arc::clone(bytes), Clock::Off);
    let mut machine = machine.map_err(|e| e.to_string())?;
    let outcome = machine.run(None);
    let mut report = machine.report(&outcome);
    for trap in &mut report.traps {
        trap.pc = 0;
        trap.place = None;
    }
    // Made of the first trap, or of who waits for whom: with the place in the program.
    if !report.traps.is_empty() {
        report.headline.clear();
    }
    let frames = machine.frames();
    let value = machine.exit_value();
    let counts = outcome
        .processes
        .iter()
        .map(|p| p.profile.iter().map(|line| line.count).collect())
        .collect();
    Ok((
        machine,
        Seen {
            frames,
            report,
            value,
        },
        counts,
    ))
}

/// The places that a run depended on, as far as counts tell.
fn touched(program: &Program, machine: &Machine, counts: &[Vec<u64>]) -> BTreeSet<Site> {
    let mut found = BTreeSet::new();
    let image = &program.parsing;
    for (i, bits) in image.rows.iter().enumerate() {
        if counts[process::PARSING].get(i).is_none_or(|&n| n == 0) {
            continue;
        }
        let Some(row) = Row::decode(bits) else {
            continue;
        };
        found.insert(Site::Row(i));
        found.insert(Site::State(usize::from(row.check)));
        let in_a_row = match row.work {
            Work::Sys(SysOp::CheckCrc) => 4,
            Work::Sys(SysOp::CheckSums) => 2,
            _ => 1,
        };
        let b = (row.b, in_a_row);
        for (operand, n) in row.operands.map(|o| (o, 1)).into_iter().chain([b]) {
            if let Operand::Pool(k) = operand {
                found.extend((0..n).map(|i| Site::Constant(usize::from(k) + i)));
            }
        }
    }
    // Tables are looked into by computed addresses. What is zero is mostly room for results, or the part of a
    // matrix whose product nobody looks at.
    let table = image.staging.iter().enumerate().filter(|(_, b)| **b != 0);
    found.extend(table.map(|(i, _)| Site::Staging(i)));
    let core = counts[process::CORE].iter().enumerate();
    found.extend(core.filter(|(_, n)| **n > 0).map(|(i, _)| Site::Core(i)));
    let kernel = machine.units().kernel.executed();
    let kernel = kernel.into_iter().enumerate();
    found.extend(kernel.filter(|(_, n)| *n > 0).map(|(i, _)| Site::Kernel(i)));
    let bank = program.kernel.constants.iter().enumerate();
    found.extend(bank.filter(|(_, v)| **v != 0).map(|(i, _)| Site::Bank(i)));
    let exists: BTreeSet<Site> = sites(program).into_iter().collect();
    found.intersection(&exists).copied().collect()
}

fn samples(program: &Arc<Program>, format: Format, config: &Config) -> Vec<Sample> {
    let all = orrery_samples::all().into_iter();
    let mut found: Vec<Sample> = all
        .filter(|s| s.format == format && s.bytes.len() <= LARGEST)
        .map(|s| {
            let bytes: Arc<[u8]> = s.bytes.into();
            let (machine, seen, counts) =
                watch(program, &bytes, config).expect("a program that fits");
            let touched = touched(program, &machine, &counts);
            Sample {
                bytes,
                seen,
                touched,
            }
        })
        .collect();
    found.sort_by_key(|s| s.bytes.len());
    found
}

/// A kind of place, and how often it is taken.
fn weight(site: Site) -> (u8, u32) {
    match site {
        Site::Row(_) => (0, 6),
        Site::State(_) => (1, 1),
        Site::Constant(_) => (2, 1),
        Site::Staging(_) => (3, 2),
        Site::Core(_) => (4, 6),
        Site::Kernel(_) => (5, 5),
        Site::Bank(_) => (2, 1),
    }
}

/// The line that a place was compiled from, where there is a map.
fn place(program: &Program, site: Site) -> String {
    let (map, at) = match site {
        Site::Row(i) => (&program.parsing.map, i),
        Site::Core(i) => (&program.core.map, i),
        Site::Kernel(i) => (&program.kernel.map, i),
        other => return format!("{other:?}"),
    };
    let line = map.describe(at as u32).unwrap_or_default();
    match site {
        Site::Row(i) => format!(
            "{site:?} {line} ({})",
            orrery_parsing::listing::row_text(&program.parsing.rows[i])
        ),
        Site::Kernel(i) => format!(
            "{site:?} {line} ({})",
            orrery_compositor::text::disassemble(program.kernel.words[i]).unwrap_or_default()
        ),
        _ => format!("{site:?} {line}"),
    }
}

/// The first sample that tells the mutant from the program.
fn killer<'s>(
    mutant: &Arc<Program>,
    site: Site,
    samples: &'s [Sample],
    config: &Config,
) -> Result<Option<&'s Sample>, String> {
    for sample in samples.iter().filter(|s| s.touched.contains(&site)) {
        match watch(mutant, &sample.bytes, config) {
            Ok((_, seen, _)) if seen == sample.seen => {}
            _ => return Ok(Some(sample)),
        }
    }
    Ok(None)
}

fn mutants(name: &str, format: Format, salt: u64) {
    let config = tiny(BUDGET);
    let original = program(name);
    let samples = samples(&original, format, &config);
    let all: BTreeSet<Site> = samples
        .iter()
        .flat_map(|s| s.touched.iter().copied())
        .collect();
    let mut by_kind = vec![Vec::new(); 6];
    for &site in &all {
        by_kind[usize::from(weight(site).0)].push(site);
    }
    let mut kinds = Vec::new();
    for places in by_kind.iter().filter(|places| !places.is_empty()) {
        kinds.extend((0..weight(places[0]).1).map(|_| places));
    }

    let (mut tried, mut killed) = (0, 0);
    let mut survivors = Vec::new();
    let mut problems = Vec::new();
    let mut tally = [(0, 0); 6];
    let first = seed();
    for n in first..first + cases(400, 6000) {
        let mut rng = rng(salt, n);
        let places = *pick::<&Vec<Site>>(&mut rng, &kinds);
        let site = *pick::<Site>(&mut rng, places);
        let mut mutant = (*original).clone();
        let Some(what) = change(&mut rng, &mut mutant, site) else {
            continue;
        };
        let mutant = Arc::new(mutant);
        tried += 1;
        let kind = &mut tally[usize::from(weight(site).0)];
        kind.0 += 1;
        match guarded(&format!("{name}, seed {n}"), || {
            killer(&mutant, site, &samples, &config)
        }) {
            Ok(Some(_)) => {
                killed += 1;
                kind.1 += 1;
            }
            Ok(None) => survivors.push(format!("seed {n}: {what} at {}", place(&original, site))),
            Err(problem) => problems.push(problem),
        }
    }
    println!(
        "{name}: {killed} of {tried} mutants killed by {} samples; rows, states, constants, tables, core, kernel: {tally:?}; survivors:\n{}",
        samples.len(),
        survivors.join("\n")
    );
    none(&problems);
    assert!(
        tried > 0 && killed * 100 >= tried * KILLED,
        "{killed} of {tried} mutants killed"
    );
}

#[test]
fn mutants_of_qoi() {
    mutants("qoi", Format::Qoi, 20);
}

#[test]
fn mutants_of_png() {
    mutants("png", Format::Png, 21);
}

#[test]
fn mutants_of_jpeg() {
    mutants("jpeg", Format::Jpeg, 22);
}
