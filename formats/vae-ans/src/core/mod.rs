//! The arena, the world of entities and components, and the scheduler.

mod arena;
mod component;
mod context;
mod pipe;
mod schedule;
mod system;
mod tensor;
mod world;

pub use arena::{ALIGNMENT, Arena, View};
pub use component::{
    Band, BandCode, Bitstream, Component, Image, Key, Latent, Level, Pyramid, Quant, QuantParams,
    Residual, Symbols, Wavelet,
};
pub use context::{Context, Provider, Step, TensorInfo};
pub use pipe::Pipe;
pub use schedule::{Bound, Schedule};
pub use system::{Port, System};
pub use tensor::{DType, Element, MAX_AXES, TensorRef};
pub use world::{Entity, World};
