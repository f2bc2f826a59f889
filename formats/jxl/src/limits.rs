//! How much a file may ask for.

use crate::DecodeError;

/// Bounds that hold before anything of a size is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of the picture, and of a layer when frames are not coalesced.
    pub pixels: u64,
    /// Most bytes at a time: those that libjxl takes through its memory
    /// manager (its images and buffers), and apart from these, those of the
    /// samples that are given back, intermediate pictures of one piece of input
    /// among them.
    pub memory: usize,
    /// Most bytes of metadata boxes, decompressed, all together.
    pub metadata: usize,
    /// Most frames.
    pub frames: usize,
}

impl Default for Limits {
    /// 2^27 pixels, 4 GiB, 64 MiB of metadata, 65,536 frames.
    fn default() -> Self {
        Self {
            pixels: 1 << 27,
            memory: usize::try_from(4_u64 << 30).unwrap_or(usize::MAX / 2),
            metadata: 64 << 20,
            frames: 1 << 16,
        }
    }
}

impl Limits {
    /// Checks a size of a picture or layer.
    pub(crate) fn check_pixels(&self, width: u32, height: u32) -> Result<(), DecodeError> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels <= self.pixels {
            return Ok(());
        }
        let limit = self.pixels;
        let message = format!("{width} by {height} pixels, more than {limit}");
        Err(DecodeError::OverLimit(message))
    }
}
