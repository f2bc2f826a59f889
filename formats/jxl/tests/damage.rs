//! Damaged files: a typed error or a picture, in bounded memory, never a panic or an abort.
//!
//! The files are decoded by a child process with a limit on its address space, since an abort of
//! libjxl (which has no exceptions to throw) would end the test with it. `ORRERY_NIGHTLY=1` runs
//! 20,000 mutations.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::Command;

use common::{Rng, image};
use orrery_corpus as corpus;
use orrery_jxl::{
    Animation, ChannelInfo, ChannelKind, Colour, ColourEncoding, DecodeError, DecodeOptions,
    Decoder, Detail, EncodeOptions, Limits, MetadataBox, SampleType, decode, decode_reduced,
    encode, reconstruct, transcode,
};

/// What tells the child how many mutations there are, and where to begin.
const COUNT: &str = "ORRERY_JXL_DAMAGE";
/// Bytes of address space for the child. libjxl may take [`LIMITS`], and the results as much.
const ADDRESSES: u64 = 1 << 30;

const LIMITS: Limits = Limits {
    pixels: 1 << 18,
    memory: 64 << 20,
    metadata: 1 << 20,
    frames: 16,
};

fn within_limits() -> DecodeOptions {
    DecodeOptions {
        limits: LIMITS,
        boxes: true,
        ..DecodeOptions::default()
    }
}

/// Files of every kind to begin with: small, so that a mutation hits what matters.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let lossy = EncodeOptions {
        effort: 4,
        ..EncodeOptions::default()
    };
    let lossless = EncodeOptions {
        effort: 3,
        ..EncodeOptions::lossless()
    };
    let passes = EncodeOptions {
        progressive: true,
        ..lossy.clone()
    };
    for options in [&lossy, &lossless, &passes] {
        let mut picture = image(SampleType::U8, 72, 60, 4);
        seeds.push(encode(&picture, options).unwrap());
        picture.boxes = vec![MetadataBox {
            kind: *b"xml ",
            contents: b"<x/>".repeat(40),
        }];
        let boxed = EncodeOptions {
            compress_boxes: true,
            ..options.clone()
        };
        seeds.push(encode(&picture, &boxed).unwrap());
    }
    let mut layered = image(SampleType::F32, 40, 40, 3);
    layered.info.channels.push(ChannelInfo {
        kind: ChannelKind::Spot([1.0, 0.0, 0.0, 0.5]),
        name: "red".to_owned(),
        bits: 32,
        exponent_bits: 8,
        shift: 0,
    });
    layered.frames[0]
        .planes
        .push(common::samples(SampleType::F32, 40, 40, 1));
    layered.info.animation = Some(Animation {
        ticks_numerator: 10,
        ticks_denominator: 1,
        loops: 0,
    });
    layered.frames.push(layered.frames[0].clone());
    seeds.push(encode(&layered, &lossless).unwrap());
    let icc = decode(&seeds[0], &DecodeOptions::default())
        .unwrap()
        .info
        .icc;
    let profiled = image(SampleType::U16, 20, 20, 3).with_colour(Colour::Icc(icc));
    seeds.push(encode(&profiled, &lossless).unwrap());
    for path in corpus::files("jxl/conformance", "jxl") {
        // Of the cases those that are within the limits: the others are refused at once.
        let bytes = fs::read(path).unwrap();
        if decode(&bytes, &within_limits()).is_ok() {
            seeds.push(bytes);
        }
    }
    for path in corpus::files("jpeg/libjxl-small/jpeg_reconstruction", "jpg") {
        let packed = transcode(&fs::read(path).unwrap(), &EncodeOptions::default());
        seeds.extend(
            packed
                .ok()
                .filter(|file| decode(file, &within_limits()).is_ok()),
        );
    }
    seeds
}

/// Damages a file: cuts, bytes, stretches, sizes of boxes.
fn damaged(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut rng = Rng::new(number);
    let mut file = seeds[rng.below(seeds.len())].clone();
    for _ in 0..=rng.below(4) {
        if file.is_empty() {
            break;
        }
        // Half of the damage is in the headers, which are short.
        let reach = if rng.below(2) == 0 {
            file.len().min(64)
        } else {
            file.len()
        };
        let at = rng.below(reach);
        match rng.below(8) {
            0 => file.truncate(rng.below(file.len() + 1)),
            1 => file[at] = rng.next() as u8,
            2 => file[at] ^= 1 << rng.below(8),
            3 => {
                let end = (at + 1 + rng.below(16)).min(file.len());
                file.drain(at..end);
            }
            4 => {
                let end = (at + 1 + rng.below(64)).min(file.len());
                let piece = file[at..end].to_vec();
                file.splice(at..at, piece);
            }
            5 => {
                let end = (at + 4).min(file.len());
                file[at..end].fill([0, 0xFF, 0x80, 1][rng.below(4)]);
            }
            6 => {
                let other = &seeds[rng.below(seeds.len())];
                let from = rng.below(other.len());
                let piece = &other[from..(from + 64).min(other.len())];
                file.splice(at..at, piece.iter().copied());
            }
            _ => {
                for _ in 0..8 {
                    let at = rng.below(file.len());
                    file[at] = rng.next() as u8;
                }
            }
        }
    }
    file
}

/// Decodes a file in one of the ways there are; gives what came of it.
fn try_everything(file: &[u8], number: u64) -> Result<(), DecodeError> {
    let options = within_limits();
    match number % 6 {
        0 => decode(file, &options).map(drop),
        1 => {
            let options = DecodeOptions {
                progressive: Some(Detail::Passes),
                ..options
            };
            let mut decoder = Decoder::new(options).unwrap();
            let mut fed = file.chunks(97).map(|piece| decoder.feed(piece).map(drop));
            let fed = fed.find(Result::is_err).unwrap_or(Ok(()));
            drop(decoder.snapshot());
            fed.and_then(|()| decoder.finish().map(drop))
        }
        2 => {
            let linear = Colour::Encoding(ColourEncoding::linear_srgb(false));
            let options = DecodeOptions {
                samples: Some(SampleType::F32),
                output: Some(linear),
                ..options
            };
            decode(file, &options).map(drop)
        }
        3 => {
            let options = DecodeOptions {
                coalesce: false,
                keep_orientation: true,
                ..options
            };
            decode(file, &options).map(drop)
        }
        4 => decode_reduced(file, &options).map(drop),
        _ => reconstruct(file, 1, &LIMITS).map(drop),
    }
}

/// The name of an outcome, to count it by.
fn outcome(result: &Result<(), DecodeError>) -> &'static str {
    match result {
        Ok(()) => "decoded",
        Err(DecodeError::Truncated) => "truncated",
        Err(DecodeError::Invalid(_)) => "invalid",
        Err(DecodeError::OverLimit(_)) => "over a limit",
        Err(DecodeError::Unsupported(_)) => "unsupported",
        Err(DecodeError::OutOfMemory) => "out of memory",
        Err(_) => "another error",
    }
}

/// The child's part; nothing when a person runs it.
#[test]
fn child() {
    let Ok(text) = std::env::var(COUNT) else {
        return;
    };
    let count: u64 = text.parse().unwrap();
    let seeds = seeds();
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let limit = Rlimit {
            current: Some(ADDRESSES),
            maximum: Some(ADDRESSES),
        };
        setrlimit(Resource::As, limit).unwrap();
    }
    let mut out = std::io::stderr();
    let mut outcomes = BTreeMap::new();
    let mut count_of = |what, result| {
        *outcomes.entry((what, outcome(&result))).or_insert(0_u64) += 1;
    };
    for (number, seed) in seeds.iter().enumerate() {
        for cut in 0..32 {
            writeln!(out, "seed {number} cut at {cut}/32").unwrap();
            let result = try_everything(&seed[..seed.len() * cut / 32], cut as u64);
            count_of("truncations", result);
        }
    }
    for number in 0..count {
        writeln!(out, "mutation {number}").unwrap();
        let result = try_everything(&damaged(&seeds, number), number);
        count_of("mutations", result);
    }
    for ((what, outcome), count) in outcomes {
        writeln!(out, "counted: {what}, {outcome}: {count}").unwrap();
    }
    writeln!(out, "all done").unwrap();
}

#[test]
fn damaged_files_give_errors_in_bounded_memory() {
    let nightly = std::env::var_os("ORRERY_NIGHTLY").is_some();
    let count = if nightly { 20_000 } else { 400 };
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(COUNT, count.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stderr);
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    assert!(child.status.success(), "{:?} after {last:?}", child.status);
    assert!(text.contains("all done"), "{last:?}");
    for line in text.lines().filter(|line| line.starts_with("counted: ")) {
        println!("{line}");
    }
    println!(
        "{count} mutations and the truncations of {} files",
        seeds().len()
    );
}

/// The seeds themselves decode: a mutation of a file that never worked would test nothing.
#[test]
fn the_files_to_be_damaged_are_good() {
    let options = within_limits();
    for (number, seed) in seeds().iter().enumerate() {
        assert!(
            decode(seed, &options).is_ok(),
            "{number}: {:?}",
            decode(seed, &options)
        );
    }
}

/// A header that asks for 2^30 by 2^30 pixels, and pictures over each limit.
#[test]
fn limits_hold() {
    let over = |result: Result<orrery_jxl::Image, DecodeError>| {
        assert!(
            matches!(result, Err(DecodeError::OverLimit(_))),
            "{result:?}"
        );
    };
    let picture = encode(
        &image(SampleType::U8, 100, 100, 3),
        &EncodeOptions::default(),
    )
    .unwrap();
    let with = |limits| DecodeOptions {
        limits,
        ..DecodeOptions::default()
    };
    over(decode(
        &picture,
        &with(Limits {
            pixels: 9_999,
            ..LIMITS
        }),
    ));
    over(decode(
        &picture,
        &with(Limits {
            memory: 29_999,
            ..LIMITS
        }),
    ));
    over(decode(
        &picture,
        &with(Limits {
            memory: 200_000,
            ..LIMITS
        }),
    ));
    assert!(decode(&picture, &with(LIMITS)).is_ok());
    // 30 bits for either side, all ones but the lowest, and metadata of defaults.
    let bits: u64 = 0b110 | ((1 << 30) - 1) << 3 | 1 << 33 | 1 << 36;
    let file = [&[0xFF, 0x0A][..], &bits.to_le_bytes(), &[0; 64]].concat();
    over(decode(&file, &DecodeOptions::default()));
}
