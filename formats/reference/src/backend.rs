//! The trait and the list of backends.

use crate::{
    Format, OrreryJpeg, Picture, PngCrate, QoiCrate, QoiSpecification, ReferenceError, TurboJpeg,
    ZunePng,
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

    /// A version is told to people, so it must be that of the lock file.
    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        for (name, package) in [("zune-png", "zune-png"), ("png", "png"), ("qoi", "qoi")] {
            let backend = backends().iter().find(|b| b.name() == name).unwrap();
            let entry = format!(
                "name = \"{package}\"\nversion = \"{}\"\n",
                backend.version()
            );
            assert!(lock.contains(&entry), "{name} {}", backend.version());
        }
    }

    #[test]
    fn sniffing_looks_at_the_signature() {
        for backend in backends() {
            let is = |format| backend.formats().contains(&format);
            assert_eq!(backend.sniff(b"\x89PNG\r\n\x1a\nrest"), is(Format::Png));
            assert_eq!(backend.sniff(b"qoifrest"), is(Format::Qoi));
            assert_eq!(backend.sniff(b"\xFF\xD8\xFFrest"), is(Format::Jpeg));
            assert!(!backend.sniff(b""));
            assert!(!backend.sniff(b"GIF89a"));
        }
    }
}
