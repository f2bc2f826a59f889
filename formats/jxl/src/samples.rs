//! Samples of every kind that libjxl reads and writes.

use half::f16;

/// The type of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleType {
    /// Whole numbers, 0 to 255.
    U8,
    /// Whole numbers, 0 to 65,535.
    U16,
    /// Floats of 16 bits; the nominal range is 0 to 1, values may lie outside.
    F16,
    /// Floats of 32 bits; the nominal range is 0 to 1, values may lie outside.
    F32,
}

impl SampleType {
    /// Bytes of one sample.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::F16 => 2,
            Self::F32 => 4,
        }
    }

    /// The narrowest type that holds samples of this depth.
    #[must_use]
    pub const fn holding(bits: u32, exponent_bits: u32) -> Self {
        match (bits, exponent_bits) {
            (..=8, 0) => Self::U8,
            (..=16, 0) => Self::U16,
            (..=16, ..=5) => Self::F16,
            _ => Self::F32,
        }
    }

    /// Bits of a sample, and how many of them are an exponent.
    #[must_use]
    pub const fn depth(self) -> (u32, u32) {
        match self {
            Self::U8 => (8, 0),
            Self::U16 => (16, 0),
            Self::F16 => (16, 5),
            Self::F32 => (32, 8),
        }
    }
}

/// Samples of a picture or a plane, row by row without padding.
#[derive(Clone, PartialEq)]
pub enum Samples {
    /// See [`SampleType::U8`].
    U8(Vec<u8>),
    /// See [`SampleType::U16`].
    U16(Vec<u16>),
    /// See [`SampleType::F16`].
    F16(Vec<f16>),
    /// See [`SampleType::F32`].
    F32(Vec<f32>),
}

/// The kind and the count only: a failed assertion should not print a million numbers.
impl std::fmt::Debug for Samples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} samples of {:?}", self.len(), self.kind())
    }
}

/// Zeros, or `None` when there is no memory for them.
fn zeros<T: Clone + Default>(count: usize) -> Option<Vec<T>> {
    let mut samples = Vec::new();
    samples.try_reserve_exact(count).ok()?;
    samples.resize(count, T::default());
    Some(samples)
}

fn copy<T: Clone>(samples: &[T]) -> Option<Vec<T>> {
    let mut copied = Vec::new();
    copied.try_reserve_exact(samples.len()).ok()?;
    copied.extend_from_slice(samples);
    Some(copied)
}

impl Samples {
    /// `count` zeros; `None` when the system has no memory for them.
    #[must_use]
    pub fn zeroed(kind: SampleType, count: usize) -> Option<Self> {
        Some(match kind {
            SampleType::U8 => Self::U8(zeros(count)?),
            SampleType::U16 => Self::U16(zeros(count)?),
            SampleType::F16 => Self::F16(zeros(count)?),
            SampleType::F32 => Self::F32(zeros(count)?),
        })
    }

    /// A copy; `None` when the system has no memory for it.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(match self {
            Self::U8(s) => Self::U8(copy(s)?),
            Self::U16(s) => Self::U16(copy(s)?),
            Self::F16(s) => Self::F16(copy(s)?),
            Self::F32(s) => Self::F32(copy(s)?),
        })
    }

    /// Their type.
    #[must_use]
    pub const fn kind(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::U16(_) => SampleType::U16,
            Self::F16(_) => SampleType::F16,
            Self::F32(_) => SampleType::F32,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(s) => s.len(),
            Self::U16(s) => s.len(),
            Self::F16(s) => s.len(),
            Self::F32(s) => s.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes they take.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.len() * self.kind().bytes()
    }

    /// Where they begin, for reading.
    pub(crate) fn as_ptr(&self) -> *const std::ffi::c_void {
        match self {
            Self::U8(s) => s.as_ptr().cast(),
            Self::U16(s) => s.as_ptr().cast(),
            Self::F16(s) => s.as_ptr().cast(),
            Self::F32(s) => s.as_ptr().cast(),
        }
    }

    /// Where they begin, for writing. Every pattern of bits is a sample of every type.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut std::ffi::c_void {
        match self {
            Self::U8(s) => s.as_mut_ptr().cast(),
            Self::U16(s) => s.as_mut_ptr().cast(),
            Self::F16(s) => s.as_mut_ptr().cast(),
            Self::F32(s) => s.as_mut_ptr().cast(),
        }
    }

    /// One sample on the nominal range: whole numbers are divided by their largest.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<f32> {
        match self {
            Self::U8(s) => s.get(index).map(|v| f32::from(*v) / 255.0),
            Self::U16(s) => s.get(index).map(|v| f32::from(*v) / 65535.0),
            Self::F16(s) => s.get(index).map(|v| v.to_f32()),
            Self::F32(s) => s.get(index).copied(),
        }
    }

    /// One sample at 8 bits, rounded and clamped; 0 behind the end.
    #[must_use]
    pub fn get_u8(&self, index: usize) -> u8 {
        match self {
            Self::U8(s) => s.get(index).copied().unwrap_or(0),
            _ => (self.get(index).unwrap_or(0.0) * 255.0 + 0.5) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_choose_types() {
        let cases = [
            (1, 0, SampleType::U8),
            (8, 0, SampleType::U8),
            (9, 0, SampleType::U16),
            (16, 0, SampleType::U16),
            (16, 5, SampleType::F16),
            (16, 8, SampleType::F32),
            (24, 0, SampleType::F32),
            (32, 8, SampleType::F32),
        ];
        for (bits, exponent, kind) in cases {
            assert_eq!(
                SampleType::holding(bits, exponent),
                kind,
                "{bits} {exponent}"
            );
        }
        for kind in [
            SampleType::U8,
            SampleType::U16,
            SampleType::F16,
            SampleType::F32,
        ] {
            let (bits, exponent) = kind.depth();
            assert_eq!(SampleType::holding(bits, exponent), kind);
            let samples = Samples::zeroed(kind, 3).unwrap();
            assert_eq!((samples.len(), samples.byte_len()), (3, 3 * kind.bytes()));
            assert!(Samples::zeroed(kind, usize::MAX / 8).is_none());
        }
    }

    #[test]
    fn samples_on_the_nominal_range() {
        assert_eq!(Samples::U16(vec![65535, 0]).get(0), Some(1.0));
        assert_eq!(Samples::F32(vec![2.0, -1.0]).get_u8(0), 255);
        assert_eq!(Samples::F32(vec![2.0, -1.0]).get_u8(1), 0);
        assert_eq!(Samples::F16(vec![f16::from_f32(0.5)]).get_u8(0), 128);
        assert_eq!(Samples::U8(vec![7]).get_u8(1), 0);
    }
}
