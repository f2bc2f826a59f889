//! JPEG to JPEG XL and back, byte for byte.
//!
//! Here `jpegxl-rs` does everything that is needed, through its sessions: its `reconstruct` would
//! give pixels, decoded without a limit, for a file that holds no JPEG.

use jpegxl_rs::decode::{Event, Events};
use jpegxl_rs::encode::EncoderSpeed;
use jpegxl_rs::parallel::ParallelRunner;
use jpegxl_rs::{decoder_builder, encoder_builder};

use crate::sys::decoder::{pool, signature};
use crate::sys::memory::CappedMemory;
use crate::{DecodeError, EncodeError, EncodeOptions, Limits};

/// Packs a JPEG into a JPEG XL file that also holds what it takes to rebuild it byte for byte.
///
/// Of the options effort, threads and limits count. What comes out is rebuilt and compared before
/// it is given.
///
/// # Errors
/// [`EncodeError::UnsupportedJpeg`] for kinds that libjxl does not pack (arithmetic and lossless
/// coding, 12 bits, inks), [`EncodeError::BadInput`] for damaged files, [`EncodeError::Jbrd`] for
/// what could not be rebuilt, others as they come.
pub fn transcode(jpeg: &[u8], options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    options.check()?;
    check_size(jpeg, &options.limits)?;
    let memory = CappedMemory::new(options.limits.memory);
    let pool = pool(options.threads).map_err(|_| EncodeError::OutOfMemory)?;
    let mut encoder = encoder_builder()
        .memory_manager(&*memory)
        .speed(speed(options.effort))
        .maybe_parallel_runner(pool.as_ref().map(|pool| pool as &dyn ParallelRunner))
        .use_container(true)
        .build()?;
    let file = encoder.encode_jpeg(jpeg).map_err(|error| match error {
        _ if memory.refused() => EncodeError::OutOfMemory,
        error => refusal(jpeg, error.into()),
    })?;
    // libjxl packs some files that it cannot rebuild, such as those with a profile behind the
    // frame header.
    match reconstruct(&file, options.threads, &options.limits) {
        Ok(again) if again == jpeg => Ok(file),
        _ => Err(EncodeError::Jbrd),
    }
}

fn speed(effort: u8) -> EncoderSpeed {
    match effort {
        1 => EncoderSpeed::Lightning,
        2 => EncoderSpeed::Thunder,
        3 => EncoderSpeed::Falcon,
        4 => EncoderSpeed::Cheetah,
        5 => EncoderSpeed::Hare,
        6 => EncoderSpeed::Wombat,
        7 => EncoderSpeed::Squirrel,
        8 => EncoderSpeed::Kitten,
        9 => EncoderSpeed::Tortoise,
        _ => EncoderSpeed::Glacier,
    }
}

/// Checks the size before libjxl makes room for coefficients, which its memory manager does not
/// see. Every frame header counts, wherever it stands (T.81, B.2.2).
fn check_size(jpeg: &[u8], limits: &Limits) -> Result<(), EncodeError> {
    for at in jpeg.windows(10) {
        let &[0xFF, code, high, low, _, h1, h0, w1, w0, components] = at else {
            continue;
        };
        let is_frame = matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC);
        if !is_frame || u16::from_be_bytes([high, low]) != 8 + 3 * u16::from(components) {
            continue;
        }
        let height = u16::from_be_bytes([h1, h0]);
        let width = u16::from_be_bytes([w1, w0]);
        if u64::from(width) * u64::from(height) > limits.pixels {
            let limit = limits.pixels;
            let message = format!("{width} by {height} pixels, more than {limit}");
            return Err(EncodeError::OverLimit(message));
        }
    }
    Ok(())
}

/// What libjxl's error comes from: of a JPEG of another kind it says the same as of a damaged one.
fn refusal(jpeg: &[u8], error: EncodeError) -> EncodeError {
    match error {
        EncodeError::BadInput
        | EncodeError::NotSupported
        | EncodeError::Jbrd
        | EncodeError::Generic => unpacked_kind(jpeg).map_or(error, EncodeError::UnsupportedJpeg),
        error => error,
    }
}

/// The kind of a JPEG, if its first frame header (T.81, table B.1; T.87 for JPEG-LS) has one that
/// libjxl does not pack.
fn unpacked_kind(jpeg: &[u8]) -> Option<String> {
    let mut rest = jpeg.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        // Fill bytes may stand before any marker.
        let start = rest.iter().position(|byte| *byte != 0xFF)?;
        let code = rest[start];
        if start == 0 || matches!(code, 0 | 0x01 | 0xD0..=0xDA) {
            return None;
        }
        rest = &rest[start + 1..];
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        let segment = rest.get(2..length)?;
        rest = &rest[length..];
        let coding = match code {
            0xC0..=0xC2 => "",
            0xC3 => "lossless coding",
            0xC5..=0xC7 | 0xCD..=0xCF => "hierarchical coding",
            0xC9 | 0xCA => "arithmetic coding",
            0xCB => "lossless arithmetic coding",
            0xF7 => "JPEG-LS",
            _ => continue,
        };
        let &[precision, h1, h0, _, _, components] = segment.first_chunk()?;
        return match (coding, precision, [h1, h0], components) {
            ("", 8, [0, 0], _) => Some("a height that is told behind the first scan".to_owned()),
            ("", 8, _, 1) => None,
            ("", 8, _, 3) => unpacked_sampling(&segment[6..]),
            ("", 8, _, components) => Some(format!("{components} components")),
            ("", precision, ..) => Some(format!("{precision} bits a sample")),
            (coding, ..) => Some(coding.to_owned()),
        };
    }
}

/// The frame header of JPEG XL knows planes of the full size and of half of it, either way.
fn unpacked_sampling(components: &[u8]) -> Option<String> {
    let factors = components.chunks_exact(3).map(|c| (c[1] >> 4, c[1] & 15));
    let (most_h, most_v) = factors.clone().fold((0, 0), |most, factors| {
        (most.0.max(factors.0), most.1.max(factors.1))
    });
    let fits = |most, factor| most == factor || most == 2 * factor;
    let mut factors = factors;
    factors
        .any(|(h, v)| !fits(most_h, h) || !fits(most_v, v))
        .then(|| "components of another size than the whole or half".to_owned())
}

/// The JPEG that a file was made of, byte for byte.
///
/// # Errors
/// [`DecodeError::Unsupported`] for a file that holds no JPEG, others as they come.
pub fn reconstruct(bytes: &[u8], threads: usize, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    if !signature(bytes) {
        return Err(DecodeError::Invalid("no signature of JPEG XL"));
    }
    let memory = CappedMemory::new(limits.memory);
    let pool = pool(threads).map_err(|_| DecodeError::OutOfMemory)?;
    let mut decoder = decoder_builder()
        .memory_manager(&*memory)
        .maybe_parallel_runner(pool.as_ref().map(|pool| pool as &dyn ParallelRunner))
        .build()
        .map_err(|_| DecodeError::OutOfMemory)?;
    let events = Events::BASIC_INFO | Events::JPEG_RECONSTRUCTION | Events::FULL_IMAGE;
    let mut session = decoder
        .session(events)
        .map_err(|_| DecodeError::OutOfMemory)?;
    let no_jpeg = || DecodeError::Unsupported("a file that was not made of a JPEG".to_owned());
    let mut input = bytes;
    let mut ended = false;
    loop {
        let event = session.process(&mut input).map_err(|_| {
            if memory.refused() {
                let message = format!("libjxl needs more than {} bytes", limits.memory);
                DecodeError::OverLimit(message)
            } else if ended {
                DecodeError::Truncated
            } else {
                DecodeError::Invalid("libjxl finds an error")
            }
        })?;
        match event {
            Event::BasicInfo(info) => limits.check_pixels(info.xsize, info.ysize)?,
            Event::Jpeg(jpeg) => return Ok(jpeg),
            Event::NeedMoreInput if ended => return Err(DecodeError::Truncated),
            Event::NeedMoreInput => {
                session.close_input();
                ended = true;
            }
            // Pixels are asked for where there is no JPEG.
            Event::NeedImageOutBuffer | Event::FullImage(_) | Event::Success => {
                return Err(no_jpeg());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_found_wherever_they_stand() {
        let limits = Limits {
            pixels: 100,
            ..Limits::default()
        };
        let header =
            |height: u8, width: u8| [0xFF, 0xC2, 0, 11, 8, 0, height, 0, width, 1, 1, 0x11, 0];
        let fits = [&[0xFF, 0xD8, 0xFF][..], &header(10, 10)].concat();
        assert_eq!(check_size(&fits, &limits), Ok(()));
        let twice = [&fits[..], &header(10, 11)].concat();
        assert!(matches!(
            check_size(&twice, &limits),
            Err(EncodeError::OverLimit(_))
        ));
    }

    #[test]
    fn kinds_are_told_from_damage() {
        let kind = |code, precision, height, components| {
            let header = [0xFF, code, 0, 8, precision, 0, height, 0, 9, components];
            let file = [&[0xFF, 0xD8, 0xFF, 0xFE, 0, 3, 7, 0xFF][..], &header].concat();
            unpacked_kind(&file)
        };
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(kind(0xC0, 8, 9, 1), None);
        assert_eq!(kind(0xC2, 8, 9, 3), None);
        assert_eq!(kind(0xC0, 8, 9, 4), named("4 components"));
        assert_eq!(kind(0xC1, 12, 9, 1), named("12 bits a sample"));
        assert_eq!(kind(0xC9, 8, 9, 1), named("arithmetic coding"));
        assert_eq!(kind(0xC3, 8, 9, 1), named("lossless coding"));
        assert!(kind(0xC0, 8, 0, 1).unwrap().contains("height"));
        assert_eq!(
            unpacked_sampling(&[1, 0x22, 0, 2, 0x11, 1, 3, 0x21, 1]),
            None
        );
        assert!(unpacked_sampling(&[1, 0x13, 0, 2, 0x11, 1, 3, 0x11, 1]).is_some());
        for damaged in [&b""[..], &[0xFF, 0xD8], &[0xFF, 0xD8, 0xFF, 0xC9, 0, 0]] {
            assert_eq!(unpacked_kind(damaged), None);
        }
    }
}
