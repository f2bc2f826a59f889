//! The sixteen names of an operand field, the flags, and the conditions on them.

/// Number of names.
pub const NAMES: usize = 16;

/// What a four-bit operand field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(u8);

impl Name {
    /// The address register of the data memory.
    pub const ADDR: Name = Name(11);
    /// The word of data memory at `ADDR`, or at the address of a pending `REF`.
    pub const RAM: Name = Name(12);
    /// Written: the sink queue. Read (as `IN`): the operand words of the activation.
    pub const OUT: Name = Name(13);
    /// The constant register.
    pub const LIT: Name = Name(14);
    /// As first source: zero. As second source: the address of the next
    /// instruction. As destination: no destination, flags only.
    pub const PC: Name = Name(15);

    /// The name with this number; only the low four bits count.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Name((number & 15) as u8)
    }

    /// General register `n`: 0 to 9 are `r0` to `r9`, 10 is `rx`.
    #[must_use]
    pub const fn general(n: u8) -> Option<Self> {
        if n <= 10 { Some(Name(n)) } else { None }
    }

    /// The number in an operand field.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// True for what is simply a register: `r0` to `r9`, `rx`, `ADDR` and `LIT`.
    #[must_use]
    pub const fn is_register(self) -> bool {
        self.0 <= Self::ADDR.0 || self.0 == Self::LIT.0
    }

    /// Its text where it is read.
    #[must_use]
    pub const fn as_source(self) -> &'static str {
        if self.0 == Self::OUT.0 {
            "IN"
        } else {
            self.as_destination()
        }
    }

    /// Its text where it is written.
    #[must_use]
    pub const fn as_destination(self) -> &'static str {
        const TEXT: [&str; NAMES] = [
            "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "rx", "ADDR", "RAM", "OUT",
            "LIT", "PC",
        ];
        TEXT[self.0 as usize]
    }

    /// All names in order of their numbers.
    pub fn all() -> impl Iterator<Item = Name> {
        (0..NAMES as u16).map(Name::new)
    }
}

/// The four flags, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// The result is zero.
    pub const Z: Flags = Flags(1);
    /// Bit 15 of the result.
    pub const N: Flags = Flags(2);
    /// Carry out of an addition, borrow out of a subtraction.
    pub const C: Flags = Flags(4);
    /// The signed result does not fit 16 bits.
    pub const V: Flags = Flags(8);

    /// Flags from their four conditions.
    #[must_use]
    #[inline]
    pub const fn from_parts(z: bool, n: bool, c: bool, v: bool) -> Self {
        Flags(z as u8 | (n as u8) << 1 | (c as u8) << 2 | (v as u8) << 3)
    }

    /// The four bits, `Z` lowest.
    #[must_use]
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// True if all of `other` are set.
    #[must_use]
    #[inline]
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A condition that `IF` tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Condition(u8);

/// Suffix of `IF`, meaning, and the test itself.
type ConditionRow = (&'static str, &'static str, fn(Flags) -> bool);

const CONDITIONS: [ConditionRow; 14] = [
    ("Z", "zero, equal", |f| f.has(Flags::Z)),
    ("NZ", "not zero, different", |f| !f.has(Flags::Z)),
    ("N", "negative", |f| f.has(Flags::N)),
    ("NN", "not negative", |f| !f.has(Flags::N)),
    ("C", "carry or borrow; unsigned less", |f| f.has(Flags::C)),
    ("NC", "no carry or borrow; unsigned greater or equal", |f| {
        !f.has(Flags::C)
    }),
    ("V", "signed overflow", |f| f.has(Flags::V)),
    ("NV", "no signed overflow", |f| !f.has(Flags::V)),
    ("LT", "signed less", less),
    ("GE", "signed greater or equal", |f| !less(f)),
    ("LE", "signed less or equal", |f| less(f) || f.has(Flags::Z)),
    ("GT", "signed greater", |f| !less(f) && !f.has(Flags::Z)),
    ("LS", "unsigned lower or same", |f| {
        f.has(Flags::C) || f.has(Flags::Z)
    }),
    ("HI", "unsigned higher", |f| {
        !f.has(Flags::C) && !f.has(Flags::Z)
    }),
];

fn less(f: Flags) -> bool {
    f.has(Flags::N) != f.has(Flags::V)
}

impl Condition {
    /// The condition with this number, if there is one.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (usize::from(number) < CONDITIONS.len()).then_some(Condition(number as u8))
    }

    /// The number in the instruction word.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The condition with this suffix of `IF`; `0` is another spelling of `Z`.
    #[must_use]
    pub fn parse(suffix: &str) -> Option<Self> {
        let suffix = if suffix == "0" { "Z" } else { suffix };
        Self::all().find(|c| c.suffix() == suffix)
    }

    /// Suffix of `IF`.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        CONDITIONS[usize::from(self.0)].0
    }

    /// Meaning, in words, after a `CMP`.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        CONDITIONS[usize::from(self.0)].1
    }

    /// True if it holds for these flags.
    #[must_use]
    pub fn holds(self, flags: Flags) -> bool {
        CONDITIONS[usize::from(self.0)].2(flags)
    }

    /// Bit `f` is set if the condition holds for the flags with bits `f`.
    #[must_use]
    pub fn truth_table(self) -> u16 {
        (0..16u8)
            .filter(|&bits| self.holds(Flags(bits)))
            .fold(0, |table, bits| table | 1 << bits)
    }

    /// All conditions in order of their numbers.
    pub fn all() -> impl Iterator<Item = Condition> {
        (0..CONDITIONS.len() as u8).map(Condition)
    }
}
