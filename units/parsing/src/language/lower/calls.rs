//! Calls and guards.

use super::{Context, DEEPEST, Lower, Role};
use crate::isa::{StackOp, control};
use crate::language::ast::{Choice, Const, Name, Sequence, Statement, TermKind};
use crate::language::graph::{Cursor, End, Match, Op};
use crate::language::lexer::Span;

/// Number of a control symbol.
pub fn control_code(name: &str) -> u8 {
    control::NAMES
        .iter()
        .find(|(n, _)| *n == name)
        .map_or(0, |(_, code)| *code)
}

impl<'a> Lower<'a> {
    /// Calls a rule, or goes there if nothing is left to do here.
    pub fn call(
        &mut self,
        cursor: &mut Cursor,
        name: &Name,
        arguments: &'a [Const],
        context: Context,
    ) {
        let Some(&rule) = self.names.rules.get(name.text.as_str()) else {
            return;
        };
        let span = name.span;
        let file = self.file;
        if context.head && self.can_be_copied(rule) {
            let caller = std::mem::replace(&mut self.rule, rule);
            self.copies += 1;
            self.choice(
                cursor,
                &file.rules[rule].body,
                Context {
                    tail: false,
                    ..context
                },
            );
            self.copies -= 1;
            self.rule = caller;
            return;
        }
        self.arguments(cursor, rule, arguments, span);
        let label = self.instance(rule, context.set, Role::Called);
        if context.tail {
            self.graph.go(cursor, label);
            return;
        }
        let op = Op::Stack {
            op: StackOp::Call,
            imm: 0,
            reg: false,
            next: Some(label),
            alt: None,
        };
        let rows = self.graph.stack(cursor, &op, span);
        cursor.ends = rows.into_iter().map(End::Alt).collect();
    }

    /// Whether a rule can stand at the beginning of a loop as if it were written there.
    pub fn can_be_copied(&self, rule: usize) -> bool {
        let rule = &self.file.rules[rule];
        let local = |s: &Sequence| {
            matches!(
                s.first().map(|t| &t.kind),
                Some(TermKind::Statement(Statement::Local(_)))
            )
        };
        let saves = rule.body.alternatives.iter().any(local);
        rule.parameters.is_empty() && !saves && self.copies < DEEPEST
    }

    /// `guard ( body ) catch symbols -> ( handler )`
    pub fn guard(
        &mut self,
        cursor: &mut Cursor,
        body: &'a Choice,
        symbols: &[Name],
        handler: &'a Choice,
        span: Span,
        context: Context,
    ) {
        let mask = symbols
            .iter()
            .fold(0u16, |mask, s| mask | 1 << control_code(&s.text));
        let caught = self.graph.label();
        let op = Op::Stack {
            op: StackOp::Catch,
            imm: mask,
            reg: false,
            next: None,
            alt: Some(caught),
        };
        let rows = self.graph.stack(cursor, &op, span);
        cursor.ends = rows.into_iter().map(End::Next).collect();
        self.choice(cursor, body, context.inner());
        if !cursor.is_dead() {
            self.stack(cursor, StackOp::Uncatch, 0, span);
        }
        let mut other = Cursor::at(caught);
        self.choice(
            &mut other,
            handler,
            Context {
                head: false,
                ..context
            },
        );
        if let [End::Label(_)] = other.ends[..] {
            // An empty handler needs a state to land in.
            self.graph.single(&mut other, Match::None, handler.span);
        }
        cursor.join(other);
    }
}
