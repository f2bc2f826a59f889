//! JPEG files of every kind the machine decodes, and some it does not.
//!
//! Two writers: [`crate_encoder`] is the jpeg-encoder crate's, what ordinary
//! writers produce; [`mod@scans`] writes any division of a picture's
//! coefficients ([`blocks`]) into scans. [`segments`] cuts files up.

pub mod blocks;
pub mod crate_encoder;
pub mod huffman;
pub mod scans;
pub mod segments;
