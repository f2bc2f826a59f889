//! The jxl-oxide crate.

use jxl_oxide::image::ExtraChannelType;
use jxl_oxide::{AllocTracker, InitializeResult, JxlImage, JxlThreadPool, PixelFormat, Render};

use crate::guard::guarded;
use crate::jxl_header::{codestream, is_jxl, size};
use crate::picture::check_size;
use crate::{Backend, Format, Picture, ReferenceError};

/// Most bytes of pixels the crate may hold at a time: twice the largest
/// picture with four floats a pixel.
const MOST_MEMORY: usize = 3 << 30;

/// JPEG XL by jxl-oxide: the first frame, on one thread.
///
/// Samples stay in the colour encoding of the file, are turned as it says, and
/// rounded to 8 bits; spot colours are rendered and alpha is not premultiplied.
pub struct JxlOxide;

impl Backend for JxlOxide {
    fn name(&self) -> &'static str {
        "jxl-oxide"
    }

    fn version(&self) -> &'static str {
        "0.12.6"
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Jxl]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        is_jxl(bytes)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes))
    }
}

fn error(error: impl std::fmt::Display) -> ReferenceError {
    ReferenceError::Malformed(error.to_string())
}

fn decode(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let stream = codestream(bytes)?;
    let (width, height) = size(&stream).ok_or_else(|| error("the file ends in its header"))?;
    check_size(width, height)?;
    let (mut image, mut rest) = header(&stream)?;
    let mut broken = None;
    // Frames behind the first, and bytes behind the last, are not looked at.
    while !rest.is_empty() && image.num_loaded_keyframes() == 0 {
        let chunk = &rest[..rest.len().min(1 << 16)];
        match image.feed_bytes(chunk) {
            Ok(0) => break,
            Ok(consumed) => rest = &rest[consumed..],
            Err(e) => {
                broken = Some(e.to_string());
                break;
            }
        }
    }
    if image.num_loaded_keyframes() > 0 {
        let render = image.render_frame(0).map_err(error)?;
        return to_picture(&image, &render);
    }
    let message = broken.unwrap_or_else(|| "the file ends early".to_owned());
    let Ok(render) = image.render_loading_frame() else {
        return Err(ReferenceError::Malformed(message));
    };
    Err(ReferenceError::Incomplete {
        picture: to_picture(&image, &render)?,
        complete_rows: 0,
        message,
    })
}

/// Reads as much as the header takes; gives what is behind that, too.
fn header(stream: &[u8]) -> Result<(JxlImage, &[u8]), ReferenceError> {
    let mut waiting = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(MOST_MEMORY))
        .build_uninit();
    let mut rest = stream;
    loop {
        let chunk = &rest[..rest.len().min(4096)];
        let consumed = waiting.feed_bytes(chunk).map_err(error)?;
        if consumed == 0 {
            return Err(error("the file ends in its header"));
        }
        rest = &rest[consumed..];
        match waiting.try_init().map_err(error)? {
            InitializeResult::NeedMoreData(again) => waiting = again,
            InitializeResult::Initialized(image) => return Ok((image, rest)),
        }
    }
}

fn to_picture(image: &JxlImage, render: &Render) -> Result<Picture, ReferenceError> {
    let channels = match image.pixel_format() {
        PixelFormat::Gray => 1,
        PixelFormat::Graya => 2,
        PixelFormat::Rgb => 3,
        PixelFormat::Rgba => 4,
        other => {
            let feature = format!("colours of the kind {other:?}");
            return Err(ReferenceError::Unsupported(feature));
        }
    };
    let mut alphas = image.image_header().metadata.ec_info.iter();
    let premultiplied = alphas
        .find_map(|channel| match channel.ty {
            ExtraChannelType::Alpha { alpha_associated } => Some(alpha_associated),
            _ => None,
        })
        .unwrap_or(false);

    let mut stream = render.stream();
    let mut picture = Picture::blank(stream.width(), stream.height())?;
    if stream.channels() as usize != channels {
        return Err(error("the channels contradict each other"));
    }
    let mut row = vec![0.0_f32; stream.width() as usize * channels];
    for out in picture.rgba.chunks_exact_mut(stream.width() as usize * 4) {
        stream.write_to_buffer(&mut row);
        for (pixel, samples) in out
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(row.chunks(channels))
        {
            let alpha = if channels % 2 == 0 {
                samples[channels - 1]
            } else {
                1.0
            };
            let scale = if premultiplied && alpha > 0.0 {
                alpha.recip()
            } else {
                1.0
            };
            let colour = |place: usize| samples[if channels < 3 { 0 } else { place }] * scale;
            *pixel = [colour(0), colour(1), colour(2), alpha].map(narrow);
        }
    }
    Ok(picture)
}

/// A sample of 0 to 1 at 8 bits; what lies outside is clamped.
fn narrow(sample: f32) -> u8 {
    (sample * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_rounded_and_clamped() {
        let cases = [-1.0, 0.0, 0.5 / 255.0, 0.499 / 255.0, 1.0, 7.0, f32::NAN];
        assert_eq!(cases.map(narrow), [0, 0, 1, 0, 255, 255, 0]);
    }

    #[test]
    fn broken_files_give_errors() {
        for bytes in [
            &b"\xFF\x0A"[..],
            b"\xFF\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        ] {
            let result = JxlOxide.decode(bytes);
            assert!(matches!(
                result,
                Err(ReferenceError::Malformed(_) | ReferenceError::Unsupported(_))
            ));
        }
    }
}
