#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod codec;
pub mod container;
mod core;
mod error;
pub mod model;
pub mod report;
pub mod systems;

pub use core::*;
pub use error::Error;
