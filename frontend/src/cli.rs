//! The command line: what can be typed (`docs/cli.md` says what it does).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[cfg(feature = "references")]
mod codec;

#[cfg(feature = "references")]
pub use codec::{CodecCommand, DecodeArgs, DtypeArg, EncodeArgs, FormatArg, TensorArgs};

/// What `--version` says.
#[cfg(not(feature = "references"))]
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nbuilt without reference decoders",
    "\nlicence: MIT OR Apache-2.0"
);
/// What `--version` says.
#[cfg(all(feature = "references", not(feature = "jxl")))]
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nJPEG XL: jxl-oxide 0.12 (decodes; the feature `jxl` adds libjxl)",
    "\nlicence: MIT OR Apache-2.0"
);
/// What `--version` says.
#[cfg(feature = "jxl")]
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nJPEG XL: libjxl 0.12 (decodes and encodes), jxl-oxide 0.12",
    "\nlicence: GPL-3.0-or-later, for jpegxl-rs and jpegxl-sys are in it"
);

/// A simulated hardware browser: runs decoder programs and counts cycles.
#[derive(Debug, Parser)]
#[command(name = "orrery", version, long_version = VERSION, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a program on files: shows the picture, or writes it.
    Run(RunArgs),
    /// Compares the machine's output with the reference decoders'.
    #[cfg(feature = "references")]
    Verify(VerifyArgs),
    /// Runs the golden-output tests of the shipped programs.
    #[cfg(feature = "references")]
    Golden(GoldenArgs),
    /// Times every clock mode beside native decoders.
    #[cfg(feature = "references")]
    Bench(BenchArgs),
    /// Opens the window with the machine open: single steps, queues, source lines.
    Debug(DebugArgs),
    /// Writes the skeleton of a new program.
    New {
        /// The directory to make.
        dir: PathBuf,
    },
    /// Compiles a program directory and explains its mistakes.
    Check(CheckArgs),
    /// Compiles a program directory into an image.
    Asm {
        /// The program's directory.
        dir: PathBuf,
        /// The image to write.
        out: PathBuf,
        /// The machine that it has to fit into.
        #[command(flatten)]
        machine: MachineArgs,
    },
    /// Prints an image as text.
    Disasm {
        /// The image.
        image: PathBuf,
    },
    /// Prints the instruction reference, from the op tables.
    Isa {
        /// One unit: parsing, output, arithmetic, compositing.
        unit: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// The TextMate grammar of one of the languages instead: syn, alu or gfx.
        #[arg(long, value_name = "LANGUAGE")]
        textmate: Option<String>,
    },
    /// The configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Says a trap or diagnostic code in words.
    Explain {
        /// Such as T06, G012, A003.
        code: String,
    },
    /// Lists programs, backends or configurations.
    List {
        /// What to list.
        what: Listed,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The reference codecs by themselves.
    #[cfg(feature = "references")]
    Codec {
        /// What to do.
        #[command(subcommand)]
        command: CodecCommand,
    },
}

/// What `list` lists.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Listed {
    /// Shipped programs.
    Programs,
    /// Reference backends.
    #[cfg(feature = "references")]
    Backends,
    /// Shipped configurations.
    Configs,
}

/// `config ...`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// The resolved configuration, with units and ranges.
    Show(MachineArgs),
}

/// How time is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClockArg {
    /// Values only, no cycles.
    Off,
    /// Exact cycles, units run ahead.
    Exact,
    /// Exact cycles, every unit looks at every cycle.
    Lockstep,
}

/// Which machine.
#[derive(Clone, Debug, Default, Args)]
pub struct MachineArgs {
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Overrides one configuration number.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Files to run; `-` is standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// A shipped program's name, a directory, or an image. By default the first bytes choose.
    #[arg(long, value_name = "NAME|DIR|IMAGE")]
    pub program: Option<String>,
    /// Which machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// A parameter of the program; `check` and `list` name them.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// How time is kept.
    #[arg(long, value_enum, default_value = "exact")]
    pub clock: ClockArg,
    /// Stops before this cycle.
    #[arg(long, value_name = "N")]
    pub max_cycles: Option<u64>,
    /// Opens no window.
    #[arg(long)]
    pub headless: bool,
    /// Writes the last frame (.png, .ppm, .qoi), or every frame into a directory.
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Writes video as decoded planes (not supported yet).
    #[arg(long, value_name = "PATH.y4m")]
    pub planes: Option<PathBuf>,
    /// Writes sound as 16-bit PCM (not supported yet).
    #[arg(long, value_name = "PATH.wav")]
    pub audio: Option<PathBuf>,
    /// Prints `sha256  WxH  frame` for every frame.
    #[arg(long)]
    pub hash: bool,
    /// Shows the stored orientation, whatever the file says of turning it.
    #[arg(long)]
    pub no_orient: bool,
    /// Only these frames: A..B, B excluded.
    #[arg(long, value_name = "A..B")]
    pub frames: Option<String>,
    /// Decodes at a fraction of the size, where the program can (JPEG).
    #[arg(long, value_name = "SCALE", value_parser = ["1", "1/2", "1/4", "1/8"])]
    pub scale: Option<String>,
    /// Writes stats.json.
    #[arg(long, value_name = "PATH.json")]
    pub stats: Option<PathBuf>,
    /// Writes an instruction trace: a line for every beat; --max-cycles bounds it.
    #[arg(long, value_name = "PATH")]
    pub trace: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// `verify`
#[cfg(feature = "references")]
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Only this backend.
    #[arg(long)]
    pub backend: Option<String>,
    /// As for `run`.
    #[arg(long, value_name = "NAME|DIR|IMAGE")]
    pub program: Option<String>,
    /// Which machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// How time is kept.
    #[arg(long, value_enum, default_value = "off")]
    pub clock: ClockArg,
    /// Writes a picture of the differences.
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// `golden`
#[cfg(feature = "references")]
#[derive(Debug, Args)]
pub struct GoldenArgs {
    /// Only cases whose name contains this.
    #[arg(long)]
    pub filter: Option<String>,
    /// Writes new expectations where the reference agrees with the machine.
    #[arg(long)]
    pub bless: bool,
    /// The folder of cases.
    #[arg(long, default_value = "tests/golden")]
    pub cases: PathBuf,
}

/// `bench`
#[cfg(feature = "references")]
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
    /// Only inputs whose name contains this.
    #[arg(long)]
    pub filter: Option<String>,
    /// Alternating runs of each.
    #[arg(long, default_value_t = 7)]
    pub runs: usize,
}

/// `debug`
#[derive(Debug, Args)]
pub struct DebugArgs {
    /// The file.
    pub file: PathBuf,
    /// As for `run`.
    #[arg(long, value_name = "NAME|DIR|IMAGE")]
    pub program: Option<String>,
    /// Which machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// A parameter of the program.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Commands from a file instead of the window.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
}

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The program's directory.
    pub dir: PathBuf,
    /// The machine that it has to fit into.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// Checks again whenever a file changes.
    #[arg(long)]
    pub watch: bool,
    /// Prints the rows each line became.
    #[arg(long)]
    pub listing: bool,
    /// One JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}
