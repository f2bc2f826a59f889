//! Element types and handles to tensors.

use std::fmt;

use crate::Error;

/// Axes a tensor may have.
pub const MAX_AXES: usize = 6;

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DType {
    /// 8 bits, unsigned.
    U8,
    /// 8 bits, signed.
    I8,
    /// 16 bits, unsigned.
    U16,
    /// 16 bits, signed.
    I16,
    /// 32 bits, unsigned.
    U32,
    /// 32 bits, signed.
    I32,
    /// 32-bit floating point.
    F32,
}

impl DType {
    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
        })
    }
}

/// A Rust type that a tensor can hold.
pub trait Element: bytemuck::Pod {
    /// Its element type.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($rust:ty => $dtype:ident),*) => {
        $(impl Element for $rust { const DTYPE: DType = DType::$dtype; })*
    };
}
elements!(u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, f32 => F32);

/// A handle to a tensor in the arena: where it starts, its shape, element type
/// and strides. Cloning it copies the handle alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorRef {
    pub(crate) offset: usize,
    pub(crate) epoch: u32,
    shape: Vec<usize>,
    strides: Vec<usize>,
    dtype: DType,
}

impl TensorRef {
    /// A contiguous tensor at a byte offset.
    pub(crate) fn contiguous(
        offset: usize,
        epoch: u32,
        shape: &[usize],
        dtype: DType,
    ) -> Result<Self, Error> {
        elements(shape)?;
        let mut strides = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis];
        }
        Ok(Self {
            offset,
            epoch,
            shape: shape.to_vec(),
            strides,
            dtype,
        })
    }

    /// Byte offset in the arena.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Length of each axis, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Elements from one index to the next, for each axis.
    pub fn strides(&self) -> &[usize] {
        &self.strides
    }

    /// Element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the elements lie side by side in index order.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        for (&length, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if length != 1 && stride != expected {
                return false;
            }
            expected *= length;
        }
        true
    }

    /// Bytes from the first element to the end of the last.
    pub(crate) fn span(&self) -> usize {
        if self.is_empty() {
            return 0;
        }
        let last: usize = self
            .shape
            .iter()
            .zip(&self.strides)
            .map(|(length, stride)| (length - 1) * stride)
            .sum();
        (last + 1) * self.dtype.size()
    }

    /// The slice at one index of an axis: the same memory, one axis fewer.
    ///
    /// # Errors
    /// [`Error::WrongShape`] when the axis or the index does not exist.
    pub fn sub(&self, axis: usize, index: usize) -> Result<Self, Error> {
        let mut part = self.range(axis, index, 1)?;
        part.shape.remove(axis);
        part.strides.remove(axis);
        Ok(part)
    }

    /// `length` indices of an axis, from `first`: the same memory, as many axes.
    ///
    /// # Errors
    /// [`Error::WrongShape`] when the axis or an index does not exist.
    pub fn range(&self, axis: usize, first: usize, length: usize) -> Result<Self, Error> {
        let inside = self
            .shape
            .get(axis)
            .is_some_and(|&l| first.checked_add(length).is_some_and(|end| end <= l));
        if !inside {
            return Err(Error::WrongShape {
                what: format!("indices {first}+{length} of axis {axis}"),
                found: self.shape.clone(),
                expected: "a longer axis".into(),
            });
        }
        let mut part = self.clone();
        part.offset += first * self.strides[axis] * self.dtype.size();
        part.shape[axis] = length;
        Ok(part)
    }

    /// The axes in another order: the same memory.
    ///
    /// # Errors
    /// [`Error::WrongShape`] when `order` does not name every axis once.
    pub fn permuted(&self, order: &[usize]) -> Result<Self, Error> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if sorted != (0..self.shape.len()).collect::<Vec<_>>() {
            return Err(Error::WrongShape {
                what: format!("axis order {order:?}"),
                found: self.shape.clone(),
                expected: "every axis once".into(),
            });
        }
        let mut part = self.clone();
        part.shape = order.iter().map(|&a| self.shape[a]).collect();
        part.strides = order.iter().map(|&a| self.strides[a]).collect();
        Ok(part)
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// [`Error::NotContiguous`] for a strided view, [`Error::WrongShape`] when
    /// the number of elements differs.
    pub fn reshaped(&self, shape: &[usize]) -> Result<Self, Error> {
        if !self.is_contiguous() {
            return Err(Error::NotContiguous(self.shape.clone()));
        }
        if elements(shape)? != self.len() {
            return Err(Error::WrongShape {
                what: format!("reshape to {shape:?}"),
                found: self.shape.clone(),
                expected: "as many elements".into(),
            });
        }
        Self::contiguous(self.offset, self.epoch, shape, self.dtype)
    }
}

/// Elements of a shape.
pub(crate) fn elements(shape: &[usize]) -> Result<usize, Error> {
    if shape.len() > MAX_AXES {
        return Err(Error::Shape(shape.to_vec()));
    }
    shape
        .iter()
        .try_fold(1usize, |product, &length| product.checked_mul(length))
        .filter(|&count| count <= isize::MAX as usize / 8)
        .ok_or_else(|| Error::Shape(shape.to_vec()))
}
