//! What grammars cost: the rows that small pieces become, as the language's
//! description promises them.

mod executor;

use executor::{Ended, Executor};
use orrery_parsing::language::{Compiled, Environment, compile, render};

fn build(grammar: &str) -> Compiled {
    let compiled = compile("t.syn", grammar, &Environment::default()).unwrap_or_else(|errors| {
        let text: String = errors.iter().map(|e| render(e, grammar)).collect();
        panic!("{text}")
    });
    let warnings: Vec<&str> = compiled.warnings.iter().map(|w| w.code).collect();
    assert!(
        warnings.iter().all(|w| *w == "G103"),
        "{:?}",
        compiled.warnings
    );
    compiled
}

/// Rows carried out until the process accepts.
fn rows(grammar: &str, input: &[u8]) -> u64 {
    let compiled = build(grammar);
    let mut executor = Executor::new(&compiled.image, input);
    assert_eq!(executor.run(), Ended::Accepted(0), "{grammar}");
    executor.rows
}

/// A capture when the process accepts.
fn value(grammar: &str, input: &[u8], name: &str) -> u32 {
    let compiled = build(grammar);
    let mut executor = Executor::new(&compiled.image, input);
    assert_eq!(executor.run(), Ended::Accepted(0), "{grammar}");
    executor.capture(name)
}

fn listing(grammar: &str) -> String {
    build(grammar)
        .listing
        .iter()
        .map(|l| format!("{l}\n"))
        .collect()
}

#[test]
fn a_row_takes_what_fits_in_order() {
    // Match, capture, ALU, action, return.
    let text = listing("main: s <- a\na: $".replace("s <- a", "a a").as_str());
    assert_eq!(text.lines().count(), 4, "{text}");
    let text = listing("main: { s <- ram 9 u8 } p p\np: x@. y = x + 1 { s << x y }\n");
    let p = text.lines().find(|l| l.contains("append")).expect("a row");
    assert!(
        p.contains("int 8") && p.contains("y = x + 1; {append s x y}"),
        "{text}"
    );
    assert!(p.ends_with("return"), "{text}");
}

#[test]
fn an_alu_operation_goes_before_an_action_that_does_not_mind() {
    let minds = listing("main: { s <- ram 9 u8 } x@. { s << x } x = x + 1 { s << x }");
    let other = listing("main: { s <- ram 9 u8 } x@. { s << x } y = 5 { s << y }");
    assert!(
        !minds.contains("x = x + 1; {append s x}\n") || minds.lines().count() == 4,
        "{minds}"
    );
    assert!(other.contains("int 8"), "{other}");
    assert!(other.contains("x@; y = 5; {append s x}"), "{other}");
}

/// The branch behind a search needs no comparison, and the next search joins
/// the row that reads: two rows for each one of the mask.
#[test]
fn a_search_and_its_branch_cost_a_row_each() {
    let ones = |below: &str| {
        let grammar = format!(
            "main: {{ s <- ram 64 u32 }} setbits m, 3, {below} z = 64 k = nextone(m, 0, z)
             1(k < z j = k + 1 even | accept)
             even: b@. n = nextone(m, j, z) {{ s << k b }} (n < z j = n + 1 odd | accept)
             odd: b@. k = nextone(m, j, z) {{ s << n b }} (k < z j = k + 1 even | accept)"
        );
        rows(&grammar, &[0x5A, 0xFF])
    };
    assert_eq!(ones("9") - ones("5"), 2 * 4);
}

#[test]
fn counted_repeats_cost_one_row_and_their_turns() {
    let input = [0; 64];
    let once = rows("data len: u8[32] main: 0 accept", &input);
    let zeros = rows(
        "data len: u8[32] main: 0 (store8(len, $0, 0))[19] accept",
        &input,
    );
    // The row before sets up the count.
    assert_eq!(
        zeros - once,
        19 + 1,
        "`accept` cannot join a row that may turn back"
    );
    let alone = rows("data len: u8[32] main: (store8(len, $0, 0))[19]", &input);
    assert_eq!(alone, 1 + 19 + 1);
    let loads = "data order: u8 = 1 2 3 data cl: u8[8]
        main: n@. 3(t@. j = load8(order, $0) store8(cl, j, t))[n] accept";
    assert_eq!(
        rows(
            &loads.replace("3(", "(3(").replace("))[n]", ")))[n]"),
            &[3, 0, 0]
        ),
        1 + 6 + 1
    );
    assert_eq!(rows("main: 0[7] accept", &input), 1 + 7 + 1);
    assert_eq!(
        rows("main: n@. ((0)[n])[n] accept", &[2, 0, 0, 0, 0]),
        1 + 2 * 4 + 1
    );
}

#[test]
fn none_is_a_number_of_turns() {
    assert_eq!(value("main: n@. (x@.)[n] y@. accept", &[0, 5], "y"), 5);
    assert_eq!(
        value("main: n@. (x@.)[n] y@. accept", &[2, 1, 2, 5], "y"),
        5
    );
    assert_eq!(value("main: (1)[0] y@. accept", &[9], "y"), 9);
    assert_eq!(
        value("main: x = 0 (. x = x + 1)[70000] accept", &[0; 70_000], "x"),
        70_000
    );
}

#[test]
fn comparisons_merge_and_zeros_need_none() {
    let base = rows("main: x@. accept", &[1]);
    // The comparison is in the row of the match, the branch is a row.
    assert_eq!(
        rows("main: x@. (x == 1 $ | fail \"no\") accept", &[1]) - base,
        1
    );
    assert_eq!(
        rows("main: x@. (x == 1 $ | fail \"no\") y@. accept", &[1, 2]),
        3
    );
    let zero = "main: x@. x = x - 1 (x == 0 $ | fail \"no\") y@. accept";
    assert_eq!(rows(zero, &[1, 2]), 3);
    // One row more for each further comparison, and none for the same one again.
    let chain = "main: x@. (x == 1 fail \"1\" | x == 2 fail \"2\" | x == 3 $ | $) y@. accept";
    assert_eq!(rows(chain, &[3, 0]), 5);
    let again = "main: x@. (x < 9 fail \"1\" | x == 9 fail \"2\" | x > 9 $ | $) y@. accept";
    assert_eq!(rows(again, &[10, 0]), 5);
    assert_eq!(listing(again).matches("x ? 9").count(), 1);
    assert_eq!(
        rows("main: x@. (x & 6 != 0 $ | fail \"no\") y@. accept", &[4, 2]),
        3
    );
}

#[test]
fn calls_merge_and_last_ones_are_jumps() {
    assert_eq!(rows("main: 1 a 3 accept\na: 2", &[1, 2, 3]), 3);
    // b returns straight to main.
    assert_eq!(rows("main: 1 a 3 accept\na: 2 b\nb: 4", &[1, 2, 4, 3]), 4);
    let text = listing("main: 1 a 3 accept\na: 2 b\nb: 4");
    assert_eq!(text.matches("call").count(), 1, "{text}");
    assert_eq!(text.matches("return").count(), 1, "{text}");
}

#[test]
fn parameters_are_set_by_one_row_each() {
    let grammar = "main: x@. f(x, 3) f(r, x) accept\nf(a, b): r = a + b . ";
    assert_eq!(value(grammar, &[4, 0, 0], "r"), 11);
    // Exchanged parameters go by way of a third capture.
    let swapped = "main: f(7, 2) accept\nf(a, b): (a == 2 r = b | f(b, a))";
    assert_eq!(value(swapped, &[], "r"), 7);
    assert_eq!(rows("main: x@. f(x) accept\nf(a): . r = a", &[1, 2]), 3);
}

#[test]
fn locals_come_back() {
    let grammar = "main: n@. f accept
        f: local n (n == 0 s = s + 1 | n = n - 1 f f) s = s + n";
    // Each call adds what is left of its n after the calls inside.
    assert_eq!(value(grammar, &[2], "s"), 4 + 1);
    assert_eq!(value(grammar, &[2], "n"), 2);
}

#[test]
fn lazy_repeats_stop_for_what_follows() {
    assert_eq!(
        value(
            "main: n = 0 (. n = n + 1)* 0 x@. accept",
            &[5, 6, 0, 9],
            "n"
        ),
        2
    );
    assert_eq!(
        value(
            "main: a x@. accept\na: n = 0 (1..9 n = n + 1)*",
            &[5, 6, 0],
            "n"
        ),
        2
    );
    assert_eq!(
        value("main: a accept\na: n = 0 (1..9 n = n + 1)*", &[5, 6], "n"),
        2
    );
    let map = "data l: u8 = 1 1 data e: u32 = entry(0, 0, 7) entry(1, 0, 8)
        main: m = prefix(4) rows 16 fill m, l, 2, e 1((v@code(m) n = n + v)**) accept";
    assert_eq!(value(map, &[0b0101_0000], "n"), 6 * 7 + 2 * 8);
    assert_eq!(
        value("main: (x@.[2])** y = x accept", &[1, 2, 3, 4], "y"),
        0x0304
    );
    // Rules that begin the turn are copied.
    let rules = "main: (chunk)** accept\nchunk: 1 a@. | 2 b\nb: b_@. ";
    assert_eq!(value(rules, &[1, 5, 2, 6, 1, 7], "a"), 7);
}

#[test]
fn what_loops_cannot_begin_with_is_called() {
    // A rule with a local capture, and one that branches on a condition.
    let grammar = "main: x = 7 (a)* 9 accept\na: local x x = 1 (5 | 6) n = n + x";
    assert_eq!(value(grammar, &[5, 6, 9], "n"), 2);
    assert_eq!(value(grammar, &[5, 6, 9], "x"), 7);
    let grammar =
        "main: x = 0 (a n = n + 1 | 3 n = n + 16)* 9 accept\na: (x == 0 1 x = 1 | 2 x = 0)";
    assert_eq!(value(grammar, &[1, 2, 3, 1, 9], "n"), 19);
}

#[test]
fn frames_end_what_reads_to_their_end() {
    let grammar = "main: frame 3 ( (x@. n = n + x)^ ) y@. accept";
    assert_eq!(value(grammar, &[1, 2, 3, 9], "n"), 6);
    assert_eq!(value(grammar, &[1, 2, 3, 9], "y"), 9);
    let dropped = "main: frame 3 ( x@. ) y@. accept";
    assert_eq!(value(dropped, &[1, 2, 3, 9], "y"), 9);
    let left = "main: frame 3 ( . n = left() ) accept";
    assert_eq!(value(left, &[1, 2, 3], "n"), 2);
}

#[test]
fn guards_catch() {
    let grammar = "main: guard (x@. y@.) catch END FAULT -> (y = 77) z = 1 accept";
    assert_eq!(value(grammar, &[1, 2], "y"), 2);
    assert_eq!(value(grammar, &[1], "y"), 77);
    let inner =
        "main: guard (guard (fail \"x\") catch END -> (y = 1)) catch FAULT -> (y = 2) accept";
    assert_eq!(value(inner, &[], "y"), 2);
    let again = "main: guard (guard (fail \"x\") catch FAULT -> (raise FAULT)) catch FAULT -> (y = 2) accept";
    assert_eq!(value(again, &[], "y"), 2);
    let compiled = build("main: x@. x > 3 accept");
    let mut executor = Executor::new(&compiled.image, &[3]);
    assert_eq!(
        executor.run(),
        Ended::Failed("`x > 3` does not hold".to_owned())
    );
}

#[test]
fn bits_in_both_orders() {
    assert_eq!(
        value("main: 3(a@.) 5(b@.) accept", &[0b1010_0110], "a"),
        0b101
    );
    assert_eq!(
        value("main: 3(a@.) 5(b@.) accept", &[0b1010_0110], "b"),
        0b00110
    );
    assert_eq!(
        value("main: lsb(3(a@.) 5(b@.)) accept", &[0b1010_0110], "a"),
        0b110
    );
    assert_eq!(
        value("main: lsb(3(a@.) 5(b@.)) accept", &[0b1010_0110], "b"),
        0b10100
    );
    assert_eq!(value("main: a@.[3] accept", &[1, 2, 3], "a"), 0x01_02_03);
    assert_eq!(
        value("main: le(a@.[3]) accept", &[1, 2, 3], "a"),
        0x03_02_01
    );
    assert_eq!(
        value("main: lsb(a@.[3]) accept", &[1, 2, 3], "a"),
        0x03_02_01
    );
    assert_eq!(value("main: n@. 1(a@.[n]) accept", &[4, 0x9F], "a"), 9);
    assert_eq!(value("main: a@+.[1] accept", &[0xFE], "a"), 0xFFFF_FFFE);
    assert_eq!(
        value("main: 4(a@~.[1]) accept", &[0x30], "a"),
        (-12i32) as u32
    );
    assert_eq!(value("main: a@01x accept", &[0x6A], "a"), 0x2A);
    assert_eq!(value("main: 01_ 6(a@.) accept", &[0x6A], "a"), 0x2A);
    // Numbers in pieces.
    assert_eq!(
        value("main: a@. a@<. a@<. accept", &[1, 2, 3], "a"),
        0x01_02_03
    );
    let varint = "main: a = 0 more_ accept\nmore_: (a@<1x more_ | a@<0x)";
    assert_eq!(
        value(varint, &[0x81, 0x82, 0x03], "a"),
        1 << 14 | 2 << 7 | 3
    );
}

#[test]
fn alternatives_of_different_widths() {
    let grammar =
        "main: 1( (8(0xFF) x = 1 | 4(0xF) x = 2 | 1(1) x = 3 | 1(0) x = 4) 4(y@.) ) accept";
    assert_eq!(value(grammar, &[0xFF, 0xA0], "x"), 1);
    assert_eq!(value(grammar, &[0xFE], "x"), 2);
    assert_eq!(value(grammar, &[0xFE], "y"), 0xE);
    assert_eq!(value(grammar, &[0xE8], "x"), 3);
    assert_eq!(value(grammar, &[0x28], "y"), 5);
    let captured = "main: (8(0xFF) x = 99 | x@4(0..15)) accept";
    let broken = compile("t.syn", captured, &Environment::default());
    assert!(broken.is_err(), "a group has no value");
    let captured = "main: (8(0xFF) x = 99 | 4(x@0..15)) accept";
    assert_eq!(value(captured, &[0xA5], "x"), 0xA);
}

#[test]
fn what_alternatives_can_begin_with() {
    let rule = "main: (a x = 1 | b x = 2 | x = 3) accept\na: (1 | 2)\nb: c 9\nc: \"xy\"";
    assert_eq!(value(rule, &[2], "x"), 1);
    assert_eq!(value(rule, b"xy\x09", "x"), 2);
    assert_eq!(value(rule, b"?", "x"), 3);
    let set = "main: x@(48..57 | 65..70) accept";
    assert_eq!(value(set, b"C", "x"), 67);
    let values = "main: x@. x -> (0: y = 1 | 2..6: y = 2 | _: y = 3) accept";
    assert_eq!(value(values, &[0], "y"), 1);
    assert_eq!(value(values, &[6], "y"), 2);
    assert_eq!(value(values, &[1], "y"), 3);
}

#[test]
fn arithmetic() {
    let eval = |e: &str| value(&format!("main: x@. y@. r = {e} accept"), &[200, 7], "r");
    assert_eq!(eval("x + y - 3"), 204);
    assert_eq!(eval("5 - y"), (-2i32) as u32);
    assert_eq!(eval("x - y << 2 or 1"), 773);
    assert_eq!(eval("x min y max 9"), 9);
    assert_eq!(eval("x sext 8"), (-56i32) as u32);
    assert_eq!(eval("ilog2(x)"), 7);
    assert_eq!(eval("2 + 3 << 1 + x"), 210);
    assert_eq!(eval("x ^ 0xFFFFFFFF"), !200);
    assert_eq!(eval("0x12345678 & x"), 0x12345678 & 200);
    let own = |e: &str| value(&format!("main: r@. y@. r = {e} accept"), &[200, 7], "r");
    assert_eq!(own("y + r + r"), 407);
    assert_eq!(own("y - r"), 7u32.wrapping_sub(200));
    let wide = "main: a = 0xFFFFFFFF b = 1 a = a + 2 b = b +c 0 accept";
    assert_eq!(value(wide, &[], "b"), 2);
}

#[test]
fn staging() {
    let grammar = "data t: u16 = 1 2 0x300[2] $0[3] data u: u32[4] data s: u8 = \"ab\" 9
        main: i@. a = load16(t, i) b = load8(s, 1) store32(u, i, 0x12345678) c = load32(u, i)
        d = load16((t + 2)) accept";
    for (name, expected) in [("a", 0x300), ("b", 98), ("c", 0x1234_5678), ("d", 2)] {
        assert_eq!(value(grammar, &[3], name), expected, "{name}");
    }
    assert_eq!(value(grammar, &[0], "a"), 1);
    let compiled = build(grammar);
    assert_eq!(
        compiled.image.staging[..14],
        [1, 0, 2, 0, 0, 3, 0, 3, 0, 0, 1, 0, 2, 0]
    );
}

#[test]
fn the_description_is_up_to_date() {
    let page = include_str!("../../../docs/languages/grammar.md");
    let example = page.split("```").nth(1).expect("the first look");
    let compiled = build(example);
    let pixel = [9, 0, 8, 0, 7, 0, 6, 0];
    let input = [&b"farbfeld\0\0\0\x01\0\0\0\x01"[..], &pixel].concat();
    let mut executor = Executor::new(&compiled.image, &input);
    assert_eq!(executor.run(), Ended::Accepted(0));
    assert_eq!(executor.streams.bytes(1), [9, 8, 7, 6]);
    use orrery_parsing::language::words;
    let words_of_table = [
        words::STATEMENTS,
        words::ITEMS,
        words::ATOMS,
        words::FUNCTIONS,
    ];
    let more = words::HELPERS
        .iter()
        .chain(words_of_table.into_iter().flatten());
    let operators = words::BINARY.iter().map(|(w, _)| w);
    let relations = words::RELATIONS.iter().map(|(w, _)| w);
    let groups = words::GROUPS.iter().map(|(w, _)| w);
    for word in more.chain(operators).chain(relations).chain(groups) {
        assert!(page.contains(&format!("\"{word}\"")), "{word}");
    }
    let reserved = page
        .split("The words `")
        .nth(1)
        .and_then(|p| p.split('`').next());
    for word in reserved.expect("the list of words").split_whitespace() {
        assert!(words::is_reserved(word), "{word}");
    }
}
