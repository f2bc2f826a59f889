//! Inline blocks: core assembly and compositor programs inside a grammar.
//!
//! A line that is `alu {` or `gfx {` begins a block, the next line that is `}` ends it.
//! What is inside belongs to the other language. Each compiler gets the whole text with
//! everything else blanked out, so that places in messages and source maps come out right.

use std::ops::Range;

/// A grammar taken apart: texts of equal length, line for line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The grammar.
    pub grammar: String,
    /// Core assembly, if there is a block.
    pub core: Option<String>,
    /// Compositor programs, if there is a block.
    pub kernel: Option<String>,
    /// The line that begins a block which never ends.
    pub unclosed: Option<Range<usize>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Grammar,
    Core,
    Kernel,
}

/// Takes a grammar's text apart.
#[must_use]
pub fn split(text: &str) -> Parts {
    let mut grammar = String::with_capacity(text.len());
    let mut core = String::with_capacity(text.len());
    let mut kernel = String::with_capacity(text.len());
    let mut inside = Language::Grammar;
    let (mut any_core, mut any_kernel) = (false, false);
    let (mut at, mut opened) = (0, 0..0);
    for line in text.split_inclusive('\n') {
        // The lines that begin and end a block belong to no language.
        let (owner, next) = match (inside, line.trim_end()) {
            (Language::Grammar, "alu {") => (None, Language::Core),
            (Language::Grammar, "gfx {") => (None, Language::Kernel),
            (Language::Core | Language::Kernel, "}") => (None, Language::Grammar),
            _ => (Some(inside), inside),
        };
        if inside == Language::Grammar && next != inside {
            opened = at..at + line.trim_end().len();
        }
        at += line.len();
        any_core |= next == Language::Core;
        any_kernel |= next == Language::Kernel;
        for (language, out) in [
            (Language::Grammar, &mut grammar),
            (Language::Core, &mut core),
            (Language::Kernel, &mut kernel),
        ] {
            if owner == Some(language) {
                out.push_str(line);
            } else {
                blank(line, out);
            }
        }
        inside = next;
    }
    Parts {
        grammar,
        core: any_core.then_some(core),
        kernel: any_kernel.then_some(kernel),
        unclosed: (inside != Language::Grammar).then_some(opened),
    }
}

/// As many bytes as `line` has, all spaces but the line's end.
fn blank(line: &str, out: &mut String) {
    out.extend(line.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_go_to_their_languages_and_places_stay() {
        let text = "main: 1\nalu {\nstart: HALT\n}\nnext: 2\ngfx {\nkernel k:\n    gEND\n}\n";
        let parts = split(text);
        let core = parts.core.expect("a core block");
        let kernel = parts.kernel.expect("a kernel block");
        for part in [&parts.grammar, &core, &kernel] {
            assert_eq!(part.len(), text.len());
            assert_eq!(part.matches('\n').count(), text.matches('\n').count());
        }
        assert_eq!(
            parts.grammar.split_whitespace().collect::<Vec<_>>(),
            ["main:", "1", "next:", "2"]
        );
        assert_eq!(core.find("start:"), text.find("start:"));
        assert_eq!(kernel.find("kernel k:"), text.find("kernel k:"));
    }

    #[test]
    fn without_blocks_all_is_grammar() {
        let text = "main: { alu << 1 }\n# alu {\n}\n";
        let parts = split(text);
        assert_eq!(
            (parts.grammar.as_str(), parts.core, parts.kernel),
            (text, None, None)
        );
        assert_eq!(parts.unclosed, None);
    }

    #[test]
    fn blocks_that_never_end_are_told() {
        let text = "main: 1\ngfx {\n}\nalu { \nx: HALT\n } \n";
        assert_eq!(split(text).unclosed, Some(16..21));
    }

    #[test]
    fn texts_that_are_not_ascii_keep_their_length() {
        let text = "# ä\nalu {\n# ö\nx: HALT\n}\n";
        let parts = split(text);
        assert_eq!(parts.grammar.len(), text.len());
        assert!(parts.core.is_some_and(|c| c.len() == text.len()));
    }
}
