//! Writing codes into prefix maps. Everything is planned first and written
//! only when the row issues.

use orrery_shared::TrapCode;

use super::maps::{GENERATION, LINK, PrefixMap, SPACE};

/// A code: left-aligned in 32 bits, in order of arrival from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub bits: u32,
    pub length: u32,
    pub entry: u32,
}

/// Why codes cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A data error.
    Data(TrapCode, String),
    /// A trap.
    Trap(TrapCode, String),
}

/// A set of codes ready to be written, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    codes: Vec<Code>,
    /// Rows that will be written.
    pub written: u64,
}

/// Rows that a set of codes writes, and rows it takes.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    written: u64,
    taken: u64,
}

impl Code {
    /// The index bits of this code in a block of `width` bits, `done` bits into
    /// it: the first index and how many low bits are free.
    fn index(&self, done: u32, width: u32) -> usize {
        ((self.bits << done) >> (32 - width)) as usize
    }
}

/// How codes are given to symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Ascending by length, then by index.
    ByLength,
    /// In index order, each the first free code of its length.
    FirstFit,
}

/// Gives codes to symbols by their lengths (0: none); `entry` is the entry of a
/// symbol, `longest` the longest code allowed (at most 32). The codes come out ascending.
pub(super) fn assign(
    lengths: &[u8],
    longest: u32,
    order: Order,
    entry: impl Fn(usize) -> u32,
) -> Result<Vec<Code>, Refusal> {
    let most = lengths.iter().copied().max().unwrap_or(0);
    if u32::from(most) > longest {
        return Err(Refusal::Data(
            TrapCode::Bounds,
            format!("a code of {most} bits in a map of {longest} bits"),
        ));
    }
    let used: u64 = lengths
        .iter()
        .filter(|&&l| l > 0)
        .map(|&l| SPACE >> l)
        .sum();
    if used > SPACE {
        return Err(Refusal::Data(
            TrapCode::OverSubscribed,
            "the code lengths use more codes than there are".into(),
        ));
    }
    Ok(match order {
        Order::ByLength => by_length(lengths, entry),
        Order::FirstFit => first_fit(lengths, entry),
    })
}

fn by_length(lengths: &[u8], entry: impl Fn(usize) -> u32) -> Vec<Code> {
    let mut starts = [0usize; 34];
    for &length in lengths {
        starts[usize::from(length) + 1] += 1;
    }
    starts[1] = 0;
    for i in 1..34 {
        starts[i] += starts[i - 1];
    }
    let blank = Code {
        bits: 0,
        length: 0,
        entry: 0,
    };
    let mut codes = vec![blank; starts[33]];
    for (i, &length) in lengths.iter().enumerate().filter(|(_, l)| **l > 0) {
        let at = &mut starts[usize::from(length)];
        codes[*at] = Code {
            bits: 0,
            length: length.into(),
            entry: entry(i),
        };
        *at += 1;
    }
    let mut next = 0u64;
    for code in &mut codes {
        code.bits = next as u32;
        next += SPACE >> code.length;
    }
    codes
}

fn first_fit(lengths: &[u8], entry: impl Fn(usize) -> u32) -> Vec<Code> {
    // The free code space is at most one subtree of every depth, the deeper the
    // further left, so the first fit is the deepest that is large enough.
    let mut free: [Option<u32>; 33] = [None; 33];
    free[0] = Some(0);
    let mut codes = Vec::new();
    for (i, &length) in lengths.iter().enumerate().filter(|(_, l)| **l > 0) {
        let length = u32::from(length);
        let Some(depth) = (0..=length as usize).rev().find(|&d| free[d].is_some()) else {
            break;
        };
        let bits = free[depth].take().unwrap_or(0);
        for d in depth as u32 + 1..=length {
            free[d as usize] = Some(bits | 1 << (32 - d));
        }
        codes.push(Code {
            bits,
            length,
            entry: entry(i),
        });
    }
    codes.sort_unstable_by_key(|c| c.bits);
    codes
}

impl PrefixMap {
    /// Plans the filling of an empty map with ascending codes.
    pub fn plan_fill(&self, codes: Vec<Code>) -> Result<Plan, Refusal> {
        if self.free != SPACE {
            return Err(Refusal::Trap(
                TrapCode::BadOperand,
                "a map must be empty to be filled".into(),
            ));
        }
        let mut cost = Cost::default();
        self.measure(&codes, 0, 0, self.strides[0].into(), &mut cost);
        if u64::from(self.used) + cost.taken > u64::from(self.reserved) {
            return Err(Refusal::Trap(
                TrapCode::Capacity,
                format!(
                    "the map needs {} rows, {} are reserved",
                    u64::from(self.used) + cost.taken,
                    self.reserved
                ),
            ));
        }
        Ok(Plan {
            codes,
            written: cost.written,
        })
    }

    /// Ascending codes that agree in the first bits of a block's index and go
    /// on below it: how many from the start, and the index bits they need there.
    fn group(&self, codes: &[Code], level: usize, done: u32, width: u32) -> (usize, u32) {
        let prefix = codes[0].index(done, width);
        let n = codes
            .iter()
            .take_while(|c| c.index(done, width) == prefix)
            .count();
        let longest = codes[..n].iter().map(|c| c.length).max().unwrap_or(0);
        let stride = u32::from(self.strides[(level + 1).min(3)]);
        (n, (longest - done - width).min(stride))
    }

    fn measure(&self, mut codes: &[Code], level: usize, done: u32, width: u32, cost: &mut Cost) {
        while let Some(code) = codes.first() {
            let length = code.length - done;
            if length <= width {
                cost.written += 1 << (width - length);
                codes = &codes[1..];
                continue;
            }
            let (n, below) = self.group(codes, level, done, width);
            cost.written += 1;
            cost.taken += 1 << below;
            self.measure(&codes[..n], level + 1, done + width, below, cost);
            codes = &codes[n..];
        }
    }

    /// Writes what was planned.
    pub fn fill(&mut self, plan: &Plan) {
        self.write(&plan.codes, 0, 0, 0, self.strides[0].into());
        let used: u64 = plan.codes.iter().map(|c| SPACE >> c.length).sum();
        self.free -= used;
    }

    fn write(&mut self, mut codes: &[Code], level: usize, block: usize, done: u32, width: u32) {
        while let Some(code) = codes.first() {
            let length = code.length - done;
            if length <= width {
                self.cover(block, width, code, done);
                codes = &codes[1..];
                continue;
            }
            let (n, below) = self.group(codes, level, done, width);
            let sub = self.link(block, width, code.index(done, width), below);
            self.write(&codes[..n], level + 1, sub, done + width, below);
            codes = &codes[n..];
        }
    }

    /// Where the host keeps index `index` of a block of `width` bits.
    fn place(&self, block: usize, width: u32, index: usize) -> usize {
        if self.lsb {
            block + (index.reverse_bits() >> (usize::BITS - width))
        } else {
            block + index
        }
    }

    /// Writes all rows of a block that a code covers.
    fn cover(&mut self, block: usize, width: u32, code: &Code, done: u32) {
        let length = code.length - done;
        let row = u64::from(code.entry) | u64::from(length) << 32 | self.generation << GENERATION;
        let rows = 1usize << (width - length);
        let first = self.place(block, width, code.index(done, width));
        if self.lsb {
            let step = 1usize << length;
            for i in 0..rows {
                self.rows[first + i * step] = row;
            }
        } else {
            self.rows[first..first + rows].fill(row);
        }
    }

    /// Takes a sub-block and links it.
    fn link(&mut self, block: usize, width: u32, index: usize, below: u32) -> usize {
        let sub = self.used as usize;
        self.used += 1 << below;
        if self.rows.len() < self.used as usize {
            self.rows.resize(self.used as usize, 0);
        }
        let at = self.place(block, width, index);
        self.rows[at] = sub as u64 | u64::from(below) << 24 | LINK | self.generation << GENERATION;
        sub
    }

    /// Plans the insertion of one code: rows that will be written.
    pub fn plan_insert(&self, code: &Code) -> Result<u64, Refusal> {
        if code.length == 0 || code.length > self.longest() {
            return Err(Refusal::Data(
                TrapCode::Bounds,
                format!(
                    "a code of {} bits in a map of 1 to {} bits",
                    code.length,
                    self.longest()
                ),
            ));
        }
        let taken = || {
            Refusal::Data(
                TrapCode::OverSubscribed,
                "the code, or the beginning of it, is already used".into(),
            )
        };
        let (mut block, mut done, mut level) = (0usize, 0u32, 0usize);
        let mut width = u32::from(self.strides[0]);
        let mut cost = Cost::default();
        let mut fresh = false;
        loop {
            let length = code.length - done;
            let index = code.index(done, width);
            if length <= width {
                let rows = 1usize << (width - length);
                cost.written += rows as u64;
                let free = |i| self.row(self.place(block, width, index + i)).is_none();
                if !fresh && !(0..rows).all(free) {
                    return Err(taken());
                }
                break;
            }
            let below = u32::from(self.strides[(level + 1).min(3)]);
            match (!fresh)
                .then(|| self.row(self.place(block, width, index)))
                .flatten()
            {
                None => {
                    fresh = true;
                    cost.written += 1;
                    cost.taken += 1 << below;
                    (done, width) = (done + width, below);
                }
                Some(row) if row & LINK == 0 => return Err(taken()),
                Some(row) => {
                    let has = (row >> 24 & 15) as u32;
                    if has < below && length - width > has {
                        return Err(Refusal::Trap(
                            TrapCode::Capacity,
                            "a fill made this part of the map for shorter codes".into(),
                        ));
                    }
                    block = (row & 0xFF_FFFF) as usize;
                    (done, width) = (done + width, has);
                }
            }
            level += 1;
        }
        if u64::from(self.used) + cost.taken > u64::from(self.reserved) {
            return Err(Refusal::Trap(
                TrapCode::Capacity,
                format!("the {} rows reserved for the map are used", self.reserved),
            ));
        }
        Ok(cost.written)
    }

    /// Inserts a code that was planned.
    pub fn insert(&mut self, code: &Code) {
        let (mut block, mut done, mut level) = (0usize, 0u32, 0usize);
        let mut width = u32::from(self.strides[0]);
        while code.length - done > width {
            let index = code.index(done, width);
            let (sub, below) = match self.row(self.place(block, width, index)) {
                Some(row) => ((row & 0xFF_FFFF) as usize, (row >> 24 & 15) as u32),
                None => {
                    let below = u32::from(self.strides[(level + 1).min(3)]);
                    (self.link(block, width, index, below), below)
                }
            };
            block = sub;
            done += width;
            width = below;
            level += 1;
        }
        self.cover(block, width, code, done);
        self.free -= SPACE >> code.length;
    }
}
