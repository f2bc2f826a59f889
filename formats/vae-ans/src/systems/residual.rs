//! The difference between source and reconstruction.

use crate::Error;
use crate::core::{Bound, DType, Entity, Image, Key, Port, Residual, System, World};

/// `RGB` and `ReconRGB` to `ResidualRGB`: source minus reconstruction, i16.
#[derive(Clone, Copy, Debug, Default)]
pub struct SubtractRecon;

/// `ReconRGB` and `ResidualRGB` to `RestoredRGB`: their sum, limited to 0..255.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddResidual;

impl System for SubtractRecon {
    fn name(&self) -> String {
        "Residual".into()
    }
    fn requires(&self) -> Vec<Port> {
        // The reconstruction first: that is what a pipe may replace.
        vec![
            Port::of::<Image>(Key::RECON_RGB),
            Port::of::<Image>(Key::RGB),
        ]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Residual>(Key::RESIDUAL_RGB)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Image>(group[0], &bound.inputs[0])?.pixels;
        let shape = first.shape().to_vec();
        let (_, parts) = world.batch(group.len(), &shape, DType::I16)?;
        for (&entity, values) in group.iter().zip(parts) {
            let source = world.get::<Image>(entity, &bound.inputs[1])?.pixels.clone();
            let recon = world.get::<Image>(entity, &bound.inputs[0])?.pixels.clone();
            same(&source, &shape)?;
            let arena = world.arena_mut();
            let (source, recon, out) = arena.triple::<u8, u8, i16>(&source, &recon, &values)?;
            for ((s, r), out) in source.iter().zip(recon).zip(out) {
                *out = i16::from(*s) - i16::from(*r);
            }
            world.attach(entity, bound.outputs[0].clone(), Residual { values });
        }
        Ok(())
    }
}

impl System for AddResidual {
    fn name(&self) -> String {
        "AddResidual".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![
            Port::of::<Image>(Key::RECON_RGB),
            Port::of::<Residual>(Key::RESIDUAL_RGB),
        ]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Image>(Key::RESTORED_RGB)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Image>(group[0], &bound.inputs[0])?.pixels;
        let shape = first.shape().to_vec();
        let (_, parts) = world.batch(group.len(), &shape, DType::U8)?;
        for (&entity, pixels) in group.iter().zip(parts) {
            let recon = world.get::<Image>(entity, &bound.inputs[0])?.clone();
            let residual = world.get::<Residual>(entity, &bound.inputs[1])?;
            let residual = residual.values.clone();
            same(&residual, &shape)?;
            let arena = world.arena_mut();
            let (r, e, out) = arena.triple::<u8, i16, u8>(&recon.pixels, &residual, &pixels)?;
            for ((r, e), out) in r.iter().zip(e).zip(out) {
                *out = i16::from(*r).saturating_add(*e).clamp(0, 255) as u8;
            }
            let image = Image { pixels, ..recon };
            world.attach(entity, bound.outputs[0].clone(), image);
        }
        Ok(())
    }
}

/// Pictures that are compared have one size.
fn same(tensor: &crate::TensorRef, shape: &[usize]) -> Result<(), Error> {
    if tensor.shape() == shape {
        return Ok(());
    }
    Err(Error::WrongShape {
        what: "the other picture".into(),
        found: tensor.shape().to_vec(),
        expected: format!("{shape:?}"),
    })
}
