//! Ten thousand calls keep no memory, and a warm context hardly asks for any.

mod common;

use common::{Kind, paint};
use orrery_artifacts::{
    ArtifactError, Channels, Choice, Context, ImageMut, Quality, RandomTiles, Tile,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

struct Counting;

/// Bytes that are allocated now.
static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is left to the system's allocator.
#[allow(unsafe_code, reason = "an allocator that counts")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the memory is from `System`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A picture, and one whose tiles are worth more than one thread.
const SMALL: (u32, u32) = (96, 64);
const LARGE: (u32, u32) = (400, 300);

/// Tiles of a seed, some of them outside.
fn tiles((width, height): (u32, u32), seed: u64) -> Vec<Tile> {
    let random = RandomTiles {
        count: 6,
        min: 4,
        max: width / 2,
    };
    let quality = Quality::new((seed % 100) as u8 + 1).unwrap();
    let mut tiles = random.tiles(width, height, quality, seed).unwrap();
    tiles[0].x -= 30;
    tiles[1].y += 60;
    tiles
}

/// How live memory grows in that many calls, in bytes. Tiles repeat, and all were there before:
/// every buffer has its size.
fn growth(context: &mut Context, size: (u32, u32), calls: u64) -> isize {
    let original = paint(Kind::Grainy, size.0, size.1, Channels::Rgba, 1);
    let mut pixels = original.clone();
    let mut run = |seed: u64| {
        pixels.copy_from_slice(&original);
        let mut image = ImageMut::new(&mut pixels, size.0, size.1, Channels::Rgba).unwrap();
        context.apply(&mut image, &tiles(size, seed % 200)).unwrap();
    };
    (0..200).for_each(&mut run);
    let before = LIVE.load(Ordering::Relaxed);
    (0..calls).for_each(&mut run);
    LIVE.load(Ordering::Relaxed) - before
}

/// Bytes of this process in memory, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

// One test: what another one allocates meanwhile would be counted.
#[test]
fn calls_leave_nothing_behind() {
    let planted = LIVE.load(Ordering::Relaxed);
    std::mem::forget(vec![0u8; 1 << 20]);
    assert!(
        LIVE.load(Ordering::Relaxed) - planted >= 1 << 20,
        "the counter counts"
    );

    let nightly = std::env::var_os("ORRERY_NIGHTLY").is_some_and(|v| v == "1");
    for (threads, size, calls) in [
        (1, SMALL, 10_000),
        (2, LARGE, if nightly { 10_000 } else { 500 }),
    ] {
        let before = LIVE.load(Ordering::Relaxed);
        let mut context = Context::with_threads(Choice::Cpu, threads).unwrap();
        let grown = growth(&mut context, size, calls);
        // A thread pool's queues may be longer at one moment than at another.
        assert!(grown.abs() < 16 << 10, "{threads} threads: {grown} bytes");
        drop(context);
        let left = LIVE.load(Ordering::Relaxed) - before;
        println!("{threads} threads: {grown} bytes in {calls} calls, {left} after the context");
    }

    let calls = if nightly { 10_000 } else { 300 };
    match Context::new(Choice::Gpu) {
        Ok(mut context) => {
            // All buffers have their size, the driver's too, which the counter does not see.
            growth(&mut context, SMALL, 100);
            let before = resident();
            let grown = growth(&mut context, SMALL, calls);
            let driver = resident().saturating_sub(before);
            println!(
                "{}: {grown} bytes in {calls} calls, resident memory {driver} bytes more",
                context.description()
            );
            assert!(driver < 4 << 20, "{driver} bytes in {calls} calls");
            // Less than a quarter of a kilobyte a call: the picture alone is 24.
            assert!(grown < 64 << 10, "{grown} bytes in {calls} calls");
        }
        Err(ArtifactError::NoGpu(why)) => {
            let required = std::env::var_os("ORRERY_REQUIRE_GPU").is_some_and(|v| v == "1");
            assert!(!required, "ORRERY_REQUIRE_GPU=1, but {why}");
            println!("1 part of a test skipped: {why}");
        }
        Err(e) => panic!("{e}"),
    }
}
