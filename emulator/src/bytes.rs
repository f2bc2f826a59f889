//! Reading and writing the fields of a program image: little-endian numbers,
//! counted arrays and counted texts. Reading checks every length against what
//! is left, so no input can make it allocate more than the image's own size.

use thiserror::Error;

/// What is wrong with a program image.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImageError {
    /// The first bytes are not those of an image.
    #[error("this is no program image: it does not start with `ORRERY\\0`")]
    Signature,
    /// Made by another version.
    #[error("the image has format version {found}; this build reads version {expected}")]
    Version {
        /// In the image.
        found: u32,
        /// The only one that is read.
        expected: u32,
    },
    /// The image breaks off.
    #[error("the image ends inside {0}")]
    Truncated(&'static str),
    /// Bytes behind the end.
    #[error("{0} bytes follow the end of the image")]
    Trailing(usize),
    /// A field has a value that cannot be.
    #[error("{0}")]
    Field(String),
}

/// Writes fields.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn u8(&mut self, v: u8) {
        self.bytes.push(v);
    }

    pub(crate) fn u16(&mut self, v: u16) {
        self.bytes.extend(v.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, v: u32) {
        self.bytes.extend(v.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, v: u64) {
        self.bytes.extend(v.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.bytes.extend(text.as_bytes());
    }

    /// A count, then every element by `one`.
    pub(crate) fn each<T>(&mut self, items: &[T], mut one: impl FnMut(&mut Self, &T)) {
        self.u32(items.len() as u32);
        for item in items {
            one(self, item);
        }
    }
}

/// Reads fields. `what` names the part that is read, for messages.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader {
            rest: bytes,
            what: "the header",
        }
    }

    pub(crate) fn part(&mut self, what: &'static str) {
        self.what = what;
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], ImageError> {
        let (head, rest) = self
            .rest
            .split_at_checked(n)
            .ok_or(ImageError::Truncated(self.what))?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        let bytes = self.take(N)?;
        let mut out = [0; N];
        out.copy_from_slice(bytes);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ImageError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ImageError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ImageError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ImageError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn text(&mut self) -> Result<String, ImageError> {
        let n = self.u32()? as usize;
        let bytes = self.take(n)?;
        String::from_utf8(bytes.to_vec())
            .map_err(|_| ImageError::Field(format!("{} holds text that is not UTF-8", self.what)))
    }

    /// A count, then every element by `one`; each takes at least one byte.
    pub(crate) fn each<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, ImageError>,
    ) -> Result<Vec<T>, ImageError> {
        let n = self.u32()? as usize;
        if n > self.rest.len() {
            return Err(ImageError::Truncated(self.what));
        }
        (0..n).map(|_| one(self)).collect()
    }

    pub(crate) fn end(self) -> Result<(), ImageError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(ImageError::Trailing(self.rest.len()))
        }
    }
}
