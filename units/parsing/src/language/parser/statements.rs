//! Statements: what is done without matching.

use chumsky::prelude::*;

use super::values::{expression, operand};
use super::{P, any_name, close, glued, name, sign, text, word};
use crate::isa::AluOp;
use crate::language::ast::{CheckKind, Choice, Const, Statement};

fn list<'t, 's: 't>() -> P<'t, 's, Vec<Const>> {
    operand()
        .separated_by(sign(","))
        .at_least(1)
        .collect()
        .delimited_by(glued(), close())
        .boxed()
}

/// `x = ...`
fn assignment<'t, 's: 't>() -> P<'t, 's, Statement> {
    enum Right {
        Check(Const),
        Map(Vec<Const>, Const),
        Expression(crate::language::ast::Expression),
    }
    let right = choice((
        word("check").ignore_then(operand()).map(Right::Check),
        word("prefix")
            .ignore_then(list())
            .then(word("rows").ignore_then(operand()))
            .map(|(strides, rows)| Right::Map(strides, rows)),
        expression().map(Right::Expression),
    ));
    any_name()
        .then_ignore(sign("="))
        .then(right)
        .map(|(name, right)| match right {
            Right::Check(circuit) => Statement::CheckStop(name, circuit),
            Right::Map(strides, rows) => Statement::NewMap {
                name,
                strides,
                rows,
            },
            Right::Expression(expression) => Statement::Assign(name, expression),
        })
        .boxed()
}

fn store<'t, 's: 't>(function: &'static str, size: u8) -> P<'t, 's, Statement> {
    word(function)
        .ignore_then(glued())
        .ignore_then(operand())
        .then_ignore(sign(","))
        .then(operand())
        .then(sign(",").ignore_then(operand()).or_not())
        .then_ignore(close())
        .map(move |((place, second), third)| match third {
            Some(value) => Statement::Store {
                size,
                place,
                index: Some(second),
                value,
            },
            None => Statement::Store {
                size,
                place,
                index: None,
                value: second,
            },
        })
        .boxed()
}

fn check<'t, 's: 't>() -> P<'t, 's, Statement> {
    let kind = word("crc")
        .to(CheckKind::Crc)
        .or(word("sums").to(CheckKind::Sums));
    word("check")
        .ignore_then(operand())
        .then_ignore(sign("="))
        .then(kind)
        .then(list())
        .map(|((circuit, kind), parameters)| Statement::CheckStart {
            circuit,
            kind,
            parameters,
        })
        .boxed()
}

fn fill<'t, 's: 't>() -> P<'t, 's, Statement> {
    word("fill")
        .ignore_then(name())
        .then(sign(",").ignore_then(operand()))
        .then(sign(",").ignore_then(operand()))
        .then(sign(",").ignore_then(operand()))
        .then(sign(",").ignore_then(word("first")).or_not())
        .map(
            |((((map, lengths), count), entries), first)| Statement::Fill {
                map,
                lengths,
                count,
                entries,
                first_fit: first.is_some(),
            },
        )
        .boxed()
}

fn insert<'t, 's: 't>() -> P<'t, 's, Statement> {
    word("insert")
        .ignore_then(name())
        .then(sign(",").ignore_then(operand()))
        .then(sign(",").ignore_then(operand()))
        .then(sign(",").ignore_then(operand()))
        .map(|(((map, code), length), entry)| Statement::Insert {
            map,
            code,
            length,
            entry,
        })
        .boxed()
}

/// `setbits mask, from [, below]`
fn change_bits<'t, 's: 't>(op: AluOp) -> P<'t, 's, Statement> {
    word(op.mnemonic())
        .ignore_then(name())
        .then(sign(",").ignore_then(operand()))
        .then(sign(",").ignore_then(operand()).or_not())
        .map(move |((mask, from), below)| Statement::ChangeBits {
            op,
            mask,
            from,
            below,
        })
        .boxed()
}

fn frame<'t, 's: 't>(body: P<'t, 's, Choice>) -> P<'t, 's, Statement> {
    word("frame")
        .ignore_then(operand())
        .then(word("refill").ignore_then(name()).or_not())
        .then(body)
        .map(|((length, refill), body)| Statement::Frame {
            length,
            refill,
            body,
        })
        .boxed()
}

/// A statement; `body` is a choice in parentheses.
pub fn statement<'t, 's: 't>(body: P<'t, 's, Choice>) -> P<'t, 's, Statement> {
    let simple = choice((
        word("drain").to(Statement::Drain),
        word("align").to(Statement::Align),
        word("done").to(Statement::Done),
        word("skip").ignore_then(operand()).map(Statement::Skip),
        word("more").ignore_then(operand()).map(Statement::More),
        word("mark").ignore_then(operand()).map(Statement::Mark),
        word("rewind").ignore_then(operand()).map(Statement::Rewind),
        word("local").ignore_then(name()).map(Statement::Local),
        word("reset").ignore_then(name()).map(Statement::Reset),
        word("close").ignore_then(name()).map(Statement::Close),
        word("raise").ignore_then(any_name()).map(Statement::Raise),
        word("fail").ignore_then(text()).map(Statement::Fail),
        word("warn").ignore_then(text()).map(Statement::Warn),
    ));
    let escape = word("escape").ignore_then(choice((
        word("on").ignore_then(name()).map(Statement::EscapeOn),
        word("off").to(Statement::EscapeOff),
    )));
    // `accept` takes a number and nothing else, because a name behind it is a rule.
    let number = crate::language::parser::values::operand()
        .filter(|c| matches!(c.kind, crate::language::ast::ConstKind::Number(_)));
    let accept = word("accept")
        .ignore_then(number.or_not())
        .map(Statement::Accept);
    let others = choice((
        store("store8", 1),
        store("store16", 2),
        store("store32", 4),
        store("store64", 8),
        change_bits(AluOp::SetBits),
        change_bits(AluOp::ClearBits),
        fill(),
        insert(),
        frame(body),
        escape,
        accept,
    ));
    assignment().or(check()).or(simple).or(others).boxed()
}
