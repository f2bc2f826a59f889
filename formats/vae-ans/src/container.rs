//! The container: reading and writing of what docs/formats/vae-ans.md defines.

use crate::Error;
use crate::core::{Band, BandCode, Wavelet};
use crate::model::{BUILTIN, Options, Range};
use crate::systems::{MAX_ALPHABET, MAX_LEVELS, MAX_STEP, TOTAL, bands};

/// The first bytes of a container.
pub const MAGIC: [u8; 8] = *b"\x89VAE\r\n\x1a\n";
/// The version this crate writes and reads.
pub const VERSION: u16 = 1;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 68;
/// Latent channels.
pub const CHANNELS: usize = 4;
/// Most fraction bits.
pub const MAX_FRACTION: u8 = 12;
/// Streams of the residual: three planes in four classes.
pub const RESIDUAL_STREAMS: usize = 12;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Header {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Pixels to one latent in each direction.
    pub reduction: u8,
    /// Fraction bits of the latents.
    pub fraction: u8,
    /// Whether the channels are rotated.
    pub hadamard: bool,
    /// Which wavelet.
    pub wavelet: Wavelet,
    /// Its levels.
    pub levels: u8,
    /// Whether the built-in model made it.
    pub builtin: bool,
    /// Whether the model's pictures go from -1 to 1.
    pub signed: bool,
    /// Whether a residual restores the source exactly.
    pub lossless: bool,
    /// The latents' scaling factor.
    pub scaling: f32,
    /// SHA-256 of the model's weights.
    pub model: [u8; 32],
}

impl Header {
    /// How its model has to be used.
    pub fn options(&self) -> Options {
        Options {
            scaling: self.scaling,
            range: if self.signed {
                Range::Signed
            } else {
                Range::Unit
            },
            reduction: self.reduction.into(),
        }
    }

    /// Height and width of the latent planes.
    pub fn latent(&self) -> [usize; 2] {
        [self.height, self.width].map(|s| s.div_ceil(u32::from(self.reduction)) as usize)
    }

    /// The bands in coding order; those without coefficients are left out.
    pub fn bands(&self) -> Vec<Band> {
        let [height, width] = self.latent();
        bands(CHANNELS, height, width, self.wavelet, self.levels.into())
            .into_iter()
            .filter(|b| !b.is_empty())
            .collect()
    }

    /// Reads and checks a header alone.
    ///
    /// # Errors
    /// [`Error::Container`], [`Error::Version`], [`Error::TooLarge`].
    pub fn read(bytes: &[u8], limit: u64) -> Result<Self, Error> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(8)? != MAGIC {
            return Err(bad("it does not start with the magic bytes"));
        }
        let version = reader.u16()?;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let flags = reader.u16()?;
        let (width, height) = (reader.u32()?, reader.u32()?);
        let [reduction, channels, fraction, transform, levels, model] = reader.array()?;
        let reserved = reader.u16()?;
        let scaling = f32::from_bits(reader.u32()?);
        let model_hash = reader.array()?;
        if flags > 3 || reserved != 0 || model > 1 {
            return Err(bad("a reserved field is not zero"));
        }
        if width == 0 || height == 0 {
            return Err(bad("a side is zero"));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > limit || width > 1 << 24 || height > 1 << 24 {
            return Err(Error::TooLarge {
                width,
                height,
                limit,
            });
        }
        let wavelet = match transform >> 1 {
            0 => Wavelet::None,
            1 => Wavelet::Cdf53,
            2 => Wavelet::Haar,
            _ => return Err(bad("an unknown wavelet")),
        };
        if !(1..=64).contains(&reduction) {
            return Err(bad("the reduction is not 1 to 64"));
        }
        if usize::from(channels) != CHANNELS {
            return Err(bad("it does not have four channels"));
        }
        if fraction > MAX_FRACTION {
            return Err(bad("more than 12 fraction bits"));
        }
        if usize::from(levels) > MAX_LEVELS || (wavelet == Wavelet::None && levels > 0) {
            return Err(bad("more levels than can be"));
        }
        if !(scaling.is_finite() && scaling > 0.0) {
            return Err(bad("the scaling factor is not positive"));
        }
        let header = Self {
            width,
            height,
            reduction,
            fraction,
            hadamard: transform & 1 == 1,
            wavelet,
            levels,
            builtin: model == 1,
            signed: flags & 2 == 2,
            lossless: flags & 1 == 1,
            scaling,
            model: model_hash,
        };
        if header.lossless && !header.builtin {
            return Err(Error::ForeignModel(hex(&header.model)));
        }
        // Latents of another size would be made room for before the model finds out.
        if header.builtin
            && (usize::from(reduction) != BUILTIN.reduction
                || scaling != BUILTIN.scaling
                || header.signed)
        {
            return Err(bad(
                "the built-in model has the reduction 4, the scaling 1 and pictures from 0 to 1",
            ));
        }
        Ok(header)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        let flags = u16::from(self.lossless) | u16::from(self.signed) << 1;
        out.extend(flags.to_le_bytes());
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        let wavelet = match self.wavelet {
            Wavelet::None => 0,
            Wavelet::Cdf53 => 1,
            Wavelet::Haar => 2,
        };
        out.extend([
            self.reduction,
            CHANNELS as u8,
            self.fraction,
            u8::from(self.hadamard) | wavelet << 1,
            self.levels,
            u8::from(self.builtin),
        ]);
        out.extend([0, 0]);
        out.extend(self.scaling.to_bits().to_le_bytes());
        out.extend(self.model);
        // The length, filled in at the end.
        out.extend([0; 4]);
    }
}

/// One coded stream as it lies in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream<'a> {
    /// Step of a band; 1 in the residual.
    pub step: u32,
    /// Alphabet, table, escapes. `first` counts words from the first stream.
    pub code: BandCode,
    /// The words, two bytes each.
    pub words: &'a [u8],
    /// Bytes of the record without the words and escapes: what the table costs.
    pub overhead: usize,
}

/// The residual's part of a container.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualPart<'a> {
    /// SHA-256 of the reconstruction, RGB bytes row by row.
    pub reconstruction: [u8; 32],
    /// SHA-256 of the source, likewise.
    pub source: [u8; 32],
    /// Streams, plane by plane, class by class. Their `code.symbols` are 0:
    /// only the reconstruction tells how many pixels are of which class.
    pub streams: Vec<Stream<'a>>,
}

/// A container, checked and taken apart; words stay where they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Container<'a> {
    /// The header.
    pub header: Header,
    /// One stream for each band that has coefficients.
    pub streams: Vec<Stream<'a>>,
    /// The residual of a lossless one.
    pub residual: Option<ResidualPart<'a>>,
}

impl<'a> Container<'a> {
    /// Whether bytes start like a container.
    pub fn sniff(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Reads and checks a container. Nothing is allocated that the file's own
    /// length does not pay for; `limit` bounds the pixels it may announce.
    ///
    /// # Errors
    /// [`Error::Container`], [`Error::Checksum`], [`Error::Version`],
    /// [`Error::TooLarge`], [`Error::ForeignModel`].
    pub fn read(bytes: &'a [u8], limit: u64) -> Result<Self, Error> {
        let header = Header::read(bytes, limit)?;
        let mut reader = Reader {
            bytes,
            at: HEADER_BYTES - 4,
        };
        let length = reader.u32()? as usize;
        if length != bytes.len() {
            return Err(bad(&format!(
                "it says {length} bytes and has {}",
                bytes.len()
            )));
        }
        let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
            return Err(bad("it is too short"));
        };
        let (found, expected) = (u32::from_le_bytes(*sum), checksum(body));
        if found != expected {
            return Err(Error::Checksum { found, expected });
        }
        reader.bytes = body;
        let mut first = 0;
        let mut streams = Vec::new();
        for band in header.bands() {
            let step = reader.number()?;
            if !(1..=MAX_STEP).contains(&step) {
                return Err(bad("a step is not 1 to 2^24"));
            }
            streams.push(reader.stream(step, band.len(), &mut first)?);
        }
        let residual = if header.lossless {
            let (reconstruction, source) = (reader.array()?, reader.array()?);
            let pixels = header.width as usize * header.height as usize;
            let mut first = 0;
            let mut streams = Vec::new();
            for _ in 0..RESIDUAL_STREAMS {
                let mut stream = reader.stream(1, pixels, &mut first)?;
                stream.code.symbols = 0;
                streams.push(stream);
            }
            Some(ResidualPart {
                reconstruction,
                source,
                streams,
            })
        } else {
            None
        };
        if reader.at != body.len() {
            return Err(bad("bytes are left over"));
        }
        Ok(Self {
            header,
            streams,
            residual,
        })
    }
}

/// Writes a container piece by piece.
#[derive(Debug)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(header: &Header) -> Self {
        let mut out = Vec::new();
        header.write(&mut out);
        Self { out }
    }

    /// A band's step, before its stream.
    pub(crate) fn step(&mut self, step: u32) {
        put(&mut self.out, step);
    }

    /// A stream; words in the order the decoder reads them.
    pub(crate) fn stream(&mut self, code: &BandCode, words: impl ExactSizeIterator<Item = u16>) {
        let out = &mut self.out;
        put(out, zigzag(code.low));
        if code.frequencies == [0] {
            put(out, 0);
            return;
        }
        put(out, code.frequencies.len() as u32);
        for &frequency in &code.frequencies {
            put(out, frequency.into());
        }
        put(out, code.escapes.len() as u32);
        for &escape in &code.escapes {
            put(out, zigzag(escape));
        }
        put(out, words.len() as u32);
        for word in words {
            out.extend(word.to_le_bytes());
        }
    }

    pub(crate) fn hashes(&mut self, reconstruction: [u8; 32], source: [u8; 32]) {
        self.out.extend(reconstruction);
        self.out.extend(source);
    }

    /// Fills in the length and the checksum.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Error> {
        let length = u32::try_from(self.out.len() + 4);
        let length = length.map_err(|_| bad("more than 4 GiB"))?;
        self.out[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());
        let sum = checksum(&self.out);
        self.out.extend(sum.to_le_bytes());
        Ok(self.out)
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(bytes)
}

fn bad(message: &str) -> Error {
    Error::Container(message.into())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn zigzag(value: i32) -> u32 {
    (value << 1 ^ value >> 31) as u32
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// LEB128: seven bits a byte, lowest first, the top bit set on all but the last.
fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(count);
        let part = end.and_then(|end| self.bytes.get(self.at..end));
        let part = part.ok_or_else(|| bad("it ends too early"))?;
        self.at += count;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u16(&mut self) -> Result<u16, Error> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn number(&mut self) -> Result<u32, Error> {
        let mut value = 0u32;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array()?;
            let part = u32::from(byte & 0x7f);
            if shift == 28 && part > 15 {
                break;
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(bad("a number is longer than 32 bits"))
    }

    fn stream(
        &mut self,
        step: u32,
        symbols: usize,
        first: &mut usize,
    ) -> Result<Stream<'a>, Error> {
        let start = self.at;
        let low = unzigzag(self.number()?);
        let letters = self.number()? as usize;
        let mut code = BandCode {
            symbols,
            low,
            frequencies: vec![0],
            escapes: Vec::new(),
            first: *first,
            words: 0,
        };
        if letters == 0 {
            let overhead = self.at - start;
            return Ok(Stream {
                step,
                code,
                words: &[],
                overhead,
            });
        }
        if !(2..=MAX_ALPHABET + 1).contains(&letters) {
            return Err(bad("an alphabet is too long or too short"));
        }
        if low.checked_add(letters as i32).is_none() {
            return Err(bad("an alphabet reaches past 31 bits"));
        }
        code.frequencies.clear();
        let mut sum = 0;
        for _ in 0..letters {
            let frequency = self.number()?;
            if !(1..TOTAL).contains(&frequency) {
                return Err(bad("a frequency is not 1 to 4095"));
            }
            sum += frequency;
            code.frequencies.push(frequency as u16);
        }
        if sum != TOTAL {
            return Err(bad("a table does not sum to 4096"));
        }
        let mut overhead = self.at - start;
        let escapes = self.number()? as usize;
        // Each takes a byte at least.
        if escapes > symbols.min(self.bytes.len() - self.at) {
            return Err(bad("more escapes than there can be"));
        }
        for _ in 0..escapes {
            code.escapes.push(unzigzag(self.number()?));
        }
        let counted = self.at;
        let words = self.number()? as usize;
        overhead += self.at - counted;
        if words > symbols + 2 {
            return Err(bad("more words than there can be"));
        }
        code.words = words;
        *first += words;
        let words = self.take(words * 2)?;
        if words.starts_with(&[0, 0]) {
            return Err(bad("a stream starts with a zero word"));
        }
        Ok(Stream {
            step,
            code,
            words,
            overhead,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_and_long_ones_are_refused() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u32::MAX / 2, u32::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            let mut reader = Reader {
                bytes: &bytes,
                at: 0,
            };
            assert_eq!(reader.number().unwrap(), value);
            assert_eq!(reader.at, bytes.len());
        }
        for bytes in [&[0xff, 0xff, 0xff, 0xff, 0x1f][..], &[0x80; 6], &[0x80]] {
            assert!(Reader { bytes, at: 0 }.number().is_err());
        }
        for value in [0, -1, 1, i32::MIN, i32::MAX] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
    }
}
