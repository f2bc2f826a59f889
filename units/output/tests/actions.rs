//! What every action does, and what it costs.

mod common;

use common::{FEEDER, SEQUENCER, SINK, Setup, act, echo, load, run_all, with_handles};
use orrery_output::isa::Action::*;
use orrery_output::{Kind, Owner};
use orrery_shared::{End, Entry};

const U8: u32 = 0x11;
const U16: u32 = 0x22;
const U32: u32 = 0x44;
const RGB8: u32 = 0x31;
const RGBA8: u32 = 0x41;

fn run(script: &[Entry]) -> common::Run {
    let run = run_all(&Setup::default(), script);
    assert_eq!(
        run.outcome.end,
        End::Complete,
        "{:?}",
        run.outcome.processes
    );
    run
}

/// Cycles of the last action of a script, on the sequencer.
fn cost(setup: &Setup, script: &[Entry]) -> u64 {
    let all = run_all(setup, script);
    let but_last = run_all(setup, &script[..script.len() - 1]);
    assert_eq!(all.outcome.end, End::Complete);
    all.busy(SEQUENCER) - but_last.busy(SEQUENCER)
}

/// Work of the last action of a script, on the sequencer.
fn work(script: &[Entry]) -> u64 {
    let all = run(script).outcome.processes[SEQUENCER].work;
    let but_last = run(&script[..script.len() - 1]);
    all - but_last.outcome.processes[SEQUENCER].work
}

#[test]
fn append_writes_units_low_byte_first() {
    let r = run(&[
        act(Texture, 0, &[4, 2, U8]),
        act(Append, 0, &[0x101, 2, 3, 4]),
        act(Append, 0, &[5]),
        act(Region, 1, &[64, 2, U16]),
        act(Append, 1, &[0x30201, 0x403]),
        act(Ram, 2, &[64, U32]),
        act(Append, 2, &[0x0403_0201, 0xFFFF_FFFF]),
        act(Size, 0, &[]),
        act(Size, 1, &[]),
        act(Size, 2, &[]),
    ]);
    assert_eq!(r.texture(0, 6), [1, 2, 3, 4, 5, 0]);
    assert_eq!(r.texture(64, 69), [1, 2, 3, 4, 0]);
    let ram = &r.world.memory.stream.bytes[..9];
    assert_eq!(ram, [1, 2, 3, 4, 255, 255, 255, 255, 0]);
    assert_eq!(r.replies(), [5, 2, 2]);
}

#[test]
fn operands_may_be_identities() {
    let r = run(&[
        act(Texture, 0, &[1, 1, RGBA8]),
        act(Texture, 1, &[1, 1, RGBA8]),
        act(Ram, 2, &[64, U32]),
        with_handles(Append, 2, &[7, 1, 1], 0b110),
    ]);
    let ram = &r.world.memory.stream.bytes[..12];
    assert_eq!(ram, [7, 0, 0, 0, 64, 0, 0, 0, 64, 0, 0, 0]);
}

#[test]
fn copy_counts_in_texels_and_may_overlap() {
    let r = run(&[
        act(Texture, 0, &[16, 1, RGB8]),
        act(Append, 0, &[1, 2, 3]),
        act(Append, 0, &[4, 5, 6]),
        act(Copy, 0, &[2, 3]),
        act(Copy, 0, &[1, 4]),
        act(Copy, 0, &[9, 0]),
    ]);
    let expected = [
        1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 0,
    ];
    assert_eq!(r.texture(0, 28), expected);
}

#[test]
fn repeat_appends_units() {
    let r = run(&[
        act(Region, 0, &[32, 1, U8]),
        act(Repeat, 0, &[0x107, 3]),
        act(Region, 1, &[32, 1, U16]),
        act(Repeat, 1, &[0x10203, 2]),
        act(Region, 2, &[32, 1, U32]),
        act(Repeat, 2, &[0x0403_0201, 2]),
        act(Repeat, 2, &[9, 0]),
    ]);
    assert_eq!(r.texture(0, 4), [7, 7, 7, 0]);
    assert_eq!(r.texture(64, 69), [3, 2, 3, 2, 0]);
    assert_eq!(r.texture(128, 137), [1, 2, 3, 4, 1, 2, 3, 4, 0]);
}

#[test]
fn place_goes_through_the_map() {
    let r = run(&[
        act(Ram, 0, &[64, U16]),
        act(Append, 0, &[2, 0, 1]),
        act(Region, 1, &[64, 1, U16]),
        act(Place, 1, &[4, 1, 0x105]),
        with_handles(Map, 1, &[0], 1),
        act(Place, 1, &[0, 0, 7]),
        act(PlaceAdd, 1, &[0, 0, 0xFFFF]),
        act(PlaceOr, 1, &[0, 1, 0x80]),
        act(PlaceOr, 1, &[0, 1, 0x11]),
        act(Size, 1, &[]),
    ]);
    assert_eq!(r.texture(0, 4), [0x91, 0, 0, 0]);
    assert_eq!(r.texture(4, 6), [6, 0]);
    assert_eq!(r.texture(10, 12), [5, 1]);
    assert_eq!(r.replies(), [0], "placing does not move the position");
}

#[test]
fn place_sign_widens_away_from_zero() {
    for (kind, minus) in [(U8, 0xFFu32), (U16, 0xFFFF), (U32, 0xFFFF_FFFF)] {
        let r = run(&[
            act(Region, 0, &[64, 1, kind]),
            act(Place, 0, &[0, 0, 5]),
            act(Place, 0, &[0, 1, minus - 4]),
            act(PlaceSign, 0, &[0, 0, 3]),
            act(PlaceSign, 0, &[0, 1, 3]),
            act(PlaceSign, 0, &[0, 2, 3]),
            act(Fetch, 0, &[0, (kind & 15) * 8]),
            act(Fetch, 0, &[(kind & 15) * 8, (kind & 15) * 8]),
            act(Fetch, 0, &[(kind & 15) * 16, (kind & 15) * 8]),
        ]);
        assert_eq!(r.replies(), [8, u64::from(minus) - 7, 3], "{kind:#x}");
    }
}

#[test]
fn fetch_numbers_bits_from_the_low_end() {
    let bytes: Vec<u32> = (0..12).map(|i| (i * 0x1F + 3) & 0xFF).collect();
    let mut script = vec![act(Region, 0, &[64, 1, U8])];
    script.extend(bytes.chunks(4).map(|c| act(Append, 0, c)));
    let all = bytes
        .iter()
        .rev()
        .fold(0u128, |v, b| v << 8 | u128::from(*b));
    let mut expected = Vec::new();
    for (from, bits) in [
        (0, 1),
        (3, 7),
        (5, 64),
        (8, 64),
        (31, 64),
        (64, 32),
        (7, 63),
    ] {
        script.push(act(Fetch, 0, &[from, bits]));
        expected.push((all >> from & ((1 << bits) - 1)) as u64);
    }
    assert_eq!(run(&script).replies(), expected);
}

#[test]
fn clear_and_seek_set_the_position() {
    let r = run(&[
        act(Region, 0, &[8, 2, U16]),
        act(Repeat, 0, &[0x0101, 8]),
        act(Seek, 0, &[2]),
        act(Append, 0, &[0x0202]),
        act(Size, 0, &[]),
        act(Region, 1, &[8, 2, U8]),
        act(Repeat, 1, &[5, 16]),
        act(Clear, 1, &[]),
        act(Append, 1, &[6]),
        act(Size, 1, &[]),
    ]);
    assert_eq!(r.texture(0, 8), [1, 1, 1, 1, 2, 2, 1, 1]);
    assert_eq!(r.texture(64, 80)[..3], [6, 0, 0]);
    assert_eq!(r.replies(), [3, 1]);
}

#[test]
fn check_circuits_see_what_is_appended() {
    // "123456789" by append, copy and repeat, in part before the circuit starts.
    let crc = [32 | 3 << 8, 0x04C1_1DB7, 0xFFFF_FFFF, 0xFFFF_FFFF];
    let digits = [0x31, 0x32, 0x33, 0x34];
    let r = run(&[
        act(Region, 0, &[64, 1, U8]),
        act(Append, 0, &[0x99]),
        act(Crc, 0, &crc),
        act(Append, 0, &digits),
        act(Append, 0, &[0x35, 0x36, 0x37, 0x38]),
        // Placing over a byte later does not change what was appended.
        act(Place, 0, &[0, 1, 0]),
        act(Repeat, 0, &[0x39, 1]),
        act(Check, 0, &[]),
        act(Sums, 0, &[65_521, 1]),
        act(Copy, 0, &[5, 5]),
        act(Seek, 0, &[0]),
        act(Append, 0, &[1]),
        act(Check, 0, &[]),
    ]);
    let sum = [0x35, 0x36, 0x37, 0x38, 0x39, 1];
    let (a, b) = sum.iter().fold((1, 0), |(a, b), x| (a + x, b + a + x));
    assert_eq!(r.replies(), [0xCBF4_3926, b << 16 | a]);
}

#[test]
fn activations_are_a_head_and_words() {
    let r = run(&[
        act(Texture, 0, &[4, 4, RGBA8]),
        act(Bind, 0, &[]),
        act(Activate, echo(6), &[0x0201, 0x10403, 0x0605, 0x0807]),
        act(Words, 0, &[0x0A09, 0x0C0B]),
        act(SinkCopy, 0, &[2, 3]),
        act(Activate, load(1), &[]),
        act(AwaitCore, 0, &[]),
    ]);
    let expected: Vec<u8> = (1..=12).chain(5..=12).chain(5..=8).chain([2, 0]).collect();
    assert_eq!(r.texture(0, 26), expected);
    assert_eq!(r.world.sink.bound(), Some((0, 26)));
    assert_eq!(r.world.sink.stretches(0).collect::<Vec<_>>(), [(0, 26)]);
    // bind, two activations, a copy.
    assert_eq!(r.outcome.counts[0], 4);
}

#[test]
fn the_sink_writes_streams_of_any_unit() {
    let r = run(&[
        act(Ram, 0, &[64, U32]),
        act(Bind, 0, &[]),
        act(Activate, echo(2), &[0x0201, 0x0403]),
        act(Activate, load(0), &[]),
        act(Activate, echo(1), &[7]),
        act(SinkClose, 0, &[]),
        act(AwaitCore, 0, &[]),
        act(Fetch, 0, &[0, 64]),
    ]);
    assert_eq!(r.replies(), [0x0007_0201_0403_0201]);
}

#[test]
fn a_frame_leaves_when_it_is_complete() {
    let r = run(&[
        act(Texture, 0, &[2, 2, RGBA8]),
        with_handles(Open, 0, &[0], 1),
        act(Repeat, 0, &[9, 16]),
        with_handles(Frame, 0, &[0], 1),
        act(Texture, 1, &[1, 2, RGB8]),
        act(Append, 1, &[1, 2, 3]),
        act(Append, 1, &[4, 5, 6]),
        with_handles(Frame, 0, &[1], 1),
        act(Texture, 2, &[2, 1, U8]),
        act(Append, 2, &[100, 101]),
        with_handles(Frame, 0, &[2], 1),
        act(AwaitFrames, 0, &[]),
        act(Seek, 2, &[0]),
        act(Append, 2, &[102, 103]),
        with_handles(Frame, 0, &[2], 1),
    ]);
    let f = r.frames();
    assert_eq!(f.len(), 4);
    assert_eq!((f[0].width, f[0].height, f[0].complete_rows), (2, 2, 2));
    assert!(f[0].complete && f[0].rgba == [9; 16]);
    assert_eq!(f[1].rgba, [1, 2, 3, 255, 4, 5, 6, 255]);
    assert_eq!(f[2].rgba, [100, 100, 100, 255, 101, 101, 101, 255]);
    assert_eq!(f[3].rgba[..4], [102, 102, 102, 255]);
    assert!(f[0].cycle > 0 && f[0].cycle < f[1].cycle);
    assert_eq!(r.world.gate.open_frames().count(), 0);
    assert_eq!(r.outcome.counts[2], 4);
}

#[test]
fn frames_keep_the_programs_order_across_both_producers() {
    let mut script = Vec::new();
    for h in 0..6 {
        script.push(act(Texture, h, &[1, 1, RGBA8]));
    }
    for h in 0..6u32 {
        let value = [h * 257, h * 257];
        if h % 3 == 0 {
            script.push(act(Repeat, h as u16, &[h, 4]));
            script.push(with_handles(Frame, 0, &[h], 1));
        } else {
            script.push(act(Bind, h as u16, &[]));
            script.push(act(Activate, echo(2), &value));
            script.push(with_handles(SinkFrame, 0, &[h], 1));
        }
    }
    for depth in [1, 2, 16] {
        let r = run_all(&Setup::depth(depth), &script);
        let shown: Vec<u8> = r.frames().iter().map(|f| f.rgba[3]).collect();
        assert_eq!(shown, [0, 1, 2, 3, 4, 5], "depth {depth}");
    }
}

#[test]
fn open_frames_are_shown_with_their_complete_rows() {
    let mut script = vec![
        act(Texture, 0, &[2, 3, RGBA8]),
        act(Texture, 1, &[2, 3, RGBA8]),
        with_handles(Open, 0, &[0], 1),
        with_handles(Open, 0, &[1], 1),
        act(Repeat, 0, &[7, 20]),
        act(Bind, 1, &[]),
        act(Activate, echo(4), &[0x0101, 0x0101, 0x0101, 0x0101]),
    ];
    script.push(act(SinkClose, 0, &[]));
    let r = run(&script);
    let w = &r.world;
    let rows =
        |d: &orrery_output::Descriptor| orrery_output::rows_written(&w.sequencer, &w.sink, d);
    let frames = w.gate.incomplete(&w.memory, rows);
    assert_eq!(frames.len(), 2);
    assert_eq!((frames[0].complete_rows, frames[0].complete), (2, false));
    assert_eq!(frames[0].rgba, [7; 16]);
    assert_eq!(frames[1].rgba, [1; 8]);
    assert_eq!(frames[1].height, 3);
}

#[test]
fn costs_are_those_of_the_table() {
    let base = [act(Region, 0, &[1024, 4, U8]), act(Repeat, 0, &[1, 64])];
    let cases: [(Entry, u64, u64); 16] = [
        (act(Append, 0, &[1]), 1, 2),
        (act(Append, 0, &[1, 2, 3, 4]), 1, 5),
        (act(Copy, 0, &[3, 9]), 3, 10),
        (act(Copy, 0, &[3, 0]), 1, 1),
        (act(Repeat, 0, &[0, 401]), 101, 402),
        (act(Place, 0, &[0, 0, 0]), 2, 2),
        (act(PlaceAdd, 0, &[0, 0, 0]), 2, 2),
        (act(Fetch, 0, &[0, 64]), 5, 1),
        (act(Size, 0, &[]), 1, 1),
        (act(Clear, 0, &[]), 64, 65),
        (act(Seek, 0, &[3]), 1, 1),
        (act(Texture, 1, &[9, 9, U8]), 1, 1),
        (act(Activate, echo(4), &[1, 2, 3, 4]), 5, 5),
        (act(Bind, 0, &[]), 2, 1),
        (act(Band, 0, &[1]), 1, 1),
        (act(Close, 0, &[]), 1, 1),
    ];
    for (action, cycles, retired) in cases {
        // Something for the core's words to go to.
        let mut script = base.to_vec();
        if action.op == Activate as u16 {
            script.push(act(Bind, 0, &[]));
        }
        script.push(action);
        assert_eq!(cost(&Setup::default(), &script), cycles, "{action:?}");
        assert_eq!(work(&script), retired, "{action:?}");
    }
    let words = [
        act(Ram, 0, &[64, U8]),
        act(Bind, 0, &[]),
        act(Activate, echo(3), &[]),
        act(Words, 0, &[1, 2, 3]),
    ];
    assert_eq!(cost(&Setup::default(), &words), 3);
}

#[test]
fn every_cost_number_costs() {
    let wide = Setup {
        texture: 1 << 18,
        ..Setup::default()
    };
    let programs: [(&str, Vec<Entry>); 3] = [
        (
            "rate",
            vec![
                act(Region, 0, &[1 << 14, 4, U8]),
                act(Repeat, 0, &[0, 40_000]),
            ],
        ),
        ("clear_rate", {
            let mut script = vec![act(Region, 0, &[1 << 16, 1, U8])];
            script.extend([act(Clear, 0, &[]); 20]);
            script
        }),
        (
            "check_rate",
            vec![
                act(Region, 0, &[1 << 14, 4, U8]),
                act(Sums, 0, &[65_521, 1]),
                act(Repeat, 0, &[0, 40_000]),
                act(Check, 0, &[]),
            ],
        ),
    ];
    for (number, script) in programs {
        let fast = run_all(&wide, &script).outcome.total;
        let mut slow = wide.clone();
        let full = slow.spec.get(number).expect("a number");
        slow.spec.set(number, full / 2);
        let slow = run_all(&slow, &script).outcome.total;
        assert!(slow >= fast + fast / 2, "{number}: {fast} to {slow} cycles");
    }
}

#[test]
fn creating_earns_credit() {
    let script = [act(Texture, 0, &[5, 1, U8]), act(Ram, 1, &[8, U8])];
    let r = run(&script);
    assert_eq!(r.outcome.processes[SEQUENCER].credit, (2 + 2) * 64);
    assert_eq!(r.outcome.processes[FEEDER].credit, 0);
    // Without it, long copies hit the budget; the reply carries it back.
    let tight = Setup {
        budget: 20,
        ..Setup::default()
    };
    let script = [
        act(Texture, 0, &[100, 1, U8]),
        act(Repeat, 0, &[0, 100]),
        act(Size, 0, &[]),
    ];
    let r = run_all(&tight, &script);
    assert_eq!(r.outcome.end, End::Complete);
    assert_eq!(r.outcome.processes[FEEDER].credit, 25 * 64);
}

#[test]
fn debug_state_shows_streams() {
    let r = run(&[
        act(Texture, 3, &[5, 2, RGB8]),
        act(Append, 3, &[1, 2, 3]),
        act(Ram, 1, &[8, U8]),
        act(Bind, 1, &[]),
    ]);
    assert!(r.world.sequencer.at_home() && r.world.sink.at_home());
    let streams: Vec<_> = r.world.sequencer.streams().collect();
    assert_eq!((streams[0].handle, streams[0].owner), (1, Owner::CoreSink));
    let t = streams[1];
    assert_eq!((t.handle, t.width, t.height, t.pitch), (3, 5, 2, 15));
    assert_eq!((t.position, t.left, t.capacity), (3, 3, 30));
    assert_eq!(Some(t.kind), Kind::from_code(RGB8));
    assert_eq!(r.world.memory.texture.high_water, 30);
    assert_eq!(r.world.memory.texture.written, 3);
    assert_eq!(r.busy(SINK), 2);
}
