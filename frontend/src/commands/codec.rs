//! `orrery codec`: the reference decoders by themselves.

use orrery_emulator::Frame;
use orrery_reference::{ReferenceError, backends};

use crate::cli::CodecCommand;
use crate::picture;
use crate::say;
use crate::session::{self, Failure, exit};

/// Decodes with a reference decoder.
pub fn run(command: &CodecCommand) -> Result<i32, Failure> {
    let CodecCommand::Decode {
        input,
        output,
        backend,
    } = command;
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
    let frame = Frame {
        width: picture.width,
        height: picture.height,
        complete: problem.is_none(),
        complete_rows: picture.height,
        shown_rows: picture.height,
        rgba: picture.rgba,
        cycle: 0,
        base: 0,
        turn: 0,
    };
    picture::write(&frame, output).map_err(Failure::usage)?;
    match problem {
        None => Ok(exit::OK),
        Some(message) => {
            say::note(format_args!("{}: incomplete: {message}", input.display()));
            Ok(exit::BAD_INPUT)
        }
    }
}
