//! What every trap is for, and that a trapping action has no effect.

mod common;

use common::{GATE, Run, SEQUENCER, SINK, Setup, act, echo, load, run_all, with_handles};
use orrery_output::isa::Action::*;
use orrery_shared::{End, Entry, TrapCode};

const U8: u32 = 0x11;
const U16: u32 = 0x22;
const U32: u32 = 0x44;
const RGBA8: u32 = 0x41;

/// Runs a script whose last action must trap in a process; returns the run
/// after checking that the action left nothing behind.
fn trap(p: usize, code: TrapCode, part: &str, script: &[Entry]) -> Run {
    trap_with(&Setup::default(), p, code, part, script)
}

fn trap_with(setup: &Setup, p: usize, code: TrapCode, part: &str, script: &[Entry]) -> Run {
    let r = run_all(setup, script);
    let what = format!("{:?}", script.last());
    let Some(fault) = r.trap(p) else {
        panic!("{what} did not trap: {:?}", r.outcome.processes[p].standing);
    };
    assert_eq!(fault.code, code, "{what}: {}", fault.message);
    assert!(fault.message.contains(part), "{what}: {}", fault.message);
    assert_eq!(r.outcome.end, End::Trap(p));
    if p == SEQUENCER {
        let before = run_all(setup, &script[..script.len() - 1]);
        let (a, b) = (&r.world, &before.world);
        assert!(a.sequencer.streams().eq(b.sequencer.streams()), "{what}");
        assert!(a.memory.texture.bytes == b.memory.texture.bytes, "{what}");
        assert!(a.memory.stream.bytes == b.memory.stream.bytes, "{what}");
        let work = |r: &Run| r.outcome.processes[SEQUENCER].work;
        assert_eq!(work(&r), work(&before), "{what}");
    }
    r
}

fn sequencer(code: TrapCode, part: &str, before: &[Entry], last: Entry) {
    let script: Vec<Entry> = before.iter().copied().chain([last]).collect();
    trap(SEQUENCER, code, part, &script);
}

#[test]
fn undefined_words() {
    let undefined = |part, entry| sequencer(TrapCode::UndefinedWord, part, &[], entry);
    undefined("0x0 is no action", Entry::new(0, 0));
    undefined("0x3f is no action", Entry::new(0x3F, 0));
    undefined("takes 1 to 4", act(Append, 0, &[]));
    undefined("takes 2 to 2", act(Copy, 0, &[1]));
    undefined("names nothing", act(AwaitCore, 1, &[]));
    for bit in [3, 5, 8, 15] {
        let mut entry = act(Append, 0, &[1]);
        entry.n |= 1 << bit;
        undefined("reserved bits", entry);
    }
    let mut entry = act(Append, 0, &[1, 2, 3, 4]);
    entry.n += 1;
    undefined("takes 1 to 4", entry);
}

#[test]
fn bad_handles() {
    let bad = |part, before: &[Entry], last| sequencer(TrapCode::BadHandle, part, before, last);
    let ram = act(Ram, 0, &[64, U16]);
    let region = act(Region, 1, &[64, 1, U8]);
    bad("handle 5 names no stream", &[], act(Append, 5, &[1]));
    bad("handle 1024", &[], act(Texture, 1024, &[1, 1, U8]));
    bad("handle 9", &[ram], with_handles(Append, 0, &[9], 1));
    bad("no external output 1", &[], act(Open, 1, &[0]));
    bad("in stream RAM", &[ram], act(Band, 0, &[1]));
    bad("in stream RAM", &[ram], act(Grant, 0, &[]));
    bad("in texture memory", &[region], act(List, 1, &[]));
    bad("units of 2 bytes", &[region], with_handles(Map, 1, &[1], 1));
    bad("no texture", &[region], with_handles(Frame, 0, &[1], 1));
    bad("no stream is bound", &[], act(SinkCopy, 0, &[1, 1]));
    bad("no stream is bound", &[], act(SinkClose, 0, &[]));
    let closed = [region, act(Close, 1, &[])];
    bad("closed", &closed, act(Append, 1, &[1]));
    bad("closed", &closed, act(Bind, 1, &[]));
    let mapped = [ram, region, with_handles(Map, 1, &[0], 1), ram];
    bad(
        "map of this stream is gone",
        &mapped,
        act(Place, 1, &[0, 0, 0]),
    );
}

#[test]
fn bad_operands() {
    let bad = |part, before: &[Entry], last| sequencer(TrapCode::BadOperand, part, before, last);
    let region = act(Region, 0, &[100, 1, U8]);
    bad("0x12 is no kind", &[], act(Texture, 0, &[1, 1, 0x12]));
    bad("texture of 0 x 1", &[], act(Texture, 0, &[0, 1, U8]));
    bad("1 x 16385", &[], act(Texture, 0, &[1, 16_385, U8]));
    bad("no bytes", &[], act(Region, 0, &[0, 1, U8]));
    bad("0 bytes", &[], act(Ram, 0, &[0, U8]));
    bad("distance 0", &[region], act(Copy, 0, &[0, 1]));
    bad("0 rows", &[region], act(Band, 0, &[0]));
    bad(
        "flags of a list",
        &[act(Ram, 0, &[64, U8])],
        act(List, 0, &[2]),
    );
    bad("identity", &[region], act(Map, 0, &[0]));
    bad("identity", &[region], act(Frame, 0, &[0]));
    bad("modulus", &[region], act(Sums, 0, &[0, 0]));
    bad("33 bits", &[region], act(Crc, 0, &[33, 0, 0, 0]));
    bad("no check circuit", &[region], act(Check, 0, &[]));
    bad("0 bits", &[region], act(Fetch, 0, &[0, 0]));
    bad("65 bits", &[region], act(Fetch, 0, &[0, 65]));
    bad("no activation", &[], act(Words, 0, &[1]));
    bad("no list", &[], act(KernelStatus, 0, &[]));
    let deep = act(Texture, 1, &[1, 1, U16]);
    bad("kind 0x22", &[deep], with_handles(Open, 0, &[1], 1));
    let checked = [region, act(Sums, 0, &[7, 0])];
    bad("stop it with `check`", &checked, act(Bind, 0, &[]));

    let some = [region, act(Append, 0, &[1, 2, 3, 4])];
    bad(
        "distance 5 (5 bytes) reaches before the start: 4 bytes",
        &some,
        act(Copy, 0, &[5, 1]),
    );
    let sought = [some[0], some[1], act(Seek, 0, &[2])];
    bad("before the start: 0 bytes", &sought, act(Copy, 0, &[1, 1]));
}

#[test]
fn a_distance_may_not_be_longer_than_the_ring() {
    let mut setup = Setup::default();
    setup.spec.ring = 64;
    let script = [
        act(Region, 0, &[200, 1, U8]),
        act(Repeat, 0, &[1, 70]),
        act(Copy, 0, &[64, 1]),
        act(Copy, 0, &[65, 1]),
    ];
    trap_with(&setup, SEQUENCER, TrapCode::Capacity, "ring of 64", &script);
    // A sticky stream keeps what data are at fault for, and no limit of the machine.
    let sticky = [script[0], act(Sticky, 0, &[]), script[1], script[3]];
    trap_with(
        &setup,
        SEQUENCER,
        TrapCode::Capacity,
        "`output.ring`",
        &sticky,
    );
}

#[test]
fn capacity() {
    let full = |part, before: &[Entry], last| sequencer(TrapCode::Capacity, part, before, last);
    let region = act(Region, 0, &[10, 1, U8]);
    let nine = [region, act(Repeat, 0, &[0, 9])];
    full("2 bytes at position 9", &nine, act(Append, 0, &[1, 2]));
    full("reach past", &nine, act(Copy, 0, &[1, 2]));
    full("reach past", &nine, act(Copy, 0, &[1, u32::MAX]));
    full("reach past", &nine, act(Repeat, 0, &[1, u32::MAX]));
    full(
        "texture memory: 65472 of 65536",
        &[region],
        act(Texture, 1, &[256, 256, U8]),
    );
    full("do not fit", &[], act(Region, 1, &[u32::MAX, u32::MAX, U8]));
    full("stream RAM", &[], act(Ram, 1, &[1 << 15, U8]));
}

#[test]
fn bounds() {
    let out = |part, before: &[Entry], last| sequencer(TrapCode::Bounds, part, before, last);
    let region = act(Region, 0, &[10, 1, U16]);
    out("element 5", &[region], act(Place, 0, &[2, 3, 0]));
    let far = act(PlaceAdd, 0, &[u32::MAX, u32::MAX, 0]);
    out("lies outside", &[region], far);
    out("unit 6", &[region], act(Seek, 0, &[6]));
    out("bits 70 to 80", &[region], act(Fetch, 0, &[70, 11]));
    let mapped = [
        region,
        act(Ram, 1, &[64, U16]),
        act(Append, 1, &[0, 1]),
        with_handles(Map, 0, &[1], 1),
    ];
    out("map's 2 entries", &mapped, act(Place, 0, &[0, 2, 0]));
}

#[test]
fn partial_elements() {
    let rgba = [act(Texture, 0, &[4, 4, RGBA8]), act(Append, 0, &[1, 2])];
    let code = TrapCode::PartialElement;
    sequencer(
        code,
        "2 bytes are left of an element of 4",
        &rgba,
        act(Close, 0, &[]),
    );
    let list = [act(Ram, 0, &[64, U8]), act(Append, 0, &[1, 2])];
    sequencer(code, "list of 2 bytes", &list, act(List, 0, &[]));
    let words = [
        act(Ram, 0, &[64, U32]),
        act(Bind, 0, &[]),
        act(Activate, echo(1), &[1]),
        act(SinkClose, 0, &[]),
    ];
    trap(SINK, code, "2 bytes are left", &words);
}

#[test]
fn the_sequencer_touches_only_what_it_holds() {
    let not = |part, before: &[Entry], last| sequencer(TrapCode::Ownership, part, before, last);
    let texture = act(Texture, 0, &[4, 4, U8]);

    // The core's sink writes it.
    let bound = [texture, act(Bind, 0, &[])];
    let working = [texture, act(Bind, 0, &[]), act(Activate, echo(1), &[1])];
    for last in [
        act(Append, 0, &[1]),
        act(Place, 0, &[0, 0, 1]),
        act(Clear, 0, &[]),
        act(Seek, 0, &[0]),
        act(Close, 0, &[]),
        act(Grant, 0, &[]),
        act(Bind, 0, &[]),
        act(Size, 0, &[]),
        with_handles(Frame, 0, &[0], 1),
    ] {
        not("core's sink", &bound, last);
    }
    not("core's sink", &working, act(Fetch, 0, &[0, 8]));

    // It is on its way back.
    let leaving = [texture, act(Bind, 0, &[]), act(SinkClose, 0, &[])];
    not("await the core", &leaving, act(Append, 0, &[1]));

    // The Compositor holds all of it, or the first rows.
    let granted = [texture, act(Grant, 0, &[])];
    not("Compositor holds", &granted, act(Append, 0, &[1]));
    not("Compositor holds", &granted, act(Fetch, 0, &[0, 8]));
    not(
        "Compositor holds",
        &granted,
        with_handles(Frame, 0, &[0], 1),
    );
    let banded = [texture, act(Band, 0, &[1]), act(Repeat, 0, &[1, 6])];
    not("first 4 bytes", &banded, act(Place, 0, &[0, 3, 1]));
    not("first 4 bytes", &banded, act(Seek, 0, &[2]));
    not("first 4 bytes", &banded, act(Bind, 0, &[]));

    // The kernel reads the list; the gate reads the texture.
    let listed = [act(Ram, 1, &[64, U8]), act(List, 1, &[])];
    not("reads this list", &listed, act(Append, 1, &[1]));
    // The scan holds memory and lists like the kernel.
    let scanned = [texture, act(GrantScan, 0, &[])];
    for last in [
        act(Append, 0, &[1]),
        act(Fetch, 0, &[0, 8]),
        act(Grant, 0, &[]),
        act(GrantScan, 0, &[]),
        act(Close, 0, &[]),
        with_handles(Frame, 0, &[0], 1),
    ] {
        not("scan holds", &scanned, last);
    }
    not("Compositor holds", &granted, act(GrantScan, 0, &[]));
    let screened = [act(Ram, 1, &[64, U8]), act(Screen, 1, &[])];
    not("scan reads this", &screened, act(Append, 1, &[1]));
    let shown = [texture, with_handles(Frame, 0, &[0], 1)];
    not("shows this texture", &shown, act(Append, 0, &[1]));
    not("shows this texture", &shown, act(Grant, 0, &[]));
    not(
        "does not hold",
        &[texture],
        with_handles(SinkFrame, 0, &[0], 1),
    );
}

#[test]
fn what_was_lent_comes_back_by_counts() {
    let script = [
        act(Texture, 0, &[4, 4, U8]),
        act(Ram, 1, &[64, U32]),
        act(Band, 0, &[2]),
        act(Repeat, 0, &[1, 9]),
        act(List, 1, &[]),
        act(Append, 0, &[2]),
        act(AwaitKernel, 0, &[]),
        act(Place, 0, &[0, 0, 5]),
        act(Append, 1, &[3]),
        with_handles(Frame, 0, &[0], 1),
        act(Fetch, 0, &[0, 8]),
        act(AwaitFrames, 0, &[]),
        act(Place, 0, &[0, 0, 6]),
        act(Bind, 0, &[]),
    ];
    let r = run_all(&Setup::default(), &script);
    assert_eq!(r.outcome.end, End::Complete);
    assert_eq!(r.replies(), [5]);
    assert_eq!(r.texture(0, 1), [6]);

    // The same with the scan; either takes back its own only.
    let script = [
        act(Texture, 0, &[4, 4, U8]),
        act(Ram, 1, &[64, U32]),
        with_handles(Append, 1, &[0, 16, 3], 1),
        act(Screen, 1, &[]),
        act(GrantScan, 0, &[]),
        act(AwaitKernel, 0, &[]),
        act(Fetch, 1, &[64, 8]),
        act(AwaitScan, 0, &[]),
        act(Fetch, 0, &[0, 8]),
        act(Append, 0, &[1]),
        act(Append, 1, &[1]),
    ];
    for depth in [1, 2, 16] {
        let r = run_all(&Setup::depth(depth), &script);
        assert_eq!(r.outcome.end, End::Complete);
        assert_eq!(r.replies(), [3, 3]);
    }

    // From the sink: readable once it is quiet, writable once it let go, with
    // a position of the sequencer's own.
    let script = [
        act(Texture, 0, &[4, 4, U8]),
        act(Bind, 0, &[]),
        act(Activate, echo(1), &[0x0807]),
        act(AwaitCore, 0, &[]),
        act(Fetch, 0, &[0, 16]),
        with_handles(SinkFrame, 0, &[0], 1),
        act(SinkClose, 0, &[]),
        act(AwaitCore, 0, &[]),
        act(AwaitFrames, 0, &[]),
        act(Place, 0, &[0, 0, 9]),
        act(Seek, 0, &[1]),
        act(Append, 0, &[10]),
        act(Size, 0, &[]),
    ];
    let r = run_all(&Setup::default(), &script);
    assert_eq!(r.outcome.end, End::Complete);
    assert_eq!(r.replies(), [0x0807, 2]);
    assert_eq!(r.texture(0, 2), [9, 10]);
    assert_eq!(r.frames()[0].rgba[..8], [7, 7, 7, 255, 8, 8, 8, 255]);
    let back = [
        &script[..3],
        &[act(SinkClose, 0, &[]), act(AwaitCore, 0, &[])],
    ]
    .concat();
    let without = "without a position";
    sequencer(TrapCode::BadHandle, without, &back, act(Size, 0, &[]));
    sequencer(TrapCode::BadHandle, "closed", &back, act(Append, 0, &[1]));
}

#[test]
fn the_sink_touches_only_what_it_holds() {
    let texture = act(Texture, 0, &[2, 2, U8]);
    let word = act(Activate, echo(1), &[1]);
    let none = "no stream is bound";
    trap(SINK, TrapCode::BadHandle, none, &[word]);
    let shown = [
        texture,
        act(Bind, 0, &[]),
        with_handles(SinkFrame, 0, &[0], 1),
        word,
    ];
    trap(SINK, TrapCode::Ownership, "shows this texture", &shown);
    let full = [texture, act(Bind, 0, &[]), word, word, word];
    trap(SINK, TrapCode::Capacity, "reach past", &full);
    let early = [
        texture,
        act(Append, 0, &[1]),
        act(Bind, 0, &[]),
        act(SinkCopy, 0, &[1, 1]),
    ];
    trap(SINK, TrapCode::BadOperand, "before the start: 0", &early);
    let far = [texture, act(Bind, 0, &[]), act(Activate, load(4), &[])];
    trap(SINK, TrapCode::Bounds, "element 4", &far);
    let handed = [
        texture,
        act(Band, 0, &[1]),
        act(Bind, 0, &[]),
        word,
        act(Activate, load(1), &[]),
    ];
    trap(
        SINK,
        TrapCode::Ownership,
        "handed to the Compositor",
        &handed,
    );
    // A stream with bands does not come back.
    let gone = [
        texture,
        act(Band, 0, &[1]),
        act(Bind, 0, &[]),
        act(SinkClose, 0, &[]),
        act(AwaitCore, 0, &[]),
        act(Seek, 0, &[0]),
    ];
    trap(SEQUENCER, TrapCode::Ownership, "does not come back", &gone);
}

#[test]
fn status_words_have_reserved_slots() {
    let mut script = vec![act(Ram, 0, &[64, U32])];
    script.extend([act(List, 0, &[1]); 5]);
    trap(SEQUENCER, TrapCode::ReplySlots, "4 lists", &script);
    script[3] = act(KernelStatus, 0, &[]);
    let r = run_all(&Setup::depth(1), &script);
    assert_eq!(r.outcome.end, End::Complete);
    assert_eq!(r.replies(), [0]);
}

#[test]
fn the_budget_cuts_at_the_same_action_under_every_clock() {
    let mut setup = Setup::default();
    setup.spec.credit = 0;
    let mut script = vec![act(Region, 0, &[64, 8, U8])];
    script.extend([act(Repeat, 0, &[1, 9]); 40]);
    for budget in 2..60 {
        setup.budget = budget;
        let r = run_all(&setup, &script);
        assert_eq!(r.trap(SEQUENCER).map(|f| f.code), Some(TrapCode::Budget));
        assert!(r.outcome.processes[SEQUENCER].work <= budget);
    }
    // A picture counts for what has to be copied out.
    let frame = [
        act(Texture, 0, &[64, 64, U8]),
        with_handles(Frame, 0, &[0], 1),
        with_handles(Frame, 0, &[0], 1),
    ];
    setup.budget = 100;
    let r = run_all(&setup, &frame);
    assert_eq!(r.trap(GATE).map(|f| f.code), Some(TrapCode::Budget));
    assert_eq!(r.frames().len(), 1);
}
