//! The backend `jxl`: libjxl, by `orrery-jxl`.

use std::path::Path;

use orrery_jxl::{
    DecodeError, DecodeOptions, Decoder, Detail, EncodeOptions, Fidelity, Frame, Image, Info,
    Limits, MetadataBox, Samples, Switch, to_png,
};

use orrery_reference::Picture;

use super::jxl_args::JxlDecodeArgs;
use crate::cli::EncodeArgs;
use crate::picture;
use crate::say;
use crate::session::{Failure, exit};

/// The name of the backend.
pub const NAME: &str = "jxl";

/// Bytes that are fed at a time when intermediate pictures are wanted.
const PIECE: usize = 1024;

fn bad(input: &Path, error: impl std::fmt::Display) -> Failure {
    Failure {
        code: exit::BAD_INPUT,
        message: format!("{}: {error}", input.display()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

fn folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

fn extension(path: &Path) -> Option<&str> {
    path.extension().and_then(|extension| extension.to_str())
}

/// Decodes a file: a picture, a directory of frames, or the JPEG that it was made of.
pub fn decode(
    bytes: &[u8],
    input: &Path,
    output: &Path,
    threads: u16,
    args: &JxlDecodeArgs,
) -> Result<i32, Failure> {
    let threads = usize::from(threads);
    if matches!(extension(output), Some("jpg" | "jpeg")) {
        if let Some(option) = args.given() {
            let message = format!("{option} is for pictures; a JPEG comes out as it went in");
            return Err(Failure::usage(message));
        }
        let jpeg = orrery_jxl::reconstruct(bytes, threads, &Limits::default());
        write(output, &jpeg.map_err(|e| bad(input, e))?)?;
        return Ok(exit::OK);
    }
    let into_folder = picture::is_folder(output);
    if args.progressive && !into_folder {
        let message = "--progressive writes several pictures: OUT is a directory, ending in /";
        return Err(Failure::usage(message));
    }
    picture::writable(output).map_err(Failure::usage)?;
    if into_folder {
        folder(output)?;
    }
    let options = DecodeOptions {
        threads,
        keep_orientation: args.keep_orientation,
        unpremultiply_alpha: true,
        render_spot_colours: !args.no_spot_colours,
        coalesce: !args.layers,
        intensity_target: args.intensity_target,
        progressive: args.progressive.then_some(Detail::Passes),
        boxes: args.boxes.is_some(),
        ..DecodeOptions::default()
    };
    if args.reduced {
        let reduced = orrery_jxl::decode_reduced(bytes, &options).map_err(|e| bad(input, e))?;
        say::note(format_args!(
            "{}: {} of {} bytes read{}",
            input.display(),
            reduced.bytes_read,
            bytes.len(),
            if reduced.from_dc {
                ""
            } else {
                "; there is no DC apart"
            }
        ));
        save_icc(args, &reduced.info)?;
        save(&reduced.info, &[reduced.frame], output)?;
        return Ok(exit::OK);
    }

    let mut decoder = Decoder::new(options).map_err(|e| Failure::usage(e.to_string()))?;
    let ended = match args.progressive {
        true => stepwise(&mut decoder, bytes, output),
        false => decoder.feed(bytes).map(|_| ()).map_err(Ended::Decoding),
    };
    let ended = ended.and_then(|()| decoder.finish().map_err(Ended::Decoding));
    match ended {
        Ok(image) => {
            save_icc(args, &image.info)?;
            save_boxes(args, &image.boxes)?;
            save(&image.info, &image.frames, output)?;
            Ok(exit::OK)
        }
        Err(Ended::Writing(failure)) => Err(failure),
        Err(Ended::Decoding(error)) => incomplete(&mut decoder, error, input, output, args),
    }
}

/// Why nothing more came.
enum Ended {
    Decoding(DecodeError),
    Writing(Failure),
}

/// Writes `step-00000.png` and so on while the file comes in.
fn stepwise(decoder: &mut Decoder, bytes: &[u8], output: &Path) -> Result<(), Ended> {
    let (mut number, mut fed) = (0, 0);
    for piece in bytes.chunks(PIECE) {
        fed += piece.len();
        for step in decoder.feed(piece).map_err(Ended::Decoding)? {
            let Some(info) = decoder.info() else { continue };
            let path = output.join(format!("step-{number:05}.png"));
            save(info, std::slice::from_ref(&step.picture), &path).map_err(Ended::Writing)?;
            say::print(&format!(
                "{}: frame {}, sharp at 1/{}, after {fed} of {} bytes",
                path.display(),
                step.frame,
                step.downsampling,
                bytes.len()
            ));
            number += 1;
        }
    }
    Ok(())
}

/// Writes what there is of a damaged file.
fn incomplete(
    decoder: &mut Decoder,
    error: DecodeError,
    input: &Path,
    output: &Path,
    args: &JxlDecodeArgs,
) -> Result<i32, Failure> {
    let mut frames = decoder.frames().to_vec();
    frames.extend(decoder.snapshot());
    let Some(info) = decoder.info().filter(|_| !frames.is_empty()).cloned() else {
        return Err(bad(input, error));
    };
    save_icc(args, &info)?;
    save_boxes(args, decoder.boxes())?;
    save(&info, &frames, output)?;
    say::note(format_args!("{}: incomplete: {error}", input.display()));
    Ok(exit::BAD_INPUT)
}

fn save_icc(args: &JxlDecodeArgs, info: &Info) -> Result<(), Failure> {
    match &args.icc {
        Some(path) => write(path, &info.icc),
        None => Ok(()),
    }
}

fn save_boxes(args: &JxlDecodeArgs, boxes: &[MetadataBox]) -> Result<(), Failure> {
    let Some(path) = &args.boxes else {
        return Ok(());
    };
    folder(path)?;
    for (number, metadata) in boxes.iter().enumerate() {
        let letters = metadata.kind.iter().map(|letter| char::from(*letter));
        let kind: String = letters.filter(char::is_ascii_alphanumeric).collect();
        write(
            &path.join(format!("{number:02}-{kind}.bin")),
            &metadata.contents,
        )?;
    }
    Ok(())
}

/// Writes frames as [`picture::write_all`] does; PNG keeps 16 bits and the profile.
fn save(info: &Info, frames: &[Frame], output: &Path) -> Result<(), Failure> {
    let fail =
        |path: &Path, e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", path.display()));
    let png = |frame: &Frame, path: &Path| {
        let file = to_png(info, frame).map_err(|e| fail(path, &e))?;
        write(path, &file)
    };
    if picture::is_folder(output) {
        for (number, frame) in frames.iter().enumerate() {
            png(frame, &output.join(format!("frame-{number:05}.png")))?;
        }
        return Ok(());
    }
    let Some(frame) = frames.last() else {
        return Ok(());
    };
    if extension(output) == Some("png") {
        return png(frame, output);
    }
    let decoded = Picture {
        width: frame.width,
        height: frame.height,
        rgba: orrery_jxl::to_rgba8(info, frame),
    };
    picture::write(&picture::still(decoded, true), output).map_err(Failure::usage)
}

/// Encodes a PNG, a QOI, or what another backend decodes; or transcodes a JPEG.
pub fn encode(
    bytes: &[u8],
    EncodeArgs {
        input,
        output,
        lossless,
        threads,
        jxl: args,
        ..
    }: &EncodeArgs,
) -> Result<i32, Failure> {
    let fidelity = match (*lossless, args.distance, args.quality) {
        (true, ..) => Fidelity::Lossless,
        (_, Some(distance), _) => Fidelity::Distance(distance),
        (_, _, Some(quality)) => Fidelity::Quality(quality),
        _ => Fidelity::Distance(1.0),
    };
    let options = EncodeOptions {
        fidelity,
        effort: args.effort.unwrap_or(7),
        threads: usize::from(*threads),
        progressive: args.progressive,
        edge_preserving: args.edge_preserving,
        gaborish: match args.gaborish {
            None => Switch::Auto,
            Some(false) => Switch::Off,
            Some(true) => Switch::On,
        },
        photon_noise_iso: args.noise.unwrap_or(0.0),
        ..EncodeOptions::default()
    };
    let file = if args.transcode {
        orrery_jxl::transcode(bytes, &options)
    } else {
        orrery_jxl::encode(&read(bytes, input)?, &options)
    };
    let file = file.map_err(|error| match error {
        orrery_jxl::EncodeError::Shape(message) => Failure::usage(message),
        other => bad(input, other),
    })?;
    write(output, &file)?;
    Ok(exit::OK)
}

fn read(bytes: &[u8], input: &Path) -> Result<Image, Failure> {
    if bytes.starts_with(b"\x89PNG") {
        return Image::from_png(bytes, &Limits::default()).map_err(|e| bad(input, e));
    }
    let mut backends = orrery_reference::backends().iter();
    let Some(backend) = backends.find(|backend| backend.sniff(bytes)) else {
        return Err(bad(input, "no decoder knows this file"));
    };
    let picture = backend.decode(bytes).map_err(|e| bad(input, e))?;
    let opaque = picture.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255);
    let (interleaved, samples) = if opaque {
        let pixels = picture.rgba.chunks_exact(4);
        (3, pixels.flat_map(|p| [p[0], p[1], p[2]]).collect())
    } else {
        (4, picture.rgba)
    };
    Ok(Image::new(
        picture.width,
        picture.height,
        interleaved,
        Samples::U8(samples),
    ))
}
