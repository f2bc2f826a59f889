//! How symbols are read: width and orders, changed by groups.

use super::ast;

/// Widest symbol that a state can match.
pub const PEEK: u8 = 12;
/// Widest integer.
pub const INTEGER: u32 = 32;

/// How symbols are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Setting {
    /// Bits per symbol, 1 to 32.
    pub width: u8,
    /// Bits of a byte arrive lowest first.
    pub lsb: bool,
    /// Whole bytes of integers arrive lowest first.
    pub little: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Setting {
            width: 8,
            lsb: false,
            little: false,
        }
    }
}

impl Setting {
    /// What a group makes of it; a wrong width is left out.
    #[must_use]
    pub fn with(self, change: ast::Setting) -> Self {
        match change {
            ast::Setting::Width(n) if (1..=INTEGER).contains(&n) => Setting {
                width: n as u8,
                ..self
            },
            ast::Setting::Width(_) => self,
            ast::Setting::BigEndian => Setting {
                little: false,
                ..self
            },
            ast::Setting::LittleEndian => Setting {
                little: true,
                ..self
            },
            ast::Setting::Msb => Setting { lsb: false, ..self },
            ast::Setting::Lsb => Setting { lsb: true, ..self },
        }
    }

    /// The way it is written behind a rule's name in lists; nothing for the usual one.
    #[must_use]
    pub fn suffix(self) -> String {
        let mut out = String::new();
        if self.width != 8 {
            out.push_str(&format!(" {}", self.width));
        }
        out.push_str(if self.lsb { " lsb" } else { "" });
        out.push_str(if self.little { " le" } else { "" });
        out
    }
}

/// A set of symbols of one width (at most [`PEEK`] bits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    words: Vec<u64>,
    width: u8,
}

impl Set {
    /// The empty set.
    #[must_use]
    pub fn new(width: u8) -> Self {
        debug_assert!(width <= PEEK);
        Set {
            words: vec![0; (1usize << width).div_ceil(64)],
            width,
        }
    }

    /// All symbols from `low` to `high`.
    #[must_use]
    pub fn range(width: u8, low: u32, high: u32) -> Self {
        let mut set = Set::new(width);
        (low..=high.min((1 << width) - 1)).for_each(|s| set.insert(s));
        set
    }

    /// Bits per symbol.
    #[must_use]
    pub fn width(&self) -> u8 {
        self.width
    }

    /// Adds a symbol.
    pub fn insert(&mut self, symbol: u32) {
        self.words[symbol as usize / 64] |= 1 << (symbol % 64);
    }

    /// Whether a symbol is in it.
    #[must_use]
    pub fn contains(&self, symbol: u32) -> bool {
        self.words[symbol as usize / 64] >> (symbol % 64) & 1 != 0
    }

    /// Adds a set.
    pub fn add(&mut self, other: &Set) {
        self.words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(a, b)| *a |= b);
    }

    /// Removes a set.
    pub fn remove(&mut self, other: &Set) {
        self.words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(a, b)| *a &= !b);
    }

    /// How many symbols are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    /// Whether everything is in it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == 1 << self.width
    }

    /// The symbols, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..1u32 << self.width).filter(|s| self.contains(*s))
    }

    /// The wider symbols that begin with one of these.
    #[must_use]
    pub fn widen(&self, width: u8, lsb: bool) -> Set {
        if width <= self.width {
            return self.clone();
        }
        let mut set = Set::new(width);
        let extra = width - self.width;
        for symbol in self.iter() {
            for more in 0..1u32 << extra {
                set.insert(if lsb {
                    more << self.width | symbol
                } else {
                    symbol << extra | more
                });
            }
        }
        set
    }
}
