//! Planes of 4:2:0 and grey photos, and RGB of the others, beside
//! edgefirst-codec: medians of runs that take turns, milliseconds.
//!
//! `cargo run --release --manifest-path formats/jpeg/peers/Cargo.toml [RUNS]`

#[path = "../../benches/photos.rs"]
mod photos;

use edgefirst_tensor::{CpuAccess, PixelFormat as TheirFormat, TensorMemory};
use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Tensor};

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Milliseconds one call takes.
fn time(run: &mut dyn FnMut()) -> f64 {
    let start = photos::now();
    run();
    (photos::now() - start) * 1000.0
}

fn compare(photo: &photos::Photo, ours: PixelFormat, theirs: TheirFormat, runs: usize) {
    let (width, height) = (photo.width, photo.height);
    let mut tensor = Tensor::<u8>::image(width, height, ours);
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new();
    let mut their_tensor = edgefirst_tensor::Tensor::<u8>::image(
        width,
        height,
        theirs,
        Some(TensorMemory::Mem),
        CpuAccess::ReadWrite,
    )
    .expect("memory");
    let mut their_decoder = edgefirst_codec::ImageDecoder::new();
    their_decoder.set_output_format((theirs != TheirFormat::Grey).then_some(theirs));
    let (mut us, mut them) = (Vec::new(), Vec::new());
    for _ in 0..=runs {
        us.push(time(&mut || {
            tensor
                .load_image(&mut decoder, &photo.data, &options)
                .expect("a picture");
        }));
        them.push(time(&mut || {
            their_decoder
                .decode_into(&photo.data, &mut their_tensor)
                .expect("a picture");
        }));
    }
    let (us, them) = (median(&mut us[1..]), median(&mut them[1..]));
    println!(
        "{:34} {ours:5?} {us:8.2} {them:8.2} {:6.2}",
        photo.name,
        them / us
    );
}

fn main() {
    let runs = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let runs = runs.unwrap_or(9);
    let Some(photos) = photos::photos() else {
        return;
    };
    println!(
        "{:34} {:5} {:>8} {:>8} {:>6}",
        "photo", "", "ours", "theirs", "t/o"
    );
    // The other decoder has no progressive ones.
    for photo in photos.iter().filter(|photo| !photo.progressive) {
        if photo.name.contains("4:2:0") {
            compare(photo, PixelFormat::Nv12, TheirFormat::Nv12, runs);
        } else if photo.name.contains("4:4:4") {
            compare(photo, PixelFormat::Rgb, TheirFormat::Rgb, runs);
        } else if photo.name.contains("grey") {
            compare(photo, PixelFormat::Grey, TheirFormat::Grey, runs);
        }
    }
}
