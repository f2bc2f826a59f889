//! For which rules the setting matters: the others are compiled only once.

use std::collections::HashMap;

use crate::language::ast::{Atom, Choice, File, Statement, TermKind};
use crate::language::names::Names;
use crate::language::walk::{Use, walk};

/// Rules that read input themselves or by way of others.
pub fn reading(file: &File, names: &Names) -> Vec<bool> {
    let mut reading = vec![false; file.rules.len()];
    for (i, rule) in file.rules.iter().enumerate() {
        reading[i] = reads(&rule.body, names);
    }
    walk(file, &mut |rule, what| {
        if let Use::Constant(_) = what {
            reading[rule] = true;
        }
    });
    let mut callers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (from, to) in &names.calls {
        callers.entry(*to).or_default().push(*from);
    }
    let mut open: Vec<usize> = (0..reading.len()).filter(|i| reading[*i]).collect();
    while let Some(rule) = open.pop() {
        for from in callers.remove(&rule).unwrap_or_default() {
            if !std::mem::replace(&mut reading[from], true) {
                open.push(from);
            }
        }
    }
    reading
}

fn reads(choice: &Choice, names: &Names) -> bool {
    choice
        .alternatives
        .iter()
        .flatten()
        .any(|term| match &term.kind {
            TermKind::Match { atom, .. } => match atom {
                Atom::Empty | Atom::Call(..) => false,
                Atom::Named(name) => !names.rules.contains_key(name.text.as_str()),
                Atom::Choice(inner) => reads(inner, names),
                _ => true,
            },
            TermKind::Guard { body, handler, .. } => reads(body, names) || reads(handler, names),
            TermKind::Statement(Statement::Frame { body, .. }) => reads(body, names),
            TermKind::Dispatch { .. } => true,
            _ => false,
        })
}
