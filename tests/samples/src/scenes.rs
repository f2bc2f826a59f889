//! Pictures of the kinds people decode, painted with integers alone.

use orrery_reference::Picture;

use crate::glyphs;
use crate::rng::{SplitMix64, hash};

/// What a picture shows. The kinds differ in what a codec makes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scene {
    /// Smooth gradients with structure at several scales and sensor grain.
    Photo,
    /// Flat bars, thin lines and labels on white.
    Chart,
    /// Windows, buttons and lines of text.
    Interface,
    /// Every sample random: nothing to predict.
    Noise,
}

impl Scene {
    /// All scenes.
    pub const ALL: [Scene; 4] = [Scene::Photo, Scene::Chart, Scene::Interface, Scene::Noise];

    /// The scene's name in sample names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scene::Photo => "photo",
            Scene::Chart => "chart",
            Scene::Interface => "interface",
            Scene::Noise => "noise",
        }
    }

    /// Paints the scene, opaque, `width` by `height` pixels; sides at least 1.
    /// Equal arguments give equal pictures on every machine.
    #[must_use]
    pub fn paint(self, width: u32, height: u32, seed: u64) -> Picture {
        let mut canvas = Canvas::new(width, height);
        match self {
            Scene::Photo => photo(&mut canvas, seed),
            Scene::Chart => chart(&mut canvas, seed),
            Scene::Interface => interface(&mut canvas, seed),
            Scene::Noise => noise(&mut canvas, seed),
        }
        Picture {
            width,
            height,
            rgba: canvas.rgba,
        }
    }
}

/// Gives a picture an alpha channel: opaque, transparent and graded areas,
/// with colour left under the transparent pixels.
#[must_use]
pub fn with_alpha(mut picture: Picture) -> Picture {
    let width = picture.width;
    let (pixels, _) = picture.rgba.as_chunks_mut::<4>();
    for (place, pixel) in (0..).zip(pixels) {
        let (x, y) = (place % width, place / width);
        pixel[3] = match (x / 8 + y / 8) % 4 {
            0 | 2 => 255,
            1 => 0,
            _ => (x * 37 + y * 11) as u8,
        };
    }
    picture
}

struct Canvas {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Canvas {
    fn new(width: u32, height: u32) -> Self {
        let rgba = vec![255; width as usize * height as usize * 4];
        Self {
            width,
            height,
            rgba,
        }
    }

    /// Sets a pixel; outside the canvas it does nothing.
    fn set(&mut self, x: u32, y: u32, [r, g, b]: [u8; 3]) {
        if x < self.width && y < self.height {
            let place = (y as usize * self.width as usize + x as usize) * 4;
            self.rgba[place..place + 3].copy_from_slice(&[r, g, b]);
        }
    }

    /// Fills a rectangle given by its corner and size, cut at the canvas.
    fn fill(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), colour: [u8; 3]) {
        for row in y..y.saturating_add(height).min(self.height) {
            for column in x..x.saturating_add(width).min(self.width) {
                self.set(column, row, colour);
            }
        }
    }

    fn text(&mut self, (x, y): (u32, u32), line: &str, colour: [u8; 3]) {
        for (column, row) in glyphs::text(line) {
            self.set(x + column, y + row, colour);
        }
    }

    /// A line of single pixels (Bresenham's).
    fn line(&mut self, from: (u32, u32), to: (u32, u32), colour: [u8; 3]) {
        let (mut x, mut y) = (i64::from(from.0), i64::from(from.1));
        let (end_x, end_y) = (i64::from(to.0), i64::from(to.1));
        let (dx, dy) = ((end_x - x).abs(), -(end_y - y).abs());
        let (step_x, step_y) = ((end_x - x).signum(), (end_y - y).signum());
        let mut error = dx + dy;
        loop {
            // Between two unsigned places, so never negative.
            self.set(x as u32, y as u32, colour);
            if (x, y) == (end_x, end_y) {
                break;
            }
            let doubled = 2 * error;
            if doubled >= dy {
                error += dy;
                x += step_x;
            }
            if doubled <= dx {
                error += dx;
                y += step_y;
            }
        }
    }
}

/// Smooth noise, 0 to 255: random values at the corners of square cells,
/// blended between them by `3t^2 - 2t^3` in steps of 1/256.
fn smooth(seed: u64, x: u32, y: u32, cell: u32) -> i32 {
    let corner = |cx: u32, cy: u32| (hash(seed, cx, cy) & 255) as i32;
    let ease = |offset: u32| {
        let t = (offset * 256 / cell) as i32;
        (t * t * (768 - 2 * t)) >> 16
    };
    let (cx, cy) = (x / cell, y / cell);
    let (tx, ty) = (ease(x % cell), ease(y % cell));
    let blend = |a: i32, b: i32, t: i32| a + (((b - a) * t) >> 8);
    let top = blend(corner(cx, cy), corner(cx + 1, cy), tx);
    let bottom = blend(corner(cx, cy + 1), corner(cx + 1, cy + 1), tx);
    blend(top, bottom, ty)
}

fn photo(canvas: &mut Canvas, seed: u64) {
    let (width, height) = (canvas.width, canvas.height);
    // The largest structures are a third of the picture; a horizon divides it.
    let cell = (width.max(height) / 3).max(2);
    for y in 0..height {
        let depth = (i64::from(y) * 256 / i64::from(height)) as i32;
        for x in 0..width {
            let mut relief = 0;
            for octave in 0..4 {
                let noise = smooth(seed + octave, x, y, (cell >> octave).max(1));
                relief += (noise - 128) >> octave;
            }
            let horizon = 140 + smooth(seed + 9, x, 0, cell) / 6;
            let grain = hash(seed + 10, x, y);
            let base = if depth < horizon {
                [
                    90 + depth / 2 + relief / 5,
                    140 + depth / 3 + relief / 5,
                    220 + relief / 8,
                ]
            } else {
                [
                    70 + relief / 2 + depth / 6,
                    110 + relief / 2 - depth / 8,
                    50 + relief / 3,
                ]
            };
            let mut colour = [0; 3];
            for (channel, value) in colour.iter_mut().enumerate() {
                let speck = ((grain >> (channel * 8)) & 7) as i32 - 3;
                *value = (base[channel] + speck).clamp(0, 255) as u8;
            }
            canvas.set(x, y, colour);
        }
    }
}

fn chart(canvas: &mut Canvas, seed: u64) {
    const BARS: [[u8; 3]; 5] = [
        [31, 119, 180],
        [255, 127, 14],
        [44, 160, 44],
        [214, 39, 40],
        [148, 103, 189],
    ];
    let (width, height) = (canvas.width, canvas.height);
    let (left, bottom) = (width / 10, height - height / 8 - 1);
    let mut rng = SplitMix64::new(seed);
    for step in 1..8 {
        canvas.fill((left, bottom * step / 8), (width, 1), [220, 220, 220]);
    }
    let count = 8;
    let pitch = ((width - left) / count).max(2);
    let mut previous = (left, bottom / 2);
    for bar in 0..count {
        let tall = rng.below(bottom.max(1)) + 1;
        let x = left + bar * pitch + 1;
        let colour = BARS[bar as usize % BARS.len()];
        canvas.fill((x, bottom - tall.min(bottom)), (pitch - 1, tall), colour);
        let point = (x + pitch / 2, rng.below(bottom.max(1)));
        canvas.line(previous, point, [20, 20, 20]);
        previous = point;
    }
    canvas.fill((left, 0), (1, bottom), [0, 0, 0]);
    canvas.fill((left, bottom), (width, 1), [0, 0, 0]);
    canvas.text((left + 2, bottom + 2), "2026 Q1 Q2 Q3 Q4", [60, 60, 60]);
    canvas.text((left + 3, 1), "ORRERY - CYCLES", [0, 0, 0]);
}

fn interface(canvas: &mut Canvas, seed: u64) {
    const WORDS: [&str; 12] = [
        "PARSE", "EMIT", "STALL", "QUEUE", "CYCLE", "INDEX", "RUN", "LUMA", "DIFF", "42", "7.5",
        "0-1",
    ];
    let (width, height) = (canvas.width, canvas.height);
    let mut rng = SplitMix64::new(seed);
    canvas.fill((0, 0), (width, height), [236, 236, 240]);
    canvas.fill((0, 0), (width, 11), [48, 72, 120]);
    canvas.text((3, 2), "ORRERY", [255, 255, 255]);
    canvas.fill((width.saturating_sub(10), 2), (7, 7), [200, 60, 60]);
    canvas.fill((4, 15), (width.saturating_sub(8), height), [255, 255, 255]);
    let pitch = glyphs::HEIGHT + 3;
    let mut y = 18;
    while y + glyphs::HEIGHT < height {
        if rng.below(5) == 0 {
            canvas.fill(
                (5, y - 1),
                (width.saturating_sub(10), pitch - 1),
                [180, 210, 250],
            );
        }
        let mut x = 7;
        while x + 6 * glyphs::ADVANCE < width {
            let word = WORDS[rng.below(WORDS.len() as u32) as usize];
            canvas.text((x, y), word, [30, 30, 34]);
            x += (word.len() as u32 + 1) * glyphs::ADVANCE;
        }
        y += pitch;
    }
}

fn noise(canvas: &mut Canvas, seed: u64) {
    let mut rng = SplitMix64::new(seed);
    for pixel in canvas.rgba.as_chunks_mut::<4>().0 {
        let [r, g, b, ..] = rng.next_u64().to_le_bytes();
        *pixel = [r, g, b, 255];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crc::{CRC_32_ISO_HDLC, Crc};

    #[test]
    fn pictures_never_change() {
        // Everything stored or expected elsewhere stands on these bytes.
        let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
        let found = Scene::ALL.map(|scene| {
            let plain = scene.paint(64, 48, 1);
            let mut digest = crc.digest();
            digest.update(&plain.rgba);
            digest.update(&with_alpha(plain).rgba);
            digest.finalize()
        });
        let expected = [0x6963_f605, 0xc0c6_ef86, 0x132f_7aa7, 0x64a4_4366];
        assert_eq!(found, expected, "{found:#010x?}");
    }

    #[test]
    fn any_size_can_be_painted() {
        for scene in Scene::ALL {
            for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 3), (13, 40), (300, 2)] {
                let picture = scene.paint(width, height, 5);
                assert!(picture.view().is_ok());
                assert!(picture.rgba.iter().skip(3).step_by(4).all(|a| *a == 255));
            }
        }
    }

    #[test]
    fn seeds_matter() {
        for scene in Scene::ALL {
            assert_ne!(scene.paint(64, 48, 1), scene.paint(64, 48, 2));
        }
    }
}
