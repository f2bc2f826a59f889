//! Broken files: errors that keep what was good; never a panic.

mod common;

use common::make::{Recipe, SAMPLINGS, make, make_with_exif};
#[cfg(not(miri))]
use common::turbo_despite_warnings;
use common::{corpus, jpegs};
use orrery_jpeg::{
    CodecError, DecodeOptions, Fault, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor,
};
use proptest::prelude::*;

/// Decodes whatever it is into a tensor of any size; the error, if there is one.
fn survive(decoder: &mut ImageDecoder, data: &[u8], format: PixelFormat) -> Option<CodecError> {
    // Larger pictures are refused before memory is taken for them.
    let mut tensor = Tensor::<u8>::image(512, 512, format);
    let options = DecodeOptions::new();
    let error = tensor.load_image(decoder, data, &options).err();
    if let Some(CodecError::Damaged { info, rows, .. }) = &error {
        assert!(*rows <= info.height.max(info.width));
    }
    error
}

#[test]
fn a_truncated_file_keeps_its_rows() {
    // Some factors make the encoder write a scan for each component, as if it were progressive.
    for (sampling, progressive) in (0..SAMPLINGS.len()).flat_map(|s| [(s, false), (s, true)]) {
        let recipe = Recipe {
            width: 120,
            height: 100,
            sampling,
            progressive,
            ..Recipe::default()
        };
        let data = make(&recipe);
        let mut decoder = ImageDecoder::new();
        let options = DecodeOptions::new();
        let mut whole = Tensor::<u8>::image(120, 100, PixelFormat::Rgb);
        whole
            .load_image(&mut decoder, &data, &options)
            .expect("a picture");
        let mut before = 0;
        for length in (0..data.len() - 2).step_by(7) {
            let mut part = Tensor::<u8>::image(120, 100, PixelFormat::Rgb);
            match part.load_image(&mut decoder, &data[..length], &options) {
                Err(CodecError::Damaged { rows, fault, .. }) => {
                    assert_eq!(fault, Fault::Truncated);
                    assert!(rows >= before, "more data give no fewer rows");
                    before = rows;
                    for y in 0..rows {
                        assert_eq!(part.row(y), whole.row(y));
                    }
                }
                Err(CodecError::InvalidData(_) | CodecError::UnknownFormat) => {}
                // A last scan that lacks nothing but padding.
                Ok(_) => assert!(length + 8 > data.len() && part == whole),
                other => panic!("{other:?}"),
            }
        }
        assert!(before >= 60, "{before} rows of a nearly whole file");
    }
}

#[test]
fn rows_of_several_scans_count_as_far_as_all_components_reach() {
    // Each component has its own scan; chroma has half the columns and all rows.
    let recipe = Recipe {
        width: 64,
        height: 64,
        sampling: 1,
        optimised: true,
        ..Recipe::default()
    };
    let data = make(&recipe);
    let starts: Vec<usize> = (0..data.len())
        .filter(|&at| data[at..].starts_with(&[0xFF, 0xDA]))
        .collect();
    assert_eq!(starts.len(), 3);
    let rows = |length: usize, format, scale| {
        let mut tensor = Tensor::<u8>::image(64, 64, format);
        let options = DecodeOptions::new().with_scale(scale);
        match tensor.load_image(&mut ImageDecoder::new(), &data[..length], &options) {
            Err(CodecError::Damaged { rows, .. }) => rows,
            other => panic!("{other:?}"),
        }
    };
    let middle = (starts[2] + data.len()) / 2;
    let found = rows(middle, PixelFormat::Rgb, Scale::Full);
    assert!(
        (8..=56).contains(&found) && found.is_multiple_of(8),
        "{found}"
    );
    assert_eq!(rows(middle, PixelFormat::Rgb, Scale::Half), found / 2);
    // Grey is luma, whose scan was the first one.
    assert_eq!(rows(middle, PixelFormat::Grey, Scale::Full), 64);
    assert_eq!(rows(starts[2], PixelFormat::Rgb, Scale::Full), 0);
    assert!(rows(starts[1] - 40, PixelFormat::Grey, Scale::Full) < 64);
}

#[cfg(not(miri))]
#[test]
fn a_truncated_progressive_file_shows_what_it_has() {
    let recipe = Recipe {
        width: 120,
        height: 100,
        progressive: true,
        sampling: 0,
        ..Recipe::default()
    };
    let data = make(&recipe);
    let mut decoder = ImageDecoder::new();
    let mut shown = Vec::new();
    for length in [data.len() / 4, data.len() / 2, data.len() - 2] {
        let mut tensor = Tensor::<u8>::image(120, 100, PixelFormat::Rgb);
        match tensor.load_image(&mut decoder, &data[..length], &DecodeOptions::new()) {
            Err(CodecError::Damaged { rows, fault, .. }) => {
                assert_eq!((rows, fault), (0, Fault::Truncated));
            }
            // All bits are there, only the end marker is not.
            Ok(_) => assert_eq!(length, data.len() - 2),
            other => panic!("{other:?}"),
        }
        shown.push(tensor.data().to_vec());
    }
    let (_, _, whole) = turbo_despite_warnings(&data, PixelFormat::Rgb).expect("a picture");
    let error = |pixels: &[u8]| -> u64 {
        let pairs = pixels.iter().zip(&whole);
        pairs.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
    };
    assert!(error(&shown[0]) > error(&shown[1]));
    assert!(error(&shown[1]) > 0);
    assert_eq!(error(&shown[2]), 0);
}

#[test]
fn a_missing_restart_marker_ends_the_good_rows() {
    let recipe = Recipe {
        width: 64,
        height: 64,
        restart: 4,
        ..Recipe::default()
    };
    let mut data = make(&recipe);
    let second = data
        .windows(2)
        .position(|bytes| bytes == [0xFF, 0xD1])
        .expect("a marker");
    data[second + 1] = 0xD3;
    let mut tensor = Tensor::<u8>::image(64, 64, PixelFormat::Rgb);
    match tensor.load_image(&mut ImageDecoder::new(), &data, &DecodeOptions::new()) {
        Err(CodecError::Damaged { rows, fault, .. }) => {
            // Two MCU rows of 16, but the last row waits for chroma below it.
            assert_eq!((rows, fault), (31, Fault::Restart));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_of_another_picture_is_seen_behind_damage() {
    let recipe = Recipe {
        width: 64,
        height: 64,
        ..Recipe::default()
    };
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new();
    let data = make_with_exif(&recipe, Some(3));
    let mut tensor = Tensor::<u8>::image(64, 64, PixelFormat::Rgb);
    tensor
        .load_image(&mut decoder, &data, &options)
        .expect("a picture");
    let outcome = tensor.load_image(&mut decoder, &data[..data.len() / 2], &options);
    let Err(CodecError::Damaged { rows, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    // The last stored row is the first one shown: it was not reached.
    assert!(rows < 48);
    assert!(tensor.row(0).iter().all(|&v| v == 0));
}

#[test]
fn a_huge_size_in_a_small_file_takes_no_memory() {
    let mut data = make(&Recipe {
        progressive: true,
        ..Recipe::default()
    });
    let frame = data
        .windows(2)
        .position(|bytes| bytes == [0xFF, 0xC2])
        .expect("a frame");
    data[frame + 5..frame + 9].fill(0xFF);
    let error = survive(&mut ImageDecoder::new(), &data, PixelFormat::Rgb);
    assert!(matches!(
        error,
        Some(CodecError::InsufficientCapacity {
            width: 65535,
            height: 65535,
            ..
        })
    ));
}

#[test]
fn the_corpus_cut_and_changed_does_no_harm() {
    let Some(folder) = corpus("jpeg") else { return };
    let mut decoder = ImageDecoder::new();
    let mut state = 1u32;
    for path in jpegs(&folder) {
        let data = std::fs::read(&path).expect("a readable file");
        if data.len() > 40_000 {
            continue;
        }
        for _ in 0..8 {
            let mut data = data.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (state >> 8) as usize % data.len();
                data[at] = (state >> 3) as u8;
            }
            data.truncate(data.len() - (state >> 20) as usize % data.len());
            survive(&mut decoder, &data, PixelFormat::Rgba);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_files_do_no_harm(
        sampling in 0..SAMPLINGS.len(),
        progressive: bool,
        restart in 0u16..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        scale in 0usize..4,
    ) {
        let recipe = Recipe { sampling, progressive, restart, ..Recipe::default() };
        let mut data = make(&recipe);
        for (at, value) in changes {
            let at = at.index(data.len());
            data[at] = value;
        }
        data.truncate(cut.index(data.len() * 2).max(1));
        let mut decoder = ImageDecoder::new();
        survive(&mut decoder, &data, PixelFormat::Rgb);
        let scale = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth][scale];
        let options = DecodeOptions::new().with_scale(scale);
        let mut tensor = Tensor::<f32>::image(128, 128, PixelFormat::Grey);
        let _ = tensor.load_image(&mut decoder, &data, &options);
    }
}
