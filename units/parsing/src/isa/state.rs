//! State words: what is matched next. 64 bits each.

use super::ops::Port;

/// How an integer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum IntKind {
    /// Unsigned.
    #[default]
    Unsigned = 0,
    /// Two's complement.
    Signed = 1,
    /// Leading bit 0 means value - (2^n - 1).
    Extended = 2,
}

/// A decoded state word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateWord {
    /// Where the symbol comes from.
    pub port: Port,
    /// `Symbol`: bits peeked (1..=12). `Int`: n (0..=32) unless `n_from_reg`.
    /// `Value`, `Flag`: bits of the symbol (0..=8). `Cond`: the predicate's code.
    pub width: u8,
    /// `Int`: capture holding n. `Map`: capture holding the handle. `Value`: the capture.
    pub reg: u8,
    /// `Value`: lowest bit of the field.
    pub shift: u8,
    /// `Int`: n comes from `reg`.
    pub n_from_reg: bool,
    /// Bits of a byte arrive lowest first.
    pub lsb: bool,
    /// Whole bytes of an integer arrive lowest first (msb order, n a multiple of 8).
    pub little: bool,
    /// How an integer is read.
    pub kind: IntKind,
    /// First row.
    pub base: u16,
    /// Row for symbols without one of their own, or [`super::NONE`].
    pub fallback: u16,
    /// Control symbols have rows here: `base + span + code`, where `span` is
    /// 2^width for `Symbol`, 16 for `Map` and 1 for `Int`.
    pub control: bool,
}

impl Default for StateWord {
    fn default() -> Self {
        StateWord {
            port: Port::None,
            width: 0,
            reg: 0,
            shift: 0,
            n_from_reg: false,
            lsb: false,
            little: false,
            kind: IntKind::Unsigned,
            base: 0,
            fallback: super::NONE,
            control: false,
        }
    }
}

impl StateWord {
    /// Distance from `base` to the rows of control symbols.
    #[must_use]
    pub fn span(&self) -> u32 {
        match self.port {
            Port::Symbol => 1 << self.width,
            Port::Map => 16,
            _ => 1,
        }
    }

    /// Encodes. Layout from bit 0: base 16, fallback 16, port 4, width 6, reg 6,
    /// shift 5, n_from_reg 1, lsb 1, little 1, kind 2, control 1; the rest is 0.
    #[must_use]
    pub fn encode(&self) -> u64 {
        u64::from(self.base)
            | u64::from(self.fallback) << 16
            | u64::from(self.port as u8) << 32
            | u64::from(self.width) << 36
            | u64::from(self.reg) << 42
            | u64::from(self.shift) << 48
            | u64::from(self.n_from_reg) << 53
            | u64::from(self.lsb) << 54
            | u64::from(self.little) << 55
            | u64::from(self.kind as u8) << 56
            | u64::from(self.control) << 58
    }

    /// Decodes; `None` for an undefined word (unknown port or kind, a field out
    /// of its range, or a bit set in a field that the port does not use).
    #[must_use]
    pub fn decode(word: u64) -> Option<StateWord> {
        let field = |at: u32, bits: u32| (word >> at & ((1 << bits) - 1)) as u8;
        let state = StateWord {
            base: word as u16,
            fallback: (word >> 16) as u16,
            port: Port::from_code(field(32, 4))?,
            width: field(36, 6),
            reg: field(42, 6),
            shift: field(48, 5),
            n_from_reg: field(53, 1) != 0,
            lsb: field(54, 1) != 0,
            little: field(55, 1) != 0,
            kind: match field(56, 2) {
                0 => IntKind::Unsigned,
                1 => IntKind::Signed,
                2 => IntKind::Extended,
                _ => return None,
            },
            control: field(58, 1) != 0,
        };
        (word >> 59 == 0 && state.is_valid()).then_some(state)
    }

    fn is_valid(&self) -> bool {
        let plain_int = !self.n_from_reg && !self.little && self.kind == IntKind::Unsigned;
        match self.port {
            Port::None | Port::Reply => {
                *self
                    == StateWord {
                        port: self.port,
                        base: self.base,
                        ..Self::default()
                    }
            }
            Port::Symbol => {
                (1..=12).contains(&self.width) && self.reg == 0 && self.shift == 0 && plain_int
            }
            Port::Int => {
                let n_ok = if self.n_from_reg {
                    self.width == 0
                } else {
                    self.reg == 0 && self.width <= 32
                };
                n_ok && self.shift == 0
                    && self.fallback == super::NONE
                    && !(self.little
                        && (self.lsb || (!self.n_from_reg && !self.width.is_multiple_of(8))))
            }
            Port::Map => self.width == 0 && self.shift == 0 && plain_int,
            Port::Value => (1..=8).contains(&self.width) && plain_int && !self.lsb && !self.control,
            Port::Cond => {
                super::Cond::from_code(self.width).is_some()
                    && self.reg == 0
                    && self.shift == 0
                    && plain_int
                    && !self.lsb
                    && !self.control
            }
            Port::Flag => {
                self.width <= 8
                    && self.reg == 0
                    && self.shift == 0
                    && plain_int
                    && !self.lsb
                    && !self.control
            }
        }
    }
}
