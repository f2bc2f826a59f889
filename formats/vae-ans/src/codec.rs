//! From a picture to a container and back.

use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::container::{Container, Header, MAX_FRACTION, Writer, hex};
use crate::core::{
    BandCode, Bitstream, DType, Entity, Image, Key, Pipe, Provider, Pyramid, Quant, QuantParams,
    Residual, TensorRef, Wavelet, World,
};
use crate::model::{Range, Vae, builtin_hash};
use crate::systems::{
    AddResidual, AnsDecode, AnsEncode, Dequantise, FromFixed, Hadamard4, Hadamard4Inverse,
    Quantise, SubtractRecon, ToFixed, VaeDecode, VaeEncode, WaveletForward, WaveletInverse,
    band_norm, bands, decode_line, encode_line,
};

/// Pixels a picture may have that is encoded, and a container may announce unless told otherwise.
pub const PIXEL_LIMIT: u64 = 1 << 26;

/// Checks a size before any memory is taken for it.
///
/// # Errors
/// [`Error::TooLarge`] above [`PIXEL_LIMIT`].
pub fn check_size(width: usize, height: usize) -> Result<(), Error> {
    let fits = (width as u64)
        .checked_mul(height as u64)
        .is_some_and(|pixels| pixels <= PIXEL_LIMIT);
    if fits {
        return Ok(());
    }
    let side = |s: usize| u32::try_from(s).unwrap_or(u32::MAX);
    Err(Error::TooLarge {
        width: side(width),
        height: side(height),
        limit: PIXEL_LIMIT,
    })
}

/// How pictures are encoded.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Wavelet levels, 0 to 8.
    pub levels: usize,
    /// Which wavelet.
    pub wavelet: Wavelet,
    /// Quantisation step in units of the latent, above 0. An error of one unit
    /// in one latent of the built-in model spreads over 48 samples as a squared
    /// error of 1 in all, samples going from 0 to 1.
    pub step: f32,
    /// What is added before rounding down, in steps; see [`Quantise::rounding`].
    pub rounding: f32,
    /// Bits behind the point of integer latents, 0 to 12.
    pub fraction: u8,
    /// Whether the channels are rotated.
    pub hadamard: bool,
    /// Whether a residual is added that restores the source exactly.
    pub lossless: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            levels: 3,
            wavelet: Wavelet::Cdf53,
            step: 0.1,
            rounding: 0.4,
            fraction: 8,
            hadamard: true,
            lossless: false,
        }
    }
}

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// `height * width * 3` bytes, row by row.
    pub rgb: Vec<u8>,
    /// Whether it equals the source, as its hash says.
    pub lossless: bool,
}

/// Compresses one picture: `rgb` are `height * width * 3` bytes, row by row.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::WrongShape`], [`Error::Parameter`], [`Error::ForeignModel`] for
/// lossless mode, and what a model gives.
pub fn compress(
    rgb: &[u8],
    width: usize,
    height: usize,
    settings: &Settings,
    vae: &Rc<Vae>,
) -> Result<Vec<u8>, Error> {
    check_size(width, height)?;
    let reduction = vae.options().reduction;
    let mut world = World::new(arena_bytes(width, height, reduction, 1, settings.lossless))?;
    world.context.entropy = false;
    let entities = world.spawn_batch_rgb(width, height, &[rgb])?;
    let mut files = compress_in(&mut world, &entities, settings, vae)?;
    Ok(files.remove(0))
}

/// Decompresses one container. `vae` is needed for containers of foreign
/// models; those of the built-in one are decoded with it by the embedded
/// runtime, or if `vae` is the built-in one by that.
///
/// # Errors
/// What is wrong with the container; [`Error::WeightsDiffer`],
/// [`Error::ReconstructionDiffers`], [`Error::SourceDiffers`].
pub fn decompress(bytes: &[u8], vae: Option<&Rc<Vae>>, limit: u64) -> Result<Picture, Error> {
    let header = Header::read(bytes, limit)?;
    let (width, height) = (header.width as usize, header.height as usize);
    let reduction = header.reduction.into();
    // Read before the arena is made: a damaged file, or one of another model, costs nothing more.
    let container = Container::read(bytes, limit)?;
    check_model(&header, vae)?;
    let mut world = World::new(arena_bytes(width, height, reduction, 1, header.lossless))?;
    world.context.entropy = false;
    let entity = decompress_container(&mut world, &container, vae)?;
    let key = if header.lossless {
        Key::RESTORED_RGB
    } else {
        Key::RECON_RGB
    };
    Ok(Picture {
        width,
        height,
        rgb: world.pixels(entity, &key)?.to_vec(),
        lossless: header.lossless,
    })
}

/// An arena that is large enough for [`compress_in`] or [`decompress_in`] on
/// this many pictures.
pub fn arena_bytes(
    width: usize,
    height: usize,
    reduction: usize,
    pictures: usize,
    lossless: bool,
) -> usize {
    let pixels = width.saturating_mul(height);
    let latents = width
        .div_ceil(reduction)
        .saturating_mul(height.div_ceil(reduction));
    let each = pixels
        .saturating_mul(if lossless { 36 } else { 8 })
        .saturating_add(latents.saturating_mul(220))
        .saturating_add(1 << 16);
    each.saturating_mul(pictures.max(1))
}

/// Compresses pictures of a world (their `RGB`), which keeps every component
/// and the trace.
///
/// # Errors
/// As [`compress`]; [`Error::OutOfArena`].
pub fn compress_in(
    world: &mut World,
    entities: &[Entity],
    settings: &Settings,
    vae: &Rc<Vae>,
) -> Result<Vec<Vec<u8>>, Error> {
    let options = vae.options();
    if settings.lossless && !vae.is_builtin() {
        return Err(Error::ForeignModel(vae.name().into()));
    }
    if settings.fraction > MAX_FRACTION {
        return Err(Error::Parameter {
            name: "fraction",
            found: settings.fraction.to_string(),
            allowed: format!("0 to {MAX_FRACTION}"),
        });
    }
    if !(settings.step > 0.0 && settings.step <= 1024.0) {
        return Err(Error::Parameter {
            name: "step",
            found: settings.step.to_string(),
            allowed: "above 0, at most 1024".into(),
        });
    }
    let wavelet = WaveletForward::new(settings.wavelet, settings.levels)?;
    let quantise = Quantise::new(steps(settings))?.rounding(settings.rounding);
    let fixed = ToFixed {
        fraction: settings.fraction,
    };
    let mut pipe = world.pipe(entities) | VaeEncode::new(vae.clone()) | fixed;
    if settings.hadamard {
        pipe = pipe | Hadamard4;
    }
    let mut world = (pipe | wavelet | quantise | AnsEncode).run()?;
    if settings.lossless {
        let exact = Rc::new(Vae::builtin(Provider::FixedOrder, 1)?);
        let pipe = world.pipe(entities).use_(Key::SYMBOLS) | Dequantise | WaveletInverse;
        let pipe = rotate_back(pipe, settings.hadamard) | FromFixed;
        world = (pipe | VaeDecode::new(exact) | SubtractRecon).run()?;
    }
    let mut files = Vec::new();
    for &entity in entities {
        let stream = world.get::<Bitstream>(entity, &Key::BITSTREAM)?.clone();
        let [height, width] = stream.pyramid.size;
        let side = |s: usize| {
            u32::try_from(s).map_err(|_| Error::TooLarge {
                width: u32::MAX,
                height: u32::MAX,
                limit: PIXEL_LIMIT,
            })
        };
        let header = Header {
            width: side(width)?,
            height: side(height)?,
            reduction: options.reduction as u8,
            fraction: settings.fraction,
            hadamard: settings.hadamard,
            wavelet: settings.wavelet,
            levels: if settings.wavelet == Wavelet::None {
                0
            } else {
                settings.levels as u8
            },
            builtin: vae.is_builtin(),
            signed: options.range == Range::Signed,
            lossless: settings.lossless,
            scaling: options.scaling,
            model: vae.hash(),
        };
        let mut writer = Writer::new(&header);
        let words = world.arena().slice::<u16>(&stream.words)?;
        let coded = stream.pyramid.index.iter().zip(&stream.codes);
        for ((band, code), quant) in coded.zip(&stream.params.0) {
            if band.is_empty() {
                continue;
            }
            if let Quant::Step(step) = quant {
                writer.step(*step);
            }
            writer.stream(
                code,
                words[code.first..code.first + code.words].iter().copied(),
            );
        }
        if settings.lossless {
            write_residual(world, entity, &mut writer)?;
        }
        files.push(writer.finish()?);
    }
    Ok(files)
}

/// Decompresses containers into a world: their pictures become `ReconRGB`, and
/// `RestoredRGB` for lossless ones. Containers with equal headers are decoded
/// in one run of the model.
///
/// # Errors
/// As [`decompress`]; [`Error::OutOfArena`].
pub fn decompress_in(
    world: &mut World,
    files: &[&[u8]],
    vae: Option<&Rc<Vae>>,
    limit: u64,
) -> Result<Vec<Entity>, Error> {
    let containers = files
        .iter()
        .map(|f| Container::read(f, limit))
        .collect::<Result<Vec<_>, _>>()?;
    let equal = containers.windows(2).all(|w| w[0].header == w[1].header);
    if equal && !containers.is_empty() {
        return decompress_equal(world, &containers, vae);
    }
    containers
        .iter()
        .map(|c| decompress_container(world, c, vae))
        .collect()
}

fn decompress_container(
    world: &mut World,
    container: &Container<'_>,
    vae: Option<&Rc<Vae>>,
) -> Result<Entity, Error> {
    Ok(decompress_equal(world, std::slice::from_ref(container), vae)?[0])
}

fn decompress_equal(
    world: &mut World,
    containers: &[Container<'_>],
    vae: Option<&Rc<Vae>>,
) -> Result<Vec<Entity>, Error> {
    let header = containers[0].header;
    let vae = model_for(world, &header, vae)?;
    let entities: Vec<Entity> = containers
        .iter()
        .map(|container| {
            let entity = world.new_entity();
            let bitstream = load(world, container)?;
            world.attach(entity, Key::BITSTREAM, bitstream);
            Ok(entity)
        })
        .collect::<Result<_, Error>>()?;
    let pipe = world.pipe(&entities).use_(Key::BITSTREAM) | AnsDecode | Dequantise;
    let pipe = rotate_back(pipe | WaveletInverse, header.hadamard) | FromFixed;
    let world = (pipe | VaeDecode::new(vae)).run()?;
    for (container, &entity) in containers.iter().zip(&entities) {
        if container.residual.is_some() {
            restore(world, entity, container)?;
        }
    }
    Ok(entities)
}

fn rotate_back(pipe: Pipe<'_>, hadamard: bool) -> Pipe<'_> {
    if hadamard {
        pipe | Hadamard4Inverse
    } else {
        pipe
    }
}

/// The model a container needs.
fn model_for(world: &World, header: &Header, vae: Option<&Rc<Vae>>) -> Result<Rc<Vae>, Error> {
    check_model(header, vae)?;
    let context = &world.context;
    match vae {
        _ if header.lossless => Ok(Rc::new(Vae::builtin(Provider::FixedOrder, 1)?)),
        Some(vae) if vae.is_builtin() == header.builtin => Ok(vae.clone()),
        _ => Ok(Rc::new(Vae::builtin(context.provider, context.threads)?)),
    }
}

/// Whether the model that a container needs is at hand.
///
/// # Errors
/// [`Error::WeightsDiffer`] for the built-in one; for a foreign one [`Error::Parameter`] when it
/// is not given, [`Error::ModelShape`] when it would be used otherwise than the encoder did.
fn check_model(header: &Header, vae: Option<&Rc<Vae>>) -> Result<(), Error> {
    if header.builtin {
        let weights = builtin_hash();
        if header.model != weights {
            return Err(Error::WeightsDiffer {
                found: hex(&header.model),
                expected: hex(&weights),
            });
        }
        return Ok(());
    }
    let foreign = vae.filter(|v| !v.is_builtin());
    let vae = foreign.ok_or_else(|| Error::Parameter {
        name: "model",
        found: "the built-in model".into(),
        allowed: format!(
            "the foreign one the container was made with ({})",
            hex(&header.model)
        ),
    })?;
    let wanted = header.options();
    if vae.options() != wanted {
        return Err(Error::ModelShape {
            model: vae.name().into(),
            message: format!(
                "it is used with {:?}, the container has {wanted:?}",
                vae.options()
            ),
        });
    }
    Ok(())
}

/// Integer steps for every band: what spreads the error evenly.
fn steps(settings: &Settings) -> Vec<u32> {
    let unit = f64::from(settings.step) * f64::from(1u32 << settings.fraction.min(31));
    // The integer rotation is twice the orthonormal one.
    let unit = if settings.hadamard { 2.0 * unit } else { unit };
    let planes = bands(
        crate::container::CHANNELS,
        1,
        1,
        settings.wavelet,
        settings.levels,
    );
    planes
        .iter()
        .map(|b| {
            let step = unit / band_norm(settings.wavelet, b.level, b.part);
            step.round().clamp(1.0, f64::from(crate::systems::MAX_STEP)) as u32
        })
        .collect()
}

/// Places a container's words in the arena.
fn load(world: &mut World, container: &Container<'_>) -> Result<Bitstream, Error> {
    let header = &container.header;
    let [h, w] = header.latent();
    let total = container.streams.iter().map(|s| s.code.words).sum();
    let words = world.arena_mut().alloc(&[total], DType::U16)?;
    let out = world.arena_mut().slice_mut::<u16>(&words)?;
    for stream in &container.streams {
        let part = &mut out[stream.code.first..][..stream.code.words];
        for (word, bytes) in part.iter_mut().zip(stream.words.as_chunks::<2>().0) {
            *word = u16::from_le_bytes(*bytes);
        }
    }
    let streams = &container.streams;
    Ok(Bitstream {
        codes: streams.iter().map(|s| s.code.clone()).collect(),
        params: QuantParams(streams.iter().map(|s| Quant::Step(s.step)).collect()),
        pyramid: Pyramid {
            packed: words.clone(),
            index: header.bands(),
            levels: header.levels.into(),
            wavelet: header.wavelet,
            size: [header.height as usize, header.width as usize],
            fraction: header.fraction,
        },
        words,
        shape: [crate::container::CHANNELS, h, w],
        dtype: DType::I32,
    })
}

/// A pixel's class, from how much green changes around it in the
/// reconstruction: below 4, below 12, below 32, or more.
fn class(pixels: &[u8], width: usize, height: usize, x: usize, y: usize) -> usize {
    let green = |x: usize, y: usize| i32::from(pixels[(y * width + x) * 3 + 1]);
    let across = green((x + 1).min(width - 1), y) - green(x.saturating_sub(1), y);
    let down = green(x, (y + 1).min(height - 1)) - green(x, y.saturating_sub(1));
    match across.abs() + down.abs() {
        0..4 => 0,
        4..12 => 1,
        12..32 => 2,
        _ => 3,
    }
}

/// Scratch tensors of the residual: classes, one stream's symbols, its words.
fn residual_scratch(
    world: &mut World,
    entity: Entity,
) -> Result<(TensorRef, TensorRef, TensorRef, TensorRef), Error> {
    let recon = world.get::<Image>(entity, &Key::RECON_RGB)?.pixels.clone();
    let (height, width) = (recon.shape()[0], recon.shape()[1]);
    let pixels = height * width;
    let classes = world.scratch("residual classes", &[pixels], DType::U8)?;
    let line = world.scratch("residual symbols", &[pixels], DType::I32)?;
    let stream = world.scratch("residual stream", &[pixels + 2], DType::U16)?;
    let (from, to) = world.arena_mut().pair::<u8, u8>(&recon, &classes)?;
    for (number, out) in to.iter_mut().enumerate() {
        *out = class(from, width, height, number % width, number / width) as u8;
    }
    Ok((recon, classes, line, stream))
}

fn hash(world: &World, tensor: &TensorRef) -> Result<[u8; 32], Error> {
    Ok(Sha256::digest(world.arena().slice::<u8>(tensor)?).into())
}

fn write_residual(world: &mut World, entity: Entity, writer: &mut Writer) -> Result<(), Error> {
    let (recon, classes, line, stream) = residual_scratch(world, entity)?;
    let source = world.get::<Image>(entity, &Key::RGB)?.pixels.clone();
    writer.hashes(hash(world, &recon)?, hash(world, &source)?);
    let residual = world.get::<Residual>(entity, &Key::RESIDUAL_RGB)?;
    let residual = residual.values.clone();
    for plane in 0..3 {
        for wanted in 0..4 {
            let arena = world.arena_mut();
            let (values, classes, out) =
                arena.triple::<i16, u8, i32>(&residual, &classes, &line)?;
            let mut count = 0;
            for (rgb, &class) in values.as_chunks::<3>().0.iter().zip(classes) {
                if class == wanted {
                    let [r, g, b] = rgb.map(i32::from);
                    out[count] = [g, r - g, b - g][plane];
                    count += 1;
                }
            }
            let (code, words) = encode_line(arena, &line, count, &stream)?;
            writer.stream(&code, words.iter().rev().copied());
        }
    }
    Ok(())
}

/// Adds the residual to a reconstruction, and checks both.
fn restore(world: &mut World, entity: Entity, container: &Container<'_>) -> Result<(), Error> {
    let Some(part) = &container.residual else {
        return Ok(());
    };
    let (recon, classes, line, stream) = residual_scratch(world, entity)?;
    if hash(world, &recon)? != part.reconstruction {
        return Err(Error::ReconstructionDiffers);
    }
    let shape = recon.shape().to_vec();
    let values = world.arena_mut().alloc(&shape, DType::I16)?;
    for plane in 0..3 {
        for wanted in 0..4u8 {
            let coded = &part.streams[plane * 4 + usize::from(wanted)];
            let arena = world.arena_mut();
            let count = arena.slice::<u8>(&classes)?;
            let count = count.iter().filter(|&&c| c == wanted).count();
            let code = BandCode {
                symbols: count,
                first: 0,
                ..coded.code.clone()
            };
            let words = &mut arena.slice_mut::<u16>(&stream)?[..code.words];
            for (word, bytes) in words.iter_mut().zip(coded.words.as_chunks::<2>().0) {
                *word = u16::from_le_bytes(*bytes);
            }
            decode_line(arena, &stream, &code, &line)?;
            let (symbols, classes, out) = arena.triple::<i32, u8, i16>(&line, &classes, &values)?;
            let mut next = symbols.iter();
            for (rgb, &class) in out.as_chunks_mut::<3>().0.iter_mut().zip(classes) {
                if class != wanted {
                    continue;
                }
                let value = next.next().map_or(0, |&v| v as i16);
                match plane {
                    0 => *rgb = [value; 3],
                    1 => rgb[0] = rgb[0].wrapping_add(value),
                    _ => rgb[2] = rgb[2].wrapping_add(value),
                }
            }
        }
    }
    world.attach(entity, Key::RESIDUAL_RGB, Residual { values });
    let world = (world.pipe(&[entity]) | AddResidual).run()?;
    let restored = world.get::<Image>(entity, &Key::RESTORED_RGB)?;
    if hash(world, &restored.pixels)? != part.source {
        return Err(Error::SourceDiffers);
    }
    Ok(())
}
