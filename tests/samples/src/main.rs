//! `orrery-samples DIR` writes every sample into a folder, made if needed.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: orrery-samples DIR");
        return ExitCode::from(2);
    };
    match write(&PathBuf::from(folder)) {
        Ok((files, bytes)) => {
            println!("{files} files, {bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("orrery-samples: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the samples; gives their number and their bytes together.
fn write(folder: &PathBuf) -> io::Result<(usize, usize)> {
    fs::create_dir_all(folder)?;
    let samples = orrery_samples::all();
    for sample in &samples {
        fs::write(folder.join(sample.file_name()), &sample.bytes)?;
    }
    let bytes = samples.iter().map(|sample| sample.bytes.len()).sum();
    Ok((samples.len(), bytes))
}
