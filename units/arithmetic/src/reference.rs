//! The instruction table as readable data: for `orrery isa`, the reference
//! page and editors.

use std::fmt::Write as _;

use crate::names::{Condition, Name};
use crate::ops::{FlagEffect, Form, Needs, Operand, Row, TABLE};

/// One instruction in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRow {
    /// Name in statistics.
    pub mnemonic: &'static str,
    /// How it is written.
    pub syntax: String,
    /// The sixteen bits.
    pub encoding: &'static str,
    /// What it waits for, in order.
    pub needs: Vec<&'static str>,
    /// Cycles until the next instruction can issue.
    pub occupancy: String,
    /// Further cycles until the result can be used.
    pub latency: String,
    /// Ports used.
    pub ports: &'static str,
    /// 16-bit adders used.
    pub adders: u8,
    /// Effect on the flags.
    pub flags: &'static str,
    /// Meaning in a line.
    pub meaning: &'static str,
    /// Two uses.
    pub uses: [&'static str; 2],
}

impl From<&'static Row> for ReferenceRow {
    fn from(row: &'static Row) -> Self {
        let shape = &row.shape;
        ReferenceRow {
            mnemonic: row.mnemonic,
            syntax: syntax(row),
            encoding: row.pattern,
            needs: shape.needs.iter().map(|need| need.describe()).collect(),
            occupancy: shape.occupancy.to_string(),
            latency: shape.latency.to_string(),
            ports: shape.ports,
            adders: shape.adders,
            flags: shape.flags.describe(),
            meaning: row.meaning,
            uses: row.uses,
        }
    }
}

/// The whole instruction set.
#[must_use]
pub fn reference() -> Vec<ReferenceRow> {
    TABLE.iter().map(ReferenceRow::from).collect()
}

fn syntax(row: &Row) -> String {
    let operand = |kind: &Operand| match kind {
        Operand::Destination => "dst",
        Operand::First => "a",
        Operand::Second => "b",
        Operand::Read | Operand::Write | Operand::Modify => "reg",
        Operand::ReadToo => "reg2",
        Operand::Condition => "cond",
        Operand::AmountFirst => "m",
        Operand::AmountSecond => "n",
        Operand::Immediate | Operand::NextWord => "number",
    };
    let operands: Vec<_> = row.shape.operands.iter().map(operand).collect();
    match row.form {
        Form::Infix(infix) => match operands.as_slice() {
            [destination, sources @ ..] => [&format!("{destination}:{infix}")]
                .into_iter()
                .map(String::as_str)
                .chain(sources.iter().copied())
                .collect::<Vec<_>>()
                .join(" "),
            [] => format!(":{infix}"),
        },
        Form::Glued => format!("{}{}", row.mnemonic, operands.concat()),
        Form::Plain if row.shape.operands.contains(&Operand::AmountFirst) => {
            format!("{} {}", row.mnemonic, operands.join(","))
        }
        Form::Plain => [&[row.mnemonic], operands.as_slice()].concat().join(" "),
    }
}

impl Needs {
    /// In words, with the cause that waiting is charged to.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Needs::Results => "results read (latency)",
            Needs::InputIfRead => "IN: an operand word (input)",
            Needs::Reply => "an answer (reply)",
            Needs::OutputIfWritten => "OUT: room at the sink (output)",
            Needs::Output => "room at the sink (output)",
            Needs::FlagRoom => "room in the flag queue (output)",
        }
    }
}

impl FlagEffect {
    /// In words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            FlagEffect::Keep => "-",
            FlagEffect::Set => "set",
            FlagEffect::Chain => "C used; set, Z only cleared",
        }
    }
}

/// The generated part of the reference page.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::new();
    write_markdown(&mut text).unwrap_or_else(|_| unreachable!("strings can be written"));
    text
}

fn write_markdown(text: &mut String) -> std::fmt::Result {
    // A vertical line would end the table cell.
    let cell = |s: &str| s.replace('|', "\\|");
    writeln!(text, "### Names\n")?;
    writeln!(text, "| number | written as | read as |\n|---|---|---|")?;
    for name in Name::all() {
        let (number, destination) = (name.number(), name.as_destination());
        writeln!(text, "| {number} | {destination} | {} |", name.as_source())?;
    }
    writeln!(text, "\n### Conditions\n")?;
    writeln!(
        text,
        "| number | written as | holds after `CMP a b` if |\n|---|---|---|"
    )?;
    for condition in Condition::all() {
        let (number, suffix) = (condition.number(), condition.suffix());
        writeln!(text, "| {number} | IF{suffix} | {} |", condition.meaning())?;
    }
    writeln!(text, "\n### Encodings\n")?;
    writeln!(
        text,
        "| instruction | bits | meaning | flags |\n|---|---|---|---|"
    )?;
    for row in reference() {
        let (syntax, meaning) = (cell(&row.syntax), cell(row.meaning));
        let bits = row.encoding;
        writeln!(
            text,
            "| `{syntax}` | `{bits}` | {meaning} | {} |",
            row.flags
        )?;
    }
    writeln!(text, "\n### Timing and ports\n")?;
    writeln!(
        text,
        "| instruction | needs, in order | occupancy | latency | adders | ports |\n|---|---|---|---|---|---|"
    )?;
    for row in reference() {
        let needs = if row.needs.is_empty() {
            "-".to_owned()
        } else {
            row.needs.join("; ")
        };
        writeln!(
            text,
            "| `{}` | {needs} | {} | {} | {} | {} |",
            cell(&row.syntax),
            row.occupancy,
            row.latency,
            row.adders,
            row.ports
        )?;
    }
    writeln!(text, "\n### Uses\n")?;
    writeln!(text, "| instruction | two uses |\n|---|---|")?;
    for row in reference() {
        let [first, second] = row.uses;
        writeln!(text, "| `{}` | {first}; {second} |", cell(&row.syntax))?;
    }
    Ok(())
}
