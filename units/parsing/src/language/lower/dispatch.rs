//! Dispatches: the kind of a code, or a field of a capture, decides.

use super::{Context, Lower};
use crate::isa::{Capture as RowCapture, CaptureMode};
use crate::language::ast::{Case, CaseLabel, Name};
use crate::language::diagnose::Code;
use crate::language::graph::{Cursor, Match, Symbols};
use crate::language::lexer::Span;
use crate::language::setting::Set;

impl<'a> Lower<'a> {
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
}
