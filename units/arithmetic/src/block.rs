//! Blocks: straight stretches of code, put into a form that the host can run
//! without looking at every beat (`docs/notes/blocks.md`).
//!
//! A block starts wherever the core comes to stand and goes on until something
//! that is not known beforehand: a jump, HALT, a request. It can be left early
//! at its [`Exit`]s: before every queue access (if the queue cannot serve more)
//! and behind an `IF` that turns out the other way. Cycles from the first beat
//! to each exit are known, latencies included, because a block is only entered
//! when nothing in it can wait for anything else.

mod build;
mod execute;

use std::sync::Arc;

use orrery_shared::Run;

use crate::micro::Micro;
use crate::spec::Spec;

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
    /// All of them, and a power of two.
    pub const COUNT: usize = 32;
}

/// What a fused operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// `d = b`.
    Move,
    /// `d = imm`.
    Const,
    Add,
    Sub,
    And,
    Or,
    Xor,
    Add1,
    /// With both sources shifted, `x` and `y` being 16 plus the amounts.
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
    /// `d` = operand word, at cycle `imm`.
    Take,
    /// Sends `b`, at cycle `imm`.
    Put,
    /// `d` = data memory at `ADDR`.
    Load,
    /// Data memory at `ADDR` = `b`.
    Store,
    /// Selects bank `imm`.
    Bank,
    /// Leaves through side exit `d` if the flags are in `imm`.
    Leave,
    /// Passes over the next operation unless the flags are in `imm`.
    Unless,
    /// The end token, at cycle `imm`.
    Halt,
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
    /// Operations before it.
    ops: usize,
    /// Operand words taken and entries sent before it.
    words: usize,
    sends: usize,
    next: Next,
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
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    ops: Vec<Fused>,
    /// In order; the last one is the end.
    exits: Vec<Exit>,
    sides: Vec<Exit>,
    /// Cycles at which operand words are taken and entries sent.
    words_at: Vec<u32>,
    sends_at: Vec<u32>,
    /// Data memory is used in the bank that was selected before.
    uses_bank: bool,
    /// Names whose delays would depend on which way an `IF` turns out.
    conditional: u32,
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
    places: Vec<Place>,
    list: Vec<Arc<Block>>,
    /// Numbers given to runs so far.
    runs: usize,
}

impl Blocks {
    /// No blocks yet, for so many words of code.
    pub fn new(words: usize) -> Self {
        Blocks {
            places: vec![Place::Unknown; words],
            list: Vec::new(),
            runs: 0,
        }
    }

    /// The block that starts at `pc`.
    #[inline]
    pub fn at(&mut self, spec: &Spec, code: &[Micro], pc: u16) -> Option<&Block> {
        match self.places.get(usize::from(pc))? {
            Place::Block(index) => self.list.get(*index as usize).map(|block| &**block),
            Place::Plain => None,
            Place::Unknown => self.make(spec, code, pc),
        }
    }

    #[cold]
    fn make(&mut self, spec: &Spec, code: &[Micro], pc: u16) -> Option<&Block> {
        let mut block = None;
        if self.list.len() < MOST {
            block = build::build(spec, code, pc, &mut self.runs);
        }
        let Some(block) = block else {
            self.places[usize::from(pc)] = Place::Plain;
            return None;
        };
        self.places[usize::from(pc)] = Place::Block(self.list.len() as u32);
        self.list.push(Arc::new(block));
        self.list.last().map(|block| &**block)
    }
}
