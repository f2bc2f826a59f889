//! Symbols, integers, the ALU, staging, the stack and actions.

use orrery_parsing::isa::{
    AluOp, CaptureMode, Cond, IntKind, Port, StackOp, StageOp, StateWord, SysOp, control,
};
use orrery_shared::TrapCode;

use crate::build::*;

const SEND: u8 = 1;

#[test]
fn literal_bytes_and_a_wrong_one() {
    let mut b = Builder::default();
    let [a, n, end] = b.states();
    b.define(
        a,
        symbol(8, false),
        &[(b'a'.into(), go(n).take(8))],
        None,
        &[],
    );
    b.define(
        n,
        symbol(8, false),
        &[(b'b'.into(), go(end).take(8).val(3, 0))],
        None,
        &[],
    );
    b.plain(end, go(0).sys(SysOp::Accept));
    b.image.rules.push(("start".into(), a));
    let good = run(&b.image, b"ab");
    assert!(good.done());
    assert_eq!(good.captures()[3], 0x62);
    let bad = run(&b.image, b"aA");
    let (code, message) = bad.trap().expect("trap");
    assert_eq!(code, TrapCode::NoAlternative);
    assert_eq!(message, "no alternative for byte 0x41 'A' in rule `start`");
    let short = run(&b.image, b"a");
    let (code, message) = short.trap().expect("trap");
    assert_eq!(code, TrapCode::UnexpectedEnd);
    assert_eq!(message, "the input ended in rule `start`");
}

#[test]
fn bit_orders_and_partial_consumption() {
    for lsb in [false, true] {
        let mut b = Builder::default();
        let [a, n, end] = b.states();
        // Tag 1 of one bit takes three bits, anything else takes one.
        let symbols = [(0b101, go(n).take(3).val(1, 0))];
        b.define(
            a,
            symbol(3, lsb),
            &symbols,
            Some(go(a).take(1).alu_imm(AluOp::Add, 2, 2, 1)),
            &[],
        );
        b.define(n, int(6, lsb), &[(0, go(end).val(4, 0))], None, &[]);
        b.plain(end, go(0).sys(SysOp::Accept));
        // msb: 0 0 0 101 011010..; lsb: the same bits mirrored in each byte.
        let bits = [0b0001_0101u8, 0b1010_1111];
        let input = if lsb {
            bits.map(u8::reverse_bits)
        } else {
            bits
        };
        let out = run(&b.image, &input);
        assert!(out.done(), "{:?}", out.trap());
        assert_eq!(out.captures()[1], 0b101);
        assert_eq!(out.captures()[2], 3);
        let expected = if lsb { 0b010110 } else { 0b011010 };
        assert_eq!(out.captures()[4], expected);
        assert_eq!(out.bench.unit.state().offset(), 2);
    }
}

#[test]
fn integers_of_every_kind() {
    let input = [0x81, 0x02, 0x03, 0xFF, 0x7F, 0x10];
    let cases: &[(StateWord, u32)] = &[
        (int(16, false), 0x8102),
        (
            StateWord {
                little: true,
                ..int(16, false)
            },
            0x0281,
        ),
        (
            StateWord {
                little: true,
                ..int(32, false)
            },
            0xFF03_0281,
        ),
        (int(32, false), 0x8102_03FF),
        (int(32, true), 0xFF03_0281),
        (int(5, false), 0b10000),
        (int(5, true), 0b00001),
        (
            StateWord {
                kind: IntKind::Signed,
                ..int(5, false)
            },
            0xFFFF_FFF0,
        ),
        (
            StateWord {
                kind: IntKind::Signed,
                ..int(5, true)
            },
            1,
        ),
        (
            StateWord {
                kind: IntKind::Extended,
                ..int(5, false)
            },
            0b10000,
        ),
        (
            StateWord {
                kind: IntKind::Extended,
                ..int(5, true)
            },
            0u32.wrapping_sub(30),
        ),
        (
            StateWord {
                kind: IntKind::Extended,
                ..int(32, true)
            },
            0xFF03_0281,
        ),
        (
            StateWord {
                kind: IntKind::Signed,
                ..int(32, false)
            },
            0x8102_03FF,
        ),
        (int(0, false), 0),
        (
            StateWord {
                kind: IntKind::Extended,
                ..int(0, false)
            },
            0,
        ),
    ];
    for (word, expected) in cases {
        for from_reg in [false, true] {
            let mut b = Builder::default();
            let [a, n, end] = b.states();
            b.plain(a, go(n).alu_imm(AluOp::Move, 9, 0, word.width.into()));
            let word = if from_reg {
                StateWord {
                    n_from_reg: true,
                    reg: 9,
                    width: 0,
                    ..*word
                }
            } else {
                *word
            };
            b.define(n, word, &[(0, go(end).val(1, 0))], None, &[]);
            b.plain(end, go(0).sys(SysOp::Accept));
            let out = run(&b.image, &input);
            assert!(out.done(), "{:?}", out.trap());
            assert_eq!(out.captures()[1], *expected, "{word:?}");
        }
    }
}

#[test]
fn an_integer_of_no_bits_meets_no_boundary_and_one_of_33_traps() {
    let mut b = Builder::default();
    let [a, n, end] = b.states();
    let word = StateWord {
        n_from_reg: true,
        reg: 9,
        ..int(0, false)
    };
    b.define(
        a,
        word,
        &[(0, go(n).val(1, 0).alu_imm(AluOp::Move, 9, 0, 33))],
        None,
        &[],
    );
    b.define(n, word, &[(0, go(end))], None, &[]);
    b.plain(end, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::BadOperand));
}

#[test]
fn captures_append_and_take_high_parts() {
    let mut b = Builder::default();
    let [a, n, m, end] = b.states();
    // A number in groups of seven bits, the top bit says that more follows.
    let more: Vec<_> = (128..256)
        .map(|s| (s, go(a).take(8).capture(CaptureMode::Append, 1, 7)))
        .collect();
    let last = go(n).take(8).capture(CaptureMode::Append, 1, 7);
    b.define(a, symbol(8, false), &more, Some(last), &[]);
    b.define(
        n,
        symbol(8, false),
        &[],
        Some(go(m).take(8).capture(CaptureMode::High, 2, 3)),
        &[],
    );
    b.define(
        m,
        symbol(4, false),
        &[],
        Some(go(end).take(4).capture(CaptureMode::Append, 2, 0)),
        &[],
    );
    b.plain(end, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[0x81, 0x80, 0x05, 0b1011_0101, 0x9F]);
    assert_eq!(out.captures()[1], 0x4005);
    assert_eq!(out.captures()[2], 0b10110 << 4 | 9);
}

#[test]
fn dispatch_on_values_and_conditions() {
    let mut b = Builder::default();
    let [a, v, k, yes, no, end] = b.states();
    b.define(a, int(16, false), &[(0, go(v).val(1, 0))], None, &[]);
    let field = StateWord {
        width: 4,
        shift: 8,
        reg: 1,
        ..port(Port::Value)
    };
    b.define(
        v,
        field,
        &[(7, go(k).alu_imm(AluOp::Cmp, 0, 1, 0x0700))],
        Some(go(no)),
        &[],
    );
    let below = StateWord {
        width: Cond::Leu as u8,
        ..port(Port::Cond)
    };
    b.define(k, below, &[(0, go(no)), (1, go(yes))], None, &[]);
    b.plain(yes, go(end).alu_imm(AluOp::Move, 2, 0, 1));
    b.plain(no, go(end).alu_imm(AluOp::Move, 2, 0, 2));
    b.plain(end, go(0).sys(SysOp::Accept));
    for (input, expected) in [
        ([0x17, 0], 2),
        ([0x07, 0], 1),
        ([0x07, 1], 2),
        ([0x06, 0], 2),
    ] {
        assert_eq!(run(&b.image, &input).captures()[2], expected, "{input:?}");
    }
}

#[test]
fn staging_is_little_endian_and_bounded() {
    let mut b = Builder::default();
    let a = b.state();
    b.image.staging = vec![1, 2, 3, 4, 5, 6, 7, 8];
    b.chain(
        a,
        &[
            go(0)
                .alu_imm(AluOp::Move, 1, 0, 1)
                .stage(StageOp::Load32, 0, Some(1), 2),
            go(0).stage(StageOp::Load16, 1, Some(1), 3),
            go(0).stage(StageOp::Load8, 7, None, 4),
            go(0).stage(StageOp::Store32, 100, Some(1), 2),
            go(0).stage(StageOp::Store16, 100, Some(1), 3),
            go(0).stage(StageOp::Store8, 100, None, 4),
            go(0)
                .alu_imm(AluOp::Move, 1, 0, 0xFFFF)
                .stage(StageOp::Store8, 1, Some(1), 4),
        ],
    );
    let out = run(&b.image, &[]);
    assert_eq!(out.captures()[2..5], [0x0807_0605, 0x0504, 8]);
    assert_eq!(
        out.bench.unit.state().staging()[100..108],
        [8, 0, 4, 5, 5, 6, 7, 8]
    );
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Bounds));
    // The row that trapped had no effect.
    assert_eq!(out.captures()[1], 1);
}

#[test]
fn loops_count_and_nest() {
    let mut b = Builder::default();
    let [a, outer, inner, tail, end] = b.states();
    b.plain(a, go(outer).stack(StackOp::Repeat, end, 3));
    // Inner repeats as often as the outer index says, 0 included.
    b.plain(
        outer,
        go(inner)
            .alu(AluOp::Move, 1, 0, c(63))
            .stack_reg(StackOp::Repeat, tail, 63),
    );
    b.plain(
        inner,
        go(inner)
            .send(SEND, 0, &[c(1), c(63)])
            .stack(StackOp::Loop, tail, 0),
    );
    b.plain(
        tail,
        go(outer)
            .send(SEND, 9, &[c(63)])
            .stack(StackOp::Loop, end, 0),
    );
    b.plain(end, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[]);
    let sent: Vec<_> = out.sent().into_iter().map(|(_, a)| a).collect();
    assert_eq!(
        sent,
        [
            vec![0],
            vec![1, 0],
            vec![1],
            vec![2, 0],
            vec![2, 1],
            vec![2]
        ]
    );
    assert!(out.done());
    assert_eq!(out.bench.unit.state().stack_depth(), 0);
}

#[test]
fn calls_saves_and_an_empty_stack() {
    let mut b = Builder::default();
    let [a, rule, back, wrong] = b.states();
    b.plain(
        a,
        go(rule)
            .alu_imm(AluOp::Move, 5, 0, 7)
            .stack(StackOp::Call, back, 0),
    );
    let s1 = b.state();
    let s2 = b.state();
    b.plain(rule, go(s1).stack(StackOp::Save, 0, 5));
    b.plain(
        s1,
        go(s2).alu_imm(AluOp::Move, 5, 0, 8).send(SEND, 0, &[c(5)]),
    );
    let s3 = b.state();
    b.plain(s2, go(s3).stack(StackOp::Restore, 0, 5));
    b.plain(s3, go(0).stack(StackOp::Return, 0, 0));
    b.plain(back, go(wrong).send(SEND, 0, &[c(5)]));
    b.plain(wrong, go(0).stack(StackOp::Return, 0, 0));
    let out = run(&b.image, &[]);
    assert_eq!(out.first(), [8, 7]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::StackUnderflow));
}

#[test]
fn a_full_parse_stack_traps() {
    let mut b = Builder::default();
    let a = b.state();
    b.plain(
        a,
        go(a)
            .alu_imm(AluOp::Add, 1, 1, 1)
            .stack(StackOp::Call, a, 0),
    );
    let out = run(&b.image, &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::Capacity));
    assert_eq!(out.captures()[1], 1024);
}

#[test]
fn words_and_replies_come_back() {
    let mut b = Builder::default();
    let [a, n, w, r, end] = b.states();
    b.plain(
        a,
        go(n).alu_imm(AluOp::Move, 1, 0, 77).send(0x11, 4, &[c(1)]),
    );
    b.plain(n, go(w).send(0x1C, 5, &[]));
    let flag = StateWord {
        width: 2,
        ..port(Port::Flag)
    };
    b.define(w, flag, &[], Some(go(r).val(2, 0)), &[]);
    b.define(r, port(Port::Reply), &[(0, go(end).val(4, 0))], None, &[]);
    b.plain(end, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[]);
    assert!(out.done(), "{:?}", out.outcome.end);
    assert!(out.captures()[2] != 0 && out.captures()[2] <= 0xFFFF);
    assert_eq!(out.captures()[4], !out.captures()[5]);
}

#[test]
fn a_fifth_question_traps_and_four_do_not() {
    for questions in [4u16, 5] {
        let mut b = Builder::default();
        let [a, end] = b.states();
        b.plain(
            a,
            go(a)
                .send(0x1C, 5, &[])
                .alu_imm(AluOp::Add, 1, 1, 1)
                .stack(StackOp::Repeat, end, 0),
        );
        // Four states in a row that each ask.
        let first = b.state();
        let mut rows = vec![go(0).send(0x1C, 5, &[]); questions.into()];
        rows.push(go(0).sys(SysOp::Accept));
        b.chain(first, &rows);
        b.plain(end, go(0).sys(SysOp::Accept));
        b.image.entry = first;
        let out = run(&b.image, &[]);
        if questions == 4 {
            assert!(out.done());
        } else {
            assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::ReplySlots));
        }
    }
}

#[test]
fn undefined_words_trap() {
    let mut b = Builder::default();
    let [a, n] = b.states();
    b.plain(a, go(n));
    b.image.states[1] = u64::MAX;
    let out = run(&b.image, &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::UndefinedWord));
    let mut b = Builder::default();
    let a = b.state();
    b.plain(a, go(a));
    b.image.rows[0][2] |= 1 << 31;
    let out = run_exact(&Default::default(), &b.image, &[], 1);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::UndefinedWord));
    // A state beyond the last one.
    let mut b = Builder::default();
    let a = b.state();
    b.plain(a, go(700));
    let out = run(&b.image, &[]);
    assert_eq!(out.trap().map(|t| t.0), Some(TrapCode::UndefinedWord));
}

#[test]
fn warnings_are_kept_and_counted() {
    let mut b = Builder::default();
    let [a, n, end] = b.states();
    let text = b.text("odd");
    b.plain(a, go(n).stack(StackOp::Repeat, end, 300));
    b.plain(
        n,
        go(n)
            .sys_with(SysOp::Warn, 0, 0, c(0), text)
            .stack(StackOp::Loop, end, 0),
    );
    b.plain(end, go(0).sys(SysOp::Accept));
    let out = run(&b.image, &[]);
    let (kept, count) = out.bench.unit.warnings();
    assert_eq!((kept.len(), count), (256, 300));
    assert_eq!(kept[0], ("odd".to_owned(), 0));
}

#[test]
fn faults_are_caught_by_the_nearest_handler_and_can_be_raised_again() {
    let mut b = Builder::default();
    let [a, body, h1, h2, h3] = b.states();
    let text = b.text("broken");
    // The inner handler is for END only; the outer one cleans up and passes the error on.
    b.plain(a, go(h1).stack(StackOp::Catch, h2, 1 << control::FAULT));
    b.plain(h1, go(body).stack(StackOp::Catch, h3, 1 << control::END));
    b.plain(
        body,
        go(0).val(1, 0).sys_with(SysOp::Fail, 0, 0, c(0), text),
    );
    b.plain(h2, go(h3).send(SEND, 0, &[c(1)]));
    b.plain(
        h3,
        go(0).sys_with(SysOp::Raise, 0, 0, c(0), control::FAULT.into()),
    );
    let out = run(&b.image, &[]);
    assert_eq!(out.first(), [0]);
    assert_eq!(out.trap(), Some((TrapCode::Fail, "broken".to_owned())));
    // 2 + (1 + 2 entries) + 1; the trap takes no time.
    assert_eq!(out.outcome.processes[0].busy, 6);
}

#[test]
fn accept_issues_its_row() {
    let mut b = Builder::default();
    let a = b.state();
    b.plain(a, go(0).sys(SysOp::Accept).send(SEND, 0, &[c(0)]));
    let out = run(&b.image, &[1, 2, 3]);
    assert!(out.done());
    assert_eq!(out.first(), [0]);
    assert_eq!(out.outcome.processes[0].busy, 1);
}
