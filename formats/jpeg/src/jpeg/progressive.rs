//! Pictures of several scans: their coefficients are gathered first.
//!
//! Progressive scans (T.81, annex G), and sequential ones that do not hold all
//! components.

use super::bitstream::BitReader;
use super::huffman::{Class, Table, Tables, decode_block, extend};
use super::scan::{Restarts, check};
use super::types::{Component, Frame, MAX_COMPONENTS, Scan, ZIGZAG};
use crate::error::Fault;

/// The coefficients of a whole picture: not yet dequantised, each block in
/// natural order.
#[derive(Debug)]
pub(crate) struct Coefficients {
    planes: [Vec<[i16; 64]>; MAX_COMPONENTS],
    /// The lowest bit known of each coefficient; none yet where nothing was sent.
    known: [[Option<u8>; 64]; MAX_COMPONENTS],
}

impl Coefficients {
    pub fn new() -> Self {
        Self {
            planes: Default::default(),
            known: [[None; 64]; MAX_COMPONENTS],
        }
    }

    /// Makes room for a frame, all zero.
    pub fn reset(&mut self, frame: &Frame) {
        for (plane, c) in self.planes.iter_mut().zip(frame.components()) {
            plane.clear();
            plane.resize(c.padded_wide * c.padded_high, [0; 64]);
        }
        self.known = [[None; 64]; MAX_COMPONENTS];
    }

    /// A row of a component's blocks.
    pub fn row(&self, index: usize, component: &Component, y: usize) -> &[[i16; 64]] {
        &self.planes[index][y * component.padded_wide..][..component.blocks_wide]
    }

    /// Whether every bit of every coefficient was sent.
    pub fn is_complete(&self, frame: &Frame) -> bool {
        let known = &self.known[..frame.count];
        known.as_flattened().iter().all(|&bit| bit == Some(0))
    }

    /// Checks that a scan brings what no scan has brought, and notes it.
    fn note(&mut self, scan: &Scan) -> Result<(), Fault> {
        for c in scan.components() {
            let known = &mut self.known[c.index];
            if scan.first > 0 && known[0].is_none() {
                // T.81, G.1.1.1.1: the first scan of a component has its DC.
                return Err(Fault::Progression);
            }
            for bit in &mut known[scan.first..=scan.last] {
                let fits = match *bit {
                    None => scan.high == 0,
                    Some(low) => scan.high == low && scan.high > 0,
                };
                if !fits {
                    return Err(Fault::Progression);
                }
                *bit = Some(scan.low);
            }
        }
        Ok(())
    }

    /// Decodes one scan whose data start at `at`; returns where they end.
    pub fn decode_scan(
        &mut self,
        frame: &Frame,
        scan: &Scan,
        tables: &mut Tables,
        interval: usize,
        data: &[u8],
        at: usize,
    ) -> Result<usize, Fault> {
        self.note(scan)?;
        let mut bits = BitReader::new(data, at);
        let mut restarts = Restarts::new(interval);
        let kind = Kind::of(frame, scan);
        for c in scan.components() {
            if matches!(kind, Kind::Sequential) {
                tables.prepare(Class::Dc, c.dc)?;
                tables.prepare(Class::Ac, c.ac)?;
            } else if matches!(kind, Kind::DcFirst) {
                tables.prepare(Class::Dc, c.dc)?;
            }
        }
        let mut state = BlockState {
            kind,
            tables: Default::default(),
            predictors: [0; MAX_COMPONENTS],
            end_of_band: 0,
            first: scan.first as u32,
            last: scan.last as u32,
            low: u32::from(scan.low),
        };
        for (slot, c) in state.tables.iter_mut().zip(scan.components()) {
            if matches!(kind, Kind::Sequential | Kind::DcFirst) {
                slot.0 = Some(tables.dc(c.dc)?);
            }
            if matches!(kind, Kind::Sequential | Kind::AcFirst | Kind::AcRefine) {
                slot.1 = Some(tables.ac(c.ac)?);
            }
        }
        if let [only] = scan.components() {
            let c = &frame.all[only.index];
            for y in 0..c.blocks_high {
                let row = &mut self.planes[only.index][y * c.padded_wide..][..c.blocks_wide];
                for block in row {
                    if restarts.before_mcu(data, &mut bits)? {
                        state.restart();
                    }
                    state.decode(0, &mut bits, block);
                    check(&bits)?;
                }
            }
        } else {
            for my in 0..frame.mcus_high {
                for mx in 0..frame.mcus_wide {
                    if restarts.before_mcu(data, &mut bits)? {
                        state.restart();
                    }
                    for (slot, sc) in scan.components().iter().enumerate() {
                        let c = &frame.all[sc.index];
                        for y in my * c.v..(my + 1) * c.v {
                            let start = y * c.padded_wide + mx * c.h;
                            for block in &mut self.planes[sc.index][start..start + c.h] {
                                state.decode(slot, &mut bits, block);
                            }
                        }
                    }
                    check(&bits)?;
                }
            }
        }
        Ok(bits.position())
    }
}

/// What the blocks of a scan hold.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Sequential,
    DcFirst,
    DcRefine,
    AcFirst,
    AcRefine,
}

impl Kind {
    fn of(frame: &Frame, scan: &Scan) -> Self {
        match (frame.progressive, scan.first, scan.high) {
            (false, ..) => Self::Sequential,
            (true, 0, 0) => Self::DcFirst,
            (true, 0, _) => Self::DcRefine,
            (true, _, 0) => Self::AcFirst,
            (true, ..) => Self::AcRefine,
        }
    }
}

/// What carries over from block to block.
struct BlockState<'a> {
    kind: Kind,
    tables: [(Option<&'a Table>, Option<&'a Table>); MAX_COMPONENTS],
    predictors: [i32; MAX_COMPONENTS],
    /// Blocks that have no more coefficients in this band.
    end_of_band: u32,
    first: u32,
    last: u32,
    low: u32,
}

/// The zig-zag order with a quantiser of 1.
static PLAIN: super::huffman::Placing = {
    let mut out = [0; 128];
    let mut k = 0;
    while k < 128 {
        out[k] = ZIGZAG[k] as u32 | 1 << 16;
        k += 1;
    }
    out
};

impl BlockState<'_> {
    fn restart(&mut self) {
        self.predictors = [0; MAX_COMPONENTS];
        self.end_of_band = 0;
    }

    #[inline(always)]
    fn decode(&mut self, slot: usize, bits: &mut BitReader, block: &mut [i16; 64]) {
        match (self.kind, self.tables[slot]) {
            (Kind::Sequential, (Some(dc), Some(ac))) => {
                decode_block(bits, dc, ac, &PLAIN, &mut self.predictors[slot], block);
            }
            (Kind::DcFirst, (Some(dc), _)) => {
                bits.need_32();
                let predictor = &mut self.predictors[slot];
                *predictor = predictor.wrapping_add(dc.difference(bits));
                block[0] = (*predictor << self.low) as i16;
            }
            (Kind::DcRefine, _) => block[0] |= i16::from(bits.bit()) << self.low,
            (Kind::AcFirst, (_, Some(ac))) => self.ac_first(ac, bits, block),
            (Kind::AcRefine, (_, Some(ac))) => self.ac_refine(ac, bits, block),
            // Every kind has the tables it needs.
            _ => {}
        }
    }

    /// T.81, G.1.2.2.
    #[inline(always)]
    fn ac_first(&mut self, ac: &Table, reader: &mut BitReader, block: &mut [i16; 64]) {
        if self.end_of_band > 0 {
            self.end_of_band -= 1;
            return;
        }
        let mut bits = *reader;
        let mut k = self.first;
        while k <= self.last {
            bits.need_32();
            let symbol = ac.symbol(&mut bits);
            let (run, size) = (symbol >> 4, symbol & 15);
            if size != 0 {
                k += run;
                let value = extend(bits.take(size), size);
                block[usize::from(ZIGZAG[(k & 127) as usize]) & 63] = (value << self.low) as i16;
                k += 1;
            } else if run == 15 {
                k += 16;
            } else {
                self.end_of_band = band_run(&mut bits, run) - 1;
                break;
            }
        }
        *reader = bits;
    }

    /// T.81, G.1.2.3.
    #[inline(always)]
    fn ac_refine(&mut self, ac: &Table, reader: &mut BitReader, block: &mut [i16; 64]) {
        let mut bits = *reader;
        let plus = 1i16 << self.low;
        let mut k = self.first;
        if self.end_of_band == 0 {
            while k <= self.last {
                bits.need_32();
                let symbol = ac.symbol(&mut bits);
                let (mut run, size) = (symbol >> 4, symbol & 15);
                let mut new = 0;
                if size != 0 {
                    if size != 1 {
                        bits.no_code();
                    }
                    new = if bits.take(1) != 0 { plus } else { -plus };
                } else if run != 15 {
                    self.end_of_band = band_run(&mut bits, run);
                    break;
                }
                // Past as many zeros as the run says; what is not zero gets its bit.
                while k <= self.last {
                    let old = &mut block[usize::from(ZIGZAG[(k & 127) as usize]) & 63];
                    if *old != 0 {
                        refine(&mut bits, old, plus);
                    } else {
                        if run == 0 {
                            *old = new;
                            break;
                        }
                        run -= 1;
                    }
                    k += 1;
                }
                k += 1;
            }
        }
        if self.end_of_band > 0 {
            while k <= self.last {
                let old = &mut block[usize::from(ZIGZAG[(k & 127) as usize]) & 63];
                if *old != 0 {
                    refine(&mut bits, old, plus);
                }
                k += 1;
            }
            self.end_of_band -= 1;
        }
        *reader = bits;
    }
}

/// The length of an end-of-band run (T.81, table G.1).
#[inline(always)]
fn band_run(bits: &mut BitReader, size: u32) -> u32 {
    if size == 0 {
        1
    } else {
        (1 << size) + bits.take(size)
    }
}

/// One more bit of a coefficient that is not zero.
#[inline(always)]
fn refine(bits: &mut BitReader, value: &mut i16, plus: i16) {
    if bits.bit() && *value & plus == 0 {
        *value = value.wrapping_add(if *value >= 0 { plus } else { -plus });
    }
}
