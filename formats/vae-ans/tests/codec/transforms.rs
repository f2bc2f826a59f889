use orrery_vae_ans::systems::{
    Dequantise, FIXED_LIMIT, FromFixed, Hadamard4, Hadamard4Inverse, Quantise, QuantiseU8, ToFixed,
    WaveletForward, WaveletInverse,
};
use orrery_vae_ans::{
    DType, Element, Entity, Key, Latent, Level, Pyramid, Symbols, Wavelet, World,
};

use crate::Random;

/// A world with one latent of these values.
pub(crate) fn latent<T: Element>(values: &[T], h: usize, w: usize) -> (World, Entity) {
    let mut world = World::new(16 << 20).unwrap();
    let entity = world.new_entity();
    let tensor = world.arena_mut().alloc(&[4, h, w], T::DTYPE).unwrap();
    let to = world.arena_mut().slice_mut::<T>(&tensor).unwrap();
    to.copy_from_slice(values);
    let latent = Latent {
        values: tensor,
        size: [h * 4, w * 4],
        fraction: 8,
    };
    // As both, so that a pipe may start with the rotation or the wavelet.
    world.attach(entity, Key::LATENT4, latent.clone());
    world.attach(entity, Key::YUVW4, latent);
    (world, entity)
}

fn read<T: Element>(world: &World, entity: Entity, key: &Key) -> Vec<T> {
    let tensor = &world.get::<Latent>(entity, key).unwrap().values;
    world.arena().slice::<T>(tensor).unwrap().to_vec()
}

fn integers(count: usize, limit: i32) -> Vec<i32> {
    let mut random = Random(count as u64);
    (0..count)
        .map(|_| random.below(2 * limit as usize + 1) as i32 - limit)
        .collect()
}

#[test]
fn the_integer_rotation_is_exact_and_the_real_one_orthonormal() {
    let values = integers(4 * 35, FIXED_LIMIT);
    let (mut world, entity) = latent(&values, 5, 7);
    let world = (world.pipe(&[entity]) | Hadamard4).run().unwrap();
    let rotated: Vec<i32> = read(world, entity, &Key::YUVW4);
    let [a, b, c, d] = [0, 1, 2, 3].map(|channel| values[channel * 35 + 9]);
    assert_eq!(rotated[9], a + b + c + d);
    assert_eq!(rotated[35 + 9], a - b + c - d);
    assert_eq!(rotated[70 + 9], a + b - c - d);
    assert_eq!(rotated[105 + 9], a - b - c + d);
    assert!(rotated.iter().all(|v| v.abs() <= 4 * FIXED_LIMIT));
    let world = (world.pipe(&[entity]) | Hadamard4Inverse).run().unwrap();
    assert_eq!(read::<i32>(world, entity, &Key::LATENT4), values);

    let reals: Vec<f32> = values.iter().map(|&v| v as f32 / 1e4).collect();
    let (mut world, entity) = latent(&reals, 5, 7);
    let pipe = world.pipe(&[entity]) | Hadamard4 | Hadamard4::inverse();
    let world = pipe.run().unwrap();
    let back = read::<f32>(world, entity, &Key::LATENT4);
    assert!(reals.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-4));
    let turned = read::<f32>(world, entity, &Key::YUVW4);
    let energy = |v: &[f32]| v.iter().map(|x| f64::from(x * x)).sum::<f64>();
    assert!((energy(&turned) / energy(&reals) - 1.0).abs() < 1e-5);
}

#[test]
fn wavelets_come_back_at_every_size() {
    for wavelet in [Wavelet::Cdf53, Wavelet::Haar, Wavelet::None] {
        for (h, w) in [(1, 1), (1, 9), (2, 2), (3, 5), (13, 8), (17, 31), (64, 33)] {
            for levels in [0, 1, 3, 8] {
                let values = integers(4 * h * w, 4 * FIXED_LIMIT);
                let (mut world, entity) = latent(&values, h, w);
                let forward = WaveletForward::new(wavelet, levels).unwrap();
                let world = (world.pipe(&[entity]) | forward).run().unwrap();
                let pyramid = world.get::<Pyramid>(entity, &Key::WAVELET_PYR).unwrap();
                let covered: usize = pyramid.index.iter().map(|b| b.len()).sum();
                assert_eq!(covered, 4 * h * w, "the bands tile the planes");
                let packed = world.arena().slice::<i32>(&pyramid.packed).unwrap();
                assert!(
                    packed.iter().all(|c| c.unsigned_abs() < 1 << 30),
                    "no overflow"
                );
                let world = (world.pipe(&[entity]) | WaveletInverse).run().unwrap();
                let back = read::<i32>(world, entity, &Key::YUVW4);
                assert_eq!(back, values, "{wavelet:?} {h}x{w} {levels}");
            }
        }
        let reals: Vec<f32> = integers(4 * 15 * 22, 1000)
            .iter()
            .map(|&v| v as f32)
            .collect();
        let (mut world, entity) = latent(&reals, 15, 22);
        let pipe = world.pipe(&[entity]) | WaveletForward::new(wavelet, 3).unwrap();
        let world = (pipe | WaveletInverse).run().unwrap();
        let back = read::<f32>(world, entity, &Key::YUVW4);
        assert!(reals.iter().zip(&back).all(|(a, b)| (a - b).abs() < 0.01));
    }
    assert!(WaveletForward::cdf53(9).is_err());
}

#[test]
fn quantisers_stay_within_half_a_step() {
    let values = integers(4 * 20 * 12, 3000);
    let (mut world, entity) = latent(&values, 20, 12);
    let pipe = world.pipe(&[entity]) | WaveletForward::cdf53(2).unwrap();
    let world = (pipe | Quantise::new(vec![10]).unwrap()).run().unwrap();
    let before = world
        .get::<Pyramid>(entity, &Key::WAVELET_PYR)
        .unwrap()
        .packed
        .clone();
    let world = (world.pipe(&[entity]).use_("Symbols") | Dequantise)
        .run()
        .unwrap();
    let after = &world
        .get::<Pyramid>(entity, &Key::WAVELET_PYR)
        .unwrap()
        .packed;
    let (a, b) = (
        world.arena().slice::<i32>(&before).unwrap(),
        world.arena().slice::<i32>(after).unwrap(),
    );
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 5));
    assert!(Quantise::new(vec![0]).is_err());

    let reals: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    for per_band in [true, false] {
        let (mut world, entity) = latent(&reals, 20, 12);
        let pipe = world.pipe(&[entity]) | WaveletForward::haar(2).unwrap();
        let world = (pipe | QuantiseU8 { per_band }).run().unwrap();
        let before = world
            .get::<Pyramid>(entity, &Key::WAVELET_PYR)
            .unwrap()
            .packed
            .clone();
        let symbols = world.get::<Symbols>(entity, &Key::SYMBOLS).unwrap();
        assert_eq!(symbols.symbols.dtype(), DType::U8);
        let world = (world.pipe(&[entity]).use_("Symbols") | QuantiseU8::dequantise())
            .run()
            .unwrap();
        let after = &world
            .get::<Pyramid>(entity, &Key::WAVELET_PYR)
            .unwrap()
            .packed;
        let (a, b) = (
            world.arena().slice::<f32>(&before).unwrap(),
            world.arena().slice::<f32>(after).unwrap(),
        );
        // At most 24000 from end to end in 255 steps.
        assert!(
            a.iter()
                .zip(b)
                .all(|(a, b)| (a - b).abs() <= 24_000.0 / 255.0 / 2.0 + 0.1)
        );
    }
}

/// `sign(c) * floor((|c| + share * step) / step)`, the share of the step rounded down.
#[test]
fn the_quantisers_rounding_is_what_is_said() {
    let values = [4, 5, 6, -4, -5, -6, 14, 15, 16, -14, -15, -16];
    for (share, expected) in [
        (0.5, [0, 1, 1, 0, -1, -1, 1, 2, 2, -1, -2, -2]),
        (0.4, [0, 0, 1, 0, 0, -1, 1, 1, 2, -1, -1, -2]),
        (0.0, [0, 0, 0, 0, 0, 0, 1, 1, 1, -1, -1, -1]),
        (7.0, [0, 1, 1, 0, -1, -1, 1, 2, 2, -1, -2, -2]),
    ] {
        let (mut world, entity) = latent(&values, 1, 3);
        let pipe = world.pipe(&[entity]) | WaveletForward::new(Wavelet::None, 0).unwrap();
        let world = (pipe | Quantise::new(vec![10]).unwrap().rounding(share))
            .run()
            .unwrap();
        let symbols = &world.get::<Symbols>(entity, &Key::SYMBOLS).unwrap().symbols;
        let found = world.arena().slice::<i32>(symbols).unwrap();
        assert_eq!(found, expected, "{share}");
    }
}

/// The order and the places of docs/formats/vae-ans.md, "Bands".
#[test]
fn bands_are_where_the_page_has_them() {
    let (mut world, entity) = latent(&integers(4 * 5 * 7, 9), 5, 7);
    let pipe = world.pipe(&[entity]) | WaveletForward::cdf53(2).unwrap();
    let world = pipe.run().unwrap();
    let pyramid = world.get::<Pyramid>(entity, &Key::WAVELET_PYR).unwrap();
    let found: Vec<_> = pyramid.index[..7]
        .iter()
        .map(|b| (b.part, b.level, b.x, b.y, b.width, b.height))
        .collect();
    assert_eq!(
        found,
        [
            (Level::LowLow, 2, 0, 0, 2, 2),
            (Level::HighLow, 2, 2, 0, 2, 2),
            (Level::LowHigh, 2, 0, 2, 2, 1),
            (Level::HighHigh, 2, 2, 2, 2, 1),
            (Level::HighLow, 1, 4, 0, 3, 3),
            (Level::LowHigh, 1, 0, 3, 4, 2),
            (Level::HighHigh, 1, 4, 3, 3, 2),
        ]
    );
    assert_eq!(pyramid.index.len(), 28);
    assert!(pyramid.index[7..14].iter().all(|b| b.channel == 1));
}

#[test]
fn fixed_point_rounds_clamps_and_survives_what_is_no_number() {
    let values = [
        0.001953125f32,
        -0.001953125,
        1e9,
        -1e9,
        f32::NAN,
        0.5,
        1.0,
        -1.0,
    ];
    let (mut world, entity) = latent(&values, 1, 2);
    let world = (world.pipe(&[entity]) | ToFixed { fraction: 8 })
        .run()
        .unwrap();
    let fixed = read::<i32>(world, entity, &Key::LATENT4);
    assert_eq!(fixed, [1, -1, FIXED_LIMIT, -FIXED_LIMIT, 0, 128, 256, -256]);
    let world = (world.pipe(&[entity]) | FromFixed).run().unwrap();
    assert_eq!(
        read::<f32>(world, entity, &Key::LATENT4)[5..],
        [0.5, 1.0, -1.0]
    );
}
