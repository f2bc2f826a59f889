use std::rc::Rc;

use orrery_vae_ans::codec::{PIXEL_LIMIT, Settings, compress, decompress, decompress_in};
use orrery_vae_ans::container::Container;
use orrery_vae_ans::model::Vae;
use orrery_vae_ans::{Error, Key, Latent, Provider, Wavelet, World};

use crate::second_decoder;
use crate::{psnr, scene};

fn vae() -> Rc<Vae> {
    Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap())
}

fn checksummed(bytes: &mut [u8]) {
    let end = bytes.len() - 4;
    // CRC-32 bit by bit, so that this test has its own.
    let mut sum = u32::MAX;
    for byte in &bytes[..end] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    bytes[end..].copy_from_slice(&(!sum).to_le_bytes());
}

#[test]
fn the_second_decoder_gives_the_same_latents() {
    let vae = vae();
    let cases = [
        (64, 48, Wavelet::Cdf53, 3, true, 0.1),
        (61, 47, Wavelet::Cdf53, 5, true, 0.02),
        (33, 70, Wavelet::Haar, 2, true, 0.05),
        (40, 40, Wavelet::Haar, 8, false, 0.3),
        (21, 5, Wavelet::None, 0, true, 0.1),
        (1, 1, Wavelet::Cdf53, 8, true, 0.1),
        (3, 90, Wavelet::Cdf53, 4, false, 0.001),
    ];
    for (width, height, wavelet, levels, hadamard, step) in cases {
        let settings = Settings {
            wavelet,
            levels,
            hadamard,
            step,
            ..Settings::default()
        };
        let picture = scene(width, height);
        let file = compress(&picture, width, height, &settings, &vae).unwrap();
        let second = second_decoder::decode(&file);
        let mut world = World::new(4 << 20).unwrap();
        let entity = decompress_in(&mut world, &[&file], Some(&vae), PIXEL_LIMIT).unwrap()[0];
        let latent = world.get::<Latent>(entity, &Key::LATENT4).unwrap();
        assert_eq!(latent.values.shape(), [4, second.height, second.width]);
        let first = world.arena().slice::<f32>(&latent.values).unwrap();
        let factor = f32::from(1u16 << second.fraction);
        let integers: Vec<i32> = first.iter().map(|v| (v * factor) as i32).collect();
        assert_eq!(
            integers,
            second.planes.concat(),
            "{width}x{height} {wavelet:?}"
        );
        let found = psnr(&picture, world.pixels(entity, &Key::RECON_RGB).unwrap());
        assert!(found > 18.0, "{width}x{height}: {found} dB");
    }
}

/// `round(S * 2^k * g / norm)` of the page.
#[test]
fn bands_have_the_steps_of_the_page() {
    let vae = vae();
    // Norms of 5/3: 1.5, the square root of 1.5 * 0.71875, 0.71875.
    for (hadamard, fraction, expected) in [
        (true, 8, [34, 49, 49, 71]),
        (false, 8, [17, 25, 25, 36]),
        (true, 0, [1, 1, 1, 1]),
    ] {
        let settings = Settings {
            levels: 1,
            hadamard,
            fraction,
            ..Settings::default()
        };
        let file = compress(&scene(32, 24), 32, 24, &settings, &vae).unwrap();
        let container = Container::read(&file, PIXEL_LIMIT).unwrap();
        let steps: Vec<u32> = container.streams.iter().map(|s| s.step).collect();
        assert_eq!(steps, expected.repeat(4), "{hadamard} {fraction}");
    }
}

#[test]
fn smaller_steps_cost_more_and_look_better() {
    let (vae, picture) = (vae(), scene(96, 80));
    let mut last = (usize::MAX, f64::INFINITY);
    for step in [0.01, 0.1, 0.5, 2.0] {
        let settings = Settings {
            step,
            ..Settings::default()
        };
        let file = compress(&picture, 96, 80, &settings, &vae).unwrap();
        let decoded = decompress(&file, None, PIXEL_LIMIT).unwrap();
        let found = psnr(&picture, &decoded.rgb);
        assert!(
            file.len() < last.0 && found < last.1 + 0.05,
            "{step}: {} {found}",
            file.len()
        );
        last = (file.len(), found);
    }
}

#[test]
fn damage_is_named() {
    let vae = vae();
    let file = compress(&scene(32, 24), 32, 24, &Settings::default(), &vae).unwrap();
    let read = |bytes: &[u8]| Container::read(bytes, PIXEL_LIMIT).map(|_| ());
    assert!(Container::sniff(&file) && !Container::sniff(b"\x89PNG\r\n\x1a\n"));
    read(&file).unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = file.clone();
        bytes[at] = value;
        checksummed(&mut bytes);
        read(&bytes).unwrap_err()
    };
    assert!(matches!(changed(8, 2), Error::Version(2)));
    for (at, value) in [
        (0, 0),
        (10, 4),
        (12, 0),
        (20, 0),
        (20, 65),
        (21, 3),
        (22, 13),
        (23, 6),
    ] {
        assert!(matches!(changed(at, value), Error::Container(_)), "{at}");
    }
    for (at, value) in [(24, 9), (25, 2), (26, 1), (31, 0xff), (64, 1), (68, 0)] {
        assert!(matches!(changed(at, value), Error::Container(_)), "{at}");
    }
    // The built-in model has one reduction, scaling and range: other latents would be made room for.
    for (at, value) in [(20, 1), (20, 5), (30, 0x81), (10, 2)] {
        assert!(matches!(changed(at, value), Error::Container(_)), "{at}");
    }
    assert!(matches!(changed(15, 1), Error::TooLarge { .. }));
    let mut foreign = file.clone();
    foreign[10] = 1;
    foreign[25] = 0;
    checksummed(&mut foreign);
    assert!(matches!(read(&foreign), Err(Error::ForeignModel(_))));
    let mut sum = file.clone();
    *sum.last_mut().unwrap() ^= 1;
    assert!(matches!(read(&sum), Err(Error::Checksum { .. })));
    let mut weights = file.clone();
    weights[32] ^= 1;
    checksummed(&mut weights);
    assert!(matches!(
        decompress(&weights, None, PIXEL_LIMIT),
        Err(Error::WeightsDiffer { .. })
    ));
    assert!(matches!(
        decompress(&file, None, 100),
        Err(Error::TooLarge { limit: 100, .. })
    ));
}

/// What is within the header's sizes and fits the checksum may still break a rule of the page.
#[test]
fn records_that_break_a_rule_are_refused() {
    let vae = vae();
    let settings = Settings {
        levels: 0,
        wavelet: Wavelet::None,
        lossless: true,
        ..Settings::default()
    };
    let file = compress(&scene(12, 8), 12, 8, &settings, &vae).unwrap();
    let container = Container::read(&file, PIXEL_LIMIT).unwrap();
    let hashes = container.residual.as_ref().unwrap().reconstruction;
    let residual = file.windows(32).position(|w| w == hashes).unwrap() + 64;
    let whole = |bands: &[u8], hashes: &[u8], residual: &[u8]| {
        let mut bytes = [&file[..68], bands, hashes, residual, &[0; 4]].concat();
        let length = bytes.len() as u32;
        bytes[64..68].copy_from_slice(&length.to_le_bytes());
        checksummed(&mut bytes);
        bytes
    };
    let refused = |bytes: Vec<u8>, why: &str| {
        let error = decompress(&bytes, None, PIXEL_LIMIT)
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{why}: {error}");
    };
    let (bands, hashes) = (&file[68..residual - 64], &file[residual - 64..residual]);
    let rest = &file[residual..file.len() - 4];
    assert!(decompress(&whole(bands, hashes, rest), None, PIXEL_LIMIT).is_ok());
    refused(whole(bands, hashes, &[rest, &[0]].concat()), "left over");
    // A band: step 1, low 0, then letters, frequencies, escapes, words.
    let band = |record: &[u8]| {
        let constant = [1, 0, 0];
        whole(
            &[record, &constant, &constant, &constant].concat(),
            hashes,
            rest,
        )
    };
    // Two letters of 2048 each.
    let table = [1, 0, 2, 0x80, 0x10, 0x80, 0x10];
    for (record, why) in [
        (&[0, 0, 0][..], "step"),
        (&[1, 0, 1, 0xff, 0x1f], "alphabet"),
        (&[1, 0, 0x81, 0x08], "alphabet"),
        (&[1, 0xff, 0xff, 0xff, 0xff, 0x0f, 2], "frequency"),
        (&[1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2], "31 bits"),
        (&[1, 0, 2, 0, 0x80, 0x20], "frequency"),
        (&[1, 0, 2, 0x80, 0x10, 0x81, 0x10], "4096"),
        (&[&table[..], &[7]].concat(), "escapes"),
        (&[&table[..], &[0, 9]].concat(), "more words"),
        (&[&table[..], &[0, 1, 0, 0]].concat(), "zero word"),
        // Six symbols of one bit each, and a state of 2^24 that is 2^18 then.
        (&[&table[..], &[0, 2, 0, 1, 0, 0]].concat(), "does not end"),
        // The state is 0 throughout: the first letter six times, and an escape that is not used.
        (&[&table[..], &[1, 5, 0]].concat(), "escapes do not fit"),
    ] {
        let bytes = band(record);
        // Only what the stream itself says takes decoding.
        let at_once = !["does not end", "escapes do not fit"].contains(&why);
        assert_eq!(
            Container::read(&bytes, PIXEL_LIMIT).is_err(),
            at_once,
            "{why}"
        );
        refused(bytes, why);
    }
    // The state is 0 throughout: a band of zeros, which is allowed.
    let zeros = band(&[&table[..], &[0, 0]].concat());
    assert!(Container::read(&zeros, PIXEL_LIMIT).is_ok());
    assert!(matches!(
        decompress(&zeros, None, PIXEL_LIMIT),
        Err(Error::ReconstructionDiffers)
    ));
    // A residual's stream of more words than pixels: 96 + 3.
    let long = [&table[1..], &[0, 99], &[1; 198]].concat();
    refused(whole(bands, hashes, &[&long, rest].concat()), "more words");
}

#[test]
fn pictures_that_no_decoder_would_take_are_not_encoded() {
    for (width, height) in [(1 << 14, (1 << 12) + 1), (usize::MAX, 2)] {
        let refused = compress(&[], width, height, &Settings::default(), &vae());
        assert!(
            matches!(refused, Err(Error::TooLarge { .. })),
            "{refused:?}"
        );
    }
}
