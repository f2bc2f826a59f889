//! Any bytes for the loader of program images; what loads is run.
#![no_main]

#[path = "../common.rs"]
#[allow(dead_code, reason = "each target uses its own part")]
mod common;

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use orrery_emulator::Program;

fuzz_target!(|bytes: &[u8]| {
    let Ok(program) = Program::decode(bytes) else {
        return;
    };
    assert_eq!(program.encode(), bytes);
    drop(program.listing());
    common::run(
        &Arc::new(program),
        b"qoif\0\0\0\x02\0\0\0\x02\x03\0\xc3\0\0\0\0\0\0\0\x01",
    );
});
