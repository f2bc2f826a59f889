//! Compiler messages for people: the source line, the text underlined, a hint.

use std::collections::BTreeMap;

use ariadne::{Config, IndexType, Label, Report, ReportKind, Source};
use orrery_shared::source::{Diagnostic, Severity};
use serde_json::{Value, json};

/// Renders diagnostics with their source excerpts.
pub fn render(
    diagnostics: &[Diagnostic],
    sources: &BTreeMap<String, String>,
    colour: bool,
) -> String {
    let mut out = Vec::new();
    for d in diagnostics {
        if d.file.is_empty() {
            let hint = d.hint.as_deref().unwrap_or_default();
            let text = format!("[{}] Error: {}\n   Help: {hint}\n", d.code, d.message);
            out.extend(text.into_bytes());
            continue;
        }
        let text = sources.get(&d.file).map_or("", String::as_str);
        let kind = match d.severity {
            Severity::Error => ReportKind::Error,
            Severity::Warning => ReportKind::Warning,
        };
        let span = (d.file.as_str(), clip(&d.span, text));
        let report = Report::build(kind, span.clone())
            .with_config(
                Config::default()
                    .with_color(colour)
                    .with_index_type(IndexType::Byte),
            )
            .with_code(d.code)
            .with_message(&d.message)
            .with_label(Label::new(span).with_message(d.hint.as_deref().unwrap_or("here")))
            .with_note(format!("`orrery explain {}` says more", d.code));
        // Writing into memory cannot fail.
        let _ = report
            .finish()
            .write((d.file.as_str(), Source::from(text)), &mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A span that lies inside the text and on character boundaries.
fn clip(span: &std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let mut start = span.start.min(text.len());
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// Diagnostics as JSON.
pub fn to_json(diagnostics: &[Diagnostic], sources: &BTreeMap<String, String>) -> Value {
    diagnostics
        .iter()
        .map(|d| {
            let text = sources.get(&d.file).map_or("", String::as_str);
            let before = &text[..clip(&d.span, text).start];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            // What is about the whole directory has no place.
            let place = |n: usize| (!d.file.is_empty()).then_some(n);
            json!({
                "code": d.code,
                "severity": if d.severity == Severity::Error { "error" } else { "warning" },
                "file": d.file,
                "line": place(line),
                "column": place(column),
                "span": [d.span.start, d.span.end],
                "message": d.message,
                "hint": d.hint,
            })
        })
        .collect()
}
