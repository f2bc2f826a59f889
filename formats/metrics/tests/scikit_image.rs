//! Figures computed once with scikit-image 0.26 and SciPy on pictures anyone
//! can make again from the formula below.
//!
//! SSIM: `structural_similarity(l, r, gaussian_weights=True, sigma=1.5,
//! use_sample_covariance=False, data_range=255)`, which averages over the same
//! inner windows. MS-SSIM: that function and its contrast-structure part over
//! five scales, with 2 by 2 means between them (`numpy.pad(mode="edge")` at
//! odd sides).

use orrery_metrics::{Plane, View, ms_ssim, ssim};

/// `l = (5x + 3y) mod 256` and `r = clip(l + (7xy mod 23) - 11, 0, 255)`.
fn pattern(width: u32, height: u32) -> (Vec<u8>, Vec<u8>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for y in 0..height {
        for x in 0..width {
            let l = (x * 5 + y * 3) % 256;
            let r = (l + (x * y * 7) % 23).saturating_sub(11).min(255);
            left.extend([l as u8; 4]);
            right.extend([r as u8; 4]);
        }
    }
    (left, right)
}

#[test]
fn ssim_agrees() {
    let (left, right) = pattern(40, 33);
    let left = View::new(40, 33, &left).unwrap();
    let right = View::new(40, 33, &right).unwrap();
    for plane in [Plane::Luma, Plane::Red, Plane::Alpha] {
        let found = ssim(left, right, plane).unwrap();
        assert!((found - 0.831_677_528_889_709_7).abs() < 1e-9, "{found}");
    }
}

#[test]
fn ms_ssim_agrees() {
    let (left, right) = pattern(181, 167);
    let left = View::new(181, 167, &left).unwrap();
    let right = View::new(181, 167, &right).unwrap();
    let found = ms_ssim(left, right, Plane::Green).unwrap();
    assert!((found - 0.989_076_624_906_203_7).abs() < 1e-9, "{found}");
}
