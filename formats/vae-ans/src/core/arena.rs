//! One buffer that holds every tensor.

use std::ops::Range;

use super::tensor::elements;
use super::{DType, Element, TensorRef};
use crate::Error;

/// Tensors start at multiples of this many bytes.
pub const ALIGNMENT: usize = 64;

/// A bump allocator over one buffer: tensors are placed one behind the other
/// and all given back at once by [`Arena::reset`].
///
/// ```
/// use orrery_vae_ans::{Arena, DType};
///
/// let mut arena = Arena::new(1 << 16)?;
/// let tensor = arena.alloc(&[4, 3, 2], DType::F32)?;
/// arena.slice_mut::<f32>(&tensor)?[23] = 1.5;
/// let last = tensor.sub(0, 3)?;
/// assert_eq!(arena.slice::<f32>(&last)?, [0.0, 0.0, 0.0, 0.0, 0.0, 1.5]);
/// # Ok::<(), orrery_vae_ans::Error>(())
/// ```
#[derive(Debug)]
pub struct Arena {
    /// Wide words, so that the start is aligned for every element type.
    words: Vec<u128>,
    /// Bytes skipped so that offset 0 lies at a multiple of [`ALIGNMENT`].
    skip: usize,
    capacity: usize,
    used: usize,
    high: usize,
    /// Raised by a reset, so that handles from before it are refused.
    epoch: u32,
}

/// Two tensors to read and one to write.
pub type Triple<'a, A, B, C> = (&'a [A], &'a [B], &'a mut [C]);

impl Arena {
    /// An arena of this many bytes, all zero.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when the host has no such buffer.
    pub fn new(bytes: usize) -> Result<Self, Error> {
        let count = bytes
            .checked_add(ALIGNMENT)
            .ok_or(Error::OutOfMemory(bytes))?
            .div_ceil(16);
        let mut words: Vec<u128> = Vec::new();
        words
            .try_reserve_exact(count)
            .map_err(|_| Error::OutOfMemory(bytes))?;
        words.resize(count, 0);
        let skip = (words.as_ptr() as usize).wrapping_neg() % ALIGNMENT;
        Ok(Self {
            words,
            skip,
            capacity: bytes,
            used: 0,
            high: 0,
            epoch: 0,
        })
    }

    /// Bytes in all.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes given out since the last reset, gaps for alignment included.
    pub fn used(&self) -> usize {
        self.used
    }

    /// The most that was ever given out at once.
    pub fn high_water(&self) -> usize {
        self.high
    }

    /// Takes back every tensor; handles to them are refused from now on.
    pub fn reset(&mut self) {
        self.used = 0;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Places a tensor of zeros.
    ///
    /// # Errors
    /// [`Error::OutOfArena`] when it does not fit, [`Error::Shape`].
    pub fn alloc(&mut self, shape: &[usize], dtype: DType) -> Result<TensorRef, Error> {
        let bytes = elements(shape)? * dtype.size();
        let start = self.used.next_multiple_of(ALIGNMENT);
        let end = start.saturating_add(bytes);
        if end > self.capacity {
            return Err(Error::OutOfArena {
                needed: end - self.used,
                free: self.capacity - self.used,
                capacity: self.capacity,
            });
        }
        self.used = end;
        self.high = self.high.max(end);
        self.bytes_mut()[start..end].fill(0);
        TensorRef::contiguous(start, self.epoch, shape, dtype)
    }

    /// A view of a tensor of any strides.
    ///
    /// # Errors
    /// [`Error::WrongDType`], [`Error::BadRef`].
    pub fn view<T: Element>(&self, tensor: &TensorRef) -> Result<View<'_, T>, Error> {
        let range = self.check::<T>(tensor)?;
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        Ok(View {
            data: bytemuck::cast_slice(&bytes[range]),
            tensor: tensor.clone(),
        })
    }

    /// The elements of a contiguous tensor, in index order.
    ///
    /// # Errors
    /// [`Error::WrongDType`], [`Error::NotContiguous`], [`Error::BadRef`].
    pub fn slice<T: Element>(&self, tensor: &TensorRef) -> Result<&[T], Error> {
        let range = self.check_contiguous::<T>(tensor)?;
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        Ok(bytemuck::cast_slice(&bytes[range]))
    }

    /// The elements of a contiguous tensor, for writing.
    ///
    /// # Errors
    /// As [`Arena::slice`].
    pub fn slice_mut<T: Element>(&mut self, tensor: &TensorRef) -> Result<&mut [T], Error> {
        let range = self.check_contiguous::<T>(tensor)?;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        Ok(bytemuck::cast_slice_mut(&mut bytes[range]))
    }

    /// Two contiguous tensors that do not overlap: one read, one written.
    ///
    /// # Errors
    /// As [`Arena::slice`]; [`Error::BadRef`] when they overlap.
    pub fn pair<A: Element, B: Element>(
        &mut self,
        read: &TensorRef,
        write: &TensorRef,
    ) -> Result<(&[A], &mut [B]), Error> {
        let ranges = [
            self.check_contiguous::<A>(read)?,
            self.check_contiguous::<B>(write)?,
        ];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        let [a, b] = bytes.get_disjoint_mut(ranges).map_err(|_| Error::BadRef)?;
        Ok((bytemuck::cast_slice(a), bytemuck::cast_slice_mut(b)))
    }

    /// Two contiguous tensors that do not overlap, both for writing.
    ///
    /// # Errors
    /// As [`Arena::pair`].
    pub fn pair_mut<A: Element, B: Element>(
        &mut self,
        first: &TensorRef,
        second: &TensorRef,
    ) -> Result<(&mut [A], &mut [B]), Error> {
        let ranges = [
            self.check_contiguous::<A>(first)?,
            self.check_contiguous::<B>(second)?,
        ];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        let [a, b] = bytes.get_disjoint_mut(ranges).map_err(|_| Error::BadRef)?;
        Ok((bytemuck::cast_slice_mut(a), bytemuck::cast_slice_mut(b)))
    }

    /// Three contiguous tensors: two read, which may overlap or be one, and one
    /// written, which overlaps neither.
    ///
    /// # Errors
    /// As [`Arena::pair`].
    pub fn triple<A: Element, B: Element, C: Element>(
        &mut self,
        first: &TensorRef,
        second: &TensorRef,
        write: &TensorRef,
    ) -> Result<Triple<'_, A, B, C>, Error> {
        let first = self.check_contiguous::<A>(first)?;
        let second = self.check_contiguous::<B>(second)?;
        let write = self.check_contiguous::<C>(write)?;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        let (before, rest) = bytes.split_at_mut(write.start);
        let (out, after) = rest.split_at_mut(write.len());
        // What is read lies on one side of what is written.
        let (before, after) = (&*before, &*after);
        let beside = |range: Range<usize>| {
            let part = match range.start.checked_sub(write.end) {
                Some(start) => after.get(start..start + range.len()),
                None => before.get(range),
            };
            part.ok_or(Error::BadRef)
        };
        Ok((
            bytemuck::cast_slice(beside(first)?),
            bytemuck::cast_slice(beside(second)?),
            bytemuck::cast_slice_mut(out),
        ))
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        let skip = self.skip;
        &mut bytemuck::cast_slice_mut(&mut self.words)[skip..]
    }

    fn check<T: Element>(&self, tensor: &TensorRef) -> Result<Range<usize>, Error> {
        if tensor.dtype() != T::DTYPE {
            return Err(Error::WrongDType {
                what: format!("tensor {:?}", tensor.shape()),
                found: tensor.dtype(),
                expected: T::DTYPE,
            });
        }
        let end = tensor.offset + tensor.span();
        if tensor.epoch != self.epoch || end > self.used.max(tensor.offset) {
            return Err(Error::BadRef);
        }
        Ok(self.skip + tensor.offset..self.skip + end)
    }

    fn check_contiguous<T: Element>(&self, tensor: &TensorRef) -> Result<Range<usize>, Error> {
        if !tensor.is_contiguous() {
            return Err(Error::NotContiguous(tensor.shape().to_vec()));
        }
        self.check::<T>(tensor)
    }
}

/// A typed view of a tensor, of any strides.
#[derive(Clone, Debug)]
pub struct View<'a, T> {
    data: &'a [T],
    tensor: TensorRef,
}

impl<T: Element> View<'_, T> {
    /// Length of each axis.
    pub fn shape(&self) -> &[usize] {
        self.tensor.shape()
    }

    /// The element at an index, if it exists.
    pub fn get(&self, index: &[usize]) -> Option<T> {
        let shape = self.tensor.shape();
        if index.len() != shape.len() || index.iter().zip(shape).any(|(i, l)| i >= l) {
            return None;
        }
        let strides = self.tensor.strides();
        let place: usize = index.iter().zip(strides).map(|(i, s)| i * s).sum();
        self.data.get(place).copied()
    }

    /// Every element in index order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        let shape = self.tensor.shape();
        let strides = self.tensor.strides();
        (0..self.tensor.len()).map(move |mut number| {
            let mut place = 0;
            for axis in (0..shape.len()).rev() {
                place += number % shape[axis] * strides[axis];
                number /= shape[axis];
            }
            self.data[place]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_aligned_and_full_arenas_say_so() {
        let mut arena = Arena::new(1000).unwrap();
        let odd = arena.alloc(&[3], DType::U8).unwrap();
        let floats = arena.alloc(&[5, 2], DType::F32).unwrap();
        assert_eq!(odd.offset() % ALIGNMENT, 0);
        assert_eq!(floats.offset(), ALIGNMENT);
        let address = arena.slice::<f32>(&floats).unwrap().as_ptr() as usize;
        assert_eq!(address % ALIGNMENT, 0);
        let used = arena.used();
        match arena.alloc(&[1000], DType::U8) {
            Err(Error::OutOfArena { free, capacity, .. }) => {
                assert_eq!((free, capacity), (1000 - used, 1000));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(arena.used(), used, "a refused tensor takes nothing");
        assert!(matches!(
            arena.alloc(&[usize::MAX, 2], DType::U8),
            Err(Error::Shape(_))
        ));
    }

    #[test]
    fn what_is_written_overlaps_nothing_that_is_read() {
        let mut arena = Arena::new(1024).unwrap();
        let all = arena.alloc(&[3, 64], DType::U8).unwrap();
        for (n, byte) in arena.slice_mut::<u8>(&all).unwrap().iter_mut().enumerate() {
            *byte = n as u8;
        }
        let [a, b, c] = [0, 1, 2].map(|n| all.sub(0, n).unwrap());
        for (first, second, write) in [(&a, &b, &c), (&c, &a, &b), (&b, &c, &a), (&a, &a, &b)] {
            let place = |t: &TensorRef| t.offset() as u8;
            let (x, y, out) = arena.triple::<u8, u8, u8>(first, second, write).unwrap();
            assert_eq!((x[0], y[63]), (place(first), place(second) + 63));
            assert_eq!((out[0], out.len()), (place(write), 64));
        }
        let half = all.range(0, 0, 2).unwrap();
        for (first, second, write) in [(&a, &b, &a), (&a, &b, &b), (&half, &c, &b), (&c, &a, &half)]
        {
            let result = arena.triple::<u8, u8, u8>(first, second, write);
            assert!(matches!(result, Err(Error::BadRef)));
        }
        assert!(matches!(
            arena.pair::<u8, u8>(&a, &half),
            Err(Error::BadRef)
        ));
        assert!(matches!(
            arena.pair_mut::<u8, u8>(&a, &a),
            Err(Error::BadRef)
        ));
        assert!(arena.pair::<u8, u8>(&a, &c).is_ok());
    }

    #[test]
    fn a_reset_refuses_old_handles_and_clears() {
        let mut arena = Arena::new(256).unwrap();
        let old = arena.alloc(&[16], DType::U8).unwrap();
        arena.slice_mut::<u8>(&old).unwrap().fill(7);
        arena.reset();
        assert!(matches!(arena.slice::<u8>(&old), Err(Error::BadRef)));
        let new = arena.alloc(&[16], DType::U8).unwrap();
        // Also when something else lies there.
        assert_eq!(new.offset(), old.offset());
        assert!(matches!(arena.slice::<u8>(&old), Err(Error::BadRef)));
        assert_eq!(arena.slice::<u8>(&new).unwrap(), [0; 16]);
        assert_eq!(arena.high_water(), 16);
    }

    #[test]
    fn sub_views_share_memory_along_every_axis() {
        let mut arena = Arena::new(4096).unwrap();
        let tensor = arena.alloc(&[2, 3, 4], DType::I16).unwrap();
        for (number, value) in arena
            .slice_mut::<i16>(&tensor)
            .unwrap()
            .iter_mut()
            .enumerate()
        {
            *value = number as i16;
        }
        let column = tensor.sub(2, 1).unwrap();
        assert_eq!(column.shape(), [2, 3]);
        assert!(!column.is_contiguous());
        let seen: Vec<i16> = arena.view::<i16>(&column).unwrap().iter().collect();
        assert_eq!(seen, [1, 5, 9, 13, 17, 21]);
        assert!(matches!(
            arena.slice::<i16>(&column),
            Err(Error::NotContiguous(_))
        ));
        let part = tensor.range(1, 1, 2).unwrap();
        assert_eq!(arena.view::<i16>(&part).unwrap().get(&[1, 1, 3]), Some(23));
        assert_eq!(arena.view::<i16>(&part).unwrap().get(&[1, 2, 0]), None);
        let turned = tensor.permuted(&[2, 0, 1]).unwrap();
        assert_eq!(
            arena.view::<i16>(&turned).unwrap().get(&[3, 1, 2]),
            Some(23)
        );
        assert!(tensor.sub(0, 2).is_err());
        assert!(tensor.permuted(&[0, 0, 1]).is_err());
        assert_eq!(tensor.reshaped(&[6, 4]).unwrap().strides(), [4, 1]);
    }

    #[test]
    fn reading_and_writing_the_same_bytes_is_refused() {
        let mut arena = Arena::new(4096).unwrap();
        let whole = arena.alloc(&[2, 8], DType::U8).unwrap();
        let first = whole.sub(0, 0).unwrap();
        let second = whole.sub(0, 1).unwrap();
        assert!(arena.pair::<u8, u8>(&first, &second).is_ok());
        assert!(matches!(
            arena.pair::<u8, u8>(&whole, &second),
            Err(Error::BadRef)
        ));
        assert!(matches!(
            arena.pair::<u8, i16>(&first, &second),
            Err(Error::WrongDType { .. })
        ));
    }
}
