//! The built command, called as people call it (`docs/cli.md` is what it is held to).

mod artifacts;
mod check;
mod codec;
mod golden;
mod host;
mod info;
mod interrupt;
mod jxl;
mod options;
mod programs;
mod run;
mod vae;
mod verify;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The project's root; commands run here.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the project's root")
}

/// A folder of its own for a test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// Writes a file and gives its path.
fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the file can be written");
    path
}

/// Writes one of the project's samples into a folder.
fn sample(folder: &Path, name: &str) -> PathBuf {
    let all = orrery_samples::all();
    let found = all.iter().find(|s| s.name == name);
    let sample = found.unwrap_or_else(|| panic!("a sample named {name}"));
    write(folder, &sample.file_name(), &sample.bytes)
}

/// What a command gave.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Ran {
            code: output.status.code().expect("an exit code, no signal"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Checks the exit code; on failure everything is printed.
    #[track_caller]
    fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Standard output as the one JSON document that it has to be.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

/// The command, not started yet; without a display, so that no window opens.
fn command(arguments: &[&dyn AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
    for argument in arguments {
        command.arg(argument);
    }
    command
        .current_dir(root())
        .env_remove("DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the command.
fn orrery(arguments: &[&dyn AsRef<OsStr>]) -> Ran {
    let output = command(arguments).output().expect("orrery starts");
    Ran::of(&output)
}

/// Runs the command with bytes on standard input.
fn fed(arguments: &[&dyn AsRef<OsStr>], bytes: &[u8]) -> Ran {
    let mut command = command(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .expect("orrery starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    stdin.write_all(bytes).expect("it reads all its input");
    drop(stdin);
    Ran::of(&child.wait_with_output().expect("it ends"))
}

/// Size and RGBA bytes of a PNG file that the command wrote.
fn png(path: &Path) -> (u32, u32, Vec<u8>) {
    let file = fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut reader = png::Decoder::new(std::io::BufReader::new(file))
        .read_info()
        .expect("a PNG file");
    let mut rgba = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut rgba).expect("a whole picture");
    assert_eq!(info.color_type, png::ColorType::Rgba);
    (info.width, info.height, rgba)
}
