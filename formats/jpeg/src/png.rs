//! PNG through zune-png.

use crate::error::{CodecError, Fault, UnsupportedFeature};
use crate::options::{DecodeOptions, ImageInfo};
use crate::pixel::ImagePixel;
use crate::tensor::TensorMut;

/// Memory for PNG pictures.
#[derive(Debug, Default)]
pub(crate) struct PngDecoderState {}

impl PngDecoderState {
    pub fn info(&mut self, _: &[u8], _: &DecodeOptions) -> Result<ImageInfo, CodecError> {
        Err(Fault::Png.into())
    }
    pub fn decode<T: ImagePixel>(
        &mut self,
        _: &[u8],
        _: &DecodeOptions,
        _: &mut TensorMut<'_, T>,
    ) -> Result<ImageInfo, CodecError> {
        Err(UnsupportedFeature::ScaledPng.into())
    }
}
