//! The autoencoder as systems: one run of the model for each group.

use std::rc::Rc;

use crate::Error;
use crate::core::{Bound, DType, Entity, Image, Key, Latent, Port, System, World};
use crate::model::{Planes, Vae};

/// `RGB` to `Latent4` f32. Sides that are no multiples of the reduction are
/// filled up with copies of the last column and row.
#[derive(Clone, Debug)]
pub struct VaeEncode {
    vae: Rc<Vae>,
}

/// `Latent4` f32 to `ReconRGB`, cut to the picture's size, rounded to 8 bits
/// (ties up).
#[derive(Clone, Debug)]
pub struct VaeDecode {
    vae: Rc<Vae>,
}

impl VaeEncode {
    /// With this model.
    pub fn new(vae: Rc<Vae>) -> Self {
        Self { vae }
    }
}

impl VaeDecode {
    /// With this model.
    pub fn new(vae: Rc<Vae>) -> Self {
        Self { vae }
    }
}

impl System for VaeEncode {
    fn name(&self) -> String {
        "VaeEncode".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Image>(Key::RGB)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Image>(group[0], &bound.inputs[0])?.pixels;
        let &[height, width, 3] = first.shape() else {
            return Err(Error::WrongShape {
                what: bound.inputs[0].to_string(),
                found: first.shape().to_vec(),
                expected: "(height, width, 3)".into(),
            });
        };
        let reduction = self.vae.options().reduction;
        let (h, w) = (height.div_ceil(reduction), width.div_ceil(reduction));
        let (full_h, full_w) = (h * reduction, w * reduction);
        let mut data = Vec::with_capacity(group.len() * 3 * full_h * full_w);
        for &entity in group {
            let pixels = world.pixels(entity, &bound.inputs[0])?;
            for channel in 0..3 {
                for y in 0..full_h {
                    let row = &pixels[y.min(height - 1) * width * 3..][..width * 3];
                    data.extend(
                        (0..full_w).map(|x| f32::from(row[x.min(width - 1) * 3 + channel]) / 255.0),
                    );
                }
            }
        }
        let latents = self.vae.encode(Planes {
            data,
            shape: [group.len(), 3, full_h, full_w],
        })?;
        let (batch, parts) = world.batch(group.len(), &[4, h, w], DType::F32)?;
        world
            .arena_mut()
            .slice_mut::<f32>(&batch)?
            .copy_from_slice(&latents.data);
        for (&entity, values) in group.iter().zip(parts) {
            let latent = Latent {
                values,
                size: [height, width],
                fraction: 0,
            };
            world.attach(entity, bound.outputs[0].clone(), latent);
        }
        Ok(())
    }
}

impl System for VaeDecode {
    fn name(&self) -> String {
        "VaeDecode".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Image>(Key::RECON_RGB)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = world.get::<Latent>(group[0], &bound.inputs[0])?;
        let [height, width] = first.size;
        let reduction = self.vae.options().reduction;
        let (h, w) = (height.div_ceil(reduction), width.div_ceil(reduction));
        if first.values.shape() != [4, h, w] {
            return Err(Error::WrongShape {
                what: bound.inputs[0].to_string(),
                found: first.values.shape().to_vec(),
                expected: format!("(4, {h}, {w}) for {width}x{height} pixels"),
            });
        }
        let mut data = Vec::with_capacity(group.len() * 4 * h * w);
        for &entity in group {
            let values = &world.get::<Latent>(entity, &bound.inputs[0])?.values;
            data.extend_from_slice(world.arena().slice::<f32>(values)?);
        }
        let pictures = self.vae.decode(Planes {
            data,
            shape: [group.len(), 4, h, w],
        })?;
        let plane = h * reduction * w * reduction;
        let (_, parts) = world.batch(group.len(), &[height, width, 3], DType::U8)?;
        for ((&entity, pixels), picture) in
            group.iter().zip(parts).zip(pictures.data.chunks(3 * plane))
        {
            let out = world.arena_mut().slice_mut::<u8>(&pixels)?;
            for y in 0..height {
                for x in 0..width {
                    for channel in 0..3 {
                        let value = picture[channel * plane + y * w * reduction + x];
                        // The conversion saturates and makes NaN 0.
                        out[(y * width + x) * 3 + channel] = (value * 255.0 + 0.5) as u8;
                    }
                }
            }
            let image = Image {
                pixels,
                colourspace: "sRGB",
            };
            world.attach(entity, bound.outputs[0].clone(), image);
        }
        Ok(())
    }
}
