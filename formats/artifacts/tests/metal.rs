//! The Metal source of the shader, made by the naga library. No Metal compiler has seen it.
#![cfg(feature = "gpu")]

use std::path::Path;

use naga::back::msl;
use naga::valid::{Capabilities, ValidationFlags, Validator};

const SHADER: &str = include_str!("../src/gpu/shader.wgsl");
const HEAD: &str = "\
// Generated from shader.wgsl by naga, never compiled here: there is no Metal compiler off Apple's
// systems. On those wgpu makes this source anew. Renewed with BLESS_DOCS=1.

";

/// The source with the buffers where a caller would bind them: the bindings' own numbers, the
/// sizes of the arrays behind them.
fn metal() -> String {
    let module = naga::front::wgsl::parse_str(SHADER)
        .unwrap_or_else(|e| panic!("{}", e.emit_to_string(SHADER)));
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .expect("a valid shader");
    let buffer = |binding: u32, mutable| {
        let key = naga::ResourceBinding { group: 0, binding };
        let target = msl::BindTarget {
            buffer: Some(binding as u8),
            mutable,
            ..Default::default()
        };
        (key, target)
    };
    let resources = msl::EntryPointResources {
        resources: [
            buffer(0, true),
            buffer(1, false),
            buffer(2, false),
            buffer(3, false),
        ]
        .into(),
        sizes_buffer: Some(4),
        ..Default::default()
    };
    let options = msl::Options {
        lang_version: (2, 0),
        per_entry_point_map: [("artifacts".to_owned(), resources)].into(),
        fake_missing_bindings: false,
        ..Default::default()
    };
    let (source, _) = msl::write_string(&module, &info, &options, &msl::PipelineOptions::default())
        .expect("Metal source");
    format!("{HEAD}{source}")
}

#[test]
fn metal_source_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gpu/shader.metal");
    let made = metal();
    for buffer in 0..=4 {
        assert!(made.contains(&format!("[[buffer({buffer})]]")), "{made}");
    }
    assert!(made.contains("kernel void artifacts"));
    assert!(!made.contains("float"), "integers only");
    if std::env::var_os("BLESS_DOCS").is_some_and(|v| v == "1") {
        std::fs::write(&path, &made).expect("the snapshot can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == stored, "shader.metal is old: run with BLESS_DOCS=1");
}
