//! From the samples a PNG stores to 8-bit RGBA, for every backend alike.

use crate::picture::check_size;
use crate::{Picture, ReferenceError};

/// A PNG colour type (PNG specification, table 11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Type 0: one grey sample.
    Grey,
    /// Type 2: red, green, blue.
    Rgb,
    /// Type 3: one palette index.
    Indexed,
    /// Type 4: grey, alpha.
    GreyAlpha,
    /// Type 6: red, green, blue, alpha.
    Rgba,
}

impl Colour {
    /// Samples per pixel.
    #[must_use]
    pub fn samples(self) -> usize {
        match self {
            Colour::Grey | Colour::Indexed => 1,
            Colour::GreyAlpha => 2,
            Colour::Rgb => 3,
            Colour::Rgba => 4,
        }
    }
}

/// Pixels as a PNG stores them after unfiltering and deinterlacing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What the samples of a pixel are.
    pub colour: Colour,
    /// Bits per sample: 1, 2, 4, 8 or 16.
    pub depth: u8,
    /// The samples, most significant bit first, 16 bits big-endian; each row
    /// starts on a byte.
    pub bytes: Vec<u8>,
    /// For [`Colour::Indexed`]: R, G, B, A of each entry.
    pub palette: Vec<[u8; 4]>,
    /// For [`Colour::Grey`] (first element) and [`Colour::Rgb`]: the colour
    /// that is fully transparent, at the depth of the samples. Bits above the
    /// depth are ignored, as the specification demands.
    pub key: Option<[u16; 3]>,
}

impl Raw {
    /// Bytes of one row of `width` pixels.
    #[must_use]
    pub fn row_bytes(width: u32, colour: Colour, depth: u8) -> usize {
        (width as usize * colour.samples() * usize::from(depth)).div_ceil(8)
    }

    /// Converts to 8-bit RGBA by the rules in the crate's documentation.
    ///
    /// # Errors
    /// [`ReferenceError::Malformed`] when `bytes` is not `height` rows or the
    /// depth is none of PNG's; a size error as in [`Picture::blank`].
    pub fn to_picture(&self) -> Result<Picture, ReferenceError> {
        let pixels = check_size(self.width, self.height)?;
        let row_bytes = Self::row_bytes(self.width, self.colour, self.depth);
        let fits = self.bytes.len() == row_bytes * self.height as usize;
        if !fits || !matches!(self.depth, 1 | 2 | 4 | 8 | 16) {
            return Err(ReferenceError::Malformed(format!(
                "{} bytes for {:?} at {} bits",
                self.bytes.len(),
                self.colour,
                self.depth
            )));
        }
        let mut rgba = Vec::with_capacity(pixels * 4);
        let samples = self.colour.samples();
        for row in self.bytes.chunks_exact(row_bytes) {
            for x in 0..self.width as usize {
                let mut pixel = [0; 4];
                for (place, value) in pixel[..samples].iter_mut().enumerate() {
                    *value = sample(row, x * samples + place, self.depth);
                }
                rgba.extend(self.pixel(pixel));
            }
        }
        Ok(Picture {
            width: self.width,
            height: self.height,
            rgba,
        })
    }

    /// One pixel's samples to R, G, B, A.
    fn pixel(&self, [a, b, c, d]: [u16; 4]) -> [u8; 4] {
        let narrow = |value| narrow(value, self.depth);
        match self.colour {
            Colour::Grey => {
                let grey = narrow(a);
                [grey, grey, grey, self.key_alpha(&[a])]
            }
            Colour::Rgb => [narrow(a), narrow(b), narrow(c), self.key_alpha(&[a, b, c])],
            Colour::Indexed => {
                let entry = self.palette.get(usize::from(a));
                entry.copied().unwrap_or([0, 0, 0, 255])
            }
            Colour::GreyAlpha => {
                let grey = narrow(a);
                [grey, grey, grey, narrow(b)]
            }
            Colour::Rgba => [narrow(a), narrow(b), narrow(c), narrow(d)],
        }
    }

    /// 0 where the samples are the key, else 255.
    fn key_alpha(&self, samples: &[u16]) -> u8 {
        let mask = u16::MAX >> (16 - self.depth);
        let hit = self
            .key
            .is_some_and(|key| samples.iter().zip(key).all(|(s, k)| *s == k & mask));
        if hit { 0 } else { 255 }
    }
}

/// The sample with this number in a row.
fn sample(row: &[u8], number: usize, depth: u8) -> u16 {
    match depth {
        16 => u16::from_be_bytes([row[number * 2], row[number * 2 + 1]]),
        8 => u16::from(row[number]),
        _ => {
            let bit = number * usize::from(depth);
            let shift = 8 - usize::from(depth) - bit % 8;
            u16::from(row[bit / 8] >> shift) & ((1 << depth) - 1)
        }
    }
}

/// A sample of `depth` bits at 8 bits.
fn narrow(value: u16, depth: u8) -> u8 {
    let wide = match depth {
        16 => value >> 8,
        8 => value,
        // 255 / (2^n - 1) is 255, 85 and 17 for 1, 2 and 4 bits.
        _ => value * (255 / ((1 << depth) - 1)),
    };
    wide as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(width: u32, colour: Colour, depth: u8, bytes: &[u8]) -> Raw {
        Raw {
            width,
            height: (bytes.len() / Raw::row_bytes(width, colour, depth)) as u32,
            colour,
            depth,
            bytes: bytes.to_vec(),
            palette: Vec::new(),
            key: None,
        }
    }

    fn greys(raw: &Raw) -> Vec<(u8, u8)> {
        let rgba = raw.to_picture().unwrap().rgba;
        rgba.as_chunks::<4>()
            .0
            .iter()
            .map(|p| (p[0], p[3]))
            .collect()
    }

    #[test]
    fn small_depths_scale_to_the_full_range() {
        let one = raw(9, Colour::Grey, 1, &[0b1010_0000, 0b1000_0000]);
        assert_eq!(greys(&one)[..3], [(255, 255), (0, 255), (255, 255)]);
        assert_eq!(greys(&one)[8], (255, 255));
        let two = raw(4, Colour::Grey, 2, &[0b0001_1011]);
        assert_eq!(greys(&two), [(0, 255), (85, 255), (170, 255), (255, 255)]);
        let four = raw(2, Colour::Grey, 4, &[0x1f]);
        assert_eq!(greys(&four), [(17, 255), (255, 255)]);
    }

    #[test]
    fn sixteen_bits_drop_the_low_byte() {
        let wide = raw(
            2,
            Colour::GreyAlpha,
            16,
            &[0x12, 0xff, 0x80, 0, 0xff, 0, 0, 0xff],
        );
        assert_eq!(greys(&wide), [(0x12, 0x80), (0xff, 0)]);
    }

    #[test]
    fn the_key_is_compared_before_narrowing() {
        let mut wide = raw(2, Colour::Grey, 16, &[0x12, 0x34, 0x12, 0x35]);
        wide.key = Some([0x1234, 0, 0]);
        assert_eq!(greys(&wide), [(0x12, 0), (0x12, 255)]);

        let mut colour = raw(2, Colour::Rgb, 8, &[1, 2, 3, 1, 2, 4]);
        colour.key = Some([1, 2, 3]);
        assert_eq!(greys(&colour), [(1, 0), (1, 255)]);
    }

    #[test]
    fn key_bits_above_the_depth_are_masked() {
        let mut two = raw(4, Colour::Grey, 2, &[0b0001_1011]);
        two.key = Some([0xfffe, 0, 0]);
        assert_eq!(greys(&two), [(0, 255), (85, 255), (170, 0), (255, 255)]);
    }

    #[test]
    fn an_index_without_an_entry_is_opaque_black() {
        let mut indexed = raw(2, Colour::Indexed, 4, &[0x1f]);
        indexed.palette = vec![[9; 4], [10, 20, 30, 40]];
        let rgba = indexed.to_picture().unwrap().rgba;
        assert_eq!(rgba, [10, 20, 30, 40, 0, 0, 0, 255]);
    }

    #[test]
    fn a_wrong_byte_count_is_refused() {
        let mut short = raw(2, Colour::Rgba, 8, &[0; 8]);
        short.bytes.pop();
        assert!(matches!(
            short.to_picture(),
            Err(ReferenceError::Malformed(_))
        ));
    }
}
