//! The layer on libjxl's C interface: what `jpegxl-rs` does not show (output colour profiles,
//! bounded boxes, the encoder's ICC profile, extra channels and frame headers).
//!
//! All `unsafe` of the crate is here. The types own the handles and everything that libjxl keeps
//! pointers to: input, output buffers, memory manager, thread pool. They are moved freely, since
//! all that is pointed to lies on the heap.
#![allow(unsafe_code)]

pub(crate) mod decoder;
pub(crate) mod encoder;
pub(crate) mod memory;
