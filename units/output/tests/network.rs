//! Random action programs: the three clocks agree, at the end and at any
//! horizon, and no value depends on the depth of the queues.

mod common;

use std::collections::BTreeSet;

use common::{
    CORE, GATE, KERNEL, SCAN, SEQUENCER, SINK, Setup, act, echo, load, run_all, with_handles,
};
use orrery_output::Sequencer;
use orrery_output::isa::Action::{self, *};
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::{End, Entry, TrapCode};
use proptest::prelude::*;

/// A choice and its operands, to be made into actions.
type Seed = (u8, u32, u32, u32);

const U8: u32 = 0x11;
const U16: u32 = 0x22;
const U32: u32 = 0x44;
const RGBA8: u32 = 0x41;

/// The handle of the lists; 0 to 5 are other streams.
const LIST: u16 = 6;

fn prelude() -> Vec<Entry> {
    vec![
        act(Texture, 0, &[8, 8, RGBA8]),
        act(Region, 1, &[16, 16, U8]),
        act(Region, 2, &[12, 12, U16]),
        act(Ram, 3, &[256, U16]),
        act(Ram, 4, &[256, U32]),
        act(Texture, 5, &[4, 16, U8]),
        act(Ram, LIST, &[512, U32]),
        act(Append, 3, &[3, 1, 4, 1]),
        with_handles(Map, 1, &[3], 1),
    ]
}

/// The actions of one choice.
fn actions((choice, x, y, z): Seed) -> Vec<Entry> {
    let h = (x % 6) as u16;
    let texture = [0, 1, 2, 5][x as usize % 4];
    let shown = [0, 5][x as usize % 2];
    let values = [x, y, z, x ^ y];
    let some = &values[..1 + (y % 4) as usize];
    let place = [Place, PlaceAdd, PlaceOr, PlaceSign][x as usize % 4];
    match choice % 43 {
        0..=5 => vec![act(Append, h, some)],
        6..=9 => vec![act(Copy, h, &[1 + y % 12, z % 24])],
        10 => vec![act(Repeat, h, &[y, z % 40])],
        11 | 12 => vec![act(place, (y % 6) as u16, &[y % 40, z % 6, x])],
        13 => vec![act(Band, texture, &[1 + y % 3])],
        14 => vec![act(Close, h, &[])],
        15 => vec![act(Clear, h, &[])],
        16 if x & 8 == 0 => vec![act(Seek, h, &[y % 16])],
        16 => vec![act(Advance, h, &[y % 16])],
        17..=20 => vec![act(Activate, echo(some.len() as u16), some)],
        21 => vec![act(Activate, echo(6), &values), act(Words, 0, &values[..2])],
        22 | 23 => vec![act(Bind, h, &[])],
        24 | 25 => vec![act(SinkCopy, 0, &[1 + y % 8, z % 16])],
        26 => vec![act(SinkClose, 0, &[])],
        27 => vec![with_handles(SinkFrame, 0, &[shown], 1)],
        28 => vec![with_handles(Frame, 0, &[shown], 1)],
        29 => vec![with_handles(Open, 0, &[shown], 1)],
        30 => vec![act(AwaitCore, 0, &[])],
        31 => vec![act(AwaitKernel, 0, &[])],
        32 => vec![act(AwaitFrames, 0, &[])],
        33 => match y % 2 {
            0 => vec![act(Sums, h, &[1 + z % 65_536, x])],
            _ => vec![act(Crc, h, &[16 | (z & 3) << 8, x & 0xFFFF, y & 0xFFFF, 0])],
        },
        34 => vec![act(Check, h, &[]), act(Size, h, &[])],
        35 => vec![act(Fetch, h, &[y % 900, 1 + z % 64])],
        36 => vec![act([Grant, Sticky][y as usize % 2], texture, &[])],
        37 => {
            // A list of one item: bytes of a texture, from either giver.
            let item = [u32::from(texture), y % 192, (z & 1) << 31 | z >> 1];
            let mut all = vec![
                act(Seek, LIST, &[0]),
                with_handles(Append, LIST, &item, 1),
                act(List, LIST, &[y & 1]),
            ];
            if y & 3 == 3 {
                all.push(act(KernelStatus, 0, &[]));
            }
            all
        }
        38 => match y % 3 {
            0 => vec![act(Activate, load((z % 40) as u16), &[])],
            1 => vec![act(Texture, h, &[1 + y % 9, 1 + z % 9, U8])],
            _ => vec![act(Ram, h, &[1 + y % 99, U16])],
        },
        39 => vec![act(GrantScan, texture, &[])],
        40 => vec![act(AwaitScan, 0, &[])],
        41 => {
            let item = [u32::from(texture), y % 192, z >> 1];
            vec![
                act(Seek, LIST, &[0]),
                with_handles(Append, LIST, &item, 1),
                act(Screen, LIST, &[]),
                act(GrantScan, texture, &[]),
            ]
        }
        _ => vec![Entry::with((y % 64) as u16, h, &values[..(z % 4) as usize])],
    }
}

/// Makes a program of choices. Those that would stop a process are left out,
/// unless `patience` is used up; programs that stop at once test little.
fn grow(setup: &Setup, seeds: &[Seed], mut patience: usize) -> Vec<Entry> {
    let mut script = prelude();
    for &seed in seeds {
        let before = script.len();
        script.extend(actions(seed));
        if setup.off(&script).outcome.end == End::Complete {
            continue;
        }
        if patience == 0 {
            break;
        }
        patience -= 1;
        script.truncate(before);
    }
    script
}

fn setup() -> Setup {
    let mut setup = Setup {
        texture: 4096,
        stream: 4096,
        ..Setup::default()
    };
    setup.spec.ring = 64;
    setup
}

fn at_horizon(setup: &Setup, script: &[Entry], horizon: u64) {
    let mut world = setup.world(script);
    let mut clock = Exact::new(setup.topology());
    let early = clock.run(&mut world, horizon);
    let oracle = Lockstep::new(setup.topology()).run(&mut setup.world(script), horizon);
    assert_eq!(early, oracle, "at horizon {horizon}");
    let resumed = clock.run(&mut world, u64::MAX);
    assert_eq!(resumed, setup.exact(script).outcome, "after {horizon}");
}

fn check(script: &[Entry], fraction: u64, budget: u64) {
    let mut complete: Vec<common::Run> = Vec::new();
    for depth in [16, 2, 1] {
        let setup = Setup { depth, ..setup() };
        let run = run_all(&setup, script);
        at_horizon(&setup, script, run.outcome.total * (fraction % 100) / 100);
        let credit = orrery_output::OutputSpec {
            credit: 0,
            ..setup.spec
        };
        let tight = Setup {
            spec: credit,
            budget: 10 + budget % 400,
            ..setup
        };
        run_all(&tight, script);
        if run.outcome.end == End::Complete {
            complete.push(run);
        }
    }
    for pair in complete.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert!(
            a.outcome.total <= b.outcome.total,
            "less depth is no faster"
        );
        assert_eq!(a.replies(), b.replies());
        assert!(a.world.memory.texture.bytes == b.world.memory.texture.bytes);
        let bytes = |r: &common::Run| -> Vec<Vec<u8>> {
            r.frames().iter().map(|f| f.rgba.clone()).collect()
        };
        assert_eq!(bytes(a), bytes(b));
    }
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    prop::collection::vec(any::<Seed>(), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn clocks_agree(seeds in seeds(), patience in 0usize..100, fraction: u64, budget: u64) {
        check(&grow(&setup(), &seeds, patience), fraction, budget);
    }

    #[test]
    fn any_entries_at_all(
        entries in prop::collection::vec((0u16..0x30, any::<[u32; 4]>(), any::<u16>()), 1..20),
        small in any::<bool>(),
    ) {
        let mut script = prelude();
        for (op, a, bits) in entries {
            let a = if small { a.map(|v| v % 7) } else { a };
            let row = Action::from_op(op).map(Action::row);
            let count = row.map_or(2, |r| r.min + bits % (r.max - r.min + 1));
            let mut entry = Entry::with(op, bits >> 8 & 7, &a[..usize::from(count)]);
            if bits & 8 != 0 {
                entry.n = bits;
            }
            script.push(entry);
        }
        run_all(&setup(), &script);
    }
}

/// A generator of seeds that needs no crate: xorshift.
fn random(state: &mut u64) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as u32
}

/// The random programs do reach what they are meant to test.
#[test]
fn coverage() {
    let mut state = 0x9E37_79B9_7F4A_7C15;
    let mut retired = BTreeSet::new();
    let mut traps = BTreeSet::new();
    let mut ends = BTreeSet::new();
    for round in 0..800 {
        let seeds: Vec<Seed> = (0..60)
            .map(|_| {
                let mut next = || random(&mut state);
                (next() as u8, next(), next(), next())
            })
            .collect();
        let script = grow(&setup(), &seeds, round % 50);
        let r = setup().exact(&script);
        let profile = &r.outcome.processes[SEQUENCER].profile;
        let issued = profile
            .iter()
            .enumerate()
            .filter(|(_, line)| line.count > 0);
        retired.extend(issued.filter_map(|(pc, _)| Sequencer::profile_name(pc as u32)));
        for p in [SEQUENCER, CORE, SINK, KERNEL, SCAN, GATE] {
            traps.extend(r.trap(p).map(|fault| (p, fault.code.code())));
        }
        ends.insert(match r.outcome.end {
            End::Complete => "complete",
            End::Trap(_) => "trap",
            End::Deadlock { .. } => "deadlock",
            End::Horizon => "horizon",
        });
    }
    let all: BTreeSet<_> = Action::ALL.iter().map(|a| a.row().mnemonic).collect();
    assert_eq!(retired, all, "every action was retired somewhere");
    assert_eq!(ends, BTreeSet::from(["complete", "deadlock", "trap"]));
    for code in [
        TrapCode::Bounds,
        TrapCode::UndefinedWord,
        TrapCode::Ownership,
        TrapCode::Capacity,
        TrapCode::BadOperand,
        TrapCode::BadHandle,
    ] {
        assert!(
            traps.contains(&(SEQUENCER, code.code())),
            "{code}: {traps:?}"
        );
    }
    for code in [
        TrapCode::Capacity,
        TrapCode::BadOperand,
        TrapCode::BadHandle,
    ] {
        assert!(traps.contains(&(SINK, code.code())), "{code}: {traps:?}");
    }
}
