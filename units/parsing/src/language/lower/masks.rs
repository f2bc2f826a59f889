//! Masks of 64 bits in pairs of captures.

use super::{Lower, Val};
use crate::isa::{AluOp, Operand, Spot};
use crate::language::ast::{Const, Expression, Value};
use crate::language::diagnose::Code;
use crate::language::graph::{Cursor, Flags, Op};
use crate::language::lexer::Span;

/// Bits of a mask.
const BITS: u32 = 64;

impl Lower<'_> {
    /// A place in a mask, as rows hold it.
    fn spot(&mut self, operand: &Const) -> u8 {
        match self.val(operand) {
            Val::Register(r) => Spot::Capture(r).code(),
            Val::Known(n) => {
                if n > BITS {
                    let message = format!("a mask has {BITS} bits, so {n} is no place in it");
                    self.report.error(Code::Range, operand.span, message, "");
                }
                Spot::Number(n.min(BITS) as u8).code()
            }
        }
    }

    /// `nthzero(mask, from, n, below)` and its relatives.
    pub fn mask_value(&mut self, cursor: &mut Cursor, dst: u8, value: &Value, span: Span) {
        let Value::Mask {
            op,
            mask,
            from,
            count,
            below,
        } = value
        else {
            return;
        };
        let op = *op;
        let a = self.register(mask);
        let start = self.spot(from);
        let n = count.as_ref().map_or(0, |n| self.spot(n));
        let limit = self.val(below);
        let b = self.operand(limit);
        let imm = u16::from_le_bytes([start, n]);
        let work = Op::Mask { op, dst, a, b, imm };
        self.graph.op(cursor, &work, span);
        // The flags tell whether one was found, as a comparison would.
        cursor.flags = match limit {
            _ if op == AluOp::Ones => Flags::Value(dst),
            Val::Register(r) if r == dst => Flags::Unknown,
            Val::Known(n) if n <= 0xFFFF => {
                Flags::Compared(dst, Operand::default(), Some(n as u16))
            }
            _ => Flags::Compared(dst, b, None),
        };
    }

    /// `setbits mask, from [, below]`: one bit, or all before `below`
    pub fn change_bits(
        &mut self,
        cursor: &mut Cursor,
        op: AluOp,
        dst: u8,
        (from, below): (&Const, Option<&Const>),
        span: Span,
    ) {
        let start = self.spot(from);
        let count = if below.is_some() { BITS } else { 1 };
        let limit = below.map_or(Val::Known(BITS), |b| self.val(b));
        let imm = u16::from_le_bytes([start, Spot::Number(count as u8).code()]);
        let b = self.operand(limit);
        let op = Op::Mask {
            op,
            dst,
            a: 0,
            b,
            imm,
        };
        self.graph.op(cursor, &op, span);
    }

    /// A value of 64 bits is no part of an expression.
    pub fn pairs_stand_alone(&mut self, e: &Expression, span: Span) {
        let wide = |v: &Value| matches!(v, Value::Load { size: 8, .. });
        if wide(&e.first) || e.rest.iter().any(|(_, v)| wide(v)) {
            let message = "`load64` gives two captures and cannot be part of an expression";
            let hint = "load first, and compute with the halves: `x` and `x_high`";
            self.report.error(Code::Kind, span, message, hint);
        }
    }
}
