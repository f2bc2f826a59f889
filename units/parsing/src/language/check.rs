//! Whether every name is used as what it is.

use std::collections::HashSet;

use orrery_output::isa::{Action, Target, gate, kind};
use orrery_shared::spelling::did_you_mean;

use super::Environment;
use super::action::stream_kind;
use super::ast::{ActionKind, ActionOperand, Const, ConstKind, File, Name};
use super::constants::Constants;
use super::diagnose::{Code, Report, count, given};
use super::lexer::Span;
use super::names::Names;
use super::walk::{Use, walk};
use super::words;
use crate::isa::control;

/// What may be needed where a name stands.
const RULE: &str = "a rule";
const VALUE: &str = "a capture or a constant";
/// The same in an action, where stream kinds are numbers too.
const ACTION_VALUE: &str = "a value";

/// The check of one file.
pub struct Check<'a, 'c> {
    file: &'a File,
    names: &'c Names<'a>,
    constants: &'c Constants<'a>,
    env: &'c Environment,
    report: &'c mut Report,
    read: HashSet<u8>,
    calls: Vec<(usize, usize)>,
}

impl<'a, 'c> Check<'a, 'c> {
    /// Checks all names. Gives the captures that are read, and which rule names which.
    pub fn run(
        file: &'a File,
        names: &'c Names<'a>,
        constants: &'c Constants<'a>,
        env: &'c Environment,
        report: &'c mut Report,
    ) -> (HashSet<u8>, Vec<(usize, usize)>) {
        let (read, calls) = (HashSet::new(), Vec::new());
        let mut check = Check {
            file,
            names,
            constants,
            env,
            report,
            read,
            calls,
        };
        walk(file, &mut |rule, what| check.visit(rule, what));
        (check.read, check.calls)
    }

    fn visit(&mut self, rule: usize, what: Use<'_>) {
        match what {
            Use::Write(_) | Use::WritePair(_) | Use::Create(_) => {}
            Use::Capture(name) => match self.names.capture(rule, &name.text) {
                Some(register) => {
                    self.read.insert(register);
                }
                None => self.not(rule, name, "a capture"),
            },
            Use::Pair(text, span) => match self.names.pair(rule, text) {
                Some(register) => {
                    self.read.extend([register, register + 1]);
                }
                None => {
                    let message = format!("`{text}` is no pair of captures");
                    let hint = "`setbits`, `clearbits`, `load64`, `reply` and `pos()` make pairs";
                    self.report.error(Code::Kind, span, message, hint);
                }
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
            Use::Escape(name) => {
                if !self.names.escapes.contains_key(name.text.as_str()) {
                    self.not(rule, name, "an escape table");
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
                        let hint = "a stream is created by `name <- ram 256 u8`";
                        self.report.error(Code::Action, o.span, message, hint);
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
            Use::Minus(span) => {
                let message = "`-` makes no range of symbols";
                let hint = "a range is written `0x30..0x39`; a symbol without its value has a space before its `-`";
                self.report.error(Code::Syntax, span, message, hint);
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
                let wanted = if of_action { ACTION_VALUE } else { VALUE };
                check.not(rule, name, wanted);
            }
        });
    }

    fn call(&mut self, from: usize, name: &Name, arguments: usize) {
        let Some(&to) = self.names.rules.get(name.text.as_str()) else {
            return self.not(from, name, RULE);
        };
        self.calls.push((from, to));
        let wanted = self.file.rules[to].parameters.len();
        if wanted != arguments {
            let message = format!(
                "`{}` takes {}, {}",
                name.text,
                count(wanted, "argument"),
                given(arguments)
            );
            let hint = if arguments == 0 {
                "arguments stand right behind the name: `f(1)`, not `f (1)`"
            } else {
                ""
            };
            self.report.error(Code::Count, name.span, message, hint);
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
        } else if self.names.escapes.contains_key(text) {
            Some("an escape table")
        } else if self.constants.knows(text) {
            Some("a constant")
        } else {
            None
        };
        if let Some(is) = is {
            let message = format!("`{text}` is {is}, but {wanted} is needed here");
            let hint = match (is, wanted) {
                ("a capture", RULE) => format!(
                    "it holds a number: compare it, `({text} == 5 p | q)`, or choose by it, `{text} -> ( ... )`"
                ),
                ("a rule", VALUE | ACTION_VALUE) => {
                    "capture in the rule what it reads, `v@.`, and use `v`".to_owned()
                }
                ("a stream", VALUE | ACTION_VALUE) => {
                    format!("`&{text}` is the identity of a stream, as an operand of actions")
                }
                _ => String::new(),
            };
            self.report.error(Code::Kind, name.span, message, hint);
            return;
        }
        let file = self.file;
        let known = (self.names.captures.keys().map(String::as_str))
            .chain(self.names.streams.iter().map(|(n, _)| n.as_str()))
            .chain(self.names.rules.keys().copied())
            .chain(file.constants.iter().map(|c| c.name.text.as_str()))
            .chain(file.data.iter().map(|d| d.name.text.as_str()))
            .chain(self.names.escapes.keys().copied())
            .chain(file.rules[rule].parameters.iter().map(|p| p.text.as_str()))
            .chain(self.constants.outside())
            .chain(words::all().filter(|_| wanted == RULE))
            .chain(
                kind::NAMES
                    .iter()
                    .map(|k| k.0)
                    .filter(|_| wanted == ACTION_VALUE),
            );
        let width = text.strip_prefix(['u', 'i']).unwrap_or_default();
        let hint = match (did_you_mean(text, known), wanted) {
            (Some(hint), _) => hint,
            (None, RULE) if matches!(width, "8" | "16" | "32") => {
                format!("a symbol of {width} bits is read by `{width}(x@.)`")
            }
            (None, RULE) => format!("a rule is declared by `{text}: ...`"),
            (None, "a stream") => {
                format!("a stream is created in an action: `{{ {text} <- ram 256 u8 }}`")
            }
            (None, _) => {
                format!("a capture comes from a match, `{text}@.`, or from `{text} = ...`")
            }
        };
        let message = format!("`{text}` is not known");
        self.report.error(Code::Unknown, name.span, message, hint);
    }

    fn action(&mut self, kind: &ActionKind, span: Span) {
        let (name, operands) = match kind {
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
                    let hint = did_you_mean(&name.text, known)
                        .unwrap_or_else(|| "`orrery isa output` lists the actions".to_owned());
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
        if (min..=max).contains(&operands) {
            return;
        }
        let wanted = if min == max {
            count(min, "operand")
        } else {
            format!("{min} to {max} operands")
        };
        let message = format!("`{}` takes {wanted}, {}", row.mnemonic, given(operands));
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
                ConstKind::Name(n) => {
                    let known = || gate::NAMES.iter().map(|(g, _)| *g);
                    let hint = did_you_mean(n, known()).unwrap_or_else(|| {
                        let names: Vec<String> = known().map(|g| format!("`{g}`")).collect();
                        format!("the outputs are {}", names.join(", "))
                    });
                    let message = format!("there is no output `{n}`");
                    return self.report.error(Code::Action, gate.span, message, hint);
                }
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
            let labels = self.env.labels.keys().map(String::as_str);
            let hint = did_you_mean(label, labels).unwrap_or_else(|| {
                if self.env.labels.is_empty() {
                    "no core program is linked: `link: \"name.alu\"`, or a block `alu {`".to_owned()
                } else {
                    "a label stands before an instruction: `label:`".to_owned()
                }
            });
            let message = format!("the core program has no label `{label}`");
            self.report.error(Code::Label, span, message, hint);
        }
    }
}
