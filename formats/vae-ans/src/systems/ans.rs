//! Entropy coding with rANS: `constriction`'s small coder, 32 bits of state,
//! 16-bit words, tables that sum to 2^12. One stream for each band.

use constriction::backends::Cursor;
use constriction::stream::model::{
    SmallContiguousCategoricalEntropyModel, SmallContiguousLookupDecoderModel,
};
use constriction::stream::stack::SmallAnsCoder;
use constriction::stream::{Decode, Encode};

use super::quantise::rows;
use crate::Error;
use crate::core::{
    Arena, BandCode, Bitstream, Bound, DType, Element, Entity, Key, Port, Symbols, System,
    TensorRef, World,
};

/// Bits of a table's sum.
pub const PRECISION: usize = 12;
/// What a table's frequencies sum to.
pub const TOTAL: u32 = 1 << PRECISION;
/// Most symbols in an alphabet, the escape not counted.
pub const MAX_ALPHABET: usize = 1023;

/// `Symbols` to `Bitstream`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnsEncode;

/// `Bitstream` to `Symbols`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnsDecode;

impl System for AnsEncode {
    fn name(&self) -> String {
        "AnsEncode".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Symbols>(Key::SYMBOLS)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Bitstream>(Key::BITSTREAM)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        for &entity in group {
            let symbols = world.get::<Symbols>(entity, &bound.inputs[0])?.clone();
            let bitstream = match symbols.symbols.dtype() {
                DType::U8 => encode::<u8>(world, symbols)?,
                _ => encode::<i32>(world, symbols)?,
            };
            world.attach(entity, bound.outputs[0].clone(), bitstream);
        }
        Ok(())
    }
}

/// Element types of symbols.
trait Symbol: Element + Into<i32> {
    fn from_i32(value: i32) -> Self;
}
impl Symbol for u8 {
    fn from_i32(value: i32) -> Self {
        value as u8
    }
}
impl Symbol for i32 {
    fn from_i32(value: i32) -> Self {
        value
    }
}

fn encode<S: Symbol>(world: &mut World, symbols: Symbols) -> Result<Bitstream, Error> {
    let tensor = &symbols.symbols;
    let shape = [tensor.shape()[0], tensor.shape()[1], tensor.shape()[2]];
    let count = tensor.len();
    let largest = symbols.pyramid.index.iter().map(|b| b.len()).max();
    let largest = largest.unwrap_or(0);
    // A symbol costs at most 12 bits, so a word each is always enough; each
    // stream adds the two words of its last state.
    let bound = count + 2 * symbols.pyramid.index.len();
    let line = world.scratch("ans symbols", &[largest], DType::I32)?;
    let stream = world.scratch("ans stream", &[largest + 2], DType::U16)?;
    let all = world.scratch("ans words", &[bound], DType::U16)?;
    let mut codes = Vec::new();
    let mut used = 0;
    for band in &symbols.pyramid.index {
        let arena = world.arena_mut();
        let (from, to) = arena.pair::<S, i32>(tensor, &line)?;
        let mut place = 0;
        rows(band, &shape, |range| {
            for &symbol in &from[range] {
                to[place] = symbol.into();
                place += 1;
            }
        });
        let (mut code, _) = encode_line(arena, &line, place, &stream)?;
        // The coder is a stack: its last word comes first in the file.
        let (from, to) = arena.pair::<u16, u16>(&stream, &all)?;
        let words = from[..code.words].iter().rev();
        for (word, out) in words.zip(&mut to[used..]) {
            *out = *word;
        }
        code.first = used;
        used += code.words;
        codes.push(code);
    }
    let arena = world.arena_mut();
    let words = arena.alloc(&[used], DType::U16)?;
    let (from, to) = arena.pair::<u16, u16>(&all, &words)?;
    to.copy_from_slice(&from[..used]);
    Ok(Bitstream {
        words,
        codes,
        params: symbols.params,
        dtype: tensor.dtype(),
        pyramid: symbols.pyramid,
        shape,
    })
}

/// Codes the first `count` symbols of `line`; the words are left in `stream`,
/// last one first.
pub(crate) fn encode_line<'a>(
    arena: &'a mut Arena,
    line: &TensorRef,
    count: usize,
    stream: &TensorRef,
) -> Result<(BandCode, &'a [u16]), Error> {
    let mut code = alphabet(&arena.slice::<i32>(line)?[..count]);
    code.words = write_stream(arena, line, stream, &mut code)?;
    let words = &arena.slice::<u16>(stream)?[..code.words];
    Ok((code, words))
}

/// Decodes `code.symbols` symbols into `line` from the words in `words`, which
/// lie in the decoder's order.
pub(crate) fn decode_line(
    arena: &mut Arena,
    words: &TensorRef,
    code: &BandCode,
    line: &TensorRef,
) -> Result<(), Error> {
    let (words, out) = arena.pair::<u16, i32>(words, line)?;
    let bad = |m: &str| Error::Container(format!("residual: {m}"));
    let mut reader = BandReader::new(code, &words[..code.words]).map_err(bad)?;
    for symbol in &mut out[..code.symbols] {
        *symbol = reader.symbol();
    }
    reader.finish().map_err(bad)
}

/// Writes one band's stream; gives its number of words. Fills in the escapes.
fn write_stream(
    arena: &mut Arena,
    line: &TensorRef,
    stream: &TensorRef,
    code: &mut BandCode,
) -> Result<usize, Error> {
    let (symbols, words) = arena.pair::<i32, u16>(line, stream)?;
    let symbols = &symbols[..code.symbols];
    if code.frequencies == [0] {
        return Ok(0);
    }
    let model = encoder_model(&code.frequencies)?;
    let escape = code.frequencies.len() - 1;
    let letter = |symbol: i32| {
        usize::try_from(i64::from(symbol) - i64::from(code.low))
            .ok()
            .filter(|&l| l < escape)
            .unwrap_or(escape)
    };
    code.escapes = symbols
        .iter()
        .copied()
        .filter(|&s| letter(s) == escape)
        .collect();
    let full = |_| Error::Container("a stream outgrew its bound".into());
    let backend = Cursor::new_at_write_beginning(words);
    let mut coder = SmallAnsCoder::with_write_backend(backend);
    for &symbol in symbols.iter().rev() {
        coder
            .encode_symbol(letter(symbol), &model)
            .map_err(|_| full(()))?;
    }
    let (_, written) = coder
        .into_compressed()
        .map_err(|_| full(()))?
        .into_buf_and_pos();
    Ok(written)
}

fn encoder_model(frequencies: &[u16]) -> Result<SmallContiguousCategoricalEntropyModel, Error> {
    SmallContiguousCategoricalEntropyModel::from_nonzero_fixed_point_probabilities(
        frequencies,
        false,
    )
    .map_err(|()| Error::Container("a table does not sum to 4096".into()))
}

/// Chooses a band's alphabet and table.
///
/// Symbols are counted in a window around their mean; of several cuts of the
/// tails the one with the fewest bits for table, stream and escapes is taken.
fn alphabet(symbols: &[i32]) -> BandCode {
    let mut code = BandCode {
        symbols: symbols.len(),
        low: symbols.first().copied().unwrap_or(0),
        frequencies: vec![0],
        escapes: Vec::new(),
        first: 0,
        words: 0,
    };
    if symbols.iter().all(|&s| s == code.low) {
        return code;
    }
    let sum: i64 = symbols.iter().map(|&s| i64::from(s)).sum();
    let mean = sum / symbols.len() as i64;
    let window = MAX_ALPHABET as i64;
    let start = (mean - window / 2).clamp(i32::MIN.into(), i64::from(i32::MAX) - window);
    let mut counts = [0u32; MAX_ALPHABET];
    let mut outside = 0u32;
    for &symbol in symbols {
        match usize::try_from(i64::from(symbol) - start) {
            Ok(place) if place < MAX_ALPHABET => counts[place] += 1,
            _ => outside += 1,
        }
    }
    let first = counts.iter().position(|&c| c > 0).unwrap_or(0);
    let last = counts.iter().rposition(|&c| c > 0).unwrap_or(0);
    let total = symbols.len() as f64;
    let mut best = (f64::INFINITY, Vec::new(), first);
    for share in [0.0, 0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2] {
        // Cut each tail while it holds at most half the share.
        let spare = (share * total / 2.0) as u32;
        let (mut low, mut high) = (first, last);
        let (mut under, mut over) = (0, 0);
        while low < high && under + counts[low] <= spare {
            under += counts[low];
            low += 1;
        }
        while high > low && over + counts[high] <= spare {
            over += counts[high];
            high -= 1;
        }
        let escapes = outside + under + over;
        let mut cut: Vec<u32> = counts[low..=high].to_vec();
        cut.push(escapes);
        let frequencies = table(&cut);
        let stream: f64 = cut
            .iter()
            .zip(&frequencies)
            .map(|(&c, &f)| f64::from(c) * (f64::from(TOTAL) / f64::from(f)).log2())
            .sum();
        let sizes: u32 = frequencies
            .iter()
            .map(|&f| if f < 128 { 8 } else { 16 })
            .sum();
        let cost = stream + f64::from(sizes) + 16.0 * f64::from(escapes);
        if cost < best.0 {
            best = (cost, frequencies, low);
        }
    }
    code.low = (start + best.2 as i64) as i32;
    code.frequencies = best.1;
    code
}

/// Rounds counts to frequencies of at least 1 with sum 4096: each to nearest,
/// then one by one where that changes the stream's ideal length least.
pub(crate) fn table(counts: &[u32]) -> Vec<u16> {
    let total: f64 = counts.iter().map(|&c| f64::from(c)).sum();
    let mut frequencies: Vec<u16> = counts
        .iter()
        .map(|&c| (f64::from(c) * f64::from(TOTAL) / total).round().max(1.0) as u16)
        .collect();
    let mut sum: u32 = frequencies.iter().map(|&f| u32::from(f)).sum();
    while sum != TOTAL {
        let down = sum > TOTAL;
        let cost = |place: usize| {
            let (count, f) = (f64::from(counts[place]), f64::from(frequencies[place]));
            match (down, frequencies[place]) {
                (true, 1) => f64::INFINITY,
                (true, _) => count * (f / (f - 1.0)).log2(),
                (false, _) => -count * ((f + 1.0) / f).log2(),
            }
        };
        let place = (0..counts.len())
            .min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
            .unwrap_or(0);
        if down {
            frequencies[place] -= 1;
            sum -= 1;
        } else {
            frequencies[place] += 1;
            sum += 1;
        }
    }
    frequencies
}

impl System for AnsDecode {
    fn name(&self) -> String {
        "AnsDecode".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Bitstream>(Key::BITSTREAM)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Symbols>(Key::SYMBOLS)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = world.get::<Bitstream>(group[0], &bound.inputs[0])?;
        let (shape, dtype) = (first.shape, first.dtype);
        let (_, parts) = world.batch(group.len(), &shape, dtype)?;
        for (&entity, symbols) in group.iter().zip(parts) {
            let bitstream = world.get::<Bitstream>(entity, &bound.inputs[0])?.clone();
            match dtype {
                DType::U8 => decode::<u8>(world, &bitstream, &symbols)?,
                _ => decode::<i32>(world, &bitstream, &symbols)?,
            }
            let symbols = Symbols {
                symbols,
                params: bitstream.params,
                pyramid: bitstream.pyramid,
            };
            world.attach(entity, bound.outputs[0].clone(), symbols);
        }
        Ok(())
    }
}

fn decode<S: Symbol>(
    world: &mut World,
    bitstream: &Bitstream,
    symbols: &TensorRef,
) -> Result<(), Error> {
    let arena = world.arena_mut();
    let (words, out) = arena.pair::<u16, S>(&bitstream.words, symbols)?;
    for (number, (band, code)) in bitstream
        .pyramid
        .index
        .iter()
        .zip(&bitstream.codes)
        .enumerate()
    {
        let stream = words
            .get(code.first..code.first + code.words)
            .ok_or_else(|| Error::Container(format!("band {number}: words missing")))?;
        let mut reader = BandReader::new(code, stream)
            .map_err(|m| Error::Container(format!("band {number}: {m}")))?;
        rows(band, &bitstream.shape, |range| {
            for symbol in &mut out[range] {
                *symbol = S::from_i32(reader.symbol());
            }
        });
        reader
            .finish()
            .map_err(|m| Error::Container(format!("band {number}: {m}")))?;
    }
    Ok(())
}

type Coder<'a> = SmallAnsCoder<constriction::backends::Reverse<Cursor<u16, &'a [u16]>>>;

/// Decodes one band's symbols in order.
struct BandReader<'a> {
    /// None: every symbol is `low`.
    coder: Option<(Coder<'a>, SmallContiguousLookupDecoderModel)>,
    low: i32,
    escape: usize,
    escapes: std::slice::Iter<'a, i32>,
    short: bool,
}

impl<'a> BandReader<'a> {
    fn new(code: &'a BandCode, words: &'a [u16]) -> Result<Self, &'static str> {
        let coder = if code.frequencies == [0] {
            if !words.is_empty() {
                return Err("a constant band has a stream");
            }
            None
        } else {
            let model = encoder_model(&code.frequencies).map_err(|_| "its table is bad")?;
            let coder = SmallAnsCoder::from_reversed_compressed(words)
                .map_err(|_| "its stream starts with a zero word")?;
            Some((coder, model.to_lookup_decoder_model()))
        };
        Ok(Self {
            coder,
            low: code.low,
            escape: code.frequencies.len() - 1,
            escapes: code.escapes.iter(),
            short: false,
        })
    }

    fn symbol(&mut self) -> i32 {
        let Some((coder, model)) = &mut self.coder else {
            return self.low;
        };
        let letter = match coder.decode_symbol(&*model) {
            Ok(letter) => letter,
            Err(_) => {
                self.short = true;
                0
            }
        };
        if letter == self.escape {
            match self.escapes.next() {
                Some(&value) => return value,
                None => self.short = true,
            }
        }
        self.low.wrapping_add(letter as i32)
    }

    fn finish(mut self) -> Result<(), &'static str> {
        if self.short || self.escapes.next().is_some() {
            return Err("its escapes do not fit its stream");
        }
        match &self.coder {
            Some((coder, _)) if !coder.is_empty() => Err("its stream does not end where it should"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To nearest, at least 1; then unit by unit where the ideal length changes least. By hand:
    /// shares of 4096 are 1365.33 each, so 4095 in all, and the first takes the unit that is left;
    /// of 1 and 8191 the small one is 0.5, rounded up; ten shares of 409.6 are rounded to 410, and
    /// the four units too many are taken from the first four; counts of 0 keep 1, and the two units
    /// that they cost come from the letters where that lengthens least, one from either here.
    #[test]
    fn tables_are_rounded_as_the_page_says() {
        assert_eq!(table(&[1, 1, 1]), [1366, 1365, 1365]);
        assert_eq!(table(&[2, 1]), [2731, 1365]);
        assert_eq!(table(&[1, 8191]), [1, 4095]);
        assert_eq!(
            table(&[1; 10]),
            [409, 409, 409, 409, 410, 410, 410, 410, 410, 410]
        );
        assert_eq!(table(&[5, 3, 0, 0]), [2559, 1535, 1, 1]);
        let many = table(&[1; 1024]);
        assert!(many.iter().all(|&f| f == 4));
        // Never longer by moving a unit from one letter to another.
        let counts = [900, 377, 51, 50, 12, 3, 1, 0];
        let best = table(&counts);
        let length = |frequencies: &[u16]| -> f64 {
            let all = counts.iter().zip(frequencies);
            all.map(|(&c, &f)| f64::from(c) * (4096.0 / f64::from(f)).log2())
                .sum()
        };
        assert_eq!(best.iter().map(|&f| u32::from(f)).sum::<u32>(), TOTAL);
        for from in 0..counts.len() {
            for to in 0..counts.len() {
                let mut other = best.clone();
                if from != to && other[from] > 1 {
                    other[from] -= 1;
                    other[to] += 1;
                    let (better, than) = (length(&other), length(&best));
                    assert!(better > than - 1e-9, "{from} to {to}: {better} {than}");
                }
            }
        }
    }
}
