//! Huffman codes for symbols that have been counted, and bits into bytes.

/// Which shape a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All codes of 8 bits, or 9 where there are many.
    Flat,
    /// The commonest symbols have codes of 1, 2, 3... bits, all others of 16.
    Steep,
}

/// A table: the segment's counts and symbols, and the code of each symbol.
#[derive(Debug, Clone)]
pub struct Table {
    /// Codes of 1 to 16 bits (T.81, B.2.4.2).
    pub counts: [u8; 16],
    /// In the order of their codes.
    pub symbols: Vec<u8>,
    codes: [(u16, u8); 256],
}

impl Table {
    /// A table for the symbols that occur; a symbol 0 if none does.
    pub fn new(occurrences: &[u32; 256], shape: Shape) -> Self {
        let mut symbols: Vec<u8> = (0..=255)
            .filter(|&s| occurrences[usize::from(s)] > 0)
            .collect();
        symbols.sort_by_key(|&s| std::cmp::Reverse(occurrences[usize::from(s)]));
        if symbols.is_empty() {
            symbols.push(0);
        }
        let mut counts = [0; 16];
        let rest = match shape {
            Shape::Flat if symbols.len() < 256 => {
                counts[7] = symbols.len() as u8;
                0
            }
            Shape::Flat => {
                counts[8] = 255;
                symbols.len() - 255
            }
            Shape::Steep => {
                let short = symbols.len().min(8);
                counts[..short].fill(1);
                symbols.len() - short
            }
        };
        counts[15] = rest as u8;
        Self::from_counts(counts, symbols)
    }

    /// The table of a segment's body, which has this table alone.
    ///
    /// # Panics
    /// When the body is too short.
    pub fn from_body(body: &[u8]) -> Self {
        let counts = body[1..17].try_into().expect("sixteen counts");
        Self::from_counts(counts, body[17..].to_vec())
    }

    fn from_counts(counts: [u8; 16], symbols: Vec<u8>) -> Self {
        let mut codes = [(0, 0); 256];
        let (mut code, mut next) = (0u32, symbols.iter());
        for (bits, &count) in (1..).zip(&counts) {
            for &symbol in next.by_ref().take(usize::from(count)) {
                codes[usize::from(symbol)] = (code as u16, bits);
                code += 1;
            }
            code <<= 1;
        }
        Self {
            counts,
            symbols,
            codes,
        }
    }

    /// The symbol's code and its length.
    pub fn code(&self, symbol: u8) -> (u16, u8) {
        self.codes[usize::from(symbol)]
    }
}

/// Bits, first ones highest, with a zero behind every byte 0xFF.
#[derive(Debug, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u8,
}

impl Bits {
    /// The lowest `count` bits of a value, up to 16.
    pub fn put(&mut self, value: u16, count: u8) {
        let mask = (1u32 << count) - 1;
        self.held = self.held << count | u32::from(value) & mask;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
    }

    /// Fills the last byte with ones.
    pub fn align(&mut self) {
        self.put(0x7F, (8 - self.count) % 8);
    }

    /// A marker, after aligning.
    pub fn marker(&mut self, code: u8) {
        self.align();
        self.bytes.extend([0xFF, code]);
    }

    /// All bytes, aligned.
    pub fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steep_codes_are_prefix_free_and_leave_out_the_ones() {
        let mut occurrences = [1; 256];
        occurrences[0] = 9;
        for shape in [Shape::Flat, Shape::Steep] {
            let table = Table::new(&occurrences, shape);
            let space: u32 = (0..=255).map(|s| 1 << (16 - table.code(s).1)).sum();
            assert!(space < 1 << 16, "{shape:?}");
        }
        assert_eq!(Table::new(&occurrences, Shape::Steep).code(0), (0, 1));
    }

    #[test]
    fn bits_are_stuffed_and_padded() {
        let mut bits = Bits::default();
        bits.put(0xFF, 8);
        bits.put(0b01, 2);
        bits.marker(0xD0);
        bits.put(0, 1);
        assert_eq!(bits.finish(), [0xFF, 0, 0x7F, 0xFF, 0xD0, 0x7F]);
    }
}
