//! JPEG to JPEG XL to the same JPEG, for every JPEG of the corpus.

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::{jpegs, name};
use jpeg_encoder::{ColorType, Encoder};
use orrery_corpus::{self as corpus, Tally};
use orrery_jxl::{
    DecodeOptions, EncodeOptions, Image, Limits, Samples, boxes, decode, reconstruct, transcode,
};

/// The page that lists every JPEG of the corpus; `BLESS_DOCS=1` writes it anew.
const LIST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/formats/jxl-jpegs.md"
);

#[test]
fn every_jpeg_is_rebuilt_byte_for_byte_or_refused_with_its_reason() {
    let mut tally = Tally::new("JPEG transcoding");
    let (mut packed, mut refused) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    let (mut before, mut after) = (0, 0);
    let options = EncodeOptions {
        effort: 3,
        ..EncodeOptions::default()
    };
    for path in jpegs() {
        let (name, jpeg) = (name(&path), fs::read(&path).unwrap());
        let file = match transcode(&jpeg, &options) {
            Ok(file) => file,
            Err(error) => {
                refused.entry(error.to_string()).or_default().push(name);
                continue;
            }
        };
        let kinds: Vec<[u8; 4]> = boxes::list(&file)
            .iter()
            .map(|b| b.inner.unwrap_or(b.kind))
            .collect();
        assert!(kinds.contains(b"jbrd"), "{name}: {kinds:?}");
        for kind in kinds {
            let known = [
                b"JXL ", b"ftyp", b"jxlc", b"jxlp", b"jxll", b"jbrd", b"Exif", b"xml ", b"jumb",
            ];
            assert!(
                known.contains(&&kind),
                "{name}: a box that could embed the file: {kind:?}"
            );
        }
        let again = reconstruct(&file, 1, &Limits::default());
        assert!(
            again.as_ref() == Ok(&jpeg),
            "{name}: {:?}",
            again.map(|_| "other bytes")
        );
        before += jpeg.len();
        after += file.len();
        packed.push(name);
        tally.ran();
    }
    if corpus::root().is_none() {
        return;
    }
    println!(
        "{before} bytes of JPEG, {after} of JPEG XL: {:.3}",
        after as f64 / before as f64
    );
    // Every JPEG that libjxl's reader takes but a few; the rest is of kinds that it lacks, or damaged.
    assert!(tally.count() >= 125, "{tally}");
    let page = page(&packed, &refused);
    if std::env::var_os("BLESS_DOCS").is_some() {
        fs::write(LIST, &page).unwrap();
    }
    assert!(
        fs::read_to_string(LIST).unwrap_or_default() == page,
        "the list of JPEGs is another; BLESS_DOCS=1 writes it anew"
    );
}

/// The list as a page.
fn page(packed: &[String], refused: &BTreeMap<String, Vec<String>>) -> String {
    let count: usize = refused.values().map(Vec::len).sum();
    let mut page = format!(
        "# JPEG to JPEG XL: every JPEG of the corpus\n\nWritten by `BLESS_DOCS=1 cargo test -p \
         orrery-jxl --test jpegs`, and checked by the same test. Of {} files {} are packed by\nlibjxl and \
         rebuilt byte for byte; {count} are refused.\n\n| refused because | files |\n|---|---|\n",
        packed.len() + count,
        packed.len(),
    );
    let mut reasons: Vec<_> = refused.iter().collect();
    reasons.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    for (reason, names) in &reasons {
        page += &format!("| {reason} | {} |\n", names.len());
    }
    page += "\n## Packed and rebuilt\n\n";
    page += &by_folder(packed);
    for (reason, names) in reasons {
        page += &format!("\n## Refused: {reason}\n\n");
        page += &by_folder(names);
    }
    page
}

/// A line for each folder, with its files.
fn by_folder(names: &[String]) -> String {
    let mut folders = BTreeMap::<&str, Vec<&str>>::new();
    for name in names {
        let (folder, file) = name.rsplit_once('/').unwrap_or((".", name));
        folders.entry(folder).or_default().push(file);
    }
    let line = |(folder, files): (&str, Vec<&str>)| {
        format!("* `{folder}` ({}): {}\n", files.len(), files.join(", "))
    };
    folders.into_iter().map(line).collect()
}

/// Photographs get smaller: under 0.95 of their size, each. The corpus's own JPEGs of flowers,
/// and its photographs in PNG as JPEGs of three qualities.
#[test]
fn photos_get_smaller() {
    let mut tally = Tally::new("transcoded photos");
    let mut files: Vec<(String, Vec<u8>)> = corpus::files("jpeg/libjxl-small/flower", "jpg")
        .iter()
        .map(|path| (name(path), fs::read(path).unwrap()))
        .collect();
    for path in corpus::files("photos", "png") {
        let image = Image::from_png(&fs::read(&path).unwrap(), &Limits::default()).unwrap();
        for quality in [75, 85, 95] {
            files.push((
                format!("{}, quality {quality}", name(&path)),
                jpeg(&image, quality),
            ));
        }
    }
    let (mut worst, mut product) = (0.0_f64, 0.0);
    for (name, jpeg) in files {
        let file = match transcode(&jpeg, &EncodeOptions::default()) {
            Ok(file) => file,
            Err(error) => {
                tally.skipped(&name, &error.to_string());
                continue;
            }
        };
        assert!(
            reconstruct(&file, 1, &Limits::default()).as_ref() == Ok(&jpeg),
            "{name}"
        );
        let ratio = file.len() as f64 / jpeg.len() as f64;
        println!("{name}: {ratio:.3}");
        assert!(ratio < 0.95, "{name}: {ratio}");
        worst = worst.max(ratio);
        product += ratio.ln();
        tally.ran();
    }
    let count = tally.count().max(1) as f64;
    println!(
        "worst {worst:.3}, geometric mean {:.3}",
        (product / count).exp()
    );
}

/// A picture of 8 bits as JPEG.
fn jpeg(image: &Image, quality: u8) -> Vec<u8> {
    let Samples::U8(pixels) = &image.frames[0].pixels else {
        panic!("8 bits")
    };
    let colours = match image.info.interleaved() {
        1 => ColorType::Luma,
        3 => ColorType::Rgb,
        4 => ColorType::Rgba,
        other => panic!("{other} channels"),
    };
    let mut file = Vec::new();
    let (width, height) = (image.info.width as u16, image.info.height as u16);
    Encoder::new(&mut file, quality)
        .encode(pixels, width, height, colours)
        .unwrap();
    file
}

/// A transcoded file also decodes to pixels, near those of a JPEG decoder.
#[test]
fn transcoded_files_are_pictures() {
    for path in corpus::files("jpeg/libjxl-small", "jpg") {
        let Ok(file) = transcode(&fs::read(&path).unwrap(), &EncodeOptions::default()) else {
            continue;
        };
        let image = decode(&file, &DecodeOptions::default()).unwrap();
        assert_eq!(image.frames.len(), 1);
        assert!(image.info.container);
    }
}

#[test]
fn what_holds_no_jpeg_is_refused() {
    let image = common::image(orrery_jxl::SampleType::U8, 16, 16, 3);
    let file = orrery_jxl::encode(&image, &EncodeOptions::default()).unwrap();
    let limits = Limits::default();
    let error = reconstruct(&file, 1, &limits).unwrap_err();
    assert!(
        matches!(error, orrery_jxl::DecodeError::Unsupported(_)),
        "{error}"
    );
    assert!(reconstruct(b"", 1, &limits).is_err());
    assert!(reconstruct(&file[..file.len() / 2], 1, &limits).is_err());
    for jpeg in [&b""[..], b"\xFF\xD8\xFF", b"no JPEG at all"] {
        let error = transcode(jpeg, &EncodeOptions::default()).unwrap_err();
        assert_eq!(error, orrery_jxl::EncodeError::BadInput);
    }
}
