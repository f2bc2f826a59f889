//! JPEG files of all kinds, made on the spot.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// How a file is made.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    pub width: u16,
    pub height: u16,
    pub colours: Colours,
    pub sampling: usize,
    pub quality: u8,
    pub progressive: bool,
    pub optimised: bool,
    pub restart: u16,
    pub seed: u32,
    /// 0 for flat colour up to 255 for noise.
    pub noise: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    Grey,
    Ycc,
    Cmyk,
    Ycck,
}

pub const COLOURS: [Colours; 4] = [Colours::Grey, Colours::Ycc, Colours::Cmyk, Colours::Ycck];

/// All factors the encoder writes; with and without interleaving.
pub const SAMPLINGS: [SamplingFactor; 8] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_1_2,
    SamplingFactor::F_2_2,
    SamplingFactor::F_4_1,
    SamplingFactor::F_4_2,
    SamplingFactor::F_1_4,
    SamplingFactor::F_2_4,
];

impl Default for Recipe {
    fn default() -> Self {
        Self {
            width: 67,
            height: 45,
            colours: Colours::Ycc,
            sampling: 3,
            quality: 85,
            progressive: false,
            optimised: false,
            restart: 0,
            seed: 1,
            noise: 20,
        }
    }
}

/// Waves with noise on them.
pub fn samples(recipe: &Recipe, channels: usize) -> Vec<u8> {
    let mut state = recipe.seed | 1;
    let mut out = Vec::new();
    for y in 0..u32::from(recipe.height) {
        for x in 0..u32::from(recipe.width) {
            for c in 0..channels as u32 {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let wave = (x * (5 + c) + y * (9 - c) + recipe.seed) % 511;
                let base = wave.min(510 - wave) as i32;
                let noise = (state >> 8 & 0xFF) as i32 - 128;
                let value = base + noise * i32::from(recipe.noise) / 128;
                out.push(value.clamp(0, 255) as u8);
            }
        }
    }
    out
}

pub fn make(recipe: &Recipe) -> Vec<u8> {
    make_with_exif(recipe, None)
}

/// The file with an EXIF orientation.
pub fn make_with_exif(recipe: &Recipe, orientation: Option<u16>) -> Vec<u8> {
    let (colours, channels) = match recipe.colours {
        Colours::Grey => (ColorType::Luma, 1),
        Colours::Ycc => (ColorType::Rgb, 3),
        Colours::Cmyk => (ColorType::Cmyk, 4),
        Colours::Ycck => (ColorType::CmykAsYcck, 4),
    };
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, recipe.quality);
    encoder.set_sampling_factor(SAMPLINGS[recipe.sampling % SAMPLINGS.len()]);
    encoder.set_progressive(recipe.progressive);
    // The encoder counts its symbols without restarts: such tables lack some.
    encoder.set_optimized_huffman_tables(recipe.optimised && recipe.restart == 0);
    encoder.set_restart_interval(recipe.restart);
    if let Some(value) = orientation {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
        tiff.extend(value.to_be_bytes());
        tiff.extend([0, 0, 0, 0, 0, 0]);
        encoder.add_exif_metadata(&tiff).expect("a short block");
    }
    let pixels = samples(recipe, channels);
    encoder
        .encode(&pixels, recipe.width, recipe.height, colours)
        .expect("a picture");
    out
}

/// A PNG file of samples as the format stores them.
pub fn png(
    width: u32,
    height: u32,
    colour: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("a picture");
    writer.finish().expect("an end");
    out
}
