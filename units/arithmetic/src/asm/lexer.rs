//! Tokens of the assembly language.

use std::fmt;
use std::ops::Range;

use logos::Logos;

/// A token. Newlines mean nothing.
#[derive(Logos, Clone, Copy, Debug, PartialEq)]
#[logos(skip r"[ \t\r\n\f]+")]
#[logos(skip(r"#[^\n]*", allow_greedy = true))]
pub enum Token<'t> {
    /// `name:op`: a label (if the name is none of the machine's) or the
    /// destination of an instruction. The operation is glued to the colon.
    #[regex(r"(\.?[A-Za-z_][A-Za-z0-9_]*)?:[-+*/&|^~!]*[A-Za-z0-9]*", |lex| lex.slice())]
    Head(&'t str),
    /// A mnemonic, a register, a label, or a constant.
    #[regex(r"\.?[A-Za-z_][A-Za-z0-9_]*", |lex| lex.slice())]
    Word(&'t str),
    /// A number, perhaps a wrong one.
    #[regex(r"-?[0-9][A-Za-z0-9_]*", |lex| lex.slice())]
    Number(&'t str),
    /// `,`
    // What is a comment or a text elsewhere: one message for all of it.
    #[regex(r"(;|//)[^\n]*", no_token, allow_greedy = true)]
    #[regex(r"'[^'\n]*'?", no_token)]
    #[regex("\"[^\"\n]*\"?", no_token)]
    #[token(",")]
    Comma,
    /// `=`
    #[token("=")]
    Equals,
}

fn no_token<'t>(_: &mut logos::Lexer<'t, Token<'t>>) -> Result<(), ()> {
    Err(())
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Head(text) | Token::Word(text) | Token::Number(text) => write!(f, "`{text}`"),
            Token::Comma => f.write_str("`,`"),
            Token::Equals => f.write_str("`=`"),
        }
    }
}

/// A text taken apart.
#[derive(Default)]
pub struct Lexed<'t> {
    /// The tokens and their places.
    pub tokens: Vec<(Token<'t>, Range<usize>)>,
    /// The places of what is no token.
    pub wrong: Vec<Range<usize>>,
}

/// Takes a text apart.
pub fn lex(text: &str) -> Lexed<'_> {
    let Lexed {
        mut tokens,
        mut wrong,
    } = Lexed::default();
    for (token, span) in Token::lexer(text).spanned() {
        match token {
            Ok(token) => tokens.push((token, span)),
            // One message per run of wrong characters.
            Err(()) => match wrong.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => wrong.push(span),
            },
        }
    }
    Lexed { tokens, wrong }
}

/// The value of a number token: decimal, `0x`, or `0b`, with `_` anywhere after the first digit.
pub fn number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = digits.replace('_', "");
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        i64::from_str_radix(hex, 16)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        i64::from_str_radix(binary, 2)
    } else {
        digits.parse()
    };
    let value = value.ok()?;
    Some(if negative { -value } else { value })
}
