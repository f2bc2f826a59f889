//! Gaussian blur of pictures.

use crate::Error;
use crate::core::{Bound, DType, Entity, Image, Key, Port, System, World};

/// A picture to `BlurRGB`: a separable Gaussian cut at `ceil(3 * sigma)`, its
/// weights scaled to sum 1, rows first; outside, the nearest pixel counts.
#[derive(Clone, Copy, Debug)]
pub struct GaussianBlur {
    sigma: f32,
}

impl GaussianBlur {
    /// With a standard deviation in pixels, above 0 and at most 64.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn new(sigma: f32) -> Result<Self, Error> {
        if !(sigma > 0.0 && sigma <= 64.0) {
            return Err(Error::Parameter {
                name: "sigma",
                found: sigma.to_string(),
                allowed: "above 0, at most 64".into(),
            });
        }
        Ok(Self { sigma })
    }

    fn weights(self) -> Vec<f32> {
        let radius = (3.0 * self.sigma).ceil() as i32;
        let weight = |d: i32| (-((d * d) as f32) / (2.0 * self.sigma * self.sigma)).exp();
        let sum: f32 = (-radius..=radius).map(weight).sum();
        (-radius..=radius).map(|d| weight(d) / sum).collect()
    }
}

impl System for GaussianBlur {
    fn name(&self) -> String {
        format!("GaussianBlur({})", self.sigma)
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Image>(Key::RGB)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Image>(Key::BLUR_RGB)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Image>(group[0], &bound.inputs[0])?.pixels;
        let shape = first.shape().to_vec();
        let (height, width) = (shape[0], shape[1]);
        let weights = self.weights();
        let radius = weights.len() / 2;
        let middle = world.scratch("blur", &shape, DType::F32)?;
        let (_, parts) = world.batch(group.len(), &shape, DType::U8)?;
        for (&entity, blurred) in group.iter().zip(parts) {
            let image = world.get::<Image>(entity, &bound.inputs[0])?.clone();
            let arena = world.arena_mut();
            let (from, to) = arena.pair::<u8, f32>(&image.pixels, &middle)?;
            for y in 0..height {
                let row = &from[y * width * 3..][..width * 3];
                for x in 0..width {
                    for c in 0..3 {
                        let sum = weights.iter().enumerate().map(|(tap, weight)| {
                            let near = (x + tap).saturating_sub(radius).min(width - 1);
                            weight * f32::from(row[near * 3 + c])
                        });
                        to[(y * width + x) * 3 + c] = sum.sum();
                    }
                }
            }
            let (from, to) = arena.pair::<f32, u8>(&middle, &blurred)?;
            for y in 0..height {
                for place in 0..width * 3 {
                    let sum = weights.iter().enumerate().map(|(tap, weight)| {
                        let near = (y + tap).saturating_sub(radius).min(height - 1);
                        weight * from[near * width * 3 + place]
                    });
                    to[y * width * 3 + place] = sum.sum::<f32>().round() as u8;
                }
            }
            let blurred = Image {
                pixels: blurred,
                ..image
            };
            world.attach(entity, bound.outputs[0].clone(), blurred);
        }
        Ok(())
    }
}
