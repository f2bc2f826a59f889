//! Making a block out of code.

use orrery_shared::{Run, RunRow};

use super::{Block, Exit, Fused, Kind, Next, slot};
use crate::micro::{Class, Micro, bit, bits};
use crate::names::{NAMES, Name};
use crate::ops::{FlagEffect, Op};
use crate::spec::Spec;
use crate::state::result_bits;

/// Instructions in a block.
const LONGEST: usize = 96;
/// Cycles of a block.
const MOST_CYCLES: u32 = 40_000;
/// Latencies that blocks are made for: their cycles are kept in 16 bits.
const MOST_LATENCY: u16 = 1_000;

const RAM: u8 = Name::RAM.number();
const QUEUE: u8 = Name::OUT.number();
const PC: u8 = Name::PC.number();

/// The block that starts at `pc`, if one instruction or more can be taken so.
pub(super) fn build(spec: &Spec, code: &[Micro], pc: u16, runs: &mut usize) -> Option<Block> {
    if spec.ram_latency > MOST_LATENCY {
        return None;
    }
    let mut builder = Builder {
        spec,
        code,
        runs,
        pc,
        rows: Vec::new(),
        cycle: 0,
        delayed: 0,
        ready: [0; NAMES + 1],
        settled: 0,
        ever_delayed: 0,
        bank_known: false,
        end: None,
        side_work: 0,
        side_cycles: 0,
        block: Block {
            ops: Vec::new(),
            exits: Vec::new(),
            sides: Vec::new(),
            words_at: Vec::new(),
            sends_at: Vec::new(),
            uses_bank: false,
            conditional: 0,
        },
    };
    let next = loop {
        let full = builder.rows.len() >= LONGEST || builder.cycle >= MOST_CYCLES;
        if full || !builder.unit() {
            break Next::At(builder.pc);
        }
        if let Some(next) = builder.end {
            break next;
        }
    };
    builder.exit(next);
    let block = builder.block;
    (!block.exits.is_empty()).then_some(block)
}

struct Builder<'a> {
    spec: &'a Spec,
    code: &'a [Micro],
    runs: &'a mut usize,
    pc: u16,
    rows: Vec<RunRow>,
    /// Cycle of the next beat's turn.
    cycle: u32,
    /// Results of this block that can only be used from `ready` on.
    delayed: u32,
    ready: [u32; NAMES + 1],
    settled: u32,
    /// All results that were ever delayed.
    ever_delayed: u32,
    bank_known: bool,
    /// Where the core stands after the instruction just added, if that ends the block.
    end: Option<Next>,
    /// Most of the side exits so far.
    side_work: u64,
    side_cycles: u64,
    block: Block,
}

/// The names in a set, and the flags, as indices.
fn members(set: u32) -> impl Iterator<Item = usize> {
    (0..=NAMES).filter(move |i| set >> i & 1 == 1)
}

impl Builder<'_> {
    fn micro(&self, pc: u16) -> Option<Micro> {
        let micro = *self.code.get(usize::from(pc))?;
        (micro.class != Class::Undefined).then_some(micro)
    }

    /// Adds the instruction at the program counter, with its prefixes. False
    /// if it is not for blocks; then nothing was added.
    fn unit(&mut self) -> bool {
        let start = self.pc;
        let mut pc = start;
        let mut shifts = [0i8; 2];
        let mut arithmetic = [false; 2];
        let mut prefixes = Vec::new();
        let micro = loop {
            let Some(micro) = self.micro(pc) else {
                return false;
            };
            if !matches!(micro.op, Op::Shift | Op::AShift) {
                break micro;
            }
            if prefixes.len() >= LONGEST {
                return false;
            }
            for (i, amount) in [micro.a as i8, micro.b as i8].into_iter().enumerate() {
                if amount != 0 {
                    shifts[i] = amount;
                    arithmetic[i] = micro.op == Op::AShift;
                }
            }
            prefixes.push((pc, micro));
            pc = pc.wrapping_add(1);
        };
        // The shifters wait for the next ALU instruction; an IF lets them.
        if micro.op == Op::If && !prefixes.is_empty() {
            return false;
        }
        // Arithmetic right shifts are rare enough.
        if micro.op.is_alu() && (0..2).any(|i| arithmetic[i] && shifts[i] < 0) {
            return false;
        }
        let supported = match micro.op {
            Op::Const | Op::ConstW | Op::Inc | Op::Jump | Op::If | Op::Halt => true,
            Op::BankI => micro.imm <= self.spec.banks,
            op => op.is_alu(),
        };
        if !supported {
            return false;
        }
        let uses_memory =
            micro.class == Class::Transfer && [micro.a, micro.b, micro.d].contains(&RAM);
        if uses_memory && !self.bank_known {
            self.block.uses_bank = true;
        }
        if uses_memory && self.bank_known && !self.bank_selected() {
            return false;
        }
        if micro.op == Op::If {
            return self.condition(&micro);
        }
        let queue = micro.class == Class::Transfer && [micro.a, micro.b, micro.d].contains(&QUEUE);
        if (queue || micro.op == Op::Halt) && !self.rows.is_empty() {
            self.exit(Next::At(start));
        }
        for (at, prefix) in &prefixes {
            self.row(*at, 0, prefix);
            self.settle(prefix.watch);
        }
        self.pc = pc;
        if micro.op.is_alu() {
            self.alu(&micro, shifts);
        } else {
            self.system(&micro);
        }
        true
    }

    /// Whether the bank selected last in this block is one.
    fn bank_selected(&self) -> bool {
        let mut banks = self.block.ops.iter().rev();
        let last = banks.find(|op| op.kind == Kind::Bank);
        last.is_none_or(|op| op.imm != 0)
    }

    /// A beat.
    fn row(&mut self, pc: u16, latency: u32, micro: &Micro) {
        self.rows.push(RunRow {
            pc: pc.into(),
            latency,
            occupancy: micro.occupancy.into(),
        });
        self.cycle += latency + u32::from(micro.occupancy);
    }

    /// Cycles that a beat waits for these results.
    fn latency(&self, reads: u32) -> u32 {
        let ready = members(reads & self.delayed).map(|i| self.ready[i]).max();
        ready.unwrap_or(0).saturating_sub(self.cycle)
    }

    fn settle(&mut self, names: u32) {
        let names = names & !(bits::SKIP | bits::ALWAYS);
        self.delayed &= !names;
        self.settled |= names;
    }

    fn op(&mut self, kind: Kind, d: u8, a: u8, b: u8, imm: u16) {
        self.block.ops.push(Fused {
            kind,
            d,
            a,
            b,
            x: 16,
            y: 16,
            imm,
        });
    }

    fn alu(&mut self, micro: &Micro, shifts: [i8; 2]) {
        let mut reads = micro.reads;
        let reads_memory = micro.class == Class::Transfer && (micro.a == RAM || micro.b == RAM);
        let transfers = micro.class == Class::Transfer;
        if transfers && (reads_memory || micro.d == RAM) {
            reads |= bit(Name::ADDR);
        }
        let latency = self.latency(reads);
        let at = self.cycle + latency;
        let sets_flags = micro.op.row().shape.flags != FlagEffect::Keep;

        // Sources that are no registers go through slots of their own.
        let source = |name: u8| match name {
            RAM if transfers => slot::LOADED,
            QUEUE if transfers => slot::WORD,
            name => name,
        };
        let a = source(micro.a);
        let mut b = source(micro.b);
        if transfers && micro.b == PC {
            b = slot::CONSTANT;
            self.op(Kind::Const, b, 0, 0, micro.imm);
        }
        let d = match micro.d {
            RAM | QUEUE if transfers => slot::RESULT,
            PC if transfers => slot::NOWHERE,
            name => name,
        };
        if reads_memory {
            self.op(Kind::Load, slot::LOADED, 0, 0, 0);
        }
        if a == slot::WORD || b == slot::WORD {
            self.op(Kind::Take, slot::WORD, 0, 0, at as u16);
            self.block.words_at.push(at);
        }
        let result = self.compute(micro, d, a, b, shifts);
        if transfers && micro.d == RAM {
            self.op(Kind::Store, 0, 0, result, 0);
        }
        if transfers && micro.d == QUEUE {
            self.op(Kind::Put, 0, 0, result, at as u16);
            self.block.sends_at.push(at);
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
        if reads_memory && self.spec.ram_latency > 0 {
            let usable = at + u32::from(micro.occupancy) + u32::from(self.spec.ram_latency);
            self.delayed |= result;
            self.ever_delayed |= result;
            for i in members(result) {
                self.ready[i] = usable;
            }
        }
    }

    /// The operation itself. Returns where its result can be read.
    fn compute(&mut self, micro: &Micro, d: u8, a: u8, b: u8, shifts: [i8; 2]) -> u8 {
        let shifted = shifts != [0; 2];
        if micro.op == Op::Add && a == PC && shifts[1] == 0 {
            // A move. What was only fetched for it can go where it belongs.
            if d == slot::RESULT {
                return b;
            }
            match self.block.ops.last_mut() {
                Some(last) if last.d == b && b >= slot::WORD => last.d = d,
                _ => self.op(Kind::Move, d, 0, b, 0),
            }
            return d;
        }
        let kind = match (micro.op, shifted) {
            (Op::Add, false) => Kind::Add,
            (Op::Sub, false) => Kind::Sub,
            (Op::And, false) => Kind::And,
            (Op::Or, false) => Kind::Or,
            (Op::Xor, false) => Kind::Xor,
            (Op::Add, true) => Kind::ShiftAdd,
            (Op::Sub, true) => Kind::ShiftSub,
            (Op::And, true) => Kind::ShiftAnd,
            (Op::Or, true) => Kind::ShiftOr,
            (Op::Xor, true) => Kind::ShiftXor,
            (Op::AddF, _) => Kind::AddF,
            (Op::SubF, _) => Kind::SubF,
            (Op::AndF, _) => Kind::AndF,
            (Op::OrF, _) => Kind::OrF,
            (Op::XorF, _) => Kind::XorF,
            (Op::AddC, _) => Kind::AddC,
            (Op::SubB, _) => Kind::SubB,
            _ => Kind::Add1,
        };
        self.op(kind, d, a, b, 0);
        if let Some(op) = self.block.ops.last_mut() {
            [op.x, op.y] = shifts.map(|amount| (16 + i16::from(amount)).clamp(0, 31) as u8);
        }
        d
    }

    fn system(&mut self, micro: &Micro) {
        let pc = self.pc;
        let latency = self.latency(micro.reads);
        let at = self.cycle + latency;
        match micro.op {
            Op::Const | Op::ConstW => self.op(Kind::Const, micro.d, 0, 0, micro.imm),
            Op::Inc => {
                self.op(Kind::Const, slot::CONSTANT, 0, 0, 1);
                self.op(Kind::Add, micro.d, micro.a, slot::CONSTANT, 0);
            }
            Op::BankI => {
                self.op(Kind::Bank, 0, 0, 0, micro.imm);
                self.bank_known = true;
            }
            Op::Halt => {
                self.op(Kind::Halt, 0, 0, 0, at as u16);
                self.block.sends_at.push(at);
                self.end = Some(Next::Home(pc));
            }
            Op::Jump => self.end = Some(Next::Register(micro.a)),
            _ => {}
        }
        self.row(pc, latency, micro);
        self.settle(micro.watch);
        if micro.op != Op::Halt {
            self.pc = pc.wrapping_add(u16::from(micro.words));
        }
    }

    /// An IF. What it covers is either one operation that can be passed over,
    /// or, by far the most often, something that leads away.
    fn condition(&mut self, micro: &Micro) -> bool {
        let body = self.pc.wrapping_add(1);
        // What would be skipped.
        let mut skipped = Vec::new();
        let mut pc = body;
        loop {
            let Some(next) = self.micro(pc) else {
                return false;
            };
            skipped.push((pc, next));
            pc = pc.wrapping_add(u16::from(next.words));
            if !next.op.row().shape.prefix {
                break;
            }
            if skipped.len() >= LONGEST {
                return false;
            }
        }
        let latency = self.latency(micro.reads);
        self.row(self.pc, latency, micro);
        self.settle(micro.watch);
        self.pc = body;
        if self.optional(&skipped) {
            self.op(Kind::Unless, 0, 0, 0, micro.imm);
            for (_, next) in &skipped {
                self.block.conditional |= next.watch & !(bits::SKIP | bits::ALWAYS);
            }
            // Executed or skipped, they take the same beats.
            return self.unit();
        }
        let side = self.make_exit(Next::At(body));
        self.op(Kind::Leave, self.block.sides.len() as u8, 0, 0, micro.imm);
        self.side_work = self.side_work.max(side.work);
        self.side_cycles = self.side_cycles.max(side.cycles);
        self.block.sides.push(side);
        for (at, next) in &skipped {
            self.rows.push(RunRow {
                pc: u32::from(*at),
                latency: 0,
                occupancy: next.words.into(),
            });
            self.cycle += u32::from(next.words);
        }
        self.pc = pc;
        true
    }

    /// Whether the instructions come to one operation whose beats are the same
    /// whether it is executed or skipped.
    fn optional(&self, unit: &[(u16, Micro)]) -> bool {
        let Some((last, prefixes)) = unit.split_last() else {
            return false;
        };
        let plain = |m: &Micro| {
            m.class == Class::Local
                && m.occupancy == u16::from(m.words)
                // Nothing that it would wait for or settle.
                && m.watch & self.delayed == 0
        };
        let shifts = |m: &Micro| m.op == Op::Shift && plain(m);
        let fuses = last.1.op.is_alu() || last.1.op == Op::Const;
        fuses && plain(&last.1) && prefixes.iter().all(|(_, m)| shifts(m))
    }

    fn make_exit(&mut self, next: Next) -> Exit {
        let id = *self.runs;
        *self.runs += 1;
        let run = Run::new(id, self.rows.clone(), self.rows.len() as u64);
        Exit {
            ops: self.block.ops.len(),
            words: self.block.words_at.len(),
            sends: self.block.sends_at.len(),
            next,
            settled: self.settled,
            delayed: self.delayed,
            ready: members(self.ever_delayed)
                .map(|i| (i as u8, self.ready[i]))
                .collect(),
            work: run.work().max(self.side_work),
            cycles: run.cycles().max(self.side_cycles),
            run,
        }
    }

    /// The block can be left here.
    fn exit(&mut self, next: Next) {
        if !self.rows.is_empty() {
            let exit = self.make_exit(next);
            self.block.exits.push(exit);
        }
    }
}
