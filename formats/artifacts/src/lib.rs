//! JPEG-like compression artifacts on tiles of a picture, in place, on the GPU or the CPU.
//!
//! A tile comes out as if it had been cut out, encoded as a JPEG (4:4:4, quality 1 to 100) by
//! libjpeg-turbo, decoded and put back: pixel for pixel, on every backend. Nothing is encoded on
//! the way, since entropy coding loses nothing; what loses is done, in integers: RGB to YCbCr
//! (JFIF), the 8x8 transform, quantising with the matrices of ITU-T T.81 (tables K.1 and K.2)
//! scaled by the quality as libjpeg scales them, and back.
//!
//! ```
//! use orrery_artifacts::{Channels, Choice, Context, ImageMut, Quality, Tile};
//!
//! let mut pixels = vec![200; 640 * 480 * 3];
//! let mut context = Context::new(Choice::Cpu)?; // kept for the next picture
//! let mut image = ImageMut::new(&mut pixels, 640, 480, Channels::Rgb)?;
//! let quality = Quality::new(5)?;
//! let tiles = [Tile { x: 600, y: -10, width: 100, height: 100, quality }];
//! let report = context.apply(&mut image, &tiles)?;
//! assert_eq!(report.pixels, 40 * 90); // what lies in the picture
//! # Ok::<(), orrery_artifacts::ArtifactError>(())
//! ```
//!
//! Where tiles overlap they work in list order. To have this without a race they are put into
//! layers of tiles that do not overlap; a layer is one dispatch on the GPU, one parallel loop on
//! the CPU.
//!
//! Limits: sides of a picture [`MAX_SIDE`] pixels, [`MAX_TILES`] tiles a call, which cover
//! [`MAX_PIXELS`] pixels together.

mod context;
mod cpu;
mod error;
mod file;
#[cfg(feature = "gpu")]
mod gpu;
mod image;
mod kernels;
mod layers;
mod quality;
mod random;
mod tables;
mod tile;

pub use context::{Backend, Choice, Context, Report};
pub use error::{ArtifactError, TileFileError};
pub use file::{ListedTile, MAX_FILE, SCHEMA, TileList};
#[cfg(feature = "gpu")]
pub use gpu::GpuTimes;
pub use image::{Channels, ImageMut};
pub use quality::{Quality, Quantisers};
pub use random::{RandomTiles, SplitMix64};
use tables::TableSet;
pub use tile::{MAX_PIXELS, MAX_SIDE, MAX_TILES, Tile};
