//! Results of a block: sums wait until somebody needs them.

use super::super::form::Form;
use super::super::{Kind, slot};
use super::{ADDR, Builder, PC, QUEUE, RAM, members};
use crate::micro::{Class, DISCARD, Micro, bit};
use crate::names::{NAMES, Name};
use crate::ops::{FlagEffect, Op};
use crate::state::result_bits;

impl Builder<'_> {
    pub(super) fn alu(&mut self, micro: &Micro, shifts: [i8; 2]) {
        let mut reads = micro.reads;
        let reads_memory = micro.class == Class::Transfer && (micro.a == RAM || micro.b == RAM);
        let transfers = micro.class == Class::Transfer;
        if transfers && (reads_memory || micro.d == RAM) {
            reads |= bit(Name::ADDR);
        }
        let latency = self.latency(reads);
        let at = self.cycle + latency;
        let sets_flags = micro.op.row().shape.flags != FlagEffect::Keep;
        let delays = reads_memory && self.spec.ram_latency > 0;

        // Sources that are no registers go through slots of their own.
        let word = if self.linked {
            slot::IN + self.taken
        } else {
            slot::WORD
        };
        let source = |name: u8| match name {
            RAM if transfers => slot::LOADED,
            QUEUE if transfers => word,
            name => name,
        };
        let a = source(micro.a);
        let mut b = source(micro.b);
        if transfers && micro.b == PC {
            b = slot::CONSTANT;
            self.set(b, Form::constant(micro.imm));
        }
        let d = match micro.d {
            QUEUE if transfers && self.linked => slot::OUT + self.sent,
            RAM | QUEUE if transfers => slot::RESULT,
            PC if transfers => slot::NOWHERE,
            DISCARD => slot::NOWHERE,
            name => name,
        };
        let takes = a == word || b == word;
        let sends = transfers && micro.d == QUEUE;
        if self.linked {
            self.note_transfer(takes, sends, at);
        }
        if sends && (reads_memory || sets_flags) {
            // Nothing may have happened when it turns out that there is no room.
            self.access(Kind::Room, 0, 0, at);
        }
        if takes && !self.linked {
            self.overwrite(slot::WORD);
            self.access(Kind::Take, slot::WORD, 0, at);
        }
        if reads_memory {
            self.settle_form(ADDR);
            self.overwrite(slot::LOADED);
            self.op(Kind::Load, slot::LOADED, 0, 0, 0);
        }
        self.compute(micro, d, a, b, shifts);
        if transfers && micro.d == RAM {
            self.settle_form(ADDR);
            let from = self.result();
            self.op(Kind::Store, 0, 0, from, 0);
        }
        if sends && !self.linked {
            let from = self.result();
            self.access(Kind::Put, 0, from, at);
        }
        if delays && self.waits {
            self.waits = false;
            if !self.linked {
                self.op(Kind::Hasten, 0, 0, 0, 0);
            }
        }

        self.row(self.pc, latency, micro);
        self.pc = self.pc.wrapping_add(1);
        if !transfers {
            self.settle(micro.watch);
            return;
        }
        self.settle(reads);
        let result = result_bits(micro.d, sets_flags);
        self.settle(result);
        if delays {
            let usable = at + u32::from(micro.occupancy) + u32::from(self.spec.ram_latency);
            self.delayed |= result;
            self.ever_delayed |= result;
            for i in members(result) {
                self.ready[i] = usable;
            }
        }
    }

    /// Works out what a result is, or plans the operation for it.
    pub(super) fn compute(&mut self, micro: &Micro, d: u8, a: u8, b: u8, shifts: [i8; 2]) {
        let [left, right] = shifts;
        if left >= 0 && right >= 0 {
            // Modulo 2^16 these are sums of products, which can wait.
            let sign = if micro.op == Op::Sub { u16::MAX } else { 1 };
            if matches!(micro.op, Op::Add | Op::Sub | Op::Add1) {
                let (a, b) = (self.form(a), self.form(b));
                let one = u16::from(micro.op == Op::Add1);
                let sum = a.times(1 << left).plus(&b.times(sign << right), one);
                match sum {
                    Some(sum) => return self.set(d, sum),
                    None => self.settle_forms(),
                }
            }
        }
        let kind = match micro.op {
            Op::Add => Kind::ShiftAdd,
            Op::Sub => Kind::ShiftSub,
            Op::And => Kind::And,
            Op::Or => Kind::Or,
            Op::Xor => Kind::Xor,
            Op::AddF => Kind::AddF,
            Op::SubF => Kind::SubF,
            Op::AndF => Kind::AndF,
            Op::OrF => Kind::OrF,
            Op::XorF => Kind::XorF,
            Op::AddC => Kind::AddC,
            Op::SubB => Kind::SubB,
            _ => Kind::Add1,
        };
        let plain = shifts == [0; 2];
        if kind == Kind::And && plain && self.masked_sum(d, a, b) {
            return;
        }
        self.settle_form(a);
        self.settle_form(b);
        self.overwrite(d);
        let kind = match kind {
            Kind::And if !plain => Kind::ShiftAnd,
            Kind::Or if !plain => Kind::ShiftOr,
            Kind::Xor if !plain => Kind::ShiftXor,
            kind => kind,
        };
        self.op(kind, d, a, b, 0);
        if let Some(op) = self.block.ops.last_mut() {
            [op.x, op.y] = shifts.map(|amount| (16 + i16::from(amount)).clamp(0, 31) as u8);
        }
    }

    /// `d = (p + q) & m` as one operation, if the sum is only needed for it.
    pub(super) fn masked_sum(&mut self, d: u8, a: u8, b: u8) -> bool {
        let Some(sum) = self.forms.get(d) else {
            return false;
        };
        let mask = match (a == d, b == d) {
            (true, false) => b,
            (false, true) => a,
            _ => return false,
        };
        let Some((p, q)) = sum.pair() else {
            return false;
        };
        if self.forms.get(mask).is_some() {
            return false;
        }
        self.forms.take(d);
        self.overwrite(d);
        self.op(Kind::AddAnd, d, p, q, 0);
        if let Some(op) = self.block.ops.last_mut() {
            op.x = mask;
        }
        true
    }

    /// What a slot holds, as a sum over slots that hold what they should.
    pub(super) fn form(&mut self, slot: u8) -> Form {
        if slot == PC {
            return Form::constant(0);
        }
        if self.forms.get(slot).is_some_and(|form| form.uses(slot)) {
            self.settle_form(slot);
        }
        match self.forms.get(slot) {
            Some(form) => form.clone(),
            None => Form::slot(slot),
        }
    }

    /// A slot gets a new value, which is worked out when it is needed.
    pub(super) fn set(&mut self, slot: u8, form: Form) {
        if slot == slot::NOWHERE {
            return;
        }
        self.settle_users(slot);
        self.forms.take(slot);
        // What was only fetched for this can go where it belongs.
        if let Some(from) = form.only()
            && from >= slot::WORD
            && self.forms.users(from).is_empty()
            && let Some(last) = self.block.ops.last_mut()
            && last.d == from
            && matches!(last.kind, Kind::Take | Kind::Load)
        {
            last.d = slot;
            return;
        }
        self.forms.put(slot, form);
    }

    /// A slot is about to be overwritten.
    pub(super) fn overwrite(&mut self, slot: u8) {
        self.settle_users(slot);
        self.forms.take(slot);
    }

    /// Where the result that is to be stored or sent can be read; it is
    /// needed for nothing else.
    pub(super) fn result(&mut self) -> u8 {
        let form = self.forms.get(slot::RESULT);
        if let Some(from) = form.and_then(Form::only) {
            self.forms.take(slot::RESULT);
            return from;
        }
        self.settle_form(slot::RESULT);
        slot::RESULT
    }

    /// Works out the slots that depend on one.
    pub(super) fn settle_users(&mut self, slot: u8) {
        for user in self.forms.users(slot) {
            self.settle_form(user);
        }
    }

    /// Works out all slots that are registers, or sent through a link.
    pub(super) fn settle_forms(&mut self) {
        let registers = |slot: &u8| usize::from(*slot) < NAMES || *slot >= slot::OUT;
        for slot in self.forms.all().into_iter().filter(registers) {
            self.settle_form(slot);
        }
    }

    /// Works out a slot.
    pub(super) fn settle_form(&mut self, d: u8) {
        let Some(form) = self.forms.take(d) else {
            return;
        };
        if let Some(from) = form.only() {
            if from != d {
                self.op(Kind::Move, d, 0, from, 0);
            }
        } else if let Some((a, b)) = form.pair() {
            self.op(Kind::Add, d, a, b, 0);
        } else {
            match form.terms() {
                [] => self.op(Kind::Const, d, 0, 0, form.constant_part()),
                [(from, 1)] => self.op(Kind::AddConst, d, *from, 0, form.constant_part()),
                [(from, factor)] if form.constant_part() == 0 => {
                    self.op(Kind::Scale, d, *from, 0, *factor);
                }
                _ => {
                    let index = self.block.sums.len() as u16;
                    self.block.sums.push(form.sum());
                    self.op(Kind::Sum, d, 0, 0, index);
                }
            }
        }
    }
}
