//! Composing one line of the screen.

use super::{ROW_LINE, Scan};
use crate::bind;
use crate::exec::{Context, Tile};
use crate::isa::{Op, Shape};
use crate::kernel::fault;
use crate::list::{Layer, Sprite};
use crate::view::Bound;
use orrery_shared::{Beat, Memory, Step, Stop};

impl Scan {
    /// Binds every program of the list with the views as they are.
    fn prepare(&mut self, memory: &Memory) {
        if !self.stale {
            return;
        }
        self.stale = false;
        self.codes.clear();
        let size = memory.texture.bytes.len();
        let ledger = &self.state.ledger;
        self.bounds = self
            .state
            .views
            .map(|v| v.map(|v| Bound::new(v, ledger.find(v.extent), size)));
    }

    fn code(&mut self, layer: &Layer) -> usize {
        if let Some(i) = self.codes.iter().position(|c| c.0 == layer.entry) {
            return i;
        }
        let sprite = Sprite {
            entry: layer.entry,
            parallel: true,
            finish: None,
            show: None,
            tile_w: 1,
            tile_h: 1,
            x: 0,
            y: 0,
            w: 1,
            h: 1,
            scalars: [0; 8],
            band_rows: 0,
            lag: 0,
        };
        let code = bind::bind(&self.program, &sprite, &self.bounds, true);
        let cost = self.check(layer, 0).unwrap_or(1);
        self.codes.push((layer.entry, code, cost));
        self.codes.len() - 1
    }

    /// Composes one line.
    pub(super) fn line<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory, line: i32) -> Step {
        self.prepare(memory);
        let (unit, background) = self.state.screen.unwrap_or_default();
        let (screen_width, _) = self.size();
        let mut colours = vec![background.to_le_bytes().map(i32::from); screen_width as usize];
        let live = |l: &&Layer| (l.y..l.y + l.h).contains(&line);
        let mut order: Vec<Layer> = self.state.layers.iter().filter(live).cloned().collect();
        order.sort_by_key(|l| l.depth);
        let lanes = self.spec.common.lanes.max(1);
        let (mut cycles, mut work, mut pixels, mut fetches) = (0, 0, 0, 0);
        self.engine.flags = 0;
        let width_of = |layer: &Layer| layer.w.min(screen_width - layer.x).max(0);
        for layer in &order {
            let width = width_of(layer);
            let index = self.code(layer);
            let (_, code, cost) = &self.codes[index];
            self.engine.enter(code);
            let cx = Context {
                program: &self.program,
                code,
                views: &self.bounds,
            };
            let down = line - layer.y;
            let at = |i: i32, axis: usize| {
                let [across, along] = layer.steps;
                layer.uv[axis]
                    .wrapping_add(across[axis].wrapping_mul(i))
                    .wrapping_add(along[axis].wrapping_mul(down))
            };
            let fill = layer.colour.to_le_bytes().map(i32::from);
            for i in 0..width {
                let x = layer.x + i;
                let tile = Tile {
                    x,
                    y: line,
                    w: 1,
                    h: 1,
                    right: x + 1,
                    bottom: line + 1,
                    whole: true,
                };
                let colour = &mut colours[x as usize];
                let given = [[at(i, 0), at(i, 1), x, line], fill, *colour];
                let texture = &mut memory.texture.bytes[..];
                *colour = self
                    .engine
                    .pixel(&cx, &tile, texture, given)
                    .map_err(Stop::Trap)?;
            }
            let words = usize::from(layer.entry)..;
            let loads = words
                .map_while(|pc| self.program.at(pc))
                .take_while(|i| i.op != Op::Out)
                .filter(|i| matches!(i.op.row().shape, Shape::Load | Shape::Load4));
            fetches += width as u64 * loads.count() as u64;
            cycles += (width as u64 * cost).div_ceil(lanes) + self.spec.layer_setup;
            work += width as u64 * self.engine.path.first().map_or(1, |s| u64::from(s.1 - s.0));
            pixels += width as u64;
        }
        cycles = cycles.max(fetches.div_ceil(self.spec.common.fetches.max(1)));
        cycles = cycles.max((screen_width as u64).div_ceil(self.spec.common.stores.max(1)));
        let target = self.bounds[usize::from(unit)];
        let row = self.row(ROW_LINE);
        for (x, colour) in colours.iter().enumerate() {
            for (channel, value) in colour.iter().enumerate() {
                let texture = &mut memory.texture.bytes[..];
                let place = (x as i32, line);
                let stored = target
                    .map(|t| t.store(texture, &mut self.engine.undo, place, channel as u8, *value));
                if let Some(Err((code, why))) = stored {
                    self.engine.undo.back(texture, (0, 0));
                    return Err(fault(
                        code,
                        row,
                        format!("the screen at ({x}, {line}): {why}"),
                    ));
                }
            }
        }
        if let Err(stop) = beat.issue(row, cycles.max(1), work.max(1)) {
            self.engine.undo.back(&mut memory.texture.bytes, (0, 0));
            return Err(stop);
        }
        memory.texture.written += self.engine.undo.bytes();
        self.engine.undo.commit();
        self.state.status |= self.engine.flags;
        self.state.overruns += u64::from(cycles > self.spec.line_budget);
        self.state.pixels += pixels;
        for layer in &order {
            *self.state.visits.entry(layer.entry).or_default() += width_of(layer) as u64;
        }
        if let Some(view) = self.screen() {
            let done = i64::from(view.offset) + i64::from(line + 1) * i64::from(view.pitch);
            let finished = self.state.finished.entry(view.extent).or_default();
            *finished = (*finished).max(done.max(0) as u64);
        }
        self.state.line = Some(line + 1);
        Ok(())
    }
}
