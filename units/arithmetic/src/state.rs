//! Everything of a core that changes while it runs.

use crate::micro::{DISCARD, Micro, bit, bits};
use crate::names::{Flags, NAMES, Name};
use crate::ops::Op;
use crate::value::{Shifter, compute};

/// Words of a data bank.
pub const BANK_WORDS: usize = 1 << 16;

/// The register file by [`Name`] number: the slot of `PC` stays zero, the slot
/// of `OUT` takes results that nobody wants. Slots from 16 on are the scratch
/// space of blocks; there are so many that any number names one.
#[derive(Clone, Copy)]
pub(crate) struct Registers([u16; 256]);

impl Registers {
    /// So many slots from one on.
    #[inline]
    pub fn from(&self, slot: u8, n: usize) -> &[u16] {
        let from = usize::from(slot);
        self.0.get(from..from + n).unwrap_or_default()
    }

    fn values(&self) -> impl Iterator<Item = (Name, u16)> {
        let registers = Name::all().filter(|name| name.is_register());
        registers.map(|name| (name, self[name.number()]))
    }
}

impl PartialEq for Registers {
    fn eq(&self, other: &Self) -> bool {
        self.values().eq(other.values())
    }
}

impl Eq for Registers {}

impl std::fmt::Debug for Registers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.values().map(|(_, v)| v))
            .finish()
    }
}

impl std::ops::Index<u8> for Registers {
    type Output = u16;
    #[inline(always)]
    fn index(&self, slot: u8) -> &u16 {
        &self.0[usize::from(slot)]
    }
}

impl std::ops::IndexMut<u8> for Registers {
    #[inline(always)]
    fn index_mut(&mut self, slot: u8) -> &mut u16 {
        &mut self.0[usize::from(slot)]
    }
}

/// The part of the state that local instructions change: small, so that the
/// simulation can keep it at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hot {
    pub regs: Registers,
    pub pc: u16,
    pub flags: Flags,
    /// Shifts of the next ALU instruction's sources.
    pub shift: [Shifter; 2],
    pub shift_pending: bool,
    /// Results on their way and a pending skip, see [`bits`].
    pub attention: u32,
}

impl Hot {
    fn new() -> Self {
        Hot {
            regs: Registers([0; 256]),
            pc: 0,
            flags: Flags::default(),
            shift: [Shifter::default(); 2],
            shift_pending: false,
            attention: bits::ALWAYS,
        }
    }

    /// Applies the pending shifts to the sources of an ALU instruction.
    #[inline(always)]
    pub fn shifted(&mut self, a: u16, b: u16) -> (u16, u16) {
        if !self.shift_pending {
            return (a, b);
        }
        let shifted = (self.shift[0].apply(a), self.shift[1].apply(b));
        self.drop_shift();
        shifted
    }

    #[inline(always)]
    pub fn drop_shift(&mut self) {
        self.shift = [Shifter::default(); 2];
        self.shift_pending = false;
    }

    #[inline(always)]
    fn read(&self, register: u8) -> u16 {
        self.regs[register & 15]
    }

    #[inline(always)]
    fn write(&mut self, register: u8, value: u16) {
        self.regs[register & 15] = value;
    }

    #[inline(always)]
    fn alu(&mut self, op: Op, micro: &Micro) {
        let (a, b) = self.shifted(self.read(micro.a), self.read(micro.b));
        let (value, flags) = compute(op, a, b, self.flags);
        self.write(micro.d, value);
        self.flags = flags;
    }

    #[inline(always)]
    fn add_shift(&mut self, micro: &Micro, arithmetic: bool) {
        // An amount of zero leaves what an earlier prefix asked for.
        for (shifter, amount) in self.shift.iter_mut().zip([micro.a, micro.b]) {
            let new = Shifter::new(amount as i8, arithmetic);
            if !new.is_idle() {
                *shifter = new;
            }
        }
        self.shift_pending = true;
    }

    /// Effects of an instruction of class `Local`, all of them.
    #[inline(always)]
    pub fn execute(&mut self, micro: &Micro) {
        self.pc = self.pc.wrapping_add(u16::from(micro.words));
        // One arm per operation, so that each is compiled for itself.
        match micro.op {
            Op::Add => self.alu(Op::Add, micro),
            Op::AddF => self.alu(Op::AddF, micro),
            Op::Sub => self.alu(Op::Sub, micro),
            Op::SubF => self.alu(Op::SubF, micro),
            Op::And => self.alu(Op::And, micro),
            Op::AndF => self.alu(Op::AndF, micro),
            Op::Or => self.alu(Op::Or, micro),
            Op::OrF => self.alu(Op::OrF, micro),
            Op::Xor => self.alu(Op::Xor, micro),
            Op::XorF => self.alu(Op::XorF, micro),
            Op::AddC => self.alu(Op::AddC, micro),
            Op::SubB => self.alu(Op::SubB, micro),
            Op::Add1 => self.alu(Op::Add1, micro),
            Op::Shift => self.add_shift(micro, false),
            Op::AShift => self.add_shift(micro, true),
            Op::If => {
                if micro.imm >> self.flags.bits() & 1 == 0 {
                    self.attention |= bits::SKIP;
                }
            }
            Op::Const | Op::ConstW => {
                self.write(micro.d, micro.imm);
                self.drop_shift();
            }
            Op::Inc => {
                self.write(micro.d, self.read(micro.a).wrapping_add(1));
                self.drop_shift();
            }
            Op::Jump => {
                self.pc = self.read(micro.a);
                self.drop_shift();
            }
            // Not local.
            Op::Halt
            | Op::Ref
            | Op::BankR
            | Op::BankI
            | Op::Flag
            | Op::ReqH
            | Op::Req
            | Op::Load
            | Op::LoadH => {}
        }
    }
}

/// The data memory: banks that take host memory only once they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataMemory {
    /// Banks 1, 2, ...; an empty one reads as zeros.
    banks: Vec<Vec<u16>>,
    /// Words read.
    pub read: u64,
    /// Words written, initial contents included.
    pub written: u64,
}

impl DataMemory {
    /// The word at an address, for debuggers: not counted. `None` for a bank that does not exist.
    #[must_use]
    pub fn word(&self, bank: u16, address: u16) -> Option<u16> {
        let bank = self.banks.get(usize::from(bank).checked_sub(1)?)?;
        Some(bank.get(usize::from(address)).copied().unwrap_or(0))
    }

    /// Banks that were written, by number.
    pub fn touched(&self) -> impl Iterator<Item = u16> {
        (1u16..)
            .zip(&self.banks)
            .filter(|(_, words)| !words.is_empty())
            .map(|(number, _)| number)
    }

    pub(crate) fn new(banks: u16) -> Self {
        DataMemory {
            banks: vec![Vec::new(); usize::from(banks)],
            ..DataMemory::default()
        }
    }

    /// True if accesses to this bank are allowed.
    #[inline]
    pub(crate) fn has(&self, bank: u16) -> bool {
        bank != 0 && usize::from(bank) <= self.banks.len()
    }

    #[inline]
    pub(crate) fn load(&mut self, bank: u16, address: u16) -> u16 {
        self.read += 1;
        self.word(bank, address).unwrap_or(0)
    }

    #[inline]
    pub(crate) fn store(&mut self, bank: u16, address: u16, value: u16) {
        let index = usize::from(bank).wrapping_sub(1);
        let Some(words) = self.banks.get_mut(index) else {
            return;
        };
        if words.is_empty() {
            words.resize(BANK_WORDS, 0);
        }
        words[usize::from(address)] = value;
        self.written += 1;
    }

    /// Stores two words one after the other.
    #[inline(always)]
    pub(crate) fn store_pair(&mut self, bank: u16, address: u16, values: [u16; 2]) {
        let index = usize::from(bank).wrapping_sub(1);
        let from = usize::from(address);
        if let Some(words) = self.banks.get_mut(index)
            && let Some(words) = words.get_mut(from..from + 2)
        {
            words.copy_from_slice(&values);
            self.written += 2;
        } else {
            self.store(bank, address, values[0]);
            self.store(bank, address.wrapping_add(1), values[1]);
        }
    }
}

/// All that changes. Taken whole, it is a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub(crate) hot: Hot,
    /// Waiting for an activation or a sink command.
    pub(crate) home: bool,
    /// Address of the next access to data memory, from `REF`.
    pub(crate) redirect: Option<u16>,
    /// Data bank.
    pub(crate) bank: u16,
    /// From `REQH`, for the next `REQ`.
    pub(crate) request_high: u16,
    /// For `LOADH`.
    pub(crate) reply_high: u16,
    /// Requests without an answer taken.
    pub(crate) outstanding: u16,
    /// First cycle at which each name, and last the flags, can be used, where
    /// its bit is set in the attention word.
    pub(crate) ready: [u64; NAMES + 1],
    pub(crate) memory: DataMemory,
}

impl State {
    pub(crate) fn new(banks: u16) -> Self {
        State {
            hot: Hot::new(),
            home: true,
            redirect: None,
            bank: 0,
            request_high: 0,
            reply_high: 0,
            outstanding: 0,
            ready: [0; NAMES + 1],
            memory: DataMemory::new(banks),
        }
    }

    /// Address of the next instruction; at home, of the last HALT.
    #[must_use]
    pub fn pc(&self) -> u16 {
        self.hot.pc
    }

    /// The value of a register; 0 for names that are none.
    #[must_use]
    pub fn register(&self, name: Name) -> u16 {
        if name.is_register() {
            self.hot.regs[name.number()]
        } else {
            0
        }
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.hot.flags
    }

    /// True between activations.
    #[must_use]
    pub fn at_home(&self) -> bool {
        self.home
    }

    /// The selected data bank; 0 is none.
    #[must_use]
    pub fn bank(&self) -> u16 {
        self.bank
    }

    /// Requests whose answers were not taken yet.
    #[must_use]
    pub fn outstanding(&self) -> u16 {
        self.outstanding
    }

    /// The data memory.
    #[must_use]
    pub fn memory(&self) -> &DataMemory {
        &self.memory
    }

    /// Announces that results written at `cycle` can be used from then on.
    #[inline]
    pub(crate) fn delay(&mut self, results: u32, cycle: u64) {
        self.hot.attention |= results;
        for i in members(results) {
            self.ready[i] = cycle;
        }
    }

    /// First cycle at which all of `reads` can be used; `None` if all can by now.
    #[inline]
    pub(crate) fn delayed_until(&self, reads: u32) -> Option<u64> {
        let pending = reads & self.hot.attention;
        members(pending).map(|i| self.ready[i]).max()
    }

    /// Forgets the delays of what was waited for or is overwritten.
    pub(crate) fn settle(&mut self, names: u32) {
        self.hot.attention &= !(names & !(bits::SKIP | bits::ALWAYS));
    }
}

/// The names in a set, and the flags, as indices of `ready`.
#[inline]
fn members(mut set: u32) -> impl Iterator<Item = usize> {
    set &= (1 << (NAMES + 1)) - 1;
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(lowest)
    })
}

/// Bits of what a result consists of: the register it goes to, and the flags if they are set.
pub(crate) fn result_bits(register: u8, sets_flags: bool) -> u32 {
    let register = Name::new(u16::from(register));
    let names = if register.is_register() && register.number() != DISCARD {
        bit(register)
    } else {
        0
    };
    names | if sets_flags { bits::FLAGS } else { 0 }
}
