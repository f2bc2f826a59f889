//! Captures, constants and operands.

use super::{Lower, Val};
use crate::isa::{INDEX, Operand, POOL};
use crate::language::ast::{Const, ConstKind, Name};
use crate::language::diagnose::Code;
use crate::language::lexer::Span;

impl Lower<'_> {
    /// The capture of a name; what is wrong with it was reported before.
    pub fn register(&self, name: &Name) -> u8 {
        self.names.capture(self.rule, &name.text).unwrap_or(0)
    }

    /// The capture or constant that is meant.
    pub fn val(&mut self, operand: &Const) -> Val {
        match &operand.kind {
            ConstKind::Index => return Val::Register(INDEX),
            ConstKind::Name(name) => {
                if let Some(register) = self.names.capture(self.rule, name) {
                    return Val::Register(register);
                }
            }
            _ => {}
        }
        Val::Known(
            self.constants
                .required(operand, &mut self.report)
                .unwrap_or(0),
        )
    }

    /// A constant that must fit.
    pub fn number(&mut self, e: &Const, most: u32) -> u32 {
        let Some(value) = self.constants.required(e, &mut self.report) else {
            return 0;
        };
        if value > most {
            let message = format!("{value} does not fit here; the most is {most}");
            self.report.error(Code::Range, e.span, message, "");
            return 0;
        }
        value
    }

    /// A constant as an operand.
    pub fn constant(&mut self, value: u32) -> Operand {
        self.constants_block(&[value])
    }

    /// Constants side by side, as the first one's operand.
    pub fn constants_block(&mut self, values: &[u32]) -> Operand {
        let at = self.pool.windows(values.len()).position(|w| w == values);
        let at = at.unwrap_or_else(|| {
            self.pool.extend(values);
            self.pool.len() - values.len()
        });
        if self.pool.len() > POOL {
            let message = "the grammar has more than 448 different constants";
            let hint = "tables belong into `data`";
            self.report
                .error(Code::Full, Span::from(0..0), message, hint);
            return Operand::default();
        }
        Operand::Pool(at as u16)
    }

    /// A value as an operand.
    pub fn operand(&mut self, value: Val) -> Operand {
        match value {
            Val::Register(r) => Operand::Capture(r),
            Val::Known(v) => self.constant(v),
        }
    }

    /// A capture for values that need one for a moment.
    pub fn scratch(&mut self, which: usize) -> u8 {
        while self.scratch.len() <= which {
            let register = self.names.scratch().unwrap_or_else(|| {
                let message = "there are more than 62 captures, with those for intermediate values";
                let hint = "captures are global: use names again";
                self.report
                    .error(Code::Full, Span::from(0..0), message, hint);
                0
            });
            self.scratch.push(register);
        }
        self.scratch[which]
    }
}
