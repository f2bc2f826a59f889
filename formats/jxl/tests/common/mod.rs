//! Pictures and tools for the tests.
#![allow(dead_code, reason = "each test uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};

use orrery_corpus as corpus;
use orrery_jxl::{Frame, Image, Limits, SampleType, Samples, f16};

/// Numbers that look random: xorshift64*, seeded.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Less than `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// A smooth picture with edges: every channel another pattern, 0 to 1.
pub fn pattern(x: usize, y: usize, channel: usize) -> f32 {
    let (fx, fy) = (x as f32, y as f32);
    let wave = (fx * (0.07 + 0.01 * channel as f32)).sin() * (fy * 0.05).cos();
    let edge = if (x / 24 + y / 16 + channel).is_multiple_of(3) {
        0.2
    } else {
        -0.1
    };
    (0.5 + 0.3 * wave + edge).clamp(0.0, 1.0)
}

/// So many samples of a kind, of [`pattern`].
pub fn samples(kind: SampleType, width: usize, height: usize, channels: usize) -> Samples {
    let all = (0..width * height * channels).map(|at| {
        let (pixel, channel) = (at / channels, at % channels);
        pattern(pixel % width, pixel / width, channel)
    });
    match kind {
        SampleType::U8 => Samples::U8(all.map(|v| (v * 255.0 + 0.5) as u8).collect()),
        SampleType::U16 => Samples::U16(all.map(|v| (v * 65535.0 + 0.5) as u16).collect()),
        SampleType::F16 => Samples::F16(all.map(f16::from_f32).collect()),
        SampleType::F32 => Samples::F32(all.collect()),
    }
}

/// A picture of [`pattern`].
pub fn image(kind: SampleType, width: u32, height: u32, channels: usize) -> Image {
    let pixels = samples(kind, width as usize, height as usize, channels);
    Image::new(width, height, channels, pixels)
}

/// Mean squared error on the nominal range.
pub fn mse(left: &Samples, right: &Samples) -> f64 {
    assert_eq!(left.len(), right.len());
    let sum: f64 = (0..left.len())
        .map(|at| f64::from(left.get(at).unwrap() - right.get(at).unwrap()).powi(2))
        .sum();
    sum / left.len() as f64
}

/// Peak signal to noise ratio in dB, for a range of 1.
pub fn psnr(left: &Samples, right: &Samples) -> f64 {
    -10.0 * mse(left, right).log10()
}

/// Largest difference on the nominal range.
pub fn peak(left: &Samples, right: &Samples) -> f32 {
    assert_eq!(left.len(), right.len());
    (0..left.len())
        .map(|at| (left.get(at).unwrap() - right.get(at).unwrap()).abs())
        .fold(0.0, f32::max)
}

/// The frame of a still picture.
pub fn only(image: &Image) -> &Frame {
    assert_eq!(image.frames.len(), 1);
    &image.frames[0]
}

/// All PNG files of the corpus, or none without it.
pub fn pngs() -> Vec<PathBuf> {
    corpus::root().map_or_else(Vec::new, |_| {
        let mut all = corpus::files("png", "png");
        all.extend(corpus::files("qoi", "png"));
        all.extend(corpus::files("photos", "png"));
        all
    })
}

/// All JPEG files of the corpus.
pub fn jpegs() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for extension in ["jpg", "jpeg"] {
        all.extend(corpus::files("", extension));
    }
    all.sort();
    all
}

/// A path below the corpus, for lists.
pub fn name(path: &Path) -> String {
    let root = corpus::root().expect("a corpus");
    path.strip_prefix(&root)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// A photograph of the corpus, reduced to so many columns and rows from its middle.
pub fn photo(width: u32, height: u32) -> Option<Image> {
    let path = corpus::files("photos", "png").into_iter().next()?;
    let image = Image::from_png(&fs::read(path).unwrap(), &Limits::default()).unwrap();
    Some(crop(&image, width, height))
}

/// The middle of a picture.
pub fn crop(image: &Image, width: u32, height: u32) -> Image {
    let channels = image.info.interleaved();
    let (x, y) = (
        (image.info.width - width) / 2,
        (image.info.height - height) / 2,
    );
    let Samples::U8(all) = &image.frames[0].pixels else {
        panic!("a picture of 8 bits")
    };
    let stride = image.info.width as usize * channels;
    let rows = all.chunks(stride).skip(y as usize).take(height as usize);
    let from = x as usize * channels;
    let pixels = rows.flat_map(|row| row[from..from + width as usize * channels].to_vec());
    Image::new(width, height, channels, Samples::U8(pixels.collect()))
}
