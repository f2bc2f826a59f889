//! `orrery run`.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use orrery_emulator::report::Verdict;
use orrery_emulator::{Config, Frame};
use serde_json::{Value, json};

use crate::cli::{ClockArg, RunArgs};
use crate::session::{self, Failure, Finished, Job, exit};
use crate::{picture, stats, window};

/// Runs every file; the exit code is the worst.
pub fn run(args: &RunArgs) -> Result<i32, Failure> {
    if args.clock == ClockArg::Off && args.max_cycles.is_some() {
        return Err(Failure::usage(
            "--max-cycles needs a clock: with --clock off there are no cycles",
        ));
    }
    if let Some(param) = args.params.first() {
        return Err(Failure::usage(format!(
            "--param {param}: this program takes no parameters"
        )));
    }
    let range = args.frames.as_deref().map(frame_range).transpose()?;
    let config = session::config(&args.machine)?;
    let mut worst = exit::OK;
    let mut documents = Vec::new();
    for file in &args.files {
        match one(args, &config, file, range.as_ref()) {
            Ok((code, document)) => {
                worst = worst.max(code);
                documents.push(document);
            }
            Err(failure) if failure.code == exit::USAGE => return Err(failure),
            Err(failure) => {
                eprintln!("orrery: {}: {}", file.display(), failure.message.trim_end());
                documents.push(json!({ "file": file.display().to_string(), "exit": failure.code, "error": failure.message }));
                worst = worst.max(failure.code);
            }
        }
    }
    if args.json {
        let document = json!({ "schema": "orrery-run/1", "exit": worst, "files": documents });
        print(&format!("{document:#}"));
    }
    Ok(worst)
}

fn one(
    args: &RunArgs,
    config: &Config,
    file: &Path,
    range: Option<&std::ops::Range<usize>>,
) -> Result<(i32, Value), Failure> {
    let bytes = session::input(file)?;
    let job = Job {
        config,
        program: args.program.as_deref(),
        bytes: Arc::clone(&bytes),
        clock: args.clock.into(),
        max_cycles: args.max_cycles,
    };
    if wants_window(args) {
        match window::show(&job, file) {
            Ok(code) => {
                return Ok((
                    code,
                    json!({ "file": file.display().to_string(), "exit": code }),
                ));
            }
            Err(window::Unavailable::NoDisplay(why)) => {
                eprintln!("orrery: no window ({why}); going on without")
            }
            Err(window::Unavailable::Failed(failure)) => return Err(failure),
        }
    }
    let finished = session::run(&job)?;
    let code = exit_code(&finished);
    let frames: Vec<(usize, Frame)> = finished
        .frames
        .iter()
        .cloned()
        .enumerate()
        .filter(|(n, _)| range.is_none_or(|r| r.contains(n)))
        .collect();
    tell(file, &finished);
    if let Some(out) = &args.out {
        let written = picture::write_all(&frames, out).map_err(|message| Failure {
            code: exit::BAD_INPUT,
            message,
        })?;
        if written.is_empty() {
            eprintln!("orrery: {}: no frame to write", file.display());
        }
    }
    if args.hash && !args.json {
        for (n, frame) in &frames {
            print(&format!(
                "{}  {}x{}  {n}",
                picture::hash(frame),
                frame.width,
                frame.height
            ));
        }
    }
    let report = stats::document(&finished, config, file, &bytes);
    if let Some(path) = &args.stats {
        std::fs::write(path, format!("{report:#}\n")).map_err(|e| Failure {
            code: exit::USAGE,
            message: format!("{}: {e}", path.display()),
        })?;
    }
    if args.out.is_none() && !args.hash && !args.json && args.stats.is_none() {
        print(&stats::summary(&finished, file));
    }
    let shown: Vec<Value> = frames
        .iter()
        .map(|(n, f)| {
            json!({ "frame": n, "width": f.width, "height": f.height, "complete": f.complete,
                    "complete_rows": f.complete_rows, "sha256": picture::hash(f) })
        })
        .collect();
    let document = json!({
        "file": file.display().to_string(),
        "exit": code,
        "frames": shown,
        "headline": finished.report.headline,
        "traps": stats::traps(&finished),
        "warnings": stats::warnings(&finished),
        "stats": report,
    });
    Ok((code, document))
}

/// The exit code of a finished run.
pub fn exit_code(finished: &Finished) -> i32 {
    match finished.report.verdict {
        Verdict::Complete => exit::OK,
        Verdict::Bad => exit::BAD_INPUT,
        Verdict::Limit => exit::LIMIT,
    }
}

/// Warnings and traps, to standard error.
pub fn tell(file: &Path, finished: &Finished) {
    let name = file.display();
    let report = &finished.report;
    for warning in &report.warnings {
        eprintln!(
            "orrery: {name}: warning: {} (at input byte {})",
            warning.message, warning.offset
        );
    }
    if report.more_warnings > 0 {
        eprintln!("orrery: {name}: {} more warnings", report.more_warnings);
    }
    if !report.headline.is_empty() {
        eprintln!("orrery: {name}: {}", report.headline);
    }
    for trap in report.traps.iter().skip(1) {
        eprintln!("orrery: {name}: also {trap}");
    }
    for frame in finished.frames.iter().filter(|f| !f.complete) {
        eprintln!(
            "orrery: {name}: the picture is incomplete: {} of {} rows",
            frame.complete_rows, frame.height
        );
    }
}

fn wants_window(args: &RunArgs) -> bool {
    let other_output =
        args.headless || args.hash || args.json || args.out.is_some() || args.stats.is_some();
    !other_output
        && args.max_cycles.is_none()
        && std::env::var_os("DISPLAY").is_some_and(|d| !d.is_empty())
}

fn frame_range(text: &str) -> Result<std::ops::Range<usize>, Failure> {
    let parse = || {
        let (a, b) = text.split_once("..")?;
        Some(a.parse().ok()?..b.parse().ok()?)
    };
    parse().ok_or_else(|| Failure::usage(format!("--frames {text}: write A..B, B excluded")))
}

/// Prints a line; a closed pipe is no error.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Whether messages may use colour.
pub fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
