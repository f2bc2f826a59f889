//! Thirty random tiles on 1024 x 1024: the processor with one thread and with all, and the GPU,
//! transfer and compute apart. `cargo run --release -p orrery-artifacts --example speed`

use std::time::{Duration, Instant};

use orrery_artifacts::{Channels, Choice, Context, ImageMut, Quality, RandomTiles, SplitMix64};

const SIDE: u32 = 1024;
const RUNS: usize = 20;

fn main() -> Result<(), orrery_artifacts::ArtifactError> {
    let mut random = SplitMix64::new(1);
    let original: Vec<u8> = (0..SIDE * SIDE * 3)
        .map(|n| (n / 3 % SIDE / 5 + n / 3 / SIDE / 7 + random.below(16)) as u8)
        .collect();
    let spec = RandomTiles {
        count: 30,
        min: 32,
        max: 256,
    };
    let tiles = spec.tiles(SIDE, SIDE, Quality::new(5)?, 42)?;
    for (choice, threads) in [(Choice::Cpu, 1), (Choice::Cpu, 0), (Choice::Gpu, 0)] {
        let mut context = match Context::with_threads(choice, threads) {
            Ok(context) => context,
            Err(e) => {
                println!("{e}");
                continue;
            }
        };
        let mut best = Duration::MAX;
        let mut parts = String::new();
        let mut pixels = 0;
        for _ in 0..RUNS {
            let mut data = original.clone();
            let mut image = ImageMut::new(&mut data, SIDE, SIDE, Channels::Rgb)?;
            let start = Instant::now();
            pixels = context.apply(&mut image, &tiles)?.pixels;
            let time = start.elapsed();
            if time < best {
                best = time;
                if let Some(t) = context.gpu_times() {
                    parts = format!(
                        "; upload {:?}, compute {:?}, download {:?}",
                        t.upload, t.compute, t.download
                    );
                }
            }
        }
        let rate = pixels as f64 / best.as_secs_f64() / 1e6;
        println!("{}: {best:?}, {rate:.0} MP/s{parts}", context.description());
    }
    Ok(())
}
