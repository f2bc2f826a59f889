//! The table is a code: words, instructions and texts correspond one to one.

use orrery_arithmetic::reference::{markdown, reference};
use orrery_arithmetic::{Instruction, Op, TABLE, assemble, disassemble, disassembly_text};

#[test]
fn every_word_decodes_to_one_instruction_or_none() {
    for word in 0..=u16::MAX {
        let rows = TABLE.iter().filter(|row| {
            let (mask, value) = row.fixed_bits();
            word & mask == value
        });
        assert!(rows.count() <= 1, "{word:#06x} is ambiguous");
    }
}

#[test]
fn words_to_instructions_to_words() {
    let next = 0xBEEF;
    for word in 0..=u16::MAX {
        if let Some(instruction) = Instruction::decode(word, next) {
            let (again, second) = instruction.encode().expect("decoded instructions encode");
            assert_eq!(again, word);
            assert_eq!(second.is_some(), instruction.words() == 2);
            assert!(second.is_none_or(|w| w == next));
        }
    }
}

#[test]
fn words_to_text_to_words() {
    // All words, each followed by one that is no instruction, so that
    // instructions of two words have their second.
    let mut words = Vec::new();
    for word in 0..=u16::MAX {
        words.extend([word, 0xF00F]);
    }
    for part in words.chunks(0x8000) {
        let object = assemble("all", &disassembly_text(part)).expect("a disassembly assembles");
        assert!(object.words == part, "text and words differ");
    }
}

#[test]
fn the_end_may_cut_an_instruction() {
    let word = Instruction::new(Op::ConstW, &[0]).encode().map(|(w, _)| w);
    let words = [word.expect("CONSTW encodes")];
    assert_eq!(disassemble(&words)[0].text, "WORD 0x0010");
}

#[test]
fn rows_are_in_order_and_complete() {
    for (i, row) in TABLE.iter().enumerate() {
        assert_eq!(row.op as usize, i);
        assert_eq!(row.pattern.len(), 19, "{}", row.mnemonic);
        for operand in row.shape.operands {
            let (_, width) = row.field(*operand);
            assert_eq!(width == 0, operand.letter() == b'_', "{}", row.mnemonic);
        }
        assert!(!row.meaning.is_empty() && row.uses.iter().all(|u| !u.is_empty()));
    }
    assert_eq!(reference().len(), TABLE.len());
}

#[test]
fn the_reference_page_is_up_to_date() {
    const BEGIN: &str = "<!-- generated from the instruction table: begin -->\n";
    const END: &str = "<!-- generated from the instruction table: end -->";
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/machine/arithmetic.md"
    );
    let page = std::fs::read_to_string(path).expect("the reference page exists");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a begin mark");
    let (_, after) = rest.split_once(END).expect("the page has an end mark");
    let fresh = format!("{before}{BEGIN}\n{}\n{END}{after}", markdown());
    if std::env::var_os("BLESS_DOCS").is_some() {
        std::fs::write(path, fresh).expect("the reference page can be written");
    } else {
        assert!(
            page == fresh,
            "run the tests with BLESS_DOCS=1 to rewrite {path}"
        );
    }
}
