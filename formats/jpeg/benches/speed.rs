//! Decoding speed beside libjpeg-turbo and zune-jpeg, single thread.
//!
//! `cargo bench -p orrery-jpeg [-- RUNS] [PART OF A NAME]`: all decoders take turns, the
//! median of their times counts. The photos are made from those of the corpus.

mod photos;

use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Tensor};
use photos::{now, photos};

/// Seconds one call takes.
fn time(mut run: impl FnMut()) -> f64 {
    let start = now();
    run();
    now() - start
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let words = || std::env::args().skip(1).filter(|word| word != "--bench");
    let runs = words().find_map(|word| word.parse().ok()).unwrap_or(9);
    let wanted = words().find(|word| word.parse::<usize>().is_err());
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
    let mut ratios = [Vec::new(), Vec::new()];
    let named = |photo: &&photos::Photo| wanted.as_ref().is_none_or(|w| photo.name.contains(w));
    for photo in photos.iter().filter(named) {
        let (width, height) = (photo.width, photo.height);
        let mut rgb = Tensor::<u8>::image(width, height, PixelFormat::Rgb);
        let mut grey = Tensor::<u8>::image(width, height, PixelFormat::Grey);
        let mut nv12 = Tensor::<u8>::image(width, height, PixelFormat::Nv12);
        let mut float = Tensor::<f32>::image(width, height, PixelFormat::Rgb);
        let mut other = vec![0; width * height * 3];
        let mut turbo = turbojpeg::Decompressor::new().expect("a decompressor");
        // Not every photo's chroma has the size that NV12 wants.
        let has_nv12 = nv12.load_image(&mut decoder, &photo.data, &options).is_ok();
        let mut times = vec![Vec::new(); 6];
        for _ in 0..=runs {
            let mut ours = |tensor: &mut dyn ImageLoad| {
                time(|| {
                    let loaded = tensor.load_image(&mut decoder, &photo.data, &options);
                    loaded.expect("a sound photo");
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
            assert!(rgb.data() == other, "{} differs", photo.name);
            times[2].push(time(|| {
                let input = std::io::Cursor::new(&photo.data[..]);
                let mut zune = zune_jpeg::JpegDecoder::new(input);
                zune.decode_into(&mut other).expect("a picture");
            }));
            times[3].push(ours(&mut grey));
            times[4].push(if has_nv12 { ours(&mut nv12) } else { f64::NAN });
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
        ratios[usize::from(photo.progressive)].push(turbo / ours);
    }
    for (ratios, process) in ratios.iter().zip(["baseline", "progressive"]) {
        let product: f64 = ratios.iter().product();
        println!(
            "{process}: libjpeg-turbo's time by ours: geometric mean {:.3}, worst {:.3}",
            product.powf(1.0 / ratios.len() as f64),
            ratios.iter().copied().fold(f64::INFINITY, f64::min)
        );
    }
}
