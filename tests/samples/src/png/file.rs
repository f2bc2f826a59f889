//! Assembling and taking apart whole files, chunk by chunk.

use crc::{CRC_32_ISO_HDLC, Crc};
use orrery_reference::convert::Colour;

use super::deflate::Deflate;
use super::raster::Raster;
use super::scanlines::{Filter, scanlines};

/// The eight bytes every PNG starts with.
pub const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A chunk: its type and its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Four letters.
    pub kind: [u8; 4],
    /// What lies between type and CRC.
    pub data: Vec<u8>,
}

impl Chunk {
    /// A chunk of this type with these data.
    #[must_use]
    pub fn new(kind: [u8; 4], data: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            data: data.into(),
        }
    }

    /// Length, type, data and CRC as they stand in a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let covered = [self.kind.as_slice(), &self.data].concat();
        let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&covered);
        let length = self.data.len() as u32;
        [
            &length.to_be_bytes(),
            covered.as_slice(),
            &crc.to_be_bytes(),
        ]
        .concat()
    }
}

/// How to write a file.
#[derive(Debug, Clone)]
pub struct Options {
    /// Adam7, or rows from top to bottom.
    pub interlaced: bool,
    /// The scanlines' filters.
    pub filter: Filter,
    /// The compression.
    pub deflate: Deflate,
    /// Chunks between IHDR and PLTE.
    pub early: Vec<Chunk>,
    /// Chunks between tRNS and IDAT.
    pub middle: Vec<Chunk>,
    /// Chunks between IDAT and IEND.
    pub late: Vec<Chunk>,
}

impl Default for Options {
    /// Not interlaced, all filters in turn, well compressed, nothing besides.
    fn default() -> Self {
        Self {
            interlaced: false,
            filter: Filter::InTurn,
            deflate: Deflate::Best,
            early: Vec::new(),
            middle: Vec::new(),
            late: Vec::new(),
        }
    }
}

/// The chunks of a file: IHDR, PLTE and tRNS where there are any, one IDAT,
/// IEND, and those in `options`.
#[must_use]
pub fn chunks(raster: &Raster, options: &Options) -> Vec<Chunk> {
    let mut chunks = vec![header(raster, options.interlaced)];
    chunks.extend(options.early.iter().cloned());
    if !raster.palette.is_empty() {
        chunks.push(Chunk::new(*b"PLTE", raster.palette.concat()));
    }
    if let Some(trns) = &raster.trns {
        chunks.push(Chunk::new(*b"tRNS", trns.as_slice()));
    }
    chunks.extend(options.middle.iter().cloned());
    let lines = scanlines(raster, options.interlaced, options.filter);
    chunks.push(Chunk::new(*b"IDAT", options.deflate.compress(&lines)));
    chunks.extend(options.late.iter().cloned());
    chunks.push(Chunk::new(*b"IEND", []));
    chunks
}

/// A whole file.
#[must_use]
pub fn write(raster: &Raster, options: &Options) -> Vec<u8> {
    join(&chunks(raster, options))
}

fn header(raster: &Raster, interlaced: bool) -> Chunk {
    let mut data = Vec::with_capacity(13);
    data.extend(raster.width.to_be_bytes());
    data.extend(raster.height.to_be_bytes());
    let colour = match raster.colour {
        Colour::Grey => 0,
        Colour::Rgb => 2,
        Colour::Indexed => 3,
        Colour::GreyAlpha => 4,
        Colour::Rgba => 6,
    };
    data.extend([raster.depth, colour, 0, 0, u8::from(interlaced)]);
    Chunk::new(*b"IHDR", data)
}

/// The signature and the chunks.
#[must_use]
pub fn join(chunks: &[Chunk]) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    for chunk in chunks {
        file.extend(chunk.to_bytes());
    }
    file
}

/// The chunks of a whole file, CRCs not looked at.
///
/// # Panics
/// When `file` is not a PNG whose chunks all end inside it.
#[must_use]
pub fn split(file: &[u8]) -> Vec<Chunk> {
    let mut rest = file.strip_prefix(&SIGNATURE).expect("a PNG file");
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_first_chunk::<8>().expect("a chunk's head");
        let [l0, l1, l2, l3, kind @ ..] = *head;
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let (data, after) = after.split_at(length);
        chunks.push(Chunk::new(kind, data));
        rest = &after[4..];
    }
    chunks
}

/// Divides the image data of a file anew: IDAT chunks of `size` bytes, each
/// followed by an empty one if `empty_between`. The last may be shorter.
///
/// # Panics
/// As [`split`], and when `size` is 0.
#[must_use]
pub fn resplit_idat(file: &[u8], size: usize, empty_between: bool) -> Vec<u8> {
    let chunks = split(file);
    let is_data = |chunk: &Chunk| &chunk.kind == b"IDAT";
    let data: Vec<u8> = chunks
        .iter()
        .filter(|chunk| is_data(chunk))
        .flat_map(|chunk| chunk.data.iter().copied())
        .collect();
    let mut before: Vec<Chunk> = chunks;
    let first = before.iter().position(is_data).unwrap_or(before.len());
    let mut after = before.split_off(first);
    after.retain(|chunk| !is_data(chunk));
    for part in data.chunks(size) {
        before.push(Chunk::new(*b"IDAT", part));
        if empty_between {
            before.push(Chunk::new(*b"IDAT", []));
        }
    }
    before.append(&mut after);
    join(&before)
}

/// Flips a bit in the CRC of the first chunk of this type.
///
/// # Panics
/// As [`split`], and when there is no such chunk.
#[must_use]
pub fn with_bad_crc(file: &[u8], kind: [u8; 4]) -> Vec<u8> {
    let mut end = SIGNATURE.len();
    for chunk in split(file) {
        end += chunk.data.len() + 12;
        if chunk.kind == kind {
            let mut damaged = file.to_vec();
            damaged[end - 1] ^= 1;
            return damaged;
        }
    }
    panic!("no chunk of that type");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::Scene;

    fn small() -> Vec<u8> {
        let picture = Scene::Photo.paint(9, 7, 1);
        let options = Options {
            late: vec![Chunk::new(*b"tEXt", *b"a\0b")],
            ..Options::default()
        };
        write(&Raster::new(&picture, Colour::Rgb, 8), &options)
    }

    #[test]
    fn an_empty_chunk_as_in_the_specification() {
        // Every PNG ends with these bytes.
        let end = Chunk::new(*b"IEND", []).to_bytes();
        assert_eq!(end, *b"\0\0\0\0IEND\xae\x42\x60\x82");
    }

    #[test]
    fn splitting_and_joining_are_inverse() {
        let file = small();
        let kinds: Vec<_> = split(&file).iter().map(|chunk| chunk.kind).collect();
        assert_eq!(kinds, [*b"IHDR", *b"IDAT", *b"tEXt", *b"IEND"]);
        assert_eq!(join(&split(&file)), file);
    }

    #[test]
    fn image_data_can_be_divided_and_joined_again() {
        let file = small();
        let fine = resplit_idat(&file, 1, true);
        let data = split(&fine);
        let data = data.iter().filter(|chunk| &chunk.kind == b"IDAT");
        assert!(data.clone().all(|chunk| chunk.data.len() <= 1));
        assert_eq!(data.count(), 2 * split(&file)[1].data.len());
        assert_eq!(resplit_idat(&fine, usize::MAX, false), file);
    }

    #[test]
    fn damage_is_one_bit() {
        let file = small();
        let damaged = with_bad_crc(&file, *b"IHDR");
        let differing = file.iter().zip(&damaged).filter(|(a, b)| a != b).count();
        assert_eq!(differing, 1);
        assert_ne!(file[32], damaged[32]);
    }
}
