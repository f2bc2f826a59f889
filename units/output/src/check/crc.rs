//! CRC by slicing: eight tables, eight bytes per step.

use std::sync::Arc;

use super::CrcParameters;

/// So many bytes are divided bit by bit before tables are built: a program
/// that starts many short checks pays for none.
const TABLES_AFTER: u64 = 64;

type Tables = [[u32; 256]; 8];

#[derive(Clone, Debug)]
pub(super) struct Crc {
    parameters: CrcParameters,
    /// Reflected circuits keep the register reversed in the low bits and shift
    /// right; the others keep it in the high bits and shift left. So both use
    /// the whole word, whatever the width.
    register: u32,
    /// The polynomial in the register's form.
    divisor: u32,
    slow_bytes: u64,
    tables: Option<Arc<Tables>>,
}

/// The low `width` bits in reverse order.
fn reverse(value: u32, width: u32) -> u32 {
    value.reverse_bits() >> (32 - width)
}

impl Crc {
    pub(super) fn new(parameters: CrcParameters) -> Self {
        let width = parameters.width;
        let form = |v: u32| {
            if parameters.reflect_in {
                reverse(v, width)
            } else {
                v << (32 - width)
            }
        };
        Crc {
            parameters,
            register: form(parameters.initial),
            divisor: form(parameters.polynomial),
            slow_bytes: 0,
            tables: None,
        }
    }

    pub(super) fn value(&self) -> u32 {
        let p = &self.parameters;
        let value = match (p.reflect_in, p.reflect_out) {
            (true, true) => self.register,
            (true, false) => reverse(self.register, p.width),
            (false, false) => self.register >> (32 - p.width),
            (false, true) => self.register.reverse_bits(),
        };
        value ^ p.final_xor
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        if self.tables.is_none() {
            self.slow_bytes += bytes.len() as u64;
            if self.slow_bytes <= TABLES_AFTER {
                for &byte in bytes {
                    self.register = self.divide(byte);
                }
                return;
            }
            self.tables = Some(Arc::new(self.build()));
        }
        let Some(tables) = self.tables.as_deref() else {
            return;
        };
        self.register = if self.parameters.reflect_in {
            reflected(tables, self.register, bytes)
        } else {
            straight(tables, self.register, bytes)
        };
    }

    /// The register after one byte, one bit at a time.
    fn divide(&self, byte: u8) -> u32 {
        let mut r = self.register;
        if self.parameters.reflect_in {
            r ^= u32::from(byte);
            for _ in 0..8 {
                r = r >> 1 ^ if r & 1 == 1 { self.divisor } else { 0 };
            }
        } else {
            r ^= u32::from(byte) << 24;
            for _ in 0..8 {
                r = r << 1 ^ if r >> 31 == 1 { self.divisor } else { 0 };
            }
        }
        r
    }

    /// `tables[k][b]` is what byte `b` does to the register with `k` zero bytes after it.
    fn build(&self) -> Tables {
        let mut tables = [[0; 256]; 8];
        let blank = Crc {
            register: 0,
            ..self.clone()
        };
        for byte in 0..=255u8 {
            let mut r = blank.divide(byte);
            tables[0][usize::from(byte)] = r;
            for table in &mut tables[1..] {
                let zero = Crc {
                    register: r,
                    ..blank.clone()
                };
                r = zero.divide(0);
                table[usize::from(byte)] = r;
            }
        }
        tables
    }
}

fn reflected(tables: &Tables, mut r: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    for e in eights {
        let x = r ^ u32::from_le_bytes([e[0], e[1], e[2], e[3]]);
        let [a, b, c, d] = x.to_le_bytes();
        r = tables[7][usize::from(a)]
            ^ tables[6][usize::from(b)]
            ^ tables[5][usize::from(c)]
            ^ tables[4][usize::from(d)]
            ^ tables[3][usize::from(e[4])]
            ^ tables[2][usize::from(e[5])]
            ^ tables[1][usize::from(e[6])]
            ^ tables[0][usize::from(e[7])];
    }
    for &byte in rest {
        r = r >> 8 ^ tables[0][usize::from(r as u8 ^ byte)];
    }
    r
}

fn straight(tables: &Tables, mut r: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    for e in eights {
        let x = r ^ u32::from_be_bytes([e[0], e[1], e[2], e[3]]);
        let [a, b, c, d] = x.to_be_bytes();
        r = tables[7][usize::from(a)]
            ^ tables[6][usize::from(b)]
            ^ tables[5][usize::from(c)]
            ^ tables[4][usize::from(d)]
            ^ tables[3][usize::from(e[4])]
            ^ tables[2][usize::from(e[5])]
            ^ tables[1][usize::from(e[6])]
            ^ tables[0][usize::from(e[7])];
    }
    for &byte in rest {
        r = r << 8 ^ tables[0][usize::from((r >> 24) as u8 ^ byte)];
    }
    r
}
