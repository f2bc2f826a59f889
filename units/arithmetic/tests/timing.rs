//! Occupancies, latencies and wait causes, cycle by cycle.

mod common;

use common::{Bench, CORE, activation, fast_load, image, run, run_exact, run_lockstep};
use orrery_arithmetic::Spec;
use orrery_shared::{Outcome, WaitCause};

/// Busy cycles of the core without the one that takes the activation, and
/// cycles waited for its own results.
fn busy_and_latency(outcome: &Outcome) -> (u64, u64) {
    let core = &outcome.processes[CORE];
    (core.busy - 1, core.waits[WaitCause::Latency as usize])
}

/// The same for a program, given without its HALT.
fn cost(body: &str) -> (u64, u64) {
    // Word 0 of bank 1 is the address of HALT behind three words of `body`.
    let (_, outcome) = run(&format!("DATA 1,0 3 main: {body} HALT"), &[]);
    let (busy, latency) = busy_and_latency(&outcome);
    (busy - 1, latency)
}

#[test]
fn occupancies() {
    for (body, cycles) in [
        ("r0: r1 r2", 1),
        ("OUT: r1", 1),
        ("CONST 5", 1),
        ("CONST -5", 2),
        ("SHIFT 1,1 r0: r1", 2),
        ("IFZ r0: r1", 2),
        ("IFZ CONST -5", 3),
        ("IFZ SHIFT 1,1 r0: r1", 3),
        ("r0:++", 1),
        ("REF r0", 1),
        ("BANK 1", 1),
        ("CONST next J LIT next:", 3),
        ("J next next:", 3),
        ("FLAG r0", 1),
    ] {
        assert_eq!(cost(body), (cycles, 0), "{body}");
    }
}

#[test]
fn a_word_of_data_memory_is_late_for_its_reader_only() {
    for (body, waits) in [
        ("r0: RAM r1: r0", 1),
        ("r0: RAM r1: r2 r0", 1),
        ("r0: RAM r1: r2 r3:  r0", 0),
        ("r0: RAM r1: r0 r2: r0", 1),
        ("r0: RAM r0: r1 r1: r0", 0),
        ("r0: RAM r0:++", 1),
        ("r0: RAM SHIFT 1,1 r1: r0", 0),
        ("r0: RAM J r0", 1),
        ("r0: RAM FLAG r0", 1),
        ("r0: RAM REF r0", 1),
        ("ADDR: RAM r0: RAM", 1),
        ("ADDR: RAM RAM: r0", 1),
        ("ADDR: RAM REF r1 RAM: r0", 0),
        ("RAM: RAM r0: RAM", 0),
        ("OUT: RAM r0: r1", 0),
        (":f RAM IFZ r0: r1", 1),
        ("r0:f RAM r1:+c r2", 1),
        ("r0: RAM IFZ r1: r0", 0),
    ] {
        let (_, latency) = cost(&format!("BANK 1 {body}"));
        assert_eq!(latency, waits, "{body}");
    }
}

#[test]
fn the_configuration_says_how_late() {
    let (image, label) = image("main: BANK 1 r0: RAM r1: RAM r2: r0 r3: r1 J out out: HALT");
    let feed = activation(label("main"), &[]);
    let cycles = |spec: Spec| {
        let mut bench = Bench::new(spec, &image, feed.clone(), 1);
        let outcome = run_exact(&mut bench, 4);
        busy_and_latency(&outcome)
    };
    let base = fast_load();
    assert_eq!(cycles(base.clone()), (9, 0));
    assert_eq!(
        cycles(Spec {
            ram_latency: 4,
            ..base.clone()
        }),
        (9, 3)
    );
    assert_eq!(
        cycles(Spec {
            ram_latency: 0,
            ..base.clone()
        }),
        (9, 0)
    );
    assert_eq!(
        cycles(Spec {
            jump_cycles: 5,
            ..base.clone()
        }),
        (12, 0)
    );
    assert_eq!(
        cycles(Spec {
            halt_cycles: 3,
            ..base
        }),
        (11, 0)
    );
}

#[test]
fn waits_are_charged_to_their_causes() {
    // One operand word comes per cycle, one output word goes every four.
    let (image, label) = image("main: r0: IN OUT: r0 OUT: r0 OUT: IN REQ r0 r0 LOAD r0 HALT");
    let feed = activation(label("main"), &[1, 2]);
    let mut bench = Bench::new(fast_load(), &image, feed, 4);
    let mut twin = bench.clone();
    let outcome = run_exact(&mut bench, 1);
    assert_eq!(outcome, run_lockstep(&mut twin, 1));
    let waits = outcome.processes[CORE].waits;
    assert!(waits[WaitCause::Output as usize] > 0);
    assert!(waits[WaitCause::Reply as usize] > 0);
    assert!(waits[WaitCause::Input as usize] > 0);
    assert_eq!(waits[WaitCause::Latency as usize], 0);
}

#[test]
fn loading_is_charged() {
    let (image, label) = image("DATA 1,0 1 2 3 4 5 main: HALT");
    let feed = activation(label("main"), &[]);
    let loading = |spec: Spec| {
        let mut bench = Bench::new(spec, &image, feed.clone(), 1);
        run_exact(&mut bench, 4).processes[CORE].waits[WaitCause::Loading as usize]
    };
    assert_eq!(loading(Spec::default()), 6);
    assert_eq!(
        loading(Spec {
            load_words: 4,
            ..Spec::default()
        }),
        2
    );
}

#[test]
fn the_profile_is_by_address() {
    let (image, label) = image("main: r0: IN again: OUT: r0 HALT");
    let feed = [
        activation(label("main"), &[3]),
        activation(label("again"), &[]),
    ]
    .concat();
    let mut bench = Bench::new(fast_load(), &image, feed, 1);
    let outcome = run_exact(&mut bench, 16);
    let counts: Vec<u64> = outcome.processes[CORE]
        .profile
        .iter()
        .map(|l| l.count)
        .collect();
    assert_eq!(counts, [1, 2, 2, 2]);
    assert_eq!(outcome.processes[CORE].work, 7);
}
