//! Qualities and the quantisers they stand for.

use crate::ArtifactError;

/// A quality of 1 (worst) to 100 (best) on libjpeg's scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u8);

impl Quality {
    /// All qualities.
    pub const ALL: std::ops::RangeInclusive<u8> = 1..=100;

    /// # Errors
    /// [`ArtifactError::Quality`] outside 1 to 100.
    pub fn new(quality: u8) -> Result<Self, ArtifactError> {
        if Self::ALL.contains(&quality) {
            Ok(Self(quality))
        } else {
            Err(ArtifactError::Quality(quality.into()))
        }
    }

    /// The number, 1 to 100.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

/// ITU-T T.81, table K.1: the luminance quantiser, rows from the top.
const LUMINANCE: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, //
    12, 12, 14, 19, 26, 58, 60, 55, //
    14, 13, 16, 24, 40, 57, 69, 56, //
    14, 17, 22, 29, 51, 87, 80, 62, //
    18, 22, 37, 56, 68, 109, 103, 77, //
    24, 35, 55, 64, 81, 104, 113, 92, //
    49, 64, 78, 87, 103, 121, 120, 101, //
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// ITU-T T.81, table K.2: the chrominance quantiser.
const CHROMINANCE: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, //
    18, 21, 26, 66, 99, 99, 99, 99, //
    24, 26, 56, 99, 99, 99, 99, 99, //
    47, 66, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99,
];

/// The two quantisers of one quality: 64 values of 1 to 255 each, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantisers {
    /// For Y.
    pub luminance: [u16; 64],
    /// For Cb and Cr.
    pub chrominance: [u16; 64],
}

impl Quantisers {
    /// Those of libjpeg's `jpeg_set_quality(quality, force_baseline)`: the standard's tables
    /// times `5000 / quality` (below 50) or `200 - 2 quality` percent, rounded, kept in 1 to 255.
    #[must_use]
    pub fn new(quality: Quality) -> Self {
        let quality = u32::from(quality.0);
        let percent = if quality < 50 {
            5000 / quality
        } else {
            200 - 2 * quality
        };
        let scale = |table: &[u16; 64]| {
            table.map(|q| ((u32::from(q) * percent + 50) / 100).clamp(1, 255) as u16)
        };
        Self {
            luminance: scale(&LUMINANCE),
            chrominance: scale(&CHROMINANCE),
        }
    }
}
