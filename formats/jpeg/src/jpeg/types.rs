//! The frame and its components (T.81, annexes A and B).

use crate::options::Scale;

/// Components a frame can have here.
pub(crate) const MAX_COMPONENTS: usize = 4;

/// Natural position of the coefficient at each zig-zag position (T.81, figure
/// A.6). Runs of damaged files lead past the 63rd: they land on the last.
pub(crate) const ZIGZAG: [u8; 128] = {
    let mut table = [63; 128];
    let (mut x, mut y, mut k) = (0i32, 0i32, 0);
    let mut up = true;
    while k < 64 {
        table[k] = (y * 8 + x) as u8;
        k += 1;
        if up {
            if x == 7 {
                y += 1;
                up = false;
            } else if y == 0 {
                x += 1;
                up = false;
            } else {
                x += 1;
                y -= 1;
            }
        } else if y == 7 {
            x += 1;
            up = true;
        } else if x == 0 {
            y += 1;
            up = true;
        } else {
            x -= 1;
            y += 1;
        }
    }
    table
};

/// A quantisation table, in zig-zag order as stored.
pub(crate) type QuantTable = [u16; 64];

/// One component of the frame.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Component {
    pub id: u8,
    /// Horizontal sampling factor.
    pub h: usize,
    /// Vertical sampling factor.
    pub v: usize,
    /// Which quantisation table.
    pub tq: usize,
    /// Blocks that carry samples of the picture.
    pub blocks_wide: usize,
    pub blocks_high: usize,
    /// Blocks up to the edge of the last MCU.
    pub padded_wide: usize,
    pub padded_high: usize,
    /// Samples a block has in each direction at the chosen scale: 8, 4, 2 or 1.
    pub block: usize,
    /// Samples of the picture at the chosen scale.
    pub width: usize,
    pub height: usize,
}

/// What a start-of-frame segment says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Frame {
    pub width: usize,
    pub height: usize,
    pub progressive: bool,
    /// How many of `all` there are.
    pub count: usize,
    pub all: [Component; MAX_COMPONENTS],
    pub h_max: usize,
    pub v_max: usize,
    pub mcus_wide: usize,
    pub mcus_high: usize,
}

impl Frame {
    pub fn components(&self) -> &[Component] {
        &self.all[..self.count]
    }

    /// Works out the sizes that follow from the factors (T.81, A.1.1 and
    /// A.2.4), at a scale. A component of fewer samples keeps more of its
    /// coefficients when that saves enlarging it.
    pub fn lay_out(&mut self, scale: Scale) {
        let all = &mut self.all[..self.count];
        self.h_max = all.iter().map(|c| c.h).max().unwrap_or(1);
        self.v_max = all.iter().map(|c| c.v).max().unwrap_or(1);
        self.mcus_wide = self.width.div_ceil(8 * self.h_max);
        self.mcus_high = self.height.div_ceil(8 * self.v_max);
        let target = scale.block();
        for c in all {
            let samples_wide = (self.width * c.h).div_ceil(self.h_max);
            let samples_high = (self.height * c.v).div_ceil(self.v_max);
            c.blocks_wide = samples_wide.div_ceil(8);
            c.blocks_high = samples_high.div_ceil(8);
            c.padded_wide = self.mcus_wide * c.h;
            c.padded_high = self.mcus_high * c.v;
            c.block = target;
            while c.block < 8
                && (self.h_max * target).is_multiple_of(c.h * c.block * 2)
                && (self.v_max * target).is_multiple_of(c.v * c.block * 2)
            {
                c.block *= 2;
            }
            c.width = (self.width * c.h * c.block).div_ceil(self.h_max * 8);
            c.height = (self.height * c.v * c.block).div_ceil(self.v_max * 8);
        }
    }
}

/// What the components mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColourModel {
    Grey,
    Ycc,
    Rgb,
    Cmyk,
    Ycck,
}

/// One component's part in a scan.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ScanComponent {
    /// Index into the frame's components.
    pub index: usize,
    /// Which DC and AC table.
    pub dc: usize,
    pub ac: usize,
}

/// What a start-of-scan segment says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scan {
    pub count: usize,
    pub all: [ScanComponent; MAX_COMPONENTS],
    /// First and last coefficient of the band, in zig-zag order.
    pub first: usize,
    pub last: usize,
    /// Bit position before this scan (0: first scan of its band) and after it.
    pub high: u8,
    pub low: u8,
}

impl Scan {
    pub fn components(&self) -> &[ScanComponent] {
        &self.all[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zigzag_visits_every_coefficient_once() {
        let mut seen = [false; 64];
        for &at in &ZIGZAG[..64] {
            assert!(!std::mem::replace(&mut seen[usize::from(at)], true));
        }
        assert_eq!(&ZIGZAG[..10], &[0, 1, 8, 16, 9, 2, 3, 10, 17, 24]);
        assert_eq!(ZIGZAG[63], 63);
    }
}
