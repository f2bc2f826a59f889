//! Files to decode, and libjpeg-turbo's opinion of them.
#![allow(dead_code)] // Each test uses a part.

pub mod complete;
pub mod make;

#[cfg(not(miri))]
#[allow(unused_imports)]
pub use peer::*;
use std::path::{Path, PathBuf};

/// The folder of test pictures that is handed round beside the project, or
/// `None` (with a line that says so) where it is not there.
pub fn corpus(name: &str) -> Option<PathBuf> {
    let given = std::env::var_os("ORRERY_CORPUS").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let beside = above.map(|folder| folder.join("../shared/corpus"));
    let mut folders = given.into_iter().chain(beside).map(|root| root.join(name));
    let found = folders.find(|folder| folder.is_dir());
    if found.is_none() {
        let required = std::env::var_os("ORRERY_REQUIRE_CORPUS").is_some_and(|value| value == "1");
        assert!(!required, "no corpus folder {name}");
        eprintln!("skipped: no corpus folder {name}");
    }
    found
}

/// All files below a folder with one of these endings, in order.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .and_then(|ending| ending.to_str())
                .is_some_and(|ending| endings.contains(&ending))
            {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// All JPEG files below a folder.
pub fn jpegs(folder: &Path) -> Vec<PathBuf> {
    files(folder, &["jpg", "jpeg"])
}

/// libjpeg-turbo, where C code can be run.
#[cfg(not(miri))]
mod peer {
    use orrery_jpeg::PixelFormat;

    /// The name of libjpeg-turbo's pixel format.
    fn turbo_format(format: PixelFormat) -> turbojpeg::PixelFormat {
        match format {
            PixelFormat::Rgb => turbojpeg::PixelFormat::RGB,
            PixelFormat::Rgba => turbojpeg::PixelFormat::RGBA,
            PixelFormat::Bgra => turbojpeg::PixelFormat::BGRA,
            PixelFormat::Grey => turbojpeg::PixelFormat::GRAY,
            PixelFormat::Cmyk => turbojpeg::PixelFormat::CMYK,
            PixelFormat::Nv12 => panic!("libjpeg has no NV12"),
        }
    }

    /// A picture: width, height, pixels without padding.
    pub type Picture = (usize, usize, Vec<u8>);

    /// What libjpeg-turbo makes of a file at 1/`denominator` of its size. An error
    /// also where it only warns.
    pub fn turbo(
        data: &[u8],
        format: PixelFormat,
        denominator: usize,
    ) -> Result<Picture, turbojpeg::Error> {
        let (picture, outcome) = turbo_with_outcome(data, format, denominator)?;
        outcome.map(|()| picture)
    }

    /// What libjpeg-turbo makes of a file, however it complains about its end.
    pub fn turbo_despite_warnings(
        data: &[u8],
        format: PixelFormat,
    ) -> Result<Picture, turbojpeg::Error> {
        Ok(turbo_with_outcome(data, format, 1)?.0)
    }

    fn turbo_with_outcome(
        data: &[u8],
        format: PixelFormat,
        denominator: usize,
    ) -> Result<(Picture, Result<(), turbojpeg::Error>), turbojpeg::Error> {
        let mut decompressor = turbojpeg::Decompressor::new()?;
        let scale = turbojpeg::ScalingFactor::new(1, denominator);
        let header = decompressor.read_header(data)?;
        decompressor.set_scaling_factor(scale)?;
        let (width, height) = (scale.scale(header.width), scale.scale(header.height));
        let pitch = width * format.channels();
        let mut pixels = vec![0; pitch * height];
        let image = turbojpeg::Image {
            pixels: &mut pixels[..],
            width,
            pitch,
            height,
            format: turbo_format(format),
        };
        let outcome = decompressor.decompress(data, image);
        Ok(((width, height, pixels), outcome))
    }

    /// Whether libjpeg-turbo sees four components of ink.
    pub fn is_cmyk(data: &[u8]) -> bool {
        turbojpeg::read_header(data).is_ok_and(|header| {
            matches!(
                header.colorspace,
                turbojpeg::Colorspace::CMYK | turbojpeg::Colorspace::YCCK
            )
        })
    }
}
