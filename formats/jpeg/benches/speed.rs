//! Decoding speed beside libjpeg-turbo and zune-jpeg, single thread.
//!
//! `cargo bench -p orrery-jpeg [-- RUNS]`: all decoders take turns, the median
//! of their times counts. The photos are made from those of the corpus.

#[path = "../tests/common/mod.rs"]
mod common;

use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Tensor};
use std::time::Instant;

struct Photo {
    name: String,
    width: usize,
    height: usize,
    data: Vec<u8>,
}

/// An 8-bit RGB picture from a PNG or JPEG file.
fn read(path: &std::path::Path) -> (usize, usize, Vec<u8>) {
    let data = std::fs::read(path).expect("a readable file");
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new().with_exif(false);
    let info = decoder.info(&data, &options).expect("a picture");
    let mut tensor = Tensor::<u8>::image(info.width, info.height, PixelFormat::Rgb);
    tensor
        .load_image(&mut decoder, &data, &options)
        .expect("a whole picture");
    (info.width, info.height, tensor.data().to_vec())
}

/// Pictures side by side and below each other until `width` by `height` is full.
fn mosaic(
    tiles: &[(usize, usize, Vec<u8>)],
    width: usize,
    height: usize,
) -> (usize, usize, Vec<u8>) {
    let (tile_width, tile_height) = (tiles[0].0, tiles[0].1);
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let (column, row) = (x / tile_width, y / tile_height);
            let (w, h, pixels) = &tiles[(column * 3 + row * 2) % tiles.len()];
            let at = (y % tile_height % h) * w + x % tile_width % w;
            out.extend_from_slice(&pixels[at * 3..at * 3 + 3]);
        }
    }
    (width, height, out)
}

fn encode(
    (width, height, pixels): &(usize, usize, Vec<u8>),
    name: &str,
    quality: i32,
    subsamp: turbojpeg::Subsamp,
) -> Photo {
    let mut compressor = turbojpeg::Compressor::new().expect("a compressor");
    compressor.set_quality(quality).expect("a quality");
    compressor.set_subsamp(subsamp).expect("a sampling");
    let image = turbojpeg::Image {
        pixels: &pixels[..],
        width: *width,
        pitch: width * 3,
        height: *height,
        format: turbojpeg::PixelFormat::RGB,
    };
    let sampling = match subsamp {
        turbojpeg::Subsamp::Sub2x2 => "4:2:0",
        turbojpeg::Subsamp::Sub2x1 => "4:2:2",
        _ => "4:4:4",
    };
    Photo {
        name: format!("{name} {width}x{height} {sampling} q{quality}"),
        width: *width,
        height: *height,
        data: compressor.compress_to_vec(image).expect("a JPEG file"),
    }
}

fn photos() -> Option<Vec<Photo>> {
    use turbojpeg::Subsamp::{None as Full, Sub2x1, Sub2x2};
    let photos = common::corpus("photos")?;
    let jpegs = common::corpus("jpeg")?;
    let kodak: Vec<_> = common::files(&photos.join("kodak"), &["png"])
        .iter()
        .map(|path| read(path))
        .filter(|picture| picture.0 > picture.1)
        .collect();
    let cat = read(&photos.join("skimage/chelsea.png"));
    let portrait = read(&jpegs.join("exif-orientation/Portrait_0.jpg"));
    let medium = read(&jpegs.join("zune-jpeg/medium_horiz_samp_2500x1786.jpg"));
    let large = mosaic(&kodak, 4000, 3000);
    Some(vec![
        encode(&cat, "cat", 95, Sub2x2),
        encode(&kodak[0], "kodak 1", 50, Sub2x2),
        encode(&kodak[1], "kodak 2", 85, Full),
        encode(&portrait, "portrait", 75, Sub2x2),
        encode(&portrait, "portrait", 90, Sub2x1),
        encode(&medium, "medium", 85, Sub2x2),
        encode(&medium, "medium", 90, Full),
        encode(&large, "mosaic", 85, Sub2x2),
        encode(&large, "mosaic", 95, Full),
        encode(&large, "mosaic", 50, Sub2x2),
    ])
}

/// Seconds one call takes.
fn time(mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let runs = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(9);
    let Some(photos) = photos() else { return };
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new();
    println!(
        "kernels: {}; median of {runs} runs, ms",
        orrery_jpeg::kernels::best().name
    );
    println!(
        "{:34} {:>8} {:>8} {:>8} {:>6} {:>6} | {:>7} {:>7} {:>7} {:>6}",
        "photo", "ours", "turbo", "zune", "t/o", "z/o", "grey", "nv12", "f32", "f32/u8"
    );
    let (mut product, mut worst) = (1.0f64, f64::INFINITY);
    for photo in &photos {
        let (width, height) = (photo.width, photo.height);
        let mut rgb = Tensor::<u8>::image(width, height, PixelFormat::Rgb);
        let mut grey = Tensor::<u8>::image(width, height, PixelFormat::Grey);
        let mut nv12 = Tensor::<u8>::image(width, height, PixelFormat::Nv12);
        let mut float = Tensor::<f32>::image(width, height, PixelFormat::Rgb);
        let mut other = vec![0; width * height * 3];
        let mut turbo = turbojpeg::Decompressor::new().expect("a decompressor");
        let mut times = vec![Vec::new(); 6];
        for _ in 0..=runs {
            let mut ours = |tensor: &mut dyn ImageLoad| {
                time(|| {
                    tensor.load_image(&mut decoder, &photo.data, &options).ok();
                })
            };
            times[0].push(ours(&mut rgb));
            times[1].push(time(|| {
                let image = turbojpeg::Image {
                    pixels: &mut other[..],
                    width,
                    pitch: width * 3,
                    height,
                    format: turbojpeg::PixelFormat::RGB,
                };
                turbo.decompress(&photo.data, image).expect("a picture");
            }));
            times[2].push(time(|| {
                let input = std::io::Cursor::new(&photo.data[..]);
                let mut zune = zune_jpeg::JpegDecoder::new(input);
                zune.decode_into(&mut other).expect("a picture");
            }));
            times[3].push(ours(&mut grey));
            times[4].push(ours(&mut nv12));
            times[5].push(ours(&mut float));
        }
        let medians: Vec<f64> = times
            .iter_mut()
            .map(|times| median(&mut times[1..]) * 1000.0)
            .collect();
        let [ours, turbo, zune, grey, nv12, float] = medians[..] else {
            unreachable!("six decoders")
        };
        println!(
            "{:34} {ours:8.2} {turbo:8.2} {zune:8.2} {:6.2} {:6.2} | {grey:7.2} {nv12:7.2} {float:7.2} {:6.2}",
            photo.name,
            turbo / ours,
            zune / ours,
            float / ours
        );
        product *= turbo / ours;
        worst = worst.min(turbo / ours);
    }
    println!(
        "libjpeg-turbo's time by ours: geometric mean {:.3}, worst {worst:.3}",
        product.powf(1.0 / photos.len() as f64)
    );
}
