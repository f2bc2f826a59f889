//! What every name stands for, and whether it is used as that.

use std::collections::{BTreeMap, HashMap, HashSet};

use orrery_shared::spelling::nearest;

use super::ast::{File, Name};
use super::check::Check;
use super::constants::Constants;
use super::diagnose::{Code, Report};
use super::lexer::Span;
use super::walk::{Use, walk};
use super::{Environment, words};
use crate::isa::BITS;

/// Stream handles: 1..=1023.
const STREAMS: u16 = 1023;

/// The tables.
pub struct Names<'a> {
    /// Rules by name.
    pub rules: HashMap<&'a str, usize>,
    /// Captures by name; parameters as `rule.parameter`.
    pub captures: BTreeMap<String, u8>,
    /// Captures in use.
    pub registers: u8,
    /// Escape tables by name, as the machine's constants.
    pub escapes: HashMap<&'a str, Vec<u32>>,
    /// Streams with their handles.
    pub streams: Vec<(String, u16)>,
    /// Rules that `main` leads to.
    pub used_rules: HashSet<usize>,
    /// Which rule names which.
    pub calls: Vec<(usize, usize)>,
    parameters: Vec<HashMap<&'a str, u8>>,
}

impl<'a> Names<'a> {
    /// The capture that a name means in a rule.
    pub fn capture(&self, rule: usize, name: &str) -> Option<u8> {
        if name == words::BITS {
            return Some(BITS);
        }
        let parameter = self.parameters.get(rule).and_then(|p| p.get(name));
        parameter.or_else(|| self.captures.get(name)).copied()
    }

    /// The first capture of a pair.
    pub fn pair(&self, rule: usize, name: &str) -> Option<u8> {
        let low = self.capture(rule, name)?;
        let high = self.captures.get(&format!("{name}{}", words::HIGH))?;
        (*high == low + 1).then_some(low)
    }

    /// The handle of a stream.
    pub fn stream(&self, name: &str) -> Option<u16> {
        self.streams
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, handle)| *handle)
    }

    /// A rule's parameter registers, in order.
    pub fn parameters(&self, file: &File, rule: usize) -> Vec<u8> {
        let names = file.rules[rule].parameters.iter();
        names
            .filter_map(|n| self.parameters[rule].get(n.text.as_str()).copied())
            .collect()
    }

    /// One more capture, without a name.
    pub fn scratch(&mut self) -> Option<u8> {
        let register = self.registers;
        (register < BITS).then(|| {
            self.registers += 1;
            register
        })
    }
}

/// Finds and checks all names.
pub fn resolve<'a>(
    file: &'a File,
    constants: &Constants<'a>,
    env: &Environment,
    report: &mut Report,
) -> Names<'a> {
    let mut declarations = Declarations::default();
    for rule in &file.rules {
        declarations.declare(&rule.name, "a rule", true, report);
    }
    for constant in &file.constants {
        declarations.declare(&constant.name, "a constant", true, report);
    }
    for data in &file.data {
        declarations.declare(&data.name, "data", true, report);
    }
    let mut escapes = HashMap::new();
    for table in &file.escapes {
        declarations.declare(&table.name, "an escape table", true, report);
        let words = super::escapes::words(table, constants, report);
        escapes.insert(table.name.text.as_str(), words);
    }
    let mut names = Names {
        rules: file
            .rules
            .iter()
            .enumerate()
            .map(|(i, r)| (r.name.text.as_str(), i))
            .collect(),
        captures: BTreeMap::new(),
        registers: 0,
        escapes,
        streams: Vec::new(),
        used_rules: HashSet::new(),
        calls: Vec::new(),
        parameters: vec![HashMap::new(); file.rules.len()],
    };
    let mut written: Vec<(&Name, bool)> = Vec::new();
    let mut own = vec![HashSet::new(); file.rules.len()];
    for (i, rule) in file.rules.iter().enumerate() {
        own[i].extend(rule.parameters.iter().map(|p| p.text.as_str()));
    }
    walk(file, &mut |rule, what| match what {
        Use::Write(name) | Use::WritePair(name) if !own[rule].contains(name.text.as_str()) => {
            written.push((name, matches!(what, Use::WritePair(_))));
        }
        Use::Create(name) => {
            declarations.declare(name, "a stream", false, report);
            let handle = names.streams.len() as u16 + 1;
            if names.stream(&name.text).is_none() && handle <= STREAMS {
                names.streams.push((name.text.clone(), handle));
            } else if handle > STREAMS {
                report.error(
                    Code::Full,
                    name.span,
                    "there are more than 1023 streams",
                    "",
                );
            }
        }
        _ => {}
    });
    let pairs: HashSet<&str> = written
        .iter()
        .filter(|(_, pair)| *pair)
        .map(|(n, _)| n.text.as_str())
        .collect();
    let mut first: HashMap<String, Span> = HashMap::new();
    for parameter in &file.parameters {
        let name = &parameter.name;
        constants.required(&parameter.value, report);
        declarations.declare(name, "a capture", false, report);
        if names.captures.contains_key(&name.text) {
            let message = format!("`{}` is a parameter twice", name.text);
            report.error(Code::Duplicate, name.span, message, "");
            continue;
        }
        let pair = pairs.contains(name.text.as_str());
        names.registers = allocate(&mut names.captures, names.registers, &name.text, pair);
        first.insert(name.text.clone(), name.span);
        too_many(names.registers, name.span, report);
    }
    for (name, _) in &written {
        let pair = pairs.contains(name.text.as_str());
        declarations.declare(name, "a capture", false, report);
        if names.captures.contains_key(&name.text) {
            continue;
        }
        first.insert(name.text.clone(), name.span);
        if let Some(register) = shared(file, &names.captures, &name.text) {
            names.captures.insert(name.text.clone(), register);
            continue;
        }
        names.registers = allocate(&mut names.captures, names.registers, &name.text, pair);
        too_many(names.registers, name.span, report);
    }
    check_shares(file, &names.captures, &pairs, report);
    for (i, rule) in file.rules.iter().enumerate() {
        for parameter in &rule.parameters {
            let text = parameter.text.as_str();
            declarations.parameter(parameter, report);
            let key = format!("{}.{text}", rule.name.text);
            if names.parameters[i]
                .insert(text, names.registers.min(BITS - 1))
                .is_some()
            {
                let message = format!("`{text}` is a parameter twice");
                let hint = "give one of them another name";
                report.error(Code::Duplicate, parameter.span, message, hint);
                continue;
            }
            names.registers = allocate(&mut names.captures, names.registers, &key, false);
            first.insert(key, parameter.span);
            too_many(names.registers, parameter.span, report);
        }
    }
    let (read, calls) = Check::run(file, &names, constants, env, report);
    for (name, register) in &names.captures {
        if let Some(&span) = first.get(name)
            && !read.contains(register)
        {
            let name = name.rsplit('.').next().unwrap_or(name);
            let hint =
                "delete it; a symbol whose value is not wanted has `-` in front of it, or nothing";
            report.warning(
                Code::UnusedCapture,
                span,
                format!("nothing reads `{name}`"),
                hint,
            );
        }
    }
    names.used_rules = reach(file, &names, &calls, report);
    names.calls = calls;
    names
}

/// The register of a capture that a name shares it with.
fn shared(file: &File, captures: &BTreeMap<String, u8>, name: &str) -> Option<u8> {
    let group = file
        .shares
        .iter()
        .find(|g| g.iter().any(|n| n.text == name))?;
    group.iter().find_map(|n| captures.get(&n.text)).copied()
}

/// Only single registers are shared, and each name with one group.
fn check_shares(
    file: &File,
    captures: &BTreeMap<String, u8>,
    pairs: &HashSet<&str>,
    report: &mut Report,
) {
    let mut seen = HashSet::new();
    for name in file.shares.iter().flatten() {
        let text = name.text.as_str();
        if !captures.contains_key(text) {
            let message = format!("`{text}` is no capture");
            report.error(Code::Unknown, name.span, message, "`share:` names captures");
        } else if pairs.contains(text) {
            let message = format!("`{text}` has two halves and cannot be shared");
            report.error(Code::Duplicate, name.span, message, "");
        } else if !seen.insert(text) {
            let message = format!("`{text}` is shared twice");
            report.error(Code::Duplicate, name.span, message, "");
        }
    }
}

fn allocate(captures: &mut BTreeMap<String, u8>, next: u8, name: &str, pair: bool) -> u8 {
    let register = next.min(BITS - 1);
    captures.insert(name.to_owned(), register);
    if pair {
        captures.insert(
            format!("{name}{}", words::HIGH),
            (register + 1).min(BITS - 1),
        );
    }
    next.saturating_add(1 + u8::from(pair))
}

fn too_many(registers: u8, span: Span, report: &mut Report) {
    if registers > BITS {
        let message = format!("there are more than {BITS} captures");
        report.error(
            Code::Full,
            span,
            message,
            "captures are global: use names again",
        );
    }
}

/// What was declared where.
#[derive(Default)]
struct Declarations {
    known: HashMap<String, &'static str>,
}

impl Declarations {
    fn declare(&mut self, name: &Name, what: &'static str, once: bool, report: &mut Report) {
        let text = &name.text;
        if words::is_reserved(text) && !(what == "a capture" && text == words::TEXT) {
            let message = format!("`{text}` is a word of the language");
            let hint = format!("choose another name, for instance `the_{text}`");
            report.error(Code::Reserved, name.span, message, hint);
            return;
        }
        match self.known.insert(text.clone(), what) {
            Some(before) if once || before != what => {
                let message = if before == what {
                    format!("`{text}` is declared twice")
                } else {
                    format!("`{text}` is {before} and {what}")
                };
                let hint = if before == what && what == "a rule" {
                    "alternatives stand in one rule: `name: p | q`"
                } else {
                    "rules, captures, constants, data and streams share their names"
                };
                report.error(Code::Duplicate, name.span, message, hint);
            }
            _ => {}
        }
    }

    fn parameter(&self, name: &Name, report: &mut Report) {
        if words::is_reserved(&name.text) {
            let message = format!("`{}` is a word of the language", name.text);
            let hint = format!("choose another name, for instance `the_{}`", name.text);
            report.error(Code::Reserved, name.span, message, hint);
        } else if let Some(before) = self.known.get(&name.text) {
            let message = format!("`{}` is {before} and a parameter", name.text);
            let hint = "rules, captures, constants, data and streams share their names";
            report.error(Code::Duplicate, name.span, message, hint);
        }
    }
}

/// Rules that `main` leads to; the others are reported.
fn reach(
    file: &File,
    names: &Names,
    calls: &[(usize, usize)],
    report: &mut Report,
) -> HashSet<usize> {
    let mut reached = HashSet::new();
    let Some(&main) = names.rules.get("main") else {
        let message = "this grammar has no rule `main`";
        let similar = nearest("main", names.rules.keys().copied());
        let (span, hint) = match similar.and_then(|name| names.rules.get(name)) {
            Some(&rule) => {
                let name = &file.rules[rule].name;
                let hint = format!("a process starts with `main:`; is `{}` meant?", name.text);
                (name.span, hint)
            }
            None => (Span::from(0..0), "a process starts with `main:`".to_owned()),
        };
        report.error(Code::NoMain, span, message, hint);
        return reached;
    };
    if let Some(parameter) = file.rules[main].parameters.first() {
        let message = "`main` cannot have parameters";
        report.error(
            Code::NoMain,
            parameter.span,
            message,
            "nobody could give it arguments",
        );
    }
    let mut leads: HashMap<usize, Vec<usize>> = HashMap::new();
    calls
        .iter()
        .for_each(|(from, to)| leads.entry(*from).or_default().push(*to));
    let mut open = vec![main];
    while let Some(rule) = open.pop() {
        if reached.insert(rule) {
            open.extend(leads.remove(&rule).unwrap_or_default());
        }
    }
    for (i, rule) in file.rules.iter().enumerate() {
        // Of two rules with one name the second counts, and the error is said already.
        if !reached.contains(&i) && names.rules.get(rule.name.text.as_str()) == Some(&i) {
            let message = format!("nothing leads from `main` to `{}`", rule.name.text);
            let hint = "name it in a rule that is used, or delete it";
            report.warning(Code::UnusedRule, rule.name.span, message, hint);
        }
    }
    reached
}
