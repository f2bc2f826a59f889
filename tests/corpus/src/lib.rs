//! Where the files are that nobody on the project wrote.
//!
//! The corpus lies outside the repository and is never copied into it: at
//! `ORRERY_CORPUS`, or else at `../shared/corpus` beside the workspace. Tests
//! that need it find their files here and run on nothing, with a message, when
//! it is absent; with `ORRERY_REQUIRE_CORPUS=1` its absence is a failure.

use std::path::{Path, PathBuf};
use std::{
    env, fmt, fs,
    io::{self, Write as _},
};

/// The corpus' folder, if it is there.
///
/// # Panics
/// When it is absent and `ORRERY_REQUIRE_CORPUS` is `1`: this is called from
/// tests, and a silent skip is what that variable is there to prevent.
#[must_use]
pub fn root() -> Option<PathBuf> {
    let root = env::var_os("ORRERY_CORPUS").map_or_else(default_root, PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    assert!(
        env::var_os("ORRERY_REQUIRE_CORPUS").is_none_or(|value| value != "1"),
        "ORRERY_REQUIRE_CORPUS=1, but there is no corpus at {}",
        root.display()
    );
    say(format_args!(
        "no corpus at {}: its files are skipped",
        root.display()
    ));
    None
}

/// Says something that is seen: what the macros print is kept from whoever runs a test that passes.
fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn default_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = here.ancestors().nth(2).unwrap_or(here);
    workspace.join("../shared/corpus")
}

/// All files below `group` (a folder of the corpus, such as `png/pngsuite`)
/// with the extension `ext`, sorted; empty when there is no corpus.
///
/// # Panics
/// As [`root`], and when the corpus is there but the group is not or cannot be
/// read: a renamed folder must not turn a test into nothing.
#[must_use]
pub fn files(group: &str, ext: &str) -> Vec<PathBuf> {
    let Some(root) = root() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collect(&root.join(group), ext, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, ext: &str, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("corpus folder {}: {error}", folder.display()));
    for entry in entries {
        let path = entry
            .unwrap_or_else(|error| panic!("corpus folder {}: {error}", folder.display()))
            .path();
        if path.is_dir() {
            collect(&path, ext, found);
        } else if path.extension().is_some_and(|found| found == ext) {
            found.push(path);
        }
    }
}

/// The file's name without its extension, for lists and messages.
///
/// # Panics
/// When the path has no name in UTF-8; the corpus has none such.
#[must_use]
pub fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .expect("corpus files have names in UTF-8")
}

/// How many files a test ran on and how many it left out. Printed when the
/// test ends, also when it fails.
pub struct Tally {
    test: &'static str,
    ran: usize,
    skipped: Vec<String>,
}

impl Tally {
    /// An empty count for a test of this name.
    #[must_use]
    pub fn new(test: &'static str) -> Self {
        Self {
            test,
            ran: 0,
            skipped: Vec::new(),
        }
    }

    /// Counts a file the test ran on.
    pub fn ran(&mut self) {
        self.ran += 1;
    }

    /// Counts a file the test left out, and why.
    pub fn skipped(&mut self, file: &str, why: &str) {
        self.skipped.push(format!("{file} ({why})"));
    }

    /// Files run so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ran
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (test, ran, skipped) = (self.test, self.ran, self.skipped.len());
        write!(f, "{test}: {ran} files run, {skipped} skipped")?;
        for file in &self.skipped {
            write!(f, "\n  skipped {file}")?;
        }
        Ok(())
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        say(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_below_the_group_in_order() {
        let pngs = files("png/pngsuite", "png");
        assert!(pngs.is_sorted());
        assert!(pngs.iter().all(|path| path.extension().unwrap() == "png"));
        assert_eq!(pngs.is_empty(), root().is_none());
    }

    /// A test that passes shows nothing of what it prints, and of this the point is to be seen.
    #[test]
    fn what_was_skipped_is_seen() {
        let tests = std::env::current_exe().expect("the tests themselves");
        let ran = std::process::Command::new(tests)
            .args(["--exact", "tests::files_are_found_below_the_group_in_order"])
            .env("ORRERY_CORPUS", "/no/such/corpus")
            .env_remove("ORRERY_REQUIRE_CORPUS")
            .output()
            .expect("the tests run");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{ran:?}");
        assert!(
            said.contains("no corpus at /no/such/corpus: its files are skipped"),
            "{ran:?}"
        );
    }

    #[test]
    fn tallies_name_what_was_skipped() {
        let mut tally = Tally::new("test");
        tally.ran();
        tally.skipped("a.png", "too odd");
        assert_eq!(
            tally.to_string(),
            "test: 1 files run, 1 skipped\n  skipped a.png (too odd)"
        );
    }
}
