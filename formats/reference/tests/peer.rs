//! The speed peers decode the same pictures as the careful backends.

use orrery_reference::peer::{Frame, PngOutput, decode_png_into, decode_qoi_into};
use orrery_reference::{Backend, Format, PngCrate, QoiCrate, ReferenceError};
use orrery_samples::{Expect, Scene, all, large};

#[test]
fn png_with_alpha_is_the_backends_picture() {
    let mut buffer = Vec::new();
    let mut runs = 0;
    for sample in all() {
        let (Format::Png, Expect::Picture(picture)) = (sample.format, &sample.expect) else {
            continue;
        };
        let frame = decode_png_into(&sample.bytes, PngOutput::Alpha8, &mut buffer).unwrap();
        if frame.channels != 4 || sample.name.contains("out-of-range") {
            // Grey pictures stay grey; an index without an entry is the one
            // case in which the crate's conversion is not the project's.
            continue;
        }
        assert_eq!((frame.width, frame.height), (picture.width, picture.height));
        assert_eq!(frame.depth, 8);
        assert!(
            buffer[..picture.rgba.len()] == picture.rgba,
            "{}",
            sample.name
        );
        runs += 1;
    }
    assert!(runs > 50, "{runs}");
}

#[test]
fn qoi_is_the_backends_picture() {
    let mut buffer = Vec::new();
    for sample in all() {
        if sample.format != Format::Qoi || !matches!(sample.expect, Expect::Picture(_)) {
            continue;
        }
        let Ok(picture) = QoiCrate.decode(&sample.bytes) else {
            continue;
        };
        let frame = decode_qoi_into(&sample.bytes, &mut buffer).unwrap();
        assert_eq!((frame.width, frame.height), (picture.width, picture.height));
        // Alpha of index entries survives here where the header says 3
        // channels; no encoder writes such a stream.
        if sample.name != "qoi-empty-index-in-rgb" {
            assert!(
                buffer[..picture.rgba.len()] == picture.rgba,
                "{}",
                sample.name
            );
        }
    }
}

#[test]
fn stored_samples_come_as_they_are() {
    let sample = large(Scene::Chart, Format::Png, false);
    let mut buffer = Vec::new();
    let frame = decode_png_into(&sample.bytes, PngOutput::Stored, &mut buffer).unwrap();
    let expected = Frame {
        width: 1280,
        height: 960,
        channels: 3,
        depth: 8,
    };
    assert_eq!(frame, expected);
    let picture = PngCrate.decode(&sample.bytes).unwrap();
    let rgb = picture.rgba.as_chunks::<4>().0.iter();
    let rgb: Vec<u8> = rgb.flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    assert!(buffer == rgb);
}

#[test]
fn broken_files_are_errors() {
    let mut buffer = Vec::new();
    let png = decode_png_into(b"\x89PNG\r\n\x1a\n", PngOutput::Stored, &mut buffer);
    assert!(matches!(png, Err(ReferenceError::Malformed(_))));
    let qoi = decode_qoi_into(b"qoif", &mut buffer);
    assert!(matches!(qoi, Err(ReferenceError::Malformed(_))));
}
