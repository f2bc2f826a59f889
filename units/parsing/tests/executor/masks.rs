//! Masks, bit by bit.

use orrery_parsing::isa::{AluOp, Row, Spot};

use super::Executor;

impl Executor<'_> {
    pub(super) fn mask(&mut self, op: AluOp, row: &Row) {
        let spot = |code: u8| match Spot::from_code(code) {
            Spot::Capture(r) => self.read(r),
            Spot::Number(n) => n.into(),
        };
        let [start, count] = row.imm.to_le_bytes().map(spot);
        let limit = self.operand(row.b);
        let low = match op {
            AluOp::SetBits | AluOp::ClearBits => row.dst,
            _ => row.a,
        };
        let mut bits: Vec<bool> = (0..64)
            .map(|i| self.read(low + (i / 32) as u8) >> (i % 32) & 1 != 0)
            .collect();
        let mut result = limit;
        let mut counted = 0;
        for at in start..limit.min(64) {
            let bit = &mut bits[at as usize];
            match op {
                AluOp::NthZero if !*bit => {
                    if counted == count {
                        result = at;
                        break;
                    }
                    counted += 1;
                }
                AluOp::NextOne if *bit => {
                    result = at;
                    break;
                }
                AluOp::Ones => counted += u32::from(*bit),
                AluOp::SetBits if counted < count => {
                    *bit = true;
                    counted += 1;
                }
                AluOp::ClearBits if counted < count => {
                    *bit = false;
                    counted += 1;
                }
                _ => {}
            }
        }
        let dst = usize::from(row.dst);
        match op {
            AluOp::NthZero | AluOp::NextOne => {
                let (n, below) = (result.wrapping_sub(limit) >> 31 != 0, result < limit);
                let apart = (result ^ limit) & (result ^ result.wrapping_sub(limit));
                self.flags = (n, result == limit, below, apart >> 31 != 0);
                self.captures[dst] = result;
            }
            AluOp::Ones => {
                self.flags = (false, counted == 0, false, false);
                self.captures[dst] = counted;
            }
            _ => {
                let half = |bits: &[bool]| {
                    let bits = bits.iter().rev();
                    bits.fold(0, |v, b| v << 1 | u32::from(*b))
                };
                self.captures[dst] = half(&bits[..32]);
                self.captures[dst + 1] = half(&bits[32..]);
                self.flags = (false, bits.iter().all(|b| !b), false, false);
            }
        }
    }
}
