//! How an instruction lies in its 64-bit word, and which words are defined.
//!
//! Every bit of a word belongs to a field of its shape or must be 0, and every
//! field that has no meaning in a given combination must be 0 too, so that a
//! program has exactly one encoding.

use crate::isa::{Op, Shape};

/// Size of the coefficient bank, in words of 32 bits.
pub const BANK: u16 = 1024;
/// Registers of a tile.
pub const REGISTERS: u8 = 64;
/// Texture units.
pub const UNITS: u8 = 16;
/// Scalar operands of a sprite.
pub const SCALARS: u8 = 8;

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// The fields that words are made of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Field { $($(#[doc = $doc])+ $name),+ }
        impl Field {
            /// All fields.
            pub const ALL: &'static [Field] = &[$(Field::$name),+];
            /// Name in the reference.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Field::$name => stringify!($name)),+ }
            }
            /// Explanation in the reference.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Field::$name => concat!($($doc),+)),+ }
            }
        }
    };
}

fields! {
    /// Destination register (of a store: the source).
    D,
    /// Components written: bit 0 is x; never 0.
    Mask,
    /// First source register.
    A,
    /// Second source register.
    B,
    /// Condition register.
    C,
    /// Kind of the second source: 0 register, 1 immediate, 2 scalar operand, 3 bank.
    SrcKind,
    /// The second source: register 6 bits and broadcast 3 bits (0 none, 4 + component); 18-bit signed; scalar; bank address 10 bits and vector bit.
    Src,
    /// Result form: 0 as is, 1-31 sign-extended from that many bits, 33-63 the low (n - 32) bits.
    Ext,
    /// Result limits: 0 none, 1-31 clipped to unsigned of that many bits, 33-63 to signed of (n - 32) bits.
    Clip,
    /// Source component of each component, two bits each, x lowest.
    Swz,
    /// Factor of a: 0 zero, 1 one, 2 alpha of b, 3 one minus alpha of b.
    Fa,
    /// Factor of b: 0 zero, 1 one, 2 alpha of a, 3 one minus alpha of a.
    Fb,
    /// Texture unit.
    Unit,
    /// Channel.
    Channel,
    /// Signed displacement to the right.
    Dx,
    /// Signed displacement down.
    Dy,
    /// A register component is added to x.
    Xreg,
    /// Its register.
    XregNo,
    /// Its component.
    XregComp,
    /// A register component is added to y.
    Yreg,
    /// Its register.
    YregNo,
    /// Its component.
    YregComp,
    /// x does not count from the tile's origin.
    Xabs,
    /// y does not count from the tile's origin.
    Yabs,
    /// Taps minus 1.
    Taps,
    /// First coefficient, a bank address.
    Coef,
    /// Every product is shifted right by this, floor.
    ProductShift,
    /// Every product is then wrapped: 0 not, 1 to signed 16 bits, 2 to signed 32 bits.
    ProductWrap,
    /// Added to the sum: 0 nothing, 1 half of the last place (1 << (Shift - 1)), 2 the bank word after the coefficients.
    Round,
    /// The sum is shifted right by this, floor.
    Shift,
    /// The shifted sum is negated.
    Negate,
    /// The sum starts from the accumulator.
    Chain,
    /// The sum stays in the accumulator; no result.
    Keep,
    /// Bit of the status word.
    Bit,
    /// Component of A.
    Comp,
    /// Jump words that follow, minus 1.
    Cases,
    /// Words skipped.
    Off,
    /// The count is a scalar operand.
    CountKind,
    /// Turns minus 1, or the number of the scalar.
    Count,
}

/// A field's place: low bit, width, signed.
pub type Place = (Field, u8, u8, bool);

const fn u(field: Field, low: u8, width: u8) -> Place {
    (field, low, width, false)
}
const fn s(field: Field, low: u8, width: u8) -> Place {
    (field, low, width, true)
}

use Field::{
    A, B, Bit, C, Cases, Chain, Channel, Clip, Coef, Comp, Count, CountKind, D, Dx, Dy, Ext, Fa,
    Fb, Keep, Mask, Negate, Off, ProductShift, ProductWrap, Round, Shift, Src, SrcKind, Swz, Taps,
    Unit, Xabs, Xreg, XregComp, XregNo, Yabs, Yreg, YregComp, YregNo,
};

impl Shape {
    /// All shapes.
    pub const ALL: &'static [Shape] = &[
        Shape::Load,
        Shape::Load4,
        Shape::Store,
        Shape::Store4,
        Shape::Transpose,
        Shape::Alu2,
        Shape::Alu1,
        Shape::Select,
        Shape::Swizzle,
        Shape::Sum,
        Shape::SumReg,
        Shape::SumVec,
        Shape::Porter,
        Shape::Flag,
        Shape::Case,
        Shape::Jump,
        Shape::Branch,
        Shape::Loop,
        Shape::Position,
        Shape::Out,
        Shape::None,
    ];

    /// Where the fields lie; bits 0 to 6 are always the number of the instruction.
    #[must_use]
    pub const fn fields(self) -> &'static [Place] {
        const COORDS: [Place; 10] = [
            s(Dx, 19, 8),
            s(Dy, 27, 8),
            u(Xreg, 35, 1),
            u(XregNo, 36, 6),
            u(XregComp, 42, 2),
            u(Yreg, 44, 1),
            u(YregNo, 45, 6),
            u(YregComp, 51, 2),
            u(Xabs, 53, 1),
            u(Yabs, 54, 1),
        ];
        const LOAD: &[Place; 12] = &join(&[u(D, 7, 6), u(Unit, 13, 4)], &COORDS);
        const LOAD4: &[Place; 13] =
            &join(&[u(D, 7, 6), u(Unit, 13, 4), u(Channel, 17, 2)], &COORDS);
        const STORE: &[Place] = &[u(D, 7, 6), u(Unit, 13, 4), s(Dx, 19, 8), s(Dy, 27, 8)];
        const STORE4: &[Place] = &[
            u(D, 7, 6),
            u(Unit, 13, 4),
            u(Channel, 17, 2),
            s(Dx, 19, 8),
            s(Dy, 27, 8),
        ];
        const RESULT: [Place; 4] = [
            u(SrcKind, 23, 2),
            u(Src, 25, 18),
            u(Ext, 43, 6),
            u(Clip, 49, 6),
        ];
        const ALU1: &[Place; 6] = &join(&[u(D, 7, 6), u(Mask, 13, 4)], &RESULT);
        const ALU2: &[Place; 7] = &join(&[u(D, 7, 6), u(Mask, 13, 4), u(A, 17, 6)], &RESULT);
        const SELECT: &[Place; 8] = &join(
            &[u(D, 7, 6), u(Mask, 13, 4), u(A, 17, 6), u(C, 55, 6)],
            &RESULT,
        );
        const OPTIONS: [Place; 9] = [
            u(ProductShift, 33, 5),
            u(ProductWrap, 38, 2),
            u(Round, 40, 2),
            u(Shift, 42, 6),
            u(Negate, 48, 1),
            u(Ext, 49, 6),
            u(Clip, 55, 6),
            u(Chain, 61, 1),
            u(Keep, 62, 1),
        ];
        const SUM: &[Place; 13] = &join(
            &[u(D, 7, 6), u(Taps, 13, 4), u(A, 17, 6), u(Coef, 23, 10)],
            &OPTIONS,
        );
        const SUM_REG: &[Place; 13] = &join(
            &[u(D, 7, 6), u(Taps, 13, 4), u(A, 17, 6), u(B, 23, 6)],
            &OPTIONS,
        );
        const SUM_VEC: &[Place; 12] = &join(&[u(D, 7, 6), u(A, 17, 6), u(Coef, 23, 10)], &OPTIONS);
        match self {
            Shape::Load => LOAD,
            Shape::Load4 => LOAD4,
            Shape::Store => STORE,
            Shape::Store4 => STORE4,
            Shape::Transpose => const { &[u(D, 7, 6), u(A, 17, 6)] },
            Shape::Alu2 => ALU2,
            Shape::Alu1 => ALU1,
            Shape::Select => SELECT,
            Shape::Swizzle => const { &[u(D, 7, 6), u(Mask, 13, 4), u(A, 17, 6), u(Swz, 25, 8)] },
            Shape::Sum => SUM,
            Shape::SumReg => SUM_REG,
            Shape::SumVec => SUM_VEC,
            Shape::Porter => {
                const {
                    &[
                        u(D, 7, 6),
                        u(Mask, 13, 4),
                        u(A, 17, 6),
                        u(B, 25, 6),
                        u(Fa, 43, 2),
                        u(Fb, 45, 2),
                    ]
                }
            }
            Shape::Flag => const { &[u(Bit, 7, 5), u(Mask, 13, 4), u(A, 17, 6)] },
            Shape::Case => const { &[u(A, 17, 6), u(Comp, 23, 2), u(Cases, 25, 4)] },
            Shape::Jump => const { &[u(Off, 25, 16)] },
            Shape::Branch => const { &[u(A, 17, 6), u(Comp, 23, 2), u(Off, 25, 16)] },
            Shape::Loop => const { &[u(CountKind, 23, 1), u(Count, 25, 8)] },
            Shape::Position => const { &[u(D, 7, 6), u(Mask, 13, 4)] },
            Shape::Out => const { &[u(A, 17, 6)] },
            Shape::None => const { &[] },
        }
    }
}

const fn join<const M: usize, const N: usize, const R: usize>(
    a: &[Place; M],
    b: &[Place; N],
) -> [Place; R] {
    assert!(M + N == R);
    let mut all = [u(D, 0, 0); R];
    let mut i = 0;
    while i < R {
        all[i] = if i < M { a[i] } else { b[i - M] };
        i += 1;
    }
    all
}

/// A decoded instruction: its number and the values of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instr {
    /// Which instruction.
    pub op: Op,
    values: [i32; Field::ALL.len()],
}

/// The second source of an ALU instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A register.
    Reg(u8),
    /// One component of a register, for all components.
    Comp(u8, u8),
    /// An 18-bit signed number, for all components.
    Imm(i32),
    /// A scalar operand of the sprite, for all components.
    Scalar(u8),
    /// A bank word, for all components.
    Bank(u16),
    /// Four bank words, one per component.
    BankVec(u16),
}

impl Source {
    /// Lowest and highest immediate.
    pub const IMM: std::ops::RangeInclusive<i32> = -(1 << 17)..=(1 << 17) - 1;

    fn encode(self) -> (i32, i32) {
        match self {
            Source::Reg(r) => (0, i32::from(r)),
            Source::Comp(r, c) => (0, i32::from(r) | (4 + i32::from(c)) << 6),
            Source::Imm(v) => (1, v & 0x3_FFFF),
            Source::Scalar(n) => (2, i32::from(n)),
            Source::Bank(at) => (3, i32::from(at)),
            Source::BankVec(at) => (3, i32::from(at) | 1 << 10),
        }
    }

    fn decode(kind: i32, value: i32) -> Option<Source> {
        let reg = (value & 63) as u8;
        Some(match kind {
            0 => match value >> 6 {
                0 => Source::Reg(reg),
                n @ 4..=7 => Source::Comp(reg, n as u8 - 4),
                _ => return None,
            },
            1 => Source::Imm(value << 14 >> 14),
            2 if value < i32::from(SCALARS) => Source::Scalar(value as u8),
            3 if value < 1 << 10 => Source::Bank(value as u16),
            3 if (1 << 10..=(1 << 10) + i32::from(BANK) - 4).contains(&value) => {
                Source::BankVec(value as u16 - (1 << 10))
            }
            _ => return None,
        })
    }
}

impl Instr {
    /// An instruction whose fields are all 0.
    #[must_use]
    pub const fn new(op: Op) -> Self {
        Instr {
            op,
            values: [0; Field::ALL.len()],
        }
    }

    /// The value of a field (0 if the shape has none).
    #[must_use]
    pub const fn get(&self, field: Field) -> i32 {
        self.values[field as usize]
    }

    /// The value of a register field.
    #[must_use]
    pub const fn reg(&self, field: Field) -> u8 {
        self.values[field as usize] as u8
    }

    /// Sets a field.
    pub const fn set(&mut self, field: Field, value: i32) {
        self.values[field as usize] = value;
    }

    /// The same with a field set.
    #[must_use]
    pub const fn with(mut self, field: Field, value: i32) -> Self {
        self.values[field as usize] = value;
        self
    }

    /// The second source of an ALU instruction.
    #[must_use]
    pub fn source(&self) -> Source {
        Source::decode(self.get(SrcKind), self.get(Src)).unwrap_or(Source::Reg(0))
    }

    /// Sets the second source.
    pub fn set_source(&mut self, source: Source) {
        let (kind, value) = source.encode();
        self.set(SrcKind, kind);
        self.set(Src, value);
    }

    /// The word of this instruction.
    #[must_use]
    pub fn encode(&self) -> u64 {
        let mut word = u64::from(self.op.code());
        for &(field, low, width, _) in self.op.row().shape.fields() {
            let bits = self.get(field) as u32 as u64 & ((1 << width) - 1);
            word |= bits << low;
        }
        word
    }

    /// The instruction of a word; none if the word is undefined.
    #[must_use]
    pub fn decode(word: u64) -> Option<Instr> {
        let op = Op::from_code((word & 0x7F) as u8)?;
        let mut instr = Instr::new(op);
        for &(field, low, width, signed) in op.row().shape.fields() {
            let bits = (word >> low & ((1 << width) - 1)) as i32;
            let value = if signed {
                bits << (32 - width) >> (32 - width)
            } else {
                bits
            };
            instr.set(field, value);
        }
        (instr.valid() && instr.encode() == word).then_some(instr)
    }

    /// Bank words that the instruction reads from its coefficient address on.
    #[must_use]
    pub fn bank_words(&self) -> u16 {
        let rounds = self.get(Round) == 2;
        match self.op.row().shape {
            Shape::Sum => self.get(Taps) as u16 + 1 + u16::from(rounds),
            Shape::SumVec => 16 + if rounds { 4 } else { 0 },
            _ => 0,
        }
    }

    /// Whether the combination of fields means something and is the only way to say it.
    #[must_use]
    pub fn valid(&self) -> bool {
        let shape = self.op.row().shape;
        let has = |field: Field| shape.fields().iter().any(|p| p.0 == field);
        let zero_unless =
            |on: bool, fields: &[Field]| on || fields.iter().all(|&f| self.get(f) == 0);
        if has(Mask) && self.get(Mask) == 0 && shape != Shape::Flag {
            return false;
        }
        if shape == Shape::Flag && self.get(Mask) == 0 && self.get(A) != 0 {
            return false;
        }
        if has(SrcKind) && Source::decode(self.get(SrcKind), self.get(Src)).is_none() {
            return false;
        }
        if has(Ext) && (self.get(Ext) == 32 || self.get(Clip) == 32) {
            return false;
        }
        if has(Xreg)
            && !(zero_unless(self.get(Xreg) == 1, &[XregNo, XregComp])
                && zero_unless(self.get(Yreg) == 1, &[YregNo, YregComp]))
        {
            return false;
        }
        if shape == Shape::Transpose && (self.get(D) > 60 || self.get(A) > 60) {
            return false;
        }
        if has(Keep) {
            let taps = self.get(Taps);
            if self.get(A) + taps >= i32::from(REGISTERS)
                || self.get(B) + taps >= i32::from(REGISTERS)
                || self.get(Coef) + i32::from(self.bank_words()) > i32::from(BANK)
            {
                return false;
            }
            let round = self.get(Round);
            if round == 3
                || round == 2 && shape == Shape::SumReg
                || round == 1 && self.get(Shift) == 0
                || self.get(ProductWrap) == 3
            {
                return false;
            }
            if !zero_unless(self.get(Keep) == 0, &[D, Round, Shift, Negate, Ext, Clip]) {
                return false;
            }
        }
        if shape == Shape::Loop && self.get(CountKind) == 1 && self.get(Count) >= i32::from(SCALARS)
        {
            return false;
        }
        true
    }
}
