//! `orrery isa`: the instruction reference, from the op tables.

use serde_json::{Value, json};

use crate::say::print;
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
            "alu" => {
                // Instructions written infix, as `d:+ a b`, have no word of their own.
                let rows = orrery_arithmetic::reference::reference();
                let plain = rows.iter().filter(|r| r.syntax.starts_with(r.mnemonic));
                let words = plain
                    .map(|r| r.mnemonic.replace("IF", "IF[A-Z0]+"))
                    .collect();
                let names = "r[0-9]|rx|ADDR|LIT|RAM|IN|OUT|PC";
                textmate_of("alu", words, "CMP|CONSTW|WORD|DATA", names)
            }
            "gfx" => {
                let rows = orrery_compositor::isa::ROWS.iter();
                let words = rows.map(|r| r.mnemonic.to_owned()).collect();
                let names = "r[0-9]+|u[0-9]+|s[0-9]+|acc|c|gr[A-Z]+";
                textmate_of(
                    "gfx",
                    words,
                    "kernel|scan|const|let|unit|scalar|int|rep|vec",
                    names,
                )
            }
            other => {
                return Err(Failure::usage(format!(
                    "there is no language `{other}`; there are syn, alu and gfx"
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
                "latency",
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
                        // What a beat makes is there when the next can issue.
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
    orrery_parsing::reference::reference()
        .into_iter()
        .map(|t| Table {
            unit: "parsing",
            title: format!("Parsing Unit: {}", t.title),
            columns: &[
                "code",
                "mnemonic",
                "operands",
                "needs",
                "occupancy",
                "latency",
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
                        r.code.to_string(),
                        r.mnemonic.into(),
                        r.operands,
                        r.needs.into(),
                        r.occupancy.into(),
                        // What a beat makes is there when the next can issue.
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

fn compositing() -> Table {
    use orrery_compositor::isa::{Latency, Occupancy, ROWS};
    use orrery_compositor::reference::{adders, encoding, ports, syntax};
    Table {
        unit: "compositing",
        title: "Compositor: kernel programs".into(),
        columns: &[
            "code",
            "mnemonic",
            "syntax",
            "encoding",
            "occupancy",
            "latency",
            "ports",
            "adders",
            "circuits",
            "meaning",
            "uses",
        ],
        rows: ROWS
            .iter()
            .map(|r| {
                let occupancy = match r.occupancy {
                    Occupancy::One => "1",
                    Occupancy::Four => "4",
                    Occupancy::Control => "compositing.control",
                };
                let latency = match r.latency {
                    Latency::None => "0",
                    Latency::Alu => "compositing.alu_latency",
                    Latency::Sum => "compositing.sum_latency",
                    Latency::Fetch => "compositing.fetch_latency",
                };
                vec![
                    format!("{:#04x}", r.op.code()),
                    r.mnemonic.into(),
                    format!("{} {}", r.mnemonic, syntax(r.shape))
                        .trim_end()
                        .into(),
                    encoding(r),
                    occupancy.into(),
                    latency.into(),
                    ports(r).into(),
                    adders(r),
                    r.circuits.into(),
                    r.meaning.into(),
                    r.uses.join("; "),
                ]
            })
            .collect(),
    }
}

/// An editor grammar for an assembly language, from its op table; `names` are those of registers.
fn textmate_of(name: &str, mut words: Vec<String>, directives: &str, names: &str) -> String {
    words.sort();
    words.dedup();
    let word = |of: &str| format!("\\b({of})\\b");
    let document = json!({
        "name": format!("Orrery {name}"),
        "scopeName": format!("source.{name}"),
        "fileTypes": [name],
        "patterns": [
            { "match": "#.*$", "name": "comment.line.number-sign" },
            { "match": "^\\s*[.A-Za-z_][A-Za-z0-9_]*:(?=\\s|$)", "name": "entity.name.function" },
            { "match": word(directives), "name": "storage.type" },
            { "match": word(&words.join("|")), "name": "keyword.control" },
            { "match": word(names), "name": "variable.language" },
            { "match": word("0x[0-9A-Fa-f_]+|0b[01_]+|[0-9][0-9_]*"), "name": "constant.numeric" },
        ],
    });
    format!("{document:#}")
}
