//! Any text as a grammar beside the core's program of `qoi`; what compiles is run.
#![no_main]

#[path = "../common.rs"]
#[allow(dead_code, reason = "each target uses its own part")]
mod common;

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use orrery_emulator::{Program, Sources};

static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let mut all = common::sources("qoi");
    all.extend(common::sources("png"));
    all.retain(|name, _| !name.ends_with(".syn"));
    all
});

fuzz_target!(|text: &str| {
    let mut sources = SOURCES.clone();
    sources.insert("main.syn".into(), text.into());
    match Program::compile("main", &sources) {
        Ok(compiled) => common::run(
            &Arc::new(compiled.program),
            b"qoif\0\0\0\x02\0\0\0\x02\x03\0\xc3\0\0\0\0\0\0\0\x01",
        ),
        Err(messages) => assert!(!messages.is_empty()),
    }
});
