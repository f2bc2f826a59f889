//! A reader of the one EXIF field that matters here; it allocates nothing.

use crate::orient::Orientation;

/// The orientation in an EXIF block: a TIFF file of its own (TIFF 6.0,
/// section 2; tag 0x0112 of its first directory). `None` when the block is
/// broken or says nothing.
#[must_use]
pub fn orientation(tiff: &[u8]) -> Option<Orientation> {
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    };
    let u32_at = |at: usize| {
        let bytes: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    };
    let directory = u32_at(4)? as usize;
    let entries = usize::from(u16_at(directory)?);
    for entry in 0..entries {
        let at = directory.checked_add(2 + entry * 12)?;
        if u16_at(at)? == 0x0112 {
            const SHORT: u16 = 3;
            if u16_at(at + 2)? != SHORT || u32_at(at + 4)? != 1 {
                return None;
            }
            return Orientation::from_exif(u16_at(at + 8)?);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(big: bool, tag: u16, kind: u16, count: u32, value: u16) -> Vec<u8> {
        let two = |v: u16| {
            if big {
                v.to_be_bytes()
            } else {
                v.to_le_bytes()
            }
        };
        let four = |v: u32| {
            if big {
                v.to_be_bytes()
            } else {
                v.to_le_bytes()
            }
        };
        let mut out = if big {
            b"MM\0*".to_vec()
        } else {
            b"II*\0".to_vec()
        };
        out.extend(four(8));
        out.extend(two(1));
        out.extend(two(tag));
        out.extend(two(kind));
        out.extend(four(count));
        out.extend(two(value));
        out.extend(two(0));
        out
    }

    #[test]
    fn both_byte_orders_give_the_value() {
        for big in [false, true] {
            for value in 1..=8 {
                let found = orientation(&block(big, 0x0112, 3, 1, value));
                assert_eq!(found, Orientation::from_exif(value));
                assert!(found.is_some());
            }
        }
    }

    #[test]
    fn what_is_no_orientation_gives_none() {
        assert_eq!(orientation(&block(true, 0x0111, 3, 1, 6)), None);
        assert_eq!(orientation(&block(true, 0x0112, 4, 1, 6)), None);
        assert_eq!(orientation(&block(true, 0x0112, 3, 2, 6)), None);
        assert_eq!(orientation(&block(true, 0x0112, 3, 1, 9)), None);
        let whole = block(false, 0x0112, 3, 1, 6);
        for length in 0..18 {
            assert_eq!(orientation(&whole[..length]), None);
        }
        let mut far = whole;
        far[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(orientation(&far), None);
    }
}
