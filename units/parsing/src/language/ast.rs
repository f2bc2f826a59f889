//! The tree that the parser builds. It is the text's structure and nothing else:
//! names are not looked up and numbers not checked.

use crate::isa::{AluOp, Cond, EscapeVerb};

use super::lexer::{Bits, Span};

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// As written; `module.entry` is one name.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// File names of the link sections.
    pub links: Vec<Name>,
    /// `const` items.
    pub constants: Vec<Constant>,
    /// `param` items.
    pub parameters: Vec<Constant>,
    /// `data` items.
    pub data: Vec<Data>,
    /// Captures that share a register.
    pub shares: Vec<Vec<Name>>,
    /// `escape` items.
    pub escapes: Vec<Escape>,
    /// Rules.
    pub rules: Vec<Rule>,
}

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `link:`
    Link(Vec<Name>),
    /// `const`
    Constant(Constant),
    /// `param`
    Parameter(Constant),
    /// `data`
    Data(Data),
    /// `share:`
    Share(Vec<Name>),
    /// `escape`
    Escape(Escape),
    /// A rule.
    Rule(Rule),
}

/// `escape name: prefix ( ranges | else verb )`
#[derive(Clone, Debug, PartialEq)]
pub struct Escape {
    /// Its name.
    pub name: Name,
    /// The byte that begins an escape.
    pub prefix: Const,
    /// What some followers do.
    pub ranges: Vec<EscapeRange>,
    /// What the others do, and bits to turn over.
    pub otherwise: (EscapeVerb, Option<Const>),
}

/// Some followers.
#[derive(Clone, Debug, PartialEq)]
pub struct EscapeRange {
    /// The lowest.
    pub low: Const,
    /// The highest, if there is more than one.
    pub high: Option<Const>,
    /// What they do.
    pub verb: EscapeVerb,
    /// Bits to turn over.
    pub mask: Option<Const>,
}

/// `const name = value`, or `param name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Const,
}

/// `data name: u8[count] = elements`
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Its name.
    pub name: Name,
    /// Bytes per element: 1, 2 or 4.
    pub size: u8,
    /// The written count.
    pub count: Option<Const>,
    /// The written elements.
    pub elements: Vec<Element>,
}

/// An element of `data`.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A value, `times` times.
    Value {
        /// What.
        value: Const,
        /// How often.
        times: Option<Const>,
    },
    /// The bytes of a text.
    Text(Vec<u8>, Span),
}

/// A constant expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Const {
    /// What it is.
    pub kind: ConstKind,
    /// Where.
    pub span: Span,
}

/// Kinds of constant expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstKind {
    /// A number.
    Number(u32),
    /// Up to four characters, first one highest.
    Text(Vec<u8>),
    /// A name.
    Name(String),
    /// `$0`
    Index,
    /// `entry(kind, count, value)`
    Entry(Box<[Const; 3]>),
    /// First value, then operators from left to right.
    Chain(Box<Const>, Vec<(ConstOp, Const)>),
}

/// Operators of constant expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs)]
pub enum ConstOp {
    Add,
    Sub,
    Mul,
    Shl,
    Shr,
    And,
    Or,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Name>,
    /// What it matches.
    pub body: Choice,
}

/// Alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// In order.
    pub alternatives: Vec<Sequence>,
    /// Where.
    pub span: Span,
}

/// Terms one behind the other.
pub type Sequence = Vec<Term>;

/// A term.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Where.
    pub span: Span,
}

/// Kinds of terms.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// A comparison.
    Condition(Condition),
    /// Something that is done.
    Statement(Statement),
    /// `guard ( body ) catch symbols -> ( handler )`
    Guard {
        /// What is guarded.
        body: Choice,
        /// The control symbols caught.
        symbols: Vec<Name>,
        /// What is done then.
        handler: Choice,
    },
    /// `-> ( cases )`
    Dispatch {
        /// Where the value goes.
        capture: Option<Name>,
        /// What decides.
        subject: Subject,
        /// In order.
        cases: Vec<Case>,
    },
    /// `{ ... }`
    Action(Vec<ActionStatement>),
    /// An atom, perhaps captured, perhaps repeated.
    Match {
        /// `name@`
        capture: Option<Capture>,
        /// What is matched.
        atom: Atom,
        /// How often.
        repeat: Repeat,
    },
}

/// What a dispatch looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// `code(map)`
    Code(Name),
    /// The low eight bits of a capture.
    Capture(Name),
    /// A word from the core, low eight bits.
    Flag,
}

/// A case of a dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// When.
    pub label: CaseLabel,
    /// Where the label is.
    pub span: Span,
    /// What then.
    pub body: Sequence,
}

/// A case's label.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseLabel {
    /// A value or an inclusive range.
    Values(Const, Option<Const>),
    /// `_`
    Default,
}

/// How a capture takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureForm {
    /// `@`
    Plain,
    /// `@~`
    Extended,
    /// `@+`
    Signed,
    /// `@<`
    Append,
    /// `-`
    Nothing,
}

/// A capture in front of an atom.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// Where to (`text` for a bare `@`).
    pub name: Name,
    /// How.
    pub form: CaptureForm,
}

/// How often an atom is matched.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeat {
    /// Once.
    Once,
    /// `[n]`
    Count(Operand),
    /// `*`
    Lazy,
    /// `**`
    Whole,
    /// `^`
    Frame,
}

/// The smallest thing that is matched.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom {
    /// `"..."`
    Text(Vec<u8>),
    /// A number or an inclusive range.
    Symbol(Const, Option<Const>),
    /// A name: a constant, or a rule without arguments.
    Named(Name),
    /// `name(arguments)`
    Call(Name, Vec<Operand>),
    /// `01x`
    Tag(Bits),
    /// `01_`
    ShortTag(Bits),
    /// `.`
    Any,
    /// `$`
    Empty,
    /// `( ... )`
    Choice(Choice),
    /// `2( ... )` or `lsb( ... )`
    Group(Setting, Choice),
    /// `code(map)`
    Code(Name),
    /// `flag`
    Flag,
    /// `reply`
    Reply,
}

/// What a group changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Bits per symbol.
    Width(u32),
    /// Whole bytes of an integer, highest first.
    BigEndian,
    /// Lowest first.
    LittleEndian,
    /// Bits of a byte, highest first.
    Msb,
    /// Lowest first.
    Lsb,
}

/// `left [& mask] relation right`
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Left side.
    pub left: Operand,
    /// What is left of it.
    pub mask: Option<Operand>,
    /// How.
    pub relation: Cond,
    /// Right side.
    pub right: Operand,
}

/// A capture or a constant.
pub type Operand = Const;

/// A binary operator of expressions.
pub type Binary = AluOp;

/// `first { op value }`
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// First value.
    pub first: Value,
    /// The others.
    pub rest: Vec<(Binary, Value)>,
}

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A capture or a constant.
    Operand(Operand),
    /// `load8(place, index)`
    Load {
        /// Bytes.
        size: u8,
        /// Where.
        place: Operand,
        /// Which element.
        index: Option<Operand>,
    },
    /// `nextone(mask, from, below)` and its relatives
    Mask {
        /// Which.
        op: AluOp,
        /// The pair of captures.
        mask: Name,
        /// The first place that counts.
        from: Operand,
        /// Zeros that are passed over.
        count: Option<Operand>,
        /// Where it ends.
        below: Operand,
    },
    /// `ilog2(x)`
    Ilog2(Operand),
    /// `unused(map)`
    Unused(Name),
    /// `left()`
    Left(Span),
    /// `pos()`
    Position(Span),
    /// `marker()`
    Marker(Span),
}

/// What a check circuit computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// `crc(width, reflections, polynomial, initial, final)`
    Crc,
    /// `sums(modulus, initial)`
    Sums,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs)]
pub enum Statement {
    Assign(Name, Expression),
    CheckStop(Name, Const),
    NewMap {
        name: Name,
        strides: Vec<Const>,
        rows: Operand,
    },
    Store {
        size: u8,
        place: Operand,
        index: Option<Operand>,
        value: Operand,
    },
    ChangeBits {
        op: AluOp,
        mask: Name,
        from: Operand,
        below: Option<Operand>,
    },
    Local(Name),
    Frame {
        length: Operand,
        refill: Option<Name>,
        body: Choice,
    },
    Drain,
    Align,
    Done,
    Skip(Operand),
    More(Operand),
    Mark(Const),
    Rewind(Const),
    CheckStart {
        circuit: Const,
        kind: CheckKind,
        parameters: Vec<Const>,
    },
    Reset(Name),
    Close(Name),
    Fill {
        map: Name,
        lengths: Operand,
        count: Operand,
        entries: Operand,
        first_fit: bool,
    },
    Insert {
        map: Name,
        code: Operand,
        length: Operand,
        entry: Operand,
    },
    EscapeOn(Name),
    EscapeOff,
    Accept(Option<Const>),
    Fail(Vec<u8>),
    Warn(Vec<u8>),
    Raise(Name),
}

/// A statement of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionStatement {
    /// What it is.
    pub kind: ActionKind,
    /// Where.
    pub span: Span,
}

/// Kinds of action statements.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    /// `s <- kind operands`
    Create(Name, Name, Vec<ActionOperand>),
    /// `s << operands`
    Append(Name, Vec<ActionOperand>),
    /// `s << value * times`
    Repeat(Name, ActionOperand, ActionOperand),
    /// `s ~ (distance, length)`
    Copy(Name, ActionOperand, ActionOperand),
    /// `s[base, index] = value` and its relatives, by mnemonic
    Place(Name, &'static str, [ActionOperand; 3]),
    /// `mnemonic [target] operands`, or `core.label [<< operands]`
    Plain(Name, Vec<ActionOperand>),
}

/// An operand of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionOperand {
    /// A capture or a constant.
    Value(Operand),
    /// `&s`
    Identity(Name),
}
