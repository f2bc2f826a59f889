//! The arithmetic kernels and the choice between them.
