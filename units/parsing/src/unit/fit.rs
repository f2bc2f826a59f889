//! What can be said of a program before it runs: constants that the unit will always refuse.

use orrery_output::check::Algorithm;
use orrery_output::isa::Action;
use orrery_output::{OutputSpec, refusal};

use super::escape::Table;
use super::general::size;
use super::maps::Maps;
use super::spec::Spec;
use crate::image::ParsingImage;
use crate::isa::{BITS, Operand, Row, SysOp, Work};

/// A row that can never be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its number.
    pub row: u32,
    /// Why, as its trap would say.
    pub message: String,
}

/// The rows whose constants the units refuse whenever the row is taken.
#[must_use]
pub fn misfits(spec: &Spec, output: &OutputSpec, image: &ParsingImage) -> Vec<Misfit> {
    let rows = (0..).zip(&image.rows);
    rows.filter_map(|(row, bits)| {
        let message = refused(spec, output, image, &Row::decode(bits)?)?;
        Some(Misfit { row, message })
    })
    .collect()
}

fn refused(spec: &Spec, output: &OutputSpec, image: &ParsingImage, row: &Row) -> Option<String> {
    let pool = |k: u16| image.constants.get(usize::from(k)).copied().unwrap_or(0);
    let constant = |operand: Operand| match operand {
        Operand::Capture(_) => None,
        Operand::Pool(k) => Some(pool(k)),
    };
    // Several constants in a row.
    let constants = |n: u16| match row.b {
        Operand::Capture(_) => None,
        Operand::Pool(k) => Some(
            (0..n)
                .map(|i| pool(k.saturating_add(i)))
                .collect::<Vec<_>>(),
        ),
    };
    let of_work = match row.work {
        Work::Sys(SysOp::CheckCrc) => {
            constants(4).and_then(|k| Algorithm::crc(k[0], k[1], k[2], k[3]).err())
        }
        Work::Sys(SysOp::CheckSums) => constants(2).and_then(|k| Algorithm::sums(k[0], k[1]).err()),
        Work::Sys(SysOp::NewMap) => {
            let strides = std::array::from_fn(|i| (row.imm >> (4 * i) & 15) as u8);
            constant(row.b).and_then(|rows| Maps::new(spec).check_new(strides, rows).err())
        }
        Work::Sys(SysOp::EscapeOn) => {
            constants(row.imm.saturating_add(1)).and_then(|k| Table::new(k.into_iter()).err())
        }
        Work::Sys(SysOp::Position) if row.dst + 1 >= BITS => {
            Some("a position takes two captures".into())
        }
        _ => None,
    };
    let end = usize::from(row.stage_base) + size(row.stage);
    let of_stage = (end > spec.staging && size(row.stage) > 0).then(|| {
        let (base, bytes) = (row.stage_base, spec.staging);
        format!("staging address {base} is outside of {bytes} bytes")
    });
    let of_action = Action::from_op(row.action.op.into()).and_then(|action| {
        let n = usize::from(row.action.n).min(row.operands.len());
        let operands = (0..n).map(|i| match row.action.identity >> i & 1 {
            1 => None,
            _ => constant(row.operands[i]),
        });
        refusal(output, action, &operands.collect::<Vec<_>>())
    });
    of_work.or(of_stage).or(of_action)
}
