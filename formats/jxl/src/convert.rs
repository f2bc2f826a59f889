//! Between libjxl's types and this crate's.

use jpegxl_sys::color::color_encoding::{
    JxlColorEncoding, JxlColorSpace, JxlPrimaries, JxlRenderingIntent, JxlTransferFunction,
    JxlWhitePoint,
};
use jpegxl_sys::common::types::JxlBool;
use jpegxl_sys::metadata::codestream_header::{
    JxlExtraChannelInfo, JxlExtraChannelType as External,
};

use crate::{ChannelKind, ColourEncoding, ColourSpace, Intent, Primaries, Transfer, WhitePoint};

/// `JxlBool` as Rust's own.
pub(crate) fn truth(value: JxlBool) -> bool {
    value == JxlBool::True
}

/// What an extra channel holds.
pub(crate) fn channel_kind(channel: &JxlExtraChannelInfo) -> ChannelKind {
    match channel.r#type {
        External::Alpha => ChannelKind::Alpha,
        External::Depth => ChannelKind::Depth,
        External::SpotColor => ChannelKind::Spot(channel.spot_color),
        External::SelectionMask => ChannelKind::Selection,
        External::Black => ChannelKind::Black,
        External::Cfa => ChannelKind::FilterArray(channel.cfa_channel),
        External::Thermal => ChannelKind::Thermal,
        External::Optional => ChannelKind::Optional,
        _ => ChannelKind::Unknown,
    }
}

/// The other way round.
pub(crate) fn external_kind(kind: ChannelKind) -> External {
    match kind {
        ChannelKind::Alpha => External::Alpha,
        ChannelKind::Depth => External::Depth,
        ChannelKind::Spot(_) => External::SpotColor,
        ChannelKind::Selection => External::SelectionMask,
        ChannelKind::Black => External::Black,
        ChannelKind::FilterArray(_) => External::Cfa,
        ChannelKind::Thermal => External::Thermal,
        ChannelKind::Optional => External::Optional,
        ChannelKind::Unknown => External::Unknown,
    }
}

/// A colour encoding of libjxl's.
pub(crate) fn from_external(from: &JxlColorEncoding) -> ColourEncoding {
    ColourEncoding {
        space: match from.color_space {
            JxlColorSpace::Rgb => ColourSpace::Rgb,
            JxlColorSpace::Gray => ColourSpace::Grey,
            JxlColorSpace::Xyb => ColourSpace::Xyb,
            JxlColorSpace::Unknown => ColourSpace::Unknown,
        },
        white: match from.white_point {
            JxlWhitePoint::D65 => WhitePoint::D65,
            JxlWhitePoint::E => WhitePoint::E,
            JxlWhitePoint::Dci => WhitePoint::Dci,
            JxlWhitePoint::Custom => WhitePoint::Custom(from.white_point_xy),
        },
        primaries: match from.primaries {
            JxlPrimaries::SRgb => Primaries::Srgb,
            JxlPrimaries::Rec2100 => Primaries::Rec2100,
            JxlPrimaries::P3 => Primaries::P3,
            JxlPrimaries::Custom => Primaries::Custom([
                from.primaries_red_xy,
                from.primaries_green_xy,
                from.primaries_blue_xy,
            ]),
        },
        transfer: match from.transfer_function {
            JxlTransferFunction::BT709 => Transfer::Bt709,
            JxlTransferFunction::Linear => Transfer::Linear,
            JxlTransferFunction::SRGB => Transfer::Srgb,
            JxlTransferFunction::PQ => Transfer::Pq,
            JxlTransferFunction::DCI => Transfer::Dci,
            JxlTransferFunction::HLG => Transfer::Hlg,
            JxlTransferFunction::Gamma => Transfer::Gamma(from.gamma),
            JxlTransferFunction::Unknown => Transfer::Unknown,
        },
        intent: match from.rendering_intent {
            JxlRenderingIntent::Perceptual => Intent::Perceptual,
            JxlRenderingIntent::Relative => Intent::Relative,
            JxlRenderingIntent::Saturation => Intent::Saturation,
            JxlRenderingIntent::Absolute => Intent::Absolute,
        },
    }
}

/// A colour encoding for libjxl. Coordinates are read for what is custom only.
pub(crate) fn to_external(from: &ColourEncoding) -> JxlColorEncoding {
    let (white_point, white_point_xy) = match from.white {
        WhitePoint::D65 => (JxlWhitePoint::D65, [0.0; 2]),
        WhitePoint::E => (JxlWhitePoint::E, [0.0; 2]),
        WhitePoint::Dci => (JxlWhitePoint::Dci, [0.0; 2]),
        WhitePoint::Custom(xy) => (JxlWhitePoint::Custom, xy),
    };
    let (primaries, [red, green, blue]) = match from.primaries {
        Primaries::Srgb => (JxlPrimaries::SRgb, [[0.0; 2]; 3]),
        Primaries::Rec2100 => (JxlPrimaries::Rec2100, [[0.0; 2]; 3]),
        Primaries::P3 => (JxlPrimaries::P3, [[0.0; 2]; 3]),
        Primaries::Custom(xy) => (JxlPrimaries::Custom, xy),
    };
    let (transfer_function, gamma) = match from.transfer {
        Transfer::Bt709 => (JxlTransferFunction::BT709, 0.0),
        Transfer::Linear => (JxlTransferFunction::Linear, 0.0),
        Transfer::Srgb => (JxlTransferFunction::SRGB, 0.0),
        Transfer::Pq => (JxlTransferFunction::PQ, 0.0),
        Transfer::Dci => (JxlTransferFunction::DCI, 0.0),
        Transfer::Hlg => (JxlTransferFunction::HLG, 0.0),
        Transfer::Gamma(gamma) => (JxlTransferFunction::Gamma, gamma),
        Transfer::Unknown => (JxlTransferFunction::Unknown, 0.0),
    };
    JxlColorEncoding {
        color_space: match from.space {
            ColourSpace::Rgb => JxlColorSpace::Rgb,
            ColourSpace::Grey => JxlColorSpace::Gray,
            ColourSpace::Xyb => JxlColorSpace::Xyb,
            ColourSpace::Unknown => JxlColorSpace::Unknown,
        },
        white_point,
        white_point_xy,
        primaries,
        primaries_red_xy: red,
        primaries_green_xy: green,
        primaries_blue_xy: blue,
        transfer_function,
        gamma,
        rendering_intent: match from.intent {
            Intent::Perceptual => JxlRenderingIntent::Perceptual,
            Intent::Relative => JxlRenderingIntent::Relative,
            Intent::Saturation => JxlRenderingIntent::Saturation,
            Intent::Absolute => JxlRenderingIntent::Absolute,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_convert_both_ways() {
        let mut custom = ColourEncoding::bt2100_pq();
        custom.white = WhitePoint::Custom([0.3, 0.31]);
        custom.primaries = Primaries::Custom([[0.6, 0.3], [0.2, 0.7], [0.1, 0.1]]);
        custom.transfer = Transfer::Gamma(0.45);
        custom.intent = Intent::Absolute;
        let encodings = [
            ColourEncoding::srgb(false),
            ColourEncoding::srgb(true),
            ColourEncoding::linear_srgb(false),
            ColourEncoding::bt2100_pq(),
            ColourEncoding::bt2100_hlg(),
            custom,
        ];
        for encoding in encodings {
            assert_eq!(from_external(&to_external(&encoding)), encoding);
        }
    }
}
