//! From the tree to the graph of states and rows.

mod actions;
mod calls;
mod choice;
mod dispatch;
mod expressions;
mod masks;
mod matching;
mod reading;
mod repeats;
mod statements;
mod table;
mod values;

use std::collections::{HashMap, VecDeque};

use super::Environment;
use super::ast::{Choice, File, Statement, Subject, Term, TermKind};
use super::constants::Constants;
use super::diagnose::{Code, Report};
use super::first::Firsts;
use super::graph::{Cursor, End, Graph, Label, Match, Op};
use super::lexer::Span;
use super::names::Names;
use super::setting::Setting;
use crate::isa::{StackOp, SysOp};

/// Rules that are copied into the loops that begin with them, one in another.
const DEEPEST: u32 = 64;
/// More states or rows than this do not fit.
const MOST: usize = 65_000;

/// What a rule is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It ends by ending the process.
    Main,
    /// It ends by returning.
    Called,
}

/// A compiled rule.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its number.
    pub rule: usize,
    /// The setting it is compiled for.
    pub set: Setting,
    /// Where it begins.
    pub label: Label,
    role: Role,
}

/// What holds where a term stands.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// How symbols are read.
    pub set: Setting,
    /// The rule ends behind it, with nothing left to do.
    pub tail: bool,
    /// A loop looks at its first symbol: rules there are copied, not called.
    pub head: bool,
}

impl Context {
    fn inner(self) -> Self {
        Context {
            tail: false,
            head: false,
            ..self
        }
    }
}

/// A value of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Val {
    /// In a capture.
    Register(u8),
    /// Known.
    Known(u32),
}

/// The state of the compilation.
pub struct Lower<'a> {
    /// The text.
    pub source: &'a str,
    /// The tree.
    pub file: &'a File,
    /// Known values.
    pub constants: &'a Constants<'a>,
    /// Known names.
    pub names: Names<'a>,
    /// What comes from outside.
    pub env: &'a Environment,
    /// Where errors go.
    pub report: Report,
    /// What has been made.
    pub graph: Graph,
    /// Constants that operands select.
    pub pool: Vec<u32>,
    /// Texts of `fail` and `warn`.
    pub texts: Vec<String>,
    /// Compiled rules in order of their states.
    pub instances: Vec<Instance>,
    /// First sets found so far.
    pub firsts: Firsts,
    known: HashMap<(usize, Setting, Role), Label>,
    waiting: VecDeque<Instance>,
    /// Rules for which the setting matters.
    reading: Vec<bool>,
    rule: usize,
    locals: Vec<u8>,
    scratch: Vec<u8>,
    copies: u32,
    entries: usize,
    full: bool,
}

impl<'a> Lower<'a> {
    /// Ready to begin.
    pub fn new(
        source: &'a str,
        file: &'a File,
        constants: &'a Constants<'a>,
        names: Names<'a>,
        env: &'a Environment,
        report: Report,
    ) -> Self {
        let reading = reading::reading(file, &names);
        Lower {
            source,
            file,
            constants,
            names,
            env,
            report,
            graph: Graph::default(),
            pool: Vec::new(),
            texts: Vec::new(),
            instances: Vec::new(),
            firsts: Firsts::new(),
            known: HashMap::new(),
            waiting: VecDeque::new(),
            reading,
            rule: 0,
            locals: Vec::new(),
            scratch: Vec::new(),
            copies: 0,
            entries: 0,
            full: false,
        }
    }

    /// Compiles `main` and all rules that it leads to; gives where it begins.
    pub fn run(&mut self) -> Option<Label> {
        let main = *self.names.rules.get("main")?;
        let start = self.instance(main, Setting::default(), Role::Main);
        while let Some(instance) = self.waiting.pop_front() {
            if self.full {
                break;
            }
            self.compile(&instance);
            self.instances.push(instance);
        }
        if self.full {
            return None;
        }
        let fine_so_far = !self.report.failed();
        for instance in &self.instances {
            if fine_so_far && self.graph.resolve(instance.label).is_none() {
                let name = &self.file.rules[instance.rule].name;
                let message = format!(
                    "`{}` leads back to itself without doing anything",
                    name.text
                );
                self.report.error(Code::Endless, name.span, message, "");
            }
        }
        Some(start)
    }

    /// Where a rule begins, compiled for a setting.
    fn instance(&mut self, rule: usize, set: Setting, role: Role) -> Label {
        let set = if self.reading[rule] {
            set
        } else {
            Setting::default()
        };
        if let Some(label) = self.known.get(&(rule, set, role)) {
            return *label;
        }
        let label = self.graph.label();
        self.known.insert((rule, set, role), label);
        self.waiting.push_back(Instance {
            rule,
            set,
            label,
            role,
        });
        label
    }

    fn compile(&mut self, instance: &Instance) {
        let file = self.file;
        let rule = &file.rules[instance.rule];
        self.rule = instance.rule;
        self.locals.clear();
        let has_locals = rule.body.alternatives.iter().any(|a| {
            matches!(
                a.first().map(|t| &t.kind),
                Some(TermKind::Statement(Statement::Local(_)))
            )
        });
        let tail = instance.role == Role::Called && !has_locals;
        let context = Context {
            set: instance.set,
            tail,
            head: false,
        };
        let mut cursor = Cursor::at(instance.label);
        self.choice(&mut cursor, &rule.body, context);
        let end = Span::from(rule.body.span.end..rule.body.span.end);
        let end = rule
            .body
            .alternatives
            .last()
            .and_then(|a| a.last())
            .map_or(end, |t| t.span);
        if cursor.is_dead() {
            return;
        }
        if instance.role == Role::Main {
            self.sys(&mut cursor, SysOp::Accept, end, |_| {});
            return;
        }
        for register in std::mem::take(&mut self.locals).into_iter().rev() {
            self.stack(&mut cursor, StackOp::Restore, register.into(), end);
        }
        let op = Op::Stack {
            op: StackOp::Return,
            imm: 0,
            reg: false,
            next: None,
            alt: None,
        };
        self.graph.stack(&mut cursor, &op, end);
    }

    /// A stack operation behind which the same way goes on.
    fn stack(&mut self, cursor: &mut Cursor, op: StackOp, imm: u16, span: Span) {
        let op = Op::Stack {
            op,
            imm,
            reg: false,
            next: None,
            alt: None,
        };
        let rows = self.graph.stack(cursor, &op, span);
        cursor.ends = rows.into_iter().map(End::Next).collect();
    }

    /// Alternatives.
    fn choice(&mut self, cursor: &mut Cursor, choice: &'a Choice, context: Context) {
        self.alternatives(cursor, &choice.alternatives, context);
    }

    /// Terms one behind the other.
    fn sequence(&mut self, cursor: &mut Cursor, terms: &'a [Term], context: Context) {
        for (i, term) in terms.iter().enumerate() {
            if cursor.is_dead() {
                if !self.full {
                    let hint = "what stands before it ends the rule or the process";
                    let message = "the machine never gets here";
                    self.report
                        .warning(Code::NeverReached, term.span, message, hint);
                }
                return;
            }
            let follow = &terms[i + 1..];
            let context = Context {
                tail: context.tail && follow.is_empty(),
                head: context.head && i == 0,
                ..context
            };
            self.term(cursor, term, follow, context);
            if self.overfull(term.span) {
                cursor.ends.clear();
            }
        }
    }

    fn overfull(&mut self, span: Span) -> bool {
        let most = self
            .graph
            .states
            .len()
            .max(self.graph.rows.len())
            .max(self.entries);
        if most > MOST && !self.full {
            self.full = true;
            let message = "the grammar is larger than the machine's memory";
            let hint =
                "loops copy the rules they begin with, and rules are compiled once per setting";
            self.report.error(Code::Full, span, message, hint);
        }
        self.full
    }

    fn term(&mut self, cursor: &mut Cursor, term: &'a Term, follow: &'a [Term], context: Context) {
        let span = term.span;
        match &term.kind {
            TermKind::Condition(condition) => {
                let predicate = self.compare(cursor, condition, span);
                self.must_hold(cursor, predicate, span);
            }
            TermKind::Statement(statement) => self.statement(cursor, statement, span, context),
            TermKind::Action(statements) => {
                statements.iter().for_each(|s| self.action(cursor, s));
            }
            TermKind::Guard {
                body,
                symbols,
                handler,
            } => {
                self.guard(cursor, body, symbols, handler, span, context);
            }
            TermKind::Dispatch {
                capture,
                subject,
                cases,
            } => {
                let set = context.set;
                let matches = match subject {
                    Subject::Code(map) => Match::Map {
                        register: self.register(map),
                        lsb: set.lsb,
                    },
                    Subject::Capture(name) => Match::Value {
                        register: self.register(name),
                    },
                    Subject::Flag => Match::Flag { width: 8 },
                };
                self.cases(cursor, matches, capture.as_ref(), cases, context);
            }
            TermKind::Match {
                capture,
                atom,
                repeat,
            } => {
                self.matching(
                    cursor,
                    capture.as_ref(),
                    atom,
                    repeat,
                    follow,
                    span,
                    context,
                );
            }
        }
    }
}
