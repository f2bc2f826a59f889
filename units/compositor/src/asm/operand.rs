//! What expressions stand for: numbers, registers, units, scalars, bank words.

use chumsky::span::SimpleSpan;

use super::parser::{Expr, Node, Operator};
use crate::word::{BANK, REGISTERS, SCALARS, Source, UNITS};

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    /// Checked where it is used, so that aliases may be indexed backwards.
    Reg(i64),
    /// Register and components.
    Parts(i64, Vec<u8>),
    /// A component of a register plus a number.
    Moved(i64, u8, i64),
    Unit(i64),
    /// Unit and channel.
    Channel(i64, u8),
    Scalar(i64),
    /// First address and size of a table.
    Table(i64, i64),
    Bank(i64),
    BankVec(i64),
}

impl Value {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Int(_) => "a number",
            Value::Reg(_) => "a register",
            Value::Parts(..) => "a component of a register",
            Value::Moved(..) => "a coordinate",
            Value::Unit(_) => "a texture unit",
            Value::Channel(..) => "a channel of a texture unit",
            Value::Scalar(_) => "a scalar operand",
            Value::Table(..) => "a table",
            Value::Bank(_) | Value::BankVec(_) => "a bank word",
        }
    }
}

/// Something wrong: code, place, message.
pub(crate) type Wrong = (&'static str, SimpleSpan, String);

/// Names and what they stand for; later ones hide earlier ones.
#[derive(Default)]
pub(crate) struct Names {
    list: Vec<(String, Value)>,
}

impl Names {
    pub(crate) fn define(&mut self, name: &str, value: Value) {
        self.list.push((name.to_string(), value));
    }

    pub(crate) fn depth(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn cut(&mut self, depth: usize) {
        self.list.truncate(depth);
    }

    /// All names that were given.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(name, _)| name.as_str())
    }

    fn find(&self, name: &str) -> Option<Value> {
        if let Some((_, value)) = self.list.iter().rev().find(|(n, _)| n == name) {
            return Some(value.clone());
        }
        // Registers that a scan program finds set.
        if let Some(n) = ["grPOS", "grCOL", "grDST"].iter().position(|g| *g == name) {
            return Some(Value::Reg(n as i64));
        }
        if name == "c" {
            return Some(Value::Table(0, i64::from(BANK)));
        }
        let number = name.get(1..)?;
        if number.is_empty() || number.len() > 2 || (number.len() > 1 && number.starts_with('0')) {
            return None;
        }
        let n: i64 = number.parse().ok()?;
        match name.as_bytes()[0] {
            b'r' if n < i64::from(REGISTERS) => Some(Value::Reg(n)),
            b'u' if n < i64::from(UNITS) => Some(Value::Unit(n)),
            b's' if n < i64::from(SCALARS) => Some(Value::Scalar(n)),
            _ => None,
        }
    }

    /// The value of an expression.
    pub(crate) fn value(&self, node: &Node) -> Result<Value, Wrong> {
        let span = node.span;
        match &node.expr {
            Expr::Int(n) => Ok(Value::Int(*n)),
            Expr::Name(n) => self
                .find(n)
                .ok_or_else(|| ("C005", span, format!("`{n}` is not defined"))),
            Expr::Negative(e) => {
                let n = self.int(e)?;
                let n = n.checked_neg();
                n.map(Value::Int).ok_or_else(|| overflow(span))
            }
            Expr::Vector(e) => match self.value(e)? {
                Value::Bank(at) | Value::Table(at, 4..) => Ok(Value::BankVec(at)),
                other => Err((
                    "C006",
                    e.span,
                    format!("four bank words expected, {} found", other.kind()),
                )),
            },
            Expr::Index(e, i) => {
                let n = self.int(i)?;
                match self.value(e)? {
                    Value::Table(at, size) if (0..size).contains(&n) => Ok(Value::Bank(at + n)),
                    Value::Table(_, size) => Err((
                        "C014",
                        i.span,
                        format!("index {n}, but the table has {size} elements"),
                    )),
                    Value::Reg(r) => sum(r, n, span).map(Value::Reg),
                    Value::Unit(u) => sum(u, n, span).map(Value::Unit),
                    Value::Scalar(s) => sum(s, n, span).map(Value::Scalar),
                    other => Err(("C006", e.span, format!("{} has no elements", other.kind()))),
                }
            }
            Expr::Field(e, letters) => {
                let parts: Option<Vec<u8>> = letters
                    .bytes()
                    .map(|b| b"xyzw".iter().position(|l| *l == b).map(|i| i as u8))
                    .collect();
                let Some(parts) = parts.filter(|p| p.len() <= 4) else {
                    let text = format!("`.{letters}`: components are x, y, z and w");
                    return Err(("C006", span, text));
                };
                match self.value(e)? {
                    Value::Reg(r) => Ok(Value::Parts(r, parts)),
                    Value::Unit(u) if parts.len() == 1 => Ok(Value::Channel(u, parts[0])),
                    other => Err((
                        "C006",
                        e.span,
                        format!("{} has no components", other.kind()),
                    )),
                }
            }
            Expr::Binary(op, a, b) => self.binary(*op, a, b, span),
        }
    }

    fn binary(&self, op: Operator, a: &Node, b: &Node, span: SimpleSpan) -> Result<Value, Wrong> {
        let (x, y) = (self.value(a)?, self.value(b)?);
        let (x, y) = match (op, x, y) {
            (Operator::Add | Operator::Sub, Value::Parts(r, c), Value::Int(n)) if c.len() == 1 => {
                let n = if op == Operator::Sub {
                    n.checked_neg()
                } else {
                    Some(n)
                };
                let n = n.ok_or_else(|| overflow(span))?;
                return Ok(Value::Moved(r, c[0], n));
            }
            (Operator::Add | Operator::Sub, Value::Moved(r, c, m), Value::Int(n)) => {
                let n = if op == Operator::Sub {
                    m.checked_sub(n)
                } else {
                    m.checked_add(n)
                };
                let n = n.ok_or_else(|| overflow(span))?;
                return Ok(Value::Moved(r, c, n));
            }
            (_, Value::Int(x), Value::Int(y)) => (x, y),
            (_, Value::Int(_), other) => {
                return Err((
                    "C006",
                    b.span,
                    format!("a number expected, {} found", other.kind()),
                ));
            }
            (_, other, _) => {
                return Err((
                    "C006",
                    a.span,
                    format!("a number expected, {} found", other.kind()),
                ));
            }
        };
        let shift = || u32::try_from(y).ok().filter(|n| *n < 63);
        let value = match op {
            Operator::Add => x.checked_add(y),
            Operator::Sub => x.checked_sub(y),
            Operator::Mul => x.checked_mul(y),
            Operator::Div => x.checked_div_euclid(y),
            Operator::Rem => x.checked_rem_euclid(y),
            Operator::Left => shift().and_then(|n| x.checked_mul(1 << n)),
            Operator::Right => shift().map(|n| x >> n),
            Operator::And => Some(x & y),
        };
        value.map(Value::Int).ok_or_else(|| overflow(span))
    }

    /// The value of an expression that is a number.
    pub(crate) fn int(&self, node: &Node) -> Result<i64, Wrong> {
        match self.value(node)? {
            Value::Int(n) => Ok(n),
            other => Err((
                "C006",
                node.span,
                format!("a number expected, {} found", other.kind()),
            )),
        }
    }

    /// A number within limits.
    pub(crate) fn within(&self, node: &Node, low: i64, high: i64) -> Result<i32, Wrong> {
        let n = self.int(node)?;
        limited(n, low, high, node.span)
    }

    /// A whole register.
    pub(crate) fn reg(&self, node: &Node) -> Result<i32, Wrong> {
        match self.value(node)? {
            Value::Reg(r) => register(r, node.span),
            other => Err((
                "C006",
                node.span,
                format!("a register expected, {} found", other.kind()),
            )),
        }
    }

    /// A register and a mask of components in order.
    pub(crate) fn masked(&self, node: &Node) -> Result<(i32, i32), Wrong> {
        match self.value(node)? {
            Value::Reg(r) => Ok((register(r, node.span)?, 15)),
            Value::Parts(r, parts) => {
                if !parts.is_sorted_by(|a, b| a < b) {
                    let text = "components to write are named once, in order".to_string();
                    return Err(("C006", node.span, text));
                }
                let mask = parts.iter().fold(0, |m, p| m | 1 << p);
                Ok((register(r, node.span)?, mask))
            }
            other => Err((
                "C006",
                node.span,
                format!("a register expected, {} found", other.kind()),
            )),
        }
    }

    /// One component of a register.
    pub(crate) fn component(&self, node: &Node) -> Result<(i32, i32), Wrong> {
        match self.value(node)? {
            Value::Parts(r, parts) if parts.len() == 1 => {
                Ok((register(r, node.span)?, i32::from(parts[0])))
            }
            other => Err((
                "C006",
                node.span,
                format!(
                    "one component of a register expected, {} found",
                    other.kind()
                ),
            )),
        }
    }

    /// The second source of an ALU instruction.
    pub(crate) fn source(&self, node: &Node) -> Result<Source, Wrong> {
        let span = node.span;
        Ok(match self.value(node)? {
            Value::Reg(r) => Source::Reg(register(r, span)? as u8),
            Value::Parts(r, parts) if parts.len() == 1 => {
                Source::Comp(register(r, span)? as u8, parts[0])
            }
            Value::Int(n) => Source::Imm(limited(
                n,
                i64::from(*Source::IMM.start()),
                i64::from(*Source::IMM.end()),
                span,
            )?),
            Value::Scalar(n) => Source::Scalar(limited(n, 0, i64::from(SCALARS) - 1, span)? as u8),
            Value::Bank(at) => Source::Bank(limited(at, 0, i64::from(BANK) - 1, span)? as u16),
            Value::BankVec(at) => {
                Source::BankVec(limited(at, 0, i64::from(BANK) - 4, span)? as u16)
            }
            other => {
                return Err((
                    "C006",
                    span,
                    format!("{} cannot be a source here", other.kind()),
                ));
            }
        })
    }

    /// A bank address.
    pub(crate) fn bank(&self, node: &Node) -> Result<i32, Wrong> {
        match self.value(node)? {
            Value::Bank(at) | Value::Table(at, _) => limited(at, 0, i64::from(BANK) - 1, node.span),
            other => Err((
                "C006",
                node.span,
                format!("a table expected, {} found", other.kind()),
            )),
        }
    }

    /// A texture unit.
    pub(crate) fn unit(&self, node: &Node) -> Result<i32, Wrong> {
        match self.value(node)? {
            Value::Unit(u) => limited(u, 0, i64::from(UNITS) - 1, node.span),
            other => Err((
                "C006",
                node.span,
                format!("a texture unit expected, {} found", other.kind()),
            )),
        }
    }

    /// A channel of a texture unit; the first if none is named.
    pub(crate) fn channel(&self, node: &Node) -> Result<(i32, i32), Wrong> {
        match self.value(node)? {
            Value::Channel(u, c) => Ok((
                limited(u, 0, i64::from(UNITS) - 1, node.span)?,
                i32::from(c),
            )),
            _ => Ok((self.unit(node)?, 0)),
        }
    }
}

fn overflow(span: SimpleSpan) -> Wrong {
    ("C018", span, "this expression has no value".to_string())
}

fn sum(a: i64, b: i64, span: SimpleSpan) -> Result<i64, Wrong> {
    a.checked_add(b).ok_or_else(|| overflow(span))
}

pub(crate) fn limited(n: i64, low: i64, high: i64, span: SimpleSpan) -> Result<i32, Wrong> {
    match i32::try_from(n) {
        Ok(v) if (low..=high).contains(&n) => Ok(v),
        _ => Err(("C007", span, format!("{n} is not within {low} to {high}"))),
    }
}

fn register(n: i64, span: SimpleSpan) -> Result<i32, Wrong> {
    limited(n, 0, i64::from(REGISTERS) - 1, span)
}
