//! Prefix maps against a decoder that compares bit by bit.

use std::collections::HashMap;

use orrery_parsing::ParsingImage;
use orrery_parsing::isa::{AluOp, Operand, Row, StackOp, StageOp, SysOp, control};
use orrery_shared::TrapCode;
use proptest::prelude::*;

use crate::build::*;

const SEND: u8 = 1;

fn symbol_entry(i: usize) -> u32 {
    (i as u32 % 16) << 28 | (i as u32 * 7 % 64) << 22 | (i as u32).wrapping_mul(0x9E37) & 0x3F_FFFF
}

/// Strides as the immediate of a new map.
fn strides_imm(strides: &[u8]) -> u16 {
    strides
        .iter()
        .enumerate()
        .fold(0, |imm, (i, &s)| imm | u16::from(s) << (4 * i))
}

/// Code lengths in staging, their entries behind them.
struct Table {
    builder: Builder,
    lengths: Operand,
    entries: Operand,
    count: Operand,
    rows: Operand,
}

fn table(lengths: &[u8], rows: u32) -> Table {
    let mut builder = Builder::default();
    builder.image.staging = lengths.to_vec();
    for i in 0..lengths.len() {
        let entry = symbol_entry(i).to_le_bytes();
        builder.image.staging.extend(entry);
    }
    Table {
        lengths: builder.constant(0),
        entries: builder.constant(lengths.len() as u32),
        count: builder.constant(lengths.len() as u32),
        rows: builder.constant(rows),
        builder,
    }
}

/// Makes map 1 in capture 1, fills it, and decodes to the end: every symbol is
/// sent as kind, count, value.
fn decoder(lengths: &[u8], strides: &[u8], first_fit: bool, lsb: bool) -> ParsingImage {
    let t = table(lengths, 100_000);
    let mut b = t.builder;
    let [a, fill, left, decode, end] = b.states();
    b.plain(
        a,
        go(fill).sys_with(SysOp::NewMap, 1, 0, t.rows, strides_imm(strides)),
    );
    let operands = [c(1), t.lengths, t.count, t.entries];
    let order = u16::from(first_fit);
    b.plain(
        fill,
        go(left)
            .sys_with(SysOp::Fill, 0, 0, c(0), order)
            .operands(&operands),
    );
    b.plain(left, go(decode).sys_with(SysOp::MapLeft, 2, 1, c(0), 0));
    decode_loop(&mut b, decode, end, lsb);
    b.image
}

fn decode_loop(b: &mut Builder, decode: u16, end: u16, lsb: bool) {
    let rows: Vec<(u32, Row)> = (0..16)
        .map(|kind| {
            let row = go(decode).val(3, 0).alu_imm(AluOp::Move, 4, 0, kind);
            (kind.into(), row.send(SEND, 0, &[c(4), c(62), c(3)]))
        })
        .collect();
    b.define(decode, map(1, lsb), &rows, None, &[(control::END, go(end))]);
    b.plain(end, go(0).sys(SysOp::Accept));
}

/// Codes as texts of bits, by symbol.
fn canonical(lengths: &[u8]) -> Vec<(String, usize)> {
    let mut order: Vec<usize> = (0..lengths.len()).filter(|&i| lengths[i] > 0).collect();
    order.sort_by_key(|&i| lengths[i]);
    let mut code = 0u64;
    let mut last = 0;
    let mut codes = Vec::new();
    for i in order {
        let n = lengths[i];
        code <<= n - last;
        last = n;
        codes.push((format!("{code:0n$b}", n = usize::from(n)), i));
        code += 1;
    }
    codes
}

/// The lowest code of its length that no earlier one begins or is begun by.
fn first_fit(lengths: &[u8]) -> Vec<(String, usize)> {
    let mut codes: Vec<(String, usize)> = Vec::new();
    for (i, &n) in lengths.iter().enumerate().filter(|(_, n)| **n > 0) {
        let mut code = 0u64;
        loop {
            let text = format!("{code:0n$b}", n = usize::from(n));
            let clash = codes
                .iter()
                .find(|(c, _)| c.starts_with(&text) || text.starts_with(c));
            let Some((other, _)) = clash else {
                codes.push((text, i));
                break;
            };
            // Go on behind what is in the way.
            let short = other.len().min(text.len());
            let prefix = u64::from_str_radix(&text[..short], 2).expect("bits") + 1;
            code = prefix << (usize::from(n) - short);
        }
    }
    codes
}

/// Lengths of a code that is not over-subscribed.
fn lengths(max: u8, most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((0..=max, any::<bool>()), 1..most).prop_map(move |wanted| {
        let mut left = 1u64 << 32;
        let mut lengths: Vec<u8> = wanted
            .iter()
            .map(|&(n, keep)| {
                let n = if keep {
                    n
                } else {
                    n.max(max.saturating_sub(3)).min(max)
                };
                if n == 0 || 1u64 << (32 - n) > left {
                    return 0;
                }
                left -= 1u64 << (32 - n);
                n
            })
            .collect();
        if lengths.iter().all(|&n| n == 0) {
            lengths[0] = 1;
        }
        lengths
    })
}

fn shapes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![9, 6]),
        Just(vec![7]),
        Just(vec![5]),
        Just(vec![1, 1, 1, 12]),
        Just(vec![12, 12, 8]),
        Just(vec![4, 3, 2, 1]),
    ]
}

fn total(strides: &[u8]) -> u8 {
    strides.iter().sum()
}

fn bits_of(input: &[u8], lsb: bool) -> String {
    let bit = |byte: u8, i: u32| byte >> if lsb { i } else { 7 - i } & 1 == 1;
    let bytes = input.iter();
    bytes
        .flat_map(|&byte| (0..8).map(move |i| if bit(byte, i) { '1' } else { '0' }))
        .collect()
}

/// Symbols until no code matches, and the bits left then.
fn decode(codes: &[(String, usize)], bits: &str) -> (Vec<Vec<u32>>, usize) {
    let by_code: HashMap<&str, usize> = codes.iter().map(|(c, i)| (c.as_str(), *i)).collect();
    let mut at = 0;
    let mut out = Vec::new();
    'next: while at < bits.len() {
        for n in 1..=(bits.len() - at).min(32) {
            if let Some(&i) = by_code.get(&bits[at..at + n]) {
                let entry = symbol_entry(i);
                out.push(vec![entry >> 28, entry >> 22 & 63, entry & 0x3F_FFFF]);
                at += n;
                continue 'next;
            }
        }
        break;
    }
    (out, bits.len() - at)
}

fn left_over(lengths: &[u8]) -> u32 {
    let used: u64 = lengths
        .iter()
        .filter(|n| **n > 0)
        .map(|n| 1u64 << (32 - n))
        .sum();
    ((1u64 << 32) - used).div_ceil(2) as u32
}

fn check(image: &ParsingImage, input: &[u8], lsb: bool, codes: &[(String, usize)]) -> Run {
    let (expected, left) = decode(codes, &bits_of(input, lsb));
    let out = run(image, input);
    let sent: Vec<Vec<u32>> = out.sent().into_iter().map(|(_, a)| a).collect();
    assert_eq!(sent, expected);
    match out.trap() {
        None => assert!(out.done()),
        Some((code, message)) => {
            assert_eq!(code, TrapCode::UnusedCode, "{message}");
            assert!(left > 0);
        }
    }
    if left >= 32 {
        assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::UnusedCode));
    }
    out
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn filled_maps_decode(
        (strides, lengths) in shapes().prop_flat_map(|s| {
            let max = total(&s);
            (Just(s), lengths(max, 60))
        }),
        input in prop::collection::vec(any::<u8>(), 0..60),
        lsb in any::<bool>(),
    ) {
        let image = decoder(&lengths, &strides, false, lsb);
        let out = check(&image, &input, lsb, &canonical(&lengths));
        prop_assert_eq!(out.captures()[2], left_over(&lengths));
    }

    #[test]
    fn first_fit_maps_decode(
        lengths in lengths(10, 30),
        input in prop::collection::vec(any::<u8>(), 0..40),
        lsb in any::<bool>(),
    ) {
        let image = decoder(&lengths, &[4, 6], true, lsb);
        check(&image, &input, lsb, &first_fit(&lengths));
    }

    #[test]
    fn inserted_codes_decode(
        (strides, lengths) in shapes().prop_flat_map(|s| {
            let max = total(&s);
            (Just(s), lengths(max, 24))
        }),
        input in prop::collection::vec(any::<u8>(), 0..40),
        lsb in any::<bool>(),
        shuffle in any::<u64>(),
    ) {
        let mut codes = canonical(&lengths);
        let n = codes.len();
        for i in 0..n {
            codes.swap(i, (shuffle >> (i % 50)) as usize % n);
        }
        let image = inserter(&codes, &strides, lsb);
        check(&image, &input, lsb, &codes);
    }
}

/// Inserts codes one by one; they stand in staging as code, length, entry.
fn inserter(codes: &[(String, usize)], strides: &[u8], lsb: bool) -> ParsingImage {
    let mut b = Builder::default();
    for (code, i) in codes {
        let bits = u32::from_str_radix(code, 2).expect("bits");
        let words = [bits, code.len() as u32, symbol_entry(*i)];
        b.image
            .staging
            .extend(words.iter().flat_map(|w| w.to_le_bytes()));
    }
    let rows = b.constant(200_000);
    let [a, loops, l1, l2, l3, put, decode, end] = b.states();
    b.plain(
        a,
        go(loops).sys_with(SysOp::NewMap, 1, 0, rows, strides_imm(strides)),
    );
    b.plain(
        loops,
        go(l1).stack(StackOp::Repeat, decode, codes.len() as u16),
    );
    let load = |next: u16, to: u8| go(next).stage(StageOp::Load32, 0, Some(5), to);
    b.plain(l1, load(l2, 6));
    b.plain(l2, load(l3, 7).alu_imm(AluOp::Add, 5, 5, 1));
    b.plain(l3, load(put, 8).alu_imm(AluOp::Add, 5, 5, 1));
    let step = b.state();
    b.plain(
        put,
        go(step)
            .sys(SysOp::Insert)
            .operands(&[c(1), c(6), c(7), c(8)]),
    );
    b.plain(
        step,
        go(l1)
            .alu_imm(AluOp::Add, 5, 5, 1)
            .stack(StackOp::Loop, decode, 0),
    );
    decode_loop(&mut b, decode, end, lsb);
    b.image
}

#[test]
fn costs_of_a_fill() {
    // 5 bits, then sub-blocks of 2 and 1 bits below two prefixes.
    let mut lengths = vec![1, 2, 3, 4, 6, 6, 6, 7, 7];
    let image = decoder(&lengths, &[5, 6], false, false);
    let out = run_exact(&Default::default(), &image, &[], 16);
    // Rows: 16 + 8 + 4 + 2 and one link to (2, 6 bits), (one of 6, two of 7) ...
    let canonical = canonical(&lengths);
    let below: Vec<_> = canonical.iter().filter(|(c, _)| c.len() > 5).collect();
    let mut prefixes: HashMap<&str, usize> = HashMap::new();
    for (code, _) in &below {
        let n = prefixes.entry(&code[..5]).or_default();
        *n = (*n).max(code.len() - 5);
    }
    let mut rows = prefixes.len();
    for (code, _) in &canonical {
        let width = if code.len() > 5 {
            prefixes[&code[..5]] + 5
        } else {
            5
        };
        rows += 1 << (width - code.len());
    }
    let used: Vec<_> = out.bench.unit.state().open_maps().collect();
    let taken: usize = 32 + prefixes.values().map(|n| 1 << n).sum::<usize>();
    assert_eq!(used, [(1, taken as u32, 100_000)]);
    let fill = &out.outcome.processes[0].profile[1];
    assert_eq!(
        (fill.count, fill.cycles),
        (1, (lengths.len() + rows + 2 * 7) as u64)
    );
    // Three codes of one bit are too many.
    lengths = vec![1, 1, 1];
    let out = run(&decoder(&lengths, &[5, 6], false, false), &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::OverSubscribed));
    // A code of 12 bits does not go into 11.
    lengths = vec![12];
    let out = run(&decoder(&lengths, &[5, 6], true, false), &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Bounds));
    lengths = vec![200, 33];
    let out = run(&decoder(&lengths, &[12, 12, 8], false, false), &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Bounds));
}

#[test]
fn reset_is_one_cycle_and_close_gives_rows_back() {
    let t = table(&[2, 2, 2, 2], 40_000);
    let mut b = t.builder;
    let a = b.state();
    let fill =
        go(0)
            .sys_with(SysOp::Fill, 0, 0, c(0), 0)
            .operands(&[c(1), t.lengths, t.count, t.entries]);
    let new = go(0).sys_with(SysOp::NewMap, 1, 0, t.rows, 0x9);
    let all = b.constant(262_144);
    b.chain(
        a,
        &[
            new,
            fill,
            go(0).sys_with(SysOp::MapLeft, 2, 1, c(0), 0),
            go(0).sys_with(SysOp::ResetMap, 0, 1, c(0), 0),
            go(0).sys_with(SysOp::MapLeft, 3, 1, c(0), 0),
            fill,
            go(0).sys_with(SysOp::CloseMap, 0, 1, c(0), 0),
            go(0).sys_with(SysOp::NewMap, 4, 0, all, 0x9),
            go(0).sys_with(SysOp::NewMap, 4, 0, t.rows, 0x9),
        ],
    );
    let out = run(&b.image, &[]);
    assert_eq!(out.captures()[1..5], [1, 0, 1 << 31, 1]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Capacity));
    let cycles = 4 + 512 + 4;
    assert_eq!(out.outcome.processes[0].busy, 2 * cycles + 6);
}

#[test]
fn levels_cost_a_cycle_each() {
    let image = decoder(&[1, 3, 3, 3, 4, 4], &[1, 1, 1, 1], false, false);
    // 0, 100, 101, 1110, then zeros.
    let out = run(&image, &[0b0100_1011, 0b1100_0000]);
    let sent = out.first().len();
    assert_eq!(sent, 9);
    let rows = out.outcome.processes[0].profile.iter().skip(3);
    let cycles: Vec<u64> = rows
        .filter(|l| l.count > 0)
        .map(|l| l.cycles / l.count)
        .collect();
    assert!(cycles.contains(&3) && cycles.contains(&4), "{cycles:?}");
}

proptest! {
    #![proptest_config(config(60))]

    /// Symbols in turn in msb order, and in lsb order from the next byte on.
    #[test]
    fn a_map_can_be_read_in_both_orders(
        (strides, lengths) in shapes().prop_flat_map(|s| {
            let max = total(&s);
            (Just(s), lengths(max, 24))
        }),
        input in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let t = table(&lengths, 100_000);
        let mut b = t.builder;
        let [a, fill, first, align, second, back, end] = b.states();
        b.plain(a, go(fill).sys_with(SysOp::NewMap, 1, 0, t.rows, strides_imm(&strides)));
        let operands = [c(1), t.lengths, t.count, t.entries];
        b.plain(fill, go(first).sys_with(SysOp::Fill, 0, 0, c(0), 0).operands(&operands));
        let row = |next| Some(go(next).val(3, 0).send(SEND, 0, &[c(3)]));
        b.define(first, map(1, false), &[], row(align), &[(control::END, go(end))]);
        b.plain(align, go(second).sys(SysOp::Align));
        b.define(second, map(1, true), &[], row(back), &[(control::END, go(end))]);
        b.plain(back, go(first).sys(SysOp::Align));
        b.plain(end, go(0).sys(SysOp::Accept));
        let codes = canonical(&lengths);
        let (mut at, mut lsb) = (0, false);
        let mut expected = Vec::new();
        while at < input.len() {
            let bits = bits_of(&input[at..], lsb);
            let Some((code, i)) = codes.iter().find(|(c, _)| bits.starts_with(c.as_str())) else {
                break;
            };
            expected.push(symbol_entry(*i) & 0x3F_FFFF);
            at += code.len().div_ceil(8);
            lsb = !lsb;
        }
        prop_assert_eq!(run(&b.image, &input).first(), expected);
    }
}

#[test]
fn handles_that_are_no_maps_trap() {
    for op in [SysOp::ResetMap, SysOp::CloseMap, SysOp::MapLeft] {
        let mut b = Builder::default();
        let a = b.state();
        let dst = if op == SysOp::MapLeft { 2 } else { 0 };
        b.plain(a, go(a).sys_with(op, dst, 1, c(0), 0));
        let out = run(&b.image, &[]);
        assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::BadHandle));
    }
    let mut b = Builder::default();
    let a = b.state();
    b.define(a, map(1, false), &[], Some(go(a)), &[]);
    let out = run(&b.image, &[1]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::BadHandle));
}
