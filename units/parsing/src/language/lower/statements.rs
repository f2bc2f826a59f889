//! Statements.

use super::calls::control_code;
use super::{Context, Lower, Role};
use crate::isa::{NONE, Operand, StackOp, SysOp, valid_strides};
use crate::language::ast::{CheckKind, Const, Statement};
use crate::language::diagnose::Code;
use crate::language::graph::{Cursor, Label, Op};
use crate::language::lexer::Span;
use crate::language::setting::Setting;

/// Check circuits and marks.
const CIRCUITS: u32 = 4;

/// The fields of a system operation.
#[derive(Default)]
pub struct SysRow {
    /// Result.
    pub dst: u8,
    /// First source.
    pub a: u8,
    /// Second source.
    pub b: Operand,
    /// Immediate.
    pub imm: u16,
    /// Of `insert` and `fill`.
    pub operands: [Operand; 4],
    /// Of `frame`.
    pub refill: Option<Label>,
}

impl<'a> Lower<'a> {
    /// A system operation.
    pub fn sys(
        &mut self,
        cursor: &mut Cursor,
        op: SysOp,
        span: Span,
        fields: impl FnOnce(&mut SysRow),
    ) {
        let mut row = SysRow::default();
        fields(&mut row);
        let SysRow {
            dst,
            a,
            b,
            imm,
            operands,
            refill,
        } = row;
        self.graph.op(
            cursor,
            &Op::Sys {
                op,
                dst,
                a,
                b,
                imm,
                operands,
                refill,
            },
            span,
        );
        if matches!(
            op,
            SysOp::Accept | SysOp::Fail | SysOp::Raise | SysOp::More | SysOp::Finish
        ) {
            cursor.ends.clear();
        }
    }

    /// Number of a text of `fail` or `warn`.
    pub fn text_number(&mut self, bytes: &[u8], span: Span) -> u16 {
        let text = String::from_utf8_lossy(bytes);
        let at = self
            .texts
            .iter()
            .position(|t| *t == text)
            .unwrap_or_else(|| {
                self.texts.push(text.into_owned());
                self.texts.len() - 1
            });
        if at >= usize::from(NONE) {
            self.report
                .error(Code::Full, span, "there are more than 65535 texts", "");
        }
        at as u16
    }

    fn sys_with(&mut self, cursor: &mut Cursor, op: SysOp, operand: &Const, span: Span) {
        let value = self.val(operand);
        let b = self.operand(value);
        self.sys(cursor, op, span, |row| row.b = b);
    }

    fn sys_numbered(&mut self, cursor: &mut Cursor, op: SysOp, number: &Const, span: Span) {
        let imm = self.number(number, CIRCUITS - 1) as u16;
        self.sys(cursor, op, span, |row| row.imm = imm);
    }

    /// A statement.
    pub fn statement(
        &mut self,
        cursor: &mut Cursor,
        statement: &'a Statement,
        span: Span,
        context: Context,
    ) {
        match statement {
            Statement::Assign(name, expression) => {
                let dst = self.register(name);
                self.assign(cursor, dst, expression, span);
            }
            Statement::CheckStop(name, circuit) => {
                let dst = self.register(name);
                let imm = self.number(circuit, CIRCUITS - 1) as u16;
                self.sys(cursor, SysOp::CheckStop, span, |row| {
                    (row.dst, row.imm) = (dst, imm)
                });
            }
            Statement::NewMap {
                name,
                strides,
                rows,
            } => {
                let dst = self.register(name);
                let imm = self.strides(strides, span);
                let rows = self.val(rows);
                let b = self.operand(rows);
                self.sys(cursor, SysOp::NewMap, span, |row| {
                    (row.dst, row.imm, row.b) = (dst, imm, b);
                });
            }
            Statement::Store {
                size,
                place,
                index,
                value,
            } => {
                self.store(cursor, *size, (place, index.as_ref()), value, span);
            }
            Statement::ChangeBits {
                op,
                mask,
                from,
                below,
            } => {
                let dst = self.register(mask);
                self.change_bits(cursor, *op, dst, (from, below.as_ref()), span);
            }
            Statement::Local(name) => {
                let register = self.register(name);
                self.locals.push(register);
                self.stack(cursor, StackOp::Save, register.into(), span);
            }
            Statement::Frame {
                length,
                refill,
                body,
            } => {
                let length = self.val(length);
                let b = self.operand(length);
                let refill = refill
                    .as_ref()
                    .and_then(|r| self.names.rules.get(r.text.as_str()));
                let refill = refill
                    .copied()
                    .map(|r| self.instance(r, Setting::default(), Role::Called));
                let imm = if refill.is_none() { NONE } else { 0 };
                self.sys(cursor, SysOp::Frame, span, |row| {
                    (row.b, row.imm, row.refill) = (b, imm, refill);
                });
                self.choice(cursor, body, context.inner());
                self.sys(cursor, SysOp::Unframe, span, |_| {});
            }
            Statement::Drain => self.sys(cursor, SysOp::Drain, span, |_| {}),
            Statement::Align => self.sys(cursor, SysOp::Align, span, |_| {}),
            Statement::Done => self.sys(cursor, SysOp::Finish, span, |_| {}),
            Statement::Skip(n) => self.sys_with(cursor, SysOp::Skip, n, span),
            Statement::More(n) => self.sys_with(cursor, SysOp::More, n, span),
            Statement::Mark(n) => self.sys_numbered(cursor, SysOp::Mark, n, span),
            Statement::Rewind(n) => self.sys_numbered(cursor, SysOp::Rewind, n, span),
            Statement::CheckStart {
                circuit,
                kind,
                parameters,
            } => {
                self.check_start(cursor, circuit, *kind, parameters, span);
            }
            Statement::Reset(map) | Statement::Close(map) => {
                let a = self.register(map);
                let op = match statement {
                    Statement::Reset(_) => SysOp::ResetMap,
                    _ => SysOp::CloseMap,
                };
                self.sys(cursor, op, span, |row| row.a = a);
            }
            Statement::Fill {
                map,
                lengths,
                count,
                entries,
                first_fit,
            } => {
                let map = Operand::Capture(self.register(map));
                let [lengths, count, entries] = [lengths, count, entries].map(|o| {
                    let value = self.val(o);
                    self.operand(value)
                });
                let imm = u16::from(*first_fit);
                self.sys(cursor, SysOp::Fill, span, |row| {
                    row.operands = [map, lengths, count, entries];
                    row.imm = imm;
                });
            }
            Statement::Insert {
                map,
                code,
                length,
                entry,
            } => {
                let map = Operand::Capture(self.register(map));
                let [code, length, entry] = [code, length, entry].map(|o| {
                    let value = self.val(o);
                    self.operand(value)
                });
                self.sys(cursor, SysOp::Insert, span, |row| {
                    row.operands = [map, code, length, entry];
                });
            }
            Statement::EscapeOn(name) => {
                let table = self.names.escapes.get(name.text.as_str()).cloned();
                let table = table.unwrap_or_default();
                let b = self.constants_block(&table);
                let imm = (table.len() as u16).saturating_sub(1);
                self.sys(cursor, SysOp::EscapeOn, span, |row| {
                    (row.b, row.imm) = (b, imm)
                });
            }
            Statement::EscapeOff => self.sys(cursor, SysOp::EscapeOff, span, |_| {}),
            Statement::Accept(value) => {
                let imm = value.as_ref().map_or(0, |v| self.number(v, 255)) as u16;
                self.sys(cursor, SysOp::Accept, span, |row| row.imm = imm);
            }
            Statement::Fail(text) => {
                let imm = self.text_number(text, span);
                self.sys(cursor, SysOp::Fail, span, |row| row.imm = imm);
            }
            Statement::Warn(text) => {
                let imm = self.text_number(text, span);
                self.sys(cursor, SysOp::Warn, span, |row| row.imm = imm);
            }
            Statement::Raise(name) => {
                let imm = control_code(&name.text).into();
                self.sys(cursor, SysOp::Raise, span, |row| row.imm = imm);
            }
        }
    }

    /// Strides, four bits per level from the low end.
    fn strides(&mut self, strides: &[Const], span: Span) -> u16 {
        if strides.len() > 4 {
            let message = format!(
                "a prefix map has at most 4 levels, {} are given",
                strides.len()
            );
            self.report.error(Code::Count, span, message, "");
            return 0;
        }
        let mut imm = 0;
        for (level, stride) in strides.iter().enumerate() {
            imm |= (self.number(stride, 15) as u16) << (4 * level);
        }
        if !valid_strides(imm) {
            let message = "the levels of a prefix map have 1 to 12 bits each, 32 together";
            self.report.error(Code::Range, span, message, "");
        }
        imm
    }

    fn check_start(
        &mut self,
        cursor: &mut Cursor,
        circuit: &Const,
        kind: CheckKind,
        parameters: &[Const],
        span: Span,
    ) {
        let (op, name, wanted) = match kind {
            CheckKind::Crc => (SysOp::CheckCrc, "crc", 5),
            CheckKind::Sums => (SysOp::CheckSums, "sums", 2),
        };
        if parameters.len() != wanted {
            let message = format!(
                "`{name}` takes {wanted} values, {} are given",
                parameters.len()
            );
            self.report.error(Code::Count, span, message, op.meaning());
            return;
        }
        let values: Vec<u32> = parameters
            .iter()
            .map(|p| self.constants.required(p, &mut self.report).unwrap_or(0))
            .collect();
        let values = match values[..] {
            // Two small numbers share a word.
            [width, reflected, polynomial, initial, last] => {
                vec![width | reflected << 8, polynomial, initial, last]
            }
            _ => values,
        };
        let b = self.constants_block(&values);
        let imm = self.number(circuit, CIRCUITS - 1) as u16;
        self.sys(cursor, op, span, |row| (row.b, row.imm) = (b, imm));
    }
}
