//! Random programs: the three clocks agree.

mod common;

use std::fmt::Write as _;

use common::{Bench, CORE, activation, image, run_off};
use orrery_arithmetic::Spec;
use orrery_shared::account::Standing;
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::protocol::core_in;
use orrery_shared::{Entry, Outcome};
use proptest::prelude::*;

const EVER: u64 = 1_000_000;

/// A piece of a routine and how many operand words it takes.
type Piece = (String, u16);

fn register() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["r0", "r1", "r2", "r9", "rx", "ADDR", "LIT"])
}

fn source() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => register(), 2 => Just("RAM"), 1 => Just("PC")]
}

/// ALU instructions that take no operand word.
fn alu() -> impl Strategy<Value = String> {
    let infix = prop::sample::select(vec![
        "", "f", "-", "-f", "&", "&f", "|", "|f", "^", "^f", "+c", "-c", "+1",
    ]);
    let destination = prop_oneof![4 => register(), 2 => Just("RAM"), 2 => Just("OUT")];
    let first = prop_oneof![3 => register(), 1 => Just("RAM"), 1 => Just("")];
    (destination, infix, first, source()).prop_map(|(d, op, a, b)| format!("{d}:{op} {a} {b}"))
}

/// Instructions that take no operand word and go on to the next.
fn plain() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => alu(),
        2 => (-15..=15, -15..=15, any::<bool>(), alu()).prop_map(|(m, n, arithmetic, next)| {
            format!("{}SHIFT {m},{n} {next}", if arithmetic { "A" } else { "" })
        }),
        1 => (source(), source()).prop_map(|(a, b)| if a == "PC" {
            format!("CMP {b}")
        } else {
            format!("CMP {a} {b}")
        }),
        1 => (-70..5000i32).prop_map(|n| format!("CONST {n}")),
        1 => register().prop_map(|r| format!("{r}:++")),
        1 => register().prop_map(|r| format!("REF {r}")),
        1 => register().prop_map(|r| format!("FLAG {r}")),
        1 => prop_oneof![9 => 1..4u16, 1 => Just(0), 1 => Just(99)].prop_map(|n| format!("BANK {n}")),
        1 => (register(), register()).prop_map(|(a, b)| format!("REQH {b} REQ {a} {b} LOAD {a} LOADH {b}")),
        1 => (register(), register()).prop_map(|(a, b)| format!("REQ {a} {b} REQ {b} {a} LOAD {a} LOAD {b}")),
    ]
}

fn condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["Z", "NZ", "N", "C", "NV", "LT", "LE", "HI"])
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        10 => plain().prop_map(|text| (text, 0)),
        4 => (register(), any::<bool>()).prop_map(|(r, twice)| {
            (format!("{r}: {} IN", if twice { "IN" } else { r }), 1)
        }),
        1 => Just(("OUT: IN".to_owned(), 1)),
        3 => (condition(), plain()).prop_map(|(c, text)| (format!("IF{c} {text}"), 0)),
        2 => (condition(), plain(), plain()).prop_map(|(c, a, b)| {
            // The label is made unique when the routine is put together.
            (format!("IF{c} J .skip@ {a} {b} .skip@:"), 0)
        }),
        // Rare endings: a trap, a jump anywhere, a request too many.
        1 => prop_oneof![
            9 => Just("r0: r0"),
            1 => Just("WORD 0"),
            1 => Just("J r0"),
            1 => Just("REQ r0 r0 REQ r0 r0 REQ r0 r0 REQ r0 r0"),
        ]
        .prop_map(|text| (text.to_owned(), 0)),
    ]
}

#[derive(Clone, Debug)]
struct Case {
    program: String,
    /// Routine, operand words (too few or too many with the last number), sink commands after it.
    activations: Vec<(usize, Vec<u16>, u16)>,
    spec: Spec,
    depth: usize,
    pace: u64,
    horizons: Vec<u64>,
}

fn case() -> impl Strategy<Value = Case> {
    let routine = prop::collection::vec(piece(), 1..14);
    let routines = prop::collection::vec(routine, 1..4);
    let activation = (
        any::<prop::sample::Index>(),
        any::<[u16; 14]>(),
        0..40i32,
        0..3u16,
    );
    let activations = prop::collection::vec(activation, 1..6);
    let spec = (0..4u16, 1..4u16, 1..3u16, 1..4u16, 1..50u16).prop_map(
        |(ram_latency, jump_cycles, halt_cycles, reply_slots, load_words)| Spec {
            banks: 3,
            ram_latency,
            jump_cycles,
            halt_cycles,
            reply_slots,
            load_words,
        },
    );
    let depth = prop::sample::select(vec![1usize, 2, 16]);
    let horizons = prop::collection::vec(0..150u64, 2);
    (routines, activations, spec, depth, 1..4u64, horizons).prop_map(
        |(routines, activations, spec, depth, pace, mut horizons)| {
            let mut program = String::new();
            let mut taken = Vec::new();
            for (i, routine) in routines.iter().enumerate() {
                let _ = write!(program, "routine{i}: BANK 1 ");
                for (j, (text, _)) in routine.iter().enumerate() {
                    let _ = write!(program, "{} ", text.replace('@', &j.to_string()));
                }
                program.push_str("HALT\n");
                taken.push(routine.iter().map(|(_, n)| usize::from(*n)).sum::<usize>());
            }
            let activations = activations
                .into_iter()
                .map(|(index, words, error, commands)| {
                    let routine = index.index(taken.len());
                    let n = match error {
                        0 => taken[routine].saturating_sub(1),
                        1 => taken[routine] + 1,
                        _ => taken[routine],
                    };
                    (routine, words[..n.min(14)].to_vec(), commands)
                })
                .collect();
            horizons.sort_unstable();
            Case {
                program,
                activations,
                spec,
                depth,
                pace,
                horizons,
            }
        },
    )
}

impl Case {
    fn bench(&self) -> Bench {
        let (image, label) = image(&self.program);
        let mut feed = Vec::new();
        for (routine, words, commands) in &self.activations {
            feed.extend(activation(label(&format!("routine{routine}")), words));
            let command = |n| Entry::with(core_in::SINK + n, n, &[u32::from(n)]);
            feed.extend((0..*commands).map(command));
        }
        Bench::new(self.spec.clone(), &image, feed, self.pace)
    }
}

/// What every clock must agree on.
fn values(bench: &Bench, outcome: &Outcome) -> impl PartialEq + std::fmt::Debug + use<> {
    let processes: Vec<_> = outcome
        .processes
        .iter()
        .map(|p| {
            let standing = match &p.standing {
                Standing::Trapped(fault, _) => Some(fault.clone()),
                _ => None,
            };
            (p.work, standing)
        })
        .collect();
    let state = bench.core.state();
    let registers: Vec<_> = orrery_arithmetic::Name::all()
        .map(|name| state.register(name))
        .collect();
    (
        (bench.collected.clone(), bench.flags.clone()),
        (outcome.end.clone(), processes),
        (registers, state.flags(), state.pc(), state.memory().clone()),
    )
}

fn check(case: &Case) -> Result<Outcome, TestCaseError> {
    let start = case.bench();
    let mut exact = (Exact::new(start.topology(case.depth)), start.clone());
    let mut lockstep = (Lockstep::new(start.topology(case.depth)), start.clone());
    for &horizon in case.horizons.iter().chain(&[EVER]) {
        let fast = exact.0.run(&mut exact.1, horizon);
        let slow = lockstep.0.run(&mut lockstep.1, horizon);
        prop_assert_eq!(&fast, &slow, "horizon {}", horizon);
        prop_assert_eq!(
            exact.1.core.state().memory(),
            lockstep.1.core.state().memory()
        );
    }
    let mut straight = start.clone();
    let end = Exact::new(start.topology(case.depth)).run(&mut straight, EVER);
    prop_assert_eq!(&end, &lockstep.0.run(&mut lockstep.1, EVER));
    prop_assert!(
        straight.core.state() == lockstep.1.core.state(),
        "the states differ"
    );
    let mut untimed = start;
    let outcome = run_off(&mut untimed, case.depth);
    let (untimed, timed) = (values(&untimed, &outcome), values(&straight, &end));
    prop_assert!(untimed == timed, "off {:?}\nexact {:?}", untimed, timed);
    Ok(end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn random_programs(case in case()) {
        check(&case)?;
    }
}

/// The random programs are not all alike.
#[test]
fn random_programs_cover_much() {
    let mut beats = (0, 0);
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..400 {
        let case = case()
            .new_tree(&mut runner)
            .expect("cases are made")
            .current();
        let end = check(&case).unwrap_or_else(|error| panic!("{error}"));
        let core = &end.processes[CORE];
        let mut untimed = case.bench();
        run_off(&mut untimed, case.depth);
        beats.0 += untimed.core.beats_in_blocks();
        beats.1 += core.work;
        for cause in orrery_shared::WaitCause::ALL {
            if core.waits[*cause as usize] > 0 {
                *seen.entry(cause.name().to_owned()).or_insert(0) += 1;
            }
        }
        if let Standing::Trapped(fault, _) = &core.standing {
            *seen.entry(fault.code.to_string()).or_insert(0) += 1;
        }
    }
    for event in [
        "latency",
        "input",
        "reply",
        "output",
        "loading",
        "idle",
        "stopped",
        "T06 Bounds",
        "T07 UndefinedWord",
        "T08 Budget",
        "T11 ReplySlots",
        "T12 BadOperand",
    ] {
        assert!(
            seen.get(event).is_some_and(|n| *n >= 3),
            "{event}: {seen:?}"
        );
    }
    // Most of their beats are taken in blocks.
    assert!(beats.0 * 2 > beats.1, "{beats:?}");
    // Most programs run to their end.
    assert!(seen.get("idle").is_some_and(|n| *n >= 150), "{seen:?}");
}
