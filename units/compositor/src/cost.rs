//! What a tile costs, worked out from the path it took.
//!
//! Control is the same for the whole tile and no operand changes a latency, so
//! the cycles of a tile depend on the words it passed and on nothing else. Few
//! paths exist in practice; each is put through the scoreboard once and then
//! looked up. Forgetting them changes no result.

use crate::exec::Segment;
use crate::isa::{Latency, Shape};
use crate::kernel::Spec;
use crate::program::Program;
use crate::view::View;
use crate::word::Field;

/// The costs of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Cycles of the issue port alone.
    pub issue: u64,
    /// Cycles from the first issue to the end, stalls included.
    pub span: u64,
    /// Instructions.
    pub work: u64,
    /// Texture fetches.
    pub fetches: u64,
    /// Texture stores.
    pub stores: u64,
    /// Products of multiply-sums.
    pub taps: u64,
    /// Bytes of the texels that loads name, inside of the window or not.
    pub read: u64,
}

/// What an access to a unit costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitCost {
    /// Ports of an access to four neighbours.
    pub four: u64,
    /// Bytes of a texel.
    pub texel_bytes: u64,
    /// Bytes of four elements.
    pub four_bytes: u64,
}

impl UnitCost {
    /// Of a view.
    #[must_use]
    pub fn of(view: &View) -> Self {
        let bits = view.element.bits() as u64;
        UnitCost {
            four: if view.narrow() { 1 } else { 4 },
            texel_bytes: (bits * u64::from(view.channels)).div_ceil(8),
            four_bytes: (4 * bits).div_ceil(8),
        }
    }
}

#[derive(Clone, Debug)]
struct Known {
    path: Vec<Segment>,
    cost: Cost,
    /// Tiles of the open beat that took it.
    count: u32,
}

/// The paths seen so far.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    known: Vec<Known>,
    last: usize,
}

/// More paths than this are forgotten.
const KEPT: usize = 256;

impl Paths {
    /// The cost of a path, counted once for the open beat.
    pub fn cost(
        &mut self,
        program: &Program,
        spec: &Spec,
        units: &[UnitCost; 16],
        path: &[Segment],
    ) -> Cost {
        let fits = |k: &Known| k.path == path;
        if !self.known.get(self.last).is_some_and(fits) {
            self.last = self.known.iter().position(fits).unwrap_or_else(|| {
                self.known.push(Known {
                    path: path.to_vec(),
                    cost: measure(program, spec, units, path),
                    count: 0,
                });
                self.known.len() - 1
            });
        }
        let known = &mut self.known[self.last];
        known.count += 1;
        known.cost
    }

    /// Closes the beat: its tiles are counted in `visits` if it was issued.
    pub fn close(&mut self, issued: bool, visits: &mut [i64]) {
        for known in &mut self.known {
            let n = i64::from(std::mem::take(&mut known.count));
            if issued && n > 0 {
                for &(from, to) in &known.path {
                    visits[usize::from(from)] += n;
                    visits[usize::from(to)] -= n;
                }
            }
        }
        if self.known.len() > KEPT {
            self.known.clear();
            self.last = 0;
        }
    }
}

/// The scoreboard: in order, an instruction issues when its registers are
/// ready, those it writes included.
#[must_use]
pub fn measure(program: &Program, spec: &Spec, units: &[UnitCost; 16], path: &[Segment]) -> Cost {
    let mut cost = Cost::default();
    let mut ready = [0u64; 64];
    let mut accumulator = 0;
    let mut now = 0;
    for pc in path
        .iter()
        .flat_map(|&(from, to)| usize::from(from)..usize::from(to))
    {
        let Some(instr) = program.at(pc) else {
            continue;
        };
        let ports = &program.ports[pc];
        let row = instr.op.row();
        let mut at = now;
        let mut touched = ports.reads | ports.writes;
        while touched != 0 {
            at = at.max(ready[touched.trailing_zeros() as usize]);
            touched &= touched - 1;
        }
        if ports.chain {
            at = at.max(accumulator);
        }
        let occupancy = Program::occupancy(instr.op, spec.control.max(1));
        now = at + occupancy;
        let latency = match row.latency {
            Latency::None => 1,
            Latency::Alu => spec.alu_latency,
            Latency::Sum => spec.sum_latency,
            Latency::Fetch => spec.fetch_latency,
        };
        let done = at + occupancy - 1 + latency.max(1);
        if ports.keep {
            // Sums are added up where they stand: the next link of a chain
            // need not wait for this one to come out of the pipeline.
            accumulator = now;
        }
        let mut written = ports.writes;
        while written != 0 {
            ready[written.trailing_zeros() as usize] = done;
            written &= written - 1;
        }
        cost.issue += occupancy;
        cost.work += 1;
        cost.taps += u64::from(ports.taps);
        let unit = &units[usize::from(instr.reg(Field::Unit) & 15)];
        match row.shape {
            Shape::Load => {
                cost.fetches += 1;
                cost.read += unit.texel_bytes;
            }
            Shape::Load4 => {
                cost.fetches += unit.four;
                cost.read += unit.four_bytes;
            }
            Shape::Store => cost.stores += 1,
            Shape::Store4 => cost.stores += unit.four,
            _ => {}
        }
    }
    cost.span = now;
    cost
}
