//! `orrery check`: compiles a program directory and explains its mistakes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use orrery_emulator::{Compiled, Config, Program};
use orrery_shared::source::Diagnostic;
use serde_json::{Map, Value, json};

use crate::cli::CheckArgs;
use crate::say::{self, colour, print};
use crate::session::{self, Failure, exit};
use crate::{diagnostics, library};

/// Checks once, or again whenever a file changes.
pub fn run(args: &CheckArgs) -> Result<i32, Failure> {
    if !args.watch {
        return once(args);
    }
    let mut seen = None;
    loop {
        let now = Some(state(&args.dir));
        if seen != now {
            seen = now;
            if let Err(failure) = once(args) {
                say::note(failure.message.trim_end());
            }
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// What changes when a file is saved, added, renamed or removed.
fn state(dir: &Path) -> Vec<(PathBuf, SystemTime, u64)> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|e| {
            let about = e.metadata().ok()?;
            Some((e.path(), about.modified().ok()?, about.len()))
        })
        .collect();
    files.sort();
    files
}

fn once(args: &CheckArgs) -> Result<i32, Failure> {
    let found = library::read(&args.dir).map_err(Failure::usage)?;
    let config = session::config(&args.machine)?;
    let result = fitting(&found, &config);
    let messages: &[Diagnostic] = match &result {
        Ok(compiled) => &compiled.warnings,
        Err(errors) => errors,
    };
    let code = if result.is_ok() {
        exit::OK
    } else {
        exit::USAGE
    };
    if args.json {
        let document = json!({
            "schema": "orrery-check/1",
            "exit": code,
            "diagnostics": diagnostics::to_json(messages, &found.sources),
            "parameters": result.as_ref().map_or(json!({}), |c| parameters(&c.program).into()),
        });
        print(&format!("{document:#}"));
        return Ok(code);
    }
    say::raw(diagnostics::render(messages, &found.sources, colour()));
    if let Ok(compiled) = &result {
        print(&sizes(&found.name, compiled));
        for (name, default) in parameters(&compiled.program) {
            print(&format!("parameter {name}, {default} unless given"));
        }
        if args.listing {
            for line in &compiled.listing {
                print(&line.to_string());
            }
        }
    }
    Ok(code)
}

/// A program that compiles and does not ask for what the machine never does.
///
/// # Errors
/// What is wrong with it.
pub fn fitting(found: &library::Found, config: &Config) -> Result<Compiled, Vec<Diagnostic>> {
    let compiled = Program::compile(&found.name, &found.sources)?;
    let refused = compiled.program.refused(config, &found.sources);
    if refused.is_empty() {
        Ok(compiled)
    } else {
        Err(refused)
    }
}

/// Parameters of a program with their defaults.
pub fn parameters(program: &Program) -> Map<String, Value> {
    let all = program.parsing.parameters.iter();
    all.map(|p| (p.name.clone(), json!(p.default))).collect()
}

fn sizes(name: &str, compiled: &Compiled) -> String {
    let p = &compiled.program;
    format!(
        "{name}: fine: {} rows and {} states for the Parsing Unit, {} words for the core, {} for the Compositor",
        p.parsing.rows.len(),
        p.parsing.states.len(),
        p.core.words.len(),
        p.kernel.words.len()
    )
}
