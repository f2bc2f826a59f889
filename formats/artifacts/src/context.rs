//! A backend, kept from call to call.

use std::fmt;

use crate::cpu::Cpu;
#[cfg(feature = "gpu")]
use crate::gpu::{Gpu, GpuTimes};
use crate::image::ImageMut;
use crate::tile::{self, Area};
use crate::{ArtifactError, TableSet, Tile, layers};

/// Which backend to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Choice {
    /// A GPU if there is one, else the processor. An adapter that computes on the processor
    /// (software Vulkan) is no GPU here: the processor's own path is faster.
    #[default]
    Auto,
    /// A GPU, or any other adapter that computes; none is an error.
    Gpu,
    /// The processor.
    Cpu,
}

/// Which backend was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// A compute shader.
    Gpu,
    /// The processor.
    Cpu,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Gpu => "gpu",
            Backend::Cpu => "cpu",
        })
    }
}

/// What a call did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Layers of tiles that do not overlap each other.
    pub layers: u32,
    /// Tiles that lie in the picture, at least in part.
    pub tiles: usize,
    /// Their pixels, as far as they lie in the picture.
    pub pixels: u64,
    /// How often the GPU was sent a picture or a band of one; 0 for the processor.
    pub bands: u32,
}

/// A backend with its buffers, which grow as needed and are kept.
#[derive(Debug)]
pub struct Context {
    engine: Engine,
    description: String,
    tables: TableSet,
    areas: Vec<Area>,
    layers: Vec<u32>,
    sorted: Vec<Area>,
}

#[derive(Debug)]
enum Engine {
    Cpu(Cpu),
    #[cfg(feature = "gpu")]
    Gpu(Box<Gpu>),
}

impl Context {
    /// Takes a backend; the processor with a thread for each of its cores.
    ///
    /// # Errors
    /// [`ArtifactError::NoGpu`] if [`Choice::Gpu`] finds none, [`ArtifactError::Gpu`] if it is
    /// of no use, [`ArtifactError::Threads`].
    pub fn new(choice: Choice) -> Result<Self, ArtifactError> {
        Self::with_threads(choice, 0)
    }

    /// Takes a backend; the processor with `threads` threads. 0 is one for each core, 1 the
    /// thread that calls.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_threads(choice: Choice, threads: usize) -> Result<Self, ArtifactError> {
        let cpu = |why: Option<String>| {
            let cpu = Cpu::new(threads)?;
            let mut description = cpu.describe();
            if let Some(why) = why {
                description = format!("{description} (no GPU: {why})");
            }
            Ok(Self::from_engine(Engine::Cpu(cpu), description))
        };
        match choice {
            Choice::Cpu => cpu(None),
            #[cfg(feature = "gpu")]
            Choice::Gpu => Gpu::new(true).map(Self::from_gpu),
            #[cfg(feature = "gpu")]
            Choice::Auto => match Gpu::new(false) {
                Ok(gpu) => Ok(Self::from_gpu(gpu)),
                Err(ArtifactError::NoGpu(why) | ArtifactError::Gpu(why)) => cpu(Some(why)),
                Err(e) => Err(e),
            },
            #[cfg(not(feature = "gpu"))]
            Choice::Gpu => Err(ArtifactError::NoGpu(NOT_BUILT.into())),
            #[cfg(not(feature = "gpu"))]
            Choice::Auto => cpu(Some(NOT_BUILT.into())),
        }
    }

    #[cfg(feature = "gpu")]
    pub(crate) fn from_gpu(gpu: Gpu) -> Self {
        let description = gpu.describe();
        Self::from_engine(Engine::Gpu(Box::new(gpu)), description)
    }

    fn from_engine(engine: Engine, description: String) -> Self {
        Self {
            engine,
            description,
            tables: TableSet::default(),
            areas: Vec::new(),
            layers: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// The backend that was taken.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.engine {
            Engine::Cpu(_) => Backend::Cpu,
            #[cfg(feature = "gpu")]
            Engine::Gpu(_) => Backend::Gpu,
        }
    }

    /// The backend in words: the adapter's name, or kernels and threads and why no GPU.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// How long the parts of the last [`Self::apply`] took on the GPU.
    #[cfg(feature = "gpu")]
    #[must_use]
    pub fn gpu_times(&self) -> Option<GpuTimes> {
        match &self.engine {
            Engine::Cpu(_) => None,
            Engine::Gpu(gpu) => Some(gpu.times()),
        }
    }

    /// Compresses and decompresses the tiles of a picture in place, in list order: where tiles
    /// overlap, a later one works on what an earlier one left. The result is the same on every
    /// backend.
    ///
    /// # Errors
    /// [`ArtifactError::TooManyTiles`], [`ArtifactError::TooManyPixels`],
    /// [`ArtifactError::Gpu`].
    pub fn apply(
        &mut self,
        image: &mut ImageMut<'_>,
        tiles: &[Tile],
    ) -> Result<Report, ArtifactError> {
        tile::clip_all(tiles, image.width, image.height, &mut self.areas)?;
        self.tables.prepare(&self.areas);
        let count = layers::assign(&self.areas, &mut self.layers);
        // All tiles of the first layer, then those of the second, and so on.
        let mut order: Vec<usize> = (0..self.areas.len()).collect();
        order.sort_by_key(|&n| self.layers[n]);
        self.sorted.clear();
        self.sorted.extend(order.iter().map(|&n| self.areas[n]));
        self.layers.sort_unstable();

        let layers: Vec<&[Area]> = self
            .layers
            .chunk_by(|a, b| a == b)
            .scan(0, |start, layer| {
                let at = *start;
                *start += layer.len();
                Some(&self.sorted[at..*start])
            })
            .collect();
        let bands = match &mut self.engine {
            Engine::Cpu(cpu) => {
                for areas in &layers {
                    cpu.layer(image, areas, &self.tables);
                }
                0
            }
            #[cfg(feature = "gpu")]
            Engine::Gpu(gpu) => gpu.apply(image, &layers, &self.tables)?,
        };
        Ok(Report {
            layers: count,
            tiles: self.areas.len(),
            pixels: self.areas.iter().map(Area::pixels).sum(),
            bands,
        })
    }
}

#[cfg(not(feature = "gpu"))]
const NOT_BUILT: &str = "this build is without the feature `gpu`";
