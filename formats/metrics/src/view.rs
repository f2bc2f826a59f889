//! The borrowed picture all measures take, and why one may be refused.

use thiserror::Error;

/// Why two pictures cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The byte count is not `width * height * 4`, or a side is zero.
    #[error("{width}x{height} RGBA8 does not fit {bytes} bytes")]
    Shape {
        /// Width in pixels, as given.
        width: u32,
        /// Height in pixels, as given.
        height: u32,
        /// Length of the slice, as given.
        bytes: usize,
    },
    /// The two pictures have different sizes.
    #[error("sizes differ: {}x{} and {}x{}", left.0, left.1, right.0, right.1)]
    Size {
        /// Width and height of the first picture.
        left: (u32, u32),
        /// Width and height of the second picture.
        right: (u32, u32),
    },
}

/// A borrowed RGBA8 picture: `width * height * 4` bytes, rows top to bottom,
/// no padding between rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View<'a> {
    width: u32,
    height: u32,
    rgba: &'a [u8],
}

impl<'a> View<'a> {
    /// Wraps `rgba`, a slice of exactly `width * height * 4` bytes.
    ///
    /// # Errors
    /// [`Error::Shape`] when the length does not fit or a side is zero.
    pub fn new(width: u32, height: u32, rgba: &'a [u8]) -> Result<Self, Error> {
        // In 128 bits: two 32-bit sides times four overflow 64.
        let expected = u128::from(width) * u128::from(height) * 4;
        if expected == 0 || expected != rgba.len() as u128 {
            return Err(Error::Shape {
                width,
                height,
                bytes: rgba.len(),
            });
        }
        Ok(Self {
            width,
            height,
            rgba,
        })
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }

    /// The bytes, four per pixel.
    #[must_use]
    pub fn rgba(self) -> &'a [u8] {
        self.rgba
    }

    /// The pixels in reading order.
    pub(crate) fn pixels(self) -> impl Iterator<Item = [u8; 4]> + 'a {
        self.rgba.as_chunks::<4>().0.iter().copied()
    }

    /// Checks that both pictures have one size.
    pub(crate) fn same_size(self, other: View<'_>) -> Result<(), Error> {
        let left = (self.width, self.height);
        let right = (other.width, other.height);
        if left == right {
            Ok(())
        } else {
            Err(Error::Size { left, right })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_count_must_fit_the_sides() {
        assert!(View::new(2, 3, &[0; 24]).is_ok());
        assert_eq!(
            View::new(2, 3, &[0; 23]),
            Err(Error::Shape {
                width: 2,
                height: 3,
                bytes: 23
            })
        );
        assert!(View::new(0, 3, &[]).is_err());
        // 2^31 * 2^31 * 4 overflows 64 bits to 0 when computed carelessly.
        assert!(View::new(1 << 31, 1 << 31, &[]).is_err());
    }

    #[test]
    fn sizes_must_agree() {
        let wide = View::new(2, 1, &[0; 8]).unwrap();
        let high = View::new(1, 2, &[0; 8]).unwrap();
        assert_eq!(wide.same_size(wide), Ok(()));
        let error = wide.same_size(high).unwrap_err();
        assert_eq!(error.to_string(), "sizes differ: 2x1 and 1x2");
    }
}
