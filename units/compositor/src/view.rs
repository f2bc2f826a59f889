//! Texture views: where a texel lies, what its bits mean, and what is read
//! outside of the window.

use crate::ledger::Grant;
use crate::list;
use crate::micro::Micro;
use crate::undo::Undo;
use orrery_shared::TrapCode;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 1, 2 or 4 bits, unsigned.
    Bits(u8),
    /// Unsigned byte.
    U8,
    /// Unsigned 16 bits.
    U16,
    /// Signed 16 bits.
    S16,
    /// 32 bits.
    S32,
}

impl Element {
    /// Bits of one element.
    #[must_use]
    pub const fn bits(self) -> i64 {
        match self {
            Element::Bits(n) => n as i64,
            Element::U8 => 8,
            Element::U16 | Element::S16 => 16,
            Element::S32 => 32,
        }
    }
}

/// A view as a list states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Base of the extent.
    pub extent: u32,
    /// Byte offset of texel (0, 0), channel 0.
    pub offset: i32,
    /// Bytes from row to row.
    pub pitch: i32,
    /// Bytes (or bits, for elements below a byte) from texel to texel.
    pub stride: i32,
    /// What an element is.
    pub element: Element,
    /// Highest byte or bit first.
    pub big: bool,
    /// Channels, 1 to 4.
    pub channels: u8,
    /// Border rules: left, right, top, bottom.
    pub borders: [u8; 4],
    /// Tile origins are shifted left by this (right if negative).
    pub scale: [i32; 2],
    /// Window: x, y, width, height.
    pub window: [i32; 4],
    /// What the constant rule reads.
    pub constant: u32,
}

impl View {
    /// Reads the words of a [`list::VIEW`]; what is wrong with them otherwise.
    ///
    /// # Errors
    /// A text for the trap.
    pub fn parse(words: &[u32]) -> Result<View, &'static str> {
        let f = words[5];
        if f >> 24 != 0 || f & 0x80 != 0 {
            return Err("bits of the format word that mean nothing are set");
        }
        let element = match f & 15 {
            list::U1 => Element::Bits(1),
            list::U2 => Element::Bits(2),
            list::U4 => Element::Bits(4),
            list::U8 => Element::U8,
            list::U16 => Element::U16,
            list::S16 => Element::S16,
            list::S32 => Element::S32,
            _ => return Err("the format word names no element"),
        };
        let stride = words[4] as i32;
        if let Element::Bits(n) = element
            && stride % i32::from(n) != 0
        {
            return Err("the stride in bits is no multiple of the element");
        }
        let signed4 = |shift: u32| (f >> shift << 28) as i32 >> 28;
        Ok(View {
            extent: words[1],
            offset: words[2] as i32,
            pitch: words[3] as i32,
            stride,
            element,
            big: f & list::BIG != 0,
            channels: (f >> list::CHANNELS_SHIFT & 3) as u8 + 1,
            borders: [8, 10, 12, 14].map(|shift| (f >> shift & 3) as u8),
            scale: [signed4(list::SCALE_X_SHIFT), signed4(list::SCALE_Y_SHIFT)],
            window: [
                (words[6] & 0xFFFF) as i32,
                (words[6] >> 16) as i32,
                (words[7] & 0xFFFF) as i32,
                (words[7] >> 16) as i32,
            ],
            constant: words[8],
        })
    }

    /// Whether four neighbours of one channel lie within 16 bytes.
    #[must_use]
    pub fn narrow(&self) -> bool {
        let step = i64::from(self.stride).abs();
        let span = 3 * step + self.element.bits() / 8;
        match self.element {
            Element::Bits(_) => 3 * step + self.element.bits() <= 128,
            _ => span <= 16,
        }
    }

    /// A tile's origin in the coordinates of this view.
    #[must_use]
    pub fn scaled(&self, x: i32, y: i32) -> (i32, i32) {
        (shifted(x, self.scale[0]), shifted(y, self.scale[1]))
    }
}

fn shifted(v: i32, by: i32) -> i32 {
    if by >= 0 { v << by } else { v >> -by }
}

/// A view with what its owner may touch, as used while a sprite runs.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The view.
    pub view: View,
    /// First byte that may be touched.
    pub low: i64,
    /// One past the last byte that may be touched.
    pub high: i64,
    /// The extent was granted at all.
    pub held: bool,
    /// Byte address of texel (0, 0).
    pub origin: i64,
}

/// Why a texel cannot be touched.
pub type Refusal = (TrapCode, &'static str);

impl Bound {
    /// Resolves a view against the ledger and the size of the memory.
    #[must_use]
    pub fn new(view: View, grant: Option<Grant>, memory: usize) -> Bound {
        let low = i64::from(view.extent);
        let upto = grant.map_or(low, |g| i64::from(g.upto));
        Bound {
            view,
            low,
            high: upto.min(memory as i64),
            held: grant.is_some(),
            origin: low + i64::from(view.offset),
        }
    }

    fn refusal(&self, at: i64) -> Refusal {
        if !self.held {
            (
                TrapCode::Ownership,
                "the extent of this view was never handed over",
            )
        } else if at < self.low {
            (TrapCode::Bounds, "the texel lies before its extent")
        } else {
            (
                TrapCode::Ownership,
                "the texel lies beyond what was handed over so far",
            )
        }
    }

    /// Maps a coordinate of one axis into the window; `Err(true)` reads the constant.
    fn border(v: i32, from: i32, size: i32, low: u8, high: u8) -> Result<i32, bool> {
        let d = i64::from(v) - i64::from(from);
        let size = i64::from(size);
        let rule = if d < 0 { low } else { high };
        let inside = match u32::from(rule) {
            list::BORDER_ZERO => return Err(false),
            list::BORDER_CONSTANT => return Err(true),
            _ if size == 0 => return Err(false),
            list::BORDER_CLAMP => d.clamp(0, size - 1),
            _ => {
                let m = d.rem_euclid(2 * size);
                m.min(2 * size - 1 - m)
            }
        };
        Ok((i64::from(from) + inside) as i32)
    }

    /// The texel coordinates that a load at (x, y) reads; `Err(true)` for the constant, `Err(false)` for 0.
    #[inline]
    fn place(&self, x: i32, y: i32) -> Result<(i32, i32), bool> {
        let [wx, wy, ww, wh] = self.view.window;
        let [left, right, top, bottom] = self.view.borders;
        let mut at = (x, y);
        if x.wrapping_sub(wx) as u32 >= ww as u32 {
            at.0 = Self::border(x, wx, ww, left, right)?;
        }
        if y.wrapping_sub(wy) as u32 >= wh as u32 {
            at.1 = Self::border(y, wy, wh, top, bottom)?;
        }
        Ok(at)
    }

    /// Whether a store at (x, y) lies inside the window.
    #[inline]
    #[must_use]
    pub fn inside(&self, x: i32, y: i32) -> bool {
        let [wx, wy, ww, wh] = self.view.window;
        (x.wrapping_sub(wx) as u32) < ww as u32 && (y.wrapping_sub(wy) as u32) < wh as u32
    }

    /// Whether a texel with wide channels, the same for all tiles, lies in the window and is held.
    #[inline]
    pub(crate) fn holds(&self, m: &Micro) -> bool {
        let at = self.origin + i64::from(m.offset);
        let bytes = self.view.element.bits() / 8 * i64::from(self.view.channels);
        self.inside(i32::from(m.dx), i32::from(m.dy)) && self.check(at, bytes).is_ok()
    }

    fn constant(&self, channel: u8) -> i32 {
        match self.view.element {
            Element::Bits(_) | Element::U8 => (self.view.constant >> (8 * channel) & 0xFF) as i32,
            _ => self.view.constant as i32,
        }
    }

    /// Byte address and bit number of an element.
    #[inline]
    fn address(&self, x: i32, y: i32, channel: u8) -> (i64, u32) {
        let v = &self.view;
        let row = self.origin + i64::from(y) * i64::from(v.pitch);
        let along = i64::from(x) * i64::from(v.stride);
        match v.element {
            Element::Bits(n) => {
                let bit = along + i64::from(channel) * i64::from(n);
                let within = (bit & 7) as u32;
                let low = if v.big {
                    8 - u32::from(n) - within
                } else {
                    within
                };
                (row + (bit >> 3), low)
            }
            e => (row + along + i64::from(channel) * (e.bits() / 8), 0),
        }
    }

    #[inline]
    fn check(&self, at: i64, bytes: i64) -> Result<usize, Refusal> {
        if at >= self.low && at + bytes <= self.high {
            Ok(at as usize)
        } else {
            Err(self.refusal(at))
        }
    }

    /// Reads one element at a place inside the window.
    #[inline]
    fn read(&self, memory: &[u8], x: i32, y: i32, channel: u8) -> Result<i32, Refusal> {
        let (at, low) = self.address(x, y, channel);
        Ok(match self.view.element {
            Element::Bits(n) => {
                let at = self.check(at, 1)?;
                i32::from(memory[at]) >> low & ((1 << n) - 1)
            }
            Element::U8 => i32::from(memory[self.check(at, 1)?]),
            e => {
                let at = self.check(at, e.bits() / 8)?;
                self.wide(memory, at)
            }
        })
    }

    /// Reads an element of 16 or 32 bits at a checked address.
    #[inline]
    #[must_use]
    pub fn wide(&self, memory: &[u8], at: usize) -> i32 {
        match self.view.element {
            Element::U16 | Element::S16 => {
                let bytes = [memory[at], memory[at + 1]];
                let v = if self.view.big {
                    u16::from_be_bytes(bytes)
                } else {
                    u16::from_le_bytes(bytes)
                };
                if self.view.element == Element::S16 {
                    i32::from(v as i16)
                } else {
                    i32::from(v)
                }
            }
            _ => {
                let bytes = [memory[at], memory[at + 1], memory[at + 2], memory[at + 3]];
                if self.view.big {
                    i32::from_be_bytes(bytes)
                } else {
                    i32::from_le_bytes(bytes)
                }
            }
        }
    }

    /// All channels of a texel, borders included.
    ///
    /// # Errors
    /// If it lies in memory that is not held.
    #[inline]
    pub fn load(&self, memory: &[u8], x: i32, y: i32) -> Result<[i32; 4], Refusal> {
        let mut out = [0; 4];
        match self.place(x, y) {
            Ok((x, y)) => {
                for c in 0..self.view.channels {
                    out[usize::from(c)] = self.read(memory, x, y, c)?;
                }
            }
            Err(true) => {
                for c in 0..self.view.channels {
                    out[usize::from(c)] = self.constant(c);
                }
            }
            Err(false) => {}
        }
        Ok(out)
    }

    /// One channel of four neighbours, borders included.
    ///
    /// # Errors
    /// If one lies in memory that is not held.
    pub fn load4(&self, memory: &[u8], x: i32, y: i32, channel: u8) -> Result<[i32; 4], Refusal> {
        let mut out = [0; 4];
        for (i, out) in out.iter_mut().enumerate() {
            match self.place(x.wrapping_add(i as i32), y) {
                Ok((x, y)) => *out = self.read(memory, x, y, channel)?,
                Err(true) => *out = self.constant(channel),
                Err(false) => {}
            }
        }
        Ok(out)
    }

    /// Writes one element; nothing happens outside the window.
    ///
    /// # Errors
    /// If it lies in memory that is not held.
    pub fn store(
        &self,
        memory: &mut [u8],
        log: &mut Undo,
        (x, y): (i32, i32),
        channel: u8,
        value: i32,
    ) -> Result<(), Refusal> {
        if !self.inside(x, y) {
            return Ok(());
        }
        let (at, low) = self.address(x, y, channel);
        match self.view.element {
            Element::Bits(n) => {
                let at = self.check(at, 1)?;
                let mask = ((1u8 << n) - 1) << low;
                let byte = memory[at] & !mask | (value << low) as u8 & mask;
                log.write(memory, at, &[byte]);
            }
            Element::U8 => {
                let at = self.check(at, 1)?;
                log.write(memory, at, &[value as u8]);
            }
            Element::U16 | Element::S16 => {
                let at = self.check(at, 2)?;
                let v = value as u16;
                log.write(
                    memory,
                    at,
                    &if self.view.big {
                        v.to_be_bytes()
                    } else {
                        v.to_le_bytes()
                    },
                );
            }
            Element::S32 => {
                let at = self.check(at, 4)?;
                log.write(
                    memory,
                    at,
                    &if self.view.big {
                        value.to_be_bytes()
                    } else {
                        value.to_le_bytes()
                    },
                );
            }
        }
        Ok(())
    }
}
