//! Encodings and texts of rows and state words.

use orrery_parsing::isa::row::RowBits;
use orrery_parsing::isa::{Row, StateWord};
use orrery_parsing::listing::{listing, parse_row, parse_state, row_text, state_text};
use proptest::prelude::*;

use crate::build::*;
use crate::generate::{Dice, Ranges, program, row, state};

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn valid_words_survive_decoding_and_text(seed in any::<u64>()) {
        let mut d = Dice::new(seed);
        let row = row(&mut d, &Ranges::all());
        let bits = row.encode();
        prop_assert_eq!(Row::decode(&bits), Some(row));
        let text = row_text(&bits);
        prop_assert_eq!(parse_row(&text), Ok(bits), "{}", text);
        let state = state(&mut d, &Ranges::all());
        let word = state.encode();
        prop_assert_eq!(StateWord::decode(word), Some(state));
        let text = state_text(word);
        prop_assert_eq!(parse_state(&text), Ok(word), "{}", text);
    }

    /// A changed bit makes another valid word, or none: never the same meaning.
    #[test]
    fn every_bit_means_something(seed in any::<u64>(), bit in 0usize..320) {
        let mut d = Dice::new(seed);
        let mut bits = row(&mut d, &Ranges::all()).encode();
        let mut word = state(&mut d, &Ranges::all()).encode();
        if bit < 256 {
            bits[bit / 32] ^= 1 << (bit % 32);
        } else {
            word ^= 1 << (bit - 256);
        }
        if let Some(row) = Row::decode(&bits) {
            prop_assert_eq!(row.encode(), bits);
        }
        prop_assert_eq!(parse_row(&row_text(&bits)), Ok(bits));
        if let Some(state) = StateWord::decode(word) {
            prop_assert_eq!(state.encode(), word);
        }
        prop_assert_eq!(parse_state(&state_text(word)), Ok(word));
    }

    #[test]
    fn any_words_and_texts(bits in any::<[u32; 8]>(), word in any::<u64>(), text in "\\PC{0,60}") {
        prop_assert_eq!(parse_row(&row_text(&bits)), Ok(bits));
        prop_assert_eq!(parse_state(&state_text(word)), Ok(word));
        let _ = parse_row(&text);
        let _ = parse_state(&text);
    }

    #[test]
    fn broken_texts_are_refused_politely(seed in any::<u64>(), cut in any::<u64>()) {
        let mut d = Dice::new(seed);
        let text = row_text(&row(&mut d, &Ranges::all()).encode());
        let cut = cut as usize % text.len();
        let broken = format!("{}{}", &text[..cut], &text[cut + 1..]);
        if let Ok(bits) = parse_row(&broken) {
            prop_assert!(Row::decode(&bits).is_some());
        }
    }
}

/// Fields that an operation does not use must be 0.
#[test]
fn words_that_are_not_canonical_are_undefined() {
    let changed = |word: usize, or: u32| -> RowBits {
        let mut bits = go(3).encode();
        bits[0] &= 0xFFFF_0000;
        bits[word] |= or;
        bits
    };
    assert!(Row::decode(&changed(0, 0)).is_some());
    for (word, or) in [
        (1, 1),
        (1, 17 << 16),
        (1, 1 << 21),
        (1, 1 << 29),
        (2, 1),
        (2, 4 << 5),
        (2, 63 << 5),
        (2, 24 << 5),
        (2, 1 << 11),
        (2, 1 << 17),
        (2, 1 << 23),
        (2, 7 << 24 | 1 << 30),
        (2, 1 << 29),
        (2, 1 << 31),
        (2, 1 << 27),
        (2, 1 << 28),
        (3, 1),
        (3, 1 << 16),
        (4, 1),
        (4, 1 << 9),
        (4, 1 << 15),
        (4, 15 << 21),
        (4, 1 << 25),
        (5, 1),
        (5, 1 << 24),
        (5, 1 << 27),
        (6, 1),
        (6, 1 << 16),
        (7, 1),
        (7, 1 << 9),
        (7, 1 << 31),
    ] {
        assert_eq!(Row::decode(&changed(word, or)), None, "{word} {or:#x}");
    }
}

#[test]
fn a_row_and_a_state_as_text() {
    let text = "@5 take 8 | val c3 6 | sub c1 c1 #1 | ld8 c4 [100+c3] | send activate 3 c3 &c4 | call 7 | > 9";
    let bits = parse_row(text).expect("a row");
    assert_eq!(row_text(&bits), text);
    let text = "sym 8 lsb base 300 else 299 control";
    assert_eq!(state_text(parse_state(text).expect("a state")), text);
    for bad in [
        "",
        "@1 | add c1",
        "@1 | val c63 | > 2",
        "@1 | send nothing 0 | > 1",
        "@1 | > 1 1",
    ] {
        assert!(parse_row(bad).is_err(), "{bad}");
    }
}

#[test]
fn listings_show_every_row() {
    let image = program(&mut Dice::new(7));
    let text = listing(&image);
    let free = Row::default().encode();
    for (i, row) in image.rows.iter().enumerate().filter(|(_, r)| **r != free) {
        assert!(text.contains(&format!("  {i:5}  {}", row_text(row))));
    }
}
