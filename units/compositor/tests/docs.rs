//! The reference pages are up to date, and their examples assemble.
//! `BLESS_DOCS=1` rewrites the tables.

use orrery_compositor::{assemble, reference};

fn check(path: &str, tables: &[(&str, String)]) {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).expect("the page exists");
    let mut wanted = page.clone();
    for (name, table) in tables {
        let (begin, end) = (
            format!("<!-- begin {name} -->\n"),
            format!("<!-- end {name} -->"),
        );
        let from = wanted.find(&begin).expect("begin marker") + begin.len();
        let to = wanted.find(&end).expect("end marker");
        wanted.replace_range(from..to, &format!("\n{table}\n"));
    }
    if std::env::var_os("BLESS_DOCS").is_some() {
        std::fs::write(&path, wanted).expect("the page can be written");
    } else {
        assert!(
            page == wanted,
            "run the tests with BLESS_DOCS=1 to rewrite {path}"
        );
    }
}

#[test]
fn tables_are_up_to_date() {
    check(
        "docs/machine/compositor.md",
        &[
            ("instructions", reference::instructions()),
            ("layouts", reference::layouts()),
            ("fields", reference::fields()),
        ],
    );
    check(
        "docs/languages/gfx.md",
        &[("messages", reference::messages())],
    );
}

#[test]
fn examples_assemble() {
    let path = format!("{}/../../docs/languages/gfx.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).expect("the page exists");
    let mut count = 0;
    for block in page.split("```gfx\n").skip(1) {
        let text = block.split("```").next().unwrap_or_default();
        if let Err(messages) = assemble("gfx.md", text) {
            panic!("{text}\n{messages:?}");
        }
        count += 1;
    }
    assert!(count >= 3);
}
