//! The screen: layers, blending, overruns, the three clocks.

mod common;

use common::{GRANTS, LIST, Random, STATUS, ViewWords, channels};
use orrery_compositor::scan::ScanSpec;
use orrery_compositor::{Image, Scan, ScanPorts, assemble, list};
use orrery_shared::account::Standing;
use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{
    Bank, Beat, Counter, End, Entry, Memory, Network, Proc, Step, Stop, Topology, TrapCode,
    WaitCause, exact::Exact, lockstep::Lockstep, off::Off, protocol,
};

const W: u32 = 20;
const H: u32 = 12;
const TEXTURE: u32 = 4 * W * H;
const SIZE: u32 = TEXTURE + 256;

const PROGRAM: &str = "
scan plain:
    gOUT grCOL
scan blended:
    gPD r4, grCOL, grDST, one, inverse
    gOUT r4
scan textured:
    gSAR r3, grPOS, 16
    gLD r4, u0, (@r3.x, @r3.y)
    gPD r4, r4, grDST, one, inverse
    gOUT r4
kernel wrong:
    gJ 0
    gOUT r0
";

#[derive(Clone)]
struct Net {
    scan: Scan,
    memory: Memory,
    feed: Vec<(orrery_shared::Chan, Entry)>,
    at: usize,
}

impl Network for Net {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        if p == 1 {
            return self.scan.step(beat, &mut self.memory);
        }
        let Some((q, entry)) = self.feed.get(self.at).copied() else {
            return Err(Stop::Done);
        };
        beat.room(q)?;
        beat.issue(0, 30, 1)?;
        beat.push(q, entry);
        self.at += 1;
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Item {
    program: &'static str,
    place: (u32, u32, u32, u32),
    depth: u32,
    colour: [u8; 4],
    uv: [i32; 6],
}

fn net(items: &[Item], line_budget: u64, extra: &[u32]) -> (Net, Topology) {
    let object = assemble("s.gfx", PROGRAM).unwrap_or_else(|e| panic!("{e:?}"));
    let mut words = ViewWords::new(TEXTURE, 32, 4, list::U8 | channels(4) | 0xFF00, 8, 8).words(0);
    words.extend(ViewWords::new(0, 4 * W as i32, 4, list::U8 | channels(4), W, H).words(15));
    words.extend([list::WAIT, TEXTURE, SIZE, list::WAIT, 0, TEXTURE]);
    words.extend([list::SCREEN | 15 << list::UNIT_SHIFT, 0xFF10_2030]);
    for i in items {
        let (x, y, w, h) = i.place;
        words.extend([
            list::LAYER,
            u32::from(object.entry(i.program).unwrap()),
            x | y << 16,
            w | h << 16,
            i.depth,
            u32::from_le_bytes(i.colour),
        ]);
        words.extend(i.uv.map(|v| v as u32));
    }
    words.extend(extra);
    words.push(list::END);
    let mut memory = Memory {
        stream: Bank::new(1 << 16),
        texture: Bank::new(SIZE as usize),
    };
    Random(77).fill(&mut memory.texture.bytes[TEXTURE as usize..]);
    for (i, word) in words.iter().enumerate() {
        memory.stream.bytes[4 * i..4 * i + 4].copy_from_slice(&word.to_le_bytes());
    }
    let bytes = |a: u32, b: u32| Entry::with(protocol::grant::BYTES, 0, &[a, b]);
    let head = Entry::with(protocol::list::HEAD, 0, &[0, words.len() as u32]);
    let feed = vec![
        (LIST, head),
        (GRANTS[0], bytes(TEXTURE, SIZE)),
        (GRANTS[0], bytes(0, TEXTURE)),
        (LIST, head),
    ];
    let ports = ScanPorts {
        list: LIST,
        grants: GRANTS[0],
        done: Counter(0),
    };
    let spec = ScanSpec {
        width: W as i32,
        height: H as i32,
        line_budget,
        ..ScanSpec::default()
    };
    let net = Net {
        scan: Scan::new(spec, ports, &Image::from(&object)),
        memory,
        feed,
        at: 0,
    };
    let queue = |name, cause| QueueSpec {
        name,
        producer: Proc(0),
        consumer: Proc(1),
        depth: 1,
        cause,
        reserved: false,
    };
    let proc = |name, profile| ProcSpec {
        name,
        is_gate: false,
        profile,
    };
    let topology = Topology {
        procs: vec![proc("feeder", 1), proc("scan", net.scan.profile_rows())],
        queues: vec![
            queue("list", WaitCause::Input),
            queue("grants 0", WaitCause::Token),
            queue("grants 1", WaitCause::Token),
        ],
        counts: vec![CountSpec {
            name: "screens",
            raiser: Proc(1),
        }],
        main: 0,
        budget: 1 << 40,
    };
    let _ = STATUS;
    (net, topology)
}

fn div255(v: i32) -> i32 {
    (2 * v + 255) / 510
}

/// Paints every layer over the whole screen, one after the other.
fn model(items: &[Item], memory: &Memory) -> Vec<u8> {
    let mut screen = vec![[0x30u8, 0x20, 0x10, 0xFF]; (W * H) as usize];
    let mut order: Vec<&Item> = items.iter().collect();
    order.sort_by_key(|i| i.depth);
    for i in order {
        let (x0, y0, w, h) = i.place;
        for y in y0..(y0 + h).min(H) {
            for x in x0..(x0 + w).min(W) {
                let (dx, dy) = ((x - x0) as i32, (y - y0) as i32);
                let u = (i.uv[0] + i.uv[2] * dx + i.uv[4] * dy) >> 16;
                let v = (i.uv[1] + i.uv[3] * dx + i.uv[5] * dy) >> 16;
                let mirror = |v: i32| v.rem_euclid(16).min(15 - v.rem_euclid(16)) as usize;
                let at = TEXTURE as usize + 32 * mirror(v) + 4 * mirror(u);
                let source: [u8; 4] = match i.program {
                    "textured" => memory.texture.bytes[at..at + 4].try_into().unwrap(),
                    _ => i.colour,
                };
                let d = &mut screen[(y * W + x) as usize];
                if i.program == "plain" {
                    *d = source;
                    continue;
                }
                let inverse = 255 - i32::from(source[3]);
                for c in 0..4 {
                    let v = i32::from(source[c]) + div255(i32::from(d[c]) * inverse);
                    d[c] = v.min(255) as u8;
                }
            }
        }
    }
    screen.concat()
}

fn items(random: &mut Random) -> Vec<Item> {
    let mut items: Vec<Item> = (0..1 + random.below(8))
        .map(|_| Item {
            program: ["plain", "blended", "textured"][random.below(3) as usize],
            place: (
                random.below(20) as u32,
                random.below(12) as u32,
                random.below(12) as u32,
                random.below(9) as u32,
            ),
            depth: random.below(4) as u32,
            colour: (random.next() as u32).to_le_bytes(),
            uv: [0; 6].map(|_| random.below(1 << 19) as i32 - (1 << 18)),
        })
        .collect();
    items.sort_by_key(|i| (i.place.1, i.place.0));
    items
}

#[test]
fn layers_are_painted_back_to_front_under_all_clocks() {
    let mut random = Random(5);
    for round in 0..60 {
        let items = items(&mut random);
        let (mut a, topology) = net(&items, 60, &[]);
        let want = model(&items, &a.memory);
        let (mut b, mut c) = (a.clone(), a.clone());
        let horizon = random.below(900);
        let (mut exact, mut lockstep) = (
            Exact::new(topology.clone()),
            Lockstep::new(topology.clone()),
        );
        assert_eq!(exact.run(&mut a, horizon), lockstep.run(&mut b, horizon));
        assert_eq!(a.memory.texture.bytes, b.memory.texture.bytes);
        let end = exact.run(&mut a, 1 << 40);
        assert_eq!(end, lockstep.run(&mut b, 1 << 40));
        let off = Off::new(topology).run(&mut c);
        assert_eq!(
            end.end,
            End::Complete,
            "{round}: {:?}",
            end.processes[1].standing
        );
        assert_eq!(off.processes[1].work, end.processes[1].work);
        for net in [&a, &b, &c] {
            assert_eq!(
                net.memory.texture.bytes[..TEXTURE as usize],
                want,
                "{round}"
            );
            assert_eq!(net.scan.state().screens, 2);
            assert_eq!(net.scan.state().overruns, a.scan.state().overruns);
        }
    }
}

#[test]
fn overruns_are_counted_from_static_costs() {
    let wide = |n: usize| {
        let item = Item {
            program: "textured",
            place: (0, 3, 20, 2),
            depth: 0,
            colour: [0; 4],
            uv: [0; 6],
        };
        vec![item; n]
    };
    // A live layer: 20 pixels of 4 instructions on 4 lanes and 2 to set up.
    for (layers, budget, overruns) in [(1, 22, 0), (1, 21, 2), (3, 66, 0), (3, 65, 2)] {
        let (mut net, topology) = net(&wide(layers), budget, &[]);
        Exact::new(topology).run(&mut net, 1 << 40);
        assert_eq!(net.scan.state().overruns, 2 * overruns, "{layers} {budget}");
    }
}

/// The numbers are the largest screen; the view of a list says how large it is.
#[test]
fn a_screen_may_be_smaller() {
    let part = ViewWords::new(0, 4 * W as i32, 4, list::U8 | channels(4), W - 3, H - 5).words(15);
    let (mut net, topology) = net(&[], 60, &part);
    let end = Exact::new(topology).run(&mut net, 1 << 40);
    assert_eq!(end.end, End::Complete);
    let background = 0xFF10_2030_u32.to_le_bytes();
    for (i, pixel) in net.memory.texture.bytes[..TEXTURE as usize]
        .chunks(4)
        .enumerate()
    {
        let inside = i as u32 % W < W - 3 && i as u32 / W < H - 5;
        assert_eq!(pixel == background, inside, "pixel {i}");
    }
    let finished = net.scan.state().finished.get(&0).copied();
    assert_eq!(finished, Some(u64::from(4 * W * (H - 5))));
    for (w, h) in [(W + 1, H), (W, H + 1), (0, H)] {
        let view = ViewWords::new(0, 4 * W as i32, 4, list::U8 | channels(4), w, h).words(15);
        let (mut net, topology) = self::net(&[], 60, &view);
        let end = Exact::new(topology).run(&mut net, 1 << 40);
        assert!(matches!(end.end, End::Trap(_)), "{w} x {h}");
    }
}

#[test]
fn bad_display_lists_trap() {
    let layer = |entry: u32, place: u32| {
        let mut words = vec![list::LAYER, entry, place, 1 | 1 << 16];
        words.resize(list::LAYER_WORDS as usize, 0);
        words
    };
    let unsorted = [layer(0, 5 << 16), layer(0, 4 << 16)].concat();
    for (extra, code) in [
        (unsorted, TrapCode::BadOperand),
        (layer(7, 0), TrapCode::BadOperand),
        (layer(70_000, 0), TrapCode::BadOperand),
        (vec![list::SPRITE], TrapCode::UndefinedWord),
        (
            vec![list::SCREEN | 3 << list::UNIT_SHIFT, 0],
            TrapCode::BadOperand,
        ),
        // Only the sequencer gives to the scan.
        (
            vec![list::WAIT | 1 << list::UNIT_SHIFT, 0, 4],
            TrapCode::UndefinedWord,
        ),
        (vec![list::LAYER], TrapCode::Bounds),
    ] {
        let (mut net, topology) = net(&[], 60, &extra);
        let end = Exact::new(topology).run(&mut net, 1 << 40);
        match &end.processes[1].standing {
            Standing::Trapped(fault, _) => assert_eq!(fault.code, code, "{extra:?}"),
            other => panic!("{extra:?}: {other:?}"),
        }
    }
}
