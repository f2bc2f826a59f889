//! Figures of other programs, computed once:
//!
//! - scikit-image 0.19.3: `peak_signal_noise_ratio(l, r, data_range=255)`,
//!   `structural_similarity(l, r, channel_axis=2, gaussian_weights=True,
//!   sigma=1.5, use_sample_covariance=False, data_range=255)`.
//! - pytorch-msssim 1.0.0 with torch 1.13: `ssim` and `ms_ssim(l, r,
//!   data_range=255)` on `(1, 3, 176, 192)` tensors.

use orrery_vae_ans::systems::{MetricMsSsim, MetricPsnr, MetricSsim};
use orrery_vae_ans::{Error, Image, Key, World};

fn pattern(width: usize, height: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for y in 0..height {
        for x in 0..width {
            let l = [
                (x * 5 + y * 3) % 256,
                (x * x / 7 + y * 2) % 256,
                (x ^ y) % 256,
            ];
            let n = [
                (x * y * 7 % 23) as i32 - 11,
                ((x * 3 + y * y) % 31) as i32 - 15,
                ((x * 11 + y * 5) % 17) as i32 - 8,
            ];
            for (l, n) in l.into_iter().zip(n) {
                left.push(l as u8);
                right.push((l as i32 + n).clamp(0, 255) as u8);
            }
        }
    }
    (left, right)
}

fn world(width: usize, height: usize) -> (World, u32) {
    let (left, right) = pattern(width, height);
    let mut world = World::new(8 << 20).unwrap();
    let entity = world.spawn_image(width, height, &left).unwrap();
    let other = world.spawn_image(width, height, &right).unwrap();
    let recon = world.get::<Image>(other, &Key::RGB).unwrap().clone();
    world.attach(entity, Key::RECON_RGB, recon);
    (world, entity)
}

#[test]
fn they_agree_with_scikit_image_and_pytorch_msssim() {
    let (mut world, entity) = world(192, 176);
    let pipe = world.pipe(&[entity]) | MetricPsnr | MetricSsim | MetricMsSsim;
    let world = pipe.run().unwrap();
    for (name, expected) in [
        ("psnr", 31.226_449_675_249_68),
        ("ssim", 0.889_584_255_925_229_5),
        ("ssim", 0.889_585_559_873_278_8),
        ("ms-ssim", 0.991_193_505_948_919_1),
    ] {
        let found = world.metric(entity, name).unwrap();
        assert!(
            (found - expected).abs() < 1e-4,
            "{name}: {found}, not {expected}"
        );
    }
    assert_eq!(world.metrics().count(), 3);
}

#[test]
fn five_scales_need_176() {
    let (mut world, entity) = world(192, 175);
    let error = (world.pipe(&[entity]) | MetricMsSsim).run().unwrap_err();
    assert!(matches!(error, Error::WrongShape { .. }), "{error}");
}
