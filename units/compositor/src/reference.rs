//! Reference tables as Markdown, made from the tables that the machine uses.

use std::fmt::Write;

use crate::asm::CODES;
use crate::isa::{Latency, Occupancy, Op, RESERVED, ROWS, Row, Shape};
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

/// The register, bank and texture ports of an instruction, per lane.
#[must_use]
pub const fn ports(row: &Row) -> &'static str {
    match row.shape {
        Shape::Load => "1 fetch, register 2R 1W",
        Shape::Load4 => "1 fetch (4 if the texels span over 16 bytes), register 2R 1W",
        Shape::Store => "1 store, register 1R",
        Shape::Store4 => "1 store (4 if the texels span over 16 bytes), register 1R",
        Shape::Transpose => "register 4R 4W",
        Shape::Alu2 => "register 2R 1W",
        Shape::Alu1 | Shape::Swizzle => "register 1R 1W",
        Shape::Select => "register 3R 1W",
        Shape::Sum => "register 1R and bank 1R per tap, register 1W",
        Shape::SumReg => "register 2R per tap, register 1W",
        Shape::SumVec => "register 1R 1W, bank 16R",
        Shape::Porter => "register 2R 1W",
        Shape::Flag | Shape::Case | Shape::Branch | Shape::Out => "register 1R",
        Shape::Position => "register 1W",
        Shape::Loop => "loop stack 1W",
        Shape::Jump => "",
        Shape::None => match row.op {
            Op::Next => "loop stack 1R 1W",
            _ => "",
        },
    }
}

/// The adders of an instruction, per lane, as its circuits tell.
#[must_use]
pub fn adders(row: &Row) -> String {
    let parts = row.circuits.split(", ");
    let of = parts.filter(|part| part.contains("adder"));
    // A product in front of it is another circuit.
    let last = of
        .last()
        .map(|part| part.rsplit(" and ").next().unwrap_or(part));
    match last {
        None => "0".to_owned(),
        Some("pc adder") => "1".to_owned(),
        Some(part) => part.replace(" adders", "").replace(" adder", ""),
    }
}

/// How a word is encoded: its number, then the fields with low bit and width.
#[must_use]
pub fn encoding(row: &Row) -> String {
    let number = std::iter::once(format!("op 0+7 = {:#04x}", row.op.code()));
    let fields = row.shape.fields().iter();
    let fields = fields.map(|(f, low, width, _)| format!("{} {low}+{width}", f.name()));
    number.chain(fields).collect::<Vec<_>>().join(", ")
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
