//! The structural similarity index.
//!
//! Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image Quality
//! Assessment: From Error Visibility to Structural Similarity", IEEE
//! Transactions on Image Processing 13 (4), 2004, with the constants given
//! there. The optional downsampling of the authors' later program is not done.

use crate::plane::Grid;
use crate::{Error, Plane, View};

/// `K1` of the paper; the luminance constant is `C1 = (K1 * 255)^2`.
pub const SSIM_K1: f64 = 0.01;
/// `K2` of the paper; the contrast constant is `C2 = (K2 * 255)^2`.
pub const SSIM_K2: f64 = 0.03;
/// Side of the Gaussian window, in samples.
pub const SSIM_WINDOW: usize = 11;
/// Standard deviation of the Gaussian window, in samples.
pub const SSIM_SIGMA: f64 = 1.5;

const C1: f64 = (SSIM_K1 * 255.0) * (SSIM_K1 * 255.0);
const C2: f64 = (SSIM_K2 * 255.0) * (SSIM_K2 * 255.0);

/// Means over all windows of the index and of its contrast-structure part.
pub(crate) struct Means {
    /// Mean of luminance times contrast-structure: the SSIM index.
    pub(crate) full: f64,
    /// Mean of `(2 cov + C2) / (var + var + C2)`, without the luminance term.
    pub(crate) contrast_structure: f64,
}

/// The mean structural similarity index of one plane: 1 for equal planes,
/// lower for different ones, at least -1.
///
/// Windows lie fully inside the picture; nothing is padded. A side shorter
/// than [`SSIM_WINDOW`] gets a window as long as that side, its Gaussian cut
/// symmetrically and scaled to sum 1 (a 1 by 1 picture compares luminance
/// alone).
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn ssim(left: View<'_>, right: View<'_>, plane: Plane) -> Result<f64, Error> {
    left.same_size(right)?;
    let left = Grid::from_view(left, plane);
    let right = Grid::from_view(right, plane);
    Ok(means(&left, &right).full)
}

/// Both means for two grids of one size.
pub(crate) fn means(left: &Grid, right: &Grid) -> Means {
    let horizontal = gaussian(SSIM_WINDOW.min(left.width));
    let vertical = gaussian(SSIM_WINDOW.min(left.height));
    let blur = |grid: &Grid| grid.filter(&horizontal, &vertical);

    let mean_left = blur(left);
    let mean_right = blur(right);
    let square_left = blur(&left.times(left));
    let square_right = blur(&right.times(right));
    let product = blur(&left.times(right));

    let (mut full, mut contrast_structure) = (0.0, 0.0);
    for index in 0..product.samples.len() {
        let (a, b) = (mean_left.samples[index], mean_right.samples[index]);
        let variance_left = square_left.samples[index] - a * a;
        let variance_right = square_right.samples[index] - b * b;
        let covariance = product.samples[index] - a * b;
        let luminance = (2.0 * a * b + C1) / (a * a + b * b + C1);
        let structure = (2.0 * covariance + C2) / (variance_left + variance_right + C2);
        full += luminance * structure;
        contrast_structure += structure;
    }
    let count = product.samples.len() as f64;
    Means {
        full: full / count,
        contrast_structure: contrast_structure / count,
    }
}

/// A Gaussian of `length` weights around their middle, with sum 1.
fn gaussian(length: usize) -> Vec<f64> {
    let middle = (length - 1) as f64 / 2.0;
    let weights: Vec<f64> = (0..length)
        .map(|place| {
            let distance = place as f64 - middle;
            (-distance * distance / (2.0 * SSIM_SIGMA * SSIM_SIGMA)).exp()
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plane::Grid;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    fn grey(width: u32, height: u32, sample: impl Fn(u32, u32) -> u8) -> Vec<u8> {
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| {
                let value = sample(x, y);
                [value, value, value, 255]
            })
            .collect()
    }

    #[test]
    fn equal_pictures_score_one() {
        for (width, height) in [(1, 1), (3, 20), (11, 11), (40, 17)] {
            let bytes = grey(width, height, |x, y| ((x * 37) ^ (y * 91)) as u8);
            let view = View::new(width, height, &bytes).unwrap();
            assert_close(ssim(view, view, Plane::Red).unwrap(), 1.0);
        }
    }

    #[test]
    fn flat_pictures_differ_by_the_luminance_term_alone() {
        let expected = (2.0 * 100.0 * 120.0 + C1) / (100.0 * 100.0 + 120.0 * 120.0 + C1);
        for (width, height) in [(1, 1), (4, 4), (16, 16)] {
            let left = grey(width, height, |_, _| 100);
            let right = grey(width, height, |_, _| 120);
            let left = View::new(width, height, &left).unwrap();
            let right = View::new(width, height, &right).unwrap();
            assert_close(ssim(left, right, Plane::Green).unwrap(), expected);
        }
    }

    #[test]
    fn two_samples_by_hand() {
        // A 2 by 1 picture has the window [1/2, 1/2]. Left (0, 200): mean 100,
        // variance 10000; right (200, 0): the same, covariance -10000.
        let left = View::new(2, 1, &[0, 0, 0, 0, 200, 200, 200, 200]).unwrap();
        let right = View::new(2, 1, &[200, 200, 200, 200, 0, 0, 0, 0]).unwrap();
        let expected = (-20_000.0 + C2) / (20_000.0 + C2);
        assert_close(ssim(left, right, Plane::Alpha).unwrap(), expected);
    }

    #[test]
    fn the_window_is_the_papers() {
        let window = gaussian(SSIM_WINDOW);
        assert_close(window.iter().sum(), 1.0);
        // fspecial('gaussian', 11, 1.5): the middle of its one-dimensional factor.
        assert!((window[5] - 0.266_011_724_862_5).abs() < 1e-9);
        assert_eq!(window[0], window[10]);
    }

    #[test]
    fn windows_stay_inside() {
        let grid = Grid {
            width: 12,
            height: 30,
            samples: vec![1.0; 360],
        };
        let blurred = grid.filter(&gaussian(11), &gaussian(11));
        assert_eq!((blurred.width, blurred.height), (2, 20));
    }
}
