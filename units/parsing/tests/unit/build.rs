//! A tiny assembler for test programs, and a network to run them in.

use std::sync::Arc;

use orrery_output::isa::Action;
use orrery_parsing::isa::row::RowBits;
use orrery_parsing::isa::{
    AluOp, Capture, CaptureMode, NONE, Operand, Port, Row, RowAction, StackOp, StageOp, StateWord,
    SysOp, Work,
};
use orrery_parsing::{ParsingImage, ParsingUnit, Ports, Spec};
use orrery_shared::account::Standing;
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::topology::{ProcSpec, QueueSpec};
use orrery_shared::{
    Beat, Chan, Entry, Network, Outcome, Proc, Step, Stop, Topology, TrapCode, WaitCause,
};
use proptest::prelude::ProptestConfig;

/// Builds an image; every state has rows of its own.
#[derive(Default)]
pub struct Builder {
    pub image: ParsingImage,
}

impl Builder {
    /// A state number to be defined later.
    pub fn state(&mut self) -> u16 {
        self.image.states.push(0);
        self.image.states.len() as u16 - 1
    }

    /// `n` state numbers.
    pub fn states<const N: usize>(&mut self) -> [u16; N] {
        std::array::from_fn(|_| self.state())
    }

    pub fn text(&mut self, text: &str) -> u16 {
        self.image.texts.push(text.into());
        self.image.texts.len() as u16 - 1
    }

    pub fn constant(&mut self, value: u32) -> Operand {
        self.image.constants.push(value);
        Operand::Pool(self.image.constants.len() as u16 - 1)
    }

    fn place(&mut self, row: Row, at: usize) {
        if self.image.rows.len() <= at {
            self.image.rows.resize(at + 1, Row::default().encode());
        }
        self.image.rows[at] = row.encode();
    }

    /// Defines a state by the rows of its symbols, its fallback and the rows of control symbols.
    pub fn define(
        &mut self,
        state: u16,
        word: StateWord,
        rows: &[(u32, Row)],
        fallback: Option<Row>,
        control: &[(u8, Row)],
    ) {
        let base = self.image.rows.len();
        let span = word.span() as usize;
        let end = base + span + if control.is_empty() { 0 } else { 8 };
        for &(symbol, row) in rows {
            let row = Row {
                check: state,
                ..row
            };
            self.place(row, base + symbol as usize);
        }
        for &(code, row) in control {
            let row = Row {
                check: state,
                ..row
            };
            self.place(row, base + span + usize::from(code));
        }
        let fallback = match fallback {
            Some(row) => {
                self.place(row, end);
                end as u16
            }
            None => NONE,
        };
        if self.image.rows.len() < end {
            self.image.rows.resize(end, Row::default().encode());
        }
        let word = StateWord {
            base: base as u16,
            fallback,
            control: !control.is_empty(),
            ..word
        };
        self.image.states[usize::from(state)] = word.encode();
    }

    /// A state without a match.
    pub fn plain(&mut self, state: u16, row: Row) {
        self.define(state, StateWord::default(), &[(0, row)], None, &[]);
    }

    /// A chain of plain states; the last row says where it goes.
    pub fn chain(&mut self, first: u16, rows: &[Row]) {
        let mut at = first;
        for (i, row) in rows.iter().enumerate() {
            if i + 1 == rows.len() {
                self.plain(at, *row);
            } else {
                let next = self.state();
                self.plain(at, Row { next, ..*row });
                at = next;
            }
        }
    }
}

pub fn symbol(width: u8, lsb: bool) -> StateWord {
    StateWord {
        port: Port::Symbol,
        width,
        lsb,
        ..StateWord::default()
    }
}

pub fn int(n: u8, lsb: bool) -> StateWord {
    StateWord {
        port: Port::Int,
        width: n,
        lsb,
        ..StateWord::default()
    }
}

pub fn map(reg: u8, lsb: bool) -> StateWord {
    StateWord {
        port: Port::Map,
        reg,
        lsb,
        ..StateWord::default()
    }
}

pub fn port(port: Port) -> StateWord {
    StateWord {
        port,
        ..StateWord::default()
    }
}

/// Rows, piece by piece.
pub fn go(next: u16) -> Row {
    Row {
        next,
        ..Row::default()
    }
}

pub trait RowExt {
    fn take(self, consume: u8) -> Row;
    fn val(self, dst: u8, bits: u8) -> Row;
    fn capture(self, mode: CaptureMode, dst: u8, bits: u8) -> Row;
    fn alu(self, op: AluOp, dst: u8, a: u8, b: Operand) -> Row;
    fn alu_imm(self, op: AluOp, dst: u8, a: u8, imm: u16) -> Row;
    fn sys(self, op: SysOp) -> Row;
    fn sys_with(self, op: SysOp, dst: u8, a: u8, b: Operand, imm: u16) -> Row;
    fn operands(self, operands: &[Operand]) -> Row;
    fn stage(self, op: StageOp, base: u16, index: Option<u8>, data: u8) -> Row;
    fn send(self, op: u8, target: u16, operands: &[Operand]) -> Row;
    fn stack(self, op: StackOp, alt: u16, imm: u16) -> Row;
    fn stack_reg(self, op: StackOp, alt: u16, reg: u8) -> Row;
}

impl RowExt for Row {
    fn take(mut self, consume: u8) -> Row {
        self.consume = consume;
        self
    }
    fn val(self, dst: u8, bits: u8) -> Row {
        self.capture(CaptureMode::Value, dst, bits)
    }
    fn capture(mut self, mode: CaptureMode, dst: u8, bits: u8) -> Row {
        self.capture = Capture { mode, dst, bits };
        self
    }
    fn alu(mut self, op: AluOp, dst: u8, a: u8, b: Operand) -> Row {
        (self.work, self.dst, self.a, self.b) = (Work::Alu(op), dst, a, b);
        self
    }
    fn alu_imm(mut self, op: AluOp, dst: u8, a: u8, imm: u16) -> Row {
        (self.work, self.dst, self.a) = (Work::Alu(op), dst, a);
        (self.b_imm, self.imm) = (true, imm);
        self
    }
    fn sys(mut self, op: SysOp) -> Row {
        self.work = Work::Sys(op);
        self
    }
    fn sys_with(mut self, op: SysOp, dst: u8, a: u8, b: Operand, imm: u16) -> Row {
        (self.work, self.dst, self.a, self.b) = (Work::Sys(op), dst, a, b);
        self.imm = imm;
        self
    }
    fn operands(mut self, operands: &[Operand]) -> Row {
        self.operands[..operands.len()].copy_from_slice(operands);
        self
    }
    fn stage(mut self, op: StageOp, base: u16, index: Option<u8>, data: u8) -> Row {
        (self.stage, self.stage_base, self.stage_data) = (op, base, data);
        self.stage_indexed = index.is_some();
        self.stage_index = index.unwrap_or(0);
        self
    }
    fn send(mut self, op: u8, target: u16, operands: &[Operand]) -> Row {
        self.action = RowAction {
            op,
            target,
            n: operands.len() as u8,
            identity: 0,
        };
        self.operands(operands)
    }
    fn stack(mut self, op: StackOp, alt: u16, imm: u16) -> Row {
        (self.stack, self.alt, self.stack_imm) = (op, alt, imm);
        self
    }
    fn stack_reg(mut self, op: StackOp, alt: u16, reg: u8) -> Row {
        (self.stack, self.alt, self.stack_imm) = (op, alt, reg.into());
        self.stack_reg = op == StackOp::Repeat;
        self
    }
}

pub fn c(capture: u8) -> Operand {
    Operand::Capture(capture)
}

/// Property tests of this crate.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Undefined rows found in an image that should have none.
pub fn undefined_rows(rows: &[RowBits]) -> Vec<usize> {
    (0..rows.len())
        .filter(|&i| Row::decode(&rows[i]).is_none())
        .collect()
}

pub const ACTIONS: Chan = Chan(0);
pub const FLAG: Chan = Chan(1);
pub const REPLY: Chan = Chan(2);
const TO_CORE: Chan = Chan(3);

/// The unit, a sequencer that logs actions and answers, and a core that
/// returns a word for every activation.
#[derive(Clone)]
pub struct Bench {
    pub unit: ParsingUnit,
    pub actions: Vec<Entry>,
    core_turn: u64,
}

impl Bench {
    pub fn new(spec: Spec, image: &ParsingImage, input: &[u8]) -> Self {
        let ports = Ports {
            actions: ACTIONS,
            flag: FLAG,
            reply: REPLY,
        };
        Bench {
            unit: ParsingUnit::new(spec, ports, image, Arc::from(input)).expect("image"),
            actions: Vec::new(),
            core_turn: 0,
        }
    }

    pub fn topology(&self, depth: usize, budget: u64) -> Topology {
        let queue = |name, producer, consumer, depth, cause, reserved| QueueSpec {
            name,
            producer: Proc(producer),
            consumer: Proc(consumer),
            depth,
            cause,
            reserved,
        };
        let process = |name, profile| ProcSpec {
            name,
            is_gate: false,
            profile,
        };
        Topology {
            procs: vec![
                process("parsing", self.unit.rows()),
                process("sequencer", 1),
                process("core", 1),
            ],
            queues: vec![
                queue("actions", 0, 1, depth, WaitCause::Input, false),
                queue("flag", 2, 0, depth, WaitCause::Input, false),
                queue("reply", 1, 0, 4, WaitCause::Reply, true),
                queue("activations", 1, 2, depth, WaitCause::Input, false),
            ],
            counts: vec![],
            main: 0,
            budget,
        }
    }
}

fn mix(entry: &Entry) -> u32 {
    let seed = u32::from(entry.imm).wrapping_mul(0x9E37_79B9);
    entry.operands().iter().fold(seed, |x, &a| {
        (x ^ a).wrapping_mul(0x85EB_CA6B).rotate_left(13)
    })
}

impl Network for Bench {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            0 => self.unit.step(beat),
            1 => {
                let entry = beat.peek_home(ACTIONS)?;
                let action = Action::from_op(entry.op);
                if action == Some(Action::Activate) {
                    beat.room(TO_CORE)?;
                }
                if matches!(action, Some(Action::Check | Action::Size | Action::Fetch)) {
                    beat.room(REPLY)?;
                }
                beat.issue(0, 1 + u64::from(entry.imm & 3), 1)?;
                beat.pop(ACTIONS);
                self.actions.push(entry);
                match action {
                    Some(Action::Activate) => beat.push(TO_CORE, entry),
                    Some(Action::Check | Action::Size | Action::Fetch) => {
                        let low = mix(&entry);
                        beat.push(REPLY, Entry::with(1, 0, &[low, !low]));
                    }
                    _ => {}
                }
                Ok(())
            }
            _ => {
                let entry = beat.peek_home(TO_CORE)?;
                beat.room(FLAG)?;
                beat.issue(0, 1 + self.core_turn % 3, 1)?;
                beat.pop(TO_CORE);
                self.core_turn += 1;
                beat.push(FLAG, Entry::with(1, 0, &[mix(&entry) & 0xFFFF]));
                Ok(())
            }
        }
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        if p == 0 {
            return self.unit.burst(beat);
        }
        loop {
            beat.begin();
            if let Err(stop) = self.step(p, beat) {
                return stop;
            }
        }
    }
}

/// A run that ended.
pub struct Run {
    pub bench: Bench,
    pub outcome: Outcome,
}

impl Run {
    pub fn captures(&self) -> &[u32] {
        self.bench.unit.state().captures()
    }

    pub fn done(&self) -> bool {
        self.outcome.processes[0].standing == Standing::Done
    }

    /// Code and message of the unit's trap.
    pub fn trap(&self) -> Option<(TrapCode, String)> {
        match &self.outcome.processes[0].standing {
            Standing::Trapped(fault, _) => Some((fault.code, fault.message.clone())),
            _ => None,
        }
    }

    /// Opcode and operands of the actions.
    pub fn sent(&self) -> Vec<(u16, Vec<u32>)> {
        let entries = self.bench.actions.iter();
        entries.map(|e| (e.op, e.operands().to_vec())).collect()
    }

    /// First operands of the actions.
    pub fn first(&self) -> Vec<u32> {
        self.bench.actions.iter().map(|e| e.a[0]).collect()
    }
}

pub const BUDGET: u64 = 1_000_000;

pub fn run_off(spec: &Spec, image: &ParsingImage, input: &[u8], depth: usize) -> Run {
    let mut bench = Bench::new(spec.clone(), image, input);
    let outcome = Off::new(bench.topology(depth, BUDGET)).run(&mut bench);
    Run { bench, outcome }
}

pub fn run_exact(spec: &Spec, image: &ParsingImage, input: &[u8], depth: usize) -> Run {
    let mut bench = Bench::new(spec.clone(), image, input);
    let outcome = Exact::new(bench.topology(depth, BUDGET)).run(&mut bench, u64::MAX);
    Run { bench, outcome }
}

pub fn run_lockstep(spec: &Spec, image: &ParsingImage, input: &[u8], depth: usize) -> Run {
    let mut bench = Bench::new(spec.clone(), image, input);
    let outcome = Lockstep::new(bench.topology(depth, BUDGET)).run(&mut bench, u64::MAX);
    Run { bench, outcome }
}

/// Runs under all clocks and several depths, and checks that they agree.
pub fn run(image: &ParsingImage, input: &[u8]) -> Run {
    run_with(&Spec::default(), image, input)
}

pub fn run_with(spec: &Spec, image: &ParsingImage, input: &[u8]) -> Run {
    assert_eq!(undefined_rows(&image.rows), [] as [usize; 0]);
    let mut last = None;
    for depth in [1, 2, 16] {
        let exact = run_exact(spec, image, input, depth);
        let lockstep = run_lockstep(spec, image, input, depth);
        assert_eq!(exact.outcome, lockstep.outcome);
        let off = run_off(spec, image, input, depth);
        same_values(&exact, &lockstep);
        same_values(&exact, &off);
        last = Some(exact);
    }
    last.expect("a run")
}

/// Everything but cycles is the same.
pub fn same_values(a: &Run, b: &Run) {
    assert_eq!(a.bench.actions, b.bench.actions);
    assert_eq!(a.captures(), b.captures());
    let (sa, sb) = (a.bench.unit.state(), b.bench.unit.state());
    assert_eq!(sa.staging(), sb.staging());
    assert_eq!(sa.warnings(), sb.warnings());
    assert_eq!(sa.offset(), sb.offset());
    assert_eq!(a.bench.unit.current(), b.bench.unit.current());
    assert_eq!(a.trap(), b.trap());
    for (pa, pb) in a.outcome.processes.iter().zip(&b.outcome.processes) {
        assert_eq!(
            (pa.work, pa.credit, pa.offset),
            (pb.work, pb.credit, pb.offset)
        );
        let counts = |p: &orrery_shared::ProcessReport| -> Vec<u64> {
            p.profile.iter().map(|l| l.count).collect()
        };
        assert_eq!(counts(pa), counts(pb));
    }
}
