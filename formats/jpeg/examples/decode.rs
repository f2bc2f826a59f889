//! Decodes a file over and over: for profilers. `decode FILE [TIMES] [turbo]`

use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Tensor};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let file = words.next().ok_or("which file?")?;
    let times: usize = words.next().map_or(Ok(1), |word| word.parse())?;
    let turbo = words.next().is_some();
    let data = std::fs::read(file)?;
    let options = DecodeOptions::new();
    let mut decoder = ImageDecoder::new();
    let info = decoder.info(&data, &options)?;
    let mut tensor = Tensor::<u8>::image(info.width, info.height, PixelFormat::Rgb);
    let mut peer = turbojpeg::Decompressor::new()?;
    for _ in 0..times {
        if turbo {
            let image = turbojpeg::Image {
                pixels: tensor.data_mut(),
                width: info.width,
                pitch: info.width * 3,
                height: info.height,
                format: turbojpeg::PixelFormat::RGB,
            };
            peer.decompress(&data, image)?;
        } else {
            tensor.load_image(&mut decoder, &data, &options)?;
        }
    }
    println!("{} x {}", info.width, info.height);
    Ok(())
}
