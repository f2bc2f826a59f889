//! Invariant 1: the machine knows no format. By search over its source text.

use std::fs;
use std::path::{Path, PathBuf};

/// Names of formats, and of their parts.
const NAMES: &[&str] = &[
    "qoi", "png", "apng", "jpeg", "jpg", "jfif", "exif", "theora", "vorbis", "ogg", "svg", "jxl",
    "webp", "gif", "bmp", "tga", "deflate", "inflate", "zlib", "gzip", "huffman", "adler",
    "adler32", "crc32", "paeth", "adam7", "idat", "ihdr", "plte", "iend", "ycbcr", "dct", "idct",
    "zigzag", "farbfeld",
];

/// Constants that would be a format in disguise.
const NUMBERS: &[&str] = &[
    "04c11db7", "edb88320", "65521", "fff1", "89504e47", "716f6966", "49484452", "49444154",
    "1.402", "91881",
];

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder of the tree").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The text without comments and without its test modules.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]").next().unwrap_or(text);
    let lines = body
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// What of `needles` occurs as a word of its own.
fn words_in<'n>(code: &str, needles: &[&'n str]) -> Vec<&'n str> {
    let lower = code.to_lowercase().replace('_', "");
    let is_word = |at: usize, len: usize| {
        let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        boundary(lower[..at].chars().next_back()) && boundary(lower[at + len..].chars().next())
    };
    let found = |needle: &&&str| {
        lower
            .match_indices(**needle)
            .any(|(at, m)| is_word(at, m.len()) || needle.len() > 5)
    };
    needles.iter().filter(found).copied().collect()
}

#[test]
fn the_search_finds_what_it_looks_for() {
    assert_eq!(words_in(&code("let qoi = 1; // png\n"), NAMES), ["qoi"]);
    assert_eq!(
        words_in(&code("const P: u32 = 0xEDB8_8320;"), NUMBERS),
        ["edb88320"]
    );
    assert_eq!(
        words_in(
            &code("fn png_x() {}\n#[cfg(test)] mod t { fn jpeg() {} }"),
            NAMES
        ),
        Vec::<&str>::new()
    );
    assert_eq!(
        words_in("struct PngHeader; fn decode_huffman() {}", NAMES),
        ["huffman"]
    );
}

#[test]
fn units_and_emulator_name_no_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for unit in fs::read_dir(root.join("units")).expect("units/").flatten() {
        sources(&unit.path().join("src"), &mut files);
    }
    sources(&root.join("emulator/src"), &mut files);
    assert!(files.len() > 40, "only {} files found", files.len());
    let mut problems = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("UTF-8 source");
        let code = code(&text);
        for found in words_in(&code, NAMES)
            .into_iter()
            .chain(words_in(&code, NUMBERS))
        {
            problems.push(format!("{}: {found}", file.display()));
        }
    }
    assert!(
        problems.is_empty(),
        "formats in the machine:\n{}",
        problems.join("\n")
    );
}
