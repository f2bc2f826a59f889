//! `codec decode`: formats, element types and the files they go into.

use std::fs;
use std::path::{Path, PathBuf};

use super::{folder, orrery, png, sample, write};

/// Type, shape and elements of a numpy file, read by its own rules (NEP 1).
fn npy(path: &Path) -> (String, Vec<usize>, Vec<u8>) {
    let bytes = fs::read(path).expect("a numpy file");
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\0");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (head, data) = bytes[10..].split_at(length);
    assert!((10 + length).is_multiple_of(64) && head.ends_with(b"\n"));
    let head = std::str::from_utf8(head).expect("text");
    let between = |from: &str, to: &str| {
        let at = head.find(from).expect("a field") + from.len();
        head[at..].split(to).next().expect("a value").to_owned()
    };
    assert!(head.contains("'fortran_order': False"));
    let shape = between("'shape': (", ")");
    let shape = shape
        .split(", ")
        .map(|side| side.parse().expect("a number"));
    (between("'descr': '", "'"), shape.collect(), data.to_vec())
}

/// Decodes into a file of its own and gives its path.
fn decode(folder: &Path, file: &Path, out: &str, options: &[&str]) -> PathBuf {
    let out = folder.join(out);
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"codec", &"decode", &file, &out];
    arguments.extend(options.iter().map(|o| o as &dyn AsRef<std::ffi::OsStr>));
    orrery(&arguments).exits(0);
    out
}

#[test]
fn every_format_and_type_goes_into_numpy_files() {
    let folder = folder("npy");
    let file = sample(&folder, "jpeg-sampling-2x2");
    let (width, height, rgba) = png(&decode(&folder, &file, "plain.png", &[]));
    let (width, height) = (width as usize, height as usize);
    // The codec's answer is the machine's, with and without a format.
    let machine = folder.join("machine.png");
    orrery(&[&"run", &file, &"--out", &machine]).exits(0);
    assert_eq!(png(&machine).2, rgba);
    let pixels = rgba.as_chunks::<4>().0;
    let bgra: Vec<u8> = pixels
        .iter()
        .flat_map(|&[r, g, b, a]| [b, g, r, a])
        .collect();
    let rgb: Vec<u8> = pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    for (format, channels, bytes) in [("rgb", 3, &rgb), ("rgba", 4, &rgba), ("bgra", 4, &bgra)] {
        let whole = |dtype: &str| {
            let options = ["--format", format, "--dtype", dtype, "--threads", "2"];
            npy(&decode(&folder, &file, "x.npy", &options))
        };
        let shape = vec![height, width, channels];
        assert_eq!(whole("u8"), ("|u1".into(), shape.clone(), bytes.clone()));
        let expect = |dtype: &str, name: &str, element: &dyn Fn(u8) -> Vec<u8>| {
            let all = bytes.iter().flat_map(|&v| element(v)).collect();
            assert_eq!(whole(dtype), (name.into(), shape.clone(), all));
        };
        expect("i8", "|i1", &|v| vec![v ^ 0x80]);
        expect("u16", "<u2", &|v| vec![v, v]);
        expect("i16", "<i2", &|v| vec![v, v ^ 0x80]);
        expect("f32", "<f4", &|v| {
            (f32::from(v) / 255.0).to_le_bytes().to_vec()
        });
    }
    // Unless told otherwise: bytes of RGB.
    let shape = vec![height, width, 3];
    let found = npy(&decode(&folder, &file, "x.npy", &[]));
    assert_eq!(found, ("|u1".into(), shape, rgb));
    // The luma plane is the first of NV12's.
    let (_, shape, grey) = npy(&decode(&folder, &file, "x.npy", &["--format", "grey"]));
    assert_eq!(shape, [height, width]);
    let (_, shape, planes) = npy(&decode(&folder, &file, "x.npy", &["--format", "nv12"]));
    let pitch = width.div_ceil(2) * 2;
    assert_eq!(shape, [height + height.div_ceil(2), pitch]);
    for y in 0..height {
        assert_eq!(planes[y * pitch..][..width], grey[y * width..][..width]);
    }
}

#[test]
fn png_keeps_sixteen_bits_and_other_files_hold_what_they_can() {
    let folder = folder("deep");
    let deep: Vec<u8> = (0..5 * 3 * 3 * 2).map(|i| (i * 37) as u8).collect();
    let file = folder.join("deep.png");
    let out = fs::File::create(&file).expect("a file");
    let mut encoder = png::Encoder::new(out, 5, 3);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&deep).expect("a picture");
    writer.finish().expect("an end");

    let options = ["--dtype", "u16"];
    let (name, shape, data) = npy(&decode(&folder, &file, "x.npy", &options));
    let little: Vec<u8> = deep
        .as_chunks::<2>()
        .0
        .iter()
        .flat_map(|&[a, b]| [b, a])
        .collect();
    assert_eq!((name.as_str(), shape, data), ("<u2", vec![3, 5, 3], little));
    // A backend that is named decodes, and has 8 bits.
    let options = ["--dtype", "u16", "--backend", "png"];
    let (_, _, data) = npy(&decode(&folder, &file, "named.npy", &options));
    let eight: Vec<u8> = deep.iter().step_by(2).flat_map(|&v| [v, v]).collect();
    assert_eq!(data, eight);
    let ppm = fs::read(decode(&folder, &file, "x.ppm", &["--dtype", "u16"])).expect("a file");
    assert_eq!(ppm, [&b"P6\n5 3\n65535\n"[..], &deep].concat());
    let again = decode(&folder, &file, "again.png", &["--dtype", "u16"]);
    let (_, _, data) = npy(&decode(&folder, &again, "x.npy", &["--dtype", "u16"]));
    assert_eq!(data.iter().step_by(2).count(), deep.len() / 2);
    assert_eq!(data[1], deep[0]);

    // Eight bits of other backends follow the same rules.
    let file = sample(&folder, "qoi-every-opcode");
    let (width, height, rgba) = png(&decode(&folder, &file, "plain.png", &[]));
    let options = ["--format", "bgra", "--dtype", "u16"];
    let (_, shape, data) = npy(&decode(&folder, &file, "x.npy", &options));
    assert_eq!(shape, [height as usize, width as usize, 4]);
    let bgra = rgba
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|&[r, g, b, a]| [b, g, r, a]);
    assert_eq!(data, bgra.flat_map(|v| [v, v]).collect::<Vec<u8>>());
    let qoi = decode(&folder, &file, "again.qoi", &["--format", "rgba"]);
    assert_eq!(png(&decode(&folder, &qoi, "again.png", &[])).2, rgba);
}

#[test]
fn what_cannot_be_had_is_refused_by_name() {
    let folder = folder("refused");
    let jpeg = sample(&folder, "jpeg-sampling-1x1");
    let qoi = sample(&folder, "qoi-every-opcode");
    let refuse = |code: i32, file: &Path, out: &str, options: &[&str], part: &str| {
        let out = folder.join(out);
        let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
            vec![&"codec", &"decode", &file, &out];
        arguments.extend(options.iter().map(|o| o as &dyn AsRef<std::ffi::OsStr>));
        let ran = orrery(&arguments).exits(code);
        assert!(ran.err.contains(part), "{ran:?}");
        assert!(!out.exists());
    };
    refuse(3, &jpeg, "x.npy", &["--format", "nv12"], "Nv12");
    refuse(3, &qoi, "x.npy", &["--format", "nv12"], "Nv12");
    refuse(
        2,
        &jpeg,
        "x.npy",
        &["--format", "nv12", "--dtype", "f32"],
        "Nv12 of F32",
    );
    refuse(2, &jpeg, "x.png", &["--dtype", "f32"], "no Rgb of F32");
    refuse(2, &jpeg, "x.qoi", &["--format", "bgra"], "no Bgra of U8");
    refuse(2, &jpeg, "x.gif", &["--format", "rgb"], "the extension");
    refuse(2, &jpeg, "x.npy", &["--format", "yuv"], "possible values");
    refuse(2, &jpeg, "x.npy", &["--threads", "0"], "--threads");
    refuse(3, &qoi, "x.npy", &["--backend", "jpeg"], "qoi-every-opcode");
    let cut = fs::read(&jpeg).expect("the sample");
    let cut = write(&folder, "cut.jpg", &cut[..cut.len() - 40]);
    let out = folder.join("cut.npy");
    let ran = orrery(&[&"codec", &"decode", &cut, &out, &"--dtype", &"i8"]).exits(3);
    assert!(
        ran.err.contains("incomplete") && ran.err.contains("good rows"),
        "{ran:?}"
    );
    assert_eq!(npy(&out).0, "|i1");
}
