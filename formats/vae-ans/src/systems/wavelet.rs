//! Wavelet transforms of every channel: CDF 5/3 and Haar, any size.
//!
//! Lifting, as in ISO/IEC 15444-1 annex F for 5/3 (its reversible filter) and
//! the S transform for Haar. At each level rows are transformed first, then
//! columns; the inverse does columns first. A line of `n` samples gives
//! `ceil(n / 2)` low and `floor(n / 2)` high coefficients, low ones first; one
//! sample alone stays as it is. Integers wrap, and halves round down.

use crate::Error;
use crate::core::{
    Band, Bound, DType, Element, Entity, Key, Latent, Level, Port, Pyramid, System, Wavelet, World,
};

/// Most levels.
pub const MAX_LEVELS: usize = 8;

/// `YUVW4` to `WaveletPyr`.
#[derive(Clone, Copy, Debug)]
pub struct WaveletForward {
    wavelet: Wavelet,
    levels: usize,
}

/// `WaveletPyr` to `YUVW4`; the pyramid says which wavelet and how many levels.
#[derive(Clone, Copy, Debug, Default)]
pub struct WaveletInverse;

impl WaveletForward {
    /// A transform of this many levels, 0 to 8.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn new(wavelet: Wavelet, levels: usize) -> Result<Self, Error> {
        if levels > MAX_LEVELS {
            return Err(Error::Parameter {
                name: "levels",
                found: levels.to_string(),
                allowed: format!("0 to {MAX_LEVELS}"),
            });
        }
        Ok(Self { wavelet, levels })
    }

    /// CDF 5/3.
    ///
    /// # Errors
    /// [`Error::Parameter`] for more than 8 levels.
    pub fn cdf53(levels: usize) -> Result<Self, Error> {
        Self::new(Wavelet::Cdf53, levels)
    }

    /// Haar.
    ///
    /// # Errors
    /// [`Error::Parameter`] for more than 8 levels.
    pub fn haar(levels: usize) -> Result<Self, Error> {
        Self::new(Wavelet::Haar, levels)
    }

    /// The inverse system.
    pub fn inverse() -> WaveletInverse {
        WaveletInverse
    }
}

impl System for WaveletForward {
    fn name(&self) -> String {
        format!("Wavelet({:?}, {})", self.wavelet, self.levels)
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::YUVW4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Pyramid>(Key::WAVELET_PYR)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Latent>(group[0], &bound.inputs[0])?.values;
        let (shape, dtype) = (first.shape().to_vec(), first.dtype());
        let (_, parts) = world.batch(group.len(), &shape, dtype)?;
        for (&entity, packed) in group.iter().zip(parts) {
            let latent = world.get::<Latent>(entity, &bound.inputs[0])?.clone();
            if dtype == DType::F32 {
                copy::<f32>(world, &latent.values, &packed)?;
                transform::<f32>(world, &packed, self.wavelet, self.levels, true)?;
            } else {
                copy::<i32>(world, &latent.values, &packed)?;
                transform::<i32>(world, &packed, self.wavelet, self.levels, true)?;
            }
            let pyramid = Pyramid {
                packed,
                index: bands(shape[0], shape[1], shape[2], self.wavelet, self.levels),
                levels: self.levels,
                wavelet: self.wavelet,
                size: latent.size,
                fraction: latent.fraction,
            };
            world.attach(entity, bound.outputs[0].clone(), pyramid);
        }
        Ok(())
    }
}

impl System for WaveletInverse {
    fn name(&self) -> String {
        "Wavelet.inverse".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Pyramid>(Key::WAVELET_PYR)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::YUVW4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Pyramid>(group[0], &bound.inputs[0])?.packed;
        let (shape, dtype) = (first.shape().to_vec(), first.dtype());
        let (_, parts) = world.batch(group.len(), &shape, dtype)?;
        for (&entity, values) in group.iter().zip(parts) {
            let pyramid = world.get::<Pyramid>(entity, &bound.inputs[0])?.clone();
            if dtype == DType::F32 {
                copy::<f32>(world, &pyramid.packed, &values)?;
                transform::<f32>(world, &values, pyramid.wavelet, pyramid.levels, false)?;
            } else {
                copy::<i32>(world, &pyramid.packed, &values)?;
                transform::<i32>(world, &values, pyramid.wavelet, pyramid.levels, false)?;
            }
            let latent = Latent {
                values,
                size: pyramid.size,
                fraction: pyramid.fraction,
            };
            world.attach(entity, bound.outputs[0].clone(), latent);
        }
        Ok(())
    }
}

/// The bands of planes of `height` by `width` in coding order: for each channel
/// the low band, then from the coarsest level to the finest the bands high
/// horizontally, high vertically, high in both.
pub(crate) fn bands(
    channels: usize,
    height: usize,
    width: usize,
    wavelet: Wavelet,
    levels: usize,
) -> Vec<Band> {
    let levels = if wavelet == Wavelet::None { 0 } else { levels };
    let half = |side: usize, times: usize| (0..times).fold(side, |s, _| s.div_ceil(2));
    let mut list = Vec::new();
    for channel in 0..channels {
        list.push(Band {
            channel,
            level: levels,
            part: Level::LowLow,
            y: 0,
            x: 0,
            height: half(height, levels),
            width: half(width, levels),
        });
        for level in (1..=levels).rev() {
            let (outer_h, outer_w) = (half(height, level - 1), half(width, level - 1));
            let (low_h, low_w) = (outer_h.div_ceil(2), outer_w.div_ceil(2));
            let parts = [
                (Level::HighLow, 0, low_w, low_h, outer_w - low_w),
                (Level::LowHigh, low_h, 0, outer_h - low_h, low_w),
                (
                    Level::HighHigh,
                    low_h,
                    low_w,
                    outer_h - low_h,
                    outer_w - low_w,
                ),
            ];
            for (part, y, x, height, width) in parts {
                list.push(Band {
                    channel,
                    level,
                    part,
                    y,
                    x,
                    height,
                    width,
                });
            }
        }
    }
    list
}

fn copy<T: Element>(
    world: &mut World,
    from: &crate::TensorRef,
    to: &crate::TensorRef,
) -> Result<(), Error> {
    let (from, to) = world.arena_mut().pair::<T, T>(from, to)?;
    to.copy_from_slice(from);
    Ok(())
}

/// The arithmetic of lifting: floats exactly halved, integers rounding down.
trait Sample: Element {
    /// `self - (left + right) / 2` or its inverse.
    fn predict(self, left: Self, right: Self, forward: bool) -> Self;
    /// `self + (left + right + 2) / 4` or its inverse.
    fn update(self, left: Self, right: Self, forward: bool) -> Self;
    /// Haar: `(a, b)` to (low, high), or back.
    fn haar(self, other: Self, forward: bool) -> (Self, Self);
}

impl Sample for f32 {
    fn predict(self, left: f32, right: f32, forward: bool) -> f32 {
        let mean = 0.5 * (left + right);
        if forward { self - mean } else { self + mean }
    }
    fn update(self, left: f32, right: f32, forward: bool) -> f32 {
        let part = 0.25 * (left + right);
        if forward { self + part } else { self - part }
    }
    fn haar(self, other: f32, forward: bool) -> (f32, f32) {
        if forward {
            let high = other - self;
            (self + 0.5 * high, high)
        } else {
            let even = self - 0.5 * other;
            (even, even + other)
        }
    }
}

impl Sample for i32 {
    fn predict(self, left: i32, right: i32, forward: bool) -> i32 {
        let mean = left.wrapping_add(right) >> 1;
        if forward {
            self.wrapping_sub(mean)
        } else {
            self.wrapping_add(mean)
        }
    }
    fn update(self, left: i32, right: i32, forward: bool) -> i32 {
        let part = left.wrapping_add(right).wrapping_add(2) >> 2;
        if forward {
            self.wrapping_add(part)
        } else {
            self.wrapping_sub(part)
        }
    }
    fn haar(self, other: i32, forward: bool) -> (i32, i32) {
        if forward {
            let high = other.wrapping_sub(self);
            (self.wrapping_add(high >> 1), high)
        } else {
            let even = self.wrapping_sub(other >> 1);
            (even, even.wrapping_add(other))
        }
    }
}

/// Transforms every plane of `(c, h, w)` in place.
fn transform<T: Sample>(
    world: &mut World,
    tensor: &crate::TensorRef,
    wavelet: Wavelet,
    levels: usize,
    forward: bool,
) -> Result<(), Error> {
    let &[channels, height, width] = tensor.shape() else {
        return Err(Error::WrongShape {
            what: "wavelet input".into(),
            found: tensor.shape().to_vec(),
            expected: "(channels, h, w)".into(),
        });
    };
    if wavelet == Wavelet::None || tensor.is_empty() {
        return Ok(());
    }
    let line = world.scratch("wavelet line", &[height.max(width)], T::DTYPE)?;
    for channel in 0..channels {
        let plane = tensor.sub(0, channel)?;
        let (plane, line) = world.arena_mut().pair_mut::<T, T>(&plane, &line)?;
        for step in 0..levels {
            let level = if forward { step } else { levels - 1 - step };
            let (mut h, mut w) = (height, width);
            for _ in 0..level {
                (h, w) = (h.div_ceil(2), w.div_ceil(2));
            }
            // Rows then columns; backwards, columns then rows.
            for columns in [!forward, forward] {
                let (lines, length, start, stride) = if columns {
                    (w, h, 1, width)
                } else {
                    (h, w, width, 1)
                };
                let line = &mut line[..length];
                for number in 0..lines {
                    let samples = &mut plane[number * start..];
                    if forward {
                        for (place, value) in line.iter_mut().enumerate() {
                            *value = samples[place * stride];
                        }
                        lift(line, wavelet, |place, value| {
                            samples[place * stride] = value
                        });
                    } else {
                        unlift(line, wavelet, |place| samples[place * stride]);
                        for (place, value) in line.iter().enumerate() {
                            samples[place * stride] = *value;
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// One line forwards: `line` holds the samples and is used up; `put` takes the
/// coefficients, low ones first.
fn lift<T: Sample>(line: &mut [T], wavelet: Wavelet, mut put: impl FnMut(usize, T)) {
    let n = line.len();
    if n < 2 {
        if let Some(&only) = line.first() {
            put(0, only);
        }
        return;
    }
    let low = n.div_ceil(2);
    if wavelet == Wavelet::Haar {
        for pair in 0..n / 2 {
            let (l, h) = line[2 * pair].haar(line[2 * pair + 1], true);
            put(pair, l);
            put(low + pair, h);
        }
        if n % 2 == 1 {
            put(low - 1, line[n - 1]);
        }
        return;
    }
    for odd in (1..n).step_by(2) {
        let right = if odd + 1 < n { odd + 1 } else { odd - 1 };
        line[odd] = line[odd].predict(line[odd - 1], line[right], true);
        put(low + odd / 2, line[odd]);
    }
    for even in (0..n).step_by(2) {
        let left = if even > 0 { even - 1 } else { 1 };
        let right = if even + 1 < n { even + 1 } else { left };
        put(even / 2, line[even].update(line[left], line[right], true));
    }
}

/// One line backwards: `get` gives the coefficients, `line` takes the samples.
fn unlift<T: Sample>(line: &mut [T], wavelet: Wavelet, get: impl Fn(usize) -> T) {
    let n = line.len();
    if n < 2 {
        if let Some(only) = line.first_mut() {
            *only = get(0);
        }
        return;
    }
    let low = n.div_ceil(2);
    if wavelet == Wavelet::Haar {
        for pair in 0..n / 2 {
            let (a, b) = get(pair).haar(get(low + pair), false);
            (line[2 * pair], line[2 * pair + 1]) = (a, b);
        }
        if n % 2 == 1 {
            line[n - 1] = get(low - 1);
        }
        return;
    }
    for odd in (1..n).step_by(2) {
        line[odd] = get(low + odd / 2);
    }
    for even in (0..n).step_by(2) {
        let left = if even > 0 { even - 1 } else { 1 };
        let right = if even + 1 < n { even + 1 } else { left };
        line[even] = get(even / 2).update(line[left], line[right], false);
    }
    for odd in (1..n).step_by(2) {
        let right = if odd + 1 < n { odd + 1 } else { odd - 1 };
        line[odd] = line[odd].predict(line[odd - 1], line[right], false);
    }
}

/// How much a coefficient of 1 in a band moves the samples: the Euclidean norm
/// of its synthesis function. A step divided by it spreads the error evenly.
pub fn band_norm(wavelet: Wavelet, level: usize, part: Level) -> f64 {
    let one = |high: bool| -> f64 {
        if wavelet == Wavelet::None || level == 0 {
            return 1.0;
        }
        // One coefficient in the middle of a line, brought up level by level.
        // Far enough from the ends that nothing of it is mirrored.
        let mut line = vec![0.0f32; 16];
        line[if high { 11 } else { 4 }] = 1.0;
        for step in 0..level {
            if step > 0 {
                let mut wider = vec![0.0; line.len() * 2];
                wider[..line.len()].copy_from_slice(&line);
                line = wider;
            }
            let coefficients = line.clone();
            unlift(&mut line, wavelet, |place| coefficients[place]);
        }
        line.iter().map(|&v| f64::from(v * v)).sum::<f64>().sqrt()
    };
    let horizontal = matches!(part, Level::HighLow | Level::HighHigh);
    let vertical = matches!(part, Level::LowHigh | Level::HighHigh);
    one(horizontal) * one(vertical)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(line: &[i32], wavelet: Wavelet) -> Vec<i32> {
        let mut out = vec![0; line.len()];
        lift(&mut line.to_vec(), wavelet, |p, v| out[p] = v);
        out
    }

    #[test]
    fn lines_by_hand() {
        // d0 = 5 - (1 + 2 >> 1) = 4, d1 = 8 - (2 + 2 >> 1) = 6 (mirrored);
        // s0 = 1 + (4 + 4 + 2 >> 2) = 3, s1 = 2 + (4 + 6 + 2 >> 2) = 5.
        assert_eq!(forward(&[1, 5, 2, 8], Wavelet::Cdf53), [3, 5, 4, 6]);
        // Odd length: d0 = -3 - (4 + 9 >> 1) = -9; s0 = 4 + (-16 >> 2) = 0.
        assert_eq!(forward(&[4, -3, 9], Wavelet::Cdf53), [0, 5, -9]);
        assert_eq!(forward(&[7], Wavelet::Cdf53), [7]);
        assert_eq!(forward(&[1, 4, 9], Wavelet::Haar), [2, 9, 3]);
    }

    #[test]
    fn every_length_comes_back_even_when_sums_wrap() {
        for wavelet in [Wavelet::Cdf53, Wavelet::Haar] {
            for n in 0..40 {
                let line: Vec<i32> = (0..n)
                    .map(|i: i32| (i + 1).wrapping_mul(0x4f6c_dd1d) ^ 0x0012_3456)
                    .collect();
                let there = forward(&line, wavelet);
                let mut back = vec![0; line.len()];
                unlift(&mut back, wavelet, |p| there[p]);
                assert_eq!(back, line, "{wavelet:?} {n}");
            }
        }
    }

    #[test]
    fn norms_are_those_of_the_filters() {
        // 5/3 synthesis: low (1/2, 1, 1/2), high (-1/8, -1/4, 3/4, -1/4, -1/8).
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6);
        let norm = |level, part| band_norm(Wavelet::Cdf53, level, part);
        close(norm(1, Level::LowLow), 1.5);
        close(norm(1, Level::HighHigh), 0.71875);
        close(norm(1, Level::HighLow), (1.5f64 * 0.71875).sqrt());
        close(norm(2, Level::LowLow), 2.75);
        close(band_norm(Wavelet::Haar, 1, Level::HighHigh), 0.5);
        close(band_norm(Wavelet::Haar, 2, Level::LowLow), 4.0);
        close(band_norm(Wavelet::None, 0, Level::LowLow), 1.0);
    }
}
