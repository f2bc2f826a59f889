//! The window: the picture, the machine beside it, single steps (`docs/window.md`).
//!
//! * `stepper`: the machine, run up to one horizon after another;
//! * `view`, `picture`: where the picture lies and how it is drawn;
//! * `canvas`: a frame buffer with text;
//! * `paint`, `panel`: what is drawn on it;
//! * `commands`, `script`: what keys and scripts can say;
//! * `app`: all of this together, without a window;
//! * `shell`: the window.

mod app;
mod canvas;
mod commands;
mod paint;
mod panel;
mod picture;
mod script;
mod shell;
mod stepper;
#[cfg(test)]
mod tests;
mod view;

use std::path::Path;

use app::App;
use orrery_emulator::Clock;
use script::Player;
use shell::Shell;
use stepper::Stepper;

use crate::cli::DebugArgs;
use crate::commands::run::tell;
use crate::say::note;
use crate::session::{self, Failure, Job, exit};

/// Why no window was shown.
#[derive(Debug)]
pub enum Unavailable {
    /// There is no display, or it cannot be opened.
    NoDisplay(String),
    /// The run itself failed.
    Failed(Failure),
}

/// Size of a window at first.
const SIZE: (usize, usize) = (1280, 800);

/// Opens the window on a job, the machine running, and returns the exit code.
///
/// # Errors
/// If there is no display, or the machine cannot be loaded.
pub fn show(job: &Job<'_>, file: &Path, as_stored: bool) -> Result<i32, Unavailable> {
    let mut stepper = Stepper::load(job).map_err(Unavailable::Failed)?;
    stepper.as_stored = as_stored;
    let title = title(file);
    let shell = Shell::open(&format!("{title} - orrery"), SIZE).map_err(Unavailable::NoDisplay)?;
    let mut app = App::new(stepper, title, SIZE, text_size());
    app.paused = app.stepper.ended();
    shell::live(&mut app, Some(shell), None);
    app.stepper.refresh();
    let finished = app.stepper.run();
    if !app.stepper.ended() {
        // Closing the window of a run that is still going on is no failure.
        return Ok(exit::OK);
    }
    tell(file, finished);
    Ok(crate::commands::run::exit_code(finished))
}

/// `orrery debug`: the window with the panel open at cycle 0, or a script.
///
/// # Errors
/// Wrong usage, an input that cannot be read, no display.
pub fn debug(args: &DebugArgs) -> Result<i32, Failure> {
    let script = args.script.as_deref().map(read_script).transpose()?;
    let config = session::config(&args.machine)?;
    let params = session::parameters(&args.params)?;
    let bytes = session::input(&args.file)?;
    let job = Job {
        config: &config,
        program: args.program.as_deref(),
        params: &params,
        redraw: false,
        bytes,
        clock: Clock::Exact,
        max_cycles: None,
    };
    let stepper = Stepper::load(&job)?;
    let title = title(&args.file);
    let size = script
        .as_ref()
        .and_then(|(script, _)| script.size)
        .unwrap_or(SIZE);
    let shell = open(&title, size, script.is_some())?;
    let text = if script.is_some() { 1 } else { text_size() };
    let mut app = App::new(stepper, title, size, text);
    app.panel = true;
    let player = script.map(|(script, file)| Player::new(script, file));
    Ok(shell::live(&mut app, shell, player))
}

/// The window; none for a script where there is no display.
fn open(title: &str, size: (usize, usize), is_script: bool) -> Result<Option<Shell>, Failure> {
    let shell = if has_display() {
        Shell::open(&format!("{title} - orrery debug"), size)
    } else {
        Err("DISPLAY is not set".into())
    };
    match shell {
        Ok(shell) => {
            if is_script {
                note("the script runs in a window");
            }
            Ok(Some(shell))
        }
        Err(why) if is_script => {
            note(format_args!(
                "the script runs on a canvas without a window ({why})"
            ));
            Ok(None)
        }
        Err(why) => Err(Failure::usage(format!(
            "no window ({why}); --script needs none"
        ))),
    }
}

fn read_script(file: &Path) -> Result<(script::Script, &Path), Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
    script::parse(&text, file)
        .map(|script| (script, file))
        .map_err(Failure::usage)
}

fn has_display() -> bool {
    std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty())
}

fn title(file: &Path) -> String {
    file.file_name().map_or_else(
        || "standard input".into(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The desktop's whole-number scale for screens with small pixels, as its other programs are told it.
fn text_size() -> usize {
    let told = std::env::var("GDK_SCALE")
        .ok()
        .and_then(|scale| scale.parse().ok());
    told.filter(|scale| (1..=3).contains(scale)).unwrap_or(1)
}
