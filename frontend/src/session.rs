//! One run of one file: choosing and compiling the program, loading, running, and what came out.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use orrery_emulator::report::{ExitReport, Verdict};
use orrery_emulator::{Clock, Config, Frame, Machine, Program};
use orrery_shared::{End, Outcome};
use serde_json::{Value, json};

use crate::cli::{ClockArg, MachineArgs};
use crate::{diagnostics, library, watch};

impl From<ClockArg> for Clock {
    fn from(arg: ClockArg) -> Clock {
        match arg {
            ClockArg::Off => Clock::Off,
            ClockArg::Exact => Clock::Exact,
            ClockArg::Lockstep => Clock::Lockstep,
        }
    }
}

fn unfit(error: orrery_emulator::LoadError) -> Failure {
    Failure::usage(error.to_string())
}

/// Exit codes (`docs/cli.md`).
pub mod exit {
    /// Fine.
    pub const OK: i32 = 0;
    /// Verification or golden mismatch.
    pub const MISMATCH: i32 = 1;
    /// Wrong usage.
    pub const USAGE: i32 = 2;
    /// Bad input or trap.
    pub const BAD_INPUT: i32 = 3;
    /// Budget or horizon reached.
    pub const LIMIT: i32 = 4;
}

/// A failure with its exit code.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: i32,
    /// For people.
    pub message: String,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure {
            code: exit::USAGE,
            message: message.into(),
        }
    }
}

/// The configuration that the arguments describe.
///
/// # Errors
/// Usage failures: unknown keys, values out of range, unreadable files.
pub fn config(args: &MachineArgs) -> Result<Config, Failure> {
    let mut config = Config::default();
    if let Some(path) = &args.config {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        read_toml(&mut config, &text)
            .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    }
    for item in &args.set {
        let (key, value) = item
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--set {item}: write KEY=VALUE")))?;
        config
            .set_text(key.trim(), value)
            .map_err(|e| Failure::usage(e.to_string()))?;
    }
    config
        .validate()
        .map_err(|e| Failure::usage(e.to_string()))?;
    Ok(config)
}

fn read_toml(config: &mut Config, text: &str) -> Result<(), String> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    for (section, values) in &table {
        let toml::Value::Table(values) = values else {
            return Err(format!("`{section}` must be a section, such as [machine]"));
        };
        for (name, value) in values {
            let key = format!("{section}.{name}");
            let value = value.as_integer().and_then(|v| u64::try_from(v).ok());
            let value = value.ok_or_else(|| format!("`{key}` must be a whole number"))?;
            config.set(&key, value).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

/// The parameter of programs that can make a picture at a fraction of its size.
pub const SCALE: &str = "scale";

/// The parameter of programs that can draw a picture before all of it is there.
pub const REDRAW: &str = "redraw";

/// The parameters that were given as `NAME=VALUE`; a negative value is its two's complement.
///
/// # Errors
/// Usage failures: no such form, no whole number of 32 bits, a name twice.
pub fn parameters(given: &[String]) -> Result<Vec<(String, u32)>, Failure> {
    let mut parameters: Vec<(String, u32)> = Vec::new();
    for param in given {
        let wrong = |why: &str| Failure::usage(format!("--param {param}: {why}"));
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| wrong("write NAME=VALUE"))?;
        let number = match value.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok().map(i64::from),
            None => value.parse().ok(),
        };
        let number = number.ok_or_else(|| wrong(&format!("`{value}` is not a whole number")))?;
        let value = u32::try_from(number)
            .or_else(|_| i32::try_from(number).map(i32::cast_unsigned))
            .map_err(|_| wrong(&format!("`{value}` does not fit into 32 bits")))?;
        if parameters.iter().any(|(n, _)| n == name) {
            return Err(wrong(&format!("`{name}` is given twice")));
        }
        parameters.push((name.to_owned(), value));
    }
    Ok(parameters)
}

/// Compiles a program found in the library or a directory.
///
/// # Errors
/// A usage failure with the rendered diagnostics.
pub fn compile(found: &library::Found) -> Result<Arc<Program>, Failure> {
    if let Some(program) = &found.image {
        return Ok(Arc::new(program.clone()));
    }
    match Program::compile(&found.name, &found.sources) {
        Ok(compiled) => Ok(Arc::new(compiled.program)),
        Err(errors) => Err(Failure::usage(diagnostics::render(
            &errors,
            &found.sources,
            false,
        ))),
    }
}

/// What the compilers say about a program that was named, as JSON; empty if it compiles or
/// cannot be read.
pub fn diagnostics(program: Option<&str>) -> Value {
    let found = program.and_then(|name| library::find(name).ok());
    let messages = found
        .filter(|found| found.image.is_none())
        .and_then(|found| {
            let errors = Program::compile(&found.name, &found.sources).err()?;
            Some(diagnostics::to_json(&errors, &found.sources))
        });
    messages.unwrap_or_else(|| json!([]))
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// A failure with exit code 3 and the path.
pub fn input(path: &Path) -> Result<Arc<[u8]>, Failure> {
    let read = |from: &mut dyn Read| {
        let mut bytes = Vec::new();
        // One more shows that there is more; endless inputs end here too.
        from.take(MAX_INPUT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_INPUT {
            let message = "larger than 1 GiB, which no program reads";
            return Err(std::io::Error::new(ErrorKind::FileTooLarge, message));
        }
        Ok(bytes)
    };
    let bytes = if path == Path::new("-") {
        read(&mut std::io::stdin().lock())
    } else {
        std::fs::File::open(path).and_then(|mut file| read(&mut file))
    };
    bytes.map(Into::into).map_err(|e| Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {e}", path.display()),
    })
}

/// The largest input that is read.
const MAX_INPUT: u64 = 1 << 30;

/// What sniffing found, and what it cost.
#[derive(Clone, Debug)]
pub struct Sniffed {
    /// The chosen program.
    pub program: &'static library::Shipped,
    /// Cycles of the sniffing program.
    pub cycles: u64,
}

/// Lets the sniffing program choose by the input's first bytes.
///
/// # Errors
/// Exit code 3 if no shipped program knows them.
pub fn sniff(config: &Config, bytes: &Arc<[u8]>) -> Result<Sniffed, Failure> {
    let found = library::Found {
        name: library::SNIFF.name.into(),
        sources: library::SNIFF.sources(),
        image: None,
    };
    let program = compile(&found)?;
    let mut machine =
        Machine::new(config, program, Arc::clone(bytes), Clock::Exact).map_err(unfit)?;
    let outcome = machine.run(None);
    let report = machine.report(&outcome);
    if report.verdict == Verdict::Limit {
        return Err(Failure {
            code: exit::LIMIT,
            message: format!("while choosing a program: {}", report.headline),
        });
    }
    let choice = machine.exit_value().unwrap_or(0) as usize;
    match choice.checked_sub(1).and_then(|n| library::SHIPPED.get(n)) {
        Some(program) => Ok(Sniffed {
            program,
            cycles: outcome.total,
        }),
        None => {
            let first: Vec<String> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
            Err(Failure {
                code: exit::BAD_INPUT,
                message: if bytes.is_empty() {
                    "the input is empty".into()
                } else {
                    format!(
                        "no shipped program knows a file that starts with {}; name one with --program",
                        first.join(" ")
                    )
                },
            })
        }
    }
}

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    /// The machine as it stands.
    pub machine: Machine,
    /// What the clock says.
    pub outcome: Outcome,
    /// Frames, incomplete ones last.
    pub frames: Vec<Frame>,
    /// How it ended, in words and as exit code.
    pub report: ExitReport,
    /// If the program was chosen by sniffing.
    pub sniffed: Option<Sniffed>,
}

/// What to run.
#[derive(Debug)]
pub struct Job<'a> {
    /// Machine.
    pub config: &'a Config,
    /// Program's name or directory; `None` sniffs.
    pub program: Option<&'a str>,
    /// Parameters of the program, by name.
    pub params: &'a [(String, u32)],
    /// Somebody looks on: programs with a parameter [`REDRAW`] draw pictures while they grow,
    /// unless `params` says otherwise.
    pub redraw: bool,
    /// Input.
    pub bytes: Arc<[u8]>,
    /// Clock.
    pub clock: Clock,
    /// Horizon.
    pub max_cycles: Option<u64>,
}

/// Loads a job's machine without running it.
///
/// # Errors
/// Usage failures of the program, or exit code 3 when no program fits.
pub fn load(job: &Job<'_>) -> Result<(Machine, Option<Sniffed>), Failure> {
    let (found, sniffed) = match job.program {
        Some(name) => (library::find(name).map_err(Failure::usage)?, None),
        None => {
            let sniffed = sniff(job.config, &job.bytes)?;
            let program = sniffed.program;
            (
                library::Found {
                    name: program.name.into(),
                    sources: program.sources(),
                    image: None,
                },
                Some(sniffed),
            )
        }
    };
    let program = compile(&found)?;
    let mut machine =
        Machine::new(job.config, program, Arc::clone(&job.bytes), job.clock).map_err(unfit)?;
    if job.redraw {
        // Programs that draw as they go have no such parameter.
        let _ = machine.set_parameter(REDRAW, 1);
    }
    for (name, value) in job.params {
        machine
            .set_parameter(name, *value)
            .map_err(|e| match name.as_str() {
                SCALE => Failure::usage(format!(
                    "--scale: the program `{}` decodes at full size only",
                    e.program
                )),
                _ => Failure::usage(format!("--param {name}: {e}")),
            })?;
    }
    Ok((machine, sniffed))
}

/// Runs a job to its end.
///
/// # Errors
/// As [`load`]; a trap is no error but part of the report.
pub fn run(job: &Job<'_>) -> Result<Finished, Failure> {
    run_with(job, |machine| Ok(watch::run(machine, job.max_cycles)))
}

/// Runs a job by `drive`.
///
/// # Errors
/// As [`load`], or what `drive` says.
pub fn run_with(
    job: &Job<'_>,
    drive: impl FnOnce(&mut Machine) -> Result<Outcome, Failure>,
) -> Result<Finished, Failure> {
    let (mut machine, sniffed) = load(job)?;
    let outcome = drive(&mut machine)?;
    let frames = machine.take_frames();
    let mut report = machine.report(&outcome);
    if outcome.end == End::Horizon && watch::interrupted() {
        report.headline = match job.clock {
            Clock::Off => "stopped on request".into(),
            _ => format!("stopped on request, at cycle {}", outcome.total),
        };
    }
    Ok(Finished {
        machine,
        outcome,
        frames,
        report,
        sniffed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_configurations_hold() {
        let mut default = Config {
            queue_depth: 1,
            ..Config::default()
        };
        read_toml(&mut default, include_str!("../../configs/default.toml")).expect("valid");
        assert_eq!(default, Config::default());
        let mut large = Config::default();
        read_toml(&mut large, include_str!("../../configs/large.toml")).expect("valid");
        assert!(large.texture_bytes > default.texture_bytes);
        assert_eq!(large.validate(), Ok(()));
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_errors() {
        let mut config = Config::default();
        for text in [
            "[machine]\nqueue = 1",
            "queue_depth = 1",
            "[machine]\nqueue_depth = -1",
        ] {
            assert!(read_toml(&mut config, text).is_err(), "{text}");
        }
    }
}
