//! The editor grammar, made from the tables of words.

use orrery_output::isa::{Action, gate, kind};

use super::words;
use crate::isa::control;

fn alternatives<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_unstable();
    words.dedup();
    words.join("|")
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A TextMate grammar (JSON) for `.syn` files.
#[must_use]
pub fn textmate() -> String {
    let word = |scope: &str, list: String| (scope.to_owned(), format!(r"\b({list})\b"));
    let groups = words::GROUPS.iter().map(|(w, _)| *w);
    let binary = words::BINARY
        .iter()
        .map(|(w, _)| *w)
        .filter(|w| w.starts_with(char::is_alphabetic));
    let statements = words::STATEMENTS
        .iter()
        .copied()
        .chain(words::HELPERS.iter().copied());
    let actions = Action::ALL.iter().map(|a| a.row().mnemonic);
    let names = kind::NAMES
        .iter()
        .map(|(n, _)| *n)
        .chain(gate::NAMES.iter().map(|(n, _)| *n));
    let patterns: Vec<(String, String)> = vec![
        ("comment.line".to_owned(), "#.*$".to_owned()),
        (
            "constant.numeric".to_owned(),
            r"\b(0x[0-9A-Fa-f]+|0b[01]+|[01]+[x_]|[0-9]+)\b".to_owned(),
        ),
        (
            "entity.name.function".to_owned(),
            r"^\s*[A-Za-z_]\w*(?=\s*(\([\w\s,]*\))?\s*:)".to_owned(),
        ),
        word(
            "keyword.declaration",
            alternatives(words::ITEMS.iter().copied()),
        ),
        word("keyword.control", alternatives(statements)),
        word("storage.modifier", alternatives(groups)),
        word("keyword.operator.word", alternatives(binary)),
        (
            "support.function".to_owned(),
            format!(
                r"\b({})(?=\()",
                alternatives(words::FUNCTIONS.iter().chain(words::ATOMS).copied())
            ),
        ),
        word(
            "constant.language",
            alternatives(control::NAMES.iter().map(|(n, _)| *n)),
        ),
        (
            "variable.parameter".to_owned(),
            r"\b[A-Za-z_]\w*(?=@)".to_owned(),
        ),
        word("support.function.action", alternatives(actions)),
        word("support.constant", alternatives(names)),
    ];
    let mut out = String::from(
        "{\n  \"name\": \"Orrery grammar\",\n  \"scopeName\": \"source.syn\",\n  \"fileTypes\": [\"syn\"],\n  \"patterns\": [\n",
    );
    let region = |scope: &str, begin: &str, end: &str| {
        format!(
            "    {{ \"name\": {}, \"begin\": {}, \"end\": {} }},\n",
            quoted(&format!("{scope}.syn")),
            quoted(begin),
            quoted(end)
        )
    };
    out.push_str(&region("comment.block", r"\(-", r"-\)"));
    out.push_str(&region("string.quoted.double", "\"", r#"(?<!\\)"|$"#));
    for (i, (scope, pattern)) in patterns.iter().enumerate() {
        let comma = if i + 1 < patterns.len() { "," } else { "" };
        out.push_str(&format!(
            "    {{ \"name\": {}, \"match\": {} }}{comma}\n",
            quoted(&format!("{scope}.syn")),
            quoted(pattern)
        ));
    }
    out.push_str("  ]\n}\n");
    out
}
