//! Scripts: commands from a file, one on a line, and their player.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::app::App;
use super::commands::{self, Command};
use crate::say::note;
use crate::session::exit;

/// A script that has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Size of the window, if the first command says it.
    pub size: Option<(usize, usize)>,
    /// The other commands with their line numbers.
    pub commands: Vec<(usize, Command)>,
}

/// Reads a script. Empty lines and lines that start with `#` are skipped.
///
/// # Errors
/// The first mistake, with file and line.
pub fn parse(text: &str, file: &Path) -> Result<Script, String> {
    let mut script = Script::default();
    for (n, line) in text
        .lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line.trim()))
    {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |message: String| format!("{}:{n}: {message}", file.display());
        match commands::parse(line).map_err(at)? {
            Command::Size(w, h) if script.commands.is_empty() => script.size = Some((w, h)),
            Command::Size(..) => return Err(at("`size` must be the first command".into())),
            command => script.commands.push((n, command)),
        }
    }
    Ok(script)
}

/// Plays a script, a command at a time, so that a window can live meanwhile.
#[derive(Debug)]
pub struct Player {
    file: PathBuf,
    commands: VecDeque<(usize, Command)>,
    until: Option<Instant>,
}

impl Player {
    /// A player at the start of a script.
    pub fn new(script: Script, file: &Path) -> Player {
        Player {
            file: file.to_owned(),
            commands: script.commands.into(),
            until: None,
        }
    }

    /// Whether the script leaves the window to its user for now.
    pub fn is_waiting(&self) -> bool {
        self.until.is_some()
    }

    /// Goes on once the last command is done; the exit code when the script is over.
    pub fn play(&mut self, app: &mut App) -> Option<i32> {
        if let Some(until) = self.until {
            if Instant::now() < until && !app.quit {
                return None;
            }
            self.until = None;
            // The user is done with the window; the script is not.
            app.quit = false;
        }
        // A command that moves the machine is done when the machine is there; one that
        // lets it go on by itself is done at once.
        while !app.stepper.is_going() {
            let Some((line, command)) = self.commands.pop_front() else {
                return Some(exit::OK);
            };
            if let Command::Wait(n) = command {
                self.until = Some(Instant::now() + Duration::from_millis(n));
                return None;
            }
            if let Err(message) = app.execute(&command) {
                note(format_args!("{}:{line}: {message}", self.file.display()));
                return Some(exit::MISMATCH);
            }
            if app.quit {
                return Some(exit::OK);
            }
            if app.dirty {
                // Every state that a script makes is shown.
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Script, String> {
        parse(text, Path::new("a.txt"))
    }

    #[test]
    fn comments_and_empty_lines_keep_the_numbers() {
        let script = read("# first\n\nsize 300 200\n  step cycle  \n\nquit\n").unwrap_or_default();
        assert_eq!(script.size, Some((300, 200)));
        assert_eq!(
            script.commands,
            [(4, Command::StepCycle), (6, Command::Quit)]
        );
    }

    #[test]
    fn mistakes_have_a_place() {
        assert!(
            read("quit\nhop").is_err_and(|e| e.starts_with("a.txt:2: there is no command `hop`"))
        );
        assert!(
            read("quit\nsize 100 100").is_err_and(|e| e.starts_with("a.txt:2: `size` must be"))
        );
    }
}
