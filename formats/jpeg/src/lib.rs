//! JPEG and PNG decoding into tensors that the caller owns.
//!
//! The design goal is a decoder for loops: allocate once, then decode frame
//! after frame into the same memory.

pub mod kernels;
