//! The operands of one instruction, taken one after the other.

use chumsky::span::SimpleSpan;

use super::operand::{Names, Value, Wrong, limited};
use super::parser::{Expr, Node, Operand};
use crate::isa::Shape;
use crate::text::FACTORS;
use crate::word::{Field, Instr};

/// The operands of one instruction, taken one after the other.
pub(super) struct Args<'a> {
    pub(super) names: &'a Names,
    pub(super) operands: &'a [Operand],
    pub(super) next: usize,
    pub(super) span: SimpleSpan,
}

impl<'a> Args<'a> {
    pub(super) fn more(&self) -> bool {
        self.next < self.operands.len()
    }

    pub(super) fn take(&mut self) -> Result<&'a Operand, Wrong> {
        let operand = self.operands.get(self.next);
        self.next += 1;
        operand.ok_or_else(|| ("C006", self.span, "an operand is missing".to_string()))
    }

    pub(super) fn value(&mut self) -> Result<&'a Node, Wrong> {
        match self.take()? {
            Operand::Value(node) => Ok(node),
            Operand::Place(.., span) => Err(("C006", *span, "no place is expected here".into())),
            Operand::Targets(_, span) => Err(("C006", *span, "no labels are expected here".into())),
        }
    }

    pub(super) fn reg(&mut self) -> Result<i32, Wrong> {
        let node = self.value()?;
        self.names.reg(node)
    }

    pub(super) fn masked(&mut self, i: &mut Instr, field: Field) -> Result<(), Wrong> {
        let node = self.value()?;
        let (reg, mask) = self.names.masked(node)?;
        i.set(field, reg);
        i.set(Field::Mask, mask);
        Ok(())
    }

    pub(super) fn source(&mut self, i: &mut Instr) -> Result<(), Wrong> {
        let node = self.value()?;
        i.set_source(self.names.source(node)?);
        Ok(())
    }

    pub(super) fn component(&mut self, i: &mut Instr) -> Result<(), Wrong> {
        let node = self.value()?;
        let (reg, comp) = self.names.component(node)?;
        i.set(Field::A, reg);
        i.set(Field::Comp, comp);
        Ok(())
    }

    pub(super) fn texture(&mut self, i: &mut Instr) -> Result<(), Wrong> {
        let node = self.value()?;
        if matches!(i.op.row().shape, Shape::Load4 | Shape::Store4) {
            let (unit, channel) = self.names.channel(node)?;
            i.set(Field::Unit, unit);
            i.set(Field::Channel, channel);
        } else {
            i.set(Field::Unit, self.names.unit(node)?);
        }
        Ok(())
    }

    pub(super) fn place(&mut self, i: &mut Instr, free: bool) -> Result<(), Wrong> {
        let (x, y) = match self.take()? {
            Operand::Place(x, y, _) => (x, y),
            Operand::Value(node) => {
                return Err(("C006", node.span, "a place `(x, y)` is expected".into()));
            }
            Operand::Targets(_, span) => {
                return Err(("C006", *span, "a place `(x, y)` is expected".into()));
            }
        };
        let fields = [
            (
                x,
                Field::Dx,
                Field::Xreg,
                Field::XregNo,
                Field::XregComp,
                Field::Xabs,
            ),
            (
                y,
                Field::Dy,
                Field::Yreg,
                Field::YregNo,
                Field::YregComp,
                Field::Yabs,
            ),
        ];
        for (coordinate, delta, used, reg, comp, abs) in fields {
            let span = coordinate.value.span;
            let (r, d) = match self.names.value(&coordinate.value)? {
                Value::Int(n) => (None, n),
                Value::Parts(r, c) if c.len() == 1 => (Some((r, c[0])), 0),
                Value::Moved(r, c, n) => (Some((r, c)), n),
                other => {
                    return Err((
                        "C006",
                        span,
                        format!("a coordinate expected, {} found", other.kind()),
                    ));
                }
            };
            if !free && (coordinate.absolute || r.is_some()) {
                let text = "stores are relative to the tile, by numbers".to_string();
                return Err(("C006", span, text));
            }
            i.set(delta, limited(d, -128, 127, span)?);
            if coordinate.absolute {
                i.set(abs, 1);
            }
            if let Some((r, c)) = r {
                i.set(used, 1);
                i.set(reg, limited(r, 0, 63, span)?);
                i.set(comp, i32::from(c));
            }
        }
        Ok(())
    }

    pub(super) fn factor(&mut self) -> Result<i32, Wrong> {
        let node = self.value()?;
        let name = match &node.expr {
            Expr::Name(n) => n.as_str(),
            _ => "",
        };
        let found = FACTORS.iter().position(|f| *f == name);
        found.map(|f| f as i32).ok_or_else(|| {
            let text = format!("a factor is one of {}", FACTORS.join(", "));
            ("C006", node.span, text)
        })
    }

    pub(super) fn sum(&mut self, i: &mut Instr, bank: &[i32]) -> Result<(), Wrong> {
        let node = self.value()?;
        if matches!(&node.expr, Expr::Name(n) if n == "acc") {
            i.set(Field::Keep, 1);
        } else {
            i.set(Field::D, self.names.reg(node)?);
        }
        i.set(Field::A, self.reg()?);
        let shape = i.op.row().shape;
        let mut taps = 16;
        if shape != Shape::SumVec {
            let node = self.value()?;
            taps = self.names.within(node, 1, 16)?;
            i.set(Field::Taps, taps - 1);
        }
        if shape == Shape::SumReg {
            i.set(Field::B, self.reg()?);
            return Ok(());
        }
        let node = self.value()?;
        let at = self.names.bank(node)?;
        i.set(Field::Coef, at);
        let used = bank.iter().skip(at as usize).take(taps as usize);
        if let Some(bad) = used.copied().find(|c| *c << 14 >> 14 != *c) {
            return Err((
                "C013",
                node.span,
                format!("coefficient {bad} does not fit 18 bits"),
            ));
        }
        Ok(())
    }

    pub(super) fn target(&mut self, i: &mut Instr) -> Result<Option<(String, SimpleSpan)>, Wrong> {
        let node = self.value()?;
        if let Expr::Name(label) = &node.expr {
            return Ok(Some((label.clone(), node.span)));
        }
        i.set(Field::Off, self.names.within(node, 0, 65_535)?);
        Ok(None)
    }

    pub(super) fn finish(&self) -> Result<(), Wrong> {
        match self.operands.get(self.next) {
            None => Ok(()),
            Some(Operand::Value(node)) => Err(("C006", node.span, "too many operands".into())),
            Some(Operand::Place(.., span) | Operand::Targets(_, span)) => {
                Err(("C006", *span, "too many operands".into()))
            }
        }
    }
}
