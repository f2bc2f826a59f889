//! Changes of single encoded words of a program, and programs of random words.

use orrery_arithmetic::{Instruction, Op};
use orrery_compositor::program::Ports;
use orrery_compositor::word::{Field, Instr, Source};
use orrery_emulator::Program;
use orrery_parsing::isa::row::{Capture, Operand, RowAction, Work, valid_strides};
use orrery_parsing::isa::{
    AluOp, CaptureMode, Cond, Port, Row, StackOp, StageOp, StateWord, SysOp,
};
use orrery_samples::rng::SplitMix64;

use super::{index, pick};

/// A place in a program that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// A row of the Parsing Unit.
    Row(usize),
    /// A state of the Parsing Unit.
    State(usize),
    /// A constant of its pool.
    Constant(usize),
    /// A byte of its staging memory.
    Staging(usize),
    /// A word of the core.
    Core(usize),
    /// A word of the Compositor.
    Kernel(usize),
    /// A constant of its bank.
    Bank(usize),
}

/// All places of a program.
pub fn sites(program: &Program) -> Vec<Site> {
    let parsing = &program.parsing;
    let kernel = &program.kernel;
    (0..parsing.rows.len())
        .map(Site::Row)
        .chain((0..parsing.states.len()).map(Site::State))
        .chain((0..parsing.constants.len()).map(Site::Constant))
        .chain((0..parsing.staging.len()).map(Site::Staging))
        .chain((0..program.core.words.len()).map(Site::Core))
        .chain((0..kernel.words.len()).map(Site::Kernel))
        .chain((0..kernel.constants.len()).map(Site::Bank))
        .collect()
}

/// Changes a place to another valid word, and says how; `None` if no change was found.
pub fn change(rng: &mut SplitMix64, program: &mut Program, site: Site) -> Option<String> {
    (0..200).find_map(|_| match site {
        Site::Row(i) => {
            let old = Row::decode(&program.parsing.rows[i])?;
            let states = &program.parsing.states;
            let (row, what) = changed_row(rng, old, states.len());
            let state = states.get(usize::from(old.check)).copied();
            let state = state.and_then(StateWord::decode);
            // Only peeked bits are consumed, and nothing follows the last row.
            let takes = state.is_none_or(|s| s.port == Port::Symbol);
            let ends = matches!(
                old.work,
                Work::Sys(SysOp::Accept | SysOp::Fail | SysOp::Raise)
            );
            if (what == "bits consumed" && !takes) || (what == "next state" && ends) {
                return None;
            }
            let bits = row.encode();
            let valid = row != old && Row::decode(&bits) == Some(row);
            valid.then(|| program.parsing.rows[i] = bits)?;
            let new = orrery_parsing::listing::row_text(&bits);
            Some(format!("{what} changed: {new}"))
        }
        Site::State(i) => {
            let word = program.parsing.states[i] ^ 1 << rng.below(60);
            let (old, new) = (
                StateWord::decode(program.parsing.states[i])?,
                StateWord::decode(word)?,
            );
            // A row that does not exist refuses a symbol as none does; an integer of no bits reads nothing.
            let rows = program.parsing.rows.len();
            if new.fallback != old.fallback && usize::from(new.fallback) >= rows
                || old.port == Port::None && new.port == Port::Int
            {
                return None;
            }
            let old = std::mem::replace(&mut program.parsing.states[i], word);
            let text = orrery_parsing::listing::state_text;
            Some(format!("{} became {}", text(old), text(word)))
        }
        Site::Constant(i) => Some(number(rng, &mut program.parsing.constants[i])),
        Site::Staging(i) => {
            let mut value = u32::from(program.parsing.staging[i]);
            let what = number(rng, &mut value);
            let changed = value as u8 != program.parsing.staging[i];
            program.parsing.staging[i] = value as u8;
            changed.then_some(what)
        }
        Site::Core(i) => core(rng, &mut program.core.words, i),
        Site::Kernel(i) => {
            let words = &mut program.kernel.words;
            if rng.below(4) == 0 && i + 1 < words.len() {
                depends(words[i], words[i + 1]).then_some(())?;
                words.swap(i, i + 1);
                return Some("swapped with the next".into());
            }
            let word = words[i] ^ 1 << rng.below(64);
            let (old, new) = (Instr::decode(words[i])?, Instr::decode(word)?);
            if blind(&old, &new) {
                return None;
            }
            words[i] = word;
            let new = orrery_compositor::text::disassemble(word);
            Some(format!("became {}", new.unwrap_or_default()))
        }
        Site::Bank(i) => {
            let mut value = program.kernel.constants[i] as u32;
            let what = number(rng, &mut value);
            program.kernel.constants[i] = value as i32;
            Some(what)
        }
    })
}

/// Whether two words give something else the other way round, as far as registers tell.
fn depends(first: u64, second: u64) -> bool {
    let (Some(first), Some(second)) = (Instr::decode(first), Instr::decode(second)) else {
        return false;
    };
    let (a, b) = (Ports::of(&first), Ports::of(&second));
    let apart = first.get(Field::Mask) & second.get(Field::Mask) == 0;
    first != second && !apart && (a.writes & (b.reads | b.writes) | a.reads & b.writes) != 0
}

/// Changes that bytes cannot show: a limit put on a result, which mostly keeps within it anyway, and the upper
/// bits of an immediate, of which a byte is stored in the end.
fn blind(old: &Instr, new: &Instr) -> bool {
    let limited = |f| old.get(f) == 0 && new.get(f) != 0;
    let upper = match (old.source(), new.source()) {
        (Source::Imm(a), Source::Imm(b)) => a != b && (a ^ b) & 0xff == 0,
        _ => false,
    };
    old.op == new.op && (limited(Field::Ext) || limited(Field::Clip) || upper)
}

/// Adds or takes one, or flips a bit.
fn number(rng: &mut SplitMix64, value: &mut u32) -> String {
    match rng.below(3) {
        0 => {
            *value = value.wrapping_add(1);
            "+ 1".into()
        }
        1 => {
            *value = value.wrapping_sub(1);
            "- 1".into()
        }
        _ => {
            let bit = rng.below(8);
            *value ^= 1 << bit;
            format!("bit {bit} flipped")
        }
    }
}

/// In the place of a source: there is none.
const NO_SOURCE: i32 = 15;

fn core(rng: &mut SplitMix64, words: &mut [u16], i: usize) -> Option<String> {
    let next = words.get(i + 1).copied().unwrap_or(0);
    let old = Instruction::decode(words[i], next)?;
    if rng.below(4) == 0 && old.words() == 1 && i + 1 < words.len() {
        let after = words.get(i + 2).copied().unwrap_or(0);
        let follows = Instruction::decode(next, after)?;
        if follows != old && follows.words() == 1 {
            words.swap(i, i + 1);
            return Some("swapped with the next".into());
        }
    }
    let word = words[i] ^ 1 << rng.below(16);
    let new = Instruction::decode(word, next)?;
    // Of one source, all of these are moves.
    let is_move = |i: Instruction| {
        let one_source = i.operands[1..].contains(&NO_SOURCE);
        one_source && matches!(i.op, Op::Add | Op::Or | Op::Xor)
    };
    if is_move(old) && is_move(new) && old.operands == new.operands {
        return None;
    }
    words[i] = word;
    Some(format!("{old:?} became {new:?}"))
}

fn changed_row(rng: &mut SplitMix64, old: Row, states: usize) -> (Row, &'static str) {
    let mut row = old;
    let mut number = |v: u16| {
        let mut value = u32::from(v);
        number(rng, &mut value);
        value as u16
    };
    let (imm, stage_base, stack_imm, target) = (
        number(old.imm),
        number(old.stage_base),
        number(old.stack_imm),
        number(old.action.target),
    );
    let state = index(rng, states.max(1)) as u16;
    let capture = rng.below(64) as u8;
    let operand = if rng.below(2) == 0 {
        Operand::Capture(capture)
    } else {
        Operand::Pool(rng.below(8) as u16)
    };
    let what = match rng.below(16) {
        0 => (row.imm = imm, "immediate").1,
        1 => (row.stage_base = stage_base, "staging address").1,
        2 => (row.stack_imm = stack_imm, "stack immediate").1,
        3 if old.action.op != 0 => (row.action.target = target, "action's target").1,
        4 => (row.next = state, "next state").1,
        5 if old.stack != StackOp::None => (row.alt = state, "second next state").1,
        6 => (row.a = capture, "first source").1,
        7 => (row.b = operand, "second source").1,
        8 => (row.dst = capture, "destination").1,
        9 => {
            let to = usize::from(rng.below(2) == 0);
            row.consume = [old.consume + 1, old.consume.saturating_sub(1)][to];
            "bits consumed"
        }
        10 if matches!(old.work, Work::Alu(op) if op != AluOp::None) => {
            row.work = Work::Alu(*pick(rng, AluOp::ALL));
            // A move has no first source yet.
            if old.work == Work::Alu(AluOp::Move) {
                row.a = capture;
            }
            "ALU operation"
        }
        11 if old.action.op != 0 => {
            let none = Row::default();
            row.action = none.action;
            row.operands = none.operands;
            "no action"
        }
        12 if old.action.n > 1 => {
            row.operands.swap(0, 1);
            "action's operands swapped"
        }
        13 if old.action.n > 0 => {
            row.operands[index(rng, usize::from(old.action.n))] = operand;
            "action's operand"
        }
        14 if old.capture.mode != CaptureMode::None => {
            row.capture.dst = capture;
            "captured elsewhere"
        }
        15 if old.stage != StageOp::None => {
            row.stage = *pick(rng, StageOp::ALL);
            "staging access"
        }
        _ => "",
    };
    (row, what)
}

/// Rows that a random program has for each of its states.
const SLOT: u16 = 32;

/// A program of random rows and states, most of them valid, and random core instructions.
pub fn random(rng: &mut SplitMix64) -> Program {
    let mut program = Program::default();
    let states = 2 + rng.below(14) as u16;
    let image = &mut program.parsing;
    for state in 0..states {
        image.states.push(random_state(rng, state * SLOT).encode());
        for _ in 0..SLOT {
            let row = random_row(rng, state, states);
            let mut bits = row.encode();
            if rng.below(200) == 0 {
                bits[index(rng, 8)] ^= 1 << rng.below(32);
            }
            image.rows.push(bits);
        }
    }
    image.constants = (0..16).map(|_| any_number(rng)).collect();
    image.staging = (0..200).map(|_| rng.next_u64() as u8).collect();
    image.texts = vec!["one".into(), "two".into()];
    image.entry = rng.below(u32::from(states)) as u16;
    let words = (0..rng.below(100)).map(|_| rng.next_u64() as u16);
    program.core.words = words
        .filter(|&w| Instruction::decode(w, 0).is_some())
        .collect();
    program
}

/// Small, large or any.
fn any_number(rng: &mut SplitMix64) -> u32 {
    let any = rng.next_u64() as u32;
    any >> *pick(rng, &[0, 8, 16, 20, 24, 28])
}

fn random_state(rng: &mut SplitMix64, base: u16) -> StateWord {
    loop {
        let port = *pick(rng, Port::ALL);
        let width = match port {
            Port::Symbol => 1 + rng.below(4) as u8,
            Port::Int => rng.below(33) as u8,
            Port::Value | Port::Flag => 1 + rng.below(3) as u8,
            Port::Cond => index(rng, Cond::ALL.len()) as u8,
            _ => 0,
        };
        let state = StateWord {
            port,
            width,
            base,
            reg: if matches!(port, Port::Value | Port::Map) {
                rng.below(64) as u8
            } else {
                0
            },
            lsb: rng.below(4) == 0,
            fallback: if rng.below(2) == 0 {
                base
            } else {
                StateWord::default().fallback
            },
            control: rng.below(3) == 0,
            ..StateWord::default()
        };
        if StateWord::decode(state.encode()) == Some(state) {
            return state;
        }
    }
}

fn random_row(rng: &mut SplitMix64, check: u16, states: u16) -> Row {
    loop {
        let mut row = Row {
            check,
            next: rng.below(u32::from(states)) as u16,
            ..Row::default()
        };
        if rng.below(2) == 0 {
            row.consume = rng.below(13) as u8;
        }
        if rng.below(3) == 0 {
            row.capture = Capture {
                mode: *pick(rng, CaptureMode::ALL),
                dst: rng.below(60) as u8,
                bits: rng.below(9) as u8,
            };
        }
        let operand = |rng: &mut SplitMix64| match rng.below(2) {
            0 => Operand::Capture(rng.below(8) as u8),
            _ => Operand::Pool(rng.below(18) as u16),
        };
        row.work = match rng.below(4) {
            0 => Work::Alu(*pick(rng, AluOp::ALL)),
            1 => Work::Sys(*pick(rng, SysOp::ALL)),
            _ => row.work,
        };
        let fields = row.work.fields();
        if fields.dst {
            row.dst = rng.below(8) as u8;
        }
        if fields.a {
            row.a = rng.below(8) as u8;
        }
        if fields.b {
            row.b = operand(rng);
        }
        if fields.imm {
            row.imm = match row.work {
                Work::Sys(SysOp::NewMap) => *pick(rng, &[0x9, 0x69, 0x7, 0x11, 0xcc, 0x4444]),
                _ => rng.below(4) as u16,
            };
            debug_assert!(row.work != Work::Sys(SysOp::NewMap) || valid_strides(row.imm));
        }
        if rng.below(3) == 0 {
            row.stage = *pick(rng, StageOp::ALL);
            if row.stage != StageOp::None {
                row.stage_base = any_number(rng) as u16;
                row.stage_data = rng.below(8) as u8;
            }
        }
        if rng.below(3) == 0 {
            let n = rng.below(5) as u8;
            row.action = RowAction {
                op: rng.below(32) as u8,
                target: rng.below(4) as u16,
                n,
                identity: rng.below(1 << n) as u8,
            };
            if row.action.op == 0 {
                row.action = Row::default().action;
            }
        }
        let operands = if fields.operands { 4 } else { row.action.n };
        for slot in row.operands.iter_mut().take(usize::from(operands)) {
            *slot = operand(rng);
        }
        if rng.below(3) == 0 {
            row.stack = *pick(rng, StackOp::ALL);
            let needs_alt = !matches!(
                row.stack,
                StackOp::None
                    | StackOp::Uncatch
                    | StackOp::Return
                    | StackOp::Save
                    | StackOp::Restore
            );
            if needs_alt {
                row.alt = rng.below(u32::from(states)) as u16;
            }
            if matches!(
                row.stack,
                StackOp::Repeat | StackOp::Catch | StackOp::Save | StackOp::Restore
            ) {
                row.stack_imm = rng.below(60) as u16;
            }
            if row.stack == StackOp::Return {
                row.next = 0;
            }
        }
        if Row::decode(&row.encode()) == Some(row) {
            return row;
        }
    }
}
