//! Wrong usage: exit code 2, and a message that says what to do.

use std::fs;

use super::run::sha256;
use super::{folder, orrery, sample, write};

/// `run` on a good file with some options more gives exit code 2 and this message.
#[track_caller]
fn refused(options: &[&str], message: &str) {
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"run", &"docs/samples/photo.qoi"];
    arguments.extend(options.iter().map(|o| o as &dyn AsRef<std::ffi::OsStr>));
    let ran = orrery(&arguments).exits(2);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err, format!("orrery: {message}\n"));
}

#[test]
fn configuration_keys_are_checked() {
    refused(
        &["--set", "machine.queue_dept=3"],
        "there is no configuration number `machine.queue_dept`; did you mean `machine.queue_depth`?",
    );
    refused(
        &["--set", "machine.queue_depth=0"],
        "`machine.queue_depth` = 0 is out of range: 1 to 4096 entries",
    );
    refused(
        &["--set", "machine.queue_depth=many"],
        "`machine.queue_depth`: `many` is not a whole number",
    );
    refused(
        &["--set", "machine.queue_depth"],
        "--set machine.queue_depth: write KEY=VALUE",
    );
    let folder = folder("config");
    let file = write(&folder, "machine.toml", "[machine]\nqueue_depht = 3\n");
    let ran = orrery(&[&"run", &"docs/samples/photo.qoi", &"--config", &file]).exits(2);
    assert!(
        ran.err.contains("did you mean `machine.queue_depth`?"),
        "{ran:?}"
    );
    let file = write(&folder, "good.toml", "[machine]\nqueue_depth = 3\n");
    let ran = orrery(&[&"config", &"show", &"--config", &file]).exits(0);
    assert!(ran.out.contains("queue_depth = 3 "), "{ran:?}");
    let ran = orrery(&[&"config", &"show", &"--config", &folder.join("none")]).exits(2);
    assert!(ran.err.contains("No such file"), "{ran:?}");
}

#[test]
fn what_is_not_there_yet_is_named() {
    refused(
        &["--planes", "x.y4m"],
        "--planes is not supported yet: the programs so far decode still pictures, and planes are those of video",
    );
    refused(
        &["--audio", "x.wav"],
        "--audio is not supported yet: the programs so far decode still pictures, and there is no sound in them",
    );
    refused(
        &["--scale", "1/2"],
        "--scale: the program `qoi` decodes at full size only",
    );
    refused(
        &["--param", "x=1"],
        "--param x: the program `qoi` has no parameter `x`; it takes none",
    );
    refused(&["--param", "x"], "--param x: write NAME=VALUE");
    refused(
        &["--param", "x=y"],
        "--param x=y: `y` is not a whole number",
    );
    refused(
        &["--param", "x=4294967296"],
        "--param x=4294967296: `4294967296` does not fit into 32 bits",
    );
    refused(
        &["--param", "x=1", "--param", "x=2"],
        "--param x=2: `x` is given twice",
    );
    let file = "docs/samples/photo.qoi";
    orrery(&[&"run", &file, &"--scale", &"1", &"--no-orient", &"--hash"]).exits(0);
    orrery(&[&"run", &file, &"--scale", &"1/3", &"--hash"]).exits(2);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    refused(
        &["--clock", "off", "--max-cycles", "9"],
        "--max-cycles needs a clock: with --clock off there are no cycles",
    );
    refused(
        &["--frames", "3"],
        "--frames 3: write A..B, frames A up to and without B, counted from 0",
    );
    refused(
        &["--frames", "3..1"],
        "--frames 3..1: write A..B, frames A up to and without B, counted from 0",
    );
    refused(
        &["--out", "x.gif"],
        "x.gif: the extension must be .png, .ppm or .qoi; a directory ends in /",
    );
    refused(
        &["docs/samples/photo.png", "--out", "x.png"],
        "--out with a file name takes one input; there are 2, whose pictures go into a directory: --out DIR/",
    );
    refused(
        &["docs/samples/photo.png", "--stats", "x.json"],
        "--stats takes one input; there are 2",
    );
    refused(
        &["--program", "gif"],
        "there is neither a shipped program nor a directory nor an image `gif`; shipped are: qoi, png, jpeg",
    );
    refused(
        &["--program", "docs/tutorial/skeleton.syn"],
        "docs/tutorial/skeleton.syn: a program is a directory; name the one that the grammar is in",
    );
}

#[test]
fn wrong_commands_are_wrong_usage() {
    for arguments in [
        vec![],
        vec!["run"],
        vec!["flight"],
        vec!["run", "--clock", "fast", "x"],
        vec!["run", "--max-cycles", "-1", "x"],
        vec!["list", "colours"],
    ] {
        let list: Vec<&dyn AsRef<std::ffi::OsStr>> = arguments
            .iter()
            .map(|a| a as &dyn AsRef<std::ffi::OsStr>)
            .collect();
        let ran = orrery(&list).exits(2);
        assert_eq!(ran.out, "", "messages go to standard error");
        assert!(!ran.err.is_empty());
    }
    let ran = orrery(&[&"--help"]).exits(0);
    assert!(ran.out.contains("Usage: orrery"));
    orrery(&[&"--version"]).exits(0);
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = folder("unwritable");
    let file = sample(&folder, "qoi-every-opcode");
    let nowhere = folder.join("no/such/folder/x.png");
    for option in ["--out", "--stats", "--trace"] {
        let ran = orrery(&[&"run", &file, &option, &nowhere]).exits(2);
        assert!(ran.err.contains("No such file or directory"), "{ran:?}");
    }
}

/// A program with parameters: what is given is what it gets, and part of the run's name.
#[test]
fn parameters_reach_the_program() {
    let folder = folder("parameters");
    let text = "param grey = 7\nparam low = 0\n\
                main: { t <- texture 1 1 rgba8\n t << grey low grey 255\n close t\n frame video &t } accept\n";
    write(&folder, "parameters.syn", text);
    let file = "docs/samples/photo.qoi";
    let out = folder.join("stats.json");
    let mut names = Vec::new();
    for (given, grey, low) in [
        (vec![], 7, 0),
        (vec!["grey=9"], 9, 0),
        (vec!["low=-1", "grey=0x10"], 16, 0xFFFF_FFFF_u32),
    ] {
        let options: Vec<&str> = given.iter().flat_map(|g| ["--param", g]).collect();
        let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![
            &"run",
            &file,
            &"--program",
            &folder,
            &"--stats",
            &out,
            &"--hash",
        ];
        args.extend(options.iter().map(|o| o as &dyn AsRef<std::ffi::OsStr>));
        let ran = orrery(&args).exits(0);
        let pixel = [grey as u8, low as u8, grey as u8, 255];
        assert!(ran.out.starts_with(&sha256(&pixel)), "{given:?}: {ran:?}");
        let stats = fs::read_to_string(&out).expect("a file");
        let stats: serde_json::Value = serde_json::from_str(&stats).expect("JSON");
        let expected = serde_json::json!({ "grey": grey, "low": low });
        assert_eq!(stats["run"]["parameters"], expected);
        names.push(stats["run"]["name"].clone());
    }
    assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2]);

    let unknown = orrery(&[
        &"run",
        &file,
        &"--program",
        &folder,
        &"--hash",
        &"--param",
        &"gray=1",
    ]);
    let unknown = unknown.exits(2);
    let message =
        "--param gray: the program `cli-parameters` has no parameter `gray`; it has `grey`, `low`";
    assert!(unknown.err.contains(message), "{unknown:?}");
    let checked = orrery(&[&"check", &folder]).exits(0);
    assert!(
        checked.out.contains("parameter grey, 7 unless given"),
        "{checked:?}"
    );
    let checked = orrery(&[&"check", &folder, &"--json"]).exits(0);
    assert_eq!(checked.json()["parameters"]["grey"], 7);
}
