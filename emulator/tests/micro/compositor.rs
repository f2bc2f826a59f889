//! The micro-programs of the Compositor.

use super::{Micro, grammar};

/// A whole texture of 64 x 64 pixels as unit 0, and its memory.
const TEXTURE: &str = "    { tex <- texture 64 64 rgba8\n lst <- ram 65536 u32
      lst << list.VIEW &tex 0 256 4 (list.U8 or (3 << list.CHANNELS_SHIFT)) 0 (64 or (64 << 16)) 0
      lst << list.WAIT &tex 16384 }\n";

/// The list is drawn so often.
const DRAWS: u64 = 20;
/// So many items of a list that is mostly items.
const ITEMS: u64 = 20;

/// Runs `x.go` over the texture, in tiles of so many pixels squared.
fn sprite(parallel: bool, side: u32) -> String {
    let flags = if parallel {
        "(list.SPRITE or list.PARALLEL)"
    } else {
        "list.SPRITE"
    };
    format!(
        "link: \"x.gfx\"\nmain:\n{TEXTURE}
            {{ lst << {flags} x.go ({side} or ({side} << 8)) 0 (64 or (64 << 16)) 0 0 0 0 0 0 0 0
              lst << list.END\n draw lst\n grant tex }} accept"
    )
}

/// Draws a list of so many equal items again and again; it has no memory to wait for.
fn items(item: &str) -> String {
    format!(
        "link: \"x.gfx\"\nmain: {{ tex <- texture 64 64 rgba8\n lst <- ram 65536 u32 }}
            ({{ lst << {item} }})[{ITEMS}] {{ lst << list.END }} ({{ draw lst }})[{DRAWS}] accept"
    )
}

fn gfx(
    number: &'static str,
    values: [u64; 2],
    grammar_text: &str,
    body: &str,
    cycles: fn(u64) -> u64,
) -> Micro {
    let constants = "const TAPS = [ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 ]\n";
    Micro {
        linked: Some(("x.gfx", format!("{constants}kernel go:\n{body}\ngEND\n"))),
        ..grammar(number, values, grammar_text, 0, cycles)
    }
}

/// Loads that each need the one before.
const CHAIN: &str = "rep i 20 { gLD r1, u0, (@r1.x, @r1.y) }";

/// Tiles of a sprite in tiles of 4 x 4, and of 16 x 16.
const SMALL: u64 = 256;
const LARGE: u64 = 16;

pub fn kernel() -> Vec<Micro> {
    let parallel = sprite(true, 4);
    let serial = sprite(false, 16);
    let nothing = items("list.SPRITE x.go (1 or (1 << 8)) 0 (1 or (1 << 16)) 0 0 0 0 0 0 0 0");
    let views = items(
        "list.VIEW &tex 0 256 4 (list.U8 or (3 << list.CHANNELS_SHIFT)) 0 (64 or (64 << 16)) 0",
    );
    vec![
        gfx(
            "compositing.lanes",
            [4, 2],
            &parallel,
            "rep i 40 { gADD r1[i], r0, 1 }",
            |v| SMALL * 41 / v,
        ),
        // The span of a tile, as often as there are batches of tiles in flight.
        gfx("compositing.in_flight", [2, 1], &parallel, CHAIN, |v| {
            SMALL / (4 * v) * 20 * 6
        }),
        gfx(
            "compositing.fetches",
            [4, 2],
            &parallel,
            "rep i 40 { gLD r1[i], u0, (0, 0) }",
            |v| SMALL * 40 / v,
        ),
        gfx(
            "compositing.stores",
            [4, 2],
            &parallel,
            "rep i 40 { gST r1[i], u0, (0, 0) }",
            |v| SMALL * 40 / v,
        ),
        gfx(
            "compositing.taps",
            [64, 32],
            &parallel,
            "rep i 16 { gMSUM r32[i], r0, 16, TAPS }",
            |v| SMALL * 16 * 64 / v,
        ),
        gfx(
            "compositing.alu_latency",
            [1, 2],
            &serial,
            "rep i 40 { gADD r1, r1, 1 }",
            |v| LARGE * 40 * v,
        ),
        gfx(
            "compositing.sum_latency",
            [3, 6],
            &serial,
            "rep i 40 { gMUL8 r1, r1, 9 }",
            |v| LARGE * 40 * v,
        ),
        gfx("compositing.fetch_latency", [6, 12], &serial, CHAIN, |v| {
            LARGE * 20 * v
        }),
        gfx(
            "compositing.control",
            [2, 4],
            &serial,
            "gLOOP 40\n gNEXT",
            |v| LARGE * 41 * v,
        ),
        gfx("compositing.setup", [4, 8], &nothing, "", |v| {
            DRAWS * ITEMS * v
        }),
        gfx("compositing.list_rate", [4, 2], &views, "", |v| {
            DRAWS * ITEMS * 9_u64.div_ceil(v)
        }),
        gfx(
            "compositing.load_rate",
            [2, 1],
            &serial,
            "gEND\n rep i 1000 { gADD r1, r1, 1 }",
            |v| 1018 / v,
        ),
    ]
}

/// Layers of a pixel, on each of 64 lines.
const LAYERS: u64 = 20;

pub fn scan() -> Micro {
    let text = format!(
        "link: \"x.gfx\"\nmain:\n{TEXTURE}
            {{ lst << list.SCREEN 0 }}
            ({{ lst << list.LAYER x.go 0 (1 or (64 << 16)) 0 0 0 0 0 0 0 0 }})[{LAYERS}]
            {{ lst << list.END\n screen lst\n grant_scan tex }} accept"
    );
    Micro {
        linked: Some(("x.gfx", "scan go:\n gOUT grCOL".to_owned())),
        ..grammar("compositing.scan_layer_setup", [2, 4], &text, 0, |v| {
            64 * LAYERS * v
        })
    }
}
