//! Values, comparisons, staging accesses, arguments.

use super::{Lower, Val};
use crate::isa::{AluOp, Cond, Operand, StageOp, SysOp};
use crate::language::ast::{Condition, Const, Expression, Value};
use crate::language::diagnose::Code;
use crate::language::graph::{Cursor, Flags, Op};
use crate::language::lexer::Span;

/// Which scratch capture is used for what.
mod scratch {
    pub const CONSTANT: usize = 0;
    pub const SUM: usize = 1;
    pub const LOADED: usize = 2;
    pub const ARGUMENT: usize = 3;
}

fn commutes(op: AluOp) -> bool {
    use AluOp::{Adc, Add, And, Max, Min, Or, Test, Xor};
    matches!(op, Add | Adc | And | Or | Xor | Min | Max | Test)
}

/// What an operation gives for known values, if it does not depend on flags.
fn fold(op: AluOp, a: u32, b: u32) -> Option<u32> {
    Some(match op {
        AluOp::Add => a.wrapping_add(b),
        AluOp::Sub => a.wrapping_sub(b),
        AluOp::And => a & b,
        AluOp::Or => a | b,
        AluOp::Xor => a ^ b,
        AluOp::Min => a.min(b),
        AluOp::Max => a.max(b),
        AluOp::Shl => a.checked_shl(b).unwrap_or(0),
        AluOp::Shr => a.checked_shr(b).unwrap_or(0),
        _ => return None,
    })
}

/// The comparison with its sides exchanged.
fn turned(cond: Cond) -> Cond {
    match cond {
        Cond::Eq => Cond::Eq,
        Cond::Ne => Cond::Ne,
        Cond::Ltu => Cond::Gtu,
        Cond::Gtu => Cond::Ltu,
        Cond::Geu => Cond::Leu,
        Cond::Leu => Cond::Geu,
        Cond::Lts => Cond::Gts,
        Cond::Gts => Cond::Lts,
        Cond::Ges => Cond::Les,
        Cond::Les => Cond::Ges,
    }
}

impl Lower<'_> {
    /// `dst = a op b`, or only the flags of it.
    pub fn alu(&mut self, cursor: &mut Cursor, op: AluOp, dst: u8, a: Val, b: Val, span: Span) {
        let unary = matches!(op, AluOp::Move | AluOp::Ilog2);
        let (a, b) = match (a, b) {
            (Val::Known(_), Val::Register(_)) if commutes(op) => (b, a),
            _ => (a, b),
        };
        let a = match a {
            Val::Register(r) => r,
            Val::Known(_) if unary => 0,
            Val::Known(_) => {
                // The first operand is always a capture.
                let register = self.scratch(scratch::CONSTANT);
                self.alu(cursor, AluOp::Move, register, Val::Known(0), a, span);
                register
            }
        };
        let (b, imm) = match b {
            Val::Known(v) if v <= 0xFFFF => (Operand::default(), Some(v as u16)),
            b => (self.operand(b), None),
        };
        let dst = if matches!(op, AluOp::Cmp | AluOp::Test) {
            0
        } else {
            dst
        };
        self.graph.op(cursor, &Op::Alu { op, dst, a, b, imm }, span);
    }

    /// Emits what a condition needs and gives what is to be tested.
    pub fn compare(&mut self, cursor: &mut Cursor, c: &Condition, span: Span) -> Cond {
        let (mut left, mut right) = (self.val(&c.left), self.val(&c.right));
        let mut relation = c.relation;
        let zero = matches!(relation, Cond::Eq | Cond::Ne);
        if let Some(mask) = &c.mask {
            let mask = self.val(mask);
            if zero && right == Val::Known(0) {
                self.alu(cursor, AluOp::Test, 0, left, mask, span);
                return relation;
            }
            let register = self.scratch(scratch::SUM);
            self.alu(cursor, AluOp::And, register, left, mask, span);
            left = Val::Register(register);
        }
        if let (Val::Known(_), Val::Register(_)) = (left, right) {
            (left, right) = (right, left);
            relation = turned(relation);
        }
        if zero
            && right == Val::Known(0)
            && let (Flags::Value(known), Val::Register(asked)) = (cursor.flags, left)
            && known == asked
        {
            return relation;
        }
        self.alu(cursor, AluOp::Cmp, 0, left, right, span);
        relation
    }

    /// `x = ...`
    pub fn assign(&mut self, cursor: &mut Cursor, dst: u8, e: &Expression, span: Span) {
        if e.rest.is_empty() {
            return self.value(cursor, dst, &e.first, span);
        }
        self.pairs_stand_alone(e, span);
        // The target holds the sum so far, unless a later value needs its old contents.
        let simple = matches!(e.first, Value::Operand(_));
        let mut later = e.rest.iter().skip(usize::from(simple));
        let clash = later.any(|(_, v)| self.mentions(v, dst));
        let sum = if clash {
            self.scratch(scratch::SUM)
        } else {
            dst
        };
        let mut total = match &e.first {
            Value::Operand(o) => self.val(o),
            other => {
                self.value(cursor, sum, other, span);
                Val::Register(sum)
            }
        };
        for (i, (op, value)) in e.rest.iter().enumerate() {
            let b = match value {
                Value::Operand(o) => self.val(o),
                other => {
                    let register = self.scratch(scratch::LOADED);
                    self.value(cursor, register, other, span);
                    Val::Register(register)
                }
            };
            let last = i + 1 == e.rest.len();
            if let (Val::Known(x), Val::Known(y)) = (total, b)
                && let Some(folded) = fold(*op, x, y)
            {
                total = Val::Known(folded);
                if last {
                    self.alu(cursor, AluOp::Move, dst, Val::Known(0), total, span);
                }
                continue;
            }
            let target = if last { dst } else { sum };
            self.alu(cursor, *op, target, total, b, span);
            total = Val::Register(target);
        }
    }

    fn mentions(&mut self, value: &Value, register: u8) -> bool {
        let mut is = |o: &Const| self.val(o) == Val::Register(register);
        match value {
            Value::Operand(o) | Value::Ilog2(o) => is(o),
            Value::Load { place, index, .. } => is(place) || index.as_ref().is_some_and(is),
            Value::Mask {
                mask,
                from,
                count,
                below,
                ..
            } => {
                let low = self.register(mask);
                let mut is = |o: &Const| self.val(o) == Val::Register(register);
                (low..=low + 1).contains(&register)
                    || is(from)
                    || is(below)
                    || count.as_ref().is_some_and(is)
            }
            Value::Unused(map) => self.register(map) == register,
            Value::Left(_) | Value::Position(_) | Value::Marker(_) => false,
        }
    }

    /// One value into a capture.
    fn value(&mut self, cursor: &mut Cursor, dst: u8, value: &Value, span: Span) {
        match value {
            Value::Operand(o) => {
                let v = self.val(o);
                self.alu(cursor, AluOp::Move, dst, Val::Known(0), v, span);
            }
            Value::Ilog2(o) => {
                let v = self.val(o);
                self.alu(cursor, AluOp::Ilog2, dst, Val::Known(0), v, span);
            }
            Value::Load { size, place, index } => {
                let op = match size {
                    1 => StageOp::Load8,
                    2 => StageOp::Load16,
                    8 => StageOp::Load64,
                    _ => StageOp::Load32,
                };
                self.stage(cursor, op, *size, place, index.as_ref(), dst, span);
            }
            Value::Mask { .. } => self.mask_value(cursor, dst, value, span),
            Value::Unused(map) => {
                let a = self.register(map);
                self.sys(cursor, SysOp::MapLeft, span, |row| {
                    (row.dst, row.a) = (dst, a)
                });
            }
            Value::Left(_) => self.sys(cursor, SysOp::BytesLeft, span, |row| row.dst = dst),
            Value::Marker(_) => self.sys(cursor, SysOp::MarkerMet, span, |row| row.dst = dst),
            Value::Position(_) => self.sys(cursor, SysOp::Position, span, |row| row.dst = dst),
        }
    }

    /// A staging access.
    #[expect(clippy::too_many_arguments, reason = "the parts of one access")]
    fn stage(
        &mut self,
        cursor: &mut Cursor,
        op: StageOp,
        size: u8,
        place: &Const,
        index: Option<&Const>,
        data: u8,
        span: Span,
    ) {
        let index_value = index.map(|i| self.val(i));
        let (base, index_register) = match (self.val(place), index_value) {
            (Val::Known(base), None) => (base, None),
            (Val::Known(base), Some(Val::Known(i))) => {
                (base.wrapping_add(i.wrapping_mul(size.into())), None)
            }
            (Val::Known(base), Some(Val::Register(r))) => (base, Some(r)),
            (Val::Register(r), None) if size == 1 => (0, Some(r)),
            (Val::Register(r), Some(Val::Known(i))) if size == 1 => (i, Some(r)),
            _ => {
                let message = "this address cannot be formed in one row";
                let hint = "a place is the name of data and an index; only bytes can be reached by an address in a capture";
                self.report.error(Code::Kind, place.span, message, hint);
                return;
            }
        };
        if base > 0xFFFF {
            let message = format!("{base} is beyond the 65536 bytes of staging memory");
            self.report.error(Code::Range, place.span, message, "");
            return;
        }
        let base = base as u16;
        self.graph.op(
            cursor,
            &Op::Stage {
                op,
                base,
                index: index_register,
                data,
            },
            span,
        );
    }

    /// `store8(place, index, value)`
    pub fn store(
        &mut self,
        cursor: &mut Cursor,
        size: u8,
        (place, index): (&Const, Option<&Const>),
        value: &Const,
        span: Span,
    ) {
        let data = match self.val(value) {
            Val::Register(r) => r,
            known => {
                let register = self.scratch(scratch::CONSTANT);
                self.alu(cursor, AluOp::Move, register, Val::Known(0), known, span);
                register
            }
        };
        let op = match size {
            1 => StageOp::Store8,
            2 => StageOp::Store16,
            8 => StageOp::Store64,
            _ => StageOp::Store32,
        };
        self.stage(cursor, op, size, place, index, data, span);
    }

    /// Puts arguments into a rule's parameters.
    pub fn arguments(&mut self, cursor: &mut Cursor, rule: usize, arguments: &[Const], span: Span) {
        let parameters = self.names.parameters(self.file, rule);
        let mut moves: Vec<(u8, Val)> = Vec::new();
        for (&parameter, argument) in parameters.iter().zip(arguments) {
            moves.push((parameter, self.val(argument)));
        }
        moves.retain(|(to, from)| *from != Val::Register(*to));
        // What a later move needs must not be overwritten by an earlier one.
        for i in 0..moves.len() {
            let (to, _) = moves[i];
            if moves[i + 1..]
                .iter()
                .any(|(_, from)| *from == Val::Register(to))
            {
                let saved = self.scratch(scratch::ARGUMENT + i);
                self.alu(
                    cursor,
                    AluOp::Move,
                    saved,
                    Val::Known(0),
                    Val::Register(to),
                    span,
                );
                for (_, from) in &mut moves[i + 1..] {
                    if *from == Val::Register(to) {
                        *from = Val::Register(saved);
                    }
                }
            }
        }
        for (to, from) in moves {
            self.alu(cursor, AluOp::Move, to, Val::Known(0), from, span);
        }
    }
}
