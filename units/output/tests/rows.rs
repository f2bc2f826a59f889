//! Rows of pictures that are not finished: what was written without a gap from the top is claimed, and
//! all that was written is shown.

mod common;

use common::{Setup, act, echo, run_all, with_handles};
use orrery_output::isa::Action::*;
use orrery_shared::Entry;

const U8: u32 = 0x11;
const RGBA8: u32 = 0x41;
const U16: u32 = 0x22;

/// Rows that are claimed, and the first byte of each row that is shown, of a picture of 2 x 4.
fn left(kind: u32, actions: &[Entry]) -> (u32, Vec<u8>) {
    let mut script = vec![
        act(Texture, 0, &[2, 4, kind]),
        with_handles(Open, 0, &[0], 1),
    ];
    script.extend_from_slice(actions);
    let run = run_all(&Setup::default(), &script);
    let w = &run.world;
    let rows =
        |d: &orrery_output::Descriptor| orrery_output::rows_written(&w.sequencer, &w.sink, d);
    let frames = w.gate.incomplete(&w.memory, rows);
    assert_eq!(frames.len(), 1, "{:?}", run.outcome.end);
    assert!(!frames[0].complete);
    let firsts = frames[0].rgba.chunks(8).map(|row| row[0]).collect();
    (frames[0].complete_rows, firsts)
}

#[test]
fn from_the_top() {
    assert_eq!(left(U8, &[]), (0, vec![]));
    // The row that is begun is not shown.
    assert_eq!(left(U8, &[act(Repeat, 0, &[7, 5])]), (2, vec![7, 7]));
    let sought = [act(Repeat, 0, &[7, 4]), act(Seek, 0, &[2])];
    assert_eq!(left(U8, &sought), (2, vec![7, 7]));
    let cleared = [act(Repeat, 0, &[7, 4]), act(Clear, 0, &[])];
    assert_eq!(left(U8, &cleared), (0, vec![]));
}

#[test]
fn from_the_bottom() {
    let mut actions = Vec::new();
    for (n, row) in [6, 4, 2, 0].into_iter().enumerate() {
        actions.push(act(Seek, 0, &[row]));
        actions.push(act(Repeat, 0, &[9, 2]));
        let shown = [0, 0, 0, 0, 9, 9, 9, 9][n + 1..n + 5].to_vec();
        let claimed = u32::from(row == 0);
        assert_eq!(left(U8, &actions), (claimed, shown), "{n}");
    }
    // A jump alone writes nothing.
    assert_eq!(left(U8, &[act(Seek, 0, &[6])]), (0, vec![]));
}

#[test]
fn gaps_that_are_closed() {
    let mut actions = vec![
        act(Repeat, 0, &[5, 2]),
        act(Seek, 0, &[4]),
        act(Repeat, 0, &[5, 3]),
    ];
    assert_eq!(left(U8, &actions), (1, vec![5, 0, 5, 5]));
    actions.extend([act(Seek, 0, &[2]), act(Repeat, 0, &[5, 2])]);
    assert_eq!(left(U8, &actions), (2, vec![5, 5, 5, 5]));
}

#[test]
fn placed_and_passed_over() {
    let placed = [act(Place, 0, &[0, 8, 3]), act(Place, 0, &[0, 0, 3])];
    assert_eq!(left(RGBA8, &placed), (0, vec![3, 3]));
    let passed = [act(Place, 0, &[0, 0, 3]), act(Advance, 0, &[16])];
    assert_eq!(left(RGBA8, &passed), (2, vec![3, 0]));
    let behind_a_gap = [
        act(Seek, 0, &[8]),
        act(Advance, 0, &[8]),
        act(Seek, 0, &[0]),
    ];
    assert_eq!(left(RGBA8, &behind_a_gap).0, 0);
    // What an index map leads to.
    let mapped = [
        act(Ram, 1, &[8, U16]),
        act(Append, 1, &[6]),
        with_handles(Map, 0, &[1], 1),
        act(Place, 0, &[0, 0, 4]),
    ];
    assert_eq!(left(U8, &mapped), (0, vec![0, 0, 0, 4]));
}

#[test]
fn by_the_sink_and_by_both() {
    let words = |n: u32| act(Activate, echo(1), &[n * 0x0101]);
    let mut actions = vec![act(Bind, 0, &[]), words(1), words(1)];
    assert_eq!(left(U8, &actions), (2, vec![1, 1]));
    // Bound again behind a gap, then the gap is closed.
    actions.extend([
        act(SinkClose, 0, &[]),
        act(AwaitCore, 0, &[]),
        act(Seek, 0, &[6]),
        act(Bind, 0, &[]),
        words(2),
    ]);
    assert_eq!(left(U8, &actions), (2, vec![1, 1, 0, 2]));
    actions.extend([
        act(SinkClose, 0, &[]),
        act(AwaitCore, 0, &[]),
        act(Seek, 0, &[4]),
        act(Append, 0, &[3, 3]),
    ]);
    assert_eq!(left(U8, &actions), (4, vec![1, 1, 3, 2]));
}
