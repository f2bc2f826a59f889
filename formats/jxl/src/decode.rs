//! Decoding: options, and the decoder that takes its input in pieces.

use jpegxl_sys::metadata::codestream_header::{JxlBasicInfo, JxlExtraChannelInfo};

use crate::convert;
use crate::sys::decoder::{JxlProgressiveDetail, RawDecoder, Refused, Status, Target};
use crate::{
    Alpha, Animation, ChannelInfo, ChannelKind, Colour, ColourEncoding, DecodeError, Frame, Image,
    Info, Limits, MetadataBox, SampleType, Samples, ToneMapping,
};

/// Which intermediate pictures of a frame are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// When the eighth of the resolution is there (DC).
    Dc,
    /// Also after each pass that ends a resolution.
    LastPasses,
    /// Also after every other pass.
    Passes,
}

/// How to decode.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodeOptions {
    /// The type of samples; by default the narrowest that holds those of the file.
    pub samples: Option<SampleType>,
    /// Threads; 0 and 1 decode on the caller's.
    pub threads: usize,
    /// What a file may ask for.
    pub limits: Limits,
    /// Give the picture as stored; otherwise it is turned as the file says.
    pub keep_orientation: bool,
    /// Divide colours by alpha where the file has them multiplied.
    pub unpremultiply_alpha: bool,
    /// Mix spot colours into the colours.
    pub render_spot_colours: bool,
    /// Give frames as they are shown; otherwise the layers they are made of.
    pub coalesce: bool,
    /// Adapt HDR pictures to a display of so many nits.
    pub intensity_target: Option<f32>,
    /// Convert samples to this; otherwise they are in the file's own encoding, or in sRGB where a
    /// file of XYB has no encoding but a profile (libjxl alone would give linear light).
    pub output: Option<Colour>,
    /// Give intermediate pictures; see [`Decoder::feed`].
    pub progressive: Option<Detail>,
    /// Read metadata boxes.
    pub boxes: bool,
    /// Stop behind the first frame; what comes later is not looked at.
    pub first_frame_only: bool,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            samples: None,
            threads: 1,
            limits: Limits::default(),
            keep_orientation: false,
            unpremultiply_alpha: false,
            render_spot_colours: true,
            coalesce: true,
            intensity_target: None,
            output: None,
            progressive: None,
            boxes: false,
            first_frame_only: false,
        }
    }
}

/// An intermediate picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The frame's number, from 0.
    pub frame: usize,
    /// At which reduction it is sharp: 8 for DC alone, 1 for all but the last passes.
    pub downsampling: u32,
    /// At its full size, as far as it is.
    pub picture: Frame,
}

/// Where the decoder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Finished,
    Failed,
}

/// A decoder that takes its input in pieces of any size.
pub struct Decoder {
    raw: RawDecoder,
    options: DecodeOptions,
    stage: Stage,
    info: Option<Info>,
    /// For each extra channel its number in the file; alpha is not among them.
    planes: Vec<u32>,
    pending: Option<Frame>,
    frames: Vec<Frame>,
    boxes: Vec<MetadataBox>,
    box_kind: [u8; 4],
    /// Bytes of samples that were given out, for the limit.
    given: usize,
    /// Those of the intermediate pictures of the piece that is being worked on.
    stepped: usize,
    metadata: usize,
}

/// Boxes that are the picture itself.
const STRUCTURE: [&[u8; 4]; 7] = [
    b"JXL ", b"ftyp", b"jxlc", b"jxlp", b"jxll", b"jxli", b"jbrd",
];

/// Bytes that a box's buffer begins with.
const BOX_PIECE: usize = 4096;

impl From<Refused> for DecodeError {
    fn from(_: Refused) -> Self {
        DecodeError::Invalid("libjxl refuses a call")
    }
}

impl Decoder {
    /// A decoder without input.
    ///
    /// # Errors
    /// [`DecodeError::OutOfMemory`] when it cannot be made, [`DecodeError::Unsupported`] for an
    /// option out of its range.
    pub fn new(options: DecodeOptions) -> Result<Self, DecodeError> {
        // Basic info, colour encoding, frame, full image; then what options add.
        let mut events = 0x40 | 0x100 | 0x400 | 0x1000;
        if options.progressive.is_some() {
            events |= 0x8000;
        }
        if options.boxes {
            events |= 0x4000 | 0x1_0000;
        }
        if options.threads > 1024 {
            let message = format!("{} threads", options.threads);
            return Err(DecodeError::Unsupported(message));
        }
        let mut raw = RawDecoder::new(options.limits.memory, options.threads, events)
            .map_err(|_| DecodeError::OutOfMemory)?;
        raw.configure(
            options.keep_orientation,
            options.unpremultiply_alpha,
            options.render_spot_colours,
            options.coalesce,
        )?;
        if let Some(nits) = options.intensity_target {
            if !(nits.is_finite() && nits >= 0.0) {
                let message = format!("an intensity target of {nits} nits");
                return Err(DecodeError::Unsupported(message));
            }
            raw.intensity_target(nits)?;
        }
        if let Some(detail) = options.progressive {
            raw.progressive(match detail {
                Detail::Dc => JxlProgressiveDetail::DC,
                Detail::LastPasses => JxlProgressiveDetail::LastPasses,
                Detail::Passes => JxlProgressiveDetail::Passes,
            })?;
        }
        Ok(Self {
            raw,
            options,
            stage: Stage::Open,
            info: None,
            planes: Vec::new(),
            pending: None,
            frames: Vec::new(),
            boxes: Vec::new(),
            box_kind: [0; 4],
            given: 0,
            stepped: 0,
            metadata: 0,
        })
    }

    /// The header, once there was enough input for it.
    #[must_use]
    pub fn info(&self) -> Option<&Info> {
        self.info.as_ref()
    }

    /// The frames that are complete.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The metadata that is complete, if [`DecodeOptions::boxes`] asks for it.
    #[must_use]
    pub fn boxes(&self) -> &[MetadataBox] {
        &self.boxes
    }

    /// Whether everything that was asked for is there.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// Takes the next piece of input; gives the intermediate pictures it made possible, if
    /// [`DecodeOptions::progressive`] asks for them.
    ///
    /// # Errors
    /// [`DecodeError`], but never that the file is truncated. After an error the decoder is of no
    /// more use, but for what was complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Step>, DecodeError> {
        let mut steps = Vec::new();
        match self.stage {
            Stage::Open => {}
            Stage::Finished => return Ok(steps),
            Stage::Failed => return Err(DecodeError::Invalid("an error came before")),
        }
        // Those of earlier pieces are the caller's now.
        self.stepped = 0;
        let result = match self.raw.feed(bytes) {
            Some(()) => self.run(|step| {
                steps.push(step);
                true
            }),
            None => Err(DecodeError::OutOfMemory),
        };
        match result {
            Ok(_) => Ok(steps),
            Err(error) => {
                self.stage = Stage::Failed;
                Err(error)
            }
        }
    }

    /// As [`Self::feed`], with the first intermediate picture ending everything.
    pub(crate) fn feed_to_step(&mut self, bytes: &[u8]) -> Result<Option<Step>, DecodeError> {
        let mut first = None;
        self.raw.feed(bytes).ok_or(DecodeError::OutOfMemory)?;
        self.run(|step| {
            first = Some(step);
            false
        })?;
        Ok(first)
    }

    /// The frame that is being decoded, as far as it is: what can be shown while more input is
    /// waited for, or when none comes. `None` before the eighth of the resolution is there.
    pub fn snapshot(&mut self) -> Option<Frame> {
        let pending = self.pending.as_ref()?;
        let head = Frame {
            pixels: Samples::U8(Vec::new()),
            ..pending.clone()
        };
        let (pixels, planes) = self.raw.flushed()?;
        Some(Frame {
            pixels,
            planes,
            ..head
        })
    }

    /// Says that there is no more input, and gives everything.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when something is missing; [`Self::frames`] and
    /// [`Self::snapshot`] still give what there is.
    pub fn finish(&mut self) -> Result<Image, DecodeError> {
        match self.stage {
            Stage::Failed => return Err(DecodeError::Invalid("an error came before")),
            Stage::Open => {
                self.raw.close();
                // What is missing is an error of libjxl's now.
                let ended = self.run(|_| true);
                if self.stage != Stage::Finished {
                    return Err(match ended {
                        Err(DecodeError::Invalid(_)) | Ok(()) => DecodeError::Truncated,
                        Err(other) => other,
                    });
                }
            }
            Stage::Finished => {}
        }
        let info = self.info.clone().ok_or(DecodeError::Truncated)?;
        if self.frames.is_empty() {
            return Err(DecodeError::Truncated);
        }
        Ok(Image {
            info,
            frames: std::mem::take(&mut self.frames),
            boxes: std::mem::take(&mut self.boxes),
        })
    }

    /// Handles events until more input is needed or all is done; `step` says whether to go on.
    fn run(&mut self, mut step: impl FnMut(Step) -> bool) -> Result<(), DecodeError> {
        loop {
            match self.raw.process() {
                Status::Success => {
                    self.end_box()?;
                    self.stage = Stage::Finished;
                    return Ok(());
                }
                Status::NeedMoreInput => return Ok(()),
                Status::Error if self.raw.memory_refused() => {
                    let limit = self.options.limits.memory;
                    let message = format!("libjxl needs more than {limit} bytes");
                    return Err(DecodeError::OverLimit(message));
                }
                Status::Error => return Err(DecodeError::Invalid("libjxl finds an error")),
                Status::BasicInfo => self.begin()?,
                Status::ColorEncoding => self.colours()?,
                Status::Frame => self.frame()?,
                Status::NeedImageOutBuffer => self.buffers()?,
                Status::FrameProgression => {
                    let downsampling = self.raw.downsampling();
                    let frame = self.frames.len();
                    self.stepped = self.stepped.saturating_add(self.raw.buffered());
                    let limit = self.options.limits.memory;
                    if self.given.saturating_add(self.stepped) > limit {
                        let message = format!("samples of more than {limit} bytes");
                        return Err(DecodeError::OverLimit(message));
                    }
                    if let Some(picture) = self.snapshot()
                        && !step(Step {
                            frame,
                            downsampling,
                            picture,
                        })
                    {
                        return Ok(());
                    }
                }
                Status::FullImage => {
                    if let (Some(frame), Some((pixels, planes))) =
                        (self.pending.take(), self.raw.take_image())
                    {
                        self.frames.push(Frame {
                            pixels,
                            planes,
                            ..frame
                        });
                    }
                    if self.options.first_frame_only {
                        self.stage = Stage::Finished;
                        return Ok(());
                    }
                }
                Status::Box => {
                    self.end_box()?;
                    self.box_kind = self.raw.box_kind()?;
                    if !STRUCTURE.contains(&&self.box_kind) {
                        self.raw.want_box(BOX_PIECE)?;
                    }
                }
                Status::BoxNeedMoreOutput => {
                    let length = self.raw.box_len();
                    self.check_metadata(length)?;
                    self.raw.grow_box(length.max(BOX_PIECE))?;
                }
                Status::BoxComplete => self.end_box()?,
                _ => {
                    return Err(DecodeError::Invalid(
                        "libjxl reports what was not asked for",
                    ));
                }
            }
        }
    }

    fn check_metadata(&self, more: usize) -> Result<(), DecodeError> {
        let limit = self.options.limits.metadata;
        if self.metadata.saturating_add(more) <= limit {
            return Ok(());
        }
        let message = format!("metadata of more than {limit} bytes");
        Err(DecodeError::OverLimit(message))
    }

    fn end_box(&mut self) -> Result<(), DecodeError> {
        let Some(contents) = self.raw.take_box() else {
            return Ok(());
        };
        self.check_metadata(contents.len())?;
        self.metadata += contents.len();
        self.boxes.push(MetadataBox {
            kind: self.box_kind,
            contents,
        });
        Ok(())
    }

    /// The header is there: sizes are checked before anything is made for them.
    fn begin(&mut self) -> Result<(), DecodeError> {
        let basic = self.raw.basic_info()?;
        self.options.limits.check_pixels(basic.xsize, basic.ysize)?;
        let info = self.header(&basic)?;
        self.info = Some(info);
        Ok(())
    }

    fn header(&mut self, basic: &JxlBasicInfo) -> Result<Info, DecodeError> {
        let yes = convert::truth;
        let mut alpha = None;
        let mut channels = Vec::new();
        for index in 0..basic.num_extra_channels {
            let (channel, name) = self.raw.channel(index as usize)?;
            let kind = convert::channel_kind(&channel);
            // libjxl interleaves the first one.
            if kind == ChannelKind::Alpha && alpha.is_none() {
                alpha = Some(Alpha {
                    bits: channel.bits_per_sample,
                    exponent_bits: channel.exponent_bits_per_sample,
                    premultiplied: yes(channel.alpha_premultiplied)
                        && !self.options.unpremultiply_alpha,
                });
            } else {
                self.planes.push(index);
                channels.push(described(&channel, kind, name));
            }
        }
        let animation = yes(basic.have_animation).then_some(Animation {
            ticks_numerator: basic.animation.tps_numerator,
            ticks_denominator: basic.animation.tps_denominator,
            loops: basic.animation.num_loops,
        });
        Ok(Info {
            width: basic.xsize,
            height: basic.ysize,
            bits: basic.bits_per_sample,
            exponent_bits: basic.exponent_bits_per_sample,
            colour_channels: basic.num_color_channels,
            alpha,
            channels,
            orientation: basic.orientation as u8,
            animation,
            tone: ToneMapping {
                intensity_target: basic.intensity_target,
                min_nits: basic.min_nits,
                relative_to_max_display: yes(basic.relative_to_max_display),
                linear_below: basic.linear_below,
            },
            original_profile: yes(basic.uses_original_profile),
            container: yes(basic.have_container),
            intrinsic: (basic.intrinsic_xsize, basic.intrinsic_ysize),
            encoding: None,
            icc: Vec::new(),
            original_icc: Vec::new(),
        })
    }

    fn colours(&mut self) -> Result<(), DecodeError> {
        if let Some(output) = &self.options.output {
            let set = match output {
                Colour::Encoding(encoding) => {
                    self.raw.output_colour(Ok(&convert::to_external(encoding)))
                }
                Colour::Icc(icc) => self.raw.output_colour(Err(icc)),
            };
            let message = || "these output colours for this file".to_owned();
            set.map_err(|_| DecodeError::Unsupported(message()))?;
        }
        let most = self.options.limits.metadata;
        if let Some(info) = &mut self.info {
            let converts = self.options.output.is_some() || info.original_profile;
            if !converts && self.raw.encoding(Target::Original).is_none() {
                let srgb = ColourEncoding::srgb(info.colour_channels < 3);
                // Where that is refused libjxl's own choice is reported below.
                let _ = self.raw.output_colour(Ok(&convert::to_external(&srgb)));
            }
            let encoding = self.raw.encoding(Target::Data);
            info.encoding = encoding.as_ref().map(convert::from_external);
            info.icc = self.raw.icc(Target::Data, most);
            info.original_icc = self.raw.icc(Target::Original, most);
        }
        Ok(())
    }

    fn frame(&mut self) -> Result<(), DecodeError> {
        let limits = &self.options.limits;
        if self.frames.len() >= limits.frames {
            let message = format!("more than {} frames", limits.frames);
            return Err(DecodeError::OverLimit(message));
        }
        let (header, name) = self.raw.frame()?;
        let layer = &header.layer_info;
        limits.check_pixels(layer.xsize, layer.ysize)?;
        self.pending = Some(Frame {
            name,
            duration: header.duration,
            x: layer.crop_x0,
            y: layer.crop_y0,
            width: layer.xsize,
            height: layer.ysize,
            pixels: Samples::U8(Vec::new()),
            planes: Vec::new(),
        });
        Ok(())
    }

    fn buffers(&mut self) -> Result<(), DecodeError> {
        let (Some(info), Some(frame)) = (&self.info, &self.pending) else {
            return Err(DecodeError::Invalid("a picture without a header"));
        };
        let interleaved = info.interleaved();
        let kind = self
            .options
            .samples
            .unwrap_or_else(|| SampleType::holding(info.bits, info.exponent_bits));
        let pixels = u64::from(frame.width) * u64::from(frame.height);
        let samples = pixels * (interleaved + self.planes.len()) as u64;
        let bytes = samples.checked_mul(kind.bytes() as u64);
        let given = bytes
            .and_then(|bytes| usize::try_from(bytes).ok())
            .and_then(|bytes| self.given.checked_add(bytes))
            .filter(|given| *given <= self.options.limits.memory);
        let Some(given) = given else {
            let limit = self.options.limits.memory;
            let message = format!("samples of more than {limit} bytes");
            return Err(DecodeError::OverLimit(message));
        };
        self.given = given;
        // Fits: it is less than `given`.
        let pixels = pixels as usize;
        let zeros = |count| Samples::zeroed(kind, count).ok_or(DecodeError::OutOfMemory);
        self.raw
            .set_image(interleaved, zeros(pixels * interleaved)?)?;
        for index in &self.planes {
            self.raw.add_plane(*index, zeros(pixels)?)?;
        }
        Ok(())
    }
}

fn described(channel: &JxlExtraChannelInfo, kind: ChannelKind, name: String) -> ChannelInfo {
    ChannelInfo {
        kind,
        name,
        bits: channel.bits_per_sample,
        exponent_bits: channel.exponent_bits_per_sample,
        shift: channel.dim_shift,
    }
}

/// Decodes a whole file.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Image, DecodeError> {
    let mut decoder = Decoder::new(DecodeOptions {
        progressive: None,
        ..options.clone()
    })?;
    decoder.feed(bytes)?;
    decoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::encoder::tests::cropped;

    /// A layer may be larger than the picture: it is held to the limit by itself.
    #[test]
    fn layers_over_the_limit_are_refused() {
        let file = cropped((16, 16), (40, 30)).finish(1 << 20).unwrap();
        let layers = |pixels| DecodeOptions {
            coalesce: false,
            limits: Limits {
                pixels,
                ..Limits::default()
            },
            ..DecodeOptions::default()
        };
        let image = decode(&file, &layers(1200)).unwrap();
        let frame = &image.frames[0];
        assert_eq!((frame.width, frame.height), (40, 30));
        assert_eq!((frame.x, frame.y), (3, -5));
        assert!(matches!(
            decode(&file, &layers(1199)),
            Err(DecodeError::OverLimit(_))
        ));
    }

    #[test]
    fn more_threads_than_anybody_has_are_refused() {
        let options = DecodeOptions {
            threads: 1025,
            ..DecodeOptions::default()
        };
        let refused = Decoder::new(options).err();
        assert!(matches!(refused, Some(DecodeError::Unsupported(_))));
    }
}
