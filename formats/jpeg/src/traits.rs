//! Pictures into tensors, as a method of the tensor.

use crate::decoder::ImageDecoder;
use crate::error::CodecError;
use crate::options::{DecodeOptions, ImageInfo};
use crate::pixel::ImagePixel;
use crate::tensor::{Tensor, TensorDyn, TensorMut};
use std::io::Read;

/// Decoding into memory that is there already.
pub trait ImageLoad {
    /// Decodes a JPEG or PNG file into the upper left corner. Memory outside
    /// the decoded size, and between rows, is left as it is.
    ///
    /// # Errors
    /// See [`CodecError`].
    fn load_image(
        &mut self,
        decoder: &mut ImageDecoder,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<ImageInfo, CodecError>;

    /// The same for what a reader gives up to its end; it is buffered in the decoder.
    ///
    /// # Errors
    /// See [`CodecError`].
    fn load_image_from(
        &mut self,
        decoder: &mut ImageDecoder,
        reader: &mut dyn Read,
        options: &DecodeOptions,
    ) -> Result<ImageInfo, CodecError> {
        let mut input = decoder.take_input();
        input.clear();
        let outcome = match reader.read_to_end(&mut input) {
            Ok(_) => self.load_image(decoder, &input, options),
            Err(error) => Err(error.into()),
        };
        decoder.put_input(input);
        outcome
    }
}

impl<T: ImagePixel> ImageLoad for TensorMut<'_, T> {
    fn load_image(
        &mut self,
        decoder: &mut ImageDecoder,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<ImageInfo, CodecError> {
        decoder.decode(bytes, options, self)
    }
}

impl<T: ImagePixel> ImageLoad for Tensor<T> {
    fn load_image(
        &mut self,
        decoder: &mut ImageDecoder,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<ImageInfo, CodecError> {
        decoder.decode(bytes, options, &mut self.view_mut())
    }
}

impl ImageLoad for TensorDyn {
    fn load_image(
        &mut self,
        decoder: &mut ImageDecoder,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<ImageInfo, CodecError> {
        match self {
            Self::U8(tensor) => tensor.load_image(decoder, bytes, options),
            Self::I8(tensor) => tensor.load_image(decoder, bytes, options),
            Self::U16(tensor) => tensor.load_image(decoder, bytes, options),
            Self::I16(tensor) => tensor.load_image(decoder, bytes, options),
            Self::F32(tensor) => tensor.load_image(decoder, bytes, options),
        }
    }
}
