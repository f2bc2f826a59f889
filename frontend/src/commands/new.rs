//! `orrery new`: the skeleton of a program.

use std::path::Path;

use crate::say::print;
use crate::session::{Failure, exit};

const SKELETON: &str = include_str!("../../../docs/tutorial/skeleton.syn");

/// A path as one word of a shell.
fn word(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+@%,:".contains(c);
    if path.chars().all(plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// Writes `DIR/NAME.syn`; never overwrites.
pub fn run(dir: &Path) -> Result<i32, Failure> {
    let name = dir
        .file_name()
        .and_then(|n| n.to_str())
        .ok_or_else(|| Failure::usage(format!("{}: not a name for a directory", dir.display())))?;
    let file = dir.join(format!("{name}.syn"));
    if file.exists() {
        return Err(Failure::usage(format!(
            "{}: is there already",
            file.display()
        )));
    }
    let fail = |e: std::io::Error| Failure::usage(format!("{}: {e}", file.display()));
    std::fs::create_dir_all(dir).map_err(fail)?;
    std::fs::write(&file, SKELETON).map_err(fail)?;
    print(&format!(
        "wrote {0}; try\n  orrery check {1}\n  orrery run FILE --program {1}",
        file.display(),
        word(&dir.display().to_string())
    ));
    Ok(exit::OK)
}
