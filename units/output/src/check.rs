//! Check circuits: a CRC of any width from 8 to 32 bits, and a pair of chained
//! sums modulo a programmable value. All parameters come from the program.
//!
//! The hardware is a shift register or two adders; the host uses tables and
//! deferred remainders. [`Circuit::update`] may be called with any pieces.

mod crc;
mod sums;

use crc::Crc;
use sums::Sums;

/// The parameters of a CRC in the usual model: the polynomial without its
/// leading one, written most significant bit first, whatever the reflections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CrcParameters {
    /// Bits of the register, 8 to 32.
    pub width: u32,
    /// Polynomial without its leading term.
    pub polynomial: u32,
    /// Register at the start.
    pub initial: u32,
    /// Bytes enter least significant bit first.
    pub reflect_in: bool,
    /// The register is reversed before the last step.
    pub reflect_out: bool,
    /// Combined with the result by exclusive or.
    pub final_xor: u32,
}

/// What a circuit computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// A cyclic redundancy check.
    Crc(CrcParameters),
    /// `a += byte; b += a`, both modulo `modulus`; the value is `b << 16 | a`.
    Sums {
        /// 1 to 65,536.
        modulus: u32,
        /// `b << 16 | a` at the start.
        initial: u32,
    },
}

impl Algorithm {
    /// A CRC from the operands of the action `crc`:
    /// `width | reflect in << 8 | reflect out << 9`, polynomial, initial value, final xor.
    ///
    /// # Errors
    /// A sentence that says which operand is impossible.
    pub fn crc(shape: u32, polynomial: u32, initial: u32, final_xor: u32) -> Result<Self, String> {
        let algorithm = Algorithm::Crc(CrcParameters {
            width: shape & 0xFF,
            polynomial,
            initial,
            reflect_in: shape >> 8 & 1 == 1,
            reflect_out: shape >> 9 & 1 == 1,
            final_xor,
        });
        if shape >> 10 != 0 {
            return Err(format!(
                "reserved bits are set in the CRC's shape {shape:#x}"
            ));
        }
        algorithm.validate()?;
        Ok(algorithm)
    }

    /// Chained sums from the operands of the action `sums`.
    ///
    /// # Errors
    /// A sentence that says which operand is impossible.
    pub fn sums(modulus: u32, initial: u32) -> Result<Self, String> {
        let algorithm = Algorithm::Sums { modulus, initial };
        algorithm.validate()?;
        Ok(algorithm)
    }

    fn validate(&self) -> Result<(), String> {
        match *self {
            Algorithm::Sums { modulus, .. } if !(1..=65_536).contains(&modulus) => {
                Err(format!("a modulus of {modulus} is not between 1 and 65536"))
            }
            Algorithm::Sums { .. } => Ok(()),
            Algorithm::Crc(p) => {
                if !(8..=32).contains(&p.width) {
                    return Err(format!("a CRC of {} bits is not between 8 and 32", p.width));
                }
                let fields = [
                    ("polynomial", p.polynomial),
                    ("initial value", p.initial),
                    ("final xor", p.final_xor),
                ];
                for (name, value) in fields {
                    if u64::from(value) >> p.width != 0 {
                        return Err(format!(
                            "the {name} {value:#x} has more than the CRC's {} bits",
                            p.width
                        ));
                    }
                }
                Ok(())
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Inner {
    Crc(Crc),
    Sums(Sums),
}

/// A running check circuit.
#[derive(Clone, Debug)]
pub struct Circuit(Inner);

impl Circuit {
    /// A circuit at its initial value.
    ///
    /// # Errors
    /// A sentence that says which parameter is impossible.
    pub fn new(algorithm: Algorithm) -> Result<Self, String> {
        algorithm.validate()?;
        Ok(Circuit(match algorithm {
            Algorithm::Crc(parameters) => Inner::Crc(Crc::new(parameters)),
            Algorithm::Sums { modulus, initial } => Inner::Sums(Sums::new(modulus, initial)),
        }))
    }

    /// Feeds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Inner::Crc(c) => c.update(bytes),
            Inner::Sums(s) => s.update(bytes),
        }
    }

    /// The value over all bytes so far; the circuit goes on.
    #[must_use]
    pub fn value(&self) -> u32 {
        match &self.0 {
            Inner::Crc(c) => c.value(),
            Inner::Sums(s) => s.value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_parameters_are_named() {
        let refuse = |r: Result<Algorithm, String>, part: &str| {
            let message = r.expect_err(part);
            assert!(message.contains(part), "{message}");
        };
        refuse(Algorithm::crc(7, 1, 0, 0), "7 bits");
        refuse(Algorithm::crc(33, 1, 0, 0), "33 bits");
        refuse(Algorithm::crc(8, 0x107, 0, 0), "polynomial");
        refuse(Algorithm::crc(8, 7, 0x100, 0), "initial");
        refuse(Algorithm::crc(8, 7, 0, 0x100), "final");
        refuse(Algorithm::crc(8 | 1 << 10, 7, 0, 0), "reserved");
        refuse(Algorithm::sums(0, 1), "modulus");
        refuse(Algorithm::sums(65_537, 1), "modulus");
        let broken = Algorithm::Sums {
            modulus: 0,
            initial: 0,
        };
        assert!(Circuit::new(broken).is_err());
    }
}
