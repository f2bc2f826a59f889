//! Results to standard output, messages to standard error. A reader that has gone away ends
//! neither the run nor what it writes into files; a disk that is full ends with an error.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

use serde_json::Value;

/// The first error of standard output.
static LOST: OnceLock<String> = OnceLock::new();

/// Prints a line of a result.
pub fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    if let Err(e) = written
        && e.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| e.to_string());
    }
}

/// Why a result is not where it should be, if one is not.
pub fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// Prints a result that is one JSON document.
pub fn document(document: &Value) {
    print(&format!("{document:#}"));
}

/// Says something to the person.
pub fn note(text: impl Display) {
    raw(format_args!("orrery: {text}\n"));
}

/// Writes a text that has its own form to standard error.
pub fn raw(text: impl Display) {
    let _ = write!(std::io::stderr().lock(), "{text}");
}

/// Whether messages may use colour.
pub fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
