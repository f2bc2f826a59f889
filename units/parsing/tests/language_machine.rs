//! Compiled grammars in the simulated unit and in the tiny executor: the same
//! actions, the same captures, the same end. The two were written apart.

mod executor;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

use executor::{Ended, Executor, Sent, Streams};
use orrery_parsing::language::{Compiled, Environment, compile, render};
use orrery_parsing::{ParsingImage, ParsingUnit, Ports, Spec};
use orrery_shared::account::Standing;
use orrery_shared::off::Off;
use orrery_shared::topology::{ProcSpec, QueueSpec};
use orrery_shared::{Beat, Chan, Entry, Network, Proc, Step, Stop, Topology, WaitCause};
use proptest::prelude::*;

const ACTIONS: Chan = Chan(0);
const FLAG: Chan = Chan(1);
const REPLY: Chan = Chan(2);

/// The unit, and a sequencer that carries out what the tests look at.
struct Bench {
    unit: ParsingUnit,
    sent: Vec<Sent>,
    streams: Streams,
}

fn topology(rows: usize) -> Topology {
    let queue = |name, producer, consumer, depth, cause, reserved| QueueSpec {
        name,
        producer: Proc(producer),
        consumer: Proc(consumer),
        depth,
        cause,
        reserved,
    };
    let process = |name, profile| ProcSpec {
        name,
        is_gate: false,
        profile,
    };
    Topology {
        procs: vec![process("parsing", rows), process("sequencer", 1)],
        queues: vec![
            queue("actions", 0, 1, 16, WaitCause::Input, false),
            queue("flag", 1, 0, 16, WaitCause::Input, false),
            queue("reply", 1, 0, 4, WaitCause::Reply, true),
        ],
        counts: vec![],
        main: 0,
        budget: 50_000_000,
    }
}

impl Network for Bench {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        if p == 0 {
            return self.unit.step(beat);
        }
        let entry = beat.peek_home(ACTIONS)?;
        beat.room(REPLY)?;
        beat.issue(0, 1, 1)?;
        beat.pop(ACTIONS);
        let sent = Sent {
            op: entry.op as u8,
            target: entry.imm,
            operands: entry.a[..usize::from(entry.n & 7)].to_vec(),
            identity: (entry.n >> 4) as u8,
        };
        // Copies from nowhere are the sequencer's business, not tested here.
        if let Ok(Some(answer)) = self.streams.apply(&sent) {
            beat.push(
                REPLY,
                Entry::with(1, 0, &[answer as u32, (answer >> 32) as u32]),
            );
        }
        self.sent.push(sent);
        Ok(())
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        loop {
            beat.begin();
            if let Err(stop) = self.step(p, beat) {
                return stop;
            }
        }
    }
}

fn build(grammar: &str) -> Compiled {
    let labels = ["setup", "rgb", "rgba", "index", "delta", "emit"];
    let env = Environment {
        labels: labels
            .iter()
            .map(|l| ((*l).to_owned(), 5))
            .collect::<HashMap<_, _>>(),
        ..Environment::default()
    };
    compile("t.syn", grammar, &env).unwrap_or_else(|errors| {
        let text: String = errors.iter().map(|e| render(e, grammar)).collect();
        panic!("{text}")
    })
}

/// Runs both and compares them.
fn same(image: &ParsingImage, input: &[u8]) {
    let ports = Ports {
        actions: ACTIONS,
        flag: FLAG,
        reply: REPLY,
    };
    let unit = ParsingUnit::new(Spec::default(), ports, image, Arc::from(input)).expect("image");
    let rows = unit.rows();
    let mut bench = Bench {
        unit,
        sent: Vec::new(),
        streams: Streams::default(),
    };
    let outcome = Off::new(topology(rows)).run(&mut bench);
    let mut executor = Executor::new(image, input);
    let ended = executor.run();
    if ended == Ended::Fault("copy from before the beginning") {
        return;
    }
    let standing = &outcome.processes[0].standing;
    match (&ended, standing) {
        (Ended::Accepted(_), Standing::Done) => {}
        (Ended::Failed(text), Standing::Trapped(fault, _)) => {
            let own = ["no alternative", "unused code", "over-subscribed"].contains(&text.as_str());
            assert!(
                own || fault.message.contains(text.as_str()),
                "{text} / {}",
                fault.message
            );
        }
        (Ended::Control(_), Standing::Trapped(..)) => {}
        _ => panic!("{ended:?} / {standing:?}"),
    }
    assert_eq!(bench.sent, executor.sent);
    assert_eq!(bench.unit.state().captures()[..60], executor.captures[..60]);
}

/// A file, its prefixes, and the file with bytes changed.
fn family(grammar: &str, file: &[u8]) {
    let compiled = build(grammar);
    same(&compiled.image, file);
    let step = file.len() / 60 + 1;
    for at in (0..file.len()).step_by(step) {
        same(&compiled.image, &file[..at]);
        let mut damaged = file.to_vec();
        damaged[at] ^= 0x55;
        same(&compiled.image, &damaged);
        damaged[at] = 0;
        same(&compiled.image, &damaged);
    }
}

#[test]
fn inflate() {
    let grammar = include_str!("grammars/inflate.syn");
    for (data, level) in [
        (b"abcabcabcabcabdabdabd".repeat(9), 9),
        ((0..3000u32).map(|i| (i * i / 77) as u8).collect(), 6),
        ((0..300u32).map(|i| i as u8).collect(), 0),
    ] {
        let level = flate2::Compression::new(level);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
        encoder.write_all(&data).expect("memory");
        family(grammar, &encoder.finish().expect("memory"));
    }
}

#[test]
fn qoi() {
    let mut file = b"qoif\0\0\0\x0B\0\0\0\x01\x03\x00".to_vec();
    file.extend([
        0xC1, 0xFE, 1, 2, 3, 0xFF, 4, 5, 6, 7, 0x2A, 0x47, 0xA1, 0x9A, 0xC5,
    ]);
    file.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    family(include_str!("../../../programs/qoi/qoi.syn"), &file);
}

#[test]
fn pictures() {
    let mut file = b"farbfeld\0\0\0\x03\0\0\0\x02".to_vec();
    file.extend((0..48).map(|i| i * 5));
    family(include_str!("grammars/farbfeld.syn"), &file);
    let file = b"P6 # a comment\n3 2\n 255\n123456789abcdefghi";
    family(include_str!("grammars/ppm.syn"), file);
    let mut file = vec![2, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 2, 0, 24, 0, 9, 9];
    file.extend([0x83, 1, 2, 3, 0x01, 4, 5, 6, 7, 8, 9, 0x81, 1, 1, 1]);
    family(include_str!("grammars/tga.syn"), &file);
}

#[test]
fn escapes() {
    let scan = include_str!("grammars/scan.syn");
    let file = [
        0x4A, 0xFF, 0x00, 0x91, 0x3C, 0xFF, 0xFF, 0xD0, 0x77, 0xFF, 0x00, 0xFF, 0x00, 0x12, 0xFF,
        0xC4, 9, 8, 7, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0xD1, 0x2B, 0xA5, 0x0F, 0xFF, 0xD9,
    ];
    family(scan, &file);
    for at in 0..file.len() {
        same(&build(scan).image, &file[..at]);
    }
    let blocks = include_str!("grammars/blocks.syn");
    let file = b"\x10\x02abc\x10\x10def\x10\x03\x65\x10\x02\x10\x10\x10\x10\x10\x03\x20\x10\x04";
    family(blocks, file);
    let image = build(blocks).image;
    let mut executor = Executor::new(&image, file);
    assert_eq!(executor.run(), Ended::Accepted(0));
    assert_eq!(executor.streams.bytes(1), b"abc\x10def\x10\x10");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes that are mostly escapes, read in many ways.
    #[test]
    fn escapes_of_any_bytes(raw in prop::collection::vec(0u8..8, 0..40)) {
        let table = "escape t: 1 ( 1 vanish | 2 again | 3 marker | 4..5 xor 0x55 | else literal )";
        let handled = "catch MARKER -> (k = marker() escape off z@.[3] accept)";
        for body in [
            "(x@. { s << x })**",
            "lsb(3((x@. y@.[2] { s << x y })**))",
            "(x@.[3] p = pos() { s << x p })**",
            "skip 3 x@. p = pos() { s << x p } drain p = pos() { s << p } escape off y@.[2]",
            "frame 9 ( (x@. l = left() { s << x l })^ ) x@. { s << x }",
            "5(x@. align y@. mark 1 z@.[3] rewind 1 w@. { s << x y z w })",
            "check 0 = crc(32, 3, 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF) 3(.[5]) c = check 0 { s << c }",
            "m = prefix(2, 3) rows 40 insert m, 0, 2, 1 insert m, 1, 2, 2 insert m, 2, 2, 4
             insert m, 6, 3, 3 insert m, 7, 3, 5
             1((x@code(m) { s << x })**)",
        ] {
            let grammar = format!(
                "{table} main: {{ s <- ram 4096 u32 }} escape on t guard ( {body} ) {handled} accept"
            );
            same(&build(&grammar).image, &raw);
        }
    }
}

#[test]
fn masks() {
    let refine = include_str!("grammars/refine.syn");
    let file = [
        0x80, 0x21, 0x40, 0x05, 0x10, 0x00, 0x00, 0x88, 60, 1, 0x23, 0x5A, 0x1F, 0xFF, 0x77, 0x45,
        0xA3, 0x99,
    ];
    family(refine, &file);
    let slots = include_str!("grammars/slots.syn");
    let file = [
        1, 1, 3, 5, 40, 4, 1, 2, 1, 5, 0, 1, 2, 9, 1, 1, 1, 4, 5, 1, 6, 0, 4, 6, 1, 3, 3, 63, 1, 1,
    ];
    family(slots, &file);
    let image = build(slots).image;
    let mut executor = Executor::new(&image, &file[..23]);
    assert_eq!(executor.run(), Ended::Accepted(0));
    let out: Vec<u8> = executor
        .streams
        .bytes(1)
        .iter()
        .step_by(4)
        .copied()
        .collect();
    assert_eq!(out, [0, 1, 37, 2, 1, 3, 4, 9, 40, 37]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn masks_of_any_bits(
        halves in any::<[u8; 8]>(),
        sparse in any::<bool>(),
        places in prop::collection::vec(0u8..70, 3),
    ) {
        let mut input = halves.map(|b| if sparse { b & b << 3 & b >> 2 } else { b | b << 1 }).to_vec();
        input.extend(places);
        let grammar = "data t: u32[2]
            main: { s <- ram 4096 u32 } store8(t, 0, 0) (x@. store8(t, $0, x))[8] m = load64(t)
            f@. n@. l@. z = nthzero(m, f, n, l) (z < l a = 1 | z == l a = 2 | a = 3)
            o = nextone(m, f, l) (o == l b = 1 | b = 2) k = nextone(m, 7, 50) (k <= 50 c = 4 | c = 5)
            d = ones(m, f, l) (d == 0 e = 1 | e = 2) { s << z a o b } { s << k c d e }
            setbits m, f { s << m m_high } clearbits m, n, l { s << m m_high } setbits m, 3, f
            { s << m m_high } z = nthzero(m, 9, 2, 64) + 1 { s << z } accept";
        same(&build(grammar).image, &input);
    }
}

#[test]
fn small_things() {
    let input = [5, 1, 2, 3, 4, 0, 0x81, 0x82, 3, 9, 9, 9];
    for grammar in [
        "main: n@. (x@. s = s + x)[n] a accept\na: local s s = 9 (b@<1x a | b@<0x)",
        "main: frame 6 ( (x@. { s <- ram 8 u8 })^ ) (y@.)** accept",
        "main: n@. f(n, 3) accept\nf(a, b): (a == b r = a | a = a - 1 f(a, b))",
        "main: guard (guard (6) catch FAULT -> (5 x = 1)) catch END -> (x = 2) (.)[3] y@+. accept",
        "main: lsb(3(a@. b@. c@~.[1]) align) (d@.)* 0 mark 1 e@.[2] rewind 1 1(f@.[c]) accept",
        "main: check 0 = crc(32, 3, 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF) .[5] c = check 0
         check 1 = sums(65521, 1) skip 3 d = check 1 p = pos() accept",
        "main: n@. n -> (0..4: x = 1 | 5: x = 2 y@. y -> (1: z = 3 | _: z = 4) | _: fail \"no\") accept",
        "data t: u16[9] main: (x@. store16(t, $0, x))[5] y = load16(t, 2) w = left() accept",
        "main: x@. x > 3 accept",
        "main: 5 (7 | 8)",
    ] {
        let compiled = build(grammar);
        for length in 0..=input.len() {
            same(&compiled.image, &input[..length]);
        }
    }
}

#[test]
fn refill_rules_join_pieces() {
    // Pieces with a separator and a length between them; a length of 0 ends them.
    let grammar = "main: len@. frame len refill next ( (x@.[2] s = s + x)^ ) y@. accept
        next: 0xFF len@. (len != 0 more len | done)";
    let input = [3, 0, 1, 0, 0xFF, 1, 2, 0xFF, 2, 1, 0, 0xFF, 0, 77];
    let compiled = build(grammar);
    let ports = Ports {
        actions: ACTIONS,
        flag: FLAG,
        reply: REPLY,
    };
    let unit = ParsingUnit::new(
        Spec::default(),
        ports,
        &compiled.image,
        Arc::from(&input[..]),
    );
    let unit = unit.expect("image");
    let rows = unit.rows();
    let mut bench = Bench {
        unit,
        sent: Vec::new(),
        streams: Streams::default(),
    };
    let outcome = Off::new(topology(rows)).run(&mut bench);
    let standing = &outcome.processes[0].standing;
    assert!(matches!(standing, Standing::Done), "{standing:?}");
    let capture = |name: &str| {
        let (_, register) = compiled
            .image
            .captures
            .iter()
            .find(|(n, _)| n == name)
            .expect("it");
        bench.unit.state().captures()[usize::from(*register)]
    };
    assert_eq!(capture("s"), 1 + 2 + 0x100);
    assert_eq!(capture("y"), 77);
}
