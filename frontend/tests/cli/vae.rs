//! `orrery codec`: the latent codec.

use std::fs;

use super::{folder, orrery, png as read, write};

const SAMPLE: &str = "docs/samples/photo.png";

#[test]
fn a_picture_comes_back_near_to_what_it_was() {
    let folder = folder("vae");
    let (file, out, report) = (
        folder.join("a.vae"),
        folder.join("a.png"),
        folder.join("report.json"),
    );
    orrery(&[
        &"codec",
        &"encode",
        &SAMPLE,
        &file,
        &"--step",
        &"0.05",
        &"--report",
        &report,
    ])
    .exits(0);
    orrery(&[&"codec", &"decode", &file, &out]).exits(0);
    let original = folder.join("original.png");
    orrery(&[&"codec", &"decode", &SAMPLE, &original]).exits(0);
    let ((width, height, ours), (_, _, theirs)) = (read(&out), read(&original));
    assert_eq!((width, height), (320, 200));
    let squares: u64 = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
        .sum();
    let mean = squares as f64 / ours.len() as f64;
    // Above 24 dB, and not the picture itself.
    assert!(mean > 0.0 && mean < 260.0, "{mean}");
    let report = fs::read_to_string(report).expect("the report");
    serde_json::from_str::<serde_json::Value>(&report).expect("JSON");
}

#[test]
fn without_loss_it_comes_back_exactly() {
    let folder = folder("vae-lossless");
    let picture = folder.join("small.png");
    let pixels: Vec<u8> = (0..37 * 22 * 3).map(|i| (i * 7 % 251) as u8).collect();
    let mut encoder = png::Encoder::new(fs::File::create(&picture).expect("a file"), 37, 22);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    let (file, out) = (folder.join("a.vae"), folder.join("a.png"));
    orrery(&[&"codec", &"encode", &picture, &file, &"--lossless"]).exits(0);
    orrery(&[&"codec", &"decode", &file, &out]).exits(0);
    let original = folder.join("original.png");
    orrery(&[&"codec", &"decode", &picture, &original]).exits(0);
    assert!(read(&out) == read(&original));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = folder("vae-wrong");
    let file = folder.join("a.vae");
    orrery(&[&"codec", &"encode", &SAMPLE, &file]).exits(0);
    let mut bytes = fs::read(&file).expect("the container");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = write(&folder, "damaged.vae", &bytes);
    orrery(&[&"codec", &"decode", &damaged, &folder.join("x.png")]).exits(3);
    let cut = write(&folder, "cut.vae", &bytes[..middle]);
    orrery(&[&"codec", &"decode", &cut, &folder.join("x.png")]).exits(3);
    orrery(&[&"codec", &"encode", &SAMPLE, &file, &"--levels", &"99"]).exits(2);
    orrery(&[&"codec", &"encode", &SAMPLE, &file, &"--backend", &"gif"]).exits(2);
}
