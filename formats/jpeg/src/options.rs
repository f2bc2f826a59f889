//! What a caller asks for and what it is told.

use crate::orient::Orientation;

/// The formats this library reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// ITU-T T.81, and what JFIF, Adobe and EXIF add.
    Jpeg,
    /// Portable Network Graphics.
    Png,
}

impl ImageFormat {
    /// The format by the first bytes of a file. Of JPEG that is the start-of-image marker alone: whatever stands
    /// between it and the next marker is passed over, as in libjpeg-turbo.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            _ => None,
        }
    }
}

/// How much smaller than stored a JPEG picture is decoded: by transforms of
/// fewer coefficients, so that less work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Every sample.
    #[default]
    Full,
    /// Half the columns and rows, rounded up.
    Half,
    /// A quarter of the columns and rows, rounded up.
    Quarter,
    /// An eighth of the columns and rows, rounded up.
    Eighth,
}

impl Scale {
    /// Samples of an 8x8 block that remain in each direction.
    #[must_use]
    pub const fn block(self) -> usize {
        match self {
            Self::Full => 8,
            Self::Half => 4,
            Self::Quarter => 2,
            Self::Eighth => 1,
        }
    }

    /// A length at this scale.
    #[must_use]
    pub const fn apply(self, length: usize) -> usize {
        (length * self.block()).div_ceil(8)
    }
}

/// Choices for one decoding. The pixel format is the tensor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeOptions {
    pub(crate) exif: bool,
    pub(crate) scale: Scale,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            exif: true,
            scale: Scale::Full,
        }
    }
}

impl DecodeOptions {
    /// Full size, EXIF orientation applied.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the picture is turned as its EXIF orientation says.
    #[must_use]
    pub const fn with_exif(mut self, apply: bool) -> Self {
        self.exif = apply;
        self
    }

    /// The size to decode at.
    #[must_use]
    pub const fn with_scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }
}

/// What is known of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageInfo {
    /// The format of the file.
    pub format: ImageFormat,
    /// Columns as decoded: scaled, and turned if the options say so.
    pub width: usize,
    /// Rows as decoded: scaled, and turned if the options say so.
    pub height: usize,
    /// Components the file stores for each pixel.
    pub components: u8,
    /// Bits of a sample: 8, or 16 where a PNG stores that many.
    pub bit_depth: u8,
    /// Whether the file is sent in several passes: progressive or interlaced.
    pub progressive: bool,
    /// The orientation the file names, applied or not.
    pub orientation: Orientation,
}

impl ImageInfo {
    pub(crate) fn turned(mut self, apply: bool) -> Self {
        if apply && self.orientation.swaps_sides() {
            std::mem::swap(&mut self.width, &mut self.height);
        }
        self
    }
}
