//! PngSuite: both PNG backends against each other and against the references
//! that come with the corpus.

use std::fs;
use std::path::Path;

use orrery_metrics::compare;
use orrery_reference::{Format, Picture, backends_for};
use orrery_samples::corpus::{self, Tally, stem};

/// Five renderings of one grey gradient whose 8-bit references follow neither
/// `v >> 8` nor the nearest value. They are compared to within 1.
const UNEVEN: [&str; 5] = ["basi0g16", "basn0g16", "oi1n0g16", "oi4n0g16", "oi9n0g16"];

/// Files named `x...` are corrupt on purpose.
fn is_corrupt(path: &Path) -> bool {
    stem(path).starts_with('x')
}

fn decode(path: &Path) -> Vec<(&'static str, Result<Picture, String>)> {
    let bytes = fs::read(path).unwrap();
    backends_for(Format::Png)
        .map(|backend| {
            let result = backend.decode(&bytes);
            (backend.name(), result.map_err(|error| error.to_string()))
        })
        .collect()
}

/// Compares what each backend makes of a file with `expected`; gives the
/// samples that are off by more than `tolerance`.
fn faults(path: &Path, expected: &Picture, tolerance: u8) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, result) in decode(path) {
        let fault = match result {
            Err(error) => error,
            Ok(found) => match compare(expected.view().unwrap(), found.view().unwrap()) {
                Ok(comparison) if comparison.max_abs <= tolerance => continue,
                Ok(comparison) => comparison.to_string(),
                Err(error) => error.to_string(),
            },
        };
        faults.push(format!("{name} on {}: {fault}", stem(path)));
    }
    faults
}

#[test]
fn the_backends_agree_on_every_valid_file() {
    let mut tally = Tally::new("PngSuite, backends against each other");
    let mut wrong = Vec::new();
    for path in corpus::files("png/pngsuite/png", "png") {
        if is_corrupt(&path) {
            tally.skipped(stem(&path), "corrupt");
            continue;
        }
        let (first, expected) = decode(&path).swap_remove(0);
        match expected {
            Ok(expected) => wrong.extend(faults(&path, &expected, 0)),
            Err(error) => wrong.push(format!("{first} on {}: {error}", stem(&path))),
        }
        tally.ran();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn corrupt_files_are_refused() {
    let mut tally = Tally::new("PngSuite, corrupt files");
    let mut wrong = Vec::new();
    for path in corpus::files("png/pngsuite/png", "png") {
        if !is_corrupt(&path) {
            continue;
        }
        for (name, result) in decode(&path) {
            if result.is_ok() {
                wrong.push(format!("{name} decodes {}", stem(&path)));
            }
        }
        tally.ran();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sides in a file's IHDR, which the JSON references do not repeat.
fn size(png: &[u8]) -> (u32, u32) {
    let side = |place: usize| {
        let bytes = png[place..place + 4].try_into();
        u32::from_be_bytes(bytes.unwrap())
    };
    (side(16), side(20))
}

/// A JSON reference: R, G, B, A of every pixel. `name.json` is at the depth of
/// the file, 8 or 16 bits; `name_to8.json` narrows the latter.
fn json_picture(json: &Path, png: &Path) -> Picture {
    let header = fs::read(png).unwrap();
    let (width, height) = size(&header);
    let sixteen = header[24] == 16 && !stem(json).ends_with("_to8");
    let samples: Vec<u16> = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let narrowed = samples.iter().map(|sample| match sixteen {
        true => (sample >> 8) as u8,
        false => u8::try_from(*sample).unwrap(),
    });
    Picture {
        width,
        height,
        rgba: narrowed.collect(),
    }
}

#[test]
fn the_json_references_agree() {
    let mut tally = Tally::new("PngSuite, JSON references");
    let mut wrong = Vec::new();
    for json in corpus::files("png/pngsuite/json", "json") {
        let narrowed = stem(&json).strip_suffix("_to8");
        let name = narrowed.unwrap_or(stem(&json));
        let png = json.with_file_name(format!("../png/{name}.png"));
        if is_corrupt(&png) {
            tally.skipped(name, "corrupt");
            continue;
        }
        let uneven = narrowed.is_some_and(|name| UNEVEN.contains(&name));
        wrong.extend(faults(&png, &json_picture(&json, &png), u8::from(uneven)));
        tally.ran();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The BMP references: 32 bits a pixel, blue first, from the bottom row up.
fn bmp_picture(path: &Path) -> Picture {
    let bytes = fs::read(path).unwrap();
    let number = |place: usize| u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap());
    let masks = [number(54), number(58), number(62), number(66)];
    assert_eq!(masks, [0x00ff_0000, 0xff00, 0xff, 0xff00_0000]);
    assert_eq!(bytes[28], 32);
    let (width, height) = (number(18), number(22));
    let rows = &bytes[number(10) as usize..];
    let rows = rows.chunks_exact(width as usize * 4).take(height as usize);
    let rgba = rows.rev().flat_map(|row| {
        let pixels = row.as_chunks::<4>().0;
        pixels.iter().flat_map(|[b, g, r, a]| [*r, *g, *b, *a])
    });
    Picture {
        width,
        height,
        rgba: rgba.collect(),
    }
}

#[test]
fn the_bmp_references_agree() {
    let mut tally = Tally::new("PngSuite, BMP references");
    let mut wrong = Vec::new();
    for bmp in corpus::files("png/pngsuite/bmp", "bmp") {
        let png = bmp.with_file_name(format!("../png/{}.png", stem(&bmp)));
        let uneven = UNEVEN.contains(&stem(&bmp));
        wrong.extend(faults(&png, &bmp_picture(&bmp), u8::from(uneven)));
        tally.ran();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
