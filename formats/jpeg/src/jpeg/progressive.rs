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
    /// Which coefficients of each block have been sent: bit k for position k of
    /// the zig-zag order. Sequential scans say all or none of AC.
    nonzero: [Vec<u64>; MAX_COMPONENTS],
    /// The lowest bit known of each coefficient; none yet where nothing was sent.
    known: [[Option<u8>; 64]; MAX_COMPONENTS],
    /// Rows of blocks that the last scan of each component has passed.
    passed: [usize; MAX_COMPONENTS],
}

impl Coefficients {
    pub fn new() -> Self {
        Self {
            planes: Default::default(),
            nonzero: Default::default(),
            known: [[None; 64]; MAX_COMPONENTS],
            passed: [0; MAX_COMPONENTS],
        }
    }

    /// Makes room for a frame, all zero.
    pub fn reset(&mut self, frame: &Frame) {
        let planes = self.planes.iter_mut().zip(&mut self.nonzero);
        for ((plane, nonzero), c) in planes.zip(frame.components()) {
            plane.clear();
            plane.resize(c.padded_wide * c.padded_high, [0; 64]);
            nonzero.clear();
            nonzero.resize(plane.len(), 0);
        }
        self.known = [[None; 64]; MAX_COMPONENTS];
        self.passed = [0; MAX_COMPONENTS];
    }

    /// A row of a component's blocks, and whether each has AC coefficients.
    pub fn row(
        &self,
        index: usize,
        component: &Component,
        y: usize,
    ) -> impl Iterator<Item = (&[i16; 64], bool)> {
        let start = y * component.padded_wide;
        let blocks = &self.planes[index][start..][..component.blocks_wide];
        let nonzero = self.nonzero[index][start..].iter();
        blocks.iter().zip(nonzero.map(|mask| mask & !1 != 0))
    }

    /// Whether every bit of every coefficient was sent.
    pub fn is_complete(&self, frame: &Frame) -> bool {
        let known = &self.known[..frame.count];
        known.as_flattened().iter().all(|&bit| bit == Some(0))
    }

    /// Rows of a component's blocks, from the top, to which no scan can bring anything more.
    pub fn final_rows(&self, index: usize) -> usize {
        let whole = self.known[index].iter().all(|&bit| bit == Some(0));
        if whole { self.passed[index] } else { 0 }
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
        for c in scan.components() {
            self.passed[c.index] = 0;
        }
        self.note(scan)?;
        let mut bits = BitReader::new(data, at);
        let mut restarts = Restarts::new(interval);
        let kind = Kind::of(frame, scan);
        for c in scan.components() {
            if matches!(kind, Kind::Sequential | Kind::DcFirst) {
                tables.prepare(Class::Dc, c.dc)?;
            }
            if matches!(kind, Kind::Sequential | Kind::AcFirst) {
                tables.prepare(Class::Ac, c.ac)?;
            }
        }
        let mut state = BlockState {
            kind,
            tables: Default::default(),
            predictors: [0; MAX_COMPONENTS],
            end_of_band: 0,
            band: !0 >> (63 - scan.last) & !0 << scan.first,
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
                let nonzero = &mut self.nonzero[only.index][y * c.padded_wide..];
                for (block, nonzero) in row.iter_mut().zip(nonzero) {
                    if restarts.before_mcu(data, &mut bits)? {
                        state.restart();
                    }
                    if state.passes(*nonzero) {
                        continue;
                    }
                    state.decode(0, &mut bits, block, nonzero);
                    check(&bits)?;
                }
                self.passed[only.index] = y + 1;
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
                            let blocks = &mut self.planes[sc.index][start..start + c.h];
                            let nonzero = &mut self.nonzero[sc.index][start..];
                            for (block, nonzero) in blocks.iter_mut().zip(nonzero) {
                                state.decode(slot, &mut bits, block, nonzero);
                            }
                        }
                    }
                    check(&bits)?;
                }
                for c in scan.components() {
                    self.passed[c.index] = (my + 1) * frame.all[c.index].v;
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
    /// The positions from `first` to `last`.
    band: u64,
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

    /// Whether an end-of-band run covers a block and leaves it as it is: one that
    /// has nothing to refine in this band.
    #[inline(always)]
    fn passes(&mut self, nonzero: u64) -> bool {
        let refined = match self.kind {
            Kind::AcRefine => nonzero & self.band,
            _ => 0,
        };
        let passes = self.end_of_band > 0 && refined == 0;
        self.end_of_band -= u32::from(passes);
        passes
    }

    #[inline(always)]
    fn decode(
        &mut self,
        slot: usize,
        bits: &mut BitReader,
        block: &mut [i16; 64],
        nonzero: &mut u64,
    ) {
        match (self.kind, self.tables[slot]) {
            (Kind::Sequential, (Some(dc), Some(ac))) => {
                let predictor = &mut self.predictors[slot];
                if decode_block(bits, dc, ac, &PLAIN, predictor, block) {
                    *nonzero = !0;
                }
            }
            (Kind::DcFirst, (Some(dc), _)) => {
                bits.need_32();
                let predictor = &mut self.predictors[slot];
                *predictor = predictor.wrapping_add(dc.difference(bits));
                block[0] = (*predictor << self.low) as i16;
            }
            (Kind::DcRefine, _) => block[0] |= i16::from(bits.bit()) << self.low,
            (Kind::AcFirst, (_, Some(ac))) => self.ac_first(ac, bits, block, nonzero),
            (Kind::AcRefine, (_, Some(ac))) => self.ac_refine(ac, bits, block, nonzero),
            // Every kind has the tables it needs.
            _ => {}
        }
    }

    /// T.81, G.1.2.2.
    #[inline(always)]
    fn ac_first(
        &mut self,
        ac: &Table,
        reader: &mut BitReader,
        block: &mut [i16; 64],
        nonzero: &mut u64,
    ) {
        let mut bits = *reader;
        let mut mask = *nonzero;
        let mut k = self.first;
        while k <= self.last {
            bits.need_32();
            let (run, value) = match ac.small(&mut bits) {
                Some(found) => found,
                None => {
                    let symbol = ac.symbol(&mut bits);
                    let (run, size) = (symbol >> 4, symbol & 15);
                    if size == 0 {
                        if run == 15 {
                            k += 16;
                            continue;
                        }
                        self.end_of_band = band_run(&mut bits, run) - 1;
                        break;
                    }
                    (run, extend(bits.take(size), size))
                }
            };
            // A run that leads out of the band of a damaged file, as in libjpeg.
            k = (k + run).min(63);
            let value = (value << self.low) as i16;
            block[usize::from(ZIGZAG[k as usize & 63]) & 63] = value;
            // One that is shifted out of 16 bits altogether has been sent too.
            mask |= 1 << k;
            k += 1;
        }
        *nonzero = mask;
        *reader = bits;
    }

    /// T.81, G.1.2.3.
    #[inline(always)]
    fn ac_refine(
        &mut self,
        ac: &Table,
        reader: &mut BitReader,
        block: &mut [i16; 64],
        nonzero: &mut u64,
    ) {
        let mut bits = *reader;
        let plus = 1i16 << self.low;
        // What is left of the band.
        let mut band = self.band;
        if self.end_of_band == 0 {
            while band != 0 {
                bits.need_32();
                let symbol = ac.symbol(&mut bits);
                let (run, size) = (symbol >> 4, symbol & 15);
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
                let mut zeros = band & !*nonzero;
                for _ in 0..run {
                    zeros &= zeros.wrapping_sub(1);
                }
                // The place of the next zero, all positions if there is none.
                let place = zeros & zeros.wrapping_neg();
                let before = place.wrapping_sub(1);
                refine(&mut bits, block, *nonzero & band & before, plus);
                if place != 0 {
                    put(block, nonzero, place.trailing_zeros(), new);
                } else if new != 0 {
                    // There are not so many: it goes behind the band, as in libjpeg.
                    put(block, nonzero, (self.last + 1).min(63), new);
                }
                band &= !(before | place);
            }
        }
        if self.end_of_band > 0 {
            refine(&mut bits, block, *nonzero & band, plus);
            self.end_of_band -= 1;
        }
        *reader = bits;
    }
}

/// Stores the coefficient at position `k` (0 to 63) of the zig-zag order.
#[inline(always)]
fn put(block: &mut [i16; 64], nonzero: &mut u64, k: u32, value: i16) {
    block[usize::from(ZIGZAG[k as usize & 63]) & 63] = value;
    *nonzero = *nonzero & !(1 << k) | u64::from(value != 0) << k;
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

/// One more bit of each of the coefficients in `places`, none of which is zero.
#[inline(always)]
fn refine(bits: &mut BitReader, block: &mut [i16; 64], mut places: u64, plus: i16) {
    while places != 0 {
        bits.need_32();
        let (mut word, mut used) = (bits.peek(32), 0);
        while places != 0 && used < 32 {
            let k = places.trailing_zeros() as usize;
            places &= places - 1;
            let value = &mut block[usize::from(ZIGZAG[k & 63]) & 63];
            let step = if *value >= 0 { plus } else { -plus };
            let more = word >> 31 != 0 && *value & plus == 0;
            *value = value.wrapping_add(if more { step } else { 0 });
            word <<= 1;
            used += 1;
        }
        bits.consume(used);
    }
}
