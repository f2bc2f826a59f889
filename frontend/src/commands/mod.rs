//! One module per command.

pub mod asm;
#[cfg(feature = "references")]
pub mod bench;
pub mod check;
#[cfg(feature = "references")]
pub mod codec;
#[cfg(feature = "references")]
pub mod golden;
pub mod info;
pub mod isa;
pub mod new;
pub mod run;
#[cfg(feature = "references")]
pub mod verify;
