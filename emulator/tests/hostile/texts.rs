//! Mutated source texts.

use orrery_samples::rng::SplitMix64;

use super::{index, pick};

const STRANGE: [&str; 24] = [
    "0xFFFFFFFF",
    "4294967296",
    "99999999999999999999",
    "0",
    "-1",
    "65536",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    "^",
    "\"",
    "@",
    "$",
    "..",
    "\u{0}",
    "é",
    "\u{1F600}",
    "#",
    "\n",
    ":",
];

/// Words, numbers and runs of blanks each as one, everything else by character.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut last = 0;
    for (at, c) in text.char_indices() {
        if at > start && (kind(c) != last || kind(c) == 0) {
            found.push(&text[start..at]);
            start = at;
        }
        last = kind(c);
    }
    found.push(&text[start..]);
    found
}

/// A text with one to four changes of tokens or lines; pieces come from `other`, too.
pub fn mutated(rng: &mut SplitMix64, text: &str, other: &str) -> String {
    let mut parts = tokens(text);
    let others = tokens(other);
    for _ in 0..1 + rng.below(4) {
        let at = index(rng, parts.len());
        let end = (at + 1 + index(rng, 30)).min(parts.len());
        match rng.below(9) {
            0 if parts.len() > 1 => drop(parts.remove(at)),
            1 => parts.insert(at, *pick(rng, STRANGE.as_slice())),
            2 => parts[at] = *pick(rng, STRANGE.as_slice()),
            3 => parts[at] = *pick(rng, others.as_slice()),
            4 => parts.insert(at, *pick(rng, others.as_slice())),
            5 => {
                let to = index(rng, parts.len());
                parts.swap(at, to);
            }
            6 => {
                let copy = parts[at..end].to_vec();
                parts.splice(at..at, copy);
            }
            7 if parts.len() > 40 => drop(parts.drain(at..end)),
            _ => {
                let from = index(rng, others.len());
                let to = (from + 30).min(others.len());
                parts.splice(at..at, others[from..to].iter().copied());
            }
        }
    }
    parts.concat()
}
