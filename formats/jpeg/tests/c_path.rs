//! Changed files that libjpeg-turbo has nothing to say against come out alike.
//!
//! Their transforms leave the range of samples, where libjpeg-turbo's SIMD code
//! and its C code differ: the C code decides. It is chosen by a variable of the
//! environment, so the test runs itself a second time.

mod common;

use common::make::{Recipe, SAMPLINGS, make};
use common::turbo;
use orrery_jpeg::{
    CodecError, DecodeOptions, Fault, ImageDecoder, ImageLoad, PixelFormat, Tensor, kernels,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::process::Command;

const NO_SIMD: &str = "JSIMD_FORCENONE";

#[test]
fn what_passes_there_passes_here() {
    if std::env::var_os(NO_SIMD).is_none() {
        let program = std::env::current_exe().expect("this program");
        let status = Command::new(program)
            .env(NO_SIMD, "1")
            .args(["--exact", "what_passes_there_passes_here", "--nocapture"])
            .status()
            .expect("it runs again");
        assert!(status.success());
        return;
    }
    let strategy = (
        0..SAMPLINGS.len(),
        0u16..4,
        any::<bool>(),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
    );
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let passed = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&strategy, |(sampling, restart, coarse, changes)| {
        let recipe = Recipe {
            sampling,
            restart,
            // Quantisers of 1 keep any coefficient within 16 bits.
            quality: 100,
            noise: if coarse { 0 } else { 20 },
            ..Recipe::default()
        };
        let mut data = make(&recipe);
        let scan = data
            .windows(2)
            .position(|bytes| bytes == [0xFF, 0xDA])
            .expect("a scan");
        for (at, value) in changes {
            let at = scan + at.index(data.len() - scan);
            data[at] = value;
        }
        // At a fill byte before a stuffed one its fast path gives up a block half
        // way, and the slow path adds its coefficients to those.
        if data[scan..].windows(2).any(|bytes| bytes == [0xFF, 0xFF]) {
            return Ok(());
        }
        if let Ok((width, height, want)) = turbo(&data, PixelFormat::Rgb, 1) {
            for kernels in kernels::all_available() {
                let mut tensor = Tensor::<u8>::image(width, height, PixelFormat::Rgb);
                let mut decoder = ImageDecoder::with_kernels(kernels);
                let outcome = tensor.load_image(&mut decoder, &data, &DecodeOptions::new());
                // It takes bit patterns that are no code for a zero, and passes over
                // bytes before a restart marker, often silently.
                if let Err(CodecError::Damaged { fault, .. }) = outcome
                    && matches!(fault, Fault::HuffmanCode | Fault::Restart)
                {
                    return Ok(());
                }
                prop_assert!(outcome.is_ok(), "{:?}", outcome);
                prop_assert!(tensor.data() == want, "{} differs", kernels.name);
            }
            passed.set(passed.get() + 1);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    eprintln!("{} files passed", passed.get());
    assert!(passed.get() > 0);
}
