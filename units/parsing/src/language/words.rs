//! The words and signs of the language, as tables: the parser, the checks, the
//! editor grammar and the reference derive from them.

use crate::isa::{AluOp, Cond};

use super::ast::{ConstOp, Setting};

/// Words that begin a term and therefore cannot be names.
pub const STATEMENTS: &[&str] = &[
    "accept",
    "align",
    "check",
    "clearbits",
    "close",
    "done",
    "drain",
    "escape",
    "fail",
    "fill",
    "frame",
    "guard",
    "insert",
    "local",
    "mark",
    "more",
    "raise",
    "reset",
    "rewind",
    "setbits",
    "skip",
    "store16",
    "store32",
    "store64",
    "store8",
    "warn",
];

/// Words that begin an item.
pub const ITEMS: &[&str] = &["const", "data", "escape", "link", "param", "share"];

/// Words that match something, or change how something is matched.
pub const ATOMS: &[&str] = &["code", "flag", "reply"];

/// Functions of expressions; they are names elsewhere, because of their parentheses.
pub const FUNCTIONS: &[&str] = &[
    "entry", "ilog2", "left", "load16", "load32", "load64", "load8", "marker", "nextone",
    "nthzero", "ones", "pos", "prefix", "unused",
];

/// Words that count only in one place each, and are names elsewhere.
pub const HELPERS: &[&str] = &[
    "again", "catch", "crc", "else", "first", "literal", "off", "on", "refill", "rows", "sums",
    "vanish", "xor",
];

/// Groups by word.
pub const GROUPS: &[(&str, Setting)] = &[
    ("be", Setting::BigEndian),
    ("le", Setting::LittleEndian),
    ("lsb", Setting::Lsb),
    ("msb", Setting::Msb),
];

/// Binary operators of expressions.
pub const BINARY: &[(&str, AluOp)] = &[
    ("+", AluOp::Add),
    ("-", AluOp::Sub),
    ("&", AluOp::And),
    ("^", AluOp::Xor),
    ("<<", AluOp::Shl),
    (">>", AluOp::Shr),
    (">>s", AluOp::Sar),
    ("or", AluOp::Or),
    ("min", AluOp::Min),
    ("max", AluOp::Max),
    ("sext", AluOp::Sext),
    ("+c", AluOp::Adc),
    ("-c", AluOp::Sbb),
];

/// Binary operators of constant expressions.
pub const CONSTANT: &[(&str, ConstOp)] = &[
    ("+", ConstOp::Add),
    ("-", ConstOp::Sub),
    ("*", ConstOp::Mul),
    ("<<", ConstOp::Shl),
    (">>", ConstOp::Shr),
    ("&", ConstOp::And),
    ("or", ConstOp::Or),
];

/// Comparisons.
pub const RELATIONS: &[(&str, Cond)] = &[
    ("==", Cond::Eq),
    ("!=", Cond::Ne),
    ("<", Cond::Ltu),
    ("<=", Cond::Leu),
    (">", Cond::Gtu),
    (">=", Cond::Geu),
    ("<s", Cond::Lts),
    ("<=s", Cond::Les),
    (">s", Cond::Gts),
    (">=s", Cond::Ges),
];

/// The capture that reads as the bit count of the last prefix code.
pub const BITS: &str = "bits";
/// The capture that a bare `@` writes.
pub const TEXT: &str = "text";
/// What a pair's second capture is called behind the first one's name.
pub const HIGH: &str = "_high";

/// How statements and some terms are written, for messages.
pub const FORMS: &[(&str, &str)] = &[
    (
        "check",
        "check 0 = crc(width, reflected, polynomial, initial, last)",
    ),
    ("close", "close map"),
    ("code", "v@code(map)"),
    ("const", "const NAME = 5"),
    ("data", "data table: u16[20] = 1 2 3"),
    ("fail", "fail \"what is wrong\""),
    ("fill", "fill map, lengths, n, entries"),
    ("frame", "frame n ( p )"),
    ("guard", "guard ( p ) catch END -> ( q )"),
    ("insert", "insert map, code, length, entry"),
    ("local", "local x"),
    ("mark", "mark 0"),
    ("more", "more n"),
    ("prefix", "m = prefix(9, 6) rows 852"),
    ("raise", "raise FAULT"),
    ("refill", "frame n refill rule ( p )"),
    ("reset", "reset map"),
    ("rewind", "rewind 0"),
    ("skip", "skip n"),
    ("store16", "store16(table, index, value)"),
    ("store32", "store32(table, index, value)"),
    ("store8", "store8(table, index, value)"),
    ("warn", "warn \"what is odd\""),
    ("->", "x -> ( 0: p | 1..5: q | _: r )"),
];

/// All words of terms, for messages.
pub fn all<'a>() -> impl Iterator<Item = &'a str> {
    let helpers = [STATEMENTS, ATOMS, FUNCTIONS, HELPERS]
        .into_iter()
        .flatten()
        .copied();
    helpers.chain(GROUPS.iter().map(|g| g.0))
}

/// Whether a word cannot be used as a name.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    [STATEMENTS, ITEMS, ATOMS]
        .iter()
        .any(|words| words.contains(&word))
        || GROUPS.iter().any(|(w, _)| *w == word)
        || BINARY.iter().any(|(w, _)| *w == word)
        || crate::isa::control::NAMES.iter().any(|(w, _)| *w == word)
        || matches!(word, BITS | "core" | "_")
}
