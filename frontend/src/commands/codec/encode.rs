//! `orrery codec encode`: the codecs that encode.

use crate::cli::EncodeArgs;
use crate::session::Failure;

/// Encodes with the backend that was named, or that the output's extension names.
///
/// # Errors
/// No such backend, or one that was not built in; what the encoder says of the input.
pub fn run(args: &EncodeArgs) -> Result<i32, Failure> {
    let extension = args.output.extension().and_then(|e| e.to_str());
    let other = |option: Option<&'static str>, backend| match option {
        Some(option) => Err(Failure::usage(format!(
            "{option} is for the backend {backend}"
        ))),
        None => Ok(()),
    };
    match args.backend.as_deref().or(extension) {
        Some("jxl") => {
            other(args.vae.given(), "vae-ans")?;
            jxl(args)
        }
        Some("vae-ans" | "vae") => {
            other(args.jxl.given(), "jxl")?;
            super::vae::encode(args)
        }
        Some(name) => Err(Failure::usage(format!(
            "no backend encodes `{name}`; there are: jxl, vae-ans"
        ))),
        None => Err(Failure::usage("name a backend with --backend")),
    }
}

#[cfg(not(feature = "jxl"))]
fn jxl(_: &EncodeArgs) -> Result<i32, Failure> {
    Err(super::without_libjxl("to encode JPEG XL"))
}

#[cfg(feature = "jxl")]
fn jxl(args: &EncodeArgs) -> Result<i32, Failure> {
    super::jxl::encode(&crate::session::input(&args.input)?, args)
}
