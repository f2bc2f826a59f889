//! The words of the language, from the instruction table.

use std::sync::LazyLock;

use orrery_shared::spelling::did_you_mean;

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
    did_you_mean(word, ALL.iter().map(String::as_str))
}
