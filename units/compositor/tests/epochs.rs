//! Memory that the sequencer has taken back: its hand-overs of earlier epochs are void,
//! those of the core's sink stay.

mod common;

use common::{Feed, GRANTS, LIST, Machine, ViewWords, sprite};
use orrery_compositor::{Image, Spec, assemble, list};
use orrery_shared::account::Standing;
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::{End, Entry, Outcome, TrapCode, protocol};

const SIZE: u32 = 64;

/// Adds one to byte 0 of the extent at `base`.
fn add_one(base: u32) -> Vec<u32> {
    let mut words = ViewWords::new(base, 16, 1, list::U8, 16, 1).words(0);
    words.extend(sprite(0, 0, (1, 1), (1, 1), &[], None));
    words
}

fn wait(giver: u32, base: u32) -> [u32; 3] {
    [list::WAIT | giver << list::UNIT_SHIFT, base, base + 16]
}

fn head(list: &(u32, u32), epoch: u32) -> Feed {
    let entry = Entry::with(protocol::list::HEAD, 0, &[list.0, list.1, 0, epoch]);
    Feed::Push(LIST, entry)
}

fn grant(giver: usize, base: u32, epoch: u32) -> Feed {
    let entry = Entry::with(protocol::grant::BYTES, 0, &[base, base + 16, epoch]);
    Feed::Push(GRANTS[giver], entry)
}

/// Runs lists under all clocks at three depths; `feed` is given where they lie.
fn run(lists: &[Vec<u32>], feed: impl Fn(&[(u32, u32)]) -> Vec<Feed>) -> (Machine, Outcome) {
    let text = "kernel k:\ngLD r0, u0, (0, 0)\ngADD r0, r0, 1\ngST r0, u0, (0, 0)\ngEND";
    let image = Image::from(&assemble("t.gfx", text).expect("assembles"));
    let mut words = Vec::new();
    let mut places = Vec::new();
    for l in lists {
        places.push((4 * words.len() as u32, 1 + l.len() as u32));
        words.extend(l);
        words.push(list::END);
    }
    let new = || {
        Machine::new(
            Spec::default(),
            &image,
            SIZE as usize,
            &words,
            feed(&places),
        )
    };
    let mut last = None;
    for depth in [16, 2, 1] {
        let [mut exact, mut lockstep, mut off] = [new(), new(), new()];
        let topology = exact.topology(depth, 1 << 20);
        let outcome = Exact::new(topology.clone()).run(&mut exact, 1 << 20);
        assert_eq!(
            outcome,
            Lockstep::new(topology.clone()).run(&mut lockstep, 1 << 20)
        );
        Off::new(topology).run(&mut off);
        for other in [&lockstep, &off] {
            assert_eq!(exact.memory.texture.bytes, other.memory.texture.bytes);
        }
        last = Some((exact, outcome));
    }
    last.expect("three depths")
}

fn trap(outcome: &Outcome) -> Option<TrapCode> {
    match &outcome.processes[1].standing {
        Standing::Trapped(fault, _) => Some(fault.code),
        _ => None,
    }
}

#[test]
fn a_list_waits_for_the_hand_over_of_its_own_epoch() {
    let list = [wait(0, 0).to_vec(), add_one(0)].concat();
    let (machine, outcome) = run(&[list], |l| {
        vec![
            head(&l[0], 0),
            grant(0, 0, 0),
            Feed::Done(1),
            // What is sent now lies behind nothing: the old hand-over must not do.
            head(&l[0], 1),
            Feed::Delay(300),
            grant(0, 0, 1),
        ]
    });
    assert_eq!(outcome.end, End::Complete);
    assert_eq!(machine.memory.texture.bytes[0], 2);
    assert!(outcome.total > 300, "it waited for the second hand-over");
}

#[test]
fn old_hand_overs_are_void() {
    let (waiting, bold) = ([wait(0, 0).to_vec(), add_one(0)].concat(), add_one(0));
    let (_, outcome) = run(&[waiting, bold], |l| {
        vec![
            head(&l[0], 0),
            grant(0, 0, 0),
            Feed::Done(1),
            head(&l[1], 1),
        ]
    });
    assert_eq!(trap(&outcome), Some(TrapCode::Ownership));
}

#[test]
fn hand_overs_that_nobody_took_are_dropped() {
    let list = [wait(0, 0).to_vec(), add_one(0)].concat();
    let bold = [wait(0, 32).to_vec(), add_one(0)].concat();
    for (second, end) in [(&list, None), (&bold, Some(TrapCode::Ownership))] {
        let (machine, outcome) = run(&[list.clone(), second.clone()], |l| {
            vec![
                head(&l[0], 0),
                grant(0, 0, 0),
                Feed::Done(1),
                // Left over from the first epoch.
                grant(0, 0, 0),
                head(&l[1], 1),
                grant(0, 32, 1),
                grant(0, 0, 1),
            ]
        });
        assert_eq!(trap(&outcome), end);
        let twice = 1 + u8::from(end.is_none());
        assert_eq!(machine.memory.texture.bytes[0], twice);
    }
}

#[test]
fn what_the_sink_handed_over_stays() {
    let lists = [
        [wait(1, 0).to_vec(), wait(0, 32).to_vec(), add_one(0)].concat(),
        add_one(0),
    ];
    let (machine, outcome) = run(&lists, |l| {
        vec![
            head(&l[0], 0),
            grant(1, 0, 0),
            grant(0, 32, 0),
            Feed::Done(1),
            head(&l[1], 1),
        ]
    });
    assert_eq!(outcome.end, End::Complete);
    assert_eq!(machine.memory.texture.bytes[0], 2);
}
