//! QOI, written down from its specification.
//!
//! <https://qoiformat.org/qoi-specification.pdf>, version 1.0 (2022-01-05).
//! The qoi crate departs from it in streams no encoder writes (see
//! [`crate::QoiCrate`]); where the two disagree, this one decides.

use crate::picture::check_size;
use crate::{Backend, Format, Picture, ReferenceError};

/// QOI by a plain transcription of the specification.
///
/// A file that ends early gives the pixels before its end. A file whose
/// pixels end early is not told from one whose next opcode is 0: the end
/// marker's bytes are read as pixels until the picture is full.
pub struct QoiSpecification;

impl Backend for QoiSpecification {
    fn name(&self) -> &'static str {
        "qoi-specification"
    }

    fn version(&self) -> &'static str {
        "1.0"
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Qoi]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        decode(bytes)
    }
}

pub(crate) const MAGIC: [u8; 4] = *b"qoif";
pub(crate) const END_MARKER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

fn decode(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let (width, height, channels, mut rest) = header(bytes)?;
    let pixels = check_size(width, height)?;
    let mut rgba = Vec::with_capacity(pixels * 4);
    let mut state = State {
        pixel: [0, 0, 0, 255],
        index: [[0; 4]; 64],
    };
    while rgba.len() < pixels * 4 {
        let Some(count) = state.step(&mut rest) else {
            break;
        };
        let left = pixels - rgba.len() / 4;
        let [r, g, b, a] = state.pixel;
        let alpha = if channels == 3 { 255 } else { a };
        for _ in 0..count.min(left) {
            rgba.extend([r, g, b, alpha]);
        }
    }

    let decoded = rgba.len() / 4;
    let whole = decoded == pixels && rest.starts_with(&END_MARKER);
    rgba.resize(pixels * 4, 0);
    let picture = Picture {
        width,
        height,
        rgba,
    };
    if whole {
        return Ok(picture);
    }
    let message = if decoded == pixels {
        "no end marker after the last pixel".to_owned()
    } else {
        format!("the file ends after {decoded} of {pixels} pixels")
    };
    Err(ReferenceError::Incomplete {
        // Exact: at most the height.
        complete_rows: (decoded / width as usize) as u32,
        picture,
        message,
    })
}

/// Width, height, channels, and what follows the header.
fn header(bytes: &[u8]) -> Result<(u32, u32, u8, &[u8]), ReferenceError> {
    let malformed = |message: String| Err(ReferenceError::Malformed(message));
    let Some((head, rest)) = bytes.split_first_chunk::<14>() else {
        return malformed(format!("{} bytes hold no QOI header", bytes.len()));
    };
    let [
        m0,
        m1,
        m2,
        m3,
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        channels,
        colourspace,
    ] = *head;
    if [m0, m1, m2, m3] != MAGIC {
        return malformed("no QOI signature".to_owned());
    }
    if !matches!(channels, 3 | 4) || colourspace > 1 {
        return malformed(format!("{channels} channels, colour space {colourspace}"));
    }
    let width = u32::from_be_bytes([w0, w1, w2, w3]);
    let height = u32::from_be_bytes([h0, h1, h2, h3]);
    Ok((width, height, channels, rest))
}

struct State {
    pixel: [u8; 4],
    index: [[u8; 4]; 64],
}

impl State {
    /// Decodes one chunk off `rest`; gives how many pixels it stands for, or
    /// `None` when the file ends inside it.
    fn step(&mut self, rest: &mut &[u8]) -> Option<usize> {
        let [r, g, b, a] = self.pixel;
        let mut count = 1;
        let (tag, after) = rest.split_first()?;
        let mut next = after;
        let low = tag & 0x3f;
        self.pixel = match tag {
            0xfe => {
                let [r, g, b] = take(&mut next)?;
                [r, g, b, a]
            }
            0xff => take(&mut next)?,
            0x00..=0x3f => self.index[usize::from(low)],
            0x40..=0x7f => {
                let add =
                    |sample: u8, shift: u8| sample.wrapping_add((low >> shift) & 3).wrapping_sub(2);
                [add(r, 4), add(g, 2), add(b, 0), a]
            }
            0x80..=0xbf => {
                let [pair] = take(&mut next)?;
                let green = low.wrapping_sub(32);
                let add = |sample: u8, nibble: u8| {
                    let difference = green.wrapping_add(nibble).wrapping_sub(8);
                    sample.wrapping_add(difference)
                };
                [
                    add(r, pair >> 4),
                    g.wrapping_add(green),
                    add(b, pair & 15),
                    a,
                ]
            }
            0xc0..=0xfd => {
                count = usize::from(low) + 1;
                self.pixel
            }
        };
        *rest = next;
        self.index[hash(self.pixel)] = self.pixel;
        Some(count)
    }
}

/// Takes `N` bytes off the front.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}

/// The index position of a pixel.
fn hash([r, g, b, a]: [u8; 4]) -> usize {
    let [r, g, b, a] = [r, g, b, a].map(usize::from);
    (r * 3 + g * 5 + b * 7 + a * 11) % 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(width: u8, channels: u8, body: &[u8]) -> Vec<u8> {
        let head = [0, 0, 0, width, 0, 0, 0, 1, channels, 0];
        [&MAGIC, head.as_slice(), body, &END_MARKER].concat()
    }

    #[test]
    fn a_leading_run_enters_the_index() {
        // hash(0, 0, 0, 255) = 53.
        let bytes = file(3, 4, &[0xc0, 0xff, 9, 9, 9, 9, 53]);
        let picture = QoiSpecification.decode(&bytes).unwrap();
        assert_eq!(picture.rgba, [0, 0, 0, 255, 9, 9, 9, 9, 0, 0, 0, 255]);
    }

    #[test]
    fn a_pixel_from_the_index_enters_it_again() {
        // (64, 0, 0, 0) hashes to 0. Slot 5 is empty: transparent black, which
        // hashes to 0 as well and takes the place.
        let bytes = file(3, 4, &[0xff, 64, 0, 0, 0, 5, 0]);
        let picture = QoiSpecification.decode(&bytes).unwrap();
        assert_eq!(picture.rgba, [64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_cut_file_keeps_its_pixels() {
        let bytes = file(2, 4, &[0xff, 1, 2, 3, 4, 0xff, 5, 6, 7, 8]);
        let cut = &bytes[..22];
        let Err(ReferenceError::Incomplete {
            picture,
            complete_rows,
            ..
        }) = QoiSpecification.decode(cut)
        else {
            panic!("a cut file decoded");
        };
        assert_eq!(picture.rgba, [1, 2, 3, 4, 0, 0, 0, 0]);
        assert_eq!(complete_rows, 0);
    }

    #[test]
    fn three_channels_are_opaque() {
        let bytes = file(1, 3, &[0xff, 1, 2, 3, 4]);
        assert_eq!(
            QoiSpecification.decode(&bytes).unwrap().rgba,
            [1, 2, 3, 255]
        );
    }

    #[test]
    fn headers_are_checked() {
        for (place, value) in [(0, b'p'), (7, 0), (12, 5), (13, 2)] {
            let mut bytes = file(1, 3, &[0xc0]);
            bytes[place] = value;
            let result = QoiSpecification.decode(&bytes);
            assert!(matches!(result, Err(ReferenceError::Malformed(_))));
        }
        let huge = [&MAGIC, [0xff; 8].as_slice(), &[3, 0]].concat();
        let result = QoiSpecification.decode(&huge);
        assert!(matches!(result, Err(ReferenceError::Unsupported(_))));
    }
}
