//! From the graph to the machine's memories.
//!
//! A state's rows lie at fixed distances from its base, but most distances are
//! empty, and the check column tells rows of different states apart: so the
//! sparse tables are laid over each other (row displacement), densest first,
//! each at the first base where none of its rows hits another.

use std::collections::BTreeMap;

use super::diagnose::{Code, Report};
use super::graph::{Bits, Draft, Graph, Label, Match, RowId, StateId, Symbols};
use super::lexer::Span;
use crate::isa::row::RowBits;
use crate::isa::{AluOp, CaptureMode, NONE, Port, Row, StackOp, StageOp, StateWord, SysOp, Work};

/// Addresses of rows.
const ROWS: u32 = 0xFFFF;
/// Bases tried for a state before it goes to the end.
const TRIES: usize = 1000;

/// The packed graph.
pub struct Packed {
    /// Rows by address.
    pub rows: Vec<RowBits>,
    /// State words.
    pub states: Vec<u64>,
    /// What every used address holds: state, row, symbols.
    pub used: BTreeMap<u32, (u16, RowId)>,
    numbers: Vec<Option<u16>>,
    forward: Vec<StateId>,
}

impl Packed {
    /// The number of the state at a label.
    pub fn number(&self, graph: &Graph, label: Label) -> u16 {
        let state = graph.resolve(label).map(|s| self.forward[s as usize]);
        state.and_then(|s| self.numbers[s as usize]).unwrap_or(0)
    }
}

/// A row that does nothing but go on.
fn is_hop(draft: &Draft) -> bool {
    let row = &draft.row;
    row.consume == 0
        && row.capture.mode == CaptureMode::None
        && row.work == Work::Alu(AluOp::None)
        && row.stage == StageOp::None
        && row.action.op == 0
        && row.stack == StackOp::None
        && draft.next.is_some()
}

/// For every state the one that stands for it: states that only go on are skipped.
fn forwards(graph: &Graph) -> Vec<StateId> {
    let step = |s: StateId| -> Option<StateId> {
        let state = &graph.states[s as usize];
        let [(_, row)] = state.rows[..] else {
            return None;
        };
        let draft = &graph.rows[row as usize];
        if state.matches != Match::None || !is_hop(draft) {
            return None;
        }
        draft.next.and_then(|label| graph.resolve(label))
    };
    let mut forward: Vec<Option<StateId>> = vec![None; graph.states.len()];
    for start in 0..graph.states.len() as StateId {
        let mut path = vec![start];
        // Ends at a state that does something, a known one, or a circle.
        while let Some(next) = step(path[path.len() - 1]) {
            if forward[next as usize].is_some() || path.contains(&next) || path.len() > 1000 {
                break;
            }
            path.push(next);
        }
        let last = path[path.len() - 1];
        let end = match step(last) {
            Some(next) => forward[next as usize].unwrap_or(last),
            None => last,
        };
        path.iter().for_each(|s| forward[*s as usize] = Some(end));
    }
    forward
        .into_iter()
        .enumerate()
        .map(|(i, f)| f.unwrap_or(i as StateId))
        .collect()
}

/// States that can be reached, in the order in which they were made.
fn reachable(graph: &Graph, forward: &[StateId], starts: &[Label]) -> Vec<bool> {
    let mut reached = vec![false; graph.states.len()];
    let find = |label: Label| graph.resolve(label).map(|s| forward[s as usize]);
    let mut open: Vec<StateId> = starts.iter().filter_map(|l| find(*l)).collect();
    while let Some(state) = open.pop() {
        if std::mem::replace(&mut reached[state as usize], true) {
            continue;
        }
        for (_, row) in &graph.states[state as usize].rows {
            let draft = &graph.rows[*row as usize];
            let labels = [draft.next, draft.alt, draft.refill];
            open.extend(labels.into_iter().flatten().filter_map(find));
        }
    }
    reached
}

/// Free addresses, with a quick way to the next one.
struct Space {
    next: Vec<u32>,
    end: u32,
}

impl Space {
    fn free(&mut self, at: u32) -> u32 {
        let mut root = at;
        while (root as usize) < self.next.len() && self.next[root as usize] != root {
            root = self.next[root as usize];
        }
        let mut at = at;
        while (at as usize) < self.next.len() && self.next[at as usize] != at {
            at = std::mem::replace(&mut self.next[at as usize], root);
        }
        root
    }

    fn take(&mut self, at: u32) {
        for new in self.next.len() as u32..=at + 1 {
            self.next.push(new);
        }
        self.next[at as usize] = at + 1;
        self.end = self.end.max(at + 1);
    }

    /// A base where all distances are free.
    fn fit(&mut self, distances: &[u32]) -> u32 {
        let first = distances[0];
        let mut at = self.free(first);
        for _ in 0..TRIES {
            let base = at - first;
            if distances[1..]
                .iter()
                .all(|d| self.free(base + d) == base + d)
            {
                return base;
            }
            at = self.free(at + 1);
        }
        self.end.saturating_sub(first)
    }
}

fn state_word(matches: Match) -> StateWord {
    let plain = StateWord::default();
    match matches {
        Match::None => StateWord {
            port: Port::None,
            ..plain
        },
        Match::Symbol { width, lsb } => StateWord {
            port: Port::Symbol,
            width,
            lsb,
            ..plain
        },
        Match::Int {
            bits,
            lsb,
            little,
            kind,
        } => {
            let word = StateWord {
                port: Port::Int,
                lsb,
                little,
                kind,
                ..plain
            };
            match bits {
                Bits::Fixed(width) => StateWord { width, ..word },
                Bits::Register(reg) => StateWord {
                    reg,
                    n_from_reg: true,
                    ..word
                },
            }
        }
        Match::Map { register, lsb } => StateWord {
            port: Port::Map,
            reg: register,
            lsb,
            ..plain
        },
        Match::Value { register } => StateWord {
            port: Port::Value,
            reg: register,
            width: 8,
            ..plain
        },
        Match::Cond(cond) => StateWord {
            port: Port::Cond,
            width: cond as u8,
            ..plain
        },
        Match::Flag { width } => StateWord {
            port: Port::Flag,
            width,
            ..plain
        },
        Match::Reply => StateWord {
            port: Port::Reply,
            ..plain
        },
    }
}

/// A state's rows by distance, and its fallback row.
fn distances(graph: &Graph, state: StateId, span: u32) -> (Vec<(u32, RowId)>, Option<RowId>) {
    let mut rows = Vec::new();
    let mut fallback = None;
    for (symbols, row) in &graph.states[state as usize].rows {
        match symbols {
            Symbols::These(symbols) => rows.extend(symbols.iter().map(|s| (u32::from(*s), *row))),
            Symbols::Control(code) => rows.push((span + u32::from(*code), *row)),
            Symbols::Rest => fallback = Some(*row),
        }
    }
    rows.sort_unstable();
    (rows, fallback)
}

/// Packs the graph. Reports if it does not fit.
pub fn pack(graph: &Graph, starts: &[Label], report: &mut Report) -> Option<Packed> {
    let forward = forwards(graph);
    let reached = reachable(graph, &forward, starts);
    let mut numbers = vec![None; graph.states.len()];
    let mut order: Vec<StateId> = Vec::new();
    for state in 0..graph.states.len() {
        if reached[state] {
            numbers[state] = Some(order.len() as u16);
            order.push(state as StateId);
        }
    }
    let mut words: Vec<StateWord> = order
        .iter()
        .map(|s| state_word(graph.states[*s as usize].matches))
        .collect();
    let tables: Vec<_> = order
        .iter()
        .zip(&words)
        .map(|(s, word)| distances(graph, *s, word.span()))
        .collect();
    let mut by_size: Vec<usize> = (0..tables.len()).collect();
    by_size.sort_by_key(|i| std::cmp::Reverse(tables[*i].0.len()));
    let mut space = Space {
        next: vec![0],
        end: 0,
    };
    let mut used = BTreeMap::new();
    for i in by_size {
        let (rows, fallback) = &tables[i];
        let mut highest = 0;
        if !rows.is_empty() {
            let offsets: Vec<u32> = rows.iter().map(|(d, _)| *d).collect();
            let base = space.fit(&offsets);
            for (distance, row) in rows {
                space.take(base + distance);
                used.insert(base + distance, (i as u16, *row));
            }
            words[i].base = base.min(ROWS) as u16;
            highest = base + offsets[offsets.len() - 1];
        }
        if let Some(row) = fallback {
            let at = space.free(0);
            space.take(at);
            used.insert(at, (i as u16, *row));
            words[i].fallback = at.min(ROWS) as u16;
            highest = highest.max(at);
        }
        if highest >= ROWS || order.len() >= usize::from(NONE) {
            let message = "the grammar is larger than the machine's memory";
            report.error(
                Code::Full,
                Span::from(0..0),
                message,
                "there is room for 65,535 rows",
            );
            return None;
        }
    }
    for (i, state) in order.iter().enumerate() {
        let rows = &graph.states[*state as usize].rows;
        words[i].control = rows.iter().any(|(s, _)| matches!(s, Symbols::Control(_)));
    }
    let mut packed = Packed {
        rows: vec![Row::default().encode(); space.end as usize],
        states: words.iter().map(StateWord::encode).collect(),
        used,
        numbers,
        forward,
    };
    for (at, (state, row)) in &packed.used {
        packed.rows[*at as usize] =
            finish(graph, &packed, &graph.rows[*row as usize], *state).encode();
    }
    Some(packed)
}

/// The row with its ways filled in.
pub fn finish(graph: &Graph, packed: &Packed, draft: &Draft, state: u16) -> Row {
    let number = |label: Option<Label>| label.map_or(0, |l| packed.number(graph, l));
    let mut row = draft.row;
    row.check = state;
    let leaves = matches!(
        row.work,
        Work::Sys(SysOp::Accept | SysOp::Fail | SysOp::Raise)
    );
    row.next = if leaves { 0 } else { number(draft.next) };
    row.alt = number(draft.alt);
    if draft.refill.is_some() {
        row.imm = number(draft.refill);
    }
    row
}
