//! Items, choices, terms, atoms.

use chumsky::prelude::*;

use super::actions::action;
use super::statements::statement;
use super::values::{chain, named_constant, operand, operator};
use super::{P, any_name, close, glued, name, open, sign, text, word};
use crate::isa::EscapeVerb;
use crate::language::ast::{
    Atom, Capture, CaptureForm, Case, CaseLabel, Choice, Condition, Const, ConstKind, Constant,
    Data, Element, Escape, EscapeRange, Item, Name, Repeat, Rule, Sequence, Setting, Subject, Term,
    TermKind,
};
use crate::language::lexer::Token;
use crate::language::words;

fn condition<'t, 's: 't>() -> P<'t, 's, Condition> {
    operand()
        .then(sign("&").ignore_then(operand()).or_not())
        .then(operator(words::RELATIONS, "a comparison"))
        .then(operand())
        .map(|(((left, mask), relation), right)| Condition {
            left,
            mask,
            relation,
            right,
        })
        .boxed()
}

/// `code(map)`
fn code<'t, 's: 't>() -> P<'t, 's, Name> {
    let argument = name().delimited_by(open(), close());
    word("code").ignore_then(argument).boxed()
}

fn case<'t, 's: 't>(sequence: P<'t, 's, Sequence>) -> P<'t, 's, Case> {
    let default = word("_").to(CaseLabel::Default);
    let values = operand()
        .then(sign("..").ignore_then(operand()).or_not())
        .map(|(low, high)| CaseLabel::Values(low, high));
    default
        .or(values)
        .labelled("a case")
        .map_with(|label, e| (label, e.span()))
        .then_ignore(sign(":"))
        .then(sequence)
        .map(|((label, span), body)| Case { label, span, body })
        .boxed()
}

fn dispatch<'t, 's: 't>(sequence: P<'t, 's, Sequence>) -> P<'t, 's, TermKind> {
    let subject = choice((
        code().map(Subject::Code),
        word("flag").to(Subject::Flag),
        name().map(Subject::Capture),
    ));
    let cases = case(sequence)
        .separated_by(sign("|"))
        .at_least(1)
        .collect()
        .delimited_by(open(), close());
    any_name()
        .then_ignore(sign("@"))
        .or_not()
        .then(subject)
        .then_ignore(sign("->"))
        .then(cases)
        .map(|((capture, subject), cases)| TermKind::Dispatch {
            capture,
            subject,
            cases,
        })
        .boxed()
}

fn guard<'t, 's: 't>(body: P<'t, 's, Choice>) -> P<'t, 's, TermKind> {
    word("guard")
        .ignore_then(body.clone())
        .then_ignore(word("catch"))
        .then(any_name().repeated().at_least(1).collect())
        .then_ignore(sign("->"))
        .then(body)
        .map(|((body, symbols), handler)| TermKind::Guard {
            body,
            symbols,
            handler,
        })
        .boxed()
}

fn capture<'t, 's: 't>() -> P<'t, 's, Capture> {
    let form = choice((
        sign("@").to(CaptureForm::Plain),
        sign("@~").to(CaptureForm::Extended),
        sign("@+").to(CaptureForm::Signed),
        sign("@<").to(CaptureForm::Append),
    ));
    let unnamed = |text: &'static str, form| {
        sign(text).map_with(move |(), e| Capture {
            name: Name {
                text: words::TEXT.to_owned(),
                span: e.span(),
            },
            form,
        })
    };
    let named = any_name()
        .then(form)
        .map(|(name, form)| Capture { name, form });
    named
        .or(unnamed("@", CaptureForm::Plain))
        .or(unnamed("-", CaptureForm::Nothing))
        .boxed()
}

fn group<'t, 's: 't>(body: P<'t, 's, Choice>) -> P<'t, 's, Atom> {
    let inner = body.clone();
    let width = select_ref! { Token::Number(n) => Setting::Width(*n) }
        .then_ignore(glued().rewind())
        .then(inner);
    let setting = operator(words::GROUPS, "a group").then(body);
    width
        .or(setting)
        .map(|(setting, body)| Atom::Group(setting, body))
        .boxed()
}

fn atom<'t, 's: 't>(body: P<'t, 's, Choice>) -> P<'t, 's, Atom> {
    let number = select_ref! {
        Token::Number(n) = e => Const { kind: ConstKind::Number(*n), span: e.span() }
    };
    let to = || sign("..").ignore_then(number.or(named_constant()));
    let arguments = operand()
        .separated_by(sign(","))
        .collect()
        .delimited_by(glued(), close());
    let named = name()
        .or(super::path())
        .then(to().or_not())
        .map(|(name, high)| {
            if high.is_none() && !name.text.contains('.') {
                return Atom::Named(name);
            }
            let low = Const {
                kind: ConstKind::Name(name.text),
                span: name.span,
            };
            Atom::Symbol(low, high)
        });
    choice((
        text().map(Atom::Text),
        sign(".").to(Atom::Any),
        sign("$").to(Atom::Empty),
        select_ref! {
            Token::Tag(bits) => Atom::Tag(*bits),
            Token::ShortTag(bits) => Atom::ShortTag(*bits),
        },
        group(body.clone()),
        number
            .then(to().or_not())
            .map(|(low, high)| Atom::Symbol(low, high)),
        code().map(Atom::Code),
        word("flag").to(Atom::Flag),
        word("reply").to(Atom::Reply),
        name()
            .then(arguments)
            .map(|(name, arguments)| Atom::Call(name, arguments)),
        named,
        just(Token::Sign("("))
            .rewind()
            .ignore_then(body)
            .map(Atom::Choice),
    ))
    .labelled("something to match")
    .boxed()
}

fn matching<'t, 's: 't>(body: P<'t, 's, Choice>) -> P<'t, 's, TermKind> {
    let count = operand()
        .delimited_by(sign("["), sign("]"))
        .map(Repeat::Count);
    let repeat = choice((
        count,
        sign("*").to(Repeat::Lazy),
        sign("**").to(Repeat::Whole),
        sign("^").to(Repeat::Frame),
    ));
    capture()
        .or_not()
        .then(atom(body))
        .then(repeat.or_not())
        .map(|((capture, atom), repeat)| TermKind::Match {
            capture,
            atom,
            repeat: repeat.unwrap_or(Repeat::Once),
        })
        .boxed()
}

fn alternatives<'t, 's: 't>() -> P<'t, 's, Choice> {
    recursive(|choices| {
        let body = choices.delimited_by(open(), close()).boxed();
        // Terms and sequences contain each other by way of dispatches.
        let sequence = recursive(|sequence| {
            let sequence = sequence.boxed();
            let kind = choice((
                action().map(TermKind::Action),
                guard(body.clone()),
                statement(body.clone()).map(TermKind::Statement),
                dispatch(sequence),
                condition().map(TermKind::Condition),
                matching(body.clone()),
            ));
            kind.map_with(|kind, e| Term {
                kind,
                span: e.span(),
            })
            .labelled("something to match or do")
            .repeated()
            .collect::<Vec<_>>()
        });
        sequence
            .separated_by(sign("|"))
            .at_least(1)
            .collect()
            .map_with(|alternatives, e| Choice {
                alternatives,
                span: e.span(),
            })
    })
    .boxed()
}

fn data<'t, 's: 't>() -> P<'t, 's, Data> {
    let width = operator(
        &[("u8", 1u8), ("u16", 2), ("u32", 4)],
        "`u8`, `u16` or `u32`",
    );
    let count = || chain(operand()).delimited_by(sign("["), sign("]"));
    let text = text().map_with(|bytes, e| Element::Text(bytes, e.span()));
    let value = operand()
        .then(count().or_not())
        .map(|(value, times)| Element::Value { value, times });
    word("data")
        .ignore_then(any_name())
        .then_ignore(sign(":"))
        .then(width)
        .then(count().or_not())
        .then(
            sign("=")
                .ignore_then(text.or(value).repeated().collect())
                .or_not(),
        )
        .map(|(((name, size), count), elements)| Data {
            name,
            size,
            count,
            elements: elements.unwrap_or_default(),
        })
        .boxed()
}

/// `vanish`, `xor 0x20`
fn escape_verb<'t, 's: 't>() -> P<'t, 's, (EscapeVerb, Option<Const>)> {
    let find = |text: &str| EscapeVerb::from_mnemonic(text);
    let verb = select_ref! { Token::Name(text) if find(text).is_some() => find(text) };
    let plain = verb
        .unwrapped()
        .filter(|verb| *verb != EscapeVerb::Xor)
        .map(|verb| (verb, None));
    let xor = word(EscapeVerb::Xor.mnemonic())
        .ignore_then(operand())
        .map(|mask| (EscapeVerb::Xor, Some(mask)));
    xor.or(plain)
        .labelled("`literal`, `vanish`, `again`, `marker` or `xor`")
        .boxed()
}

fn escape<'t, 's: 't>() -> P<'t, 's, Escape> {
    let range = operand()
        .then(sign("..").ignore_then(operand()).or_not())
        .then(escape_verb())
        .map(|((low, high), (verb, mask))| EscapeRange {
            low,
            high,
            verb,
            mask,
        });
    let otherwise = word("else").ignore_then(escape_verb());
    let table = range
        .then_ignore(sign("|"))
        .repeated()
        .collect()
        .then(otherwise)
        .delimited_by(open(), close());
    word("escape")
        .ignore_then(any_name())
        .then_ignore(sign(":"))
        .then(operand())
        .then(table)
        .map(|((name, prefix), (ranges, otherwise))| Escape {
            name,
            prefix,
            ranges,
            otherwise,
        })
        .boxed()
}

/// One item of a file.
pub fn item<'t, 's: 't>() -> P<'t, 's, Item> {
    let file = text().map_with(|bytes, e| Name {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        span: e.span(),
    });
    let link = word("link")
        .ignore_then(sign(":"))
        .ignore_then(file.repeated().collect())
        .map(Item::Link);
    let constant = word("const")
        .ignore_then(any_name())
        .then_ignore(sign("="))
        .then(chain(operand()))
        .map(|(name, value)| Item::Constant(Constant { name, value }));
    let share = word("share")
        .ignore_then(sign(":"))
        .ignore_then(name().repeated().at_least(2).collect())
        .map(Item::Share);
    let parameter = word("param")
        .ignore_then(any_name())
        .then_ignore(sign("="))
        .then(chain(operand()))
        .map(|(name, value)| Item::Parameter(Constant { name, value }));
    let parameters = any_name()
        .separated_by(sign(","))
        .collect::<Vec<_>>()
        .delimited_by(open(), close());
    let rule = any_name()
        .then(parameters.or_not())
        .then_ignore(sign(":"))
        .then(alternatives())
        .map(|((name, parameters), body)| {
            let parameters = parameters.unwrap_or_default();
            Item::Rule(Rule {
                name,
                parameters,
                body,
            })
        });
    choice((
        link,
        constant,
        parameter,
        data().map(Item::Data),
        escape().map(Item::Escape),
        share,
        rule,
    ))
    .then_ignore(end())
    .boxed()
}
