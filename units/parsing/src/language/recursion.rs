//! Rules that begin with themselves.
//!
//! Nothing has changed when such a rule calls itself, so it would do so for ever. Only what surely happens first
//! counts: a call behind a statement, a condition or an argument may find another world.

use std::collections::{HashMap, HashSet};

use super::ast::{Atom, Choice, File, Name, Repeat, TermKind};
use super::diagnose::{Code, Report};
use super::names::Names;

/// After so many calls the others are left to the next run.
const MOST: usize = 100;

type Begins<'a> = Vec<(usize, &'a Name)>;

/// The rules that a choice calls before anything else.
fn begins<'a>(choice: &'a Choice, names: &Names<'_>, out: &mut Begins<'a>) {
    for sequence in &choice.alternatives {
        for term in sequence {
            let TermKind::Match {
                atom,
                repeat: Repeat::Once,
                ..
            } = &term.kind
            else {
                break;
            };
            match atom {
                Atom::Empty => continue,
                Atom::Choice(inner) | Atom::Group(_, inner) => begins(inner, names, out),
                Atom::Named(name) => {
                    if let Some(&rule) = names.rules.get(name.text.as_str()) {
                        out.push((rule, name));
                    }
                }
                _ => {}
            }
            break;
        }
    }
}

/// Rules from which no circle can be reached, and so most rules of most files.
fn straight(all: &[Begins<'_>]) -> Vec<bool> {
    let mut callers = vec![Vec::new(); all.len()];
    let mut open = Vec::new();
    let mut left: Vec<usize> = all.iter().map(Vec::len).collect();
    for (rule, calls) in all.iter().enumerate() {
        calls.iter().for_each(|(to, _)| callers[*to].push(rule));
        if calls.is_empty() {
            open.push(rule);
        }
    }
    let mut straight = vec![false; all.len()];
    while let Some(rule) = open.pop() {
        straight[rule] = true;
        for &caller in &callers[rule] {
            left[caller] -= 1;
            if left[caller] == 0 {
                open.push(caller);
            }
        }
    }
    straight
}

/// The rules that lead from one to another, both included.
fn way(from: usize, to: usize, all: &[Begins<'_>]) -> Option<Vec<usize>> {
    let mut before: HashMap<usize, usize> = HashMap::new();
    let mut seen = HashSet::from([from]);
    let mut open = vec![from];
    while let Some(rule) = open.pop() {
        if rule == to {
            let mut way = vec![to];
            while way[way.len() - 1] != from {
                way.push(before[&way[way.len() - 1]]);
            }
            way.reverse();
            return Some(way);
        }
        for &(next, _) in &all[rule] {
            if seen.insert(next) {
                before.insert(next, rule);
                open.push(next);
            }
        }
    }
    None
}

/// Reports them.
pub fn check(file: &File, names: &Names<'_>, report: &mut Report) {
    let all: Vec<Begins<'_>> = file
        .rules
        .iter()
        .map(|rule| {
            let mut out = Vec::new();
            begins(&rule.body, names, &mut out);
            out
        })
        .collect();
    let straight = straight(&all);
    let calls = all.iter().enumerate().filter(|(rule, _)| !straight[*rule]);
    let calls = calls.flat_map(|(rule, calls)| calls.iter().map(move |c| (rule, *c)));
    let calls = calls.filter(|(_, (called, _))| !straight[*called]);
    for (rule, (called, name)) in calls.take(MOST) {
        if let Some(way) = way(called, rule, &all) {
            let text = |r: &usize| format!("`{}`", file.rules[*r].name.text);
            let message = match way.as_slice() {
                [_] => format!("{} begins with itself", text(&rule)),
                others => {
                    let others: Vec<String> = others.iter().map(text).collect();
                    format!(
                        "{} begins with {}",
                        text(&rule),
                        others.join(", which begins with ")
                    )
                }
            };
            let hint = "it would call itself for ever without reading anything; read first and repeat: `item (\",\" item)*`";
            report.error(Code::LeftRecursion, name.span, message, hint);
        }
    }
}
