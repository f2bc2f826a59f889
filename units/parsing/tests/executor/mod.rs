//! A tiny executor of compiled grammars that knows no time and no queues. It is
//! written from the instruction set's description and not from the simulation,
//! so that the two check each other.
#![allow(dead_code, reason = "each test uses a part of it")]

mod escapes;
mod masks;
mod parts;
mod rows;
mod streams;

use orrery_parsing::ParsingImage;
use orrery_parsing::isa::{
    BITS, CaptureMode, Cond, INDEX, IntKind, NONE, Operand, Port, Row, StateWord, control,
};

use escapes::Escape;
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
    marks: [(usize, u8); 4],
    checks: [Option<Check>; 4],
    escape: Option<Escape>,
    /// The byte that is started, where an escape table is on.
    held: u8,
    met: u32,
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
            marks: [(0, 0); 4],
            checks: [const { None }; 4],
            escape: None,
            held: 0,
            met: u32::MAX,
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
        if self.escape.is_some() {
            let bits = self.ahead(n, lsb).0;
            return (0..n as usize).fold(0, |v, i| {
                let bit = bits.get(i).map_or(0, |b| b.0);
                if lsb { v | bit << i } else { v << 1 | bit }
            });
        }
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
        let (valid, (code, follower)) = self.valid(32);
        if word.port == Port::Symbol && valid == 0 && self.has_control(state, &word, code) {
            self.meet(code, follower);
            return self.control(state, &word, code);
        }
        let Some((at, row)) = self.row(state, &word, symbol) else {
            if word.port == Port::Symbol && u32::from(word.width) > valid {
                self.meet(code, follower);
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
        if consume > valid {
            self.meet(code, follower);
            if let Some(frame) = self.frames.last()
                && code == control::FRAME
                && frame.refill != NONE
                && !frame.done
            {
                return self.refill(state);
            }
            return self.control(state, &word, code);
        }
        self.advance(consume);
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

    fn meet(&mut self, code: u8, follower: u32) {
        if code == control::MARKER {
            self.met = follower;
        }
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
        let (bits, (boundary, follower)) = self.ahead(map.longest.into(), word.lsb);
        let mut code = 0;
        for length in 1..=map.longest {
            if usize::from(length) > bits.len() {
                self.meet(boundary, follower);
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
            code = code << 1 | bits[usize::from(length) - 1].0;
            if let Some(entry) = map.codes.get(&(length, code)) {
                self.advance(length.into());
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
}

#[derive(Debug)]
pub enum Stop {
    Raise(u8, Option<String>),
    Ended(Ended),
}
