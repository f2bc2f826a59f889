//! Row bands, and the ring that copies read from after bytes were handed over.

mod common;

use common::{GRANTS, SINK_GRANTS, Setup, act, echo, run_all, with_handles};
use orrery_output::isa::Action::*;
use orrery_shared::{Beat, End, Entry, Memory, Step, WaitCause};

const U8: u32 = 0x11;
const U32: u32 = 0x44;

/// A beat that records what is pushed to the grant queues, and says that
/// everything else is fine. The script is read from the back.
#[derive(Default)]
struct Recorder {
    script: Vec<Entry>,
    grants: Vec<Entry>,
}

impl Beat for Recorder {
    fn begin(&mut self) {}
    fn ready(&mut self, _: WaitCause, _: u64) -> Step {
        Ok(())
    }
    fn peek(&mut self, q: orrery_shared::Chan) -> Step<Entry> {
        self.peek_home(q)
    }
    fn peek_home(&mut self, _: orrery_shared::Chan) -> Step<Entry> {
        Ok(*self.script.last().expect("an entry"))
    }
    fn room(&mut self, _: orrery_shared::Chan) -> Step {
        Ok(())
    }
    fn counted(&mut self, _: orrery_shared::Counter, _: u64) -> Step {
        Ok(())
    }
    fn slot(&mut self, _: u64, _: u64) -> Step {
        Ok(())
    }
    fn issue(&mut self, _: u32, _: u64, _: u64) -> Step<u64> {
        Ok(0)
    }
    fn pop(&mut self, _: orrery_shared::Chan) {
        self.script.pop();
    }
    fn push(&mut self, q: orrery_shared::Chan, entry: Entry) {
        if q == GRANTS || q == SINK_GRANTS {
            self.grants.push(entry);
        }
    }
    fn raise(&mut self, _: orrery_shared::Counter) {}
    fn earn(&mut self, _: u64) {}
    fn at_offset(&mut self, _: u64) {}
}

/// The hand-overs of a script: base, end, last, epoch.
fn grants(script: &[Entry]) -> Vec<(u32, u32, bool, u32)> {
    let mut world = Setup::default().world(&[]);
    let mut beat = Recorder {
        script: script.iter().rev().copied().collect(),
        grants: Vec::new(),
    };
    let mut memory = Memory::clone(&world.memory);
    while !beat.script.is_empty() || !world.sequencer.at_home() {
        world
            .sequencer
            .step(&mut beat, &mut memory)
            .expect("no trap");
    }
    let fields = |e: &Entry| (e.a[0], e.a[1], e.imm == 1, e.a[2]);
    beat.grants.iter().map(fields).collect()
}

#[test]
fn bands_are_handed_over_as_they_fill() {
    let found = grants(&[
        act(Region, 0, &[64, 1, U8]),
        act(Region, 1, &[10, 7, U8]),
        act(Band, 1, &[2]),
        act(Repeat, 1, &[0, 19]),
        act(Append, 1, &[1]),
        act(Append, 1, &[1]),
        // Two bands at once are one hand-over: ends are cumulative.
        act(Copy, 1, &[1, 39]),
        act(Repeat, 1, &[1, 9]),
        act(Close, 1, &[]),
        act(Close, 1, &[]),
    ]);
    let base = 64;
    let expected = [
        (base, base + 20, false, 0),
        (base, base + 60, false, 0),
        (base, base + 60, true, 0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_close_says_that_nothing_more_comes() {
    let found = grants(&[
        act(Region, 0, &[10, 7, U8]),
        act(Band, 0, &[4]),
        act(Repeat, 0, &[0, 25]),
        act(Close, 0, &[]),
        act(Region, 1, &[10, 7, U8]),
        act(Band, 1, &[4]),
        act(Close, 1, &[]),
        act(Region, 2, &[10, 7, U8]),
        act(Close, 2, &[]),
        act(Grant, 2, &[]),
    ]);
    let expected = [
        (0, 20, true, 0),
        (128, 128, true, 0),
        (256, 256 + 70, true, 0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_late_band_hands_over_what_is_there() {
    let found = grants(&[
        act(Region, 0, &[10, 7, U8]),
        act(Repeat, 0, &[0, 45]),
        act(Band, 0, &[2]),
        act(Repeat, 0, &[0, 15]),
    ]);
    assert_eq!(found, [(0, 40, false, 0), (0, 60, false, 0)]);
}

#[test]
fn memory_that_came_back_is_handed_over_anew() {
    let found = grants(&[
        act(Region, 0, &[10, 7, U8]),
        act(Band, 0, &[1]),
        act(Repeat, 0, &[0, 25]),
        act(AwaitKernel, 0, &[]),
        act(Append, 0, &[1]),
        act(Repeat, 0, &[0, 4]),
        act(AwaitKernel, 0, &[]),
        act(Seek, 0, &[0]),
        act(Repeat, 0, &[0, 10]),
    ]);
    let expected = [(0, 20, false, 0), (0, 30, false, 1), (0, 10, false, 2)];
    assert_eq!(found, expected);
}

#[test]
fn a_plane_of_placed_elements_is_handed_over_in_bands() {
    let script = [
        act(Region, 0, &[8, 4, 0x22]),
        act(Band, 0, &[1]),
        act(Place, 0, &[0, 2, 0x0201]),
        act(Advance, 0, &[4]),
        act(Place, 0, &[4, 1, 0x0403]),
        act(Append, 0, &[5, 6]),
        act(Advance, 0, &[7]),
    ];
    let expected = [(0, 8, false, 0), (0, 24, false, 0)];
    assert_eq!(grants(&script), expected);
    let r = run_all(&Setup::default(), &script);
    let bytes = [0, 0, 0, 0, 1, 2, 0, 0, 5, 0, 6, 0, 0, 0, 0, 0];
    assert_eq!(r.texture(0, 16), bytes);
    // Past the end, into what was handed over, and copies from what was passed over.
    let past = [script.as_slice(), &[act(Advance, 0, &[4])]].concat();
    assert!(matches!(
        run_all(&Setup::default(), &past).outcome.end,
        End::Trap(_)
    ));
}

#[test]
fn copies_read_the_ring_where_the_compositor_changed_the_bytes() {
    // The kernel adds 100 to the first two rows; copies that start there must
    // see the old bytes, also after the memory has come back. The list goes
    // first: hand-overs without a list to take them would fill a short queue.
    let script = [
        act(Region, 0, &[4, 8, U8]),
        act(Ram, 1, &[64, U32]),
        with_handles(Append, 1, &[0, 8, 100], 1),
        act(List, 1, &[]),
        act(Band, 0, &[1]),
        act(Append, 0, &[1, 2, 3, 4]),
        act(Append, 0, &[5, 6, 7, 8]),
        act(Append, 0, &[9]),
        act(AwaitKernel, 0, &[]),
        act(Seek, 1, &[0]),
        with_handles(Append, 1, &[0, 20, 0], 1),
        act(List, 1, &[]),
        act(Copy, 0, &[9, 3]),
        act(Copy, 0, &[7, 9]),
        act(AwaitKernel, 0, &[]),
        act(Append, 0, &[10]),
        act(Copy, 0, &[22, 1]),
    ];
    for depth in [1, 2, 16] {
        let r = run_all(&Setup::depth(depth), &script);
        assert_eq!(r.outcome.end, End::Complete);
        let expected = [
            101, 102, 103, 104, 105, 106, 107, 108, 9, 1, 2, 3, 6, 7, 8, 9, 1, 2, 3, 6, 7, 10, 1, 0,
        ];
        assert_eq!(r.texture(0, 24), expected);
    }
}

#[test]
fn placing_reaches_the_ring_too() {
    let script = [
        act(Region, 0, &[4, 8, U8]),
        act(Band, 0, &[1]),
        act(Append, 0, &[1, 2, 3, 4]),
        act(AwaitKernel, 0, &[]),
        act(Place, 0, &[0, 1, 9]),
        act(Copy, 0, &[4, 4]),
    ];
    let r = run_all(&Setup::default(), &script);
    assert_eq!(r.texture(0, 8), [1, 9, 3, 4, 1, 9, 3, 4]);
}

#[test]
fn a_check_circuit_sees_bytes_before_they_are_handed_over() {
    let script = [
        act(Region, 0, &[4, 8, U8]),
        act(Band, 0, &[1]),
        act(Sums, 0, &[65_521, 1]),
        act(Append, 0, &[1, 2, 3, 4]),
        act(Append, 0, &[5]),
        act(Ram, 1, &[64, U32]),
        with_handles(Append, 1, &[0, 4, 50], 1),
        act(List, 1, &[]),
        act(AwaitKernel, 0, &[]),
        act(Check, 0, &[]),
    ];
    let r = run_all(&Setup::default(), &script);
    assert_eq!(r.texture(0, 5), [51, 52, 53, 54, 5]);
    let (a, b) = (1..=5).fold((1, 0), |(a, b), x| (a + x, b + a + x));
    assert_eq!(r.replies(), [b << 16 | a]);
}

#[test]
fn the_sink_hands_over_bands_and_keeps_a_ring_of_its_own() {
    let script = [
        act(Region, 0, &[4, 4, U8]),
        act(Band, 0, &[1]),
        act(Ram, 1, &[64, U32]),
        // Bit 31 of the addend: the sink is the giver.
        with_handles(Append, 1, &[0, 8, 1 << 31 | 100], 1),
        with_handles(Append, 1, &[0, 16, 1 << 31 | 1], 1),
        act(List, 1, &[1]),
        act(Bind, 0, &[]),
        act(Activate, echo(4), &[0x0201, 0x0403, 0x0605, 0x0807]),
        act(SinkCopy, 0, &[7, 5]),
        act(SinkClose, 0, &[]),
        act(KernelStatus, 0, &[]),
        act(AwaitKernel, 0, &[]),
    ];
    for depth in [1, 2, 16] {
        let r = run_all(&Setup::depth(depth), &script);
        assert_eq!(r.outcome.end, End::Complete);
        // The third row is the last whole one.
        let expected = [
            102, 103, 104, 105, 106, 107, 108, 109, 3, 4, 5, 6, 6, 0, 0, 0,
        ];
        assert_eq!(r.texture(0, 16), expected, "depth {depth}");
        assert_eq!(r.world.sink.stretches(0).collect::<Vec<_>>(), [(0, 13)]);
    }
}
