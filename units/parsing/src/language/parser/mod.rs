//! From tokens to the tree.
//!
//! The tokens are cut into items first, at the heads `name:` and
//! `name(parameters):` outside of all brackets; each item is then parsed by
//! itself, so that an error in one never hides an error in another. Brackets
//! are limited here, which bounds the recursion of everything behind.

mod actions;
mod mistakes;
mod statements;
mod terms;
mod values;

use std::borrow::Cow;

use chumsky::error::Rich;
use chumsky::input::{Input as _, MappedInput};
use chumsky::prelude::*;

use mistakes::{Bracket, Mistakes};

use super::ast::{File, Item, Name};
use super::diagnose::{Code, Report};
use super::lexer::{Span, Spanned, Token};
use super::words;

/// Deepest nesting of brackets.
pub const NESTING: u32 = 200;

type Input<'t, 's> = MappedInput<'t, Token<'s>, Span, &'t [Spanned<'s>]>;
type Failure<'t, 's> = Rich<'t, Token<'s>, Span>;
type Extra<'t, 's> = extra::Err<Failure<'t, 's>>;
/// A parser of `O`.
type P<'t, 's, O> = Boxed<'t, 't, Input<'t, 's>, O, Extra<'t, 's>>;

/// One sign.
fn sign<'t, 's: 't>(text: &'static str) -> P<'t, 's, ()> {
    just(Token::Sign(text)).ignored().boxed()
}

/// An opening parenthesis, glued or not.
fn open<'t, 's: 't>() -> P<'t, 's, ()> {
    just(Token::Sign("("))
        .or(just(Token::Glued))
        .ignored()
        .boxed()
}

/// A closing parenthesis.
fn close<'t, 's: 't>() -> P<'t, 's, ()> {
    sign(")")
}

/// An opening parenthesis right behind a name or a number.
fn glued<'t, 's: 't>() -> P<'t, 's, ()> {
    just(Token::Glued).ignored().boxed()
}

/// One word of the language.
fn word<'t, 's: 't>(text: &'static str) -> P<'t, 's, ()> {
    let parser = select_ref! { Token::Name(name) if *name == text => () };
    parser.labelled(format!("`{text}`")).boxed()
}

/// A name, which may be a word of the language (told apart later, with a better message).
fn any_name<'t, 's: 't>() -> P<'t, 's, Name> {
    let parser = select_ref! {
        Token::Name(name) = e => Name { text: (*name).to_owned(), span: e.span() }
    };
    parser.labelled("a name").boxed()
}

/// A name that is no word of the language.
fn name<'t, 's: 't>() -> P<'t, 's, Name> {
    let parser = select_ref! {
        Token::Name(name) = e if !words::is_reserved(name) => Name {
            text: (*name).to_owned(),
            span: e.span(),
        }
    };
    parser.labelled("a name").boxed()
}

/// `module.name`
fn path<'t, 's: 't>() -> P<'t, 's, Name> {
    let parser = select_ref! {
        Token::Path(name) = e => Name { text: (*name).to_owned(), span: e.span() }
    };
    parser.labelled("a name").boxed()
}

/// The bytes of a text.
fn text<'t, 's: 't>() -> P<'t, 's, Vec<u8>> {
    let parser = select_ref! { Token::Text(bytes) => bytes.clone() };
    parser.labelled("a text").boxed()
}

/// Where items begin.
fn heads(source: &str, tokens: &[Spanned<'_>], report: &mut Report) -> Option<Vec<usize>> {
    let change = |token: &Token<'_>| match token {
        Token::Sign("(" | "[" | "{") | Token::Glued => 1,
        Token::Sign(")" | "]" | "}") => -1,
        _ => 0,
    };
    let mut open = 0;
    let balanced = tokens.iter().all(|(t, _)| {
        open += change(t);
        open >= 0
    }) && open == 0;
    let mut depth = 0;
    let mut heads = Vec::new();
    for (at, (token, span)) in tokens.iter().enumerate() {
        // A bracket forgotten in one rule must not swallow the others: then a
        // head at the very beginning of a line counts wherever it stands.
        let outside = depth <= 0
            || !balanced && (span.start == 0 || source.as_bytes()[span.start - 1] == b'\n');
        if outside && is_head(&tokens[at..]) && !continues_head(&heads, at, tokens) {
            heads.push(at);
            depth = 0;
        }
        depth += change(token);
        if depth > NESTING as i32 {
            report.error(
                Code::Nesting,
                *span,
                "brackets are nested too deep here",
                "give the inner part a name of its own",
            );
            return None;
        }
    }
    Some(heads)
}

/// `data x: u8` looks like a rule from its second token on.
fn continues_head(heads: &[usize], at: usize, tokens: &[Spanned<'_>]) -> bool {
    heads.last().is_some_and(|&head| {
        head + 1 == at && matches!(tokens[head].0, Token::Name(n) if words::ITEMS.contains(&n))
    })
}

fn is_head(tokens: &[Spanned<'_>]) -> bool {
    let token = |at: usize| tokens.get(at).map(|(token, _)| token);
    let (Some(Token::Name(name)), Some(second)) = (token(0), token(1)) else {
        return false;
    };
    match second {
        Token::Sign(":") => true,
        // `escape on t` is a statement.
        Token::Name(_) if *name == "escape" => token(2) == Some(&Token::Sign(":")),
        Token::Name(_) => matches!(*name, "const" | "data" | "param"),
        Token::Sign("(") | Token::Glued => {
            let mut at = 2;
            while let Some(Token::Name(_) | Token::Sign(",")) = token(at) {
                at += 1;
            }
            token(at) == Some(&Token::Sign(")")) && token(at + 1) == Some(&Token::Sign(":"))
        }
        _ => false,
    }
}

/// The tokens of each item, and a bracket without its partner.
fn items<'t, 's>(
    tokens: &'t [Spanned<'s>],
    heads: &[usize],
) -> Vec<(Cow<'t, [Spanned<'s>]>, Option<Bracket>)> {
    let mut unclosed = false;
    let ends = heads[1.min(heads.len())..]
        .iter()
        .copied()
        .chain([tokens.len()]);
    let cut = |(&head, mut end): (&usize, usize)| {
        while end > head + 1 && matches!(tokens[end - 1].0, Token::Sign(";") | Token::Newline) {
            end -= 1;
        }
        let mut item = Cow::Borrowed(&tokens[head..end]);
        if unclosed {
            // Behind a `{` that is not closed line ends were taken for those of an action.
            mistakes::drop_line_ends(item.to_mut());
        }
        let bracket = mistakes::bracket(&item);
        unclosed |= bracket.is_some();
        (item, bracket)
    };
    heads.iter().zip(ends).map(cut).collect()
}

/// Parses a file. What could not be parsed is reported and left out.
pub fn parse(source: &str, tokens: &[Spanned<'_>], report: &mut Report) -> File {
    let mut file = File::default();
    let Some(heads) = heads(source, tokens, report) else {
        return file;
    };
    let start = heads.first().copied().unwrap_or(tokens.len());
    if start > 0 {
        let hint = match tokens[0].0 {
            Token::Name("link") => "files are linked by `link: \"name.alu\"`",
            _ => "a rule begins with its name and a colon: `main:`",
        };
        report.error(
            Code::Syntax,
            tokens[0].1,
            format!("expected the beginning of a rule, found {}", tokens[0].0),
            hint,
        );
    }
    let mistakes = Mistakes::new(tokens, &heads);
    let items = items(tokens, &heads);
    let parser = terms::item();
    for (item, bracket) in &items {
        let last = item[item.len() - 1].1.end;
        let input = item.split_token_span(Span::from(last..last));
        let (parsed, failures) = parser.parse(input).into_output_errors();
        if !failures.is_empty() {
            mistakes.explain(item, bracket.as_ref(), &failures, report);
        }
        match parsed {
            Some(Item::Link(mut links)) => file.links.append(&mut links),
            Some(Item::Constant(constant)) => file.constants.push(constant),
            Some(Item::Parameter(parameter)) => file.parameters.push(parameter),
            Some(Item::Data(data)) => file.data.push(data),
            Some(Item::Share(names)) => file.shares.push(names),
            Some(Item::Escape(table)) => file.escapes.push(table),
            Some(Item::Rule(rule)) => file.rules.push(rule),
            None => {}
        }
    }
    file
}
