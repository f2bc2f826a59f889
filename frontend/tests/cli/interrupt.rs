//! Ends from outside: Ctrl-C, a reader that goes away; what was decoded is kept.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orrery_emulator::{Clock, Config, Machine, Program, Sources};
use orrery_shared::End;

use super::{Ran, command, folder, png, root, sample};

#[test]
fn a_stopped_run_goes_on_as_if_nothing_had_been() {
    let mut sources = Sources::new();
    for file in ["qoi.syn", "qoi.alu"] {
        let text = fs::read_to_string(root().join("programs/qoi").join(file)).expect("a source");
        sources.insert(file.into(), text);
    }
    let program = Program::compile("qoi", &sources).expect("the program compiles");
    let program = Arc::new(program.program);
    let bytes = fs::read(root().join("docs/samples/photo.qoi")).expect("the sample");
    let load = |clock| {
        let (program, bytes) = (Arc::clone(&program), bytes.as_slice().into());
        Machine::new(&Config::default(), program, bytes, clock).expect("it fits")
    };
    for clock in Clock::ALL {
        let mut straight = load(clock);
        let expected = straight.run(None);
        let mut machine = load(clock);
        let mut asked = 0;
        let first = machine.run_while(None, |_, _| {
            asked += 1;
            asked < 3
        });
        assert_eq!(asked, 3, "{}", clock.name());
        assert_eq!(first.end, End::Horizon);
        let open = machine.frames();
        assert!(open.len() == 1 && !open[0].complete && open[0].complete_rows > 0);
        assert_eq!(machine.units().pixels().1, 64_000);
        assert_eq!(machine.run(None), expected, "{}", clock.name());
        assert_eq!(machine.frames(), straight.frames());
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_decoded() {
    let folder = folder("ctrl-c");
    let (trace, out) = (folder.join("trace"), folder.join("x.png"));
    let file = "docs/samples/photo.qoi";
    let arguments: [&dyn AsRef<std::ffi::OsStr>; 6] =
        [&"run", &file, &"--trace", &trace, &"--out", &out];
    let child = command(&arguments).spawn().expect("orrery starts");
    // The growing trace says that the machine runs, and is far from done.
    let start = Instant::now();
    while fs::metadata(&trace).map_or(0, |m| m.len()) < 1 << 20 {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it does not start"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill").success());
    let ran = Ran::of(&child.wait_with_output().expect("it ends")).exits(4);
    assert!(ran.err.contains("stopped on request, at cycle"), "{ran:?}");
    assert!(ran.err.contains("the picture is incomplete"), "{ran:?}");
    assert_eq!(png(&out).0, 320);
}

#[test]
fn a_broken_pipe_keeps_what_was_decoded() {
    let folder = folder("pipe");
    let file = sample(&folder, "png-truncated");
    let out = folder.join("x.png");
    let arguments: [&dyn AsRef<std::ffi::OsStr>; 6] =
        [&"run", &file, &"--out", &out, &"--hash", &"--json"];
    let mut child = command(&arguments).spawn().expect("orrery starts");
    drop(child.stdout.take());
    drop(child.stderr.take());
    let ended = child.wait().expect("it ends");
    assert_eq!(
        ended.code(),
        Some(3),
        "the run's own code, no panic, no signal"
    );
    assert_eq!(png(&out).0, 48);
}
