//! Escape tables, as the machine's constants.

use super::ast::{Const, Escape};
use super::constants::Constants;
use super::diagnose::{Code, Report};
use crate::isa::EscapeVerb;

/// Most ranges of followers.
const RANGES: usize = 8;

fn byte(value: &Const, constants: &Constants<'_>, report: &mut Report) -> u32 {
    let Some(number) = constants.required(value, report) else {
        return 0;
    };
    if number > 0xFF {
        let message = format!("{number} does not fit into a byte");
        let hint = "escapes are about whole bytes";
        report.error(Code::Range, value.span, message, hint);
    }
    number & 0xFF
}

/// The words of a table: prefix, verb and xor of `else`; then for each range
/// lowest and highest follower, verb and xor. What is wrong is reported.
pub fn words(table: &Escape, constants: &Constants<'_>, report: &mut Report) -> Vec<u32> {
    let mut byte = |value: &Const| byte(value, constants, report);
    let prefix = byte(&table.prefix);
    let (verb, mask) = &table.otherwise;
    let mask = mask.as_ref().map_or(0, &mut byte);
    let mut words = vec![prefix | (*verb as u32) << 8 | mask << 16];
    let mut of_prefix = None;
    let mut empty = None;
    for range in &table.ranges {
        let low = byte(&range.low);
        let high = range.high.as_ref().map_or(low, &mut byte);
        let mask = range.mask.as_ref().map_or(0, &mut byte);
        words.push(low | high << 8 | (range.verb as u32) << 16 | mask << 24);
        if (low..=high).contains(&prefix) {
            of_prefix = of_prefix.or(Some(range.verb));
        }
        if low > high {
            empty = Some((range.low.span, low, high));
        }
    }
    if let Some((span, low, high)) = empty {
        let message = format!("the range from {low} to {high} is empty");
        report.error(Code::Range, span, message, "");
    }
    if table.ranges.len() > RANGES {
        let message = format!(
            "an escape table has at most {RANGES} ranges, {} are given",
            table.ranges.len()
        );
        let hint = "`else` says what all the others do";
        report.error(Code::Count, table.name.span, message, hint);
    }
    if of_prefix.unwrap_or(*verb) == EscapeVerb::Literal {
        let message = "the prefix behind itself cannot be `literal`";
        let hint = "say what it does in a range of its own: it would begin an escape again";
        report.error(Code::Range, table.name.span, message, hint);
    }
    words
}
