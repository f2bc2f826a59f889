//! `orrery codec`: the latent codec.

use std::fs;

use super::{Ran, command, folder, orrery, png as read, write};

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
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    // Around the step asked for: more bits, better.
    let curve = report["curves"][0][1].as_array().expect("a curve");
    let points: Vec<[f64; 2]> = curve
        .iter()
        .map(|p| [0, 1].map(|i| p[i].as_f64().expect("a number")))
        .collect();
    assert!(points.len() == 5, "{points:?}");
    assert!(
        points
            .windows(2)
            .all(|w| w[0][0] > w[1][0] && w[0][1] > w[1][1]),
        "{points:?}"
    );
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
    let (model, report) = ("formats/vae-ans/model/encoder.onnx", folder.join("r.html"));
    let ran = orrery(&[
        &"codec",
        &"encode",
        &SAMPLE,
        &file,
        &"--model",
        &model,
        &"--report",
        &report,
    ]);
    ran.exits(2);
}

/// An option that would do nothing is refused, and tensors are written as of every decoder.
#[test]
fn no_option_is_silently_ignored() {
    let folder = folder("vae-options");
    let file = folder.join("a.vae");
    let encode = |more: &[&str]| {
        let mut command = command(&[&"codec", &"encode", &SAMPLE, &file]);
        Ran::of(&command.args(more).output().expect("orrery starts"))
    };
    for more in [
        &["--distance", "1"][..],
        &["--quality", "50"],
        &["--effort", "3"],
        &["--transcode"],
        &["--progressive"],
        &["--edge-preserving", "1"],
        &["--gaborish", "off"],
        &["--noise", "100"],
    ] {
        let ran = encode(more).exits(2);
        assert!(ran.err.contains(more[0]), "{ran:?}");
    }
    encode(&["--scaling", "1"]).exits(2);
    let report = folder.join("report.txt");
    encode(&["--report", report.to_str().expect("UTF-8")]).exits(2);
    assert!(!file.exists() && !report.exists());
    for option in ["--levels", "--step"] {
        let out = folder.join("a.jxl");
        let ran = orrery(&[&"codec", &"encode", &SAMPLE, &out, &option, &"1"]).exits(2);
        assert!(ran.err.contains(option), "{ran:?}");
    }

    encode(&["--threads", "2"]).exits(0);
    let model = "formats/vae-ans/model/decoder.onnx";
    let png = folder.join("a.png");
    let decode =
        |input: &dyn AsRef<std::ffi::OsStr>, output: &dyn AsRef<std::ffi::OsStr>, more: &[&str]| {
            let mut command = command(&[&"codec", &"decode", input, output]);
            Ran::of(&command.args(more).output().expect("orrery starts"))
        };
    // The built-in model's, and no latents at all.
    decode(&file, &png, &["--model", model]).exits(2);
    decode(&SAMPLE, &png, &["--model", model]).exits(2);
    decode(&file, &png, &["--dtype", "f32"]).exits(2);
    decode(&file, &png, &["--format", "nv12"]).exits(2);
    decode(&file, &folder.join("a.gif"), &[]).exits(2);
    assert!(!png.exists());
    let array = folder.join("a.npy");
    decode(&file, &array, &["--format", "grey", "--dtype", "u16"]).exits(0);
    let array = fs::read(array).expect("an array");
    let header = String::from_utf8_lossy(&array[..128]).into_owned();
    assert!(
        header.contains("<u2") && header.contains("(200, 320)"),
        "{header}"
    );
    let (rgb, bytes) = (folder.join("rgb.npy"), folder.join("rgb.png"));
    decode(&file, &rgb, &[]).exits(0);
    decode(&file, &bytes, &[]).exits(0);
    let (_, _, rgba) = read(&bytes);
    let pixels: Vec<u8> = rgba.chunks(4).flat_map(|p| p[..3].to_vec()).collect();
    let rgb = fs::read(rgb).expect("an array");
    assert!(rgb.ends_with(&pixels) && rgb.len() == pixels.len() + 128);
}

#[test]
fn verify_compares_two_decoders_without_a_verdict() {
    let folder = folder("vae-verify");
    let file = folder.join("a.vae");
    orrery(&[&"codec", &"encode", &SAMPLE, &file]).exits(0);
    let ran = orrery(&[&"verify", &file]).exits(0);
    let lines: Vec<Vec<&str>> = ran
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines.len(), 4, "{ran:?}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(lines[2][..3], ["vae-ans", version, "baseline"]);
    assert_eq!(lines[3][..2], ["vae-ans-fixed", version]);
    assert!(["-", "equal"].contains(&lines[3][2]), "{ran:?}");
    let document = orrery(&[&"verify", &file, &"--json"]).exits(0).json();
    let results = document["files"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["verdict"], "baseline");
    assert_ne!(results[1]["verdict"], "differs");
    // Two orders of the same sums: now and then a sample rounds otherwise.
    let most = results[1]["max_difference"].as_u64().expect("a figure");
    let pixels = results[1]["pixels_differing"].as_u64().expect("a figure");
    assert!(most <= 1 && pixels < 320 * 200 / 100, "{document}");

    // Lossless ones are the source, whoever decodes them.
    orrery(&[&"codec", &"encode", &SAMPLE, &file, &"--lossless"]).exits(0);
    let document = orrery(&[&"verify", &file, &"--json"]).exits(0).json();
    assert_eq!(document["files"][0]["results"][1]["verdict"], "equal");
    let (ours, theirs) = (folder.join("ours.png"), folder.join("theirs.png"));
    orrery(&[&"codec", &"decode", &SAMPLE, &theirs]).exits(0);
    let fixed = "vae-ans-fixed";
    orrery(&[&"codec", &"decode", &file, &ours, &"--backend", &fixed]).exits(0);
    assert!(read(&ours) == read(&theirs));

    // Damage: both refuse. A container of a foreign model: neither can.
    let bytes = fs::read(&file).expect("the container");
    let cut = write(&folder, "cut.vae", &bytes[..bytes.len() / 2]);
    let document = orrery(&[&"verify", &cut, &"--json"]).exits(3).json();
    let second = &document["files"][0]["results"][1];
    assert_eq!(second["verdict"], "both refuse", "{document}");
    let encoder = "formats/vae-ans/model/encoder.onnx";
    let foreign = folder.join("foreign.vae");
    orrery(&[
        &"codec",
        &"encode",
        &SAMPLE,
        &foreign,
        &"--model",
        &encoder,
        &"--reduction",
        &"4",
        &"--unit-range",
    ])
    .exits(0);
    let ran = orrery(&[&"verify", &foreign]).exits(3);
    assert!(ran.out.contains("foreign model"), "{ran:?}");
}
