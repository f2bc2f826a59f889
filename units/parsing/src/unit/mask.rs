//! Masks of 64 bits in a pair of captures: finding, counting and changing bits
//! from a start to below a limit.

use super::alu;
use super::program::RowRec;
use super::state::State;
use crate::isa::{AluOp, Spot};

/// Ones from `start` to below `limit`.
fn between(start: u32, limit: u32) -> u64 {
    let below = |n: u32| match n {
        0..64 => (1u64 << n) - 1,
        _ => u64::MAX,
    };
    below(limit) & !below(start)
}

/// The place of the n-th one (from 0) of a mask.
fn nth_one(mut mask: u64, n: u32) -> Option<u32> {
    if n >= mask.count_ones() {
        return None;
    }
    for _ in 0..n {
        mask &= mask - 1;
    }
    Some(mask.trailing_zeros())
}

impl State {
    fn pair(&self, low: u8) -> u64 {
        let half = |r: u8| u64::from(self.operand((r & 63).into()));
        half(low) | half(low + 1) << 32
    }

    fn spot(&self, spot: Spot) -> u32 {
        match spot {
            Spot::Capture(r) => self.operand(r.into()),
            Spot::Number(n) => n.into(),
        }
    }

    /// Carries out an operation on a mask.
    pub(super) fn mask(&mut self, row: &RowRec) {
        let [start, count] = row.imm.to_le_bytes().map(Spot::from_code);
        let start = self.spot(start);
        let limit = self.operand(row.b);
        let found = match row.alu {
            AluOp::NthZero => {
                let n = self.spot(count);
                nth_one(!self.pair(row.a) & between(start, limit), n)
            }
            AluOp::NextOne => nth_one(self.pair(row.a) & between(start, limit), 0),
            AluOp::Ones => {
                let ones = (self.pair(row.a) & between(start, limit)).count_ones();
                self.flags = alu::run(AluOp::Move, 0, ones, 0).1;
                self.set(row.dst, ones);
                return;
            }
            _ => {
                let most = start.saturating_add(self.spot(count));
                let change = between(start, limit.min(most));
                let mask = self.pair(row.dst);
                let mask = match row.alu {
                    AluOp::SetBits => mask | change,
                    _ => mask & !change,
                };
                self.set(row.dst, mask as u32);
                self.set(row.dst + 1, (mask >> 32) as u32);
                self.flags = if mask == 0 { alu::Z } else { 0 };
                return;
            }
        };
        let place = found.unwrap_or(limit);
        self.flags = alu::run(AluOp::Cmp, place, limit, 0).1;
        self.set(row.dst, place);
    }
}
