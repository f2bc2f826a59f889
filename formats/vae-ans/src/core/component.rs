//! What an entity can hold: handles to tensors and what must be known of them.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use super::{DType, TensorRef};

/// A component's name, as `"Latent4"`. The name says which one, its Rust type
/// what it holds; an external crate may add both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Cow<'static, str>);

impl Key {
    /// The source picture, an [`Image`].
    pub const RGB: Self = Self::new("RGB");
    /// The four latent channels, a [`Latent`].
    pub const LATENT4: Self = Self::new("Latent4");
    /// The rotated channels, a [`Latent`].
    pub const YUVW4: Self = Self::new("YUVW4");
    /// Their wavelet bands, a [`Pyramid`].
    pub const WAVELET_PYR: Self = Self::new("WaveletPyr");
    /// Quantised coefficients, [`Symbols`].
    pub const SYMBOLS: Self = Self::new("Symbols");
    /// The coded streams, a [`Bitstream`].
    pub const BITSTREAM: Self = Self::new("Bitstream");
    /// The decoded picture, an [`Image`].
    pub const RECON_RGB: Self = Self::new("ReconRGB");
    /// A blurred picture, an [`Image`].
    pub const BLUR_RGB: Self = Self::new("BlurRGB");
    /// Source minus reconstruction, a [`Residual`].
    pub const RESIDUAL_RGB: Self = Self::new("ResidualRGB");
    /// Reconstruction plus residual, an [`Image`].
    pub const RESTORED_RGB: Self = Self::new("RestoredRGB");

    /// A name of one's own.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Key {
    fn from(name: &'static str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that can be attached to an entity.
pub trait Component: Any + fmt::Debug {
    /// Its main tensor: what tracing reports, and what grouping compares.
    fn tensor(&self) -> &TensorRef;

    /// What beside shape and element type must be equal for entities to run
    /// in one group.
    fn layout(&self) -> Vec<usize> {
        Vec::new()
    }
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Image {
    /// `(height, width, 3)`, u8.
    pub pixels: TensorRef,
    /// As `"sRGB"`.
    pub colourspace: &'static str,
}

/// Four channels at the latent's resolution.
#[derive(Clone, Debug)]
pub struct Latent {
    /// `(4, h, w)`: f32, or i32 with `fraction` bits behind the point.
    pub values: TensorRef,
    /// The picture's height and width in pixels.
    pub size: [usize; 2],
    /// Fraction bits of integer values; 0 for f32.
    pub fraction: u8,
}

/// Which wavelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wavelet {
    /// No transform: one band for each channel.
    None,
    /// Cohen-Daubechies-Feauveau 5/3, by lifting.
    Cdf53,
    /// Haar; on integers the S transform.
    Haar,
}

/// Which part of a level a band is: horizontal frequency first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Low in both directions: the last level's mean.
    LowLow,
    /// High horizontally.
    HighLow,
    /// High vertically.
    LowHigh,
    /// High in both directions.
    HighHigh,
}

/// One band's place in a packed plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Channel, 0 to 3.
    pub channel: usize,
    /// Level, from 1 (finest) to the number of levels; 0 without a transform.
    pub level: usize,
    /// Which part of the level.
    pub part: Level,
    /// First row.
    pub y: usize,
    /// First column.
    pub x: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Band {
    /// Coefficients.
    pub fn len(&self) -> usize {
        self.height * self.width
    }

    /// Whether it has no coefficients, as a high band of a side of 1.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Wavelet coefficients of every channel, each plane with its low band at the
/// top left and the finer levels around it.
#[derive(Clone, Debug)]
pub struct Pyramid {
    /// `(channels, h, w)`, f32 or i32.
    pub packed: TensorRef,
    /// The bands in coding order.
    pub index: Vec<Band>,
    /// Levels.
    pub levels: usize,
    /// Which wavelet.
    pub wavelet: Wavelet,
    /// As [`Latent::size`].
    pub size: [usize; 2],
    /// As [`Latent::fraction`].
    pub fraction: u8,
}

/// How one band was quantised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quant {
    /// `value = symbol * step`, integers.
    Step(u32),
    /// `value = (symbol - zero) * scale`, f32 to u8.
    Affine {
        /// Value of one step.
        scale: f32,
        /// The symbol whose value is 0.
        zero: f32,
    },
}

/// How every band was quantised, in coding order.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantParams(pub Vec<Quant>);

/// Quantised coefficients.
#[derive(Clone, Debug)]
pub struct Symbols {
    /// `(channels, h, w)` as [`Pyramid::packed`], u8 or i32.
    pub symbols: TensorRef,
    /// How they were quantised.
    pub params: QuantParams,
    /// The pyramid they come from; its tensor is not looked at.
    pub pyramid: Pyramid,
}

/// The code of one band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandCode {
    /// Symbols in the band.
    pub symbols: usize,
    /// The alphabet's first symbol.
    pub low: i32,
    /// Frequencies of `low`, `low + 1`, ..., and of the escape, with sum 4096;
    /// or a single 0: every symbol is `low`, and there is no stream.
    pub frequencies: Vec<u16>,
    /// Symbols outside the alphabet, in order.
    pub escapes: Vec<i32>,
    /// First word in [`Bitstream::words`].
    pub first: usize,
    /// Words.
    pub words: usize,
}

/// The coded bands of one entity.
#[derive(Clone, Debug)]
pub struct Bitstream {
    /// All streams' words, u16.
    pub words: TensorRef,
    /// One code for each band.
    pub codes: Vec<BandCode>,
    /// How the symbols were quantised.
    pub params: QuantParams,
    /// The pyramid the symbols form; its tensor is not looked at.
    pub pyramid: Pyramid,
    /// Shape of the symbols.
    pub shape: [usize; 3],
    /// Their element type.
    pub dtype: DType,
}

/// A difference of pictures.
#[derive(Clone, Debug)]
pub struct Residual {
    /// `(height, width, 3)`, i16: source minus reconstruction.
    pub values: TensorRef,
}

impl Component for Image {
    fn tensor(&self) -> &TensorRef {
        &self.pixels
    }
}

impl Component for Latent {
    fn tensor(&self) -> &TensorRef {
        &self.values
    }
    fn layout(&self) -> Vec<usize> {
        vec![self.size[0], self.size[1], self.fraction.into()]
    }
}

impl Pyramid {
    fn parameters(&self) -> Vec<usize> {
        let [height, width] = self.size;
        let wavelet = self.wavelet as usize;
        vec![height, width, self.levels, wavelet, self.fraction.into()]
    }
}

impl Component for Pyramid {
    fn tensor(&self) -> &TensorRef {
        &self.packed
    }
    fn layout(&self) -> Vec<usize> {
        self.parameters()
    }
}

impl Component for Symbols {
    fn tensor(&self) -> &TensorRef {
        &self.symbols
    }
    fn layout(&self) -> Vec<usize> {
        self.pyramid.parameters()
    }
}

impl Component for Bitstream {
    fn tensor(&self) -> &TensorRef {
        &self.words
    }
    fn layout(&self) -> Vec<usize> {
        self.shape.to_vec()
    }
}

impl Component for Residual {
    fn tensor(&self) -> &TensorRef {
        &self.values
    }
}
