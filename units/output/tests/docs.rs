//! The tables in the page of reference are those of the code.
//! `BLESS_DOCS=1 cargo test -p orrery-output --test docs` writes them anew.

use std::path::Path;

use orrery_output::reference::{markdown, numbers_markdown, reference};

const PAGE: &str = "../../docs/machine/output.md";

/// The page with the text between the markers of a name replaced.
fn replaced(page: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- {name}:begin -->\n");
    let end = format!("<!-- {name}:end -->");
    let (before, rest) = page.split_once(&begin).expect("a begin marker");
    let (_, after) = rest.split_once(&end).expect("an end marker");
    format!("{before}{begin}{table}{end}{after}")
}

#[test]
fn tables_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).expect("the page of reference");
    let tables = reference();
    let mut fresh = replaced(&page, "numbers", &numbers_markdown());
    for (name, table) in ["actions", "commands"].iter().zip(&tables) {
        fresh = replaced(&fresh, name, &markdown(table));
    }
    if std::env::var_os("BLESS_DOCS").is_some() {
        std::fs::write(&path, fresh).expect("write the page");
        return;
    }
    assert!(
        fresh == page,
        "docs/machine/output.md is out of date: BLESS_DOCS=1 writes it"
    );
}

#[test]
fn a_bar_in_a_cell_does_not_end_it() {
    for table in reference() {
        let text = markdown(&table);
        let columns = |line: &str| line.replace("\\|", "").matches('|').count();
        let header = text.lines().next().map_or(0, columns);
        for line in text.lines() {
            assert_eq!(columns(line), header, "{line}");
        }
    }
}
