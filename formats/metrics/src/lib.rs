//! Picture comparison: exact, PSNR, SSIM, MS-SSIM.
//!
//! Everything here takes two [`View`]s of the same size: 8-bit RGBA, row by
//! row, alpha not premultiplied. Conformance is decided by [`compare`] alone;
//! the floating-point measures say *how far* two pictures are apart, and are
//! kept out of every crate that simulates the machine.
//!
//! ```
//! use orrery_metrics::{Plane, View, compare, ssim};
//!
//! let left = [255, 0, 0, 255, 0, 255, 0, 255];
//! let right = [255, 0, 0, 255, 0, 250, 0, 255];
//! let left = View::new(2, 1, &left)?;
//! let right = View::new(2, 1, &right)?;
//!
//! let comparison = compare(left, right)?;
//! assert_eq!(comparison.differing, 1);
//! assert_eq!(comparison.max_abs, 5);
//! assert!(ssim(left, right, Plane::Luma)? < 1.0);
//! # Ok::<(), orrery_metrics::Error>(())
//! ```

mod difference;
mod exact;
mod ms_ssim;
mod plane;
mod psnr;
mod ssim;
mod view;

pub use difference::difference;
pub use exact::{Comparison, Mismatch, compare};
pub use ms_ssim::{MS_SSIM_MIN_SIDE, MS_SSIM_WEIGHTS, ms_ssim};
pub use plane::Plane;
pub use psnr::{Psnr, psnr};
pub use ssim::{SSIM_K1, SSIM_K2, SSIM_SIGMA, SSIM_WINDOW, ssim};
pub use view::{Error, View};
