//! JPEG XL through libjxl 0.12: decoding, encoding, progressive pictures, JPEG transcoding.
//!
//! ```
//! use orrery_jxl::{DecodeOptions, EncodeOptions, Image, Samples, decode, encode};
//!
//! // Two pixels of RGB, without loss.
//! let picture = Image::new(2, 1, 3, Samples::U8(vec![255, 0, 0, 0, 128, 255]));
//! let file = encode(&picture, &EncodeOptions::lossless())?;
//! let again = decode(&file, &DecodeOptions::default())?;
//! assert_eq!(again.frames[0].pixels, picture.frames[0].pixels);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`decode`] and [`Decoder`] give [`Frame`]s of interleaved samples (colours, alpha), a plane
//!   for every other channel, the colour encoding or ICC profile, and metadata boxes. A decoder
//!   takes its input in pieces and gives intermediate pictures.
//! * [`decode_reduced`] gives a picture at an eighth of its size from the first part of a file.
//! * [`encode`] takes the same types back, lossy or lossless.
//! * [`Image::from_png`] and [`to_png`] read and write PNG with 16 bits and profiles.
//! * [`transcode`] packs a JPEG, [`reconstruct`] unpacks it byte for byte.
//!
//! Samples are whole numbers of 8 or 16 bits that span the whole range of their type, or floats of
//! 16 or 32 bits with a nominal range of 0 to 1; rows go from the top, without padding.
//!
//! [`Limits`] are checked before anything is allocated: pixels when the header is there, samples
//! when a frame begins, libjxl's own memory by a memory manager that refuses, metadata while it is
//! decompressed. Damaged input gives a typed error.
//!
//! # Licence
//!
//! GPL-3.0-or-later, as `jpegxl-rs` and `jpegxl-sys` are (libjxl itself is BSD-3-Clause). Nothing
//! depends on this crate unless the feature `jxl` of `orrery` is turned on.
//!
//! # Sources
//!
//! ISO/IEC 18181-1 and 18181-2; libjxl's headers (`jxl/decode.h`, `jxl/encode.h`).

pub mod boxes;
mod colour;
mod convert;
mod decode;
mod encode;
mod error;
mod image;
mod limits;
mod png_io;
mod reduced;
mod samples;
mod sys;
mod transcode;

pub use colour::{
    Colour, ColourEncoding, ColourSpace, Intent, Primaries, Transfer, WhitePoint, Xy,
};
pub use decode::{DecodeOptions, Decoder, Detail, Step, decode};
pub use encode::{EncodeOptions, Fidelity, Switch, encode};
pub use error::{DecodeError, EncodeError};
pub use half::f16;
pub use image::{
    Alpha, Animation, ChannelInfo, ChannelKind, Frame, Image, Info, MetadataBox, ToneMapping,
    to_rgba8,
};
pub use limits::Limits;
pub use png_io::{PngError, to_png};
pub use reduced::{Reduced, decode_reduced};
pub use samples::{SampleType, Samples};
pub use transcode::{reconstruct, transcode};

/// The version of libjxl: major, minor, patch.
#[must_use]
pub fn version() -> (u32, u32, u32) {
    sys::decoder::version()
}

/// Whether a file begins as JPEG XL does, bare or in a container.
#[must_use]
pub fn is_jxl(bytes: &[u8]) -> bool {
    sys::decoder::signature(bytes)
}
