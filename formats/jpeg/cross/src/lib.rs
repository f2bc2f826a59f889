//! The kernels of `orrery-jpeg` as a crate of their own. On Debian:
//!
//! ```sh
//! rustup target add aarch64-unknown-linux-gnu
//! apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
//! export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
//! export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER='qemu-aarch64 -L /usr/aarch64-linux-gnu'
//! cargo test --target aarch64-unknown-linux-gnu
//! ```

#[path = "../../src/kernels/mod.rs"]
pub mod kernels;
