//! The Parsing Unit, tested with hand-assembled programs.

mod basics;
mod build;
mod costs;
mod escapes;
mod frames;
mod generate;
mod maps;
mod masks;
mod positions;
mod random;
mod words;
