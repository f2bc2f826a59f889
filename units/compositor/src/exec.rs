//! Executes one tile: values only. What it cost is worked out from the path
//! that it took ([`crate::cost`]).

use crate::access::{bytes, wide};
use crate::bind::{Code, SLOTS};
use crate::micro::{Form, Kind, Micro};
use crate::program::Program;
use crate::sum::{each, porter, unorm};
use crate::undo::Undo;
use crate::view::Bound;
use crate::word::REGISTERS;
use orrery_shared::{Fault, TrapCode};

/// Depth of the loop stack.
pub const LOOPS: usize = 4;
/// Instructions that one tile (or pixel of a scan program) may execute.
pub const TILE_LIMIT: u64 = 65_536;

/// No word's address.
pub(crate) const NEVER: usize = usize::MAX;

/// A run of words executed without a transfer of control: first, one past the last.
pub type Segment = (u16, u16);

/// Where a tile lies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tile {
    /// Left edge, in the sprite's coordinates.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width inside the sprite.
    pub w: i32,
    /// Height inside the sprite.
    pub h: i32,
    /// Right edge of the sprite.
    pub right: i32,
    /// Bottom edge of the sprite or band.
    pub bottom: i32,
    /// Nothing of it is cut off.
    pub whole: bool,
}

/// Per unit, what is known of a tile before it runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Near {
    /// Byte address of the tile's origin.
    pub(crate) base: i64,
    /// All loads by constant displacements are inside the window and held.
    pub(crate) loads: bool,
    /// The same for stores.
    pub(crate) stores: bool,
}

/// Registers and all else that a tile has; nothing in it outlives a beat.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) regs: Box<[[i32; 4]; SLOTS]>,
    pub(crate) acc: [i64; 4],
    /// The accumulator instead of `acc`, where the word in front of `kept` left it by [`Engine::narrow`].
    pub(crate) small: [i32; 4],
    pub(crate) kept: usize,
    pub(crate) near: [Near; 16],
    loops: [(u32, u32); LOOPS],
    depth: usize,
    /// The path of the last tile.
    pub path: Vec<Segment>,
    /// Status bits set since they were last cleared.
    pub flags: u32,
    /// What stores overwrote.
    pub undo: Undo,
    /// The colour that a scan program put out.
    colour: [i32; 4],
}

impl Default for Engine {
    fn default() -> Self {
        Engine {
            regs: Box::new([[0; 4]; SLOTS]),
            acc: [0; 4],
            small: [0; 4],
            kept: NEVER,
            near: [Near::default(); 16],
            loops: [(0, 0); LOOPS],
            depth: 0,
            path: Vec::new(),
            flags: 0,
            undo: Undo::default(),
            colour: [0; 4],
        }
    }
}

/// What a tile runs in.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The program, for its bank.
    pub program: &'a Program,
    /// The program bound to the sprite.
    pub code: &'a Code,
    /// The views.
    pub views: &'a [Option<Bound>; 16],
}

#[inline(always)]
pub(crate) fn slot(r: u16) -> usize {
    usize::from(r) & (SLOTS - 1)
}

/// The second source, one component of it for all if the instruction says so.
#[inline(always)]
fn spread(b: [i32; 4], m: &Micro) -> [i32; 4] {
    if m.broadcast < 4 {
        [b[usize::from(m.broadcast & 3)]; 4]
    } else {
        b
    }
}

fn mask_of(on: bool) -> i32 {
    -i32::from(on)
}

impl Engine {
    /// Puts the constants of a program into their registers.
    pub fn enter(&mut self, code: &Code) {
        let from = usize::from(REGISTERS);
        let room = self.regs[from..].iter_mut();
        for (to, value) in room.zip(&code.constants) {
            *to = *value;
        }
    }

    /// Runs one tile. On a fault its stores are still to be taken back.
    ///
    /// # Errors
    /// The trap.
    pub fn run(
        &mut self,
        cx: &Context<'_>,
        tile: &Tile,
        memory: &mut [u8],
    ) -> Result<(), Box<Fault>> {
        self.survey(cx, tile, memory);
        self.clear(cx);
        self.control(cx, tile, memory)
    }

    /// Runs a scan program for one pixel, whose first registers are given.
    ///
    /// # Errors
    /// The trap.
    pub fn pixel(
        &mut self,
        cx: &Context<'_>,
        tile: &Tile,
        memory: &mut [u8],
        given: [[i32; 4]; 3],
    ) -> Result<[i32; 4], Box<Fault>> {
        self.survey(cx, tile, memory);
        self.clear(cx);
        self.regs[..3].copy_from_slice(&given);
        self.control(cx, tile, memory)?;
        Ok(self.colour)
    }

    /// A new tile: registers that are read before they are written read 0.
    fn clear(&mut self, cx: &Context<'_>) {
        let mut clear = cx.code.cleared;
        while clear != 0 {
            self.regs[clear.trailing_zeros() as usize] = [0; 4];
            clear &= clear - 1;
        }
        self.acc = [0; 4];
        self.kept = NEVER;
        self.depth = 0;
        self.path.clear();
    }

    /// Goes from segment to segment.
    fn control(
        &mut self,
        cx: &Context<'_>,
        tile: &Tile,
        memory: &mut [u8],
    ) -> Result<(), Box<Fault>> {
        let micros = &cx.code.micros[..];
        let mut start = self.start(cx);
        let mut total = 0;
        loop {
            let at = self.straight(cx, tile, memory, start)?;
            let m = &micros[at];
            self.path.push((start as u16, at as u16 + 1));
            total += (at + 1 - start) as u64;
            if total > TILE_LIMIT {
                return Err(Fault::new(
                    TrapCode::Capacity,
                    at as u32,
                    "a tile executes too many instructions",
                ));
            }
            let component = self.regs[slot(m.a)][usize::from(m.n & 3)];
            let ahead = at + 1 + m.offset as usize;
            start = match m.kind {
                Kind::Jump => ahead,
                Kind::BranchZero if component == 0 => ahead,
                Kind::BranchNonZero if component != 0 => ahead,
                Kind::Case => {
                    let jump = at + 1 + (component as u32).min(m.offset as u32 - 1) as usize;
                    jump + 1 + micros[jump].offset as usize
                }
                Kind::Loop => {
                    if self.depth == LOOPS {
                        let text = "loops are nested more than 4 deep";
                        return Err(Fault::new(TrapCode::Capacity, at as u32, text));
                    }
                    self.loops[self.depth] = (at as u32 + 1, m.offset as u32);
                    self.depth += 1;
                    at + 1
                }
                Kind::Next => {
                    if self.depth == 0 {
                        let text = "gNEXT without an open gLOOP";
                        return Err(Fault::new(TrapCode::StackUnderflow, at as u32, text));
                    }
                    let top = &mut self.loops[self.depth - 1];
                    top.1 -= 1;
                    if top.1 > 0 {
                        top.0 as usize
                    } else {
                        self.depth -= 1;
                        at + 1
                    }
                }
                Kind::End => return Ok(()),
                Kind::Out => {
                    self.colour = self.regs[slot(m.a)];
                    return Ok(());
                }
                _ => at + 1,
            };
            start = start.min(micros.len() - 1);
        }
    }

    fn start(&self, cx: &Context<'_>) -> usize {
        cx.code.entry.min(cx.code.micros.len() - 1)
    }

    /// Runs from `pc` up to the next transfer of control and returns its address.
    fn straight(
        &mut self,
        cx: &Context<'_>,
        tile: &Tile,
        memory: &mut [u8],
        mut pc: usize,
    ) -> Result<usize, Box<Fault>> {
        macro_rules! result {
            ($m:ident, $v:expr) => {{
                let v = $v;
                match $m.form {
                    Form::Whole => self.regs[slot($m.d)] = v,
                    Form::Low => {
                        self.regs[slot($m.d)] = each(v, [$m.offset; 4], |v, mask| v & mask);
                    }
                    Form::Masked => self.merge($m, v),
                    Form::Any => self.put($m, v),
                }
            }};
        }
        macro_rules! alu {
            ($m:ident, $f:expr) => {{
                let a = self.regs[slot($m.a)];
                let b = self.regs[slot($m.b)];
                if $m.form == Form::Whole {
                    self.regs[slot($m.d)] = each(a, b, $f);
                } else {
                    let b = spread(b, $m);
                    result!($m, each(a, b, $f));
                }
            }};
        }
        for m in &cx.code.micros[pc..] {
            match m.kind {
                Kind::LoadBytes => {
                    let near = &self.near[usize::from(m.unit & 15)];
                    if near.loads {
                        let at = (near.base + i64::from(m.offset)) as usize;
                        self.regs[slot(m.d)] = bytes(memory, at, m.ext);
                    } else {
                        self.regs[slot(m.d)] = self.load(cx, tile, memory, m, pc)?;
                    }
                }
                Kind::StoreBytes => {
                    let near = self.near[usize::from(m.unit & 15)];
                    let v = self.regs[slot(m.d)];
                    if near.stores {
                        let at = (near.base + i64::from(m.offset)) as usize;
                        let word = v[0] as u8 as u32
                            | (v[1] as u8 as u32) << 8
                            | (v[2] as u8 as u32) << 16
                            | (v[3] as u8 as u32) << 24;
                        self.undo.write_word(memory, at, word, m.ext);
                    } else {
                        self.store(cx, tile, memory, m, pc)?;
                    }
                }
                Kind::LoadWide | Kind::Load4Bytes | Kind::Load4Wide => {
                    let near = &self.near[usize::from(m.unit & 15)];
                    let v = match &cx.views[usize::from(m.unit & 15)] {
                        Some(bound) if near.loads => {
                            let at = (near.base + i64::from(m.offset)) as usize;
                            wide(bound, memory, m, at)
                        }
                        _ => self.load(cx, tile, memory, m, pc)?,
                    };
                    self.regs[slot(m.d)] = v;
                }
                Kind::LoadSame => {
                    let v = match &cx.views[usize::from(m.unit & 15)] {
                        Some(bound) if bound.holds(m) => wide(
                            bound,
                            memory,
                            m,
                            (bound.origin + i64::from(m.offset)) as usize,
                        ),
                        _ => self.load(cx, tile, memory, m, pc)?,
                    };
                    self.regs[slot(m.d)] = v;
                }
                Kind::Store4Bytes | Kind::Store4Halves => {
                    let near = self.near[usize::from(m.unit & 15)];
                    let at = near.base.wrapping_add(i64::from(m.offset)) as usize;
                    let v = self.regs[slot(m.d)];
                    if !near.stores || !self.undo.write_four(memory, at, m, v) {
                        self.store(cx, tile, memory, m, pc)?;
                    }
                }
                Kind::LoadAny | Kind::Load4Any => {
                    let v = self.load(cx, tile, memory, m, pc)?;
                    self.regs[slot(m.d)] = v;
                }
                Kind::StoreAny | Kind::Store4Any => self.store(cx, tile, memory, m, pc)?,
                Kind::Move => alu!(m, |_, b| b),
                Kind::Abs => alu!(m, |_, b: i32| b.wrapping_abs()),
                Kind::Add => alu!(m, i32::wrapping_add),
                Kind::Sub => alu!(m, i32::wrapping_sub),
                Kind::Rsub => alu!(m, |a, b| b.wrapping_sub(a)),
                Kind::Avg => alu!(m, |a, b| (a & b).wrapping_add((a ^ b) >> 1)),
                Kind::Absd => alu!(m, |a, b| a.abs_diff(b) as i32),
                Kind::Min => alu!(m, |a, b| a.min(b)),
                Kind::Max => alu!(m, |a, b| a.max(b)),
                Kind::And => alu!(m, |a, b| a & b),
                Kind::Or => alu!(m, |a, b| a | b),
                Kind::Xor => alu!(m, |a, b| a ^ b),
                Kind::Shl => alu!(m, |a, b| a.wrapping_shl(b as u32)),
                Kind::Shr => alu!(m, |a, b| (a as u32).wrapping_shr(b as u32) as i32),
                Kind::Sar => alu!(m, |a, b| a.wrapping_shr(b as u32)),
                Kind::Eq => alu!(m, |a, b| mask_of(a == b)),
                Kind::Ne => alu!(m, |a, b| mask_of(a != b)),
                Kind::Lt => alu!(m, |a, b| mask_of(a < b)),
                Kind::Le => alu!(m, |a, b| mask_of(a <= b)),
                Kind::Gt => alu!(m, |a, b| mask_of(a > b)),
                Kind::Ge => alu!(m, |a, b| mask_of(a >= b)),
                Kind::Unorm => alu!(m, unorm),
                Kind::Select => {
                    let c = self.regs[slot(m.c)];
                    let a = self.regs[slot(m.a)];
                    let b = spread(self.regs[slot(m.b)], m);
                    let pick = |i: usize| if c[i] != 0 { a[i] } else { b[i] };
                    result!(m, [pick(0), pick(1), pick(2), pick(3)]);
                }
                Kind::Swizzle => {
                    let a = self.regs[slot(m.a)];
                    let from = |i: u8| a[usize::from(m.n >> (2 * i) & 3)];
                    result!(m, [from(0), from(1), from(2), from(3)]);
                }
                Kind::Porter => {
                    let v = porter(self.regs[slot(m.a)], self.regs[slot(m.b)], m.n);
                    result!(m, v);
                }
                Kind::Transpose => {
                    let (a, d) = (slot(m.a), slot(m.d));
                    let mut v = [[0; 4]; 4];
                    v.copy_from_slice(&self.regs[a..a + 4]);
                    for (i, d) in self.regs[d..d + 4].iter_mut().enumerate() {
                        *d = [v[0][i], v[1][i], v[2][i], v[3][i]];
                    }
                }
                Kind::Sum | Kind::SumVec => {
                    if !self.narrow(cx.code, m, pc) {
                        self.sum(&cx.program.bank, m);
                    }
                }
                Kind::Halves => self.halves(m),
                Kind::SumReg => self.sum(&cx.program.bank, m),
                Kind::Flag => {
                    let v = self.regs[slot(m.a)];
                    let any = (0..4).any(|i| m.mask >> i & 1 == 1 && v[i] != 0);
                    if any || m.mask == 0 {
                        self.flags |= 1 << (m.n & 31);
                    }
                }
                Kind::Position => result!(m, [tile.x, tile.y, tile.w, tile.h]),
                Kind::Undefined
                | Kind::BadCase
                | Kind::FarStore
                | Kind::NoView
                | Kind::NoOutput => return Err(refused(m.kind, pc)),
                _ => return Ok(pc),
            }
            pc += 1;
        }
        // The last micro-operation is always undefined.
        Err(refused(Kind::Undefined, pc))
    }
}

#[cold]
pub(crate) fn refused(kind: Kind, pc: usize) -> Box<Fault> {
    let (code, text) = match kind {
        Kind::BadCase => (
            TrapCode::UndefinedWord,
            "gCASE must be followed by as many gJ as it has targets",
        ),
        Kind::FarStore => (
            TrapCode::BadOperand,
            "a tile stores at most 8 texels away from itself",
        ),
        Kind::NoView => (
            TrapCode::BadHandle,
            "the unit has no view, or the view has no such channel",
        ),
        Kind::NoOutput => (TrapCode::UndefinedWord, "only scan programs have an output"),
        _ => (TrapCode::UndefinedWord, "the word is no instruction"),
    };
    Fault::new(code, pc as u32, text)
}
