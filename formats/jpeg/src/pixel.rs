//! Pixel formats and element types.

use crate::kernels::Kernels;

/// How pixels lie in a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha; opaque for JPEG.
    Rgba,
    /// Blue, green, red, alpha; opaque for JPEG.
    Bgra,
    /// Luminance only.
    Grey,
    /// A luma plane, then a plane of half its height with Cb, Cr pairs.
    Nv12,
    /// Cyan, magenta, yellow, black as stored: Adobe's files hold them inverted.
    Cmyk,
}

impl PixelFormat {
    /// Elements a pixel takes in one row; 1 for the luma plane of NV12.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Grey | Self::Nv12 => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Bgra | Self::Cmyk => 4,
        }
    }

    /// Rows of elements that a picture of `height` rows takes.
    #[must_use]
    pub const fn rows(self, height: usize) -> usize {
        match self {
            Self::Nv12 => height + height.div_ceil(2),
            _ => height,
        }
    }

    /// Elements a row of `width` pixels takes, without padding.
    #[must_use]
    pub const fn row_elements(self, width: usize) -> usize {
        match self {
            Self::Nv12 => width.div_ceil(2) * 2,
            _ => width * self.channels(),
        }
    }
}

/// The element types of a [`crate::TensorDyn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// 8 bits, unsigned.
    U8,
    /// 8 bits, two's complement: the sample minus 128.
    I8,
    /// 16 bits, unsigned: 8-bit samples times 257.
    U16,
    /// 16 bits, two's complement: the `U16` value minus 32768.
    I16,
    /// 32-bit float from 0 to 1.
    F32,
}

mod sealed {
    pub trait Sealed {}
}

/// An element a picture can be decoded into.
pub trait ImagePixel:
    Copy + Default + PartialEq + std::fmt::Debug + sealed::Sealed + 'static
{
    /// The type as a value.
    const DTYPE: Dtype;

    /// One element from an 8-bit sample.
    fn from_u8(sample: u8) -> Self;

    /// One element from a 16-bit sample.
    fn from_u16(sample: u16) -> Self;

    /// A row of elements from a row of 8-bit samples of the same length.
    /// `stream` says that the picture is too large to stay in cache.
    fn store(kernels: &Kernels, samples: &[u8], row: &mut [Self], stream: bool);

    /// The row itself when it is one of bytes: then decoding needs no copy.
    fn bytes(row: &mut [Self]) -> Option<&mut [u8]> {
        let _ = row;
        None
    }
}

macro_rules! pixel {
    ($type:ty, $dtype:ident, |$a:ident| $from_u8:expr, |$b:ident| $from_u16:expr, |$k:ident, $s:ident, $r:ident, $l:ident| $store:expr $(, $bytes:item)?) => {
        impl sealed::Sealed for $type {}
        impl ImagePixel for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            #[inline]
            fn from_u8($a: u8) -> Self {
                $from_u8
            }
            #[inline]
            fn from_u16($b: u16) -> Self {
                $from_u16
            }
            fn store($k: &Kernels, $s: &[u8], $r: &mut [Self], $l: bool) {
                $store
            }
            $($bytes)?
        }
    };
}

pixel!(
    u8,
    U8,
    |a| a,
    |b| (b >> 8) as u8,
    |_k, s, r, _l| r.copy_from_slice(s),
    fn bytes(row: &mut [Self]) -> Option<&mut [u8]> {
        Some(row)
    }
);
pixel!(
    i8,
    I8,
    |a| (a ^ 0x80) as i8,
    |b| ((b >> 8) as u8 ^ 0x80) as i8,
    |k, s, r, _l| (k.to_i8)(s, r)
);
pixel!(u16, U16, |a| u16::from(a) * 257, |b| b, |k, s, r, _l| (k
    .to_u16)(
    s, r
));
pixel!(
    i16,
    I16,
    |a| ((u16::from(a) * 257) ^ 0x8000) as i16,
    |b| (b ^ 0x8000) as i16,
    |k, s, r, _l| (k.to_i16)(s, r)
);
pixel!(
    f32,
    F32,
    |a| f32::from(a) / 255.0,
    |b| f32::from(b) / 65535.0,
    |k, s, r, large| if large {
        (k.to_f32_stream)(s, r);
    } else {
        (k.to_f32)(s, r);
    }
);
