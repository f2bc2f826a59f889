//! Reference tables as Markdown, made from the tables that the machine uses.

use std::fmt::Write;

use crate::asm::CODES;
use crate::isa::{Latency, Occupancy, RESERVED, ROWS, Shape};
use crate::word::Field;

/// How the operands of a shape are written.
#[must_use]
pub const fn syntax(shape: Shape) -> &'static str {
    match shape {
        Shape::Load => "d, unit, (x, y)",
        Shape::Load4 => "d, unit.channel, (x, y)",
        Shape::Store => "s, unit, (dx, dy)",
        Shape::Store4 => "s, unit.channel, (dx, dy)",
        Shape::Transpose => "d, a",
        Shape::Alu2 => "d.mask, a, b form",
        Shape::Alu1 => "d.mask, b form",
        Shape::Select => "d.mask, c, a, b form",
        Shape::Swizzle => "d.mask, a.order",
        Shape::Sum => "d, a, taps, bank options",
        Shape::SumReg => "d, a, taps, b options",
        Shape::SumVec => "d, a, bank options",
        Shape::Porter => "d.mask, a, b, fa, fb",
        Shape::Flag => "bit [, a.mask]",
        Shape::Case => "a.comp, [targets]",
        Shape::Jump => "target",
        Shape::Branch => "a.comp, target",
        Shape::Loop => "count",
        Shape::Position => "d.mask",
        Shape::Out => "a",
        Shape::None => "",
    }
}

/// The instructions, one line each.
#[must_use]
pub fn instructions() -> String {
    let mut text = String::from(
        "| code | instruction | issue | latency | circuits per lane | meaning | two uses |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for r in ROWS {
        let issue = match r.occupancy {
            Occupancy::One => "1",
            Occupancy::Four => "4",
            Occupancy::Control => "`control`",
        };
        let latency = match r.latency {
            Latency::None => "-",
            Latency::Alu => "`alu_latency`",
            Latency::Sum => "`sum_latency`",
            Latency::Fetch => "`fetch_latency`",
        };
        let _ = writeln!(
            text,
            "| {:#04x} | `{}` | {issue} | {latency} | {} | {} | {}; {} |",
            r.op.code(),
            format!("{} {}", r.mnemonic, syntax(r.shape)).trim_end(),
            r.circuits,
            r.meaning.replace('|', "\\|"),
            r.uses[0],
            r.uses[1],
        );
    }
    for (code, name, meaning) in RESERVED {
        let _ = writeln!(
            text,
            "| {code:#04x} | `{name}` | | | | reserved, traps as undefined: {meaning} | |"
        );
    }
    text
}

/// Where the fields lie, one line per shape.
#[must_use]
pub fn layouts() -> String {
    let mut text = String::from("| instructions | fields (low bit + width) |\n|---|---|\n");
    for shape in Shape::ALL {
        let of = ROWS.iter().filter(|r| r.shape == *shape);
        let names: Vec<String> = of.map(|r| format!("`{}`", r.mnemonic)).collect();
        let fields: Vec<String> = shape
            .fields()
            .iter()
            .map(|(f, low, width, signed)| {
                let sign = if *signed { " signed" } else { "" };
                format!("{} {low}+{width}{sign}", f.name())
            })
            .collect();
        let fields = if fields.is_empty() {
            "none".to_string()
        } else {
            fields.join(", ")
        };
        let _ = writeln!(text, "| {} | {fields} |", names.join(" "));
    }
    text
}

/// What the fields mean.
#[must_use]
pub fn fields() -> String {
    let mut text = String::from("| field | meaning |\n|---|---|\n");
    for f in Field::ALL {
        let _ = writeln!(text, "| {} | {} |", f.name(), f.doc().trim());
    }
    text
}

/// The messages of the assembler.
#[must_use]
pub fn messages() -> String {
    let mut text = String::from("| code | meaning |\n|---|---|\n");
    for (code, meaning) in CODES {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
    text
}
