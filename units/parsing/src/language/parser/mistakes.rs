//! Messages for what could not be parsed: the mistakes that people make, then what could stand there.

use chumsky::error::RichPattern;
use orrery_shared::spelling::nearest;

use super::Failure;
use crate::language::diagnose::{Code, Report};
use crate::language::lexer::{Span, Spanned, Token};
use crate::language::words;

/// More than this many are said in a shorter way.
const EXPECTED: usize = 6;

/// A bracket without its partner.
pub struct Bracket {
    span: Span,
    message: String,
    hint: String,
    /// Whether it is an opening one, so that the parser fails somewhere behind it.
    opening: bool,
}

fn partner(opening: &Token<'_>) -> Option<&'static str> {
    match opening {
        Token::Sign("(") | Token::Glued => Some(")"),
        Token::Sign("[") => Some("]"),
        Token::Sign("{") => Some("}"),
        _ => None,
    }
}

/// The bracket of an item that has no partner.
pub fn bracket(item: &[Spanned<'_>]) -> Option<Bracket> {
    let mut open: Vec<(&Token<'_>, Span, &str)> = Vec::new();
    for (token, span) in item {
        if let Some(closing) = partner(token) {
            open.push((token, *span, closing));
            continue;
        }
        let Token::Sign(sign @ (")" | "]" | "}")) = token else {
            continue;
        };
        let (message, hint) = match open.pop() {
            Some((_, _, closing)) if closing == *sign => continue,
            Some((opening, ..)) => (
                format!("{opening} is closed by {token}"),
                "each kind of bracket is closed by its own: `( )`, `[ ]`, `{ }`",
            ),
            None => (
                format!("nothing opens what this {token} closes"),
                "delete it, or write the opening one where it belongs",
            ),
        };
        return Some(Bracket {
            span: *span,
            message,
            hint: hint.to_owned(),
            opening: false,
        });
    }
    let (opening, span, closing) = open.pop()?;
    Some(Bracket {
        span,
        message: format!("this {opening} is not closed"),
        hint: format!("its `{closing}` has to stand before the next rule"),
        opening: true,
    })
}

/// Takes away the line ends that stand in no action.
pub fn drop_line_ends(item: &mut Vec<Spanned<'_>>) {
    let mut depth = 0usize;
    item.retain(|(token, _)| {
        match token {
            Token::Sign("{") => depth += 1,
            Token::Sign("}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > 0 || *token != Token::Newline
    });
}

/// What a whole file says about the mistakes in it.
pub struct Mistakes<'s> {
    /// Words of the language that are used as names, with the first place of each.
    claimed: Vec<(&'s str, Span)>,
    /// The names of items.
    declared: Vec<&'s str>,
}

impl<'s> Mistakes<'s> {
    /// Looks through a file that was cut into items at `heads`.
    pub fn new(tokens: &[Spanned<'s>], heads: &[usize]) -> Self {
        let name_at = |at: usize| match tokens.get(at) {
            Some((Token::Name(name), span)) => Some((*name, *span)),
            _ => None,
        };
        let is = |at: usize, sign| tokens.get(at).is_some_and(|t| t.0 == Token::Sign(sign));
        let of_items = heads.iter().filter_map(|&head| match tokens[head].0 {
            Token::Name("link" | "share") => None,
            Token::Name(word) if words::ITEMS.contains(&word) && !is(head + 1, ":") => {
                name_at(head + 1)
            }
            _ => name_at(head),
        });
        let declared: Vec<_> = of_items.collect();
        let captured = (0..tokens.len())
            .filter(|at| ["@", "@~", "@+", "@<"].iter().any(|sign| is(at + 1, sign)))
            .filter_map(name_at);
        let mut claimed: Vec<(&str, Span)> = Vec::new();
        for (name, span) in declared.iter().copied().chain(captured) {
            if words::is_reserved(name) && claimed.iter().all(|(known, _)| *known != name) {
                claimed.push((name, span));
            }
        }
        Mistakes {
            claimed,
            declared: declared.into_iter().map(|(name, _)| name).collect(),
        }
    }

    fn claim(&self, token: Option<&Token<'_>>) -> Option<(&'s str, Span)> {
        let Some(Token::Name(name)) = token else {
            return None;
        };
        self.claimed.iter().find(|(n, _)| n == name).copied()
    }

    /// Reports why an item could not be parsed.
    pub fn explain(
        &self,
        item: &[Spanned<'s>],
        bracket: Option<&Bracket>,
        failures: &[Failure<'_, 's>],
        report: &mut Report,
    ) {
        let first = failures.iter().map(|f| f.span().start).min();
        let behind = |b: &&Bracket| b.opening || first.is_none_or(|first| first >= b.span.start);
        if let Some(b) = bracket.filter(behind) {
            return report.error(Code::Syntax, b.span, &*b.message, &*b.hint);
        }
        for failure in failures {
            let at = item.partition_point(|(_, span)| span.start < failure.span().start);
            let before = at.checked_sub(1).map(|at| &item[at].0);
            let reserved = self
                .claim(before)
                .or_else(|| self.claim(failure.found()))
                .or_else(|| self.claim(item.first().map(|t| &t.0)));
            if let Some((name, span)) = reserved {
                let message = format!("`{name}` is a word of the language");
                let hint = format!("choose another name, for instance `the_{name}`");
                report.error(Code::Reserved, span, message, hint);
                continue;
            }
            let expected = expected(failure, before);
            let found = match failure.found() {
                Some(token) => token.to_string(),
                None => "the end of the rule".to_owned(),
            };
            let hint = hint(failure, before, &expected)
                .map(str::to_owned)
                .or_else(|| self.misspelt(&item[..at.min(item.len())]))
                .or_else(|| form(&item[..at.min(item.len())]))
                .unwrap_or_default();
            let message = format!("expected {}, found {found}", list(&expected));
            report.error(Code::Syntax, *failure.span(), message, hint);
        }
    }

    /// A word in front of the failure that is nearly one of the language.
    fn misspelt(&self, before: &[Spanned<'_>]) -> Option<String> {
        let all = || words::all().filter(|w| w.len() > 3);
        before.iter().rev().find_map(|(token, _)| {
            let Token::Name(name) = token else {
                return None;
            };
            if name.len() < 3 || self.declared.contains(name) || all().any(|w| w == *name) {
                return None;
            }
            nearest(name, all()).map(|word| format!("is `{name}` meant to be `{word}`?"))
        })
    }
}

/// How the statement is written that began shortly before the failure.
fn form(before: &[Spanned<'_>]) -> Option<String> {
    before.iter().rev().take(12).find_map(|(token, _)| {
        let word = match token {
            Token::Name(word) => *word,
            Token::Sign("->") => "->",
            _ => return None,
        };
        let form = words::FORMS.iter().find(|(known, _)| *known == word)?;
        Some(format!("the form is `{}`", form.1))
    })
}

/// What could stand there, in words.
fn expected(failure: &Failure<'_, '_>, before: Option<&Token<'_>>) -> Vec<String> {
    let mut expected: Vec<String> = failure
        .expected()
        .map(|pattern| match pattern {
            RichPattern::Token(token) => token.to_string(),
            RichPattern::Label(label) => label.to_string(),
            RichPattern::Identifier(word) => format!("`{word}`"),
            RichPattern::EndOfInput => "the next rule".to_owned(),
            _ => "something else".to_owned(),
        })
        .collect();
    expected.sort();
    expected.dedup();
    if matches!(before, Some(Token::Name(word)) if words::is_reserved(word)) {
        // Only names are captured and assigned.
        let of_names = |text: &String| text == "`=`" || text.starts_with("`@");
        if !expected.iter().all(of_names) {
            expected.retain(|text| !of_names(text));
        }
    }
    if expected.len() > EXPECTED {
        // Signs that may follow almost anything are left out of long lists.
        let common = |text: &String| text.starts_with('`') && !")]}|:".contains(&text[1..2]);
        expected.retain(|text| !common(text));
    }
    expected
}

fn list(expected: &[String]) -> String {
    match expected.split_last() {
        None => "something else".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// What to write instead of some things that are right in other languages.
fn hint(
    failure: &Failure<'_, '_>,
    before: Option<&Token<'_>>,
    expected: &[String],
) -> Option<&'static str> {
    let wants = |what: &str| expected.iter().any(|e| e == what);
    let sign = match failure.found() {
        Some(Token::Glued) => {
            return Some(
                "arguments follow a rule's name directly; a choice needs a space before it",
            );
        }
        Some(Token::Name(word)) if words::is_reserved(word) && wants("a name") => {
            return Some("words of the language cannot be names");
        }
        Some(Token::Name("END" | "FRAME" | "MARKER" | "SEGMENT" | "FAULT")) => {
            return Some("control symbols are only caught: `guard ( p ) catch END -> ( q )`");
        }
        Some(Token::Sign(sign)) => *sign,
        _ => return None,
    };
    Some(match (sign, before) {
        ("=", Some(Token::Sign(":"))) => "`x = value` assigns",
        ("=" | ":", _) => "a rule is declared by `name: ...`, a capture is set by `name = ...`",
        (",", _) => "what follows each other is separated by spaces only",
        (";", _) => "`;` stands between the statements of an action and behind rules",
        ("*" | "**", _) if wants("an operator") => {
            "there is no multiplication: shift and add; `*` is for constants, in parentheses"
        }
        ("*" | "**", _) => {
            "`*` repeats the match before it; in parentheses that can be anything: `(x@. y = x)*`"
        }
        ("+", _) => "once or more often is written `p p*`",
        ("-", Some(Token::Sign("-"))) => "a comment begins with `#`",
        ("-", _) if wants("a value") => "numbers have no sign: -1 is 0xFFFFFFFF",
        ("[", _) => "a range of symbols is written `0x30..0x39`; `p[n]` repeats p n times",
        ("..", Some(Token::Text(_))) => "ranges are of numbers: `0x30..0x39`",
        ("<-" | "<<" | "~", _) => "streams are written in actions: `{ s <- ram 256 u8 }`",
        ("==" | "!=", _) => "a condition compares two values: `(x == 5 p | q)`",
        _ => return None,
    })
}
