//! One module per command.

pub mod asm;
pub mod bench;
pub mod check;
pub mod codec;
pub mod golden;
pub mod info;
pub mod isa;
pub mod new;
pub mod run;
pub mod verify;
