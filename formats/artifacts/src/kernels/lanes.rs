//! Vectors of integers, a block in each lane.

/// Sums of products: 32 bits for each lane of a [`Lanes`].
pub(super) trait Sums: Copy {
    /// The same number in every lane.
    fn splat(x: i32) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
}

/// One 16-bit integer for each of `COUNT` blocks. Nothing in the transforms leaves 16 bits (see
/// there), so sums may wrap, or be checked as those of a single lane are in debug builds.
pub(super) trait Lanes: Copy {
    /// Blocks.
    const COUNT: usize;
    type Sums: Sums;
    /// The same number in every lane; it is given twice, which makes it a load of 32 bits.
    fn splat(x: [i16; 2]) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn shl<const BITS: i32>(self) -> Self;
    /// Rounds down.
    fn shr<const BITS: i32>(self) -> Self;
    fn abs(self) -> Self;
    /// Negative where `other` is, zero where it is zero.
    fn signed_as(self, other: Self) -> Self;
    /// The lower 16 bits of products.
    fn mul(self, other: Self) -> Self;
    /// The upper 16 bits of products of unsigned numbers.
    fn mul_high(self, other: Self) -> Self;
    /// `self * factors[0] + other * factors[1]`.
    fn dot(self, other: Self, factors: [i16; 2]) -> Self::Sums;
    /// `self * 2^13`.
    fn raise(self) -> Self::Sums;
    /// `sums / 2^BITS`, rounded down, clipped to 16 bits.
    fn lower<const BITS: i32>(sums: Self::Sums) -> Self;
    /// Zero in all lanes.
    fn is_zero(self) -> bool;
    /// Eight samples of each block, `8 * COUNT` bytes, to eight vectors. Which block has which
    /// lane is left to the build.
    fn load(bytes: &[u8]) -> [Self; 8];
    /// And back: samples are clipped to 0 to 255.
    fn store(samples: [Self; 8], bytes: &mut [u8]);
}

impl Sums for i32 {
    #[inline(always)]
    fn splat(x: i32) -> Self {
        x
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }
}

/// The definition. Overflows panic in debug builds.
impl Lanes for i16 {
    const COUNT: usize = 1;
    type Sums = i32;

    #[inline(always)]
    fn splat(x: [i16; 2]) -> Self {
        x[0]
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }

    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        self * (1 << BITS)
    }

    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        self >> BITS
    }

    #[inline(always)]
    fn abs(self) -> Self {
        i16::abs(self)
    }

    #[inline(always)]
    fn signed_as(self, other: Self) -> Self {
        self * other.signum()
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }

    #[inline(always)]
    fn mul_high(self, other: Self) -> Self {
        ((u32::from(self as u16) * u32::from(other as u16)) >> 16) as i16
    }

    #[inline(always)]
    fn dot(self, other: Self, factors: [i16; 2]) -> i32 {
        i32::from(self) * i32::from(factors[0]) + i32::from(other) * i32::from(factors[1])
    }

    #[inline(always)]
    fn raise(self) -> i32 {
        i32::from(self) << 13
    }

    #[inline(always)]
    fn lower<const BITS: i32>(sums: i32) -> Self {
        (sums >> BITS).clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self == 0
    }

    #[inline(always)]
    fn load(bytes: &[u8]) -> [Self; 8] {
        std::array::from_fn(|i| bytes[i].into())
    }

    #[inline(always)]
    fn store(samples: [Self; 8], bytes: &mut [u8]) {
        for (byte, x) in bytes.iter_mut().zip(samples) {
            *byte = x.clamp(0, 255) as u8;
        }
    }
}

impl Sums for [i32; 8] {
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
}

/// For processors without kernels of their own.
impl Lanes for [i16; 8] {
    const COUNT: usize = 8;
    type Sums = [i32; 8];

    #[inline(always)]
    fn splat(x: [i16; 2]) -> Self {
        [x[0]; 8]
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
    fn or(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] | other[i])
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
    fn abs(self) -> Self {
        self.map(i16::wrapping_abs)
    }

    #[inline(always)]
    fn signed_as(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i].wrapping_mul(other[i].signum()))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i].wrapping_mul(other[i]))
    }

    #[inline(always)]
    fn mul_high(self, other: Self) -> Self {
        std::array::from_fn(|i| Lanes::mul_high(self[i], other[i]))
    }

    #[inline(always)]
    fn dot(self, other: Self, factors: [i16; 2]) -> [i32; 8] {
        std::array::from_fn(|i| self[i].dot(other[i], factors))
    }

    #[inline(always)]
    fn raise(self) -> [i32; 8] {
        self.map(Lanes::raise)
    }

    #[inline(always)]
    fn lower<const BITS: i32>(sums: [i32; 8]) -> Self {
        sums.map(i16::lower::<BITS>)
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self == [0; 8]
    }

    #[inline(always)]
    fn load(bytes: &[u8]) -> [Self; 8] {
        let bytes: &[u8; 64] = bytes.try_into().expect("eight blocks");
        std::array::from_fn(|i| std::array::from_fn(|b| bytes[8 * b + i].into()))
    }

    #[inline(always)]
    fn store(samples: [Self; 8], bytes: &mut [u8]) {
        let bytes: &mut [u8; 64] = bytes.try_into().expect("eight blocks");
        *bytes = std::array::from_fn(|n| samples[n % 8][n / 8].clamp(0, 255) as u8);
    }
}
