//! `orrery isa`: the instruction reference, from the op tables.

use serde_json::{Value, json};

use super::run::print;
use crate::session::{Failure, exit};

/// One table: title, column names, rows.
struct Table {
    unit: &'static str,
    title: String,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

/// Prints the tables of one unit or of all, or an editor grammar.
pub fn run(unit: Option<&str>, as_json: bool, textmate: Option<&str>) -> Result<i32, Failure> {
    if let Some(language) = textmate {
        let text = match language {
            "syn" => orrery_parsing::language::textmate(),
            other => {
                return Err(Failure::usage(format!(
                    "there is an editor grammar for `syn`, not for `{other}`"
                )));
            }
        };
        print(&text);
        return Ok(exit::OK);
    }
    let tables: Vec<Table> = all()
        .into_iter()
        .filter(|t| unit.is_none_or(|u| u == t.unit))
        .collect();
    if tables.is_empty() {
        return Err(Failure::usage(
            "the units are: parsing, output, arithmetic, compositing",
        ));
    }
    if as_json {
        let items: Vec<Value> = tables
            .iter()
            .map(|t| {
                let rows: Vec<Value> = t
                    .rows
                    .iter()
                    .map(|row| {
                        t.columns
                            .iter()
                            .map(|c| (*c).to_owned())
                            .zip(row.iter().map(|v| json!(v)))
                            .collect()
                    })
                    .collect();
                json!({ "unit": t.unit, "title": t.title, "rows": rows })
            })
            .collect();
        print(&format!(
            "{:#}",
            json!({ "schema": "orrery-isa/1", "tables": items })
        ));
        return Ok(exit::OK);
    }
    for table in tables {
        print(&format!("## {}\n", table.title));
        print(&format!("| {} |", table.columns.join(" | ")));
        print(&format!("|{}", "---|".repeat(table.columns.len())));
        for row in &table.rows {
            print(&format!(
                "| {} |",
                row.iter()
                    .map(|v| v.replace('|', "\\|"))
                    .collect::<Vec<_>>()
                    .join(" | ")
            ));
        }
        print("");
    }
    Ok(exit::OK)
}

fn all() -> Vec<Table> {
    let mut tables = vec![arithmetic(), compositing()];
    tables.extend(output());
    tables.extend(parsing());
    tables
}

fn arithmetic() -> Table {
    Table {
        unit: "arithmetic",
        title: "Arithmetic Core".into(),
        columns: &[
            "mnemonic",
            "syntax",
            "encoding",
            "needs",
            "occupancy",
            "latency",
            "ports",
            "adders",
            "meaning",
            "uses",
        ],
        rows: orrery_arithmetic::reference::reference()
            .into_iter()
            .map(|r| {
                vec![
                    r.mnemonic.into(),
                    r.syntax,
                    r.encoding.into(),
                    r.needs.join(", "),
                    r.occupancy,
                    r.latency,
                    r.ports.into(),
                    r.adders.to_string(),
                    r.meaning.into(),
                    r.uses.join("; "),
                ]
            })
            .collect(),
    }
}

fn output() -> Vec<Table> {
    orrery_output::reference::reference()
        .into_iter()
        .map(|t| Table {
            unit: "output",
            title: t.title.into(),
            columns: &[
                "opcode",
                "mnemonic",
                "operands",
                "needs",
                "occupancy",
                "ports",
                "adders",
                "meaning",
                "uses",
            ],
            rows: t
                .rows
                .into_iter()
                .map(|r| {
                    vec![
                        format!("{:#04x}", r.op),
                        r.mnemonic.into(),
                        r.operands,
                        r.needs.into(),
                        r.occupancy.into(),
                        r.ports.into(),
                        r.adders.to_string(),
                        r.meaning.into(),
                        r.uses.into(),
                    ]
                })
                .collect(),
        })
        .collect()
}

fn parsing() -> Vec<Table> {
    use orrery_parsing::isa::{AluOp, CaptureMode, Cond, Port, StackOp, StageOp, SysOp};
    macro_rules! table {
        ($ty:ident, $title:literal) => {
            Table {
                unit: "parsing",
                title: concat!("Parsing Unit: ", $title).into(),
                columns: &["code", "mnemonic", "meaning", "uses"],
                rows: $ty::ALL
                    .iter()
                    .map(|&v| {
                        vec![
                            (v as u8).to_string(),
                            v.mnemonic().into(),
                            v.meaning().into(),
                            v.uses().into(),
                        ]
                    })
                    .collect(),
            }
        };
    }
    vec![
        table!(Port, "match ports"),
        table!(CaptureMode, "captures"),
        table!(AluOp, "ALU operations"),
        table!(Cond, "predicates"),
        table!(SysOp, "system operations"),
        table!(StageOp, "staging accesses"),
        table!(StackOp, "stack operations"),
    ]
}

fn compositing() -> Table {
    Table {
        unit: "compositing",
        title: "Compositor: kernel programs".into(),
        columns: &["mnemonic", "latency", "circuits", "meaning", "uses"],
        rows: orrery_compositor::isa::ROWS
            .iter()
            .map(|r| {
                vec![
                    r.mnemonic.into(),
                    format!("{:?}", r.latency).to_lowercase(),
                    r.circuits.into(),
                    r.meaning.into(),
                    r.uses.join("; "),
                ]
            })
            .collect(),
    }
}
