//! Vectors of 32-bit integers, a block in each lane.

use super::GROUP;

/// One 32-bit integer for each of `COUNT` blocks. Arithmetic wraps; shifts are arithmetic.
pub(super) trait Lanes: Copy {
    /// Blocks, at most [`GROUP`].
    const COUNT: usize;
    /// The same number in every lane.
    fn splat(x: i32) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn shl<const BITS: i32>(self) -> Self;
    fn shr<const BITS: i32>(self) -> Self;
    /// Eight samples of each block, the first in the lowest byte, to eight vectors.
    fn from_rows(rows: &[u64; GROUP]) -> [Self; 8];
    /// And back: samples are clipped to 0 to 255. Rows from `COUNT` on are zero.
    fn to_rows(samples: [Self; 8]) -> [u64; GROUP];
}

impl Lanes for i32 {
    const COUNT: usize = 1;

    #[inline(always)]
    fn splat(x: i32) -> Self {
        x
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }

    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        self << BITS
    }

    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        self >> BITS
    }

    #[inline(always)]
    fn from_rows(rows: &[u64; GROUP]) -> [Self; 8] {
        rows[0].to_le_bytes().map(i32::from)
    }

    #[inline(always)]
    fn to_rows(samples: [Self; 8]) -> [u64; GROUP] {
        let row = samples.map(|x| x.clamp(0, 255) as u8);
        let mut rows = [0; GROUP];
        rows[0] = u64::from_le_bytes(row);
        rows
    }
}

/// For processors without kernels of their own.
impl Lanes for [i32; 8] {
    const COUNT: usize = 8;

    #[inline(always)]
    fn splat(x: i32) -> Self {
        [x; 8]
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i].wrapping_add(other[i]))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i].wrapping_sub(other[i]))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i].wrapping_mul(other[i]))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] ^ other[i])
    }

    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        self.map(|x| x << BITS)
    }

    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        self.map(|x| x >> BITS)
    }

    #[inline(always)]
    fn from_rows(rows: &[u64; GROUP]) -> [Self; 8] {
        std::array::from_fn(|i| rows.map(|row| (row >> (8 * i) & 0xFF) as i32))
    }

    #[inline(always)]
    fn to_rows(samples: [Self; 8]) -> [u64; GROUP] {
        std::array::from_fn(|b| {
            u64::from_le_bytes(std::array::from_fn(|i| samples[i][b].clamp(0, 255) as u8))
        })
    }
}
