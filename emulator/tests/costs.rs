//! Nothing is free: each cost number of the configuration has a micro-program
//! that gets slower by at least half of what the formulas say when the number is
//! made worse by a factor of two.

mod common;
mod micro;

use common::run;
use orrery_emulator::Clock;
use orrery_emulator::config::{Kind, NUMBERS};
use orrery_emulator::report::Verdict;

#[test]
fn every_cost_has_a_micro_program() {
    let micros = micro::all();
    let missing: Vec<&str> = NUMBERS
        .iter()
        .filter(|n| n.kind == Kind::Cost && micros.iter().all(|m| m.number != n.key))
        .map(|n| n.key)
        .collect();
    assert_eq!(missing, [""; 0], "cost numbers without a micro-program");
    for m in &micros {
        let number = NUMBERS.iter().find(|n| n.key == m.number);
        let kind = number.map(|n| n.kind);
        assert_eq!(kind, Some(Kind::Cost), "{} is no cost", m.number);
    }
}

#[test]
fn costs_cost() {
    let mut problems = Vec::new();
    for m in micro::all() {
        let program = m.program();
        let [better, worse] = m.values.map(|value| {
            let run = run(&program, &m.bytes(), Clock::Exact, &m.config(value));
            let report = &run.report;
            assert_eq!(
                report.verdict,
                Verdict::Complete,
                "{}: {}",
                m.number,
                report.headline
            );
            run.outcome.total
        });
        let [low, high] = m.values.map(m.cycles);
        let should = high - low;
        println!(
            "{:28} {:?}: {better} -> {worse} cycles, the resource {low} -> {high}",
            m.number, m.values
        );
        // A micro-program that is mostly something else proves little.
        if low * 4 < better {
            problems.push(format!("{}: {low} of {better} cycles only", m.number));
        }
        if worse < better + should / 2 || worse > better + 2 * should {
            problems.push(format!(
                "{} {:?}: {better} -> {worse} cycles; it should be {should} more",
                m.number, m.values
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
