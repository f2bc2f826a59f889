//! What every name stands for, and whether it is used as that.

use std::collections::{BTreeMap, HashMap, HashSet};

use orrery_output::isa::{Action, Target, gate};

use super::action::stream_kind;
use super::ast::{ActionKind, ActionOperand, Const, ConstKind, File, Name};
use super::constants::Constants;
use super::diagnose::{Code, Report, did_you_mean};
use super::lexer::Span;
use super::walk::{Use, walk};
use super::{Environment, words};
use crate::isa::{BITS, control};

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
    let mut names = Names {
        rules: file
            .rules
            .iter()
            .enumerate()
            .map(|(i, r)| (r.name.text.as_str(), i))
            .collect(),
        captures: BTreeMap::new(),
        registers: 0,
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
    for parameter in &env.params {
        names.registers = allocate(&mut names.captures, names.registers, parameter, false);
    }
    let mut first: HashMap<String, Span> = HashMap::new();
    for (name, _) in &written {
        let pair = pairs.contains(name.text.as_str());
        declarations.declare(name, "a capture", false, report);
        if names.captures.contains_key(&name.text) {
            continue;
        }
        names.registers = allocate(&mut names.captures, names.registers, &name.text, pair);
        first.insert(name.text.clone(), name.span);
        too_many(names.registers, name.span, report);
    }
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
                report.error(Code::Duplicate, parameter.span, message, "");
                continue;
            }
            names.registers = allocate(&mut names.captures, names.registers, &key, false);
            first.insert(key, parameter.span);
            too_many(names.registers, parameter.span, report);
        }
    }
    let mut check = Check {
        file,
        names: &names,
        constants,
        env,
        report,
        read: HashSet::new(),
        calls: Vec::new(),
    };
    walk(file, &mut |rule, what| check.visit(rule, what));
    let (read, calls) = (check.read, check.calls);
    for (name, register) in &names.captures {
        if let Some(&span) = first.get(name)
            && !read.contains(register)
        {
            let name = name.rsplit('.').next().unwrap_or(name);
            let hint = "`-` in front of a symbol says that its value is not wanted";
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
            report.error(Code::Reserved, name.span, message, "choose another name");
            return;
        }
        match self.known.insert(text.clone(), what) {
            Some(before) if once || before != what => {
                let message = if before == what {
                    format!("`{text}` is declared twice")
                } else {
                    format!("`{text}` is {before} and {what}")
                };
                let hint = "rules, captures, constants, data and streams share their names";
                report.error(Code::Duplicate, name.span, message, hint);
            }
            _ => {}
        }
    }

    fn parameter(&self, name: &Name, report: &mut Report) {
        if words::is_reserved(&name.text) {
            let message = format!("`{}` is a word of the language", name.text);
            report.error(Code::Reserved, name.span, message, "choose another name");
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
        report.error(
            Code::NoMain,
            Span::from(0..0),
            message,
            "a process starts with `main:`",
        );
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
            report.warning(Code::UnusedRule, rule.name.span, message, "");
        }
    }
    reached
}

struct Check<'a, 'c> {
    file: &'a File,
    names: &'c Names<'a>,
    constants: &'c Constants<'a>,
    env: &'c Environment,
    report: &'c mut Report,
    read: HashSet<u8>,
    calls: Vec<(usize, usize)>,
}

impl Check<'_, '_> {
    fn visit(&mut self, rule: usize, what: Use<'_>) {
        match what {
            Use::Write(_) | Use::WritePair(_) | Use::Create(_) => {}
            Use::Capture(name) => match self.names.capture(rule, &name.text) {
                Some(register) => {
                    self.read.insert(register);
                }
                None => self.not(rule, name, "a capture"),
            },
            Use::Operand(o) => self.operand(rule, o, false),
            Use::ActionValue(o) => self.operand(rule, o, true),
            Use::Constant(c) => {
                self.each_name(c, &mut |check, name| {
                    if !check.constants.knows(&name.text) {
                        check.not(rule, name, "a constant");
                    }
                });
            }
            Use::Call(name, count) => self.call(rule, name, count),
            Use::Named(name) => {
                if !self.constants.knows(&name.text) {
                    self.call(rule, name, 0);
                }
            }
            Use::Refill(name) => {
                self.call(rule, name, 0);
                if let Some(&r) = self.names.rules.get(name.text.as_str())
                    && !self.file.rules[r].parameters.is_empty()
                {
                    let message = format!("the refill rule `{}` has parameters", name.text);
                    let hint = "it is called by the machine, which has no arguments";
                    self.report.error(Code::Refill, name.span, message, hint);
                }
            }
            Use::Stream(name) => {
                if self.names.stream(&name.text).is_none() {
                    self.not(rule, name, "a stream");
                }
            }
            Use::StreamTarget(o) => {
                let name = match &o.kind {
                    ConstKind::Name(text) => Name {
                        text: text.clone(),
                        span: o.span,
                    },
                    _ => {
                        let message = "this action needs the name of a stream";
                        self.report.error(Code::Action, o.span, message, "");
                        return;
                    }
                };
                self.visit(rule, Use::Stream(&name));
            }
            Use::Control(name) => {
                if !control::NAMES.iter().any(|(n, _)| *n == name.text) {
                    let message = format!("`{}` is no control symbol", name.text);
                    let hint = "they are END, FRAME, MARKER, SEGMENT and FAULT";
                    self.report.error(Code::Control, name.span, message, hint);
                }
            }
            Use::StrayLocal(span) => {
                let message = "`local` must stand at the beginning of a rule";
                let hint = "the value comes back when the rule ends";
                self.report.error(Code::Local, span, message, hint);
            }
            Use::Action(statement) => self.action(&statement.kind, statement.span),
        }
    }

    fn each_name(&mut self, e: &Const, visit: &mut dyn FnMut(&mut Self, &Name)) {
        match &e.kind {
            ConstKind::Name(text) => visit(
                self,
                &Name {
                    text: text.clone(),
                    span: e.span,
                },
            ),
            ConstKind::Entry(parts) => parts.iter().for_each(|p| self.each_name(p, visit)),
            ConstKind::Chain(first, rest) => {
                self.each_name(first, visit);
                rest.iter().for_each(|(_, p)| self.each_name(p, visit));
            }
            ConstKind::Number(_) | ConstKind::Text(_) | ConstKind::Index => {}
        }
    }

    fn operand(&mut self, rule: usize, o: &Const, of_action: bool) {
        let plain = matches!(o.kind, ConstKind::Name(_));
        self.each_name(o, &mut |check, name| {
            if let Some(register) = check.names.capture(rule, &name.text) {
                if plain {
                    check.read.insert(register);
                    return;
                }
                let message = format!("`{}` is not known when the grammar is compiled", name.text);
                let hint = "parentheses hold constant expressions; compute with `x = a + b`";
                check.report.error(Code::Constant, name.span, message, hint);
                return;
            }
            let known = check.constants.knows(&name.text)
                || of_action && plain && stream_kind(&name.text).is_some();
            if !known {
                check.not(rule, name, "a capture or a constant");
            }
        });
    }

    fn call(&mut self, from: usize, name: &Name, count: usize) {
        let Some(&to) = self.names.rules.get(name.text.as_str()) else {
            return self.not(from, name, "a rule");
        };
        self.calls.push((from, to));
        let wanted = self.file.rules[to].parameters.len();
        if wanted != count {
            let message = format!(
                "`{}` takes {wanted} arguments, {count} are given",
                name.text
            );
            self.report.error(Code::Count, name.span, message, "");
        }
    }

    /// Reports a name that is not what it should be.
    fn not(&mut self, rule: usize, name: &Name, wanted: &str) {
        let text = name.text.as_str();
        let is = if self.names.rules.contains_key(text) {
            Some("a rule")
        } else if self.names.capture(rule, text).is_some() {
            Some("a capture")
        } else if self.names.stream(text).is_some() {
            Some("a stream")
        } else if self.constants.knows(text) {
            Some("a constant")
        } else {
            None
        };
        if let Some(is) = is {
            let message = format!("`{text}` is {is}, but {wanted} is needed here");
            self.report.error(Code::Kind, name.span, message, "");
            return;
        }
        let file = self.file;
        let known = (self.names.captures.keys().map(String::as_str))
            .chain(self.names.streams.iter().map(|(n, _)| n.as_str()))
            .chain(self.names.rules.keys().copied())
            .chain(file.constants.iter().map(|c| c.name.text.as_str()))
            .chain(file.data.iter().map(|d| d.name.text.as_str()))
            .chain(file.rules[rule].parameters.iter().map(|p| p.text.as_str()))
            .chain(self.constants.outside());
        let hint = did_you_mean(text, known);
        let message = format!("`{text}` is not known");
        self.report.error(Code::Unknown, name.span, message, hint);
    }

    fn action(&mut self, kind: &ActionKind, span: Span) {
        let (name, given) = match kind {
            ActionKind::Create(_, kind, operands) => {
                if !matches!(kind.text.as_str(), "texture" | "region" | "ram") {
                    let message = format!("`{}` is no kind of stream", kind.text);
                    let hint = "a stream is a `texture`, a `region` or in `ram`";
                    return self.report.error(Code::Action, kind.span, message, hint);
                }
                (kind, operands.len())
            }
            ActionKind::Plain(name, operands) => {
                if let Some(label) = name.text.strip_prefix("core.") {
                    return self.label(label, name.span);
                }
                if name.text.contains('.') {
                    let message = format!("nothing can be sent to `{}`", name.text);
                    let hint = "`core.label` starts a routine of the linked core program";
                    return self.report.error(Code::Action, name.span, message, hint);
                }
                let Some(action) = Action::from_mnemonic(&name.text) else {
                    let known = Action::ALL.iter().map(|a| a.row().mnemonic);
                    let hint = did_you_mean(&name.text, known);
                    let message = format!("`{}` is no action", name.text);
                    return self.report.error(Code::Action, name.span, message, hint);
                };
                self.targets(action, name, operands);
                let targets = matches!(action.row().target, Target::Handle | Target::Gate);
                (name, operands.len().saturating_sub(usize::from(targets)))
            }
            _ => return,
        };
        let Some(action) = Action::from_mnemonic(&name.text) else {
            return;
        };
        let row = action.row();
        let (min, max) = (usize::from(row.min), usize::from(row.max));
        if (min..=max).contains(&given) {
            return;
        }
        let wanted = if min == max {
            format!("{min}")
        } else {
            format!("{min} to {max}")
        };
        let message = format!(
            "`{}` takes {wanted} operands, {given} are given",
            row.mnemonic
        );
        self.report.error(Code::Count, span, message, row.meaning);
    }

    fn targets(&mut self, action: Action, name: &Name, operands: &[ActionOperand]) {
        let row = action.row();
        let message = match (row.target, operands.first()) {
            (Target::None, _) => return,
            (Target::Label, _) => {
                format!("`{}` is written `core.label << operands`", name.text)
            }
            (Target::Handle, Some(ActionOperand::Value(_))) => return,
            (Target::Gate, Some(ActionOperand::Value(gate))) => match &gate.kind {
                ConstKind::Name(n) if gate::NAMES.iter().any(|(g, _)| g == n) => return,
                _ => format!("`{}` needs the name of an output", name.text),
            },
            (Target::Handle, _) => format!("`{}` needs the name of a stream", name.text),
            (Target::Gate, _) => format!("`{}` needs the name of an output", name.text),
        };
        self.report
            .error(Code::Action, name.span, message, row.meaning);
    }

    fn label(&mut self, label: &str, span: Span) {
        if !self.env.labels.contains_key(label) {
            let hint = did_you_mean(label, self.env.labels.keys().map(String::as_str));
            let message = format!("the core program has no label `{label}`");
            self.report.error(Code::Label, span, message, hint);
        }
    }
}
