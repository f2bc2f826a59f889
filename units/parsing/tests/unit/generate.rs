//! Random valid words and random programs.

use orrery_parsing::ParsingImage;
use orrery_parsing::isa::row::RowBits;
use orrery_parsing::isa::{
    AluOp, Capture, CaptureMode, Cond, IntKind, NONE, Operand, POOL, Port, Row, RowAction, Spot,
    StackOp, StageOp, StateWord, SysOp, Work,
};

/// Random numbers from a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// How wide the choices are.
pub struct Ranges {
    /// Captures that are used.
    pub captures: usize,
    /// Constants that are used.
    pub pool: usize,
    /// States and rows that exist.
    pub states: usize,
    pub rows: usize,
    /// Immediates are small.
    pub small: bool,
}

impl Ranges {
    /// Any valid word.
    pub fn all() -> Self {
        Ranges {
            captures: 62,
            pool: POOL,
            states: 65_536,
            rows: 65_536,
            small: false,
        }
    }
}

fn operand(d: &mut Dice, r: &Ranges) -> Operand {
    if d.once_in(3) && r.pool > 0 {
        Operand::Pool(d.below(r.pool) as u16)
    } else if d.once_in(8) {
        Operand::Capture(62 + d.below(2) as u8)
    } else {
        Operand::Capture(d.below(r.captures) as u8)
    }
}

fn immediate(d: &mut Dice, r: &Ranges) -> u16 {
    let any = d.next() as u16;
    if r.small { any % 40 } else { any }
}

fn work(d: &mut Dice, r: &Ranges, row: &mut Row) {
    row.work = match d.below(4) {
        0 => return,
        1 | 2 => Work::Alu(d.pick(AluOp::ALL)),
        _ => Work::Sys(d.pick(SysOp::ALL)),
    };
    let fields = row.work.fields();
    let dst_below = match row.work {
        Work::Sys(SysOp::Position) | Work::Alu(AluOp::SetBits | AluOp::ClearBits) => r.captures - 1,
        _ => r.captures,
    };
    let is_mask = matches!(row.work, Work::Alu(op) if op.is_mask());
    if fields.dst {
        row.dst = d.below(dst_below) as u8;
    }
    if fields.a {
        row.a = d.below(r.captures - usize::from(is_mask)) as u8;
    }
    if fields.b {
        row.b = operand(d, r);
    }
    let Work::Sys(op) = row.work else {
        if let Work::Alu(op) = row.work
            && op.is_mask()
        {
            let mut spot = || match d.below(3) {
                0 => Spot::Number(d.below(65) as u8).code(),
                1 => Spot::Number(d.below(4) as u8).code(),
                _ => Spot::Capture(d.below(r.captures) as u8).code(),
            };
            let (start, count) = (spot(), spot());
            row.imm = u16::from_le_bytes([start, if op.has_count() { count } else { 0 }]);
            return;
        }
        if fields.b && d.once_in(2) {
            (row.b, row.b_imm) = (Operand::default(), true);
            row.imm = immediate(d, r);
        }
        return;
    };
    if fields.imm {
        row.imm = match op {
            SysOp::Mark | SysOp::Rewind | SysOp::CheckStop | SysOp::CheckCrc | SysOp::CheckSums => {
                d.below(4) as u16
            }
            SysOp::EscapeOn => d.below(9) as u16,
            SysOp::Frame if d.once_in(2) => NONE,
            SysOp::Frame => d.below(r.states) as u16,
            SysOp::NewMap => d.pick(&[0x69, 0x5, 0x7, 0x1234, 0x8CC, 0x1, 0xC]),
            SysOp::Fill => d.below(2) as u16,
            SysOp::Raise => d.below(8) as u16,
            _ => immediate(d, r),
        };
    }
    if matches!(op, SysOp::CheckCrc | SysOp::CheckSums) {
        row.b = Operand::Pool(d.below(r.pool.max(5) - 4) as u16);
    }
    if op == SysOp::EscapeOn {
        row.imm = row.imm.min(r.pool as u16 - 1);
        row.b = Operand::Pool(d.below(r.pool - usize::from(row.imm)) as u16);
        if r.small && !d.once_in(20) {
            // The table of the random programs.
            (row.b, row.imm) = (Operand::Pool(8), 4);
        }
    }
    if fields.operands {
        row.operands = std::array::from_fn(|_| operand(d, r));
    }
}

/// A valid row.
pub fn row(d: &mut Dice, r: &Ranges) -> Row {
    let mut row = Row {
        check: d.below(r.states) as u16,
        next: d.below(r.states) as u16,
        consume: d.pick(&[0, 1, 2, 3, 8, 8, 12, 16]),
        ..Row::default()
    };
    if d.once_in(2) {
        row.capture = Capture {
            mode: d.pick(&CaptureMode::ALL[1..]),
            dst: d.below(r.captures) as u8,
            bits: d.pick(&[0, 0, 0, 1, 4, 7, 16]),
        };
    }
    work(d, r, &mut row);
    if d.once_in(3) {
        row.stage = d.pick(&StageOp::ALL[1..]);
        row.stage_base = immediate(d, r);
        let wide = matches!(row.stage, StageOp::Load64 | StageOp::Store64);
        row.stage_data = d.below(r.captures - usize::from(wide)) as u8;
        row.stage_indexed = d.once_in(2);
        if row.stage_indexed {
            row.stage_index = d.below(r.captures) as u8;
        }
    }
    if d.once_in(3) && !row.work.fields().operands {
        let n = d.below(5) as u8;
        row.action = RowAction {
            op: d.pick(&[1, 2, 4, 0x11, 0x11, 0x1B, 0x1C, 0x1D, 0xFF]),
            target: immediate(d, r),
            n,
            identity: (d.below(16) as u8) & ((1 << n) - 1),
        };
        for slot in &mut row.operands[..usize::from(n)] {
            *slot = operand(d, r);
        }
    }
    if d.once_in(2) && !matches!(row.work, Work::Sys(SysOp::More | SysOp::Finish)) {
        stack(d, r, &mut row);
    }
    row
}

fn stack(d: &mut Dice, r: &Ranges, row: &mut Row) {
    row.stack = d.pick(&StackOp::ALL[1..]);
    match row.stack {
        StackOp::None | StackOp::Uncatch => {}
        StackOp::Call | StackOp::Loop => row.alt = d.below(r.states) as u16,
        StackOp::Return => row.next = 0,
        StackOp::Repeat => {
            row.alt = d.below(r.states) as u16;
            row.stack_reg = d.once_in(3);
            row.stack_imm = if row.stack_reg {
                d.below(r.captures) as u16
            } else {
                immediate(d, r)
            };
        }
        StackOp::Save | StackOp::Restore => row.stack_imm = d.below(r.captures) as u16,
        StackOp::Catch => {
            row.alt = d.below(r.states) as u16;
            row.stack_imm = immediate(d, r);
        }
    }
}

/// A valid state word.
pub fn state(d: &mut Dice, r: &Ranges) -> StateWord {
    let port = d.pick(&[
        Port::None,
        Port::Symbol,
        Port::Symbol,
        Port::Int,
        Port::Int,
        Port::Map,
        Port::Value,
        Port::Cond,
        Port::Flag,
        Port::Reply,
    ]);
    let mut word = StateWord {
        port,
        base: d.below(r.rows) as u16,
        ..StateWord::default()
    };
    let fallback = if d.once_in(5) {
        NONE
    } else {
        d.below(r.rows) as u16
    };
    let reg = d.below(r.captures) as u8;
    if matches!(port, Port::Symbol | Port::Int | Port::Map) {
        word.lsb = d.once_in(2);
        word.control = d.once_in(3);
    }
    match port {
        Port::None | Port::Reply => return word,
        Port::Symbol => word.width = d.below(12) as u8 + 1,
        Port::Int => {
            word.n_from_reg = d.once_in(3);
            word.kind = d.pick(&[IntKind::Unsigned, IntKind::Signed, IntKind::Extended]);
            if word.n_from_reg {
                word.reg = reg;
                word.little = !word.lsb && d.once_in(3);
            } else {
                word.width = d.below(33) as u8;
                word.little = !word.lsb && word.width.is_multiple_of(8) && d.once_in(2);
            }
            return word;
        }
        Port::Map => word.reg = reg,
        Port::Value => {
            word.width = d.below(8) as u8 + 1;
            word.reg = reg;
            word.shift = d.below(32) as u8;
        }
        Port::Cond => word.width = d.pick(Cond::ALL) as u8,
        Port::Flag => word.width = d.below(9) as u8,
    }
    word.fallback = fallback;
    word
}

/// A program whose rows often belong to the states that look at them.
pub fn program(d: &mut Dice) -> ParsingImage {
    let count = 4 + d.below(24);
    let ranges = Ranges {
        captures: 12,
        pool: 13,
        states: count,
        rows: 1,
        small: true,
    };
    let mut image = ParsingImage {
        constants: vec![
            32 | 3 << 8,
            0x04C1_1DB7,
            u32::MAX,
            1,
            97,
            5,
            3,
            600,
            // An escape table: prefix 1, others are data.
            1,
            1 | 1 << 8 | 2 << 16,
            4 << 8 | 1 << 16,
            5 | 8 << 8 | 3 << 16,
            9 | 30 << 8 | 4 << 16 | 0x55 << 24,
        ],
        staging: (0..80).map(|i| (i % 7) as u8).collect(),
        texts: vec!["a".into(), "b".into()],
        ..ParsingImage::default()
    };
    for number in 0..count as u16 {
        let mut word = state(d, &ranges);
        if word.port == Port::Symbol && !d.once_in(4) {
            word.width = 1 + word.width % 4;
        }
        if matches!(word.port, Port::Flag | Port::Reply) && !d.once_in(4) {
            word = StateWord::default();
        }
        if word.port == Port::Map && !d.once_in(6) {
            word.reg = 0;
        }
        if d.once_in(8) && word.port == Port::Int {
            word.width = 1;
            (word.reg, word.n_from_reg, word.little) = (0, false, false);
        }
        word.base = image.rows.len() as u16;
        let control = if word.control { 8 } else { 0 };
        let span = word.span() as usize + control;
        let fresh = |d: &mut Dice| {
            let mut row = row(d, &ranges);
            row.check = if d.once_in(12) { row.check } else { number };
            // Rows that end everything are rarer than they would be.
            if matches!(
                row.work,
                Work::Sys(SysOp::Accept | SysOp::Fail | SysOp::Raise)
            ) && !d.once_in(4)
            {
                row = Row {
                    check: number,
                    next: row.next,
                    consume: 1,
                    ..Row::default()
                };
            }
            keep_handle(d, &mut row);
            if matches!(
                row.stack,
                StackOp::Return | StackOp::Loop | StackOp::Restore | StackOp::Uncatch
            ) && d.once_in(2)
            {
                row.stack = StackOp::Call;
                (row.alt, row.stack_imm) = (number, 0);
            }
            row
        };
        let rows: Vec<RowBits> = (0..span).map(|_| fresh(d).encode()).collect();
        image.rows.extend(rows);
        if word.fallback != NONE {
            word.fallback = image.rows.len() as u16;
            let row = fresh(d).encode();
            image.rows.push(row);
        }
        image.states.push(word.encode());
    }
    if d.once_in(10) {
        let at = d.below(image.rows.len());
        image.rows[at][d.below(8)] ^= 1 << d.below(32);
    }
    image.entry = d.below(count) as u16;
    if !d.once_in(4) {
        prologue(d, &mut image);
    }
    if d.once_in(3) {
        escaped(&mut image);
    }
    image
}

/// Turns the escape table on before the program starts.
fn escaped(image: &mut ParsingImage) {
    let state = image.states.len() as u16;
    let word = StateWord {
        base: image.rows.len() as u16,
        ..StateWord::default()
    };
    let row = Row {
        check: state,
        next: image.entry,
        work: Work::Sys(SysOp::EscapeOn),
        b: Operand::Pool(8),
        imm: 4,
        ..Row::default()
    };
    image.rows.push(row.encode());
    image.states.push(word.encode());
    image.entry = state;
}

/// Most rows leave capture 0 alone, which holds a map.
fn keep_handle(d: &mut Dice, row: &mut Row) {
    if d.once_in(16) {
        return;
    }
    let fields = row.work.fields();
    row.dst += u8::from(fields.dst && row.dst == 0);
    row.capture.dst += u8::from(row.capture.mode != CaptureMode::None && row.capture.dst == 0);
    row.stage_data += u8::from(row.stage != StageOp::None && row.stage_data == 0);
    row.stack_imm += u16::from(row.stack == StackOp::Restore && row.stack_imm == 0);
    if fields.operands {
        row.operands[0] = Operand::Capture(0);
    }
    if fields.a && matches!(row.work, Work::Sys(_)) {
        row.a = 0;
    }
    if row.work == Work::Sys(SysOp::CloseMap) {
        row.work = Work::Sys(SysOp::ResetMap);
    }
}

/// Makes and fills a map before the program starts.
fn prologue(d: &mut Dice, image: &mut ParsingImage) {
    let new = Row {
        work: Work::Sys(SysOp::NewMap),
        b: Operand::Pool(7),
        imm: d.pick(&[0x69, 0x5, 0x33, 0x1112]),
        ..Row::default()
    };
    // Lengths from 0 on: as many as make a code that has few gaps, or too many.
    let fill = Row {
        work: Work::Sys(SysOp::Fill),
        imm: d.below(2) as u16,
        operands: [
            Operand::Capture(0),
            Operand::Capture(1),
            Operand::Pool(d.pick(&[5, 6, 6, 6, 4])),
            Operand::Pool(5),
        ],
        next: image.entry,
        ..Row::default()
    };
    image.staging[..5].copy_from_slice(&d.pick(&[
        [2, 2, 2, 3, 4],
        [1, 3, 3, 4, 5],
        [2, 2, 2, 1, 1],
    ]));
    for row in [new, fill] {
        let state = image.states.len() as u16;
        let word = StateWord {
            base: image.rows.len() as u16,
            ..StateWord::default()
        };
        let next = if row.next == 0 { state + 1 } else { row.next };
        let row = Row {
            check: state,
            next,
            ..row
        };
        image.rows.push(row.encode());
        image.states.push(word.encode());
    }
    let fill = image.rows.len() - 1;
    image.rows[fill][0] = image.rows[fill][0] & 0xFFFF | u32::from(image.entry) << 16;
    image.entry = image.states.len() as u16 - 2;
}
