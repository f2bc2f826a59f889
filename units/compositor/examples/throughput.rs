//! How fast the kernel is simulated: host nanoseconds per instruction and per
//! pixel for each entry of two shipped programs, over a picture of 1,024 x 1,024.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::{Feed, Machine, Random, ViewWords, channels, grant, sprite};
use orrery_compositor::{Image, Spec, assemble, link, list};

const W: u32 = 1024;
const H: u32 = 1024;

fn run(
    name: &str,
    image: &Image,
    entry: u16,
    serial: bool,
    filter: Option<u8>,
    bits: u32,
    samples: u32,
) {
    let pitch = W * bits * samples / 8 + 1;
    let target = (pitch * H).next_multiple_of(4);
    let size = target + 4 * W * H;
    let element = match bits {
        1 => list::U1,
        2 => list::U2,
        4 => list::U4,
        8 => list::U8,
        _ => list::U16,
    };
    let stride = if bits < 8 { bits } else { bits / 8 * samples };
    let format = element | list::BIG | channels(samples);
    let mut words = ViewWords::new(0, pitch as i32, stride as i32, format, W, H)
        .offset(1)
        .words(if serial { 0 } else { 3 });
    words.extend(match filter {
        Some(_) => ViewWords::new(0, pitch as i32, 0, list::U8, W, H).words(1),
        None => ViewWords::new(0, 1024, 4, list::U8 | channels(4), 256, 1).words(4),
    });
    words.extend(ViewWords::new(target, 4 * W as i32, 4, list::U8 | channels(4), W, H).words(2));
    words.extend([list::WAIT, target, size]);
    let flags = if serial { 0 } else { list::PARALLEL };
    words.extend(sprite(flags, entry, (16, 1), (W, H), &[200, 3, 4], None));
    words.push(list::END);
    let feed = vec![
        common::head(0, words.len() as u32),
        grant(0, 0, pitch * H),
        grant(0, target, size),
        Feed::Done(1),
    ];
    let mut machine = Machine::new(Spec::default(), image, size as usize, &words, feed);
    Random(7).fill(&mut machine.memory.texture.bytes[..(pitch * H) as usize]);
    if let Some(filter) = filter {
        for y in 0..H {
            machine.memory.texture.bytes[(y * pitch) as usize] = filter;
        }
    }
    let start = Instant::now();
    let outcome = machine.complete();
    let ns = start.elapsed().as_nanos() as u64;
    let kernel = &outcome.processes[1];
    let pixels = u64::from(W * H);
    println!(
        "{name:12} {:6} ps/instruction {:6} ps/pixel {:6} cycles per 1000 pixels",
        1000 * ns / kernel.work,
        1000 * ns / pixels,
        1000 * kernel.busy / pixels
    );
}

/// Both programs in one list, by bands of one row, as a decoder would send it.
fn banded(image: &Image, unfilter: u16, convert: u16, rows: u32) {
    let pitch = W * 3 + 1;
    let target = (pitch * H).next_multiple_of(4);
    let size = target + 4 * W * H;
    let samples = ViewWords::new(0, pitch as i32, 3, list::U8 | channels(3), W, H).offset(1);
    let mut words = samples.words(0);
    words.extend(ViewWords::new(0, pitch as i32, 0, list::U8, W, H).words(1));
    words.extend(ViewWords::new(target, 4 * W as i32, 4, list::U8 | channels(4), W, H).words(2));
    words.extend(samples.words(3));
    words.extend([list::WAIT, target, size]);
    words.extend([list::BANDS | 1 << list::UNIT_SHIFT, 0, 0, H, pitch, rows]);
    let band = Some((rows, 0));
    words.extend(sprite(0, unfilter, (16, 1), (W, H), &[], band));
    words.extend(sprite(list::PARALLEL, convert, (16, 1), (W, H), &[], band));
    words.extend([list::BANDS_END, list::END]);
    let mut feed = vec![common::head(0, words.len() as u32), grant(0, target, size)];
    feed.extend((1..=H).map(|row| grant(1, 0, row * pitch)));
    feed.push(Feed::Done(1));
    let mut machine = Machine::new(Spec::default(), image, size as usize, &words, feed);
    Random(7).fill(&mut machine.memory.texture.bytes[..(pitch * H) as usize]);
    for y in 0..H {
        machine.memory.texture.bytes[(y * pitch) as usize] = 4;
    }
    let start = Instant::now();
    let outcome = machine.complete();
    let ns = start.elapsed().as_nanos() as u64;
    let pixels = u64::from(W * H);
    println!(
        "bands of {rows:3} {:6} ps/instruction {:6} ps/pixel {:6} cycles per 1000 pixels",
        1000 * ns / outcome.processes[1].work,
        1000 * ns / pixels,
        1000 * outcome.processes[1].busy / pixels
    );
}

fn main() {
    let unfilter = assemble(
        "unfilter.gfx",
        include_str!("../../../programs/png/unfilter.gfx"),
    );
    let convert = assemble(
        "convert.gfx",
        include_str!("../../../programs/png/convert.gfx"),
    );
    let objects = [unfilter.expect("assembles"), convert.expect("assembles")];
    let linked = link(&objects).expect("fits");
    let entry = |o: usize, name: &str| {
        let found = linked.entries[o].iter().find(|e| e.0 == name);
        found.map_or(0, |e| e.1)
    };
    for (filter, name) in ["none", "sub", "up", "average", "paeth"].iter().enumerate() {
        run(
            name,
            &linked.image,
            entry(0, "unfilter"),
            true,
            Some(filter as u8),
            8,
            3,
        );
    }
    for (name, bits, samples) in [
        ("grey1", 1, 1),
        ("grey8", 8, 1),
        ("greya8", 8, 2),
        ("rgb8", 8, 3),
        ("rgba8", 8, 4),
        ("rgb16", 16, 3),
        ("rgb8key", 8, 3),
        ("pal8", 8, 1),
    ] {
        run(
            name,
            &linked.image,
            entry(1, name),
            false,
            None,
            bits,
            samples,
        );
    }
    for rows in [1, 16] {
        banded(&linked.image, entry(0, "unfilter"), entry(1, "rgb8"), rows);
    }
}
