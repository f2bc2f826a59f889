//! zlib streams (RFC 1950) with the Deflate blocks (RFC 1951) of one's choice.
//!
//! Encoders choose block types by size; a decoder has to be shown all of them.
//! Stored and fixed blocks, and one odd dynamic one, are assembled here;
//! ordinary dynamic blocks come from flate2.

use flate2::{Compress, Compression, FlushCompress};

use super::lz77::{Token, tokens};

/// How to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deflate {
    /// Stored blocks of at most this many bytes (1 to 65535).
    Stored(u16),
    /// One block with the fixed codes, with matches.
    Fixed,
    /// What flate2 makes of it at its best: dynamic blocks, if it pays.
    Best,
    /// One dynamic block without matches: one distance code of zero bits,
    /// literal lengths of 8 and 9, written with repeat codes.
    LiteralsOnly,
    /// A third each in stored, fixed and flate2's blocks, with empty stored
    /// blocks between.
    Mixed,
}

impl Deflate {
    /// Makes the zlib stream.
    #[must_use]
    pub fn compress(self, data: &[u8]) -> Vec<u8> {
        let mut out = BitWriter::default();
        match self {
            Deflate::Stored(size) => stored(&mut out, data, usize::from(size), true),
            Deflate::Fixed => fixed(&mut out, data, true),
            Deflate::Best => best(&mut out, data),
            Deflate::LiteralsOnly => literals_only(&mut out, data),
            Deflate::Mixed => {
                let (first, rest) = data.split_at(data.len() / 3);
                let (second, third) = rest.split_at(rest.len() / 2);
                stored(&mut out, first, 100, false);
                fixed(&mut out, second, false);
                stored(&mut out, &[], 1, false);
                // The empty block above ends on a byte, where flate2 starts.
                best(&mut out, third);
            }
        }
        // A window of 32 KiB, no dictionary; 0x7801 is a multiple of 31.
        let mut stream = vec![0x78, 0x01];
        stream.extend(out.finish());
        stream.extend(adler32(data).to_be_bytes());
        stream
    }
}

/// The checksum of RFC 1950.
#[must_use]
pub fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1, 0);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

/// A broken stream: its first symbol copies from before the start of the data.
#[must_use]
pub fn match_before_start() -> Vec<u8> {
    let mut out = BitWriter::default();
    out.bits(1, 1);
    out.bits(1, 2);
    fixed_symbol(&mut out, 257);
    out.code(0, 5);
    fixed_symbol(&mut out, 256);
    let mut stream = vec![0x78, 0x01];
    stream.extend(out.finish());
    stream.extend(adler32(&[]).to_be_bytes());
    stream
}

/// A run of one byte, 1 + 3 * `matches` long, in a dynamic block with a single
/// distance code: one of one bit, which leaves half of the codes unused
/// (RFC 1951, 3.2.7, allows just that). zlib always writes two.
#[must_use]
pub fn one_distance(byte: u8, matches: usize) -> Vec<u8> {
    let mut out = BitWriter::default();
    out.bits(1, 1);
    out.bits(2, 2);
    out.bits(1, 5); // HLIT: 258 symbols
    out.bits(0, 5); // HDIST: 1 symbol
    // The code length code, in its order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13
    // 2 14 1: 8 is 00, 9 is 01, 16 is 10, 1 is 110 and 10 is 111.
    out.bits(18 - 4, 4);
    for length in [2, 0, 0, 0, 2, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3] {
        out.bits(length, 3);
    }
    // 255 times 8, then 9, 10 and 10: complete. The distance: 1.
    out.code(0b00, 2);
    for _ in 0..42 {
        out.code(0b10, 2);
        out.bits(6 - 3, 2);
    }
    out.code(0b00, 2);
    out.code(0b00, 2);
    out.code(0b01, 2);
    out.code(0b111, 3);
    out.code(0b111, 3);
    out.code(0b110, 3);
    // Symbols 0 to 254 have the codes 0 to 254; 256 and 257 the last two.
    out.code(u32::from(byte.min(254)), 8);
    for _ in 0..matches {
        out.code(0x3ff, 10);
        out.code(0, 1);
    }
    out.code(0x3fe, 10);
    let mut stream = vec![0x78, 0x01];
    stream.extend(out.finish());
    let data = vec![byte.min(254); 1 + 3 * matches];
    stream.extend(adler32(&data).to_be_bytes());
    stream
}

/// Bits into bytes, lowest bit first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    /// Bits used in the last byte; 0 when it is full.
    used: u32,
}

impl BitWriter {
    /// Appends the `count` low bits of `value`, the lowest first.
    fn bits(&mut self, value: u32, count: u32) {
        for place in 0..count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (((value >> place) & 1) as u8) << self.used;
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// Appends a Huffman code: its highest bit first.
    fn code(&mut self, code: u32, count: u32) {
        self.bits(code.reverse_bits() >> (32 - count), count);
    }

    /// Leaves the rest of the last byte zero.
    fn align(&mut self) {
        self.used = 0;
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Stored blocks of `size` bytes; without data, one empty block.
fn stored(out: &mut BitWriter, data: &[u8], size: usize, last: bool) {
    let mut rest = data;
    loop {
        let (block, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        out.bits(u32::from(last && rest.is_empty()), 1);
        out.bits(0, 2);
        out.align();
        let length = block.len() as u16;
        out.bytes.extend(length.to_le_bytes());
        out.bytes.extend((!length).to_le_bytes());
        out.bytes.extend(block);
        if rest.is_empty() {
            break;
        }
    }
}

/// One block with the fixed codes (RFC 1951, 3.2.6).
fn fixed(out: &mut BitWriter, data: &[u8], last: bool) {
    out.bits(u32::from(last), 1);
    out.bits(1, 2);
    for token in tokens(data) {
        match token {
            Token::Literal(byte) => fixed_symbol(out, u32::from(byte)),
            Token::Match { length, distance } => {
                let (symbol, extra, bits) = length_code(u32::from(length));
                fixed_symbol(out, symbol);
                out.bits(extra, bits);
                let (symbol, extra, bits) = distance_code(u32::from(distance));
                out.code(symbol, 5);
                out.bits(extra, bits);
            }
        }
    }
    fixed_symbol(out, 256);
}

fn fixed_symbol(out: &mut BitWriter, symbol: u32) {
    match symbol {
        0..=143 => out.code(0x30 + symbol, 8),
        144..=255 => out.code(0x190 + symbol - 144, 9),
        256..=279 => out.code(symbol - 256, 7),
        _ => out.code(0xc0 + symbol - 280, 8),
    }
}

/// Symbol, extra bits and their number for a length of 3 to 258.
fn length_code(length: u32) -> (u32, u32, u32) {
    if length == 258 {
        return (285, 0, 0);
    }
    let (bucket, extra, bits) = bucket(length - 3, 4);
    (257 + bucket, extra, bits)
}

/// Symbol, extra bits and their number for a distance of 1 to 32768.
fn distance_code(distance: u32) -> (u32, u32, u32) {
    bucket(distance - 1, 2)
}

/// Both tables of RFC 1951, 3.2.5 grow alike: `2 * first` buckets of one
/// value, then `first` buckets each of 2, 4, 8... values.
fn bucket(value: u32, first: u32) -> (u32, u32, u32) {
    if value < 2 * first {
        return (value, 0, 0);
    }
    // How often the bucket's width was doubled.
    let bits = (value / first).ilog2();
    let bucket = first * bits + (value >> bits);
    (bucket, value & ((1 << bits) - 1), bits)
}

/// One last dynamic block of literals alone.
///
/// The code: 9 bits for 255 and the end symbol, 8 for all others, so the code
/// is complete. The distance code has one symbol of no length, which RFC 1951
/// gives as the way to say that there are no distances.
fn literals_only(out: &mut BitWriter, data: &[u8]) {
    out.bits(1, 1);
    out.bits(2, 2);
    out.bits(0, 5); // HLIT: 257 symbols
    out.bits(0, 5); // HDIST: 1 symbol
    // The code length code, in its order 16 17 18 0 8 7 9: symbols 16, 0, 8
    // and 9 with two bits each, so 0 is 00, 8 is 01, 9 is 10 and 16 is 11.
    out.bits(7 - 4, 4);
    for length in [2, 0, 0, 2, 2, 0, 2] {
        out.bits(length, 3);
    }
    // 255 times 8: once, then 42 repeats of six, then twice.
    out.code(0b01, 2);
    for _ in 0..42 {
        out.code(0b11, 2);
        out.bits(6 - 3, 2);
    }
    out.code(0b01, 2);
    out.code(0b01, 2);
    out.code(0b10, 2);
    out.code(0b10, 2);
    out.code(0b00, 2);
    for byte in data {
        match byte {
            255 => out.code(0x1fe, 9),
            _ => out.code(u32::from(*byte), 8),
        }
    }
    out.code(0x1ff, 9);
}

/// The blocks flate2 makes, to the end of the stream.
fn best(out: &mut BitWriter, data: &[u8]) {
    let mut compressor = Compress::new(Compression::best(), false);
    // Deflate grows data by 5 bytes a block at most; this is far above.
    let mut blocks = Vec::with_capacity(data.len() + data.len() / 8 + 64);
    compressor
        .compress_vec(data, &mut blocks, FlushCompress::Finish)
        .expect("compressing into memory cannot fail");
    out.bytes.extend(blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn inflate(stream: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        flate2::read::ZlibDecoder::new(stream)
            .read_to_end(&mut data)
            .expect("flate2 accepts the stream");
        data
    }

    fn some_data(length: usize) -> Vec<u8> {
        let text = b"the quick brown fox jumps over the lazy dog ";
        let noise = (0..length as u32).map(|i| crate::rng::hash(3, i, 0) as u8);
        let repeats = text.iter().copied().cycle();
        noise
            .zip(repeats)
            .enumerate()
            .map(|(i, (n, t))| if i / 97 % 2 == 0 { t } else { n })
            .collect()
    }

    #[test]
    fn every_kind_inflates_to_its_data() {
        let kinds = [
            Deflate::Stored(1),
            Deflate::Stored(1000),
            Deflate::Stored(65_535),
            Deflate::Fixed,
            Deflate::Best,
            Deflate::LiteralsOnly,
            Deflate::Mixed,
        ];
        for length in [0, 1, 5, 1000, 70_000] {
            let data = some_data(length);
            for kind in kinds {
                let stream = kind.compress(&data);
                assert_eq!(inflate(&stream), data, "{kind:?} of {length} bytes");
            }
        }
    }

    #[test]
    fn one_distance_inflates_to_a_run() {
        assert_eq!(inflate(&one_distance(7, 5)), [7; 16]);
    }

    #[test]
    fn blocks_have_the_type_they_were_asked_for() {
        let data = some_data(4000);
        let kind = |deflate: Deflate| (deflate.compress(&data)[2] >> 1) & 3;
        assert_eq!(kind(Deflate::Stored(100)), 0);
        assert_eq!(kind(Deflate::Fixed), 1);
        assert_eq!(kind(Deflate::Best), 2);
        assert_eq!(kind(Deflate::LiteralsOnly), 2);
    }

    #[test]
    fn length_and_distance_codes_are_the_tables() {
        assert_eq!(length_code(3), (257, 0, 0));
        assert_eq!(length_code(10), (264, 0, 0));
        assert_eq!(length_code(11), (265, 0, 1));
        assert_eq!(length_code(130), (280, 15, 4));
        assert_eq!(length_code(257), (284, 30, 5));
        assert_eq!(length_code(258), (285, 0, 0));
        assert_eq!(distance_code(1), (0, 0, 0));
        assert_eq!(distance_code(4), (3, 0, 0));
        assert_eq!(distance_code(5), (4, 0, 1));
        assert_eq!(distance_code(24_577), (29, 0, 13));
        assert_eq!(distance_code(32_768), (29, 8191, 13));
    }

    #[test]
    fn adler_by_its_definition() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }
}
