//! Peak signal-to-noise ratio.

use crate::{Error, View};

/// Peak signal-to-noise ratios in decibels, peak 255; infinite where the
/// pictures agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Psnr {
    /// One ratio for each of R, G, B, A.
    pub channels: [f64; 4],
    /// From the mean squared error over R, G and B together: the figure codec
    /// papers give for colour pictures.
    pub rgb: f64,
    /// From the mean squared error over all four samples.
    pub rgba: f64,
}

/// Measures `10 * log10(255^2 / mse)` for each channel and for their means.
///
/// Squared errors are summed in integers, so the result does not depend on
/// the order of summation; alpha weighs nothing but its own channel.
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn psnr(left: View<'_>, right: View<'_>) -> Result<Psnr, Error> {
    left.same_size(right)?;
    let mut squares = [0_u64; 4];
    for (a, b) in left.pixels().zip(right.pixels()) {
        for channel in 0..4 {
            let difference = u64::from(a[channel].abs_diff(b[channel]));
            squares[channel] += difference * difference;
        }
    }
    let pixels = (left.rgba().len() / 4) as u64;
    Ok(Psnr {
        channels: squares.map(|sum| decibels(sum, pixels)),
        rgb: decibels(squares[..3].iter().sum(), pixels * 3),
        rgba: decibels(squares.iter().sum(), pixels * 4),
    })
}

/// The ratio for a sum of squared errors over `count` samples.
fn decibels(sum: u64, count: u64) -> f64 {
    if sum == 0 {
        return f64::INFINITY;
    }
    10.0 * (255.0 * 255.0 * count as f64 / sum as f64).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn equal_pictures_are_infinitely_close() {
        let view = View::new(1, 2, &[3; 8]).unwrap();
        let psnr = psnr(view, view).unwrap();
        assert_eq!(psnr.channels, [f64::INFINITY; 4]);
        assert_eq!(psnr.rgb, f64::INFINITY);
        assert_eq!(psnr.rgba, f64::INFINITY);
    }

    #[test]
    fn black_against_white_is_zero_decibels() {
        let black = View::new(1, 1, &[0, 0, 0, 0]).unwrap();
        let white = View::new(1, 1, &[255; 4]).unwrap();
        let psnr = psnr(black, white).unwrap();
        assert_eq!(psnr.channels, [0.0; 4]);
        assert_eq!(psnr.rgb, 0.0);
        assert_eq!(psnr.rgba, 0.0);
    }

    #[test]
    fn an_error_of_one_everywhere_is_48_decibels() {
        // 20 * log10(255) = 48.1308036087 dB.
        let left = View::new(2, 2, &[100; 16]).unwrap();
        let right = View::new(2, 2, &[101; 16]).unwrap();
        assert_close(psnr(left, right).unwrap().rgba, 48.130_803_608_679_1);
    }

    #[test]
    fn means_are_over_samples_not_over_ratios() {
        // Two pixels; red of the first differs by 51 = 255 / 5. The mean
        // squared error of red is 51^2 / 2, of RGB 51^2 / 6, of RGBA 51^2 / 8,
        // so the ratios are 10 * log10 of 50, 150 and 200.
        let left = View::new(2, 1, &[0; 8]).unwrap();
        let right = [51, 0, 0, 0, 0, 0, 0, 0];
        let psnr = psnr(left, View::new(2, 1, &right).unwrap()).unwrap();
        assert_close(psnr.channels[0], 10.0 * 50_f64.log10());
        assert_eq!(psnr.channels[1..], [f64::INFINITY; 3]);
        assert_close(psnr.rgb, 10.0 * 150_f64.log10());
        assert_close(psnr.rgba, 10.0 * 200_f64.log10());
    }
}
