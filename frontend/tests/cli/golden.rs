//! `orrery golden`: the project's cases pass, and a case that should fail does.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Ran, folder, orrery, root, write};

/// A folder with one case, copied from the project's.
fn copied(test: &str, change: impl Fn(&str) -> String) -> PathBuf {
    let cases = folder(test);
    let case = cases.join("one");
    fs::create_dir(&case).expect("a folder");
    let from = root().join("tests/golden/qoi-every-opcode");
    fs::copy(from.join("input.qoi"), case.join("input.qoi")).expect("the case's input");
    let text = fs::read_to_string(from.join("case.toml")).expect("the case");
    write(&case, "case.toml", change(&text));
    cases
}

fn golden(cases: &Path, options: &[&str]) -> Ran {
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"golden", &"--cases", &cases];
    arguments.extend(options.iter().map(|o| o as &dyn AsRef<std::ffi::OsStr>));
    orrery(&arguments)
}

/// The case with another number of cycles.
fn other_cycles(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.starts_with("cycles = ") {
            "cycles = 1\n".to_owned()
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

#[test]
fn the_projects_cases_pass() {
    let ran = orrery(&[&"golden"]).exits(0);
    let cases = fs::read_dir(root().join("tests/golden"))
        .expect("the cases")
        .count();
    assert!(cases >= 40);
    assert_eq!(
        ran.out,
        format!("golden: {cases} cases ran, 0 failed, 0 left out by the filter\n")
    );
    let ran = orrery(&[&"golden", &"--filter", &"every-opcode"]).exits(0);
    assert!(
        ran.out.starts_with("golden: 1 cases ran, 0 failed"),
        "{ran:?}"
    );
    orrery(&[&"golden", &"--filter", &"no such case"]).exits(2);
    orrery(&[&"golden", &"--cases", &"no/such/folder"]).exits(2);
}

#[test]
fn a_changed_expectation_fails() {
    let cases = copied("golden-changed", other_cycles);
    let ran = golden(&cases, &[]).exits(1);
    assert!(
        ran.out.contains("golden: one: cycles: expected 1, got "),
        "{ran:?}"
    );
    // Blessing puts it right, since a reference gives the same picture.
    golden(&cases, &["--bless"]).exits(0);
    golden(&cases, &[]).exits(0);
    let hash = |text: &str| text.replace("sha256 = \"1d", "sha256 = \"00");
    let cases = copied("golden-hash", hash);
    let ran = golden(&cases, &[]).exits(1);
    assert!(ran.out.contains("golden: one: sha256: expected"), "{ran:?}");
}

#[test]
fn known_failures_must_fail() {
    let known = |text: &str| text.replace("input = ", "known_failure = true\ninput = ");
    let cases = copied("golden-known", known);
    let ran = golden(&cases, &[]).exits(1);
    assert!(
        ran.out
            .contains("golden: one: passes now: take `known_failure` out of case.toml"),
        "{ran:?}"
    );
    let cases = copied("golden-known-fails", |text| other_cycles(&known(text)));
    golden(&cases, &[]).exits(0);
}

#[test]
fn blessing_needs_a_reference_that_agrees() {
    let cases = folder("golden-alone");
    let case = cases.join("one");
    fs::create_dir(&case).expect("a folder");
    write(&case, "dots", b"dots\x02\x01\x40\x80");
    let program = cases.join("program");
    orrery(&[&"new", &program]).exits(0);
    let text = format!("about = \"x\"\ninput = \"dots\"\nprogram = {program:?}\n");
    write(&case, "case.toml", &text);
    let ran = golden(&cases, &["--bless"]).exits(1);
    assert!(
        ran.out
            .contains("not blessed: no reference agrees (none knows the file)"),
        "{ran:?}"
    );
    let ran = golden(&cases, &[]).exits(1);
    assert!(
        ran.out.contains("has no expectation yet: bless it"),
        "{ran:?}"
    );
    write(&case, "case.toml", format!("{text}colour = 3\n"));
    let ran = golden(&cases, &[]).exits(1);
    assert!(ran.out.contains("unknown field `colour`"), "{ran:?}");
}

/// A reference that refuses a file, too, says nothing of the rows that the machine has made of it.
#[test]
fn rows_of_a_refused_file_need_a_reference() {
    let cases = folder("golden-rows");
    let case = cases.join("one");
    fs::create_dir(&case).expect("a folder");
    for (from, input) in [
        ("qoi-truncated", "input.qoi"),
        ("png-truncated", "input.png"),
    ] {
        let from = root().join("tests/golden").join(from);
        fs::copy(from.join(input), case.join(input)).expect("the case's input");
        // Makes one wrong row and gives up, as if the file had broken off.
        let wrong = folder("golden-rows-program");
        let text = "main: { t <- texture 64 48 rgba8\n open video &t\n t << 0x01020304 * 256 } fail \"no more\"";
        write(&wrong, "main.syn", text);
        let text = format!("about = \"x\"\ninput = {input:?}\nprogram = {wrong:?}\n");
        write(&case, "case.toml", text);
        let ran = golden(&cases, &["--bless"]).exits(1);
        assert!(
            ran.out.contains("not blessed: no reference agrees"),
            "{ran:?}"
        );
    }
}
