//! The outside of JPEG XL: the codestream in its container (ISO/IEC 18181-2, clause 9), and the
//! size it asks for (18181-1, D.2).

use std::borrow::Cow;

use crate::ReferenceError;

/// A bare codestream begins so.
const CODESTREAM: [u8; 2] = [0xFF, 0x0A];
/// A container begins with this box.
const CONTAINER: [u8; 12] = *b"\x00\x00\x00\x0CJXL \x0D\x0A\x87\x0A";

/// Whether the first bytes are of JPEG XL, in a container or not.
pub(crate) fn is_jxl(bytes: &[u8]) -> bool {
    bytes.starts_with(&CODESTREAM) || bytes.starts_with(&CONTAINER)
}

/// A box: its type, and its contents as far as the file has them.
type Box<'a> = ([u8; 4], &'a [u8]);

/// Splits the first box off; `None` at the end and where a size is impossible.
fn split(bytes: &[u8]) -> Option<(Box<'_>, &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = match u32::from_be_bytes(*size) {
        0 => (rest.len() as u64, rest),
        1 => {
            let (size, rest) = rest.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*size).checked_sub(16)?, rest)
        }
        size => (u64::from(size).checked_sub(8)?, rest),
    };
    let length = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
    let (contents, rest) = rest.split_at(length);
    Some(((*kind, contents), rest))
}

/// The codestream: the file itself, the contents of its `jxlc` box, or those
/// of its `jxlp` boxes one behind the other. Other boxes are left out, so that
/// nothing has to decompress them.
///
/// # Errors
/// [`ReferenceError::Malformed`] when there is none.
pub(crate) fn codestream(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ReferenceError> {
    if bytes.starts_with(&CODESTREAM) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut rest = bytes;
    let mut parts: Vec<u8> = Vec::new();
    while let Some(((kind, contents), behind)) = split(rest) {
        match &kind {
            b"jxlc" => return Ok(Cow::Borrowed(contents)),
            // Four bytes of a counter stand before each part.
            b"jxlp" => parts.extend_from_slice(contents.get(4..).unwrap_or_default()),
            _ => {}
        }
        rest = behind;
    }
    if parts.is_empty() {
        let message = "a container without a codestream";
        return Err(ReferenceError::Malformed(message.to_owned()));
    }
    Ok(Cow::Owned(parts))
}

/// Width and height that a codestream asks for; `None` when it ends before them.
pub(crate) fn size(stream: &[u8]) -> Option<(u32, u32)> {
    let mut bits = Bits {
        bytes: stream.get(CODESTREAM.len()..)?,
        at: 0,
    };
    let small = bits.take(1)? == 1;
    let side = |bits: &mut Bits| {
        if small {
            return Some((bits.take(5)? + 1) * 8);
        }
        let width = [9, 13, 18, 30][bits.take(2)? as usize];
        Some(bits.take(width)? + 1)
    };
    let height = side(&mut bits)?;
    // Width to height, by number; 0 is for a width that is given.
    let (numerator, denominator) = match bits.take(3)? {
        1 => (1, 1),
        2 => (12, 10),
        3 => (4, 3),
        4 => (3, 2),
        5 => (16, 9),
        6 => (5, 4),
        7 => (2, 1),
        _ => return Some((side(&mut bits)?, height)),
    };
    let width = u64::from(height) * numerator / denominator;
    Some((u32::try_from(width).unwrap_or(u32::MAX), height))
}

/// Bits from the least significant on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for bit in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << bit;
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
        let size = (contents.len() as u32 + 8).to_be_bytes();
        [&size[..], kind, contents].concat()
    }

    #[test]
    fn codestreams_are_found_whole_in_parts_and_bare() {
        let bare = [&CODESTREAM[..], b"rest"].concat();
        assert_eq!(codestream(&bare).unwrap(), &bare[..]);
        let whole = [
            &CONTAINER[..],
            &boxed(b"Exif", b"x"),
            &boxed(b"jxlc", &bare),
        ]
        .concat();
        assert_eq!(codestream(&whole).unwrap(), &bare[..]);
        let (left, right) = bare.split_at(3);
        let parts = [
            &CONTAINER[..],
            &boxed(b"jxlp", &[&[0; 4][..], left].concat()),
            &boxed(b"brob", b"jbrd..."),
            &boxed(b"jxlp", &[&[0x80, 0, 0, 1][..], right].concat()),
        ]
        .concat();
        assert_eq!(codestream(&parts).unwrap(), &bare[..]);
    }

    #[test]
    fn sizes_of_64_bits_to_the_end_and_impossible_ones() {
        let wide = [
            &CONTAINER[..],
            b"\0\0\0\x01jxlc\0\0\0\0\0\0\0\x12ab",
            b"more",
        ]
        .concat();
        assert_eq!(codestream(&wide).unwrap(), &b"ab"[..]);
        let open = [&CONTAINER[..], b"\0\0\0\0jxlcabc"].concat();
        assert_eq!(codestream(&open).unwrap(), &b"abc"[..]);
        for bad in [
            &b"\0\0\0\x07jxlcabc"[..],
            b"\0\0\0\x01jxlc\0\0\0\0\0\0\0\x0f",
            b"\0\0",
        ] {
            let file = [&CONTAINER[..], bad].concat();
            assert!(matches!(
                codestream(&file),
                Err(ReferenceError::Malformed(_))
            ));
        }
    }

    #[test]
    fn sizes_are_read_in_every_form() {
        // Bits from the least significant: 1, 5 bits of height / 8 - 1, ratio 1.
        assert_eq!(size(&[0xFF, 0x0A, 0b0100_0101, 0]), Some((24, 24)));
        // 0, selector 0, 9 bits of height - 1 (199), ratio 0, selector 0, 9 bits of width - 1 (99).
        let bits: u64 = 199 << 3 | 99 << 17;
        let file = [&[0xFF, 0x0A][..], &bits.to_le_bytes()].concat();
        assert_eq!(size(&file), Some((100, 200)));
        let wide: u64 = 0b110 | ((1 << 30) - 1) << 3 | 0b111 << 33;
        let file = [&[0xFF, 0x0A][..], &wide.to_le_bytes()].concat();
        assert_eq!(size(&file), Some((1 << 31, 1 << 30)));
        assert_eq!(size(&file[..5]), None);
        assert_eq!(size(&[0xFF]), None);
    }
}
