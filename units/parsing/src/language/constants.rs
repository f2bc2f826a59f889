//! What is computed when the grammar is compiled: constants, addresses of data,
//! and the initial contents of staging memory.

use std::cell::RefCell;
use std::collections::HashMap;

use super::ast::{Const, ConstKind, ConstOp, Data, Element, File};
use super::diagnose::{Code, Report};
use super::lexer::Span;
use crate::isa;

/// Bytes of staging memory.
pub const STAGING: u32 = 64 * 1024;
/// Constants that refer to constants that refer ...
const DEEPEST: u32 = 200;

/// A value that could not be computed.
pub struct Failed {
    /// Where.
    pub span: Span,
    /// Why.
    pub message: String,
    /// A hint.
    pub hint: &'static str,
}

/// Everything with a fixed value.
pub struct Constants<'a> {
    expressions: HashMap<&'a str, &'a Const>,
    addresses: HashMap<&'a str, u32>,
    outside: &'a HashMap<String, u32>,
    /// Values found so far: sums of sums of sums would take for ever otherwise.
    found: RefCell<HashMap<&'a str, u32>>,
}

impl<'a> Constants<'a> {
    /// Lays out staging memory. Wrong sizes are reported.
    pub fn new(file: &'a File, outside: &'a HashMap<String, u32>, report: &mut Report) -> Self {
        let items = file.constants.iter();
        let mut constants = Constants {
            expressions: items.map(|c| (c.name.text.as_str(), &c.value)).collect(),
            addresses: HashMap::new(),
            outside,
            found: RefCell::default(),
        };
        // Sizes come first and cannot depend on addresses.
        let mut next = 0u32;
        let mut layout = Vec::new();
        for data in &file.data {
            let count = constants.count(data, report).unwrap_or(0);
            let size = u32::from(data.size);
            let start = next.next_multiple_of(size);
            let end = u64::from(start) + u64::from(count) * u64::from(size);
            if end > u64::from(STAGING) {
                let message = format!("`{}` ends {end} bytes into staging memory", data.name.text);
                let hint = "there are 65536 bytes of it, for all data together";
                report.error(Code::Full, data.name.span, message, hint);
                break;
            }
            layout.push((data.name.text.as_str(), start));
            next = end as u32;
        }
        constants.addresses.extend(layout);
        for constant in &file.constants {
            constants.required(&constant.value, report);
        }
        constants
    }

    /// Whether a name has a fixed value.
    pub fn knows(&self, name: &str) -> bool {
        self.expressions.contains_key(name)
            || self.addresses.contains_key(name)
            || self.outside.contains_key(name)
    }

    /// Names from other files.
    pub fn outside(&self) -> impl Iterator<Item = &str> {
        self.outside.keys().map(String::as_str)
    }

    fn count(&self, data: &Data, report: &mut Report) -> Option<u32> {
        let mut written = 0u32;
        for element in &data.elements {
            let times = match element {
                Element::Text(bytes, _) => bytes.len() as u32,
                Element::Value { times: None, .. } => 1,
                Element::Value {
                    times: Some(times), ..
                } => self.required(times, report)?,
            };
            written = written.saturating_add(times);
        }
        let Some(count) = &data.count else {
            return Some(written);
        };
        let size = self.required(count, report)?;
        if written > size {
            let message = format!(
                "`{}` has {size} elements, but {written} are given",
                data.name.text
            );
            report.error(Code::Count, data.name.span, message, "");
        }
        Some(size)
    }

    /// A value; failure is reported.
    pub fn required(&self, expression: &Const, report: &mut Report) -> Option<u32> {
        match self.value(expression, None, 0) {
            Ok(value) => Some(value),
            Err(failed) => {
                report.error(Code::Constant, failed.span, failed.message, failed.hint);
                None
            }
        }
    }

    /// A value; failure is silent.
    pub fn get(&self, expression: &Const) -> Option<u32> {
        self.value(expression, None, 0).ok()
    }

    fn value(&self, e: &Const, index: Option<u32>, depth: u32) -> Result<u32, Failed> {
        let failed = |message: String, hint| Failed {
            span: e.span,
            message,
            hint,
        };
        if depth > DEEPEST {
            let hint = "somewhere a constant is defined by itself";
            return Err(failed("this constant has no value".to_owned(), hint));
        }
        match &e.kind {
            ConstKind::Number(n) => Ok(*n),
            ConstKind::Text(t) => Ok(t.iter().fold(0, |sum, b| sum << 8 | u32::from(*b))),
            ConstKind::Index => index.ok_or_else(|| {
                let hint = "`$0` counts in repeats and in the elements of data";
                failed("`$0` has no value here".to_owned(), hint)
            }),
            ConstKind::Name(name) => {
                if let Some(value) = self.found.borrow().get(name.as_str()) {
                    return Ok(*value);
                }
                if let Some((name, expression)) = self.expressions.get_key_value(name.as_str()) {
                    let value = self.value(expression, None, depth + 1)?;
                    self.found.borrow_mut().insert(name, value);
                    return Ok(value);
                }
                let known = self.addresses.get(name.as_str());
                known
                    .or_else(|| self.outside.get(name))
                    .copied()
                    .ok_or_else(|| {
                        let hint =
                            "constants are made of numbers, other constants and names of data";
                        failed(
                            format!("`{name}` is not known when the grammar is compiled"),
                            hint,
                        )
                    })
            }
            ConstKind::Entry(parts) => {
                let [kind, count, value] = &**parts;
                let part = |p: &Const, bits: u32| {
                    let value = self.value(p, index, depth + 1)?;
                    if value >> bits == 0 {
                        return Ok(value);
                    }
                    let message = format!("{value} does not fit into {bits} bits");
                    let hint = "an entry has a kind of 4 bits, a count of 6 and a value of 22";
                    Err(Failed {
                        span: p.span,
                        message,
                        hint,
                    })
                };
                let (kind, count) = (part(kind, 4)?, part(count, 6)?);
                Ok(isa::map_entry(kind as u8, count as u8, part(value, 22)?))
            }
            ConstKind::Chain(first, rest) => {
                let mut sum = self.value(first, index, depth + 1)?;
                for (op, value) in rest {
                    let b = self.value(value, index, depth + 1)?;
                    sum = match op {
                        ConstOp::Add => sum.wrapping_add(b),
                        ConstOp::Sub => sum.wrapping_sub(b),
                        ConstOp::Mul => sum.wrapping_mul(b),
                        ConstOp::Shl => sum.checked_shl(b).unwrap_or(0),
                        ConstOp::Shr => sum.checked_shr(b).unwrap_or(0),
                        ConstOp::And => sum & b,
                        ConstOp::Or => sum | b,
                    };
                }
                Ok(sum)
            }
        }
    }

    /// The initial contents of staging memory.
    pub fn staging(&self, file: &File, report: &mut Report) -> Vec<u8> {
        let mut bytes = Vec::new();
        for data in &file.data {
            let Some(&start) = self.addresses.get(data.name.text.as_str()) else {
                continue;
            };
            bytes.resize(start as usize, 0);
            for element in &data.elements {
                self.element(element, data.size, &mut bytes, report);
            }
            let Some(size) = data.count.as_ref().and_then(|c| self.get(c)) else {
                continue;
            };
            bytes.resize(
                (start + size * u32::from(data.size)).min(STAGING) as usize,
                0,
            );
        }
        bytes
    }

    fn element(&self, element: &Element, size: u8, bytes: &mut Vec<u8>, report: &mut Report) {
        let mut push = |value: u32, span: Span| {
            let little = value.to_le_bytes();
            if little[usize::from(size)..].iter().any(|b| *b != 0) {
                let message = format!("{value} does not fit into {} bits", size * 8);
                report.error(Code::Range, span, message, "");
                return false;
            }
            bytes.extend(&little[..usize::from(size)]);
            bytes.len() <= STAGING as usize
        };
        match element {
            Element::Text(text, span) => {
                let _ = text.iter().all(|b| push((*b).into(), *span));
            }
            Element::Value { value, times } => {
                let times = times.as_ref().map_or(Some(1), |t| self.get(t)).unwrap_or(0);
                for i in 0..times {
                    match self.value(value, Some(i), 0) {
                        Ok(v) if push(v, value.span) => {}
                        Ok(_) => break,
                        Err(f) => {
                            report.error(Code::Constant, f.span, f.message, f.hint);
                            break;
                        }
                    }
                }
            }
        }
    }
}
