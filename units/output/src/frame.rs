//! Frames: what a gate is told about a texture, and what it hands out.

use orrery_shared::{Bank, Entry, protocol};

use crate::kind::Kind;
use crate::rows::Rows;

/// A texture as an item for a gate describes it ([`protocol::gate`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Byte address in texture memory; the texture's identity.
    pub base: u32,
    /// Bytes from row to row.
    pub pitch: u32,
    /// Texels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Unit and texel.
    pub kind: Kind,
    /// How it is to be turned when it is shown ([`Frame::turn`]).
    pub turn: u8,
}

/// Turns beyond this do not exist.
pub(crate) const MAX_TURN: u32 = 7;

impl Descriptor {
    /// The operands of an item.
    #[must_use]
    pub fn operands(&self) -> [u32; 4] {
        [
            self.base,
            self.pitch,
            self.width | self.height << 16,
            self.kind.code(),
        ]
    }

    /// The texture that an item describes, if it is one that can be shown.
    #[must_use]
    pub fn from_entry(entry: &Entry) -> Option<Self> {
        let [base, pitch, size, kind] = entry.a;
        let kind = Kind::from_code(kind).filter(|k| k.is_shown())?;
        let (width, height) = (size & 0xFFFF, size >> 16);
        let whole = u64::from(width) * u64::from(kind.texel) <= u64::from(pitch);
        let turn = (u32::from(entry.imm) <= MAX_TURN).then_some(entry.imm as u8)?;
        (entry.n == 4 && whole).then_some(Descriptor {
            base,
            pitch,
            width,
            height,
            kind,
            turn,
        })
    }

    /// An item with this texture: [`protocol::gate::OPEN`] or [`protocol::gate::FRAME`].
    #[must_use]
    pub fn item(&self, op: u16) -> Entry {
        debug_assert!(op == protocol::gate::OPEN || op == protocol::gate::FRAME);
        Entry::with(op, self.turn.into(), &self.operands())
    }

    /// One past the texture's last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        u64::from(self.base) + u64::from(self.pitch) * u64::from(self.height)
    }

    /// Texels of the whole texture.
    #[must_use]
    pub fn texels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// A picture that left a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Pixels in a row.
    pub width: u32,
    /// Rows of the picture, whether or not they are there.
    pub height: u32,
    /// Red, green, blue, alpha of all rows of which something is there: the complete ones, and
    /// those behind a gap.
    pub rgba: Vec<u8>,
    /// The program said that the picture is finished.
    pub complete: bool,
    /// Rows from the top that are there.
    pub complete_rows: u32,
    /// Rows of which something is there: the complete ones, and those that are shown behind them.
    pub shown_rows: u32,
    /// When it left (0 under the `off` clock).
    pub cycle: u64,
    /// Identity of the texture it was copied from.
    pub base: u32,
    /// How the host turns it when it shows it: with bit 0 columns are mirrored, with bit 1 rows,
    /// and with bit 2 rows and columns then change places. The bytes are as stored.
    pub turn: u8,
}

impl Frame {
    /// Copies the rows that are shown out of texture memory.
    ///
    /// Textures of three bytes a texel become opaque, those of one byte grey.
    pub(crate) fn copied(
        texture: &Descriptor,
        rows: Rows,
        complete: bool,
        cycle: u64,
        bank: &Bank,
    ) -> Self {
        let rows_shown = rows.shown.max(rows.complete).min(texture.height);
        let texel = usize::from(texture.kind.texel);
        let row_bytes = texture.width as usize * texel;
        let mut rgba = Vec::with_capacity(texture.width as usize * rows_shown as usize * 4);
        for y in 0..rows_shown as usize {
            let start = texture.base as usize + y * texture.pitch as usize;
            let row = bank.bytes.get(start..start + row_bytes).unwrap_or(&[]);
            match texel {
                4 => rgba.extend_from_slice(row),
                3 => {
                    let (texels, _) = row.as_chunks::<3>();
                    rgba.extend(texels.iter().flat_map(|t| [t[0], t[1], t[2], 255]));
                }
                _ => rgba.extend(row.iter().flat_map(|&v| [v, v, v, 255])),
            }
        }
        Frame {
            width: texture.width,
            height: texture.height,
            rgba,
            complete,
            complete_rows: rows.complete.min(texture.height),
            shown_rows: rows_shown,
            cycle,
            base: texture.base,
            turn: texture.turn,
        }
    }
}
