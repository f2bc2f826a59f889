//! The grammar language: from `.syn` text to the Parsing Unit's image.
//!
//! Stages, one module each: [`lexer`], [`parser`] (to the tree of [`ast`]),
//! `constants`, `names` and `check`, `lower` (to the graph of `graph`, with row
//! merging), `pack` (into the machine's memories). The language is described in
//! `docs/languages/grammar.md`.

mod action;
pub mod ast;
mod check;
mod constants;
pub mod diagnose;
mod escapes;
mod first;
mod graph;
pub mod lexer;
mod listing;
mod lower;
mod names;
mod pack;
pub mod parser;
mod recursion;
mod setting;
mod textmate;
mod walk;
pub mod words;

use std::collections::HashMap;
use std::ops::Range;

use orrery_shared::source::{Diagnostic, Place, SourceMap};

use crate::image::{Parameter, ParsingImage};
use diagnose::{Code, Report};

pub use diagnose::{explain, render};
pub use listing::ListingLine;
pub use textmate::textmate;

/// What a grammar can name that is not in its file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Labels of the linked core program, for `core.label`.
    pub labels: HashMap<String, u16>,
    /// Constants of other linked files, as `module.name`.
    pub constants: HashMap<String, u32>,
}

/// A compiled grammar.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What the machine gets.
    pub image: ParsingImage,
    /// What is odd about it.
    pub warnings: Vec<Diagnostic>,
    /// What each line became.
    pub listing: Vec<ListingLine>,
}

/// Byte offsets of the lines of a text.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(i, _)| i + 1);
        Lines(std::iter::once(0).chain(ends).collect())
    }

    /// Line and column, from 1.
    fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.0.partition_point(|start| *start <= offset);
        (line as u32, (offset - self.0[line - 1]) as u32 + 1)
    }
}

/// Compiles a grammar.
///
/// # Errors
/// All errors of the file, in the order of the text.
pub fn compile(file: &str, text: &str, env: &Environment) -> Result<Compiled, Vec<Diagnostic>> {
    let mut report = Report::new(file);
    match build(file, text, env, &mut report) {
        Some((image, listing)) if !report.failed() => Ok(Compiled {
            image,
            warnings: report.into_diagnostics(),
            listing,
        }),
        _ => Err(report.into_diagnostics()),
    }
}

fn parse(text: &str, report: &mut Report) -> ast::File {
    let tokens = lexer::tokens(text, report);
    parser::parse(text, &tokens, report)
}

fn build(
    file: &str,
    text: &str,
    env: &Environment,
    report: &mut Report,
) -> Option<(ParsingImage, Vec<ListingLine>)> {
    let tree = parse(text, report);
    if report.failed() {
        return None;
    }
    check_links(&tree, report);
    let constants = constants::Constants::new(&tree, &env.constants, report);
    let names = names::resolve(&tree, &constants, env, report);
    recursion::check(&tree, &names, report);
    if report.failed() {
        return None;
    }
    let staging = constants.staging(&tree, report);
    let so_far = std::mem::replace(report, Report::new(file));
    let mut lower = lower::Lower::new(text, &tree, &constants, names, env, so_far);
    let start = lower.run();
    let lower::Lower {
        names,
        graph,
        pool,
        texts,
        instances,
        report: found,
        ..
    } = lower;
    *report = found;
    if report.failed() {
        return None;
    }
    let start = start?;
    let starts: Vec<graph::Label> = instances.iter().map(|i| i.label).collect();
    let packed = pack::pack(&graph, &starts, report)?;
    let lines = Lines::new(text);
    let mut places = vec![Place::default(); packed.rows.len()];
    for (at, (_, row)) in &packed.used {
        let (line, column) = lines.place(graph.rows[*row as usize].span.start);
        let column = column.min(u16::MAX.into()) as u16;
        places[*at as usize] = Place {
            file: 0,
            line,
            column,
        };
    }
    let mut heads: Vec<(usize, &str)> = Vec::new();
    for rule in &tree.rules {
        heads.push((rule.name.span.start, &rule.name.text));
    }
    let rule_at = |offset: usize| {
        let behind = heads.partition_point(|(start, _)| *start <= offset);
        let name = behind.checked_sub(1).map_or("", |i| heads[i].1);
        name.to_owned()
    };
    let listing = listing::Writer::new(&names, &graph, &packed, &pool, &texts)
        .lines(|offset| (lines.place(offset).0, rule_at(offset)));
    let rules = instances.iter().map(|i| {
        let name = format!("{}{}", tree.rules[i.rule].name.text, i.set.suffix());
        (name, packed.number(&graph, i.label))
    });
    let mut parameters = Vec::new();
    for parameter in &tree.parameters {
        parameters.push(Parameter {
            name: parameter.name.text.clone(),
            register: names.captures.get(&parameter.name.text).copied()?,
            default: constants.get(&parameter.value)?,
        });
    }
    let image = ParsingImage {
        parameters,
        entry: packed.number(&graph, start),
        rules: rules.collect(),
        rows: packed.rows,
        states: packed.states,
        constants: pool,
        staging,
        texts,
        captures: names.captures.into_iter().collect(),
        streams: names.streams,
        map: SourceMap {
            files: vec![file.to_owned()],
            places,
        },
    };
    Some((image, listing))
}

fn check_links(tree: &ast::File, report: &mut Report) {
    for link in &tree.links {
        let stem = link
            .text
            .strip_suffix(".alu")
            .or_else(|| link.text.strip_suffix(".gfx"));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if stem.is_none_or(|s| s.is_empty() || !s.chars().all(plain)) {
            let message = format!("`{}` cannot be linked", link.text);
            let hint = "a link is a `.alu` or `.gfx` file in the grammar's own directory";
            report.error(Code::Link, link.span, message, hint);
        }
    }
}

/// The files that a grammar links, with their places in the text, so that a
/// loader can compile them first.
///
/// # Errors
/// What is wrong with the text or its links.
pub fn links(text: &str) -> Result<Vec<(String, Range<usize>)>, Vec<Diagnostic>> {
    let mut report = Report::new("");
    let tree = parse(text, &mut report);
    check_links(&tree, &mut report);
    if report.failed() {
        return Err(report.into_diagnostics());
    }
    let link = |l: ast::Name| (l.text, l.span.start..l.span.end);
    Ok(tree.links.into_iter().map(link).collect())
}
