//! No tensor-sized heap allocation outside the arena: a counting allocator
//! watches every non-neural system by itself. The neural ones hand their planes
//! to a runtime; SSIM and MS-SSIM compute in the metrics crate, in grids of real
//! numbers (README.md says so).

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System as Heap};
use std::sync::atomic::{AtomicUsize, Ordering};

use orrery_vae_ans::systems::{
    AddResidual, AnsDecode, AnsEncode, Dequantise, FromFixed, GaussianBlur, Hadamard4,
    Hadamard4Inverse, MetricPsnr, Quantise, QuantiseU8, SubtractRecon, ToFixed, WaveletForward,
    WaveletInverse,
};
use orrery_vae_ans::{
    Bound, DType, Entity, Error, Image, Key, Latent, Port, Symbols, System, World,
};

const H: usize = 320;
const W: usize = 384;
/// One channel of the smallest tensor in play, the symbols in u8: a copy of any
/// tensor, or of a plane of one, has as many bytes or more. All the code tables
/// of a batch together have half of that.
const PLANE: usize = H * W;

/// Allocations of [`PLANE`] bytes or more since it was set to 0.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Bytes that are allocated now, and the most there were since it was set.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

fn count(size: usize) {
    COUNT.fetch_add(usize::from(size >= PLANE), Ordering::Relaxed);
    let live = LIVE.fetch_add(size, Ordering::Relaxed) + size;
    MOST.fetch_max(live, Ordering::Relaxed);
}

// SAFETY: hands every call on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are those of the inner call.
        unsafe { Heap.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { Heap.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { Heap.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A system that copies what it reads to the heap, as a careless one would.
enum Planted {
    /// The smallest tensor, at once.
    Clone,
    /// One plane of it, a sample after the other.
    Growing,
    /// All of it, in rows.
    Rows,
}

impl System for Planted {
    fn name(&self) -> String {
        "Planted".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Symbols>(Key::SYMBOLS)]
    }
    fn produces(&self) -> Vec<Port> {
        Vec::new()
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let symbols = &world.get::<Symbols>(group[0], &bound.inputs[0])?.symbols;
        let symbols = world.arena().slice::<u8>(symbols)?;
        let copied = match self {
            Planted::Clone => symbols.to_vec().len(),
            Planted::Growing => {
                let mut copy = Vec::new();
                for symbol in &symbols[..PLANE] {
                    copy.push(*symbol);
                }
                copy.len()
            }
            Planted::Rows => {
                let rows: Vec<Vec<u8>> = symbols.chunks(W).map(<[u8]>::to_vec).collect();
                rows.len()
            }
        };
        world.record(group[0], "copied", copied as f64);
        Ok(())
    }
}

/// What a system took from the heap: how many allocations of [`PLANE`] bytes or
/// more, and the most bytes at a time.
fn taken(world: &mut World, entities: &[Entity], system: impl System + 'static) -> (usize, usize) {
    let name = system.name();
    let pipe = world.pipe(entities) | system;
    COUNT.store(0, Ordering::Relaxed);
    let before = LIVE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    pipe.run().unwrap();
    let most = MOST.load(Ordering::Relaxed) - before;
    let count = COUNT.load(Ordering::Relaxed);
    eprintln!("{name}: {count} allocations of {PLANE} bytes or more, {most} bytes at a time");
    (count, most)
}

fn nothing(world: &mut World, entities: &[Entity], system: impl System + 'static) {
    let name = system.name();
    let (count, most) = taken(world, entities, system);
    assert!(count == 0 && most < PLANE, "{name}: {count}, {most} bytes");
}

#[test]
fn tensors_stay_in_the_arena() {
    let mut world = World::new(192 << 20).unwrap();
    world.context.entropy = false;
    let picture: Vec<u8> = (0..H * W * 3).map(|i| (i * 7 % 251) as u8).collect();
    // Two entities, so that systems run on a batch.
    let entities = world.spawn_batch_rgb(W, H, &[&picture, &picture]).unwrap();
    let recon = world.spawn_image(W, H, &picture).unwrap();
    let recon = world.get::<Image>(recon, &Key::RGB).unwrap().clone();
    let values = world.arena_mut().alloc(&[4, H, W], DType::F32).unwrap();
    let arena = world.arena_mut().slice_mut::<f32>(&values).unwrap();
    for (place, value) in arena.iter_mut().enumerate() {
        *value = (place * 31 % 97) as f32 / 97.0;
    }
    let latent = Latent {
        values,
        size: [H * 4, W * 4],
        fraction: 0,
    };
    for &entity in &entities {
        world.attach(entity, Key::RECON_RGB, recon.clone());
        world.attach(entity, Key::LATENT4, latent.clone());
    }
    let world = &mut world;

    // In real numbers.
    nothing(world, &entities, Hadamard4);
    nothing(world, &entities, WaveletForward::cdf53(3).unwrap());
    nothing(world, &entities, QuantiseU8 { per_band: true });
    nothing(world, &entities, AnsEncode);
    nothing(world, &entities, AnsDecode);

    // The test can fail: planted copies are seen.
    assert!(taken(world, &entities, Planted::Clone).0 > 0);
    assert!(taken(world, &entities, Planted::Growing).0 > 0);
    assert!(taken(world, &entities, Planted::Rows).1 >= PLANE);

    nothing(world, &entities, Dequantise);
    nothing(world, &entities, WaveletInverse);
    nothing(world, &entities, Hadamard4Inverse);

    // In integers.
    for &entity in &entities {
        world.attach(entity, Key::LATENT4, latent.clone());
    }
    nothing(world, &entities, ToFixed { fraction: 8 });
    nothing(world, &entities, Hadamard4);
    nothing(world, &entities, WaveletForward::haar(2).unwrap());
    nothing(world, &entities, Quantise::new(vec![9]).unwrap());
    nothing(world, &entities, AnsEncode);
    nothing(world, &entities, AnsDecode);
    nothing(world, &entities, Dequantise);
    nothing(world, &entities, WaveletInverse);
    nothing(world, &entities, Hadamard4Inverse);
    nothing(world, &entities, FromFixed);

    // Pictures.
    nothing(world, &entities, GaussianBlur::new(1.0).unwrap());
    nothing(world, &entities, SubtractRecon);
    nothing(world, &entities, AddResidual);
    nothing(world, &entities, MetricPsnr);
}
