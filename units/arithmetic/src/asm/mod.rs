//! The assembler: text to [`Object`].
//!
//! The grammar is in `docs/languages/alu.md`.

mod diagnostics;
mod layout;
mod lexer;
mod lower;
mod parser;
mod words;

use std::ops::Range;

use orrery_shared::source::{Diagnostic, SourceMap};

use diagnostics::Diagnostics;
use lower::Lowering;

pub use diagnostics::explain;
pub use words::{mnemonics, operations};

/// A text to assemble.
///
/// Assembly inside a file of another language is passed as the whole file with
/// everything else blanked out, so that places come out right.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// Name, for messages.
    pub file: &'t str,
    /// Contents.
    pub text: &'t str,
}

/// Initial contents of a part of a data bank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataBlock {
    /// Number of the bank, from 1.
    pub bank: u16,
    /// Address of the first word.
    pub address: u16,
    /// The words.
    pub words: Vec<u16>,
}

/// An assembled program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Code, from address 0.
    pub words: Vec<u16>,
    /// Initial contents of data banks.
    pub data: Vec<DataBlock>,
    /// Labels and their addresses in order of definition. A local label is
    /// named with the label before it, as `setup.loop`.
    pub labels: Vec<(String, u16)>,
    /// Places of the words.
    pub map: SourceMap,
    /// What was accepted, but is probably not meant.
    pub warnings: Vec<Diagnostic>,
}

impl Object {
    /// The address of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<u16> {
        let found = self.labels.iter().find(|(label, _)| label == name);
        found.map(|(_, address)| *address)
    }
}

/// Assembles one text.
///
/// # Errors
/// All messages, errors and warnings, in order of their places.
pub fn assemble(file: &str, text: &str) -> Result<Object, Vec<Diagnostic>> {
    assemble_all(&[Source { file, text }])
}

/// Assembles several texts into one program, one after the other. They share
/// labels and constants; local labels belong to their file.
///
/// # Errors
/// All messages, errors and warnings, in order of texts and places.
pub fn assemble_all(sources: &[Source<'_>]) -> Result<Object, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::new(sources);
    let mut files = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        diagnostics.at_file(file);
        let lexed = lexer::lex(source.text);
        for span in lexed.wrong {
            let text = source.text.get(span.clone()).unwrap_or_default();
            let shown: String = text.chars().take(8).collect();
            diagnostics.error(
                diagnostics::CHARACTER,
                span,
                format!("`{}` begins no token", shown.escape_debug()),
                Some(diagnostics::instead(text)),
            );
        }
        files.push(parser::parse(
            lexed.tokens,
            source.text.len(),
            &mut diagnostics,
        ));
    }
    let mut lowering = Lowering::new(&mut diagnostics);
    for (file, items) in files.iter().enumerate() {
        lowering.constants(file, items);
    }
    for (file, items) in files.iter().enumerate() {
        lowering.file(file, items);
    }
    let lowered = lowering.finish();
    let mut object = layout::lay_out(lowered, sources, &mut diagnostics);
    if diagnostics.failed() {
        return Err(diagnostics.finish());
    }
    object.warnings = diagnostics.finish();
    Ok(object)
}

/// A byte range in one of the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    file: usize,
    span: Range<usize>,
}
