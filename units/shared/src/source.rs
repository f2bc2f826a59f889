//! Source maps: from a program counter to a place in a text.

/// A place in a source text: file index, 1-based line and column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Index into [`SourceMap::files`].
    pub file: u16,
    /// 1-based; 0 means unknown.
    pub line: u32,
    /// 1-based.
    pub column: u16,
}

/// The places of one program, indexed by program counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// File names as the user wrote them.
    pub files: Vec<String>,
    /// One place per program counter value.
    pub places: Vec<Place>,
}

impl SourceMap {
    /// `file:line` of a program counter, if known.
    #[must_use]
    pub fn describe(&self, pc: u32) -> Option<String> {
        let place = self.places.get(pc as usize)?;
        if place.line == 0 {
            return None;
        }
        let file = self.files.get(usize::from(place.file))?;
        Some(format!("{file}:{}", place.line))
    }
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program cannot be built.
    Error,
    /// The program can be built, but is probably not what was meant.
    Warning,
}

/// One message of a compiler, pointing at its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable code, such as `G012`; `orrery explain` knows it.
    pub code: &'static str,
    /// Which file.
    pub file: String,
    /// Byte range in that file.
    pub span: std::ops::Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
