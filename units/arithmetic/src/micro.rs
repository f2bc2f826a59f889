//! The code memory in pre-decoded form: what the simulation looks up per
//! instruction instead of the encoded word.

use crate::encoding::Instruction;
use crate::names::{Condition, Name};
use crate::ops::{FlagEffect, Op, Operand};
use crate::spec::Spec;

/// Sets of things an instruction reads, writes or must look out for: bits 0 to
/// 15 are names, the rest as follows.
pub(crate) mod bits {
    /// The flags.
    pub const FLAGS: u32 = 1 << 16;
    /// The next instruction is to be skipped.
    pub const SKIP: u32 = 1 << 17;
    /// Set in every attention word, watched by all instructions that can do
    /// more than change registers.
    pub const ALWAYS: u32 = 1 << 18;
}

/// The bit of a name in a set.
pub(crate) const fn bit(name: Name) -> u32 {
    1 << name.number()
}

/// How an instruction is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Changes registers, flags and the program counter only.
    Local,
    /// An ALU instruction with `RAM`, `IN` or `OUT` among its operands.
    Transfer,
    /// Everything else.
    System,
    /// No instruction.
    Undefined,
}

/// One pre-decoded word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Micro {
    /// Any bit in common with the core's attention word needs the general path.
    pub watch: u32,
    /// Names and flags read.
    pub reads: u32,
    pub op: Op,
    pub class: Class,
    /// Register written.
    pub d: u8,
    /// First register read.
    pub a: u8,
    /// Second register read.
    pub b: u8,
    /// Words of the instruction.
    pub words: u8,
    /// Cycles.
    pub occupancy: u16,
    /// Immediate, truth table, or the undefined word itself.
    pub imm: u16,
}

/// Results that nobody wants are written to this slot of the register file.
pub(crate) const DISCARD: u8 = Name::OUT.number();
/// The slot of the register file that always holds zero.
const ZERO: u8 = Name::PC.number();

impl Micro {
    /// Decodes the word at `address`, with `next` after it.
    pub(crate) fn new(spec: &Spec, address: u16, word: u16, next: u16) -> Self {
        let Some(instruction) = Instruction::decode(word, next) else {
            return Micro {
                watch: bits::ALWAYS,
                reads: 0,
                op: Op::Halt,
                class: Class::Undefined,
                d: DISCARD,
                a: ZERO,
                b: ZERO,
                words: 1,
                occupancy: 1,
                imm: word,
            };
        };
        let shape = &instruction.op.row().shape;
        let mut micro = Micro {
            watch: bits::SKIP,
            reads: 0,
            op: instruction.op,
            class: Class::System,
            d: DISCARD,
            a: ZERO,
            b: ZERO,
            words: instruction.words() as u8,
            occupancy: shape.occupancy.of(spec).max(1),
            imm: 0,
        };
        if instruction.op.is_alu() {
            micro.set_alu(&instruction, address);
        } else {
            micro.set_system(&instruction);
        }
        micro.watch |= micro.reads | 1 << micro.d;
        if shape.flags != FlagEffect::Keep {
            micro.watch |= bits::FLAGS;
        }
        if shape.flags == FlagEffect::Chain || instruction.op == Op::If {
            micro.reads |= bits::FLAGS;
            micro.watch |= bits::FLAGS;
        }
        if micro.class != Class::Local {
            micro.watch |= bits::ALWAYS;
        }
        micro
    }

    fn set_alu(&mut self, instruction: &Instruction, address: u16) {
        let [d, a, b] = instruction.operands.map(|n| Name::new(n as u16));
        let simple = |n: Name| n.is_register() || n == Name::PC;
        self.a = a.number();
        self.b = b.number();
        for source in [a, b].into_iter().filter(|n| n.is_register()) {
            self.reads |= bit(source);
        }
        // The address of the next instruction is no register: it is known here.
        self.imm = address.wrapping_add(1);
        if simple(a) && b.is_register() && simple(d) {
            self.class = Class::Local;
            self.d = if d == Name::PC { DISCARD } else { d.number() };
        } else {
            self.class = Class::Transfer;
            self.d = d.number();
        }
    }

    fn set_system(&mut self, instruction: &Instruction) {
        for (kind, value) in instruction.typed_operands() {
            let register = value as u8 & 15;
            match kind {
                Operand::Read => self.a = register,
                Operand::ReadToo => self.b = register,
                Operand::Write => self.d = register,
                Operand::Modify => (self.a, self.d) = (register, register),
                Operand::Condition => {
                    self.imm = Condition::new(value as u16).map_or(0, Condition::truth_table);
                }
                Operand::Immediate | Operand::NextWord => self.imm = value as u16,
                Operand::AmountFirst => self.a = value as u8,
                Operand::AmountSecond => self.b = value as u8,
                Operand::Destination | Operand::First | Operand::Second => {}
            }
            if matches!(kind, Operand::Read | Operand::ReadToo | Operand::Modify) {
                self.reads |= 1 << register;
            }
        }
        if matches!(
            self.op,
            Op::Const | Op::ConstW | Op::If | Op::Jump | Op::Inc | Op::Shift | Op::AShift
        ) {
            self.class = Class::Local;
        }
        if matches!(self.op, Op::Const | Op::ConstW) {
            self.d = Name::LIT.number();
        }
    }
}
