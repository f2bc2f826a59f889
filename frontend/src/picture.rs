//! Writing frames: hashes and files.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use orrery_emulator::Frame;
use sha2::{Digest, Sha256};

/// Lower-case hexadecimal SHA-256 of a frame's RGBA bytes, rows from the top.
pub fn hash(frame: &Frame) -> String {
    Sha256::digest(&frame.rgba)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
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
            writer.write_image_data(&rgba).map_err(|e| fail(&e))
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
        _ => Err(format!(
            "{}: the extension must be .png, .ppm or .qoi",
            path.display()
        )),
    }
}

/// Writes frames to `path`: a directory gets one PNG per frame, a file the last frame.
///
/// # Errors
/// A sentence with the path.
pub fn write_all(frames: &[(usize, Frame)], path: &Path) -> Result<Vec<PathBuf>, String> {
    if path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/') {
        std::fs::create_dir_all(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut written = Vec::new();
        for (n, frame) in frames {
            let file = path.join(format!("frame-{n:05}.png"));
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

/// All rows of a frame; those an incomplete frame lacks are transparent black.
fn complete(frame: &Frame) -> Vec<u8> {
    let mut rgba = frame.rgba.clone();
    rgba.resize(frame.width as usize * frame.height as usize * 4, 0);
    rgba
}
