//! Rate, distortion, speed and memory of the codec on PNG photos:
//!
//! ```text
//! cargo run --release -p orrery-vae-ans --example measure -- PHOTO.png...
//! ```
//!
//! Prints one line for each step and photo, a mean for each step, the lossless
//! size, and the time each way at batch 1, 4 and 16 of the first photo. With
//! `REPORT=PATH.html` in the environment a report is written too.

use std::io::BufReader;
use std::rc::Rc;
use std::time::Instant;

use orrery_vae_ans::codec::{PIXEL_LIMIT, Settings, arena_bytes, compress_in, decompress_in};
use orrery_vae_ans::container::Container;
use orrery_vae_ans::model::Vae;
use orrery_vae_ans::report::Report;
use orrery_vae_ans::systems::{MetricMsSsim, MetricPsnr, MetricSsim};
use orrery_vae_ans::{Image, Key, Provider, World};

type Failure = Box<dyn std::error::Error>;

struct Photo {
    name: String,
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

fn read(path: &str) -> Result<Photo, Failure> {
    let mut decoder = png::Decoder::new(BufReader::new(std::fs::File::open(path)?));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    if info.color_type != png::ColorType::Rgb {
        return Err(format!("{path}: not RGB").into());
    }
    Ok(Photo {
        name: path.rsplit('/').next().unwrap_or(path).into(),
        width: info.width as usize,
        height: info.height as usize,
        rgb: bytes,
    })
}

fn main() -> Result<(), Failure> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let photos = paths
        .iter()
        .map(|p| read(p))
        .collect::<Result<Vec<_>, _>>()?;
    let first = photos.first().ok_or("name at least one PNG")?;
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 0)?);
    let space = |p: &Photo, n| 2 * arena_bytes(p.width, p.height, 4, n, true);

    println!("step photo bytes bpp psnr ssim ms-ssim tables");
    let mut curves = Vec::new();
    let mut report = None;
    for step in [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6] {
        let settings = Settings {
            step,
            ..Settings::default()
        };
        let mut sums = [0.0; 4];
        for photo in &photos {
            let mut world = World::new(space(photo, 1))?;
            world.context.entropy = std::env::var_os("REPORT").is_some();
            let entity = world.spawn_image(photo.width, photo.height, &photo.rgb)?;
            let file = compress_in(&mut world, &[entity], &settings, &vae)?.remove(0);
            let decoded = decompress_in(&mut world, &[&file], Some(&vae), PIXEL_LIMIT)?[0];
            let recon = world.get::<Image>(decoded, &Key::RECON_RGB)?.clone();
            world.attach(entity, Key::RECON_RGB, recon);
            let pipe = world.pipe(&[entity]) | MetricPsnr | MetricSsim | MetricMsSsim;
            pipe.run()?;
            let metric = |name| world.metric(entity, name).unwrap_or(f64::NAN);
            let bpp = file.len() as f64 * 8.0 / (photo.width * photo.height) as f64;
            let container = Container::read(&file, PIXEL_LIMIT)?;
            let tables: usize = container.streams.iter().map(|s| s.overhead).sum();
            let row = [bpp, metric("psnr"), metric("ssim"), metric("ms-ssim")];
            println!(
                "{step} {} {} {bpp:.3} {:.2} {:.4} {:.4} {tables}",
                photo.name,
                file.len(),
                row[1],
                row[2],
                row[3]
            );
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value / photos.len() as f64;
            }
            if step == 0.1 {
                let bytes = file.len();
                let report = report.get_or_insert_with(|| Report::new(&world));
                report.add(&mut world, entity, &photo.name, bytes)?;
            }
        }
        println!(
            "{step} mean - {:.3} {:.2} {:.4} {:.4}",
            sums[0], sums[1], sums[2], sums[3]
        );
        curves.push((sums[0], sums[1]));
    }
    if let (Some(path), Some(mut report)) = (std::env::var_os("REPORT"), report) {
        report.curves.push(("vae-ans, mean".into(), curves));
        std::fs::write(path, report.to_html())?;
    }

    let settings = Settings {
        lossless: true,
        step: 0.3,
        ..Settings::default()
    };
    for photo in &photos {
        let mut world = World::new(space(photo, 1))?;
        world.context.entropy = false;
        let entity = world.spawn_image(photo.width, photo.height, &photo.rgb)?;
        let file = compress_in(&mut world, &[entity], &settings, &vae)?.remove(0);
        println!("lossless {} {} bytes", photo.name, file.len());
    }

    for batch in [1, 4, 16] {
        let (mut encode, mut decode, mut high) = (f64::MAX, f64::MAX, 0);
        for _ in 0..3 {
            let mut world = World::new(space(first, batch))?;
            world.context.entropy = false;
            let pictures = vec![first.rgb.as_slice(); batch];
            let entities = world.spawn_batch_rgb(first.width, first.height, &pictures)?;
            let started = Instant::now();
            let files = compress_in(&mut world, &entities, &Settings::default(), &vae)?;
            encode = encode.min(started.elapsed().as_secs_f64());
            high = world.arena().high_water();
            let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
            let started = Instant::now();
            decompress_in(&mut world, &files, Some(&vae), PIXEL_LIMIT)?;
            decode = decode.min(started.elapsed().as_secs_f64());
        }
        let each = |s: f64| s * 1e3 / batch as f64;
        println!(
            "batch {batch}: {:.1} ms to encode and {:.1} ms to decode a picture; arena {high} bytes",
            each(encode),
            each(decode)
        );
    }
    Ok(())
}
