//! Choices: which alternative the next symbol means.

use super::table::Table;
use super::{Context, Lower};
use crate::isa::{Cond, SysOp};
use crate::language::ast::{Atom, Condition, Name, Repeat, Sequence, Statement, Term, TermKind};
use crate::language::diagnose::Code;
use crate::language::graph::{Cursor, Match, Symbols};
use crate::language::lexer::Span;
use crate::language::setting::Set;

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
                self.hopeless(default, &table, context);
                let span = span_of(default).unwrap_or_else(|| Span::from(0..0));
                let row = self.graph.row(table.state, Symbols::Rest, span);
                if let Some(TermKind::Statement(Statement::Fail(_))) =
                    default.first().map(|t| &t.kind)
                {
                    // It takes the symbol, so that where there is none the end of the
                    // input is reported and not a wrong symbol.
                    self.graph.rows[row as usize].row.consume = width;
                } else {
                    self.graph.states[table.state as usize].hops = true;
                }
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

    /// A default that begins with symbols, all of which mean an earlier alternative: it is taken for
    /// the others, and fails at once.
    fn hopeless(&mut self, default: &'a Sequence, table: &Table, context: Context) {
        let first = self.first_sequence(default, context.set, 0);
        if !first.decides() || first.width() > table.taken.width() {
            return;
        }
        let mut left = first.widen(table.taken.width(), context.set.lsb);
        left.remove(&table.taken);
        if let (true, Some(span)) = (left.is_empty(), span_of(default)) {
            let message = "this alternative can never succeed";
            let hint = "every symbol that it begins with means an earlier one, and it is taken for all others";
            self.report.warning(Code::Hidden, span, message, hint);
        }
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
                self.check_group(*change, context.set, span);
                let set = context.set.with(*change);
                (choice, Context { set, ..context })
            }
            Atom::Named(name) if context.head => {
                return self.head_copied(table, name, rest, context);
            }
            _ => return None,
        };
        let usable = inner.set.lsb == context.set.lsb
            && choice
                .alternatives
                .iter()
                .all(|a| self.begins_with_symbol(a, inner.set));
        // A condition chooses in a row of its own.
        let branches = choice.alternatives.iter().any(|a| condition(a).is_some());
        if !usable && (branches || !context.head) {
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
        let alternatives = &file.rules[rule].body.alternatives;
        let branches = alternatives.iter().any(|a| condition(a).is_some());
        if branches || !self.can_be_copied(rule) {
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
}
