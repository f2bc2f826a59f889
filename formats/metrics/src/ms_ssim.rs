//! The multi-scale structural similarity index.
//!
//! Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multi-Scale Structural Similarity
//! for Image Quality Assessment", 37th Asilomar Conference on Signals, Systems
//! and Computers, 2003. Between scales the picture is averaged over 2 by 2
//! blocks, as in the authors' program.

use crate::plane::Grid;
use crate::ssim::{SSIM_WINDOW, means};
use crate::{Error, Plane, View};

/// The paper's exponents, finest scale first. As printed they sum to 1.0001.
pub const MS_SSIM_WEIGHTS: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// The smallest side that is measured at five scales with windows fully inside at
/// every one of them, without repeated rows: `11 * 2^4`.
pub const MS_SSIM_MIN_SIDE: u32 = 176;

/// The multi-scale structural similarity index of one plane, 0 to 1.
///
/// It is the product over the scales of the mean contrast-structure term, at
/// the coarsest scale of the mean full index, each to its power in
/// [`MS_SSIM_WEIGHTS`]. A negative mean, whose power would not be real, counts
/// as 0. At an odd side the last row or column is repeated for averaging.
///
/// Five scales need sides of at least 161 (`ceil` halved four times leaves the
/// window's 11). A smaller picture uses as many scales as keep both sides at
/// 11 or more, at least one, with their exponents scaled to sum 1; with one
/// scale the result is [`crate::ssim`], limited below at 0.
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn ms_ssim(left: View<'_>, right: View<'_>, plane: Plane) -> Result<f64, Error> {
    left.same_size(right)?;
    let scales = scales(left.width().min(left.height()) as usize);
    // All five exponents are used as printed, a part of them as shares.
    let sum = if scales == MS_SSIM_WEIGHTS.len() {
        1.0
    } else {
        MS_SSIM_WEIGHTS[..scales].iter().sum()
    };
    let mut left = Grid::from_view(left, plane);
    let mut right = Grid::from_view(right, plane);
    let mut product = 1.0;
    for (scale, weight) in MS_SSIM_WEIGHTS[..scales].iter().enumerate() {
        let means = means(&left, &right);
        let coarsest = scale + 1 == scales;
        let mean = if coarsest {
            means.full
        } else {
            means.contrast_structure
        };
        product *= mean.max(0.0).powf(weight / sum);
        if !coarsest {
            left = left.halve();
            right = right.halve();
        }
    }
    Ok(product)
}

/// How many scales a picture with this shorter side is measured at.
fn scales(mut side: usize) -> usize {
    let mut count = 1;
    while count < MS_SSIM_WEIGHTS.len() && side.div_ceil(2) >= SSIM_WINDOW {
        side = side.div_ceil(2);
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssim;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    fn flat(width: u32, height: u32, value: u8) -> Vec<u8> {
        vec![value; (width * height * 4) as usize]
    }

    #[test]
    fn scales_stop_before_the_window_does_not_fit() {
        let cases = [(1, 1), (20, 1), (21, 2), (40, 2), (41, 3), (81, 4)];
        for (side, expected) in cases {
            assert_eq!(scales(side), expected, "side {side}");
        }
        assert_eq!(scales(160), 4);
        assert_eq!(scales(161), 5);
        assert_eq!(scales(1 << 20), 5);
    }

    #[test]
    fn equal_pictures_score_one() {
        let bytes: Vec<u8> = (0..170 * 170 * 4).map(|i| (i * 7 % 251) as u8).collect();
        let view = View::new(170, 170, &bytes).unwrap();
        assert_close(ms_ssim(view, view, Plane::Luma).unwrap(), 1.0);
    }

    #[test]
    fn flat_pictures_differ_at_the_coarsest_scale_alone() {
        // Contrast-structure is 1 at every scale, luminance is the same at all
        // of them, so it enters once, with the last exponent.
        let (left, right) = (flat(176, 176, 100), flat(176, 176, 120));
        let left = View::new(176, 176, &left).unwrap();
        let right = View::new(176, 176, &right).unwrap();
        let luminance = ssim(left, right, Plane::Red).unwrap();
        assert_close(
            ms_ssim(left, right, Plane::Red).unwrap(),
            luminance.powf(0.1333),
        );
    }

    #[test]
    fn small_pictures_use_fewer_scales() {
        let (left, right) = (flat(8, 8, 100), flat(8, 8, 120));
        let left = View::new(8, 8, &left).unwrap();
        let right = View::new(8, 8, &right).unwrap();
        assert_close(
            ms_ssim(left, right, Plane::Red).unwrap(),
            ssim(left, right, Plane::Red).unwrap(),
        );
        let (left, right) = (flat(21, 30, 100), flat(21, 30, 120));
        let left = View::new(21, 30, &left).unwrap();
        let right = View::new(21, 30, &right).unwrap();
        let exponent = MS_SSIM_WEIGHTS[1] / (MS_SSIM_WEIGHTS[0] + MS_SSIM_WEIGHTS[1]);
        assert_close(
            ms_ssim(left, right, Plane::Red).unwrap(),
            ssim(left, right, Plane::Red).unwrap().powf(exponent),
        );
    }

    #[test]
    fn a_negative_mean_counts_as_zero() {
        let left = [0, 0, 0, 0, 200, 200, 200, 200];
        let right = [200, 200, 200, 200, 0, 0, 0, 0];
        let left = View::new(2, 1, &left).unwrap();
        let right = View::new(2, 1, &right).unwrap();
        assert!(ssim(left, right, Plane::Red).unwrap() < 0.0);
        assert_eq!(ms_ssim(left, right, Plane::Red).unwrap(), 0.0);
    }

    #[test]
    fn the_exponents_are_the_papers() {
        let sum: f64 = MS_SSIM_WEIGHTS.iter().sum();
        assert!((sum - 1.0001).abs() < 1e-9);
    }
}
