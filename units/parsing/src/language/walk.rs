//! One walk over the tree that tells what every name is used for.

use orrery_output::isa::Target;

use super::ast::{
    ActionKind, ActionOperand, ActionStatement, Atom, CaptureForm, CaseLabel, Choice, Const,
    ConstKind, Expression, File, Name, Operand, Repeat, Rule, Statement, Subject, Term, TermKind,
    Value,
};
use super::lexer::Span;

/// What a name, or an expression of names, stands for.
#[derive(Clone, Copy, Debug)]
pub enum Use<'a> {
    /// A capture gets a value.
    Write(&'a Name),
    /// A capture and the one behind it get a value.
    WritePair(&'a Name),
    /// A capture and the one behind it are read.
    Pair(&'a str, Span),
    /// A capture, and nothing else, is read.
    Capture(&'a Name),
    /// A capture or a constant.
    Operand(&'a Operand),
    /// A constant.
    Constant(&'a Const),
    /// A rule, with the number of arguments.
    Call(&'a Name, usize),
    /// A rule or a constant.
    Named(&'a Name),
    /// A rule called by the machine.
    Refill(&'a Name),
    /// An escape table.
    Escape(&'a Name),
    /// A stream comes into being.
    Create(&'a Name),
    /// A stream.
    Stream(&'a Name),
    /// A stream, where an operand was read.
    StreamTarget(&'a Operand),
    /// A capture, a constant, or a stream kind.
    ActionValue(&'a Operand),
    /// A control symbol.
    Control(&'a Name),
    /// A statement of an action.
    Action(&'a ActionStatement),
    /// `local` away from the beginning of a rule.
    StrayLocal(Span),
    /// Two symbols with a `-` and no space between them.
    Minus(Span),
}

/// Calls `visit` with every use in a file: the number of the rule, and the use.
pub fn walk<'a>(file: &'a File, visit: &mut dyn FnMut(usize, Use<'a>)) {
    for (i, rule) in file.rules.iter().enumerate() {
        let mut walker = Walker { rule: i, visit };
        walker.rule(rule);
    }
}

/// Whether two terms read like a range in other languages: `0x30-0x39`.
fn is_minus(before: &Term, term: &Term) -> bool {
    let symbol = |t: &Term| match &t.kind {
        TermKind::Match {
            capture,
            atom: Atom::Symbol(_, None) | Atom::Named(_),
            repeat: _,
        } => Some(capture.as_ref().map(|c| c.form)),
        _ => None,
    };
    symbol(before).is_some()
        && symbol(term) == Some(Some(CaptureForm::Nothing))
        && before.span.end == term.span.start
}

struct Walker<'a, 'v> {
    rule: usize,
    visit: &'v mut dyn FnMut(usize, Use<'a>),
}

impl<'a> Walker<'a, '_> {
    fn tell(&mut self, what: Use<'a>) {
        (self.visit)(self.rule, what);
    }

    fn rule(&mut self, rule: &'a Rule) {
        let is_local = |t: &&Term| matches!(t.kind, TermKind::Statement(Statement::Local(_)));
        let leading = match rule.body.alternatives.as_slice() {
            [only] => only.iter().take_while(is_local).count(),
            _ => 0,
        };
        for sequence in &rule.body.alternatives {
            self.sequence(sequence, leading);
        }
    }

    fn sequence(&mut self, terms: &'a [Term], leading: usize) {
        for (i, term) in terms.iter().enumerate() {
            if let Some(before) = i.checked_sub(1)
                && is_minus(&terms[before], term)
            {
                let (start, end) = (terms[before].span.start, term.span.end);
                self.tell(Use::Minus(Span::from(start..end)));
            }
            self.term(term, i < leading);
        }
    }

    fn choice(&mut self, choice: &'a Choice) {
        for sequence in &choice.alternatives {
            self.sequence(sequence, 0);
        }
    }

    fn term(&mut self, term: &'a Term, may_be_local: bool) {
        match &term.kind {
            TermKind::Condition(c) => {
                self.tell(Use::Operand(&c.left));
                c.mask.iter().for_each(|m| self.tell(Use::Operand(m)));
                self.tell(Use::Operand(&c.right));
            }
            TermKind::Statement(Statement::Local(name)) => {
                // Saving is no reading.
                self.tell(Use::Write(name));
                if !may_be_local {
                    self.tell(Use::StrayLocal(term.span));
                }
            }
            TermKind::Statement(statement) => self.statement(statement),
            TermKind::Guard {
                body,
                symbols,
                handler,
            } => {
                self.choice(body);
                symbols.iter().for_each(|s| self.tell(Use::Control(s)));
                self.choice(handler);
            }
            TermKind::Dispatch {
                capture,
                subject,
                cases,
            } => {
                match subject {
                    Subject::Code(name) | Subject::Capture(name) => self.tell(Use::Capture(name)),
                    Subject::Flag => {}
                }
                capture.iter().for_each(|c| self.tell(Use::Write(c)));
                for case in cases {
                    if let CaseLabel::Values(low, high) = &case.label {
                        self.tell(Use::Constant(low));
                        high.iter().for_each(|h| self.tell(Use::Constant(h)));
                    }
                    self.sequence(&case.body, 0);
                }
            }
            TermKind::Action(statements) => statements.iter().for_each(|s| self.action(s)),
            TermKind::Match {
                capture,
                atom,
                repeat,
            } => {
                if let Repeat::Count(n) = repeat {
                    self.tell(Use::Operand(n));
                }
                if let Some(c) = capture
                    && c.form != CaptureForm::Nothing
                {
                    self.tell(match atom {
                        Atom::Reply => Use::WritePair(&c.name),
                        _ => Use::Write(&c.name),
                    });
                }
                self.atom(atom);
            }
        }
    }

    fn atom(&mut self, atom: &'a Atom) {
        match atom {
            Atom::Symbol(low, high) => {
                self.tell(Use::Constant(low));
                high.iter().for_each(|h| self.tell(Use::Constant(h)));
            }
            Atom::Named(name) => self.tell(Use::Named(name)),
            Atom::Call(name, arguments) => {
                self.tell(Use::Call(name, arguments.len()));
                arguments.iter().for_each(|a| self.tell(Use::Operand(a)));
            }
            Atom::Choice(choice) | Atom::Group(_, choice) => self.choice(choice),
            Atom::Code(map) => self.tell(Use::Capture(map)),
            Atom::Text(_)
            | Atom::Tag(_)
            | Atom::ShortTag(_)
            | Atom::Any
            | Atom::Empty
            | Atom::Flag
            | Atom::Reply => {}
        }
    }

    fn expression(&mut self, target: &'a Name, expression: &'a Expression) {
        let mut pair = false;
        for value in std::iter::once(&expression.first).chain(expression.rest.iter().map(|r| &r.1))
        {
            match value {
                Value::Operand(o) | Value::Ilog2(o) => self.tell(Use::Operand(o)),
                Value::Load { size, place, index } => {
                    pair |= *size == 8;
                    self.tell(Use::Operand(place));
                    index.iter().for_each(|i| self.tell(Use::Operand(i)));
                }
                Value::Mask {
                    mask,
                    from,
                    count,
                    below,
                    ..
                } => {
                    self.tell(Use::Pair(&mask.text, mask.span));
                    [from, below]
                        .into_iter()
                        .chain(count)
                        .for_each(|o| self.tell(Use::Operand(o)));
                }
                Value::Unused(map) => self.tell(Use::Capture(map)),
                Value::Left(_) | Value::Marker(_) => {}
                Value::Position(_) => pair = true,
            }
        }
        self.tell(if pair {
            Use::WritePair(target)
        } else {
            Use::Write(target)
        });
    }

    fn statement(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Assign(name, expression) => self.expression(name, expression),
            Statement::CheckStop(name, circuit) => {
                self.tell(Use::Constant(circuit));
                self.tell(Use::Write(name));
            }
            Statement::NewMap {
                name,
                strides,
                rows,
            } => {
                strides.iter().for_each(|s| self.tell(Use::Constant(s)));
                self.tell(Use::Operand(rows));
                self.tell(Use::Write(name));
            }
            Statement::Store {
                size,
                place,
                index,
                value,
            } => {
                self.tell(Use::Operand(place));
                index.iter().for_each(|i| self.tell(Use::Operand(i)));
                match &value.kind {
                    ConstKind::Name(name) if *size == 8 => {
                        self.tell(Use::Pair(name, value.span));
                    }
                    _ if *size == 8 => self.tell(Use::Pair("a number", value.span)),
                    _ => self.tell(Use::Operand(value)),
                }
            }
            Statement::ChangeBits {
                mask, from, below, ..
            } => {
                self.tell(Use::WritePair(mask));
                self.tell(Use::Operand(from));
                below.iter().for_each(|b| self.tell(Use::Operand(b)));
            }
            Statement::Frame {
                length,
                refill,
                body,
            } => {
                self.tell(Use::Operand(length));
                refill.iter().for_each(|r| self.tell(Use::Refill(r)));
                self.choice(body);
            }
            Statement::Skip(n) | Statement::More(n) => self.tell(Use::Operand(n)),
            Statement::Mark(n) | Statement::Rewind(n) => self.tell(Use::Constant(n)),
            Statement::CheckStart {
                circuit,
                parameters,
                ..
            } => {
                self.tell(Use::Constant(circuit));
                parameters.iter().for_each(|p| self.tell(Use::Constant(p)));
            }
            Statement::Reset(map) | Statement::Close(map) => self.tell(Use::Capture(map)),
            Statement::Fill {
                map,
                lengths,
                count,
                entries,
                ..
            } => {
                self.tell(Use::Capture(map));
                [lengths, count, entries]
                    .into_iter()
                    .for_each(|o| self.tell(Use::Operand(o)));
            }
            Statement::Insert {
                map,
                code,
                length,
                entry,
            } => {
                self.tell(Use::Capture(map));
                [code, length, entry]
                    .into_iter()
                    .for_each(|o| self.tell(Use::Operand(o)));
            }
            Statement::Accept(value) => value.iter().for_each(|v| self.tell(Use::Constant(v))),
            Statement::Raise(name) => self.tell(Use::Control(name)),
            Statement::EscapeOn(name) => self.tell(Use::Escape(name)),
            Statement::Local(_)
            | Statement::Drain
            | Statement::Align
            | Statement::Done
            | Statement::EscapeOff
            | Statement::Fail(_)
            | Statement::Warn(_) => {}
        }
    }

    fn action(&mut self, statement: &'a ActionStatement) {
        self.tell(Use::Action(statement));
        let operand = |o: &'a ActionOperand| match o {
            ActionOperand::Value(value) => self.tell(Use::ActionValue(value)),
            ActionOperand::Identity(name) => self.tell(Use::Stream(name)),
        };
        match &statement.kind {
            ActionKind::Create(name, _, operands) => {
                operands.iter().for_each(operand);
                self.tell(Use::Create(name));
            }
            ActionKind::Append(name, operands) => {
                operands.iter().for_each(operand);
                self.tell(Use::Stream(name));
            }
            ActionKind::Repeat(name, a, b) | ActionKind::Copy(name, a, b) => {
                [a, b].into_iter().for_each(operand);
                self.tell(Use::Stream(name));
            }
            ActionKind::Place(name, _, operands) => {
                operands.iter().for_each(operand);
                self.tell(Use::Stream(name));
            }
            ActionKind::Plain(mnemonic, operands) => {
                // The first operand of most actions is no value but their target.
                let target = super::action::target(&mnemonic.text);
                if target.is_none() && !mnemonic.text.contains('.') {
                    // Unknown: nothing can be said about its operands.
                    return;
                }
                let rest = usize::from(matches!(target, Some(Target::Handle | Target::Gate)));
                operands.iter().skip(rest).for_each(operand);
                if target == Some(Target::Handle)
                    && let Some(ActionOperand::Value(stream)) = operands.first()
                {
                    self.tell(Use::StreamTarget(stream));
                }
            }
        }
    }
}
