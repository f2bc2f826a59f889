//! libjxl, by `orrery-jxl`; with the feature `jxl` only.

use std::sync::OnceLock;

use orrery_jxl::{ChannelKind, DecodeError, DecodeOptions, Decoder, Frame, Info, Limits};

use crate::guard::guarded;
use crate::{Backend, Format, MAX_PIXELS, Picture, ReferenceError};

/// JPEG XL by libjxl: the first frame, on one thread, under the same rules as
/// [`crate::JxlOxide`].
pub struct LibJxl;

impl Backend for LibJxl {
    fn name(&self) -> &'static str {
        "jxl"
    }

    fn version(&self) -> &'static str {
        static VERSION: OnceLock<String> = OnceLock::new();
        VERSION.get_or_init(|| {
            let (major, minor, patch) = orrery_jxl::version();
            format!("{major}.{minor}.{patch}")
        })
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Jxl]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        orrery_jxl::is_jxl(bytes)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes))
    }
}

fn decode(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let options = DecodeOptions {
        limits: Limits {
            pixels: MAX_PIXELS,
            ..Limits::default()
        },
        unpremultiply_alpha: true,
        first_frame_only: true,
        ..DecodeOptions::default()
    };
    let mut decoder = Decoder::new(options).map_err(error)?;
    let ended = decoder.feed(bytes).and_then(|_| decoder.finish());
    match ended {
        Ok(image) => match image.frames.first() {
            Some(frame) => to_picture(&image.info, frame),
            None => Err(error(DecodeError::Truncated)),
        },
        Err(error) => match (decoder.snapshot(), decoder.info()) {
            (Some(frame), Some(info)) => Err(ReferenceError::Incomplete {
                picture: to_picture(info, &frame)?,
                complete_rows: 0,
                message: error.to_string(),
            }),
            _ => Err(self::error(error)),
        },
    }
}

fn error(error: DecodeError) -> ReferenceError {
    match error {
        DecodeError::OverLimit(feature) | DecodeError::Unsupported(feature) => {
            ReferenceError::Unsupported(feature)
        }
        other => ReferenceError::Malformed(other.to_string()),
    }
}

fn to_picture(info: &Info, frame: &Frame) -> Result<Picture, ReferenceError> {
    let mut channels = info.channels.iter();
    if channels.any(|channel| channel.kind == ChannelKind::Black) {
        return Err(ReferenceError::Unsupported("inks".to_owned()));
    }
    Ok(Picture {
        width: frame.width,
        height: frame.height,
        rgba: orrery_jxl::to_rgba8(info, frame),
    })
}
