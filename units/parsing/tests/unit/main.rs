//! The Parsing Unit, tested with hand-assembled programs.

mod basics;
mod build;
