//! A PNG file reduced to what its pixels depend on.
//!
//! zune-png stops at ancillary chunks it finds fault with, has no notion of a
//! default image, and applies a 16-bit colour key with its bytes swapped
//! (0.5.2, `expand_trns::<true>`). None of that is about pixels, so the file
//! it sees holds critical chunks only, and the palette's tRNS; a colour key is
//! handed to [`crate::convert`] instead.

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::ReferenceError;
use crate::convert::Colour;

pub(crate) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The fields of IHDR that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) depth: u8,
    pub(crate) colour: Colour,
}

/// A file without ancillary chunks, and what was taken out of it.
#[derive(Debug)]
pub(crate) struct Reduced {
    pub(crate) header: Header,
    pub(crate) file: Vec<u8>,
    /// The colour key of a grey or RGB picture.
    pub(crate) key: Option<[u16; 3]>,
    /// Whether a palette was seen.
    pub(crate) palette: bool,
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// Length, type, data and CRC.
    whole: &'a [u8],
    intact: bool,
}

/// Takes the first chunk off `rest`; `None` when it is not all there.
fn next_chunk<'a>(rest: &mut &'a [u8]) -> Option<Chunk<'a>> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (covered, after) = after.split_at_checked(length.checked_add(4)?)?;
    let (stored, after) = after.split_first_chunk::<4>()?;
    let (kind, data) = covered.split_first_chunk::<4>()?;
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(covered);
    let chunk = Chunk {
        kind: *kind,
        data,
        whole: &rest[..rest.len() - after.len()],
        intact: crc == u32::from_be_bytes(*stored),
    };
    *rest = after;
    Some(chunk)
}

/// Reduces a file. Damage to critical chunks is passed on for the decoder to
/// find.
pub(crate) fn reduce(bytes: &[u8]) -> Result<Reduced, ReferenceError> {
    let malformed = |message: &str| ReferenceError::Malformed(message.to_owned());
    let mut rest = bytes
        .strip_prefix(&SIGNATURE)
        .ok_or_else(|| malformed("no PNG signature"))?;
    let first = next_chunk(&mut rest).ok_or_else(|| malformed("no whole first chunk"))?;
    let header = header(&first)?;

    let mut reduced = Reduced {
        header,
        file: [&SIGNATURE, first.whole].concat(),
        key: None,
        palette: false,
    };
    let mut data_seen = false;
    while let Some(chunk) = next_chunk(&mut rest) {
        if reduced.keeps(&chunk, data_seen) {
            reduced.file.extend_from_slice(chunk.whole);
        }
        data_seen |= &chunk.kind == b"IDAT";
        if &chunk.kind == b"IEND" {
            return Ok(reduced);
        }
    }
    reduced.file.extend_from_slice(rest);
    Ok(reduced)
}

impl Reduced {
    /// Whether the decoder shall see this chunk; notes a colour key.
    fn keeps(&mut self, chunk: &Chunk<'_>, data_seen: bool) -> bool {
        let indexed = self.header.colour == Colour::Indexed;
        match &chunk.kind {
            b"tRNS" if chunk.intact && !data_seen => {
                if !indexed && self.key.is_none() {
                    self.key = key(self.header.colour, chunk.data);
                }
                // Without a palette before it, it has nothing to apply to.
                indexed && self.palette
            }
            // A suggested palette has no bearing on a picture in full colour.
            b"PLTE" if chunk.intact && !indexed => false,
            b"PLTE" => {
                self.palette = true;
                true
            }
            // Bit 5 of the first letter: set in ancillary chunks.
            kind => kind[0] & 0x20 == 0,
        }
    }
}

fn header(chunk: &Chunk<'_>) -> Result<Header, ReferenceError> {
    let malformed = |message: String| Err(ReferenceError::Malformed(message));
    if &chunk.kind != b"IHDR" || !chunk.intact {
        return malformed("the first chunk is not an intact IHDR".to_owned());
    }
    let &[w0, w1, w2, w3, h0, h1, h2, h3, depth, colour, ..] = chunk.data else {
        return malformed(format!("IHDR of {} bytes", chunk.data.len()));
    };
    let colour = match (colour, depth) {
        (0, 1 | 2 | 4 | 8 | 16) => Colour::Grey,
        (2, 8 | 16) => Colour::Rgb,
        (3, 1 | 2 | 4 | 8) => Colour::Indexed,
        (4, 8 | 16) => Colour::GreyAlpha,
        (6, 8 | 16) => Colour::Rgba,
        _ => return malformed(format!("colour type {colour} at {depth} bits")),
    };
    Ok(Header {
        width: u32::from_be_bytes([w0, w1, w2, w3]),
        height: u32::from_be_bytes([h0, h1, h2, h3]),
        depth,
        colour,
    })
}

/// The colour key in a tRNS chunk; `None` where the colour type has none or
/// the chunk is too short.
fn key(colour: Colour, data: &[u8]) -> Option<[u16; 3]> {
    let at = |place: usize| {
        let pair = data.get(place * 2..place * 2 + 2)?;
        Some(u16::from_be_bytes([pair[0], pair[1]]))
    };
    match colour {
        Colour::Grey => Some([at(0)?, 0, 0]),
        Colour::Rgb => Some([at(0)?, at(1)?, at(2)?]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let covered = [kind.as_slice(), data].concat();
        let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&covered);
        let length = (data.len() as u32).to_be_bytes();
        [&length, covered.as_slice(), &crc.to_be_bytes()].concat()
    }

    fn ihdr(depth: u8, colour: u8) -> Vec<u8> {
        chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, depth, colour, 0, 0, 0])
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.to_vec(), chunks.concat()].concat()
    }

    #[test]
    fn ancillary_chunks_go_and_the_key_is_kept() {
        let (head, data, end) = (ihdr(16, 0), chunk(b"IDAT", b"x"), chunk(b"IEND", b""));
        let full = file(&[
            head.clone(),
            chunk(b"gAMA", &[0; 4]),
            chunk(b"tRNS", &[0x12, 0x34]),
            data.clone(),
            chunk(b"tEXt", b"a\0b"),
            end.clone(),
            b"trailing".to_vec(),
        ]);
        let reduced = reduce(&full).unwrap();
        assert_eq!(reduced.file, file(&[head, data, end]));
        assert_eq!(reduced.key, Some([0x1234, 0, 0]));
    }

    #[test]
    fn the_palette_keeps_its_alpha() {
        let full = file(&[
            ihdr(8, 3),
            chunk(b"PLTE", &[1, 2, 3]),
            chunk(b"tRNS", &[7]),
            chunk(b"IDAT", b"x"),
            chunk(b"IEND", b""),
        ]);
        let reduced = reduce(&full).unwrap();
        assert_eq!(reduced.file, full);
        assert!(reduced.palette);
        assert_eq!(reduced.key, None);
    }

    #[test]
    fn a_damaged_ancillary_chunk_counts_as_absent() {
        let mut key = chunk(b"tRNS", &[0, 1]);
        key[9] ^= 1;
        let full = file(&[ihdr(8, 0), key, chunk(b"IDAT", b"x")]);
        let reduced = reduce(&full).unwrap();
        assert_eq!(reduced.key, None);
        assert_eq!(reduced.file, file(&[ihdr(8, 0), chunk(b"IDAT", b"x")]));
    }

    #[test]
    fn damage_to_critical_chunks_is_passed_on() {
        let mut data = chunk(b"IDAT", b"xyz");
        data[8] ^= 1;
        let full = file(&[ihdr(8, 0), data.clone()]);
        assert_eq!(reduce(&full).unwrap().file, full);
        let cut = &full[..full.len() - 3];
        assert_eq!(reduce(cut).unwrap().file, cut);
    }

    #[test]
    fn headers_are_checked() {
        let refused = |bytes: &[u8]| {
            assert!(matches!(reduce(bytes), Err(ReferenceError::Malformed(_))));
        };
        refused(b"GIF89a");
        refused(&SIGNATURE);
        refused(&file(&[chunk(b"IDAT", b"x")]));
        refused(&file(&[chunk(b"IHDR", b"short")]));
        refused(&file(&[ihdr(16, 3)]));
        refused(&file(&[ihdr(4, 2)]));
    }
}
