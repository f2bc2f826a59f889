//! `orrery verify`: the machine against the reference decoders.

mod references;

use std::path::Path;
use std::sync::Arc;

use orrery_emulator::{Config, Frame};
use orrery_metrics::View;
use orrery_reference::{Backend, Picture, ReferenceError, backends};
use serde_json::{Value, json};

use super::run::{exit_code, print, tell};
use crate::cli::VerifyArgs;
use crate::picture;
use crate::say;
use crate::session::{self, Failure, Job, exit};

/// Version of the JSON document's layout.
const SCHEMA: &str = "orrery-verify/1";

/// Compares every file; the exit code is the worst.
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
                say::note(format_args!("{}: {message}", file.display()));
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

fn one(args: &VerifyArgs, config: &Config, file: &Path) -> Result<(i32, Value), Failure> {
    let bytes = session::input(file)?;
    if args.program.is_none() && references::only(&bytes) {
        return references::compare(args, file, &bytes);
    }
    let job = Job {
        config,
        program: args.program.as_deref(),
        params: &[],
        bytes: Arc::clone(&bytes),
        clock: args.clock.into(),
        max_cycles: None,
    };
    let finished = session::run(&job)?;
    tell(file, &finished);
    let machine_code = exit_code(&finished);
    let frame = finished.frames.first();
    let (mut differs, mut refused) = (false, false);
    let mut results = Vec::new();
    let chosen = backends()
        .iter()
        .filter(|b| b.sniff(&bytes) && args.backend.as_deref().is_none_or(|n| n == b.name()));
    for backend in chosen {
        let (verdict, text) = against(*backend, frame, machine_code, &bytes);
        if !args.json {
            print(&format!("{}: {}: {text}", file.display(), backend.name()));
        }
        if verdict == Verdict::Differs {
            differs = true;
            if let (Some(out), Some(frame)) = (&args.out, frame) {
                write_difference(*backend, frame, &bytes, out)?;
            }
        } else if verdict == Verdict::BothRefuse {
            refused = true;
        }
        results.push(json!({ "backend": backend.name(), "verdict": verdict.name(), "text": text }));
    }
    if results.is_empty() {
        return Err(Failure {
            code: exit::BAD_INPUT,
            message: "no reference decoder knows this file".into(),
        });
    }
    // A difference is what was asked about; that the file is damaged comes second.
    let code = match (differs, refused) {
        (true, _) => exit::MISMATCH,
        (false, true) => exit::BAD_INPUT,
        (false, false) => exit::OK,
    };
    Ok((
        code,
        json!({ "file": file.display().to_string(), "exit": code, "results": results }),
    ))
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Equal,
    Differs,
    BothRefuse,
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Differs => "differs",
            Verdict::BothRefuse => "both refuse",
        }
    }
}

fn against(
    backend: &dyn Backend,
    frame: Option<&Frame>,
    machine_code: i32,
    bytes: &[u8],
) -> (Verdict, String) {
    match (backend.decode(bytes), frame) {
        (Ok(picture), Some(frame)) if frame.complete => compare(frame, &picture),
        (Ok(_), _) => (
            Verdict::Differs,
            "the reference decodes it, the machine does not".into(),
        ),
        (
            Err(ReferenceError::Incomplete {
                picture,
                complete_rows,
                message,
            }),
            Some(frame),
        ) if machine_code != 0 => {
            let rows = complete_rows.min(frame.complete_rows);
            let n = picture.width as usize * rows as usize * 4;
            if frame.width == picture.width && frame.rgba.get(..n) == picture.rgba.get(..n) {
                (
                    Verdict::BothRefuse,
                    format!("both say it is incomplete ({message}); {rows} common rows are equal"),
                )
            } else {
                (
                    Verdict::Differs,
                    format!("incomplete ({message}), and the rows that both have differ"),
                )
            }
        }
        (Err(e), _) if machine_code != 0 => (
            Verdict::BothRefuse,
            format!("both refuse it; the reference says: {e}"),
        ),
        (Err(e), _) => (
            Verdict::Differs,
            format!("the machine decodes it, the reference refuses it: {e}"),
        ),
    }
}

fn compare(frame: &Frame, picture: &Picture) -> (Verdict, String) {
    let compared = View::new(frame.width, frame.height, &frame.rgba)
        .and_then(|ours| {
            View::new(picture.width, picture.height, &picture.rgba).map(|theirs| (ours, theirs))
        })
        .and_then(|(ours, theirs)| {
            let comparison = orrery_metrics::compare(ours, theirs)?;
            if comparison.is_equal() {
                return Ok((
                    Verdict::Equal,
                    format!("equal, {}x{}", frame.width, frame.height),
                ));
            }
            let psnr = orrery_metrics::psnr(ours, theirs)?;
            let ssim = orrery_metrics::ssim(ours, theirs, orrery_metrics::Plane::Luma)?;
            Ok((
                Verdict::Differs,
                format!("{comparison}; PSNR {:.2} dB, SSIM {ssim:.5}", psnr.rgba),
            ))
        });
    compared.unwrap_or_else(|e| (Verdict::Differs, e.to_string()))
}

fn write_difference(
    backend: &dyn Backend,
    frame: &Frame,
    bytes: &[u8],
    out: &Path,
) -> Result<(), Failure> {
    let fail = |message: String| Failure {
        code: exit::MISMATCH,
        message,
    };
    let Ok(picture) = backend.decode(bytes) else {
        return Ok(());
    };
    let ours =
        View::new(frame.width, frame.height, &frame.rgba).map_err(|e| fail(e.to_string()))?;
    let theirs =
        View::new(picture.width, picture.height, &picture.rgba).map_err(|e| fail(e.to_string()))?;
    let rgba = orrery_metrics::difference(ours, theirs, 8).map_err(|e| fail(e.to_string()))?;
    picture::write(
        &Frame {
            rgba,
            ..frame.clone()
        },
        out,
    )
    .map_err(fail)
}
