//! RGB to YCbCr and back: JFIF's equations (BT.601, full range) with 16 fraction bits, rounded
//! as libjpeg's tables are.

use super::piece::Colours;
use crate::image::Channels;

/// `x` with 16 fraction bits, rounded. The factors have the five digits of libjpeg: with more,
/// two of them would round the other way.
pub(super) const fn fix(x: f64) -> i32 {
    (x * 65536.0 + 0.5) as i32
}

pub(super) const HALF: i32 = 1 << 15;
/// The middle of chroma, and its rounding: just below a half.
pub(super) const CENTRE: i32 = (128 << 16) + HALF - 1;

#[inline(always)]
pub(super) fn ycc([r, g, b]: [u8; 3]) -> [u8; 3] {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let y = fix(0.299) * r + fix(0.587) * g + fix(0.114) * b + HALF;
    let cb = fix(0.5) * b - fix(0.16874) * r - fix(0.33126) * g + CENTRE;
    let cr = fix(0.5) * r - fix(0.41869) * g - fix(0.08131) * b + CENTRE;
    // In range without clipping: the factors of each sum to 1 or 0.
    [y, cb, cr].map(|v| (v >> 16) as u8)
}

#[inline(always)]
pub(super) fn rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    [
        y + ((fix(1.402) * cr + HALF) >> 16),
        y + ((-fix(0.34414) * cb - fix(0.71414) * cr + HALF) >> 16),
        y + ((fix(1.772) * cb + HALF) >> 16),
    ]
    .map(|v| v.clamp(0, 255) as u8)
}

#[inline(always)]
fn split_n<const N: usize>(row: &[u8], [y, cb, cr]: [&mut [u8]; 3]) {
    let (pixels, _) = row.as_chunks::<N>();
    let n = pixels.len();
    let (y, cb, cr) = (&mut y[..n], &mut cb[..n], &mut cr[..n]);
    for i in 0..n {
        let [r, g, b] = [0, 1, 2].map(|c| pixels[i][c]);
        [y[i], cb[i], cr[i]] = ycc([r, g, b]);
    }
}

#[inline(always)]
fn join_n<const N: usize>([y, cb, cr]: [&[u8]; 3], row: &mut [u8]) {
    let (pixels, _) = row.as_chunks_mut::<N>();
    let n = pixels.len();
    let (y, cb, cr) = (&y[..n], &cb[..n], &cr[..n]);
    for i in 0..n {
        [pixels[i][0], pixels[i][1], pixels[i][2]] = rgb([y[i], cb[i], cr[i]]);
    }
}

/// Pixel after pixel: the definition.
pub(super) struct Plain;

impl Colours for Plain {
    #[inline(always)]
    fn split(row: &[u8], channels: Channels, planes: [&mut [u8]; 3]) {
        match channels {
            Channels::Rgb => split_n::<3>(row, planes),
            Channels::Rgba => split_n::<4>(row, planes),
        }
    }

    #[inline(always)]
    fn join(planes: [&[u8]; 3], row: &mut [u8], channels: Channels) {
        match channels {
            Channels::Rgb => join_n::<3>(planes, row),
            Channels::Rgba => join_n::<4>(planes, row),
        }
    }
}
