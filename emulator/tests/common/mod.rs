//! Loading the shipped programs, and running them on bytes.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use orrery_emulator::report::{ExitReport, Verdict};
use orrery_emulator::{Clock, Config, Frame, Machine, Program, Sources};
use orrery_reference::Format;
use orrery_samples::Expect;
use orrery_shared::Outcome;

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Source files of a directory.
pub fn sources(dir: &Path) -> Sources {
    let known = |p: &Path| {
        p.extension()
            .is_some_and(|e| e == "syn" || e == "alu" || e == "gfx")
    };
    fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .flatten()
        .filter(|e| known(&e.path()))
        .map(|e| {
            let text = fs::read_to_string(e.path()).expect("source text");
            (e.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}

/// A shipped program, compiled once.
pub fn program(name: &str) -> Arc<Program> {
    static CACHE: OnceLock<Mutex<BTreeMap<String, Arc<Program>>>> = OnceLock::new();
    let mut cache = CACHE
        .get_or_init(Mutex::default)
        .lock()
        .expect("no panic while compiling");
    let compile = || {
        let sources = sources(&root().join("programs").join(name));
        let compiled =
            Program::compile(name, &sources).unwrap_or_else(|d| panic!("{name}: {d:#?}"));
        assert_eq!(compiled.warnings, [], "{name} compiles without warnings");
        // The machine runs what was encoded, not what the compiler held.
        Arc::new(Program::decode(&compiled.program.encode()).expect("an image just written"))
    };
    Arc::clone(cache.entry(name.to_owned()).or_insert_with(compile))
}

/// The shipped program for a format.
pub fn name_of(format: Format) -> &'static str {
    match format {
        Format::Qoi => "qoi",
        Format::Png => "png",
        Format::Jpeg => "jpeg",
        other => panic!("no program for {other:?}"),
    }
}

/// A finished run.
pub struct Run {
    pub outcome: Outcome,
    pub frames: Vec<Frame>,
    pub report: ExitReport,
}

/// Runs a program on bytes.
pub fn run(program: &Arc<Program>, bytes: &[u8], clock: Clock, config: &Config) -> Run {
    let mut machine = Machine::new(config, Arc::clone(program), bytes.into(), clock)
        .expect("a program that fits");
    let outcome = machine.run(None);
    let frames = machine.frames();
    let report = machine.report(&outcome);
    Run {
        outcome,
        frames,
        report,
    }
}

/// A configuration with small memories, so that thousands of runs are cheap.
pub fn small() -> Config {
    let mut config = Config::default();
    config.set("machine.stream_ram", 1 << 20).expect("in range");
    config
        .set("machine.texture_memory", 64 << 20)
        .expect("in range");
    config
}

/// Whether a run gave what a sample expects.
pub fn check(name: &str, run: &Run, expect: &Expect) -> Result<(), String> {
    let complete = run.report.verdict == Verdict::Complete;
    let frame = run.frames.first();
    match expect {
        Expect::Picture(picture) => {
            if !complete {
                return Err(format!("{name}: {}", run.report.headline));
            }
            let frame = frame.ok_or_else(|| format!("{name}: no frame"))?;
            if !frame.complete || (frame.width, frame.height) != (picture.width, picture.height) {
                return Err(format!(
                    "{name}: {}x{}, complete: {}",
                    frame.width, frame.height, frame.complete
                ));
            }
            if frame.rgba != picture.rgba {
                let at = frame
                    .rgba
                    .iter()
                    .zip(&picture.rgba)
                    .position(|(a, b)| a != b)
                    .unwrap_or(0)
                    / 4;
                return Err(format!("{name}: differs first at pixel {at}"));
            }
            Ok(())
        }
        Expect::Damaged { whole } => {
            if complete {
                return Err(format!("{name}: damaged, but accepted"));
            }
            let Some(frame) = frame else { return Ok(()) };
            let rows = frame.complete_rows as usize * frame.width as usize * 4;
            let ours = frame.rgba.get(..rows);
            if ours != whole.rgba.get(..rows) {
                return Err(format!("{name}: rows said to be complete differ"));
            }
            Ok(())
        }
        Expect::Broken => {
            if complete {
                return Err(format!("{name}: broken, but accepted"));
            }
            Ok(())
        }
    }
}
