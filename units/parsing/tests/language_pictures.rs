//! Picture formats written in the language: the grammars of the tutorial.

mod executor;

use executor::{Ended, Executor};
use orrery_parsing::language::{Compiled, Environment, compile, render};

fn compiled(file: &str, grammar: &str) -> Compiled {
    let compiled = compile(file, grammar, &Environment::default()).unwrap_or_else(|errors| {
        let text: String = errors.iter().map(|e| render(e, grammar)).collect();
        panic!("{text}")
    });
    let text: String = compiled
        .warnings
        .iter()
        .map(|e| render(e, grammar))
        .collect();
    assert_eq!(text, "");
    compiled
}

/// How it ended, the pixels, the rows carried out.
fn run(compiled: &Compiled, input: &[u8]) -> (Ended, Vec<u8>, u64) {
    let mut executor = Executor::new(&compiled.image, input);
    let ended = executor.run();
    (ended, executor.streams.bytes(1).to_vec(), executor.rows)
}

fn fails(compiled: &Compiled, input: &[u8], text: &str) {
    assert_eq!(run(compiled, input).0, Ended::Failed(text.to_owned()));
}

/// A picture of `n` pixels with some runs in it.
fn pixels(n: usize) -> Vec<[u8; 4]> {
    let pixel = |i: usize| {
        let x = (i / 5 * 37 % 251) as u8;
        [x, x ^ 0x55, 255 - x, 200]
    };
    (0..n).map(pixel).collect()
}

#[test]
fn farbfeld() {
    let program = compiled("farbfeld.syn", include_str!("grammars/farbfeld.syn"));
    let picture = pixels(12);
    let mut file = b"farbfeld".to_vec();
    file.extend([0, 0, 0, 4, 0, 0, 0, 3]);
    for sample in picture.as_flattened() {
        file.extend([*sample, 77]);
    }
    let (ended, out, rows) = run(&program, &file);
    assert_eq!(ended, Ended::Accepted(0));
    assert_eq!(out, picture.as_flattened());
    // Header 8 + 2 + 5, actions 4, guard and end 3, lines 3 (call) + 3 x (repeat, return), pixels.
    assert!(rows <= 12 * 4 + 3 * 3 + 24, "{rows} rows");
    fails(
        &program,
        &file[..file.len() - 1],
        "the file ends before the last pixel",
    );
    file[8] = 1;
    fails(&program, &file, "the width exceeds 16384");
}

#[test]
fn ppm() {
    let program = compiled("ppm.syn", include_str!("grammars/ppm.syn"));
    let picture = pixels(12);
    let body: Vec<u8> = picture.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
    let opaque: Vec<u8> = picture
        .iter()
        .flat_map(|p| [p[0], p[1], p[2], 255])
        .collect();
    for head in [
        "P6 4 3 255\n",
        "P6\n# made by hand\n4\t# wide\n#\n\n3\r\n255 ",
        "P6#\n4 003 255\n",
    ] {
        let file = [head.as_bytes(), &body].concat();
        let (ended, out, _) = run(&program, &file);
        assert_eq!(ended, Ended::Accepted(0), "{head}");
        assert_eq!(out, opaque, "{head}");
        fails(
            &program,
            &file[..file.len() - 1],
            "the file ends before the last pixel",
        );
        fails(
            &program,
            &file[..head.len() - 1],
            "the file ends in its header",
        );
    }
    fails(&program, b"P6 4 x", "a number is missing");
    fails(&program, b"P6x", "white space is missing");
    fails(&program, b"P6 4 99999 255\n", "a number is too large");
    fails(&program, b"P6 4 0 255\n", "the height is zero");
    fails(
        &program,
        b"P6 4 3 65535\n",
        "the largest sample value is not 255",
    );
}

fn tga(kind: u8, depth: u8, descriptor: u8, body: &[u8]) -> Vec<u8> {
    let mut file = vec![
        2, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 3, 0, depth, descriptor,
    ];
    file.extend(b"id");
    file.extend(body);
    file
}

#[test]
fn tga_pictures() {
    let program = compiled("tga.syn", include_str!("grammars/tga.syn"));
    let picture = pixels(12);
    let rows: Vec<&[[u8; 4]]> = picture.chunks(4).collect();
    for depth in [24, 32] {
        let stored = |p: &[u8; 4]| match depth {
            24 => vec![p[2], p[1], p[0]],
            _ => vec![p[2], p[1], p[0], p[3]],
        };
        let alpha = |p: &[u8; 4]| if depth == 24 { 255 } else { p[3] };
        let expected: Vec<u8> = picture
            .iter()
            .flat_map(|p| [p[0], p[1], p[2], alpha(p)])
            .collect();
        for top in [true, false] {
            let order: Vec<&[[u8; 4]]> = if top {
                rows.clone()
            } else {
                rows.iter().rev().copied().collect()
            };
            let descriptor = if top { 0x20 } else { 0 };
            let plain: Vec<u8> = order.concat().iter().flat_map(stored).collect();
            let (ended, out, _) = run(&program, &tga(2, depth, descriptor, &plain));
            assert_eq!(ended, Ended::Accepted(0));
            assert_eq!(out, expected);
            let mut packed = Vec::new();
            for row in &order {
                // One pixel as it is, the others in runs as long as they are.
                packed.push(0);
                packed.extend(stored(&row[0]));
                let mut at = 1;
                while at < row.len() {
                    let run = row[at..].iter().take_while(|p| **p == row[at]).count();
                    packed.push(0x80 + run as u8 - 1);
                    packed.extend(stored(&row[at]));
                    at += run;
                }
            }
            let file = tga(10, depth, descriptor, &packed);
            let (ended, out, _) = run(&program, &file);
            assert_eq!(ended, Ended::Accepted(0));
            assert_eq!(out, expected);
            fails(
                &program,
                &file[..file.len() - 1],
                "the file ends before the last pixel",
            );
        }
    }
    fails(
        &program,
        &tga(10, 24, 0x20, &[0x84, 1, 2, 3]),
        "a packet goes over the end of its line",
    );
    fails(
        &program,
        &tga(10, 24, 0x20, &[0x04, 1, 2, 3]),
        "a packet goes over the end of its line",
    );
    fails(
        &program,
        &tga(3, 24, 0, &[]),
        "this is not a true-colour picture",
    );
    fails(
        &program,
        &tga(2, 16, 0, &[]),
        "pixels have neither 24 nor 32 bits",
    );
}
