//! LEN frames, refill rules, and what drops input.

use orrery_parsing::ParsingImage;
use orrery_parsing::isa::{
    AluOp, Cond, NONE, Operand, Port, Row, StackOp, StageOp, StateWord, SysOp, control,
};
use orrery_shared::TrapCode;
use proptest::prelude::*;

use crate::build::*;

const SEND: u8 = 1;
const FRAME_BIT: u16 = 1 << control::FRAME;
const END_BIT: u16 = 1 << control::END;

fn frame(bytes: Operand, refill: u16) -> Row {
    go(0).sys_with(SysOp::Frame, 0, 0, bytes, refill)
}

#[test]
fn a_frame_ends_at_its_control_row_and_drops_the_rest() {
    let mut b = Builder::default();
    let [a, f, g, x, y, end] = b.states();
    b.define(
        a,
        int(8, false),
        &[(
            0,
            Row {
                next: f,
                ..frame(c(1), NONE)
            }
            .val(1, 0),
        )],
        None,
        &[],
    );
    // Pairs of bytes up to the end; an odd one is left.
    let out = go(x).send(SEND, 0, &[c(63)]);
    b.define(
        f,
        int(16, false),
        &[(0, go(f).val(2, 0).send(SEND, 2, &[c(2)]))],
        None,
        &[(control::FRAME, out)],
    );
    b.plain(x, go(g).sys_with(SysOp::BytesLeft, 4, 0, c(0), 0));
    b.plain(g, go(y).sys(SysOp::Unframe));
    b.define(y, int(8, false), &[(0, go(end).val(3, 0))], None, &[]);
    b.plain(
        end,
        go(0)
            .sys_with(SysOp::BytesLeft, 5, 0, c(0), 0)
            .send(SEND, 0, &[c(3), c(4)]),
    );
    b.image.rules.push(("frame".into(), f));
    let out = run(&b.image, &[5, 1, 2, 3, 4, 9, 77]);
    assert_eq!(out.captures()[2..6], [0x0304, 77, 1, u32::MAX]);
    // An inner frame that does not fit ends with the outer one.
    let out = run(&b.image, &[5, 1, 2, 3]);
    assert_eq!(
        out.trap(),
        Some((
            TrapCode::UnexpectedEnd,
            "the input ended in rule `frame`".into()
        ))
    );
    let out = run(&b.image, &[0, 77]);
    assert_eq!(out.captures()[3..5], [77, 0]);
}

#[test]
fn handlers_drop_the_frames_opened_since() {
    let mut b = Builder::default();
    let [a, f, g, x, h, h2] = b.states();
    let two = b.constant(2);
    let four = b.constant(4);
    b.plain(
        a,
        Row {
            next: f,
            ..frame(four, NONE)
        },
    );
    b.plain(f, go(g).stack(StackOp::Catch, h, FRAME_BIT));
    b.plain(
        g,
        Row {
            next: x,
            ..frame(two, NONE)
        },
    );
    b.define(
        x,
        int(8, false),
        &[(0, go(x).val(2, 0).alu_imm(AluOp::Add, 3, 3, 1))],
        None,
        &[],
    );
    // The inner frame is gone, two bytes of the outer one are left.
    b.plain(
        h,
        go(h2)
            .sys_with(SysOp::BytesLeft, 4, 0, c(0), 0)
            .send(SEND, 0, &[c(3)]),
    );
    b.plain(h2, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[1, 2, 3, 4, 5]);
    assert!(out.done());
    assert_eq!(out.first(), [2]);
    assert_eq!(out.captures()[4], 2);
}

/// A program that reads numbers of the widths listed in staging (255 ends the
/// list) from a frame that goes on in pieces: each piece has its length in the
/// byte before, 255 means that there are no more. At the end of the frame, or
/// of the list, it closes the frame and reads one byte more.
fn pieces(lsb: bool, widths: &[u8]) -> ParsingImage {
    let mut b = Builder::default();
    let [start, first, caught, test, branch, read, closed, byte, end] = b.states();
    let [refill, compare, decide, more, finish] = b.states();
    b.image.staging = widths.to_vec();
    b.image.staging.push(255);
    b.plain(start, go(first).stack(StackOp::Catch, closed, FRAME_BIT));
    b.define(
        first,
        int(8, false),
        &[(
            0,
            Row {
                next: caught,
                ..frame(c(1), refill)
            }
            .val(1, 0),
        )],
        None,
        &[],
    );
    b.plain(caught, go(test).stack(StackOp::Catch, closed, FRAME_BIT));
    b.plain(test, go(branch).stage(StageOp::Load8, 0, Some(10), 11));
    let check = b.state();
    let is_end = StateWord {
        width: 8,
        reg: 11,
        ..port(Port::Value)
    };
    b.plain(branch, go(check).alu_imm(AluOp::Add, 10, 10, 1));
    b.define(check, is_end, &[(255, go(closed))], Some(go(read)), &[]);
    let n = StateWord {
        n_from_reg: true,
        reg: 11,
        ..int(0, lsb)
    };
    b.define(
        read,
        n,
        &[(0, go(test).val(12, 0).send(SEND, 0, &[c(12)]))],
        None,
        &[],
    );
    let close = b.state();
    b.plain(closed, go(close).sys(SysOp::Drain));
    b.plain(close, go(byte).sys(SysOp::Unframe));
    b.define(
        byte,
        int(8, false),
        &[(0, go(end).val(13, 0).send(SEND, 7, &[c(13)]))],
        None,
        &[],
    );
    b.plain(end, go(0).sys(SysOp::Accept));
    b.define(
        refill,
        int(8, false),
        &[(0, go(compare).val(1, 0))],
        None,
        &[],
    );
    b.plain(compare, go(decide).alu_imm(AluOp::Cmp, 0, 1, 255));
    let equal = StateWord {
        width: Cond::Eq as u8,
        ..port(Port::Cond)
    };
    b.define(decide, equal, &[(0, go(more)), (1, go(finish))], None, &[]);
    b.plain(more, go(0).sys_with(SysOp::More, 0, 0, c(1), 0));
    b.plain(finish, go(0).sys(SysOp::Finish));
    b.image
}

/// What the program should read, bit by bit.
fn pieces_model(lsb: bool, widths: &[u8], pieces: &[Vec<u8>], after: u8) -> Vec<u32> {
    let bits: Vec<bool> = pieces
        .iter()
        .flatten()
        .flat_map(|&byte| (0..8).map(move |i| byte >> if lsb { i } else { 7 - i } & 1 == 1))
        .collect();
    let mut at = 0;
    let mut out = Vec::new();
    for &n in widths {
        let n = usize::from(n);
        let Some(slice) = bits.get(at..at + n) else {
            break;
        };
        at += n;
        let value = slice.iter().enumerate().fold(0u32, |v, (i, &bit)| {
            if lsb {
                v | u32::from(bit) << i
            } else {
                v << 1 | u32::from(bit)
            }
        });
        out.push(value);
    }
    out.push(after.into());
    out
}

fn pieces_input(pieces: &[Vec<u8>], after: u8) -> Vec<u8> {
    let mut input = Vec::new();
    for piece in pieces {
        input.push(piece.len() as u8);
        input.extend(piece);
    }
    input.extend([255, after]);
    input
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn bits_are_joined_over_pieces(
        lsb in any::<bool>(),
        widths in prop::collection::vec(0u8..=32, 0..40),
        data in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..7), 1..12),
        after in any::<u8>(),
    ) {
        let image = pieces(lsb, &widths);
        let input = pieces_input(&data, after);
        let expected = pieces_model(lsb, &widths, &data, after);
        let out = run(&image, &input);
        prop_assert!(out.done(), "{:?}", out.trap());
        prop_assert_eq!(out.first(), expected);
    }

    #[test]
    fn broken_off_pieces_end_somewhere(
        lsb in any::<bool>(),
        widths in prop::collection::vec(0u8..=32, 0..40),
        input in prop::collection::vec(0u8..12, 0..60),
    ) {
        run(&pieces(lsb, &widths), &input);
    }
}

#[test]
fn inner_frames_may_be_longer_than_the_pieces() {
    let mut b = Builder::default();
    let [a, outer, i1, i2, bytes, rest, h, h2, refill, more] = b.states();
    let three = b.constant(3);
    let seven = b.constant(7);
    b.plain(a, go(outer).stack(StackOp::Catch, h, END_BIT));
    b.plain(
        outer,
        Row {
            next: i1,
            ..frame(three, refill)
        },
    );
    b.plain(
        i1,
        Row {
            next: i2,
            ..frame(seven, NONE)
        },
    );
    b.plain(i2, go(bytes));
    let out = go(rest).sys(SysOp::Unframe);
    b.define(
        bytes,
        symbol(8, false),
        &[],
        Some(go(bytes).take(8).val(1, 0).send(SEND, 1, &[c(1)])),
        &[(control::FRAME, out)],
    );
    b.define(
        rest,
        symbol(8, false),
        &[],
        Some(go(rest).take(8).val(1, 0).send(SEND, 2, &[c(1)])),
        &[],
    );
    b.define(refill, int(8, false), &[(0, go(more).val(2, 0))], None, &[]);
    b.plain(more, go(0).sys_with(SysOp::More, 0, 0, c(2), 0));
    b.plain(h, go(h2).sys_with(SysOp::Position, 5, 0, c(0), 0));
    b.plain(h2, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[1, 2, 3, 2, 4, 5, 0, 4, 6, 7, 8, 9]);
    assert!(out.done(), "{:?}", out.trap());
    assert_eq!(out.first(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let targets: Vec<_> = out.bench.actions.iter().map(|e| e.imm).collect();
    assert_eq!(targets, [1, 1, 1, 1, 1, 1, 1, 2, 2]);
    // The refill rule met the end of the input: the frame is over, and the handler goes on there.
    assert_eq!(out.captures()[5..7], [12, 0]);
}

#[test]
fn skips_and_drains_go_over_pieces() {
    for drain in [false, true] {
        let mut b = Builder::default();
        let [a, skip, after, end, refill, compare, decide, more, finish] = b.states();
        let three = b.constant(3);
        let six = b.constant(6);
        b.plain(
            a,
            Row {
                next: skip,
                ..frame(three, refill)
            },
        );
        if drain {
            b.plain(skip, go(after).sys(SysOp::Drain).send(SEND, 0, &[]));
        } else {
            b.plain(
                skip,
                go(after)
                    .sys_with(SysOp::Skip, 0, 0, six, 0)
                    .send(SEND, 0, &[]),
            );
        }
        b.define(
            after,
            symbol(8, false),
            &[],
            Some(go(end).take(8).val(3, 0)),
            &[(control::FRAME, go(end).alu_imm(AluOp::Move, 3, 0, 999))],
        );
        b.plain(end, go(0).sys(SysOp::Accept));
        b.define(
            refill,
            int(8, false),
            &[(0, go(compare).val(1, 0))],
            None,
            &[],
        );
        b.plain(compare, go(decide).alu_imm(AluOp::Cmp, 0, 1, 255));
        let equal = StateWord {
            width: Cond::Eq as u8,
            ..port(Port::Cond)
        };
        b.define(decide, equal, &[(0, go(more)), (1, go(finish))], None, &[]);
        b.plain(more, go(0).sys_with(SysOp::More, 0, 0, c(1), 0));
        b.plain(finish, go(0).sys(SysOp::Finish));
        let out = run(&b.image, &[1, 2, 3, 0, 2, 4, 5, 3, 6, 7, 8, 255]);
        assert!(out.done(), "{:?}", out.trap());
        let (value, at) = if drain { (999, 12) } else { (7, 10) };
        assert_eq!(out.captures()[3], value);
        assert_eq!(out.bench.unit.state().offset(), at);
        assert_eq!(out.first().len(), 1);
    }
}

#[test]
fn a_skip_beyond_the_end_raises_it() {
    let mut b = Builder::default();
    let [a, n] = b.states();
    let many = b.constant(u32::MAX);
    b.plain(a, go(n).sys_with(SysOp::Skip, 0, 0, many, 0));
    b.plain(n, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[0; 41]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::UnexpectedEnd));
    assert_eq!(out.bench.unit.state().offset(), 41);
    // One cycle for the row, one for each entry of the intake.
    assert_eq!(out.outcome.processes[0].busy, 1 + 11);
}

#[test]
fn too_many_frames_trap_and_so_does_closing_none() {
    let mut b = Builder::default();
    let a = b.state();
    b.plain(
        a,
        Row {
            next: a,
            ..frame(c(1), NONE)
        },
    );
    let out = run(&b.image, &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Capacity));
    for op in [SysOp::Unframe, SysOp::Finish, SysOp::More] {
        let mut b = Builder::default();
        let a = b.state();
        b.plain(a, go(0).sys(op));
        let out = run(&b.image, &[]);
        assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::BadOperand));
    }
}

#[test]
fn a_refill_rule_that_returns_traps() {
    let mut b = Builder::default();
    let [a, n, refill] = b.states();
    b.plain(
        a,
        Row {
            next: n,
            ..frame(c(1), refill)
        },
    );
    b.define(n, int(8, false), &[(0, go(n))], None, &[]);
    b.plain(refill, go(0).stack(StackOp::Return, 0, 0));
    let out = run(&b.image, &[1, 2]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::StackUnderflow));
}

#[test]
fn a_peek_alone_calls_no_refill_rule() {
    let mut b = Builder::default();
    let [a, n, m, refill] = b.states();
    let one = b.constant(1);
    b.plain(
        a,
        Row {
            next: n,
            ..frame(one, refill)
        },
    );
    // Twelve bits are looked at, four are taken: twice.
    b.define(
        n,
        symbol(12, false),
        &[],
        Some(go(m).take(4).val(1, 4)),
        &[],
    );
    b.define(
        m,
        symbol(12, false),
        &[(0x200, go(n).take(4).send(SEND, 0, &[]))],
        None,
        &[],
    );
    let text = b.text("refill");
    b.plain(refill, go(0).sys_with(SysOp::Fail, 0, 0, c(0), text));
    let out = run(&b.image, &[0x12, 0x34]);
    assert_eq!(out.first().len(), 1);
    assert_eq!(out.trap(), Some((TrapCode::Fail, "refill".into())));
}

/// A refill rule that fails is given up: the frame ends, and the bits that were
/// left over can still be read.
#[test]
fn a_handler_outside_gives_a_refill_rule_up() {
    for lsb in [false, true] {
        let mut b = Builder::default();
        let [a, caught, four, eight, refill, fail, handler, end] = b.states();
        let two = b.constant(2);
        let text = b.text("no more");
        b.plain(
            a,
            Row {
                next: caught,
                ..frame(two, refill)
            },
        );
        b.plain(
            caught,
            go(four).stack(StackOp::Catch, handler, 1 << control::FAULT),
        );
        b.define(four, int(12, lsb), &[(0, go(eight).val(1, 0))], None, &[]);
        b.define(eight, int(8, lsb), &[(0, go(end))], None, &[]);
        // The rule takes a byte, and then does not like it.
        b.define(refill, int(8, lsb), &[(0, go(fail).val(2, 0))], None, &[]);
        b.plain(fail, go(0).sys_with(SysOp::Fail, 0, 0, c(0), text));
        b.define(handler, int(4, lsb), &[(0, go(eight).val(3, 0))], None, &[]);
        b.plain(end, go(0).sys(SysOp::Accept));
        b.image.rules.push(("all".into(), 0));
        let out = run(&b.image, &[0x12, 0x34, 0x56, 0x78]);
        let (first, rest) = if lsb { (0x412, 3) } else { (0x123, 4) };
        assert_eq!(out.captures()[1..4], [first, 0x56, rest]);
        let end = (
            TrapCode::UnexpectedEnd,
            "a frame ended in rule `all`".to_owned(),
        );
        assert_eq!(out.trap(), Some(end));
        assert_eq!(out.bench.unit.state().offset(), 3);
    }
}
