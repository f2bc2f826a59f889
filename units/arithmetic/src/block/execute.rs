//! Running a block.

use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{Beat, Entry};

use super::{Block, Exit, Fused, Kind, Next, slot};
use crate::micro::bits;
use crate::names::{Flags, NAMES, Name};
use crate::ops::Op;
use crate::simulation::Ports;
use crate::state::State;
use crate::value::compute;

const ADDR: usize = Name::ADDR.number() as usize;

/// A shift to the left by `amount` of 16 plus a shift, see [`crate::value::Shifter`].
#[inline(always)]
fn shift(value: u16, amount: u8) -> u16 {
    ((u64::from(value) << (amount & 31)) >> 16) as u16
}

impl Block {
    /// Runs as much of the block as needs no waiting. Returns the number of beats.
    #[inline]
    pub(crate) fn run<B: Beat>(&self, state: &mut State, ports: &Ports, beat: &mut B) -> u64 {
        let hot = &state.hot;
        let delayed = hot.attention & !bits::ALWAYS;
        if hot.shift_pending
            || state.redirect.is_some()
            || delayed & (self.conditional | bits::SKIP) != 0
            || self.uses_bank && !state.memory.has(state.bank)
        {
            return 0;
        }
        let Some(exit) = self.reachable(ports, beat) else {
            return 0;
        };
        let after = if delayed == 0 {
            0
        } else {
            state.delayed_until(delayed).unwrap_or(0)
        };
        let Some(start) = beat.open_run(exit.work, exit.cycles, after) else {
            return 0;
        };
        let exit = self.execute(exit, state, ports, beat);
        beat.close_run(&exit.run);

        let hot = &mut state.hot;
        hot.attention &= !exit.settled;
        hot.attention |= exit.delayed;
        for &(name, cycle) in &exit.ready {
            state.ready[usize::from(name)] = start + u64::from(cycle);
        }
        match exit.next {
            Next::At(pc) => hot.pc = pc,
            Next::Register(name) => hot.pc = hot.regs[usize::from(name & 15)],
            Next::Home(pc) => {
                hot.pc = pc;
                state.home = true;
            }
        }
        exit.run.work()
    }

    /// The last exit up to which the queues can serve the block.
    #[inline]
    fn reachable<B: Beat>(&self, ports: &Ports, beat: &B) -> Option<&Exit> {
        let is_word = |(n, at): &(usize, &u32)| {
            let entry = beat.run_entry(ports.input, *n, **at);
            entry.is_some_and(|entry| entry.op == core_in::WORD)
        };
        let words = self.words_at.iter().enumerate();
        let words = words.take_while(is_word).count();
        let sends = if self.sends_at.is_empty() {
            0
        } else {
            beat.run_room(ports.output, &self.sends_at)
        };
        let mut exits = self.exits.iter().rev();
        exits.find(|exit| exit.words <= words && exit.sends <= sends)
    }

    #[inline(always)]
    fn execute<'a, B: Beat>(
        &'a self,
        exit: &'a Exit,
        state: &mut State,
        ports: &Ports,
        beat: &mut B,
    ) -> &'a Exit {
        let mut regs = [0u16; slot::COUNT];
        regs[..NAMES].copy_from_slice(&state.hot.regs);
        let mut flags = state.hot.flags;
        let mut left = exit;
        let mut ops = self.ops[..exit.ops.min(self.ops.len())].iter();
        while let Some(op) = ops.next() {
            let &Fused {
                kind,
                d,
                a,
                b,
                x,
                y,
                imm,
            } = op;
            let d = usize::from(d) & (slot::COUNT - 1);
            let b = regs[usize::from(b) & (slot::COUNT - 1)];
            let a = regs[usize::from(a) & (slot::COUNT - 1)];
            let flagged = |op: Op, flags: Flags| compute(op, shift(a, x), shift(b, y), flags);
            match kind {
                Kind::Move => regs[d] = b,
                Kind::Const => regs[d] = imm,
                Kind::Add => regs[d] = a.wrapping_add(b),
                Kind::Sub => regs[d] = a.wrapping_sub(b),
                Kind::And => regs[d] = a & b,
                Kind::Or => regs[d] = a | b,
                Kind::Xor => regs[d] = a ^ b,
                Kind::Add1 => {
                    regs[d] = shift(a, x).wrapping_add(shift(b, y)).wrapping_add(1);
                }
                Kind::ShiftAdd => regs[d] = shift(a, x).wrapping_add(shift(b, y)),
                Kind::ShiftSub => regs[d] = shift(a, x).wrapping_sub(shift(b, y)),
                Kind::ShiftAnd => regs[d] = shift(a, x) & shift(b, y),
                Kind::ShiftOr => regs[d] = shift(a, x) | shift(b, y),
                Kind::ShiftXor => regs[d] = shift(a, x) ^ shift(b, y),
                Kind::AddF => (regs[d], flags) = flagged(Op::AddF, flags),
                Kind::SubF => (regs[d], flags) = flagged(Op::SubF, flags),
                Kind::AndF => (regs[d], flags) = flagged(Op::AndF, flags),
                Kind::OrF => (regs[d], flags) = flagged(Op::OrF, flags),
                Kind::XorF => (regs[d], flags) = flagged(Op::XorF, flags),
                Kind::AddC => (regs[d], flags) = flagged(Op::AddC, flags),
                Kind::SubB => (regs[d], flags) = flagged(Op::SubB, flags),
                Kind::Take => {
                    regs[d] = beat.take_at(ports.input, imm.into()).a[0] as u16;
                }
                Kind::Put => {
                    let entry = Entry {
                        op: core_out::WORD,
                        imm: 0,
                        n: 1,
                        from: 0,
                        a: [b.into(), 0, 0, 0],
                    };
                    beat.push_at(ports.output, imm.into(), entry);
                }
                Kind::Load => regs[d] = state.memory.load(state.bank, regs[ADDR]),
                Kind::Store => state.memory.store(state.bank, regs[ADDR], b),
                Kind::Bank => state.bank = imm,
                Kind::Leave => {
                    if imm >> flags.bits() & 1 != 0
                        && let Some(side) = self.sides.get(d)
                    {
                        left = side;
                        break;
                    }
                }
                Kind::Unless => {
                    if imm >> flags.bits() & 1 == 0 {
                        ops.next();
                    }
                }
                Kind::Halt => {
                    beat.push_at(ports.output, imm.into(), Entry::new(core_out::END, 0));
                }
            }
        }
        state.hot.regs.copy_from_slice(&regs[..NAMES]);
        state.hot.flags = flags;
        left
    }
}
