//! Binding: a program made ready for one sprite.
//!
//! The reachable words are turned into micro-operations in which displacements
//! have become byte offsets of the bound views and all constants (immediates,
//! scalar operands, bank words) have become registers beyond the 64 of the
//! program. This is a matter of simulation speed only.

use crate::cost::UnitCost;
use crate::isa::{Op, Shape};
use crate::list::Sprite;
use crate::micro::{Form, Kind, Micro, TRAP};
use crate::narrow::{self, Narrow};
use crate::program::Program;
use crate::sum::extended;
use crate::view::{Bound, Element};
use crate::word::{Field, Instr, REGISTERS, Source};
use wide::i16x8;

/// Registers including those that hold constants.
pub const SLOTS: usize = 8192;

/// Smallest and largest displacement of a kind of access to a unit.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Left.
    pub x0: i32,
    /// Right, inclusive.
    pub x1: i32,
    /// Top.
    pub y0: i32,
    /// Bottom, inclusive.
    pub y1: i32,
}

impl Reach {
    const EMPTY: Reach = Reach {
        x0: i32::MAX,
        x1: i32::MIN,
        y0: i32::MAX,
        y1: i32::MIN,
    };

    fn add(&mut self, x0: i32, x1: i32, y: i32) {
        self.x0 = self.x0.min(x0);
        self.x1 = self.x1.max(x1);
        self.y0 = self.y0.min(y);
        self.y1 = self.y1.max(y);
    }

    fn empty(&self) -> bool {
        self.x0 > self.x1
    }
}

/// A unit that the program touches.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Its number.
    pub unit: u8,
    /// Displacements of loads.
    pub loads: Reach,
    /// Displacements of stores.
    pub stores: Reach,
}

/// A program bound to a sprite and its views.
#[derive(Clone, Debug)]
pub struct Code {
    /// One per program word, and one that traps at the end.
    pub micros: Vec<Micro>,
    /// Where it starts.
    pub entry: usize,
    /// Constants, from slot 64 on.
    pub constants: Vec<[i32; 4]>,
    /// Registers that may be read before they are written: they read 0.
    pub cleared: u64,
    /// Units touched by constant displacements.
    pub used: Vec<Used>,
    /// What accesses to the units cost.
    pub units: [UnitCost; 16],
    /// Multiply-sums that may be done in 32 bits; their micro-operations have a number from 1 in `b`.
    pub narrow: Vec<Narrow>,
    /// Their weights: pairs of taps for four components.
    pub weights: Vec<i16x8>,
}

impl Code {
    /// Micro-operations, and nothing known about them.
    pub(crate) fn empty(micros: Vec<Micro>) -> Code {
        Code {
            micros,
            entry: 0,
            constants: Vec::new(),
            cleared: 0,
            used: Vec::new(),
            units: [UnitCost::default(); 16],
            narrow: Vec::new(),
            weights: Vec::new(),
        }
    }
}

/// Where control can go after the word at `pc`, falling through included.
pub fn successors(program: &Program, pc: usize, mut to: impl FnMut(usize)) {
    let Some(instr) = program.at(pc) else { return };
    let target = pc + 1 + instr.get(Field::Off) as usize;
    match instr.op {
        Op::End | Op::Out => {}
        Op::Jump => to(target),
        Op::BranchZero | Op::BranchNonZero => {
            to(target);
            to(pc + 1);
        }
        Op::Case => {
            for i in 0..=instr.get(Field::Cases) as usize {
                if let Some(t) = case_target(program, pc + 1 + i) {
                    to(t);
                }
            }
        }
        // gNEXT goes back to a word that is reachable already.
        _ => to(pc + 1),
    }
}

/// Target of the jump word at `pc`.
#[must_use]
pub fn case_target(program: &Program, pc: usize) -> Option<usize> {
    let instr = program.at(pc)?;
    (instr.op == Op::Jump).then(|| pc + 1 + instr.get(Field::Off) as usize)
}

/// Registers that some path from `entry` may read before writing them.
///
/// Targets lie ahead except for gNEXT, whose loop has run its body once by
/// then, so one pass in order of addresses is enough.
fn unwritten(program: &Program, entry: usize) -> (Vec<bool>, u64) {
    let n = program.instrs.len();
    let mut written = vec![u64::MAX; n];
    let mut reached = vec![false; n];
    let mut exposed = 0;
    if entry < n {
        reached[entry] = true;
        written[entry] = 0;
    }
    for pc in entry..n {
        if !reached[pc] {
            continue;
        }
        let ports = &program.ports[pc];
        let mut now = written[pc];
        exposed |= ports.reads & !now;
        if ports.partial {
            exposed |= ports.writes & !now;
        }
        now |= ports.writes;
        successors(program, pc, |to| {
            if to < n {
                reached[to] = true;
                written[to] &= now;
            }
        });
    }
    (reached, exposed)
}

/// Binds the program from the entry of a sprite on.
#[must_use]
pub fn bind(program: &Program, sprite: &Sprite, views: &[Option<Bound>; 16], scan: bool) -> Code {
    let (reached, cleared) = unwritten(program, usize::from(sprite.entry));
    let mut code = Code {
        entry: usize::from(sprite.entry),
        cleared,
        ..Code::empty(vec![TRAP; program.instrs.len() + 1])
    };
    for (cost, view) in code.units.iter_mut().zip(views) {
        if let Some(bound) = view {
            *cost = UnitCost::of(&bound.view);
        }
    }
    let mut reaches = [(Reach::EMPTY, Reach::EMPTY); 16];
    for (pc, reached) in reached.iter().enumerate() {
        if let (true, Some(instr)) = (*reached, program.at(pc)) {
            let micro = lower(program, pc, instr, sprite, views, &mut code.constants, scan);
            code.micros[pc] = micro;
            if micro.kind == Kind::Case {
                // The jump words of a gCASE are read, not executed.
                for at in pc + 1..=pc + micro.offset as usize {
                    if let Some(jump) = program.at(at) {
                        code.micros[at] =
                            lower(program, at, jump, sprite, views, &mut code.constants, scan);
                    }
                }
            }
            let reach = &mut reaches[usize::from(micro.unit)];
            let (dx, dy) = (i32::from(micro.dx), i32::from(micro.dy));
            match micro.kind {
                Kind::LoadBytes | Kind::LoadWide => reach.0.add(dx, dx, dy),
                Kind::Load4Bytes | Kind::Load4Wide => reach.0.add(dx, dx + 3, dy),
                Kind::StoreBytes => reach.1.add(dx, dx, dy),
                Kind::Store4Bytes | Kind::Store4Halves => reach.1.add(dx, dx + 3, dy),
                _ => {}
            }
        }
    }
    for (unit, (loads, stores)) in reaches.into_iter().enumerate() {
        if !loads.empty() || !stores.empty() {
            code.used.push(Used {
                unit: unit as u8,
                loads,
                stores,
            });
        }
    }
    narrow::find(&mut code, &program.bank);
    code
}

fn lower(
    program: &Program,
    pc: usize,
    instr: &Instr,
    sprite: &Sprite,
    views: &[Option<Bound>; 16],
    constants: &mut Vec<[i32; 4]>,
    scan: bool,
) -> Micro {
    let mut m = Micro {
        kind: Kind::plain(instr.op),
        d: u16::from(instr.reg(Field::D)),
        a: u16::from(instr.reg(Field::A)),
        ..TRAP
    };
    let shape = instr.op.row().shape;
    match shape {
        Shape::Load | Shape::Load4 | Shape::Store | Shape::Store4 => {
            memory(instr, shape, sprite, views, &mut m);
        }
        Shape::Alu1 | Shape::Alu2 | Shape::Select => {
            m.mask = instr.reg(Field::Mask);
            m.ext = instr.reg(Field::Ext);
            m.clip = instr.reg(Field::Clip);
            m.c = u16::from(instr.reg(Field::C));
            let mut constant = |value: [i32; 4]| {
                let i = constants
                    .iter()
                    .position(|c| *c == value)
                    .unwrap_or_else(|| {
                        constants.push(value);
                        constants.len() - 1
                    });
                u16::from(REGISTERS) + i as u16
            };
            let bank = |at: u16| program.bank[usize::from(at)];
            m.b = match instr.source() {
                Source::Reg(r) => u16::from(r),
                Source::Comp(r, c) => {
                    m.broadcast = c;
                    u16::from(r)
                }
                Source::Imm(v) => constant([v; 4]),
                Source::Scalar(n) => constant([sprite.scalars[usize::from(n)]; 4]),
                Source::Bank(at) => constant([bank(at); 4]),
                Source::BankVec(at) => {
                    constant([bank(at), bank(at + 1), bank(at + 2), bank(at + 3)])
                }
            };
        }
        Shape::Swizzle => {
            m.mask = instr.reg(Field::Mask);
            m.n = instr.get(Field::Swz) as u8;
        }
        Shape::Porter => {
            m.mask = instr.reg(Field::Mask);
            m.b = u16::from(instr.reg(Field::B));
            m.n = instr.reg(Field::Fa) | instr.reg(Field::Fb) << 2;
        }
        Shape::Sum | Shape::SumReg | Shape::SumVec => {
            m.n = instr.reg(Field::Taps) + 1;
            if shape == Shape::SumReg {
                m.b = u16::from(instr.reg(Field::B));
            }
            m.c = instr.get(Field::Coef) as u16;
            m.ext = instr.reg(Field::Ext);
            m.clip = instr.reg(Field::Clip);
            m.mask = 15;
            m.dx = instr.get(Field::ProductShift) as i8;
            m.dy = instr.get(Field::Shift) as i8;
            m.unit = 0;
            // Wrap, round, negate, chain, keep: packed, as none is used alone.
            m.offset = instr.get(Field::ProductWrap)
                | instr.get(Field::Round) << 2
                | instr.get(Field::Negate) << 4
                | instr.get(Field::Chain) << 5
                | instr.get(Field::Keep) << 6;
        }
        Shape::Flag => {
            m.n = instr.reg(Field::Bit);
            m.mask = instr.reg(Field::Mask);
        }
        Shape::Case => {
            m.n = instr.reg(Field::Comp);
            m.offset = instr.get(Field::Cases) + 1;
            if (0..m.offset as usize).any(|i| case_target(program, pc + 1 + i).is_none()) {
                m.kind = Kind::BadCase;
            }
        }
        Shape::Branch | Shape::Jump => {
            m.n = instr.reg(Field::Comp);
            m.offset = instr.get(Field::Off);
        }
        Shape::Loop => {
            let count = instr.get(Field::Count);
            m.offset = if instr.get(Field::CountKind) == 1 {
                sprite.scalars[count as usize].clamp(1, 1 << 16)
            } else {
                count + 1
            };
        }
        Shape::Position => m.mask = instr.reg(Field::Mask),
        Shape::Out => {
            if !scan {
                m.kind = Kind::NoOutput;
            }
        }
        Shape::Transpose | Shape::None => {}
    }
    let formed = m.ext != 0 || m.clip != 0 || m.broadcast != 4;
    let only_low = m.ext > 32 && m.mask == 15 && m.clip == 0 && m.broadcast == 4;
    match shape {
        Shape::Alu1 | Shape::Alu2 | Shape::Select if only_low => {
            m.form = Form::Low;
            m.offset = extended(-1, m.ext);
        }
        _ if formed => m.form = Form::Any,
        _ if m.mask != 15 => m.form = Form::Masked,
        _ => {}
    }
    m
}

fn memory(
    instr: &Instr,
    shape: Shape,
    sprite: &Sprite,
    views: &[Option<Bound>; 16],
    m: &mut Micro,
) {
    m.unit = instr.reg(Field::Unit);
    m.n = instr.reg(Field::Channel);
    m.dx = instr.get(Field::Dx) as i8;
    m.dy = instr.get(Field::Dy) as i8;
    let Some(bound) = &views[usize::from(m.unit)] else {
        m.kind = Kind::NoView;
        return;
    };
    let view = &bound.view;
    let bytes = !matches!(view.element, Element::Bits(_));
    let size = view.element.bits() / 8;
    let flags = [Field::Xreg, Field::Yreg, Field::Xabs, Field::Yabs];
    let fixed = flags.iter().all(|&f| instr.get(f) == 0);
    let same = flags.map(|f| instr.get(f)) == [0, 0, 1, 1];
    let offset = i64::from(m.dx) * i64::from(view.stride)
        + i64::from(m.dy) * i64::from(view.pitch)
        + i64::from(m.n) * size;
    let near = i32::try_from(offset).is_ok() && bytes;
    m.offset = offset as i32;
    m.ext = view.channels;
    if shape == Shape::Load4 || shape == Shape::Store4 {
        // A channel that the view does not have would reach into the next texel.
        if m.n >= view.channels {
            m.kind = Kind::NoView;
            return;
        }
    }
    m.kind = match (shape, view.element) {
        (Shape::Load, Element::U8) if fixed && near => Kind::LoadBytes,
        (Shape::Load, _) if fixed && near => Kind::LoadWide,
        (Shape::Load, Element::U16 | Element::S16 | Element::S32) if same && near => Kind::LoadSame,
        (Shape::Load, _) => Kind::LoadAny,
        (Shape::Load4, Element::U8) if fixed && near && view.stride == 1 => Kind::Load4Bytes,
        (Shape::Load4, _) if fixed && near => Kind::Load4Wide,
        (Shape::Load4, _) => Kind::Load4Any,
        (Shape::Store, Element::U8) if near => Kind::StoreBytes,
        (Shape::Store, _) => Kind::StoreAny,
        (_, Element::U8) if near && (1..=5).contains(&view.stride) => Kind::Store4Bytes,
        (_, Element::U16 | Element::S16) if near && view.stride == 2 && !view.big => {
            Kind::Store4Halves
        }
        _ => Kind::Store4Any,
    };
    if m.kind == Kind::Store4Bytes {
        m.c = view.stride as u16;
    }
    if matches!(shape, Shape::Load | Shape::Load4) {
        m.a = u16::from(instr.reg(Field::XregNo));
        m.b = u16::from(instr.reg(Field::YregNo));
        m.mask = (instr.get(Field::Xreg)
            | instr.get(Field::Yreg) << 1
            | instr.get(Field::Xabs) << 2
            | instr.get(Field::Yabs) << 3) as u8;
        m.c = (instr.get(Field::XregComp) | instr.get(Field::YregComp) << 2) as u16;
        return;
    }
    let (w, h) = view.scaled(sprite.tile_w, sprite.tile_h);
    let last = if shape == Shape::Store4 { 3 } else { 0 };
    let (dx, dy) = (i32::from(m.dx), i32::from(m.dy));
    if dx < -8 || dx + last >= w.max(1) + 8 || dy < -8 || dy >= h.max(1) + 8 {
        m.kind = Kind::FarStore;
    }
}
