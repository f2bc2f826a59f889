//! Any text for the core's assembler.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_arithmetic::{Source, assemble_all, disassembly_text};

fuzz_target!(|text: &str| {
    match assemble_all(&[Source {
        file: "a.alu",
        text,
    }]) {
        Ok(object) => drop(disassembly_text(&object.words)),
        Err(messages) => assert!(!messages.is_empty()),
    }
});
