//! The caller's pixels.

use crate::ArtifactError;
use crate::tile::MAX_SIDE;

/// What a pixel is made of, one byte each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha; alpha is left as it is, and colours under it are not weighed.
    Rgba,
}

impl Channels {
    /// Bytes of a pixel.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }
}

/// A picture in memory of the caller's, which is changed in place: rows from the top, `stride`
/// bytes apart. What lies between the rows is neither read nor written.
#[derive(Debug)]
pub struct ImageMut<'a> {
    pub(crate) data: &'a mut [u8],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) stride: usize,
}

impl<'a> ImageMut<'a> {
    /// A picture whose rows follow each other without a gap.
    ///
    /// # Errors
    /// [`ArtifactError::PictureSize`], [`ArtifactError::Buffer`].
    pub fn new(
        data: &'a mut [u8],
        width: u32,
        height: u32,
        channels: Channels,
    ) -> Result<Self, ArtifactError> {
        check_sides(width, height)?;
        let stride = width as usize * channels.count();
        Self::with_stride(data, width, height, channels, stride)
    }

    /// A picture whose rows are `stride` bytes apart. The last row needs no bytes behind its
    /// pixels.
    ///
    /// # Errors
    /// [`ArtifactError::PictureSize`], [`ArtifactError::Stride`], [`ArtifactError::Buffer`].
    pub fn with_stride(
        data: &'a mut [u8],
        width: u32,
        height: u32,
        channels: Channels,
        stride: usize,
    ) -> Result<Self, ArtifactError> {
        check_sides(width, height)?;
        let row = width as usize * channels.count();
        if stride < row {
            return Err(ArtifactError::Stride { stride, row });
        }
        let needed = stride
            .saturating_mul(height as usize - 1)
            .saturating_add(row);
        if data.len() < needed {
            let found = data.len();
            return Err(ArtifactError::Buffer { found, needed });
        }
        Ok(Self {
            data: &mut data[..needed],
            width,
            height,
            channels,
            stride,
        })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }
}

/// # Errors
/// [`ArtifactError::PictureSize`].
pub(crate) fn check_sides(width: u32, height: u32) -> Result<(), ArtifactError> {
    let possible = 1..=MAX_SIDE;
    if possible.contains(&width) && possible.contains(&height) {
        Ok(())
    } else {
        Err(ArtifactError::PictureSize { width, height })
    }
}
