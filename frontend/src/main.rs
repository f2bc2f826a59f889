//! The `orrery` command: runs programs of the simulated machine, compares, measures, shows.

mod cli;
mod commands;
mod diagnostics;
mod library;
mod picture;
mod say;
mod session;
mod stats;
mod trace;
mod watch;
mod window;

use clap::Parser;
use cli::{Cli, Command, ConfigCommand};
use session::{Failure, exit};

fn main() {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are answers; everything else is wrong usage.
            let code = if e.use_stderr() {
                exit::USAGE
            } else {
                exit::OK
            };
            let _ = e.print();
            std::process::exit(code);
        }
    };
    let mut code = dispatch(&cli.command).unwrap_or_else(|failure: Failure| {
        say::note(failure.message.trim_end());
        failure.code
    });
    if let Some(why) = say::lost() {
        say::note(format_args!("standard output: {why}"));
        code = code.max(exit::USAGE);
    }
    std::process::exit(code);
}

fn dispatch(command: &Command) -> Result<i32, Failure> {
    match command {
        Command::Run(args) => commands::run::run(args),
        #[cfg(feature = "references")]
        Command::Verify(args) => commands::verify::run(args),
        #[cfg(feature = "references")]
        Command::Golden(args) => commands::golden::run(args),
        #[cfg(feature = "references")]
        Command::Bench(args) => commands::bench::run(args),
        Command::Debug(args) => window::debug(args),
        Command::New { dir } => commands::new::run(dir),
        Command::Check(args) => commands::check::run(args),
        Command::Asm { dir, out, machine } => commands::asm::assemble(dir, out, machine),
        Command::Disasm { image } => commands::asm::disassemble(image),
        Command::Isa {
            unit,
            json,
            textmate,
        } => commands::isa::run(unit.as_deref(), *json, textmate.as_deref()),
        Command::Config {
            command: ConfigCommand::Show(args),
        } => commands::info::config(args),
        Command::Explain { code } => commands::info::explain(code),
        Command::List { what, json } => commands::info::list(*what, *json),
        #[cfg(feature = "references")]
        Command::Codec { command } => commands::codec::run(command),
    }
}
