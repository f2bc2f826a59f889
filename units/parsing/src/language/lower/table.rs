//! States for symbols, and the rows of theirs.

use super::{Lower, Val};
use crate::isa::{Capture as RowCapture, CaptureMode};
use crate::language::ast::{Capture, CaptureForm, Const};
use crate::language::diagnose::Code;
use crate::language::first::Simple;
use crate::language::graph::{Cursor, Match, RowId, StateId, Symbols};
use crate::language::lexer::Span;
use crate::language::setting::Set;

/// A state whose rows are being made.
pub struct Table {
    /// The state.
    pub state: StateId,
    /// Bits per symbol.
    pub width: u8,
    /// The order of bits.
    pub lsb: bool,
    /// Symbols that have a row.
    pub taken: Set,
}

impl Lower<'_> {
    /// Puts a state for symbols at the cursor.
    pub fn table(&mut self, cursor: &mut Cursor, width: u8, lsb: bool) -> Table {
        let state = self.graph.state(cursor, Match::Symbol { width, lsb });
        Table {
            state,
            width,
            lsb,
            taken: Set::new(width),
        }
    }

    /// A row for those of some symbols that have none yet.
    pub fn entry(
        &mut self,
        table: &mut Table,
        set: &Set,
        consume: u8,
        span: Span,
    ) -> Option<RowId> {
        let mut free = set.widen(table.width, table.lsb);
        free.remove(&table.taken);
        if free.is_empty() {
            return None;
        }
        table.taken.add(&free);
        let symbols = if table.taken.is_full() && free.len() > 1 {
            Symbols::Rest
        } else {
            self.entries += free.len();
            Symbols::These(free.iter().map(|s| s as u16).collect())
        };
        let row = self.graph.row(table.state, symbols, span);
        self.graph.rows[row as usize].row.consume = consume;
        if consume == 0 {
            self.graph.states[table.state as usize].hops = true;
        }
        Some(row)
    }

    /// The field of a wider symbol that is captured, if rows can take it out.
    fn field(table: &Table, simple: &Simple) -> Option<(CaptureMode, u8)> {
        let extra = table.width - simple.set.width();
        match (simple.payload, extra) {
            (None, 0) => Some((CaptureMode::Value, 0)),
            (None, _) if table.lsb => Some((CaptureMode::Value, simple.set.width())),
            (None, _) => Some((CaptureMode::High, extra)),
            // No bits at all cannot be said: 0 means all of them.
            (Some(0), _) => None,
            (Some(bits), _) if extra == 0 || table.lsb => Some((CaptureMode::Value, bits)),
            (Some(_), _) => None,
        }
    }

    /// A row that consumes one symbol and captures what is wanted; `Err` if
    /// that takes a state of its own.
    pub fn symbol(
        &mut self,
        table: &mut Table,
        capture: Option<&Capture>,
        simple: &Simple,
        span: Span,
    ) -> Result<Option<RowId>, ()> {
        let wanted = match capture {
            None => None,
            Some(c) if c.form == CaptureForm::Nothing => None,
            Some(c) => {
                let (mode, bits) = Self::field(table, simple).ok_or(())?;
                let mode = match (c.form, mode) {
                    (CaptureForm::Plain, mode) => mode,
                    (CaptureForm::Append, CaptureMode::Value) => CaptureMode::Append,
                    _ => return Err(()),
                };
                let dst = self.register(&c.name);
                Some(RowCapture { mode, dst, bits })
            }
        };
        let Some(row) = self.entry(table, &simple.set, simple.consume, span) else {
            return Ok(None);
        };
        if let Some(capture) = wanted {
            self.graph.capture(row, capture);
        }
        Ok(Some(row))
    }

    /// The bounds of a number or range, checked against the width.
    pub fn range(&mut self, low: &Const, high: Option<&Const>, width: u8) -> Option<(u32, u32)> {
        let low_value = match self.val(low) {
            Val::Known(v) => v,
            Val::Register(_) => return None,
        };
        let high_value = match high.map(|h| self.val(h)) {
            None => low_value,
            Some(Val::Known(v)) => v,
            Some(Val::Register(_)) => return None,
        };
        let end = high.unwrap_or(low);
        let span = Span::from(low.span.start..end.span.end);
        if low_value > high_value {
            let message = format!("the range from {low_value} to {high_value} is empty");
            self.report.error(Code::Range, span, message, "");
            return None;
        }
        if u64::from(high_value) >> width != 0 {
            let message = format!("{high_value} does not fit into a symbol of {width} bits");
            let hint = "groups such as `16( ... )` change the width";
            self.report.error(Code::Range, span, message, hint);
            return None;
        }
        Some((low_value, high_value))
    }
}
