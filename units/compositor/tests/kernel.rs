//! Views, borders, ownership, control and traps, one thing at a time.

mod common;

use common::tile::{SIZE, bytes, result, run, serial, trap};
use common::{Feed, Machine, Random, ViewWords, asking, channels, grant, sprite};
use orrery_compositor::view::{Bound, View};
use orrery_compositor::{Image, Spec, assemble, list};
use orrery_shared::TrapCode;

#[test]
fn arithmetic_by_instruction() {
    for (body, want) in [
        ("gMOV r0, -3", [-3; 4]),
        ("gMOV r0, s0", [5; 4]),
        ("gMOV r0, vec T[0]", [10, 20, 30, 40]),
        ("gMOV r0, T[4]", [-7; 4]),
        ("gMOV r0.yw, 9", [0, 9, 0, 9]),
        ("gMOV r1, vec T[0]\ngMOV r0, r1.z", [30; 4]),
        ("gMOV r1, vec T[0]\ngSWZ r0, r1.wzyx", [40, 30, 20, 10]),
        ("gMOV r1, vec T[0]\ngSUB r0, r1, 25", [-15, -5, 5, 15]),
        ("gMOV r1, vec T[0]\ngRSUB r0, r1, 25", [15, 5, -5, -15]),
        (
            "gMOV r1, vec T[0]\ngSUB r0, r1, 25 zext 8",
            [241, 251, 5, 15],
        ),
        ("gMOV r1, vec T[0]\ngSUB r0, r1, 25 clipu 3", [0, 0, 5, 7]),
        ("gMOV r1, vec T[0]\ngSUB r0, r1, 25 clips 4", [-8, -5, 5, 7]),
        ("gMOV r1, vec T[0]\ngADD r0, r1, 0 sext 5", [10, -12, -2, 8]),
        ("gMOV r1, vec T[0]\ngAVG r0, r1, -11", [-1, 4, 9, 14]),
        ("gMOV r1, vec T[0]\ngABSD r0, r1, 25", [15, 5, 5, 15]),
        ("gABS r0, -4", [4; 4]),
        ("gMOV r1, vec T[0]\ngMIN r0, r1, 25", [10, 20, 25, 25]),
        ("gMOV r1, vec T[0]\ngMAX r0, r1, 25", [25, 25, 30, 40]),
        ("gMOV r1, vec T[0]\ngAND r0, r1, 12", [8, 4, 12, 8]),
        ("gMOV r1, vec T[0]\ngOR r0, r1, 1", [11, 21, 31, 41]),
        ("gMOV r1, vec T[0]\ngXOR r0, r1, 15", [5, 27, 17, 39]),
        ("gMOV r1, vec T[0]\ngSHL r0, r1, 33", [20, 40, 60, 80]),
        ("gMOV r1, -16\ngSHR r0, r1, 28", [15; 4]),
        ("gMOV r1, -16\ngSAR r0, r1, 3", [-2; 4]),
        ("gMOV r1, vec T[0]\ngEQ r0, r1, 20", [0, -1, 0, 0]),
        ("gMOV r1, vec T[0]\ngNE r0, r1, 20", [-1, 0, -1, -1]),
        ("gMOV r1, vec T[0]\ngLT r0, r1, 20", [-1, 0, 0, 0]),
        ("gMOV r1, vec T[0]\ngLE r0, r1, 20", [-1, -1, 0, 0]),
        ("gMOV r1, vec T[0]\ngGT r0, r1, 20", [0, 0, -1, -1]),
        ("gMOV r1, vec T[0]\ngGE r0, r1, 20", [0, -1, -1, -1]),
        (
            "gMOV r1, vec T[0]\ngGE r2, r1, 20\ngSEL r0, r2, r1, s1",
            [-1, 20, 30, 40],
        ),
        (
            "gMOV r1, vec T[0]\ngTRN r2, r1\ngSUB r0, r2, r3",
            [-10, 0, 0, 0],
        ),
        ("gMOV r1, 200\ngMUL8 r0, r1, 128", [100; 4]),
        (
            "gMOV r1, 100\ngMOV r1.w, 128\ngMOV r2, 50\ngMOV r2.w, 255\ngPD r0, r1, r2, one, inverse",
            [125, 125, 125, 255],
        ),
        (
            "gMOV r1, 200\ngMOV r2, 100\ngPD r0, r1, r2, one, one",
            [255; 4],
        ),
        (
            "gMOV r1, 200\ngMOV r2, 51\ngPD r0, r1, r2, alpha, zero",
            [40; 4],
        ),
        (
            "gMOV r1, vec T[0]\ngMSUM r0, r1, 1, T[4] shr 1",
            [-35, -70, -105, -140],
        ),
        (
            "gMOV r1, vec T[0]\ngMSUM r0, r1, 1, T[4] round shr 2 neg",
            [17, 35, 52, 70],
        ),
        (
            "gMOV r1, 3\ngMSUM acc, r1, 1, T[0]\ngMSUM r0, r1, 1, T[1] chain",
            [90; 4],
        ),
        ("gMOV r1, 3\ngMOV r2, 5\ngMSUMR r0, r1, 2, r1", [34; 4]),
        ("gMOV r1, -1\ngMSUMR r0, r1, 1, r1 pwrap 16", [1; 4]),
        (
            "gMOV r1, 131071\ngMSUMR r1, r1, 1, r1\ngMSUMR r0, r1, 1, r1 shr 31",
            [31; 4],
        ),
        ("gPOS r0", [0, 0, 1, 1]),
    ] {
        assert_eq!(result(body, &[]), want, "{body}");
    }
}

#[test]
fn control() {
    for (body, want) in [
        (
            "gMOV r1, 2\ngCASE r1.x, [a b c]\na: gMOV r0, 1\nb: gADD r0, r0, 2\nc: gADD r0, r0, 4",
            4,
        ),
        (
            "gMOV r1, 9\ngCASE r1.x, [a b]\na: gMOV r0, 1\nb: gADD r0, r0, 2",
            2,
        ),
        (
            "gMOV r1, -1\ngCASE r1.x, [a b]\na: gMOV r0, 1\nb: gADD r0, r0, 2",
            2,
        ),
        (
            "gMOV r1, 0\ngCASE r1.x, [a b]\na: gMOV r0, 1\nb: gADD r0, r0, 2",
            3,
        ),
        (
            "gLOOP 5\ngADD r0, r0, 1\ngLOOP s2\ngADD r0, r0, 10\ngNEXT\ngNEXT",
            155,
        ),
        ("gLOOP s1\ngADD r0, r0, 1\ngNEXT", 1),
        ("gJZ r1.x, a\ngMOV r0, 1\na: gADD r0, r0, 2", 2),
        ("gJNZ r1.x, a\ngMOV r0, 1\na: gADD r0, r0, 2", 3),
        ("gJ a\ngMOV r0, 1\na: gADD r0, r0, 2", 2),
    ] {
        assert_eq!(result(body, &[])[0], want, "{body}");
    }
}

#[test]
fn elements_orders_and_strides() {
    let view = |stride, format, offset| ViewWords::new(0, 16, stride, format, 4, 2).offset(offset);
    for (view, at, want) in [
        (view(1, list::U8, 3), "(1, 1)", [20, 0, 0, 0]),
        (view(3, list::U8 | channels(3), 0), "(1, 0)", [3, 4, 5, 0]),
        (view(2, list::U16, 2), "(1, 0)", [0x0504, 0, 0, 0]),
        (
            view(4, list::U16 | list::BIG | channels(2), 0),
            "(1, 0)",
            [0x0405, 0x0607, 0, 0],
        ),
        (
            view(2, list::S16 | list::BIG, 240),
            "(0, 0)",
            [0xF0F1 - 0x10000, 0, 0, 0],
        ),
        (
            view(4, list::S32 | list::BIG, 240),
            "(0, 0)",
            [0xF0F1_F2F3u32 as i32, 0, 0, 0],
        ),
        (view(4, list::S32, 0), "(1, 0)", [0x0706_0504, 0, 0, 0]),
        (view(-1, list::U8, 9), "(3, 0)", [6, 0, 0, 0]),
        (view(1, list::U1 | list::BIG, 5), "(3, 0)", [0, 0, 0, 0]),
        (view(1, list::U1, 5), "(2, 0)", [1, 0, 0, 0]),
        (view(2, list::U2 | list::BIG, 0x1B), "(1, 0)", [1, 0, 0, 0]),
        (view(2, list::U2, 0x1B), "(0, 0)", [3, 0, 0, 0]),
        (view(4, list::U4 | list::BIG, 0x12), "(0, 0)", [1, 0, 0, 0]),
        (
            view(4, list::U4 | channels(1), 0x12),
            "(0, 0)",
            [2, 0, 0, 0],
        ),
        (
            view(8, list::U4 | list::BIG | channels(2), 0x12),
            "(1, 0)",
            [1, 3, 0, 0],
        ),
    ] {
        let got = result(&format!("gLD r0, u1, {at}"), &[(1, view)]);
        assert_eq!(got, want, "{at} {:x}", view.format);
    }
    // Four neighbours, near and far, and through registers.
    let four = |stride| ViewWords::new(0, 0, stride, list::U8 | channels(2), 8, 1);
    assert_eq!(
        result("gLD4 r0, u1.y, (1, 0)", &[(1, four(2))]),
        [3, 5, 7, 9]
    );
    assert_eq!(
        result("gLD4 r0, u1.x, (0, 0)", &[(1, four(20))]),
        [0, 20, 40, 60]
    );
    // Neighbours of halves are a texel apart, not a channel.
    for (format, want) in [
        (list::U16, [0x0302, 0x0B0A, 0x1312, 0x1B1A]),
        (list::U16 | list::BIG, [0x0203, 0x0A0B, 0x1213, 0x1A1B]),
    ] {
        let halves = ViewWords::new(0, 0, 8, format | channels(4), 4, 1);
        assert_eq!(result("gLD4 r0, u1.y, (0, 0)", &[(1, halves)]), want);
        assert_eq!(result("gLD4 r0, u1.y, (@0, @0)", &[(1, halves)]), want);
    }
    let body = "gMOV r1.z, 2\ngLD4 r0, u1.x, (@r1.z - 1, r1.y)";
    assert_eq!(result(body, &[(1, four(2))]), [2, 4, 6, 8]);
}

#[test]
fn borders() {
    let rules = |left: u32, right: u32, top: u32, bottom: u32| {
        let mut v = ViewWords::new(0, 16, 1, list::U8, 3, 2);
        v.window = [1, 1, 3, 2];
        v.constant = 0x77;
        v.format |= left << list::BORDER_LEFT_SHIFT
            | right << list::BORDER_RIGHT_SHIFT
            | top << list::BORDER_TOP_SHIFT
            | bottom << list::BORDER_BOTTOM_SHIFT;
        v
    };
    let (zero, constant) = (list::BORDER_ZERO, list::BORDER_CONSTANT);
    let (clamp, mirror) = (list::BORDER_CLAMP, list::BORDER_MIRROR);
    for (view, at, want) in [
        (rules(zero, constant, clamp, mirror), "(0, 1)", 0),
        (rules(zero, constant, clamp, mirror), "(4, 1)", 0x77),
        (rules(zero, constant, clamp, mirror), "(2, -5)", 18),
        (rules(zero, constant, clamp, mirror), "(2, 3)", 34),
        (rules(zero, constant, clamp, mirror), "(2, 4)", 18),
        (rules(zero, constant, clamp, mirror), "(0, -5)", 0),
        (rules(mirror, mirror, clamp, clamp), "(0, 1)", 17),
        (rules(mirror, mirror, clamp, clamp), "(-1, 1)", 18),
        (rules(mirror, mirror, clamp, clamp), "(-3, 9)", 35),
        (rules(mirror, mirror, clamp, clamp), "(6, 1)", 17),
        (rules(clamp, clamp, zero, constant), "(9, 3)", 0x77),
        (rules(clamp, clamp, zero, constant), "(9, 2)", 35),
    ] {
        assert_eq!(
            result(&format!("gLD r0, u1, {at}"), &[(1, view)])[0],
            want,
            "{at}"
        );
    }
    let empty = ViewWords::new(0, 1, 1, list::U8 | 0xFF00, 0, 0);
    assert_eq!(result("gLD r0, u1, (3, 3)", &[(1, empty)]), [0; 4]);
}

#[test]
fn traps_have_their_code_and_place() {
    use TrapCode::{
        BadHandle, BadOperand, Bounds, Capacity, Ownership, StackUnderflow, UndefinedWord,
    };
    let far = bytes(16).offset(250);
    let edge = bytes(16).offset(255);
    let before = ViewWords {
        extent: 0,
        ..bytes(16)
    }
    .offset(-4);
    let alien = ViewWords {
        extent: 64,
        ..bytes(16)
    };
    for (text, view, code, pc) in [
        ("gLD r0, u0, (9, 0)\ngEND", far, Ownership, 0),
        ("gMOV r0, 0\ngST r0, u0, (1, 0)\ngEND", edge, Ownership, 1),
        ("gLD r0, u0, (0, 0)\ngEND", before, Bounds, 0),
        ("gLD r0, u0, (0, 0)\ngEND", alien, Ownership, 0),
        ("gLD r0, u5, (0, 0)\ngEND", bytes(16), BadHandle, 0),
        ("gLD4 r0, u0.y, (0, 0)\ngEND", bytes(16), BadHandle, 0),
        ("gST r0, u0, (10, 0)\ngEND", bytes(16), BadOperand, 0),
        ("gST r0, u0, (0, -9)\ngEND", bytes(16), BadOperand, 0),
        ("gMOV r0, 1", bytes(16), UndefinedWord, 1),
        ("gJ 500", bytes(16), UndefinedWord, 1),
        ("gCASE r0.x, 2\ngJ 0\ngEND", bytes(16), UndefinedWord, 0),
        ("gOUT r0", bytes(16), UndefinedWord, 0),
        ("gNEXT\ngEND", bytes(16), StackUnderflow, 0),
        ("rep i 5 { gLOOP 2 }\ngEND", bytes(16), Capacity, 4),
        (
            "rep i 3 { gLOOP 256 }\nrep i 3 { gNEXT }\ngEND",
            bytes(16),
            Capacity,
            3,
        ),
    ] {
        let text = format!("kernel k:\n{text}");
        let (machine, outcome) = run(&text, &[(0, view)], &serial((2, 1), (2, 1)));
        assert_eq!(trap(&outcome), (code, pc), "{text}");
        // Nothing was written, not even by the instructions before.
        assert!(
            machine
                .memory
                .texture
                .bytes
                .iter()
                .enumerate()
                .all(|(i, b)| *b == i as u8)
        );
    }
}

#[test]
fn bad_lists_trap_without_harm() {
    let good = sprite(0, 0, (1, 1), (1, 1), &[], None);
    let mut wave = good.clone();
    wave[0] |= list::WAVEFRONT;
    let mut entry = good.clone();
    entry[1] = 99;
    let mut tile = good.clone();
    tile[2] = 17 | 1 << 8;
    let banded = sprite(0, 0, (1, 1), (1, 1), &[], Some((1, 0)));
    for (words, code) in [
        (vec![], TrapCode::Bounds),
        (vec![list::VIEW, 0], TrapCode::Bounds),
        (vec![0], TrapCode::UndefinedWord),
        (vec![list::END | 1 << 9], TrapCode::UndefinedWord),
        (vec![list::BANDS_END], TrapCode::UndefinedWord),
        (vec![list::BANDS, 0, 0, 1, 1, 0], TrapCode::BadOperand),
        (
            vec![list::BANDS, 0, 0, 1, 1, 1, list::END],
            TrapCode::UndefinedWord,
        ),
        (wave, TrapCode::UndefinedWord),
        (banded, TrapCode::UndefinedWord),
        (entry, TrapCode::BadOperand),
        (tile, TrapCode::BadOperand),
        (
            vec![list::VIEW, 0, 0, 0, 0, 9, 0, 0, 0],
            TrapCode::BadOperand,
        ),
    ] {
        let image = Image {
            words: vec![1],
            bank: vec![],
        };
        let feed = vec![common::head(0, words.len() as u32)];
        let mut machine = Machine::new(Spec::default(), &image, 16, &words, feed);
        assert_eq!(trap(&machine.run()).0, code, "{words:x?}");
    }
    // Random words neither panic nor hang.
    let mut random = Random(11);
    for _ in 0..2000 {
        let mut words: Vec<u32> = (0..40)
            .map(|_| random.next() as u32 & 0x0103_0F0F)
            .collect();
        for i in 0..4 {
            words[10 * i] = (1 + random.below(6) as u32) | (random.next() as u32 & 0xF00);
        }
        let image = Image {
            words: vec![random.next(), 1, 1],
            bank: vec![],
        };
        let feed = vec![common::head(0, 40), grant(0, 0, 300), grant(1, 0, 300)];
        Machine::new(Spec::default(), &image, 256, &words, feed).run();
    }
}

#[test]
fn random_programs_neither_panic_nor_hang() {
    let mut random = Random(21);
    for _ in 0..400 {
        let words: Vec<u64> = (0..30)
            .map(|_| {
                let row = random.below(orrery_compositor::isa::ROWS.len() as u64) as usize;
                let op = orrery_compositor::isa::ROWS[row].op;
                // Mostly zero fields, so that many words are defined.
                random.next() & random.next() & random.next() & !0x7F | u64::from(op.code())
            })
            .chain([1])
            .collect();
        let image = Image {
            words,
            bank: vec![3, -4, 5],
        };
        let mut list = ViewWords::new(0, 16, 1, list::U8 | channels(4), 9, 9).words(0);
        list.extend(
            ViewWords::new(0, 16, -2, list::S16 | 0xFF00, 9, 9)
                .offset(90)
                .words(1),
        );
        list.extend([list::WAIT, 0, 200]);
        list.extend(sprite(list::PARALLEL, 0, (5, 5), (9, 9), &[2, 3], None));
        list.push(list::END);
        let feed = vec![common::head(0, list.len() as u32), grant(0, 0, 200)];
        Machine::new(Spec::default(), &image, 256, &list, feed).run();
    }
}

#[test]
fn views_match_a_plain_model() {
    let mut random = Random(8);
    let memory: Vec<u8> = (0..4096).map(|_| random.next() as u8).collect();
    for _ in 0..4000 {
        let element = random.below(7) as u32;
        let bits = [1, 2, 4, 8, 16, 16, 32][element as usize];
        let n = 1 + random.below(4) as u32;
        let unit = if bits < 8 { bits } else { bits / 8 };
        let stride =
            (unit * random.below(6) as u32) as i32 * if random.below(2) == 0 { 1 } else { -1 };
        let pitch = random.below(100) as i32 - 50;
        let big = random.below(2) == 1;
        let mut words = ViewWords::new(0, pitch, stride, 0, 9, 9).offset(2000);
        words.format = element | channels(n) | if big { list::BIG } else { 0 };
        let view = View::parse(&words.words(0)).expect("a view");
        let grant = orrery_compositor::ledger::Grant {
            base: 0,
            upto: 4096,
            last: false,
        };
        let bound = Bound::new(view, Some(grant), 4096);
        let (x, y) = (random.below(9) as i32, random.below(9) as i32);
        let got = bound.load(&memory, x, y).expect("inside");
        for c in 0..n as i64 {
            // Bit by bit, from the first bit of the element on.
            let first = if bits < 8 {
                (2000 + i64::from(y * pitch)) * 8 + i64::from(x * stride) + c * i64::from(bits)
            } else {
                8 * (2000 + i64::from(y * pitch) + i64::from(x * stride) + c * i64::from(bits / 8))
            };
            let mut v: i64 = 0;
            for k in 0..i64::from(bits) {
                let at = first + k;
                let within = at.rem_euclid(8) as u32;
                let byte = memory[at.div_euclid(8) as usize];
                let (bit, weight) = match (bits < 8, big) {
                    (true, true) => (byte >> (7 - within) & 1, i64::from(bits) - 1 - k),
                    (true, false) => (byte >> within & 1, k),
                    // Bytes in order, each with its highest bit first.
                    (false, true) => (byte >> (7 - within) & 1, i64::from(bits) - 1 - k),
                    (false, false) => (byte >> (7 - within) & 1, 8 * (k / 8) + 7 - k % 8),
                };
                v |= i64::from(bit) << weight;
            }
            let v = match element {
                5 => i64::from(v as i16),
                6 => i64::from(v as i32),
                _ => v,
            };
            assert_eq!(i64::from(got[c as usize]), v, "{view:?}");
        }
    }
}

/// Bands that are cut short run with the rows that came, and say so.
#[test]
fn a_stream_that_ends_early() {
    let text = "kernel k:\ngLD r0, u0, (0, 0)\ngADD r0, r0, 100\ngST r0, u0, (0, 0)\ngEND";
    let image = Image::from(&assemble("t.gfx", text).expect("assembles"));
    for (granted, lag, half, rows, status) in [
        (160, 0, false, 10, 0),
        (75, 0, false, 4, 1),
        (75, 2, false, 4, 1),
        (79, 0, true, 2, 1),
        (7, 0, false, 0, 1),
        (0, 1, false, 0, 1),
    ] {
        let mut words = ViewWords::new(0, 16, 1, list::U8, 4, 10).words(0);
        words.extend([list::BANDS, 0, 0, 10, 16, 4]);
        let flags = list::FINISH | list::SHOW;
        // Half as many rows, as of a plane at half size.
        let (h, band) = if half { (5, 2) } else { (10, 4) };
        words.extend(sprite(flags, 0, (4, 1), (4, h), &[], Some((band, lag))));
        words.extend([list::BANDS_END, list::END]);
        let feed = vec![
            asking(0, words.len() as u32),
            grant(0, 0, granted / 2),
            common::last(0, 0, granted),
            Feed::Status,
        ];
        let mut machine = Machine::new(Spec::default(), &image, SIZE as usize, &words, feed);
        machine.complete();
        let bytes = &machine.memory.texture.bytes;
        let done = (0..16).take_while(|y| bytes[16 * y] == 100).count();
        assert_eq!(done, rows, "{granted} {lag} {half}");
        assert!(bytes[16 * rows..].iter().all(|b| *b == 0));
        assert_eq!(machine.statuses, [status << 31], "{granted}");
        let finished = machine
            .kernel
            .state()
            .finished
            .get(&0)
            .copied()
            .unwrap_or(0);
        // A lag says that the sprite looks ahead; what it would have seen never came.
        let reported = if lag == 0 { rows } else { 0 };
        assert_eq!(finished, 16 * reported as u64);
        // But what was drawn can be shown.
        let shown = machine.kernel.state().shown.get(&0).copied();
        assert_eq!(shown.unwrap_or(0), 16 * rows as u64);
    }
}

#[test]
fn an_extent_can_be_given_back() {
    let text = "kernel k:\ngLD r0, u0, (0, 0)\ngEND";
    let image = Image::from(&assemble("t.gfx", text).expect("assembles"));
    let mut words = bytes(16).words(0);
    words.extend([list::WAIT, 0, 16, list::WAIT, 32, 48]);
    words.extend(serial((1, 1), (1, 1)));
    words.push(list::END);
    let feed = vec![
        common::head(0, words.len() as u32),
        grant(0, 0, 16),
        grant(0, 0, 0),
        grant(0, 32, 48),
    ];
    let mut machine = Machine::new(Spec::default(), &image, SIZE as usize, &words, feed);
    assert_eq!(trap(&machine.run()), (TrapCode::Ownership, 0));
}

/// Linked programs keep their own coefficients and entries.
#[test]
fn linking_moves_banks_and_entries() {
    let one = "const A = [ 1 2 3 ]\nkernel a:\ngMOV r0, A[1]\ngST r0, u0, (0, 0)\ngEND";
    let two = "const B = [ 40 5 6 7 8 ]\nkernel b:\ngMOV r1, vec B[1]\ngMSUM r1, r1, 1, B\n\
               gADD r0, r1, B[4]\ngST r0, u0, (0, 0)\ngEND";
    let objects = [one, two].map(|t| assemble("t.gfx", t).unwrap_or_else(|e| panic!("{e:?}")));
    let linked = orrery_compositor::link(&objects).expect("fits");
    assert_eq!(linked.image.words.len(), linked.map.places.len());
    for (object, want) in [(0, 2u8), (1, 208)] {
        let (_, entry) = linked.entries[object][0].clone();
        let mut words = bytes(16).words(0);
        words.extend([list::WAIT, 0, 16]);
        words.extend(sprite(0, entry, (1, 1), (1, 1), &[], None));
        words.push(list::END);
        let feed = vec![
            common::head(0, words.len() as u32),
            grant(0, 0, 16),
            Feed::Done(1),
        ];
        let mut machine = Machine::new(Spec::default(), &linked.image, 32, &words, feed);
        machine.complete();
        assert_eq!(machine.memory.texture.bytes[0], want);
        assert_eq!(machine.kernel.executed()[usize::from(entry)], 1);
    }
    let big = orrery_compositor::Object {
        words: vec![1; 3000],
        ..Default::default()
    };
    assert!(orrery_compositor::link(&[big.clone(), big]).is_err());
}
