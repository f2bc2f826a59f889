//! Prints how many rows per second the Parsing Unit runs on the host, with a
//! consumer that takes its actions:
//! `cargo run --release -p orrery-parsing --example throughput`.

use std::sync::Arc;
use std::time::Instant;

use orrery_parsing::isa::{
    AluOp, Capture, CaptureMode, Cond, Operand, Port, Row, RowAction, StackOp, StateWord, SysOp,
    Work,
};
use orrery_parsing::{ParsingImage, ParsingUnit, Ports, Spec};
use orrery_shared::exact::Exact;
use orrery_shared::off::Off;
use orrery_shared::topology::{ProcSpec, QueueSpec};
use orrery_shared::{Beat, Chan, Entry, Network, Outcome, Proc, Step, Stop, Topology, WaitCause};

const ACTIONS: Chan = Chan(0);

#[derive(Clone)]
struct Bench {
    unit: ParsingUnit,
    sum: u64,
}

impl Bench {
    fn consume<B: Beat>(&mut self, beat: &mut B) -> Step {
        let entry: Entry = beat.peek_home(ACTIONS)?;
        beat.issue(0, 1, 1)?;
        beat.pop(ACTIONS);
        self.sum = self.sum.wrapping_mul(31).wrapping_add(entry.a[0].into());
        Ok(())
    }
}

impl Network for Bench {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            0 => self.unit.step(beat),
            _ => self.consume(beat),
        }
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        if p == 0 {
            return self.unit.burst(beat);
        }
        loop {
            beat.begin();
            if let Err(stop) = self.consume(beat) {
                return stop;
            }
        }
    }
}

fn topology(rows: usize) -> Topology {
    let process = |name, profile| ProcSpec {
        name,
        is_gate: false,
        profile,
    };
    let queue = |name, producer, consumer| QueueSpec {
        name,
        producer: Proc(producer),
        consumer: Proc(consumer),
        depth: 16,
        cause: WaitCause::Input,
        reserved: false,
    };
    Topology {
        procs: vec![process("parsing", rows), process("consumer", 1)],
        queues: vec![
            queue("actions", 0, 1),
            queue("flag", 1, 0),
            queue("reply", 1, 0),
        ],
        counts: vec![],
        main: 0,
        budget: u64::MAX / 2,
    }
}

/// Appends a state whose rows are `(symbol, row)`; gives its number.
fn add(image: &mut ParsingImage, word: StateWord, rows: &[(u32, Row)], fallback: Option<Row>) {
    let base = image.rows.len();
    let check = image.states.len() as u16;
    let last = rows.iter().map(|r| r.0 + 1).max().unwrap_or(0) as usize;
    image.rows.resize(base + last, Row::default().encode());
    for &(symbol, row) in rows {
        image.rows[base + symbol as usize] = Row { check, ..row }.encode();
    }
    let mut word = StateWord {
        base: base as u16,
        ..word
    };
    if let Some(row) = fallback {
        word.fallback = image.rows.len() as u16;
        image.rows.push(row.encode());
    }
    image.states.push(word.encode());
}

fn state(port: Port) -> StateWord {
    StateWord {
        port,
        ..StateWord::default()
    }
}

fn value(dst: u8) -> Capture {
    Capture {
        mode: CaptureMode::Value,
        dst,
        bits: 0,
    }
}

fn action(op: u8, operands: &[u8]) -> Row {
    let mut row = Row {
        action: RowAction {
            op,
            target: 1,
            n: operands.len() as u8,
            identity: 0,
        },
        ..Row::default()
    };
    for (slot, &capture) in row.operands.iter_mut().zip(operands) {
        *slot = Operand::Capture(capture);
    }
    row
}

/// Codes of 8 and 9 bits for literals and lengths, of 5 bits for distances.
fn codes(matches: bool) -> ParsingImage {
    let mut image = ParsingImage::default();
    let mut lengths: Vec<u8> = vec![8; 128];
    lengths.extend([9; 128]);
    lengths.extend([8; 64]);
    lengths.extend([5; 32]);
    let mut entries: Vec<u32> = (0..256).collect();
    let kind = if matches { 1 << 28 } else { 0 };
    entries.extend((0..64).map(|i| kind | (i / 12) << 22 | (3 + i)));
    entries.extend((0..32).map(|i| (i / 3) << 22 | (1 + 7 * i)));
    image.staging = lengths;
    image
        .staging
        .extend(entries.iter().flat_map(|e| e.to_le_bytes()));
    image.constants = vec![320, 352, 32, 1 << 10, 0, 352 + 4 * 320];
    let k = Operand::Pool;
    let c = Operand::Capture;
    let sys = |op, dst, b, imm, operands, next| Row {
        work: Work::Sys(op),
        dst,
        b,
        imm,
        operands,
        next,
        ..Row::default()
    };
    let none = Operand::default();
    let setup = [
        sys(SysOp::NewMap, 1, k(3), 0x69, [none; 4], 1),
        sys(SysOp::Fill, 0, none, 0, [c(1), k(4), k(0), k(1)], 2),
        sys(SysOp::NewMap, 2, k(3), 0x5, [none; 4], 3),
        sys(SysOp::Fill, 0, none, 0, [c(2), k(0), k(2), k(5)], 4),
    ];
    for row in setup {
        add(&mut image, state(Port::None), &[(0, row)], None);
    }
    let with = |row: Row, capture, next| Row {
        capture,
        next,
        ..row
    };
    let map = |reg| StateWord {
        reg,
        lsb: true,
        ..state(Port::Map)
    };
    let extra = StateWord {
        reg: 62,
        n_from_reg: true,
        lsb: true,
        ..state(Port::Int)
    };
    let sum = |row: Row, dst, a| Row {
        work: Work::Alu(AluOp::Add),
        dst,
        a,
        b: c(5),
        capture: value(5),
        ..row
    };
    let literal = with(action(1, &[3]), value(3), 4);
    let length = with(Row::default(), value(3), 5);
    add(&mut image, map(1), &[(0, literal), (1, length)], None);
    let next = |row, next| Row { next, ..row };
    add(
        &mut image,
        extra,
        &[(0, next(sum(Row::default(), 3, 3), 6))],
        None,
    );
    add(
        &mut image,
        map(2),
        &[(0, with(Row::default(), value(4), 7))],
        None,
    );
    add(
        &mut image,
        extra,
        &[(0, next(sum(action(2, &[4, 3]), 4, 4), 4))],
        None,
    );
    image
}

/// Bytes whose two top bits say what follows, with a count that goes down.
fn tags() -> ParsingImage {
    let mut image = ParsingImage::default();
    let count = |row: Row, next| Row {
        work: Work::Alu(AluOp::Sub),
        dst: 1,
        a: 1,
        b_imm: true,
        imm: 1,
        next,
        ..row
    };
    let field = |row: Row| Row {
        consume: 8,
        capture: Capture {
            mode: CaptureMode::Value,
            dst: 3,
            bits: 6,
        },
        ..row
    };
    let tag = StateWord {
        width: 8,
        ..state(Port::Symbol)
    };
    let rows: Vec<(u32, Row)> = (0..256u32)
        .map(|s| match s >> 6 {
            0 => (s, count(field(action(0x11, &[3])), 2)),
            1 => (s, count(field(action(0x11, &[3])), 2)),
            2 => (
                s,
                Row {
                    next: 1,
                    ..field(Row::default())
                },
            ),
            _ => (s, count(field(action(0x14, &[4, 3])), 2)),
        })
        .collect();
    let second = Row {
        consume: 8,
        capture: value(4),
        ..action(0x11, &[3, 4])
    };
    let more = StateWord {
        width: Cond::Ne as u8,
        ..state(Port::Cond)
    };
    add(&mut image, tag, &rows, None);
    add(&mut image, tag, &[], Some(count(second, 2)));
    let again = Row {
        next: 0,
        ..Row::default()
    };
    add(&mut image, more, &[(0, again), (1, again)], None);
    image
}

/// Rows of four pixels of four bytes, counted.
fn numbers() -> ParsingImage {
    let mut image = ParsingImage::default();
    let row = Row {
        stack: StackOp::Repeat,
        stack_imm: 60_000,
        next: 1,
        ..Row::default()
    };
    add(&mut image, state(Port::None), &[(0, row)], None);
    let word = StateWord {
        width: 32,
        ..state(Port::Int)
    };
    let row = Row {
        capture: value(1),
        stack: StackOp::Loop,
        next: 1,
        alt: 0,
        ..Row::default()
    };
    add(&mut image, word, &[(0, row)], None);
    image
}

/// The program behind an escape table: one byte in 256 is a prefix.
fn escaped(mut image: ParsingImage) -> ParsingImage {
    let first = image.constants.len() as u16;
    image
        .constants
        .extend([0xFF | 1 << 8, 0xFF | 0xFF << 8 | 2 << 16]);
    let row = Row {
        work: Work::Sys(SysOp::EscapeOn),
        b: Operand::Pool(first),
        imm: 1,
        next: image.entry,
        ..Row::default()
    };
    let entry = image.states.len() as u16;
    add(&mut image, state(Port::None), &[(0, row)], None);
    image.entry = entry;
    image
}

fn measure(name: &str, image: &ParsingImage, input: &Arc<[u8]>) {
    let ports = Ports {
        actions: ACTIONS,
        flag: Chan(1),
        reply: Chan(2),
    };
    let unit = ParsingUnit::new(Spec::default(), ports, image, Arc::clone(input)).expect("image");
    let best = |run: &dyn Fn(&mut Bench) -> Outcome| {
        let mut best = f64::INFINITY;
        let mut rows = 0;
        for _ in 0..3 {
            let mut bench = Bench {
                unit: unit.clone(),
                sum: 0,
            };
            let start = Instant::now();
            let outcome = run(&mut bench);
            best = best.min(start.elapsed().as_secs_f64());
            rows = outcome.processes[0].profile.iter().map(|l| l.count).sum();
        }
        (rows as f64 / best / 1e6, rows)
    };
    let (off, rows) = best(&|b| Off::new(topology(b.unit.rows())).run(b));
    let (exact, _) = best(&|b| Exact::new(topology(b.unit.rows())).run(b, u64::MAX));
    println!("{name:28} {rows:>9} rows: off {off:6.1}, exact {exact:6.1} million rows/s");
}

fn main() {
    let mut x = 0x2545_F491_4F6C_DD1Du64;
    let input: Arc<[u8]> = (0..8 << 20)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x >> 24) as u8
        })
        .collect();
    measure("codes, all literal", &codes(false), &input);
    measure("codes, a quarter matches", &codes(true), &input);
    let coded = escaped(codes(true));
    measure("the same behind escapes", &coded, &input);
    measure("tagged bytes", &tags(), &input);
    measure("32-bit integers", &numbers(), &input);
}
