//! Shipped programs, and a small machine to run them on.

use std::path::Path;
use std::sync::Arc;

use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Config, Machine, Program, Sources};

/// Source files of a shipped program.
pub fn sources(name: &str) -> Sources {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../programs")
        .join(name);
    let files = std::fs::read_dir(dir)
        .expect("the program's directory")
        .flatten();
    files
        .filter_map(|file| {
            let text = std::fs::read_to_string(file.path()).ok()?;
            Some((file.file_name().to_string_lossy().into_owned(), text))
        })
        .collect()
}

/// A shipped program.
pub fn program(name: &str) -> Arc<Program> {
    let compiled = Program::compile(name, &sources(name)).expect("a program that compiles");
    Arc::new(compiled.program)
}

fn config() -> Config {
    let mut config = Config::default();
    for (key, value) in [
        ("machine.budget", 1 << 18),
        ("machine.stream_ram", 1 << 20),
        ("machine.texture_memory", 4 << 20),
        ("parsing.map_rows", 1 << 16),
        ("parsing.graph_rows", 1 << 14),
    ] {
        config.set(key, value).expect("in range");
    }
    config
}

/// Runs a program on bytes; whatever it does, `off` and `exact` have to agree.
pub fn run(program: &Arc<Program>, input: &[u8]) {
    let config = config();
    let finish = |clock| {
        let machine = Machine::new(&config, Arc::clone(program), input.into(), clock);
        let mut machine = machine.ok()?;
        let outcome = machine.run(None);
        let report = machine.report(&outcome);
        let frames = machine.frames();
        if report.verdict != Verdict::Complete {
            assert!(!report.headline.is_empty());
        }
        let pixels: Vec<_> = frames
            .into_iter()
            .map(|f| (f.complete_rows, f.rgba))
            .collect();
        Some((report.verdict, pixels))
    };
    assert_eq!(finish(Clock::Off), finish(Clock::Exact));
}
