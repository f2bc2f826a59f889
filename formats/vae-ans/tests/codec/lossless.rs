use std::rc::Rc;

use orrery_vae_ans::codec::{
    PIXEL_LIMIT, Settings, compress, compress_in, decompress, decompress_in,
};
use orrery_vae_ans::container::{Container, hex};
use orrery_vae_ans::model::{DECODER, ENCODER, Options, Range, Vae};
use orrery_vae_ans::{Error, Key, Provider, World};
use sha2::{Digest, Sha256};

use crate::{kodak, png, psnr, scene, second_decoder};

fn settings() -> Settings {
    Settings {
        lossless: true,
        step: 0.3,
        ..Settings::default()
    }
}

#[test]
fn every_byte_comes_back() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    for (width, height) in [(1, 1), (7, 3), (50, 39)] {
        let picture = scene(width, height);
        let file = compress(&picture, width, height, &settings(), &vae).unwrap();
        let decoded = decompress(&file, None, PIXEL_LIMIT).unwrap();
        assert!(decoded.lossless);
        assert_eq!(decoded.rgb, picture);
    }
    let noise: Vec<u8> = (0..40 * 30 * 3u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let file = compress(&noise, 40, 30, &settings(), &vae).unwrap();
    assert_eq!(decompress(&file, None, PIXEL_LIMIT).unwrap().rgb, noise);
}

#[test]
fn the_second_decoder_restores_the_same_source() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    for (width, height) in [(50, 39), (1, 1), (7, 3)] {
        let picture = scene(width, height);
        let file = compress(&picture, width, height, &settings(), &vae).unwrap();
        let mut world = World::new(8 << 20).unwrap();
        let entity = decompress_in(&mut world, &[&file], None, PIXEL_LIMIT).unwrap()[0];
        let recon = world.pixels(entity, &Key::RECON_RGB).unwrap();
        let restored = second_decoder::restore(&file, recon, width, height);
        assert!(restored == picture, "{width}x{height}");
    }
}

/// Whatever runtime the caller has at hand, the reconstruction is the fixed order's: the embedded
/// one rounds some samples of this picture otherwise, wherever that shows.
#[test]
fn another_runtime_at_hand_changes_nothing() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    let (width, height) = (600, 400);
    let picture = scene(width, height);
    let file = compress(&picture, width, height, &settings(), &vae).unwrap();
    let decoded = decompress(&file, Some(&vae), PIXEL_LIMIT).unwrap();
    assert!(decoded.rgb == picture);
    let lossy = Settings {
        lossless: false,
        ..settings()
    };
    let file = compress(&picture, width, height, &lossy, &vae).unwrap();
    let exact = Rc::new(Vae::builtin(Provider::FixedOrder, 1).unwrap());
    let [a, b] = [&vae, &exact].map(|v| decompress(&file, Some(v), PIXEL_LIMIT).unwrap().rgb);
    let differing = a.iter().zip(&b).filter(|(a, b)| a != b).count();
    eprintln!(
        "{differing} of {} samples differ between the runtimes",
        a.len()
    );
}

/// A batch in one world: each picture has its own residual.
#[test]
fn a_batch_comes_back_too() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    let (first, mut second) = (scene(40, 30), scene(40, 30));
    second.reverse();
    let mut world = World::new(16 << 20).unwrap();
    let entities = world.spawn_batch_rgb(40, 30, &[&first, &second]).unwrap();
    let files = compress_in(&mut world, &entities, &settings(), &vae).unwrap();
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let decoded = decompress_in(&mut world, &files, None, PIXEL_LIMIT).unwrap();
    assert!(world.pixels(decoded[0], &Key::RESTORED_RGB).unwrap() == first);
    assert!(world.pixels(decoded[1], &Key::RESTORED_RGB).unwrap() == second);
}

/// Files of the first version: what reads them must go on to give the same.
#[test]
fn stored_containers_decode_as_ever() {
    let lossless = include_bytes!("lossless.vae");
    let decoded = decompress(lossless, None, PIXEL_LIMIT).unwrap();
    assert!(decoded.lossless && decoded.rgb == scene(50, 39));
    let lossy = include_bytes!("lossy.vae");
    let exact = Rc::new(Vae::builtin(Provider::FixedOrder, 1).unwrap());
    let decoded = decompress(lossy, Some(&exact), PIXEL_LIMIT).unwrap();
    let found = hex(&Sha256::digest(&decoded.rgb));
    assert_eq!(found, include_str!("lossy.sha256").trim());
    assert!(psnr(&scene(61, 47), &decoded.rgb) > 24.0);
}

#[test]
fn mismatches_are_three_errors_and_foreign_models_are_refused() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    let file = compress(&scene(24, 16), 24, 16, &settings(), &vae).unwrap();
    let container = Container::read(&file, PIXEL_LIMIT).unwrap();
    let part = container.residual.unwrap();
    let place = |hash: [u8; 32]| file.windows(32).position(|w| w == hash).unwrap();
    let with = |at: usize| {
        let mut bytes = file.clone();
        bytes[at] ^= 0x10;
        let end = bytes.len() - 4;
        let sum = crc32(&bytes[..end]);
        bytes[end..].copy_from_slice(&sum.to_le_bytes());
        decompress(&bytes, None, PIXEL_LIMIT).unwrap_err()
    };
    assert!(matches!(
        with(place(part.reconstruction)),
        Error::ReconstructionDiffers
    ));
    assert!(matches!(with(place(part.source)), Error::SourceDiffers));
    assert!(matches!(with(33), Error::WeightsDiffer { .. }));

    let options = Options {
        scaling: 1.0,
        range: Range::Unit,
        reduction: 4,
    };
    let models = (Some(("mine", ENCODER)), Some(("mine", DECODER)));
    let foreign = Vae::from_bytes(models.0, models.1, options, Provider::Embedded, 1).unwrap();
    let error = compress(&scene(8, 8), 8, 8, &settings(), &Rc::new(foreign)).unwrap_err();
    assert!(matches!(error, Error::ForeignModel(_)), "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

/// Bits for each sample of a plane's values, order 0.
fn entropy(values: impl Iterator<Item = i32>) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    let mut total = 0.0;
    for value in values {
        *counts.entry(value).or_insert(0.0) += 1.0;
        total += 1.0;
    }
    counts
        .values()
        .map(|c: &f64| c / total * (total / c).log2())
        .sum()
}

#[test]
fn residuals_of_photos_have_less_entropy_than_the_source() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 0).unwrap());
    for path in kodak() {
        let (width, height, rgb) = png(&path);
        let file = compress(&rgb, width, height, &settings(), &vae).unwrap();
        let lossy = Settings {
            lossless: false,
            ..settings()
        };
        let base = compress(&rgb, width, height, &lossy, &vae).unwrap();
        let exact = Rc::new(Vae::builtin(Provider::FixedOrder, 1).unwrap());
        let recon = decompress(&base, Some(&exact), PIXEL_LIMIT).unwrap().rgb;
        let decoded = decompress(&file, None, PIXEL_LIMIT).unwrap();
        assert!(decoded.rgb == rgb);
        let source = entropy(rgb.iter().map(|&v| i32::from(v)));
        let pairs = rgb.iter().zip(&recon);
        let residual = entropy(pairs.map(|(a, b)| i32::from(*a) - i32::from(*b)));
        let png_bytes = std::fs::metadata(&path).unwrap().len();
        eprintln!(
            "{}: source {source:.3} bits a sample, residual {residual:.3}; {} bytes, {} of them lossy; PNG {png_bytes}",
            path.file_name().unwrap().display(),
            file.len(),
            base.len(),
        );
        assert!(residual < source);
    }
}
