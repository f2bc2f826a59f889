//! Wrong usage: exit code 2, and a message that says what to do.

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
        "--scale is not supported yet: the programs so far decode still pictures, and they are decoded at full size only",
    );
    refused(
        &["--param", "x=1"],
        "--param x=1: there is no parameter `x`; programs for still pictures take none",
    );
    refused(&["--param", "x"], "--param x: write NAME=VALUE");
    refused(
        &["--param", "x=y"],
        "--param x=y: `y` is not a whole number",
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
        "there is neither a shipped program nor a directory nor an image `gif`; shipped are: qoi, png",
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
