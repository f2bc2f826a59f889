//! Random routines of the core behind a random stream of activations and copies: the three clocks
//! agree, at the end and at any horizon, whether the units go through a link or entry by entry.

mod common;
mod dice;

use std::fmt::Write as _;
use std::sync::Arc;

use common::small;
use dice::Dice;
use orrery_arithmetic::{Name, State};
use orrery_emulator::{Clock, Config, Frame, Machine, Program, Sources};
use orrery_shared::Outcome;

const GRAMMAR: &str = r#"link: "x.alu"
main: { t <- texture 16 16 rgba8
        open video &t
        bind t
        core.start }
    (step)[120]
    { sink_close
      sink_frame video &t }
    accept
step:
    ( a@000x { core.go0 }
    | a@001x { core.go1 << a }
    | a@010x b@. { core.go2 << a b }
    | a@011x b@. c@. { core.go3 << a b c }
    | a@100x b@. c@. d@. { core.go4 << a b c d }
    | a@101x a = a & 7 { sink_copy 1 a }
    | a@110x b@. { core.go2 << b a }
    | 111x { await_core } )
"#;

fn register(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&["r0", "r1", "r2", "r3", "rx", "ADDR"])
}

/// An instruction, or some, that take no operand word.
fn plain(dice: &mut Dice) -> String {
    let [d, a, b] = std::array::from_fn(|_| register(dice));
    let op = *dice.pick(&["", "-", "&", "|", "^", "+1", "f", "&f", "-f", "+c"]);
    match dice.below(16) {
        0..=4 => format!("{d}:{op} {a} {b}"),
        5 => format!("SHIFT {},{} {d}:{op} {a} {b}", dice.below(9), dice.below(9)),
        6 => format!("SHIFT 0,-{} {d}:{op} {a} {b}", 1 + dice.below(8)),
        7 => format!("RAM: {a}"),
        8 => format!("{d}: RAM"),
        9 => format!("{d}:++"),
        10 | 11 => format!("OUT:{op} {a} {b}"),
        12 => format!("CONST {} {d}: LIT", dice.below(3000)),
        13 => format!("IFNZ {d}: {a} {b}"),
        14 => "OUT: RAM".to_owned(),
        _ => format!("{d}:& {a} LIT"),
    }
}

/// An instruction that takes one.
fn taking(dice: &mut Dice) -> String {
    let [d, a] = std::array::from_fn(|_| register(dice));
    match dice.below(6) {
        0 => format!("{d}: IN"),
        1 => format!("{d}: {a} IN"),
        2 => format!("{d}:& IN {a}"),
        3 => format!("SHIFT 0,{} {d}: {a} IN", 1 + dice.below(8)),
        4 => "OUT: IN".to_owned(),
        _ => format!("{d}:-f {a} IN"),
    }
}

fn routines(dice: &mut Dice) -> String {
    let mut text = "start: BANK 1 OUT: r0 OUT: r0 CONST common r9: LIT CONST 63 HALT\n".to_owned();
    for words in 0..5 {
        let _ = write!(text, "go{words}: ");
        for _ in 0..words {
            for _ in 0..dice.below(3) {
                let _ = write!(text, "{} ", plain(dice));
            }
            let _ = write!(text, "{} ", taking(dice));
        }
        for _ in 0..dice.below(6) {
            let _ = write!(text, "{} ", plain(dice));
        }
        let end = ["HALT", "J r9", "IFZ HALT J r9", "IFNZ HALT OUT: r1 HALT"];
        let rare = [
            "IFZ J r9 OUT: r0 HALT",
            "r9: r9 J r9",
            "REF r0 r1: RAM HALT",
        ];
        let end = match dice.below(5) {
            0 => dice.pick(&rare),
            _ => dice.pick(&end),
        };
        let _ = writeln!(text, "{end}");
    }
    let _ = write!(text, "common: ");
    for _ in 0..dice.below(6) {
        let _ = write!(text, "{} ", plain(dice));
    }
    text.push_str("HALT\n");
    text
}

fn config(dice: &mut Dice) -> Config {
    let mut config = small();
    let mut set = |key: &str, value: u64| config.set(key, value).expect("in range");
    set("machine.queue_depth", *dice.pick(&[1, 2, 4, 5, 7, 16, 16]));
    set("arithmetic.ram_latency", dice.below(4));
    set("arithmetic.jump_cycles", 1 + dice.below(3));
    set("arithmetic.halt_cycles", 1 + dice.below(2));
    set("output.rate", *dice.pick(&[1, 4, 16]));
    config
}

/// What a run came to.
fn run(machine: &mut Machine, horizon: Option<u64>) -> (Outcome, Vec<Frame>, State) {
    let outcome = machine.run(horizon);
    let core = machine.units().core.state().clone();
    (outcome, machine.frames(), core)
}

/// What of it has no cycles in it.
fn values((outcome, frames, core): &(Outcome, Vec<Frame>, State)) -> Vec<Vec<u64>> {
    let processes = outcome.processes.iter();
    let queues = outcome.queues.iter();
    let mut all = vec![
        Name::all().map(|name| core.register(name).into()).collect(),
        (0..4096)
            .filter_map(|at| core.memory().word(1, at))
            .map(u64::from)
            .collect(),
        outcome.counts.clone(),
    ];
    all.extend(processes.map(|p| vec![p.work, p.credit, p.offset]));
    all.extend(queues.map(|q| vec![q.pushed, q.popped]));
    all.extend(
        frames
            .iter()
            .map(|f| f.rgba.iter().map(|&byte| byte.into()).collect()),
    );
    all
}

#[test]
fn clocks_agree_whether_linked_or_not() {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases: u64 = cases.and_then(|n| n.parse().ok()).unwrap_or(96);
    let (mut linked, mut sent) = (0, 0);
    for seed in 0..cases {
        let dice = &mut Dice(seed);
        let sources = Sources::from([
            ("chain.syn".to_owned(), GRAMMAR.to_owned()),
            ("x.alu".to_owned(), routines(dice)),
        ]);
        let compiled = Program::compile("chain", &sources)
            .unwrap_or_else(|d| panic!("seed {seed}: {d:#?}\n{}", sources["x.alu"]));
        let program = Arc::new(compiled.program);
        let input: Arc<[u8]> = (0..400).map(|_| dice.next() as u8).collect();
        let config = config(dice);
        let machine = |clock| {
            Machine::new(&config, Arc::clone(&program), Arc::clone(&input), clock)
                .expect("a program that fits")
        };
        let [mut exact, mut lockstep] = [Clock::Exact, Clock::Lockstep].map(machine);
        let mut horizons: Vec<u64> = (0..3).map(|_| dice.below(2500)).collect();
        horizons.sort_unstable();
        for horizon in horizons.into_iter().map(Some).chain([None]) {
            let (a, b) = (run(&mut exact, horizon), run(&mut lockstep, horizon));
            let text = &sources["x.alu"];
            assert_eq!(a.0, b.0, "seed {seed}, up to {horizon:?}: {text}");
            assert!(
                a.1 == b.1 && a.2 == b.2,
                "seed {seed}, up to {horizon:?}: {text}"
            );
        }
        let mut off = machine(Clock::Off);
        let unclocked = run(&mut off, None);
        let clocked = run(&mut exact, None);
        assert_eq!(values(&unclocked), values(&clocked), "seed {seed}: values");
        linked += off.units().core.linked_activations();
        sent += unclocked.0.queues[1].pushed;
    }
    // An activation has some three entries; many routines are not for links.
    assert!(
        linked * 12 > sent,
        "{linked} activations linked, {sent} entries"
    );
}
