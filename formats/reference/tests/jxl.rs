//! JPEG XL: the conformance cases of the corpus against their reference
//! pictures, and damaged files.

use std::fs;

use orrery_reference::{Backend, Format, PngCrate, ReferenceError, backends_for};
use orrery_samples::corpus::{self, Tally};

/// Reference and error bound of a case, the bound in parts of the full range
/// (`peak_error` in its `test.json`).
fn peak_error(json: &str) -> f64 {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["frames"][0]["peak_error"].as_f64().unwrap()
}

/// Every backend is within the case's bound, plus one step of 8 bits: half a
/// step for its own rounding, half a step for that of a reference of 16 bits,
/// which is narrowed by dropping its low byte.
#[test]
fn conformance_cases_are_within_their_bounds() {
    let mut tally = Tally::new("JPEG XL conformance, 8 bits");
    for path in corpus::files("jxl/conformance", "jxl") {
        let folder = path.parent().unwrap();
        if folder.ends_with("blendmodes") {
            // Its picture is not what decoders make of it: see docs/formats/jxl.md.
            tally.skipped("blendmodes", "another picture than decoders give");
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let peak = peak_error(&fs::read_to_string(folder.join("test.json")).unwrap());
        let reference = ["ref.png", "ref.apng"].map(|name| fs::read(folder.join(name)));
        let reference = reference.into_iter().find_map(Result::ok).unwrap();
        let reference = PngCrate.decode(&reference).unwrap();
        for backend in backends_for(Format::Jxl) {
            let name = format!("{}: {}", folder.display(), backend.name());
            let picture = backend.decode(&bytes).expect(&name);
            assert_eq!(
                (picture.width, picture.height),
                (reference.width, reference.height)
            );
            let worst = picture.rgba.iter().zip(&reference.rgba);
            let worst = worst.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            println!("{name}: {worst} of 255");
            assert!(
                f64::from(worst) <= (peak * 255.0).floor() + 1.0,
                "{name}: {worst}"
            );
        }
        tally.ran();
    }
}

/// Cut at every 16th of their length, the cases give a typed error; from some
/// point on with what there is to show.
#[test]
fn truncated_files_are_errors() {
    let mut tally = Tally::new("JPEG XL, truncated");
    for path in corpus::files("jxl/conformance", "jxl") {
        let bytes = fs::read(&path).unwrap();
        for backend in backends_for(Format::Jxl) {
            for part in 0..16 {
                let cut = &bytes[..bytes.len() * part / 16];
                match backend.decode(cut) {
                    // An animation's first frame may be there already.
                    Ok(_) => assert!(path.to_string_lossy().contains("animation"), "{path:?}"),
                    Err(ReferenceError::Panicked(message)) => panic!("{path:?} {part}: {message}"),
                    Err(_) => {}
                }
            }
        }
        tally.ran();
    }
}

/// A header that asks for 2^30 by 2^30 pixels is refused before anything is
/// made for them.
#[test]
fn sizes_above_the_limit_are_refused() {
    // Signature; size header (18181-1, D.2): not small, both sides with 30
    // bits; then all default. Bits from the least significant.
    let mut bits: Vec<bool> = vec![false];
    let field = |value: u64, width: u32| (0..width).map(move |bit| value >> bit & 1 == 1);
    bits.extend(field(3, 2));
    bits.extend(field((1 << 30) - 1, 30));
    bits.extend(field(1, 3)); // as wide as high
    bits.push(true); // metadata: all default
    let mut file = vec![0xFF, 0x0A];
    for byte in bits.chunks(8) {
        file.push(
            byte.iter()
                .enumerate()
                .map(|(at, bit)| u8::from(*bit) << at)
                .sum(),
        );
    }
    file.resize(64, 0);
    for backend in backends_for(Format::Jxl) {
        let refused = backend.decode(&file);
        let limit = matches!(&refused, Err(ReferenceError::Unsupported(text)) if text.contains("1073741824"));
        assert!(limit, "{}: {refused:?}", backend.name());
    }
}
