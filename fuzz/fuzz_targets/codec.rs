//! Any bytes as a JPEG or PNG file for the codec `orrery-jpeg`: every set of
//! kernels has to say the same.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use orrery_jpeg::kernels::{self, Kernels};
use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor};

static KERNELS: LazyLock<Vec<Kernels>> = LazyLock::new(kernels::all_available);

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, file)) = bytes.split_first() else {
        return;
    };
    let scales = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth];
    let formats = [
        PixelFormat::Rgb,
        PixelFormat::Bgra,
        PixelFormat::Grey,
        PixelFormat::Nv12,
    ];
    let options = DecodeOptions::new()
        .with_scale(scales[usize::from(choice & 3)])
        .with_exif(choice & 16 == 0);
    let format = formats[usize::from(choice >> 2 & 3)];
    let mut first = None;
    for kernels in KERNELS.iter() {
        let mut decoder = ImageDecoder::with_kernels(*kernels);
        let mut tensor = Tensor::<u8>::image(256, 256, format);
        let outcome = tensor.load_image(&mut decoder, file, &options);
        let outcome = (outcome.map_err(|error| error.to_string()), tensor);
        let first = first.get_or_insert_with(|| outcome.clone());
        assert!(*first == outcome, "{} differs", kernels.name);
    }
});
