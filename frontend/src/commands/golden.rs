//! `orrery golden`: golden-output cases, one folder each: an input, `case.toml` with what
//! is expected: frame hash, rows, exit code, and cycle counts, tolerance zero.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Config, Frame};
use orrery_reference::{Backend, ReferenceError, backends};
use serde::{Deserialize, Serialize};

use super::run::exit_code;
use crate::cli::GoldenArgs;
use crate::picture;
use crate::say::print;
use crate::session::{self, Failure, Finished, Job, exit};

/// `case.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is special about the input.
    about: String,
    /// Input file in the folder.
    input: String,
    /// Program; absent: chosen by sniffing.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// The case is known to fail; it must not pass.
    #[serde(default, skip_serializing_if = "is_false")]
    known_failure: bool,
    /// What is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<Expect>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(b: &bool) -> bool {
    !*b
}

/// What a run gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Exit code.
    exit: i32,
    /// Code of the first trap.
    #[serde(skip_serializing_if = "Option::is_none")]
    trap: Option<String>,
    /// `WxH`, if a frame was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    /// Complete rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u32>,
    /// Of the RGBA bytes, missing rows as transparent black.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Total cycles of the default machine.
    cycles: u64,
    /// Busy cycles by process; those that did nothing are left out, so that a new one changes no case.
    busy: BTreeMap<String, u64>,
}

impl Expect {
    fn of(finished: &Finished) -> Expect {
        let frame = finished.frames.first();
        Expect {
            exit: exit_code(finished),
            trap: finished
                .report
                .traps
                .first()
                .map(|t| t.code.code().to_owned()),
            size: frame.map(|f| format!("{}x{}", f.width, f.height)),
            rows: frame.map(|f| f.complete_rows),
            sha256: frame.map(picture::hash),
            cycles: finished.outcome.total,
            busy: process::NAMES
                .iter()
                .zip(&finished.outcome.processes)
                .filter(|(_, p)| p.busy > 0)
                .map(|(name, p)| ((*name).to_owned(), p.busy))
                .collect(),
        }
    }

    /// The parts that do not depend on time.
    fn values(&self) -> Expect {
        Expect {
            cycles: 0,
            busy: BTreeMap::new(),
            ..self.clone()
        }
    }
}

/// Runs the cases of a folder; exit code 1 if any fails.
pub fn run(args: &GoldenArgs) -> Result<i32, Failure> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&args.cases)
        .map_err(|e| Failure::usage(format!("{}: {e}", args.cases.display())))?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.join("case.toml").is_file())
        .collect();
    folders.sort();
    let (mut ran, mut failed, mut skipped) = (0, 0, 0);
    for folder in folders {
        let name = folder
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        if args.filter.as_deref().is_some_and(|f| !name.contains(f)) {
            skipped += 1;
            continue;
        }
        ran += 1;
        if let Err(why) = one(&folder, args.bless) {
            failed += 1;
            print(&format!("golden: {name}: {why}"));
        }
    }
    print(&format!(
        "golden: {ran} cases ran, {failed} failed, {skipped} left out by the filter"
    ));
    if ran == 0 {
        return Err(Failure::usage("no golden case ran"));
    }
    Ok(if failed == 0 {
        exit::OK
    } else {
        exit::MISMATCH
    })
}

fn one(folder: &Path, bless: bool) -> Result<(), String> {
    let path = folder.join("case.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
    let mut case: Case = toml::from_str(&text).map_err(|e| e.to_string())?;
    let bytes: Arc<[u8]> = std::fs::read(folder.join(&case.input))
        .map_err(|e| format!("{}: {e}", case.input))?
        .into();
    let exact = finish(&case, &bytes, Clock::Exact)?;
    let got = Expect::of(&exact);
    for clock in [Clock::Off, Clock::Lockstep] {
        let other = Expect::of(&finish(&case, &bytes, clock)?);
        let same = if clock == Clock::Off {
            other.values() == got.values()
        } else {
            other == got
        };
        if !same {
            return Err(format!(
                "the clocks disagree; exact against {}: {}",
                clock.name(),
                difference(&got, &other)
            ));
        }
    }
    if bless {
        confirm(&exact, &bytes)?;
        if case.expect.as_ref() != Some(&got) {
            case.expect = Some(got);
            let text = toml::to_string(&case).map_err(|e| e.to_string())?;
            std::fs::write(&path, text).map_err(|e| e.to_string())?;
        }
        return Ok(());
    }
    let passed = case.expect.as_ref() == Some(&got);
    match (passed, case.known_failure) {
        (true, false) | (false, true) => Ok(()),
        (true, true) => Err("passes now: take `known_failure` out of case.toml".into()),
        (false, false) => match case.expect {
            None => Err("has no expectation yet: bless it".into()),
            Some(expect) => Err(difference(&expect, &got)),
        },
    }
}

/// The fields that differ, in words.
fn difference(expected: &Expect, got: &Expect) -> String {
    let fields = |e: &Expect| -> toml::Table { toml::Table::try_from(e).unwrap_or_default() };
    let (expected, got) = (fields(expected), fields(got));
    let mut names: Vec<&String> = expected.keys().chain(got.keys()).collect();
    names.sort();
    names.dedup();
    let text = |v: Option<&toml::Value>| v.map_or("nothing".into(), ToString::to_string);
    let differing = names.into_iter().filter_map(|name| {
        let (e, g) = (expected.get(name), got.get(name));
        (e != g).then(|| format!("{name}: expected {}, got {}", text(e), text(g)))
    });
    differing.collect::<Vec<_>>().join("; ")
}

fn finish(case: &Case, bytes: &Arc<[u8]>, clock: Clock) -> Result<Finished, String> {
    let config = Config::default();
    let job = Job {
        config: &config,
        program: case.program.as_deref(),
        params: &[],
        redraw: false,
        bytes: Arc::clone(bytes),
        clock,
        max_cycles: None,
    };
    session::run(&job).map_err(|f| f.message)
}

/// An expectation enters only beside an equal one of a reference: some decoder that gives the
/// same picture, or refuses the file as the machine does, with equal complete rows.
fn confirm(finished: &Finished, bytes: &[u8]) -> Result<(), String> {
    let frame = finished.frames.first();
    let refused = exit_code(finished) != exit::OK;
    let mut reasons = Vec::new();
    for backend in backends().iter().filter(|b| b.sniff(bytes)) {
        let reason = match (backend.decode(bytes), frame) {
            (Ok(p), Some(f))
                if !refused && p.rgba == f.rgba && (p.width, p.height) == (f.width, f.height) =>
            {
                return Ok(());
            }
            (Ok(_), _) => "decodes it to something else".to_owned(),
            (Err(e), _) if !refused => format!("refuses it: {e}"),
            (Err(_), Some(f)) if f.complete_rows > 0 => {
                let offset = finished.report.traps.first().map(|t| t.offset as usize);
                if any_has_rows(*backend, bytes, offset.unwrap_or(bytes.len()), f) {
                    return Ok(());
                }
                format!("does not give these {} rows", f.complete_rows)
            }
            (Err(_), _) => return Ok(()),
        };
        reasons.push(format!("{} {reason}", backend.name()));
    }
    if reasons.is_empty() {
        reasons.push("none knows the file".into());
    }
    Err(format!(
        "not blessed: no reference agrees ({})",
        reasons.join("; ")
    ))
}

/// Whether a decoder gives the rows that the machine says are there: of the file, or of what comes before
/// the place where the machine gave up, since some keep nothing of a piece with an error in it.
fn any_has_rows(backend: &dyn Backend, bytes: &[u8], offset: usize, frame: &Frame) -> bool {
    let before = (0..=8).filter_map(|n| bytes.get(..offset.checked_sub(n)?));
    std::iter::once(bytes).chain(before).any(|part| {
        let (rows, picture) = match backend.decode(part) {
            Ok(picture) => (picture.height, picture),
            Err(ReferenceError::Incomplete {
                picture,
                complete_rows,
                ..
            }) => (complete_rows, picture),
            Err(_) => return false,
        };
        let n = frame.width as usize * frame.complete_rows as usize * 4;
        rows >= frame.complete_rows
            && picture.width == frame.width
            && picture.rgba.get(..n) == frame.rgba.get(..n)
    })
}
