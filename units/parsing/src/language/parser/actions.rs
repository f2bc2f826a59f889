//! What stands between braces.

use chumsky::prelude::*;

use super::values::operand;
use super::{P, any_name, close, open, path, sign};
use crate::language::ast::{ActionKind, ActionOperand, ActionStatement, Name};
use crate::language::lexer::Token;

fn action_operand<'t, 's: 't>() -> P<'t, 's, ActionOperand> {
    sign("&")
        .ignore_then(any_name())
        .map(ActionOperand::Identity)
        .or(operand().map(ActionOperand::Value))
        .labelled("a value")
        .boxed()
}

/// How an element is changed: sign and mnemonic.
fn place_operator<'t, 's: 't>() -> P<'t, 's, &'static str> {
    let named = |word, mnemonic| super::word(word).then(sign("=")).to(mnemonic);
    choice((
        sign("=").to("place"),
        sign("+=").to("place_add"),
        named("or", "place_or"),
        named("sign", "place_sign"),
    ))
    .boxed()
}

/// What may follow the first name of a statement.
enum Tail {
    Create(Name, Vec<ActionOperand>),
    Append(Vec<ActionOperand>),
    Repeat(ActionOperand, ActionOperand),
    Copy(ActionOperand, ActionOperand),
    Place(&'static str, [ActionOperand; 3]),
    Plain(Vec<ActionOperand>),
}

fn tail<'t, 's: 't>() -> P<'t, 's, Tail> {
    let operands = || action_operand().repeated().collect::<Vec<_>>();
    let pair = |open: P<'t, 's, ()>, close: P<'t, 's, ()>| {
        action_operand()
            .then_ignore(sign(","))
            .then(action_operand())
            .delimited_by(open, close)
    };
    let repeat = action_operand()
        .then_ignore(sign("*"))
        .then(action_operand())
        .map(|(value, times)| Tail::Repeat(value, times));
    let append = action_operand()
        .repeated()
        .at_least(1)
        .collect()
        .map(Tail::Append);
    choice((
        sign("<-")
            .ignore_then(any_name())
            .then(operands())
            .map(|(kind, operands)| Tail::Create(kind, operands)),
        sign("<<").ignore_then(repeat.or(append)),
        sign("~")
            .ignore_then(pair(open(), close()))
            .map(|(distance, length)| Tail::Copy(distance, length)),
        pair(sign("["), sign("]"))
            .then(place_operator())
            .then(action_operand())
            .map(|(((base, index), op), value)| Tail::Place(op, [base, index, value])),
        operands().map(Tail::Plain),
    ))
    .boxed()
}

fn statement<'t, 's: 't>() -> P<'t, 's, ActionStatement> {
    any_name()
        .or(path())
        .then(tail())
        .map_with(|(name, tail), e| ActionStatement {
            kind: match tail {
                Tail::Create(kind, operands) => ActionKind::Create(name, kind, operands),
                Tail::Append(operands) if name.text.contains('.') => {
                    ActionKind::Plain(name, operands)
                }
                Tail::Append(operands) => ActionKind::Append(name, operands),
                Tail::Repeat(value, times) => ActionKind::Repeat(name, value, times),
                Tail::Copy(distance, length) => ActionKind::Copy(name, distance, length),
                Tail::Place(op, operands) => ActionKind::Place(name, op, operands),
                Tail::Plain(operands) => ActionKind::Plain(name, operands),
            },
            span: e.span(),
        })
        .labelled("an action")
        .boxed()
}

/// `{ ... }`
pub fn action<'t, 's: 't>() -> P<'t, 's, Vec<ActionStatement>> {
    let end = just(Token::Newline).or(just(Token::Sign(";"))).ignored();
    statement()
        .separated_by(end.repeated().at_least(1))
        .allow_leading()
        .allow_trailing()
        .collect()
        .delimited_by(sign("{"), sign("}"))
        .boxed()
}
