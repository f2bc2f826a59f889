//! Micro-programs: for each cost number of the configuration one that mostly
//! uses what the number is the cost of, and what the formulas of
//! `docs/machine/` say that this takes.
#![allow(dead_code, reason = "each test file uses its own part")]

mod compositor;

use std::sync::Arc;

use orrery_emulator::{Config, Program, Sources};

use crate::common::small;

/// One micro-program.
pub struct Micro {
    /// The number that it is about.
    pub number: &'static str,
    /// A value, and one that is worse by a factor of two.
    pub values: [u64; 2],
    /// Other numbers that must not stand in the way.
    pub with: &'static [(&'static str, u64)],
    /// The grammar.
    pub grammar: String,
    /// `x.alu` or `x.gfx`, where the grammar links one.
    pub linked: Option<(&'static str, String)>,
    /// Bytes of input.
    pub input: usize,
    /// Cycles of the resource as a function of the number.
    pub cycles: fn(u64) -> u64,
}

impl Micro {
    /// Compiles it.
    pub fn program(&self) -> Arc<Program> {
        let mut sources = Sources::from([("micro.syn".to_owned(), self.grammar.clone())]);
        if let Some((file, text)) = &self.linked {
            sources.insert((*file).to_owned(), text.clone());
        }
        let compiled = Program::compile("micro", &sources)
            .unwrap_or_else(|d| panic!("{}: {d:#?}", self.number));
        Arc::new(compiled.program)
    }

    /// The machine that it is run on, with one of the two values.
    pub fn config(&self, value: u64) -> Config {
        let mut config = small();
        for (key, v) in self.with.iter().chain([&(self.number, value)]) {
            config.set(key, *v).expect("in range");
        }
        config
    }

    /// Its input.
    pub fn bytes(&self) -> Vec<u8> {
        (0..self.input).map(|i| (i * 7 + 3) as u8).collect()
    }
}

/// All of them.
pub fn all() -> Vec<Micro> {
    let mut micros = parsing();
    micros.extend(output());
    micros.extend(arithmetic());
    micros.extend(compositor::kernel());
    micros.push(compositor::scan());
    micros
}

/// Only a grammar.
fn grammar(
    number: &'static str,
    values: [u64; 2],
    text: &str,
    input: usize,
    cycles: fn(u64) -> u64,
) -> Micro {
    Micro {
        number,
        values,
        with: &[],
        grammar: text.to_owned(),
        linked: None,
        input,
        cycles,
    }
}

fn parsing() -> Vec<Micro> {
    vec![
        // A row reads four bytes.
        grammar(
            "parsing.bytes_per_beat",
            [4, 2],
            "main: (n@.[4])[500] accept",
            2000,
            |v| 2000 / v,
        ),
        grammar(
            "parsing.check_rate",
            [2, 1],
            "main: check 0 = sums(65521, 1) (n@.[4])[500] n = check 0 accept",
            2000,
            |v| 2000 / v,
        ),
        grammar(
            "parsing.skip_rate",
            [4, 2],
            "main: skip 4000 accept",
            4000,
            |v| 4000 / v,
        ),
        grammar(
            "parsing.load_rate",
            [2, 1],
            "data table: u32 = 7[1000]\nmain: n = load32(table) accept",
            0,
            |v| 1000 / v,
        ),
    ]
}

fn output() -> Vec<Micro> {
    vec![
        grammar(
            "output.rate",
            [4, 2],
            "main: { s <- ram 4000 u8\n s << 7 * 4000 } accept",
            0,
            |v| 4000 / v,
        ),
        grammar(
            "output.clear_rate",
            [64, 32],
            "main: { s <- ram 64000 u8\n clear s } accept",
            0,
            |v| 64000 / v,
        ),
        grammar(
            "output.check_rate",
            [4, 2],
            "main: { s <- ram 4000 u8\n sums s 65521 1\n s << 7 * 4000 } accept",
            0,
            |v| 4000 / v,
        ),
    ]
}

/// A grammar that activates a routine some times.
fn core(
    number: &'static str,
    values: [u64; 2],
    times: u32,
    assembly: String,
    cycles: fn(u64) -> u64,
) -> Micro {
    Micro {
        linked: Some(("x.alu", assembly)),
        ..grammar(
            number,
            values,
            &format!("link: \"x.alu\"\nmain: ({{ core.go }})[{times}] accept"),
            0,
            cycles,
        )
    }
}

fn arithmetic() -> Vec<Micro> {
    let pairs = "r0: RAM  r1: r0\n".repeat(300);
    vec![
        core(
            "arithmetic.ram_latency",
            [2, 4],
            1,
            format!("go: BANK 1\n{pairs} HALT"),
            |v| 300 * v,
        ),
        core(
            "arithmetic.jump_cycles",
            [2, 4],
            1,
            "go: CONST 1 r9: LIT CONST loop r8: LIT CONST 300 r1: LIT\n\
             loop: r1:-f r1 r9 IFNZ J r8 HALT"
                .to_owned(),
            |v| 299 * v,
        ),
        core(
            "arithmetic.halt_cycles",
            [1, 2],
            300,
            "go: HALT".to_owned(),
            |v| 300 * v,
        ),
        core(
            "arithmetic.load_words",
            [2, 1],
            1,
            format!("go: HALT\nDATA 1,0 {}", "5 ".repeat(1000)),
            |v| 1000 / v,
        ),
    ]
}
