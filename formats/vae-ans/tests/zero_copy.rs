//! No tensor-sized heap allocation outside the arena: a counting allocator
//! watches every non-neural system. (The neural ones hand their planes to a
//! runtime; the metrics compute in the metrics crate.)

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System as Heap};
use std::sync::atomic::{AtomicUsize, Ordering};

use orrery_vae_ans::systems::{
    AddResidual, AnsDecode, AnsEncode, Dequantise, FromFixed, GaussianBlur, Hadamard4,
    Hadamard4Inverse, Quantise, QuantiseU8, SubtractRecon, ToFixed, WaveletForward, WaveletInverse,
};
use orrery_vae_ans::{Bound, DType, Entity, Error, Image, Key, Latent, Port, System, World};

/// The largest single allocation since it was set to 0.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: hands every call on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are those of the inner call.
        unsafe { Heap.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { Heap.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { Heap.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const H: usize = 160;
const W: usize = 192;
/// Half of the smallest tensor in play: one u8 symbol plane set, 4 * h * w.
const TENSOR: usize = 4 * H * W / 2;

/// A system that copies its input to the heap, as a careless one would.
struct Planted;

impl System for Planted {
    fn name(&self) -> String {
        "Planted".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn produces(&self) -> Vec<Port> {
        Vec::new()
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let values = &world.get::<Latent>(group[0], &bound.inputs[0])?.values;
        let copy = world.arena().slice::<f32>(values)?.to_vec();
        world.record(group[0], "copied", copy.len() as f64);
        Ok(())
    }
}

#[test]
fn tensors_stay_in_the_arena() {
    let mut world = World::new(64 << 20).unwrap();
    world.context.entropy = false;
    let picture: Vec<u8> = (0..H * W * 3).map(|i| (i * 7 % 251) as u8).collect();
    let entity = world.spawn_image(W, H, &picture).unwrap();
    let recon = world.spawn_image(W, H, &picture).unwrap();
    let recon = world.get::<Image>(recon, &Key::RGB).unwrap().clone();
    world.attach(entity, Key::RECON_RGB, recon);
    let values = world.arena_mut().alloc(&[4, H, W], DType::F32).unwrap();
    for (place, value) in world
        .arena_mut()
        .slice_mut::<f32>(&values)
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        *value = (place * 31 % 97) as f32 / 97.0;
    }
    let latent = Latent {
        values,
        size: [H * 4, W * 4],
        fraction: 0,
    };
    world.attach(entity, Key::LATENT4, latent.clone());

    let largest = |world: &mut World, what: &str, run: &dyn Fn(&mut World)| {
        LARGEST.store(0, Ordering::Relaxed);
        run(world);
        let largest = LARGEST.load(Ordering::Relaxed);
        eprintln!("{what}: largest heap allocation {largest} bytes");
        largest
    };
    let real = largest(&mut world, "real pipeline", &|world| {
        let pipe = world.pipe(&[entity]) | Hadamard4 | WaveletForward::cdf53(3).unwrap();
        let pipe = pipe | QuantiseU8 { per_band: true } | AnsEncode | AnsDecode | Dequantise;
        (pipe | WaveletInverse | Hadamard4Inverse).run().unwrap();
    });
    assert!(real < TENSOR);
    let integer = largest(&mut world, "integer pipeline", &|world| {
        world.attach(entity, Key::LATENT4, latent.clone());
        let pipe = world.pipe(&[entity]) | ToFixed { fraction: 8 } | Hadamard4;
        let pipe = pipe | WaveletForward::haar(2).unwrap() | Quantise::new(vec![9]).unwrap();
        let pipe = pipe | AnsEncode | AnsDecode | Dequantise | WaveletInverse;
        (pipe | Hadamard4Inverse | FromFixed).run().unwrap();
    });
    assert!(integer < TENSOR);
    let pictures = largest(&mut world, "pictures", &|world| {
        let pipe = world.pipe(&[entity]) | GaussianBlur::new(1.0).unwrap();
        (pipe | SubtractRecon | AddResidual).run().unwrap();
    });
    assert!(pictures < TENSOR);
    // The test can fail: a planted copy is seen.
    let planted = largest(&mut world, "planted copy", &|world| {
        world.pipe(&[entity]).to(Planted).run().unwrap();
    });
    assert!(planted >= TENSOR);
}
