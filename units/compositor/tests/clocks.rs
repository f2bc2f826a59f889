//! `exact`, `lockstep` and `off` agree, whenever hand-overs arrive.

mod common;

use common::{Feed, Machine, Random, ViewWords, asking, channels, grant, last, sprite};
use orrery_compositor::{Image, Spec, assemble, list};
use orrery_shared::{Outcome, exact::Exact, lockstep::Lockstep, off::Off};
use proptest::prelude::*;

const PROGRAM: &str = "
const C = [ 3 -5 7 11 100 ]
# In place: every texel adds its left and upper neighbours, by its own low bits.
kernel smear:
    gLD r0, u0, (0, 0)
    gLD r1, u0, (-1, 0)
    gLD r2, u0, (0, -1)
    gAND r3, r0, 3
    gCASE r3.x, [a b c d]
d:  gFLAG 3, r1.xy
    gADD r0, r0, s0
    gJ store
c:  gLOOP 3
    gADD r0, r0, r2 zext 8
    gNEXT
    gJ store
b:  gADD r0, r0, r2
a:  gADD r0, r0, r1 zext 8
store:
    gST r0, u0, (0, 0)
    gEND

# From u0 to u1, with products and rows above and below.
kernel blur:
    rep i 5 { gLD r[i], u0, (i - 2, 0) }
    gLD r6, u0, (0, 1)
    gMSUM acc, r0, 4, C
    gMSUM r8, r4, 1, C[4] chain round shr 4 clipu 8
    gADD r8, r8, r6 zext 8
    gJZ r8.x, skip
    gST r8, u1, (0, 0)
skip:
    gEND
";

struct Plan {
    w: u32,
    h: u32,
    band: u32,
    lag: u32,
    lists: u32,
    seed: u64,
    cut: bool,
    spec: Spec,
}

fn build(plan: &Plan) -> Machine {
    let program = PROGRAM.replace("r[i]", "r0[i]");
    let object = assemble("t.gfx", &program).unwrap_or_else(|e| panic!("{e:?}"));
    let image = Image::from(&object);
    let (w, h) = (plan.w, plan.h);
    let mut random = Random(plan.seed | 1);
    let target = w * h;
    let mut words = ViewWords::new(0, w as i32, 1, list::U8 | channels(1), w, h).words(0);
    words.extend(ViewWords::new(target, w as i32, 1, list::U8, w, h).words(1));
    words.extend([list::WAIT, target, 2 * target]);
    words.extend([list::BANDS | 1 << list::UNIT_SHIFT, 0, 0, h, w, plan.band]);
    let smear = object.entry("smear").unwrap();
    let blur = object.entry("blur").unwrap();
    words.extend(sprite(0, smear, (1, 1), (w, h), &[9], Some((plan.band, 0))));
    let flags = list::PARALLEL | list::FINISH | list::SHOW | 1 << list::FINISH_SHIFT;
    // Rows below belong to the next band: without a lag only the last sees none.
    let lag = Some((plan.band, plan.lag));
    words.extend(sprite(flags, blur, (1, 1), (w, h), &[], lag));
    words.extend([list::BANDS_END, list::END]);

    let mut feed = Vec::new();
    let mut statuses = 0;
    for _ in 0..plan.lists {
        feed.push(asking(0, words.len() as u32));
        statuses += 1;
        if feed.len() == 1 {
            feed.push(grant(0, target, 2 * target));
            let mut rows = 0;
            while rows < h {
                rows = (rows + 1 + random.below(4) as u32).min(h);
                if plan.cut && rows == h {
                    feed.push(last(1, 0, (rows - 1) * w + random.below(w.into()) as u32));
                } else {
                    feed.push(grant(1, 0, rows * w));
                }
                if random.below(2) == 0 {
                    feed.push(Feed::Delay(random.below(60)));
                }
            }
        }
        if random.below(2) == 0 {
            feed.push(Feed::Status);
            statuses -= 1;
        }
    }
    feed.extend((0..statuses).map(|_| Feed::Status));
    let mut machine = Machine::new(plan.spec, &image, 2 * target as usize + 4, &words, feed);
    random.fill(&mut machine.memory.texture.bytes[..target as usize]);
    machine
}

fn same_values(a: &Machine, b: &Machine) {
    assert_eq!(a.memory.texture.bytes, b.memory.texture.bytes);
    assert_eq!(a.memory.texture.read, b.memory.texture.read);
    assert_eq!(a.memory.texture.written, b.memory.texture.written);
    assert_eq!(a.statuses, b.statuses);
    assert_eq!(a.kernel.executed(), b.kernel.executed());
    assert_eq!(a.kernel.state().finished, b.kernel.state().finished);
    assert_eq!(a.kernel.state().tiles, b.kernel.state().tiles);
    assert_eq!(a.at, b.at);
}

fn work(o: &Outcome) -> Vec<u64> {
    o.processes.iter().map(|p| p.work).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn three_clocks_agree(
        (w, h, band, lag) in (1u32..12, 1u32..10, 1u32..5, 0u32..3),
        lists in 1u32..3,
        seed in any::<u64>(),
        depth in prop::sample::select(vec![1usize, 2, 16]),
        (cut, horizon, budget) in (any::<bool>(), 0u64..3000, prop::sample::select(vec![300u64, 3000, 1 << 40])),
        (lanes, in_flight, beat_work) in (1u64..5, 1u64..4, 1u64..60),
    ) {
        let spec = Spec { lanes, in_flight, beat_work, load_rate: lists.into(), ..Spec::default() };
        let plan = Plan { w, h, band, lag, lists, seed, cut, spec };
        let machine = build(&plan);
        let topology = machine.topology(depth, budget);

        let (mut a, mut b, mut c) = (machine.clone(), machine.clone(), machine);
        let mut exact = Exact::new(topology.clone());
        let mut lockstep = Lockstep::new(topology.clone());
        lockstep.set_order(vec![1, 0]);
        let at = (exact.run(&mut a, horizon), lockstep.run(&mut b, horizon));
        prop_assert_eq!(&at.0, &at.1);
        // The process that runs ahead may have done nothing visible beyond the horizon.
        same_values(&a, &b);
        let end = (exact.run(&mut a, 1 << 40), lockstep.run(&mut b, 1 << 40));
        prop_assert_eq!(&end.0, &end.1);
        same_values(&a, &b);
        let off = Off::new(topology).run(&mut c);
        same_values(&a, &c);
        prop_assert_eq!(work(&end.0), work(&off));
        prop_assert_eq!(end.0.end, off.end);
    }
}

#[test]
fn halving_a_resource_never_helps() {
    let base = Spec {
        load_rate: 4,
        ..Spec::default()
    };
    let cycles = |spec: Spec| {
        let plan = Plan {
            w: 40,
            h: 9,
            band: 3,
            lag: 1,
            lists: 2,
            seed: 5,
            cut: false,
            spec,
        };
        build(&plan).complete().processes[1].busy
    };
    let full = cycles(base);
    for (name, halved) in [
        ("lanes", Spec { lanes: 2, ..base }),
        (
            "in_flight",
            Spec {
                in_flight: 8,
                ..base
            },
        ),
        ("fetches", Spec { fetches: 2, ..base }),
        ("stores", Spec { stores: 2, ..base }),
        ("taps", Spec { taps: 32, ..base }),
        (
            "list_rate",
            Spec {
                list_rate: 2,
                ..base
            },
        ),
        (
            "load_rate",
            Spec {
                load_rate: 2,
                ..base
            },
        ),
    ] {
        assert!(cycles(halved) >= full, "{name}");
    }
}

/// Each cost number has a program that it slows down by at least half of what it should.
#[test]
fn every_cost_number_is_felt() {
    let alu = "kernel k: rep i 64 { gADD r1, r1, 1 }\ngEND";
    let loads = "kernel k: rep i 64 { gLD4 r1, u0, (0, 0) }\ngEND";
    let stores = "kernel k: rep i 64 { gST4 r1, u0, (0, 0) }\ngEND";
    let taps = "kernel k: rep i 64 { gMSUM r20, r0, 16, c[0] }\ngEND";
    let run = |text: &str, spec: Spec, tiles: u32| {
        let image = Image::from(&assemble("t.gfx", text).expect("assembles"));
        // A stride of 16 makes four neighbours four accesses.
        let mut words = ViewWords::new(0, 0, 16, list::U8, 4, 1).words(0);
        words.extend([list::WAIT, 0, 64]);
        words.extend(sprite(list::PARALLEL, 0, (1, 1), (tiles, 1), &[], None));
        words.push(list::END);
        let feed = vec![
            common::head(0, words.len() as u32),
            grant(0, 0, 64),
            Feed::Done(1),
        ];
        let mut machine = Machine::new(spec, &image, 68, &words, feed);
        machine.complete().total
    };
    let full = Spec {
        load_rate: 8,
        ..Spec::default()
    };
    let ratio =
        |text: &str, spec: Spec, tiles| 100 * run(text, spec, tiles) / run(text, full, tiles);
    assert!(ratio(alu, Spec { lanes: 2, ..full }, 1024) > 150);
    assert!(ratio(loads, Spec { fetches: 2, ..full }, 1024) > 150);
    assert!(ratio(stores, Spec { stores: 2, ..full }, 1024) > 150);
    assert!(ratio(taps, Spec { taps: 32, ..full }, 1024) > 150);
    let text = "kernel k: gMSUM r1, r1, 1, c[0]\nrep i 30 { gMSUM r1, r1, 1, c[0] }\ngEND";
    assert!(
        ratio(
            text,
            Spec {
                in_flight: 1,
                ..full
            },
            1024
        ) > 150
    );
    assert!(
        ratio(
            text,
            Spec {
                sum_latency: 6,
                ..full
            },
            1
        ) > 130
    );
    assert!(
        ratio(
            alu,
            Spec {
                alu_latency: 2,
                ..full
            },
            1
        ) > 130
    );
    let fetch = "kernel k: rep i 30 { gLD r1, u0, (@r1.x, @0) }\ngEND";
    assert!(
        ratio(
            fetch,
            Spec {
                fetch_latency: 12,
                ..full
            },
            1
        ) > 150
    );
    let control = "kernel k: rep i 60 { gJ 0 }\ngEND";
    assert!(ratio(control, Spec { control: 4, ..full }, 1) > 150);
    let idle = "kernel k: rep i 4000 { gEND }";
    assert!(
        ratio(
            idle,
            Spec {
                load_rate: 4,
                ..full
            },
            1
        ) > 150
    );
}
