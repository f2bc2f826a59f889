//! Coefficients into scans, in any division that T.81 allows.

use super::blocks::{Block, Component, Frame};
use super::huffman::{Bits, Shape, Table};
use super::segments::{APP0, DHT, DQT, DRI, EOI, SOI, SOS, Segment, join};

/// One scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Components by place in the frame, in that order.
    pub components: Vec<usize>,
    /// First and last coefficient.
    pub band: (u8, u8),
    /// The lowest bit that was there before (0: none), and is there afterwards.
    pub bits: (u8, u8),
    /// MCUs between restart markers; 0 for none.
    pub restart: u16,
}

impl Scan {
    /// All coefficients of these components.
    #[must_use]
    pub fn whole(components: &[usize]) -> Self {
        Self::band(components, (0, 63), (0, 0))
    }

    /// A band of coefficients, some bits of each.
    #[must_use]
    pub fn band(components: &[usize], band: (u8, u8), bits: (u8, u8)) -> Self {
        Self {
            components: components.to_vec(),
            band,
            bits,
            restart: 0,
        }
    }
}

/// How a file is written.
#[derive(Debug, Clone)]
pub struct Options {
    /// The frame's marker: 0xC0 baseline, 0xC1 extended, 0xC2 progressive.
    pub frame: u8,
    /// The Huffman tables, made anew for every scan.
    pub shape: Shape,
    /// These tables instead: two for first coefficients, two for others.
    pub tables: Option<[Table; 4]>,
    /// What stands before the frame header: JFIF's or Adobe's segment, or none.
    pub header: Vec<Segment>,
    /// Quantisers as 16 bits, as they must be above 255.
    pub wide_quantisers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frame: 0xC0,
            shape: Shape::Flat,
            tables: None,
            header: vec![jfif()],
            wide_quantisers: false,
        }
    }
}

/// JFIF's segment.
#[must_use]
pub fn jfif() -> Segment {
    Segment::new(APP0, *b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")
}

/// Adobe's segment: 0 for colours as they are, 1 for YCC, 2 for YCCK.
#[must_use]
pub fn adobe(transform: u8) -> Segment {
    let mut body = b"Adobe\0\x64\0\0\0\0".to_vec();
    body.push(transform);
    Segment::new(APP0 + 14, body)
}

/// The segments of a file.
///
/// # Panics
/// When a scan does not fit the frame.
#[must_use]
pub fn segments(frame: &Frame, scans: &[Scan], options: &Options) -> Vec<Segment> {
    let mut out = vec![Segment::new(SOI, [])];
    out.extend(options.header.iter().cloned());
    for (number, table) in (0..).zip(&frame.quantisers) {
        let mut body = vec![number | u8::from(options.wide_quantisers) << 4];
        for &step in table {
            let [high, low] = step.to_be_bytes();
            body.extend(options.wide_quantisers.then_some(high));
            body.push(low);
        }
        out.push(Segment::new(DQT, body));
    }
    let mut body = vec![8];
    body.extend(frame.height.to_be_bytes());
    body.extend(frame.width.to_be_bytes());
    body.push(frame.components.len() as u8);
    for c in &frame.components {
        body.extend([c.id, c.factors.0 << 4 | c.factors.1, c.table]);
    }
    out.push(Segment::new(options.frame, body));
    let mut restart = 0;
    for scan in scans {
        if scan.restart != restart {
            restart = scan.restart;
            out.push(Segment::new(DRI, restart.to_be_bytes()));
        }
        out.extend(scan_segments(frame, scan, options));
    }
    out.push(Segment::new(EOI, []));
    out
}

/// A whole file.
///
/// # Panics
/// As [`segments`].
#[must_use]
pub fn write(frame: &Frame, scans: &[Scan], options: &Options) -> Vec<u8> {
    join(&segments(frame, scans, options))
}

/// One scan for all components, or as many as 10 blocks allow.
#[must_use]
pub fn interleaved(frame: &Frame) -> Vec<Scan> {
    vec![Scan::whole(
        &(0..frame.components.len()).collect::<Vec<_>>(),
    )]
}

/// A progression with every kind of scan: first bits of the first coefficients,
/// two bands of the others, then the bits that are missing.
#[must_use]
pub fn progression(frame: &Frame) -> Vec<Scan> {
    let all: Vec<usize> = (0..frame.components.len()).collect();
    let mut scans = vec![Scan::band(&all, (0, 0), (0, 1))];
    scans.extend(all.iter().map(|&c| Scan::band(&[c], (1, 5), (0, 2))));
    scans.extend(all.iter().map(|&c| Scan::band(&[c], (6, 63), (0, 2))));
    scans.extend(all.iter().map(|&c| Scan::band(&[c], (1, 63), (2, 1))));
    scans.push(Scan::band(&all, (0, 0), (1, 0)));
    scans.extend(all.iter().map(|&c| Scan::band(&[c], (1, 63), (1, 0))));
    scans
}

/// What a scan consists of before there are codes.
enum Token {
    /// A symbol of a table (two for DC, two for AC), and bits behind it.
    Symbol(usize, u8, u16, u8),
    /// Bits without a symbol.
    Bits(u16, u8),
    Restart(u8),
}

/// Tables by number: the first component's, and the others'.
fn table_of(component: usize) -> usize {
    component.min(1)
}

fn scan_segments(frame: &Frame, scan: &Scan, options: &Options) -> Vec<Segment> {
    let tokens = tokens(frame, scan);
    let mut counts = [[0u32; 256]; 4];
    for token in &tokens {
        if let Token::Symbol(table, symbol, ..) = token {
            counts[*table][usize::from(*symbol)] += 1;
        }
    }
    let tables = match &options.tables {
        Some(tables) => tables.clone(),
        None => counts.each_ref().map(|c| Table::new(c, options.shape)),
    };
    let mut bits = Bits::default();
    for token in tokens {
        match token {
            Token::Symbol(table, symbol, value, count) => {
                let (code, length) = tables[table].code(symbol);
                bits.put(code, length);
                bits.put(value, count);
            }
            Token::Bits(value, count) => bits.put(value, count),
            Token::Restart(number) => bits.marker(0xD0 + number),
        }
    }
    let mut out = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        if counts[number].iter().any(|&n| n > 0) {
            // DC tables 0 and 1, then AC tables 0 and 1.
            let mut body = vec![(number as u8 & 2) << 3 | number as u8 & 1];
            body.extend(table.counts);
            body.extend(&table.symbols);
            out.push(Segment::new(DHT, body));
        }
    }
    let mut body = vec![scan.components.len() as u8];
    for &c in &scan.components {
        body.extend([frame.components[c].id, table_of(c) as u8 * 0x11]);
    }
    body.extend([scan.band.0, scan.band.1, scan.bits.0 << 4 | scan.bits.1]);
    let mut segment = Segment::new(SOS, body);
    segment.data = bits.finish();
    out.push(segment);
    out
}

/// The blocks of each MCU: component and place.
fn mcus(frame: &Frame, scan: &Scan) -> Vec<Vec<(usize, usize)>> {
    if let [only] = scan.components[..] {
        let component = &frame.components[only];
        let (across, down) = component.blocks;
        let place = |y, x| vec![(only, y * component.stride + x)];
        return (0..down)
            .flat_map(|y| (0..across).map(move |x| place(y, x)))
            .collect();
    }
    let (h, v) = frame.largest();
    let across = usize::from(frame.width).div_ceil(8 * usize::from(h));
    let down = usize::from(frame.height).div_ceil(8 * usize::from(v));
    let blocks = |mcu: usize| {
        let (x, y) = (mcu % across, mcu / across);
        let mut out = Vec::new();
        for &c in &scan.components {
            let component = &frame.components[c];
            let (h, v) = (
                usize::from(component.factors.0),
                usize::from(component.factors.1),
            );
            for j in 0..v {
                let row = (y * v + j) * component.stride + x * h;
                out.extend((0..h).map(|i| (c, row + i)));
            }
        }
        out
    };
    (0..across * down).map(blocks).collect()
}

fn tokens(frame: &Frame, scan: &Scan) -> Vec<Token> {
    let mut coder = Coder {
        out: Vec::new(),
        before: vec![0; frame.components.len()],
        low: scan.bits.1,
        band: usize::from(scan.band.0)..usize::from(scan.band.1) + 1,
        run: 0,
        corrections: Vec::new(),
        table: 2 + table_of(scan.components[0]),
    };
    for (n, mcu) in mcus(frame, scan).into_iter().enumerate() {
        if scan.restart > 0 && n > 0 && n % usize::from(scan.restart) == 0 {
            coder.end_run();
            let number = n / usize::from(scan.restart) - 1;
            coder.out.push(Token::Restart(number as u8 & 7));
            coder.before.fill(0);
        }
        for (c, place) in mcu {
            let component: &Component = &frame.components[c];
            let block = &component.coefficients[place];
            match (scan.band, scan.bits) {
                ((0, 63), (0, 0)) => {
                    coder.difference(c, block[0]);
                    coder.table = 2 + table_of(c);
                    coder.band = 1..64;
                    coder.first_bits(block);
                    // Sequential scans have no runs over blocks.
                    coder.end_run();
                }
                ((0, _), (0, low)) => coder.difference(c, block[0] >> low),
                ((0, _), (_, low)) => coder.out.push(Token::Bits((block[0] >> low) as u16, 1)),
                (_, (0, _)) => coder.first_bits(block),
                _ => coder.next_bit(block),
            }
        }
    }
    coder.end_run();
    coder.out
}

struct Coder {
    out: Vec<Token>,
    /// The first coefficient of each component's last block.
    before: Vec<i32>,
    low: u8,
    band: std::ops::Range<usize>,
    /// Blocks that have nothing more, and the corrections in them.
    run: u16,
    corrections: Vec<u16>,
    table: usize,
}

/// Number of bits of a value, and those bits: the value, or less one where it
/// is negative (T.81, F.1.2.1).
fn sized(value: i32) -> (u8, u16) {
    let size = (32 - value.unsigned_abs().leading_zeros()) as u8;
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits as u16 & ((1u32 << size) - 1) as u16)
}

impl Coder {
    fn difference(&mut self, component: usize, value: i16) {
        let value = i32::from(value);
        let (size, bits) = sized(value - self.before[component]);
        self.before[component] = value;
        let table = table_of(component);
        self.out.push(Token::Symbol(table, size, bits, size));
    }

    /// New coefficients (T.81, F.1.2.2 and G.1.2.2).
    fn first_bits(&mut self, block: &Block<i16>) {
        let mut zeros = 0;
        for k in self.band.clone() {
            let value = i32::from(block[k]);
            let value = value.signum() * (value.abs() >> self.low);
            if value == 0 {
                zeros += 1;
                continue;
            }
            self.end_run();
            while zeros > 15 {
                self.out.push(Token::Symbol(self.table, 0xF0, 0, 0));
                zeros -= 16;
            }
            let (size, bits) = sized(value);
            let symbol = zeros << 4 | size;
            self.out.push(Token::Symbol(self.table, symbol, bits, size));
            zeros = 0;
        }
        if zeros > 0 {
            self.run += 1;
            self.end_long_run();
        }
    }

    /// One more bit of the coefficients that are there, and new ones of that
    /// size (T.81, G.1.2.3).
    fn next_bit(&mut self, block: &Block<i16>) {
        let low = self.low;
        let value = |k: usize| block[k].unsigned_abs() >> low;
        let last_new = self.band.clone().rev().find(|&k| value(k) == 1);
        let mut zeros = 0;
        let mut corrections = Vec::new();
        for k in self.band.clone() {
            match value(k) {
                0 => zeros += 1,
                1 => {
                    self.end_run();
                    let sign = u16::from(block[k] > 0);
                    let symbol = zeros << 4 | 1;
                    self.out.push(Token::Symbol(self.table, symbol, sign, 1));
                    self.correct(&mut corrections);
                    zeros = 0;
                }
                bits => corrections.push(bits & 1),
            }
            // A run of zeros ends with its sixteenth; what is corrected on the way goes with it.
            if zeros == 16 && last_new.is_some_and(|last| k < last) {
                self.end_run();
                self.out.push(Token::Symbol(self.table, 0xF0, 0, 0));
                self.correct(&mut corrections);
                zeros = 0;
            }
        }
        if zeros > 0 || !corrections.is_empty() {
            self.run += 1;
            self.corrections.append(&mut corrections);
            self.end_long_run();
        }
    }

    fn correct(&mut self, corrections: &mut Vec<u16>) {
        let bits = corrections.drain(..);
        self.out.extend(bits.map(|bit| Token::Bits(bit, 1)));
    }

    fn end_long_run(&mut self) {
        if self.run == 0x7FFF {
            self.end_run();
        }
    }

    fn end_run(&mut self) {
        if self.run > 0 {
            let size = self.run.ilog2() as u8;
            let token = Token::Symbol(self.table, size << 4, self.run, size);
            self.out.push(token);
            self.run = 0;
            let mut corrections = std::mem::take(&mut self.corrections);
            self.correct(&mut corrections);
        }
    }
}
