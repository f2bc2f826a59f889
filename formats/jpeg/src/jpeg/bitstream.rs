//! Bits of entropy-coded data (T.81, F.2.2.5), most significant first.

/// Reads bits from one entropy-coded segment: stuffed zeros are taken out,
/// and behind the segment's end only zero bits come.
///
/// Small enough to be copied into registers for the time of a block.
#[derive(Clone, Copy)]
pub(crate) struct BitReader<'a> {
    data: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// The next FF, or the end of the data: bytes before it are plain.
    plain: usize,
    /// The bits, from the top down; those below the `bits`-th are a foretaste
    /// of the next bytes, or zero.
    acc: u64,
    bits: u32,
    /// Zero bits that stand for bytes behind the end.
    padded: u32,
    /// A pattern that is no code was met.
    bad: bool,
}

/// The position of the first FF at or behind `at`, or the length.
fn find_ff(data: &[u8], at: usize) -> usize {
    let rest = &data[at..];
    let (words, _) = rest.as_chunks::<8>();
    let mut passed = 0;
    for word in words {
        // A byte is FF if its complement is zero: the usual test for a zero byte.
        let inverse = !u64::from_le_bytes(*word);
        let hit = inverse.wrapping_sub(0x0101_0101_0101_0101) & !inverse & 0x8080_8080_8080_8080;
        if hit != 0 {
            return at + passed + hit.trailing_zeros() as usize / 8;
        }
        passed += 8;
    }
    let tail = rest[passed..].iter().position(|&b| b == 0xFF);
    tail.map_or(data.len(), |found| at + passed + found)
}

impl<'a> BitReader<'a> {
    /// Bits of the segment that starts at `at`.
    pub fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            plain: find_ff(data, at),
            acc: 0,
            bits: 0,
            padded: 0,
            bad: false,
        }
    }

    /// Makes at least 56 bits available.
    #[inline(always)]
    pub fn refill(&mut self) {
        if self.at + 8 <= self.plain
            && let Some(Ok(word)) = self.data.get(self.at..self.at + 8).map(TryInto::try_into)
        {
            self.acc |= u64::from_be_bytes(word) >> self.bits;
            self.at += ((63 - self.bits) >> 3) as usize;
            self.bits |= 56;
        } else {
            self.refill_bytewise();
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_bytewise(&mut self) {
        while self.bits <= 56 {
            let byte = if self.at < self.plain {
                self.at += 1;
                self.data[self.at - 1]
            } else {
                // At an FF, or at the end. Several FF are one (fill bytes).
                let mut code = self.at + 1;
                while self.data.get(code) == Some(&0xFF) {
                    code += 1;
                }
                if self.data.get(code) == Some(&0) {
                    self.at = code + 1;
                    self.plain = find_ff(self.data, self.at);
                    0xFF
                } else {
                    // Fill bytes are passed over once, not for every byte that is missing.
                    self.at = code - 1;
                    self.padded = self.padded.saturating_add(8);
                    0
                }
            };
            self.acc |= u64::from(byte) << (56 - self.bits);
            self.bits += 8;
        }
    }

    /// Makes at least 32 bits available.
    #[inline(always)]
    pub fn need_32(&mut self) {
        if self.bits < 32 {
            self.refill();
        }
    }

    /// The next `count` bits (1 to 32), which must be available.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> u32 {
        (self.acc >> (64 - count)) as u32
    }

    /// Drops bits that are available.
    #[inline(always)]
    pub fn consume(&mut self, count: u32) {
        self.acc <<= count;
        self.bits = self.bits.wrapping_sub(count);
    }

    /// Takes `count` bits (1 to 32), which must be available.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        let value = self.peek(count);
        self.consume(count);
        value
    }

    /// Takes one bit wherever it is.
    #[inline(always)]
    pub fn bit(&mut self) -> bool {
        self.need_32();
        self.take(1) != 0
    }

    /// Remembers that there was no code.
    #[cold]
    pub fn no_code(&mut self) {
        self.bad = true;
    }

    /// Whether a pattern was no code.
    pub fn is_bad(&self) -> bool {
        self.bad
    }

    /// Whether bits behind the end of the segment were used.
    #[inline(always)]
    pub fn is_exhausted(&self) -> bool {
        self.bits < self.padded
    }

    /// Whether a whole byte of those that were read is left.
    pub fn has_byte_left(&self) -> bool {
        self.bits >= self.padded + 8
    }

    /// Where to look for the marker behind the segment.
    pub fn position(&self) -> usize {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All bits of a segment, by the plainest means.
    fn bits_of(data: &[u8]) -> Vec<bool> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < data.len() {
            if data[at] == 0xFF {
                let mut code = at + 1;
                while data.get(code) == Some(&0xFF) {
                    code += 1;
                }
                if data.get(code) != Some(&0) {
                    break;
                }
                at = code;
                out.extend([true; 8]);
            } else {
                out.extend((0..8).rev().map(|i| data[at] >> i & 1 != 0));
            }
            at += 1;
        }
        out
    }

    #[test]
    fn stuffing_and_fill_bytes_are_taken_out() {
        let mut state = 12345u32;
        for round in 0..400 {
            let mut data: Vec<u8> = Vec::new();
            for _ in 0..round {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                match state >> 28 {
                    0 => data.extend([0xFF, 0]),
                    1 => data.extend([0xFF, 0xFF, 0]),
                    _ => data.push((state >> 16) as u8 & 0x7F),
                }
            }
            data.extend([0xFF; 4][..round % 4].iter());
            data.extend([0xFF, 0xD9, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
            let expected = bits_of(&data);
            let mut reader = BitReader::new(&data, 0);
            let mut at = 0;
            while at < expected.len() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let count = (1 + (state >> 20) % 31).min((expected.len() - at) as u32);
                reader.need_32();
                let value = reader.take(count);
                let want = expected[at..at + count as usize]
                    .iter()
                    .fold(0, |v, &b| v << 1 | u32::from(b));
                assert_eq!(value, want);
                at += count as usize;
                assert!(!reader.is_exhausted());
            }
            assert!(!reader.bit());
            assert!(reader.is_exhausted());
            // Fill bytes are passed over once, not again for each byte that is missing.
            assert_eq!(data[reader.position()..][..2], [0xFF, 0xD9]);
        }
    }
}
