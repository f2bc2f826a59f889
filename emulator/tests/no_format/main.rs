//! Invariant 1: the machine knows no format. By search over its source, of names, texts and numbers.

mod known;
mod scan;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use known::{BEFORE, FRACTIONS, INSIDE, LEAST, NAMES, NUMBERS, PAIRS, POWERS, SEQUENCES, TAGS};
use scan::{Token, tokens, values, words};

/// What of a format is in a source.
fn found(source: &str) -> BTreeSet<String> {
    let all = tokens(source);
    let mut out = BTreeSet::new();
    for token in &all {
        match token {
            Token::Name(name) => out.extend(in_words(name)),
            Token::Text(text) => {
                out.extend(in_words(text));
                let tags = TAGS.iter().filter(|tag| text.contains(**tag));
                out.extend(tags.map(|tag| format!("tag {tag}")));
            }
            Token::Fraction(nano) => {
                // Three digits tell a coefficient.
                let near = FRACTIONS.iter().find(|f| f.abs_diff(*nano) < 500_000);
                out.extend(near.map(|f| format!("coefficient {f}")));
            }
            Token::Number(_) | Token::Sign(_) => {}
        }
    }
    for statement in all.split(|t| *t == Token::Sign(';')) {
        in_numbers(statement, &mut out);
    }
    if all.windows(2).any(|pair| {
        matches!(&pair[0], Token::Name(n) if n == "include_bytes" || n == "include_str")
            && pair[1] == Token::Sign('!')
    }) {
        out.insert("a file inside".to_owned());
    }
    out
}

/// Names among the words of a name or text, also in pieces: `ZigZag`, `crc_32`.
fn in_words(text: &str) -> Vec<String> {
    let words = words(text);
    let mut out = Vec::new();
    for start in 0..words.len() {
        for end in start + 1..=words.len().min(start + 3) {
            let joined = words[start..end].concat();
            let whole = NAMES.contains(&joined.as_str());
            let part = end == start + 1
                && (INSIDE.iter().any(|n| joined.contains(n))
                    || BEFORE.iter().any(|n| joined.starts_with(n)));
            if whole || part {
                out.push(format!("name {joined}"));
            }
        }
    }
    out
}

/// A number and what is easily made of it.
fn disguises(n: u128) -> [u128; 5] {
    let word = n as u32;
    let turned = word.reverse_bits();
    let bytes = word.swap_bytes();
    let all = [word, !word, turned, bytes, !turned].map(u128::from);
    if n > u128::from(u32::MAX) || n < 0x1_0000 {
        // Numbers of 16 bits have too many shapes.
        return [n; 5];
    }
    all
}

fn in_numbers(statement: &[Token], out: &mut BTreeSet<String>) {
    let tags: BTreeSet<u128> = TAGS
        .iter()
        .map(|tag| tag.bytes().fold(0, |n, b| n << 8 | u128::from(b)))
        .collect();
    let numbers: BTreeSet<u128> = values(statement).into_iter().collect();
    for &n in &numbers {
        if disguises(n)
            .iter()
            .any(|d| NUMBERS.contains(d) || tags.contains(d))
        {
            out.insert(format!("number {n:#x}"));
        }
        let product = |f: &u64| {
            POWERS.clone().any(|k| {
                let exact = u128::from(*f) << k;
                let (low, high) = (exact / 1_000_000_000, exact.div_ceil(1_000_000_000));
                n >= LEAST && (low..=high).contains(&n)
            })
        };
        if let Some(f) = FRACTIONS.iter().find(|f| product(f)) {
            out.insert(format!("coefficient {f} as {n}"));
        }
    }
    for set in PAIRS {
        if set.iter().filter(|n| numbers.contains(n)).count() > 1 {
            out.insert(format!("coefficients {set:?}"));
        }
    }
    let row: Vec<u128> = statement
        .iter()
        .filter_map(|t| match t {
            Token::Number(n) => Some(*n),
            _ => None,
        })
        .collect();
    for sequence in SEQUENCES {
        let known: BTreeSet<&[u128]> = sequence.numbers.windows(sequence.window).collect();
        if row.windows(sequence.window).any(|w| known.contains(w)) {
            out.insert(sequence.name.to_owned());
        }
    }
}

/// What is planted, and the beginning of what has to be found.
const PLANTED: &[(&str, &str)] = &[
    ("struct PngRow;", "name png"),
    ("fn qoi_hash() {}", "name qoi"),
    ("fn qoihash() {}", "name qoihash"),
    ("enum Kind { IDAT }", "name idat"),
    ("const HAS_ADAM_7: bool = true;", "name adam7"),
    ("fn undo_zig_zag() {}", "name zigzag"),
    ("struct ZigZag;", "name zigzag"),
    ("fn decode_huffman() {}", "name huffman"),
    ("fn crc_32() {}", "name crc32"),
    ("struct YCbCr;", "name ycbcr"),
    ("let s = \"a JPEG file\";", "name jpeg"),
    ("let s = r#\"say \"webp\" to it\"#;", "name webp"),
    ("if chunk == *b\"gAMA\" {}", "tag gAMA"),
    (
        "match tag { 0x4948_4452 => a, _ => b }",
        "number 0x49484452",
    ),
    (
        "let tag = u32::from_be_bytes([0x71, 0x6F, 0x69, 0x66]);",
        "a signature",
    ),
    ("let tag = [b'O', b'g', b'g', b'S'];", "a signature"),
    (
        "const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 13, 10, 26, 10];",
        "a signature",
    ),
    ("const P: u32 = 0xEDB8_8320;", "number 0xedb88320"),
    ("const P: u32 = 0xEDB8 << 16 | 0x8320;", "number 0xedb88320"),
    ("const P: u32 = 0xEDB8_8321 - 1;", "number 0xedb88320"),
    ("const P: u32 = !0x1247_7CDF;", "number 0x12477cdf"),
    ("const P: u32 = 79764919;", "number 0x4c11db7"),
    ("sum % 65521", "number 0xfff1"),
    ("sum % ((1 << 16) - 15)", "number 0xfff1"),
    ("let red = y + 1.402 * cr;", "coefficient 1402"),
    (
        "let red = y + (cr * 91881 >> 16);",
        "coefficient 1402000000 as 91881",
    ),
    (
        "let red = y + (cr * 1436 >> 10);",
        "coefficient 1402000000 as 1436",
    ),
    (
        "let g = y - (88 * cb + 183 * cr >> 8);",
        "coefficients [359",
    ),
    ("let c4 = 46341;", "coefficient 707106781 as 46341"),
    (
        "const BASE: [u16; 7] = [19, 23, 27, 31, 35, 43, 51];",
        "bases of lengths",
    ),
    (
        "const BASE: [u16; 6] = [0x21, 0x31, 0x41, 0x61, 0x81, 0xC1];",
        "bases of distances",
    ),
    (
        "const ORDER: &[u8] = &[16, 17, 18, 0, 8, 7, 9];",
        "order of code lengths",
    ),
    (
        "const Z: [u8; 8] = [0, 1, 8, 16, 9, 2, 3, 10];",
        "zig-zag order",
    ),
    (
        "const Z: [u8; 9] = [0, 1, 5, 6, 14, 15, 27, 28, 2];",
        "places of the zig-zag order",
    ),
    (
        "const Q: [u8; 8] = [16, 11, 10, 16, 24, 40, 51, 61];",
        "steps of quantisation",
    ),
    (
        "const X: [u8; 7] = [0, 4, 0, 2, 0, 1, 0];",
        "beginnings of passes",
    ),
    (
        "let at = (r * 3 + g * 5 + b * 7 + a * 11) % 64;",
        "factors of an index",
    ),
    (
        "static FILE: &[u8] = include_bytes!(\"x.bin\");",
        "a file inside",
    ),
    (
        "#[cfg(test)]\nmod tests { fn x() {} }\nfn png() {}",
        "name png",
    ),
    ("#[cfg(test)]\nuse a::b;\nfn png() {}", "name png"),
];

/// What is right in a machine.
const PLAIN: &[&str] = &[
    "fn f() {} // png\n/* qoi /* jpeg */ */",
    "fn f() {}\n#[cfg(test)]\nmod t { fn jpeg() { g(\"idat\") } }",
    "fn validate(friend: Client) -> Result<'static, Gift> { dictionary.logged() }",
    "const MASKS: [u32; 4] = [0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 65536];",
    "for i in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] { 1.5 }",
    "let pair = (16, 1024, 4096, 131071);",
    "let c = '\\''; let s = \"\\\"\"; let d = 'x';",
];

#[test]
fn planted_formats_are_found() {
    for (source, expected) in PLANTED {
        let found = found(source);
        assert!(
            found.iter().any(|f| f.starts_with(expected)),
            "{source}\nhas {expected}, found {found:?}"
        );
    }
}

#[test]
fn a_machine_is_no_format() {
    for source in PLAIN {
        assert_eq!(found(source), BTreeSet::new(), "{source}");
    }
}

/// Every sequence is found from wherever it is begun, and every number alone.
#[test]
fn every_known_thing_is_found() {
    for sequence in SEQUENCES {
        for window in sequence.numbers.windows(sequence.window) {
            let source = format!("const T: [u16; {}] = {window:?};", 9);
            assert!(found(&source).contains(sequence.name), "{source}");
        }
    }
    for number in NUMBERS {
        assert!(!found(&format!("f({number})")).is_empty(), "{number:#x}");
    }
    for fraction in FRACTIONS {
        let whole = (u128::from(*fraction) << 16) / 1_000_000_000;
        assert!(!found(&format!("f(x * {whole})")).is_empty(), "{fraction}");
    }
    for name in NAMES {
        let hump = name[..1].to_uppercase() + &name[1..];
        for source in [format!("let {name}_row = 1;"), format!("struct My{hump};")] {
            assert!(!found(&source).is_empty(), "{source}");
        }
    }
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder of the tree").flatten() {
        let path = entry.path();
        if path.is_dir() {
            let name = entry.file_name();
            if !["tests", "examples", "benches", "target"]
                .iter()
                .any(|n| name == *n)
            {
                sources(&path, out);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn units_and_emulator_know_no_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    sources(&root.join("units"), &mut files);
    sources(&root.join("emulator"), &mut files);
    assert!(files.len() > 100, "only {} files found", files.len());
    let mut problems = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("UTF-8 source");
        for found in found(&text) {
            problems.push(format!("{}: {found}", file.display()));
        }
    }
    assert!(
        problems.is_empty(),
        "formats in the machine:\n{}",
        problems.join("\n")
    );
}
