//! The choice of how a component's rows become as long as the picture's.
//!
//! libjpeg's rules: samples that stand for two pixels in a row, for two rows,
//! or for both are interpolated; all others are repeated, and so are those of
//! components two samples wide or less.

use super::types::{Component, Frame};
use crate::error::UnsupportedFeature;
use crate::kernels::Kernels;
use crate::options::Scale;

/// How many pixels a sample stands for, and how they are filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upsampling {
    /// One sample for each pixel.
    None,
    /// Two pixels across, interpolated.
    H2V1,
    /// Two rows, interpolated.
    H1V2,
    /// Two pixels across in two rows, interpolated.
    H2V2,
    /// Repeated this often across and down.
    Repeat(usize, usize),
}

impl Upsampling {
    /// The choice for a component.
    pub fn choose(frame: &Frame, c: &Component, scale: Scale) -> Result<Self, UnsupportedFeature> {
        let target = scale.block();
        let (wide, high) = (frame.h_max * target, frame.v_max * target);
        let (w, h) = (c.h * c.block, c.v * c.block);
        if !wide.is_multiple_of(w) || !high.is_multiple_of(h) {
            return Err(UnsupportedFeature::FractionalSampling);
        }
        let interpolate = target > 1;
        Ok(match (wide / w, high / h) {
            (1, 1) => Self::None,
            (2, 1) if interpolate && c.width > 2 => Self::H2V1,
            (1, 2) if interpolate => Self::H1V2,
            (2, 2) if interpolate && c.width > 2 => Self::H2V2,
            (across, down) => Self::Repeat(across, down),
        })
    }

    /// Whether a row needs the component's rows above and below its own.
    pub fn needs_neighbours(self) -> bool {
        matches!(self, Self::H1V2 | Self::H2V2)
    }

    /// How many rows of the picture a row of the component serves.
    pub fn down(self) -> usize {
        match self {
            Self::None | Self::H2V1 => 1,
            Self::H1V2 | Self::H2V2 => 2,
            Self::Repeat(_, down) => down,
        }
    }

    /// Samples that a row of `width` samples becomes.
    pub fn length(self, width: usize) -> usize {
        match self {
            Self::None | Self::H1V2 => width,
            Self::H2V1 | Self::H2V2 => width * 2,
            Self::Repeat(across, _) => width * across,
        }
    }

    /// Row `y` of the picture for one component: `row` gives the component's
    /// rows by number, `height` is how many it has, `out` is memory of
    /// [`Self::length`].
    pub fn row<'a>(
        self,
        kernels: &Kernels,
        y: usize,
        height: usize,
        row: impl Fn(usize) -> &'a [u8],
        out: &'a mut [u8],
    ) -> &'a [u8] {
        let at = y / self.down();
        let lower = y % 2 == 1;
        // The row outside the picture is the one at its edge again.
        let far = if lower {
            (at + 1).min(height - 1)
        } else {
            at.saturating_sub(1)
        };
        match self {
            Self::None | Self::Repeat(1, _) => return row(at),
            Self::H2V1 => (kernels.h2v1)(row(at), out),
            Self::H1V2 => (kernels.h1v2)(row(at), row(far), out, 1 + u8::from(lower)),
            Self::H2V2 => (kernels.h2v2)(row(at), row(far), out),
            Self::Repeat(across, _) => {
                for (pixels, &sample) in out.chunks_exact_mut(across).zip(row(at)) {
                    pixels.fill(sample);
                }
            }
        }
        out
    }
}
