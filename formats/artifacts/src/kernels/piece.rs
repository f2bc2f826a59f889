//! A piece of a tile: to planes, block by block, and back.

use super::lanes::Lanes;
use super::{GROUP, Scratch, Table, Tables, colour, dct};
use crate::image::Channels;

/// See [`super::Piece`].
#[inline(always)]
pub(super) fn piece<V: Lanes>(
    scratch: &mut Scratch,
    rows: &mut [&mut [u8]],
    channels: Channels,
    tables: &Tables,
) {
    let width = rows[0].len() / channels.count();
    let stride = width.next_multiple_of(8);
    let height = rows.len().next_multiple_of(8);
    for plane in &mut scratch.planes {
        if plane.len() < stride * height {
            plane.resize(stride * height, 0);
        }
    }
    let [luma, cb, cr] = &mut scratch.planes;
    let planes = [luma, cb, cr].map(|plane| &mut plane[..stride * height]);

    let [luma, cb, cr] = planes;
    for (y, row) in rows.iter().enumerate() {
        let at = y * stride..(y + 1) * stride;
        let lines = [
            &mut luma[at.clone()],
            &mut cb[at.clone()],
            &mut cr[at.clone()],
        ];
        colour::split(row, channels, lines);
    }
    for (plane, table) in [
        (&mut *luma, &tables.luminance),
        (&mut *cb, &tables.chrominance),
        (&mut *cr, &tables.chrominance),
    ] {
        replicate(plane, stride, width, rows.len());
        blocks::<V>(plane, stride, table);
    }
    for (y, row) in rows.iter_mut().enumerate() {
        let at = y * stride..(y + 1) * stride;
        let lines = [&luma[at.clone()], &cb[at.clone()], &cr[at.clone()]];
        colour::join(lines, row, channels);
    }
}

/// Fills the plane behind its last column and row with what is there.
fn replicate(plane: &mut [u8], stride: usize, width: usize, rows: usize) {
    if width < stride {
        for line in plane[..rows * stride].chunks_exact_mut(stride) {
            let last = line[width - 1];
            line[width..].fill(last);
        }
    }
    let last = (rows - 1) * stride;
    for y in rows..plane.len() / stride {
        plane.copy_within(last..last + stride, y * stride);
    }
}

/// All blocks of a plane, in groups.
#[inline(always)]
fn blocks<V: Lanes>(plane: &mut [u8], stride: usize, table: &Table) {
    let across = stride / 8;
    let count = across * (plane.len() / (stride * 8));
    let mut block = [V::splat(0); 64];
    for first in (0..count).step_by(V::COUNT) {
        let used = V::COUNT.min(count - first);
        let mut corners = [0; GROUP];
        for (n, corner) in corners[..used].iter_mut().enumerate() {
            let (y, x) = ((first + n) / across, (first + n) % across);
            *corner = y * 8 * stride + x * 8;
        }
        let mut samples = [0; GROUP];
        for y in 0..8 {
            for (row, corner) in samples[..used].iter_mut().zip(&corners) {
                let at = corner + y * stride;
                let bytes = plane[at..at + 8].try_into().expect("eight bytes");
                *row = u64::from_le_bytes(bytes);
            }
            block[y * 8..][..8].copy_from_slice(&V::from_rows(&samples));
        }
        dct::degrade(&mut block, table);
        for y in 0..8 {
            let row = block[y * 8..][..8].try_into().expect("eight vectors");
            for (row, corner) in V::to_rows(row)[..used].iter().zip(&corners) {
                let at = corner + y * stride;
                plane[at..at + 8].copy_from_slice(&row.to_le_bytes());
            }
        }
    }
}
