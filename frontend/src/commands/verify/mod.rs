//! `orrery verify`: the machine and every reference decoder that fits a file, side by side.
//!
//! All are compared with the *baseline*: the machine, or where no program knows the file the first
//! backend that does.

mod compare;
mod table;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orrery_emulator::{Config, Frame};
use orrery_reference::{Backend, Picture, backends};
use serde_json::{Value, json};

use compare::{Answer, Compared, Verdict};
use table::Line;

use super::run::{about, exit_code, tell};
use crate::cli::VerifyArgs;
use crate::picture;
use crate::say;
use crate::session::{self, Failure, Job, exit};

/// Version of the JSON document's layout.
const SCHEMA: &str = "orrery-verify/2";

/// Compares every file; the exit code is the worst.
///
/// # Errors
/// Wrong usage, and whatever keeps a file from being compared at all.
pub fn run(args: &VerifyArgs) -> Result<i32, Failure> {
    let mut documents = Vec::new();
    let result = every_file(args, &mut documents);
    if args.json {
        let (code, error) = match &result {
            Ok(code) => (*code, None),
            Err(failure) => (failure.code, Some(&failure.message)),
        };
        let mut document = json!({ "schema": SCHEMA, "exit": code, "files": documents });
        if let Some(error) = error {
            document["error"] = json!(error);
            document["diagnostics"] = session::diagnostics(args.program.as_deref());
        }
        say::document(&document);
    }
    result
}

fn every_file(args: &VerifyArgs, documents: &mut Vec<Value>) -> Result<i32, Failure> {
    if let Some(name) = &args.backend
        && !backends().iter().any(|b| b.name() == name)
    {
        let names: Vec<&str> = backends().iter().map(|b| b.name()).collect();
        return Err(Failure::usage(format!(
            "there is no backend `{name}`; there are: {}",
            names.join(", ")
        )));
    }
    if let Some(out) = &args.out {
        picture::writable(out).map_err(Failure::usage)?;
    }
    let config = session::config(&args.machine)?;
    let mut worst = exit::OK;
    for file in &args.files {
        let (code, document) = match one(args, &config, file) {
            Ok(result) => result,
            Err(failure) if failure.code == exit::USAGE => return Err(failure),
            Err(failure) => {
                let message = failure.message.trim_end();
                say::note(about(file, message));
                (
                    failure.code,
                    json!({ "file": file.display().to_string(), "exit": failure.code, "error": message }),
                )
            }
        };
        worst = worst.max(code);
        documents.push(document);
    }
    Ok(worst)
}

/// One decoder's answer, and how long it took.
struct Timed {
    answer: Answer,
    time: Duration,
}

fn one(args: &VerifyArgs, config: &Config, file: &Path) -> Result<(i32, Value), Failure> {
    let bytes = session::input(file)?;
    let fitting: Vec<&dyn Backend> = backends()
        .iter()
        .copied()
        .filter(|b| b.sniff(&bytes))
        .collect();
    let chosen: Vec<&dyn Backend> = fitting
        .iter()
        .copied()
        .filter(|b| args.backend.as_deref().is_none_or(|name| name == b.name()))
        .collect();
    if chosen.is_empty() {
        return Err(no_decoder(args.backend.as_deref(), &fitting));
    }
    let mut lines = Vec::new();
    let baseline = match machine(args, config, file, &bytes) {
        Ok((program, timed)) => {
            let name = format!("machine ({program})");
            lines.push(Line::baseline(
                &name,
                env!("CARGO_PKG_VERSION"),
                &timed.answer,
                timed.time,
            ));
            timed.answer
        }
        // No program knows it: the first backend takes the machine's place.
        Err(failure) if failure.code == exit::BAD_INPUT && args.program.is_none() => {
            let timed = ask(fitting[0], &bytes);
            lines.push(Line::baseline(
                fitting[0].name(),
                fitting[0].version(),
                &timed.answer,
                timed.time,
            ));
            timed.answer
        }
        Err(failure) => return Err(failure),
    };
    let ours = lines[0].name.clone();
    for backend in chosen.iter().filter(|b| b.name() != ours) {
        let timed = ask(*backend, &bytes);
        let compared = Compared::new(&baseline, &timed.answer);
        if compared.verdict == Verdict::Differs
            && let Some(out) = &args.out
        {
            compare::write_difference(&baseline, &timed.answer, out)?;
        }
        let exact = backend.formats().iter().all(|format| format.is_exact());
        lines.push(Line::compared(
            backend.name(),
            backend.version(),
            compared,
            exact,
            timed.time,
        ));
    }
    if !args.json {
        say::print(&table::render(&file.display().to_string(), &lines));
    }
    let any = |verdict| lines.iter().any(|line| line.verdict() == Some(verdict));
    // A difference is what was asked about; that the file is damaged comes second.
    let code = if any(Verdict::Differs) {
        exit::MISMATCH
    } else if any(Verdict::BothRefuse) || baseline.is_refusal() {
        exit::BAD_INPUT
    } else {
        exit::OK
    };
    let results: Vec<Value> = lines.iter().map(Line::to_json).collect();
    Ok((
        code,
        json!({ "file": file.display().to_string(), "exit": code, "results": results }),
    ))
}

fn no_decoder(name: Option<&str>, fitting: &[&dyn Backend]) -> Failure {
    let message = match name {
        Some(name) if !fitting.is_empty() => {
            let names: Vec<&str> = fitting.iter().map(|b| b.name()).collect();
            format!(
                "the backend `{name}` does not decode such files; these do: {}",
                names.join(", ")
            )
        }
        _ => "no reference decoder knows this file".into(),
    };
    Failure {
        code: exit::BAD_INPUT,
        message,
    }
}

/// What the machine makes of it, with the name of the program.
fn machine(
    args: &VerifyArgs,
    config: &Config,
    file: &Path,
    bytes: &Arc<[u8]>,
) -> Result<(String, Timed), Failure> {
    let job = Job {
        config,
        program: args.program.as_deref(),
        params: &[],
        redraw: false,
        bytes: Arc::clone(bytes),
        clock: args.clock.into(),
        max_cycles: None,
    };
    let start = Instant::now();
    let mut finished = session::run(&job)?;
    let time = start.elapsed();
    tell(file, &finished);
    let code = exit_code(&finished);
    let program = finished.machine.program().name.clone();
    let headline = finished.report.headline.clone();
    let frame = (!finished.frames.is_empty()).then(|| finished.frames.swap_remove(0));
    let answer = match frame {
        Some(frame) if frame.complete && code == exit::OK => Answer::Whole(picture_of(frame)),
        Some(frame) => Answer::Incomplete {
            rows: frame.complete_rows,
            picture: picture_of(frame),
            message: headline,
        },
        None => Answer::Refused(headline),
    };
    Ok((program, Timed { answer, time }))
}

fn picture_of(frame: Frame) -> Picture {
    Picture {
        width: frame.width,
        height: frame.height,
        rgba: frame.rgba,
    }
}

fn ask(backend: &dyn Backend, bytes: &[u8]) -> Timed {
    let start = Instant::now();
    let answer = backend.decode(bytes).into();
    Timed {
        answer,
        time: start.elapsed(),
    }
}
