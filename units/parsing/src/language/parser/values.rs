//! Constant expressions, operands, expressions.

use chumsky::prelude::*;

use super::{P, any_name, close, glued, name, open, path, sign, word};
use crate::isa::AluOp;
use crate::language::ast::{Const, ConstKind, Expression, Operand, Value};
use crate::language::lexer::Token;
use crate::language::words;

/// An operator from a table of signs and words.
pub fn operator<'t, 's: 't, T: Copy + 't>(
    table: &'static [(&'static str, T)],
    label: &'static str,
) -> P<'t, 's, T> {
    let find = move |text: &str| table.iter().find(|(w, _)| *w == text).map(|(_, op)| *op);
    let parser = select_ref! {
        Token::Sign(text) if find(text).is_some() => find(text),
        Token::Name(text) if find(text).is_some() => find(text),
    };
    parser.unwrapped().labelled(label).boxed()
}

/// `constatom`, and as operands go captures too: which names are which is found later.
pub fn operand<'t, 's: 't>() -> P<'t, 's, Operand> {
    recursive(|operand| {
        let simple = select_ref! {
            Token::Number(n) = e => Const { kind: ConstKind::Number(*n), span: e.span() },
            Token::Text(t) = e if (1..=4).contains(&t.len()) => Const {
                kind: ConstKind::Text(t.clone()),
                span: e.span(),
            },
            Token::Sign("$0") = e => Const { kind: ConstKind::Index, span: e.span() },
            Token::Name(n) = e if !words::is_reserved(n) || *n == words::BITS => Const {
                kind: ConstKind::Name((*n).to_owned()),
                span: e.span(),
            },
            Token::Path(n) = e => Const { kind: ConstKind::Name((*n).to_owned()), span: e.span() },
        };
        let part = operand.clone();
        let entry = word("entry")
            .ignore_then(glued())
            .ignore_then(part.clone())
            .then(sign(",").ignore_then(part.clone()))
            .then(sign(",").ignore_then(part.clone()))
            .then_ignore(close())
            .map_with(|((kind, count), value), e| Const {
                kind: ConstKind::Entry(Box::new([kind, count, value])),
                span: e.span(),
            });
        let chain = chain(part).delimited_by(open(), close());
        choice((entry, simple, chain)).labelled("a value")
    })
    .boxed()
}

/// Operands with operators between them, computed when the grammar is compiled.
pub fn chain<'t, 's: 't>(
    part: impl Parser<'t, super::Input<'t, 's>, Const, super::Extra<'t, 's>> + Clone + 't,
) -> P<'t, 's, Const> {
    let step = operator(words::CONSTANT, "an operator").then(part.clone());
    part.then(step.repeated().collect::<Vec<_>>())
        .map_with(|(first, rest), e| {
            if rest.is_empty() {
                return first;
            }
            let kind = ConstKind::Chain(Box::new(first), rest);
            Const {
                kind,
                span: e.span(),
            }
        })
        .boxed()
}

/// `place [, index]`, as loads and stores begin.
fn load<'t, 's: 't>(function: &'static str, size: u8) -> P<'t, 's, Value> {
    word(function)
        .ignore_then(glued())
        .ignore_then(operand())
        .then(sign(",").ignore_then(operand()).or_not())
        .then_ignore(close())
        .map(move |(place, index)| Value::Load { size, place, index })
        .boxed()
}

/// `nthzero(mask, from, n, below)`, `ones(mask, from, below)`
fn mask<'t, 's: 't>(op: AluOp) -> P<'t, 's, Value> {
    let next = || sign(",").ignore_then(operand());
    let count = match op {
        AluOp::NthZero => next().map(Some).boxed(),
        _ => empty().to(None).boxed(),
    };
    word(op.mnemonic())
        .ignore_then(glued())
        .ignore_then(name())
        .then(next())
        .then(count)
        .then(next())
        .then_ignore(close())
        .map(move |(((mask, from), count), below)| Value::Mask {
            op,
            mask,
            from,
            count,
            below,
        })
        .boxed()
}

/// A value of an expression.
fn value<'t, 's: 't>() -> P<'t, 's, Value> {
    let call = |function| word(function).ignore_then(glued());
    let nothing = |function| call(function).ignore_then(close());
    choice((
        load("load8", 1),
        load("load16", 2),
        load("load32", 4),
        load("load64", 8),
        mask(AluOp::NthZero),
        mask(AluOp::NextOne),
        mask(AluOp::Ones),
        call("ilog2")
            .ignore_then(operand())
            .then_ignore(close())
            .map(Value::Ilog2),
        call("unused")
            .ignore_then(name())
            .then_ignore(close())
            .map(Value::Unused),
        nothing("left").map_with(|(), e| Value::Left(e.span())),
        nothing("pos").map_with(|(), e| Value::Position(e.span())),
        nothing("marker").map_with(|(), e| Value::Marker(e.span())),
        operand().map(Value::Operand),
    ))
    .labelled("a value")
    .boxed()
}

/// An expression.
pub fn expression<'t, 's: 't>() -> P<'t, 's, Expression> {
    let step = operator(words::BINARY, "an operator").then(value());
    value()
        .then(step.repeated().collect::<Vec<_>>())
        .map(|(first, rest)| Expression { first, rest })
        .boxed()
}

/// A name of a constant, with or without a module, as an operand.
pub fn named_constant<'t, 's: 't>() -> P<'t, 's, Const> {
    path()
        .or(any_name())
        .map(|n| Const {
            kind: ConstKind::Name(n.text),
            span: n.span,
        })
        .boxed()
}
