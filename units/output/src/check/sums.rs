//! A pair of chained sums, with the remainders deferred to the end of blocks.

/// Bytes per deferred remainder: both sums start below 2^16, so after `n`
/// bytes the second is below 2^16 (n + 1) + 255 n (n + 1) / 2, which must stay
/// below 2^32.
const BLOCK: usize = 4096;

/// Bytes that the inner loop adds with known weights, which lets the compiler
/// use vectors.
const LANES: usize = 32;

#[derive(Clone, Debug)]
pub(super) struct Sums {
    modulus: u32,
    a: u32,
    b: u32,
}

impl Sums {
    pub(super) fn new(modulus: u32, initial: u32) -> Self {
        Sums {
            modulus,
            a: (initial & 0xFFFF) % modulus,
            b: (initial >> 16) % modulus,
        }
    }

    pub(super) fn value(&self) -> u32 {
        self.b << 16 | self.a
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        let (mut a, mut b) = (self.a, self.b);
        for block in bytes.chunks(BLOCK) {
            let (groups, rest) = block.as_chunks::<LANES>();
            for group in groups {
                let (mut plain, mut weighted) = (0u32, 0u32);
                for (i, &byte) in group.iter().enumerate() {
                    plain += u32::from(byte);
                    weighted += u32::from(byte) * (LANES - i) as u32;
                }
                b += a * LANES as u32 + weighted;
                a += plain;
            }
            for &byte in rest {
                a += u32::from(byte);
                b += a;
            }
            a %= self.modulus;
            b %= self.modulus;
        }
        (self.a, self.b) = (a, b);
    }
}
