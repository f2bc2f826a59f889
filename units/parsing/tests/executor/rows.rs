//! What a row does, once it is chosen.

use orrery_parsing::isa::{
    AluOp, CaptureMode, Operand, Row, StackOp, StageOp, SysOp, Work, control,
};

use super::escapes::Escape;
use super::parts::{Check, PrefixMap};
use super::streams::Sent;
use super::{Ended, Entry, Executor, Frame, Stop};

impl Executor<'_> {
    pub(super) fn carry_out(
        &mut self,
        at: usize,
        row: &Row,
        value: u32,
        consumed: u32,
    ) -> Result<u16, Stop> {
        self.rows += 1;
        if let Some(trace) = &mut self.trace {
            trace.push(at);
        }
        let c = row.capture;
        let low = |v: u32| {
            if c.bits == 0 {
                v
            } else {
                v & ((1 << c.bits) - 1)
            }
        };
        let dst = usize::from(c.dst);
        match c.mode {
            CaptureMode::None => {}
            CaptureMode::Value => self.captures[dst] = low(value),
            CaptureMode::High => self.captures[dst] = value >> c.bits,
            CaptureMode::Append => {
                let by = if c.bits == 0 { consumed } else { c.bits.into() };
                let old = self.captures[dst];
                self.captures[dst] = old.checked_shl(by).unwrap_or(0) | low(value);
            }
        }
        match row.work {
            Work::Alu(op) => self.alu(op, row),
            Work::Sys(op) => self.sys(op, row)?,
        }
        self.stage(row);
        if row.action.op != 0 {
            let n = usize::from(row.action.n);
            let sent = Sent {
                op: row.action.op,
                target: row.action.target,
                operands: row.operands[..n].iter().map(|o| self.operand(*o)).collect(),
                identity: row.action.identity,
            };
            let answer = self.streams.apply(&sent);
            let answer = answer.map_err(|why| Stop::Ended(Ended::Fault(why)))?;
            self.replies.extend(answer);
            self.sent.push(sent);
        }
        Ok(self.stack_op(row))
    }

    fn alu(&mut self, op: AluOp, row: &Row) {
        if op == AluOp::None {
            return;
        }
        if op.is_mask() {
            return self.mask(op, row);
        }
        let a = self.read(row.a);
        let b = if row.b_imm {
            row.imm.into()
        } else {
            self.operand(row.b)
        };
        let carry = u32::from(self.flags.2);
        let (mut c, mut v) = (false, false);
        let sum = |a: u32, b: u32, carry: u32| {
            let wide = u64::from(a) + u64::from(b) + u64::from(carry);
            (wide as u32, wide >> 32 != 0)
        };
        let minus = |a: u32, b: u32, borrow: u32| {
            let wide = i64::from(a) - i64::from(b) - i64::from(borrow);
            (wide as u32, wide < 0)
        };
        let result = match op {
            AluOp::None
            | AluOp::NthZero
            | AluOp::NextOne
            | AluOp::Ones
            | AluOp::SetBits
            | AluOp::ClearBits => return,
            AluOp::Move => b,
            AluOp::Add | AluOp::Adc => {
                let (r, over) = sum(a, b, if op == AluOp::Adc { carry } else { 0 });
                c = over;
                v = (a ^ r) & (b ^ r) & 1 << 31 != 0;
                r
            }
            AluOp::Sub | AluOp::Cmp | AluOp::Sbb => {
                let (r, under) = minus(a, b, if op == AluOp::Sbb { carry } else { 0 });
                c = under;
                v = (a ^ b) & (a ^ r) & 1 << 31 != 0;
                r
            }
            AluOp::And | AluOp::Test => a & b,
            AluOp::Or => a | b,
            AluOp::Xor => a ^ b,
            AluOp::Shl => a.checked_shl(b).unwrap_or(0),
            AluOp::Shr => a.checked_shr(b).unwrap_or(0),
            AluOp::Sar => ((a as i32) >> b.min(31)) as u32,
            AluOp::Min => a.min(b),
            AluOp::Max => a.max(b),
            AluOp::Sext if (1..32).contains(&b) => ((a << (32 - b)) as i32 >> (32 - b)) as u32,
            AluOp::Sext => a,
            AluOp::Ilog2 => b.checked_ilog2().unwrap_or(0),
        };
        self.flags = (result >> 31 != 0, result == 0, c, v);
        if !matches!(op, AluOp::Cmp | AluOp::Test) {
            self.captures[usize::from(row.dst)] = result;
        }
    }

    fn sys(&mut self, op: SysOp, row: &Row) -> Result<(), Stop> {
        let b = self.operand(row.b);
        let dst = usize::from(row.dst);
        let operands = row.operands.map(|o| self.operand(o));
        let byte = self.at.div_ceil(8);
        match op {
            SysOp::Frame => {
                let end = byte + b as usize;
                self.frames.push(Frame {
                    end,
                    refill: row.imm,
                    done: false,
                });
            }
            SysOp::Unframe => {
                let frame = self.frames.pop().expect("an open frame");
                self.at = frame.end.min(self.input.len()) * 8;
            }
            SysOp::Skip => {
                if self.escape.is_some() {
                    let mut at = byte;
                    for _ in 0..b {
                        match self.unit(at) {
                            Ok((_, end)) => at = end,
                            Err((code, follower)) => {
                                self.at = at * 8;
                                self.meet(code, follower);
                                return Err(Stop::Raise(code, None));
                            }
                        }
                    }
                    self.at = at * 8;
                    return Ok(());
                }
                let (limit, code) = self.limit();
                if byte * 8 + b as usize * 8 > limit {
                    return Err(Stop::Raise(code, None));
                }
                self.at = (byte + b as usize) * 8;
            }
            SysOp::Drain => {
                let mut at = byte;
                loop {
                    match self.unit(at) {
                        Ok((_, end)) => at = end,
                        Err((control::MARKER, follower)) => {
                            self.at = at * 8;
                            self.met = follower;
                            return Ok(());
                        }
                        Err(_) => break,
                    }
                }
                self.at = self.limit().0;
            }
            SysOp::EscapeOn => {
                let Operand::Pool(k) = row.b else {
                    panic!("constants in the pool")
                };
                let words = &self.image.constants[usize::from(k)..][..=usize::from(row.imm)];
                self.escape = Some(Escape(words.to_vec()));
                self.at = byte * 8;
            }
            SysOp::EscapeOff => {
                self.escape = None;
                self.at = byte * 8;
            }
            SysOp::MarkerMet => self.captures[dst] = self.met,
            SysOp::Align => self.at = byte * 8,
            SysOp::More | SysOp::Finish => unimplemented!("refill rules"),
            SysOp::Position => self.captures[dst] = (self.at / 8) as u32,
            SysOp::Mark => self.marks[usize::from(row.imm)] = (self.at, self.held),
            SysOp::Rewind => (self.at, self.held) = self.marks[usize::from(row.imm)],
            SysOp::CheckCrc | SysOp::CheckSums => {
                let Operand::Pool(k) = row.b else {
                    panic!("constants in the pool")
                };
                let is_crc = op == SysOp::CheckCrc;
                let n = if is_crc { 4 } else { 2 };
                let constants = self.image.constants[usize::from(k)..][..n].to_vec();
                self.checks[usize::from(row.imm)] = Some(Check {
                    from: byte,
                    constants,
                    is_crc,
                });
            }
            SysOp::CheckStop => {
                let check = self.checks[usize::from(row.imm)]
                    .take()
                    .expect("a running check");
                self.captures[dst] = check.value(&self.input[check.from..byte]);
            }
            SysOp::NewMap => {
                self.captures[dst] = self.maps.len() as u32;
                self.maps.push(PrefixMap::default());
            }
            SysOp::ResetMap => {
                let map = self.read(row.a) as usize;
                self.maps[map] = PrefixMap::default();
            }
            SysOp::CloseMap => {}
            SysOp::Insert => {
                let [map, code, length, entry] = operands;
                self.maps[map as usize].insert(length as u8, code, entry);
            }
            SysOp::Fill => return self.fill(operands, row.imm),
            SysOp::MapLeft => {
                let used = self.maps[self.read(row.a) as usize].used();
                self.captures[dst] = ((1u64 << 31) - used) as u32;
            }
            SysOp::BytesLeft => {
                let left = self
                    .frames
                    .last()
                    .map(|f| f.end.saturating_sub(byte) as u32);
                self.captures[dst] = left.unwrap_or(u32::MAX);
            }
            SysOp::Accept => return Err(Stop::Ended(Ended::Accepted(row.imm))),
            SysOp::Fail => {
                let text = self.image.texts[usize::from(row.imm)].clone();
                return Err(Stop::Raise(control::FAULT, Some(text)));
            }
            SysOp::Warn => self
                .warnings
                .push(self.image.texts[usize::from(row.imm)].clone()),
            SysOp::Raise => return Err(Stop::Raise(row.imm as u8, None)),
        }
        Ok(())
    }

    fn fill(&mut self, [map, lengths, n, entries]: [u32; 4], order: u16) -> Result<(), Stop> {
        assert_eq!(order, 0, "only canonical codes here");
        let mut code = 0u64;
        for length in 1..=32u8 {
            for i in 0..n {
                if self.staging[(lengths + i) as usize] != length {
                    continue;
                }
                if code >> length != 0 {
                    let text = "over-subscribed".to_owned();
                    return Err(Stop::Raise(control::FAULT, Some(text)));
                }
                let at = (entries + 4 * i) as usize;
                let entry = u32::from_le_bytes(self.staging[at..at + 4].try_into().expect("4"));
                self.maps[map as usize].insert(length, code as u32, entry);
                code += 1;
            }
            code <<= 1;
        }
        Ok(())
    }

    fn stage(&mut self, row: &Row) {
        let size = match row.stage {
            StageOp::None => return,
            StageOp::Load8 | StageOp::Store8 => 1,
            StageOp::Load16 | StageOp::Store16 => 2,
            StageOp::Load32 | StageOp::Store32 => 4,
            StageOp::Load64 | StageOp::Store64 => 8,
        };
        let index = if row.stage_indexed {
            self.read(row.stage_index) as usize
        } else {
            0
        };
        let at = usize::from(row.stage_base) + index * size;
        if row.stage.mnemonic().starts_with("ld") {
            let mut bytes = [0; 8];
            bytes[..size].copy_from_slice(&self.staging[at..at + size]);
            let value = u64::from_le_bytes(bytes);
            let data = usize::from(row.stage_data);
            self.captures[data] = value as u32;
            if size == 8 {
                self.captures[data + 1] = (value >> 32) as u32;
            }
        } else {
            let high = if size == 8 {
                self.read(row.stage_data + 1)
            } else {
                0
            };
            let value = u64::from(self.read(row.stage_data)) | u64::from(high) << 32;
            let value = value.to_le_bytes();
            self.staging[at..at + size].copy_from_slice(&value[..size]);
        }
    }

    fn stack_op(&mut self, row: &Row) -> u16 {
        match row.stack {
            StackOp::None => row.next,
            StackOp::Call => {
                self.stack.push(Entry::Return(row.alt));
                row.next
            }
            StackOp::Return => match self.stack.pop() {
                Some(Entry::Return(state)) => state,
                other => panic!("return to {other:?}"),
            },
            StackOp::Repeat => {
                let reg = row.stack_reg;
                let n = if reg {
                    self.read(row.stack_imm as u8)
                } else {
                    row.stack_imm.into()
                };
                if n == 0 {
                    return row.alt;
                }
                self.stack.push(Entry::Counter { left: n, index: 0 });
                row.next
            }
            StackOp::Loop => {
                let Some(Entry::Counter { left, index }) = self.stack.last_mut() else {
                    panic!("loop without a counter");
                };
                *left -= 1;
                *index += 1;
                if *left == 0 {
                    self.stack.pop();
                    return row.alt;
                }
                row.next
            }
            StackOp::Save => {
                let value = self.read(row.stack_imm as u8);
                self.stack.push(Entry::Saved(value));
                row.next
            }
            StackOp::Restore => {
                let Some(Entry::Saved(value)) = self.stack.pop() else {
                    panic!("restore without save");
                };
                self.captures[usize::from(row.stack_imm)] = value;
                row.next
            }
            StackOp::Catch => {
                let frames = self.frames.len();
                self.stack.push(Entry::Handler {
                    mask: row.stack_imm,
                    state: row.alt,
                    frames,
                });
                row.next
            }
            StackOp::Uncatch => {
                assert!(
                    matches!(self.stack.pop(), Some(Entry::Handler { .. })),
                    "uncatch"
                );
                row.next
            }
        }
    }
}
