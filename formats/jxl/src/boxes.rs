//! The boxes of a container, without libjxl.

/// A box as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawBox {
    /// Its type; `brob` for a compressed one.
    pub kind: [u8; 4],
    /// For `brob`: the type of what is compressed.
    pub inner: Option<[u8; 4]>,
    /// Bytes of its contents; what a truncated file lacks is not counted.
    pub length: usize,
}

/// The boxes of a container (18181-2, clause 9) in their order; none for a bare codestream. The
/// list ends where a size is impossible.
#[must_use]
pub fn list(bytes: &[u8]) -> Vec<RawBox> {
    let mut boxes = Vec::new();
    if bytes.starts_with(&[0xFF, 0x0A]) {
        return boxes;
    }
    let mut rest = bytes;
    while let Some((one, behind)) = split(rest) {
        boxes.push(one);
        rest = behind;
    }
    boxes
}

fn split(bytes: &[u8]) -> Option<(RawBox, &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = match u32::from_be_bytes(*size) {
        0 => (rest.len() as u64, rest),
        1 => {
            let (size, rest) = rest.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*size).checked_sub(16)?, rest)
        }
        size => (u64::from(size).checked_sub(8)?, rest),
    };
    let length = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
    let (contents, rest) = rest.split_at(length);
    let inner = contents.first_chunk::<4>().copied();
    let one = RawBox {
        kind: *kind,
        inner: inner.filter(|_| kind == b"brob"),
        length,
    };
    Some((one, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_listed_until_a_size_is_impossible() {
        let file = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x0dbrobExif!\0\0\0\x01jxlc\0\0\0\0\0\0\0\x11x\0\0\0\x07bad!";
        let found = list(file);
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].kind, found[1].inner), (*b"brob", Some(*b"Exif")));
        assert_eq!((found[2].kind, found[2].length), (*b"jxlc", 1));
        assert!(list(b"\xFF\x0A\0\0\0\0").is_empty());
    }
}
