//! A decoder of the container down to the integer latents, and from a
//! reconstruction to the source of a lossless one, written from
//! docs/formats/vae-ans.md and nothing else. It is meant to be plain, not fast,
//! and trusts its input.

pub(crate) struct Latents {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) fraction: u8,
    /// Four planes.
    pub(crate) planes: Vec<Vec<i32>>,
    /// Where the bands end in the file.
    pub(crate) end: usize,
}

struct Bytes<'a>(&'a [u8], usize);

impl Bytes<'_> {
    fn number(&mut self) -> u32 {
        let mut value = 0;
        for place in 0.. {
            let byte = self.0[self.1];
            self.1 += 1;
            value |= u32::from(byte & 127) << (7 * place);
            if byte < 128 {
                break;
            }
        }
        value
    }

    fn signed(&mut self) -> i32 {
        let number = self.number();
        let half = (number / 2) as i32;
        if number % 2 == 1 { -1 - half } else { half }
    }

    fn record(&mut self, symbols: usize) -> Vec<i32> {
        let low = self.signed();
        let letters = self.number() as usize;
        if letters == 0 {
            return vec![low; symbols];
        }
        let frequencies: Vec<u32> = (0..letters).map(|_| self.number()).collect();
        let count = self.number();
        let mut escapes = (0..count)
            .map(|_| self.signed())
            .collect::<Vec<_>>()
            .into_iter();
        let count = self.number();
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(u32::from(self.0[self.1]) + 256 * u32::from(self.0[self.1 + 1]));
            self.1 += 2;
        }
        let mut words = words.into_iter();
        let mut state: u32 = 0;
        for _ in 0..2 {
            if let Some(word) = words.next() {
                state = state << 16 | word;
            }
        }
        let mut out = Vec::new();
        for _ in 0..symbols {
            let slot = state & 4095;
            let (mut letter, mut start) = (0, 0);
            while slot >= start + frequencies[letter] {
                start += frequencies[letter];
                letter += 1;
            }
            state = (state >> 12) * frequencies[letter] + slot - start;
            if state < 65_536
                && let Some(word) = words.next()
            {
                state = state << 16 | word;
            }
            out.push(if letter == letters - 1 {
                escapes.next().unwrap()
            } else {
                low + letter as i32
            });
        }
        assert_eq!((state, words.len(), escapes.len()), (0, 0, 0));
        out
    }
}

fn line(c: &[i32], haar: bool) -> Vec<i32> {
    let m = c.len();
    if m == 1 {
        return c.to_vec();
    }
    let (s, d) = c.split_at(m.div_ceil(2));
    let mut x = vec![0; m];
    if haar {
        for i in 0..d.len() {
            x[2 * i] = s[i] - (d[i] >> 1);
            x[2 * i + 1] = x[2 * i] + d[i];
        }
        if m % 2 == 1 {
            x[m - 1] = s[s.len() - 1];
        }
        return x;
    }
    for i in 0..s.len() {
        let before = d[i.max(1) - 1];
        let at = d[i.min(d.len() - 1)];
        x[2 * i] = s[i] - ((before + at + 2) >> 2);
    }
    for i in 0..d.len() {
        let after = if 2 * i + 2 < m {
            x[2 * i + 2]
        } else {
            x[m - 2]
        };
        x[2 * i + 1] = d[i] + ((x[2 * i] + after) >> 1);
    }
    x
}

/// Decodes the latents of a container.
pub(crate) fn decode(file: &[u8]) -> Latents {
    let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(file[..8], [0x89, 0x56, 0x41, 0x45, 0x0d, 0x0a, 0x1a, 0x0a]);
    assert_eq!(u32_at(64) as usize, file.len());
    let reduction = u32::from(file[20]);
    let width = u32_at(12).div_ceil(reduction) as usize;
    let height = u32_at(16).div_ceil(reduction) as usize;
    let (fraction, transform, levels) = (file[22], file[23], usize::from(file[24]));
    let mut bytes = Bytes(file, 68);
    let size = |side: usize, level: usize| {
        let mut side = side;
        for _ in 0..level {
            side = side.div_ceil(2);
        }
        side
    };
    let mut planes = Vec::new();
    for _ in 0..4 {
        let mut plane = vec![0i32; width * height];
        // (first row, first column, rows, columns) of every band.
        let mut bands = vec![(0, 0, size(height, levels), size(width, levels))];
        for level in (1..=levels).rev() {
            let (h, w) = (size(height, level - 1), size(width, level - 1));
            let (lh, lw) = (size(height, level), size(width, level));
            bands.push((0, lw, lh, w - lw));
            bands.push((lh, 0, h - lh, lw));
            bands.push((lh, lw, h - lh, w - lw));
        }
        for (y0, x0, rows, columns) in bands {
            if rows * columns == 0 {
                continue;
            }
            let step = bytes.number() as i32;
            let symbols = bytes.record(rows * columns);
            for y in 0..rows {
                for x in 0..columns {
                    plane[(y0 + y) * width + x0 + x] = symbols[y * columns + x] * step;
                }
            }
        }
        for level in (1..=levels).rev() {
            let (h, w) = (size(height, level - 1), size(width, level - 1));
            for x in 0..w {
                let column: Vec<i32> = (0..h).map(|y| plane[y * width + x]).collect();
                for (y, value) in line(&column, transform >> 1 == 2).into_iter().enumerate() {
                    plane[y * width + x] = value;
                }
            }
            for y in 0..h {
                let row = line(&plane[y * width..y * width + w], transform >> 1 == 2);
                plane[y * width..y * width + w].copy_from_slice(&row);
            }
        }
        planes.push(plane);
    }
    if transform & 1 == 1 {
        let [p, q, r, s] = &mut planes[..] else {
            panic!("four planes")
        };
        for (((p, q), r), s) in p.iter_mut().zip(q).zip(r).zip(s) {
            let (a, b, c, d) = (*p, *q, *r, *s);
            *p = (a + b + c + d) >> 2;
            *q = (a - b + c - d) >> 2;
            *r = (a + b - c - d) >> 2;
            *s = (a - b - c + d) >> 2;
        }
    }
    Latents {
        height,
        width,
        fraction,
        planes,
        end: bytes.1,
    }
}

/// The source of a lossless container, with the reconstruction at hand.
pub(crate) fn restore(file: &[u8], recon: &[u8], width: usize, height: usize) -> Vec<u8> {
    // Behind the two hashes.
    let mut bytes = Bytes(file, decode(file).end + 64);
    let green = |x: usize, y: usize| i32::from(recon[3 * (y * width + x) + 1]);
    let mut classes = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let right = green(if x + 1 < width { x + 1 } else { x }, y);
            let left = green(if x > 0 { x - 1 } else { x }, y);
            let lower = green(x, if y + 1 < height { y + 1 } else { y });
            let upper = green(x, if y > 0 { y - 1 } else { y });
            let sum = (right - left).abs() + (lower - upper).abs();
            classes.push([4, 12, 32].into_iter().filter(|&t| sum >= t).count());
        }
    }
    let mut planes = vec![vec![0; width * height]; 3];
    for plane in &mut planes {
        for class in 0..4 {
            let places: Vec<usize> = (0..width * height)
                .filter(|&p| classes[p] == class)
                .collect();
            let values = bytes.record(places.len());
            for (place, value) in places.into_iter().zip(values) {
                plane[place] = value;
            }
        }
    }
    assert_eq!(bytes.1 + 4, file.len());
    let mut source = Vec::new();
    for place in 0..width * height {
        let e = planes[0][place];
        for (channel, e) in [e + planes[1][place], e, e + planes[2][place]]
            .into_iter()
            .enumerate()
        {
            source.push((i32::from(recon[3 * place + channel]) + e) as u8);
        }
    }
    source
}
