//! The kernels of `orrery-jpeg` as a crate of their own. On Debian:
//!
//! ```sh
//! rustup target add aarch64-unknown-linux-gnu
//! apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
//! export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
//! export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER='qemu-aarch64 -L /usr/aarch64-linux-gnu'
//! cargo test --release --target aarch64-unknown-linux-gnu
//! ```
//!
//! Under miri, x86-64 with the vector kernels (some minutes a test):
//! `RUSTFLAGS=-Ctarget-feature=+avx2 cargo +nightly miri test`.

#[path = "../../src/kernels/mod.rs"]
pub mod kernels;
