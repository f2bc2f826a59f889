//! Any bytes as a file for the program `jpeg`.
#![no_main]

#[path = "../common.rs"]
#[allow(dead_code, reason = "each target uses its own part")]
mod common;

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use orrery_emulator::Program;

static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| common::program("jpeg"));

fuzz_target!(|bytes: &[u8]| common::run(&PROGRAM, bytes));
