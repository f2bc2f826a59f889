//! Huffman tables and the decoding of a sequential block (T.81, annexes C, F.2).

use super::bitstream::BitReader;
use crate::error::Fault;

/// Bits that a look-up decides about.
const LOOK: u32 = 11;

/// A Huffman table as a DHT segment defines it, with look-up tables.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Codes of each length from 1 to 16.
    counts: [u8; 16],
    /// The symbols in the order of their codes.
    values: [u8; 256],
    /// For codes of each length, left-aligned in 16 bits: the first value
    /// behind them. At 0, and behind 16, for codes that are none.
    limits: [u32; 17],
    /// What to add to a code of each length for its place in `values`.
    offsets: [i32; 17],
    /// For every pattern of `LOOK` bits: symbol and code length, 0 if the code is longer.
    symbols: Box<[u16; 1 << LOOK]>,
    /// The same with the bits behind the code taken in: value (8 bits), zero
    /// run (4), length of all (4); 0 if that does not fit.
    fused: Box<[i16; 1 << LOOK]>,
    /// What `fused` is made for.
    fused_for: Option<Class>,
    /// Set in this picture.
    defined: bool,
}

/// What a table's symbols mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The length of a difference.
    Dc,
    /// Run and length.
    Ac,
}

/// Reads a value of `size` bits (1 to 15) as T.81 F.2.2.1 extends it.
#[inline(always)]
pub(crate) fn extend(value: u32, size: u32) -> i32 {
    // A leading zero bit stands for a negative number.
    let negative = (value >> (size - 1)) as i32 - 1;
    value as i32 + (negative & (1 - (1 << size)))
}

impl Table {
    fn new() -> Self {
        Self {
            counts: [0; 16],
            values: [0; 256],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: Box::new([0; 1 << LOOK]),
            fused: Box::new([0; 1 << LOOK]),
            fused_for: None,
            defined: false,
        }
    }

    /// Takes a definition over; tables that are as before keep their look-ups.
    fn define(&mut self, counts: &[u8; 16], values: &[u8]) -> Result<(), Fault> {
        self.defined = false;
        let mut code = 0u32;
        for (length, &count) in (1..).zip(counts) {
            code += u32::from(count);
            // No code may be all ones (T.81, annex C), so this is the end too.
            if code >= 1 << length {
                return Err(Fault::Segment("DHT"));
            }
            code <<= 1;
        }
        self.defined = true;
        if self.counts == *counts && self.values[..values.len()] == *values {
            return Ok(());
        }
        self.counts = *counts;
        self.fused_for = None;
        self.values = [0; 256];
        self.values[..values.len()].copy_from_slice(values);
        self.symbols.fill(0);
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=16u32 {
            let count = usize::from(counts[length as usize - 1]);
            self.offsets[length as usize] = place as i32 - code as i32;
            for &symbol in &values[place..place + count] {
                if length <= LOOK {
                    let shift = LOOK - length;
                    let start = (code << shift) as usize;
                    self.symbols[start..start + (1 << shift)]
                        .fill(u16::from(symbol) << 8 | length as u16);
                }
                code += 1;
            }
            place += count;
            self.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(())
    }

    /// Makes the fused look-up for a sequential scan.
    fn fuse(&mut self, class: Class) -> Result<(), Fault> {
        if self.fused_for == Some(class) {
            return Ok(());
        }
        let count: usize = self.counts.iter().map(|&n| usize::from(n)).sum();
        if class == Class::Dc && self.values[..count].iter().any(|&size| size > 15) {
            return Err(Fault::Segment("DHT"));
        }
        for (pattern, (fused, &entry)) in self.fused.iter_mut().zip(&*self.symbols).enumerate() {
            let (symbol, length) = (entry >> 8, u32::from(entry & 0xFF));
            let (run, size) = (symbol >> 4, u32::from(symbol & 15));
            let all = length + size;
            *fused = 0;
            if length == 0 || all > LOOK || (size == 0 && class == Class::Ac) {
                continue;
            }
            let mut value = 0;
            if size > 0 {
                let bits = pattern as u32 >> (LOOK - all) & ((1 << size) - 1);
                value = extend(bits, size);
            }
            if let Ok(value) = i8::try_from(value) {
                *fused = i16::from(value) << 8 | (run << 4) as i16 | all as i16;
            }
        }
        self.fused_for = Some(class);
        Ok(())
    }

    /// The next symbol. At least 16 bits must be available.
    #[inline(always)]
    pub fn symbol(&self, bits: &mut BitReader) -> u32 {
        let entry = u32::from(self.symbols[bits.peek(LOOK) as usize]);
        if entry != 0 {
            bits.consume(entry & 0xFF);
            return entry >> 8;
        }
        self.long_symbol(bits)
    }

    /// Run and value of the next AC coefficient, if a look-up that is made for
    /// them ([`Self::fuse`]) says both. At least 16 bits must be available.
    #[inline(always)]
    pub fn small(&self, bits: &mut BitReader) -> Option<(u32, i32)> {
        let fused = self.fused[bits.peek(LOOK) as usize];
        if fused == 0 {
            return None;
        }
        bits.consume(fused as u32 & 15);
        Some((fused as u32 >> 4 & 15, i32::from(fused >> 8)))
    }

    #[cold]
    fn long_symbol(&self, bits: &mut BitReader) -> u32 {
        let code = bits.peek(16);
        for length in LOOK + 1..=16 {
            if code < self.limits[length as usize] {
                bits.consume(length);
                let place = (code >> (16 - length)) as i32 + self.offsets[length as usize];
                return u32::from(self.values[place as usize & 255]);
            }
        }
        bits.no_code();
        bits.consume(16);
        0
    }

    /// A DC difference (T.81, F.2.2.1). At least 31 bits must be available.
    #[inline(always)]
    pub fn difference(&self, bits: &mut BitReader) -> i32 {
        let fused = self.fused[bits.peek(LOOK) as usize];
        if fused != 0 {
            bits.consume(fused as u32 & 15);
            return i32::from(fused >> 8);
        }
        let size = self.symbol(bits) & 15;
        if size == 0 {
            return 0;
        }
        extend(bits.take(size), size)
    }
}

/// Where the coefficient at each zig-zag position goes, and its quantiser:
/// natural position in the low half, quantiser in the high one.
pub(crate) type Placing = [u32; 128];

/// Joins the zig-zag order and a quantisation table.
pub(crate) fn placing(quant: &[u16; 64]) -> Placing {
    let mut out = super::types::ZIGZAG.map(u32::from);
    for (k, entry) in out.iter_mut().enumerate() {
        *entry |= u32::from(quant[k.min(63)]) << 16;
    }
    out
}

/// Decodes a block of a sequential scan into dequantised coefficients in
/// natural order (T.81, F.2.2). Products wrap at 16 bits. Returns whether
/// there is any AC coefficient; without one, only `block[0]` is written.
#[inline(always)]
pub(crate) fn decode_block(
    reader: &mut BitReader,
    dc: &Table,
    ac: &Table,
    placing: &Placing,
    predictor: &mut i32,
    block: &mut [i16; 64],
) -> bool {
    let mut bits = *reader;
    bits.need_32();
    *predictor = predictor.wrapping_add(dc.difference(&mut bits));
    let first = (*predictor as i16).wrapping_mul((placing[0] >> 16) as i16);

    let mut k = 1u32;
    macro_rules! put {
        ($value:expr) => {
            let place = placing[(k & 127) as usize];
            block[(place & 63) as usize] = ($value as i16).wrapping_mul((place >> 16) as i16);
            k += 1;
        };
    }
    // A fused entry takes at most 11 bits: of the 56 after a refill, three of
    // them leave 23, and after two the 31 of any other symbol are there.
    bits.refill();
    let mut fused = ac.fused[bits.peek(LOOK) as usize];
    if fused == 0 && ac.symbols[bits.peek(LOOK) as usize] >> 8 == 0 {
        // No coefficient at all, or a long code, which the loop below reads.
        let entry = ac.symbols[bits.peek(LOOK) as usize];
        if entry != 0 {
            bits.consume(u32::from(entry));
            *reader = bits;
            block[0] = first;
            return false;
        }
    }
    block.fill(0);
    block[0] = first;
    loop {
        let mut room = 2;
        while fused != 0 {
            bits.consume(fused as u32 & 15);
            k += fused as u32 >> 4 & 15;
            put!(fused >> 8);
            if k > 63 {
                *reader = bits;
                return true;
            }
            if room == 0 {
                break;
            }
            room -= 1;
            fused = ac.fused[bits.peek(LOOK) as usize];
        }
        if fused == 0 {
            let symbol = ac.symbol(&mut bits);
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 {
                if run != 15 {
                    break;
                }
                k += 16;
            } else {
                k += run;
                put!(extend(bits.take(size), size));
            }
            if k > 63 {
                break;
            }
        }
        bits.refill();
        fused = ac.fused[bits.peek(LOOK) as usize];
    }
    *reader = bits;
    true
}

/// All Huffman tables a file can have.
#[derive(Debug)]
pub(crate) struct Tables {
    dc: [Table; 4],
    ac: [Table; 4],
}

impl Tables {
    pub fn new() -> Self {
        Self {
            dc: std::array::from_fn(|_| Table::new()),
            ac: std::array::from_fn(|_| Table::new()),
        }
    }

    /// Forgets what another picture defined.
    pub fn reset(&mut self) {
        for table in self.dc.iter_mut().chain(&mut self.ac) {
            table.defined = false;
        }
    }

    /// Takes the tables of a DHT segment (T.81, B.2.4.2).
    pub fn define(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        let bad = Fault::Segment("DHT");
        while let [head, ref rest @ ..] = *body {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(bad)?;
            let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
            if total > 256 {
                return Err(bad);
            }
            let (values, rest) = rest.split_at_checked(total).ok_or(bad)?;
            let tables = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(bad),
            };
            let table = tables.get_mut(usize::from(head & 15)).ok_or(bad)?;
            table.define(counts, values)?;
            body = rest;
        }
        Ok(())
    }

    /// Fills in the tables of T.81 annex K where a sequential picture brings
    /// none: motion JPEG leaves them out.
    pub fn assume_usual(&mut self) {
        use super::usual::{AC, DC};
        for (table, (counts, values)) in self.dc.iter_mut().zip(DC) {
            if !table.defined {
                table
                    .define(counts, values)
                    .expect("a table of the standard");
            }
        }
        for (table, (counts, values)) in self.ac.iter_mut().zip(AC) {
            if !table.defined {
                table
                    .define(counts, values)
                    .expect("a table of the standard");
            }
        }
    }

    /// A DC table that was defined.
    pub fn dc(&self, index: usize) -> Result<&Table, Fault> {
        let table = &self.dc[index];
        table
            .defined
            .then_some(table)
            .ok_or(Fault::Missing("Huffman table"))
    }

    /// An AC table that was defined.
    pub fn ac(&self, index: usize) -> Result<&Table, Fault> {
        let table = &self.ac[index];
        table
            .defined
            .then_some(table)
            .ok_or(Fault::Missing("Huffman table"))
    }

    /// Makes sure that a scan's tables are there, with what sequential blocks need.
    pub fn prepare(&mut self, class: Class, index: usize) -> Result<(), Fault> {
        let table = match class {
            Class::Dc => &mut self.dc[index],
            Class::Ac => &mut self.ac[index],
        };
        if !table.defined {
            return Err(Fault::Missing("Huffman table"));
        }
        table.fuse(class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A DHT segment's body: DC table 0 with these codes.
    fn body(counts: [u8; 16]) -> Vec<u8> {
        let symbols = (0..counts.iter().sum()).map(|symbol: u8| symbol % 12);
        std::iter::once(0).chain(counts).chain(symbols).collect()
    }

    #[test]
    fn a_refused_table_leaves_no_codes_behind() {
        let mut counts = [0; 16];
        let empty = body(counts);
        // Three codes of two bits; of three bits there are no more than one.
        (counts[1], counts[2]) = (3, 9);
        let mut tables = Tables::new();
        assert!(tables.define(&body(counts)).is_err());
        tables.reset();
        tables.define(&empty).expect("no codes are a table");
        tables.prepare(Class::Dc, 0).expect("it is there");
        let mut bits = BitReader::new(&[0; 8], 0);
        bits.refill();
        tables.dc(0).expect("it is there").symbol(&mut bits);
        assert!(bits.is_bad());
    }
}
