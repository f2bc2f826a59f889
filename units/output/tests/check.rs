//! Check circuits against another implementation and against the definition.

use crc::{Algorithm as Theirs, Crc};
use orrery_output::check::{Algorithm, Circuit};
use proptest::prelude::*;

fn ours<W: crc::Width + Into<u32> + Copy>(a: &Theirs<W>) -> Algorithm {
    let shape = u32::from(a.width) | u32::from(a.refin) << 8 | u32::from(a.refout) << 9;
    Algorithm::crc(shape, a.poly.into(), a.init.into(), a.xorout.into()).expect("valid parameters")
}

fn value(algorithm: Algorithm, pieces: &[&[u8]]) -> u32 {
    let mut circuit = Circuit::new(algorithm).expect("valid parameters");
    for piece in pieces {
        circuit.update(piece);
    }
    circuit.value()
}

/// The register as in the definition: `width` bits, most significant first, a bit at a time.
fn by_definition(shape: u32, polynomial: u32, initial: u32, final_xor: u32, bytes: &[u8]) -> u32 {
    let width = shape & 0xFF;
    let mut register = initial;
    for byte in bytes {
        for i in 0..8 {
            let bit = if shape >> 8 & 1 == 1 {
                byte >> i & 1
            } else {
                byte >> (7 - i) & 1
            };
            let out = register >> (width - 1) & 1 ^ u32::from(bit);
            register = (u64::from(register) << 1 & ((1 << width) - 1)) as u32;
            if out == 1 {
                register ^= polynomial;
            }
        }
    }
    if shape >> 9 & 1 == 1 {
        register = register.reverse_bits() >> (32 - width);
    }
    register ^ final_xor
}

#[test]
fn check_values_of_the_catalogue() {
    let nine = b"123456789";
    macro_rules! each {
        ($($width:ty: $($name:ident)+;)+) => {$($(
            let theirs = &crc::$name;
            assert_eq!(value(ours(theirs), &[nine]), u32::from(theirs.check), stringify!($name));
            let long: Vec<u8> = (0..1000u32).map(|i| (i * i >> 3) as u8).collect();
            let expected = Crc::<$width>::new(theirs).checksum(&long);
            let (a, b) = long.split_at(333);
            assert_eq!(value(ours(theirs), &[a, b]), u32::from(expected), stringify!($name));
        )+)+};
    }
    each! {
        u8: CRC_8_SMBUS CRC_8_MAXIM_DOW CRC_8_I_432_1;
        u16: CRC_10_ATM CRC_11_FLEXRAY CRC_12_UMTS CRC_14_DARC CRC_15_CAN CRC_16_IBM_SDLC
            CRC_16_XMODEM CRC_16_ARC CRC_16_GENIBUS;
        u32: CRC_17_CAN_FD CRC_24_OPENPGP CRC_24_BLE CRC_30_CDMA CRC_31_PHILIPS CRC_32_ISO_HDLC
            CRC_32_BZIP2 CRC_32_ISCSI CRC_32_CKSUM CRC_32_JAMCRC CRC_32_XFER;
    }
}

proptest! {
    #[test]
    fn any_crc_in_any_pieces(
        width in 8u32..=32,
        reflections in 0u32..4,
        parameters in any::<[u32; 3]>(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cuts in prop::collection::vec(0usize..300, 0..5),
    ) {
        let mask = ((1u64 << width) - 1) as u32;
        let [polynomial, initial, final_xor] = parameters.map(|p| p & mask);
        let shape = width | reflections << 8;
        let algorithm = Algorithm::crc(shape, polynomial, initial, final_xor).unwrap();
        let mut circuit = Circuit::new(algorithm).unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            circuit.update(&bytes[pair[0]..pair[1]]);
        }
        prop_assert_eq!(
            circuit.value(),
            by_definition(shape, polynomial, initial, final_xor, &bytes)
        );
    }

    #[test]
    fn any_sums_in_any_pieces(
        modulus in 1u32..=65_536,
        initial in any::<u32>(),
        seed in any::<u8>(),
        lengths in prop::collection::vec(0usize..9000, 0..4),
    ) {
        let mut circuit = Circuit::new(Algorithm::sums(modulus, initial).unwrap()).unwrap();
        let (mut a, mut b) = ((initial & 0xFFFF) % modulus, (initial >> 16) % modulus);
        for length in lengths {
            // Mostly large bytes, so that a deferred remainder would overflow if it could.
            let piece: Vec<u8> = (0..length).map(|i| 255 - (i as u8 & seed & 7)).collect();
            circuit.update(&piece);
            for byte in piece {
                a = (a + u32::from(byte)) % modulus;
                b = (b + a) % modulus;
            }
        }
        prop_assert_eq!(circuit.value(), b << 16 | a);
    }
}
