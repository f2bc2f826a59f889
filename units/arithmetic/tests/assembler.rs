//! What the assembler accepts, and what it says about the rest.

use orrery_arithmetic::asm::mnemonics;
use orrery_arithmetic::{DataBlock, Source, assemble, assemble_all, disassemble, explain};
use orrery_shared::source::{Diagnostic, Severity};
use proptest::prelude::*;

/// Messages as `code at the underlined text: message (hint)`.
fn shown(text: &str, messages: &[Diagnostic]) -> Vec<String> {
    messages
        .iter()
        .map(|d| {
            assert!(explain(d.code).is_some(), "{} is not explained", d.code);
            let at = &text[d.span.clone()];
            let hint = d.hint.as_ref().map_or(String::new(), |h| format!(" ({h})"));
            format!("{} at `{at}`: {}{hint}", d.code, d.message)
        })
        .collect()
}

/// The disassembly of a text that must assemble.
fn code(text: &str) -> Vec<String> {
    match assemble("test.alu", text) {
        Ok(object) => {
            let lines = disassemble(&object.words).into_iter();
            lines.map(|line| line.text).collect()
        }
        Err(messages) => panic!("{text}: {:#?}", shown(text, &messages)),
    }
}

/// A text that must not assemble, and all messages about it.
#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    match assemble("test.alu", text) {
        Ok(object) => panic!("assembles to {:x?}: {text}", object.words),
        Err(messages) => assert_eq!(shown(text, &messages), expected, "{text}"),
    }
}

#[test]
fn several_instructions_stand_on_a_line() {
    let text = "SHIFT 1,0 rx: r3 r3  ADDR:++ r7:-f r7 r9 IFNZ HALT # no more\n OUT:| r5 r6";
    let expected = [
        "SHIFT 1,0",
        "rx: r3 r3",
        "ADDR:++",
        "r7:-f r7 r9",
        "IFNZ",
        "HALT",
        "OUT:| r5 r6",
    ];
    assert_eq!(code(text), expected);
}

#[test]
fn other_spellings() {
    assert_eq!(code("r0:+ r1 IF0 r0:+f r1"), ["r0: r1", "IFZ", "r0:f r1"]);
    assert_eq!(code("r4: ADDR:"), ["r4:^ LIT LIT", "ADDR:^ LIT LIT"]);
    assert_eq!(
        code("CMP r1 CMP r1 r2 :-f r1"),
        ["CMP r1", "CMP r1 r2", ":-f r1"]
    );
    assert_eq!(code("SHIFT 1 0 REQ r1, r2"), ["SHIFT 1,0", "REQ r1 r2"]);
    assert_eq!(code("CONST 0b1_1 CONST -1"), ["CONST 3", "CONSTW 65535"]);
}

#[test]
fn jumps_to_labels_load_the_address_before_the_condition() {
    let text = "r0: r1 loop: r0:++ IFZ IFC J loop HALT J 300";
    let expected = [
        "r0: r1",
        "r0:++",
        "CONST 1",
        "IFZ",
        "IFC",
        "J LIT",
        "HALT",
        "CONSTW 300",
        "J LIT",
    ];
    assert_eq!(code(text), expected);
}

#[test]
fn labels_and_constants() {
    let text = "CONST end N = 7 a: .l: BANK N b: .l: HALT CONST .l end:";
    let object = assemble("test.alu", text).expect("it assembles");
    let labels: Vec<_> = object
        .labels
        .iter()
        .map(|(n, a)| (n.as_str(), *a))
        .collect();
    assert_eq!(
        labels,
        [("a", 1), ("a.l", 1), ("b", 2), ("b.l", 2), ("end", 4)]
    );
    assert_eq!(code(text), ["CONST 4", "BANK 7", "HALT", "CONST 2"]);
    assert_eq!(object.label("b"), Some(2));
}

#[test]
fn addresses_too_long_for_a_constant_make_all_of_them_long() {
    let text = format!("J near near: {} J far far: HALT", "HALT ".repeat(4091));
    let object = assemble("test.alu", &text).expect("it assembles");
    assert_eq!(
        (object.label("near"), object.label("far")),
        (Some(2), Some(4095))
    );
    assert_eq!(object.words.len(), 4096);
    // One word more, and both label constants grow.
    let text = text.replace("far: HALT", "far: HALT HALT");
    assert_eq!(
        assemble("test.alu", &text).map(|o| o.words.len()),
        Ok(4097 + 2)
    );
}

#[test]
fn data() {
    let text = "SIZE = 2 DATA SIZE,0x10 1 -1 here 0xFFFF DATA 1,65535 SIZE r0: here: r1";
    let object = assemble("test.alu", &text.replace("r1", "HALT")).expect("it assembles");
    let block = |bank, address, words: &[u16]| DataBlock {
        bank,
        address,
        words: words.to_vec(),
    };
    let expected = [block(2, 16, &[1, 0xFFFF, 1, 0xFFFF]), block(1, 65535, &[2])];
    assert_eq!(object.data, expected);
}

#[test]
fn files_share_labels_and_have_their_own_places() {
    let sources = [
        Source {
            file: "a.alu",
            text: "a: J b\n.l: HALT",
        },
        Source {
            file: "b.alu",
            text: "\n\nb: .l: HALT",
        },
    ];
    let object = assemble_all(&sources).expect("they assemble");
    assert_eq!(object.label("b"), Some(3));
    let places: Vec<_> = (0..5).map(|pc| object.map.describe(pc)).collect();
    let places: Vec<_> = places.iter().map(|p| p.as_deref().unwrap_or("-")).collect();
    assert_eq!(places, ["a.alu:1", "a.alu:1", "a.alu:2", "b.alu:3", "-"]);
    let twice = [sources[0], sources[0]];
    let messages = assemble_all(&twice).expect_err("labels are defined twice");
    let codes: Vec<_> = messages.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["A007", "A006", "A007", "A006"]);
}

#[test]
fn doubtful_prefixes_are_warned_of() {
    let warnings = |text: &str| {
        let object = assemble("test.alu", text).expect("it assembles");
        assert!(
            object
                .warnings
                .iter()
                .all(|d| d.severity == Severity::Warning)
        );
        shown(text, &object.warnings)
    };
    assert!(warnings("SHIFT 1,0 IFZ r0: r1 IFZ SHIFT 1,1 CMP r0 IFC CONST 5").is_empty());
    assert_eq!(
        warnings("SHIFT 1,0 HALT IFZ a: HALT IFZ"),
        [
            "A013 at `SHIFT 1,0`: no ALU instruction follows this SHIFT (IF and SHIFT stand right before the instruction they belong to)",
            "A012 at `a:`: the label `a` parts a prefix from its instruction",
            "A013 at `IFZ`: no instruction follows this IF (IF and SHIFT stand right before the instruction they belong to)",
        ]
    );
}

#[test]
fn words_that_are_none() {
    refused(
        "r0: IN ; $$ HALT",
        &[
            "A001 at `; $$ HALT`: `; $$ HAL` begins no token (a comment begins with `#`; instructions are separated by spaces)",
        ],
    );
    refused(
        "HALTT",
        &["A004 at `HALTT`: there is no instruction `HALTT` (did you mean `HALT`?)"],
    );
    refused(
        "a: halt",
        &["A004 at `halt`: there is no instruction `halt` (did you mean `HALT`?)"],
    );
    refused(
        "r0 r1",
        &["A004 at `r0`: `r0` begins no instruction (a destination has a colon after it)"],
    );
    refused(
        "IFX HALT",
        &["A004 at `IFX`: there is no instruction `IFX` (did you mean `IFC`?)"],
    );
    refused(
        "r0: IN HLT r1: IN",
        &["A008 at `HLT`: `HLT` is no register (did you mean `HALT`?)"],
    );
    refused(
        "r0: r1 r2 HLT",
        &["A004 at `HLT`: there is no instruction `HLT` (did you mean `HALT`?)"],
    );
}

#[test]
fn syntax() {
    refused(
        "= 5 HALT",
        &[
            "A003 at `=`: `=` cannot stand here (expected a constant, a label or destination \
         or an instruction)",
        ],
    );
    refused(
        "r0: , HALT",
        &[
            "A003 at `,`: `,` cannot stand here (expected a constant, a label or destination, \
         a number, a register or name or an instruction)",
        ],
    );
    refused(
        "N =",
        &["A003 at ``: the program ends too early (expected a number)"],
    );
}

#[test]
fn operations() {
    refused(
        "r0:* r1",
        &[
            "A005 at `r0:* r1`: there is no operation `*` (operations are `f` `-` `-f` `&` `&f` `|` \
         `|f` `^` `^f` `+c` `-c` `+1` `++` or nothing)",
        ],
    );
    refused(
        "start:r0 HALT",
        &[
            "A005 at `start:r0`: `start` is no destination, and a label has no operation \
         (put a space after the colon of a label)",
        ],
    );
    refused(
        "r11:- r1",
        &[
            "A005 at `r11:- r1`: `r11` is no destination, and a label has no operation \
         (did you mean `r1`?)",
        ],
    );
}

#[test]
fn what_other_languages_would_say() {
    refused(
        "mov r0, r1",
        &["A004 at `mov`: there is no instruction `mov` (`r0: r1` copies r1 to r0)"],
    );
    refused(
        "go: HALT\n JMP go\n r0 = r1 + r2\n OUT: 'a' // x\n r0: INN",
        &[
            "A004 at `JMP`: there is no instruction `JMP` (a jump is `J label`, a call writes its return address first)",
            "A004 at `r0`: `r0` begins no instruction (a destination has a colon after it)",
            "A001 at `'a'`: `\\'a\\'` begins no token (there are no texts; a character is its number: `CONST 0x61`)",
            "A008 at `INN`: `INN` is no register (did you mean `IN`?)",
        ],
    );
}

#[test]
fn names_defined_and_undefined() {
    refused(
        "a: HALT a: HALT",
        &["A006 at `a:`: `a` is defined twice (inside a routine use local labels: `.name:`)"],
    );
    refused(
        "A = 1 A: HALT",
        &["A006 at `A:`: `A` is defined twice (inside a routine use local labels: `.name:`)"],
    );
    refused(
        "J loop lop: HALT",
        &["A007 at `loop`: there is no label or constant `loop` (did you mean `lop`?)"],
    );
    refused(
        "a: .x: HALT b: CONST .x",
        &[
            "A007 at `.x`: there is no label or constant `b.x` (a label is `name:`, a constant `NAME = 5`)",
        ],
    );
    refused(
        "HALT: rx = 5",
        &[
            "A010 at `HALT:`: `HALT` is a word of the machine and cannot be defined (choose another name)",
            "A010 at `rx`: `rx` is a word of the machine and cannot be defined (choose another name)",
        ],
    );
}

#[test]
fn numbers() {
    refused(
        "CONST 12ab CONST 0x CONST 99999999999999999999",
        &[
            "A002 at `12ab`: `12ab` is not written like a number (as 63, -1, 0x3f or 0b11_1111)",
            "A002 at `0x`: `0x` is not written like a number (as 63, -1, 0x3f or 0b11_1111)",
            "A002 at `99999999999999999999`: `99999999999999999999` is not written like a number \
         (as 63, -1, 0x3f or 0b11_1111)",
        ],
    );
    refused(
        "CONST 70000 CONST -40000 BANK 256 SHIFT 16,0 r0: r1",
        &[
            "A009 at `70000`: 70000 does not fit 16 bits",
            "A009 at `-40000`: -40000 does not fit 16 bits",
            "A009 at `256`: 256 does not fit: BANK takes a number up to 255",
            "A009 at `16`: 16 does not fit: SHIFT takes two amounts from -15 to 15",
        ],
    );
}

#[test]
fn operands() {
    refused(
        "SHIFT 1 r0: r1 REF 5 BANK LOAD OUT REF RAM REQ r1 HALT 5",
        &[
            "A008 at `SHIFT 1`: SHIFT takes two amounts from -15 to 15",
            "A008 at `REF 5`: REF takes a register",
            "A008 at `BANK`: BANK takes a register, or a number up to 255",
            "A008 at `OUT`: `OUT` is no register (OUT is only written; operand words are read from IN)",
            "A008 at `RAM`: REF takes a register (r0 to r9, rx, ADDR and LIT are registers)",
            "A008 at `REQ r1`: REQ takes two registers",
            "A008 at `5`: `5` is one operand too many for HALT",
        ],
    );
    refused(
        "r0: 5 r0: OUT r0: r1 r2 r3 r0:- CMP r0: PC r1",
        &[
            "A008 at `5`: `5` is no register (put the number into LIT first: CONST 5)",
            "A008 at `OUT`: `OUT` is no register (OUT is only written; operand words are read from IN)",
            "A008 at `r3`: `r3` is one source too many",
            "A008 at `r0:-`: one or two sources are needed",
            "A008 at `CMP`: one or two sources are needed",
            "A008 at `PC`: PC can only be the second source",
        ],
    );
    refused(
        "IN: r0 PC: r0 :- r0 RAM:++ r0:++ r1",
        &[
            "A008 at `IN: r0`: IN is only read (write to OUT)",
            "A008 at `PC: r0`: PC cannot be a destination \
         (jump with J, or leave the destination out to set flags only)",
            "A008 at `:- r0`: an instruction that sets no flags needs a destination \
         (with `f` after the operation it sets flags)",
            "A008 at `RAM:++`: `RAM` is no register and cannot be incremented (write `RAM:+1 RAM`)",
            "A008 at `r1`: `r0:++` takes no source",
        ],
    );
}

#[test]
fn directives() {
    refused(
        "DATA 1 DATA 0,0 1 DATA 1,0xFFFF 1 2 DATA 1,0 nowhere r0 WORD",
        &[
            "A008 at `DATA 1`: DATA takes a bank, an address and values",
            "A009 at `0`: a bank is a number from 1 to 255",
            "A014 at `DATA 1,0xFFFF 1 2`: the data reach behind the end of their bank",
            "A007 at `nowhere`: there is no label or constant `nowhere` (a label is `name:`, a constant `NAME = 5`)",
            "A008 at `r0`: a number or label is needed here, not a register",
            "A008 at `WORD`: WORD takes a number or label",
        ],
    );
}

#[test]
fn a_label_in_a_chain_stops_the_jump_abbreviation() {
    let messages = assemble("test.alu", "IFZ x: J y y: HALT").expect_err("it is refused");
    let errors: Vec<_> = messages
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, "A012");
}

#[test]
fn programs_have_an_end() {
    let full = "HALT ".repeat(1 << 16);
    assert_eq!(
        assemble("test.alu", &full).map(|o| o.words.len()),
        Ok(1 << 16)
    );
    refused(
        &format!("{full}end:"),
        &["A011 at `end:`: label `end` lies behind the code memory"],
    );
    refused(
        &format!("{full}LOAD r0"),
        &["A011 at `LOAD r0`: the program is longer than 65536 words"],
    );
}

#[test]
fn messages_are_limited() {
    let messages = assemble("test.alu", &"HALT 5 ".repeat(50_000)).expect_err("it is refused");
    assert_eq!(messages.len(), 101);
    assert!(messages.iter().any(|d| d.code == "A015"));
}

#[test]
fn large_garbage_takes_bounded_time() {
    for piece in [
        "= ",
        ", ",
        "$ ",
        "x ",
        "r0: = ",
        "J nowhere ",
        "a: ",
        ".a: ",
        "IFZ x: ",
        "IFZ J y ",
        "12x ",
        "DATA 1 ",
        "IFZ ",
    ] {
        let text = piece.repeat(200_000);
        let _ = assemble("test.alu", &text);
    }
}

#[test]
fn mnemonics_are_for_editors() {
    let words = mnemonics();
    for word in [
        "CONST", "IFNZ", "IFHI", "SHIFT", "HALT", "CMP", "DATA", "BANK",
    ] {
        assert_eq!(words.iter().filter(|w| *w == word).count(), 1, "{word}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_text_is_answered(text in ".{0,300}") {
        let _ = assemble("test.alu", &text);
    }

    #[test]
    fn arbitrary_words_are_answered(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "r0:", "r0", "IN", "OUT:", "OUT", "RAM:-f", ":", ":++", "CONST", "J", "IFZ", "SHIFT",
                "1", "-15", ",", "=", "N", "a:", ".l:", ".l", "a", "DATA", "WORD", "CMP", "HALT", "BANK",
                "99999", "REQ", "PC", "LIT:^", "foo:-", "é", "#\n", "0x", "REF", "LOAD",
            ]),
            0..60,
        )
    ) {
        let text = pieces.join(" ");
        match assemble("test.alu", &text) {
            Ok(object) => prop_assert_eq!(object.words.len(), object.map.places.len()),
            Err(messages) => {
                prop_assert!(messages.iter().any(|d| d.severity == Severity::Error));
                for d in &messages {
                    prop_assert!(text.get(d.span.clone()).is_some());
                }
            }
        }
    }
}

/// The language's page, and the blocks of code on it.
fn page() -> (String, Vec<String>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/languages/alu.md");
    let page = std::fs::read_to_string(path).expect("the page exists");
    let blocks = page.split("\n```\n").skip(1).step_by(2).map(str::to_owned);
    let blocks = blocks.collect();
    (page, blocks)
}

#[test]
fn the_example_of_the_language_page_assembles() {
    let (_, blocks) = page();
    let object = assemble("alu.md", &blocks[0]).expect("it assembles");
    assert!(object.label("sum.next").is_some());
}

#[test]
fn the_language_page_has_all_words() {
    let (page, _) = page();
    for word in mnemonics() {
        let shown = match word.strip_prefix("IF") {
            Some(condition) => format!("\"{condition}\""),
            None => format!("\"{word}\""),
        };
        assert!(page.contains(&shown), "the grammar lacks {word}");
    }
}
