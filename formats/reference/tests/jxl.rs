//! JPEG XL: the conformance cases of the corpus against their reference
//! pictures, and damaged files.

use std::fs;

use orrery_reference::{Backend, Format, JxlOxide, PngCrate, ReferenceError, backends_for};
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

/// The most memory this process ever had, in bytes, where the system tells.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

/// Changes a few bytes: flips, sets, takes out, doubles, cuts off; half of it near the start.
fn damaged(file: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut below = |limit: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    };
    let mut file = file.to_vec();
    for _ in 0..=below(3) {
        let reach = if below(2) == 0 { 64 } else { file.len() };
        let at = below(file.len().min(reach));
        match below(5) {
            0 => file[at] ^= 1 << below(8),
            1 => file[at] = below(256) as u8,
            2 => drop(file.remove(at)),
            3 => file.insert(at, below(256) as u8),
            _ => file.truncate(file.len() - below(file.len() / 2)),
        }
    }
    file
}

/// The decoder of the default build on changed files: a picture or a typed error, in bounded
/// memory. (libjxl has a test of its own, in a child process.) The long form is
/// `ORRERY_NIGHTLY=1 cargo test --release -p orrery-reference --test jxl mutated -- --nocapture`.
#[test]
fn mutated_files_are_errors_or_pictures() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/samples/photo.jxl");
    let mut seeds = vec![fs::read(sample).unwrap()];
    for path in corpus::files("jxl/conformance", "jxl") {
        let bytes = fs::read(path).unwrap();
        // Large ones take long, and a mutation seldom hits what matters.
        let small = JxlOxide
            .decode(&bytes)
            .is_ok_and(|p| p.width * p.height <= 1 << 20);
        if bytes.len() < 1 << 16 && small {
            seeds.push(bytes);
        }
    }
    let long = std::env::var_os("ORRERY_NIGHTLY").is_some_and(|v| v == "1");
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse().ok());
    let first: u64 = number("ORRERY_SEED").unwrap_or(0);
    let count = number("ORRERY_CASES").unwrap_or(if long { 20_000 } else { 100 });
    let before = peak();
    let mut outcomes = std::collections::BTreeMap::<&str, u64>::new();
    for seed in first..first + count {
        let bytes = damaged(&seeds[seed as usize % seeds.len()], seed);
        let started = std::time::Instant::now();
        let outcome = match JxlOxide.decode(&bytes) {
            Ok(_) => "decoded",
            Err(ReferenceError::Incomplete { .. }) => "incomplete",
            Err(ReferenceError::Unsupported(_)) => "unsupported",
            Err(ReferenceError::Panicked(message)) => {
                println!("seed {seed}: jxl-oxide panicked: {message}");
                "panicked, caught"
            }
            Err(_) => "malformed",
        };
        *outcomes.entry(outcome).or_default() += 1;
        if started.elapsed().as_secs() >= 10 {
            println!("seed {seed} took {:?}", started.elapsed());
        }
    }
    let grown = peak().saturating_sub(before);
    println!(
        "{count} mutated files of {}: {outcomes:?}; memory grew by {} MiB",
        seeds.len(),
        grown >> 20
    );
    assert!(grown < 1 << 30, "{grown} bytes");
}
