//! The two programs of a picture format against a plain model.

mod common;

use common::Feed;
use common::{Machine, Random, ViewWords, asking, channels, grant, sprite};
use orrery_compositor::{Image, Spec, assemble, link, list};

type Entries = Vec<Vec<(String, u16)>>;

/// Both programs in one image, and the entries of each.
fn programs() -> (Image, Entries) {
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
    (linked.image, linked.entries)
}

fn entry(list: &[(String, u16)], name: &str) -> u16 {
    list.iter()
        .find(|(n, _)| n == name)
        .unwrap_or_else(|| panic!("{name}"))
        .1
}

fn paeth(a: i32, b: i32, c: i32) -> i32 {
    let p = a + b - c;
    let (pa, pb, pc) = ((p - a).abs(), (p - b).abs(), (p - c).abs());
    if pa <= pb && pa <= pc {
        a
    } else if pb <= pc {
        b
    } else {
        c
    }
}

/// Undoes the filters of a picture.
fn model_unfilter(data: &mut [u8], row: usize, bpp: usize, rows: usize) {
    let pitch = row + 1;
    for y in 0..rows {
        let filter = data[y * pitch];
        for x in 0..row {
            let at = |d: &[u8], x: isize, y: isize| {
                if x < 0 || y < 0 {
                    0
                } else {
                    i32::from(d[y as usize * pitch + 1 + x as usize])
                }
            };
            let (xi, yi, n) = (x as isize, y as isize, bpp as isize);
            let a = at(data, xi - n, yi);
            let b = at(data, xi, yi - 1);
            let c = at(data, xi - n, yi - 1);
            let predicted = match filter {
                1 => a,
                2 => b,
                3 => (a + b) / 2,
                4 => paeth(a, b, c),
                _ => 0,
            };
            let v = &mut data[y * pitch + 1 + x];
            *v = (i32::from(*v) + predicted) as u8;
        }
    }
}

fn unfilter_list(w: u32, h: u32, bpp: u32, entry: u16, band: u32) -> Vec<u32> {
    let pitch = (w * bpp + 1) as i32;
    let mut words = Vec::new();
    let parts: &[u32] = match bpp {
        6 => &[3, 3],
        8 => &[4, 4],
        _ => &[bpp],
    };
    let mut offset = 1;
    for (i, n) in parts.iter().enumerate() {
        let view = ViewWords::new(0, pitch, bpp as i32, list::U8 | channels(*n), w, h);
        // Each part has its own pair of units only because the views differ;
        // the program names units 0 and 1, so views are bound before each use.
        let _ = i;
        words.extend(view.offset(offset).words(0));
        words.extend(ViewWords::new(0, pitch, 0, list::U8, w.max(1), h).words(1));
        words.extend([
            list::BANDS | list::GIVER_CORE << list::UNIT_SHIFT,
            0,
            0,
            h,
            pitch as u32,
            band,
        ]);
        words.extend(sprite(0, entry, (16, 1), (w, h), &[], Some((band, 0))));
        words.push(list::BANDS_END);
        offset += *n as i32;
    }
    words.push(list::END);
    words
}

#[test]
fn filters_of_all_kinds_and_sizes() {
    let (image, entries) = programs();
    let unfilter = entry(&entries[0], "unfilter");
    let mut random = Random(1);
    for bpp in [1u32, 2, 3, 4, 6, 8] {
        for (w, h) in [(1u32, 1u32), (7, 5), (16, 4), (17, 9), (33, 12), (50, 3)] {
            for forced in [0u8, 1, 2, 3, 4, 255] {
                let pitch = (w * bpp + 1) as usize;
                let size = pitch * h as usize;
                let mut data = vec![0; size];
                random.fill(&mut data);
                let mut bad = false;
                for y in 0..h as usize {
                    data[y * pitch] = match forced {
                        255 => random.below(7) as u8,
                        n => n,
                    };
                    bad |= data[y * pitch] > 4;
                }
                let words = unfilter_list(w, h, bpp, unfilter, 3);
                let mut feed = vec![asking(0, words.len() as u32)];
                for rows in (0..h).step_by(2) {
                    feed.push(grant(1, 0, ((rows + 2).min(h)) * pitch as u32));
                }
                feed.push(Feed::Status);
                let mut machine = Machine::new(Spec::default(), &image, size + 3, &words, feed);
                machine.memory.texture.bytes[..size].copy_from_slice(&data);
                machine.complete();
                model_unfilter(&mut data, (w * bpp) as usize, bpp as usize, h as usize);
                assert!(
                    machine.memory.texture.bytes[..size] == data[..],
                    "{w}x{h}, {bpp} bytes, filter {forced}"
                );
                assert_eq!(machine.statuses, [u32::from(bad)]);
            }
        }
    }
}

/// Name, bits per sample, samples per pixel.
const CONVERTS: &[(&str, u32, u32)] = &[
    ("grey1", 1, 1),
    ("grey2", 2, 1),
    ("grey4", 4, 1),
    ("grey8", 8, 1),
    ("grey16", 16, 1),
    ("grey1key", 1, 1),
    ("grey2key", 2, 1),
    ("grey4key", 4, 1),
    ("grey8key", 8, 1),
    ("grey16key", 16, 1),
    ("greya8", 8, 2),
    ("greya16", 16, 2),
    ("rgb8", 8, 3),
    ("rgb16", 16, 3),
    ("rgb8key", 8, 3),
    ("rgb16key", 16, 3),
    ("rgba8", 8, 4),
    ("rgba16", 16, 4),
    ("pal1", 1, 1),
    ("pal2", 2, 1),
    ("pal4", 4, 1),
    ("pal8", 8, 1),
];

fn element(bits: u32) -> u32 {
    match bits {
        1 => list::U1,
        2 => list::U2,
        4 => list::U4,
        8 => list::U8,
        _ => list::U16,
    }
}

/// One pixel of the model.
fn model_pixel(name: &str, bits: u32, s: &[u32], scalars: &[i32], palette: &[u8]) -> [u8; 4] {
    if name.starts_with("pal") {
        let i = s[0] as usize;
        if i >= scalars[0] as usize {
            return [0, 0, 0, 255];
        }
        return palette[4 * i..4 * i + 4].try_into().unwrap();
    }
    let eight = |v: u32| match bits {
        16 => (v >> 8) as u8,
        8 => v as u8,
        n => (v * 255 / ((1 << n) - 1)) as u8,
    };
    let keyed = name.ends_with("key") && s.iter().zip(scalars).all(|(v, k)| *v as i32 == *k);
    let alpha = if keyed { 0 } else { 255 };
    match s.len() {
        1 => [eight(s[0]), eight(s[0]), eight(s[0]), alpha],
        2 => [eight(s[0]), eight(s[0]), eight(s[0]), eight(s[1])],
        3 => [eight(s[0]), eight(s[1]), eight(s[2]), alpha],
        _ => [eight(s[0]), eight(s[1]), eight(s[2]), eight(s[3])],
    }
}

#[test]
fn conversions_of_all_kinds() {
    let (image, entries) = programs();
    let mut random = Random(2);
    for &(name, bits, samples) in CONVERTS {
        for (w, h) in [(1u32, 1u32), (5, 3), (16, 2), (37, 5)] {
            let row = (w * bits * samples).div_ceil(8);
            let pitch = row + 1;
            let (source, palette, target) = (0, pitch * h, (pitch * h).next_multiple_of(4) + 1024);
            let size = (target + 4 * w * h) as usize;
            let mut texture = vec![0; size];
            random.fill(&mut texture[..(palette + 1024) as usize]);
            let sample = |texture: &[u8], x: u32, y: u32, c: u32| {
                let bit = (x * samples + c) * bits;
                let at = (y * pitch + 1 + bit / 8) as usize;
                match bits {
                    16 => u32::from(texture[at]) << 8 | u32::from(texture[at + 1]),
                    _ => u32::from(texture[at]) >> (8 - bits - bit % 8) & ((1 << bits) - 1),
                }
            };
            // A key that occurs; a palette that is a little too short.
            let (kx, ky) = (random.below(w.into()) as u32, random.below(h.into()) as u32);
            let mut scalars: Vec<i32> = (0..samples)
                .map(|c| sample(&texture, kx, ky, c) as i32)
                .collect();
            if name.starts_with("pal") {
                scalars = vec![((1 << bits) - 1).max(1)];
            }
            let stride = if bits < 8 { bits } else { bits / 8 * samples };
            let format = element(bits) | list::BIG | channels(samples);
            let view = ViewWords::new(source, pitch as i32, stride as i32, format, w, h);
            let mut words = view.offset(1).words(3);
            words.extend(ViewWords::new(palette, 1024, 4, list::U8 | channels(4), 256, 1).words(4));
            words.extend(
                ViewWords::new(target, 4 * w as i32, 4, list::U8 | channels(4), w, h).words(2),
            );
            words.extend([list::WAIT, target, size as u32]);
            let code = entry(&entries[1], name);
            words.extend(sprite(
                list::PARALLEL,
                code,
                (16, 1),
                (w, h),
                &scalars,
                None,
            ));
            words.push(list::END);
            let feed = vec![
                asking(0, words.len() as u32),
                grant(0, source, pitch * h),
                grant(0, palette, palette + 1024),
                grant(0, target, size as u32),
                Feed::Status,
            ];
            let mut machine = Machine::new(Spec::default(), &image, size, &words, feed);
            machine.memory.texture.bytes.copy_from_slice(&texture);
            machine.complete();
            let mut flagged = 0;
            for y in 0..h {
                for x in 0..w {
                    let s: Vec<u32> = (0..samples).map(|c| sample(&texture, x, y, c)).collect();
                    let want = model_pixel(name, bits, &s, &scalars, &texture[palette as usize..]);
                    if name.starts_with("pal") && s[0] as i32 >= scalars[0] {
                        flagged = 2;
                    }
                    let at = (target + 4 * (y * w + x)) as usize;
                    let got = &machine.memory.texture.bytes[at..at + 4];
                    assert_eq!(got, want, "{name} {w}x{h} at {x},{y}");
                }
            }
            assert_eq!(machine.statuses, [flagged], "{name}");
        }
    }
}

/// Cycles per pixel of a sprite over a picture of 512 x 64.
fn cycles(entry: u16, image: &Image, filter: Option<u8>, (bits, samples): (u32, u32)) -> u64 {
    let (w, h) = (512u32, 64u32);
    let element = element(bits);
    let pitch = w * bits * samples / 8 + 1;
    let stride = if bits < 8 { bits } else { bits / 8 * samples };
    let target = (pitch * h).next_multiple_of(4);
    let size = target + 4 * w * h;
    let mut words = Vec::new();
    let format = element | list::BIG | channels(samples);
    words.extend(
        ViewWords::new(0, pitch as i32, stride as i32, format, w, h)
            .offset(1)
            .words(if filter.is_some() { 0 } else { 3 }),
    );
    match filter {
        Some(_) => words.extend(ViewWords::new(0, pitch as i32, 0, list::U8, w, h).words(1)),
        None => words.extend(ViewWords::new(0, 1024, 4, list::U8 | channels(4), 256, 1).words(4)),
    }
    words.extend(ViewWords::new(target, 4 * w as i32, 4, list::U8 | channels(4), w, h).words(2));
    words.extend([list::WAIT, target, size]);
    let flags = if filter.is_some() { 0 } else { list::PARALLEL };
    words.extend(sprite(flags, entry, (16, 1), (w, h), &[256], None));
    words.push(list::END);
    let feed = vec![
        common::head(0, words.len() as u32),
        grant(0, 0, pitch * h),
        grant(0, target, size),
        Feed::Done(1),
    ];
    let spec = Spec {
        load_rate: 0,
        ..Spec::default()
    };
    let mut machine = Machine::new(spec, image, size as usize, &words, feed);
    if let Some(filter) = filter {
        for y in 0..h {
            machine.memory.texture.bytes[(y * pitch) as usize] = filter;
        }
    }
    let outcome = machine.complete();
    1000 * outcome.processes[1].busy / u64::from(w * h)
}

#[test]
fn budgets_in_cycles_per_pixel() {
    let (image, entries) = programs();
    let unfilter = entry(&entries[0], "unfilter");
    for (filter, most) in [(0, 800), (1, 3_700), (2, 4_700), (3, 5_700), (4, 14_700)] {
        let got = cycles(unfilter, &image, Some(filter), (8, 3));
        println!("filter {filter}: {got} cycles per 1000 pixels");
        assert!(got <= most, "filter {filter}: {got}");
    }
    for &(name, bits, samples) in CONVERTS {
        let got = cycles(entry(&entries[1], name), &image, None, (bits, samples));
        println!("{name}: {got} cycles per 1000 pixels");
        assert!(got <= 2_000, "{name}: {got}");
    }
}
