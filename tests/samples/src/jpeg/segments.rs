//! Files cut into segments, and put together again.

/// A marker with what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The byte behind 0xFF.
    pub marker: u8,
    /// What its length covers, without the length; empty for SOI and EOI.
    pub body: Vec<u8>,
    /// Entropy-coded data behind it, restart markers included.
    pub data: Vec<u8>,
}

/// Start of image.
pub const SOI: u8 = 0xD8;
/// End of image.
pub const EOI: u8 = 0xD9;
/// Start of scan.
pub const SOS: u8 = 0xDA;
/// Quantisers.
pub const DQT: u8 = 0xDB;
/// Huffman tables.
pub const DHT: u8 = 0xC4;
/// The restart interval.
pub const DRI: u8 = 0xDD;
/// An application's segment; 14 is Adobe's.
pub const APP0: u8 = 0xE0;
/// A comment.
pub const COM: u8 = 0xFE;

impl Segment {
    /// A segment without entropy-coded data.
    #[must_use]
    pub fn new(marker: u8, body: impl Into<Vec<u8>>) -> Self {
        let (body, data) = (body.into(), Vec::new());
        Self { marker, body, data }
    }

    /// Whether it is a frame header of any kind (T.81, table B.1).
    #[must_use]
    pub fn is_frame(&self) -> bool {
        matches!(self.marker, 0xC0..=0xCF) && !matches!(self.marker, DHT | 0xC8 | 0xCC)
    }

    /// Marker, length, body and data.
    ///
    /// # Panics
    /// When the body has more bytes than a length can say.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0xFF, self.marker];
        if !matches!(self.marker, SOI | EOI) {
            let length = u16::try_from(self.body.len() + 2).expect("a short segment");
            out.extend(length.to_be_bytes());
        }
        out.extend(&self.body);
        out.extend(&self.data);
        out
    }
}

/// The segments of a file; `None` when it does not consist of whole ones.
#[must_use]
pub fn split(file: &[u8]) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = file;
    while !rest.is_empty() {
        let &[0xFF, marker, ref behind @ ..] = rest else {
            return None;
        };
        let length = match (marker, behind) {
            (SOI | EOI, _) => 0,
            (_, &[high, low, ..]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return None,
        };
        let body = behind.get(length.min(2)..length)?.to_vec();
        rest = &behind[length..];
        let is_end = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF);
        let coded = match marker {
            SOS => rest.windows(2).position(is_end).unwrap_or(rest.len()),
            _ => 0,
        };
        let data = rest[..coded].to_vec();
        rest = &rest[coded..];
        segments.push(Segment { marker, body, data });
    }
    Some(segments)
}

/// The file that consists of these segments.
#[must_use]
pub fn join(segments: &[Segment]) -> Vec<u8> {
    segments.iter().flat_map(Segment::to_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_apart_and_together() {
        let file = [
            &[0xFF, SOI, 0xFF, COM, 0, 5, b'a', b'b', b'c'][..],
            &[0xFF, SOS, 0, 3, 9, 1, 0xFF, 0, 2, 0xFF, 0xD3, 4, 0xFF, EOI],
        ]
        .concat();
        let segments = split(&file).unwrap();
        assert_eq!(segments.len(), 4);
        assert_eq!(segments[2].data, [1, 0xFF, 0, 2, 0xFF, 0xD3, 4]);
        assert_eq!(join(&segments), file);
        assert_eq!(split(&file[..7]), None);
    }
}
