//! Programs from outside the project: directories that are no part of it.

use std::fs;
use std::path::{Path, PathBuf};

use orrery_samples::Scene;
use orrery_samples::scenes::with_alpha;

use super::{folder, orrery, png, root, write};

const WIDTH: u32 = 37;
const HEIGHT: u32 = 21;

/// Copies a program's directory out of the project.
fn program(folder: &Path, from: &str) -> PathBuf {
    let from = root().join(from);
    let to = folder.join(from.file_name().expect("a name"));
    fs::create_dir(&to).expect("a folder");
    for entry in fs::read_dir(&from).expect("the program").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
    to
}

/// Runs a file and compares the picture.
#[track_caller]
fn shows(file: &Path, program: &Path, (width, height): (u32, u32), rgba: &[u8]) {
    let out = file.with_extension("out.png");
    orrery(&[&"run", &file, &"--program", &program, &"--out", &out]).exits(0);
    let (w, h, got) = png(&out);
    assert_eq!((w, h), (width, height));
    let differing = got.iter().zip(rgba).position(|(a, b)| a != b);
    assert_eq!(differing, None, "byte of the picture");
    assert_eq!(got.len(), rgba.len());
}

/// A cut file exits with 3 and keeps its complete rows.
#[track_caller]
fn keeps(file: &Path, program: &Path, bytes: &[u8], message: &str) {
    fs::write(file, bytes).expect("a file");
    let ran = orrery(&[&"run", &file, &"--program", &program, &"--hash"]).exits(3);
    assert!(ran.err.contains(message), "{ran:?}");
}

#[test]
fn farbfeld() {
    let folder = folder("farbfeld");
    let program = program(&folder, "docs/tutorial/farbfeld");
    let picture = with_alpha(Scene::Photo.paint(WIDTH, HEIGHT, 1));
    let mut bytes = b"farbfeld".to_vec();
    bytes.extend(WIDTH.to_be_bytes());
    bytes.extend(HEIGHT.to_be_bytes());
    // The low byte, which is not shown, is anything.
    bytes.extend(picture.rgba.iter().flat_map(|&v| [v, v.wrapping_mul(77)]));
    let bytes = bytes.as_slice();
    let file = write(&folder, "photo.ff", bytes);
    shows(&file, &program, (WIDTH, HEIGHT), &picture.rgba);
    keeps(
        &file,
        &program,
        &bytes[..bytes.len() / 2],
        "the file ends before the last pixel",
    );
    keeps(&file, &program, b"nothing", "this is no farbfeld file");
}

#[test]
fn binary_ppm() {
    let folder = folder("ppm");
    let program = program(&folder, "frontend/tests/programs/ppm");
    let picture = Scene::Interface.paint(WIDTH, HEIGHT, 1);
    let rgb: Vec<u8> = picture
        .rgba
        .chunks(4)
        .flat_map(|p| p[..3].to_vec())
        .collect();
    let plain = format!("P6\n{WIDTH} {HEIGHT}\n255\n");
    let odd = format!("P6 # a comment\n#another 3 4\n\t{WIDTH}\r\n0{HEIGHT} # 7\n255\n");
    for header in [&plain, &odd] {
        let file = write(&folder, "x.ppm", [header.as_bytes(), &rgb].concat());
        shows(&file, &program, (WIDTH, HEIGHT), &picture.rgba);
    }
    let file = folder.join("x.ppm");
    keeps(
        &file,
        &program,
        plain.as_bytes(),
        "the file ends before the last pixel",
    );
    keeps(
        &file,
        &program,
        b"P6\n3 3\n65535\n",
        "the largest sample value is not 255",
    );
    keeps(&file, &program, b"P6\nx", "a number is missing");
}

/// A true-colour TGA file. Lines from the bottom unless `from_top`; blue, green, red.
fn tga(rgba: &[u8], bytes: usize, runs: bool, from_top: bool) -> Vec<u8> {
    let kind = if runs { 10 } else { 2 };
    let descriptor = if from_top { 0x20 } else { 0 };
    let mut file = vec![3, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend((WIDTH as u16).to_le_bytes());
    file.extend((HEIGHT as u16).to_le_bytes());
    file.extend([bytes as u8 * 8, descriptor]);
    file.extend(b"an\0");
    let mut lines: Vec<&[u8]> = rgba.chunks(WIDTH as usize * 4).collect();
    if !from_top {
        lines.reverse();
    }
    for line in lines {
        let pixels: Vec<Vec<u8>> = line
            .chunks(4)
            .map(|p| [p[2], p[1], p[0], p[3]][..bytes].to_vec())
            .collect();
        if !runs {
            file.extend(pixels.concat());
            continue;
        }
        let mut rest = pixels.as_slice();
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|p| *p == first).count().min(128);
            if run > 1 {
                file.push(0x80 | (run - 1) as u8);
                file.extend(first);
                rest = &rest[run..];
            } else {
                let single = rest.windows(2).take_while(|w| w[0] != w[1]).count().max(1);
                let single = single.min(128);
                file.push((single - 1) as u8);
                file.extend(rest[..single].concat());
                rest = &rest[single..];
            }
        }
    }
    file
}

#[test]
fn tga_with_and_without_runs() {
    let folder = folder("tga");
    let program = program(&folder, "frontend/tests/programs/tga");
    for scene in [Scene::Chart, Scene::Photo] {
        let opaque = scene.paint(WIDTH, HEIGHT, 1).rgba;
        let alpha = with_alpha(scene.paint(WIDTH, HEIGHT, 1)).rgba;
        for (bytes, rgba) in [(3, &opaque), (4, &alpha)] {
            for (runs, from_top) in [(false, true), (true, true), (false, false), (true, false)] {
                let file = write(&folder, "x.tga", tga(rgba, bytes, runs, from_top));
                shows(&file, &program, (WIDTH, HEIGHT), rgba);
            }
        }
    }
    let file = folder.join("x.tga");
    let chart = tga(&Scene::Chart.paint(WIDTH, HEIGHT, 1).rgba, 3, true, true);
    keeps(
        &file,
        &program,
        &chart[..chart.len() - 1],
        "the file ends before the last pixel",
    );
    let mut indexed = chart.clone();
    indexed[2] = 9;
    keeps(
        &file,
        &program,
        &indexed,
        "this is not a true-colour picture",
    );
    let mut over = chart;
    over[21] = 0xFF;
    keeps(
        &file,
        &program,
        &over,
        "a packet goes over the end of its line",
    );
}
