//! Deflate, written in the language, against a library.

mod executor;

use std::io::{Read as _, Write as _};

use executor::{Ended, Executor};
use orrery_parsing::language::{Compiled, Environment, compile, render};
use proptest::prelude::*;

const GRAMMAR: &str = include_str!("grammars/inflate.syn");

fn inflate() -> Compiled {
    compile("inflate.syn", GRAMMAR, &Environment::default()).unwrap_or_else(|errors| {
        let text: String = errors.iter().map(|e| render(e, GRAMMAR)).collect();
        panic!("{text}")
    })
}

/// What comes out of a zlib stream.
fn run(input: &[u8]) -> (Ended, Vec<u8>, u64) {
    let compiled = inflate();
    let mut executor = Executor::new(&compiled.image, input);
    let ended = executor.run();
    (ended, executor.streams.bytes(1).to_vec(), executor.rows)
}

#[test]
fn it_compiles_without_warnings() {
    let compiled = inflate();
    let text: String = compiled
        .warnings
        .iter()
        .map(|e| render(e, GRAMMAR))
        .collect();
    assert_eq!(text, "");
    assert!(
        compiled.listing.len() <= 143,
        "{} rows",
        compiled.listing.len()
    );
}

fn samples() -> Vec<Vec<u8>> {
    let mut random = 1u32;
    let mut next = move || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 24) as u8
    };
    vec![
        Vec::new(),
        b"a".to_vec(),
        vec![7; 5000],
        b"What a long strange trip it has been, what a long trip. ".repeat(40),
        (0..20_000u32).map(|i| ((i * i) >> 7) as u8).collect(),
        (0..70_000).map(|_| next()).collect(),
        (0..30_000)
            .map(|i| {
                if i % 3 == 0 {
                    next() & 7
                } else {
                    (i / 100) as u8
                }
            })
            .collect(),
    ]
}

fn compress(data: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn what_was_compressed_comes_out() {
    for (i, data) in samples().iter().enumerate() {
        for level in [0, 1, 6, 9] {
            let (ended, out, _) = run(&compress(data, level));
            assert_eq!(ended, Ended::Accepted(0), "sample {i}, level {level}");
            assert!(out == *data, "sample {i}, level {level}");
        }
    }
}

#[test]
fn every_prefix_ends_too_early() {
    let whole = compress(&samples()[3], 6);
    for length in 0..whole.len() {
        let (ended, ..) = run(&whole[..length]);
        assert_eq!(
            ended,
            Ended::Failed("the data ends too early".to_owned()),
            "{length}"
        );
    }
}

#[test]
fn literals_and_matches_cost_what_was_promised() {
    // Two streams with fixed codes that differ by one literal, or by one match.
    let rows = |build: &dyn Fn(&mut Bits)| {
        let mut bits = Bits::default();
        bits.put(0b011, 3);
        build(&mut bits);
        bits.code(0, 7);
        let (ended, _, rows) = run(&bits.zlib(None));
        assert!(matches!(ended, Ended::Failed(t) if t.starts_with("the Adler")));
        rows
    };
    let literal = |bits: &mut Bits| bits.code(0x30 + 65, 8);
    let one = rows(&|b| literal(b));
    assert_eq!(rows(&|b| (0..2).for_each(|_| literal(b))) - one, 1);
    let matched = rows(&|b| {
        literal(b);
        b.code(1, 7); // length 3
        b.code(0, 5); // distance 1
    });
    assert_eq!(matched - one, 4);
}

/// Writes bits lowest first, as the format wants them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u32, n: u32) {
        for i in 0..n {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= ((value >> i & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// Codes are written from their highest bit on.
    fn code(&mut self, code: u32, n: u32) {
        (0..n).rev().for_each(|i| self.put(code >> i & 1, 1));
    }

    fn zlib(self, sum: Option<u32>) -> Vec<u8> {
        let mut all = vec![0x78, 0x9C];
        all.extend(self.bytes);
        all.extend(sum.unwrap_or(0).to_be_bytes());
        all
    }
}

/// The head of a block with codes of its own: how many codes, and the lengths
/// of the code of the code lengths by symbol.
fn dynamic(nlit: u32, ndist: u32, lengths: &[(usize, u32)]) -> Bits {
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let mut bits = Bits::default();
    bits.put(0b101, 3);
    bits.put(nlit - 257, 5);
    bits.put(ndist - 1, 5);
    bits.put(15, 4);
    for symbol in ORDER {
        let length = lengths
            .iter()
            .find(|(s, _)| *s == symbol)
            .map_or(0, |(_, l)| *l);
        bits.put(length, 3);
    }
    bits
}

#[test]
fn broken_streams_say_why() {
    let text = |input: Vec<u8>| match run(&input).0 {
        Ended::Failed(text) => text,
        other => format!("{other:?}"),
    };
    let good = compress(b"hello", 6);
    let with = |at: usize, byte: u8| {
        let mut input = good.clone();
        input[at] = byte;
        input
    };
    assert_eq!(text(with(0, 0x79)), "the compression method is not Deflate");
    assert_eq!(text(with(0, 0x88)), "the window is larger than 32 KiB");
    assert_eq!(
        text(with(1, 0x9D)),
        "the check bits of the zlib header are wrong"
    );
    assert_eq!(
        text(with(1, 0xBB)),
        "a preset dictionary is asked for, but there is none"
    );
    let last = good.len() - 1;
    assert_eq!(
        text(with(last, !good[last])),
        "the Adler-32 sum of the data is wrong"
    );
    let simple = |bits: &[(u32, u32)]| {
        let mut all = Bits::default();
        bits.iter().for_each(|(value, n)| all.put(*value, *n));
        all.zlib(None)
    };
    assert_eq!(
        text(simple(&[(7, 3)])),
        "a block is of type 3, which does not exist"
    );
    assert_eq!(
        text(simple(&[(1, 8), (5, 16), (5, 16), (0, 32)])),
        "the length of a stored block and its complement disagree"
    );
    let fixed = |codes: &[(u32, u32)]| {
        let mut all = Bits::default();
        all.put(0b011, 3);
        codes.iter().for_each(|(code, n)| all.code(*code, *n));
        all.put(0, 32);
        all.zlib(None)
    };
    assert_eq!(
        text(fixed(&[(0b1100_0110, 8)])),
        "a length code without a meaning is used"
    );
    let literal = (0x30, 8);
    assert_eq!(
        text(fixed(&[literal, (1, 7), (30, 5)])),
        "a distance code without a meaning is used"
    );
    assert_eq!(
        text(fixed(&[literal, (1, 7), (1, 5)])),
        "Fault(\"copy from before the beginning\")"
    );

    let ended = |mut bits: Bits| {
        bits.put(0, 32);
        text(bits.zlib(None))
    };
    assert_eq!(
        ended(dynamic(287, 1, &[])),
        "there are more than 286 literal and length codes"
    );
    assert_eq!(
        ended(dynamic(257, 31, &[])),
        "there are more than 30 distance codes"
    );
    assert_eq!(
        ended(dynamic(257, 1, &[(0, 1), (1, 1), (2, 1)])),
        "the code of the code lengths is over-subscribed"
    );
    assert_eq!(
        ended(dynamic(257, 1, &[(0, 1), (1, 2)])),
        "the code of the code lengths is incomplete"
    );
    // Codes 0: length 1, 10: again, 110: zeros (7 bits), 111: length 0.
    let lengths = [(1, 1), (16, 2), (18, 3), (0, 3)];
    let dynamic = |nlit, ndist, codes: &[(u32, u32, u32, u32)]| {
        let mut bits = dynamic(nlit, ndist, &lengths);
        for (code, n, extra, more) in codes {
            bits.code(*code, *n);
            bits.put(*extra, *more);
        }
        ended(bits)
    };
    const ONE: (u32, u32, u32, u32) = (0, 1, 0, 0);
    const ABSENT: (u32, u32, u32, u32) = (0b110, 3, 0, 0);
    let again = |n: u32| (0b10, 2, n - 3, 2);
    let zeros = |n: u32| (0b111, 3, n - 11, 7);
    assert_eq!(
        dynamic(257, 1, &[again(3)]),
        "the first code length repeats one before it"
    );
    assert_eq!(
        dynamic(257, 1, &[zeros(138), zeros(138)]),
        "a repeat of code lengths goes beyond the last one"
    );
    assert_eq!(
        dynamic(257, 1, &[ONE, ONE, zeros(138), zeros(118)]),
        "a block has no code for its end"
    );
    assert_eq!(
        dynamic(257, 1, &[ONE, ONE, zeros(138), zeros(116), ONE, ABSENT]),
        "the literal and length code is over-subscribed"
    );
    assert_eq!(
        dynamic(257, 3, &[zeros(138), zeros(118), ONE, ONE, ONE, ONE]),
        "the distance code is over-subscribed"
    );
}

#[test]
fn incomplete_codes_are_refused_except_single_ones() {
    // Codes 0: absent, 10: length 2, 110: length 1, 111: zeros (7 bits).
    let lengths = [(0, 1), (2, 2), (1, 3), (18, 3)];
    let absent = (0, 1, 0, 0);
    let two = (0b10, 2, 0, 0);
    let one = (0b110, 3, 0, 0);
    let zeros = |n: u32| (0b111, 3, n - 11, 7);
    let text = |ndist, codes: &[(u32, u32, u32, u32)]| {
        let mut bits = dynamic(257, ndist, &lengths);
        for (code, n, extra, more) in codes {
            bits.code(*code, *n);
            bits.put(*extra, *more);
        }
        bits.put(0, 32);
        match run(&bits.zlib(Some(1))).0 {
            Ended::Failed(text) => text,
            other => format!("{other:?}"),
        }
    };
    let literals = "the literal and length code is incomplete";
    let distances = "the distance code is incomplete";
    let end = "the Adler-32 sum of the data is wrong";
    let none = [zeros(138), zeros(118)];
    let with = |rest: &[(u32, u32, u32, u32)]| [&none[..], rest].concat();
    assert_eq!(
        text(1, &with(&[one, absent])),
        end,
        "one code for the end, no distances"
    );
    assert_eq!(text(1, &with(&[two, absent])), literals);
    let pair = [two, zeros(138), zeros(117), two];
    assert_eq!(
        text(1, &[&pair[..], &[absent]].concat()),
        literals,
        "two codes, half unused"
    );
    assert_eq!(
        text(1, &with(&[one, one])),
        end,
        "one distance code of one bit"
    );
    assert_eq!(text(1, &with(&[one, two])), distances);
    assert_eq!(
        text(2, &with(&[one, two, two])),
        distances,
        "half unused, but not one bit"
    );
    assert_eq!(text(2, &with(&[one, one, two])), distances);
    assert_eq!(text(2, &with(&[one, one, one])), end, "complete");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_streams_are_refused_as_the_library_does(
        sample in 0usize..5, level in 0u32..=9, at in 0usize..400, byte: u8,
    ) {
        let mut input = compress(&samples()[sample], level);
        let at = at % input.len();
        input[at] = byte;
        let mut expected = Vec::new();
        let library = flate2::read::ZlibDecoder::new(&input[..]).read_to_end(&mut expected);
        let (ended, out, _) = run(&input);
        prop_assert_eq!(matches!(ended, Ended::Accepted(0)), library.is_ok(), "{:?}", ended);
        if library.is_ok() {
            prop_assert!(out == expected);
        }
    }
}
