//! What a reference decoder gives back.

use orrery_metrics::View;
use thiserror::Error;

/// Most pixels a backend decodes (2^27, 512 MiB of RGBA). A broken header may
/// ask for 2^64.
pub const MAX_PIXELS: u64 = 1 << 27;

/// The formats references exist for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// ITU-T T.81, Huffman coded, 8 bits a sample.
    Jpeg,
    /// JPEG XL, ISO/IEC 18181, bare or in a container.
    Jxl,
    /// Portable Network Graphics.
    Png,
    /// The Quite OK Image format.
    Qoi,
    /// The latent container (docs/formats/vae-ans.md).
    VaeAns,
}

impl Format {
    /// Whether all decoders must give the same bytes. Where the standard leaves the arithmetic
    /// open (and the project does not settle it, or a network runs in floating point), comparisons
    /// give figures and no verdict.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        match self {
            Format::Jpeg | Format::Png | Format::Qoi => true,
            Format::Jxl | Format::VaeAns => false,
        }
    }
}

/// A decoded picture: 8-bit RGBA, alpha not premultiplied, rows top to bottom
/// without padding (`rgba.len() == width * height * 4`).
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Four bytes per pixel: red, green, blue, alpha.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// A transparent black picture.
    ///
    /// # Errors
    /// [`ReferenceError::Malformed`] when a side is zero,
    /// [`ReferenceError::Unsupported`] above [`MAX_PIXELS`].
    pub fn blank(width: u32, height: u32) -> Result<Self, ReferenceError> {
        let pixels = check_size(width, height)?;
        Ok(Self {
            width,
            height,
            rgba: vec![0; pixels * 4],
        })
    }

    /// Borrows the picture for `orrery-metrics`.
    ///
    /// # Errors
    /// [`orrery_metrics::Error::Shape`] when the fields contradict each other.
    pub fn view(&self) -> Result<View<'_>, orrery_metrics::Error> {
        View::new(self.width, self.height, &self.rgba)
    }
}

/// The size only: a failed assertion should not print a million bytes.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// Checks the sides and gives their product.
pub(crate) fn check_size(width: u32, height: u32) -> Result<usize, ReferenceError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        let message = format!("a picture of {width} by {height} pixels");
        return Err(ReferenceError::Malformed(message));
    }
    if pixels > MAX_PIXELS {
        let feature = format!("{width} by {height} pixels, more than {MAX_PIXELS}");
        return Err(ReferenceError::Unsupported(feature));
    }
    // At most 2^27, so it fits on every target Rust's std has.
    Ok(pixels as usize)
}

/// Why a backend gave no picture, or not the whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// A valid file of a kind this backend does not decode.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// A broken file, with nothing to show.
    #[error("malformed: {0}")]
    Malformed(String),
    /// A broken file, with the picture as far as it went. Pixels that were not
    /// decoded are transparent black.
    #[error("incomplete after {complete_rows} of {} rows: {message}", picture.height)]
    Incomplete {
        /// The picture at its full size.
        picture: Picture,
        /// How many rows, from the top, are complete; equal to the height when
        /// only the file's end is damaged.
        complete_rows: u32,
        /// What broke.
        message: String,
    },
    /// The decoder panicked instead of returning an error.
    #[error("the decoder panicked: {0}")]
    Panicked(String),
}
