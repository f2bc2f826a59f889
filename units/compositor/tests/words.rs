//! Words, text and words again; the assembler on anything.

use orrery_compositor::asm::{CODES, disassemble, explain};
use orrery_compositor::isa::{RESERVED, ROWS, Shape};
use orrery_compositor::word::{Field, Instr, Source};
use orrery_compositor::{assemble, text};
use proptest::prelude::*;

/// A valid word: random fields, repaired where a combination means nothing.
fn valid_word() -> impl Strategy<Value = u64> {
    (0..ROWS.len(), any::<u64>(), any::<u64>()).prop_map(|(row, bits, choice)| {
        let op = ROWS[row].op;
        let mut instr = Instr::new(op);
        for &(field, low, width, signed) in op.row().shape.fields() {
            let v = (bits.rotate_right(u32::from(low)) & ((1 << width) - 1)) as i32;
            instr.set(
                field,
                if signed {
                    v << (32 - width) >> (32 - width)
                } else {
                    v
                },
            );
        }
        let source = match choice % 6 {
            0 => Source::Reg((bits % 64) as u8),
            1 => Source::Comp((bits % 64) as u8, (choice >> 8) as u8 % 4),
            2 => Source::Imm((bits as i32) << 14 >> 14),
            3 => Source::Scalar((bits % 8) as u8),
            4 => Source::Bank((bits % 1024) as u16),
            _ => Source::BankVec((bits % 1021) as u16),
        };
        if op
            .row()
            .shape
            .fields()
            .iter()
            .any(|p| p.0 == Field::SrcKind)
        {
            instr.set_source(source);
        }
        // Each step makes one rule hold; a valid word passes through unchanged.
        let zero = |i: &mut Instr, fields: &[Field]| fields.iter().for_each(|f| i.set(*f, 0));
        if instr.get(Field::Xreg) == 0 {
            zero(&mut instr, &[Field::XregNo, Field::XregComp]);
        }
        if instr.get(Field::Yreg) == 0 {
            zero(&mut instr, &[Field::YregNo, Field::YregComp]);
        }
        if instr.get(Field::Mask) == 0 {
            if op.row().shape == Shape::Flag {
                instr.set(Field::A, 0);
            } else if op.row().shape.fields().iter().any(|p| p.0 == Field::Mask) {
                instr.set(Field::Mask, 15);
            }
        }
        for f in [Field::Ext, Field::Clip] {
            if instr.get(f) == 32 {
                instr.set(f, 0);
            }
        }
        if op.row().shape == Shape::Transpose {
            instr.set(Field::A, instr.get(Field::A).min(60));
            instr.set(Field::D, instr.get(Field::D).min(60));
        }
        if op.row().shape == Shape::Loop && instr.get(Field::CountKind) == 1 {
            instr.set(Field::Count, instr.get(Field::Count) & 7);
        }
        if op.row().shape.fields().iter().any(|p| p.0 == Field::Keep) {
            instr.set(Field::A, instr.get(Field::A).min(48));
            instr.set(Field::B, instr.get(Field::B).min(48));
            instr.set(Field::Coef, instr.get(Field::Coef).min(1000));
            instr.set(Field::ProductWrap, instr.get(Field::ProductWrap) % 3);
            instr.set(Field::Round, instr.get(Field::Round) % 3);
            if op.row().shape == Shape::SumReg {
                instr.set(Field::Round, instr.get(Field::Round) % 2);
            }
            if instr.get(Field::Shift) == 0 && instr.get(Field::Round) == 1 {
                instr.set(Field::Round, 0);
            }
            if instr.get(Field::Keep) == 1 {
                use Field::{Clip, D, Ext, Negate, Round, Shift};
                zero(&mut instr, &[D, Round, Shift, Negate, Ext, Clip]);
            }
        }
        instr.encode()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// bytes -> text -> bytes is the identity for all valid words.
    #[test]
    fn words_survive_as_text(words in prop::collection::vec(valid_word(), 1..8)) {
        for w in &words {
            prop_assert!(Instr::decode(*w).is_some(), "{w:#018x} is not valid");
        }
        let source = disassemble(&words);
        let object = assemble("t.gfx", &source);
        prop_assert_eq!(object.map(|o| o.words), Ok(words), "{}", source);
    }

    /// Any word is undefined or the only encoding of what it means.
    #[test]
    fn decoding_is_exact(word in any::<u64>(), row in 0..ROWS.len()) {
        for word in [word, word & !0x7F | u64::from(ROWS[row].op.code())] {
            if let Some(i) = Instr::decode(word) {
                prop_assert_eq!(i.encode(), word);
                prop_assert!(text::disassemble(word).is_some());
            }
        }
    }

    #[test]
    fn any_text_is_answered(source in "\\PC{0,200}") {
        check_messages(&source);
    }

    #[test]
    fn any_tokens_are_answered(parts in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60)) {
        check_messages(&parts.join(" "));
    }
}

const PIECES: &[&str] = &[
    "kernel",
    "a",
    "b",
    ":",
    "\n",
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "rep",
    "let",
    "unit",
    "const",
    "int",
    "scalar",
    "=",
    ",",
    ".",
    "x",
    "xyzw",
    "-",
    "+",
    "*",
    "/",
    "%",
    "<<",
    ">>",
    "&",
    "@",
    "r0",
    "r63",
    "u0",
    "s0",
    "c",
    "vec",
    "0",
    "1",
    "16",
    "-1",
    "99999999999",
    "gLD",
    "gST",
    "gADD",
    "gMSUM",
    "gCASE",
    "gJ",
    "gEND",
    "gMSUMV",
    "gSEL",
    "zext",
    "shr",
    "round",
    "chain",
    "acc",
    "gSWZ",
    "gLOOP",
    "gNEXT",
    "gFLAG",
    "gPD",
    "one",
    "inverse",
    "#x\n",
    "i",
];

fn check_messages(source: &str) {
    if let Err(list) = assemble("t.gfx", source) {
        assert!(!list.is_empty());
        for d in list {
            assert!(explain(d.code).is_some(), "{}", d.code);
            assert!(
                d.span.start <= d.span.end && d.span.end <= source.len(),
                "{d:?}"
            );
            assert!(source.is_char_boundary(d.span.start), "{d:?}");
        }
    }
}

#[test]
fn hostile_texts_are_bounded() {
    let deep = format!("gJ {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let minus = format!("gJ {}1", "-".repeat(100_000));
    let long = format!("gJ 1{}", "+1".repeat(100_000));
    let nest = format!("{}gEND{}", "rep i 4096 {\n".repeat(8), "}".repeat(8));
    let empty = format!("{}{}", "rep i 4096 {\n".repeat(8), "}".repeat(8));
    let blocks = "{".repeat(100_000);
    let open = "(\n".repeat(100_000);
    let table = format!("const T = [ {} ]", "1 ".repeat(1500));
    let index = format!("gJ r0{}", "[0]".repeat(50_000));
    for source in [deep, minus, long, nest, empty, blocks, open, table, index] {
        check_messages(&source);
        assert!(assemble("t.gfx", &source).is_err());
    }
}

#[test]
fn every_code_can_be_provoked() {
    let long = format!("gJ 1{}", "+1".repeat(3000));
    let full = "rep i 4096 { gEND }\ngEND";
    let many = "rep i 1000 { rep j 1000 { int k = 1\n } }";
    let table = format!("const A = [ {} ]", "1 ".repeat(1025));
    for (code, source) in [
        ("C001", "gEND $"),
        ("C002", "let = 3"),
        ("C003", long.as_str()),
        ("C004", "gend"),
        ("C005", "gJ nowhere"),
        ("C006", "gADD r1, r2"),
        ("C007", "gADD r1, r2, 131072"),
        ("C008", "a: gEND\na: gEND"),
        ("C009", "rep i 4 {"),
        ("C010", full),
        ("C011", table.as_str()),
        ("C012", "a: gEND\ngJ a"),
        ("C013", "const A = [ 131072 ]\ngMSUM r0, r1, 1, A"),
        ("C014", "const A = [ 1 ]\ngMOV r0, A[1]"),
        ("C015", "rep i 2 { a: gEND }"),
        ("C016", many),
        ("C017", "gMSUM acc, r1, 1, c[0] shr 3"),
        ("C018", "gJ 1 / 0"),
    ] {
        let list = assemble("t.gfx", source).expect_err(code);
        assert!(list.iter().any(|d| d.code == code), "{code}: {list:?}");
    }
    assert_eq!(CODES.len(), 18);
}

#[test]
fn labels_in_blocks_have_an_index() {
    let source = "rep c 2 {\n kernel part[c]:\n gLD r0, u0[c], (0, 0)\n gJ join\n }\njoin: gEND";
    let object = assemble("t.gfx", source).unwrap_or_else(|e| panic!("{e:?}"));
    let entries = [("part0".to_string(), 0), ("part1".to_string(), 2)];
    assert_eq!(object.entries, entries);
    for source in ["rep i 2 { a[0]: gEND }", "a[r1]: gEND", "a[]: gEND"] {
        assert!(assemble("t.gfx", source).is_err(), "{source}");
    }
}

#[test]
fn messages_point_at_the_mistake() {
    let source = "kernel k:\n    gADD r1, q, r2\n    gEND\n";
    let list = assemble("t.gfx", source).expect_err("undefined");
    assert_eq!(&source[list[0].span.clone()], "q");
    assert_eq!(list.len(), 1);
}

#[test]
fn messages_help() {
    let source = "const A = 5\nint w = 3\ngADD r1, r2, ww\ngEDN // stop\ngMOV r1, 'a'\nw = 4\nstart: gJ strat\ngADD r1, r2, 999999\n";
    let list = assemble("t.gfx", source).expect_err("wrong");
    let shown: Vec<String> = list
        .iter()
        .map(|d| {
            let hint = d.hint.as_deref().unwrap_or("no hint");
            format!(
                "{} at `{}`: {} ({hint})",
                d.code,
                &source[d.span.clone()],
                d.message
            )
        })
        .collect();
    let expected = [
        "C002 at `5`: expected `[`, found `5` (a table is `const NAME = [ 1 2 3 ]`, a single number `int NAME = 5`)",
        "C005 at `ww`: `ww` is not defined (did you mean `w`?)",
        "C004 at `gEDN`: no instruction is called `gEDN` (did you mean `gEND`?)",
        "C001 at `// stop`: unexpected `// stop` (a comment begins with `#`)",
        "C001 at `'a'`: unexpected `\\'a\\'` (there are no texts; a character is its number: 0x61)",
        "C002 at ``: expected `(`, `-`, `[`, a name or a number, found the end of the line (operands are separated by commas; options follow them without)",
        "C002 at `=`: expected `(`, `-`, `[`, a name, a number or the end of the line, found `=` (a name is given by `let x = r5`, a value is moved by `gMOV d, a`)",
        "C005 at `strat`: no label is called `strat` (did you mean `start`?)",
        "C007 at `999999`: 999999 is not within -131072 to 131071 (larger numbers come from a table: `const T = [ ... ]`)",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn reserved_and_unused_numbers_are_undefined() {
    for code in 0..128u64 {
        let named = ROWS.iter().any(|r| u64::from(r.op.code()) == code);
        assert!(named || Instr::decode(code).is_none());
    }
    for (code, name, _) in RESERVED {
        assert!(Instr::decode(u64::from(*code)).is_none());
        assert!(ROWS.iter().all(|r| r.mnemonic != *name));
    }
}

#[test]
fn fields_do_not_overlap() {
    for shape in Shape::ALL {
        let mut used = 0x7Fu64;
        for (field, low, width, _) in shape.fields() {
            let bits = ((1u64 << width) - 1) << low;
            assert_eq!(used & bits, 0, "{shape:?} {field:?}");
            used |= bits;
        }
    }
}
