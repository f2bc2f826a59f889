//! From the second picture of a size on, decoding JPEG allocates nothing.

mod common;

use common::make::{Colours, Recipe, make_with_exif};
use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn count(size: usize) {
    // While a thread ends its counters are gone, and so is whoever would ask for them.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
}

// SAFETY: everything is left to the system's allocator.
#[allow(unsafe_code, reason = "an allocator that counts")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the memory is from `System`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the memory is from `System`, the caller keeps the contract.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(run: impl FnOnce()) -> usize {
    let before = COUNT.get();
    run();
    COUNT.get() - before
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1, 2, 3]))) > 0);
}

#[test]
fn a_warm_decoder_allocates_nothing() {
    let kinds = [Colours::Grey, Colours::Ycc, Colours::Ycck];
    let mut decoder = ImageDecoder::new();
    for colours in kinds {
        for (progressive, optimised, restart, exif) in [
            (false, false, 0, None),
            (false, true, 3, Some(6)),
            (true, true, 0, Some(1)),
            (true, true, 2, Some(3)),
        ] {
            for sampling in 0..8 {
                let recipe = |seed| Recipe {
                    colours,
                    progressive,
                    optimised,
                    restart,
                    sampling,
                    seed,
                    ..Recipe::default()
                };
                let frames = [1, 2, 3].map(|seed| make_with_exif(&recipe(seed), exif));
                for scale in [Scale::Full, Scale::Half] {
                    let options = DecodeOptions::new().with_scale(scale);
                    let mut bytes = Tensor::<u8>::image(100, 100, PixelFormat::Rgb);
                    let mut floats = Tensor::<f32>::image(100, 100, PixelFormat::Rgba);
                    let mut frame = |data: &[u8]| {
                        allocations(|| {
                            bytes
                                .load_image(&mut decoder, data, &options)
                                .expect("a picture");
                            floats
                                .load_image(&mut decoder, data, &options)
                                .expect("a picture");
                        })
                    };
                    frame(&frames[0]);
                    assert_eq!(frame(&frames[1]) + frame(&frames[2]), 0);
                }
            }
        }
    }
}

/// A short profile or text of a PNG file can inflate to gigabytes, though no
/// pixel depends on it.
#[test]
fn texts_of_png_files_are_not_inflated() {
    let mut data = Vec::new();
    let mut encoder = png::Encoder::new(&mut data, 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    let text = "a".repeat(1 << 24);
    encoder
        .add_ztxt_chunk("Comment".to_owned(), text)
        .expect("a text");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[9]).expect("a picture");
    writer.finish().expect("an end");
    assert!(data.len() < 1 << 17);

    let mut tensor = Tensor::<u8>::image(1, 1, PixelFormat::Grey);
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new();
    LARGEST.set(0);
    decoder.info(&data, &options).expect("headers");
    tensor
        .load_image(&mut decoder, &data, &options)
        .expect("a picture");
    assert_eq!(tensor.data(), [9]);
    assert!(LARGEST.get() < 1 << 20, "{} bytes at once", LARGEST.get());
}
