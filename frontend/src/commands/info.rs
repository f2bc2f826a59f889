//! `orrery config show`, `orrery explain`, `orrery list`.

use orrery_emulator::config;
use orrery_shared::TrapCode;
use serde_json::{Value, json};

use crate::cli::{Listed, MachineArgs};
use crate::library;
use crate::say::print;
use crate::session::{self, Failure, exit};

/// The resolved configuration as TOML, each number with its kind, range and meaning.
pub fn config(args: &MachineArgs) -> Result<i32, Failure> {
    let config = session::config(args)?;
    let mut section = "";
    for n in config::NUMBERS {
        let (head, name) = n.key.split_once('.').unwrap_or(("", n.key));
        if head != section {
            print(&format!(
                "{}[{head}]",
                if section.is_empty() { "" } else { "\n" }
            ));
            section = head;
        }
        let about = format!(
            "{} ({}, {}..={} {})",
            n.meaning,
            n.kind.name(),
            n.min,
            n.max,
            n.unit
        );
        print(&format!(
            "{:<32} # {about}",
            format!("{name} = {}", (n.get)(&config))
        ));
    }
    Ok(exit::OK)
}

/// A trap or diagnostic code in words.
pub fn explain(code: &str) -> Result<i32, Failure> {
    let upper = code.to_uppercase();
    let trap = TrapCode::ALL
        .iter()
        .find(|t| t.code() == upper)
        .map(|t| format!("{}:{}", t.name(), t.explain()));
    let text = trap
        .or_else(|| orrery_arithmetic::explain(&upper).map(str::to_owned))
        .or_else(|| orrery_parsing::language::explain(&upper).map(str::to_owned))
        .or_else(|| orrery_compositor::explain(&upper).map(str::to_owned))
        .or_else(|| orrery_emulator::program::explain(&upper).map(str::to_owned));
    match text {
        Some(text) => {
            print(&format!("{upper} {}", text.trim()));
            Ok(exit::OK)
        }
        None => Err(Failure::usage(format!(
            "there is no code `{code}`; traps are T01 to T{:02}, diagnostics start with A (core assembly), C \
             (compositor), G (grammar) or P (program)",
            TrapCode::ALL.len()
        ))),
    }
}

/// The shipped programs with their parameters.
fn programs(as_json: bool) -> Result<i32, Failure> {
    let mut items = Vec::new();
    for shipped in library::SHIPPED {
        let found = library::find(shipped.name).map_err(Failure::usage)?;
        let parameters = super::check::parameters(&*session::compile(&found)?);
        let (name, about) = (shipped.name, shipped.about);
        if as_json {
            items.push(json!({ "name": name, "about": about, "parameters": parameters }));
            continue;
        }
        print(&format!("{name:<20} {about}"));
        for (parameter, default) in parameters {
            print(&format!(
                "{:<20} parameter {parameter}, {default} unless given",
                ""
            ));
        }
    }
    if as_json {
        let document = json!({ "schema": "orrery-list/1", "programs": items });
        print(&format!("{document:#}"));
    }
    Ok(exit::OK)
}

/// Programs, backends or configurations.
pub fn list(what: Listed, as_json: bool) -> Result<i32, Failure> {
    let (name, rows): (&str, Vec<(String, String)>) = match what {
        Listed::Programs => return programs(as_json),
        #[cfg(feature = "references")]
        Listed::Backends => (
            "backends",
            orrery_reference::backends()
                .iter()
                .map(|b| {
                    let formats: Vec<String> =
                        b.formats().iter().map(|f| format!("{f:?}")).collect();
                    (b.name().to_owned(), formats.join(", "))
                })
                .collect(),
        ),
        Listed::Configs => (
            "configs",
            vec![
                (
                    "configs/default.toml".into(),
                    "the machine \"Orrery-1\", also without --config".into(),
                ),
                (
                    "configs/large.toml".into(),
                    "the same with bigger memories".into(),
                ),
            ],
        ),
    };
    if as_json {
        let items: Vec<Value> = rows
            .iter()
            .map(|(n, about)| json!({ "name": n, "about": about }))
            .collect();
        print(&format!(
            "{:#}",
            json!({ "schema": "orrery-list/1", name: items })
        ));
    } else {
        for (n, about) in rows {
            print(&format!("{n:<20} {about}"));
        }
    }
    Ok(exit::OK)
}
