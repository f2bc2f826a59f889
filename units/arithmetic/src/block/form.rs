//! Sums of products modulo 2^16: what additions, subtractions and shifts to the
//! left come to. A result that is one can wait until it is needed, by then as
//! part of a longer sum, or not at all if it is overwritten.
//!
//! As long as one waits, no other one depends on the slot it belongs to.

use super::{Sum, TERMS, slot};

/// A sum of products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// Slots and what they are multiplied with.
    terms: Vec<(u8, u16)>,
    constant: u16,
}

impl Form {
    pub fn constant(value: u16) -> Self {
        Form {
            terms: Vec::new(),
            constant: value,
        }
    }

    pub fn slot(slot: u8) -> Self {
        Form {
            terms: vec![(slot, 1)],
            constant: 0,
        }
    }

    pub fn times(mut self, factor: u16) -> Self {
        for (_, product) in &mut self.terms {
            *product = product.wrapping_mul(factor);
        }
        self.constant = self.constant.wrapping_mul(factor);
        self.terms.retain(|(_, product)| *product != 0);
        self
    }

    /// The sum of two, and of a number; `None` if it has too many terms.
    pub fn plus(mut self, other: &Form, number: u16) -> Option<Self> {
        for &(slot, product) in &other.terms {
            match self.terms.iter_mut().find(|(s, _)| *s == slot) {
                Some((_, known)) => *known = known.wrapping_add(product),
                None => self.terms.push((slot, product)),
            }
        }
        self.terms.retain(|(_, product)| *product != 0);
        self.constant = self
            .constant
            .wrapping_add(other.constant)
            .wrapping_add(number);
        (self.terms.len() <= TERMS).then_some(self)
    }

    pub fn uses(&self, slot: u8) -> bool {
        self.terms.iter().any(|(s, _)| *s == slot)
    }

    pub fn terms(&self) -> &[(u8, u16)] {
        &self.terms
    }

    pub fn constant_part(&self) -> u16 {
        self.constant
    }

    /// The slot that it is the value of, if it is no more than that.
    pub fn only(&self) -> Option<u8> {
        match (self.terms.as_slice(), self.constant) {
            ([(slot, 1)], 0) => Some(*slot),
            _ => None,
        }
    }

    /// The slots that it is the plain sum of, if it is that of two.
    pub fn pair(&self) -> Option<(u8, u8)> {
        match (self.terms.as_slice(), self.constant) {
            ([(a, 1), (b, 1)], 0) => Some((*a, *b)),
            _ => None,
        }
    }

    /// In the form that is carried out.
    pub fn sum(&self) -> Sum {
        let mut sum = Sum {
            slots: [0; TERMS],
            factors: [0; TERMS],
            constant: self.constant,
        };
        for (i, &(slot, factor)) in self.terms.iter().take(TERMS).enumerate() {
            sum.slots[i] = slot;
            sum.factors[i] = factor;
        }
        sum
    }
}

/// The forms of all slots that wait.
#[derive(Debug)]
pub(super) struct Forms([Option<Form>; slot::COUNT]);

impl Default for Forms {
    fn default() -> Self {
        Forms(std::array::from_fn(|_| None))
    }
}

impl Forms {
    pub fn get(&self, slot: u8) -> Option<&Form> {
        self.0.get(usize::from(slot))?.as_ref()
    }

    pub fn take(&mut self, slot: u8) -> Option<Form> {
        self.0.get_mut(usize::from(slot))?.take()
    }

    pub fn put(&mut self, slot: u8, form: Form) {
        if let Some(place) = self.0.get_mut(usize::from(slot)) {
            *place = Some(form);
        }
    }

    /// The slots that wait.
    pub fn all(&self) -> Vec<u8> {
        let slots = 0..slot::COUNT as u8;
        slots.filter(|&slot| self.get(slot).is_some()).collect()
    }

    /// Other slots that wait and depend on this one.
    pub fn users(&self, slot: u8) -> Vec<u8> {
        let uses = |s: &u8| *s != slot && self.get(*s).is_some_and(|form| form.uses(slot));
        self.all().into_iter().filter(uses).collect()
    }
}
