use orrery_vae_ans::systems::{AnsDecode, AnsEncode, Quantise, WaveletForward};
use orrery_vae_ans::{Bitstream, Key, Symbols, Wavelet, World};

use crate::Random;
use crate::transforms::latent;

/// Codes values as symbols of four bands and reads them back.
fn through(values: &[i32], h: usize, w: usize) -> (World, Bitstream) {
    let (mut world, entity) = latent(values, h, w);
    let pipe = world.pipe(&[entity]) | WaveletForward::new(Wavelet::None, 0).unwrap();
    let pipe = pipe | Quantise::new(vec![1]).unwrap() | AnsEncode;
    let bitstream = pipe.out::<Bitstream>("Bitstream").unwrap().clone();
    world
        .pipe(&[entity])
        .use_("Bitstream")
        .to(AnsDecode)
        .run()
        .unwrap();
    let symbols = &world.get::<Symbols>(entity, &Key::SYMBOLS).unwrap().symbols;
    assert_eq!(world.arena().slice::<i32>(symbols).unwrap(), values);
    (world, bitstream)
}

/// A two-sided geometric symbol.
fn laplacian(random: &mut Random, spread: f64) -> i32 {
    let size = (-(1.0 - random.unit()).ln() * spread) as i32;
    if random.next() & 1 == 0 { size } else { -size }
}

struct Rate {
    bits: f64,
    ideal: f64,
    empirical: f64,
    symbols: f64,
}

fn rates(values: &[i32], bitstream: &Bitstream) -> Vec<Rate> {
    let mut at = 0;
    let mut list = Vec::new();
    for code in &bitstream.codes {
        let symbols = &values[at..at + code.symbols];
        at += code.symbols;
        let escape = code.frequencies.len() - 1;
        let mut ideal = 0.0;
        let mut counts = std::collections::BTreeMap::new();
        for &s in symbols {
            let letter =
                usize::try_from(s.wrapping_sub(code.low)).map_or(escape, |l| l.min(escape));
            if code.frequencies != [0] {
                ideal += (4096.0 / f64::from(code.frequencies[letter])).log2();
            }
            *counts.entry(s).or_insert(0u32) += 1;
        }
        let n = symbols.len() as f64;
        list.push(Rate {
            bits: code.words as f64 * 16.0,
            ideal,
            empirical: counts
                .values()
                .map(|&c| f64::from(c) * (n / f64::from(c)).log2())
                .sum(),
            symbols: n,
        });
    }
    list
}

#[test]
fn every_stream_is_near_its_tables_length() {
    let mut random = Random(5);
    for spread in [0.3, 1.0, 4.0, 30.0, 200.0] {
        for (h, w) in [(1, 1), (3, 5), (40, 40), (128, 192)] {
            let values: Vec<i32> = (0..4 * h * w)
                .map(|_| laplacian(&mut random, spread))
                .collect();
            let (_, bitstream) = through(&values, h, w);
            for rate in rates(&values, &bitstream) {
                let over = rate.bits - rate.ideal;
                assert!(
                    over <= rate.ideal * 0.001 + 48.0,
                    "{over} of {}",
                    rate.ideal
                );
            }
        }
    }
}

#[test]
fn a_million_symbols_are_within_a_thousandth() {
    let mut random = Random(6);
    // Four bands of 10^6 symbols with different spreads.
    let spreads = [0.5, 2.0, 8.0, 60.0];
    let values: Vec<i32> = spreads
        .iter()
        .flat_map(|&s| (0..1_000_000).map(move |_| s))
        .map(|s| laplacian(&mut random, s))
        .collect();
    let mut world = World::new(120 << 20).unwrap();
    let entity = world.new_entity();
    let shape = [4, 1000, 1000];
    let tensor = world
        .arena_mut()
        .alloc(&shape, orrery_vae_ans::DType::I32)
        .unwrap();
    world
        .arena_mut()
        .slice_mut::<i32>(&tensor)
        .unwrap()
        .copy_from_slice(&values);
    let latent = orrery_vae_ans::Latent {
        values: tensor,
        size: [4000, 4000],
        fraction: 8,
    };
    world.attach(entity, Key::YUVW4, latent);
    world.context.entropy = false;
    let pipe = world.pipe(&[entity]) | WaveletForward::new(Wavelet::None, 0).unwrap();
    let pipe = pipe | Quantise::new(vec![1]).unwrap() | AnsEncode;
    let bitstream = pipe.out::<Bitstream>("Bitstream").unwrap().clone();
    for (spread, rate) in spreads.iter().zip(rates(&values, &bitstream)) {
        assert_eq!(rate.symbols, 1e6);
        eprintln!(
            "spread {spread}: {:.0} bits, {:+.4} % of the table's, which is {:+.4} % of the entropy",
            rate.bits,
            (rate.bits / rate.ideal - 1.0) * 100.0,
            (rate.ideal / rate.empirical - 1.0) * 100.0,
        );
        assert!(rate.bits <= rate.ideal * 1.001);
    }
}

#[test]
fn outliers_escape_and_constants_cost_nothing() {
    let mut values = vec![3; 4 * 256];
    for (place, value) in values[..256].iter_mut().enumerate() {
        *value = place as i32 % 5;
    }
    values[7] = i32::MAX;
    values[77] = i32::MIN;
    values[177] = 40_000;
    // The second band spreads further than any alphabet.
    for (place, value) in values[256..512].iter_mut().enumerate() {
        *value = (place as i32 - 128) * 1_000_003;
    }
    let (_, bitstream) = through(&values, 16, 16);
    assert_eq!(bitstream.codes[0].escapes, [i32::MAX, i32::MIN, 40_000]);
    assert!(bitstream.codes[1].escapes.len() >= 250);
    assert_eq!(bitstream.codes[2].frequencies, [0]);
    assert_eq!((bitstream.codes[3].words, bitstream.codes[3].low), (0, 3));
}

/// The test vectors of docs/formats/vae-ans.md.
#[test]
fn test_vectors() {
    let values: Vec<i32> = [0, 0, 1, 0, -1, 0, 2, 0, 0, 0, 1, 0, 0, -1, 0, 0].repeat(4);
    let (world, bitstream) = through(&values, 4, 4);
    let code = &bitstream.codes[0];
    let words = &world.arena().slice::<u16>(&bitstream.words).unwrap()[..code.words];
    let found = format!(
        "{} {:?} {:?} {words:04x?}",
        code.low, code.frequencies, code.escapes
    );
    eprintln!("{found}");
    let page = include_str!("../../../../docs/formats/vae-ans.md");
    assert!(page.contains(&found), "{found} is not on the page");
}
