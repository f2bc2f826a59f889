//! Every sample, decoded by every reference for its format.

use std::collections::HashSet;

use orrery_metrics::compare;
use orrery_reference::{Format, Picture, ReferenceError, backends_for};
use orrery_samples::{Expect, Sample, Scene, all, large};

/// Where a crate departs from its format's specification: backend and sample.
/// Each is asserted to depart still; one that is mended must leave the list.
const DEPARTURES: [(&str, &str); 22] = [
    // Takes any filter type's number for a filter method. Only 0 is defined
    // (PNG, 10.1 of the third edition: IHDR's filter method).
    ("zune-png", "png-bad-filter-method"),
    // Looks at the checksum only if it comes with the last pixels' chunk.
    ("png", "png-bad-adler-apart"),
    ("png", "png-no-adler"),
    // Palettes and image data out of place or of a length that cannot be are
    // read over, or read as far as they go (PNG, 5.6 and 11.2.2).
    ("zune-png", "png-late-plte"),
    ("png", "png-late-plte"),
    ("zune-png", "png-idat-apart"),
    ("zune-png", "png-second-plte"),
    ("zune-png", "png-empty-plte"),
    ("png", "png-odd-plte"),
    ("zune-png", "png-idat-divided"),
    // The second of two is applied over the first.
    ("zune-png", "png-trns-second-indexed"),
    // Image data behind the last row is not looked at.
    ("png", "png-too-many-rows"),
    ("png", "png-too-many-literals"),
    ("zune-png", "png-too-many-literals"),
    // A run's pixel does not enter the index.
    ("qoi", "qoi-leading-run-index"),
    // Neither does a pixel from the index, when its own position is another.
    ("qoi", "qoi-index-stores"),
    // QOI_OP_RGBA is not understood when the header says 3 channels, though
    // the channels change nothing about the encoding.
    ("qoi", "qoi-rgba-in-rgb"),
    // Nor is there alpha in the index then.
    ("qoi", "qoi-empty-index-in-rgb"),
    // Guesses at coefficients that no scan has brought.
    ("libjpeg-turbo", "jpeg-progression-some"),
    ("libjpeg-turbo", "jpeg-progression-first"),
    // Warns of these, which counts as an error; the picture is right.
    ("libjpeg-turbo", "jpeg-ycc-adobe-7"),
    ("libjpeg-turbo", "jpeg-no-end-marker"),
];

/// `None` when the result is as expected, else what is wrong.
fn fault(sample: &Sample, result: &Result<Picture, ReferenceError>) -> Option<String> {
    match (&sample.expect, result) {
        (Expect::Picture(expected), Ok(found)) => differs(expected, found),
        (Expect::Picture(_), Err(error)) => Some(error.to_string()),
        (Expect::Damaged { .. } | Expect::Broken, Ok(_)) => Some("decoded".to_owned()),
        (_, Err(error @ ReferenceError::Panicked(_))) => Some(error.to_string()),
        (
            Expect::Damaged { whole },
            Err(ReferenceError::Incomplete {
                picture,
                complete_rows,
                ..
            }),
        ) => {
            let bytes = *complete_rows as usize * whole.width as usize * 4;
            let same = picture.rgba[..bytes] == whole.rgba[..bytes];
            (!same).then(|| format!("the {complete_rows} complete rows differ"))
        }
        (Expect::Broken, Err(ReferenceError::Incomplete { complete_rows, .. })) => {
            (*complete_rows > 0).then(|| format!("{complete_rows} complete rows"))
        }
        (_, Err(_)) => None,
    }
}

fn differs(expected: &Picture, found: &Picture) -> Option<String> {
    let (expected, found) = (expected.view().unwrap(), found.view().unwrap());
    match compare(expected, found) {
        Ok(comparison) => (!comparison.is_equal()).then(|| comparison.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

#[test]
fn references_agree_with_what_was_written() {
    let mut wrong = Vec::new();
    let mut runs = 0;
    for sample in all() {
        for backend in backends_for(sample.format) {
            runs += 1;
            let fault = fault(&sample, &backend.decode(&sample.bytes));
            let departs = DEPARTURES.contains(&(backend.name(), sample.name.as_str()));
            match fault {
                Some(fault) if !departs => {
                    wrong.push(format!("{} on {}: {fault}", backend.name(), sample.name));
                }
                None if departs => {
                    wrong.push(format!("{} is right on {}", backend.name(), sample.name));
                }
                _ => {}
            }
        }
    }
    println!("{runs} runs of references over samples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_prefix_is_a_picture_and_its_complete_rows_are_right() {
    let mut runs = 0;
    for name in [
        "png-rgb-8-filters",
        "png-rgb-16-adam7",
        "qoi-photo-13x7-rgba",
    ] {
        let mut samples = all().into_iter();
        let sample = samples.find(|sample| sample.name == name).unwrap();
        let Expect::Picture(whole) = sample.expect else {
            panic!("{name} is valid");
        };
        for length in 0..sample.bytes.len() {
            let prefix = Sample {
                bytes: sample.bytes[..length].to_vec(),
                expect: Expect::Damaged {
                    whole: whole.clone(),
                },
                name: name.to_owned(),
                format: sample.format,
            };
            for backend in backends_for(prefix.format) {
                let fault = fault(&prefix, &backend.decode(&prefix.bytes));
                assert_eq!(
                    fault,
                    None,
                    "{} on {length} bytes of {name}",
                    backend.name()
                );
                runs += 1;
            }
        }
    }
    println!("{runs} runs of references over prefixes");
}

#[test]
fn names_are_unique_and_the_set_is_small() {
    let samples = all();
    let names: HashSet<_> = samples.iter().map(Sample::file_name).collect();
    assert_eq!(names.len(), samples.len());
    let bytes: usize = samples.iter().map(|sample| sample.bytes.len()).sum();
    println!("{} samples, {bytes} bytes", samples.len());
    assert!(bytes < 2_000_000);
}

#[test]
fn samples_are_the_same_every_time() {
    assert!(all() == all());
}

#[test]
fn large_pictures_decode() {
    for format in [Format::Png, Format::Qoi, Format::Jpeg] {
        let sample = large(Scene::Photo, format, format == Format::Qoi);
        let backend = backends_for(format).next().unwrap();
        assert_eq!(fault(&sample, &backend.decode(&sample.bytes)), None);
        let Expect::Picture(picture) = &sample.expect else {
            panic!("a large picture is valid");
        };
        assert!(picture.rgba.len() >= 4_000_000);
    }
}
