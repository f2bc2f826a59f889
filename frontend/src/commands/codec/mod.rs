//! `orrery codec`: the reference codecs by themselves.

pub mod artifacts;
mod decode;
mod encode;
#[cfg(feature = "jxl")]
mod jxl;
pub mod jxl_args;
mod tensor;
pub mod vae;

use crate::cli::CodecCommand;
use crate::session::Failure;

/// Does what the subcommand says.
///
/// # Errors
/// Those of the subcommand.
pub fn run(command: &CodecCommand) -> Result<i32, Failure> {
    match command {
        CodecCommand::Decode(args) => decode::run(args),
        CodecCommand::Encode(args) => encode::run(args),
        CodecCommand::Artifacts(args) => artifacts::run(args),
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
