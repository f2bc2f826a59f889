//! `orrery codec`: the reference codecs by themselves.

use std::path::Path;

use orrery_emulator::Frame;
use orrery_reference::{ReferenceError, backends};

use crate::cli::CodecCommand;
use crate::picture;
use crate::say;
use crate::session::{self, Failure, exit};

#[cfg(feature = "jxl")]
mod jxl;
pub mod jxl_args;

/// Decodes or encodes.
pub fn run(command: &CodecCommand) -> Result<i32, Failure> {
    match command {
        CodecCommand::Decode {
            input,
            output,
            backend,
            jxl,
        } => decode(input, output, backend.as_deref(), jxl),
        CodecCommand::Encode {
            input,
            output,
            backend,
            lossless,
            jxl,
        } => {
            let extension = output.extension().and_then(|e| e.to_str());
            match backend.as_deref().or(extension) {
                Some("jxl") => encode_jxl(input, output, *lossless, jxl),
                Some(name) => Err(Failure::usage(format!(
                    "no backend encodes `{name}`; there is: jxl"
                ))),
                None => Err(Failure::usage("name a backend with --backend")),
            }
        }
    }
}

/// What to do for libjxl.
#[cfg(not(feature = "jxl"))]
fn without_libjxl(what: &str) -> Failure {
    Failure::usage(format!(
        "{what} needs the feature `jxl`, which this command was built without; build it with \
         `cargo build --release -p orrery --features jxl` (cmake and a C++ compiler are needed; the \
         result is under GPL-3.0-or-later)"
    ))
}

#[cfg(not(feature = "jxl"))]
fn encode_jxl(_: &Path, _: &Path, _: bool, _: &jxl_args::EncodeArgs) -> Result<i32, Failure> {
    Err(without_libjxl("to encode JPEG XL"))
}

#[cfg(feature = "jxl")]
fn encode_jxl(
    input: &Path,
    output: &Path,
    lossless: bool,
    args: &jxl_args::EncodeArgs,
) -> Result<i32, Failure> {
    jxl::encode(&session::input(input)?, input, output, lossless, args)
}

/// A picture to write.
fn frame(width: u32, height: u32, rgba: Vec<u8>, complete: bool) -> Frame {
    Frame {
        width,
        height,
        complete,
        complete_rows: height,
        rgba,
        cycle: 0,
        base: 0,
        turn: 0,
    }
}

fn decode(
    input: &Path,
    output: &Path,
    backend: Option<&str>,
    jxl: &jxl_args::DecodeArgs,
) -> Result<i32, Failure> {
    #[cfg(not(feature = "jxl"))]
    if let Some(option) = jxl.given() {
        return Err(without_libjxl(option));
    }
    #[cfg(not(feature = "jxl"))]
    if backend == Some("jxl") {
        return Err(without_libjxl("the backend jxl"));
    }
    let bytes = session::input(input)?;
    let chosen = match backend {
        Some(name) => backends().iter().find(|b| b.name() == name),
        None => backends().iter().find(|b| b.sniff(&bytes)),
    };
    let Some(chosen) = chosen else {
        let names: Vec<&str> = backends().iter().map(|b| b.name()).collect();
        let code = if backend.is_some() {
            exit::USAGE
        } else {
            exit::BAD_INPUT
        };
        return Err(Failure {
            code,
            message: format!("no backend fits; there are: {}", names.join(", ")),
        });
    };
    #[cfg(feature = "jxl")]
    if chosen.name() == jxl::NAME {
        return jxl::decode(&bytes, input, output, jxl);
    }
    let (picture, problem) = match chosen.decode(&bytes) {
        Ok(picture) => (picture, None),
        Err(ReferenceError::Incomplete {
            picture, message, ..
        }) => (picture, Some(message)),
        Err(e) => {
            return Err(Failure {
                code: exit::BAD_INPUT,
                message: format!("{}: {e}", input.display()),
            });
        }
    };
    let complete = problem.is_none();
    let frame = frame(picture.width, picture.height, picture.rgba, complete);
    picture::write_all(&[(0, frame)], output, None).map_err(Failure::usage)?;
    match problem {
        None => Ok(exit::OK),
        Some(message) => {
            say::note(format_args!("{}: incomplete: {message}", input.display()));
            Ok(exit::BAD_INPUT)
        }
    }
}
