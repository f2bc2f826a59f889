//! The memory pictures are decoded into.

use crate::error::CodecError;
use crate::pixel::{Dtype, ImagePixel, PixelFormat};

/// A picture's memory, borrowed: rows of elements with a pitch.
///
/// The elements between the end of a row and the start of the next are never
/// written.
#[derive(Debug)]
pub struct TensorMut<'a, T> {
    data: &'a mut [T],
    format: PixelFormat,
    width: usize,
    height: usize,
    row_stride: usize,
}

impl<'a, T: ImagePixel> TensorMut<'a, T> {
    /// Memory for `width` by `height` pixels; `row_stride` is in elements.
    /// `None` when a row does not fit the stride or the rows do not fit `data`
    /// (the last row needs no padding).
    pub fn new(
        data: &'a mut [T],
        format: PixelFormat,
        width: usize,
        height: usize,
        row_stride: usize,
    ) -> Option<Self> {
        let empty = width == 0 || height == 0;
        // The first test keeps the others from overflowing.
        let fits = empty
            || width.max(height) <= data.len()
                && format.row_elements(width) <= row_stride
                && (format.rows(height) - 1)
                    .checked_mul(row_stride)?
                    .checked_add(format.row_elements(width))?
                    <= data.len();
        fits.then_some(Self {
            data,
            format,
            width,
            height,
            row_stride,
        })
    }

    /// How pixels lie in a row.
    #[must_use]
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The first `elements` of row `y`. NV12 has its chroma rows from row
    /// `self.height()` on.
    pub(crate) fn row(&mut self, y: usize, elements: usize) -> &mut [T] {
        let start = y * self.row_stride;
        &mut self.data[start..start + elements]
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// An error unless a picture of this size fits.
    pub(crate) fn check(&self, width: usize, height: usize) -> Result<(), CodecError> {
        if width <= self.width && height <= self.height {
            return Ok(());
        }
        Err(CodecError::InsufficientCapacity {
            width,
            height,
            max_width: self.width,
            max_height: self.height,
        })
    }
}

/// A picture's memory, owned.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<T> {
    data: Vec<T>,
    format: PixelFormat,
    width: usize,
    height: usize,
    row_stride: usize,
}

impl<T: ImagePixel> Tensor<T> {
    /// Zeroed memory for `width` by `height` pixels without padding.
    #[must_use]
    pub fn image(width: usize, height: usize, format: PixelFormat) -> Self {
        Self::with_stride(width, height, format, format.row_elements(width))
    }

    /// Zeroed memory with `row_stride` elements from row to row, or as many as
    /// a row needs if that is more.
    #[must_use]
    pub fn with_stride(
        width: usize,
        height: usize,
        format: PixelFormat,
        row_stride: usize,
    ) -> Self {
        let row_stride = row_stride.max(format.row_elements(width));
        Self {
            data: vec![T::default(); row_stride * format.rows(height)],
            format,
            width,
            height,
            row_stride,
        }
    }

    /// How pixels lie in a row.
    #[must_use]
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Columns there is room for.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows there is room for.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Elements from the start of one row to the start of the next.
    #[must_use]
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// All elements, padding included.
    #[must_use]
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All elements, padding included.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The elements of row `y` without its padding; NV12 has its chroma rows
    /// from row `self.height()` on.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn row(&self, y: usize) -> &[T] {
        &self.data[y * self.row_stride..][..self.format.row_elements(self.width)]
    }

    /// The same memory, borrowed.
    pub fn view_mut(&mut self) -> TensorMut<'_, T> {
        TensorMut {
            data: &mut self.data,
            format: self.format,
            width: self.width,
            height: self.height,
            row_stride: self.row_stride,
        }
    }
}

/// A tensor whose element type is known at run time.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorDyn {
    /// Of `u8`.
    U8(Tensor<u8>),
    /// Of `i8`.
    I8(Tensor<i8>),
    /// Of `u16`.
    U16(Tensor<u16>),
    /// Of `i16`.
    I16(Tensor<i16>),
    /// Of `f32`.
    F32(Tensor<f32>),
}

impl TensorDyn {
    /// Zeroed memory for `width` by `height` pixels without padding.
    #[must_use]
    pub fn image(width: usize, height: usize, format: PixelFormat, dtype: Dtype) -> Self {
        match dtype {
            Dtype::U8 => Self::U8(Tensor::image(width, height, format)),
            Dtype::I8 => Self::I8(Tensor::image(width, height, format)),
            Dtype::U16 => Self::U16(Tensor::image(width, height, format)),
            Dtype::I16 => Self::I16(Tensor::image(width, height, format)),
            Dtype::F32 => Self::F32(Tensor::image(width, height, format)),
        }
    }

    /// The element type.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::U8(_) => Dtype::U8,
            Self::I8(_) => Dtype::I8,
            Self::U16(_) => Dtype::U16,
            Self::I16(_) => Dtype::I16,
            Self::F32(_) => Dtype::F32,
        }
    }
}
