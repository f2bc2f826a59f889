//! What a part of a grammar can begin with.

use std::collections::HashMap;

use super::ast::{
    Atom, Case, Choice, Const, ConstKind, Repeat, Sequence, Statement, Subject, Term, TermKind,
};
use super::lower::Lower;
use super::setting::{PEEK, Set, Setting};

/// Rules within rules that are looked into.
const DEEPEST: u32 = 64;

/// What a part can begin with.
#[derive(Clone, Debug, Default)]
pub struct First {
    /// Symbols, by width.
    pub symbols: Vec<Set>,
    /// Something else than a symbol.
    pub opaque: bool,
    /// Nothing at all: what follows decides.
    pub empty: bool,
}

impl First {
    fn opaque() -> Self {
        First {
            opaque: true,
            ..First::default()
        }
    }

    fn empty() -> Self {
        First {
            empty: true,
            ..First::default()
        }
    }

    fn symbols(set: Set) -> Self {
        First {
            symbols: vec![set],
            ..First::default()
        }
    }

    fn add(&mut self, other: First) {
        for set in other.symbols {
            match self.symbols.iter_mut().find(|s| s.width() == set.width()) {
                Some(mine) => mine.add(&set),
                None => self.symbols.push(set),
            }
        }
        self.opaque |= other.opaque;
        self.empty |= other.empty;
    }

    /// Whether the next symbol tells.
    pub fn decides(&self) -> bool {
        !self.opaque && !self.empty && !self.symbols.is_empty()
    }

    /// The widest symbols.
    pub fn width(&self) -> u8 {
        self.symbols.iter().map(Set::width).max().unwrap_or(0)
    }

    /// All of them as symbols of one width.
    pub fn widen(&self, width: u8, lsb: bool) -> Set {
        let mut all = Set::new(width);
        self.symbols
            .iter()
            .for_each(|s| all.add(&s.widen(width, lsb)));
        all
    }
}

/// First sets of rules; `None` while one is being computed.
pub type Firsts = HashMap<(usize, Setting), Option<First>>;

/// An atom that is one symbol.
#[derive(Clone, Debug)]
pub struct Simple {
    /// Which symbols.
    pub set: Set,
    /// Bits consumed.
    pub consume: u8,
    /// Bits of the symbol that are captured, if not all.
    pub payload: Option<u8>,
}

impl<'a> Lower<'a> {
    /// The symbols of an atom that is one symbol; wrong numbers are reported.
    pub fn simple(&mut self, atom: &'a Atom, set: Setting) -> Option<Simple> {
        let width = set.width;
        let symbols = |low, high| Simple {
            set: Set::range(width, low, high),
            consume: width,
            payload: None,
        };
        let whole = width <= PEEK;
        match atom {
            Atom::Symbol(low, high) => {
                let (low_value, high_value) = self.range(low, high.as_ref(), width)?;
                whole.then(|| symbols(low_value, high_value))
            }
            Atom::Named(name) if !self.names.rules.contains_key(name.text.as_str()) => {
                let low = Const {
                    kind: ConstKind::Name(name.text.clone()),
                    span: name.span,
                };
                let (low, high) = self.range(&low, None, width)?;
                whole.then(|| symbols(low, high))
            }
            Atom::Any => whole.then(|| symbols(0, u32::MAX)),
            Atom::Tag(bits) | Atom::ShortTag(bits) => {
                let short_in_lsb = set.lsb && matches!(atom, Atom::ShortTag(_));
                if bits.count > width || !whole || short_in_lsb {
                    return None;
                }
                let rest = width - bits.count;
                let low = bits.value << rest;
                let simple = symbols(low, low | ((1 << rest) - 1));
                Some(match atom {
                    Atom::Tag(_) => Simple {
                        payload: Some(rest),
                        ..simple
                    },
                    _ => Simple {
                        consume: bits.count,
                        ..simple
                    },
                })
            }
            Atom::Choice(choice) => {
                let mut all: Option<Simple> = None;
                for alternative in &choice.alternatives {
                    let [
                        Term {
                            kind:
                                TermKind::Match {
                                    capture: None,
                                    atom,
                                    repeat: Repeat::Once,
                                },
                            ..
                        },
                    ] = alternative.as_slice()
                    else {
                        return None;
                    };
                    let one = self.simple(atom, set)?;
                    match &mut all {
                        None => all = Some(one),
                        Some(all) => {
                            if all.consume != one.consume || all.payload != one.payload {
                                return None;
                            }
                            let mut overlap = one.set.clone();
                            overlap.remove(&all.set);
                            if overlap.is_empty() {
                                // A hidden alternative: the general way reports it.
                                return None;
                            }
                            all.set.add(&one.set);
                        }
                    }
                }
                all
            }
            _ => None,
        }
    }

    /// What alternatives can begin with.
    pub fn first_choice(&mut self, choice: &'a Choice, set: Setting, depth: u32) -> First {
        let mut all = First::default();
        for alternative in &choice.alternatives {
            all.add(self.first_sequence(alternative, set, depth));
        }
        all
    }

    /// What a sequence can begin with.
    pub fn first_sequence(&mut self, terms: &'a [Term], set: Setting, depth: u32) -> First {
        let mut all = First::default();
        for term in terms {
            let mut one = self.first_term(term, set, depth);
            let goes_on = std::mem::take(&mut one.empty);
            all.add(one);
            if !goes_on {
                return all;
            }
        }
        all.empty = true;
        all
    }

    fn first_term(&mut self, term: &'a Term, set: Setting, depth: u32) -> First {
        match &term.kind {
            TermKind::Condition(_) | TermKind::Action(_) => First::empty(),
            TermKind::Statement(statement) => match statement {
                Statement::Assign(..)
                | Statement::CheckStop(..)
                | Statement::NewMap { .. }
                | Statement::Store { .. }
                | Statement::ChangeBits { .. }
                | Statement::Local(_)
                | Statement::CheckStart { .. }
                | Statement::Reset(_)
                | Statement::Close(_)
                | Statement::Fill { .. }
                | Statement::Insert { .. }
                | Statement::Warn(_) => First::empty(),
                _ => First::opaque(),
            },
            TermKind::Guard { body, .. } => self.first_choice(body, set, depth),
            TermKind::Dispatch {
                subject: Subject::Capture(_),
                cases,
                ..
            } => self.first_cases(cases, set, depth),
            TermKind::Dispatch { .. } => First::opaque(),
            TermKind::Match { atom, repeat, .. } => {
                let mut first = self.first_atom(atom, set, depth);
                first.empty |= match repeat {
                    Repeat::Once => false,
                    Repeat::Count(n) => self.constants.get(n).is_none_or(|n| n == 0),
                    Repeat::Lazy | Repeat::Whole | Repeat::Frame => true,
                };
                first
            }
        }
    }

    fn first_cases(&mut self, cases: &'a [Case], set: Setting, depth: u32) -> First {
        let mut all = First::default();
        for case in cases {
            all.add(self.first_sequence(&case.body, set, depth));
        }
        all
    }

    /// What an atom can begin with.
    pub fn first_atom(&mut self, atom: &'a Atom, set: Setting, depth: u32) -> First {
        if let Some(simple) = self.simple(atom, set) {
            return First::symbols(simple.set);
        }
        match atom {
            Atom::Text(bytes) if set.width == 8 => match bytes.first() {
                Some(b) => First::symbols(Set::range(8, (*b).into(), (*b).into())),
                None => First::empty(),
            },
            Atom::Empty => First::empty(),
            Atom::Choice(choice) => self.first_choice(choice, set, depth),
            Atom::Group(change, choice) => {
                let inner = set.with(*change);
                if inner.lsb == set.lsb {
                    self.first_choice(choice, inner, depth)
                } else {
                    First::opaque()
                }
            }
            Atom::Named(name) | Atom::Call(name, _) => {
                match self.names.rules.get(name.text.as_str()) {
                    Some(&rule) => self.first_rule(rule, set, depth),
                    None => First::opaque(),
                }
            }
            _ => First::opaque(),
        }
    }

    fn first_rule(&mut self, rule: usize, set: Setting, depth: u32) -> First {
        match self.firsts.get(&(rule, set)) {
            Some(Some(first)) => return first.clone(),
            Some(None) => return First::opaque(),
            None if depth > DEEPEST => return First::opaque(),
            None => {}
        }
        self.firsts.insert((rule, set), None);
        let file = self.file;
        let first = self.first_choice(&file.rules[rule].body, set, depth + 1);
        self.firsts.insert((rule, set), Some(first.clone()));
        first
    }

    /// Whether an alternative plainly begins with a symbol of its own.
    pub fn begins_with_symbol(&mut self, terms: &'a Sequence, set: Setting) -> bool {
        let Some(TermKind::Match {
            atom,
            repeat: Repeat::Once,
            ..
        }) = terms.first().map(|t| &t.kind)
        else {
            return false;
        };
        if self.simple(atom, set).is_some() {
            return true;
        }
        let (choice, set) = match atom {
            Atom::Text(bytes) => return !bytes.is_empty() && set.width == 8,
            Atom::Choice(choice) => (choice, set),
            Atom::Group(change, choice) if set.with(*change).lsb == set.lsb => {
                (choice, set.with(*change))
            }
            _ => return false,
        };
        choice
            .alternatives
            .iter()
            .all(|a| self.begins_with_symbol(a, set))
    }
}
