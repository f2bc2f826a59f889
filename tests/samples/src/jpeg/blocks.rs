//! Pictures as quantised coefficients, by the forward transform of T.81,
//! A.3.3, in integers.

use orrery_reference::Picture;

/// Natural place of each coefficient in the file's order (T.81, figure A.6).
pub const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// 64 coefficients or quantisers in the file's order.
pub type Block<T> = [T; 64];

/// One component of a frame.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its identifier.
    pub id: u8,
    /// Sampling factors, 1 to 4.
    pub factors: (u8, u8),
    /// Its quantisers' table.
    pub table: u8,
    /// Its size in blocks, without those that only pad MCUs.
    pub blocks: (usize, usize),
    /// Blocks in a row, with padding.
    pub stride: usize,
    /// All blocks with padding, row by row.
    pub coefficients: Vec<Block<i16>>,
}

/// A picture that has been transformed.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// One to four.
    pub components: Vec<Component>,
    /// Tables of quantisers.
    pub quantisers: Vec<Block<u16>>,
}

/// What the components of a [`Frame`] are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Brightness, and two differences where there are three components
    /// (JFIF); a fourth is alpha as it is.
    Ycc,
    /// Red, green, blue; a fourth is alpha.
    Rgb,
}

/// Quantisers that grow from `first` to `last`.
#[must_use]
pub fn slope(first: u16, last: u16) -> Block<u16> {
    std::array::from_fn(|k| first + ((u32::from(last - first) * k as u32) / 63) as u16)
}

impl Frame {
    /// Transforms a picture. One pair of sampling factors per component; the
    /// first table of quantisers is the first component's, the last the others'.
    ///
    /// # Panics
    /// When a side is zero or above 65535.
    #[must_use]
    pub fn new(
        picture: &Picture,
        space: Space,
        factors: &[(u8, u8)],
        quantisers: &[Block<u16>],
    ) -> Self {
        let side = |length| u16::try_from(length).expect("a side JPEG has");
        let most = |f: fn(&(u8, u8)) -> u8| factors.iter().map(f).max().unwrap_or(1);
        let largest = (most(|f| f.0), most(|f| f.1));
        let components = factors.iter().enumerate().map(|(i, &factors)| {
            let table = if i == 0 { 0 } else { quantisers.len() - 1 };
            component(
                picture,
                space,
                i,
                factors,
                largest,
                &quantisers[table],
                table,
            )
        });
        Self {
            width: side(picture.width),
            height: side(picture.height),
            components: components.collect(),
            quantisers: quantisers.to_vec(),
        }
    }

    /// The largest factors.
    #[must_use]
    pub fn largest(&self) -> (u8, u8) {
        let factors = self.components.iter().map(|c| c.factors);
        factors.fold((1, 1), |(h, v), (ch, cv)| (h.max(ch), v.max(cv)))
    }
}

fn component(
    picture: &Picture,
    space: Space,
    index: usize,
    factors: (u8, u8),
    largest: (u8, u8),
    quantisers: &Block<u16>,
    table: usize,
) -> Component {
    let (w, h) = (picture.width as usize, picture.height as usize);
    let sizes = |side: usize, factor: u8, largest: u8| {
        let (factor, largest) = (usize::from(factor), usize::from(largest));
        let samples = (side * factor).div_ceil(largest);
        let padded = side.div_ceil(8 * largest) * factor;
        (samples.div_ceil(8), padded)
    };
    let (across, stride) = sizes(w, factors.0, largest.0);
    let (down, rows) = sizes(h, factors.1, largest.1);
    // The pixels that a sample stands for, the last ones repeated.
    let span = |at: usize, factor: u8, largest: u8, side: usize| {
        let (factor, largest) = (usize::from(factor), usize::from(largest));
        let from = (at * largest / factor).min(side - 1);
        let to = ((at + 1) * largest / factor).min(side);
        from..to.max(from + 1)
    };
    let sample = |x: usize, y: usize| {
        let (mut sum, mut count) = (0, 0);
        for py in span(y, factors.1, largest.1, h) {
            for px in span(x, factors.0, largest.0, w) {
                sum += value(&picture.rgba[(py * w + px) * 4..][..4], space, index);
                count += 1;
            }
        }
        sum / count - 128
    };
    let coefficients = (0..rows * stride).map(|block| {
        let (x, y) = (block % stride * 8, block / stride * 8);
        let samples = std::array::from_fn(|k| sample(x + k % 8, y + k / 8));
        let coefficients = transform(&samples);
        std::array::from_fn(|k| {
            let (value, step) = (coefficients[ZIGZAG[k]], i64::from(quantisers[k]));
            let rounded = (value.abs() + step / 2) / step;
            (rounded * value.signum()) as i16
        })
    });
    Component {
        id: index as u8 + 1,
        factors,
        table: table as u8,
        blocks: (across, down),
        stride,
        coefficients: coefficients.collect(),
    }
}

/// A component's value at a pixel, 0 to 255.
fn value(rgba: &[u8], space: Space, index: usize) -> i64 {
    let [r, g, b] = [0, 1, 2].map(|i| i64::from(rgba[i]));
    match (space, index) {
        (Space::Rgb, _) | (_, 3) => i64::from(rgba[index]),
        (_, 0) => (299 * r + 587 * g + 114 * b) / 1000,
        (_, 1) => ((-169 * r - 331 * g + 500 * b) / 1000 + 128).clamp(0, 255),
        _ => ((500 * r - 419 * g - 81 * b) / 1000 + 128).clamp(0, 255),
    }
}

/// Cosines of multiples of pi / 16, times the square root of two where they
/// are not 1, in 13-bit fractions.
const COSINES: [i64; 9] = [11585, 11363, 10703, 9633, 8192, 6437, 4433, 2260, 0];

fn weight(sample: usize, coefficient: usize) -> i64 {
    if coefficient == 0 {
        return 8192;
    }
    match (2 * sample + 1) * coefficient % 32 {
        angle @ 0..=8 => COSINES[angle],
        angle @ 9..=16 => -COSINES[16 - angle],
        angle @ 17..=24 => -COSINES[angle - 16],
        angle => COSINES[32 - angle],
    }
}

/// The forward transform, in natural order.
fn transform(samples: &[i64; 64]) -> [i64; 64] {
    let rows: [i64; 64] = std::array::from_fn(|k| {
        let (y, u) = (k / 8, k % 8);
        (0..8).map(|x| samples[y * 8 + x] * weight(x, u)).sum()
    });
    std::array::from_fn(|k| {
        let (v, u) = (k / 8, k % 8);
        let sum: i64 = (0..8).map(|y| rows[y * 8 + u] * weight(y, v)).sum();
        (sum + (1 << 28)) >> 29
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_blocks_have_one_coefficient() {
        let mut expected = [0; 64];
        expected[0] = 8 * 100;
        assert_eq!(transform(&[100; 64]), expected);
    }

    #[test]
    fn a_cosine_is_its_own_coefficient() {
        let samples = std::array::from_fn(|k| weight(k % 8, 3) / 128);
        let found = transform(&samples);
        // 64 = 8192 / 128, times 8 for the size of the block.
        assert!((found[3] - 512).abs() <= 5, "{}", found[3]);
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(k, v)| k == 3 || v.abs() <= 2)
        );
    }
}
