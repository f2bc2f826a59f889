//! Making a block out of code.

mod results;

use orrery_shared::{Access, Run, RunRow};

use super::form::{Form, Forms};
use super::{Block, Exit, Fused, Kind, Next, Way, slot};
use crate::micro::{Class, Micro, bits};
use crate::names::{NAMES, Name};
use crate::ops::Op;
use crate::spec::Spec;
use crate::state::Registers;

/// Instructions in a block.
const LONGEST: usize = 96;
/// Cycles of a block.
const MOST_CYCLES: u32 = 40_000;
/// Latencies that blocks are made for: their cycles are kept in 16 bits.
const MOST_LATENCY: u16 = 1_000;

const RAM: u8 = Name::RAM.number();
const QUEUE: u8 = Name::OUT.number();
const PC: u8 = Name::PC.number();
const ADDR: u8 = Name::ADDR.number();

/// The block that starts at `pc`, if one instruction or more can be taken so.
/// `way`: from home, it starts with the head of an activation that names `pc`. `likely`:
/// registers as they are when the block is made, to guess where a jump leads.
pub(super) fn build(
    spec: &Spec,
    code: &[Micro],
    pc: u16,
    way: Way,
    likely: &Registers,
    runs: &mut usize,
) -> Option<Block> {
    if spec.ram_latency > MOST_LATENCY {
        return None;
    }
    let mut builder = Builder {
        spec,
        code,
        likely,
        runs,
        pc,
        linked: way == Way::Linked,
        accesses: Vec::new(),
        taken: 0,
        sent: 0,
        forms: Forms::default(),
        waits: true,
        seen: vec![pc],
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
            sums: Vec::new(),
            exits: Vec::new(),
            sides: Vec::new(),
            uses_bank: false,
            conditional: 0,
            guards: Vec::new(),
            takes: 0,
            fixed_put: None,
        },
    };
    if way != Way::Inside {
        builder.head();
    }
    let next = loop {
        let full = builder.rows.len() >= LONGEST || builder.cycle >= MOST_CYCLES;
        if full || !builder.unit() {
            break Next::At(builder.pc);
        }
        if let Some(next) = builder.end {
            break next;
        }
    };
    if builder.linked && !builder.is_whole(next) {
        return None;
    }
    builder.exit(next);
    builder.sum_up();
    super::fuse::fuse(&mut builder.block.ops);
    (!builder.rows.is_empty()).then_some(builder.block)
}

pub(super) struct Builder<'a> {
    spec: &'a Spec,
    code: &'a [Micro],
    pub(super) likely: &'a Registers,
    runs: &'a mut usize,
    pub(super) pc: u16,
    /// It is made for a link: queues are not accessed, only noted down.
    linked: bool,
    pub(super) accesses: Vec<Access>,
    /// Operand words taken, and words sent.
    pub(super) taken: u8,
    pub(super) sent: u8,
    /// Results that are not worked out yet.
    pub(super) forms: Forms,
    /// Nothing was delayed so far, so that queues can be waited for.
    pub(super) waits: bool,
    /// Where jumps were followed to.
    pub(super) seen: Vec<u16>,
    pub(super) rows: Vec<RunRow>,
    /// Cycle of the next beat's turn.
    pub(super) cycle: u32,
    /// Results of this block that can only be used from `ready` on.
    pub(super) delayed: u32,
    ready: [u32; NAMES + 1],
    pub(super) settled: u32,
    /// All results that were ever delayed.
    ever_delayed: u32,
    bank_known: bool,
    /// Where the core stands after the instruction just added, if that ends the block.
    pub(super) end: Option<Next>,
    /// Most of the side exits so far.
    side_work: u64,
    side_cycles: u64,
    pub(super) block: Block,
}

/// The names in a set, and the flags, as indices.
fn members(set: u32) -> impl Iterator<Item = usize> {
    (0..=NAMES).filter(move |i| set >> i & 1 == 1)
}

impl Builder<'_> {
    pub(super) fn micro(&self, pc: u16) -> Option<Micro> {
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
        if micro.op == Op::Jump {
            self.prefix_rows(&prefixes);
            self.pc = pc;
            self.jump(&micro);
            return true;
        }
        let takes = micro.class == Class::Transfer && [micro.a, micro.b].contains(&QUEUE);
        let sends = micro.class == Class::Transfer && micro.d == QUEUE;
        // Both queues are accessed when the beat issues, which for the first
        // one is not known before the second one is asked.
        if takes && sends && !self.linked {
            return false;
        }
        if self.linked && !self.can_access(takes, sends) {
            return false;
        }
        let queue = takes || sends;
        if !self.linked && (queue || micro.op == Op::Halt) {
            self.exit_before(start, pc.into());
        }
        self.prefix_rows(&prefixes);
        self.pc = pc;
        if micro.op.is_alu() {
            self.alu(&micro, shifts);
        } else {
            self.system(&micro);
        }
        true
    }

    fn prefix_rows(&mut self, prefixes: &[(u16, Micro)]) {
        for (at, prefix) in prefixes {
            self.row(*at, 0, prefix);
            self.settle(prefix.watch);
        }
    }

    /// A jump: the block goes on where it most likely leads.
    fn jump(&mut self, micro: &Micro) {
        let latency = self.latency(micro.reads);
        self.row(self.pc, latency, micro);
        self.settle(micro.watch);
        if self.linked {
            self.guarded_jump(micro.a);
            return;
        }
        self.settle_forms();
        let likely = self.likely[micro.a];
        if self.seen.contains(&likely) || self.micro(likely).is_none() {
            self.end = Some(Next::Register(micro.a));
            return;
        }
        self.seen.push(likely);
        let side = self.make_exit(Next::Register(micro.a));
        self.op(
            Kind::Unlikely,
            self.block.sides.len() as u8,
            micro.a,
            0,
            likely,
        );
        self.side_work = self.side_work.max(side.work);
        self.side_cycles = self.side_cycles.max(side.cycles);
        self.block.sides.push(side);
        self.pc = likely;
    }

    /// Whether the bank selected last in this block is one.
    fn bank_selected(&self) -> bool {
        let mut banks = self.block.ops.iter().rev();
        let last = banks.find(|op| op.kind == Kind::Bank);
        last.is_none_or(|op| op.imm != 0)
    }

    /// A beat.
    pub(super) fn row(&mut self, pc: u16, latency: u32, micro: &Micro) {
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

    pub(super) fn settle(&mut self, names: u32) {
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

    /// An operation that is an access to a queue: where it cannot be done, the
    /// block is left at the exit made last.
    fn access(&mut self, kind: Kind, d: u8, b: u8, at: u32) {
        if self.linked {
            return;
        }
        self.op(kind, d, 0, b, at as u16);
        let exit = self.block.exits.len().wrapping_sub(1) as u8;
        if let Some(op) = self.block.ops.last_mut() {
            op.x = exit;
        }
    }

    /// The head of an activation.
    fn head(&mut self) {
        let row = self.code.len() as u32;
        if self.linked {
            self.note(0, row, true, false);
        } else {
            self.exit_before(self.pc, row);
            self.access(Kind::Head, 0, 0, 0);
        }
        self.rows.push(RunRow {
            pc: row,
            latency: 0,
            occupancy: 1,
        });
        self.cycle += 1;
    }

    fn system(&mut self, micro: &Micro) {
        let pc = self.pc;
        let latency = self.latency(micro.reads);
        let at = self.cycle + latency;
        match micro.op {
            Op::Const | Op::ConstW => self.set(micro.d, Form::constant(micro.imm)),
            Op::Inc => {
                let form = self.form(micro.a).plus(&Form::constant(1), 0);
                if let Some(form) = form {
                    self.set(micro.d, form);
                }
            }
            Op::BankI => {
                self.op(Kind::Bank, 0, 0, 0, micro.imm);
                self.bank_known = true;
            }
            Op::Halt => {
                self.settle_forms();
                self.access(Kind::Halt, 0, 0, at);
                self.note(at, pc.into(), false, true);
                self.end = Some(Next::Home(pc));
            }
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
        self.settle_forms();
        if self.optional(&skipped) {
            self.op(Kind::Unless, 0, 0, 0, micro.imm);
            for (_, next) in &skipped {
                self.block.conditional |= next.watch & !(bits::SKIP | bits::ALWAYS);
            }
            // Executed or skipped, they take the same beats. It is one
            // operation that can be passed over.
            let before = self.block.ops.len();
            let added = self.unit();
            self.settle_forms();
            if self.block.ops.len() == before {
                self.op(Kind::Move, slot::NOWHERE, 0, slot::NOWHERE, 0);
            }
            debug_assert_eq!(self.block.ops.len(), before + 1);
            return added;
        }
        let side = if self.linked {
            match skipped.as_slice() {
                [(pc, halt)] if halt.op == Op::Halt => self.halting_exit(*pc, halt),
                _ => return false,
            }
        } else {
            self.make_exit(Next::At(body))
        };
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

    pub(super) fn make_exit(&mut self, next: Next) -> Exit {
        let id = *self.runs;
        *self.runs += 1;
        let run = Run::new(id, self.rows.clone(), self.rows.len() as u64);
        Exit {
            next,
            access: 0,
            settled: self.settled,
            delayed: self.delayed,
            ready: members(self.ever_delayed)
                .map(|i| (i as u8, self.ready[i]))
                .collect(),
            work: run.work().max(self.side_work),
            cycles: run.cycles().max(self.side_cycles),
            run,
            accesses: self.accesses.clone(),
            sent: self.sent.into(),
        }
    }

    /// The block can be left here, before a queue access in this row.
    fn exit_before(&mut self, pc: u16, access: u32) {
        self.exit(Next::At(pc));
        if let Some(exit) = self.block.exits.last_mut() {
            exit.access = access;
        }
    }

    /// The block can be left here.
    fn exit(&mut self, next: Next) {
        self.settle_forms();
        let exit = self.make_exit(next);
        self.block.exits.push(exit);
    }
}
