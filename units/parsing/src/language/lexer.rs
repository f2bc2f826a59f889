//! From text to tokens.
//!
//! Three things are settled here so that the parser need not know them: line
//! ends count only between the statements of an action, a letter glued to an
//! operator (`<s`, `+c`) belongs to it, and `f(` is not `f (`.

use std::fmt;

use chumsky::span::SimpleSpan;
use logos::{FilterResult, Lexer, Logos};

use super::diagnose::{Code, Report};

/// A byte range of the source.
pub type Span = SimpleSpan;

/// Leading bits written in a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Their value.
    pub value: u32,
    /// How many.
    pub count: u8,
}

/// Why a piece of text is no token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadToken {
    /// A character without a meaning.
    #[default]
    Character,
    /// A number beyond 32 bits.
    Range,
    /// A number with a letter in it.
    Number,
    /// Leading zeros: a number, or bits?
    Zeros,
    /// A tag of more bits than a symbol can have.
    Tag,
    /// `"` without its partner.
    OpenText,
    /// An unknown escape.
    Escape,
    /// `(-` without `-)`.
    OpenComment,
    /// A text in other quotation marks.
    Quotes,
    /// A comment of another language.
    Foreign,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Logos)]
#[logos(error = BadToken)]
#[logos(skip r"[ \t\r\f]+")]
#[logos(skip(r"#[^\n]*", allow_greedy = true))]
pub enum Token<'s> {
    /// A name or a word of the language.
    #[regex("[A-Za-z_][A-Za-z_0-9]*")]
    Name(&'s str),
    /// `module.name`, without spaces.
    #[regex(r"[A-Za-z_][A-Za-z_0-9]*\.[A-Za-z_][A-Za-z_0-9]*")]
    Path(&'s str),
    /// A number.
    #[regex("[0-9][0-9A-Za-z_]*", number)]
    #[regex("0x[0-9A-Fa-f]+", number, priority = 20)]
    Number(u32),
    /// A text, escapes resolved.
    #[regex(r#""([^"\\\n]|\\[^\n])*""#, text)]
    #[regex(r#""([^"\\\n]|\\[^\n])*"#, |_| Err(BadToken::OpenText))]
    #[regex(r"'[^'\n]*'?", |_| Err(BadToken::Quotes))]
    #[regex(r"[“„][^“”\n]*[“”]?", |_| Err(BadToken::Quotes))]
    #[regex(r"//[^\n]*", |_| Err(BadToken::Foreign), allow_greedy = true)]
    #[regex(r"/\*([^*]|\*[^/])*(\*/)?", |_| Err(BadToken::Foreign))]
    Text(Vec<u8>),
    /// `01x`.
    #[regex("[01]+x", tag, priority = 21)]
    Tag(Bits),
    /// `01_`.
    #[regex("[01]+_", tag, priority = 21)]
    ShortTag(Bits),
    /// Anything made of signs, and glued forms such as `<s`.
    #[token("(", slice)]
    #[token(")", slice)]
    #[token("[", slice)]
    #[token("]", slice)]
    #[token("{", slice)]
    #[token("}", slice)]
    #[token(":", slice)]
    #[token(";", slice)]
    #[token(",", slice)]
    #[token("|", slice)]
    #[token("=", slice)]
    #[token("==", slice)]
    #[token("!=", slice)]
    #[token("<", slice)]
    #[token("<=", slice)]
    #[token(">", slice)]
    #[token(">=", slice)]
    #[token("+", slice)]
    #[token("-", slice)]
    #[token("&", slice)]
    #[token("^", slice)]
    #[token("<<", slice)]
    #[token(">>", slice)]
    #[token("*", slice)]
    #[token("**", slice)]
    #[token("@", slice)]
    #[token("@~", slice)]
    #[token("@+", slice)]
    #[token("@<", slice)]
    #[token(".", slice)]
    #[token("..", slice)]
    #[token("->", slice)]
    #[token("<-", slice)]
    #[token("~", slice)]
    #[token("+=", slice)]
    #[token("$", slice)]
    #[token("$0", slice)]
    Sign(&'s str),
    /// `(` right behind a name or a number.
    Glued,
    /// A line end between the statements of an action.
    #[token("\n")]
    Newline,
    /// Never leaves the lexer.
    #[token("(-", comment)]
    Comment,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Name(name) | Token::Path(name) => write!(f, "`{name}`"),
            Token::Number(n) => write!(f, "`{n}`"),
            Token::Text(_) => f.write_str("a text"),
            Token::Tag(_) | Token::ShortTag(_) => f.write_str("a tag"),
            Token::Sign(sign) => write!(f, "`{sign}`"),
            Token::Glued => f.write_str("`(`"),
            Token::Newline => f.write_str("the end of the line"),
            Token::Comment => f.write_str("a comment"),
        }
    }
}

fn slice<'s>(lex: &mut Lexer<'s, Token<'s>>) -> &'s str {
    lex.slice()
}

fn number<'s>(lex: &mut Lexer<'s, Token<'s>>) -> Result<u32, BadToken> {
    let digits = lex.slice();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0b") => (&digits[2..], 2),
        _ => (digits, 10),
    };
    if radix == 10 && digits.len() > 1 && digits.starts_with('0') {
        return Err(BadToken::Zeros);
    }
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(BadToken::Number);
    }
    u32::from_str_radix(digits, radix).map_err(|_| BadToken::Range)
}

fn tag<'s>(lex: &mut Lexer<'s, Token<'s>>) -> Result<Bits, BadToken> {
    let slice = lex.slice();
    let digits = &slice[..slice.len() - 1];
    if digits.len() > 12 {
        return Err(BadToken::Tag);
    }
    let value = u32::from_str_radix(digits, 2).map_err(|_| BadToken::Number)?;
    let count = digits.len() as u8;
    Ok(Bits { value, count })
}

fn text<'s>(lex: &mut Lexer<'s, Token<'s>>) -> Result<Vec<u8>, BadToken> {
    let slice = lex.slice();
    let mut bytes = Vec::with_capacity(slice.len());
    let mut rest = slice[1..slice.len() - 1].bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'0') => 0,
            Some(c @ (b'\\' | b'"')) => c,
            Some(b'x') => {
                let mut digit = || rest.next().and_then(|c| char::from(c).to_digit(16));
                let (high, low) = (digit(), digit());
                high.zip(low)
                    .map(|(h, l)| (h * 16 + l) as u8)
                    .ok_or(BadToken::Escape)?
            }
            _ => return Err(BadToken::Escape),
        });
    }
    Ok(bytes)
}

fn comment<'s>(lex: &mut Lexer<'s, Token<'s>>) -> FilterResult<(), BadToken> {
    let bytes = lex.remainder().as_bytes();
    let mut depth = 1;
    let mut at = 0;
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"(-") => depth += 1,
            Some(b"-)") => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            lex.bump(at);
            return FilterResult::Skip;
        }
    }
    lex.bump(bytes.len());
    FilterResult::Error(BadToken::OpenComment)
}

/// A token with its place.
pub type Spanned<'s> = (Token<'s>, Span);

/// Takes a text apart. What is no token is reported and left out.
pub fn tokens<'s>(source: &'s str, report: &mut Report) -> Vec<Spanned<'s>> {
    let mut out: Vec<Spanned<'s>> = Vec::new();
    // For each open brace, the parentheses open inside it.
    let mut braces: Vec<u32> = Vec::new();
    for (token, range) in Token::lexer(source).spanned() {
        let span = Span::from(range);
        let token = match token {
            Ok(token) => token,
            Err(bad) => {
                complain(bad, &source[span.start..span.end], span, report);
                // What was meant stands in, so that nothing behind it looks wrong too.
                match bad {
                    BadToken::Range | BadToken::Number | BadToken::Zeros => Token::Number(0),
                    BadToken::Tag => Token::Tag(Bits { value: 0, count: 1 }),
                    BadToken::OpenText | BadToken::Escape | BadToken::Quotes => {
                        Token::Text(vec![0])
                    }
                    BadToken::Character | BadToken::OpenComment | BadToken::Foreign => continue,
                }
            }
        };
        match &token {
            Token::Newline => {
                let between = braces.last() == Some(&0);
                if !between || matches!(out.last(), Some((Token::Newline, _))) {
                    continue;
                }
            }
            Token::Sign("{") => braces.push(0),
            Token::Sign("}") => {
                braces.pop();
            }
            Token::Sign("(") => {
                braces.iter_mut().rev().take(1).for_each(|n| *n += 1);
                if let Some((Token::Name(_) | Token::Number(_), before)) = out.last()
                    && before.end == span.start
                {
                    out.push((Token::Glued, span));
                    continue;
                }
            }
            Token::Sign(")") => {
                let open = braces.iter_mut().rev().take(1);
                open.for_each(|n| *n = n.saturating_sub(1));
            }
            Token::Name(letter @ ("s" | "c")) => {
                if let Some((Token::Sign(sign), before)) = out.last_mut()
                    && before.end == span.start
                    && glues(sign, letter)
                {
                    *sign = &source[before.start..span.end];
                    *before = Span::from(before.start..span.end);
                    continue;
                }
            }
            _ => {}
        }
        out.push((token, span));
    }
    out
}

/// Whether a letter right behind an operator is part of it.
fn glues(sign: &str, letter: &str) -> bool {
    match letter {
        "s" => matches!(sign, "<" | "<=" | ">" | ">=" | ">>"),
        _ => matches!(sign, "+" | "-"),
    }
}

/// What to write instead of a character that means something elsewhere.
fn instead(character: &str) -> &'static str {
    match character {
        "?" => "what may be left out is written `(p | $)`",
        "/" => "there is no division; `x >> n` shifts to the right",
        "%" => "there is no remainder; `x & 7` keeps the low bits",
        "!" => "`!=` compares; there is no `not`: exchange the alternatives",
        "`" => "text of the input stands in `\"`: `\"abc\"`",
        _ => "text of the input stands in quotation marks",
    }
}

fn complain(bad: BadToken, text: &str, span: Span, report: &mut Report) {
    let quotes = ['\'', '“', '„', '”'];
    let quoted = format!("write `\"{}\"`", text.trim_matches(quotes));
    let (message, hint) = match bad {
        BadToken::Character => ("this character has no meaning in a grammar", instead(text)),
        BadToken::Quotes => ("texts stand in `\"`, also single characters", &*quoted),
        BadToken::Foreign => (
            "this is no comment",
            "a comment goes from `#` to the end of the line, or from `(-` to `-)`",
        ),
        BadToken::Range => (
            "this number needs more than 32 bits",
            "the largest number is 0xFFFFFFFF",
        ),
        BadToken::Number => (
            "this is neither a number nor a name",
            "numbers are decimal, `0x` hexadecimal or `0b` binary; tags are `01x` or `01_`",
        ),
        BadToken::Zeros => (
            "a decimal number must not begin with zeros",
            "bits are written `0b01`, a tag `01x` or `01_`",
        ),
        BadToken::Tag => (
            "a tag has at most 12 leading bits",
            "match the first bits, then the others",
        ),
        BadToken::OpenText => (
            "this text is not closed on its line",
            "a text ends with `\"`; a line end inside it is written `\\n`",
        ),
        BadToken::Escape => (
            "this text has an unknown escape",
            "known are \\n \\r \\t \\0 \\\\ \\\" and \\x with two hexadecimal digits",
        ),
        BadToken::OpenComment => (
            "this comment is not closed",
            "`(-` begins a comment that ends with `-)`; write `( -p )` to match without capture",
        ),
    };
    report.error(Code::Token, span, message, hint);
}
