//! Escape tables.

use orrery_parsing::isa::{
    EscapeVerb, NONE, Operand, Port, Row, StackOp, StateWord, SysOp, control,
};
use orrery_parsing::{ParsingImage, Spec};
use orrery_shared::TrapCode;
use proptest::prelude::*;

use crate::build::*;

const SEND: u8 = 1;
const MARKER_BIT: u16 = 1 << control::MARKER;
const STUFFED: [u32; 3] = [
    0xFF | (EscapeVerb::Marker as u32) << 8,
    (EscapeVerb::Vanish as u32) << 16,
    0xFF | 0xFF << 8 | (EscapeVerb::Again as u32) << 16,
];
const DENSE: [u32; 5] = [
    1,
    1 | 1 << 8 | (EscapeVerb::Vanish as u32) << 16,
    2 | 2 << 8 | (EscapeVerb::Again as u32) << 16,
    3 | 3 << 8 | (EscapeVerb::Marker as u32) << 16,
    4 | 9 << 8 | (EscapeVerb::Xor as u32) << 16 | 0x55 << 24,
];

fn table(b: &mut Builder, words: &[u32]) -> (Operand, u16) {
    let all: Vec<Operand> = words.iter().map(|w| b.constant(*w)).collect();
    (all[0], words.len() as u16 - 1)
}

fn on(b: &mut Builder, words: &[u32]) -> Row {
    let (first, ranges) = table(b, words);
    go(0).sys_with(SysOp::EscapeOn, 0, 0, first, ranges)
}

/// A program that turns a table on, reads numbers of the widths given, each
/// sent with the position, until a boundary; then it sends the marker, the
/// position, turns the table off and sends the next byte.
fn reader(words: &[u32], widths: &[u8], lsb: bool) -> ParsingImage {
    let mut b = Builder::default();
    let start = b.state();
    let [catch, first, met, byte, end] = b.states();
    let first_row = Row {
        next: catch,
        ..on(&mut b, words)
    };
    b.plain(start, first_row);
    let all = MARKER_BIT | 1 << control::END;
    b.plain(catch, go(first).stack(StackOp::Catch, met, all));
    let mut at = first;
    for (i, n) in widths.iter().enumerate() {
        let pos = b.state();
        let next = if i + 1 < widths.len() {
            b.state()
        } else {
            first
        };
        b.define(at, int(*n, lsb), &[(0, go(pos).val(1, 0))], None, &[]);
        let row = go(next).sys_with(SysOp::Position, 2, 0, c(0), 0);
        b.plain(pos, row.send(SEND, 0, &[c(1), c(2)]));
        at = next;
    }
    let rows = [
        go(0)
            .sys_with(SysOp::MarkerMet, 4, 0, c(0), 0)
            .send(SEND, 0, &[c(4)]),
        go(0).sys(SysOp::EscapeOff),
        go(byte)
            .sys_with(SysOp::Position, 5, 0, c(0), 0)
            .send(SEND, 0, &[c(5)]),
    ];
    b.chain(met, &rows);
    b.define(byte, int(8, false), &[(0, go(end).val(7, 0))], None, &[]);
    let last = go(end).sys(SysOp::Accept).send(SEND, 0, &[c(7)]);
    b.plain(end, last);
    b.image
}

/// The bytes that rows see, with where each ends, and the marker behind them.
fn seen(words: &[u32], raw: &[u8]) -> (Vec<(u8, usize)>, Option<u8>) {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        if byte != words[0] as u8 {
            at += 1;
            bytes.push((byte, at));
            continue;
        }
        let Some(&follower) = raw.get(at + 1) else {
            break;
        };
        let range = words[1..].iter().map(|w| w.to_le_bytes());
        let [_, verb, xor, _] = words[0].to_le_bytes();
        let (verb, xor) = range
            .filter(|r| r[0] <= follower && follower <= r[1])
            .map(|r| (r[2], r[3]))
            .next()
            .unwrap_or((verb, xor));
        match EscapeVerb::from_code(verb).expect("a verb") {
            EscapeVerb::Literal => {
                at += 1;
                bytes.push((byte, at));
            }
            EscapeVerb::Vanish => {
                at += 2;
                bytes.push((byte, at));
            }
            EscapeVerb::Xor => {
                at += 2;
                bytes.push((follower ^ xor, at));
            }
            EscapeVerb::Again => at += 1,
            EscapeVerb::Marker => return (bytes, Some(follower)),
        }
    }
    (bytes, None)
}

/// What [`reader`] sends before the marker.
fn expected(bytes: &[(u8, usize)], widths: &[u8], lsb: bool) -> Vec<Vec<u32>> {
    let bit = |i: usize| {
        let shift = if lsb { i % 8 } else { 7 - i % 8 };
        u32::from(bytes[i / 8].0 >> shift & 1)
    };
    let mut sent = Vec::new();
    let mut at = 0;
    for n in widths.iter().cycle() {
        let n = usize::from(*n);
        if at + n > bytes.len() * 8 {
            return sent;
        }
        let value = (0..n).fold(0u32, |v, i| {
            if lsb {
                v | bit(at + i) << i
            } else {
                v << 1 | bit(at + i)
            }
        });
        at += n;
        // A started byte counts as read.
        let position = if at == 0 { 0 } else { bytes[(at - 1) / 8].1 };
        sent.push(vec![value, position as u32]);
    }
    sent
}

fn small_intakes() -> [Spec; 4] {
    [(4, 16), (4, 1), (2, 2), (8, 2)].map(|(bytes_per_beat, intake_depth)| Spec {
        bytes_per_beat,
        intake_depth,
        ..Spec::default()
    })
}

fn check(words: &[u32], widths: &[u8], lsb: bool, raw: &[u8]) {
    let image = reader(words, widths, lsb);
    let (bytes, marker) = seen(words, raw);
    let wanted = expected(&bytes, widths, lsb);
    for spec in small_intakes() {
        let out = run_with(&spec, &image, raw);
        let sent: Vec<Vec<u32>> = out.sent().into_iter().map(|s| s.1).collect();
        assert_eq!(sent[..wanted.len()], wanted, "{raw:?} {widths:?}");
        assert_eq!(sent[wanted.len()], [marker.map_or(u32::MAX, u32::from)]);
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn bytes_are_what_the_table_says(
        raw in prop::collection::vec(prop_oneof![0u8..8, Just(1), Just(2)], 0..40),
        widths in prop::collection::vec(1u8..33, 1..6),
        lsb in any::<bool>(),
    ) {
        check(&DENSE, &widths, lsb, &raw);
        let raw: Vec<u8> = raw.iter().map(|b| if *b < 4 { 0xFF } else { b & 1 }).collect();
        check(&STUFFED, &widths, lsb, &raw);
    }
}

/// A prefix at every place of an entry, and every piece of a sequence at the
/// end of the input.
#[test]
fn every_place_of_a_sequence() {
    for sequence in [&[0xFF, 0][..], &[0xFF, 0xFF, 0], &[0xFF, 0xFF, 0xFF, 0xD3]] {
        for before in 0..10 {
            for length in 0..=sequence.len() {
                for behind in [0, 3] {
                    let mut raw: Vec<u8> = (0..before).map(|i| 0x50 + i).collect();
                    raw.extend(&sequence[..length]);
                    raw.extend(&[7, 8, 9][..behind]);
                    check(&STUFFED, &[3, 7, 12], false, &raw);
                    check(&STUFFED, &[8], true, &raw);
                }
            }
        }
    }
}

#[test]
fn a_marker_stays_until_the_table_is_off() {
    let image = reader(&STUFFED, &[8], false);
    let out = run(&image, &[1, 0xFF, 0, 0xFF, 0xFF, 0xD9, 5]);
    let sent: Vec<_> = out.sent().into_iter().map(|s| s.1).collect();
    // The marker is not consumed: the position is before its fill byte.
    assert_eq!(
        sent,
        [vec![1, 1], vec![0xFF, 3], vec![0xD9], vec![3], vec![0xFF]]
    );
}

/// A follower that has not come makes the row wait; plain bytes do not.
#[test]
fn a_prefix_waits_for_its_follower() {
    let image = reader(&STUFFED, &[32], false);
    let cycles = |raw: &[u8]| {
        let spec = Spec {
            load_rate: 0,
            ..Spec::default()
        };
        let out = run_exact(&spec, &image, raw, 16);
        out.outcome.processes[0].waits.iter().sum::<u64>()
    };
    let plain = cycles(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let prefix = cycles(&[1, 2, 3, 0xFF, 0, 6, 7, 8, 9]);
    assert!(prefix > 0 && prefix >= plain, "{plain} {prefix}");
}

/// Long runs of fill bytes need no more look-ahead than other rows, and each
/// entry of them takes a cycle.
#[test]
fn long_runs_of_fill_bytes() {
    let image = reader(&STUFFED, &[8], false);
    let mut raw = vec![1];
    raw.extend([0xFF; 4000]);
    raw.push(0);
    for spec in small_intakes() {
        let out = run_with(&spec, &image, &raw);
        assert_eq!(out.sent()[1].1, [0xFF, 4002]);
        let entries = 4000 / spec.bytes_per_beat as u64;
        assert!(out.outcome.processes[0].busy >= entries);
    }
}

/// Runs rows with a table on, until the first that goes nowhere.
fn program(words: &[u32], rows: &[Row]) -> ParsingImage {
    let mut b = Builder::default();
    let start = b.state();
    let mut all = vec![on(&mut b, words)];
    all.extend(rows);
    all.push(go(0).sys(SysOp::Accept));
    b.chain(start, &all);
    b.image
}

fn k(b: u16) -> Operand {
    Operand::Pool(b)
}

#[test]
fn skip_counts_bytes_that_rows_see_and_frames_raw_ones() {
    let mut words = STUFFED.to_vec();
    words.extend([2, 6]);
    let skip = go(0).sys_with(SysOp::Skip, 0, 0, k(3), 0);
    let pos = |dst| go(0).sys_with(SysOp::Position, dst, 0, c(0), 0);
    let left = |dst| go(0).sys_with(SysOp::BytesLeft, dst, 0, c(0), 0);
    let frame = go(0).sys_with(SysOp::Frame, 0, 0, k(4), NONE);
    let rows = [
        frame,
        skip,
        pos(1),
        left(3),
        go(0).sys(SysOp::Unframe),
        pos(5),
        skip,
        pos(7),
    ];
    let mut image = program(&STUFFED, &rows);
    image.constants = words;
    //  frame:     1  FF->  2  marker in it, dropped  | two bytes
    let raw = [1, 0xFF, 0, 0xFF, 0xD8, 9, 0xFF, 0, 4, 0xFF, 0xD9];
    let out = run(&image, &raw);
    assert!(out.done(), "{:?}", out.trap());
    assert_eq!(out.captures()[1], 3);
    assert_eq!(out.captures()[3], 3);
    assert_eq!(out.captures()[5], 6);
    assert_eq!(out.captures()[7], 9);
    // A marker or the end before that many.
    let out = run(&image, &[1, 0xFF, 0xD8, 1, 1, 1, 1]);
    assert_eq!(
        out.trap(),
        Some((TrapCode::UnexpectedEnd, "a marker 0xd8 came".into()))
    );
    let out = run(&image, &[1, 1, 1, 1, 1, 1, 1, 0xFF]);
    assert_eq!(
        out.trap(),
        Some((TrapCode::UnexpectedEnd, "the input ended".into()))
    );
}

#[test]
fn drain_stops_before_a_marker() {
    let pos = |dst| go(0).sys_with(SysOp::Position, dst, 0, c(0), 0);
    let met = |dst| go(0).sys_with(SysOp::MarkerMet, dst, 0, c(0), 0);
    let rows = [go(0).sys(SysOp::Drain), pos(1), met(3)];
    let image = program(&STUFFED, &rows);
    let mut raw = vec![5; 30];
    raw.extend([0xFF, 0, 7, 0xFF, 0xFF, 0xD2, 1]);
    let out = run(&image, &raw);
    assert!(out.done(), "{:?}", out.trap());
    assert_eq!((out.captures()[1], out.captures()[3]), (33, 0xD2));
    // esc_on, drain, 33 bytes in 9 entries, the marker, three rows.
    assert_eq!(out.outcome.processes[0].busy, 1 + 1 + 9 + 1 + 3);
    // Without one it goes to the end, a prefix without a follower too.
    let out = run(&image, &[1, 2, 0xFF]);
    assert!(out.done(), "{:?}", out.trap());
    assert_eq!((out.captures()[1], out.captures()[3]), (3, u32::MAX));
}

#[test]
fn marks_go_back_with_the_same_table_only() {
    let mark = go(0).sys_with(SysOp::Mark, 0, 0, c(0), 1);
    let back = go(0).sys_with(SysOp::Rewind, 0, 0, c(0), 1);
    let skip = go(0).sys_with(SysOp::Skip, 0, 0, k(3), 0);
    let pos = |dst| go(0).sys_with(SysOp::Position, dst, 0, c(0), 0);
    let raw = [1, 0xFF, 0, 4, 0xFF, 0, 7, 8];
    let words = [STUFFED[0], STUFFED[1], STUFFED[2], 2];
    let mut image = program(&STUFFED, &[skip, mark, skip, pos(1), back, skip, pos(3)]);
    image.constants = words.to_vec();
    let out = run(&image, &raw);
    assert!(out.done(), "{:?}", out.trap());
    assert_eq!((out.captures()[1], out.captures()[3]), (6, 6));
    let off = go(0).sys(SysOp::EscapeOff);
    let mut image = program(&STUFFED, &[mark, off, back]);
    image.constants = words.to_vec();
    let trap = run(&image, &raw).trap().map(|t| t.0);
    assert_eq!(trap, Some(TrapCode::BadOperand));
}

#[test]
fn check_circuits_see_raw_bytes() {
    let mut b = Builder::default();
    let start = b.state();
    let escape = on(&mut b, &STUFFED);
    let modulus = b.constant(65521);
    b.constant(1);
    let two = b.constant(2);
    let rows = [
        escape,
        go(0).sys_with(SysOp::CheckSums, 0, 0, modulus, 0),
        go(0).sys_with(SysOp::Skip, 0, 0, two, 0),
        go(0).sys_with(SysOp::CheckStop, 3, 0, c(0), 0),
        go(0).sys(SysOp::Accept),
    ];
    b.chain(start, &rows);
    let out = run(&b.image, &[0xFF, 0, 0xFF, 0, 9]);
    assert_eq!(out.captures()[3] & 0xFFFF, 1 + 0xFF + 0xFF);
}

#[test]
fn what_no_circuit_would_do_traps() {
    let code = |image: &ParsingImage| run(image, &[1, 2, 3]).trap().map(|t| t.0);
    let frame = |refill| go(0).sys_with(SysOp::Frame, 0, 0, k(0), refill);
    let escape = go(0).sys_with(SysOp::EscapeOn, 0, 0, k(0), 2);
    let image = program(&STUFFED, &[frame(0)]);
    assert_eq!(code(&image), Some(TrapCode::BadOperand));
    let image = program(&STUFFED, &[go(0).sys(SysOp::EscapeOff), frame(0), escape]);
    assert_eq!(code(&image), Some(TrapCode::BadOperand));
    // The prefix behind itself, a verb that does not exist, an empty range, a
    // mask where nothing is turned over.
    for words in [
        &[0xFF][..],
        &[5 | 9 << 8],
        &[0x1FF, 5 | 4 << 8],
        &[5 | 1 << 8 | 1 << 16],
    ] {
        assert_eq!(
            code(&program(words, &[])),
            Some(TrapCode::BadOperand),
            "{words:x?}"
        );
    }
}

/// A control row for MARKER in the state itself.
#[test]
fn a_state_can_have_a_row_for_markers() {
    let mut b = Builder::default();
    let [start, byte, end] = b.states();
    let row = Row {
        next: byte,
        ..on(&mut b, &STUFFED)
    };
    b.plain(start, row);
    let marker = [(control::MARKER, go(end))];
    let rows = [(0, go(byte).val(1, 0))];
    let word = StateWord {
        port: Port::Int,
        width: 8,
        ..StateWord::default()
    };
    b.define(byte, word, &rows, None, &marker);
    b.plain(end, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[4, 0xFF, 0, 0xFF, 0xD0]);
    assert!(out.done());
    assert_eq!(out.captures()[1], 0xFF);
}
