//! JPEG XL: decoded in every build, encoded with the feature `jxl`.

use super::{folder, orrery, png};

const SAMPLE: &str = "docs/samples/photo.jxl";

/// The picture that [`SAMPLE`] was made of, in RGBA.
fn original(folder: &std::path::Path) -> (u32, u32, Vec<u8>) {
    let out = folder.join("original.png");
    orrery(&[&"codec", &"decode", &"docs/samples/photo.png", &out]).exits(0);
    png(&out)
}

#[test]
fn it_is_decoded_near_to_what_was_encoded() {
    let folder = folder("jxl-decode");
    let out = folder.join("photo.png");
    orrery(&[&"codec", &"decode", &SAMPLE, &out]).exits(0);
    orrery(&[
        &"codec",
        &"decode",
        &SAMPLE,
        &out,
        &"--backend",
        &"jxl-oxide",
    ])
    .exits(0);
    let (width, height, ours) = png(&out);
    assert_eq!((width, height), (320, 200));
    let (_, _, original) = original(&folder);
    let distance: u64 = ours
        .iter()
        .zip(&original)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    let mean = distance as f64 / ours.len() as f64;
    assert!(mean < 3.0, "{mean}");
}

#[test]
fn verify_tables_the_references() {
    let ran = orrery(&[&"verify", &SAMPLE]).exits(0);
    assert!(ran.out.contains("jxl-oxide"), "{ran:?}");
    let document = orrery(&[&"verify", &SAMPLE, &"--json"]).exits(0).json();
    let results = document["files"][0]["results"].as_array().expect("results");
    // Without a program for it the first decoder is the baseline; the others get figures.
    assert_eq!(results[0]["verdict"], "baseline");
    for result in results {
        assert!(!result["version"].as_str().expect("a version").is_empty());
    }
    for result in &results[1..] {
        let most = result["max_difference"].as_u64().expect("a figure");
        assert!(most <= 1, "{result}");
        assert_ne!(result["verdict"], "differs");
    }
}

#[test]
fn version_says_which_decoder_is_built_in() {
    let long = orrery(&[&"--version"]).exits(0).out;
    assert!(
        long.starts_with(concat!("orrery ", env!("CARGO_PKG_VERSION"), "\n")),
        "{long}"
    );
    let (decoder, licence) = match cfg!(feature = "jxl") {
        true => ("libjxl", "GPL-3.0-or-later"),
        false => ("jxl-oxide", "MIT OR Apache-2.0"),
    };
    assert!(long.contains(decoder) && long.contains(licence), "{long}");
}

#[cfg(not(feature = "jxl"))]
#[test]
fn what_needs_libjxl_says_how_to_build_it() {
    let out = folder("jxl-without").join("a.jxl");
    let needs = |arguments: &[&dyn AsRef<std::ffi::OsStr>]| {
        let ran = orrery(arguments).exits(2);
        assert!(ran.err.contains("--features jxl"), "{ran:?}");
    };
    needs(&[&"codec", &"encode", &"docs/samples/photo.png", &out]);
    needs(&[
        &"codec",
        &"encode",
        &"docs/samples/photo.png",
        &out,
        &"--backend",
        &"jxl",
        &"--lossless",
    ]);
    needs(&[&"codec", &"decode", &SAMPLE, &"a/", &"--progressive"]);
    needs(&[&"codec", &"decode", &SAMPLE, &"a.png", &"--backend", &"jxl"]);
    assert!(!out.exists());
}

#[cfg(feature = "jxl")]
mod with_libjxl {
    use std::fs;

    use super::super::{folder, orrery, png};
    use super::SAMPLE;

    #[test]
    fn lossless_comes_back_exactly() {
        let folder = folder("jxl-lossless");
        let (file, again) = (folder.join("a.jxl"), folder.join("a.png"));
        orrery(&[
            &"codec",
            &"encode",
            &"docs/samples/photo.png",
            &file,
            &"--lossless",
            &"--effort",
            &"3",
        ])
        .exits(0);
        orrery(&[
            &"codec",
            &"decode",
            &file,
            &folder.join("a.qoi"),
            &"--threads",
            &"2",
        ])
        .exits(0);
        orrery(&[&"codec", &"decode", &folder.join("a.qoi"), &again]).exits(0);
        assert!(png(&again) == super::original(&folder));
    }

    #[test]
    fn sixteen_bits_come_back_exactly() {
        let folder = folder("jxl-sixteen");
        let (wide, file) = (folder.join("a.png"), folder.join("a.jxl"));
        let (before, after) = (folder.join("before.npy"), folder.join("after.npy"));
        let picture = image(32, 24);
        fs::write(&wide, &picture).expect("a file");
        orrery(&[&"codec", &"encode", &wide, &file, &"--lossless"]).exits(0);
        let again = folder.join("again.png");
        orrery(&[&"codec", &"decode", &file, &again]).exits(0);
        for (picture, array) in [(&wide, &before), (&again, &after)] {
            let decode: [&dyn AsRef<std::ffi::OsStr>; 6] =
                [&"codec", &"decode", picture, array, &"--dtype", &"u16"];
            orrery(&decode).exits(0);
        }
        let read = |path| fs::read(path).expect("an array");
        assert!(read(before) == read(after));
    }

    /// A PNG of 16 bits in which every sample is another.
    fn image(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Sixteen);
        let samples = (0..width * height * 4).map(|at| (at * 21) as u16);
        let bytes: Vec<u8> = samples.flat_map(u16::to_be_bytes).collect();
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&bytes).expect("a picture");
        writer.finish().expect("an end");
        file
    }

    #[test]
    fn what_libjxl_alone_can_is_not_silently_left_out() {
        let out = folder("jxl-options").join("a.png");
        let decode = |backend: &str, option: &str| {
            orrery(&[
                &"codec",
                &"decode",
                &SAMPLE,
                &out,
                &"--backend",
                &backend,
                &option,
            ])
        };
        decode("jxl", "--no-spot-colours").exits(0);
        // What would do nothing is refused.
        let refused = |arguments: &[&dyn AsRef<std::ffi::OsStr>]| {
            orrery(arguments).exits(2);
        };
        let (jpg, jxl) = (out.with_extension("jpg"), out.with_extension("jxl"));
        refused(&[&"codec", &"decode", &SAMPLE, &jpg, &"--reduced"]);
        refused(&[
            &"codec",
            &"decode",
            &SAMPLE,
            &out,
            &"--reduced",
            &"--boxes",
            &"b",
        ]);
        let photo = "docs/samples/photo.jpg";
        for option in [
            ["--noise", "100"],
            ["--gaborish", "off"],
            ["--edge-preserving", "1"],
        ] {
            let [name, value] = option;
            refused(&[
                &"codec",
                &"encode",
                &photo,
                &jxl,
                &"--transcode",
                &name,
                &value,
            ]);
        }
        refused(&[&"codec", &"encode", &photo, &jxl, &"--step", &"1"]);
        assert!(!jpg.exists() && !jxl.exists());
        let ran = decode("jxl-oxide", "--no-spot-colours").exits(2);
        assert!(ran.err.contains("--no-spot-colours"), "{ran:?}");
    }

    #[test]
    fn jpegs_that_libjxl_does_not_pack_are_named_by_their_kind() {
        let folder = folder("jxl-kinds");
        // A frame header of arithmetic coding, and nothing behind it.
        let header = b"\xFF\xD8\xFF\xC9\x00\x0B\x08\x00\x08\x00\x08\x01\x01\x11\x00\xFF\xD9";
        let jpeg = super::super::write(&folder, "a.jpg", header);
        let out = folder.join("a.jxl");
        let ran = orrery(&[&"codec", &"encode", &jpeg, &out, &"--transcode"]).exits(3);
        assert!(ran.err.contains("arithmetic coding"), "{ran:?}");
        assert!(!out.exists());
    }

    #[test]
    fn a_jpeg_comes_back_byte_for_byte() {
        let folder = folder("jxl-transcode");
        let (file, again) = (folder.join("a.jxl"), folder.join("a.jpg"));
        let original = "docs/samples/photo.jpg";
        orrery(&[&"codec", &"encode", &original, &file, &"--transcode"]).exits(0);
        orrery(&[&"codec", &"decode", &file, &again]).exits(0);
        let original = fs::read(super::super::root().join(original)).expect("the sample");
        assert_eq!(fs::read(&again).expect("the JPEG"), original);
        let ran = orrery(&[&"codec", &"decode", &SAMPLE, &again]).exits(3);
        assert!(ran.err.contains("was not made of a JPEG"), "{ran:?}");
    }

    #[test]
    fn steps_profiles_and_reduced_pictures_are_written() {
        let folder = folder("jxl-steps");
        let file = folder.join("a.jxl");
        let steps = format!("{}/", folder.join("steps").display());
        let encode = ["--progressive", "--quality", "90"];
        orrery(&[
            &"codec",
            &"encode",
            &"docs/samples/photo.png",
            &file,
            &encode[0],
            &encode[1],
            &encode[2],
        ])
        .exits(0);
        let icc = folder.join("a.icc");
        let ran = orrery(&[
            &"codec",
            &"decode",
            &file,
            &steps,
            &"--progressive",
            &"--icc",
            &icc,
        ])
        .exits(0);
        assert!(
            ran.out.contains("step-00000.png") && ran.out.contains("sharp at 1/8"),
            "{ran:?}"
        );
        assert!(folder.join("steps/frame-00000.png").is_file());
        assert_eq!(&fs::read(icc).expect("a profile")[36..40], b"acsp");
        let small = folder.join("small.ppm");
        orrery(&[&"codec", &"decode", &file, &small, &"--reduced"]).exits(0);
        assert!(
            fs::read(small)
                .expect("a picture")
                .starts_with(b"P6\n40 25\n")
        );
        orrery(&[&"codec", &"decode", &file, &"a.png", &"--progressive"]).exits(2);
    }

    #[test]
    fn a_file_that_breaks_off_shows_what_there_is() {
        let folder = folder("jxl-cut");
        let bytes = fs::read(super::super::root().join(SAMPLE)).expect("the sample");
        let cut = super::super::write(&folder, "cut.jxl", &bytes[..bytes.len() * 3 / 4]);
        let (out, icc, boxes) = (
            folder.join("cut.ppm"),
            folder.join("a.icc"),
            folder.join("boxes"),
        );
        let ran = orrery(&[
            &"codec", &"decode", &cut, &out, &"--icc", &icc, &"--boxes", &boxes,
        ])
        .exits(3);
        assert!(ran.err.contains("incomplete"), "{ran:?}");
        assert!(out.is_file() && boxes.is_dir());
        assert_eq!(&fs::read(icc).expect("a profile")[36..40], b"acsp");
    }
}
