//! The arithmetic of the processor's path, written once over [`Lanes`] and built for each kind
//! of lanes. All kinds give the same results; the single lane of an `i32` is the definition.

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

/// Blocks that are transformed together.
pub(crate) const GROUP: usize = 8;

/// What it takes to quantise and dequantise one kind of component, for each coefficient in
/// row-major order.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Quantiser, 1 to 255.
    pub q: [i32; 64],
    /// Its reciprocal, see [`reciprocal`].
    pub factor: [i32; 64],
}

/// Fraction bits of [`Table::factor`].
pub(crate) const FACTOR_BITS: i32 = 19;

/// `2^19 / q`, rounded up. For `0 <= n < 2^11` (rounded transform values stay below 1200),
/// `(n * reciprocal(q)) >> 19` is `n / q`, and the product stays below 2^31. A test tries all.
pub(crate) fn reciprocal(q: i32) -> i32 {
    ((1 << FACTOR_BITS) + q - 1) / q
}

impl Table {
    fn new(q: &[u16; 64]) -> Self {
        let q = q.map(i32::from);
        let factor = q.map(reciprocal);
        Self { q, factor }
    }
}

/// The tables of one quality.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// For Y.
    pub luminance: Table,
    /// For Cb and Cr.
    pub chrominance: Table,
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

/// Memory for the planes of a piece; grows as needed and is kept.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Y, Cb, Cr.
    planes: [Vec<u8>; 3],
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
    piece: piece::piece::<i32>,
};

/// Eight blocks at a time, for whatever the compiler makes of it.
pub(crate) const PORTABLE: Kernels = Kernels {
    name: "portable",
    piece: piece::piece::<[i32; 8]>,
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
