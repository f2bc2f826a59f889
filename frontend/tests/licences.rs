//! The licences of what the command is made of: by default all of them allow MIT OR Apache-2.0.

use std::process::Command;

/// Licences that ask for no more than notices.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "IJG",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression leaves a choice of [`PERMISSIVE`] licences. Old ones write `/` for
/// `OR`.
fn permissive(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ");
    let spaced = spaced.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let fine = alternatives(&words, &mut at);
    fine && at == words.len()
}

fn alternatives(words: &[&str], at: &mut usize) -> bool {
    let mut fine = conjunction(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fine |= conjunction(words, at);
    }
    fine
}

fn conjunction(words: &[&str], at: &mut usize) -> bool {
    let mut fine = single(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        fine &= single(words, at);
    }
    fine
}

fn single(words: &[&str], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else {
        return false;
    };
    *at += 1;
    if *word == "(" {
        let fine = alternatives(words, at);
        *at += 1;
        return fine;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = [
            &name,
            " WITH ",
            words.get(*at + 1).copied().unwrap_or_default(),
        ]
        .concat();
        *at += 2;
    }
    PERMISSIVE.contains(&name.as_str())
}

/// Name and licence of every package that these are built of.
fn packages(what: &[&str]) -> Vec<(String, String)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let tree = |more: &[&str]| {
        let output = Command::new(&cargo)
            .args([
                "tree",
                "-e",
                "normal,build",
                "--prefix",
                "none",
                "-f",
                "{p}|{l}",
            ])
            .args(what)
            .args(more)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output();
        output.expect("cargo tree runs")
    };
    // On every platform. What others are built of may have to be fetched first; where that cannot
    // be done, on this one.
    let mut output = tree(&["--offline", "--target", "all"]);
    if !output.status.success() {
        output = tree(&["--target", "all"]);
    }
    if !output.status.success() {
        println!("other platforms skipped: their packages are not here");
        output = tree(&["--offline"]);
    }
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| line.split_once('|'));
    lines
        .map(|(package, licence)| {
            let name = package.split(' ').next().unwrap_or(package);
            // A package that was listed before has a mark behind.
            (name.to_owned(), licence.trim_end_matches(" (*)").to_owned())
        })
        .collect()
}

#[test]
fn the_default_command_is_free_of_copyleft() {
    let packages = packages(&["-p", "orrery"]);
    let names: Vec<&str> = packages.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.contains(&"jxl-oxide"),
        "cargo tree gave nothing useful: {names:?}"
    );
    assert!(!names.contains(&"orrery-jxl"));
    let bad: Vec<_> = packages
        .iter()
        .filter(|(_, licence)| !permissive(licence))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

/// Nor is anything else that a plain `cargo build` makes.
#[test]
fn nothing_that_is_built_by_default_is_copyleft() {
    let packages = packages(&["--workspace", "--exclude", "orrery-jxl"]);
    let names: Vec<&str> = packages.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"orrery-artifacts-capi") && !names.contains(&"jpegxl-sys"));
    let bad: Vec<_> = packages
        .iter()
        .filter(|(_, licence)| !permissive(licence))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[cfg(feature = "jxl")]
#[test]
fn the_check_finds_the_licence_of_libjxls_wrappers() {
    let packages = packages(&["-p", "orrery", "--features", "jxl"]);
    let bad: Vec<_> = packages
        .iter()
        .filter(|(_, licence)| !permissive(licence))
        .collect();
    for name in ["orrery-jxl", "jpegxl-rs", "jpegxl-sys"] {
        let found = bad
            .iter()
            .any(|(bad, licence)| bad == name && licence.contains("GPL"));
        assert!(found, "{name}: {bad:?}");
    }
}

/// A build that names nothing builds all members but the one under another licence.
#[test]
fn all_members_but_one_are_built_by_default() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).expect("the workspace's manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let list = |key: &str| {
        let list = manifest["workspace"][key].as_array().expect("a list");
        let mut list: Vec<_> = list.iter().filter_map(|v| v.as_str()).collect();
        list.sort_unstable();
        list
    };
    let mut members = list("members");
    members.retain(|member| *member != "formats/jxl");
    assert_eq!(members, list("default-members"));
}

#[test]
fn expressions_are_understood() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-or-later OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
    ] {
        assert!(permissive(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-or-later",
        "LGPL-2.1 OR MPL-2.0",
        "MIT AND GPL-2.0-only",
        "MIT AND (GPL-3.0 OR LGPL-3.0)",
        "GPL-2.0 WITH MIT",
        "MIT MIT",
    ] {
        assert!(!permissive(bad), "{bad}");
    }
}
