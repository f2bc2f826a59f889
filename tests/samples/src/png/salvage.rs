//! What is left of a damaged file, as a sound one.

use std::io::Write;

use flate2::{Compression, Decompress, FlushDecompress, write::ZlibEncoder};

use super::file::{Chunk, SIGNATURE, join};

/// A sound file of the first `rows` rows of a damaged one that is not interlaced; `None` if its image data do
/// not hold so many. They are inflated byte by byte, up to what is wrong with them.
///
/// # Panics
/// When memory cannot be written to.
#[must_use]
pub fn first_rows(file: &[u8], rows: u32) -> Option<Vec<u8>> {
    let mut rest = file.strip_prefix(&SIGNATURE)?;
    let (mut header, mut colours, mut packed) = (None, Vec::new(), Vec::new());
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [l0, l1, l2, l3, kind @ ..] = *head;
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let data = &after[..length.min(after.len())];
        match &kind {
            b"IHDR" => header = data.first_chunk::<13>().copied(),
            b"IDAT" => packed.extend(data),
            b"PLTE" | b"tRNS" => colours.push(Chunk::new(kind, data)),
            b"IEND" => break,
            _ => {}
        }
        rest = after.get(length.saturating_add(4)..).unwrap_or_default();
    }
    let mut header = header?;
    let [w0, w1, w2, w3, _, _, _, _, depth, colour, .., interlaced] = header;
    if interlaced != 0 {
        return None;
    }
    let samples = match colour {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };
    let bits = u64::from(u32::from_be_bytes([w0, w1, w2, w3])) * samples * u64::from(depth);
    let wanted = usize::try_from((bits.div_ceil(8) + 1) * u64::from(rows)).ok()?;
    let mut data = inflate(&packed);
    if data.len() < wanted {
        return None;
    }
    data.truncate(wanted);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&data).expect("memory");
    let packed = encoder.finish().expect("memory");
    header[4..8].copy_from_slice(&rows.to_be_bytes());
    let mut chunks = vec![Chunk::new(*b"IHDR", header)];
    chunks.append(&mut colours);
    chunks.push(Chunk::new(*b"IDAT", packed));
    chunks.push(Chunk::new(*b"IEND", []));
    Some(join(&chunks))
}

/// All that comes before an error, or the end.
fn inflate(packed: &[u8]) -> Vec<u8> {
    let mut inflater = Decompress::new(true);
    let mut data = Vec::new();
    let mut piece = [0; 1 << 12];
    for byte in packed.chunks(1) {
        let mut input = byte;
        loop {
            let (taken, given) = (inflater.total_in(), inflater.total_out());
            let status = inflater.decompress(input, &mut piece, FlushDecompress::None);
            let given = (inflater.total_out() - given) as usize;
            data.extend(&piece[..given]);
            if status.is_err() {
                return data;
            }
            input = &input[(inflater.total_in() - taken) as usize..];
            if given < piece.len() {
                break;
            }
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png::file::split;

    #[test]
    fn what_comes_before_the_damage_is_kept() {
        let rows: Vec<u8> = (0..40_u8).flat_map(|row| [0, row, row, row]).collect();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(&rows).expect("memory");
        let packed = encoder.finish().expect("memory");
        let header = [0, 0, 0, 3, 0, 0, 0, 40, 8, 0, 0, 0, 0];
        let file = join(&[
            Chunk::new(*b"IHDR", header),
            Chunk::new(*b"IDAT", &packed[..100]),
        ]);
        let sound = first_rows(&file, 20).expect("20 rows");
        let chunks = split(&sound);
        assert_eq!(chunks[0].data[4..8], [0, 0, 0, 20]);
        assert_eq!(inflate(&chunks[1].data), rows[..80]);
        assert_eq!(first_rows(&file, 30), None);
    }
}
