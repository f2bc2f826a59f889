//! Repeats.

use super::{Context, Lower, Val};
use crate::isa::{AluOp, StackOp, control};
use crate::language::ast::{Atom, Repeat, Term};
use crate::language::diagnose::Code;
use crate::language::graph::{Cursor, End, Flags, Match, Op, Symbols};
use crate::language::lexer::Span;

impl<'a> Lower<'a> {
    /// `p[n]`
    pub fn counted(
        &mut self,
        cursor: &mut Cursor,
        count: Val,
        span: Span,
        body: impl FnOnce(&mut Self, &mut Cursor),
    ) {
        let (imm, reg) = match count {
            Val::Known(0) => return,
            Val::Known(n) if n <= 0xFFFF => (n as u16, false),
            Val::Known(n) => {
                let register = self.scratch(0);
                self.alu(
                    cursor,
                    AluOp::Move,
                    register,
                    Val::Known(0),
                    Val::Known(n),
                    span,
                );
                (register.into(), true)
            }
            Val::Register(r) => (r.into(), true),
        };
        let top = self.graph.label();
        let repeat = Op::Stack {
            op: StackOp::Repeat,
            imm,
            reg,
            next: Some(top),
            alt: None,
        };
        let rows = self.graph.stack(cursor, &repeat, span);
        let mut turn = Cursor::at(top);
        body(self, &mut turn);
        let turn_op = Op::Stack {
            op: StackOp::Loop,
            imm: 0,
            reg: false,
            next: Some(top),
            alt: None,
        };
        let turns = if turn.is_dead() {
            Vec::new()
        } else {
            self.graph.stack(&mut turn, &turn_op, span)
        };
        cursor.ends = rows.into_iter().chain(turns).map(End::Alt).collect();
        cursor.flags = Flags::Unknown;
    }

    /// `p*`, `p**`, `p^`
    pub fn endless(
        &mut self,
        cursor: &mut Cursor,
        atom: &'a Atom,
        repeat: &Repeat,
        follow: &'a [Term],
        span: Span,
        context: Context,
    ) {
        let top = self.graph.label();
        self.graph.go(cursor, top);
        let mut turn = Cursor::at(top);
        let inner = Context {
            tail: false,
            head: true,
            ..context
        };
        let mut out = Cursor::default();
        let controls: &[u8] = match repeat {
            Repeat::Frame => &[control::FRAME],
            Repeat::Whole => &[control::END, control::FRAME],
            _ => {
                if self.lazy(&mut turn, &mut out, atom, follow, span, inner) {
                    &[
                        control::END,
                        control::FRAME,
                        control::MARKER,
                        control::SEGMENT,
                    ]
                } else {
                    &[]
                }
            }
        };
        if !matches!(repeat, Repeat::Lazy) {
            self.atom(&mut turn, None, atom, span, inner);
        }
        self.graph.go(&mut turn, top);
        let state = self.graph.resolve(top);
        let usable = |s: &crate::language::graph::State| match s.matches {
            Match::Symbol { .. } => !s.hops,
            Match::Int { .. } | Match::Map { .. } => true,
            _ => false,
        };
        match state {
            Some(s) if controls.is_empty() || usable(&self.graph.states[s as usize]) => {
                for code in controls {
                    let row = self.graph.row(s, Symbols::Control(*code), span);
                    out.join(Cursor::behind(row));
                }
            }
            _ if self.report.failed() => {}
            _ => {
                let message = "it cannot be told where this repeat ends";
                let hint = "each turn looks at the next symbol, so what is repeated must begin with what it reads: `(x@. y = x)*`; or give a count: `p[n]`";
                self.report.error(Code::Endless, span, message, hint);
            }
        }
        *cursor = out;
    }

    /// The looking state of `p*`. Gives whether an end of the input ends it too,
    /// which is so when nothing follows.
    fn lazy(
        &mut self,
        turn: &mut Cursor,
        out: &mut Cursor,
        atom: &'a Atom,
        follow: &'a [Term],
        span: Span,
        context: Context,
    ) -> bool {
        let set = context.set;
        let after = self.first_sequence(follow, set, 0);
        let first = self.first_atom(atom, set, 0);
        let ends = !after.decides();
        if ends && !first.decides() {
            return true;
        }
        let width = first.width().max(if ends { 0 } else { after.width() });
        let mut table = self.table(turn, width, set.lsb);
        if !ends {
            let stop = after.widen(width, set.lsb);
            if let Some(row) = self.entry(&mut table, &stop, 0, span) {
                out.join(Cursor::behind(row));
            }
            let mut turns = first.widen(width, set.lsb);
            turns.remove(&stop);
            if first.decides() && turns.is_empty() {
                let message = "this repeat never has a turn";
                let hint = "what follows it takes every symbol that it could begin with; give a count, `p[n]`, or limit it: `frame n ( p** )`";
                self.report.warning(Code::Idle, span, message, hint);
                return false;
            }
        }
        let never_reads = first.empty && !first.opaque && first.symbols.is_empty();
        if never_reads && !ends {
            let message = "a turn of this repeat reads nothing, so it would not end";
            let hint = "what is repeated must begin with what it reads; or give a count: `p[n]`";
            self.report.error(Code::Endless, span, message, hint);
        } else if first.decides() {
            turn.join(self.head_atom(&mut table, atom, span, context));
        } else {
            let row = self.graph.row(table.state, Symbols::Rest, span);
            let mut other = Cursor::behind(row);
            self.atom(&mut other, None, atom, span, context.inner());
            turn.join(other);
        }
        if ends && !table.taken.is_full() {
            let row = self.graph.row(table.state, Symbols::Rest, span);
            out.join(Cursor::behind(row));
        }
        ends
    }
}
