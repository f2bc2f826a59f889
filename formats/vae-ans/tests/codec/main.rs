//! The codec from outside: pipelines, transforms, coding, container, models.

mod coding;
mod container;
mod lossless;
mod metrics;
mod models;
mod pipelines;
mod reports;
mod second_decoder;
mod transforms;

use std::path::Path;

/// A picture with edges, gradients and grain, the same everywhere.
pub(crate) fn scene(width: usize, height: usize) -> Vec<u8> {
    let mut state = 0x2545_f491u32;
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (state >> 29) as i32;
            let disc = (x as i32 - 30).pow(2) + (y as i32 - 24).pow(2) < 400;
            let base = if disc { [200, 90, 60] } else { [60, 110, 150] };
            let slope = (x * 50 / width) as i32 - (y * 30 / height) as i32;
            rgb.extend(base.map(|b: i32| (b + slope + grain).clamp(0, 255) as u8));
        }
    }
    rgb
}

/// Numbers of a fixed sequence.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let mixed = (self.0 >> 33) ^ self.0;
        mixed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() & 0xffff_ffff) as f64 / 4_294_967_296.0
    }
}

/// A PNG of the corpus as RGB.
pub(crate) fn png(path: &Path) -> (usize, usize, Vec<u8>) {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let channels = info.color_type.samples();
    let pixels = bytes.chunks(channels);
    let rgb = pixels.flat_map(|p| {
        if channels < 3 {
            [p[0]; 3]
        } else {
            [p[0], p[1], p[2]]
        }
    });
    (info.width as usize, info.height as usize, rgb.collect())
}

/// The four Kodak photos of the corpus, or none.
///
/// Not through `orrery-samples`: that builds every reference decoder.
pub(crate) fn kodak() -> Vec<std::path::PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let root = std::env::var_os("ORRERY_CORPUS").unwrap_or_else(|| beside.into());
    let folder = Path::new(&root).join("photos/kodak");
    if !folder.is_dir() {
        let required = std::env::var("ORRERY_REQUIRE_CORPUS").is_ok_and(|v| v == "1");
        assert!(!required, "the corpus is required and not there");
        eprintln!("0 photos ran, 4 skipped (no corpus)");
        return Vec::new();
    }
    let photos: Vec<_> = ["1", "7", "15", "20"]
        .map(|name| folder.join(format!("{name}.png")))
        .into();
    eprintln!("4 photos ran, 0 skipped");
    photos
}

pub(crate) fn psnr(a: &[u8], b: &[u8]) -> f64 {
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
        .sum();
    10.0 * (255.0 * 255.0 * a.len() as f64 / sum as f64).log10()
}
