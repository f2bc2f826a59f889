//! Diagnostics: stable codes, their explanations, and how they are shown.

use orrery_shared::source::{Diagnostic, Severity};

use super::lexer::Span;

macro_rules! codes {
    ($($name:ident = $code:literal, $text:literal;)+) => {
        /// What can be wrong with a grammar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $(#[doc = $text] $name),+ }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Code] = &[$(Code::$name),+];
            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code),+ }
            }
            /// The explanation that `orrery explain` prints.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Code::$name => $text),+ }
            }
        }
    };
}

codes! {
    Token = "G001", "A piece of the text is no token: an unknown character, a malformed number or tag, a text or a comment that is not closed.";
    Syntax = "G002", "The text does not follow the grammar of the language. The message lists what could stand there. Reading goes on at the next rule, so later errors are real ones.";
    Nesting = "G003", "Brackets are nested more than 200 deep. Give the inner parts names of their own: rules cost nothing in the last place of a sequence.";
    Duplicate = "G004", "One name stands for two things. Rules, captures, parameters, constants, data and streams share one space of names.";
    Unknown = "G005", "A name that nothing has: it is neither declared nor captured anywhere.";
    Kind = "G006", "A name is used as something that it is not, for instance a rule where a number is needed.";
    Reserved = "G007", "A word of the language cannot be a name.";
    NoMain = "G008", "A grammar starts with its rule `main`, which takes no parameters.";
    Count = "G009", "Too many or too few: arguments of a rule, operands of an action.";
    Constant = "G010", "An expression that must be known when the grammar is compiled is not: it uses a capture, itself, or `$0` outside of data.";
    Range = "G011", "A number does not fit where it stands: into a symbol of the current width, an element, or a field of the machine.";
    Width = "G012", "The symbol width does not suit: texts need symbols of 8 bits, matched symbols have at most 12 bits and integers at most 32.";
    Unreached = "G013", "Choice is decided by the next symbol. An alternative that starts with anything but a symbol, a rule or a condition is the default and must come last, because the ones behind it could never be taken.";
    Endless = "G014", "A repeat without a count looks at the next symbol to see whether to go on, so what is repeated must begin with what it reads.";
    Capture = "G015", "Only a symbol, an integer `.[n]`, a prefix code, `flag` or `reply` has a value to capture.";
    Local = "G016", "`local` stands at the beginning of a rule, before everything else, because the value comes back when the rule ends.";
    Full = "G017", "The grammar needs more than the machine has: 62 captures, 448 constants, 1023 streams, 65,535 states and rows, 64 KiB of staging.";
    Action = "G018", "No action of the Output Unit has this name, or it does not take such a target.";
    Label = "G019", "No linked core program has this label.";
    Control = "G020", "Control symbols are END, FRAME, MARKER, SEGMENT and FAULT.";
    Case = "G021", "Two cases of a dispatch answer to the same number, or a case can never come up.";
    Order = "G022", "In `lsb` order the first bit is the lowest one: numbers always arrive low part first, and short tags have no leading bits to match.";
    Link = "G023", "Only `.alu` and `.gfx` files of the same directory can be linked.";
    Refill = "G024", "A refill rule is called by the machine: it takes no parameters and reads symbols of 8 bits.";
    LeftRecursion = "G025", "A rule that begins with itself, at once or by way of others, would call itself for ever without reading anything. Read first and repeat: instead of `list: list \",\" item | item` write `list: item (\",\" item)*`.";
    Hidden = "G101", "Warning: every symbol that could choose this alternative already chooses an earlier one.";
    UnusedRule = "G102", "Warning: no rule that `main` leads to names this rule.";
    UnusedCapture = "G103", "Warning: a value is captured or computed, but nothing reads it. `-` in front of a symbol says that its value is not wanted.";
    NeverReached = "G104", "Warning: the machine never gets here, because what stands before it does not go on.";
    Idle = "G105", "Warning: a repeat without a count ends where what follows it can begin. Here that is every symbol with which a turn could begin, so there is never a turn.";
}

/// `1 operand`, `2 operands`.
#[must_use]
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `none is given`, `1 is given`, `2 are given`.
#[must_use]
pub fn given(n: usize) -> String {
    match n {
        0 => "none is given".to_owned(),
        1 => "1 is given".to_owned(),
        _ => format!("{n} are given"),
    }
}

/// The explanation of a code, for `orrery explain`.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    let found = Code::ALL
        .iter()
        .find(|c| c.as_str().eq_ignore_ascii_case(code));
    found.map(|c| c.explanation())
}

/// More errors than this help nobody.
const MOST: usize = 50;

/// Collects the diagnostics of one file.
#[derive(Debug)]
pub struct Report {
    file: String,
    /// Errors in the order in which they were found.
    pub errors: Vec<Diagnostic>,
    /// Warnings likewise.
    pub warnings: Vec<Diagnostic>,
}

impl Report {
    /// An empty report about a file.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Report {
            file: file.to_owned(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn diagnostic(&self, severity: Severity, code: Code, span: Span) -> Diagnostic {
        Diagnostic {
            severity,
            code: code.as_str(),
            file: self.file.clone(),
            span: span.start..span.end,
            message: String::new(),
            hint: None,
        }
    }

    /// Adds an error; an empty hint is none.
    pub fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        // Rules are compiled once per setting: say everything only once.
        let repeated = |d: &Diagnostic| d.code == code.as_str() && d.span == (span.start..span.end);
        if self.errors.len() < MOST && !self.errors.iter().any(repeated) {
            let hint = Some(hint.into()).filter(|h| !h.is_empty());
            let message = message.into();
            let empty = self.diagnostic(Severity::Error, code, span);
            self.errors.push(Diagnostic {
                message,
                hint,
                ..empty
            });
        }
    }

    /// Adds a warning; an empty hint is none.
    pub fn warning(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let repeated = |d: &Diagnostic| d.code == code.as_str() && d.span == (span.start..span.end);
        if self.warnings.len() < MOST && !self.warnings.iter().any(repeated) {
            let hint = Some(hint.into()).filter(|h| !h.is_empty());
            let message = message.into();
            let empty = self.diagnostic(Severity::Warning, code, span);
            self.warnings.push(Diagnostic {
                message,
                hint,
                ..empty
            });
        }
    }

    /// Whether it cannot be built.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The errors, or the warnings if there are none, in the order of the text.
    /// (Warnings beside errors are mostly consequences of those.)
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut all = if self.failed() {
            self.errors
        } else {
            self.warnings
        };
        all.sort_by_key(|d| (d.span.start, d.span.end));
        all
    }
}

/// Line and column (from 1) of a byte offset.
#[must_use]
pub fn position(source: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let line = before.matches('\n').count() as u32 + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() as u32 + 1)
}

/// A diagnostic as plain text: the place, the line with the span underlined, the hint.
#[must_use]
pub fn render(diagnostic: &Diagnostic, source: &str) -> String {
    let (line, column) = position(source, diagnostic.span.start);
    let (end_line, end_column) = position(source, diagnostic.span.end);
    let text = source.lines().nth(line as usize - 1).unwrap_or("");
    let length = text.chars().count() as u32 + 1;
    let end = if end_line == line { end_column } else { length };
    let marks = end.saturating_sub(column).max(1) as usize;
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = format!(
        "{severity}[{}] {}:{line}:{column}: {}\n  | {text}\n  | {}{}\n",
        diagnostic.code,
        diagnostic.file,
        diagnostic.message,
        " ".repeat(column as usize - 1),
        "^".repeat(marks),
    );
    if let Some(hint) = &diagnostic.hint {
        out.push_str(&format!("  = {hint}\n"));
    }
    out
}
