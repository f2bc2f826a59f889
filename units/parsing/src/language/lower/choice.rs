//! Choices: which alternative the next symbol means.

use super::{Context, Lower, Val};
use crate::isa::{Capture as RowCapture, CaptureMode, Cond, SysOp};
use crate::language::ast::{
    Atom, Capture, CaptureForm, Case, CaseLabel, Condition, Name, Repeat, Sequence, Term, TermKind,
};
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
    lsb: bool,
    /// Symbols that have a row.
    pub taken: Set,
}

fn condition(sequence: &Sequence) -> Option<(&Condition, Span)> {
    match sequence.first() {
        Some(Term {
            kind: TermKind::Condition(c),
            span,
        }) => Some((c, *span)),
        _ => None,
    }
}

fn span_of(sequence: &[Term]) -> Option<Span> {
    let (first, last) = (sequence.first()?, sequence.last()?);
    Some(Span::from(first.span.start..last.span.end))
}

impl<'a> Lower<'a> {
    /// Alternatives: a chain of conditions, then a choice by symbols, then a default.
    pub fn alternatives(&mut self, cursor: &mut Cursor, all: &'a [Sequence], context: Context) {
        let mut done = Cursor::default();
        let mut rest = all;
        while let [first, others @ ..] = rest {
            let Some((c, span)) = condition(first).filter(|_| !others.is_empty()) else {
                break;
            };
            let predicate = self.compare(cursor, c, span);
            let flags = cursor.flags;
            let state = self.graph.state(cursor, Match::Cond(predicate));
            let yes = self.graph.row(state, Symbols::These(vec![1]), span);
            let mut taken = Cursor {
                flags,
                ..Cursor::behind(yes)
            };
            let inner = Context {
                head: false,
                ..context
            };
            self.sequence(&mut taken, &first[1..], inner);
            done.join(taken);
            let no = self.graph.row(state, Symbols::These(vec![0]), span);
            *cursor = Cursor {
                flags,
                ..Cursor::behind(no)
            };
            rest = others;
        }
        let context = Context {
            head: context.head && rest.len() == all.len(),
            ..context
        };
        match rest {
            [] => {}
            [only] => self.sequence(cursor, only, context),
            _ => self.by_symbol(cursor, rest, context),
        }
        done.join(std::mem::take(cursor));
        *cursor = done;
    }

    /// A condition that is no alternative.
    pub fn must_hold(&mut self, cursor: &mut Cursor, predicate: Cond, span: Span) {
        let flags = cursor.flags;
        let state = self.graph.state(cursor, Match::Cond(predicate));
        let yes = self.graph.row(state, Symbols::These(vec![1]), span);
        let no = self.graph.row(state, Symbols::These(vec![0]), span);
        let text = format!("`{}` does not hold", &self.source[span.start..span.end]);
        let imm = self.text_number(text.as_bytes(), span);
        self.sys(&mut Cursor::behind(no), SysOp::Fail, span, |row| {
            row.imm = imm
        });
        *cursor = Cursor {
            flags,
            ..Cursor::behind(yes)
        };
    }

    /// How many alternatives are chosen by symbols, and how wide those are.
    fn split(&mut self, all: &'a [Sequence], context: Context) -> (usize, u8) {
        let mut width = 0;
        for (i, alternative) in all.iter().enumerate() {
            let last = i + 1 == all.len();
            if condition(alternative).is_some() {
                return (i, width);
            }
            let first = self.first_sequence(alternative, context.set, 0);
            let decides = first.decides()
                && (!last || context.head || self.begins_with_symbol(alternative, context.set));
            if !decides {
                if let Some(next) = all.get(i + 1) {
                    let message = "this alternative is never reached";
                    let hint =
                        "the one before it does not begin with a symbol and takes everything";
                    let span = span_of(next).or_else(|| span_of(alternative));
                    let span = span.unwrap_or(self.file.rules[self.rule].name.span);
                    self.report.error(Code::Unreached, span, message, hint);
                }
                return (i, width);
            }
            width = width.max(first.width());
        }
        (all.len(), width)
    }

    fn by_symbol(&mut self, cursor: &mut Cursor, all: &'a [Sequence], context: Context) {
        let (chosen, width) = self.split(all, context);
        if chosen == 0 {
            return self.alternatives_behind(cursor, all, context);
        }
        let mut table = self.table(cursor, width, context.set.lsb);
        let mut done = Cursor::default();
        for alternative in &all[..chosen] {
            done.join(self.head(&mut table, alternative, context));
        }
        if let [default, ..] = &all[chosen..] {
            if table.taken.is_full() {
                self.hidden(span_of(default));
            } else {
                let span = span_of(default).unwrap_or_else(|| Span::from(0..0));
                let row = self.graph.row(table.state, Symbols::Rest, span);
                self.graph.states[table.state as usize].hops = true;
                let mut other = Cursor::behind(row);
                let inner = Context {
                    head: false,
                    ..context
                };
                self.alternatives_behind(&mut other, &all[chosen..], inner);
                done.join(other);
            }
        }
        *cursor = done;
    }

    /// The default, which is a choice of its own if it begins with a condition.
    fn alternatives_behind(&mut self, cursor: &mut Cursor, all: &'a [Sequence], context: Context) {
        if condition(&all[0]).is_some() {
            self.alternatives(cursor, all, context);
        } else {
            self.sequence(cursor, &all[0], context);
        }
    }

    fn hidden(&mut self, span: Option<Span>) {
        if let Some(span) = span {
            let message = "this alternative is hidden by earlier ones";
            let hint = "every symbol that it begins with already means something else";
            self.report.warning(Code::Hidden, span, message, hint);
        }
    }

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

    /// The rows by which one alternative begins, and all that follows in it.
    pub fn head(&mut self, table: &mut Table, terms: &'a [Term], context: Context) -> Cursor {
        let Some((term, rest)) = terms.split_first() else {
            return Cursor::default();
        };
        let behind = Context {
            head: false,
            ..context
        };
        if let TermKind::Match {
            capture,
            atom,
            repeat: Repeat::Once,
        } = &term.kind
        {
            if let Some(simple) = self.simple(atom, context.set) {
                if let Ok(row) = self.symbol(table, capture.as_ref(), &simple, term.span) {
                    let Some(row) = row else {
                        self.hidden(span_of(terms));
                        return Cursor::default();
                    };
                    let mut cursor = Cursor::behind(row);
                    self.sequence(&mut cursor, rest, behind);
                    return cursor;
                }
            } else if capture.is_none()
                && let Some(cursor) = self.head_inside(table, atom, term.span, rest, context)
            {
                return cursor;
            }
        }
        // Look without consuming, then do it the usual way.
        let set = self
            .first_sequence(terms, context.set, 0)
            .widen(table.width, table.lsb);
        let Some(row) = self.entry(table, &set, 0, term.span) else {
            self.hidden(span_of(terms));
            return Cursor::default();
        };
        let mut cursor = Cursor::behind(row);
        self.sequence(&mut cursor, terms, behind);
        cursor
    }

    /// The same for an atom that stands alone.
    pub fn head_atom(
        &mut self,
        table: &mut Table,
        atom: &'a Atom,
        span: Span,
        context: Context,
    ) -> Cursor {
        if let Some(simple) = self.simple(atom, context.set) {
            let row = self.entry(table, &simple.set, simple.consume, span);
            return row.map_or_else(Cursor::default, Cursor::behind);
        }
        if let Some(cursor) = self.head_inside(table, atom, span, &[], context) {
            return cursor;
        }
        let set = self
            .first_atom(atom, context.set, 0)
            .widen(table.width, table.lsb);
        let Some(row) = self.entry(table, &set, 0, span) else {
            return Cursor::default();
        };
        let mut cursor = Cursor::behind(row);
        self.atom(
            &mut cursor,
            None,
            atom,
            span,
            Context {
                head: false,
                ..context
            },
        );
        cursor
    }

    /// Alternatives that begin with other alternatives need no state of their own for those.
    fn head_inside(
        &mut self,
        table: &mut Table,
        atom: &'a Atom,
        span: Span,
        rest: &'a [Term],
        context: Context,
    ) -> Option<Cursor> {
        let last = rest.is_empty();
        let (choice, inner) = match atom {
            Atom::Text(bytes) if context.set.width == 8 && !bytes.is_empty() => {
                let set = Set::range(8, bytes[0].into(), bytes[0].into());
                let Some(row) = self.entry(table, &set, 8, span) else {
                    self.hidden(Some(span));
                    return Some(Cursor::default());
                };
                let mut cursor = Cursor::behind(row);
                self.text(&mut cursor, &bytes[1..], span, context);
                self.sequence(
                    &mut cursor,
                    rest,
                    Context {
                        head: false,
                        ..context
                    },
                );
                return Some(cursor);
            }
            Atom::Choice(choice) => (choice, context),
            Atom::Group(change, choice) => {
                let set = context.set.with(*change);
                (choice, Context { set, ..context })
            }
            Atom::Named(name) if context.head && self.copies < super::DEEPEST => {
                return self.head_copied(table, name, rest, context);
            }
            _ => return None,
        };
        let usable = inner.set.lsb == context.set.lsb
            && choice
                .alternatives
                .iter()
                .all(|a| self.begins_with_symbol(a, inner.set));
        if !usable && !context.head {
            return None;
        }
        let inner = Context {
            tail: context.tail && last,
            ..inner
        };
        let mut cursor = Cursor::default();
        for alternative in &choice.alternatives {
            cursor.join(self.head(table, alternative, inner));
        }
        if !cursor.is_dead() || last {
            self.sequence(
                &mut cursor,
                rest,
                Context {
                    head: false,
                    ..context
                },
            );
        }
        Some(cursor)
    }

    /// The beginning of a rule, copied into the loop that begins with it.
    fn head_copied(
        &mut self,
        table: &mut Table,
        name: &Name,
        rest: &'a [Term],
        context: Context,
    ) -> Option<Cursor> {
        let &rule = self.names.rules.get(name.text.as_str())?;
        let file = self.file;
        if !file.rules[rule].parameters.is_empty() {
            return None;
        }
        let caller = std::mem::replace(&mut self.rule, rule);
        self.copies += 1;
        let mut cursor = Cursor::default();
        for alternative in &file.rules[rule].body.alternatives {
            let inner = Context {
                tail: false,
                ..context
            };
            cursor.join(self.head(table, alternative, inner));
        }
        self.copies -= 1;
        self.rule = caller;
        self.sequence(
            &mut cursor,
            rest,
            Context {
                head: false,
                ..context
            },
        );
        Some(cursor)
    }

    /// `-> ( cases )`
    pub fn cases(
        &mut self,
        cursor: &mut Cursor,
        matches: Match,
        capture: Option<&Name>,
        cases: &'a [Case],
        context: Context,
    ) {
        let most = if matches!(matches, Match::Map { .. }) {
            15
        } else {
            255
        };
        let state = self.graph.state(cursor, matches);
        let mut taken = Set::new(8);
        let mut has_default = false;
        let mut done = Cursor::default();
        for case in cases {
            let symbols = match &case.label {
                CaseLabel::Default if std::mem::replace(&mut has_default, true) => {
                    self.wrong_case(case.span, "there is a case `_` already");
                    continue;
                }
                CaseLabel::Default => Symbols::Rest,
                CaseLabel::Values(low, high) => {
                    let low_value = self.constants.required(low, &mut self.report);
                    let high_value = match high {
                        Some(high) => self.constants.required(high, &mut self.report),
                        None => low_value,
                    };
                    let Some((low, high)) = low_value.zip(high_value) else {
                        continue;
                    };
                    if low > high || high > most {
                        self.wrong_case(case.span, &format!("a case is a number from 0 to {most}"));
                        continue;
                    }
                    if (low..=high).any(|v| taken.contains(v)) {
                        self.wrong_case(case.span, "an earlier case answers to this already");
                        continue;
                    }
                    taken.add(&Set::range(8, low, high));
                    self.entries += (high - low + 1) as usize;
                    Symbols::These((low..=high).map(|v| v as u16).collect())
                }
            };
            let row = self.graph.row(state, symbols, case.span);
            if let Some(name) = capture {
                let dst = self.register(name);
                self.graph.capture(
                    row,
                    RowCapture {
                        mode: CaptureMode::Value,
                        dst,
                        bits: 0,
                    },
                );
            }
            let mut cursor = Cursor::behind(row);
            self.sequence(
                &mut cursor,
                &case.body,
                Context {
                    head: false,
                    ..context
                },
            );
            done.join(cursor);
        }
        *cursor = done;
    }

    fn wrong_case(&mut self, span: Span, message: &str) {
        self.report.error(Code::Case, span, message, "");
    }

    /// The bounds of a number or range, checked against the width.
    pub fn range(
        &mut self,
        low: &crate::language::ast::Const,
        high: Option<&crate::language::ast::Const>,
        width: u8,
    ) -> Option<(u32, u32)> {
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
