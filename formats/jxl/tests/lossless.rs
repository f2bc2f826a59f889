//! Lossless round trips of the corpus.

mod common;

use std::fs;

use common::{name, pngs};
use orrery_corpus::{self as corpus, Tally};
use orrery_jxl::{
    DecodeOptions, EncodeOptions, Image, Limits, SampleType, Samples, decode, encode,
};

/// Encodes and decodes; gives what is different.
fn round_trip(image: &Image, effort: u8) -> Result<(), String> {
    let options = EncodeOptions {
        effort,
        threads: 2,
        ..EncodeOptions::lossless()
    };
    let file = encode(image, &options).map_err(|e| e.to_string())?;
    let again = decode(&file, &DecodeOptions::default()).map_err(|e| e.to_string())?;
    if again.frames[0].pixels != image.frames[0].pixels {
        return Err("other samples".to_owned());
    }
    if image.info.encoding.is_none() && again.info.original_icc != image.info.icc {
        return Err("another profile".to_owned());
    }
    Ok(())
}

/// Small pictures with the usual effort, large ones with the fastest that is not a codec of its own.
fn effort(image: &Image) -> u8 {
    match image.info.width * image.info.height {
        ..=10_000 => 7,
        10_001..=300_000 => 3,
        _ => 2,
    }
}

/// The same picture with 16 bits: each byte twice, and the low one changed.
fn widened(image: &Image) -> Option<Image> {
    let Samples::U8(bytes) = &image.frames[0].pixels else {
        return None;
    };
    let wide = bytes.iter().enumerate();
    let wide = wide
        .map(|(at, byte)| (u16::from(*byte) * 257) ^ (at as u16 & 0x3F))
        .collect();
    let mut image = image.clone();
    image.info.bits = 16;
    if let Some(alpha) = &mut image.info.alpha {
        alpha.bits = 16;
    }
    image.frames[0].pixels = Samples::U16(wide);
    Some(image)
}

#[test]
fn every_png_comes_back_exactly_with_8_and_16_bits() {
    let mut tally = Tally::new("lossless round trips of PNG");
    let (mut wide, mut wrong) = (0, Vec::new());
    for path in pngs() {
        let name = name(&path);
        let image = match Image::from_png(&fs::read(&path).unwrap(), &Limits::default()) {
            Ok(image) => image,
            Err(error) => {
                tally.skipped(&name, &error.to_string());
                continue;
            }
        };
        wide += usize::from(image.frames[0].pixels.kind() == SampleType::U16);
        if let Err(error) = round_trip(&image, effort(&image)) {
            wrong.push(format!("{name}: {error}"));
        }
        if let Some(image) = widened(&image) {
            wide += 1;
            if let Err(error) = round_trip(&image, 3) {
                wrong.push(format!("{name}, 16 bits: {error}"));
            }
        }
        tally.ran();
    }
    println!("{wide} pictures of 16 bits");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        corpus::root().is_none() || tally.count() > 150 && wide > 50,
        "{tally}"
    );
}

#[test]
fn every_qoi_comes_back_exactly() {
    let mut tally = Tally::new("lossless round trips of QOI");
    for path in corpus::files("qoi", "qoi") {
        let (header, pixels) = qoi::decode_to_vec(fs::read(&path).unwrap()).unwrap();
        let channels = usize::from(header.channels.as_u8());
        let image = Image::new(header.width, header.height, channels, Samples::U8(pixels));
        assert_eq!(
            round_trip(&image, effort(&image)),
            Ok(()),
            "{}",
            name(&path)
        );
        if let Some(image) = widened(&image) {
            assert_eq!(round_trip(&image, 3), Ok(()), "{}, 16 bits", name(&path));
        }
        tally.ran();
    }
}
