//! Runs a program on a file again and again, for profilers: DIR FILE CLOCK TIMES.

use std::error::Error;
use std::time::Instant;
use std::{env, fs, path::Path, sync::Arc};

use orrery_emulator::{Clock, Config, Machine, Program, Sources};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [dir, file, clock, times] = arguments.as_slice() else {
        return Err("DIR FILE off|exact|lockstep TIMES".into());
    };
    let mut sources = Sources::new();
    for entry in fs::read_dir(dir)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        sources.insert(name, fs::read_to_string(entry.path())?);
    }
    let name = Path::new(dir).file_name().and_then(|n| n.to_str());
    let compiled =
        Program::compile(name.unwrap_or("main"), &sources).map_err(|d| format!("{d:#?}"))?;
    let program = Arc::new(compiled.program);
    let input: Arc<[u8]> = fs::read(file)?.into();
    let clock = Clock::ALL
        .into_iter()
        .find(|c| c.name() == clock)
        .ok_or("no such clock")?;
    for _ in 0..times.parse()? {
        let mut machine = Machine::new(
            &Config::default(),
            Arc::clone(&program),
            Arc::clone(&input),
            clock,
        )?;
        let start = Instant::now();
        let outcome = machine.run(None);
        println!("{:?}, {} cycles", start.elapsed(), outcome.total);
    }
    Ok(())
}
