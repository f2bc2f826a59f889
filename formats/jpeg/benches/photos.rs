//! The photos that speed is measured with, made from those of the corpus.

#[path = "../tests/common/mod.rs"]
mod common;

use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Tensor};

/// A JPEG file.
pub struct Photo {
    pub name: String,
    pub progressive: bool,
    pub width: usize,
    pub height: usize,
    pub data: Vec<u8>,
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
    progressive: bool,
) -> Photo {
    let mut compressor = turbojpeg::Compressor::new().expect("a compressor");
    compressor.set_quality(quality).expect("a quality");
    compressor.set_subsamp(subsamp).expect("a sampling");
    compressor.set_progressive(progressive).expect("a process");
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
        turbojpeg::Subsamp::Gray => "grey",
        _ => "4:4:4",
    };
    let process = if progressive { " progressive" } else { "" };
    Photo {
        name: format!("{name} {width}x{height} {sampling} q{quality}{process}"),
        progressive,
        width: *width,
        height: *height,
        data: compressor.compress_to_vec(image).expect("a JPEG file"),
    }
}

/// All photos; `None` where there is no corpus.
pub fn photos() -> Option<Vec<Photo>> {
    use turbojpeg::Subsamp::{Gray, None as Full, Sub2x1, Sub2x2};
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
    let baseline = [
        (&cat, "cat", 95, Sub2x2),
        (&kodak[0], "kodak 1", 50, Sub2x2),
        (&kodak[1], "kodak 2", 85, Full),
        (&portrait, "portrait", 75, Sub2x2),
        (&portrait, "portrait", 90, Sub2x1),
        (&medium, "medium", 85, Sub2x2),
        (&medium, "medium", 90, Full),
        (&medium, "medium", 85, Gray),
        (&large, "mosaic", 85, Sub2x2),
        (&large, "mosaic", 95, Full),
        (&large, "mosaic", 50, Sub2x2),
    ];
    // Progressive scans are libjpeg-turbo's own ten.
    let progressive = [
        (&kodak[0], "kodak 1", 85, Sub2x2),
        (&portrait, "portrait", 75, Sub2x2),
        (&medium, "medium", 90, Full),
        (&large, "mosaic", 85, Sub2x2),
    ];
    let make = |all: &[(&_, &str, i32, turbojpeg::Subsamp)], progressive| -> Vec<Photo> {
        let photos = all.iter();
        photos
            .map(|&(picture, name, quality, sub)| encode(picture, name, quality, sub, progressive))
            .collect()
    };
    let mut photos = make(&baseline, false);
    photos.extend(make(&progressive, true));
    Some(photos)
}

/// Time in seconds since some moment: of this thread alone where that can be
/// had, so that others on the machine disturb less.
pub fn now() -> f64 {
    #[cfg(unix)]
    {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
    }
    #[cfg(not(unix))]
    {
        use std::sync::LazyLock;
        use std::time::Instant;
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed().as_secs_f64()
    }
}
