//! The latent codec: `.vae` files.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use orrery_metrics::View;
use orrery_reference::{Picture, backends};
use orrery_vae_ans::codec::{
    PIXEL_LIMIT, Settings, arena_bytes, check_size, compress, compress_in, decompress,
    decompress_in,
};
use orrery_vae_ans::container::{Container, Header};
use orrery_vae_ans::model::{Options, Range, Vae};
use orrery_vae_ans::report::Report;
use orrery_vae_ans::systems::{MetricMsSsim, MetricPsnr, MetricSsim};
use orrery_vae_ans::{Error, Image, Key, Provider, World};

use super::decode;
use crate::cli::EncodeArgs;
use crate::say;
use crate::session::{self, Failure, exit};

/// Which model.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Latent codec")]
pub struct VaeModelArgs {
    /// A foreign autoencoder instead of the built-in one, the encoder's or decoder's file.
    #[arg(long, value_name = "FILE.onnx")]
    pub model: Option<PathBuf>,
}

/// How to encode.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Latent codec")]
pub struct VaeEncodeArgs {
    /// Which model.
    #[command(flatten)]
    pub model: VaeModelArgs,
    /// The foreign model's scaling factor; 0.18215 unless given.
    #[arg(long, value_name = "F", requires = "model")]
    pub scaling: Option<f32>,
    /// The foreign model's pixels to one latent; 8 unless given.
    #[arg(long, value_name = "N", requires = "model")]
    pub reduction: Option<usize>,
    /// The foreign model's pictures go from 0 to 1, not from -1 to 1.
    #[arg(long, requires = "model")]
    pub unit_range: bool,
    /// Wavelet levels, 0 to 8; 3 unless given.
    #[arg(long, value_name = "N")]
    pub levels: Option<usize>,
    /// The quantiser's step in units of the latent; 0.1 unless given.
    #[arg(long, value_name = "S")]
    pub step: Option<f32>,
    /// Writes what every step did and how good the result is, at this step and around it, as .html or
    /// .json. Not for foreign models, whose decoder is not at hand.
    #[arg(long, value_name = "PATH", conflicts_with = "model")]
    pub report: Option<PathBuf>,
}

impl VaeEncodeArgs {
    /// The first option that was given.
    pub fn given(&self) -> Option<&'static str> {
        [
            (self.model.model.is_some(), "--model"),
            (self.levels.is_some(), "--levels"),
            (self.step.is_some(), "--step"),
            (self.report.is_some(), "--report"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }
}

/// Whether bytes are a container.
pub fn sniff(bytes: &[u8]) -> bool {
    Container::sniff(bytes)
}

fn failure(path: &Path, error: &Error) -> Failure {
    let code = match error {
        Error::Parameter { .. } | Error::ForeignModel(_) | Error::Provider { .. } => exit::USAGE,
        _ => exit::BAD_INPUT,
    };
    Failure {
        code,
        message: format!("{}: {error}", path.display()),
    }
}

/// Encodes a picture that a reference decoder knows.
///
/// # Errors
/// Those of reading, of the settings and of a foreign model.
pub fn encode(
    EncodeArgs {
        input,
        output,
        lossless,
        threads,
        vae: args,
        ..
    }: &EncodeArgs,
) -> Result<i32, Failure> {
    if let Some(path) = &args.report
        && !path.extension().is_some_and(|e| e == "html" || e == "json")
    {
        let message = format!("{}: the extension must be .html or .json", path.display());
        return Err(Failure::usage(message));
    }
    let (lossless, threads) = (*lossless, usize::from(*threads));
    let bytes = session::input(input)?;
    let bad = |message: String| Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {message}", input.display()),
    };
    let backend = backends().iter().find(|b| b.sniff(&bytes));
    let backend = backend.ok_or_else(|| bad("no reference decoder knows it".into()))?;
    let (picture, problem) = decode::decode(*backend, &bytes).map_err(bad)?;
    let (width, height) = (picture.width as usize, picture.height as usize);
    check_size(width, height).map_err(|e| failure(input, &e))?;
    let (pixels, _) = picture.rgba.as_chunks::<4>();
    if pixels.iter().any(|p| p[3] != 255) {
        say::note(format_args!("{}: alpha is dropped", input.display()));
    }
    let rgb: Vec<u8> = pixels.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
    let failed = |e: Error| failure(input, &e);
    let vae = match &args.model.model {
        None => Vae::builtin(Provider::Embedded, threads),
        Some(path) => {
            let usual = Options::default();
            let options = Options {
                scaling: args.scaling.unwrap_or(usual.scaling),
                range: if args.unit_range {
                    Range::Unit
                } else {
                    Range::Signed
                },
                reduction: args.reduction.unwrap_or(usual.reduction),
            };
            Vae::from_files(Some(path), None, options, Provider::Embedded, threads)
        }
    };
    let vae = Rc::new(vae.map_err(failed)?);
    let usual = Settings::default();
    let settings = Settings {
        levels: args.levels.unwrap_or(usual.levels),
        step: args.step.unwrap_or(usual.step),
        lossless,
        ..usual
    };
    // A report decodes in the same world.
    let copies = if args.report.is_some() { 2 } else { 1 };
    let arena = arena_bytes(width, height, vae.options().reduction, copies, lossless);
    let mut world = World::new(arena).map_err(failed)?;
    world.context.entropy = args.report.is_some();
    let entity = world.spawn_image(width, height, &rgb).map_err(failed)?;
    let files = compress_in(&mut world, &[entity], &settings, &vae).map_err(failed)?;
    write(output, &files[0])?;
    if let Some(path) = &args.report {
        let curve = curve(&picture, &rgb, &settings, &vae).map_err(failed)?;
        report(&mut world, entity, input, &files[0], curve, path).map_err(failed)?;
    }
    match problem {
        None => Ok(exit::OK),
        Some(message) => Err(bad(format!("incomplete: {message}"))),
    }
}

/// Bits for each pixel and PSNR at a quarter to four times the step.
fn curve(
    picture: &Picture,
    rgb: &[u8],
    settings: &Settings,
    vae: &Rc<Vae>,
) -> Result<Vec<(f64, f64)>, Error> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut points = Vec::new();
    for factor in [0.25, 0.5, 1.0, 2.0, 4.0] {
        let settings = Settings {
            step: (settings.step * factor).min(1024.0),
            lossless: false,
            ..settings.clone()
        };
        let file = compress(rgb, width, height, &settings, vae)?;
        let decoded = decompress(&file, Some(vae), PIXEL_LIMIT)?;
        let rgba = rgba(&decoded.rgb);
        let source = View::new(picture.width, picture.height, &picture.rgba)?;
        let recon = View::new(picture.width, picture.height, &rgba)?;
        let bits = file.len() as f64 * 8.0 / (width * height) as f64;
        points.push((bits, orrery_metrics::psnr(source, recon)?.rgb));
    }
    Ok(points)
}

fn rgba(rgb: &[u8]) -> Vec<u8> {
    let pixels = rgb.as_chunks::<3>().0.iter();
    pixels.flat_map(|&[r, g, b]| [r, g, b, 255]).collect()
}

fn report(
    world: &mut World,
    entity: u32,
    input: &Path,
    file: &[u8],
    curve: Vec<(f64, f64)>,
    path: &Path,
) -> Result<(), Error> {
    let decoded = decompress_in(world, &[file], None, PIXEL_LIMIT)?[0];
    let recon = world.get::<Image>(decoded, &Key::RECON_RGB)?.clone();
    let side = recon.pixels.shape()[0].min(recon.pixels.shape()[1]);
    world.attach(entity, Key::RECON_RGB, recon);
    let mut pipe = world.pipe(&[entity]) | MetricPsnr | MetricSsim;
    if side >= 176 {
        pipe = pipe | MetricMsSsim;
    }
    pipe.run()?;
    let mut report = Report::new(world);
    let name = input.display().to_string();
    report.add(world, entity, &name, file.len())?;
    report.curves.push((name, curve));
    let text = if path.extension().is_some_and(|e| e == "json") {
        report.to_json()
    } else {
        report.to_html()
    };
    std::fs::write(path, text).map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

/// Decodes a container.
///
/// # Errors
/// What is wrong with the container or the model.
pub fn decode(
    input: &Path,
    bytes: &[u8],
    threads: usize,
    args: &VaeModelArgs,
) -> Result<Picture, Failure> {
    let failed = |e: Error| failure(input, &e);
    let header = Header::read(bytes, PIXEL_LIMIT).map_err(failed)?;
    let vae = match &args.model {
        Some(_) if header.builtin => {
            let message =
                "--model is for containers of foreign models; this one is of the built-in";
            return Err(Failure::usage(message));
        }
        None if header.builtin => Some(Vae::builtin(Provider::Embedded, threads)),
        None => None,
        Some(path) => {
            let options = header.options();
            Some(Vae::from_files(
                None,
                Some(path),
                options,
                Provider::Embedded,
                threads,
            ))
        }
    };
    let vae = vae.transpose().map_err(failed)?.map(Rc::new);
    let decoded = decompress(bytes, vae.as_ref(), PIXEL_LIMIT).map_err(failed)?;
    Ok(Picture {
        width: decoded.width as u32,
        height: decoded.height as u32,
        rgba: rgba(&decoded.rgb),
    })
}
