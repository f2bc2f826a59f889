//! Completing progressive files, so that libjpeg has nothing to smooth.
//!
//! libjpeg guesses at coefficients that no scan has brought yet and smooths
//! over them. Scans of zeros say that they are zero: they change no coefficient.

const SOF2: u8 = 0xC2;
const DHT: u8 = 0xC4;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// A progressive file with the missing bits of all coefficients sent as zeros;
/// `None` for other files and for those that miss nothing.
pub fn complete(data: &[u8]) -> Option<Vec<u8>> {
    let mut frame: Option<(Vec<u8>, usize)> = None;
    // The lowest bit known for each coefficient of each component.
    let mut known = vec![[None::<u8>; 64]; 4];
    let mut at = 2;
    let end = loop {
        while data.get(at) != Some(&0xFF)
            || matches!(data.get(at + 1), Some(0 | 0xFF | 0xD0..=0xD7))
        {
            at += 1;
            if at >= data.len() {
                return None;
            }
        }
        let code = *data.get(at + 1)?;
        if code == EOI {
            break at;
        }
        let length = usize::from(u16::from_be_bytes([*data.get(at + 2)?, *data.get(at + 3)?]));
        let body = data.get(at + 4..at + 2 + length)?;
        if code == SOF2 {
            let ids = body[6..].chunks(3).map(|c| c[0]).collect();
            let blocks = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low])) / 8 + 8;
            frame = Some((ids, blocks(body[1], body[2]) * blocks(body[3], body[4])));
        } else if (0xC0..=0xCF).contains(&code) && !matches!(code, 0xC4 | 0xC8 | 0xCC) {
            return None;
        } else if code == SOS {
            let (ids, _) = frame.as_ref()?;
            let count = usize::from(body[0]);
            let [first, last, bits] = body[1 + count * 2..] else {
                return None;
            };
            for c in body[1..][..count * 2].chunks(2) {
                let index = ids.iter().position(|&id| id == c[0])?;
                known[index]
                    .get_mut(usize::from(first)..=usize::from(last))?
                    .fill(Some(bits & 15));
            }
        }
        at += 2 + length;
    };
    let (ids, blocks) = frame?;
    // Both tables have one code, a single 0 bit: difference zero, or end of block.
    let mut out = data[..end].to_vec();
    for class in [0x00, 0x10] {
        out.extend([0xFF, DHT, 0, 20, class, 1]);
        out.extend([0; 16]);
    }
    let mut scan = |id: u8, first: usize, last: usize, high: u8, low: u8| {
        out.extend([
            0xFF,
            SOS,
            0,
            8,
            1,
            id,
            0,
            first as u8,
            last as u8,
            high << 4 | low,
        ]);
        out.extend(vec![0; blocks * (last - first + 2)]);
    };
    let mut missing = false;
    for (&id, known) in ids.iter().zip(&known) {
        let mut first = 0;
        while first < 64 {
            let state = known[first];
            // The DC coefficient has scans of its own.
            let same = |k: &usize| *k < 64 && known[*k] == state && (first > 0 || *k == 0);
            let last = (first..).take_while(same).last()?;
            missing |= state != Some(0);
            match state {
                None => scan(id, first, last, 0, 0),
                Some(low) => (0..low)
                    .rev()
                    .for_each(|bit| scan(id, first, last, bit + 1, bit)),
            }
            first = last + 1;
        }
    }
    out.extend([0xFF, EOI]);
    missing.then_some(out)
}
