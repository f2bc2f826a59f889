//! Marks, and check circuits over what is read between two positions.

use orrery_parsing::Spec;
use orrery_parsing::isa::{AluOp, Cond, NONE, Port, Row, StateWord, SysOp};
use orrery_shared::TrapCode;

use crate::build::*;

#[test]
fn marks_lead_back_but_not_across_frames() {
    let mut b = Builder::default();
    let [a, mark, x, y, back, test, again] = b.states();
    b.plain(a, go(mark));
    b.plain(mark, go(x).sys_with(SysOp::Mark, 0, 0, c(0), 2));
    b.define(x, int(12, false), &[(0, go(y).val(1, 0))], None, &[]);
    b.plain(y, go(back).alu_imm(AluOp::Add, 2, 2, 1));
    b.plain(back, go(test).sys_with(SysOp::Rewind, 0, 0, c(0), 2));
    b.plain(test, go(again).alu_imm(AluOp::Cmp, 0, 2, 2));
    let framed = b.state();
    let equal = StateWord {
        width: Cond::Eq as u8,
        ..port(Port::Cond)
    };
    b.define(again, equal, &[(0, go(x)), (1, go(framed))], None, &[]);
    let two = b.constant(2);
    b.plain(
        framed,
        Row {
            next: back,
            ..go(0).sys_with(SysOp::Frame, 0, 0, two, NONE)
        },
    );
    let out = run(&b.image, &[0x12, 0x34]);
    assert_eq!(out.captures()[1..3], [0x123, 2]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::BadOperand));
    assert_eq!(out.bench.unit.state().offset(), 0);
}

#[test]
fn a_mark_can_be_too_far_back() {
    let mut b = Builder::default();
    let [a, n, back, end] = b.states();
    let bytes = b.constant(100);
    b.plain(a, go(n).sys_with(SysOp::Mark, 0, 0, c(0), 0));
    b.plain(n, go(back).sys_with(SysOp::Skip, 0, 0, bytes, 0));
    b.plain(back, go(end).sys_with(SysOp::Rewind, 0, 0, c(0), 0));
    b.plain(end, go(0).sys(SysOp::Accept));
    assert!(run(&b.image, &[0; 100]).done());
    let spec = Spec {
        history: 99,
        ..Default::default()
    };
    let out = run_with(&spec, &b.image, &[0; 100]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Capacity));
}

/// Starts both kinds of circuits, reads six bytes in odd pieces, stops them.
#[test]
fn check_circuits_see_what_was_read() {
    let mut b = Builder::default();
    let a = b.state();
    let shape = b.constant(32 | 3 << 8);
    b.constant(0x04C1_1DB7);
    b.constant(u32::MAX);
    b.constant(u32::MAX);
    let modulus = b.constant(65521);
    b.constant(1);
    let skip = b.constant(3);
    let [r1, r2, s1] = b.states();
    b.plain(a, go(r1).sys_with(SysOp::CheckCrc, 0, 0, shape, 1));
    b.define(r1, int(12, false), &[(0, go(r2).val(1, 0))], None, &[]);
    b.define(r2, int(12, false), &[(0, go(s1).val(2, 0))], None, &[]);
    b.chain(
        s1,
        &[
            go(0).sys_with(SysOp::CheckSums, 0, 0, modulus, 0),
            go(0).sys_with(SysOp::Skip, 0, 0, skip, 0),
            go(0).sys_with(SysOp::CheckStop, 3, 0, c(0), 1),
            go(0).sys_with(SysOp::CheckStop, 4, 0, c(0), 0),
            go(0).sys(SysOp::Accept),
        ],
    );
    let out = run(&b.image, b"abcdefgh");
    assert!(out.done(), "{:?}", out.trap());
    // CRC-32 of "abcdef", Adler-32 of "def", from other implementations.
    assert_eq!(out.captures()[3], 0x4B8E_39EF);
    assert_eq!(out.captures()[4], 0x025F_0130);
    // One byte per cycle: 2 + 1 for the numbers, 4 rows and 3 bytes of the skip, accept.
    assert_eq!(
        out.outcome.processes[0].busy,
        1 + 2 + 1 + 1 + 1 + 3 + 1 + 1 + 1
    );
}
