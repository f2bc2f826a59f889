//! `orrery asm` and `orrery disasm`.

use std::path::Path;

use orrery_emulator::Program;

use crate::cli::MachineArgs;
use crate::commands::check::fitting;
use crate::say::{self, colour, print};
use crate::session::{self, Failure, exit};
use crate::{diagnostics, library};

/// Compiles a directory into an image.
pub fn assemble(dir: &Path, out: &Path, machine: &MachineArgs) -> Result<i32, Failure> {
    let found = library::read(dir).map_err(Failure::usage)?;
    match fitting(&found, &session::config(machine)?) {
        Ok(compiled) => {
            say::raw(diagnostics::render(
                &compiled.warnings,
                &found.sources,
                colour(),
            ));
            let bytes = compiled.program.encode();
            std::fs::write(out, &bytes)
                .map_err(|e| Failure::usage(format!("{}: {e}", out.display())))?;
            print(&format!("{}: {} bytes", out.display(), bytes.len()));
            Ok(exit::OK)
        }
        Err(errors) => {
            say::raw(diagnostics::render(&errors, &found.sources, colour()));
            Ok(exit::USAGE)
        }
    }
}

/// Prints an image as text.
pub fn disassemble(image: &Path) -> Result<i32, Failure> {
    let bytes =
        std::fs::read(image).map_err(|e| Failure::usage(format!("{}: {e}", image.display())))?;
    let program = Program::decode(&bytes).map_err(|e| Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {e}", image.display()),
    })?;
    print(program.listing().trim_end());
    Ok(exit::OK)
}
