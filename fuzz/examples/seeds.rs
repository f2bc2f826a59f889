//! Writes what the fuzz targets start from into `corpus/`: the project's samples, and the
//! shipped programs. An example, since fuzzers are built with instrumentation that only they link.

#[path = "../common.rs"]
#[allow(dead_code, reason = "each target uses its own part")]
mod common;

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(corpus.join(target))?;
        fs::write(corpus.join(target).join(name), bytes)
    };
    for sample in orrery_samples::all()
        .iter()
        .filter(|s| s.bytes.len() <= 4096)
    {
        let file = sample.file_name();
        match file.rsplit('.').next() {
            Some("qoi") => write("qoi", &file, &sample.bytes)?,
            Some("png") => {
                write("png", &file, &sample.bytes)?;
                write("codec", &file, &[&[0], &sample.bytes[..]].concat())?;
            }
            _ => {
                write("jpeg", &file, &sample.bytes)?;
                // The first byte chooses scale and format.
                let choice = (sample.bytes.len() % 32) as u8;
                write("codec", &file, &[&[choice], &sample.bytes[..]].concat())?;
            }
        }
    }
    for name in ["qoi", "png", "jpeg"] {
        write("image", name, &common::program(name).encode())?;
        for (file, text) in common::sources(name) {
            let target = match file.rsplit('.').next() {
                Some("syn") => "grammar",
                Some("alu") => "alu",
                _ => "gfx",
            };
            write(target, &file, text.as_bytes())?;
        }
    }
    Ok(())
}
