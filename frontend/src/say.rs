//! Results to standard output, messages to standard error. A reader that has gone away ends
//! neither the run nor what it writes into files.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use serde_json::Value;

/// Prints a line of a result.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
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
