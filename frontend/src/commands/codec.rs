//! `orrery codec`: the reference decoders by themselves.

use orrery_emulator::Frame;
use orrery_reference::{ReferenceError, backends};

use crate::cli::CodecCommand;
use crate::picture;
use crate::say;
use crate::session::{self, Failure, exit};

pub mod artifacts;

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

/// Decodes with a reference decoder, or does what the other subcommands say.
pub fn run(command: &CodecCommand) -> Result<i32, Failure> {
    let (input, output, backend) = match command {
        CodecCommand::Decode {
            input,
            output,
            backend,
        } => (input, output, backend),
        CodecCommand::Artifacts(args) => return artifacts::run(args),
    };
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
    picture::write(&frame, output).map_err(Failure::usage)?;
    match problem {
        None => Ok(exit::OK),
        Some(message) => {
            say::note(format_args!("{}: incomplete: {message}", input.display()));
            Ok(exit::BAD_INPUT)
        }
    }
}
