//! Program memory: the words as loaded, decoded once, and linking of several
//! assembled objects into one image.

use crate::asm::Object;
use crate::isa::{Occupancy, Op, Shape};
use crate::word::{BANK, Field, Instr, Source};
use orrery_shared::source::{Place, SourceMap};

/// Words of program memory.
pub const PROGRAM_WORDS: usize = 4096;

/// What the machine loads: words and the coefficient bank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Instruction words.
    pub words: Vec<u64>,
    /// Bank words from address 0.
    pub bank: Vec<i32>,
}

impl Image {
    /// Checks that program memory and bank can hold it.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self) -> Result<(), String> {
        if self.words.len() > PROGRAM_WORDS {
            return Err(format!("more than {PROGRAM_WORDS} program words"));
        }
        if self.bank.len() > usize::from(BANK) {
            return Err(format!("more than {BANK} coefficients"));
        }
        Ok(())
    }
}

impl From<&Object> for Image {
    fn from(object: &Object) -> Self {
        Image {
            words: object.words.clone(),
            bank: object.constants.clone(),
        }
    }
}

/// Several objects in one image.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// What to load.
    pub image: Image,
    /// Entries of each object, in order: name and address.
    pub entries: Vec<Vec<(String, u16)>>,
    /// Where each word comes from.
    pub map: SourceMap,
}

/// Puts objects behind each other: entries move, bank addresses move, jumps are
/// relative and stay.
///
/// # Errors
/// When program memory or bank is too small.
pub fn link(objects: &[Object]) -> Result<Linked, String> {
    let mut linked = Linked::default();
    for object in objects {
        let base = linked.image.words.len();
        let bank = linked.image.bank.len();
        if base + object.words.len() > PROGRAM_WORDS {
            return Err(format!("more than {PROGRAM_WORDS} program words"));
        }
        if bank + object.constants.len() > usize::from(BANK) {
            return Err(format!("more than {BANK} coefficients"));
        }
        for &word in &object.words {
            linked.image.words.push(relocate(word, bank as i32));
        }
        linked.image.bank.extend_from_slice(&object.constants);
        let entries = object.entries.iter();
        linked
            .entries
            .push(entries.map(|(n, a)| (n.clone(), a + base as u16)).collect());
        let file = linked.map.files.len() as u16;
        linked.map.files.extend(object.map.files.iter().cloned());
        for i in 0..object.words.len() {
            let place = object.map.places.get(i).copied().unwrap_or_default();
            linked.map.places.push(Place {
                file: place.file + file,
                ..place
            });
        }
    }
    Ok(linked)
}

fn relocate(word: u64, bank: i32) -> u64 {
    let Some(mut instr) = Instr::decode(word) else {
        return word;
    };
    match instr.op.row().shape {
        Shape::Sum | Shape::SumVec => instr.set(Field::Coef, instr.get(Field::Coef) + bank),
        Shape::Alu1 | Shape::Alu2 | Shape::Select => match instr.source() {
            Source::Bank(at) => instr.set_source(Source::Bank(at + bank as u16)),
            Source::BankVec(at) => instr.set_source(Source::BankVec(at + bank as u16)),
            _ => {}
        },
        _ => {}
    }
    instr.encode()
}

/// What an instruction needs and gives, for the scoreboard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// Registers read.
    pub reads: u64,
    /// Registers written.
    pub writes: u64,
    /// Some components of a written register stay.
    pub partial: bool,
    /// Starts from the accumulator.
    pub chain: bool,
    /// Leaves its sum in the accumulator.
    pub keep: bool,
    /// Products.
    pub taps: u32,
}

impl Ports {
    /// Reads them off an instruction.
    #[must_use]
    pub fn of(instr: &Instr) -> Ports {
        let bit = |f: Field| 1u64 << instr.reg(f);
        let run = |f: Field, n: i32| ((1u64 << n) - 1) << instr.reg(f);
        let taps = instr.get(Field::Taps) + 1;
        let mut p = Ports {
            partial: instr.get(Field::Mask) != 15,
            chain: instr.get(Field::Chain) == 1,
            keep: instr.get(Field::Keep) == 1,
            ..Ports::default()
        };
        let source = match instr.source() {
            Source::Reg(r) | Source::Comp(r, _) => 1u64 << r,
            _ => 0,
        };
        match instr.op.row().shape {
            Shape::Load | Shape::Load4 => {
                p.writes = bit(Field::D);
                p.partial = false;
                if instr.get(Field::Xreg) == 1 {
                    p.reads |= bit(Field::XregNo);
                }
                if instr.get(Field::Yreg) == 1 {
                    p.reads |= bit(Field::YregNo);
                }
            }
            Shape::Store | Shape::Store4 => p.reads = bit(Field::D),
            Shape::Transpose => {
                p.reads = run(Field::A, 4);
                p.writes = run(Field::D, 4);
                p.partial = false;
            }
            Shape::Alu1 => {
                p.reads = source;
                p.writes = bit(Field::D);
            }
            Shape::Alu2 => {
                p.reads = bit(Field::A) | source;
                p.writes = bit(Field::D);
            }
            Shape::Select => {
                p.reads = bit(Field::A) | bit(Field::C) | source;
                p.writes = bit(Field::D);
            }
            Shape::Swizzle => {
                p.reads = bit(Field::A);
                p.writes = bit(Field::D);
            }
            Shape::Porter => {
                p.reads = bit(Field::A) | bit(Field::B);
                p.writes = bit(Field::D);
            }
            Shape::Sum => {
                p.reads = run(Field::A, taps);
                p.taps = taps as u32 * 4;
            }
            Shape::SumReg => {
                p.reads = run(Field::A, taps) | run(Field::B, taps);
                p.taps = taps as u32 * 4;
            }
            Shape::SumVec => {
                p.reads = bit(Field::A);
                p.taps = 16;
            }
            Shape::Flag if instr.get(Field::Mask) != 0 => p.reads = bit(Field::A),
            Shape::Case | Shape::Branch | Shape::Out => p.reads = bit(Field::A),
            Shape::Position => p.writes = bit(Field::D),
            Shape::Flag | Shape::Jump | Shape::Loop | Shape::None => {}
        }
        if p.taps > 0 {
            p.partial = false;
            if !p.keep {
                p.writes = bit(Field::D);
            }
        }
        p
    }
}

/// A program as the machine holds it.
#[derive(Clone, Debug)]
pub struct Program {
    /// Decoded words; none where the word is undefined.
    pub instrs: Vec<Option<Instr>>,
    /// Their scoreboard entries.
    pub ports: Vec<Ports>,
    /// The whole bank.
    pub bank: Vec<i32>,
}

impl Program {
    /// Decodes an image; what exceeds the memories is cut off and so undefined.
    #[must_use]
    pub fn new(image: &Image) -> Program {
        let words = &image.words[..image.words.len().min(PROGRAM_WORDS)];
        let instrs: Vec<Option<Instr>> = words.iter().map(|&w| Instr::decode(w)).collect();
        let ports = instrs
            .iter()
            .map(|i| i.as_ref().map(Ports::of).unwrap_or_default())
            .collect();
        let mut bank = image.bank.clone();
        bank.resize(usize::from(BANK), 0);
        Program {
            instrs,
            ports,
            bank,
        }
    }

    /// The instruction at an address; none if undefined or beyond the program.
    #[must_use]
    pub fn at(&self, pc: usize) -> Option<&Instr> {
        self.instrs.get(pc)?.as_ref()
    }

    /// Issue cycles of an instruction.
    #[must_use]
    pub fn occupancy(op: Op, control: u64) -> u64 {
        match op.row().occupancy {
            Occupancy::One => 1,
            Occupancy::Four => 4,
            Occupancy::Control => control,
        }
    }
}
