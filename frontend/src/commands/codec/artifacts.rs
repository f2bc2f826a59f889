//! `orrery codec artifacts`: what JPEG leaves of tiles of a picture.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use orrery_artifacts::{ArtifactError, Channels, Choice, Context, ImageMut, Quality, TileList};
use orrery_reference::{Picture, backends};

use crate::picture;
use crate::say;
use crate::session::{self, Failure, exit};

/// `codec artifacts`
#[derive(Debug, Args)]
pub struct ArtifactArgs {
    /// Input: any picture that a reference decoder reads.
    pub input: PathBuf,
    /// The tiles, one by one or random: JSON of the schema `orrery-tiles/1`.
    #[arg(long, value_name = "TILES.json")]
    pub tiles: PathBuf,
    /// Quality, 1 to 100, of tiles that name none.
    #[arg(long, value_name = "Q", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: u8,
    /// Which random tiles; 0 unless given.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Where it is done; the result is the same.
    #[arg(long, value_enum, default_value_t = ArtifactBackend::Auto)]
    pub backend: ArtifactBackend,
    /// Output: .png, .ppm or .qoi.
    #[arg(long)]
    pub output: PathBuf,
}

/// Where `codec artifacts` is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ArtifactBackend {
    /// A GPU if there is one, else the processor; says which.
    Auto,
    /// A GPU (or software Vulkan); an error without one.
    Gpu,
    /// The processor.
    Cpu,
}

impl From<ArtifactBackend> for Choice {
    fn from(backend: ArtifactBackend) -> Self {
        match backend {
            ArtifactBackend::Auto => Choice::Auto,
            ArtifactBackend::Gpu => Choice::Gpu,
            ArtifactBackend::Cpu => Choice::Cpu,
        }
    }
}

/// Decodes, compresses the tiles in place, writes.
pub fn run(args: &ArtifactArgs) -> Result<i32, Failure> {
    picture::writable(&args.output).map_err(Failure::usage)?;
    if picture::is_folder(&args.output) {
        let message = format!("{}: a folder; name a file", args.output.display());
        return Err(Failure::usage(message));
    }
    let bad = |path: &Path, e: &dyn std::fmt::Display| Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {e}", path.display()),
    };
    let list = TileList::parse(&tile_file(&args.tiles)?).map_err(|e| bad(&args.tiles, &e))?;
    if matches!(list, TileList::Listed(_)) && args.seed.is_some() {
        say::note("--seed is of no use here: the tiles are listed one by one");
    }
    let (mut picture, problem) = decoded(&args.input)?;
    let (width, height) = (picture.width, picture.height);
    let quality = Quality::new(args.quality).map_err(|e| Failure::usage(e.to_string()))?;
    let tiles = list
        .tiles(width, height, quality, args.seed.unwrap_or(0))
        .map_err(|e| bad(&args.tiles, &e))?;

    let mut context = Context::new(args.backend.into()).map_err(|e| match e {
        ArtifactError::NoGpu(_) => Failure::usage(format!("--backend gpu: {e}")),
        e => bad(&args.input, &e),
    })?;
    let report = ImageMut::new(&mut picture.rgba, width, height, Channels::Rgba)
        .and_then(|mut image| context.apply(&mut image, &tiles))
        .map_err(|e| bad(&args.input, &e))?;
    say::note(format_args!(
        "{}: {}; {} tiles in {} layers, {} pixels",
        context.backend(),
        context.description(),
        report.tiles,
        report.layers,
        report.pixels
    ));

    let frame = picture::still(picture, problem.is_none());
    picture::write(&frame, &args.output).map_err(Failure::usage)?;
    match problem {
        None => Ok(exit::OK),
        Some(message) => {
            let input = args.input.display();
            say::note(format_args!("{input}: incomplete: {message}"));
            Ok(exit::BAD_INPUT)
        }
    }
}

/// Reads a tile file, one byte more than there may be at most.
fn tile_file(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| {
            let limit = orrery_artifacts::MAX_FILE as u64 + 1;
            file.take(limit).read_to_end(&mut bytes)
        })
        .map_err(|e| Failure {
            code: exit::BAD_INPUT,
            message: format!("{}: {e}", path.display()),
        })?;
    Ok(bytes)
}

/// The picture of the first reference decoder that knows the file, and what it lacks.
fn decoded(input: &Path) -> Result<(Picture, Option<String>), Failure> {
    let bytes = session::input(input)?;
    let bad = |message: String| Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {message}", input.display()),
    };
    let Some(backend) = backends().iter().find(|b| b.sniff(&bytes)) else {
        return Err(bad("no reference decoder knows this format".into()));
    };
    super::decode::decode(*backend, &bytes).map_err(bad)
}
