//! The messages of the assembler and their codes.

use std::ops::Range;

use orrery_shared::source::{Diagnostic, Severity};

use super::Source;

/// After this many messages, the rest is not reported.
const LIMIT: usize = 100;

macro_rules! codes {
    ($($name:ident = $code:literal, $text:literal;)+) => {
        $(#[doc = $text] pub const $name: &str = $code;)+

        /// What a message code of the assembler means.
        #[must_use]
        pub fn explain(code: &str) -> Option<&'static str> {
            match code {
                $($code => Some($text),)+
                _ => None,
            }
        }
    };
}

codes! {
    CHARACTER = "A001", "Characters that begin no token. Programs are words, numbers, `,`, `=`, `:` with an operation, and comments from `#` to the end of the line.";
    NUMBER = "A002", "A number that is written wrongly: decimal digits, `0x` and hexadecimal digits, or `0b` and binary digits, perhaps with `-` before and `_` between.";
    SYNTAX = "A003", "A token that cannot stand where it stands.";
    UNKNOWN_INSTRUCTION = "A004", "A word that begins an instruction, but is no mnemonic.";
    UNKNOWN_OPERATION = "A005", "The operation after the colon is not in the instruction table.";
    DEFINED_TWICE = "A006", "A label or constant is defined more than once. Local labels (`.name`) may be used again after the next label.";
    UNDEFINED = "A007", "A name is used, but no label or constant has it. Local labels (`.name`) are only known between two labels.";
    OPERANDS = "A008", "An instruction has the wrong number or kind of operands.";
    RANGE = "A009", "A number does not fit its place.";
    RESERVED = "A010", "A label or constant has the name of a register or instruction.";
    TOO_LONG = "A011", "The program does not fit the code memory of 64 Ki words.";
    LABEL_IN_CHAIN = "A012", "A label stands between IF or SHIFT and the instruction they belong to. Control could come there without them.";
    PREFIX = "A013", "IF or SHIFT without an instruction that they can belong to. SHIFT belongs to an ALU instruction.";
    DATA_PLACE = "A014", "Initial data lie outside the bank they are for.";
    TOO_MANY = "A015", "There are more messages than are reported.";
}

/// What to write instead of characters that mean something elsewhere.
pub fn instead(text: &str) -> String {
    let hint = match text.bytes().next() {
        Some(b';' | b'/') => "a comment begins with `#`; instructions are separated by spaces",
        Some(b'\'' | b'"') => "there are no texts; a character is its number: `CONST 0x61`",
        Some(b'(' | b'[' | b'{') => {
            "there are no brackets; `AMEM` and `IN` are read like registers"
        }
        _ => "an operation stands right behind the colon of its destination: `r0:- r1 r2`",
    };
    hint.to_owned()
}

/// A hint where there is nothing particular to say.
fn general(code: &str) -> Option<&'static str> {
    match code {
        UNKNOWN_INSTRUCTION => Some("`orrery isa arithmetic` lists the instructions"),
        DEFINED_TWICE => Some("inside a routine use local labels: `.name:`"),
        UNDEFINED => Some("a label is `name:`, a constant `NAME = 5`"),
        RESERVED => Some("choose another name"),
        PREFIX => Some("IF and SHIFT stand right before the instruction they belong to"),
        _ => None,
    }
}

/// Whether an error may be a consequence of one before it on the line.
fn confused(code: &str) -> bool {
    matches!(code, CHARACTER | SYNTAX | UNKNOWN_INSTRUCTION)
}

/// Messages about one or more texts.
pub struct Diagnostics<'f> {
    files: &'f [Source<'f>],
    /// Index of the text that is worked on.
    file: usize,
    list: Vec<(usize, Diagnostic)>,
    errors: usize,
}

impl<'f> Diagnostics<'f> {
    /// No messages yet.
    pub fn new(files: &'f [Source<'f>]) -> Self {
        Diagnostics {
            files,
            file: 0,
            list: Vec::new(),
            errors: 0,
        }
    }

    /// Later messages are about this text.
    pub fn at_file(&mut self, file: usize) {
        self.file = file;
    }

    /// Reports an error.
    pub fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.errors += 1;
        self.add(Severity::Error, code, span, message.into(), hint);
    }

    /// Reports what is allowed, but probably not meant.
    pub fn warning(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.add(Severity::Warning, code, span, message.into(), hint);
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Range<usize>,
        message: String,
        hint: Option<String>,
    ) {
        let (code, message, hint) = match self.list.len() {
            n if n < LIMIT => (code, message, hint),
            LIMIT => (TOO_MANY, "more messages follow".to_owned(), None),
            // An error after the last message kept must still make the program fail.
            _ => return,
        };
        let hint = hint.or_else(|| general(code).map(str::to_owned));
        let file = self.files.get(self.file).map_or("", |f| f.file).to_owned();
        let diagnostic = Diagnostic {
            severity,
            code,
            file,
            span,
            message,
            hint,
        };
        self.list.push((self.file, diagnostic));
    }

    /// True if further messages would be dropped.
    pub fn is_full(&self) -> bool {
        self.list.len() > LIMIT
    }

    /// True if an error was reported.
    pub fn failed(&self) -> bool {
        self.errors > 0
    }

    /// The messages in order of their places. Where the text is not understood, what else is odd about the same
    /// line is left out.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.list
            .sort_by_key(|(file, d)| (*file, d.span.start, d.span.end));
        let files = self.files;
        let mut lost: Option<(usize, usize)> = None;
        self.list.retain(|(file, d)| {
            let text = files.get(*file).map_or("", |f| f.text);
            let same_line = lost.is_some_and(|(before, end)| {
                let between = text.get(end..d.span.start.max(end));
                before == *file && between.is_some_and(|t| !t.contains('\n'))
            });
            if confused(d.code) && !same_line {
                lost = Some((*file, d.span.end));
            }
            !(same_line && (confused(d.code) || d.code == OPERANDS))
        });
        self.list.into_iter().map(|(_, d)| d).collect()
    }
}
