//! Copies, appends and repeats against a model that keeps every byte ever
//! appended, while the kernel changes what was handed over.

mod common;

use common::{Setup, act, run_all, with_handles};
use orrery_output::isa::Action::*;
use orrery_shared::{End, Entry};
use proptest::prelude::*;

const U32: u32 = 0x44;

/// Unit, texel.
const KINDS: [(u32, u32); 8] = [
    (1, 1),
    (2, 2),
    (4, 4),
    (1, 3),
    (1, 4),
    (1, 2),
    (1, 6),
    (1, 8),
];

#[derive(Clone, Debug)]
enum Part {
    Texels(u32),
    Copy { distance: u32, length: u32 },
    Repeat { value: u32, texels: u32 },
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        any::<u32>().prop_map(Part::Texels),
        (any::<u32>(), 0u32..40).prop_map(|(distance, length)| Part::Copy { distance, length }),
        (1u32..4, 0u32..200).prop_map(|(distance, length)| Part::Copy { distance, length }),
        (any::<u32>(), 0u32..9).prop_map(|(value, texels)| Part::Repeat { value, texels }),
    ]
}

/// The bytes of a value in units of `unit` bytes.
fn low(value: u32, unit: u32) -> impl Iterator<Item = u8> {
    value.to_le_bytes().into_iter().take(unit as usize)
}

proptest! {
    #[test]
    fn history(
        kind in prop::sample::select(&KINDS[..]),
        parts in prop::collection::vec(part(), 0..60),
        ring in prop::sample::select(&[8u64, 64, 4096][..]),
        pitch in 1u32..40,
        band in 0u32..4,
        addend in any::<u8>(),
        rows_changed in 0u32..200,
    ) {
        let (unit, texel) = kind;
        let mut history: Vec<u8> = Vec::new();
        let mut actions: Vec<Entry> = Vec::new();
        for part in parts {
            match part {
                Part::Texels(value) => {
                    for i in 0..texel / unit {
                        let value = value.rotate_left(i * 5);
                        actions.push(act(Append, 0, &[value]));
                        history.extend(low(value, unit));
                    }
                }
                Part::Copy { distance, length } => {
                    let most = (history.len() as u64).min(ring) as u32 / texel;
                    if most == 0 {
                        continue;
                    }
                    let distance = 1 + distance % most;
                    actions.push(act(Copy, 0, &[distance, length]));
                    for _ in 0..length * texel {
                        history.push(history[history.len() - (distance * texel) as usize]);
                    }
                }
                Part::Repeat { value, texels } => {
                    let times = texels * (texel / unit);
                    actions.push(act(Repeat, 0, &[value, times]));
                    for _ in 0..times {
                        history.extend(low(value, unit));
                    }
                }
            }
        }
        let rows = history.len() as u32 / pitch + 1;
        let handed = match band {
            0 => 0,
            _ => history.len() as u32 / pitch / band * band,
        };
        let changed = (rows_changed % (handed + 1)) * pitch;
        // The second item takes the hand-overs that the first leaves, so that
        // short queues do not fill.
        let mut script = vec![
            act(Region, 0, &[pitch, rows, unit | texel << 4]),
            act(Ram, 1, &[64, U32]),
            with_handles(Append, 1, &[0, changed, u32::from(addend)], 1),
            with_handles(Append, 1, &[0, handed * pitch, 0], 1),
            act(List, 1, &[]),
        ];
        if band > 0 {
            script.push(act(Band, 0, &[band]));
        }
        let check = [16 | 1 << 8, 0x8005, 0, 0];
        script.push(act(Crc, 0, &check));
        script.extend(actions);
        if changed > 0 || handed > 0 {
            script.push(act(AwaitKernel, 0, &[]));
        }
        script.push(act(Check, 0, &[]));

        let mut expected = history.clone();
        for byte in &mut expected[..changed as usize] {
            *byte = byte.wrapping_add(addend);
        }
        let mut circuit = orrery_output::check::Circuit::new(
            orrery_output::check::Algorithm::crc(check[0], check[1], check[2], check[3]).unwrap(),
        ).unwrap();
        circuit.update(&history);
        for depth in [1, 16] {
            let mut setup = Setup::depth(depth);
            setup.spec.ring = ring;
            setup.texture = 1 << 17;
            let r = run_all(&setup, &script);
            // Without a band the kernel still waits, and nobody awaits it.
            if handed > 0 {
                prop_assert_eq!(&r.outcome.end, &End::Complete);
            }
            prop_assert!(r.texture(0, expected.len()) == &expected[..]);
            prop_assert_eq!(r.replies(), [u64::from(circuit.value())]);
        }
    }
}
