//! Formats, element types, strides, orientations: what the tensors promise.

mod common;

use common::make::{Colours, Recipe, make, make_with_exif, png};
use orrery_jpeg::{
    CodecError, DecodeOptions, Dtype, ImageDecoder, ImageLoad, ImagePixel, Orientation,
    PixelFormat, Scale, Tensor, TensorDyn, TensorMut, UnsupportedFeature,
};

fn decode<T: ImagePixel>(data: &[u8], format: PixelFormat, options: &DecodeOptions) -> Tensor<T> {
    let mut decoder = ImageDecoder::new();
    let info = decoder.info(data, options).expect("headers");
    let mut tensor = Tensor::image(info.width, info.height, format);
    let again = tensor
        .load_image(&mut decoder, data, options)
        .expect("a picture");
    assert_eq!(info, again);
    tensor
}

fn plain(data: &[u8], format: PixelFormat) -> Vec<u8> {
    decode(data, format, &DecodeOptions::new()).data().to_vec()
}

#[test]
fn element_types_follow_the_rules() {
    let data = make(&Recipe::default());
    let bytes = plain(&data, PixelFormat::Rgb);
    let options = DecodeOptions::new();
    let i8s = decode::<i8>(&data, PixelFormat::Rgb, &options);
    let u16s = decode::<u16>(&data, PixelFormat::Rgb, &options);
    let i16s = decode::<i16>(&data, PixelFormat::Rgb, &options);
    let f32s = decode::<f32>(&data, PixelFormat::Rgb, &options);
    for (i, &byte) in bytes.iter().enumerate() {
        assert_eq!(i16::from(i8s.data()[i]), i16::from(byte) - 128);
        assert_eq!(u16s.data()[i], u16::from(byte) * 257);
        assert_eq!(i32::from(i16s.data()[i]), i32::from(byte) * 257 - 32768);
        assert!((f32s.data()[i] - f32::from(byte) / 255.0).abs() < 1e-6);
    }
}

#[test]
fn a_tensor_of_unknown_type_is_filled_too() {
    let data = make(&Recipe::default());
    let options = DecodeOptions::new();
    let mut decoder = ImageDecoder::new();
    for dtype in [Dtype::U8, Dtype::I8, Dtype::U16, Dtype::I16, Dtype::F32] {
        let mut tensor = TensorDyn::image(67, 45, PixelFormat::Bgra, dtype);
        tensor
            .load_image(&mut decoder, &data, &options)
            .expect("a picture");
        assert_eq!(tensor.dtype(), dtype);
        if let TensorDyn::U8(tensor) = tensor {
            assert_eq!(tensor.data(), plain(&data, PixelFormat::Bgra));
        }
    }
}

/// Decodes into a larger tensor with a pitch, and checks what may not change.
fn gaps_stay<T: ImagePixel>(data: &[u8], format: PixelFormat, mark: T) {
    let options = DecodeOptions::new();
    let small = decode::<T>(data, format, &options);
    let (width, height) = (small.width() + 5, small.height() + 3);
    let stride = format.row_elements(width) + 7;
    let mut tensor = Tensor::<T>::with_stride(width, height, format, stride);
    assert_eq!(tensor.row_stride(), stride);
    tensor.data_mut().fill(mark);
    let info = tensor
        .load_image(&mut ImageDecoder::new(), data, &options)
        .expect("a picture");
    assert_eq!((info.width, info.height), (small.width(), small.height()));
    let used = format.row_elements(small.width());
    let mut want = vec![mark; stride * format.rows(height)];
    for y in 0..format.rows(small.height()) {
        let chroma = y >= small.height();
        let at = if chroma {
            height + y - small.height()
        } else {
            y
        };
        let used = if format == PixelFormat::Nv12 && !chroma {
            small.width()
        } else {
            used
        };
        want[at * stride..][..used].copy_from_slice(&small.row(y)[..used]);
    }
    assert!(tensor.data() == want, "{format:?}");
}

#[test]
fn gaps_and_what_lies_outside_the_picture_stay_as_they_are() {
    let formats = [
        PixelFormat::Rgb,
        PixelFormat::Rgba,
        PixelFormat::Bgra,
        PixelFormat::Grey,
    ];
    let pixels = [7; 12 * 5 * 3];
    for data in [
        make(&Recipe::default()),
        make_with_exif(&Recipe::default(), Some(6)),
        make(&Recipe {
            progressive: true,
            ..Recipe::default()
        }),
        png(12, 5, png::ColorType::Rgb, png::BitDepth::Eight, &pixels),
    ] {
        for format in formats {
            gaps_stay::<u8>(&data, format, 0xA5);
            gaps_stay::<i8>(&data, format, 0x25);
            gaps_stay::<u16>(&data, format, 0xA5A5);
            gaps_stay::<i16>(&data, format, 0x2525);
            gaps_stay::<f32>(&data, format, -3.0);
        }
    }
    gaps_stay::<u8>(&make(&Recipe::default()), PixelFormat::Nv12, 0xA5);
}

/// From a megabyte on, floats are written past the caches, between the blocks.
#[cfg_attr(miri, ignore = "large")]
#[test]
fn large_pictures_of_floats_are_those_of_bytes() {
    let large = Recipe {
        width: 331,
        height: 277,
        ..Recipe::default()
    };
    let progressive = Recipe {
        progressive: true,
        ..large
    };
    let grey = Recipe {
        colours: Colours::Grey,
        ..large
    };
    let whole = [large, progressive, grey].map(|recipe| make(&recipe));
    let cut = whole[0][..whole[0].len() * 2 / 3].to_vec();
    let options = DecodeOptions::new();
    for data in whole.into_iter().chain([cut]) {
        for format in [PixelFormat::Rgb, PixelFormat::Rgba, PixelFormat::Grey] {
            for kernels in orrery_jpeg::kernels::all_available() {
                let mut decoder = ImageDecoder::with_kernels(kernels);
                let mut bytes = Tensor::<u8>::image(331, 277, format);
                let stride = format.row_elements(331) + 5;
                let mut floats = Tensor::<f32>::with_stride(331, 277, format, stride);
                floats.data_mut().fill(-3.0);
                let outcome = bytes.load_image(&mut decoder, &data, &options);
                let again = floats.load_image(&mut decoder, &data, &options);
                assert_eq!(format!("{outcome:?}"), format!("{again:?}"));
                let unwritten = if outcome.is_ok() { 277 } else { 100 };
                for y in 0..277 {
                    let row = &floats.data()[y * stride..]
                        [..stride.min(floats.data().len() - y * stride)];
                    let (row, gap) = row.split_at(format.row_elements(331));
                    assert!(gap.iter().all(|&v| v == -3.0));
                    let same = |(&v, &b): (&f32, &u8)| v == f32::from(b) / 255.0;
                    let untouched = y >= unwritten && row.iter().all(|&v| v == -3.0);
                    assert!(untouched || row.iter().zip(bytes.row(y)).all(same), "{y}");
                }
            }
        }
    }
}

#[test]
fn a_tensor_too_small_is_refused_before_anything_is_written() {
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new();
    for (orientation, width, height) in [(1, 66, 45), (1, 67, 44), (6, 67, 45)] {
        let data = make_with_exif(&Recipe::default(), Some(orientation));
        let mut tensor = Tensor::<u8>::image(width, height, PixelFormat::Rgb);
        tensor.data_mut().fill(1);
        let outcome = tensor.load_image(&mut decoder, &data, &options);
        assert!(matches!(
            outcome,
            Err(CodecError::InsufficientCapacity { .. })
        ));
        assert!(tensor.data().iter().all(|&v| v == 1));
    }
    let mut memory = [0u8; 100];
    assert!(TensorMut::new(&mut memory, PixelFormat::Rgb, 10, 3, 35).is_some());
    assert!(TensorMut::new(&mut memory, PixelFormat::Rgb, 10, 3, 36).is_none());
    assert!(TensorMut::new(&mut memory, PixelFormat::Rgb, 10, 2, 29).is_none());
    assert!(TensorMut::new(&mut memory, PixelFormat::Rgb, 10, 3, usize::MAX).is_none());
    for (format, width) in [
        (PixelFormat::Rgba, 1 << (usize::BITS - 2)),
        (PixelFormat::Rgb, usize::MAX),
        (PixelFormat::Nv12, usize::MAX),
    ] {
        assert!(TensorMut::new(&mut memory, format, width, 1, 0).is_none());
        assert!(TensorMut::new(&mut memory, format, 1, width, 1).is_none());
        // No picture fits these.
        assert!(TensorMut::new(&mut memory, format, 0, width, 1).is_some());
        assert!(TensorMut::new(&mut memory, format, width, 0, 1).is_some());
    }
}

#[test]
fn orientations_turn_the_picture() {
    for value in 1..=8 {
        let orientation = Orientation::from_exif(value).expect("1 to 8");
        let recipe = Recipe {
            width: 70,
            height: 37,
            ..Recipe::default()
        };
        let data = make_with_exif(&recipe, Some(value));
        let as_stored = DecodeOptions::new().with_exif(false);
        for format in [PixelFormat::Rgb, PixelFormat::Rgba, PixelFormat::Grey] {
            let stored = decode::<u8>(&data, format, &as_stored);
            let turned = decode::<u8>(&data, format, &DecodeOptions::new());
            assert_eq!((stored.width(), stored.height()), (70, 37));
            let n = format.channels();
            for y in 0..turned.height() {
                for x in 0..turned.width() {
                    let (sx, sy) = orientation.source(x, y, 70, 37);
                    assert_eq!(turned.row(y)[x * n..][..n], stored.row(sy)[sx * n..][..n]);
                }
            }
        }
    }
}

/// The standard's pictures of the letter say what each value means; here the
/// corner pixels do.
#[test]
fn orientations_mean_what_exif_says() {
    // Where the stored picture's upper left corner is shown, of 3 by 2 pixels.
    let corners = [
        (0, 0),
        (2, 0),
        (2, 1),
        (0, 1),
        (0, 0),
        (1, 0),
        (1, 2),
        (0, 2),
    ];
    // And its upper right corner.
    let rights = [
        (2, 0),
        (0, 0),
        (0, 1),
        (2, 1),
        (0, 2),
        (1, 2),
        (1, 0),
        (0, 0),
    ];
    for value in 1..=8usize {
        let orientation = Orientation::from_exif(value as u16).expect("1 to 8");
        let (x, y) = corners[value - 1];
        assert_eq!(orientation.source(x, y, 3, 2), (0, 0), "{value}");
        let (x, y) = rights[value - 1];
        assert_eq!(orientation.source(x, y, 3, 2), (2, 0), "{value}");
    }
}

#[cfg(not(miri))]
#[test]
fn nv12_has_the_stored_planes() {
    let recipe = Recipe {
        width: 67,
        height: 45,
        ..Recipe::default()
    };
    let data = make(&recipe);
    let nv12 = decode::<u8>(&data, PixelFormat::Nv12, &DecodeOptions::new());
    let grey = plain(&data, PixelFormat::Grey);
    for y in 0..45 {
        assert_eq!(nv12.row(y)[..67], grey[y * 67..][..67]);
    }
    // The planes as libjpeg-turbo gives them.
    let subsamp = turbojpeg::Subsamp::Sub2x2;
    let length = turbojpeg::yuv_pixels_len(67, 1, 45, subsamp).expect("a length");
    let mut planes = vec![0; length];
    let image = turbojpeg::YuvImage {
        pixels: &mut planes[..],
        width: 67,
        align: 1,
        height: 45,
        subsamp,
    };
    let mut decompressor = turbojpeg::Decompressor::new().expect("a decompressor");
    decompressor
        .decompress_to_yuv(&data, image)
        .expect("planes");
    // libjpeg's planes are padded to whole samples of chroma: 68 by 46.
    let (cb, cr) = planes[68 * 46..].split_at(34 * 23);
    for y in 0..23 {
        for x in 0..34 {
            let pair = [cb[y * 34 + x], cr[y * 34 + x]];
            assert_eq!(nv12.row(45 + y)[x * 2..][..2], pair);
        }
    }
    let grey = make(&Recipe {
        colours: Colours::Grey,
        ..recipe
    });
    let nv12 = decode::<u8>(&grey, PixelFormat::Nv12, &DecodeOptions::new());
    assert!((45..68).all(|y| nv12.row(y).iter().all(|&v| v == 128)));
    for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
        let options = DecodeOptions::new().with_scale(scale);
        let nv12 = decode::<u8>(&grey, PixelFormat::Nv12, &options);
        let rows = nv12.height()..nv12.height() + nv12.height().div_ceil(2);
        assert!(rows.len() >= 3, "{scale:?}");
        for y in rows {
            assert!(nv12.row(y).iter().all(|&v| v == 128), "{scale:?}");
        }
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let mut decoder = ImageDecoder::new();
    let mut refuse = |data: &[u8], format, options: DecodeOptions| {
        let mut tensor = Tensor::<u8>::image(100, 100, format);
        match tensor.load_image(&mut decoder, data, &options) {
            Err(CodecError::Unsupported(feature)) => feature,
            other => panic!("{other:?}"),
        }
    };
    let options = DecodeOptions::new();
    let ycc = make(&Recipe::default());
    let full = make(&Recipe {
        sampling: 0,
        ..Recipe::default()
    });
    let nv12 = UnsupportedFeature::Output(PixelFormat::Nv12);
    assert_eq!(refuse(&full, PixelFormat::Nv12, options), nv12);
    let cmyk = UnsupportedFeature::Output(PixelFormat::Cmyk);
    assert_eq!(refuse(&ycc, PixelFormat::Cmyk, options), cmyk);
    let turned = make_with_exif(&Recipe::default(), Some(3));
    let oriented = UnsupportedFeature::OrientedNv12;
    assert_eq!(refuse(&turned, PixelFormat::Nv12, options), oriented);
    let grey = png(
        2,
        2,
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        &[1, 2, 3, 4],
    );
    let half = options.with_scale(Scale::Half);
    assert_eq!(
        refuse(&grey, PixelFormat::Rgb, half),
        UnsupportedFeature::ScaledPng
    );
    assert_eq!(refuse(&grey, PixelFormat::Nv12, options), nv12);

    let mut tensor = Tensor::<f32>::image(100, 100, PixelFormat::Nv12);
    let outcome = tensor.load_image(&mut decoder, &ycc, &options);
    assert!(matches!(outcome, Err(CodecError::UnsupportedDtype { .. })));
}

/// Files that say they are of another kind, made of one that is fine.
#[test]
fn other_kinds_of_jpeg_are_refused_by_name() {
    let data = make(&Recipe::default());
    let frame = data
        .windows(2)
        .position(|bytes| bytes == [0xFF, 0xC0])
        .expect("a frame");
    let with = |at: usize, value: u8| {
        let mut data = data.clone();
        data[frame + at] = value;
        data
    };
    let mut decoder = ImageDecoder::new();
    let mut tensor = Tensor::<u8>::image(67, 45, PixelFormat::Rgb);
    let mut refuse = |data: &[u8]| {
        let options = DecodeOptions::new();
        let from_info = decoder.info(data, &options).err();
        let outcome = tensor.load_image(&mut decoder, data, &options);
        match (from_info, outcome) {
            (_, Err(CodecError::Unsupported(feature))) => feature,
            other => panic!("{other:?}"),
        }
    };
    use UnsupportedFeature::{
        ArithmeticCoding, Components, FractionalSampling, Hierarchical, JpegLs, Lossless, Precision,
    };
    for (code, feature) in [
        (0xC3, Lossless),
        (0xC5, Hierarchical),
        (0xC6, Hierarchical),
        (0xC7, Hierarchical),
        (0xC9, ArithmeticCoding),
        (0xCA, ArithmeticCoding),
        (0xCB, Lossless),
        (0xCD, Hierarchical),
        (0xDE, Hierarchical),
        (0xF7, JpegLs),
    ] {
        assert_eq!(refuse(&with(1, code)), feature, "{code:X}");
    }
    assert_eq!(refuse(&with(4, 12)), Precision(12));
    // Three samples of luma for two of chroma.
    let mut uneven = with(11, 0x31);
    uneven[frame + 14] = 0x21;
    uneven[frame + 17] = 0x11;
    assert_eq!(refuse(&uneven), FractionalSampling);
    let mut two = with(9, 2);
    two[frame + 3] = 14;
    two.drain(frame + 16..frame + 19);
    assert_eq!(refuse(&two), Components(2));
}

#[test]
fn inks_are_shown_by_what_they_let_through() {
    for colours in [Colours::Cmyk, Colours::Ycck] {
        let data = make(&Recipe {
            colours,
            sampling: 0,
            ..Recipe::default()
        });
        let inks = plain(&data, PixelFormat::Cmyk);
        let rgb = plain(&data, PixelFormat::Rgb);
        let bgra = plain(&data, PixelFormat::Bgra);
        let adobe = data.windows(5).any(|bytes| bytes == b"Adobe");
        for (i, ink) in inks.chunks(4).enumerate() {
            let light = |v: u8| u32::from(if adobe { v } else { 255 - v });
            for c in 0..3 {
                let want = (light(ink[c]) * light(ink[3]) + 127) / 255;
                assert_eq!(u32::from(rgb[i * 3 + c]), want);
                assert_eq!(bgra[i * 4 + 2 - c], rgb[i * 3 + c]);
            }
        }
    }
}

#[test]
fn a_reader_gives_the_same_and_its_errors_come_through() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    let data = make(&Recipe::default());
    let mut decoder = ImageDecoder::new();
    let options = DecodeOptions::new();
    let mut tensor = Tensor::<u8>::image(67, 45, PixelFormat::Rgb);
    tensor
        .load_image_from(&mut decoder, &mut &data[..], &options)
        .expect("a picture");
    assert_eq!(tensor.data(), plain(&data, PixelFormat::Rgb));
    let outcome = tensor.load_image_from(&mut decoder, &mut Broken, &options);
    assert!(matches!(outcome, Err(CodecError::Io(_))));
    let outcome = tensor.load_image(&mut decoder, b"GIF89a", &options);
    assert!(matches!(outcome, Err(CodecError::UnknownFormat)));
}
