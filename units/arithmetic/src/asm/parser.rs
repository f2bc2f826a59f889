//! The grammar: which tokens make an item. What the words mean is looked up
//! in the instruction table afterwards, so that the grammar does not grow with it.

use std::ops::Range;

use chumsky::error::{RichPattern, RichReason};
use chumsky::input::{MapExtra, Stream, ValueInput};
use chumsky::prelude::*;

use super::diagnostics::{self as code, Diagnostics};
use super::lexer::Token;
use crate::ops::{Form, TABLE};

/// A value and its bytes in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: SimpleSpan,
}

/// An operand as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand<'t> {
    /// A register, label or constant.
    Word(&'t str),
    /// A number.
    Number(&'t str),
}

/// One item of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'t> {
    /// `name:op operands`, a label or an instruction in infix form.
    Head(Spanned<&'t str>, Vec<Spanned<Operand<'t>>>),
    /// `MNEMONIC operands`.
    Plain(Spanned<&'t str>, Vec<Spanned<Operand<'t>>>),
    /// `NAME = number`.
    Constant(Spanned<&'t str>, Spanned<Operand<'t>>),
    /// A word where an instruction should begin.
    Unknown(Spanned<&'t str>),
}

type Extra<'t> = extra::Err<Rich<'t, Token<'t>>>;

/// True for words that begin an instruction or a directive.
pub fn is_mnemonic(word: &str) -> bool {
    DIRECTIVES.contains(&word)
        || TABLE.iter().any(|row| match row.form {
            Form::Plain => row.mnemonic == word,
            Form::Glued => super::words::condition(word).is_some(),
            Form::Infix(_) => false,
        })
}

/// Words that begin an item and are not in the instruction table.
pub const DIRECTIVES: [&str; 3] = ["CMP", "WORD", "DATA"];

fn spanned<'t, T, I>(value: T, e: &mut MapExtra<'t, '_, I, Extra<'t>>) -> Spanned<T>
where
    I: ValueInput<'t, Token = Token<'t>, Span = SimpleSpan>,
{
    Spanned {
        value,
        span: e.span(),
    }
}

fn program<'t, I>() -> impl Parser<'t, I, Vec<Spanned<Item<'t>>>, Extra<'t>>
where
    I: ValueInput<'t, Token = Token<'t>, Span = SimpleSpan>,
{
    let head = select! { Token::Head(text) => text }
        .map_with(spanned)
        .labelled("a label or destination");
    let mnemonic = select! { Token::Word(text) if is_mnemonic(text) => text }
        .map_with(spanned)
        .labelled("an instruction");
    let name = select! { Token::Word(text) if !is_mnemonic(text) => text }
        .map_with(spanned)
        .labelled("a constant");
    let number = select! { Token::Number(text) => Operand::Number(text) }.labelled("a number");
    let word = select! { Token::Word(text) if !is_mnemonic(text) => Operand::Word(text) }
        .labelled("a register or name")
        // `NAME =` begins the next item.
        .then_ignore(just(Token::Equals).not());
    let operand = choice((number, word)).map_with(spanned);
    let operands = operand
        .separated_by(just(Token::Comma).or_not())
        .collect::<Vec<_>>();

    let item = choice((
        head.then(operands).map(|(h, o)| Item::Head(h, o)),
        mnemonic.then(operands).map(|(m, o)| Item::Plain(m, o)),
        name.then(
            just(Token::Equals)
                .ignore_then(number.map_with(spanned))
                .or_not(),
        )
        .map(|(name, value)| match value {
            Some(value) => Item::Constant(name, value),
            None => Item::Unknown(name),
        }),
    ))
    .map_with(spanned)
    .recover_with(skip_then_retry_until(any().ignored(), end()));
    item.repeated().collect().then_ignore(end())
}

/// Parses tokens; what cannot be understood is reported and left out.
pub fn parse<'t>(
    tokens: Vec<(Token<'t>, Range<usize>)>,
    length: usize,
    diagnostics: &mut Diagnostics<'_>,
) -> Vec<Spanned<Item<'t>>> {
    let end = SimpleSpan::from(length..length);
    let tokens = tokens.into_iter().map(|(t, s)| (t, SimpleSpan::from(s)));
    let input = Stream::from_iter(tokens).map(end, |(token, span)| (token, span));
    let (items, errors) = program().parse(input).into_output_errors();
    for error in errors {
        let span = error.span().into_range();
        let message = match error.found() {
            Some(token) => format!("{token} cannot stand here"),
            None => "the program ends too early".to_owned(),
        };
        diagnostics.error(code::SYNTAX, span, message, expectation(&error));
    }
    items.unwrap_or_default()
}

fn expectation(error: &Rich<'_, Token<'_>>) -> Option<String> {
    let RichReason::ExpectedFound { expected, .. } = error.reason() else {
        return None;
    };
    let mut names: Vec<String> = expected
        .iter()
        .filter_map(|pattern| match pattern {
            RichPattern::Label(label) => Some(label.to_string()),
            RichPattern::Token(token) => Some(token.to_string()),
            RichPattern::EndOfInput => Some("the end".to_owned()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    let last = names.pop()?;
    Some(if names.is_empty() {
        format!("expected {last}")
    } else {
        format!("expected {} or {last}", names.join(", "))
    })
}
