//! Blocks: straight stretches of code, put into a form that the host can run
//! without looking at every beat (`docs/notes/blocks.md`).
//!
//! A block starts wherever the core comes to stand and goes on until something
//! that is not known beforehand: a jump, HALT, a request. It can be left early
//! at its [`Exit`]s: before every queue access (if the queue cannot serve more)
//! and behind an `IF` that turns out the other way. Cycles from the first beat
//! to each exit are known, latencies included; what is waited for queues comes
//! on top of them, which is why after a read of data memory, whose result comes
//! later, nothing is waited for.

mod build;
mod execute;
mod form;
mod fuse;
mod linked;

pub use linked::Outlet;

use std::sync::Arc;

use orrery_shared::{Access, Run};

use crate::micro::Micro;
use crate::spec::Spec;
use crate::state::Registers;

/// Blocks of a core; more places than these are carried out beat by beat.
const MOST: usize = 8192;

/// Slots of the executor's register file behind the sixteen names.
mod slot {
    /// The operand word read last.
    pub const WORD: u8 = 16;
    /// The word of data memory read last.
    pub const LOADED: u8 = 17;
    /// A constant.
    pub const CONSTANT: u8 = 18;
    /// A result on its way to memory or the sink.
    pub const RESULT: u8 = 19;
    /// A result that nobody wants.
    pub const NOWHERE: u8 = 20;
    /// Operand words of a linked activation, and how many it can have.
    pub const IN: u8 = 24;
    pub const MOST_IN: u8 = 4;
    /// Words that a linked activation sends, and how many they can be.
    pub const OUT: u8 = 32;
    pub const MOST_OUT: u8 = 12;
    /// All of them.
    pub const COUNT: usize = 44;
}

/// What a fused operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// `d = b`.
    Move,
    /// `d = imm`.
    Const,
    /// `d = a + b`.
    Add,
    /// `d = a + imm`.
    AddConst,
    /// `d = (a + b) & x`.
    AddAnd,
    /// The same, and the next two as well.
    AddAnd3,
    /// `d = a | b << y`.
    OrLeft,
    /// `d` = sum `imm`, masked with `x`.
    SumAnd,
    /// `d = a * imm`.
    Scale,
    /// `d` = sum `imm`.
    Sum,
    And,
    Or,
    Xor,
    /// With both sources shifted, `x` and `y` being 16 plus the amounts.
    Add1,
    ShiftAdd,
    ShiftSub,
    ShiftAnd,
    ShiftOr,
    ShiftXor,
    /// These set the flags; sources shifted by `x` and `y`.
    AddF,
    SubF,
    AndF,
    OrF,
    XorF,
    AddC,
    SubB,
    // Accesses to queues: at cycle `imm`; if it cannot be done, the block is
    // left at exit `x`.
    /// Takes the head of an activation.
    Head,
    /// `d` = operand word.
    Take,
    /// Asks for room for a word that is sent later in the same beat.
    Room,
    /// Sends `b`.
    Put,
    /// Sends the end token.
    Halt,
    /// From here on nothing can be waited for.
    Hasten,
    /// `d` = data memory at `ADDR`.
    Load,
    /// Data memory at `ADDR` = `b`.
    Store,
    /// The same with `b`, then with `a` at the next address, where `ADDR` stays.
    StorePair,
    /// Selects bank `imm`.
    Bank,
    /// Leaves through side exit `d` if the flags are in `imm`.
    Leave,
    /// Leaves through side exit `d` if `a` is not `imm`.
    Unlikely,
    /// Passes over the next operation unless the flags are in `imm`.
    Unless,
}

/// A fused operation.
#[derive(Clone, Copy, Debug)]
struct Fused {
    kind: Kind,
    d: u8,
    a: u8,
    b: u8,
    x: u8,
    y: u8,
    imm: u16,
}

/// Terms of a sum.
const TERMS: usize = 4;

/// A sum of products.
#[derive(Clone, Copy, Debug)]
struct Sum {
    slots: [u8; TERMS],
    factors: [u16; TERMS],
    constant: u16,
}

/// Where the core stands after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    At(u16),
    /// At the address in a register.
    Register(u8),
    /// Home; the program counter stays at the HALT.
    Home(u16),
}

/// A place where a block can be left.
#[derive(Clone, Debug)]
struct Exit {
    next: Next,
    /// Row of the queue access that it is before.
    access: u32,
    /// Results whose delays are over, and results with new ones.
    settled: u32,
    delayed: u32,
    /// All results that were delayed on the way (names, or the flags), and
    /// from which cycle on they can be used.
    ready: Vec<(u8, u32)>,
    run: Arc<Run>,
    /// Most work and cycles on the way here or out of a side exit before.
    work: u64,
    cycles: u64,
    /// In a linked block: the accesses to queues on the way here, and the words sent.
    accesses: Vec<Access>,
    sent: usize,
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    ops: Vec<Fused>,
    sums: Vec<Sum>,
    /// In order; the last one is the end.
    exits: Vec<Exit>,
    sides: Vec<Exit>,
    /// Data memory is used in the bank that was selected before.
    uses_bank: bool,
    /// Names whose delays would depend on which way an `IF` turns out.
    conditional: u32,
    /// Where jumps lead: registers, and what they must hold from the start on.
    /// In linked blocks only.
    guards: Vec<(u8, u16)>,
    /// The entries that it takes, and when it sends the first that it cannot wait for.
    takes: usize,
    fixed_put: Option<u32>,
}

/// How a block is come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// In a routine.
    Inside,
    /// With the head of an activation.
    Home,
    /// The same, through a link: the whole activation is carried out, and its
    /// words do not come and go through queues (see `linked.rs`).
    Linked,
}

/// What is known of a place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Unknown,
    /// Not worth a block.
    Plain,
    Block(u32),
}

/// The blocks of a core, made when they are first come to.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    /// By way and address.
    places: [Vec<Place>; 3],
    list: Vec<Arc<Block>>,
    /// Numbers given to runs so far.
    runs: usize,
}

impl Blocks {
    /// No blocks yet, for so many words of code.
    pub fn new(words: usize) -> Self {
        Blocks {
            places: std::array::from_fn(|_| vec![Place::Unknown; words]),
            list: Vec::new(),
            // Number 0 is for commands that are passed on.
            runs: 1,
        }
    }

    /// The block that starts at `pc`. `likely`: the registers now.
    #[inline]
    pub fn at(
        &mut self,
        spec: &Spec,
        code: &[Micro],
        pc: u16,
        way: Way,
        likely: &Registers,
    ) -> Option<&Block> {
        match self.places[way as usize].get(usize::from(pc))? {
            Place::Block(index) => self.list.get(*index as usize).map(|block| &**block),
            Place::Plain => None,
            Place::Unknown => self.make(spec, code, pc, way, likely),
        }
    }

    #[cold]
    fn make(
        &mut self,
        spec: &Spec,
        code: &[Micro],
        pc: u16,
        way: Way,
        likely: &Registers,
    ) -> Option<&Block> {
        let mut block = None;
        if self.list.len() < MOST {
            block = build::build(spec, code, pc, way, likely, &mut self.runs);
        }
        let place = self.places[way as usize].get_mut(usize::from(pc))?;
        let Some(block) = block else {
            *place = Place::Plain;
            return None;
        };
        *place = Place::Block(self.list.len() as u32);
        self.list.push(Arc::new(block));
        self.list.last().map(|block| &**block)
    }
}
