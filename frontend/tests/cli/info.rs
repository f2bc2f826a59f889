//! What there is, in words: `isa`, `config show`, `explain`, `list`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{orrery, root};

#[test]
fn every_unit_has_its_tables() {
    let all = orrery(&[&"isa", &"--json"]).exits(0).json();
    assert_eq!(all["schema"], "orrery-isa/1");
    let mut count = 0;
    for unit in ["parsing", "output", "arithmetic", "compositing"] {
        let text = orrery(&[&"isa", &unit]).exits(0).out;
        let tables = orrery(&[&"isa", &unit, &"--json"]).exits(0).json();
        let tables = tables["tables"].as_array().expect("tables");
        assert!(!tables.is_empty());
        for table in tables {
            count += 1;
            assert_eq!(table["unit"], unit);
            assert!(text.contains(table["title"].as_str().expect("a title")));
            for row in table["rows"].as_array().expect("rows") {
                let word = row["mnemonic"]
                    .as_str()
                    .expect("a mnemonic")
                    .replace('|', "\\|");
                assert!(text.contains(&word), "{unit}: {word}");
                for column in ["occupancy", "latency", "ports", "adders"] {
                    assert!(!row[column].is_null(), "{unit}: {word} has no {column}");
                }
                assert!(
                    !row["meaning"].as_str().expect("a meaning").is_empty(),
                    "{unit}: {word}"
                );
            }
        }
    }
    assert_eq!(all["tables"].as_array().expect("tables").len(), count);
    let adders = |mnemonic: &str| {
        let tables = all["tables"].as_array().into_iter().flatten();
        let mut rows = tables.flat_map(|t| t["rows"].as_array().into_iter().flatten());
        let row = rows.find(|r| r["mnemonic"] == mnemonic);
        row.expect(mnemonic)["adders"]
            .as_str()
            .expect("a number")
            .to_owned()
    };
    assert_eq!(adders("ones"), "1");
    assert_eq!(adders("gAND"), "0");
    assert_eq!(adders("gADD"), "1");
    assert_eq!(adders("gABSD"), "2");
    assert_eq!(adders("gMSUMV"), "16 of 64 bits");
    let ran = orrery(&[&"isa", &"vector"]).exits(2);
    assert!(
        ran.err.contains("parsing, output, arithmetic, compositing"),
        "{ran:?}"
    );
    for language in ["syn", "alu", "gfx"] {
        let grammar = orrery(&[&"isa", &"--textmate", &language]).exits(0).json();
        assert_eq!(grammar["scopeName"], format!("source.{language}"));
    }
    orrery(&[&"isa", &"--textmate", &"c"]).exits(2);
}

#[test]
fn the_configuration_is_shown_resolved_and_can_be_read_back() {
    let ran = orrery(&[&"config", &"show", &"--set", &"machine.queue_depth=2"]).exits(0);
    assert!(ran.out.contains("[machine]\nqueue_depth = 2 "), "{ran:?}");
    assert!(ran.out.contains("(depth, 1..=4096 entries)"), "{ran:?}");
    let folder = super::folder("config-show");
    let file = super::write(&folder, "shown.toml", &ran.out);
    let again = orrery(&[&"config", &"show", &"--config", &file]).exits(0);
    assert_eq!(again.out, ran.out);
}

/// Codes that stand in the sources of a folder as texts, such as "G005".
fn codes_below(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            codes_below(&path, codes);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("a source text");
            let is_code = |part: &&str| {
                let (kind, number) = part.split_at_checked(1).unwrap_or_default();
                let digits = number.bytes().all(|b| b.is_ascii_digit());
                "AGCPT".contains(kind) && digits && (2..=3).contains(&number.len())
            };
            codes.extend(text.split('"').filter(is_code).map(str::to_owned));
        }
    }
}

#[test]
fn every_code_is_explained() {
    let mut codes = BTreeSet::new();
    for unit in ["arithmetic", "compositor", "output", "parsing", "shared"] {
        codes_below(&root().join(format!("units/{unit}/src")), &mut codes);
    }
    codes_below(&root().join("emulator/src"), &mut codes);
    assert!(codes.len() > 40, "{codes:?}");
    for code in &codes {
        let ran = orrery(&[&"explain", code]).exits(0);
        assert!(ran.out.starts_with(code.as_str()), "{ran:?}");
        assert!(ran.out.len() > code.len() + 15, "{ran:?}");
    }
    let lower = orrery(&[&"explain", &"g005"]).exits(0);
    assert_eq!(lower.out, orrery(&[&"explain", &"G005"]).exits(0).out);
    let ran = orrery(&[&"explain", &"X99"]).exits(2);
    assert!(
        ran.err.starts_with("orrery: there is no code `X99`; "),
        "{ran:?}"
    );
}

#[test]
fn lists_say_what_there_is() {
    for (what, one) in [
        ("programs", "qoi"),
        ("backends", "zune-png"),
        ("configs", "configs/default.toml"),
    ] {
        let ran = orrery(&[&"list", &what]).exits(0);
        assert!(ran.out.lines().any(|l| l.starts_with(one)), "{ran:?}");
        let document = orrery(&[&"list", &what, &"--json"]).exits(0).json();
        assert_eq!(document["schema"], "orrery-list/1");
        let items = document[what].as_array().expect("a list");
        assert!(items.iter().any(|i| i["name"] == one));
    }
}
