//! Matching: symbols, texts, integers, codes, groups.

use super::{Context, Lower, Val};
use crate::isa::{Capture as RowCapture, CaptureMode, IntKind, SysOp};
use crate::language::ast::{self, Atom, Capture, CaptureForm, Repeat, Term};
use crate::language::diagnose::Code;
use crate::language::graph::{Bits, Cursor, Match, RowId, Symbols};
use crate::language::lexer::Span;
use crate::language::setting::{INTEGER, PEEK, Set, Setting};

impl<'a> Lower<'a> {
    /// An atom with its capture and its repeat.
    #[expect(clippy::too_many_arguments, reason = "the parts of one term")]
    pub fn matching(
        &mut self,
        cursor: &mut Cursor,
        capture: Option<&'a Capture>,
        atom: &'a Atom,
        repeat: &'a Repeat,
        follow: &'a [Term],
        span: Span,
        context: Context,
    ) {
        let capture = capture.filter(|c| c.form != CaptureForm::Nothing);
        match repeat {
            Repeat::Once => self.atom(cursor, capture, atom, span, context),
            Repeat::Count(count) => {
                let count_value = self.val(count);
                if let Atom::Any = atom
                    && self.skip(cursor, capture, count_value, span, context)
                {
                    return;
                }
                if let Some(capture) = capture {
                    let message = "what is repeated has no single value to capture";
                    let hint = "`name@.[n]` reads an integer of n symbols; `(name@p)[n]` captures in every turn";
                    self.report
                        .error(Code::Capture, capture.name.span, message, hint);
                }
                self.counted(cursor, count_value, span, |lower, body| {
                    lower.atom(body, None, atom, span, context.inner());
                });
            }
            Repeat::Lazy | Repeat::Whole | Repeat::Frame => {
                if let Some(capture) = capture {
                    let message = "what is repeated has no single value to capture";
                    let hint = "`(name@p)*` captures in every turn";
                    self.report
                        .error(Code::Capture, capture.name.span, message, hint);
                }
                self.endless(cursor, atom, repeat, follow, span, context);
            }
        }
    }

    /// An atom, once.
    pub fn atom(
        &mut self,
        cursor: &mut Cursor,
        capture: Option<&'a Capture>,
        atom: &'a Atom,
        span: Span,
        context: Context,
    ) {
        let set = context.set;
        match atom {
            Atom::Any => return self.integer(cursor, capture, Bits::Fixed(set.width), span, set),
            Atom::Code(map) => {
                let matches = Match::Map {
                    register: self.register(map),
                    lsb: set.lsb,
                };
                let state = self.graph.state(cursor, matches);
                let row = self.graph.row(state, Symbols::Rest, span);
                self.takes_value(cursor, row, capture);
                return;
            }
            Atom::Flag | Atom::Reply => {
                let matches = match atom {
                    Atom::Flag => Match::Flag { width: 0 },
                    _ => Match::Reply,
                };
                let row = self.graph.single(cursor, matches, span);
                self.takes_value(cursor, row, capture);
                return;
            }
            _ => {}
        }
        let errors = self.report.errors.len();
        if let Some(simple) = self.simple(atom, set) {
            if let Some(c) = capture
                && matches!(c.form, CaptureForm::Signed | CaptureForm::Extended)
            {
                let message = "`@~` and `@+` read integers, not single symbols";
                let hint = "write `name@~.[n]`, or `sext` the value";
                self.report.error(Code::Capture, c.name.span, message, hint);
            }
            let mut table = self.table(cursor, simple.set.width(), set.lsb);
            if let Ok(Some(row)) = self.symbol(&mut table, capture, &simple, span) {
                *cursor = Cursor::behind(row);
            } else if let Ok(Some(row)) = self.symbol(&mut table, None, &simple, span) {
                *cursor = Cursor::behind(row);
                if self.report.errors.len() == errors {
                    let message = "this tag has no bits to capture";
                    let hint = "a tag captures the bits behind those that are written";
                    self.report.error(Code::Capture, span, message, hint);
                }
            }
            return;
        }
        if self.report.errors.len() > errors {
            return;
        }
        if let Some(c) = capture {
            let message = "this has no value to capture";
            let hint = "capture a symbol, an integer `.[n]`, a prefix code, `flag` or `reply`";
            self.report.error(Code::Capture, c.name.span, message, hint);
        }
        match atom {
            Atom::Empty => {}
            Atom::Text(bytes) => self.text(cursor, bytes, span, context),
            Atom::Choice(choice) => self.choice(cursor, choice, context),
            Atom::Group(change, choice) => {
                self.check_group(*change, set, span);
                let set = set.with(*change);
                self.choice(cursor, choice, Context { set, ..context });
            }
            Atom::Named(name) => {
                if self.names.rules.contains_key(name.text.as_str()) {
                    self.call(cursor, name, &[], context);
                } else {
                    self.too_wide(set, span);
                }
            }
            Atom::Call(name, arguments) => self.call(cursor, name, arguments, context),
            Atom::Symbol(..) => self.too_wide(set, span),
            Atom::Tag(bits) | Atom::ShortTag(bits) if bits.count > set.width => {
                let message = format!("this tag has more bits than a symbol of {}", set.width);
                self.report.error(Code::Width, span, message, "");
            }
            Atom::ShortTag(_) if set.lsb => self.no_leading_bits(span),
            Atom::Tag(_) | Atom::ShortTag(_) => self.too_wide(set, span),
            Atom::Any | Atom::Code(_) | Atom::Flag | Atom::Reply => {}
        }
    }

    fn too_wide(&mut self, set: Setting, span: Span) {
        let message = format!("symbols of {} bits cannot be matched, only read", set.width);
        let hint =
            format!("at most {PEEK} bits are matched at once; capture the symbol and compare");
        self.report.error(Code::Width, span, message, hint);
    }

    fn no_leading_bits(&mut self, span: Span) {
        let message = "a short tag has no meaning in `lsb` order";
        let hint = "match the bits that arrive first, in a group of that width";
        self.report.error(Code::Order, span, message, hint);
    }

    /// Reports a group that makes no sense.
    pub fn check_group(&mut self, change: ast::Setting, set: Setting, span: Span) {
        match change {
            ast::Setting::Width(n) if !(1..=INTEGER).contains(&n) => {
                let message = format!("there are no symbols of {n} bits");
                self.report
                    .error(Code::Width, span, message, "a symbol has 1 to 32 bits");
            }
            ast::Setting::BigEndian if set.lsb => {
                let message = "numbers in `lsb` order cannot be big-endian";
                let hint = "`msb( ... )` goes back to the other order, where they are";
                self.report.error(Code::Order, span, message, hint);
            }
            _ => {}
        }
    }

    /// The bytes of a text, one row each.
    pub fn text(&mut self, cursor: &mut Cursor, bytes: &[u8], span: Span, context: Context) {
        let set = context.set;
        if set.width != 8 {
            let message = format!("a text stands among symbols of {} bits", set.width);
            self.report
                .error(Code::Width, span, message, "write `8(\"...\")`");
            return;
        }
        for byte in bytes {
            let mut table = self.table(cursor, 8, set.lsb);
            let only = Set::range(8, (*byte).into(), (*byte).into());
            match self.entry(&mut table, &only, 8, span) {
                Some(row) => *cursor = Cursor::behind(row),
                None => return,
            }
        }
    }

    /// Lets a row take the value of its port.
    fn takes_value(&mut self, cursor: &mut Cursor, row: RowId, capture: Option<&Capture>) {
        *cursor = Cursor::behind(row);
        let Some(c) = capture else {
            return;
        };
        let mode = match c.form {
            CaptureForm::Append => CaptureMode::Append,
            _ => CaptureMode::Value,
        };
        let dst = self.register(&c.name);
        self.graph.capture(row, RowCapture { mode, dst, bits: 0 });
    }

    /// An integer.
    fn integer(
        &mut self,
        cursor: &mut Cursor,
        capture: Option<&Capture>,
        bits: Bits,
        span: Span,
        set: Setting,
    ) {
        let kind = match capture.map(|c| c.form) {
            Some(CaptureForm::Extended) => IntKind::Extended,
            Some(CaptureForm::Signed) => IntKind::Signed,
            _ => IntKind::Unsigned,
        };
        let whole = matches!(bits, Bits::Fixed(n) if n % 8 == 0 && n > 8);
        let little = set.little && !set.lsb && whole;
        let matches = Match::Int {
            bits,
            lsb: set.lsb,
            little,
            kind,
        };
        let row = self.graph.single(cursor, matches, span);
        self.takes_value(cursor, row, capture);
    }

    /// `.[n]`: an integer, or bytes dropped. Not done (false) if it takes a loop.
    fn skip(
        &mut self,
        cursor: &mut Cursor,
        capture: Option<&'a Capture>,
        count: Val,
        span: Span,
        context: Context,
    ) -> bool {
        let set = context.set;
        match count {
            Val::Known(n) => {
                let bits = u64::from(n) * u64::from(set.width);
                if bits <= u64::from(INTEGER) && (bits > 0 || capture.is_some()) {
                    self.integer(cursor, capture, Bits::Fixed(bits as u8), span, set);
                    return true;
                }
                if capture.is_some() {
                    let message = format!("an integer of {bits} bits is too long");
                    self.report
                        .error(Code::Width, span, message, "integers have at most 32 bits");
                    return true;
                }
            }
            Val::Register(register) if set.width == 1 => {
                self.integer(cursor, capture, Bits::Register(register), span, set);
                return true;
            }
            Val::Register(_) if capture.is_some() => {
                let message =
                    "only symbols of one bit can be read in a number that is not constant";
                self.report.error(
                    Code::Width,
                    span,
                    message,
                    "write `1(name@.[n])`, n in bits",
                );
                return true;
            }
            Val::Register(_) => {}
        }
        if set.width == 8 {
            let b = self.operand(count);
            self.sys(cursor, SysOp::Skip, span, |row| row.b = b);
            return true;
        }
        false
    }
}
