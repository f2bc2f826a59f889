//! The steps of the codec, each a [`System`](crate::System).

mod ans;
mod blur;
mod fixed_point;
mod hadamard;
mod metrics;
mod quantise;
mod residual;
mod vae;
mod wavelet;

pub use ans::{AnsDecode, AnsEncode, MAX_ALPHABET, TOTAL};
pub(crate) use ans::{decode_line, encode_line};
pub use blur::GaussianBlur;
pub use fixed_point::{FIXED_LIMIT, FromFixed, ToFixed};
pub use hadamard::{Hadamard4, Hadamard4Inverse};
pub use metrics::{MetricMsSsim, MetricPsnr, MetricSsim};
pub use quantise::{Dequantise, MAX_STEP, Quantise, QuantiseU8};
pub use residual::{AddResidual, SubtractRecon};
pub use vae::{VaeDecode, VaeEncode};
pub(crate) use wavelet::bands;
pub use wavelet::{MAX_LEVELS, WaveletForward, WaveletInverse, band_norm};
