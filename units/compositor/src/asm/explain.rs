//! What the messages of the assembler mean.

/// All codes with their explanations.
pub const CODES: &[(&str, &str)] = &[
    (
        "C001",
        "A character that no token begins with. Comments begin with `#`.",
    ),
    (
        "C002",
        "A statement that cannot be read. A statement is a label, a definition \
         (`const`, `let`, `unit`, `scalar`, `int`), a `rep` block or an instruction.",
    ),
    (
        "C003",
        "Too many tokens in one line or too many nested brackets or blocks.",
    ),
    ("C004", "No instruction has this name."),
    (
        "C005",
        "A name that was not defined before its use, or no label has it.",
    ),
    (
        "C006",
        "An operand of another kind was expected, or there are too many or too few operands.",
    ),
    ("C007", "A number does not fit the field it is meant for."),
    ("C008", "A label or table is defined twice."),
    ("C009", "Brackets or braces that do not match."),
    ("C010", "The program does not fit program memory."),
    ("C011", "The tables do not fit the coefficient bank."),
    (
        "C012",
        "A jump to a place that it cannot reach. Jumps go forward only; loops are `gLOOP` and `gNEXT`.",
    ),
    (
        "C013",
        "A coefficient of a multiply-sum must fit 18 bits with sign (-131072 to 131071).",
    ),
    ("C014", "An index lies outside of its table."),
    (
        "C015",
        "A label or table inside a `rep` block would be defined as often as the block is repeated; labels can have an index, as in `kernel part[i]:`.",
    ),
    ("C016", "Repetition makes the program too long to assemble."),
    (
        "C017",
        "Options that exclude each other, such as an accumulator result with rounding.",
    ),
    (
        "C018",
        "An expression that has no value: a division by zero or a number beyond 64 bits.",
    ),
];

/// The explanation of a code.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    CODES.iter().find(|c| c.0 == code).map(|c| c.1)
}
