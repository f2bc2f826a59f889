//! Invariant 2: dependencies point one way, and no codec lies below the frontend.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Packages that must not be reachable from the emulator.
const CODECS: &[&str] = &[
    "png",
    "zune-png",
    "zune-core",
    "qoi",
    "image",
    "flate2",
    "miniz_oxide",
    "fdeflate",
    "zlib-rs",
    "libz-sys",
    "crc",
    "crc32fast",
    "adler",
    "adler2",
    "simd-adler32",
    "zune-inflate",
    "weezl",
    "zune-jpeg",
    "turbojpeg",
    "jxl-oxide",
    "orrery-jxl",
    "orrery-reference",
    "orrery-metrics",
    "orrery-samples",
    "orrery",
];

/// Direct normal dependencies by package, from `cargo tree`.
fn reachable(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "-p",
            package,
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "-f",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|l| l.split(' ').next())
        .map(str::to_owned)
        .filter(|l| l != package)
        .collect()
}

#[test]
fn no_codec_below_the_frontend() {
    let found = reachable("orrery-emulator");
    assert!(
        found.contains("orrery-parsing"),
        "cargo tree gave nothing useful: {found:?}"
    );
    let codecs: Vec<&str> = CODECS
        .iter()
        .copied()
        .filter(|c| found.contains(*c))
        .collect();
    assert!(codecs.is_empty(), "the emulator depends on {codecs:?}");
}

#[test]
fn dependencies_point_one_way() {
    let rank: BTreeMap<&str, u32> = [
        ("orrery-shared", 0),
        ("orrery-arithmetic", 1),
        ("orrery-output", 1),
        ("orrery-compositor", 1),
        ("orrery-parsing", 2),
        ("orrery-emulator", 3),
    ]
    .into();
    for (package, own) in &rank {
        for dependency in reachable(package) {
            if let Some(other) = rank.get(dependency.as_str()) {
                assert!(other < own, "{package} depends on {dependency}");
            } else {
                assert!(
                    !dependency.starts_with("orrery"),
                    "{package} depends on {dependency}"
                );
            }
        }
    }
    for package in ["orrery-artifacts", "orrery-metrics", "orrery-reference"] {
        let machine: Vec<String> = reachable(package)
            .into_iter()
            .filter(|d| rank.contains_key(d.as_str()))
            .collect();
        assert!(
            machine.is_empty(),
            "{package} knows of the machine: {machine:?}"
        );
    }
}
