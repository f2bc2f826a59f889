//! Writing frames: hashes and files.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use orrery_emulator::Frame;
#[cfg(feature = "references")]
use orrery_reference::Picture;
use sha2::{Digest, Sha256};

/// Lower-case hexadecimal SHA-256 of a frame's RGBA bytes, rows from the top: the bytes that
/// [`write`] writes, so rows that an incomplete frame lacks are transparent black.
pub fn hash(frame: &Frame) -> String {
    Sha256::digest(complete(frame))
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// A reference decoder's picture as a frame.
#[cfg(feature = "references")]
pub fn still(picture: Picture, complete: bool) -> Frame {
    Frame {
        width: picture.width,
        height: picture.height,
        complete,
        complete_rows: picture.height,
        shown_rows: picture.height,
        rgba: picture.rgba,
        cycle: 0,
        base: 0,
        turn: 0,
    }
}

/// Writes one frame; the extension picks the format.
///
/// # Errors
/// A sentence with the path.
pub fn write(frame: &Frame, path: &Path) -> Result<(), String> {
    let fail = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let rgba = complete(frame);
    match path.extension().and_then(|e| e.to_str()) {
        Some("png") => {
            let file = File::create(path).map_err(|e| fail(&e))?;
            let mut encoder = png::Encoder::new(BufWriter::new(file), frame.width, frame.height);
            encoder.set_color(png::ColorType::Rgba);
            encoder.set_depth(png::BitDepth::Eight);
            let mut writer = encoder.write_header().map_err(|e| fail(&e))?;
            let written = writer.write_image_data(&rgba);
            written.and_then(|()| writer.finish()).map_err(|e| fail(&e))
        }
        Some("ppm") => {
            let file = File::create(path).map_err(|e| fail(&e))?;
            let mut file = BufWriter::new(file);
            let rgb: Vec<u8> = rgba
                .chunks_exact(4)
                .flat_map(|p| [p[0], p[1], p[2]])
                .collect();
            write!(file, "P6\n{} {}\n255\n", frame.width, frame.height)
                .and_then(|()| file.write_all(&rgb))
                .and_then(|()| file.flush())
                .map_err(|e| fail(&e))
        }
        Some("qoi") => {
            let bytes =
                qoi::encode_to_vec(&rgba, frame.width, frame.height).map_err(|e| fail(&e))?;
            std::fs::write(path, bytes).map_err(|e| fail(&e))
        }
        _ => Err(unknown(path)),
    }
}

/// Whether frames that go to `path` are files in a directory.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

/// Says so before the run if [`write_all`] would not know what to write.
///
/// # Errors
/// A sentence with the path.
pub fn writable(path: &Path) -> Result<(), String> {
    let extension = path.extension().and_then(|e| e.to_str());
    if is_folder(path) || matches!(extension, Some("png" | "ppm" | "qoi")) {
        Ok(())
    } else {
        Err(unknown(path))
    }
}

fn unknown(path: &Path) -> String {
    format!(
        "{}: the extension must be .png, .ppm or .qoi; a directory ends in /",
        path.display()
    )
}

/// Names for what comes from several inputs: those of the inputs, numbered from the second of
/// one name on.
pub fn stems(inputs: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for input in inputs {
        let name = stem(input);
        let mut unique = name.clone();
        let mut n = 1;
        while names.contains(&unique) {
            n += 1;
            unique = format!("{name}-{n}");
        }
        names.push(unique);
    }
    names
}

/// The name of an input without folder and extension, for names of what comes from it.
fn stem(input: &Path) -> String {
    match input.file_stem() {
        Some(stem) if stem != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".into(),
    }
}

/// Writes frames to `path`: a directory gets one PNG per frame, its name behind that of the
/// input if that is given; a file gets the last frame.
///
/// # Errors
/// A sentence with the path.
pub fn write_all(
    frames: &[(usize, Cow<'_, Frame>)],
    path: &Path,
    input: Option<&str>,
) -> Result<Vec<PathBuf>, String> {
    if is_folder(path) {
        std::fs::create_dir_all(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let input = input.map_or(String::new(), |name| format!("{name}-"));
        let mut written = Vec::new();
        for (n, frame) in frames {
            let file = path.join(format!("{input}frame-{n:05}.png"));
            write(frame, &file)?;
            written.push(file);
        }
        return Ok(written);
    }
    match frames.last() {
        Some((_, frame)) => write(frame, path).map(|()| vec![path.to_path_buf()]),
        None => Ok(Vec::new()),
    }
}

/// The frame as it is to be looked at: turned as its program said ([`Frame::turn`]).
pub fn turned(frame: &Frame) -> Cow<'_, Frame> {
    if frame.turn == 0 {
        return Cow::Borrowed(frame);
    }
    let (w, h) = (frame.width as usize, frame.height as usize);
    let (pixels, _) = frame.rgba.as_chunks::<4>();
    let exchanged = frame.turn & 4 != 0;
    let (width, height) = if exchanged { (h, w) } else { (w, h) };
    let mut rgba = Vec::with_capacity(w * h * 4);
    for y in 0..height {
        for x in 0..width {
            let (mut column, mut row) = if exchanged { (y, x) } else { (x, y) };
            if frame.turn & 1 != 0 {
                column = w - 1 - column;
            }
            if frame.turn & 2 != 0 {
                row = h - 1 - row;
            }
            // Rows that an incomplete frame lacks are transparent black.
            let pixel = pixels.get(row * w + column);
            rgba.extend_from_slice(pixel.unwrap_or(&[0; 4]));
        }
    }
    let rows = |n: u32| match n == frame.height {
        true => height as u32,
        false => n.min(height as u32),
    };
    Cow::Owned(Frame {
        width: width as u32,
        height: height as u32,
        rgba,
        complete_rows: rows(frame.complete_rows),
        shown_rows: rows(frame.shown_rows),
        turn: 0,
        ..*frame
    })
}

/// All rows of a frame; those an incomplete frame lacks are transparent black.
fn complete(frame: &Frame) -> Cow<'_, [u8]> {
    let bytes = frame.width as usize * frame.height as usize * 4;
    let mut rgba = Cow::Borrowed(&*frame.rgba);
    if rgba.len() != bytes {
        rgba.to_mut().resize(bytes, 0);
    }
    rgba
}
