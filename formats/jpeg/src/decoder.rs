//! The decoder and its memory.

use crate::error::CodecError;
use crate::jpeg::JpegDecoderState;
use crate::kernels::{self, Kernels};
use crate::options::{DecodeOptions, ImageFormat, ImageInfo};
use crate::pixel::ImagePixel;
use crate::png;
use crate::tensor::TensorMut;

/// Decodes pictures one after the other; keep one for each thread that does.
///
/// Its memory grows to what the largest picture needs and is used again: from
/// the second JPEG picture of a size on, nothing is allocated.
#[derive(Debug)]
pub struct ImageDecoder {
    kernels: Kernels,
    jpeg: JpegDecoderState,
    input: Vec<u8>,
}

impl Default for ImageDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl ImageDecoder {
    /// A decoder with the fastest kernels this processor runs.
    #[must_use]
    pub fn new() -> Self {
        Self::with_kernels(kernels::best())
    }

    /// A decoder with kernels of the caller's choice; all give the same pixels.
    #[must_use]
    pub fn with_kernels(kernels: Kernels) -> Self {
        Self {
            kernels,
            jpeg: JpegDecoderState::new(),
            input: Vec::new(),
        }
    }

    /// What a file's headers say, with the size it would be decoded to.
    ///
    /// # Errors
    /// See [`CodecError`].
    pub fn info(&mut self, bytes: &[u8], options: &DecodeOptions) -> Result<ImageInfo, CodecError> {
        match ImageFormat::detect(bytes) {
            Some(ImageFormat::Jpeg) => self.jpeg.info(bytes, options),
            Some(ImageFormat::Png) => png::info(bytes, options),
            None => Err(CodecError::UnknownFormat),
        }
    }

    /// Decodes a JPEG or PNG file into the upper left corner of a tensor.
    ///
    /// # Errors
    /// See [`CodecError`].
    pub fn decode<T: ImagePixel>(
        &mut self,
        bytes: &[u8],
        options: &DecodeOptions,
        tensor: &mut TensorMut<'_, T>,
    ) -> Result<ImageInfo, CodecError> {
        match ImageFormat::detect(bytes) {
            Some(ImageFormat::Jpeg) => self.jpeg.decode(&self.kernels, bytes, options, tensor),
            Some(ImageFormat::Png) => png::decode(bytes, options, tensor),
            None => Err(CodecError::UnknownFormat),
        }
    }

    pub(crate) fn take_input(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.input)
    }

    pub(crate) fn put_input(&mut self, input: Vec<u8>) {
        self.input = input;
    }
}
