//! The compiler survives everything: no panic, no long thinking, on any text.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use orrery_parsing::isa::{Row, StateWord};
use orrery_parsing::language::{Environment, compile, links, render, textmate};
use proptest::prelude::*;

const GRAMMARS: [&str; 9] = [
    include_str!("../../../programs/qoi/qoi.syn"),
    include_str!("grammars/inflate.syn"),
    include_str!("grammars/farbfeld.syn"),
    include_str!("grammars/ppm.syn"),
    include_str!("grammars/tga.syn"),
    include_str!("grammars/scan.syn"),
    include_str!("grammars/blocks.syn"),
    include_str!("grammars/refine.syn"),
    include_str!("grammars/slots.syn"),
];

/// Fragments that make more sense together than letters do.
const PIECES: &[&str] = &[
    "main:",
    "a:",
    "b(x):",
    "b(1)",
    "a",
    "x",
    "x@.",
    "x@",
    ".",
    "$",
    "|",
    "(",
    ")",
    "[3]",
    "[x]",
    "*",
    "**",
    "^",
    "0x80..0xFF",
    "01x",
    "01_",
    "2(",
    "lsb(",
    "le(",
    "\"ab\"",
    "{",
    "}",
    "s <- ram 8 u8",
    "s << x",
    "\n",
    "x = x + 1",
    "x = load8(t, x)",
    "store8(t, x, 1)",
    "data t: u8[4]",
    "const c = 3",
    "param p = 3",
    "(x == 0",
    "x < 3",
    "guard (",
    "escape t: 1 (",
    "2..3 xor 4 |",
    "else vanish )",
    "escape on t",
    "escape off",
    "x = nthzero(x, 1, y, 64)",
    "setbits x, 5",
    "x = load64(t)",
    "store64(t, x)",
    ") catch END -> (",
    "frame x (",
    "m = prefix(9, 6) rows 600",
    "v@code(m) -> ( 0: $ | _:",
    "fail \"no\"",
    "accept",
    "local x",
    "raise FAULT",
    "-",
    "@",
    "link:",
    "x -> ( 1: a |",
    "fill m, t, 4, t",
    "skip x",
    "drain",
    "check 0 = sums(65521, 1)",
    "(-",
    "-)",
    "#",
];

fn environment() -> Environment {
    let labels = ["setup", "rgb", "rgba", "index", "delta", "emit"];
    Environment {
        labels: labels
            .iter()
            .map(|l| ((*l).to_owned(), 1))
            .collect::<HashMap<_, _>>(),
        ..Environment::default()
    }
}

/// What counts as hanging: far above what any of these texts takes on a busy host.
const HANG: Duration = Duration::from_secs(120);

/// Compiles, and checks that what comes out is well-formed.
fn survives(text: &str) {
    let start = Instant::now();
    match compile("t.syn", text, &environment()) {
        Ok(compiled) => {
            for bits in &compiled.image.rows {
                assert!(Row::decode(bits).is_some(), "undefined row");
            }
            for (i, word) in compiled.image.states.iter().enumerate() {
                assert!(StateWord::decode(*word).is_some(), "undefined state {i}");
            }
            let states = compiled.image.states.len();
            assert!(usize::from(compiled.image.entry) < states);
            assert!(compiled.image.map.places.len() == compiled.image.rows.len());
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty());
            for d in &diagnostics {
                assert!(
                    d.span.start <= d.span.end && d.span.end <= text.len(),
                    "{d:?}"
                );
                assert!(!render(d, text).is_empty());
            }
        }
    }
    let _ = links(text);
    if std::env::var("SHOW").is_ok() && start.elapsed() > Duration::from_millis(200) {
        println!(
            "{:?} {}",
            start.elapsed(),
            &text[..text.floor_char_boundary(60)]
        );
    }
    assert!(start.elapsed() < HANG, "took {:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,300}") {
        survives(&text);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_pieces(pieces in proptest::collection::vec(0..PIECES.len(), 0..80)) {
        let text: Vec<&str> = pieces.iter().map(|i| PIECES[*i]).collect();
        survives(&format!("main: {}", text.join(" ")));
    }

    #[test]
    fn damaged_grammars(
        which in 0..GRAMMARS.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..20, 0..PIECES.len()), 1..6),
    ) {
        let mut text = GRAMMARS[which].to_owned();
        for (at, length, piece) in edits {
            let at = at.index(text.len().max(1)).min(text.len());
            let end = (at + length).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, PIECES[piece]);
            }
        }
        survives(&text);
    }
}

#[test]
fn hostile_texts() {
    let deep =
        |open: &str, close: &str, n: usize| format!("main: {}1{}", open.repeat(n), close.repeat(n));
    for n in [10, 199, 200, 201, 100_000] {
        survives(&deep("(", ")", n));
        survives(&deep("( 1 | ", ")", n));
        survives(&deep("2(", ")", n));
        survives(&deep("guard (", ") catch END -> ($)", n));
        survives(&deep("x -> (0: ", ")", n));
        survives(&deep("(x == 0 ", "| $)", n));
        survives(&deep("(", ")**", n));
        survives(&deep("[", "]", n));
        survives(&deep("{", "}", n));
        survives(&deep("x = (", ")", n));
        survives(&deep("(", "", n));
        survives(&deep("(-", "", n));
    }
    let chain = |n: usize, body: &dyn Fn(usize) -> String| {
        let rules: String = (0..n).map(|i| format!("r{i}: {}\n", body(i))).collect();
        format!("main: r0\n{rules}r{n}: 7\n")
    };
    survives(&chain(3000, &|i| format!("r{}", i + 1)));
    survives(&chain(3000, &|i| format!("(r{} | 1)", i + 1)));
    survives(&chain(300, &|i| format!("(r{})**", i + 1)));
    survives(&chain(40, &|i| {
        format!("0 (r{})** 1 (r{})**", i + 1, i + 1)
    }));
    survives(&chain(40, &|i| {
        format!("1(r{}) 2(r{}) lsb(r{})", i + 1, i + 1, i + 1)
    }));
    survives("main: a a: b b: a");
    survives("main: a\na: b\nb: a\n");
    survives("main: (main)** main");
    survives("main: (a)* 5 (a)** a: local x x@. 5");
    survives(
        "main: (a)* 5 (((x == 0 1 | 2) 5 | 6))** (0(1) | 33(2) | lsb(01_) | 3) a: (x == 0 1 | 2) x@.",
    );
    let constants: String = (0..200)
        .map(|i| format!("const c{i} = c{} + c{}\n", i + 1, i + 1))
        .collect();
    survives(&format!(
        "{constants}const c200 = 1\nmain: x@. (x == c0 $ | $)"
    ));
    survives("const a = a main: a");
    survives("data x: u32 = 1[0xFFFFFFFF] main: 1");
    survives("data x: u32[0xFFFFFFFF] main: 1");
    survives(&format!("main: {}", "12(.)[2] ".repeat(5000)));
    survives(&format!("main: {}", "12(1 | 0..4095) ".repeat(3000)));
    survives(&format!("main: {}", "x@. ".repeat(100_000)));
    survives(&format!("main: ({})", "x == 1 accept | ".repeat(20_000)));
    survives(&format!("main: {}", "\u{1F600}".repeat(10_000)));
    survives(&"a".repeat(1_000_000));
    survives(&"a:".repeat(100_000));
}

#[test]
fn the_editor_grammar_is_well_formed() {
    let json: serde_json::Value = serde_json::from_str(&textmate()).expect("JSON");
    assert_eq!(json["scopeName"], "source.syn");
    let patterns = json["patterns"].as_array().expect("patterns");
    let find = |scope: &str| {
        let found = patterns
            .iter()
            .find(|p| p["name"] == scope)
            .expect("a pattern");
        found["match"].as_str().expect("an expression").to_owned()
    };
    assert!(find("keyword.control.syn").contains("|guard|"));
    assert!(find("support.function.action.syn").contains("|sink_copy|"));
    assert!(find("constant.language.syn").contains("FAULT"));
}
