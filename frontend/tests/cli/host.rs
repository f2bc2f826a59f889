//! Hosts with little memory, or no place on the disk.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::{Ran, command, folder, orrery, root, sample, write};

/// Pixels of a side of a large picture.
const SIDE: u32 = 4096;

/// A large QOI file in few bytes: black, as runs.
fn black() -> Vec<u8> {
    let mut file = b"qoif".to_vec();
    file.extend(SIDE.to_be_bytes().repeat(2));
    file.extend([4, 0]);
    file.extend(vec![0xFD; (SIDE * SIDE).div_ceil(62) as usize]);
    file.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    file
}

/// The memory that a run takes is the machine's, and one copy of what left it.
#[test]
fn a_large_picture_is_held_twice() {
    let folder = folder("large");
    let file = write(&folder, "black.qoi", black());
    // Texture and frame are 64 MiB each; the rest is the command itself.
    let limit = "ulimit -v 262144 && exec \"$@\"";
    for result in ["--hash", "--headless", "--json"] {
        let output = Command::new("sh")
            .args(["-c", limit, "sh", env!("CARGO_BIN_EXE_orrery"), "run"])
            .arg(&file)
            .args(["--clock", "off", result])
            .args(["--set", "machine.texture_memory=67108864"])
            .args(["--set", "machine.stream_ram=64"])
            .current_dir(root())
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{result}: {output:?}");
    }
}

/// What cannot be written is not kept quiet.
#[test]
fn a_full_disk_is_an_error() {
    let folder = folder("full");
    let file = sample(&folder, "qoi-photo-13x7-rgb");
    for name in ["full.png", "full.ppm", "full.qoi"] {
        let full = folder.join(name);
        symlink("/dev/full", &full).expect("a link");
        let ran = orrery(&[&"run", &file, &"--out", &full]).exits(2);
        assert!(ran.err.contains("No space left"), "{name}: {ran:?}");
    }
    for result in ["--hash", "--headless", "--json"] {
        let mut run = command(&[&"run", &file, &result]);
        run.stdout(File::create("/dev/full").expect("the device"));
        let ran = Ran::of(&run.output().expect("orrery starts")).exits(2);
        assert!(ran.err.contains("No space left"), "{result}: {ran:?}");
    }
}

/// Messages that nobody can read end nothing.
#[test]
fn a_script_needs_no_standard_error() {
    let folder = folder("no-stderr");
    let file = sample(&folder, "qoi-photo-13x7-rgb");
    let script = write(&folder, "script.txt", "step cycle\nexpect cycle 1\n");
    let mut debug = command(&[&"debug", &file, &"--script", &script]);
    debug.stderr(File::create("/dev/full").expect("the device"));
    Ran::of(&debug.output().expect("orrery starts")).exits(0);
}
