//! The picture at an eighth of its size, from the first part of the file.

use half::f16;

use crate::{DecodeError, DecodeOptions, Decoder, Detail, Frame, Info, Samples};

/// Bytes that are fed at a time: as much finer as it gets, the less is read.
const PIECE: usize = 4096;
/// The reduction: the side of the blocks whose means DC holds.
const EIGHTH: usize = 8;

/// A picture at an eighth of its size, sides rounded up.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduced {
    /// What the header says, of the full size.
    pub info: Info,
    /// The first frame: every pixel is the mean of a block of 8 by 8.
    pub frame: Frame,
    /// Bytes of the file that were fed.
    pub bytes_read: usize,
    /// Whether it is DC alone; files without (small and lossless ones) are decoded wholly.
    pub from_dc: bool,
}

/// Decodes the first frame at an eighth of its size, reading no further than DC where the file
/// has it apart.
///
/// libjxl gives DC at the full size only, smoothly enlarged; this takes means of it, so the
/// memory is that of the full picture, the time is not.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode_reduced(bytes: &[u8], options: &DecodeOptions) -> Result<Reduced, DecodeError> {
    let options = DecodeOptions {
        progressive: Some(Detail::Dc),
        boxes: false,
        first_frame_only: true,
        ..options.clone()
    };
    let mut decoder = Decoder::new(options)?;
    let mut bytes_read = 0;
    for piece in bytes.chunks(PIECE) {
        bytes_read += piece.len();
        if let Some(step) = decoder.feed_to_step(piece)? {
            let info = decoder.info().ok_or(DecodeError::Truncated)?.clone();
            return reduced(info, &step.picture, bytes_read, true);
        }
        if decoder.is_finished() {
            break;
        }
    }
    let image = decoder.finish()?;
    let full = image.frames.first().ok_or(DecodeError::Truncated)?;
    reduced(image.info.clone(), full, bytes_read, false)
}

fn reduced(
    info: Info,
    full: &Frame,
    bytes_read: usize,
    from_dc: bool,
) -> Result<Reduced, DecodeError> {
    Ok(Reduced {
        frame: eighth(full, info.interleaved()).ok_or(DecodeError::OutOfMemory)?,
        info,
        bytes_read,
        from_dc,
    })
}

fn eighth(full: &Frame, interleaved: usize) -> Option<Frame> {
    let size = (full.width as usize, full.height as usize);
    let planes = full.planes.iter().map(|plane| means(plane, size, 1));
    Some(Frame {
        name: full.name.clone(),
        width: full.width.div_ceil(EIGHTH as u32),
        height: full.height.div_ceil(EIGHTH as u32),
        pixels: means(&full.pixels, size, interleaved)?,
        planes: planes.collect::<Option<_>>()?,
        ..*full
    })
}

fn means(samples: &Samples, size: (usize, usize), channels: usize) -> Option<Samples> {
    let round = |mean: f32| (mean + 0.5) as u16;
    Some(match samples {
        Samples::U8(s) => Samples::U8(blocks(s, size, channels, f32::from, |m| round(m) as u8)?),
        Samples::U16(s) => Samples::U16(blocks(s, size, channels, f32::from, round)?),
        Samples::F16(s) => Samples::F16(blocks(s, size, channels, f16::to_f32, f16::from_f32)?),
        Samples::F32(s) => Samples::F32(blocks(s, size, channels, |v| v, |m| m)?),
    })
}

fn blocks<T: Copy>(
    samples: &[T],
    (width, height): (usize, usize),
    channels: usize,
    read: impl Fn(T) -> f32,
    write: impl Fn(f32) -> T,
) -> Option<Vec<T>> {
    let (columns, rows) = (width.div_ceil(EIGHTH), height.div_ceil(EIGHTH));
    let mut means = Vec::new();
    means.try_reserve_exact(columns * rows * channels).ok()?;
    for row in 0..rows {
        let lines = row * EIGHTH..height.min((row + 1) * EIGHTH);
        for column in 0..columns {
            let pixels = column * EIGHTH..width.min((column + 1) * EIGHTH);
            let count = (lines.len() * pixels.len()) as f32;
            for channel in 0..channels {
                let sum: f32 = lines
                    .clone()
                    .flat_map(|y| pixels.clone().map(move |x| (y * width + x) * channels))
                    .filter_map(|at| samples.get(at + channel).copied())
                    .map(&read)
                    .sum();
                means.push(write(sum / count));
            }
        }
    }
    Some(means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_blocks_and_of_their_rests() {
        let (width, height) = (9, 10);
        let samples: Vec<u8> = (0..width * height * 2)
            .map(|at| {
                if at % 2 == 0 {
                    10
                } else {
                    (at / 2 % width) as u8
                }
            })
            .collect();
        let Some(Samples::U8(means)) = means(&Samples::U8(samples), (width, height), 2) else {
            panic!("bytes stay bytes");
        };
        // The mean of 0 to 7 is 3.5, rounded up; the rest is one column.
        assert_eq!(means, [10, 4, 10, 8, 10, 4, 10, 8]);
    }
}
