//! Actions.

use orrery_output::isa::{Action, Target, gate};

use super::{Lower, Val};
use crate::isa::{Operand, RowAction};
use crate::language::action::stream_kind;
use crate::language::ast::{ActionKind, ActionOperand, ActionStatement, ConstKind, Name};
use crate::language::graph::{Cursor, Op};
use crate::language::lexer::Span;

/// Operands that one row can send.
const OPERANDS: usize = 4;

impl Lower<'_> {
    /// One statement of an action.
    pub fn action(&mut self, cursor: &mut Cursor, statement: &ActionStatement) {
        let span = statement.span;
        let handle = |lower: &Self, name: &Name| lower.names.stream(&name.text).unwrap_or(0);
        match &statement.kind {
            ActionKind::Create(name, kind, operands) => {
                let target = handle(self, name);
                if let Some(action) = Action::from_mnemonic(&kind.text) {
                    self.send(cursor, action, target, operands, span);
                }
            }
            ActionKind::Append(name, operands) => {
                let target = handle(self, name);
                for part in operands.chunks(OPERANDS) {
                    self.send(cursor, Action::Append, target, part, span);
                }
            }
            ActionKind::Repeat(name, value, times) => {
                let operands = [value.clone(), times.clone()];
                self.send(cursor, Action::Repeat, handle(self, name), &operands, span);
            }
            ActionKind::Copy(name, distance, length) => {
                let operands = [distance.clone(), length.clone()];
                self.send(cursor, Action::Copy, handle(self, name), &operands, span);
            }
            ActionKind::Place(name, mnemonic, operands) => {
                let target = handle(self, name);
                if let Some(action) = Action::from_mnemonic(mnemonic) {
                    self.send(cursor, action, target, operands, span);
                }
            }
            ActionKind::Plain(name, operands) => self.plain(cursor, name, operands, span),
        }
    }

    fn plain(&mut self, cursor: &mut Cursor, name: &Name, operands: &[ActionOperand], span: Span) {
        if let Some(label) = name.text.strip_prefix("core.") {
            let address = self.env.labels.get(label).copied().unwrap_or(0);
            let (first, rest) = operands.split_at(operands.len().min(OPERANDS));
            self.send(cursor, Action::Activate, address, first, span);
            for part in rest.chunks(OPERANDS) {
                self.send(cursor, Action::Words, 0, part, span);
            }
            return;
        }
        let Some(action) = Action::from_mnemonic(&name.text) else {
            return;
        };
        let named = match operands.first() {
            Some(ActionOperand::Value(v)) => match &v.kind {
                ConstKind::Name(n) => n.as_str(),
                _ => "",
            },
            _ => "",
        };
        let target = match action.row().target {
            Target::Handle => self.names.stream(named),
            Target::Gate => gate::NAMES
                .iter()
                .find(|(n, _)| *n == named)
                .map(|(_, g)| *g),
            Target::None | Target::Label => {
                return self.send(cursor, action, 0, operands, span);
            }
        };
        let rest = operands.get(1..).unwrap_or_default();
        self.send(cursor, action, target.unwrap_or(0), rest, span);
    }

    fn send(
        &mut self,
        cursor: &mut Cursor,
        action: Action,
        target: u16,
        operands: &[ActionOperand],
        span: Span,
    ) {
        let mut sent = [Operand::default(); OPERANDS];
        let mut identity = 0;
        for (i, operand) in operands.iter().take(OPERANDS).enumerate() {
            let value = match operand {
                ActionOperand::Identity(stream) => {
                    identity |= 1 << i;
                    Val::Known(self.names.stream(&stream.text).unwrap_or(0).into())
                }
                ActionOperand::Value(v) => match &v.kind {
                    ConstKind::Name(n) if self.is_kind(n) => {
                        Val::Known(stream_kind(n).unwrap_or(0))
                    }
                    _ => self.val(v),
                },
            };
            sent[i] = self.operand(value);
        }
        let n = operands.len().min(OPERANDS) as u8;
        let action = RowAction {
            op: action as u16 as u8,
            target,
            n,
            identity,
        };
        self.graph.op(
            cursor,
            &Op::Action {
                action,
                operands: sent,
            },
            span,
        );
    }

    /// A stream kind that nothing in the grammar hides.
    fn is_kind(&self, name: &str) -> bool {
        stream_kind(name).is_some()
            && self.names.capture(self.rule, name).is_none()
            && !self.constants.knows(name)
    }
}
