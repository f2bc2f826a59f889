//! What can go wrong, as values.

use crate::options::ImageInfo;
use crate::pixel::{Dtype, PixelFormat};
use thiserror::Error;

/// A valid file of a kind this library does not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnsupportedFeature {
    /// Arithmetic entropy coding (SOF9, SOF10).
    #[error("arithmetic coding")]
    ArithmeticCoding,
    /// Lossless coding (SOF3, and SOF11 with arithmetic coding).
    #[error("lossless coding")]
    Lossless,
    /// JPEG-LS (SOF55).
    #[error("JPEG-LS")]
    JpegLs,
    /// Hierarchical coding (DHP, EXP, SOF5 to SOF7, SOF13 to SOF15).
    #[error("hierarchical coding")]
    Hierarchical,
    /// The frame type that T.81 reserves for extensions (0xC8, JPG).
    #[error("the reserved JPEG extension")]
    Extension,
    /// Samples of another precision than 8 bits.
    #[error("{0}-bit samples")]
    Precision(u8),
    /// A number of components that no colour model here has.
    #[error("{0} components")]
    Components(u8),
    /// A component whose sampling factor does not divide the largest one.
    #[error("fractional sampling ratios")]
    FractionalSampling,
    /// A picture that cannot be had in the pixel format asked for.
    #[error("{0:?} from this picture")]
    Output(PixelFormat),
    /// An orientation other than the stored one together with NV12.
    #[error("EXIF orientation for NV12")]
    OrientedNv12,
    /// A scale other than 1 for a PNG picture.
    #[error("scaled decoding of PNG")]
    ScaledPng,
}

/// What is wrong with the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The file ends too early.
    #[error("the data end too early")]
    Truncated,
    /// There is no picture in the file.
    #[error("no {0}")]
    Missing(&'static str),
    /// A marker segment that breaks the rules of T.81 annex B.
    #[error("bad {0} segment")]
    Segment(&'static str),
    /// A segment that must not stand where it stands.
    #[error("{0} out of place")]
    OutOfPlace(&'static str),
    /// A bit pattern that is no Huffman code.
    #[error("a bit pattern that is no Huffman code")]
    HuffmanCode,
    /// A scan that refines bits nobody has sent, or sends them twice (T.81, G.1.1.1).
    #[error("a scan out of its progression")]
    Progression,
    /// The restart marker that should be here is not.
    #[error("a restart marker is missing or out of order")]
    Restart,
    /// zune-png refused the file.
    #[error("the PNG decoder refused the file")]
    Png,
}

/// Why a picture was not decoded, or not as a whole.
#[derive(Debug, Error)]
pub enum CodecError {
    /// The tensor is smaller than the picture; nothing was decoded.
    #[error("a picture of {width}x{height} does not fit a tensor of {max_width}x{max_height}")]
    InsufficientCapacity {
        /// Columns the picture needs, orientation and scale applied.
        width: usize,
        /// Rows the picture needs, orientation and scale applied.
        height: usize,
        /// Columns of the tensor.
        max_width: usize,
        /// Rows of the tensor.
        max_height: usize,
    },
    /// The tensor's element type and its pixel format do not go together.
    #[error("no {format:?} of {dtype:?}")]
    UnsupportedDtype {
        /// The element type.
        dtype: Dtype,
        /// The pixel format.
        format: PixelFormat,
    },
    /// The first bytes are of no format this library knows.
    #[error("neither JPEG nor PNG")]
    UnknownFormat,
    /// The file uses something this library does not decode.
    #[error("not supported: {0}")]
    Unsupported(#[from] UnsupportedFeature),
    /// The file is broken before its first pixel; a PNG file anywhere.
    #[error("{0}")]
    InvalidData(Fault),
    /// The file is broken further on: what was good is in the tensor.
    #[error("{fault} (good rows: {rows} of {})", info.height)]
    Damaged {
        /// The picture as its header describes it.
        info: ImageInfo,
        /// Rows, in the stored orientation, that lie wholly before the damage.
        /// Of pictures of several scans a blurred whole is there, of which
        /// only those rows count that no missing scan could sharpen.
        rows: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// Reading from a [`std::io::Read`] failed.
    #[error("reading the picture")]
    Io(#[from] std::io::Error),
}

impl From<Fault> for CodecError {
    fn from(fault: Fault) -> Self {
        Self::InvalidData(fault)
    }
}
