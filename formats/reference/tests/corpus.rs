//! The rest of the corpus: PNG from libpng, Pillow, wuffs, image-rs and WPT,
//! and the QOI test pictures with their PNG pairs.

use std::fs;
use std::path::Path;

use orrery_metrics::compare;
use orrery_reference::{Backend, Format, Picture, ReferenceError, backends_for};
use orrery_samples::corpus::{self, Tally, stem};

/// What differs between two decodings; `None` when nothing does. Two errors
/// are alike here: how much of a broken file is shown is each decoder's own.
fn difference(
    left: &Result<Picture, ReferenceError>,
    right: &Result<Picture, ReferenceError>,
) -> Option<String> {
    match (left, right) {
        (Ok(left), Ok(right)) => {
            let comparison = compare(left.view().unwrap(), right.view().unwrap());
            match comparison {
                Ok(comparison) if comparison.is_equal() => None,
                Ok(comparison) => Some(comparison.to_string()),
                Err(error) => Some(error.to_string()),
            }
        }
        (Err(_), Err(_)) => None,
        (Ok(_), Err(error)) => Some(format!("the second alone says: {error}")),
        (Err(error), Ok(_)) => Some(format!("the first alone says: {error}")),
    }
}

/// Runs both backends of a format over files; gives what they disagree on.
fn disagreements(format: Format, files: &[std::path::PathBuf], tally: &mut Tally) -> Vec<String> {
    let backends: Vec<&dyn Backend> = backends_for(format).collect();
    let [first, second] = backends[..] else {
        panic!("two backends for {format:?}");
    };
    let mut found = Vec::new();
    for path in files {
        let bytes = fs::read(path).unwrap();
        let (left, right) = (first.decode(&bytes), second.decode(&bytes));
        for result in [&left, &right] {
            assert!(
                !matches!(result, Err(ReferenceError::Panicked(_))),
                "{}: {result:?}",
                path.display()
            );
        }
        if let Some(difference) = difference(&left, &right) {
            found.push(format!("{}: {difference}", stem(path)));
        }
        tally.ran();
    }
    found
}

#[test]
fn png_backends_agree() {
    let mut tally = Tally::new("PNG besides PngSuite, zune-png against png");
    let mut found = Vec::new();
    for group in [
        "png/libpng-testpngs",
        "png/image-rs-png",
        "png/pillow-png",
        "png/wuffs-png",
        "png/wpt-images",
        "qoi/qoi_test_images",
    ] {
        let mut files = corpus::files(group, "png");
        files.extend(corpus::files(group, "apng"));
        found.extend(disagreements(Format::Png, &files, &mut tally));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Files libjpeg-turbo warns about although the picture is whole, those with
/// scans still to come, which it smooths, and what only one of the two decodes.
const JPEG_DIFFERENCES: [&str; 12] = [
    "32x32x8_dnl",
    "8a9cc8eeed66aeb423a91c44111d9450",
    "exif-empty-icc-profile",
    "extraneous-bytes-after-sos",
    "extraneous-data",
    "icc-after-SOF",
    "icc_chunk_count_mismatch",
    "icc_chunk_seq_no_0",
    "peacock.progressive.scan001",
    "peacock.progressive.scan004",
    "peacock.progressive.scan007",
    "truncated_app14",
];

#[test]
fn jpeg_backends_agree() {
    let mut tally = Tally::new("JPEG, libjpeg-turbo against orrery-jpeg");
    let mut files = corpus::files("jpeg", "jpg");
    files.extend(corpus::files("jpeg", "jpeg"));
    let mut found = disagreements(Format::Jpeg, &files, &mut tally);
    let known = |line: &String| JPEG_DIFFERENCES.iter().any(|name| line.starts_with(name));
    found.retain(|line| !known(line));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn qoi_backends_agree_with_each_other_and_with_the_png_pairs() {
    let mut tally = Tally::new("QOI test pictures");
    let files = corpus::files("qoi", "qoi");
    let found = disagreements(Format::Qoi, &files, &mut tally);
    assert!(found.is_empty(), "{}", found.join("\n"));

    let decode = |format, path: &Path| {
        let bytes = fs::read(path).unwrap();
        backends_for(format).next().unwrap().decode(&bytes)
    };
    for path in files {
        let pair = path.with_extension("png");
        if pair.exists() {
            let (left, right) = (decode(Format::Qoi, &path), decode(Format::Png, &pair));
            assert!(left.is_ok(), "{left:?}");
            assert_eq!(difference(&left, &right), None, "{}", path.display());
        } else {
            tally.skipped(stem(&path), "no PNG beside it");
        }
    }
}

#[test]
fn files_from_fuzzing_do_not_escape_the_guard() {
    let mut tally = Tally::new("PNG from fuzzing");
    let Some(root) = corpus::root() else {
        return;
    };
    let folder = root.join("fuzz/zune-png");
    let mut folders = vec![folder];
    let mut panics = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            for backend in backends_for(Format::Png) {
                if let Err(ReferenceError::Panicked(message)) = backend.decode(&bytes) {
                    panics.push(format!("{} {}: {message}", backend.name(), path.display()));
                }
            }
            tally.ran();
        }
    }
    // A panic is caught and is no fault of this crate; it is worth knowing.
    println!("{} panics\n{}", panics.len(), panics.join("\n"));
}
