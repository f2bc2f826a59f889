//! The Parsing Unit, tested with hand-assembled programs.

mod basics;
mod build;
mod frames;
mod generate;
mod maps;
mod random;
mod words;
