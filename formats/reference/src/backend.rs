//! The trait and the list of backends.

use crate::{
    Format, JxlOxide, OrreryJpeg, Picture, PngCrate, QoiCrate, QoiSpecification, ReferenceError,
    TurboJpeg, ZunePng,
};

/// A decoder somebody else wrote (or, for QOI, a transcription of the
/// specification), held to the rules of this crate.
pub trait Backend: Sync {
    /// The name reports use, such as `zune-png`.
    fn name(&self) -> &'static str;

    /// The version of the decoder behind it: a crate's, a library's, or a specification's.
    fn version(&self) -> &'static str;

    /// The formats it decodes.
    fn formats(&self) -> &'static [Format];

    /// Whether the first bytes are of one of its formats.
    fn sniff(&self, bytes: &[u8]) -> bool;

    /// Decodes one whole file. Bytes after the end of the picture are allowed.
    ///
    /// # Errors
    /// See [`ReferenceError`]; a panic of the decoder is one of them.
    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError>;
}

/// All backends, for one format in the order of their authority.
#[must_use]
pub fn backends() -> &'static [&'static dyn Backend] {
    &[
        &ZunePng,
        &PngCrate,
        &QoiSpecification,
        &QoiCrate,
        &TurboJpeg,
        &OrreryJpeg,
        #[cfg(feature = "jxl")]
        &crate::LibJxl,
        &JxlOxide,
        #[cfg(feature = "vae-ans")]
        &crate::VaeAns,
        #[cfg(feature = "vae-ans")]
        &crate::VaeAnsFixed,
    ]
}

/// The backends for one format.
pub fn backends_for(format: Format) -> impl Iterator<Item = &'static dyn Backend> {
    let all = backends().iter().copied();
    all.filter(move |backend| backend.formats().contains(&format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_two_backends_with_names_of_their_own() {
        for format in [Format::Png, Format::Qoi, Format::Jpeg] {
            assert_eq!(backends_for(format).count(), 2, "{format:?}");
        }
        let mut names: Vec<_> = backends().iter().map(|backend| backend.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), backends().len());
    }

    /// The versions of crates are those of the lock file.
    #[test]
    fn versions_are_true() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let lock = std::fs::read_to_string(lock).unwrap();
        let mut crates = 0;
        for backend in backends() {
            let (name, version) = (backend.name(), backend.version());
            if lock.contains(&format!("name = \"{name}\"\n")) {
                let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
                assert!(lock.contains(&entry), "{name} {version}");
                crates += 1;
            }
        }
        assert!(crates >= 4, "{crates}");
    }

    #[test]
    fn sniffing_looks_at_the_signature() {
        for backend in backends() {
            let is = |format| backend.formats().contains(&format);
            assert_eq!(backend.sniff(b"\x89PNG\r\n\x1a\nrest"), is(Format::Png));
            assert_eq!(backend.sniff(b"qoifrest"), is(Format::Qoi));
            assert_eq!(backend.sniff(b"\xFF\xD8\xFFrest"), is(Format::Jpeg));
            assert_eq!(backend.sniff(b"\xFF\x0Arest"), is(Format::Jxl));
            let container = b"\0\0\0\x0CJXL \r\n\x87\nrest";
            assert_eq!(backend.sniff(container), is(Format::Jxl));
            let latents = b"\x89VAE\r\n\x1a\nrest";
            assert_eq!(backend.sniff(latents), is(Format::VaeAns));
            assert!(!backend.sniff(b""));
            assert!(!backend.sniff(b"GIF89a"));
        }
    }
}
