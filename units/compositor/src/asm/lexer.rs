//! Tokens, and the messages of all phases.

use std::fmt;
use std::ops::Range;

use chumsky::span::SimpleSpan;
use logos::Logos;
use orrery_shared::source::{Diagnostic, Severity};

use super::Object;

/// More messages than this are not reported.
const MESSAGES: usize = 100;
/// Tokens of one statement.
const LONGEST: usize = 2000;
/// Nesting of brackets.
const DEEPEST: usize = 32;

#[derive(Logos, Clone, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\f]+")]
#[logos(skip(r"#[^\n]*", allow_greedy = true))]
pub(crate) enum Token {
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", |lex| lex.slice().to_string())]
    Name(String),
    #[regex(r"0x[0-9A-Fa-f_]+|0b[01_]+|[0-9][0-9_]*", |lex| number(lex.slice()))]
    Int(i64),
    // What is a comment or a text elsewhere never is a token.
    #[regex(r"//[^\n]*", |_| None::<()>, allow_greedy = true)]
    #[regex(r"'[^'\n]*'?", |_| None::<()>)]
    #[regex("\"[^\"\n]*\"?", |_| None::<()>)]
    #[token("\n")]
    Newline,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("=")]
    Equals,
    #[token("@")]
    At,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[token("[")]
    OpenIndex,
    #[token("]")]
    CloseIndex,
    #[token("{")]
    OpenBlock,
    #[token("}")]
    CloseBlock,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("<<")]
    Left,
    #[token(">>")]
    Right,
    #[token("&")]
    And,
}

fn number(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    if let Some(hex) = text.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()
    } else if let Some(bits) = text.strip_prefix("0b") {
        i64::from_str_radix(bits, 2).ok()
    } else {
        text.parse().ok()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Token::Name(name) => return write!(f, "{name}"),
            Token::Int(n) => return write!(f, "{n}"),
            Token::Newline => "end of line",
            Token::Semicolon => ";",
            Token::Colon => ":",
            Token::Comma => ",",
            Token::Dot => ".",
            Token::Equals => "=",
            Token::At => "@",
            Token::Open => "(",
            Token::Close => ")",
            Token::OpenIndex => "[",
            Token::CloseIndex => "]",
            Token::OpenBlock => "{",
            Token::CloseBlock => "}",
            Token::Plus => "+",
            Token::Minus => "-",
            Token::Star => "*",
            Token::Slash => "/",
            Token::Percent => "%",
            Token::Left => "<<",
            Token::Right => ">>",
            Token::And => "&",
        };
        write!(f, "{text}")
    }
}

/// A token and its place.
pub(crate) type Spanned = (Token, SimpleSpan);

/// Collects messages.
pub(crate) struct Messages {
    pub(crate) file: String,
    list: Vec<Diagnostic>,
}

impl Messages {
    pub(crate) fn new(file: &str) -> Self {
        Messages {
            file: file.to_string(),
            list: Vec::new(),
        }
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<&str>,
    ) {
        if self.list.len() < MESSAGES {
            self.list.push(Diagnostic {
                severity: Severity::Error,
                code,
                file: self.file.clone(),
                span,
                message: message.into(),
                hint: hint.map(str::to_string),
            });
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.list.is_empty()
    }

    pub(crate) fn finish(mut self, object: Object) -> Result<Object, Vec<Diagnostic>> {
        if self.list.is_empty() {
            return Ok(object);
        }
        self.list.sort_by_key(|d| d.span.start);
        Err(self.list)
    }
}

/// Cuts a text into tokens. Newlines inside brackets are dropped; what would
/// make later phases recurse too deep is refused here.
pub(crate) fn lex(text: &str, messages: &mut Messages) -> Vec<Spanned> {
    let mut tokens = Vec::new();
    // Open brackets, and whether each is a table, whose lines count by themselves.
    let mut open: Vec<(Range<usize>, bool)> = Vec::new();
    let (mut length, mut reported) = (0usize, false);
    for (token, span) in Token::lexer(text).spanned() {
        let Ok(token) = token else {
            let end = text[span.start..]
                .char_indices()
                .nth(1)
                .map_or(text.len(), |(i, _)| span.start + i);
            let bad = &text[span.start..span.end.max(end)];
            if bad.starts_with(|c: char| c.is_ascii_digit()) {
                messages.error("C007", span, format!("{bad} does not fit 64 bits"), None);
            } else {
                let shown = bad.escape_debug();
                let hint = match bad.bytes().next() {
                    Some(b'/') => "a comment begins with `#`",
                    Some(b'\'' | b'"') => "there are no texts; a character is its number: 0x61",
                    Some(b'|' | b'^' | b'~') => {
                        "of the bit operators only `&` is known in expressions"
                    }
                    _ => "no token begins like this",
                };
                messages.error("C001", span, format!("unexpected `{shown}`"), Some(hint));
            }
            continue;
        };
        match token {
            Token::Open | Token::OpenIndex => {
                let table = matches!(tokens.last(), Some((Token::Equals, _)));
                open.push((span.clone(), table && open.is_empty()));
            }
            Token::Close | Token::CloseIndex => {
                open.pop();
            }
            Token::OpenBlock | Token::CloseBlock | Token::Semicolon => length = 0,
            Token::Newline if matches!(open[..], [] | [(_, true)]) => length = 0,
            _ => {}
        }
        length += 1;
        if (length > LONGEST || open.len() > DEEPEST) && !reported {
            reported = true;
            let hint = "use several lines, or named intermediate values";
            let text = format!("over {LONGEST} tokens in a line, or over {DEEPEST} brackets");
            messages.error("C003", span.clone(), text, Some(hint));
        }
        if token != Token::Newline || open.is_empty() {
            tokens.push((token, span.into()));
        }
    }
    if let Some((span, _)) = open.into_iter().next() {
        messages.error("C009", span, "this bracket is never closed", None);
    }
    if reported { Vec::new() } else { tokens }
}
