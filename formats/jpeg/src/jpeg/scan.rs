//! Walking through the entropy-coded segments of a scan.

use super::bitstream::BitReader;
use super::markers::next_marker;
use crate::error::Fault;

/// Counts MCUs to the next restart marker (T.81, E.2.4).
pub(crate) struct Restarts {
    interval: usize,
    left: usize,
    number: u8,
}

impl Restarts {
    pub fn new(interval: usize) -> Self {
        Self {
            interval,
            left: interval,
            number: 0,
        }
    }

    /// To be called before each MCU: whether a new segment starts here, on
    /// which predictors and runs begin anew.
    ///
    /// # Errors
    /// When the marker is missing, or the segment before it was too short.
    #[inline(always)]
    pub fn before_mcu<'a>(
        &mut self,
        data: &'a [u8],
        bits: &mut BitReader<'a>,
    ) -> Result<bool, Fault> {
        if self.interval == 0 {
            return Ok(false);
        }
        if self.left > 0 {
            self.left -= 1;
            return Ok(false);
        }
        self.restart(data, bits)?;
        Ok(true)
    }

    fn restart<'a>(&mut self, data: &'a [u8], bits: &mut BitReader<'a>) -> Result<(), Fault> {
        check(bits)?;
        let at = next_marker(data, bits.position()).ok_or(Fault::Truncated)?;
        // What is left over says that the data before were not what they should be.
        let left = bits.has_byte_left() || data[bits.position()..at].iter().any(|&b| b != 0xFF);
        if left || data[at] != 0xD0 + self.number {
            return Err(Fault::Restart);
        }
        *bits = BitReader::new(data, at + 1);
        self.number = (self.number + 1) & 7;
        self.left = self.interval - 1;
        Ok(())
    }
}

/// Whether all that was read was there.
#[inline(always)]
pub(crate) fn check(bits: &BitReader) -> Result<(), Fault> {
    if bits.is_bad() {
        return Err(Fault::HuffmanCode);
    }
    if bits.is_exhausted() {
        return Err(Fault::Truncated);
    }
    Ok(())
}
