//! Four-channel autoencoders: the built-in one, and foreign ones from ONNX.

mod bounds;
mod check;
mod fixed;
#[cfg(feature = "ort")]
mod onnx_runtime;
mod rten_network;
mod wire;

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::core::Provider;

pub use fixed::FixedDecoder;
use rten_network::RtenNetwork;

/// The built-in encoder: `(n, 3, H, W)` in 0..1 to `(n, 4, H/4, W/4)`.
pub const ENCODER: &[u8] = include_bytes!("../../model/encoder.onnx");
/// The built-in decoder: `(n, 4, h, w)` to `(n, 3, 4h, 4w)` in 0..1.
pub const DECODER: &[u8] = include_bytes!("../../model/decoder.onnx");

/// Largest model file that is read, in bytes.
pub const MAX_MODEL_BYTES: u64 = 1 << 30;

/// Bytes that the values of a foreign model may have at a time while the
/// embedded runtime runs it.
pub const MAX_RUN_BYTES: u64 = 8 << 30;

/// A batch of planes: `(n, channels, height, width)`, f32.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// Elements, outermost axis first.
    pub data: Vec<f32>,
    /// Batch, channels, height, width.
    pub shape: [usize; 4],
}

/// One direction of an autoencoder, loaded.
pub trait Network {
    /// Runs it on one batch.
    ///
    /// # Errors
    /// [`Error::ModelRun`], [`Error::ModelShape`].
    fn run(&self, input: Planes) -> Result<Planes, Error>;
}

/// The range a model's pictures have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    /// 0 to 1, as the built-in model's.
    #[default]
    Unit,
    /// -1 to 1, as latent diffusion's autoencoders.
    Signed,
}

/// How a foreign model is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Latents are multiplied by this after encoding and divided by it before
    /// decoding, as `scaling_factor` of latent diffusion's models.
    pub scaling: f32,
    /// The range of its pictures.
    pub range: Range,
    /// Pixels to one latent in each direction.
    pub reduction: usize,
}

impl Default for Options {
    /// Latent diffusion's first models: 0.18215, signed pictures, reduction 8.
    fn default() -> Self {
        Self {
            scaling: 0.18215,
            range: Range::Signed,
            reduction: 8,
        }
    }
}

/// How the built-in model is used.
pub const BUILTIN: Options = Options {
    scaling: 1.0,
    range: Range::Unit,
    reduction: 4,
};

/// A four-channel autoencoder.
pub struct Vae {
    name: String,
    options: Options,
    encoder: Option<Box<dyn Network>>,
    decoder: Option<Box<dyn Network>>,
    /// SHA-256 of the decoder's file for the built-in model, of the file at
    /// hand for a foreign one.
    hash: [u8; 32],
    builtin: bool,
}

impl fmt::Debug for Vae {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vae")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Vae {
    /// The built-in model: reduction 4, latents as they come.
    ///
    /// # Errors
    /// [`Error::Provider`] when the provider is not there.
    pub fn builtin(provider: Provider, threads: usize) -> Result<Self, Error> {
        let (encoder, decoder) = match provider {
            Provider::FixedOrder => {
                let decoder: Box<dyn Network> = Box::new(FixedDecoder::builtin()?);
                let encoder = load("encoder", ENCODER, Provider::Embedded, threads)?;
                (encoder, decoder)
            }
            _ => (
                load("encoder", ENCODER, provider, threads)?,
                load("decoder", DECODER, provider, threads)?,
            ),
        };
        Ok(Self {
            name: "orrery-4".into(),
            options: BUILTIN,
            encoder: Some(encoder),
            decoder: Some(decoder),
            hash: builtin_hash(),
            builtin: true,
        })
    }

    /// A foreign model from ONNX files; either direction may be absent.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::ModelLoad`], [`Error::MissingOperators`],
    /// [`Error::UnboundedOperators`], [`Error::ModelShape`], [`Error::Parameter`], [`Error::Provider`].
    pub fn from_files(
        encoder: Option<&Path>,
        decoder: Option<&Path>,
        options: Options,
        provider: Provider,
        threads: usize,
    ) -> Result<Self, Error> {
        let read = |path: Option<&Path>| -> Result<Option<(String, Vec<u8>)>, Error> {
            path.map(|p| Ok((name(p), read_file(p)?))).transpose()
        };
        let (encoder, decoder) = (read(encoder)?, read(decoder)?);
        Self::from_bytes(
            encoder.as_ref().map(|(n, b)| (n.as_str(), b.as_slice())),
            decoder.as_ref().map(|(n, b)| (n.as_str(), b.as_slice())),
            options,
            provider,
            threads,
        )
    }

    /// A foreign model from the bytes of ONNX files and their names.
    ///
    /// # Errors
    /// As [`Vae::from_files`].
    pub fn from_bytes(
        encoder: Option<(&str, &[u8])>,
        decoder: Option<(&str, &[u8])>,
        options: Options,
        provider: Provider,
        threads: usize,
    ) -> Result<Self, Error> {
        if !(options.scaling.is_finite() && options.scaling > 0.0) {
            return Err(Error::Parameter {
                name: "scaling",
                found: options.scaling.to_string(),
                allowed: "above 0".into(),
            });
        }
        if !(1..=64).contains(&options.reduction) {
            return Err(Error::Parameter {
                name: "reduction",
                found: options.reduction.to_string(),
                allowed: "1 to 64".into(),
            });
        }
        let Some((name, first)) = encoder.or(decoder) else {
            return Err(Error::Parameter {
                name: "model",
                found: "no file".into(),
                allowed: "an encoder, a decoder or both".into(),
            });
        };
        let network = |model: Option<(&str, &[u8])>| {
            model
                .map(|(name, bytes)| load(name, bytes, provider, threads))
                .transpose()
        };
        Ok(Self {
            name: name.into(),
            options,
            hash: Sha256::digest(first).into(),
            builtin: false,
            encoder: network(encoder)?,
            decoder: network(decoder)?,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is used.
    pub fn options(&self) -> Options {
        self.options
    }

    /// Whether it is the built-in model.
    pub fn is_builtin(&self) -> bool {
        self.builtin
    }

    /// SHA-256 of its weights: of the decoder's file for the built-in model.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Pictures `(n, 3, H, W)` in 0..1, sides multiples of the reduction, to
    /// latents `(n, 4, h, w)`.
    ///
    /// # Errors
    /// [`Error::ModelRun`]; [`Error::ModelShape`] when the model gives anything
    /// but 4 channels (or 8: mean and log-variance, of which the mean is taken)
    /// at the stated reduction.
    pub fn encode(&self, mut pictures: Planes) -> Result<Planes, Error> {
        let network = self.direction(&self.encoder, "encoder")?;
        let [n, _, height, width] = pictures.shape;
        if self.options.range == Range::Signed {
            for value in &mut pictures.data {
                *value = *value * 2.0 - 1.0;
            }
        }
        let mut latents = network.run(pictures)?;
        let (h, w) = (
            height / self.options.reduction,
            width / self.options.reduction,
        );
        if latents.shape == [n, 8, h, w] {
            let plane = h * w;
            for picture in 0..n {
                let mean = picture * 8 * plane..(picture * 8 + 4) * plane;
                latents.data.copy_within(mean, picture * 4 * plane);
            }
            latents.data.truncate(n * 4 * plane);
            latents.shape[1] = 4;
        }
        self.expect("encoder", latents.shape, [n, 4, h, w])?;
        if self.options.scaling != 1.0 {
            for value in &mut latents.data {
                *value *= self.options.scaling;
            }
        }
        Ok(latents)
    }

    /// Latents `(n, 4, h, w)` to pictures `(n, 3, H, W)`, nominally in 0..1.
    ///
    /// # Errors
    /// [`Error::ModelRun`]; [`Error::ModelShape`] when the model gives anything
    /// but 3 channels at the stated reduction.
    pub fn decode(&self, mut latents: Planes) -> Result<Planes, Error> {
        let network = self.direction(&self.decoder, "decoder")?;
        let [n, _, h, w] = latents.shape;
        if self.options.scaling != 1.0 {
            for value in &mut latents.data {
                *value /= self.options.scaling;
            }
        }
        let mut pictures = network.run(latents)?;
        let reduction = self.options.reduction;
        let expected = [n, 3, h * reduction, w * reduction];
        self.expect("decoder", pictures.shape, expected)?;
        if self.options.range == Range::Signed {
            for value in &mut pictures.data {
                *value = *value * 0.5 + 0.5;
            }
        }
        Ok(pictures)
    }

    fn direction<'a>(
        &self,
        network: &'a Option<Box<dyn Network>>,
        which: &str,
    ) -> Result<&'a dyn Network, Error> {
        network.as_deref().ok_or_else(|| Error::ModelShape {
            model: self.name.clone(),
            message: format!("no {which} was given"),
        })
    }

    fn expect(&self, which: &str, found: [usize; 4], expected: [usize; 4]) -> Result<(), Error> {
        if found == expected {
            return Ok(());
        }
        Err(Error::ModelShape {
            model: self.name.clone(),
            message: format!("its {which} gives {found:?} where {expected:?} is needed"),
        })
    }
}

/// SHA-256 of the built-in decoder's file.
pub fn builtin_hash() -> [u8; 32] {
    Sha256::digest(DECODER).into()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into(),
    )
}

fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let file = |source| Error::File {
        path: path.display().to_string(),
        source,
    };
    let size = std::fs::metadata(path).map_err(file)?.len();
    if size > MAX_MODEL_BYTES {
        return Err(Error::ModelLoad {
            model: name(path),
            message: format!("{size} bytes, more than {MAX_MODEL_BYTES}"),
        });
    }
    std::fs::read(path).map_err(file)
}

/// Loads one direction for a provider, within [`MAX_RUN_BYTES`].
///
/// # Errors
/// As [`load_within`].
pub fn load(
    name: &str,
    bytes: &[u8],
    provider: Provider,
    threads: usize,
) -> Result<Box<dyn Network>, Error> {
    load_within(name, bytes, provider, threads, MAX_RUN_BYTES)
}

/// Loads one direction for a provider. `limit` are the bytes that values of a
/// foreign model may have at a time in the embedded runtime: it runs such a
/// model operator by operator and refuses what would take more
/// ([`Error::ModelMemory`]). ONNX Runtime knows no limit.
///
/// # Errors
/// [`Error::ModelLoad`], [`Error::MissingOperators`],
/// [`Error::UnboundedOperators`], [`Error::ModelShape`], [`Error::Provider`].
pub fn load_within(
    name: &str,
    bytes: &[u8],
    provider: Provider,
    threads: usize,
    limit: u64,
) -> Result<Box<dyn Network>, Error> {
    check::model(name, bytes)?;
    let builtin = bytes == ENCODER || bytes == DECODER;
    match provider {
        Provider::Embedded if builtin => Ok(Box::new(RtenNetwork::trusted(name, bytes, threads)?)),
        Provider::Embedded => Ok(Box::new(RtenNetwork::foreign(name, bytes, threads, limit)?)),
        Provider::FixedOrder => Ok(Box::new(FixedDecoder::new(name, bytes)?)),
        #[cfg(feature = "ort")]
        Provider::OnnxRuntime => Ok(Box::new(onnx_runtime::OrtNetwork::new(
            name, bytes, threads,
        )?)),
        #[cfg(not(feature = "ort"))]
        Provider::OnnxRuntime => Err(Error::Provider {
            provider: provider.name(),
            message: "this build lacks the feature ort".into(),
        }),
    }
}
