//! What samples mean as colours: libjxl's structured encodings, in Rust's own types.

/// A colour space (`JxlColorSpace`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourSpace {
    /// Red, green, blue.
    Rgb,
    /// Grey.
    Grey,
    /// The codec's own perceptual space.
    Xyb,
    /// None of these; an ICC profile says.
    Unknown,
}

/// Chromaticity coordinates x and y of CIE 1931.
pub type Xy = [f64; 2];

/// The white point (`JxlWhitePoint`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WhitePoint {
    /// CIE D65.
    D65,
    /// CIE E.
    E,
    /// That of DCI cinemas.
    Dci,
    /// Another one.
    Custom(Xy),
}

/// The primaries (`JxlPrimaries`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Primaries {
    /// sRGB and BT.709.
    Srgb,
    /// BT.2020 and BT.2100.
    Rec2100,
    /// DCI-P3.
    P3,
    /// Others: red, green, blue.
    Custom([Xy; 3]),
}

/// How samples become light (`JxlTransferFunction`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transfer {
    /// BT.709.
    Bt709,
    /// Proportional to light.
    Linear,
    /// sRGB.
    Srgb,
    /// SMPTE ST 2084, absolute (HDR).
    Pq,
    /// DCI cinemas: gamma 2.6.
    Dci,
    /// BT.2100 hybrid log-gamma (HDR).
    Hlg,
    /// A power; light is the sample to the power of 1 / this.
    Gamma(f64),
    /// None of these.
    Unknown,
}

/// What to do with colours that a screen cannot show (`JxlRenderingIntent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Perceptual.
    Perceptual,
    /// Relative colorimetric.
    Relative,
    /// Saturation.
    Saturation,
    /// Absolute colorimetric.
    Absolute,
}

/// A colour encoding without a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColourEncoding {
    /// The space.
    pub space: ColourSpace,
    /// The white point.
    pub white: WhitePoint,
    /// The primaries; without meaning for grey.
    pub primaries: Primaries,
    /// The transfer function.
    pub transfer: Transfer,
    /// The rendering intent.
    pub intent: Intent,
}

impl ColourEncoding {
    /// sRGB, or grey with its transfer function.
    #[must_use]
    pub const fn srgb(grey: bool) -> Self {
        Self {
            space: if grey {
                ColourSpace::Grey
            } else {
                ColourSpace::Rgb
            },
            white: WhitePoint::D65,
            primaries: Primaries::Srgb,
            transfer: Transfer::Srgb,
            intent: Intent::Relative,
        }
    }

    /// The primaries and white of sRGB, proportional to light.
    #[must_use]
    pub const fn linear_srgb(grey: bool) -> Self {
        Self {
            transfer: Transfer::Linear,
            ..Self::srgb(grey)
        }
    }

    /// BT.2100 with perceptual quantisation, as HDR10 has it.
    #[must_use]
    pub const fn bt2100_pq() -> Self {
        Self {
            primaries: Primaries::Rec2100,
            transfer: Transfer::Pq,
            ..Self::srgb(false)
        }
    }

    /// BT.2100 with hybrid log-gamma.
    #[must_use]
    pub const fn bt2100_hlg() -> Self {
        Self {
            transfer: Transfer::Hlg,
            ..Self::bt2100_pq()
        }
    }

    /// Whether it is one of the two HDR transfers.
    #[must_use]
    pub const fn is_hdr(&self) -> bool {
        matches!(self.transfer, Transfer::Pq | Transfer::Hlg)
    }
}

/// A colour encoding, or a profile.
#[derive(Debug, Clone, PartialEq)]
pub enum Colour {
    /// Structured.
    Encoding(ColourEncoding),
    /// The bytes of an ICC profile.
    Icc(Vec<u8>),
}
