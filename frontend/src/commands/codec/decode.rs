//! `orrery codec decode`: the reference decoders by themselves.

use std::path::Path;

use orrery_reference::{Backend, Picture, ReferenceError, backends};

use super::{tensor, vae};
use crate::cli::DecodeArgs;
use crate::picture;
use crate::say;
use crate::session::{self, Failure, exit};

/// Decodes with a reference decoder.
pub fn run(args: &DecodeArgs) -> Result<i32, Failure> {
    let DecodeArgs {
        input,
        output,
        backend,
        tensor,
        threads,
        jxl,
        vae: model,
    } = args;
    #[cfg(not(feature = "jxl"))]
    if let Some(option) = jxl
        .given()
        .or((backend.as_deref() == Some("jxl")).then_some("the backend jxl"))
    {
        return Err(super::without_libjxl(option));
    }
    let bytes = session::input(input)?;
    let latents = backend.as_deref() == Some("vae-ans") || backend.is_none() && vae::sniff(&bytes);
    if !latents && model.model.is_some() {
        let message = "--model is for latent containers that the backend vae-ans decodes";
        return Err(Failure::usage(message));
    }
    if latents {
        if let Some(option) = jxl.given() {
            let message = format!("{option} is for pictures that the backend jxl decodes");
            return Err(Failure::usage(message));
        }
        tensor::check(tensor, output)?;
        let picture = vae::decode(input, &bytes, usize::from(*threads), model)?;
        tensor::write(picture, tensor, output)?;
        return Ok(exit::OK);
    }
    let chosen = match backend.as_deref() {
        Some("jpeg") => named(OWN),
        Some(name) => named(name),
        None => named(OWN)
            .filter(|own| own.sniff(&bytes))
            .or_else(|| backends().iter().copied().find(|b| b.sniff(&bytes))),
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
    #[cfg(feature = "jxl")]
    if chosen.name() == super::jxl::NAME && !tensor::wanted(tensor, output) {
        return super::jxl::decode(&bytes, input, output, *threads, jxl);
    }
    #[cfg(feature = "jxl")]
    if let Some(option) = jxl.given() {
        let message = format!("{option} is for pictures that the backend jxl decodes");
        return Err(Failure::usage(message));
    }
    let bad = |message| Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {message}", input.display()),
    };
    let problem = if tensor::wanted(tensor, output) {
        let own = chosen.name() == OWN
            || backend.is_none() && orrery_jpeg::ImageFormat::detect(&bytes).is_some();
        tensor::decode(chosen, own, &bytes, tensor, output, bad)?
    } else {
        let (picture, problem) = decode(chosen, &bytes).map_err(bad)?;
        write(picture, problem.is_none(), output)?;
        problem
    };
    match problem {
        None => Ok(exit::OK),
        Some(message) => {
            say::note(format_args!("{}: incomplete: {message}", input.display()));
            Ok(exit::BAD_INPUT)
        }
    }
}

/// The project's own codec; it reads PNG too.
const OWN: &str = "orrery-jpeg";

fn named(name: &str) -> Option<&'static dyn Backend> {
    backends().iter().copied().find(|b| b.name() == name)
}

/// A picture, and why it is not complete if it is not.
pub fn decode(backend: &dyn Backend, bytes: &[u8]) -> Result<(Picture, Option<String>), String> {
    match backend.decode(bytes) {
        Ok(picture) => Ok((picture, None)),
        Err(ReferenceError::Incomplete {
            picture, message, ..
        }) => Ok((picture, Some(message))),
        Err(e) => Err(e.to_string()),
    }
}

pub fn write(decoded: Picture, complete: bool, output: &Path) -> Result<(), Failure> {
    picture::write(&picture::still(decoded, complete), output).map_err(Failure::usage)
}
