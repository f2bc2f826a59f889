//! JPEG and PNG decoding into tensors that the caller owns.
//!
//! The design goal is a decoder for loops: allocate once, then decode frame
//! after frame into the same memory.
//!
//! ```
//! use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Tensor};
//!
//! # let frames: [&[u8]; 0] = [];
//! let mut decoder = ImageDecoder::new();
//! let mut tensor = Tensor::<u8>::image(1920, 1080, PixelFormat::Rgb);
//! let options = DecodeOptions::new();
//! for bytes in frames {
//!     let info = tensor.load_image(&mut decoder, bytes, &options)?;
//!     println!("{} x {}", info.width, info.height);
//! }
//! # Ok::<(), orrery_jpeg::CodecError>(())
//! ```
//!
//! JPEG pictures come out as libjpeg-turbo's default decoder makes them, byte
//! for byte. What is not decoded is refused by name ([`UnsupportedFeature`]);
//! damaged files give an error that says how far they were good.

mod decoder;
mod error;
mod exif;
mod jpeg;
pub mod kernels;
mod options;
mod orient;
mod pixel;
mod png;
mod tensor;
mod traits;

pub use decoder::ImageDecoder;
pub use error::{CodecError, Fault, UnsupportedFeature};
pub use exif::orientation as exif_orientation;
pub use jpeg::luminance;
pub use options::{DecodeOptions, ImageFormat, ImageInfo, Scale};
pub use orient::Orientation;
pub use pixel::{Dtype, ImagePixel, PixelFormat};
pub use tensor::{Tensor, TensorDyn, TensorMut};
pub use traits::ImageLoad;
