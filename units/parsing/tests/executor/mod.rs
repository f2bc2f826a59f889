//! A tiny executor of compiled grammars that knows no time and no queues. It is
//! written from the instruction set's description and not from the simulation,
//! so that the two check each other.
#![allow(dead_code, reason = "each test uses a part of it")]

mod parts;
mod streams;

use orrery_parsing::ParsingImage;
use orrery_parsing::isa::{
    AluOp, BITS, CaptureMode, Cond, INDEX, IntKind, NONE, Operand, Port, Row, StackOp, StageOp,
    StateWord, SysOp, Work, control,
};

use parts::{Check, PrefixMap};
pub use streams::{Sent, Streams};

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Accepted(u16),
    Failed(String),
    Fault(&'static str),
    Control(u8),
    Steps,
}

#[derive(Clone, Debug)]
enum Entry {
    Return(u16),
    Counter {
        left: u32,
        index: u32,
    },
    Saved(u32),
    Handler {
        mask: u16,
        state: u16,
        frames: usize,
    },
    /// Return from a refill rule to the row that wanted more.
    Refill,
}

#[derive(Clone, Debug)]
struct Frame {
    end: usize,
    refill: u16,
    done: bool,
}

pub struct Executor<'i> {
    image: &'i ParsingImage,
    input: &'i [u8],
    at: usize, // bits
    pub captures: [u32; 64],
    staging: Vec<u8>,
    flags: (bool, bool, bool, bool), // n z c v
    bits: u32,
    stack: Vec<Entry>,
    frames: Vec<Frame>,
    maps: Vec<PrefixMap>,
    marks: [usize; 4],
    checks: [Option<Check>; 4],
    pub flag_words: Vec<u32>,
    replies: std::collections::VecDeque<u64>,
    /// Streams in memory.
    pub streams: Streams,
    pub sent: Vec<Sent>,
    pub warnings: Vec<String>,
    /// Rows carried out.
    pub rows: u64,
    /// Addresses carried out, if wanted.
    pub trace: Option<Vec<usize>>,
}

enum Got {
    Symbol { symbol: u32, value: u32 },
    Control(u8),
}

impl<'i> Executor<'i> {
    pub fn new(image: &'i ParsingImage, input: &'i [u8]) -> Self {
        let mut staging = image.staging.clone();
        staging.resize(65536, 0);
        Executor {
            image,
            input,
            at: 0,
            captures: [0; 64],
            staging,
            flags: (false, false, false, false),
            bits: 0,
            stack: Vec::new(),
            frames: Vec::new(),
            // Handles count from 1.
            maps: vec![PrefixMap::default()],
            marks: [0; 4],
            checks: [const { None }; 4],
            flag_words: Vec::new(),
            replies: Default::default(),
            streams: Streams::default(),
            sent: Vec::new(),
            warnings: Vec::new(),
            rows: 0,
            trace: None,
        }
    }

    pub fn capture(&self, name: &str) -> u32 {
        let found = self.image.captures.iter().find(|(n, _)| n == name);
        self.captures[usize::from(found.expect("a capture").1)]
    }

    fn read(&self, register: u8) -> u32 {
        match register {
            INDEX => self
                .stack
                .iter()
                .rev()
                .find_map(|e| match e {
                    Entry::Counter { index, .. } => Some(*index),
                    _ => None,
                })
                .unwrap_or(0),
            BITS => self.bits,
            r => self.captures[usize::from(r)],
        }
    }

    fn operand(&self, operand: Operand) -> u32 {
        match operand {
            Operand::Capture(r) => self.read(r),
            Operand::Pool(k) => self.image.constants[usize::from(k)],
        }
    }

    /// End of what can be read now, in bits, and what is there.
    fn limit(&self) -> (usize, u8) {
        match self.frames.last() {
            Some(frame) if frame.end <= self.input.len() => (frame.end * 8, control::FRAME),
            _ => (self.input.len() * 8, control::END),
        }
    }

    fn bit(&self, at: usize, lsb: bool) -> u32 {
        let byte = u32::from(self.input[at / 8]);
        if lsb {
            byte >> (at % 8) & 1
        } else {
            byte >> (7 - at % 8) & 1
        }
    }

    /// n bits in order of arrival; zeros beyond the limit.
    fn peek(&self, n: u32, lsb: bool) -> u32 {
        let (limit, _) = self.limit();
        let bits = (0..n as usize).map(|i| {
            if self.at + i < limit {
                self.bit(self.at + i, lsb)
            } else {
                0
            }
        });
        if lsb {
            bits.enumerate().fold(0, |v, (i, b)| v | b << i)
        } else {
            bits.fold(0, |v, b| v << 1 | b)
        }
    }

    fn matched(&self, state: &StateWord) -> Result<Got, &'static str> {
        let symbol = |symbol, value| Ok(Got::Symbol { symbol, value });
        match state.port {
            Port::None => symbol(0, 0),
            Port::Symbol => {
                let s = self.peek(state.width.into(), state.lsb);
                symbol(s, s)
            }
            Port::Int => {
                let n = if state.n_from_reg {
                    self.read(state.reg)
                } else {
                    state.width.into()
                };
                if n > 32 {
                    return Err("integer too long");
                }
                let mut value = self.peek(n, state.lsb);
                if state.little {
                    value = value.swap_bytes() >> (32 - n);
                }
                let value = match state.kind {
                    IntKind::Unsigned => value,
                    IntKind::Signed if n > 0 && n < 32 => {
                        ((value << (32 - n)) as i32 >> (32 - n)) as u32
                    }
                    IntKind::Extended if n > 0 && value >> (n - 1) & 1 == 0 => {
                        value.wrapping_sub(((1u64 << n) - 1) as u32)
                    }
                    _ => value,
                };
                symbol(0, value)
            }
            Port::Map => symbol(0, 0),
            Port::Value => {
                let v = self.read(state.reg) >> state.shift & ((1 << state.width) - 1);
                symbol(v, v)
            }
            Port::Cond => {
                let (n, z, c, v) = self.flags;
                let holds = match Cond::from_code(state.width).ok_or("predicate")? {
                    Cond::Eq => z,
                    Cond::Ne => !z,
                    Cond::Ltu => c,
                    Cond::Geu => !c,
                    Cond::Gtu => !c && !z,
                    Cond::Leu => c || z,
                    Cond::Lts => n != v,
                    Cond::Ges => n == v,
                    Cond::Gts => !z && n == v,
                    Cond::Les => z || n != v,
                };
                symbol(holds.into(), 0)
            }
            Port::Flag => {
                let word = *self.flag_words.first().ok_or("no flag word")?;
                symbol(word & ((1 << state.width) - 1), word)
            }
            Port::Reply => {
                let reply = *self.replies.front().ok_or("no reply")?;
                symbol(0, reply as u32)
            }
        }
    }

    fn row(&self, state: u16, word: &StateWord, symbol: u32) -> Option<(usize, Row)> {
        let get = |at: usize| {
            let bits = self.image.rows.get(at)?;
            Some((at, Row::decode(bits).expect("a valid row")))
        };
        let own = get(usize::from(word.base) + symbol as usize).filter(|(_, r)| r.check == state);
        own.or_else(|| {
            (word.fallback != NONE)
                .then(|| get(word.fallback.into()))
                .flatten()
        })
    }

    /// Unwinds to the handler of a control symbol.
    fn unwind(&mut self, code: u8) -> Result<u16, Ended> {
        while let Some(entry) = self.stack.pop() {
            if let Entry::Handler {
                mask,
                state,
                frames,
            } = entry
                && mask >> code & 1 != 0
            {
                self.frames.truncate(frames);
                return Ok(state);
            }
        }
        Err(Ended::Control(code))
    }

    pub fn run(&mut self) -> Ended {
        let mut state = self.image.entry;
        let mut text = String::new();
        for _ in 0..5_000_000u64 {
            match self.step(state) {
                Ok(next) => state = next,
                Err(Stop::Raise(code, why)) => {
                    if let Some(why) = why {
                        text = why;
                    }
                    match self.unwind(code) {
                        Ok(next) => state = next,
                        Err(Ended::Control(control::FAULT)) => return Ended::Failed(text),
                        Err(ended) => return ended,
                    }
                }
                Err(Stop::Ended(ended)) => return ended,
            }
        }
        Ended::Steps
    }

    fn step(&mut self, state: u16) -> Result<u16, Stop> {
        let fault = |why: &'static str| Stop::Ended(Ended::Fault(why));
        let bits = *self
            .image
            .states
            .get(usize::from(state))
            .ok_or(fault("state"))?;
        let word = StateWord::decode(bits).ok_or(fault("state word"))?;
        if word.port == Port::Map {
            return self.code(state, &word);
        }
        let (symbol, value) = match self.matched(&word).map_err(fault)? {
            Got::Symbol { symbol, value } => (symbol, value),
            Got::Control(code) => return self.control(state, &word, code),
        };
        let (limit, code) = self.limit();
        if word.port == Port::Symbol && self.at >= limit && self.has_control(state, &word, code) {
            return self.control(state, &word, code);
        }
        let Some((at, row)) = self.row(state, &word, symbol) else {
            if word.port == Port::Symbol && self.at + usize::from(word.width) > limit {
                return self.control(state, &word, code);
            }
            return Err(Stop::Raise(
                control::FAULT,
                Some("no alternative".to_owned()),
            ));
        };
        let consume = match word.port {
            Port::Int if word.n_from_reg => self.read(word.reg),
            Port::Int => word.width.into(),
            _ => row.consume.into(),
        };
        if consume > 0 && self.at + consume as usize > limit {
            if let Some(frame) = self.frames.last()
                && code == control::FRAME
                && frame.refill != NONE
                && !frame.done
            {
                return self.refill(state);
            }
            return self.control(state, &word, code);
        }
        self.at += consume as usize;
        match word.port {
            Port::Flag => {
                self.flag_words.remove(0);
            }
            Port::Reply => {
                let reply = self.replies.pop_front().expect("a reply");
                if row.capture.mode != CaptureMode::None {
                    self.captures[usize::from(row.capture.dst) + 1] = (reply >> 32) as u32;
                }
            }
            _ => {}
        }
        self.carry_out(at, &row, value, consume)
    }

    fn has_control(&self, state: u16, word: &StateWord, code: u8) -> bool {
        let at = usize::from(word.base) + word.span() as usize + usize::from(code);
        let row = self.image.rows.get(at).and_then(Row::decode);
        word.control && row.is_some_and(|r| r.check == state)
    }

    fn control(&mut self, state: u16, word: &StateWord, code: u8) -> Result<u16, Stop> {
        if word.control {
            let at = usize::from(word.base) + word.span() as usize + usize::from(code);
            if let Some(bits) = self.image.rows.get(at) {
                let row = Row::decode(bits).expect("a valid row");
                if row.check == state {
                    return self.carry_out(at, &row, 0, 0);
                }
            }
        }
        Err(Stop::Raise(code, None))
    }

    fn code(&mut self, state: u16, word: &StateWord) -> Result<u16, Stop> {
        let map = self.maps[self.read(word.reg) as usize].clone();
        let (limit, boundary) = self.limit();
        let mut code = 0;
        for length in 1..=map.longest {
            let at = self.at + usize::from(length) - 1;
            if at >= limit {
                let frame = self.frames.last().cloned();
                if let Some(frame) = frame
                    && frame.refill != NONE
                    && !frame.done
                    && boundary == control::FRAME
                {
                    return self.refill(state);
                }
                return self.control(state, word, boundary);
            }
            code = code << 1 | self.bit(at, word.lsb);
            if let Some(entry) = map.codes.get(&(length, code)) {
                self.at += usize::from(length);
                self.bits = entry >> 22 & 63;
                let Some((at, row)) = self.row(state, word, entry >> 28) else {
                    return Err(Stop::Raise(
                        control::FAULT,
                        Some("no alternative".to_owned()),
                    ));
                };
                return self.carry_out(at, &row, entry & 0x3F_FFFF, 0);
            }
        }
        Err(Stop::Raise(control::FAULT, Some("unused code".to_owned())))
    }

    /// Calls the refill rule. Here frames are cut out of the input, so that
    /// what comes behind the pieces can be read as if nothing were between.
    fn refill(&mut self, _state: u16) -> Result<u16, Stop> {
        unimplemented!("refill rules are tested on the simulation")
    }

    fn carry_out(&mut self, at: usize, row: &Row, value: u32, consumed: u32) -> Result<u16, Stop> {
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
            AluOp::None => return,
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
                let (limit, code) = self.limit();
                if byte * 8 + b as usize * 8 > limit {
                    return Err(Stop::Raise(code, None));
                }
                self.at = (byte + b as usize) * 8;
            }
            SysOp::Drain => self.at = self.limit().0,
            SysOp::Align => self.at = byte * 8,
            SysOp::More | SysOp::Finish => unimplemented!("refill rules"),
            SysOp::Position => self.captures[dst] = (self.at / 8) as u32,
            SysOp::Mark => self.marks[usize::from(row.imm)] = self.at,
            SysOp::Rewind => self.at = self.marks[usize::from(row.imm)],
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
        };
        let index = if row.stage_indexed {
            self.read(row.stage_index) as usize
        } else {
            0
        };
        let at = usize::from(row.stage_base) + index * size;
        if row.stage.mnemonic().starts_with("ld") {
            let mut bytes = [0; 4];
            bytes[..size].copy_from_slice(&self.staging[at..at + size]);
            self.captures[usize::from(row.stage_data)] = u32::from_le_bytes(bytes);
        } else {
            let value = self.read(row.stage_data).to_le_bytes();
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

#[derive(Debug)]
pub enum Stop {
    Raise(u8, Option<String>),
    Ended(Ended),
}
