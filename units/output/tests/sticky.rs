//! Sticky streams: data errors are kept and told to who asks, what fits is written, what follows
//! is dropped.

mod common;

use common::{GRANTS, SEQUENCER, Setup, act, run_all, with_handles};
use orrery_output::DataError;
use orrery_output::isa::Action::*;
use orrery_shared::{End, Entry, TrapCode};

const U8: u32 = 0x11;
const U16: u32 = 0x22;
const RGB8: u32 = 0x31;

/// Runs a script that does not trap; returns the replies and the bytes of texture memory.
fn run(script: &[Entry]) -> (Vec<u64>, Vec<u8>) {
    let run = run_all(&Setup::default(), script);
    assert_eq!(run.outcome.end, End::Complete, "{:?}", run.trap(SEQUENCER));
    (run.replies().to_vec(), run.world.memory.texture.bytes)
}

fn kept(error: DataError, size: u64) -> u64 {
    (error as u64) << 32 | size
}

#[test]
fn what_fits_is_written_and_the_rest_is_dropped() {
    let part = |kind, last: Entry, size, expected: &[u8]| {
        let script = [
            act(Region, 0, &[6, 1, kind]),
            act(Sticky, 0, &[]),
            act(Append, 0, &[1, 2, 3]),
            last,
            act(Append, 0, &[9]),
            act(Size, 0, &[]),
        ];
        let (replies, bytes) = run(&script);
        assert_eq!(replies, [kept(DataError::Excess, size)], "{last:?}");
        assert_eq!(bytes[..8], *expected, "{last:?}");
    };
    part(
        U8,
        act(Append, 0, &[4, 5, 6, 7]),
        6,
        &[1, 2, 3, 4, 5, 6, 0, 0],
    );
    part(U8, act(Repeat, 0, &[7, 100]), 6, &[1, 2, 3, 7, 7, 7, 0, 0]);
    part(U8, act(Copy, 0, &[2, 5]), 6, &[1, 2, 3, 2, 3, 2, 0, 0]);
    part(RGB8, act(Copy, 0, &[1, 2]), 6, &[1, 2, 3, 1, 2, 3, 0, 0]);
    // Nothing fits any more, and half a unit is not written.
    part(U16, act(Append, 0, &[4]), 3, &[1, 0, 2, 0, 3, 0, 0, 0]);
}

#[test]
fn copies_without_a_source_and_places_outside() {
    let one = |last: Entry, error| {
        let script = [
            act(Region, 0, &[6, 1, U8]),
            act(Sticky, 0, &[]),
            act(Append, 0, &[1, 2]),
            last,
            // Dropped, though nothing is wrong with them.
            act(Append, 0, &[3]),
            act(Place, 0, &[0, 5, 5]),
            act(Size, 0, &[]),
        ];
        let (replies, bytes) = run(&script);
        assert_eq!(replies, [kept(error, 2)], "{last:?}");
        assert_eq!(bytes[..6], [1, 2, 0, 0, 0, 0], "{last:?}");
    };
    one(act(Copy, 0, &[3, 1]), DataError::NoSource);
    one(act(Copy, 0, &[0, 1]), DataError::NoSource);
    one(act(Place, 0, &[4, 2, 9]), DataError::Outside);
    one(act(PlaceAdd, 0, &[6, 0, 9]), DataError::Outside);
}

#[test]
fn the_first_error_stays_until_the_stream_starts_over() {
    let script = [
        act(Region, 0, &[2, 1, U8]),
        act(Sticky, 0, &[]),
        act(Append, 0, &[1]),
        act(Copy, 0, &[5, 1]),
        act(Append, 0, &[1, 2, 3, 4]),
        act(Size, 0, &[]),
        act(Seek, 0, &[1]),
        act(Append, 0, &[2]),
        act(Size, 0, &[]),
        act(Repeat, 0, &[2, 1]),
        act(Size, 0, &[]),
        act(Clear, 0, &[]),
        act(Size, 0, &[]),
    ];
    let expected = [
        kept(DataError::NoSource, 1),
        2,
        kept(DataError::Excess, 2),
        0,
    ];
    assert_eq!(run(&script).0, expected);
}

/// All that was good is handed over, the check circuit sees what was written, and the error is
/// charged like the whole job.
#[test]
fn rows_and_checks() {
    let mut script = vec![
        act(Region, 0, &[4, 3, U8]),
        act(Band, 0, &[2]),
        act(Sticky, 0, &[]),
        act(Sums, 0, &[65521, 1]),
        act(Repeat, 0, &[1, 11]),
        act(Append, 0, &[1, 1, 1, 1]),
        act(Close, 0, &[]),
        act(Size, 0, &[]),
        act(Check, 0, &[]),
    ];
    let run = run_all(&Setup::default(), &script);
    assert_eq!(run.outcome.end, End::Complete);
    // 12 bytes of 1: a = 13, b = 12 + (1 + ... + 12).
    assert_eq!(run.replies(), [kept(DataError::Excess, 12), 90 << 16 | 13]);
    assert_eq!(run.outcome.queues[usize::from(GRANTS.0)].pushed, 2);
    let work = |r: &common::Run| r.outcome.processes[SEQUENCER].work;
    script[5] = act(Append, 0, &[1]);
    let fitting = run_all(&Setup::default(), &script);
    assert_eq!(work(&run), work(&fitting) + 3);
}

/// Errors of the program itself trap as ever, and so do data errors of other streams.
#[test]
fn what_is_not_the_datas_fault_traps() {
    let traps = |code, script: &[Entry]| {
        let run = run_all(&Setup::default(), script);
        assert_eq!(run.trap(SEQUENCER).map(|f| f.code), Some(code));
    };
    let made = [act(Region, 0, &[4, 1, U8]), act(Sticky, 0, &[])];
    let then = |last: &[Entry]| [&made, last].concat();
    traps(TrapCode::BadHandle, &[act(Sticky, 0, &[])]);
    traps(
        TrapCode::BadHandle,
        &then(&[act(Close, 0, &[]), act(Append, 0, &[1])]),
    );
    traps(
        TrapCode::Ownership,
        &then(&[act(Grant, 0, &[]), act(Place, 0, &[0, 0, 1])]),
    );
    // A new stream at the handle is not sticky.
    let again = act(Region, 0, &[4, 1, U8]);
    traps(TrapCode::Capacity, &then(&[again, act(Repeat, 0, &[1, 5])]));
    traps(
        TrapCode::Capacity,
        &then(&[
            act(Region, 1, &[4, 1, U8]),
            with_handles(Repeat, 1, &[0, 5], 0),
        ]),
    );
}
