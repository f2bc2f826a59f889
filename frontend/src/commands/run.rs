//! `orrery run`.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use orrery_emulator::report::Verdict;
use orrery_emulator::{Config, Frame};
use serde_json::{Value, json};

use crate::cli::{ClockArg, RunArgs};
use crate::say::note;
pub use crate::say::print;
use crate::session::{self, Failure, Finished, Job, exit};
use crate::{picture, say, stats, trace, watch, window};

/// Version of the JSON document's layout.
const SCHEMA: &str = "orrery-run/1";

/// Runs every file; the exit code is the worst.
pub fn run(args: &RunArgs) -> Result<i32, Failure> {
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

fn every_file(args: &RunArgs, documents: &mut Vec<Value>) -> Result<i32, Failure> {
    let range = usable(args)?;
    let config = session::config(&args.machine)?;
    let params = parameters(args)?;
    let stems = picture::stems(&args.files);
    let mut worst = exit::OK;
    for (file, stem) in args.files.iter().zip(&stems) {
        if watch::interrupted() {
            note(format_args!("{}: not run any more", file.display()));
            worst = worst.max(exit::LIMIT);
            continue;
        }
        match one(args, &config, &params, (file, stem), range.as_ref()) {
            Ok((code, document)) => {
                worst = worst.max(code);
                documents.push(document);
            }
            Err(failure) if failure.code == exit::USAGE => return Err(failure),
            Err(failure) => {
                note(about(file, &failure.message));
                documents.push(json!({ "file": file.display().to_string(), "exit": failure.code, "error": failure.message }));
                worst = worst.max(failure.code);
            }
        }
    }
    Ok(worst)
}

/// Refuses what does not go together or is not there yet.
fn usable(args: &RunArgs) -> Result<Option<Range<usize>>, Failure> {
    if args.clock == ClockArg::Off {
        let needs = [
            ("--max-cycles", args.max_cycles.is_some()),
            ("--trace", args.trace.is_some()),
        ];
        if let Some((option, _)) = needs.iter().find(|(_, given)| *given) {
            return Err(Failure::usage(format!(
                "{option} needs a clock: with --clock off there are no cycles"
            )));
        }
    }
    let later = [
        (
            "--planes",
            args.planes.is_some(),
            "planes are those of video",
        ),
        ("--audio", args.audio.is_some(), "there is no sound in them"),
    ];
    if let Some((option, _, why)) = later.iter().find(|(_, given, _)| *given) {
        return Err(Failure::usage(format!(
            "{option} is not supported yet: the programs so far decode still pictures, and {why}"
        )));
    }
    if args.files.len() > 1 {
        let single = [
            ("--stats", args.stats.is_some()),
            ("--trace", args.trace.is_some()),
            (
                "--out with a file name",
                args.out.as_deref().is_some_and(|p| !picture::is_folder(p)),
            ),
        ];
        if let Some((option, _)) = single.iter().find(|(_, given)| *given) {
            return Err(Failure::usage(format!(
                "{option} takes one input; there are {}{}",
                args.files.len(),
                if option.starts_with("--out") {
                    ", whose pictures go into a directory: --out DIR/"
                } else {
                    ""
                }
            )));
        }
    }
    if let Some(out) = &args.out {
        picture::writable(out).map_err(Failure::usage)?;
    }
    args.frames.as_deref().map(frame_range).transpose()
}

/// The program's parameters; `--scale 1/N` is parameter `scale` with the value N.
fn parameters(args: &RunArgs) -> Result<Vec<(String, u32)>, Failure> {
    let mut params = session::parameters(&args.params)?;
    let Some(scale) = args.scale.as_deref().filter(|s| *s != "1") else {
        return Ok(params);
    };
    if params.iter().any(|(name, _)| name == session::SCALE) {
        return Err(Failure::usage("--scale and --param scale say the same"));
    }
    let denominator = scale.rsplit('/').next().and_then(|n| n.parse().ok());
    params.push((session::SCALE.to_owned(), denominator.unwrap_or(1)));
    Ok(params)
}

fn one(
    args: &RunArgs,
    config: &Config,
    params: &[(String, u32)],
    (file, stem): (&Path, &str),
    range: Option<&Range<usize>>,
) -> Result<(i32, Value), Failure> {
    let bytes = session::input(file)?;
    let mut job = Job {
        config,
        program: args.program.as_deref(),
        params,
        redraw: wants_window(args),
        bytes: Arc::clone(&bytes),
        clock: args.clock.into(),
        max_cycles: args.max_cycles,
    };
    if wants_window(args) {
        match window::show(&job, file, args.no_orient) {
            Ok(code) => {
                return Ok((
                    code,
                    json!({ "file": file.display().to_string(), "exit": code }),
                ));
            }
            Err(window::Unavailable::NoDisplay(why)) => {
                note(format_args!("no window ({why}); going on without"));
                job.redraw = false;
            }
            Err(window::Unavailable::Failed(failure)) => return Err(failure),
        }
    }
    watch::catch_interrupts();
    let finished = match &args.trace {
        None => session::run(&job)?,
        Some(path) => traced(&job, path)?,
    };
    let code = exit_code(&finished);
    let frames: Vec<(usize, &Frame)> = finished
        .frames
        .iter()
        .enumerate()
        .filter(|(n, _)| range.is_none_or(|r| r.contains(n)))
        .collect();
    tell(file, &finished);
    if let (Some(text), true) = (&args.frames, frames.is_empty()) {
        let there = match finished.frames.len() {
            0 => "it has none".to_owned(),
            1 => "it has one, frame 0".to_owned(),
            n => format!("it has {n}, frames 0 to {}", n - 1),
        };
        note(format_args!(
            "{}: no frame is taken by --frames {text}: {there}",
            file.display()
        ));
    }
    if let Some(out) = &args.out {
        // Several inputs share a directory.
        let stem = (args.files.len() > 1).then_some(stem);
        let shown: Vec<(usize, Cow<'_, Frame>)> = frames
            .iter()
            .map(|&(n, frame)| match args.no_orient {
                true => (n, Cow::Borrowed(frame)),
                false => (n, picture::turned(frame)),
            })
            .collect();
        let written = picture::write_all(&shown, out, stem).map_err(Failure::usage)?;
        if written.is_empty() && args.frames.is_none() {
            note(format_args!("{}: no frame to write", file.display()));
        }
    }
    // Large pictures take their time: only what somebody wants.
    let mut hashes = Vec::new();
    if args.hash || args.json {
        hashes.extend(frames.iter().map(|(_, frame)| picture::hash(frame)));
    }
    if args.hash && !args.json {
        for ((n, frame), hash) in frames.iter().zip(&hashes) {
            print(&format!("{hash}  {}x{}  {n}", frame.width, frame.height));
        }
    }
    let report = stats::document(&finished, config, file, &bytes);
    if let Some(path) = &args.stats {
        std::fs::write(path, format!("{report:#}\n"))
            .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    }
    let is_quiet = args.hash || args.json || args.stats.is_some() || args.trace.is_some();
    if args.out.is_none() && !is_quiet {
        print(&stats::summary(&finished, file));
    }
    let shown: Vec<Value> = frames
        .iter()
        .zip(hashes)
        .map(|((n, f), hash)| {
            json!({ "frame": n, "width": f.width, "height": f.height, "complete": f.complete,
                    "complete_rows": f.complete_rows, "sha256": hash })
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

/// Runs a job and writes its trace.
fn traced(job: &Job<'_>, path: &Path) -> Result<Finished, Failure> {
    let fail = |e: std::io::Error| Failure::usage(format!("{}: {e}", path.display()));
    session::run_with(job, |machine| {
        let mut out = BufWriter::new(File::create(path).map_err(fail)?);
        trace::run(machine, job.max_cycles, &mut out).map_err(fail)
    })
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
        note(format_args!(
            "{name}: warning: {} (at input byte {})",
            warning.message, warning.offset
        ));
    }
    if report.more_warnings > 0 {
        note(format_args!(
            "{name}: {} more warnings",
            report.more_warnings
        ));
    }
    if !report.headline.is_empty() {
        note(format_args!("{name}: {}", report.headline));
    }
    for trap in report.traps.iter().skip(1) {
        note(format_args!("{name}: also {trap}"));
    }
    for frame in finished.frames.iter().filter(|f| !f.complete) {
        let (rows, height) = (frame.complete_rows, frame.height);
        let text = match rows < height {
            true => format!("the picture is incomplete: {rows} of {height} rows"),
            false => format!("the picture was not finished, though all {height} rows are there"),
        };
        let more = match frame.shown_rows {
            shown if shown > rows => format!("; {shown} are shown, not final"),
            _ => String::new(),
        };
        note(format_args!("{name}: {text}{more}"));
    }
}

/// A message about a file, with its name in front unless it begins with that.
pub fn about(file: &Path, message: &str) -> String {
    let (name, message) = (file.display().to_string(), message.trim_end());
    if message.starts_with(&format!("{name}: ")) {
        return message.to_owned();
    }
    format!("{name}: {message}")
}

fn wants_window(args: &RunArgs) -> bool {
    let other_output = args.headless
        || args.hash
        || args.json
        || args.out.is_some()
        || args.stats.is_some()
        || args.trace.is_some();
    !other_output
        && args.max_cycles.is_none()
        && std::env::var_os("DISPLAY").is_some_and(|d| !d.is_empty())
}

fn frame_range(text: &str) -> Result<Range<usize>, Failure> {
    let parse = || {
        let (a, b) = text.split_once("..")?;
        let range = a.parse().ok()?..b.parse().ok()?;
        (range.start <= range.end).then_some(range)
    };
    parse().ok_or_else(|| {
        Failure::usage(format!(
            "--frames {text}: write A..B, frames A up to and without B, counted from 0"
        ))
    })
}
