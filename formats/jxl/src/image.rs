//! Pictures, what is known about them, and what comes with them.

use crate::{Colour, ColourEncoding, Samples};

/// How bright samples are meant (`JxlToneMapping` of the codestream).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ToneMapping {
    /// Upper bound of the intensity of the image, in nits; 255 for SDR.
    pub intensity_target: f32,
    /// Lower bound of the intensity, in nits.
    pub min_nits: f32,
    /// Whether `linear_below` is a ratio to the display's maximum instead of nits.
    pub relative_to_max_display: bool,
    /// Tone mapping leaves what is darker unchanged.
    pub linear_below: f32,
}

impl Default for ToneMapping {
    fn default() -> Self {
        Self {
            intensity_target: 255.0,
            min_nits: 0.0,
            relative_to_max_display: false,
            linear_below: 0.0,
        }
    }
}

/// What the alpha channel is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alpha {
    /// Bits of a sample.
    pub bits: u32,
    /// Bits of its exponent; 0 for whole numbers.
    pub exponent_bits: u32,
    /// Whether colours are multiplied by it in the file.
    pub premultiplied: bool,
}

/// The clock of an animation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Animation {
    /// Ticks per second are this...
    pub ticks_numerator: u32,
    /// ...divided by this.
    pub ticks_denominator: u32,
    /// How often it plays; 0 for ever.
    pub loops: u32,
}

/// What a channel besides the colours holds (18181-1, table of extra channel types).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ChannelKind {
    /// Opacity.
    Alpha,
    /// Distance.
    Depth,
    /// A spot colour: red, green, blue (linear, nominal range 0 to 1) and solidity.
    Spot([f32; 4]),
    /// A selection.
    Selection,
    /// The black of CMYK, 0 for most ink.
    Black,
    /// A colour filter array's channel.
    FilterArray(u32),
    /// Temperature.
    Thermal,
    /// Something else that does not matter for showing the picture.
    Optional,
    /// Something unknown.
    Unknown,
}

/// What a channel besides the colours is like.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelInfo {
    /// What it holds.
    pub kind: ChannelKind,
    /// Its name; may be empty.
    pub name: String,
    /// Bits of a sample.
    pub bits: u32,
    /// Bits of its exponent; 0 for whole numbers.
    pub exponent_bits: u32,
    /// The file holds it at 1 / 2^this of the size; it is given at full size.
    pub shift: u32,
}

/// What is known from the header.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// Width in pixels, after turning unless the orientation is kept.
    pub width: u32,
    /// Height in pixels, likewise.
    pub height: u32,
    /// Bits of a colour sample in the file.
    pub bits: u32,
    /// Bits of its exponent; 0 for whole numbers.
    pub exponent_bits: u32,
    /// 1 or 3.
    pub colour_channels: u32,
    /// The alpha channel that comes interleaved with the colours.
    pub alpha: Option<Alpha>,
    /// The other channels, in their order; each frame has a plane for each.
    pub channels: Vec<ChannelInfo>,
    /// How to turn what is stored, 1 to 8 as in Exif; done already unless it was to be kept.
    pub orientation: u8,
    /// The clock, for animations.
    pub animation: Option<Animation>,
    /// How bright samples are meant.
    pub tone: ToneMapping,
    /// Whether the file holds samples of its profile (always so for lossless ones), not XYB.
    pub original_profile: bool,
    /// Whether it is in a container.
    pub container: bool,
    /// The size at which it is to be shown.
    pub intrinsic: (u32, u32),
    /// The structured encoding of the samples that are given, where there is one.
    pub encoding: Option<ColourEncoding>,
    /// The ICC profile of the samples that are given; made by libjxl for structured encodings.
    pub icc: Vec<u8>,
    /// The ICC profile of the original picture.
    pub original_icc: Vec<u8>,
}

impl Info {
    /// Interleaved samples of a pixel: the colours, and alpha.
    #[must_use]
    pub fn interleaved(&self) -> usize {
        self.colour_channels as usize + usize::from(self.alpha.is_some())
    }
}

/// A frame, or a layer when frames are not coalesced.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its name; mostly empty.
    pub name: String,
    /// How long it is shown, in ticks ([`Animation`]).
    pub duration: u32,
    /// Column of the left edge in the picture; not 0 for layers only.
    pub x: i32,
    /// Row of the top edge in the picture; not 0 for layers only.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Colours and alpha interleaved: `width * height * interleaved` samples.
    pub pixels: Samples,
    /// A plane of `width * height` samples for each of [`Info::channels`].
    pub planes: Vec<Samples>,
}

/// A box of metadata, decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataBox {
    /// Its type, such as `Exif`, `xml ` or `jumb`.
    pub kind: [u8; 4],
    /// Its contents; those of `Exif` begin with four bytes of an offset.
    pub contents: Vec<u8>,
}

/// A decoded file.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// What the header says.
    pub info: Info,
    /// Frames in their order, one unless it is an animation or layers were asked for.
    pub frames: Vec<Frame>,
    /// Metadata in the order of the file, if asked for.
    pub boxes: Vec<MetadataBox>,
}

impl Image {
    /// A picture to encode: one frame of interleaved samples, sRGB.
    ///
    /// `pixels` holds `width * height` times 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA)
    /// samples; the depth is that of their type, alpha is not premultiplied. The encoder checks
    /// the count.
    #[must_use]
    pub fn new(width: u32, height: u32, interleaved: usize, pixels: Samples) -> Self {
        let (bits, exponent_bits) = pixels.kind().depth();
        let grey = interleaved < 3;
        let alpha = interleaved.is_multiple_of(2).then_some(Alpha {
            bits,
            exponent_bits,
            premultiplied: false,
        });
        Self {
            info: Info {
                width,
                height,
                bits,
                exponent_bits,
                colour_channels: if grey { 1 } else { 3 },
                alpha,
                channels: Vec::new(),
                orientation: 1,
                animation: None,
                tone: ToneMapping::default(),
                original_profile: false,
                container: false,
                intrinsic: (width, height),
                encoding: Some(ColourEncoding::srgb(grey)),
                icc: Vec::new(),
                original_icc: Vec::new(),
            },
            frames: vec![Frame {
                name: String::new(),
                duration: 0,
                x: 0,
                y: 0,
                width,
                height,
                pixels,
                planes: Vec::new(),
            }],
            boxes: Vec::new(),
        }
    }

    /// The same with other colours.
    #[must_use]
    pub fn with_colour(mut self, colour: Colour) -> Self {
        match colour {
            Colour::Encoding(encoding) => {
                self.info.encoding = Some(encoding);
                self.info.icc.clear();
            }
            Colour::Icc(icc) => {
                self.info.encoding = None;
                self.info.icc = icc;
            }
        }
        self
    }
}

/// A frame as RGBA of 8 bits, rounded and clamped to the nominal range; opaque without alpha.
/// Colours are not converted.
#[must_use]
pub fn to_rgba8(info: &Info, frame: &Frame) -> Vec<u8> {
    let channels = info.interleaved();
    let grey = info.colour_channels < 3;
    let pixels = frame.width as usize * frame.height as usize;
    let mut rgba = Vec::with_capacity(pixels * 4);
    for pixel in 0..pixels {
        let sample = |channel: usize| frame.pixels.get_u8(pixel * channels + channel);
        let alpha = match info.alpha {
            Some(_) => sample(channels - 1),
            None => 255,
        };
        let [r, g, b] = if grey { [0; 3] } else { [0, 1, 2] }.map(sample);
        rgba.extend([r, g, b, alpha]);
    }
    rgba
}
