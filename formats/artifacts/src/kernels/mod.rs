//! The arithmetic of the processor's path, written once over [`Lanes`] and built for each kind
//! of lanes. All kinds give the same results; the single lane of an `i16` is the definition.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod colour;
mod dct;
mod lanes;
mod piece;
#[cfg(test)]
mod tests;

use crate::image::Channels;
use crate::quality::{Quality, Quantisers};

/// What it takes to quantise and dequantise one coefficient. Numbers are there twice: two of
/// them are loaded at once and repeated in a vector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Quantiser, 1 to 255.
    q: [i16; 2],
    /// Its reciprocal, and what to shift away after multiplying with it, see [`Step::new`].
    factor: [i16; 2],
    scale: [i16; 2],
}

impl Step {
    /// Let `b` be the least number for which `2^b >= q`, and the factor `2^(15 + b) / q`, rounded
    /// up, which has 16 bits. For `0 <= x < 2^15` (values of the transform plus four quantisers)
    /// `(x * factor) >> (18 + b)` is `x / (8 q)`: the factor is less than 1 too large, which with
    /// `8 q <= 2^(3 + b)` adds less than `1 / (8 q)`. That shift is one of 16, a
    /// product with `scale = 2^(14 - b)`, and another of 16. A test tries all.
    fn new(q: u16) -> Self {
        let b = q.next_power_of_two().trailing_zeros();
        let factor = (1_u32 << (15 + b)).div_ceil(q.into());
        Self {
            q: [q as i16; 2],
            factor: [factor as u16 as i16; 2],
            scale: [1 << (14 - b); 2],
        }
    }
}

/// Those of one kind of component, for each coefficient in row-major order.
#[derive(Clone, Debug)]
pub(crate) struct Table([Step; 64]);

impl Table {
    fn new(q: &[u16; 64]) -> Self {
        Self(q.map(Step::new))
    }
}

/// The tables of one quality.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// For Y.
    luminance: Table,
    /// For Cb and Cr.
    chrominance: Table,
}

impl Tables {
    /// Those of a quality.
    pub fn new(quality: Quality) -> Self {
        let quantisers = Quantisers::new(quality);
        Self {
            luminance: Table::new(&quantisers.luminance),
            chrominance: Table::new(&quantisers.chrominance),
        }
    }
}

/// Eight rows of samples with all blocks of a component side by side, so that a group of them
/// lies together whatever the width.
#[derive(Debug, Default)]
struct Strip(Vec<u8>);

/// Memory for a piece; grows as needed and is kept.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    luma: Strip,
    /// Cb, and behind it Cr.
    chroma: Strip,
}

/// Compresses a piece of a tile in place: at least one row, all of one length of at least one
/// pixel; blocks start at the piece's upper left corner.
type Piece = fn(&mut Scratch, &mut [&mut [u8]], Channels, &Tables);

/// One build of the arithmetic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernels {
    /// Name of the instruction set.
    pub name: &'static str,
    /// The work.
    pub piece: Piece,
}

/// One block at a time, in plain integers: the definition.
#[cfg(test)]
pub(crate) const SCALAR: Kernels = Kernels {
    name: "scalar",
    piece: piece::piece::<i16, colour::Plain>,
};

/// Eight blocks at a time, for whatever the compiler makes of it.
pub(crate) const PORTABLE: Kernels = Kernels {
    name: "portable",
    piece: piece::piece::<[i16; 8], colour::Plain>,
};

/// All builds that this processor can run, the fastest last.
pub(crate) fn all() -> Vec<Kernels> {
    let mut all = vec![PORTABLE];
    #[cfg(target_arch = "x86_64")]
    all.extend(avx2::kernels());
    all
}

/// The fastest build that this processor can run.
pub(crate) fn best() -> Kernels {
    all().pop().unwrap_or(PORTABLE)
}
