//! Every kind of sample, channel and metadata, there and back.

mod common;

use common::{image, only, peak, psnr, samples};
use orrery_jxl::{
    Alpha, Animation, ChannelInfo, ChannelKind, Colour, ColourEncoding, DecodeError, DecodeOptions,
    EncodeError, EncodeOptions, Fidelity, Image, Limits, MetadataBox, SampleType, Samples, Switch,
    ToneMapping, Transfer, decode, encode,
};

const KINDS: [SampleType; 4] = [
    SampleType::U8,
    SampleType::U16,
    SampleType::F16,
    SampleType::F32,
];

fn there_and_back(image: &Image, options: &EncodeOptions) -> Image {
    decode(&encode(image, options).unwrap(), &DecodeOptions::default()).unwrap()
}

#[test]
fn lossless_is_exact_for_every_kind_and_count_of_channels() {
    for kind in KINDS {
        for channels in 1..=4 {
            for effort in [1, 3, 7] {
                let options = EncodeOptions {
                    effort,
                    ..EncodeOptions::lossless()
                };
                let image = image(kind, 61, 43, channels);
                let again = there_and_back(&image, &options);
                let what = format!("{kind:?}, {channels} channels, effort {effort}");
                assert_eq!(only(&again).pixels, only(&image).pixels, "{what}");
                assert_eq!(again.info.alpha.is_some(), channels % 2 == 0, "{what}");
                assert_eq!((again.info.bits, again.info.exponent_bits), kind.depth());
            }
        }
    }
}

#[test]
fn lossy_is_near_for_every_kind_and_nearer_for_a_smaller_distance() {
    for kind in KINDS {
        let image = image(kind, 128, 96, 3);
        let result = |fidelity| {
            let options = EncodeOptions {
                fidelity,
                effort: 4,
                ..EncodeOptions::default()
            };
            let file = encode(&image, &options).unwrap();
            let again = decode(&file, &DecodeOptions::default()).unwrap();
            (file.len(), psnr(&only(&again).pixels, &only(&image).pixels))
        };
        let (small, far) = result(Fidelity::Distance(4.0));
        let (large, near) = result(Fidelity::Distance(0.5));
        let quality = result(Fidelity::Quality(95.0));
        assert!(small < large && far + 3.0 < near, "{kind:?}: {far} {near}");
        assert!(far > 28.0 && quality.1 > far, "{kind:?}: {far} {quality:?}");
    }
}

#[test]
fn a_file_can_be_decoded_to_another_kind() {
    let image = image(SampleType::U8, 40, 30, 3);
    let file = encode(&image, &EncodeOptions::lossless()).unwrap();
    for kind in KINDS {
        let options = DecodeOptions {
            samples: Some(kind),
            ..DecodeOptions::default()
        };
        let again = decode(&file, &options).unwrap();
        assert_eq!(only(&again).pixels.kind(), kind);
        // Half a step of 8 bits would show; f16 is good to 11 bits.
        assert!(
            peak(&only(&again).pixels, &only(&image).pixels) < 0.0006,
            "{kind:?}"
        );
    }
}

#[test]
fn extra_channels_keep_their_kind_name_and_samples() {
    let (width, height) = (50, 40);
    let mut image = image(SampleType::U16, width, height, 4);
    let kinds = [
        (ChannelKind::Depth, "depth"),
        (ChannelKind::Selection, ""),
        (ChannelKind::Spot([1.0, 0.5, 0.0, 0.75]), "gold"),
        (ChannelKind::Thermal, "heat"),
        (ChannelKind::Optional, "other"),
    ];
    for (number, (kind, name)) in kinds.into_iter().enumerate() {
        image.info.channels.push(ChannelInfo {
            kind,
            name: name.to_owned(),
            bits: 16,
            exponent_bits: 0,
            shift: 0,
        });
        let (width, height) = (width as usize, height as usize);
        let Samples::U16(mut plane) = samples(SampleType::U16, width, height, 1) else {
            unreachable!("asked for")
        };
        plane
            .iter_mut()
            .for_each(|v| *v = v.rotate_left(number as u32 + 1));
        image.frames[0].planes.push(Samples::U16(plane));
    }
    let file = encode(&image, &EncodeOptions::lossless()).unwrap();
    let options = DecodeOptions {
        render_spot_colours: false,
        ..DecodeOptions::default()
    };
    let again = decode(&file, &options).unwrap();
    assert_eq!(again.info.channels, image.info.channels);
    assert_eq!(again.frames, image.frames);
    // Mixed in, the spot colour changes the colours and nothing else.
    let mixed = decode(&file, &DecodeOptions::default()).unwrap();
    assert_ne!(mixed.frames[0].pixels, image.frames[0].pixels);
    assert_eq!(mixed.frames[0].planes, image.frames[0].planes);
}

#[test]
fn premultiplied_alpha_is_said_and_can_be_divided_out() {
    let pixels = vec![128, 64, 0, 128, 10, 20, 30, 255];
    let mut image = Image::new(2, 1, 4, Samples::U8(pixels.clone()));
    image.info.alpha = Some(Alpha {
        bits: 8,
        exponent_bits: 0,
        premultiplied: true,
    });
    let file = encode(&image, &EncodeOptions::lossless()).unwrap();
    let as_stored = decode(&file, &DecodeOptions::default()).unwrap();
    assert_eq!(as_stored.info.alpha, image.info.alpha);
    assert_eq!(only(&as_stored).pixels, Samples::U8(pixels));
    let options = DecodeOptions {
        unpremultiply_alpha: true,
        ..DecodeOptions::default()
    };
    let divided = decode(&file, &options).unwrap();
    assert!(!divided.info.alpha.unwrap().premultiplied);
    let expected = Samples::U8(vec![255, 127, 0, 128, 10, 20, 30, 255]);
    // 127.5 is rounded either way.
    assert!(peak(&only(&divided).pixels, &expected) <= 1.0 / 255.0 + 1e-6);
}

#[test]
fn animations_keep_frames_names_and_times() {
    let mut image = image(SampleType::U8, 32, 24, 3);
    image.info.animation = Some(Animation {
        ticks_numerator: 1000,
        ticks_denominator: 1,
        loops: 3,
    });
    let first = image.frames[0].clone();
    image.frames.clear();
    for number in 0..5_u8 {
        let Samples::U8(pixels) = &first.pixels else {
            unreachable!("asked for")
        };
        let pixels = pixels.iter().map(|v| v.wrapping_add(number * 40)).collect();
        image.frames.push(orrery_jxl::Frame {
            name: format!("frame {number}"),
            duration: 100 + u32::from(number),
            pixels: Samples::U8(pixels),
            ..first.clone()
        });
    }
    let again = there_and_back(&image, &EncodeOptions::lossless());
    assert_eq!(again.info.animation, image.info.animation);
    assert_eq!(again.frames, image.frames);
    let options = DecodeOptions {
        first_frame_only: true,
        ..DecodeOptions::default()
    };
    let file = encode(&image, &EncodeOptions::lossless()).unwrap();
    assert_eq!(decode(&file, &options).unwrap().frames, image.frames[..1]);
    let few = DecodeOptions {
        limits: Limits {
            frames: 4,
            ..Limits::default()
        },
        ..DecodeOptions::default()
    };
    assert!(matches!(
        decode(&file, &few),
        Err(DecodeError::OverLimit(_))
    ));
}

#[test]
fn metadata_comes_back_compressed_or_not() {
    let mut image = image(SampleType::U8, 16, 16, 3);
    image.boxes = vec![
        MetadataBox {
            kind: *b"Exif",
            contents: b"\0\0\0\0II*\0 and so on".repeat(300),
        },
        MetadataBox {
            kind: *b"xml ",
            contents: b"<x:xmpmeta/>".repeat(2000),
        },
        MetadataBox {
            kind: *b"jumb",
            contents: Vec::new(),
        },
    ];
    let wanted = DecodeOptions {
        boxes: true,
        ..DecodeOptions::default()
    };
    for compress_boxes in [false, true] {
        let options = EncodeOptions {
            compress_boxes,
            ..EncodeOptions::lossless()
        };
        let file = encode(&image, &options).unwrap();
        let list = orrery_jxl::boxes::list(&file);
        assert_eq!(list.iter().any(|b| b.kind == *b"brob"), compress_boxes);
        let again = decode(&file, &wanted).unwrap();
        assert!(again.info.container);
        assert_eq!(again.boxes, image.boxes);
        // Not asked for, not read.
        assert!(
            decode(&file, &DecodeOptions::default())
                .unwrap()
                .boxes
                .is_empty()
        );
        let few = DecodeOptions {
            limits: Limits {
                metadata: 20_000,
                ..Limits::default()
            },
            ..wanted.clone()
        };
        assert!(matches!(
            decode(&file, &few),
            Err(DecodeError::OverLimit(_))
        ));
    }
}

#[test]
fn profiles_and_hdr_colours_are_kept() {
    // libjxl's own profile for a structured encoding is a real one.
    let mut wide = image(SampleType::U16, 24, 24, 3);
    wide.info.encoding = Some(ColourEncoding::bt2100_pq());
    wide.info.tone = ToneMapping {
        intensity_target: 4000.0,
        min_nits: 0.25,
        ..ToneMapping::default()
    };
    for options in [EncodeOptions::lossless(), EncodeOptions::default()] {
        let again = there_and_back(&wide, &options);
        let encoding = again.info.encoding.unwrap();
        assert_eq!(encoding.transfer, Transfer::Pq);
        assert!(encoding.is_hdr());
        assert_eq!(encoding.primaries, ColourEncoding::bt2100_pq().primaries);
        assert_eq!(again.info.tone, wide.info.tone);
        assert!(!again.info.icc.is_empty());
    }
    wide.info.encoding = Some(ColourEncoding::bt2100_hlg());
    wide.info.tone.intensity_target = 1000.0;
    let hlg = there_and_back(&wide, &EncodeOptions::lossless());
    assert_eq!(hlg.info.encoding.unwrap().transfer, Transfer::Hlg);

    let mut with_profile = image(SampleType::U8, 24, 24, 3);
    let profile = there_and_back(&with_profile, &EncodeOptions::lossless())
        .info
        .icc;
    // One byte of the description is changed: no structured encoding has this profile.
    let mut icc = profile;
    let at = icc.len() - 1;
    icc[at] ^= 1;
    with_profile = with_profile.with_colour(Colour::Icc(icc.clone()));
    let again = there_and_back(&with_profile, &EncodeOptions::lossless());
    assert_eq!(again.info.original_icc, icc);
    assert_eq!(only(&again).pixels, only(&with_profile).pixels);
}

#[test]
fn output_is_converted_to_the_colours_asked_for() {
    let image = image(SampleType::F32, 64, 48, 3);
    let file = encode(&image, &EncodeOptions::default()).unwrap();
    let options = DecodeOptions {
        output: Some(Colour::Encoding(ColourEncoding::linear_srgb(false))),
        ..DecodeOptions::default()
    };
    let linear = decode(&file, &options).unwrap();
    assert_eq!(linear.info.encoding.unwrap().transfer, Transfer::Linear);
    let plain = decode(&file, &DecodeOptions::default()).unwrap();
    let light = |v: f32| match v {
        v if v <= 0.04045 => v / 12.92,
        v => ((v + 0.055) / 1.055).powf(2.4),
    };
    for at in 0..only(&plain).pixels.len() {
        let expected = light(only(&plain).pixels.get(at).unwrap());
        let got = only(&linear).pixels.get(at).unwrap();
        assert!((expected - got).abs() < 0.003, "{at}: {expected} {got}");
    }
}

#[test]
fn an_intensity_target_darkens_hdr_pictures() {
    let mut image = image(SampleType::F32, 32, 32, 3);
    image.info.encoding = Some(ColourEncoding::bt2100_pq());
    image.info.tone.intensity_target = 10_000.0;
    let file = encode(&image, &EncodeOptions::default()).unwrap();
    let mean = |target| {
        let options = DecodeOptions {
            intensity_target: target,
            ..DecodeOptions::default()
        };
        let again = decode(&file, &options).unwrap();
        let pixels = &only(&again).pixels;
        (0..pixels.len())
            .map(|at| pixels.get(at).unwrap())
            .sum::<f32>()
            / pixels.len() as f32
    };
    assert!(
        mean(Some(250.0)) < mean(None),
        "{} {}",
        mean(Some(250.0)),
        mean(None)
    );
    let wrong = DecodeOptions {
        intensity_target: Some(f32::NAN),
        ..DecodeOptions::default()
    };
    assert!(matches!(
        decode(&file, &wrong),
        Err(DecodeError::Unsupported(_))
    ));
}

#[test]
fn orientations_turn_the_picture_or_are_kept() {
    let stored: Vec<u8> = (0..6).collect();
    let mut image = Image::new(3, 2, 1, Samples::U8(stored.clone()));
    let turned: [&[u8]; 8] = [
        &[0, 1, 2, 3, 4, 5],
        &[2, 1, 0, 5, 4, 3],
        &[5, 4, 3, 2, 1, 0],
        &[3, 4, 5, 0, 1, 2],
        &[0, 3, 1, 4, 2, 5],
        &[3, 0, 4, 1, 5, 2],
        &[5, 2, 4, 1, 3, 0],
        &[2, 5, 1, 4, 0, 3],
    ];
    for (orientation, turned) in (1..).zip(turned) {
        image.info.orientation = orientation;
        let file = encode(&image, &EncodeOptions::lossless()).unwrap();
        let again = decode(&file, &DecodeOptions::default()).unwrap();
        assert_eq!(
            only(&again).pixels,
            Samples::U8(turned.to_vec()),
            "{orientation}"
        );
        let size = if orientation < 5 { (3, 2) } else { (2, 3) };
        assert_eq!((again.info.width, again.info.height), size);
        let keep = DecodeOptions {
            keep_orientation: true,
            ..DecodeOptions::default()
        };
        let kept = decode(&file, &keep).unwrap();
        assert_eq!(only(&kept).pixels, Samples::U8(stored.clone()));
        assert_eq!((kept.info.width, kept.info.orientation), (3, orientation));
    }
}

#[test]
fn settings_of_the_encoder_change_the_file() {
    let image = image(SampleType::U8, 128, 128, 3);
    let base = EncodeOptions {
        fidelity: Fidelity::Distance(3.0),
        effort: 5,
        ..EncodeOptions::default()
    };
    let plain = encode(&image, &base).unwrap();
    let changed = [
        EncodeOptions {
            edge_preserving: Some(0),
            ..base.clone()
        },
        EncodeOptions {
            edge_preserving: Some(3),
            ..base.clone()
        },
        EncodeOptions {
            gaborish: Switch::Off,
            ..base.clone()
        },
        EncodeOptions {
            photon_noise_iso: 3200.0,
            ..base.clone()
        },
        EncodeOptions {
            progressive: true,
            ..base.clone()
        },
        EncodeOptions {
            decoding_speed: 4,
            ..base.clone()
        },
        EncodeOptions {
            effort: 2,
            ..base.clone()
        },
    ];
    let mut files = vec![plain.clone()];
    for options in changed {
        let file = encode(&image, &options).unwrap();
        decode(&file, &DecodeOptions::default()).unwrap();
        assert!(!files.contains(&file), "{options:?}");
        files.push(file);
    }
    // Estimated noise needs a noisy picture to be found in; that it is accepted is enough here.
    let noise = EncodeOptions {
        noise: Switch::On,
        ..base.clone()
    };
    decode(&encode(&image, &noise).unwrap(), &DecodeOptions::default()).unwrap();
    // The same file whatever the number of threads, and the same picture.
    let threads = EncodeOptions { threads: 3, ..base };
    assert_eq!(encode(&image, &threads).unwrap(), plain);
    let decoded = |threads| {
        let options = DecodeOptions {
            threads,
            ..DecodeOptions::default()
        };
        decode(&plain, &options).unwrap()
    };
    assert_eq!(decoded(1), decoded(4));
}

#[test]
fn what_does_not_fit_is_refused() {
    let good = image(SampleType::U8, 8, 8, 3);
    let refused = |image: &Image, options: &EncodeOptions| {
        let error = encode(image, options).unwrap_err();
        assert!(matches!(error, EncodeError::Shape(_)), "{error}");
    };
    let options = EncodeOptions::default();
    let mut image = good.clone();
    image.info.width = 9;
    image.frames[0].width = 9;
    refused(&image, &options);
    let mut image = good.clone();
    image.frames.push(image.frames[0].clone());
    refused(&image, &options);
    let mut image = good.clone();
    image.info.colour_channels = 2;
    refused(&image, &options);
    for fidelity in [
        Fidelity::Distance(-1.0),
        Fidelity::Distance(f32::NAN),
        Fidelity::Quality(101.0),
    ] {
        refused(
            &good,
            &EncodeOptions {
                fidelity,
                ..options.clone()
            },
        );
    }
    refused(
        &good,
        &EncodeOptions {
            effort: 0,
            ..options.clone()
        },
    );
    refused(
        &good,
        &EncodeOptions {
            threads: 5000,
            ..options.clone()
        },
    );
    let few = Limits {
        pixels: 63,
        ..Limits::default()
    };
    let few = EncodeOptions {
        limits: few,
        ..options.clone()
    };
    assert!(matches!(
        encode(&good, &few),
        Err(EncodeError::OverLimit(_))
    ));
    // Code by code as libjxl has them: a profile that is none, memory that is refused.
    let no_profile = good
        .clone()
        .with_colour(Colour::Icc(b"no profile".to_vec()));
    let error = encode(&no_profile, &options).unwrap_err();
    assert_eq!(error, EncodeError::BadInput);
    let little = Limits {
        memory: 10_000,
        ..Limits::default()
    };
    let little = EncodeOptions {
        limits: little,
        ..options
    };
    assert_eq!(encode(&good, &little), Err(EncodeError::OutOfMemory));
}
