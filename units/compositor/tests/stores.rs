//! Which texels loads and stores touch: edges of tiles, sprites and windows, and what traps take back.

mod common;

use common::tile::{result, run, serial, trap};
use common::{Random, ViewWords, channels, sprite};
use orrery_compositor::list;
use orrery_shared::{End, TrapCode};

#[test]
fn partial_tiles_store_inside_only() {
    let text = "kernel k:\nrep y 2 { rep x 4 { gMOV r1, 200\ngST r1, u0, (x, y) } }\ngEND";
    let view = ViewWords::new(0, 16, 1, list::U8, 16, 16);
    let (machine, outcome) = run(text, &[(0, view)], &serial((4, 2), (6, 3)));
    assert_eq!(outcome.end, End::Complete);
    for (i, b) in machine.memory.texture.bytes.iter().enumerate() {
        let inside = i % 16 < 6 && i / 16 < 3;
        assert_eq!(*b == 200, inside || i == 200, "byte {i}");
    }
    assert_eq!(machine.memory.texture.written, 18);
}

/// Nothing of such a tile is cut off, but what it stores beside itself may lie beyond the sprite.
#[test]
fn whole_tiles_store_inside_only() {
    for (format, size) in [(list::U8, 1), (list::S16, 2)] {
        let view = ViewWords::new(0, 16 * size, size, format, 16, 256 / (16 * size) as u32);
        for (store, dx, dy) in [
            ("gST4 r1, u0.x, (4, 0)", 4, 0),
            ("gST4 r1, u0.x, (0, 1)", 0, 1),
            ("rep x 4 { gST r1, u0, (x + 4, 0) }", 4, 0),
            ("rep x 4 { gST r1, u0, (x, 1) }", 0, 1),
        ] {
            let text = format!("kernel k:\ngMOV r1, 222\n{store}\ngEND");
            let (machine, outcome) = run(&text, &[(0, view)], &serial((4, 1), (8, 2)));
            assert_eq!(outcome.end, End::Complete);
            let bytes = &machine.memory.texture.bytes;
            for (i, at) in (0..128).step_by(size as usize).enumerate() {
                let (x, y) = (i % 16, i / 16);
                let stored = (dx..8).contains(&x) && (dy..2).contains(&y);
                assert_eq!(bytes[at] == 222, stored, "{store}: ({x}, {y})");
            }
            assert_eq!(machine.memory.texture.written, 8 * size as u64, "{store}");
        }
    }
}

/// Texels that are the same for all tiles have borders and owners like all others.
#[test]
fn loads_of_one_place_are_checked_too() {
    let clamp = list::BORDER_CLAMP * 0x5500;
    let view = ViewWords::new(0, 16, 2, list::S16 | clamp, 3, 1);
    for (x, bytes) in [(0, [0, 1]), (2, [4, 5]), (3, [4, 5]), (-1, [0, 1])] {
        let found = result(&format!("gLD r0, u1, (@{x}, @0)"), &[(1, view)]);
        assert_eq!(found[0], i32::from(i16::from_le_bytes(bytes)), "{x}");
    }
    let beyond = ViewWords::new(0, 16, 2, list::S16, 16, 1).offset(255);
    let text = "kernel k:\ngLD r0, u0, (@0, @0)\ngEND";
    let (_, outcome) = run(text, &[(0, beyond)], &serial((1, 1), (1, 1)));
    assert_eq!(trap(&outcome), (TrapCode::Ownership, 0));
}

#[test]
fn four_neighbours_are_stored_inside_the_window_only() {
    for (format, size) in [(list::U8, 1), (list::S16, 2)] {
        let view = ViewWords::new(0, 16, size, format, 3, 1);
        let text = "kernel k:\ngMOV r1, 222\ngST4 r1, u0.x, (0, 0)\ngEND";
        let (machine, outcome) = run(text, &[(0, view)], &serial((4, 1), (4, 1)));
        assert_eq!(outcome.end, End::Complete);
        let at = |x: usize| machine.memory.texture.bytes[x * size as usize];
        assert_eq!([0, 1, 2].map(at), [222; 3]);
        assert_ne!(at(3), 222);
    }
}

#[test]
fn a_trap_takes_back_what_its_tile_stored() {
    let view = |unit, stride: i32, format, at| {
        let view = ViewWords::new(0, 16, stride, format, 4, 1).offset(at);
        (unit, view)
    };
    let views = [
        view(0, 4, list::U8 | channels(4), 0),
        view(1, 2, list::S16, 32),
        view(2, 1, list::U8, 64),
        view(3, 3, list::U8, 96),
    ];
    let stores =
        "gST4 r1, u0.y, (0, 0)\ngST4 r1, u1.x, (0, 0)\ngST r1, u2, (1, 0)\ngST4 r1, u3.x, (0, 0)";
    for (end, code) in [
        ("gEND", None),
        ("gLD r0, u9, (0, 0)\ngEND", Some(TrapCode::BadHandle)),
    ] {
        let text = format!("kernel k:\ngMOV r1, 200\n{stores}\n{end}");
        let (machine, outcome) = run(&text, &views, &serial((4, 1), (4, 1)));
        let changed = machine.memory.texture.bytes.iter().enumerate();
        let changed = changed.filter(|(i, b)| usize::from(**b) != *i).count();
        match code {
            // Halves have a high byte too.
            None => assert_eq!((outcome.end, changed), (End::Complete, 4 + 8 + 1 + 4)),
            Some(code) => assert_eq!((trap(&outcome).0, changed), (code, 0)),
        }
    }
}

#[test]
fn a_trap_keeps_the_tiles_before_it() {
    // The third tile reads behind the grant.
    for flags in [0, list::PARALLEL] {
        let text = "kernel k:\ngMOV r1, 7\ngST r1, u0, (0, 0)\ngLD r0, u0, (0, 0)\ngEND";
        let view = ViewWords::new(0, 16, 1, list::U8, 16, 1).offset(254);
        let words = sprite(flags, 0, (1, 1), (4, 1), &[], None);
        let (machine, outcome) = run(text, &[(0, view)], &words);
        assert_eq!(trap(&outcome).0, TrapCode::Ownership);
        assert_eq!(machine.memory.texture.bytes[252..], [252, 253, 7, 7]);
        assert_eq!(machine.kernel.state().tiles, 2);
    }
}

/// Coordinates through a register that is 0 name the same texels; those accesses are checked one by one.
#[test]
fn loads_with_and_without_registers_agree() {
    let mut random = Random(21);
    let target = ViewWords::new(0, 0, 16, list::S32 | channels(4), 8, 1).offset(128);
    let mut compared = 0;
    for _ in 0..2000 {
        let (element, size) = [
            (list::U8, 1),
            (list::U16, 2),
            (list::S16, 2),
            (list::S32, 4),
        ][random.below(4) as usize];
        let n = 1 + random.below(4);
        let stride = [size, size * n as i32, -size, 3][random.below(4) as usize];
        let format = element | channels(n as u32) | [0, list::BIG][random.below(2) as usize];
        let offset = 40 + random.below(60) as i32;
        let source = ViewWords::new(0, 8, stride, format, 6, 4).offset(offset);
        let (dx, dy, c) = (random.below(4), random.below(4), random.below(n));
        let channel = ["x", "y", "z", "w"][c as usize];
        let mut text = String::from("let v = r0\nkernel k:\n");
        for (i, load) in ["gLD r{}, u1", "gLD4 r{}, u1.c"].iter().enumerate() {
            for (j, at) in ["", "@"].iter().enumerate() {
                let d = 4 * i + 2 * j;
                let load = |d: usize| {
                    load.replace("{}", &d.to_string())
                        .replace(".c", &format!(".{channel}"))
                };
                text += &format!("{}, ({at}{dx}, {at}{dy})\n", load(d));
                text += &format!("{}, ({at}r9.x + {dx}, {at}r9.y + {dy})\n", load(d + 1));
            }
        }
        text += "rep k 8 { gST v[k], u2, (k, 0) }\ngEND";
        let (machine, outcome) = run(&text, &[(1, source), (2, target)], &serial((8, 1), (8, 1)));
        if outcome.end == End::Complete {
            for pair in machine.memory.texture.bytes[128..].as_chunks::<32>().0 {
                assert_eq!(pair[..16], pair[16..], "{text}stride {stride}, {format:x}");
            }
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
}
