//! Samples as a PNG stores them, and the picture they stand for.

use orrery_reference::Picture;
use orrery_reference::convert::Colour;

use crate::rng::hash;

/// A picture in one of PNG's colour types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The colour type.
    pub colour: Colour,
    /// Bits per sample.
    pub depth: u8,
    /// All samples, pixel by pixel, each below `2^depth`.
    pub samples: Vec<u16>,
    /// For [`Colour::Indexed`]: the entries of PLTE.
    pub palette: Vec<[u8; 3]>,
    /// The data of a tRNS chunk.
    pub trns: Option<Vec<u8>>,
}

impl Raster {
    /// Quantises a picture. 16-bit samples get low bytes of their own, so that
    /// dropping and rounding them differ; indexed pictures get a colour cube.
    #[must_use]
    pub fn new(picture: &Picture, colour: Colour, depth: u8) -> Self {
        let (pixels, _) = picture.rgba.as_chunks::<4>();
        let mut samples = Vec::with_capacity(pixels.len() * colour.samples());
        for (place, &[r, g, b, a]) in (0..).zip(pixels) {
            let low = |channel: u32| hash(16, place, channel) as u8;
            let at = |value: u8, channel: u32| widen(value, low(channel), depth);
            let weighted = 77 * u16::from(r) + 150 * u16::from(g) + 29 * u16::from(b);
            let grey = (weighted >> 8) as u8;
            match colour {
                Colour::Grey => samples.push(at(grey, 0)),
                Colour::GreyAlpha => samples.extend([at(grey, 0), at(a, 3)]),
                Colour::Rgb => samples.extend([at(r, 0), at(g, 1), at(b, 2)]),
                Colour::Rgba => samples.extend([at(r, 0), at(g, 1), at(b, 2), at(a, 3)]),
                Colour::Indexed => samples.push(cube_index([r, g, b], depth)),
            }
        }
        let palette = match colour {
            Colour::Indexed => cube(depth),
            _ => Vec::new(),
        };
        Self {
            width: picture.width,
            height: picture.height,
            colour,
            depth,
            samples,
            palette,
            trns: None,
        }
    }

    /// The samples of pixel (x, y).
    pub(crate) fn pixel(&self, x: u32, y: u32) -> &[u16] {
        let count = self.colour.samples();
        let place = (y as usize * self.width as usize + x as usize) * count;
        &self.samples[place..place + count]
    }

    /// What a decoder has to make of it. Written apart from the decoders under
    /// test and from `orrery_reference::convert`, so that all can be wrong
    /// only together.
    #[must_use]
    pub fn expected(&self) -> Picture {
        let count = self.colour.samples();
        let eight = |sample: u16| match self.depth {
            16 => (sample / 256) as u8,
            depth => (u32::from(sample) * 255 / ((1 << depth) - 1)) as u8,
        };
        let opaque_unless_key = |pixel: &[u16]| {
            let is_key = self.trns.as_deref().is_some_and(|key| {
                let stored = key.as_chunks::<2>().0.iter().copied();
                stored.map(u16::from_be_bytes).eq(pixel.iter().copied())
            });
            if is_key { 0 } else { 255 }
        };
        let mut rgba = Vec::with_capacity(self.samples.len() / count * 4);
        for pixel in self.samples.chunks_exact(count) {
            rgba.extend(match (self.colour, pixel) {
                (Colour::Indexed, &[index]) => {
                    let index = usize::from(index);
                    let [r, g, b] = self.palette.get(index).copied().unwrap_or([0; 3]);
                    let known = index < self.palette.len();
                    let alphas = self.trns.as_deref().filter(|_| known);
                    let alpha = alphas.and_then(|alphas| alphas.get(index));
                    [r, g, b, alpha.copied().unwrap_or(255)]
                }
                (_, &[grey]) => {
                    let v = eight(grey);
                    [v, v, v, opaque_unless_key(pixel)]
                }
                (_, &[grey, alpha]) => {
                    let v = eight(grey);
                    [v, v, v, eight(alpha)]
                }
                (_, &[r, g, b]) => [eight(r), eight(g), eight(b), opaque_unless_key(pixel)],
                (_, &[r, g, b, a]) => [eight(r), eight(g), eight(b), eight(a)],
                _ => unreachable!("a pixel has 1 to 4 samples"),
            });
        }
        Picture {
            width: self.width,
            height: self.height,
            rgba,
        }
    }
}

/// An 8-bit value at `depth` bits; `low` is the low byte at 16.
fn widen(value: u8, low: u8, depth: u8) -> u16 {
    match depth {
        16 => u16::from_be_bytes([value, low]),
        _ => u16::from(value >> (8 - depth)),
    }
}

/// How many bits of red, green and blue an index of `depth` bits holds.
fn cube_bits(depth: u8) -> [u8; 3] {
    match depth {
        1 => [0, 1, 0],
        2 => [1, 1, 0],
        4 => [1, 2, 1],
        _ => [3, 3, 2],
    }
}

fn cube_index(rgb: [u8; 3], depth: u8) -> u16 {
    let mut index = 0;
    for (value, bits) in rgb.into_iter().zip(cube_bits(depth)) {
        index = (index << bits) | (u16::from(value) >> (8 - bits));
    }
    index
}

/// The colour of every index: its bits of each channel, scaled to 255.
fn cube(depth: u8) -> Vec<[u8; 3]> {
    let bits = cube_bits(depth);
    (0..1_u32 << depth)
        .map(|index| {
            let mut rest = index;
            let mut colour = [0; 3];
            for channel in (0..3).rev() {
                let top = (1 << bits[channel]) - 1;
                let value = rest & top;
                rest >>= bits[channel];
                // A channel without bits is half lit.
                colour[channel] = (value * 255).checked_div(top).unwrap_or(128) as u8;
            }
            colour
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_pixels() -> Picture {
        Picture {
            width: 2,
            height: 1,
            rgba: vec![255, 128, 0, 200, 10, 20, 30, 40],
        }
    }

    #[test]
    fn eight_bits_survive_unchanged() {
        let raster = Raster::new(&two_pixels(), Colour::Rgba, 8);
        assert_eq!(raster.expected(), two_pixels());
        let raster = Raster::new(&two_pixels(), Colour::Rgba, 16);
        assert_eq!(raster.expected(), two_pixels());
    }

    #[test]
    fn keys_and_palettes() {
        let mut raster = Raster::new(&two_pixels(), Colour::Rgb, 8);
        raster.trns = Some(vec![0, 10, 0, 20, 0, 30]);
        assert_eq!(raster.expected().rgba, [255, 128, 0, 255, 10, 20, 30, 0]);
        let mut raster = Raster::new(&two_pixels(), Colour::Indexed, 2);
        assert_eq!(raster.samples, [3, 0]);
        raster.trns = Some(vec![7]);
        assert_eq!(raster.expected().rgba, [255, 255, 128, 255, 0, 0, 128, 7]);
        raster.palette.truncate(2);
        assert_eq!(raster.expected().rgba[..4], [0, 0, 0, 255]);
    }

    #[test]
    fn the_large_cube_has_all_corners() {
        let cube = cube(8);
        assert_eq!(cube.len(), 256);
        assert_eq!(cube[0], [0, 0, 0]);
        assert_eq!(cube[255], [255, 255, 255]);
        assert_eq!(cube[0b1110_0000], [255, 0, 0]);
    }
}
