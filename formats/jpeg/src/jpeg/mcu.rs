//! Pictures of one scan: decoded an MCU row at a time, straight to pixels; and
//! the way from gathered coefficients to pixels.

use super::bitstream::BitReader;
use super::huffman::{Class, Placing, Table, Tables, decode_block, placing};
use super::output::{Layout, Planes, Sink};
use super::progressive::Coefficients;
use super::scan::{Restarts, check};
use super::types::{Component, Frame, MAX_COMPONENTS, QuantTable, Scan};
use crate::error::Fault;
use crate::kernels::{self, Kernels};

/// How the blocks of a component become samples.
#[derive(Clone, Copy)]
struct Transform {
    whole: kernels::Transform,
    /// For blocks without AC coefficients.
    flat: fn(i16, &mut [u8], usize),
}

impl Transform {
    fn choose(kernels: &Kernels, block: usize) -> Self {
        let single = |coef: &[i16; 64], out: &mut [u8], stride| flat::<1>(coef[0], out, stride);
        match block {
            8 => Self {
                whole: kernels.idct8,
                flat: kernels.idct_dc,
            },
            4 => Self {
                whole: kernels.idct4,
                flat: flat::<4>,
            },
            2 => Self {
                whole: kernels.idct2,
                flat: flat::<2>,
            },
            _ => Self {
                whole: single,
                flat: flat::<1>,
            },
        }
    }
}

/// A block of N by N samples of the same value: the mean, rounded.
fn flat<const N: usize>(dc: i16, out: &mut [u8], stride: usize) {
    let value = ((i32::from(dc) + 4) >> 3) + 128;
    // As the kernels do: 10 bits, of which what is out of range is cut.
    let value = match value & 1023 {
        v @ 0..=255 => v as u8,
        256..=639 => 255,
        _ => 0,
    };
    for row in out.chunks_mut(stride).take(N) {
        row[..N].fill(value);
    }
}

/// A component's part in the scan.
struct Plan<'a> {
    index: usize,
    component: Component,
    dc: &'a Table,
    ac: &'a Table,
    placing: Placing,
    predictor: i32,
    transform: Transform,
    needed: bool,
}

/// Decodes a picture whose one scan holds all its components. `rows` counts
/// the rows of pixels that were written.
#[allow(clippy::too_many_arguments)]
pub(crate) fn decode_single_scan(
    kernels: &Kernels,
    frame: &Frame,
    layout: &Layout,
    scan: &Scan,
    quant: &[QuantTable; MAX_COMPONENTS],
    tables: &mut Tables,
    planes: &mut Planes,
    interval: usize,
    (data, at): (&[u8], usize),
    sink: &mut impl Sink,
    rows: &mut usize,
) -> Result<(), Fault> {
    for c in scan.components() {
        tables.prepare(Class::Dc, c.dc)?;
        tables.prepare(Class::Ac, c.ac)?;
    }
    let mut plans: [Option<Plan>; MAX_COMPONENTS] = Default::default();
    for (plan, c) in plans.iter_mut().zip(scan.components()) {
        let component = frame.all[c.index];
        *plan = Some(Plan {
            index: c.index,
            component,
            dc: tables.dc(c.dc)?,
            ac: tables.ac(c.ac)?,
            placing: placing(&quant[c.index]),
            predictor: 0,
            transform: Transform::choose(kernels, component.block),
            needed: layout.needs(c.index),
        });
    }
    let mut bits = BitReader::new(data, at);
    let mut restarts = Restarts::new(interval);
    let high = frame.v_max * 8;
    for my in 0..frame.mcus_high {
        let outcome = mcu_row(
            frame,
            &mut plans,
            planes,
            my,
            &mut restarts,
            data,
            &mut bits,
            sink,
        );
        planes.emit(kernels, frame, layout, my, sink);
        outcome?;
        planes.step(frame);
        *rows = (((my + 1) * high).min(frame.height)).saturating_sub(layout.held_back(frame));
    }
    *rows = frame.height;
    Ok(())
}

/// Decodes the samples of one MCU row. Behind an error the row is grey.
#[allow(clippy::too_many_arguments)]
fn mcu_row<'a>(
    frame: &Frame,
    plans: &mut [Option<Plan>; MAX_COMPONENTS],
    planes: &mut Planes,
    my: usize,
    restarts: &mut Restarts,
    data: &'a [u8],
    reader: &mut BitReader<'a>,
    sink: &mut impl Sink,
) -> Result<(), Fault> {
    let mut bits = *reader;
    let mut block = [0; 64];
    let mut outcome = Ok(());
    for mx in 0..frame.mcus_wide {
        if outcome.is_ok() {
            match restarts.before_mcu(data, &mut bits) {
                Ok(false) => {}
                Ok(true) => {
                    for plan in plans.iter_mut().flatten() {
                        plan.predictor = 0;
                    }
                }
                Err(fault) => outcome = Err(fault),
            }
        }
        for plan in plans.iter_mut().map_while(Option::as_mut) {
            let c = &plan.component;
            let stride = planes.strides[plan.index];
            for v in 0..c.v {
                let inside = plan.needed && my * c.v + v < c.blocks_high;
                for h in 0..c.h {
                    let mut whole = false;
                    if outcome.is_ok() {
                        let (dc, ac) = (plan.dc, plan.ac);
                        let predictor = &mut plan.predictor;
                        whole =
                            decode_block(&mut bits, dc, ac, &plan.placing, predictor, &mut block);
                    } else {
                        block[0] = 0;
                    }
                    let x = mx * c.h + h;
                    if !inside || x >= c.blocks_wide {
                        continue;
                    }
                    let start = (1 + v * c.block) * stride + x * c.block;
                    let out = &mut planes.samples[plan.index][start..];
                    if whole {
                        (plan.transform.whole)(&block, out, stride);
                    } else {
                        (plan.transform.flat)(block[0], out, stride);
                    }
                    sink.between_blocks();
                }
            }
        }
        if outcome.is_ok() {
            outcome = check(&bits);
        }
    }
    *reader = bits;
    outcome
}

/// Writes the picture that gathered coefficients make.
pub(crate) fn render(
    kernels: &Kernels,
    frame: &Frame,
    layout: &Layout,
    coefficients: &Coefficients,
    quant: &[QuantTable; MAX_COMPONENTS],
    planes: &mut Planes,
    sink: &mut impl Sink,
) {
    let natural = quant.map(|table| {
        let mut out = [0u16; 64];
        for (k, &q) in table.iter().enumerate() {
            out[usize::from(super::types::ZIGZAG[k])] = q;
        }
        out
    });
    let mut block = [0; 64];
    for my in 0..frame.mcus_high {
        for (i, c) in frame.components().iter().enumerate() {
            if !layout.needs(i) {
                continue;
            }
            let transform = Transform::choose(kernels, c.block);
            let stride = planes.strides[i];
            for v in 0..c.v {
                let by = my * c.v + v;
                if by >= c.blocks_high {
                    break;
                }
                for (x, (stored, whole)) in coefficients.row(i, c, by).enumerate() {
                    let start = (1 + v * c.block) * stride + x * c.block;
                    let out = &mut planes.samples[i][start..];
                    let dc = stored[0].wrapping_mul(natural[i][0] as i16);
                    if !whole {
                        (transform.flat)(dc, out, stride);
                        sink.between_blocks();
                        continue;
                    }
                    for ((out, &value), &q) in block.iter_mut().zip(stored).zip(&natural[i]) {
                        *out = value.wrapping_mul(q as i16);
                    }
                    (transform.whole)(&block, out, stride);
                    sink.between_blocks();
                }
            }
        }
        planes.emit(kernels, frame, layout, my, sink);
        planes.step(frame);
    }
}
