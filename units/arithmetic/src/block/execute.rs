//! Running a block.

use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{Beat, Entry};

use super::{Block, Exit, Kind, Next, Sum, TERMS};
use crate::micro::bits;
use crate::names::Name;
use crate::ops::Op;
use crate::simulation::Ports;
use crate::state::{Registers, State};
use crate::value::compute;

const ADDR: u8 = Name::ADDR.number();

/// A shift to the left by `amount` of 16 plus a shift, see [`crate::value::Shifter`].
#[inline(always)]
fn shift(value: u16, amount: u8) -> u16 {
    ((u64::from(value) << (amount & 31)) >> 16) as u16
}

impl Sum {
    #[inline(always)]
    fn of(&self, regs: &Registers) -> u16 {
        let mut sum = self.constant;
        for i in 0..TERMS {
            sum = sum.wrapping_add(regs[self.slots[i]].wrapping_mul(self.factors[i]));
        }
        sum
    }
}

impl Block {
    /// Runs as much of the block as the queues allow. Returns the number of
    /// beats. `after`: the first beat is not before this cycle.
    #[inline]
    pub(crate) fn run<B: Beat>(
        &self,
        state: &mut State,
        ports: &Ports,
        mut after: u64,
        beat: &mut B,
    ) -> u64 {
        let hot = &state.hot;
        let delayed = hot.attention & !bits::ALWAYS;
        if hot.shift_pending
            || state.redirect.is_some()
            || self.uses_bank && !state.memory.has(state.bank)
        {
            return 0;
        }
        if delayed != 0 {
            if delayed & (self.conditional | bits::SKIP) != 0 {
                return 0;
            }
            after = after.max(state.delayed_until(delayed).unwrap_or(0));
        }
        let Some(last) = self.exits.last() else {
            return 0;
        };
        if !beat.open_run(last.work, last.cycles, after) {
            return 0;
        }
        let exit = self.execute(last, state, ports, beat);
        let beats = exit.run.work();
        if beats == 0 {
            return 0;
        }
        let start = beat.cycle_in(0);
        beat.close_run(&exit.run);

        let hot = &mut state.hot;
        hot.attention = hot.attention & !exit.settled | exit.delayed;
        for &(name, cycle) in &exit.ready {
            state.ready[usize::from(name)] = start + u64::from(cycle);
        }
        state.home = false;
        match exit.next {
            Next::At(pc) => hot.pc = pc,
            Next::Register(name) => hot.pc = hot.regs[name & 15],
            Next::Home(pc) => {
                hot.pc = pc;
                state.home = true;
            }
        }
        beats
    }

    #[inline(always)]
    fn execute<'a, B: Beat>(
        &'a self,
        end: &'a Exit,
        state: &mut State,
        ports: &Ports,
        beat: &mut B,
    ) -> &'a Exit {
        let mut flags = state.hot.flags;
        let regs = &mut state.hot.regs;
        let mut ops = self.ops.iter();
        let left = loop {
            let Some(op) = ops.next() else {
                break end;
            };
            // Every kind reads what it needs, no more.
            macro_rules! shifted {
                ($a:ident, $b:ident => $result:expr) => {{
                    let ($a, $b) = (shift(regs[op.a], op.x), shift(regs[op.b], op.y));
                    regs[op.d] = $result;
                }};
            }
            macro_rules! flagged {
                ($op:ident) => {{
                    let (a, b) = (shift(regs[op.a], op.x), shift(regs[op.b], op.y));
                    (regs[op.d], flags) = compute(Op::$op, a, b, flags);
                }};
            }
            // The exit before an access, and the row of the access.
            macro_rules! exit {
                () => {
                    self.exits.get(usize::from(op.x)).unwrap_or(end)
                };
            }
            macro_rules! row {
                () => {
                    self.exits
                        .get(usize::from(op.x))
                        .map_or(0, |exit| exit.access)
                };
            }
            match op.kind {
                Kind::Move => regs[op.d] = regs[op.b],
                Kind::Const => regs[op.d] = op.imm,
                Kind::Add => regs[op.d] = regs[op.a].wrapping_add(regs[op.b]),
                Kind::AddConst => regs[op.d] = regs[op.a].wrapping_add(op.imm),
                Kind::AddAnd => regs[op.d] = regs[op.a].wrapping_add(regs[op.b]) & regs[op.x],
                Kind::Sum => regs[op.d] = self.sums[usize::from(op.imm)].of(regs),
                Kind::And => regs[op.d] = regs[op.a] & regs[op.b],
                Kind::Or => regs[op.d] = regs[op.a] | regs[op.b],
                Kind::Xor => regs[op.d] = regs[op.a] ^ regs[op.b],
                Kind::Add1 => shifted!(a, b => a.wrapping_add(b).wrapping_add(1)),
                Kind::ShiftAdd => shifted!(a, b => a.wrapping_add(b)),
                Kind::ShiftSub => shifted!(a, b => a.wrapping_sub(b)),
                Kind::ShiftAnd => shifted!(a, b => a & b),
                Kind::ShiftOr => shifted!(a, b => a | b),
                Kind::ShiftXor => shifted!(a, b => a ^ b),
                Kind::AddF => flagged!(AddF),
                Kind::SubF => flagged!(SubF),
                Kind::AndF => flagged!(AndF),
                Kind::OrF => flagged!(OrF),
                Kind::XorF => flagged!(XorF),
                Kind::AddC => flagged!(AddC),
                Kind::SubB => flagged!(SubB),
                Kind::Head => {
                    let head = core_in::HEAD;
                    if beat
                        .take_in(ports.input, head, op.imm.into(), row!())
                        .is_none()
                    {
                        break exit!();
                    }
                }
                Kind::Take => {
                    let word = core_in::WORD;
                    match beat.take_in(ports.input, word, op.imm.into(), row!()) {
                        Some(entry) => regs[op.d] = entry.a[0] as u16,
                        None => break exit!(),
                    }
                }
                Kind::Room => {
                    if !beat.room_in(ports.output, op.imm.into(), row!()) {
                        break exit!();
                    }
                }
                Kind::Put => {
                    let entry = Entry {
                        op: core_out::WORD,
                        imm: 0,
                        n: 1,
                        from: 0,
                        a: [regs[op.b].into(), 0, 0, 0],
                    };
                    if !beat.push_in(ports.output, op.imm.into(), row!(), entry) {
                        break exit!();
                    }
                }
                Kind::Halt => {
                    let entry = Entry::new(core_out::END, 0);
                    if !beat.push_in(ports.output, op.imm.into(), row!(), entry) {
                        break exit!();
                    }
                }
                Kind::Hasten => beat.hasten(),
                Kind::Load => regs[op.d] = state.memory.load(state.bank, regs[ADDR]),
                Kind::Store => state.memory.store(state.bank, regs[ADDR], regs[op.b]),
                Kind::Bank => state.bank = op.imm,
                Kind::Leave => {
                    if op.imm >> flags.bits() & 1 != 0
                        && let Some(side) = self.sides.get(usize::from(op.d))
                    {
                        break side;
                    }
                }
                Kind::Unlikely => {
                    if regs[op.a] != op.imm
                        && let Some(side) = self.sides.get(usize::from(op.d))
                    {
                        break side;
                    }
                }
                Kind::Unless => {
                    if op.imm >> flags.bits() & 1 == 0 {
                        ops.next();
                    }
                }
            }
        };
        state.hot.flags = flags;
        left
    }
}
