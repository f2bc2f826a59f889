//! Encoding: options, and pictures to files.

use jpegxl_sys::common::types::JxlBool;
use jpegxl_sys::metadata::codestream_header::{JxlBasicInfo, JxlOrientation};

use crate::convert::{external_kind, to_external};
use crate::sys::encoder::{FrameSettings, RawEncoder, Setting, distance_from_quality};
use crate::{Alpha, ChannelInfo, ChannelKind, EncodeError, Frame, Image, Info, Limits};

/// How much may be lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fidelity {
    /// Nothing: samples come back exactly.
    Lossless,
    /// A distance in butteraugli's units, 0 to 25: 1 is not visible at a normal distance.
    Distance(f32),
    /// A quality of 0 to 100, about as a JPEG encoder's; 100 is distance 0.
    Quality(f32),
}

/// A filter that the encoder can decide on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// The encoder decides.
    #[default]
    Auto,
    /// Not.
    Off,
    /// Yes.
    On,
}

impl Switch {
    const fn value(self) -> i64 {
        match self {
            Self::Auto => -1,
            Self::Off => 0,
            Self::On => 1,
        }
    }
}

/// How to encode.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeOptions {
    /// How much may be lost.
    pub fidelity: Fidelity,
    /// 1 (fastest) to 10 (smallest).
    pub effort: u8,
    /// Threads; 0 and 1 encode on the caller's.
    pub threads: usize,
    /// Bounds of the memory and of the file (`limits.memory` for either).
    pub limits: Limits,
    /// Strength of the edge-preserving filter, 0 to 3; by default the encoder decides.
    pub edge_preserving: Option<u8>,
    /// The filter "gaborish".
    pub gaborish: Switch,
    /// Estimated noise, to be made anew by the decoder.
    pub noise: Switch,
    /// Noise as of a photograph at this ISO sensitivity; 0 for none.
    pub photon_noise_iso: f32,
    /// Write the picture in passes, coarse first: DC apart, coefficients in two parts, lossless
    /// pictures in resolutions.
    pub progressive: bool,
    /// 0 (best) to 4 (fastest to decode).
    pub decoding_speed: u8,
    /// Write a container even without metadata.
    pub container: bool,
    /// Compress metadata boxes.
    pub compress_boxes: bool,
}

impl Default for EncodeOptions {
    /// Distance 1, effort 7, one thread, everything else as libjxl decides.
    fn default() -> Self {
        Self {
            fidelity: Fidelity::Distance(1.0),
            effort: 7,
            threads: 1,
            limits: Limits::default(),
            edge_preserving: None,
            gaborish: Switch::Auto,
            noise: Switch::Auto,
            photon_noise_iso: 0.0,
            progressive: false,
            decoding_speed: 0,
            container: false,
            compress_boxes: false,
        }
    }
}

impl EncodeOptions {
    /// Nothing is lost.
    #[must_use]
    pub fn lossless() -> Self {
        Self {
            fidelity: Fidelity::Lossless,
            ..Self::default()
        }
    }

    /// The distance, `None` for lossless.
    pub(crate) fn distance(&self) -> Result<Option<f32>, EncodeError> {
        let distance = match self.fidelity {
            Fidelity::Lossless => return Ok(None),
            Fidelity::Distance(distance) => distance,
            Fidelity::Quality(quality) if (0.0..=100.0).contains(&quality) => {
                distance_from_quality(quality)
            }
            Fidelity::Quality(quality) => {
                return Err(shape(format!("a quality of {quality}, not 0 to 100")));
            }
        };
        if (0.0..=25.0).contains(&distance) {
            Ok(Some(distance))
        } else {
            Err(shape(format!("a distance of {distance}, not 0 to 25")))
        }
    }

    /// Refuses what libjxl would not understand.
    pub(crate) fn check(&self) -> Result<(), EncodeError> {
        let range = |what: &str, value: u8, range: std::ops::RangeInclusive<u8>| {
            let (first, last) = (range.start(), range.end());
            match range.contains(&value) {
                true => Ok(()),
                false => Err(shape(format!("{what} of {value}, not {first} to {last}"))),
            }
        };
        range("an effort", self.effort, 1..=10)?;
        range("a decoding speed", self.decoding_speed, 0..=4)?;
        range(
            "a filter strength",
            self.edge_preserving.unwrap_or(0),
            0..=3,
        )?;
        let iso = self.photon_noise_iso;
        if !(iso.is_finite() && iso >= 0.0) {
            return Err(shape(format!("an ISO sensitivity of {iso}")));
        }
        if self.threads > 1024 {
            return Err(shape(format!("{} threads", self.threads)));
        }
        Ok(())
    }
}

fn shape(message: String) -> EncodeError {
    EncodeError::Shape(message)
}

/// Encodes a picture or an animation.
///
/// Taken from [`Info`]: size, depth, channels, orientation, animation, tone mapping, the intrinsic
/// size, and the colours ([`Info::encoding`], else the profile [`Info::icc`]). Samples of whole
/// numbers span the whole range of their type, whatever the depth.
///
/// # Errors
/// [`EncodeError::Shape`] for counts and options that do not fit; others are libjxl's.
pub fn encode(image: &Image, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    options.check()?;
    let distance = options.distance()?;
    let info = &image.info;
    check_shape(image, options)?;

    let mut encoder = RawEncoder::new(options.limits.memory, options.threads)?;
    let boxes = !image.boxes.is_empty() || options.container;
    encoder.header(&basic_info(image, distance.is_none()), boxes)?;
    let first = u32::from(info.alpha.is_some());
    if let Some(alpha) = info.alpha {
        let mut channel = RawEncoder::default_channel(external_kind(ChannelKind::Alpha));
        channel.bits_per_sample = alpha.bits;
        channel.exponent_bits_per_sample = alpha.exponent_bits;
        channel.alpha_premultiplied = alpha.premultiplied.into();
        encoder.channel(0, &channel, "")?;
    }
    for (index, described) in (first as usize..).zip(&info.channels) {
        channel(&mut encoder, index, described)?;
    }
    match &info.encoding {
        Some(encoding) => encoder.colour(Ok(&to_external(encoding)))?,
        None => encoder.colour(Err(&info.icc))?,
    }
    for metadata in &image.boxes {
        encoder.add_box(metadata.kind, &metadata.contents, options.compress_boxes)?;
    }

    let settings = settings(&mut encoder, options)?;
    encoder.fidelity(settings, distance, info.channels.len() + first as usize)?;
    for frame in &image.frames {
        if info.animation.is_some() || !frame.name.is_empty() {
            let mut header = RawEncoder::default_frame();
            header.duration = frame.duration;
            encoder.frame_header(settings, &header, &frame.name)?;
        }
        encoder.frame(
            settings,
            &frame.pixels,
            info.interleaved(),
            &frame.planes,
            first,
        )?;
    }
    encoder.finish(options.limits.memory)
}

/// Effort, filters and passes.
pub(crate) fn settings(
    encoder: &mut RawEncoder,
    options: &EncodeOptions,
) -> Result<FrameSettings, EncodeError> {
    let settings = encoder.settings()?;
    let mut set = |setting, value| encoder.set(settings, setting, value);
    set(Setting::Effort, options.effort.into())?;
    set(Setting::DecodingSpeed, options.decoding_speed.into())?;
    set(Setting::Epf, options.edge_preserving.map_or(-1, i64::from))?;
    set(Setting::Gaborish, options.gaborish.value())?;
    set(Setting::Noise, options.noise.value())?;
    if options.progressive {
        set(Setting::ProgressiveDc, 1)?;
        set(Setting::QprogressiveAc, 1)?;
        set(Setting::Responsive, 1)?;
    }
    if options.photon_noise_iso > 0.0 {
        encoder.set_float(settings, Setting::PhotonNoise, options.photon_noise_iso)?;
    }
    Ok(settings)
}

fn check_shape(image: &Image, options: &EncodeOptions) -> Result<(), EncodeError> {
    let info = &image.info;
    let (width, height) = (info.width, info.height);
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || image.frames.is_empty() {
        return Err(shape(format!(
            "{width} by {height}, {} frames",
            image.frames.len()
        )));
    }
    if pixels > options.limits.pixels {
        let limit = options.limits.pixels;
        let message = format!("{width} by {height} pixels, more than {limit}");
        return Err(EncodeError::OverLimit(message));
    }
    if !matches!(info.colour_channels, 1 | 3) || !(1..=8).contains(&info.orientation) {
        let message = format!(
            "{} colours, orientation {}",
            info.colour_channels, info.orientation
        );
        return Err(shape(message));
    }
    if info.animation.is_none() && image.frames.len() > 1 {
        return Err(shape(
            "several frames without an animation's clock".to_owned(),
        ));
    }
    for frame in &image.frames {
        frame_fits(frame, info, pixels)?;
    }
    Ok(())
}

fn frame_fits(frame: &Frame, info: &Info, pixels: u64) -> Result<(), EncodeError> {
    if (frame.width, frame.height, frame.x, frame.y) != (info.width, info.height, 0, 0) {
        return Err(shape(
            "a frame that is not as large as the picture".to_owned(),
        ));
    }
    let fits = frame.pixels.len() as u64 == pixels * info.interleaved() as u64
        && frame.planes.len() == info.channels.len()
        && frame
            .planes
            .iter()
            .all(|plane| plane.len() as u64 == pixels);
    if fits {
        return Ok(());
    }
    Err(shape(format!(
        "{:?} and {} planes for {} by {} pixels of {} and {} channels",
        frame.pixels,
        frame.planes.len(),
        info.width,
        info.height,
        info.interleaved(),
        info.channels.len()
    )))
}

fn basic_info(image: &Image, lossless: bool) -> JxlBasicInfo {
    let info = &image.info;
    let alpha = info.alpha.unwrap_or(Alpha {
        bits: 0,
        exponent_bits: 0,
        premultiplied: false,
    });
    let mut basic = RawEncoder::default_info();
    basic.xsize = info.width;
    basic.ysize = info.height;
    basic.bits_per_sample = info.bits;
    basic.exponent_bits_per_sample = info.exponent_bits;
    basic.intensity_target = info.tone.intensity_target;
    basic.min_nits = info.tone.min_nits;
    basic.relative_to_max_display = info.tone.relative_to_max_display.into();
    basic.linear_below = info.tone.linear_below;
    // Lossless samples are those of the original profile; XYB would round them.
    basic.uses_original_profile = (lossless || info.original_profile).into();
    basic.orientation = orientation(info.orientation);
    basic.num_color_channels = info.colour_channels;
    basic.num_extra_channels = info.channels.len() as u32 + u32::from(info.alpha.is_some());
    basic.alpha_bits = alpha.bits;
    basic.alpha_exponent_bits = alpha.exponent_bits;
    basic.alpha_premultiplied = alpha.premultiplied.into();
    let (width, height) = info.intrinsic;
    if width > 0 && height > 0 && (width, height) != (info.width, info.height) {
        basic.intrinsic_xsize = width;
        basic.intrinsic_ysize = height;
    }
    if let Some(animation) = info.animation {
        basic.have_animation = JxlBool::True;
        basic.animation.tps_numerator = animation.ticks_numerator;
        basic.animation.tps_denominator = animation.ticks_denominator;
        basic.animation.num_loops = animation.loops;
    }
    basic
}

fn orientation(value: u8) -> JxlOrientation {
    match value {
        2 => JxlOrientation::FlipHorizontal,
        3 => JxlOrientation::Rotate180,
        4 => JxlOrientation::FlipVertical,
        5 => JxlOrientation::Transpose,
        6 => JxlOrientation::Rotate90Cw,
        7 => JxlOrientation::AntiTranspose,
        8 => JxlOrientation::Rotate90Ccw,
        _ => JxlOrientation::Identity,
    }
}

fn channel(
    encoder: &mut RawEncoder,
    index: usize,
    described: &ChannelInfo,
) -> Result<(), EncodeError> {
    let mut channel = RawEncoder::default_channel(external_kind(described.kind));
    channel.bits_per_sample = described.bits;
    channel.exponent_bits_per_sample = described.exponent_bits;
    channel.name_length = described.name.len() as u32;
    match described.kind {
        ChannelKind::Spot(colour) => channel.spot_color = colour,
        ChannelKind::FilterArray(number) => channel.cfa_channel = number,
        _ => {}
    }
    encoder.channel(index, &channel, &described.name)
}
