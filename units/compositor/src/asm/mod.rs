//! The assembler of `.gfx` programs (`docs/languages/gfx.md`).
//!
//! Text becomes tokens, tokens are cut into statements, each statement is
//! parsed by itself (so one error hides no other), and statements are emitted
//! in order, `rep` blocks as often as they say.

mod args;
mod emit;
mod explain;
mod lexer;
mod operand;
mod parser;

use orrery_shared::source::{Diagnostic, SourceMap};

pub use explain::{CODES, explain};

/// An assembled program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Instruction words.
    pub words: Vec<u64>,
    /// Words of the coefficient bank.
    pub constants: Vec<i32>,
    /// Entries: name and address.
    pub entries: Vec<(String, u16)>,
    /// Where each word comes from.
    pub map: SourceMap,
}

impl Object {
    /// Address of an entry.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<u16> {
        let found = self.entries.iter().find(|(n, _)| n == name);
        found.map(|(_, address)| *address)
    }
}

/// Assembles a text; `file` is the name that messages and the source map use.
///
/// # Errors
/// All that is wrong with it.
pub fn assemble(file: &str, text: &str) -> Result<Object, Vec<Diagnostic>> {
    let mut messages = lexer::Messages::new(file);
    let tokens = lexer::lex(text, &mut messages);
    let block = parser::parse(&tokens, text.len(), &mut messages);
    let object = emit::emit(text, &block, &mut messages);
    messages.finish(object)
}

/// A program as text that assembles to the same words; undefined words become comments.
#[must_use]
pub fn disassemble(words: &[u64]) -> String {
    let line = |w: &u64| match crate::text::disassemble(*w) {
        Some(text) => format!("{text}\n"),
        None => format!("# undefined {w:#018x}\n"),
    };
    words.iter().map(line).collect()
}
