//! `orrery codec`: the reference codecs by themselves.

pub mod artifacts;
mod decode;
mod tensor;

use crate::cli::CodecCommand;
use crate::session::Failure;

/// Does what the subcommand says.
///
/// # Errors
/// Those of the subcommand.
pub fn run(command: &CodecCommand) -> Result<i32, Failure> {
    match command {
        CodecCommand::Decode(args) => decode::run(args),
        CodecCommand::Artifacts(args) => artifacts::run(args),
    }
}
