//! Pictures while the file comes in, and reduced ones.

mod common;

use common::{image, only, photo, psnr};
use orrery_jxl::{
    Animation, DecodeError, DecodeOptions, Decoder, Detail, EncodeOptions, Fidelity, Frame, Image,
    Limits, SampleType, decode, decode_reduced, encode,
};

/// A photograph of the corpus, or a painted picture without it.
fn picture() -> Image {
    photo(512, 384).unwrap_or_else(|| image(SampleType::U8, 512, 384, 3))
}

fn file(image: &Image, progressive: bool) -> Vec<u8> {
    let options = EncodeOptions {
        fidelity: Fidelity::Distance(1.0),
        effort: 5,
        progressive,
        ..EncodeOptions::default()
    };
    encode(image, &options).unwrap()
}

fn options(detail: Detail) -> DecodeOptions {
    DecodeOptions {
        progressive: Some(detail),
        ..DecodeOptions::default()
    }
}

/// Feeds pieces; gives every picture with the bytes it took, the final one last.
fn pictures(file: &[u8], piece: usize, detail: Detail) -> Vec<(usize, u32, Frame)> {
    let mut decoder = Decoder::new(options(detail)).unwrap();
    let mut pictures = Vec::new();
    let mut fed = 0;
    for piece in file.chunks(piece) {
        fed += piece.len();
        for step in decoder.feed(piece).unwrap() {
            assert_eq!(step.frame, 0);
            pictures.push((fed, step.downsampling, step.picture));
        }
    }
    let image = decoder.finish().unwrap();
    pictures.push((fed, 1, only(&image).clone()));
    pictures
}

#[test]
fn the_first_picture_comes_before_half_the_bytes_and_quality_rises() {
    let image = picture();
    let file = file(&image, true);
    let steps = pictures(&file, 256, Detail::Passes);
    let qualities: Vec<f64> = steps
        .iter()
        .map(|(_, _, frame)| psnr(&frame.pixels, &only(&image).pixels))
        .collect();
    for ((fed, downsampling, _), quality) in steps.iter().zip(&qualities) {
        println!(
            "{fed} of {} bytes: 1/{downsampling}, {quality:.2} dB",
            file.len()
        );
    }
    assert!(steps.len() >= 3, "{}", steps.len());
    assert!(
        steps[0].0 * 2 < file.len(),
        "{} of {}",
        steps[0].0,
        file.len()
    );
    assert!(qualities[0] > 15.0, "{qualities:?}");
    assert!(qualities.is_sorted(), "{qualities:?}");
    assert!(steps.iter().map(|step| step.1).rev().is_sorted());
    // What comes last is what decoding at once gives.
    let whole = decode(&file, &DecodeOptions::default()).unwrap();
    assert_eq!(&steps.last().unwrap().2, only(&whole));
}

/// Also a file that was not written in passes has its eighth apart.
#[test]
fn the_eighth_comes_first_in_any_lossy_file() {
    let image = picture();
    let file = file(&image, false);
    let steps = pictures(&file, 256, Detail::Dc);
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].1, 8);
    assert!(
        steps[0].0 * 2 < file.len(),
        "{} of {}",
        steps[0].0,
        file.len()
    );
}

#[test]
fn pieces_of_any_size_give_the_same_picture() {
    let image = image(SampleType::U8, 200, 150, 4);
    let file = file(&image, true);
    let whole = decode(&file, &DecodeOptions::default()).unwrap();
    for piece in [1, 7, 100, file.len()] {
        let mut decoder = Decoder::new(DecodeOptions::default()).unwrap();
        for bytes in file.chunks(piece) {
            assert!(decoder.feed(bytes).unwrap().is_empty());
        }
        assert_eq!(decoder.finish().unwrap(), whole, "{piece}");
    }
}

#[test]
fn a_file_that_breaks_off_shows_what_there_is() {
    let image = picture();
    let file = file(&image, true);
    let mut decoder = Decoder::new(DecodeOptions::default()).unwrap();
    assert!(decoder.snapshot().is_none());
    decoder.feed(&file[..file.len() * 3 / 4]).unwrap();
    assert_eq!(decoder.finish(), Err(DecodeError::Truncated));
    let shown = decoder.snapshot().expect("the part that is there");
    let quality = psnr(&shown.pixels, &only(&image).pixels);
    assert!(quality > 20.0, "{quality}");
    for part in 0..20 {
        let cut = &file[..file.len() * part / 20];
        assert_eq!(
            decode(cut, &DecodeOptions::default()),
            Err(DecodeError::Truncated),
            "{part}"
        );
    }
}

#[test]
fn the_reduced_picture_is_the_mean_of_the_full_one() {
    let image = picture();
    for progressive in [false, true] {
        let file = file(&image, progressive);
        let reduced = decode_reduced(&file, &DecodeOptions::default()).unwrap();
        assert!(reduced.from_dc);
        assert!(
            reduced.bytes_read * 2 < file.len(),
            "{}",
            reduced.bytes_read
        );
        assert_eq!((reduced.info.width, reduced.info.height), (512, 384));
        assert_eq!((reduced.frame.width, reduced.frame.height), (64, 48));
        let lossless = encode(
            &image,
            &EncodeOptions {
                effort: 2,
                ..EncodeOptions::lossless()
            },
        )
        .unwrap();
        let full = decode_reduced(&lossless, &DecodeOptions::default()).unwrap();
        assert!(!full.from_dc);
        assert_eq!(full.bytes_read, lossless.len());
        let quality = psnr(&reduced.frame.pixels, &full.frame.pixels);
        println!(
            "{} of {} bytes: {quality:.2} dB",
            reduced.bytes_read,
            file.len()
        );
        assert!(quality > 30.0, "{quality}");
    }
}

#[test]
fn layers_are_given_apart_when_frames_are_not_coalesced() {
    use orrery_corpus as corpus;
    for path in corpus::files("jxl/conformance", "jxl") {
        if !path.to_string_lossy().contains("blendmodes") {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        let options = DecodeOptions {
            coalesce: false,
            ..DecodeOptions::default()
        };
        let layers = decode(&bytes, &options).unwrap();
        let whole = decode(&bytes, &DecodeOptions::default()).unwrap();
        assert_eq!(whole.frames.len(), 1);
        assert!(layers.frames.len() > 1, "{}", layers.frames.len());
    }
}

/// Intermediate pictures of one piece of input count as what is given back.
#[test]
fn steps_of_one_piece_are_within_the_limit() {
    let mut image = image(SampleType::U8, 256, 256, 3);
    image.info.animation = Some(Animation {
        ticks_numerator: 10,
        ticks_denominator: 1,
        loops: 0,
    });
    let frames = 20;
    image.frames[0].duration = 1;
    image.frames = vec![image.frames[0].clone(); frames];
    let file = file(&image, true);
    let decoder = |memory| {
        let limits = Limits {
            memory,
            ..Limits::default()
        };
        Decoder::new(DecodeOptions {
            limits,
            samples: Some(SampleType::F32),
            ..options(Detail::Passes)
        })
        .unwrap()
    };
    let size = 256 * 256 * 3 * size_of::<f32>();
    let steps = decoder(usize::MAX / 2).feed(&file).unwrap().len();
    assert!(steps >= 2 * frames, "{steps}");
    // Room for all frames and half as much again.
    let limit = frames * size * 3 / 2;
    match decoder(limit).feed(&file) {
        Err(DecodeError::OverLimit(message)) => assert!(message.contains("samples"), "{message}"),
        other => panic!("{:?}", other.map(|steps| steps.len())),
    }
    // Pictures of earlier pieces are the caller's.
    let mut in_pieces = decoder(limit);
    for piece in file.chunks(64) {
        in_pieces.feed(piece).unwrap();
    }
    assert_eq!(in_pieces.finish().unwrap().frames.len(), frames);
    assert!(decoder((frames + steps) * size).feed(&file).is_ok());
}
