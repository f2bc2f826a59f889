//! Makes the project's own test pictures, deterministically.
//!
//! [`all`] gives every small sample with what decoding it has to come to;
//! [`large`] makes pictures of more than a megapixel for benchmarks. Nothing
//! is read from outside, no clock and no random device is used: the same
//! pictures come out everywhere, always.
//!
//! The building blocks are public too, for tests that need a file of their
//! own: [`scenes`] paints, [`mod@jpeg`], [`mod@png`] and [`mod@qoi`] write.
//!
//! Apart from that, [`corpus`] finds the files that came from elsewhere.

mod catalogue;
mod glyphs;
pub mod jpeg;
mod large;
pub mod png;
pub mod qoi;
pub mod rng;
pub mod scenes;

pub use orrery_corpus as corpus;

pub use catalogue::{Expect, Sample, all};
pub use large::{LARGE_SIZE, large};
pub use scenes::Scene;
