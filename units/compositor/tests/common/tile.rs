//! One sprite over 256 bytes, and what came of it.

use super::{Feed, Machine, ViewWords, asking, channels, grant, sprite};
use orrery_compositor::{Image, Spec, assemble, list};
use orrery_shared::account::Standing;
use orrery_shared::{End, TrapCode};

pub const SIZE: u32 = 256;

/// Runs one sprite with its views over 256 bytes that count up, all granted.
pub fn run(
    text: &str,
    views: &[(u32, ViewWords)],
    sprite: &[u32],
) -> (Machine, orrery_shared::Outcome) {
    let object = assemble("t.gfx", text).unwrap_or_else(|e| panic!("{e:?}"));
    let mut words: Vec<u32> = views.iter().flat_map(|(u, v)| v.words(*u)).collect();
    words.extend([list::WAIT, 0, SIZE]);
    words.extend(sprite);
    words.push(list::END);
    let feed = vec![
        asking(0, words.len() as u32),
        grant(0, 0, SIZE),
        Feed::Status,
    ];
    let mut machine = Machine::new(
        Spec::default(),
        &Image::from(&object),
        SIZE as usize,
        &words,
        feed,
    );
    for (i, b) in machine.memory.texture.bytes.iter_mut().enumerate() {
        *b = i as u8;
    }
    let outcome = machine.run();
    (machine, outcome)
}

pub fn serial(tile: (u32, u32), size: (u32, u32)) -> Vec<u32> {
    sprite(0, 0, tile, size, &[5, -1, 3], None)
}

/// The trap of the kernel: code, program counter.
pub fn trap(outcome: &orrery_shared::Outcome) -> (TrapCode, u32) {
    match &outcome.processes[1].standing {
        Standing::Trapped(fault, _) => (fault.code, fault.pc),
        other => panic!("no trap but {other:?}"),
    }
}

pub fn bytes(n: u32) -> ViewWords {
    ViewWords::new(0, 16, 1, list::U8, n, 1)
}

/// The value that a one-tile program stores, all components, as four 32-bit words.
pub fn result(body: &str, views: &[(u32, ViewWords)]) -> [i32; 4] {
    let text = format!("const T = [ 10 20 30 40 -7 ]\nkernel k:\n{body}\ngST r0, u9, (0, 0)\ngEND");
    let target = ViewWords::new(0, 0, 16, list::S32 | channels(4), 1, 1).offset(128);
    let mut all = views.to_vec();
    all.push((9, target));
    let (machine, outcome) = run(&text, &all, &serial((1, 1), (1, 1)));
    assert_eq!(
        outcome.end,
        End::Complete,
        "{body}: {:?}",
        outcome.processes[1].standing
    );
    let word = |i: usize| {
        let at = 128 + 4 * i;
        i32::from_le_bytes(machine.memory.texture.bytes[at..at + 4].try_into().unwrap())
    };
    [word(0), word(1), word(2), word(3)]
}
