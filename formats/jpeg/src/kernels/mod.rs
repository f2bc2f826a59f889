//! The arithmetic kernels and the choice between them.
//!
//! A [`Kernels`] is a table of function pointers: [`best`] gives the fastest one
//! that this processor can run, [`scalar`] the plain one that defines the
//! results. Every table gives the same bytes for the same input, whatever the
//! input; the rules are those of libjpeg's default decoder.
//!
//! Shapes that hold for every table; a call that breaks one panics:
//! - transforms write `size` rows of `size` samples, `stride` apart, and need
//!   `out.len() >= (size - 1) * stride + size`;
//! - row kernels take planes of one length `n` and an output of exactly `n`
//!   pixels (`2 * n` samples for the kernels that double a row).
//!
//! The module depends on nothing but `core` and `std`, so that it can be built
//! and tested alone for another architecture.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod factors;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(target_arch = "x86_64")]
mod sse41;
#[cfg(target_arch = "x86_64")]
mod ssse3;
#[cfg(test)]
mod tests;

/// An inverse transform: 64 dequantised coefficients in row-major order to a
/// square of samples in `out`, its rows `stride` apart.
pub type Transform = fn(coef: &[i16; 64], out: &mut [u8], stride: usize);

/// Three planes of one length (Y, Cb, Cr) to interleaved pixels.
pub type Colour = fn(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]);

/// One set of kernels. All sets give the same results.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    /// Name of the instruction set, e.g. `avx2`.
    pub name: &'static str,
    /// 8x8 inverse transform: libjpeg's accurate integer one (`islow`).
    pub idct8: Transform,
    /// The same of a block whose only coefficient is `dc`: an 8x8 fill.
    pub idct_dc: fn(dc: i16, out: &mut [u8], stride: usize),
    /// Reduced transform to 4x4 samples (picture at half size).
    pub idct4: Transform,
    /// Reduced transform to 2x2 samples (picture at a quarter of its size).
    pub idct2: Transform,
    /// YCbCr (BT.601, full range) to RGB, 3 bytes a pixel.
    pub ycc_rgb: Colour,
    /// YCbCr to RGBA, 4 bytes a pixel, alpha 255.
    pub ycc_rgba: Colour,
    /// YCbCr to BGRA, 4 bytes a pixel, alpha 255.
    pub ycc_bgra: Colour,
    /// Grey to RGB.
    pub grey_rgb: fn(grey: &[u8], out: &mut [u8]),
    /// Grey to RGBA (equally BGRA), alpha 255.
    pub grey_rgba: fn(grey: &[u8], out: &mut [u8]),
    /// Triangle-filter upsampling of one row to twice its width.
    pub h2v1: fn(input: &[u8], out: &mut [u8]),
    /// One output row of triangle-filter upsampling to twice the width and
    /// height: `near` is the nearer input row (weight 3), `far` the other.
    pub h2v2: fn(near: &[u8], far: &[u8], out: &mut [u8]),
    /// One output row of triangle-filter upsampling to twice the height:
    /// `(3 * near + far + bias) >> 2`. libjpeg-turbo's bias is 1 for the upper
    /// row of the pair and 2 for the lower one. `bias` is at most 3.
    pub h1v2: fn(near: &[u8], far: &[u8], out: &mut [u8], bias: u8),
    /// Samples to `x / 255`.
    pub to_f32: fn(input: &[u8], out: &mut [f32]),
    /// The same past the caches, where the processor can: for results that
    /// fill more memory than the caches hold, which spares the memory a read
    /// of every line that is about to be overwritten. Before anybody else may
    /// look at the results, [`Self::fence`] has to be called.
    pub(crate) to_f32_stream: fn(input: &[u8], out: &mut [f32]),
    /// Puts the stores of `to_f32_stream` before all that follow.
    pub(crate) fence: fn(),
    /// Samples to `x * 257`.
    pub to_u16: fn(input: &[u8], out: &mut [u16]),
    /// Samples to `x * 257 - 32768`.
    pub to_i16: fn(input: &[u8], out: &mut [i16]),
    /// Samples to `x - 128`.
    pub to_i8: fn(input: &[u8], out: &mut [i8]),
    /// Two chroma rows to one row of (Cb, Cr) pairs, as NV12 has them.
    pub interleave_uv: fn(cb: &[u8], cr: &[u8], out: &mut [u8]),
}

/// The plain kernels, which every processor runs and the others must equal.
#[must_use]
pub fn scalar() -> Kernels {
    scalar::KERNELS
}

/// The fastest kernels that this processor can run. Meant to be called once
/// and kept.
#[must_use]
pub fn best() -> Kernels {
    all_available().pop().unwrap_or(scalar::KERNELS)
}

/// All kernels that this processor can run, slowest first: the scalar ones,
/// then each instruction set.
#[must_use]
pub fn all_available() -> Vec<Kernels> {
    let mut all = vec![scalar::KERNELS];
    #[cfg(target_arch = "x86_64")]
    all.extend(
        [
            sse2::kernels(),
            ssse3::kernels(),
            sse41::kernels(),
            avx2::kernels(),
        ]
        .into_iter()
        .flatten(),
    );
    #[cfg(target_arch = "aarch64")]
    all.extend(neon::kernels());
    all
}

/// Panics unless `size` rows of `size` samples, `stride` apart, fit into `len`.
#[inline]
fn check_block(len: usize, stride: usize, size: usize) {
    assert!(
        len >= size && stride <= (len - size) / (size - 1),
        "{size} rows {stride} apart do not fit into {len} samples"
    );
}

/// Panics unless an output of `len` is `per` times each of the `inputs`.
#[inline]
fn check_rows<const N: usize>(inputs: [usize; N], len: usize, per: usize) {
    assert!(
        inputs.iter().all(|&n| n.checked_mul(per) == Some(len)),
        "rows of {inputs:?} samples do not make {len}"
    );
}

/// Defines safe kernels over functions that need an instruction set, which
/// the calling module's `kernels()` has checked for.
#[allow(
    unused_macros,
    reason = "an architecture may have no kernels of its own"
)]
macro_rules! checked_kernels {
    ($($name:ident($($arg:ident: $ty:ty),*) = $inner:path;)*) => {$(
        fn $name($($arg: $ty),*) {
            // SAFETY: this function is reachable only through the table that
            // `kernels()` of this module gives out after it found that the
            // processor has the instruction set.
            unsafe { $inner($($arg),*) }
        }
    )*};
}
#[allow(unused_imports, reason = "as above")]
use checked_kernels;

/// Types that any 16 bytes are valid values of.
#[allow(dead_code, reason = "as above")]
trait Plain: Copy {}
impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i16 {}
impl Plain for f32 {}
