//! What can go wrong.

use jpegxl_rs::EncodeError as WrapperError;
use thiserror::Error;

/// Why nothing, or not everything, was decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file ends before its picture does.
    #[error("the file ends early")]
    Truncated,
    /// The file breaks the rules of the format; libjxl says no more than that.
    #[error("the file is damaged: {0}")]
    Invalid(&'static str),
    /// A valid file that asks for more than [`crate::Limits`] allow.
    #[error("over the limit: {0}")]
    OverLimit(String),
    /// A valid file, or an option, of a kind that is not decoded.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The system has no memory left.
    #[error("out of memory")]
    OutOfMemory,
}

/// Why nothing was encoded. The last six are the codes of `JxlEncoderError`, one to one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Samples, sides and channels contradict each other, or an option is out of its range.
    #[error("the picture does not fit its description: {0}")]
    Shape(String),
    /// More memory than [`crate::Limits`] allow.
    #[error("over the limit: {0}")]
    OverLimit(String),
    /// A JPEG of a kind that libjxl does not pack: which.
    #[error("libjxl does not pack JPEGs with {0}")]
    UnsupportedJpeg(String),
    /// `JXL_ENC_ERR_GENERIC`.
    #[error("libjxl failed without saying why")]
    Generic,
    /// `JXL_ENC_ERR_OOM`; also when the capping allocator of [`crate::Limits`] refuses.
    #[error("out of memory")]
    OutOfMemory,
    /// `JXL_ENC_ERR_JBRD`: a JPEG whose bytes could not be rebuilt from what would be stored.
    #[error("this JPEG cannot be represented so that it can be rebuilt")]
    Jbrd,
    /// `JXL_ENC_ERR_BAD_INPUT`: among others, a damaged JPEG.
    #[error("the input is invalid")]
    BadInput,
    /// `JXL_ENC_ERR_NOT_SUPPORTED`.
    #[error("not supported by libjxl")]
    NotSupported,
    /// `JXL_ENC_ERR_API_USAGE`: an order of calls or a setting that libjxl refuses.
    #[error("libjxl refuses a setting")]
    ApiUsage,
}

impl From<WrapperError> for EncodeError {
    fn from(error: WrapperError) -> Self {
        match error {
            WrapperError::OutOfMemory | WrapperError::CannotCreateEncoder => Self::OutOfMemory,
            WrapperError::Jbrd => Self::Jbrd,
            WrapperError::BadInput => Self::BadInput,
            WrapperError::NotSupported => Self::NotSupported,
            WrapperError::ApiUsage => Self::ApiUsage,
            _ => Self::Generic,
        }
    }
}
