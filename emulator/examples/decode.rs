//! The emulator as a library: load a program, feed a file, run, read the statistics.
//!
//! `cargo run --release -p orrery-emulator --example decode -- programs/qoi docs/samples/photo.qoi`

use std::error::Error;
use std::{env, fs, path::Path, sync::Arc};

use orrery_emulator::{Clock, Config, Machine, Program, Sources};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(dir), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("DIR FILE".into());
    };
    let mut sources = Sources::new();
    for entry in fs::read_dir(&dir)?.flatten() {
        sources.insert(
            entry.file_name().to_string_lossy().into_owned(),
            fs::read_to_string(entry.path())?,
        );
    }
    let name = Path::new(&dir)
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or("main");
    let compiled = Program::compile(name, &sources).map_err(|d| format!("{d:#?}"))?;
    let mut machine = Machine::new(
        &Config::default(),
        Arc::new(compiled.program),
        fs::read(&file)?.into(),
        Clock::Exact,
    )?;
    let outcome = machine.run(None);
    for frame in machine.frames() {
        println!(
            "{}x{}, {} of {} rows",
            frame.width, frame.height, frame.complete_rows, frame.height
        );
    }
    let busy: Vec<u64> = outcome.processes.iter().map(|p| p.busy).collect();
    println!(
        "{} cycles, busy {busy:?}; {}",
        outcome.total,
        machine.report(&outcome).headline
    );
    Ok(())
}
