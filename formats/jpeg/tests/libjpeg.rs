//! Every valid picture comes out as libjpeg-turbo makes it.

mod common;

use common::complete::complete;
use common::{corpus, is_cmyk, jpegs, turbo, turbo_despite_warnings};
use orrery_jpeg::{
    CodecError, DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor,
    UnsupportedFeature,
};

/// A picture in the format's own colours, orientation as stored.
fn ours(
    decoder: &mut ImageDecoder,
    data: &[u8],
    format: PixelFormat,
    scale: Scale,
) -> Result<(usize, usize, Vec<u8>), CodecError> {
    let options = DecodeOptions::new().with_exif(false).with_scale(scale);
    let info = decoder.info(data, &options)?;
    let mut tensor = Tensor::<u8>::image(info.width, info.height, format);
    let info = tensor.load_image(decoder, data, &options)?;
    Ok((info.width, info.height, tensor.data().to_vec()))
}

/// What must be refused, by the folder's or the file's name.
fn refusal(name: &str) -> Option<UnsupportedFeature> {
    let within = |folder: &str| name.starts_with(folder);
    Some(if within("jpegsuite/ls/") {
        UnsupportedFeature::JpegLs
    } else if within("jpegsuite/lossless") || within("twelvemonkeys/jpeg-lossless") {
        UnsupportedFeature::Lossless
    } else if name.contains("_arithmetic/") || name.ends_with("testimgari.jpg") {
        UnsupportedFeature::ArithmeticCoding
    } else if name.contains("x12_") {
        UnsupportedFeature::Precision(12)
    } else {
        return None;
    })
}

#[test]
fn the_corpus_is_decoded_as_libjpeg_turbo_does() {
    let Some(folder) = corpus("jpeg") else { return };
    let mut decoder = ImageDecoder::new();
    let (mut equal, mut refused, mut problems) = (0, 0, Vec::new());
    for path in jpegs(&folder) {
        let data = std::fs::read(&path).expect("a readable file");
        let format = if is_cmyk(&data) {
            PixelFormat::Cmyk
        } else {
            PixelFormat::Rgb
        };
        let name = path.strip_prefix(&folder).expect("below it");
        let name = name.to_str().expect("a plain name");
        let got = ours(&mut decoder, &data, format, Scale::Full);
        if let Some(feature) = refusal(name) {
            match got {
                Err(CodecError::Unsupported(found)) if found == feature => refused += 1,
                other => problems.push(format!("{name}: not {feature}, but {:?}", other.err())),
            }
            continue;
        }
        let strict = turbo(&data, format, 1).map(drop);
        // Where scans are still to come, libjpeg smooths: it is told that none come.
        let whole = complete(&data).unwrap_or(data);
        let want = turbo_despite_warnings(&whole, format);
        match (strict, want, got) {
            (Ok(()), Ok(want), Ok(got)) if want == got => equal += 1,
            (Err(warning), Ok(want), Ok(got)) if want == got => {
                eprintln!("{name}: equal, but libjpeg-turbo warns: {warning}");
            }
            (_, Ok(want), Ok(got)) => {
                let differ = want.2.iter().zip(&got.2).filter(|(a, b)| a != b).count();
                problems.push(format!("{name}: {differ} of {} differ", want.2.len()));
            }
            (Err(error), Err(_), Ok(_)) => eprintln!("{name}: only ours decodes: {error}"),
            (Err(theirs), _, Err(ours)) => eprintln!("{name}: both refuse: {ours} / {theirs}"),
            (Ok(()), _, got) => problems.push(format!("{name}: ours: {:?}", got.err())),
        }
    }
    assert!(
        problems.is_empty(),
        "{equal} equal, {refused} refused, but:\n{}",
        problems.join("\n")
    );
    eprintln!("{equal} equal, {refused} refused");
    assert!(equal >= 130 && refused >= 120);
}

/// The corpus's files that libjpeg-turbo decodes without a warning and that
/// have nothing to smooth.
fn valid() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = corpus("jpeg") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for path in jpegs(&folder) {
        let data = std::fs::read(&path).expect("a readable file");
        let name = path.strip_prefix(&folder).expect("below it");
        let name = name.to_str().expect("a plain name").to_owned();
        let fine = !is_cmyk(&data) && turbo(&data, PixelFormat::Grey, 8).is_ok();
        if refusal(&name).is_none() && fine && complete(&data).is_none() {
            out.push((name, data));
        }
    }
    out
}

#[test]
fn every_scale_and_format_is_libjpeg_turbos() {
    let mut decoder = ImageDecoder::new();
    let mut problems = Vec::new();
    let scales = [
        (Scale::Full, 1),
        (Scale::Half, 2),
        (Scale::Quarter, 4),
        (Scale::Eighth, 8),
    ];
    let formats = [
        PixelFormat::Rgb,
        PixelFormat::Rgba,
        PixelFormat::Bgra,
        PixelFormat::Grey,
    ];
    let valid = valid();
    let mut compared = 0;
    for (name, data) in &valid {
        for (scale, denominator) in scales {
            for format in formats {
                if format != PixelFormat::Rgb && data.len() > 100_000 {
                    continue;
                }
                let Ok(want) = turbo(data, format, denominator) else {
                    continue;
                };
                match ours(&mut decoder, data, format, scale) {
                    Ok(got) if got == want => compared += 1,
                    Ok(got) => {
                        let differ = want.2.iter().zip(&got.2).filter(|(a, b)| a != b).count();
                        problems.push(format!(
                            "{name} {format:?} 1/{denominator}: {differ} of {} differ",
                            want.2.len()
                        ));
                    }
                    Err(error) => {
                        problems.push(format!("{name} {format:?} 1/{denominator}: {error}"))
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    eprintln!("{compared} comparisons of {} files", valid.len());
    // All four scales of nearly all files, most of them in four formats.
    assert!(compared >= valid.len() * 10);
    assert!(valid.is_empty() || valid.len() >= 100);
}
