//! Arguments of `orrery codec`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::commands::codec::artifacts::ArtifactArgs;
use crate::commands::codec::jxl_args;
use crate::commands::codec::vae::{VaeEncodeArgs, VaeModelArgs};

/// `codec ...`
#[derive(Debug, Subcommand)]
pub enum CodecCommand {
    /// Decodes IN with a reference decoder and writes OUT.
    Decode(DecodeArgs),
    /// Encodes IN, a picture that a reference decoder knows, and writes OUT.
    Encode(EncodeArgs),
    /// Compresses tiles of IN as JPEG does, decompresses them in place, and writes the picture.
    Artifacts(ArtifactArgs),
}

/// `codec decode`
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// Input.
    pub input: PathBuf,
    /// Output: .png, .ppm, .qoi or .npy.
    pub output: PathBuf,
    /// Which backend; by default the project's own or the first that knows the file.
    #[arg(long)]
    pub backend: Option<String>,
    /// Threads a decoder may use; those of JPEG, PNG and QOI use one.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// How it is written.
    #[command(flatten)]
    pub tensor: TensorArgs,
    /// Options of one backend.
    #[command(flatten)]
    pub jxl: jxl_args::JxlDecodeArgs,
    /// Options of one backend.
    #[command(flatten)]
    pub vae: VaeModelArgs,
}

/// `codec encode`
#[derive(Debug, Args)]
pub struct EncodeArgs {
    /// Input.
    pub input: PathBuf,
    /// Output.
    pub output: PathBuf,
    /// Which backend; by default the one that the extension of OUT names.
    #[arg(long)]
    pub backend: Option<String>,
    /// Nothing is lost.
    #[arg(long)]
    pub lossless: bool,
    /// Threads an encoder may use.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// Options of one backend.
    #[command(flatten)]
    pub jxl: jxl_args::JxlEncodeArgs,
    /// Options of one backend.
    #[command(flatten)]
    pub vae: VaeEncodeArgs,
}

/// What a decoded picture is written as.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct TensorArgs {
    /// How pixels lie; rgb for .npy unless given.
    #[arg(long)]
    pub format: Option<FormatArg>,
    /// The type of the elements; u8 unless given.
    #[arg(long)]
    pub dtype: Option<DtypeArg>,
}

/// A pixel format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
    /// Blue, green, red, alpha.
    Bgra,
    /// Luma.
    Grey,
    /// A plane of luma, then rows of (Cb, Cr) at half the size; of JPEG only.
    Nv12,
    /// Inks as stored; of JPEG only.
    Cmyk,
}

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DtypeArg {
    /// Samples as they are.
    U8,
    /// Samples minus 128.
    I8,
    /// Samples of 16 bits, others times 257.
    U16,
    /// The same minus 32768.
    I16,
    /// From 0 to 1.
    F32,
}
