//! PNG into tensors: depth, channels, orientation, room, damage.

mod common;

use common::make::{Recipe, png, samples};
use orrery_jpeg::{
    CodecError, DecodeOptions, Fault, ImageDecoder, ImageFormat, ImageLoad, ImagePixel,
    Orientation, PixelFormat, Tensor, TensorMut,
};

fn decode<T: ImagePixel>(data: &[u8], format: PixelFormat, options: &DecodeOptions) -> Tensor<T> {
    let mut decoder = ImageDecoder::new();
    let info = decoder.info(data, options).expect("headers");
    let mut tensor = Tensor::image(info.width, info.height, format);
    let again = tensor.load_image(&mut decoder, data, options);
    assert_eq!(info, again.expect("a picture"));
    tensor
}

fn plain(data: &[u8], format: PixelFormat) -> Vec<u8> {
    decode(data, format, &DecodeOptions::new()).data().to_vec()
}

#[test]
fn png_pictures_keep_their_depth() {
    let deep: Vec<u16> = (0..24).map(|i| i * 2731 + 13).collect();
    let bytes: Vec<u8> = deep.iter().flat_map(|v| v.to_be_bytes()).collect();
    let data = png(4, 2, png::ColorType::Rgb, png::BitDepth::Sixteen, &bytes);
    let options = DecodeOptions::new();
    let info = ImageDecoder::new().info(&data, &options).expect("headers");
    assert_eq!((info.format, info.bit_depth), (ImageFormat::Png, 16));
    let u16s = decode::<u16>(&data, PixelFormat::Rgb, &options);
    assert_eq!(u16s.data(), deep);
    let u8s = decode::<u8>(&data, PixelFormat::Rgb, &options);
    let i8s = decode::<i8>(&data, PixelFormat::Rgb, &options);
    let i16s = decode::<i16>(&data, PixelFormat::Rgb, &options);
    let f32s = decode::<f32>(&data, PixelFormat::Rgb, &options);
    for (i, &v) in deep.iter().enumerate() {
        assert_eq!(u8s.data()[i], (v >> 8) as u8);
        assert_eq!(i16::from(i8s.data()[i]), (v >> 8) as i16 - 128);
        assert_eq!(i32::from(i16s.data()[i]), i32::from(v) - 32768);
        assert_eq!(f32s.data()[i], f32::from(v) / 65535.0);
    }
}

#[test]
fn png_pictures_change_their_channels() {
    let pixels = samples(&Recipe::default(), 4);
    let data = png(67, 45, png::ColorType::Rgba, png::BitDepth::Eight, &pixels);
    assert_eq!(plain(&data, PixelFormat::Rgba), pixels);
    let rgb = plain(&data, PixelFormat::Rgb);
    let bgra = plain(&data, PixelFormat::Bgra);
    let grey = plain(&data, PixelFormat::Grey);
    for (i, p) in pixels.chunks(4).enumerate() {
        assert_eq!(rgb[i * 3..][..3], p[..3]);
        assert_eq!(bgra[i * 4..][..4], [p[2], p[1], p[0], p[3]]);
        let luma = 0.299 * f64::from(p[0]) + 0.587 * f64::from(p[1]) + 0.114 * f64::from(p[2]);
        assert!((f64::from(grey[i]) - luma).abs() <= 0.51);
    }
    let grey = png(
        3,
        1,
        png::ColorType::GrayscaleAlpha,
        png::BitDepth::Eight,
        &[1, 2, 3, 4, 5, 6],
    );
    assert_eq!(
        plain(&grey, PixelFormat::Rgba),
        [1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6]
    );
    assert_eq!(plain(&grey, PixelFormat::Grey), [1, 3, 5]);
}

/// Eight bits: every value in every element type.
#[test]
fn every_sample_of_eight_bits_is_scaled_by_the_rule() {
    let all: Vec<u8> = (0..=255).collect();
    let data = png(
        16,
        16,
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        &all,
    );
    let options = DecodeOptions::new();
    let i8s = decode::<i8>(&data, PixelFormat::Grey, &options);
    let u16s = decode::<u16>(&data, PixelFormat::Grey, &options);
    let i16s = decode::<i16>(&data, PixelFormat::Grey, &options);
    let f32s = decode::<f32>(&data, PixelFormat::Grey, &options);
    for (i, &v) in all.iter().enumerate() {
        assert_eq!(i16::from(i8s.data()[i]), i16::from(v) - 128);
        assert_eq!(u16s.data()[i], u16::from(v) * 257);
        assert_eq!(i32::from(i16s.data()[i]), i32::from(v) * 257 - 32768);
        assert_eq!(f32s.data()[i], f32::from(v) / 255.0);
    }
}

/// Fewer bits, palettes and their transparency become eight bits.
#[test]
fn small_depths_and_palettes_become_bytes() {
    let bits = png(
        9,
        1,
        png::ColorType::Grayscale,
        png::BitDepth::One,
        &[0b1011_0010, 0x80],
    );
    let want = [255, 0, 255, 255, 0, 0, 255, 0, 255];
    assert_eq!(plain(&bits, PixelFormat::Grey), want);
    let quarters = png(
        4,
        1,
        png::ColorType::Grayscale,
        png::BitDepth::Two,
        &[0b00_01_10_11],
    );
    assert_eq!(plain(&quarters, PixelFormat::Grey), [0, 85, 170, 255]);
    let mut data = Vec::new();
    let mut encoder = png::Encoder::new(&mut data, 3, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette([1, 2, 3, 40, 50, 60].to_vec());
    encoder.set_trns([9].to_vec());
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[1, 0, 1]).expect("a picture");
    writer.finish().expect("an end");
    let want = [40, 50, 60, 255, 1, 2, 3, 9, 40, 50, 60, 255];
    assert_eq!(plain(&data, PixelFormat::Rgba), want);
    let opaque = [40, 50, 60, 1, 2, 3, 40, 50, 60];
    assert_eq!(plain(&data, PixelFormat::Rgb), opaque);
}

/// A colour that stands for transparency is compared with all bits of the samples.
#[test]
fn the_colour_key_is_transparent() {
    let key = [0x1234, 0x5678, 0x9ABC];
    let near = [0x1234, 0x5678, 0x9ABD];
    let swapped = key.map(u16::swap_bytes);
    let all = [key, near, swapped, key];
    let file = |colour, deep: &[u16], key: &[u16]| {
        let bytes = |v: &[u16]| -> Vec<u8> { v.iter().flat_map(|v| v.to_be_bytes()).collect() };
        let mut data = Vec::new();
        let mut encoder = png::Encoder::new(&mut data, 2, 2);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Sixteen);
        encoder.set_trns(bytes(key));
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&bytes(deep)).expect("a picture");
        writer.finish().expect("an end");
        data
    };
    let options = DecodeOptions::new();
    let data = file(png::ColorType::Rgb, all.as_flattened(), &key);
    let want = [0, 65535, 65535, 0];
    for (i, alpha) in want.into_iter().enumerate() {
        let u16s = decode::<u16>(&data, PixelFormat::Rgba, &options);
        let [r, g, b] = all[i];
        assert_eq!(u16s.data()[i * 4..][..4], [r, g, b, alpha], "{i}");
        let u8s = decode::<u8>(&data, PixelFormat::Bgra, &options);
        assert_eq!(u16::from(u8s.data()[i * 4 + 3]) * 257, alpha, "{i}");
    }
    let greys = all.map(|[v, ..]| v);
    let data = file(png::ColorType::Grayscale, &greys, &[swapped[0]]);
    let u16s = decode::<u16>(&data, PixelFormat::Rgba, &options);
    let alphas = [3, 7, 11, 15].map(|i| u16s.data()[i]);
    assert_eq!(alphas, [65535, 65535, 0, 65535]);
}

/// The orientation of an eXIf chunk is applied like that of a JPEG file.
#[test]
fn orientations_turn_the_picture() {
    for value in 1..=8u16 {
        let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        tiff.extend(value.to_le_bytes());
        tiff.extend([0; 6]);
        let pixels: Vec<u8> = (0..7 * 5 * 3).collect();
        let mut data = Vec::new();
        let mut encoder = png::Encoder::new(&mut data, 7, 5);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().expect("a header");
        let kind = png::chunk::ChunkType(*b"eXIf");
        writer.write_chunk(kind, &tiff).expect("a chunk");
        writer.write_image_data(&pixels).expect("a picture");
        writer.finish().expect("an end");
        let orientation = Orientation::from_exif(value).expect("1 to 8");
        let turned = decode::<u8>(&data, PixelFormat::Rgb, &DecodeOptions::new());
        let sides = (turned.width(), turned.height());
        assert_eq!(
            sides,
            if orientation.swaps_sides() {
                (5, 7)
            } else {
                (7, 5)
            }
        );
        for y in 0..turned.height() {
            for x in 0..turned.width() {
                let (sx, sy) = orientation.source(x, y, 7, 5);
                let stored = &pixels[(sy * 7 + sx) * 3..][..3];
                assert_eq!(&turned.row(y)[x * 3..][..3], stored, "{value}");
            }
        }
        let options = DecodeOptions::new().with_exif(false);
        assert_eq!(
            decode::<u8>(&data, PixelFormat::Rgb, &options).data(),
            pixels
        );
    }
}

#[test]
fn a_tensor_too_small_is_refused_before_anything_is_written() {
    let data = png(
        3,
        2,
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        &[9; 6],
    );
    for (width, height) in [(2, 2), (3, 1)] {
        let mut tensor = Tensor::<u8>::image(width, height, PixelFormat::Grey);
        let outcome = tensor.load_image(&mut ImageDecoder::new(), &data, &DecodeOptions::new());
        assert!(matches!(
            outcome,
            Err(CodecError::InsufficientCapacity {
                width: 3,
                height: 2,
                ..
            })
        ));
        assert!(tensor.data().iter().all(|&v| v == 0));
    }
}

#[test]
fn damage_is_an_error() {
    let pixels = samples(&Recipe::default(), 3);
    let data = png(67, 45, png::ColorType::Rgb, png::BitDepth::Eight, &pixels);
    let mut decoder = ImageDecoder::new();
    let mut tensor = Tensor::<u8>::image(67, 45, PixelFormat::Rgb);
    let mut load = |data: &[u8]| tensor.load_image(&mut decoder, data, &DecodeOptions::new());
    assert!(load(&data).is_ok());
    let mut changed = data.clone();
    changed[data.len() / 2] ^= 1;
    for broken in [&data[..data.len() / 2], &data[..20], &changed] {
        let outcome = load(broken);
        assert!(
            matches!(outcome, Err(CodecError::InvalidData(Fault::Png))),
            "{outcome:?}"
        );
    }
}

/// Memory of the caller's, with a pitch, as a picture goes into it.
#[test]
fn borrowed_memory_is_filled_in_place() {
    let pixels: Vec<u8> = (1..=12).collect();
    let data = png(2, 2, png::ColorType::Rgb, png::BitDepth::Eight, &pixels);
    let mut memory = [0u8; 20];
    let mut tensor = TensorMut::new(&mut memory, PixelFormat::Rgb, 3, 2, 10).expect("room");
    let outcome = tensor.load_image(&mut ImageDecoder::new(), &data, &DecodeOptions::new());
    assert_eq!(outcome.expect("a picture").format, ImageFormat::Png);
    let want = [
        1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0,
    ];
    assert_eq!(memory, want);
}
