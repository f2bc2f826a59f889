//! Statements. Lines and blocks are cut apart by hand, so that an error in one
//! statement hides no other; a statement is parsed with chumsky.

use chumsky::error::RichPattern;
use chumsky::input::ValueInput;
use chumsky::prelude::*;

use super::lexer::{Messages, Spanned, Token};

/// An expression and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) expr: Expr,
    pub(crate) span: SimpleSpan,
}

/// Expressions stand for numbers, registers, units, scalars and bank words alike.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Int(i64),
    Name(String),
    Index(Box<Node>, Box<Node>),
    Field(Box<Node>, String),
    Vector(Box<Node>),
    Negative(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Left,
    Right,
    And,
}

/// A coordinate: absolute if marked with `@`.
#[derive(Clone, Debug)]
pub(crate) struct Coordinate {
    pub(crate) absolute: bool,
    pub(crate) value: Node,
}

/// One operand of an instruction.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Value(Node),
    Place(Coordinate, Coordinate, SimpleSpan),
    Targets(Vec<(String, SimpleSpan)>, SimpleSpan),
}

/// A word after the operands.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) value: Option<Node>,
    pub(crate) span: SimpleSpan,
}

/// One statement.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// `kernel name:` or `scan name:`; with `[index]` the index follows the name.
    Entry(String, Option<Node>),
    /// `name:`, also with `[index]`.
    Label(String, Option<Node>),
    /// `const name = [ ... ]`
    Table(String, Vec<Node>),
    /// `let name = operand`, also `unit`, `scalar` and `int`.
    Let(String, Node),
    /// An instruction.
    Instr(String, Vec<Operand>, Vec<Choice>),
    /// `rep name count { ... }`
    Rep(String, Node, Vec<Placed>),
}

/// A statement and its place.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) statement: Statement,
    pub(crate) span: SimpleSpan,
}

/// Choices that take a number.
const VALUED: [&str; 7] = ["zext", "sext", "clipu", "clips", "shr", "pshr", "pwrap"];

type Errors<'t> = extra::Err<Rich<'t, Token>>;

fn expression<'t, I>() -> impl Parser<'t, I, Node, Errors<'t>> + Clone
where
    I: ValueInput<'t, Token = Token, Span = SimpleSpan>,
{
    recursive(|expr| {
        let node = |expr, span| Node { expr, span };
        let name = select! { Token::Name(n) => n }.labelled("name");
        let int = select! { Token::Int(n) => Expr::Int(n) }.labelled("number");
        let plain = name
            .filter(|n: &String| n != "vec")
            .map(Expr::Name)
            .or(int)
            .map_with(move |e, x| node(e, x.span()));
        let inner = expr
            .clone()
            .delimited_by(just(Token::Open), just(Token::Close));
        enum Post {
            Index(Node),
            Field(String),
        }
        let post = choice((
            expr.clone()
                .delimited_by(just(Token::OpenIndex), just(Token::CloseIndex))
                .map(Post::Index),
            just(Token::Dot).ignore_then(name).map(Post::Field),
        ));
        let atom = plain.or(inner).foldl_with(post.repeated(), move |e, p, x| {
            let expr = match p {
                Post::Index(i) => Expr::Index(Box::new(e), Box::new(i)),
                Post::Field(f) => Expr::Field(Box::new(e), f),
            };
            node(expr, x.span())
        });
        let vector = select! { Token::Name(n) if n == "vec" => () }
            .ignore_then(atom.clone())
            .map_with(move |e, x| node(Expr::Vector(Box::new(e)), x.span()));
        let unary = just(Token::Minus)
            .repeated()
            .at_most(8)
            .foldr_with(vector.or(atom), move |_, e, x| {
                node(Expr::Negative(Box::new(e)), x.span())
            });
        let level = |ops: Vec<(Token, Operator)>| {
            choice(
                ops.into_iter()
                    .map(|(t, o)| just(t).to(o))
                    .collect::<Vec<_>>(),
            )
        };
        let fold =
            move |a: Node,
                  (op, b): (Operator, Node),
                  x: &mut chumsky::input::MapExtra<'t, '_, I, Errors<'t>>| {
                node(Expr::Binary(op, Box::new(a), Box::new(b)), x.span())
            };
        let product = unary.clone().foldl_with(
            level(vec![
                (Token::Star, Operator::Mul),
                (Token::Slash, Operator::Div),
                (Token::Percent, Operator::Rem),
            ])
            .then(unary)
            .repeated(),
            fold,
        );
        let sum = product.clone().foldl_with(
            level(vec![
                (Token::Plus, Operator::Add),
                (Token::Minus, Operator::Sub),
            ])
            .then(product)
            .repeated(),
            fold,
        );
        sum.clone()
            .foldl_with(
                level(vec![
                    (Token::Left, Operator::Left),
                    (Token::Right, Operator::Right),
                    (Token::And, Operator::And),
                ])
                .then(sum)
                .repeated(),
                fold,
            )
            .boxed()
    })
}

fn statement<'t, I>() -> impl Parser<'t, I, Statement, Errors<'t>>
where
    I: ValueInput<'t, Token = Token, Span = SimpleSpan>,
{
    let name = select! { Token::Name(n) => n }.labelled("name");
    let word = |w: &'static str| select! { Token::Name(n) if n == w => () };
    let value = expression();

    // Elements of a table stand side by side, so they are simple: a sum would
    // be ambiguous with two elements.
    let element = just(Token::Minus)
        .or_not()
        .then(
            select! { Token::Int(n) => Expr::Int(n), Token::Name(n) => Expr::Name(n) }
                .map_with(|expr, x| Node {
                    expr,
                    span: x.span(),
                })
                .or(value
                    .clone()
                    .delimited_by(just(Token::Open), just(Token::Close))),
        )
        .map_with(|(minus, e), x| match minus {
            Some(_) => Node {
                expr: Expr::Negative(Box::new(e)),
                span: x.span(),
            },
            None => e,
        });
    let table = word("const")
        .ignore_then(name)
        .then_ignore(just(Token::Equals))
        .then(
            element
                .separated_by(just(Token::Comma).or_not())
                .allow_trailing()
                .collect::<Vec<_>>()
                .delimited_by(just(Token::OpenIndex), just(Token::CloseIndex)),
        )
        .map(|(n, t)| Statement::Table(n, t));
    let alias = choice((word("let"), word("unit"), word("scalar"), word("int")))
        .ignore_then(name)
        .then_ignore(just(Token::Equals))
        .then(value.clone())
        .map(|(n, v)| Statement::Let(n, v));
    let rep = word("rep")
        .ignore_then(name)
        .then(value.clone())
        .map(|(n, c)| Statement::Rep(n, c, Vec::new()));

    let coordinate = just(Token::At)
        .or_not()
        .then(value.clone())
        .map(|(at, value)| Coordinate {
            absolute: at.is_some(),
            value,
        });
    let place = coordinate
        .clone()
        .then_ignore(just(Token::Comma))
        .then(coordinate)
        .delimited_by(just(Token::Open), just(Token::Close))
        .map_with(|(x, y), e| Operand::Place(x, y, e.span()));
    let targets = name
        .map_with(|n, x| (n, x.span()))
        .separated_by(just(Token::Comma).or_not())
        .collect::<Vec<_>>()
        .delimited_by(just(Token::OpenIndex), just(Token::CloseIndex))
        .map_with(|t, x| Operand::Targets(t, x.span()));
    let operand = choice((place, targets, value.clone().map(Operand::Value)));
    let valued =
        select! { Token::Name(n) if VALUED.contains(&n.as_str()) => n }.then(value.map(Some));
    let bare = select! { Token::Name(n) if !VALUED.contains(&n.as_str()) => n }.map(|n| (n, None));
    let option = valued.or(bare).map_with(|(name, value), x| Choice {
        name,
        value,
        span: x.span(),
    });
    let instr = name
        .then(operand.separated_by(just(Token::Comma)).collect::<Vec<_>>())
        .then(option.repeated().collect::<Vec<_>>())
        .map(|((n, o), c)| Statement::Instr(n, o, c));

    choice((table, alias, rep, instr)).then_ignore(end())
}

/// Cuts tokens into statements and blocks.
pub(crate) fn parse(tokens: &[Spanned], end: usize, messages: &mut Messages) -> Vec<Placed> {
    let parser = statement().boxed();
    let mut blocks: Vec<Vec<Placed>> = vec![Vec::new()];
    let mut opened: Vec<SimpleSpan> = Vec::new();
    let mut from = 0;
    let eof = (Token::Newline, SimpleSpan::from(end..end));
    for (i, (token, span)) in tokens.iter().chain(Some(&eof)).enumerate() {
        let cut = matches!(
            token,
            Token::Newline | Token::Semicolon | Token::Colon | Token::OpenBlock | Token::CloseBlock
        );
        if !cut {
            continue;
        }
        let part = &tokens[from.min(tokens.len())..i];
        from = i + 1;
        let mut parsed = None;
        if *token == Token::Colon {
            parsed = label(part, *span, messages);
        } else if !part.is_empty() {
            let input = part.map((span.start..span.start).into(), |(t, s)| (t, s));
            let (statement, errors) = parser.parse(input).into_output_errors();
            for e in errors {
                let hint = form(part);
                messages.error("C002", e.span().into_range(), unexpected(&e), hint);
            }
            let start = part[0].1.start;
            let stop = part[part.len() - 1].1.end;
            parsed = statement.map(|statement| Placed {
                statement,
                span: (start..stop).into(),
            });
        }
        match token {
            Token::OpenBlock => {
                let rep = matches!(
                    parsed,
                    Some(Placed {
                        statement: Statement::Rep(..),
                        ..
                    })
                );
                if !rep && (parsed.is_some() || part.is_empty()) {
                    let hint = "blocks follow `rep name count`";
                    messages.error(
                        "C009",
                        span.into_range(),
                        "nothing opens this block",
                        Some(hint),
                    );
                }
                if opened.len() >= 8 {
                    messages.error(
                        "C003",
                        span.into_range(),
                        "blocks are nested over 8 deep",
                        None,
                    );
                    return Vec::new();
                }
                // Without a head the block is read (for its errors) as if it ran once.
                let head = parsed.filter(|_| rep).unwrap_or_else(|| Placed {
                    statement: Statement::Rep(
                        String::new(),
                        Node {
                            expr: Expr::Int(1),
                            span: *span,
                        },
                        Vec::new(),
                    ),
                    span: *span,
                });
                opened.push(*span);
                if let Some(block) = blocks.last_mut() {
                    block.push(head);
                }
                blocks.push(Vec::new());
            }
            _ => {
                if let Some(Placed {
                    statement: Statement::Rep(..),
                    span,
                }) = &parsed
                {
                    let text = "the block of this `rep` is missing";
                    messages.error(
                        "C009",
                        span.into_range(),
                        text,
                        Some("write `rep i 4 { ... }`"),
                    );
                }
                if let (Some(parsed), Some(block)) = (parsed, blocks.last_mut()) {
                    block.push(parsed);
                }
                if *token == Token::CloseBlock {
                    if opened.pop().is_none() {
                        messages.error("C009", span.into_range(), "no block is open", None);
                        continue;
                    }
                    let body = blocks.pop().unwrap_or_default();
                    if let Some(Placed {
                        statement: Statement::Rep(_, _, to),
                        ..
                    }) = blocks.last_mut().and_then(|b| b.last_mut())
                    {
                        *to = body;
                    }
                }
            }
        }
    }
    if let Some(span) = opened.first() {
        messages.error(
            "C009",
            span.into_range(),
            "this block is never closed",
            None,
        );
    }
    blocks.into_iter().next().unwrap_or_default()
}

/// What was found and what could stand there, in words.
fn unexpected(error: &Rich<'_, Token>) -> String {
    let mut expected: Vec<String> = error
        .expected()
        .filter_map(|pattern| match pattern {
            RichPattern::Label(label) => Some(format!("a {label}")),
            RichPattern::Token(token) => Some(format!("`{}`", **token)),
            RichPattern::EndOfInput => Some("the end of the line".to_owned()),
            _ => None,
        })
        .collect();
    expected.sort();
    expected.dedup();
    let found = match error.found() {
        Some(token) => format!("`{token}`"),
        None => "the end of the line".to_owned(),
    };
    match expected.split_last() {
        None => format!("{found} cannot stand here"),
        Some((last, [])) => format!("expected {last}, found {found}"),
        Some((last, others)) => {
            format!("expected {} or {last}, found {found}", others.join(", "))
        }
    }
}

/// How a statement that begins like this is written.
fn form(part: &[Spanned]) -> Option<&'static str> {
    let Some((Token::Name(first), _)) = part.first() else {
        return Some("a statement begins with a word: an instruction, `let`, `const`, a label");
    };
    match first.as_str() {
        "const" => Some("a table is `const NAME = [ 1 2 3 ]`, a single number `int NAME = 5`"),
        "let" | "unit" | "scalar" | "int" => {
            Some("a name is given by `let x = r5`, `unit in = u0`, `scalar w = s3`, `int N = 7`")
        }
        "rep" => Some("write `rep i 4 { ... }`"),
        _ if matches!(part.get(1), Some((Token::Equals, _))) => {
            Some("a name is given by `let x = r5`, a value is moved by `gMOV d, a`")
        }
        _ => Some("operands are separated by commas; options follow them without"),
    }
}

fn label(part: &[Spanned], colon: SimpleSpan, messages: &mut Messages) -> Option<Placed> {
    let entry = matches!(part, [(Token::Name(kind), _), (Token::Name(_), _), ..]
        if kind == "kernel" || kind == "scan");
    let (name, index) = match &part[usize::from(entry)..] {
        [(Token::Name(n), _)] => (n, None),
        [
            (Token::Name(n), _),
            (Token::OpenIndex, _),
            index @ ..,
            (Token::CloseIndex, close),
        ] => {
            let input = index.map((close.start..close.start).into(), |(t, s)| (t, s));
            let parser = expression().then_ignore(end());
            let (value, errors) = parser.parse(input).into_output_errors();
            for e in errors {
                messages.error("C002", e.span().into_range(), e.to_string(), None);
            }
            (n, Some(value?))
        }
        _ => {
            let hint = "write `name:`, `kernel name:` or `scan name:`, in blocks `name[i]:`";
            messages.error("C002", colon.into_range(), "this is no label", Some(hint));
            return None;
        }
    };
    let statement = if entry {
        Statement::Entry(name.clone(), index)
    } else {
        Statement::Label(name.clone(), index)
    };
    let span = part[0].1.start..part[part.len() - 1].1.end;
    Some(Placed {
        statement,
        span: span.into(),
    })
}
