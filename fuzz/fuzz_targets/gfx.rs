//! Any text for the Compositor's assembler.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_compositor::{asm, assemble, link};

fuzz_target!(|text: &str| {
    match assemble("a.gfx", text) {
        Ok(object) => {
            let _full_is_an_answer = link(std::slice::from_ref(&object));
            drop(asm::disassemble(&object.words));
        }
        Err(messages) => assert!(!messages.is_empty()),
    }
});
