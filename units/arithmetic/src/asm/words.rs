//! The words of the language, from the instruction table.

use std::sync::LazyLock;

use crate::names::{Condition, Name};
use crate::ops::{Form, Op, Row, TABLE};

/// Rows with this mnemonic in the plain form; more than one where the kind of operand decides.
pub fn plain(mnemonic: &str) -> impl Iterator<Item = &'static Row> {
    TABLE
        .iter()
        .filter(move |row| row.form == Form::Plain && row.mnemonic == mnemonic)
}

/// The row with this operation after the colon.
pub fn infix(operation: &str) -> Option<&'static Row> {
    // `+` may be written out.
    let operation = match operation {
        "+" => "",
        "+f" => "f",
        other => other,
    };
    TABLE
        .iter()
        .find(|row| matches!(row.form, Form::Infix(known) if known == operation))
}

/// The condition of an `IF` word.
pub fn condition(word: &str) -> Option<Condition> {
    word.strip_prefix(Op::If.row().mnemonic)
        .and_then(Condition::parse)
}

/// The name read with this text.
pub fn source(word: &str) -> Option<Name> {
    Name::all().find(|name| name.as_source() == word)
}

/// The name written with this text.
pub fn destination(word: &str) -> Option<Name> {
    Name::all().find(|name| name.as_destination() == word)
}

/// True for words that cannot name a label or constant.
pub fn is_reserved(word: &str) -> bool {
    source(word).is_some() || destination(word).is_some() || super::parser::is_mnemonic(word)
}

/// All words that begin an instruction or directive in the plain form, for
/// messages and editors.
#[must_use]
pub fn mnemonics() -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for row in TABLE {
        match row.form {
            Form::Plain => words.push(row.mnemonic.to_owned()),
            Form::Glued => {
                words.extend(Condition::all().map(|c| format!("{}{}", row.mnemonic, c.suffix())));
            }
            Form::Infix(_) => {}
        }
    }
    words.extend(super::parser::DIRECTIVES.map(str::to_owned));
    words.dedup();
    words
}

/// Operations after the colon, without the empty one; for messages and editors.
pub fn operations() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter_map(|row| match row.form {
        Form::Infix("") | Form::Plain | Form::Glued => None,
        Form::Infix(operation) => Some(operation),
    })
}

/// A hint for a word that is none of the machine's.
pub fn suggest(word: &str) -> Option<String> {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
        let names = Name::all().flat_map(|name| [name.as_source(), name.as_destination()]);
        names.map(str::to_owned).chain(mnemonics()).collect()
    });
    nearest(word, ALL.iter().map(String::as_str)).map(|known| format!("did you mean `{known}`?"))
}

/// The candidate nearest to a misspelt word, if it is near: at most one letter
/// differs, and not the first.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let first = word.bytes().next()?;
    // Long words are no misspelling, and comparing them would take long.
    if word.len() > 24 {
        return None;
    }
    candidates
        .into_iter()
        .filter(|c| c.len().abs_diff(word.len()) <= 1 && *c != word)
        .filter(|c| {
            c.bytes()
                .next()
                .is_some_and(|b| b.eq_ignore_ascii_case(&first))
        })
        .map(|c| (distance(&word.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(distance, _)| *distance <= 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
