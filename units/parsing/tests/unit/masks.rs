//! Masks of 64 bits in pairs of captures.

use orrery_parsing::isa::{AluOp, Row, Spot, StageOp, SysOp, Work};

use crate::build::*;

/// An operation on the mask in captures 2 and 3.
fn mask(op: AluOp, start: Spot, n: Spot, limit: u32, b: &mut Builder) -> Row {
    let limit = b.constant(limit);
    let n = if op.has_count() { n.code() } else { 0 };
    let changes = matches!(op, AluOp::SetBits | AluOp::ClearBits);
    Row {
        work: Work::Alu(op),
        dst: if changes { 2 } else { 4 },
        a: if changes { 0 } else { 2 },
        b: limit,
        imm: u16::from_le_bytes([start.code(), n]),
        ..go(0)
    }
}

/// What capture 4, the mask and the row's flags (Z only) are afterwards.
fn after(op: AluOp, value: u64, start: u8, n: u8, limit: u32) -> (u32, u64) {
    let mut b = Builder::default();
    let first = b.state();
    let (low, high) = (b.constant(value as u32), b.constant((value >> 32) as u32));
    let row = mask(op, Spot::Number(start), Spot::Number(n), limit, &mut b);
    let rows = [
        go(0).alu(AluOp::Move, 2, 0, low),
        go(0).alu(AluOp::Move, 3, 0, high),
        row,
        go(0).sys(SysOp::Accept),
    ];
    b.chain(first, &rows);
    let out = run(&b.image, &[]);
    assert!(out.done());
    assert_eq!(out.outcome.processes[0].busy, 4);
    let c = out.captures();
    (c[4], u64::from(c[2]) | u64::from(c[3]) << 32)
}

const SPARSE: u64 = 1 | 1 << 3 | 1 << 31 | 1 << 32 | 1 << 63;

#[test]
fn zeros_and_ones_are_found() {
    let zero = |start, n, limit| after(AluOp::NthZero, SPARSE, start, n, limit).0;
    assert_eq!(zero(0, 0, 64), 1);
    assert_eq!(zero(0, 2, 64), 4);
    assert_eq!(zero(30, 1, 64), 33);
    assert_eq!(zero(0, 2, 4), 4, "the limit, as there is none");
    assert_eq!(zero(63, 0, 64), 64);
    assert_eq!(zero(5, 58, 64), 64);
    assert_eq!(zero(0, 0, 200), 1);
    assert_eq!(zero(63, 0, 200), 200);
    assert_eq!(after(AluOp::NthZero, u64::MAX, 0, 0, 63).0, 63);
    let one = |start, limit| after(AluOp::NextOne, SPARSE, start, 0, limit).0;
    assert_eq!(
        [one(0, 64), one(1, 64), one(4, 64), one(32, 64)],
        [0, 3, 31, 32]
    );
    assert_eq!(
        [one(4, 31), one(33, 64), one(64, 64), one(9, 5)],
        [31, 63, 64, 5]
    );
    let ones = |start, limit| after(AluOp::Ones, SPARSE, start, 0, limit).0;
    assert_eq!(
        [ones(0, 64), ones(1, 63), ones(32, 33), ones(9, 2)],
        [5, 3, 1, 0]
    );
}

#[test]
fn ranges_and_single_bits_are_changed() {
    let set = |start, n, limit| after(AluOp::SetBits, SPARSE, start, n, limit).1;
    let clear = |start, n, limit| after(AluOp::ClearBits, SPARSE, start, n, limit).1;
    assert_eq!(set(1, 1, 64), SPARSE | 2);
    assert_eq!(set(30, 64, 40), SPARSE | 0xFF_C000_0000);
    assert_eq!(set(0, 64, 64), u64::MAX);
    assert_eq!(set(5, 64, 5), SPARSE);
    assert_eq!(set(62, 64, 1000), SPARSE | 1 << 62);
    assert_eq!(clear(31, 1, 64), SPARSE & !(1 << 31));
    assert_eq!(clear(0, 64, 64), 0);
    assert_eq!(clear(3, 29, 64), SPARSE & !(1 << 3 | 1 << 31));
}

#[test]
fn pairs_go_to_staging_and_back_in_a_row() {
    let mut b = Builder::default();
    let first = b.state();
    let (low, high) = (b.constant(0x0403_0201), b.constant(0x0807_0605));
    let rows = [
        go(0).alu(AluOp::Move, 2, 0, low),
        go(0)
            .alu(AluOp::Move, 3, 0, high)
            .stage(StageOp::Store64, 8, Some(1), 2),
        go(0).stage(StageOp::Load64, 16, None, 6),
        go(0).stage(StageOp::Load16, 14, None, 8),
        go(0).sys(SysOp::Accept),
    ];
    b.chain(first, &rows);
    let out = run(&b.image, &[]);
    assert_eq!(out.captures()[6..9], [0, 0, 0x0807]);
    assert_eq!(
        out.bench.unit.state().staging()[8..16],
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    // Not inside of staging memory.
    let mut b = Builder::default();
    let first = b.state();
    b.plain(first, go(0).stage(StageOp::Load64, 65_529, None, 6));
    let out = run(&b.image, &[]);
    assert!(out.trap().is_some_and(|t| t.1.contains("staging address")));
}

#[test]
fn halves_of_pairs_must_exist() {
    let bits = |row: Row| Row::decode(&Row { check: 0, ..row }.encode());
    let mut b = Builder::default();
    let find = mask(AluOp::NextOne, Spot::Number(0), Spot::Number(0), 64, &mut b);
    assert!(bits(find).is_some());
    assert!(bits(Row { a: 60, ..find }).is_some());
    assert_eq!(bits(Row { a: 61, ..find }), None);
    assert_eq!(bits(Row { imm: 129, ..find }), None);
    assert_eq!(
        bits(Row {
            imm: 1 << 8,
            ..find
        }),
        None
    );
    let set = mask(
        AluOp::SetBits,
        Spot::Capture(5),
        Spot::Number(1),
        64,
        &mut b,
    );
    assert!(bits(set).is_some());
    assert_eq!(bits(Row { dst: 61, ..set }), None);
    assert_eq!(bits(go(0).stage(StageOp::Store64, 0, None, 61)), None);
}
