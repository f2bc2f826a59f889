//! PNG files of every kind the format allows, and some it does not.
//!
//! Two writers: [`crate_encoder`] is the png crate's, which knows nothing of
//! Adam7, forced block types or odd chunk layouts; [`mod@file`] assembles those
//! here, from [`raster`] samples through [`scanlines`] and [`deflate`].

pub mod crate_encoder;
pub mod deflate;
pub mod file;
mod lz77;
pub mod raster;
pub mod salvage;
pub mod scanlines;
