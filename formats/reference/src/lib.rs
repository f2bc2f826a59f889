//! Reference decoders behind one trait; tests and `verify` only.
//!
//! A [`Backend`] turns a whole file into a [`Picture`] of 8-bit RGBA by the
//! rules the project compares under:
//!
//! - 16-bit samples are narrowed with `v >> 8`; 1, 2 and 4 bits are scaled by
//!   `255 / (2^n - 1)`;
//! - a colour key (tRNS of a grey or RGB picture) is compared at full depth,
//!   before narrowing;
//! - gAMA, cHRM, sRGB, iCCP, sBIT and bKGD change nothing; an ancillary chunk
//!   with a bad CRC counts as absent;
//! - a palette index without an entry is opaque black;
//! - an animated PNG is its default image;
//! - QOI alpha is 255 when the header says 3 channels, a run past the last
//!   pixel is clipped, and *every* decoded pixel enters the index;
//! - JPEG is what libjpeg-turbo's default decoder makes of it, in the stored
//!   orientation; inks are shown as `(C * K + 127) / 255` of Adobe's inverted
//!   samples, others being inverted first;
//! - JPEG XL is its first frame, in the file's own colour encoding, turned as
//!   the codestream says, rounded to 8 bits;
//! - a latent container is what the built-in model makes of it, the source itself
//!   if it is lossless;
//! - CRC and Adler checks are on, where the crate has them.
//!
//! So no backend lets its crate convert: raw samples are taken out, and
//! [`convert`] does the rest for all of them. A decoder that panics is caught
//! ([`ReferenceError::Panicked`]), since references also run on broken files.
//!
//! [`peer`] has the same crates without that care, for speed measurements.

mod backend;
pub mod convert;
mod guard;
mod jpeg;
mod jxl_header;
#[cfg(feature = "jxl")]
mod libjxl;
mod oxide;
pub mod peer;
mod picture;
mod png_chunks;
mod png_crate;
mod png_progress;
mod qoi_crate;
mod qoi_spec;
#[cfg(feature = "vae-ans")]
mod vae_ans;
mod zune;

pub use backend::{Backend, backends, backends_for};
pub use jpeg::{OrreryJpeg, TurboJpeg};
#[cfg(feature = "jxl")]
pub use libjxl::LibJxl;
pub use oxide::JxlOxide;
pub use picture::{Format, MAX_PIXELS, Picture, ReferenceError};
pub use png_crate::PngCrate;
pub use qoi_crate::QoiCrate;
pub use qoi_spec::QoiSpecification;
#[cfg(feature = "vae-ans")]
pub use vae_ans::{VaeAns, VaeAnsFixed};
pub use zune::ZunePng;
