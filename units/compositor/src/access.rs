//! Loads and stores of a tile: the fast ways for tiles that lie well inside
//! their windows, and the way with all checks.

use crate::bind::{Reach, Used};
use crate::exec::{Context, Engine, Near, Tile, refused, slot};
use crate::micro::{Kind, Micro};
use crate::view::{Bound, Element, Refusal};
use orrery_shared::Fault;

impl Engine {
    /// Finds out which units need no checks in this tile.
    pub(crate) fn survey(&mut self, cx: &Context<'_>, tile: &Tile, memory: &[u8]) {
        for Used {
            unit,
            loads,
            stores,
        } in &cx.code.used
        {
            let Some(bound) = &cx.views[usize::from(*unit)] else {
                continue;
            };
            let v = &bound.view;
            let (x, y) = v.scaled(tile.x, tile.y);
            let (pitch, stride) = (i64::from(v.pitch), i64::from(v.stride));
            let base = bound.origin + i64::from(y) * pitch + i64::from(x) * stride;
            let texel = v.element.bits() / 8 * i64::from(v.channels);
            let clear = |r: &Reach| {
                if r.x0 > r.x1 {
                    return false;
                }
                let (left, right) = (i64::from(r.x0) * stride, i64::from(r.x1) * stride);
                let (up, down) = (i64::from(r.y0) * pitch, i64::from(r.y1) * pitch);
                let low = base + left.min(right) + up.min(down);
                let high = base + left.max(right) + up.max(down) + texel;
                // Four bytes are read at once, whatever the channels.
                bound.inside(x + r.x0, y + r.y0)
                    && bound.inside(x + r.x1, y + r.y1)
                    && low >= bound.low
                    && high <= bound.high
                    && high + 4 <= memory.len() as i64
            };
            // Whole tiles too may store right of the sprite and below it.
            let within =
                |r: &Reach| v.scale != [0, 0] || x + r.x1 < tile.right && y + r.y1 < tile.bottom;
            self.near[usize::from(*unit)] = Near {
                base,
                loads: clear(loads),
                stores: tile.whole && clear(stores) && within(stores),
            };
        }
    }

    /// Any load, with all its checks.
    #[inline(never)]
    pub(crate) fn load(
        &self,
        cx: &Context<'_>,
        tile: &Tile,
        memory: &[u8],
        m: &Micro,
        pc: usize,
    ) -> Result<[i32; 4], Box<Fault>> {
        let Some(bound) = &cx.views[usize::from(m.unit & 15)] else {
            return Err(refused(Kind::NoView, pc));
        };
        let (mut x, mut y) = bound.view.scaled(tile.x, tile.y);
        if m.mask & 4 != 0 {
            x = 0;
        }
        if m.mask & 8 != 0 {
            y = 0;
        }
        if m.mask & 1 != 0 {
            x = x.wrapping_add(self.regs[slot(m.a)][usize::from(m.c & 3)]);
        }
        if m.mask & 2 != 0 {
            y = y.wrapping_add(self.regs[slot(m.b)][usize::from(m.c >> 2 & 3)]);
        }
        x = x.wrapping_add(i32::from(m.dx));
        y = y.wrapping_add(i32::from(m.dy));
        let four = matches!(m.kind, Kind::Load4Bytes | Kind::Load4Wide | Kind::Load4Any);
        let loaded = if four {
            bound.load4(memory, x, y, m.n)
        } else {
            bound.load(memory, x, y)
        };
        loaded.map_err(|r| place_fault(r, pc, m.unit, x, y))
    }

    /// Any store, with all its checks.
    #[inline(never)]
    pub(crate) fn store(
        &mut self,
        cx: &Context<'_>,
        tile: &Tile,
        memory: &mut [u8],
        m: &Micro,
        pc: usize,
    ) -> Result<(), Box<Fault>> {
        let Some(bound) = &cx.views[usize::from(m.unit & 15)] else {
            return Err(refused(Kind::NoView, pc));
        };
        let (x, y) = bound.view.scaled(tile.x, tile.y);
        let (x, y) = (x + i32::from(m.dx), y + i32::from(m.dy));
        let v = self.regs[slot(m.d)];
        let cut = |x: i32| bound.view.scale == [0, 0] && (x >= tile.right || y >= tile.bottom);
        let four = matches!(
            m.kind,
            Kind::Store4Bytes | Kind::Store4Halves | Kind::Store4Any
        );
        if four {
            for (i, value) in v.into_iter().enumerate() {
                let x = x + i as i32;
                if !cut(x) {
                    bound
                        .store(memory, &mut self.undo, (x, y), m.n, value)
                        .map_err(|r| place_fault(r, pc, m.unit, x, y))?;
                }
            }
        } else if !cut(x) {
            for channel in 0..bound.view.channels {
                bound
                    .store(
                        memory,
                        &mut self.undo,
                        (x, y),
                        channel,
                        v[usize::from(channel)],
                    )
                    .map_err(|r| place_fault(r, pc, m.unit, x, y))?;
            }
        }
        Ok(())
    }
}

/// One to four bytes as components; four are readable.
#[inline(always)]
pub(crate) fn bytes(memory: &[u8], at: usize, n: u8) -> [i32; 4] {
    let Some(b) = memory.get(at..at + 4) else {
        return [0; 4];
    };
    let keep = u32::MAX >> (8 * (4 - u32::from(n.clamp(1, 4))));
    // Spelled so that it becomes one widening of a vector: four stores of a
    // component each would stall the next load of the register.
    let b = (u32::from_le_bytes([b[0], b[1], b[2], b[3]]) & keep).to_le_bytes();
    [b[0].into(), b[1].into(), b[2].into(), b[3].into()]
}

/// Loads by constant displacement of other elements than bytes, known to be inside.
#[inline]
pub(crate) fn wide(bound: &Bound, memory: &[u8], m: &Micro, at: usize) -> [i32; 4] {
    let mut v = [0; 4];
    let view = &bound.view;
    // Four halves side by side are one widening of a vector.
    let halves = matches!(view.element, Element::U16 | Element::S16) && !view.big;
    let side_by_side = match m.kind {
        Kind::Load4Wide => view.stride == 2,
        _ => m.ext == 4,
    };
    if halves
        && side_by_side
        && let Some(b) = memory.get(at..at + 8)
    {
        let v = [0, 2, 4, 6].map(|i| i32::from(i16::from_le_bytes([b[i], b[i + 1]])));
        return match view.element {
            Element::U16 => v.map(|v| v & 0xFFFF),
            _ => v,
        };
    }
    match m.kind {
        Kind::Load4Bytes => return bytes(memory, at, 4),
        Kind::Load4Wide => {
            let step = bound.view.stride as isize;
            for (i, v) in v.iter_mut().enumerate() {
                let at = at.wrapping_add_signed(step * i as isize);
                *v = match bound.view.element {
                    Element::U8 => i32::from(memory[at]),
                    _ => bound.wide(memory, at),
                };
            }
        }
        _ => {
            let size = (bound.view.element.bits() / 8) as usize;
            for (i, v) in v.iter_mut().take(usize::from(m.ext)).enumerate() {
                *v = bound.wide(memory, at + i * size);
            }
        }
    }
    v
}

#[cold]
fn place_fault((code, why): Refusal, pc: usize, unit: u8, x: i32, y: i32) -> Box<Fault> {
    Fault::new(
        code,
        pc as u32,
        format!("unit {unit}, texel ({x}, {y}): {why}"),
    )
}
