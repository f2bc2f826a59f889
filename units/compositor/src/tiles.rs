//! The beats that run tiles.
//!
//! What a beat costs depends on what its tiles do, so they are run first and
//! taken back if the beat is not issued after all (at a horizon, or when the
//! budget is used up).

use std::collections::BTreeMap;

use crate::exec::{Context, Tile};
use crate::kernel::Kernel;
use crate::list;
use crate::reading::Running;
use crate::view::View;
use orrery_shared::{Beat, Memory, Step, Stop};

/// What the tiles of a beat add up to.
#[derive(Default)]
struct Sum {
    tiles: u64,
    texels: u64,
    work: u64,
    fetches: u64,
    stores: u64,
    taps: u64,
    read: u64,
    /// Serial: cycles. Parallel: the longest tile.
    span: u64,
}

impl Kernel {
    /// Runs the next tiles of the running sprite.
    pub(crate) fn tiles<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        let Some(running) = self.state.running.take() else {
            return Ok(());
        };
        let result = self.run_tiles(beat, memory, &running);
        match result {
            Ok(tile) => {
                let mut running = running;
                running.tile = tile;
                if tile < running.count() {
                    self.state.running = Some(running);
                }
                Ok(())
            }
            Err(stop) => {
                self.state.running = Some(running);
                Err(stop)
            }
        }
    }

    fn run_tiles<B: Beat>(
        &mut self,
        beat: &mut B,
        memory: &mut Memory,
        running: &Running,
    ) -> Result<u64, Stop> {
        let sprite = &running.sprite;
        let at = self.bind(sprite, memory);
        let ready = &mut self.ready[at];
        let cx = Context {
            program: &self.program,
            code: &ready.code,
            views: &ready.views,
        };
        let lanes = self.spec.lanes.max(1);
        let limit = if sprite.parallel {
            lanes * self.spec.in_flight.max(1)
        } else {
            u64::MAX
        };
        let mut sum = Sum::default();
        let mut lane = vec![0; if sprite.parallel { lanes as usize } else { 0 }];
        let columns = running.columns();
        let end = if sprite.parallel {
            running.count().min(running.tile + limit)
        } else {
            // A beat of a serial sprite stays in one row of tiles.
            (running.tile / columns + 1) * columns
        };
        let texture = &mut memory.texture.bytes[..];
        let mut next = running.tile;
        let (mut x, mut y) = (next % columns, next / columns);
        self.engine.flags = 0;
        while next < end {
            let tile = running.tile_at(x, y);
            let mark = self.engine.undo.mark();
            let flags = self.engine.flags;
            if let Err(fault) = self.engine.run(&cx, &tile, texture) {
                self.engine.undo.back(texture, mark);
                self.engine.flags = flags;
                if sum.tiles > 0 {
                    // The tiles before it stand; it traps in a beat of its own.
                    break;
                }
                ready.paths.close(false, &mut self.state.visits);
                return Err(Stop::Trap(fault));
            }
            let path = &self.engine.path;
            let cost = ready
                .paths
                .cost(&self.program, &self.spec, &ready.code.units, path);
            if sprite.parallel {
                lane[((next - running.tile) % lanes) as usize] += cost.issue;
                sum.span = sum.span.max(cost.span);
                sum.fetches += cost.fetches;
                sum.stores += cost.stores;
                sum.taps += cost.taps;
            } else {
                let ports = cost.fetches.div_ceil(self.spec.fetches.max(1));
                let ports = ports.max(cost.stores.div_ceil(self.spec.stores.max(1)));
                let ports = ports.max(cost.taps.div_ceil(self.spec.taps.max(1)));
                sum.span += cost.span.max(ports);
            }
            sum.tiles += 1;
            sum.texels += (tile.w * tile.h) as u64;
            sum.work += cost.work;
            sum.read += cost.read;
            next += 1;
            x += 1;
            if x == columns {
                (x, y) = (0, y + 1);
            }
            if !sprite.parallel && sum.work >= self.spec.beat_work {
                break;
            }
        }
        let mut cycles = sum.span.max(1);
        if sprite.parallel {
            cycles = cycles.max(lane.iter().copied().max().unwrap_or(0));
            cycles = cycles.max(sum.fetches.div_ceil(self.spec.fetches.max(1)));
            cycles = cycles.max(sum.stores.div_ceil(self.spec.stores.max(1)));
            cycles = cycles.max(sum.taps.div_ceil(self.spec.taps.max(1)));
        }
        let issued = beat.issue(u32::from(sprite.entry), cycles, sum.work);
        ready.paths.close(issued.is_ok(), &mut self.state.visits);
        if let Err(stop) = issued {
            self.engine.undo.back(texture, (0, 0));
            return Err(stop);
        }
        memory.texture.written += self.engine.undo.bytes();
        memory.texture.read += sum.read;
        self.engine.undo.commit();
        self.state.status |= self.engine.flags;
        self.state.tiles += sum.tiles;
        self.state.texels += sum.texels;
        let finish = sprite
            .finish
            .filter(|_| self.state.status & list::STATUS_ERROR == 0);
        if finish.is_some() || sprite.show.is_some() {
            let rows = next / columns * sprite.tile_h as u64;
            let row = (running.top + rows as i32).min(running.bottom);
            let views = &self.state.views;
            let report = |unit: Option<u8>, marks: &mut BTreeMap<u32, u64>| {
                if let Some(view) = unit.and_then(|unit| views[usize::from(unit)].as_ref()) {
                    let known = marks.entry(view.extent).or_insert(0);
                    *known = (*known).max(passed(view, row));
                }
            };
            report(finish, &mut self.state.finished);
            report(sprite.show, &mut self.state.shown);
        }
        Ok(next)
    }
}

/// Bytes of the extent that lie before a row of a view.
fn passed(view: &View, row: i32) -> u64 {
    let row = i64::from(view.scaled(0, row).1);
    let at = i64::from(view.offset) + row * i64::from(view.pitch);
    u64::try_from(at).unwrap_or(0)
}

impl Running {
    /// Tiles in a row.
    #[must_use]
    pub fn columns(&self) -> u64 {
        (self.sprite.w as u64)
            .div_ceil(self.sprite.tile_w as u64)
            .max(1)
    }

    /// Tiles in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        let rows = (self.bottom - self.top).max(0) as u64;
        self.columns() * rows.div_ceil(self.sprite.tile_h as u64)
    }

    fn tile_at(&self, column: u64, row: u64) -> Tile {
        let s = &self.sprite;
        let (x, y) = (column as i32 * s.tile_w, row as i32 * s.tile_h);
        let (w, h) = (
            s.tile_w.min(s.w - x),
            s.tile_h.min(self.bottom - self.top - y),
        );
        Tile {
            x: s.x + x,
            y: self.top + y,
            w,
            h,
            right: s.x + s.w,
            bottom: self.bottom,
            whole: w == s.tile_w && h == s.tile_h,
        }
    }
}
