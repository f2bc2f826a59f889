//! Prefix maps as plain tables, and checks computed byte by byte.

use std::collections::HashMap;

#[derive(Clone, Debug, Default)]
pub struct PrefixMap {
    pub codes: HashMap<(u8, u32), u32>,
    pub longest: u8,
}

impl PrefixMap {
    pub fn insert(&mut self, length: u8, code: u32, entry: u32) {
        self.codes.insert((length, code), entry);
        self.longest = self.longest.max(length);
    }

    pub fn used(&self) -> u64 {
        self.codes
            .keys()
            .map(|(length, _)| 1u64 << (31 - length))
            .sum()
    }
}

#[derive(Clone, Debug)]
pub struct Check {
    pub from: usize,
    pub constants: Vec<u32>,
    pub is_crc: bool,
}

impl Check {
    pub fn value(&self, bytes: &[u8]) -> u32 {
        if !self.is_crc {
            let (modulus, first) = (self.constants[0], self.constants[1]);
            let (mut a, mut b) = (first & 0xFFFF, first >> 16);
            for byte in bytes {
                a = (a + u32::from(*byte)) % modulus;
                b = (b + a) % modulus;
            }
            return b << 16 | a;
        }
        let (shape, poly) = (self.constants[0], self.constants[1]);
        assert_eq!(shape, 32 | 3 << 8, "only reflected 32-bit CRCs here");
        let mut crc = self.constants[2];
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = crc >> 1 ^ if crc & 1 != 0 { poly.reverse_bits() } else { 0 };
            }
        }
        crc ^ self.constants[3]
    }
}
