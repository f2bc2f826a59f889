//! Running a block.

use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{Beat, Entry};

use super::{Block, Exit, Fused, Kind, Next, Sum, TERMS};
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

/// Where a block's words come from and go to. `at` and `pc` are the cycle and
/// the row of the beat.
pub(super) trait Queues {
    /// Takes the head of an activation; false, and nothing has changed, if that cannot be done.
    fn head(&mut self, at: u16, pc: u32) -> bool;
    /// Takes an operand word.
    fn take(&mut self, at: u16, pc: u32) -> Option<u16>;
    /// Waits for room.
    fn room(&mut self, at: u16, pc: u32) -> bool;
    /// Sends a word.
    fn put(&mut self, at: u16, pc: u32, word: u16) -> bool;
    /// Sends the end token.
    fn end(&mut self, at: u16, pc: u32) -> bool;
    /// From here on nothing is waited for.
    fn hasten(&mut self);
}

/// Those of linked blocks, which have none.
pub(super) struct NoQueues;

impl Queues for NoQueues {
    fn head(&mut self, _: u16, _: u32) -> bool {
        false
    }
    fn take(&mut self, _: u16, _: u32) -> Option<u16> {
        None
    }
    fn room(&mut self, _: u16, _: u32) -> bool {
        false
    }
    fn put(&mut self, _: u16, _: u32, _: u16) -> bool {
        false
    }
    fn end(&mut self, _: u16, _: u32) -> bool {
        false
    }
    fn hasten(&mut self) {}
}

/// Those of a beat.
struct Real<'a, B> {
    ports: &'a Ports,
    beat: &'a mut B,
}

impl<B: Beat> Queues for Real<'_, B> {
    #[inline(always)]
    fn head(&mut self, at: u16, pc: u32) -> bool {
        let taken = self
            .beat
            .take_in(self.ports.input, core_in::HEAD, at.into(), pc);
        taken.is_some()
    }
    #[inline(always)]
    fn take(&mut self, at: u16, pc: u32) -> Option<u16> {
        let taken = self
            .beat
            .take_in(self.ports.input, core_in::WORD, at.into(), pc);
        taken.map(|entry| entry.a[0] as u16)
    }
    #[inline(always)]
    fn room(&mut self, at: u16, pc: u32) -> bool {
        self.beat.room_in(self.ports.output, at.into(), pc)
    }
    #[inline(always)]
    fn put(&mut self, at: u16, pc: u32, word: u16) -> bool {
        let entry = Entry {
            op: core_out::WORD,
            imm: 0,
            n: 1,
            from: 0,
            a: [word.into(), 0, 0, 0],
        };
        self.beat.push_in(self.ports.output, at.into(), pc, entry)
    }
    #[inline(always)]
    fn end(&mut self, at: u16, pc: u32) -> bool {
        let entry = Entry::new(core_out::END, 0);
        self.beat.push_in(self.ports.output, at.into(), pc, entry)
    }
    #[inline(always)]
    fn hasten(&mut self) {
        self.beat.hasten();
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
        after: u64,
        beat: &mut B,
    ) -> u64 {
        let (Some(after), Some(last)) = (self.ready(state, after), self.exits.last()) else {
            return 0;
        };
        if !beat.open_run(last.work, last.cycles, after) {
            return 0;
        }
        let exit = self.execute(last, state, &mut Real { ports, beat });
        let beats = exit.run.work();
        if beats == 0 {
            return 0;
        }
        let start = beat.cycle_in(0);
        beat.close_run(&exit.run);
        self.leave(exit, state, start);
        beats
    }

    /// Leaves the core as it stands at an exit. `start`: the cycle from which
    /// those of the block are counted.
    #[inline(always)]
    pub(super) fn leave(&self, exit: &Exit, state: &mut State, start: u64) {
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
    }

    #[inline(always)]
    pub(super) fn execute<'a, Q: Queues>(
        &'a self,
        end: &'a Exit,
        state: &mut State,
        queues: &mut Q,
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
                Kind::AddAnd3 => {
                    let more = ops.as_slice().first_chunk::<2>();
                    let add_and = |op: &Fused, regs: &mut Registers| {
                        regs[op.d] = regs[op.a].wrapping_add(regs[op.b]) & regs[op.x];
                    };
                    add_and(op, regs);
                    if let Some([second, third]) = more {
                        add_and(second, regs);
                        add_and(third, regs);
                    }
                    ops = ops.as_slice().get(2..).unwrap_or_default().iter();
                }
                Kind::OrLeft => regs[op.d] = regs[op.a] | regs[op.b] << (op.y & 15),
                Kind::SumAnd => {
                    regs[op.d] = self.sums[usize::from(op.imm)].of(regs) & regs[op.x];
                }
                Kind::Scale => regs[op.d] = regs[op.a].wrapping_mul(op.imm),
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
                    if !queues.head(op.imm, row!()) {
                        break exit!();
                    }
                }
                Kind::Take => match queues.take(op.imm, row!()) {
                    Some(word) => regs[op.d] = word,
                    None => break exit!(),
                },
                Kind::Room => {
                    if !queues.room(op.imm, row!()) {
                        break exit!();
                    }
                }
                Kind::Put => {
                    if !queues.put(op.imm, row!(), regs[op.b]) {
                        break exit!();
                    }
                }
                Kind::Halt => {
                    if !queues.end(op.imm, row!()) {
                        break exit!();
                    }
                }
                Kind::Hasten => queues.hasten(),
                Kind::Load => regs[op.d] = state.memory.load(state.bank, regs[ADDR]),
                Kind::Store => state.memory.store(state.bank, regs[ADDR], regs[op.b]),
                Kind::StorePair => {
                    let next = regs[ADDR].wrapping_add(1);
                    let words = [regs[op.b], regs[op.a]];
                    state.memory.store_pair(state.bank, regs[ADDR], words);
                    regs[ADDR] = next;
                }
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
