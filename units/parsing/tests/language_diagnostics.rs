//! Every diagnostic, word for word.

use std::collections::HashMap;
use std::path::Path;

use orrery_parsing::language::diagnose::Code;
use orrery_parsing::language::{Environment, compile, explain, links, render};

fn messages(grammar: &str) -> String {
    let env = Environment {
        labels: HashMap::from([("emit".to_owned(), 1), ("setup".to_owned(), 2)]),
        constants: HashMap::from([("list.VIEW".to_owned(), 7)]),
    };
    let diagnostics = match compile("t.syn", grammar, &env) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    };
    diagnostics.iter().map(|d| render(d, grammar)).collect()
}

/// The grammars of a file of `tests/messages`: lines that begin with `>`. What lies between them is said about them.
fn grammars(text: &str) -> Vec<String> {
    let mut all: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let grammar = line.strip_prefix('>');
        if let Some(line) = grammar {
            if !inside {
                all.push(Vec::new());
            }
            let last = all.last_mut().expect("one was added");
            last.push(line.strip_prefix(' ').unwrap_or(line));
        }
        inside = grammar.is_some();
    }
    all.into_iter().map(|lines| lines.join("\n")).collect()
}

/// A file of `tests/messages` with all that is said today.
fn written(grammars: &[String]) -> String {
    let block = |grammar: &String| {
        let quoted = grammar.split('\n').map(|line| format!("> {line}"));
        let quoted: Vec<String> = quoted.map(|l| l.trim_end().to_owned()).collect();
        format!("{}\n{}", quoted.join("\n"), messages(grammar))
    };
    let blocks: Vec<String> = grammars.iter().map(block).collect();
    blocks.join("\n")
}

/// `BLESS=1` writes the files anew; look at the difference.
#[test]
fn every_message_word_for_word() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let mut said = String::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("tests/messages") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a file of messages");
        let grammars = grammars(&text);
        let fresh = written(&grammars);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &fresh).expect("a file that can be written");
        } else {
            assert_eq!(fresh, text, "{}", path.display());
        }
        count += grammars.len();
        said.push_str(&fresh);
    }
    assert!(count > 140, "only {count} grammars found");
    for code in Code::ALL {
        let shown = format!("[{}]", code.as_str());
        assert!(said.contains(&shown), "{shown} is not tested");
    }
}

#[test]
fn every_code_is_explained() {
    for code in Code::ALL {
        let text = explain(code.as_str()).expect("an explanation");
        assert!(text.ends_with('.'), "{text}");
    }
    assert_eq!(explain("g002"), explain("G002"));
    assert_eq!(explain("G999"), None);
}

#[test]
fn several_rules_can_be_wrong_at_once() {
    let said = messages("main: a )\na: 5 | [\nb: \"x\" @@\n");
    let places: Vec<&str> = said.lines().filter(|l| l.starts_with("error")).collect();
    assert_eq!(places.len(), 3, "{said}");
    // A bracket that is not closed does not swallow the next rule.
    let said = messages("main: ( a\na: ( 1 }\nb: 2\n");
    assert_eq!(
        said.lines().filter(|l| l.starts_with("error")).count(),
        2,
        "{said}"
    );
}

#[test]
fn links_are_found_without_the_rest() {
    let text = "link: \"a.alu\" \"b.gfx\"\nmain: undefined_name\n";
    let links = links(text).expect("links");
    let names: Vec<&str> = links.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["a.alu", "b.gfx"]);
    assert_eq!(&text[links[1].1.clone()], "\"b.gfx\"");
    assert!(super_links("link: \"../a.alu\"\nmain: 1").is_err());
}

fn super_links(text: &str) -> Result<usize, usize> {
    links(text).map(|l| l.len()).map_err(|e| e.len())
}
