//! What a stream's elements are, and in which memory they lie.

use orrery_shared::{Bank, Memory};

/// The large memories that streams lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Texture memory, shared with the Compositor.
    Texture,
    /// Stream RAM.
    Stream,
}

impl Space {
    /// The memory itself.
    #[inline]
    #[must_use]
    pub fn bank(self, memory: &mut Memory) -> &mut Bank {
        match self {
            Space::Texture => &mut memory.texture,
            Space::Stream => &mut memory.stream,
        }
    }

    /// Name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Space::Texture => "texture memory",
            Space::Stream => "stream RAM",
        }
    }
}

/// Unit and texel of a stream, in bytes ([`crate::isa::kind`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// What `append` and `place` write: 1, 2 or 4 bytes.
    pub unit: u8,
    /// What `copy` counts in: 1 to 8 bytes, a multiple of the unit.
    pub texel: u8,
}

impl Kind {
    /// Decodes bits 0..4 (unit) and 4..8 (texel).
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Kind> {
        let (unit, texel) = ((code & 15) as u8, (code >> 4 & 15) as u8);
        let whole = matches!(unit, 1 | 2 | 4) && texel >= 1 && texel <= 8;
        if code > 0xFF || !whole || !texel.is_multiple_of(unit) {
            return None;
        }
        Some(Kind { unit, texel })
    }

    /// The inverse of [`Kind::from_code`].
    #[must_use]
    pub const fn code(self) -> u32 {
        self.unit as u32 | (self.texel as u32) << 4
    }

    /// Whether a gate can show textures of this kind.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        self.unit == 1 && matches!(self.texel, 1 | 3 | 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_table_decode() {
        for &(name, code) in crate::isa::kind::NAMES {
            let kind = Kind::from_code(code).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(kind.code(), code, "{name}");
        }
    }

    #[test]
    fn other_codes_are_refused() {
        for code in [0, 0x10, 0x01, 0x13, 0x91, 0x32, 0x64, 0x111, u32::MAX] {
            assert_eq!(Kind::from_code(code), None, "{code:#x}");
        }
    }
}
