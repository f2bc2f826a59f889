//! Lists: what their items are called and how their words lie.
//!
//! A list is a run of 32-bit little-endian words in stream RAM. The low eight
//! bits of an item's first word name the item; bits without a meaning are 0.
//! Other units and compilers build lists with these constants.

/// Item: binds a texture unit to a view. [`VIEW_WORDS`] words: header
/// (unit << [`UNIT_SHIFT`]), extent base, byte offset (signed), pitch in bytes
/// (signed), stride (signed; bytes, or bits for elements below 8 bits), format,
/// window x | y << 16, window w | h << 16, border constant.
pub const VIEW: u32 = 1;
/// Item: waits until an extent is granted up to a byte. [`WAIT_WORDS`] words:
/// header (giver << [`UNIT_SHIFT`]), extent base, byte address.
pub const WAIT: u32 = 2;
/// Item: runs a program over a rectangle. [`SPRITE_WORDS`] words, with
/// [`BANDED`] [`SPRITE_BAND_WORDS`]: header (flags), entry address, tile
/// w | h << 8, x | y << 16, w | h << 16, eight scalar operands; then rows per
/// band and lag in bands.
pub const SPRITE: u32 = 3;
/// Item: the sprites up to [`BANDS_END`] run once per band of a stream that
/// another unit is still writing. [`BANDS_WORDS`] words: header (giver <<
/// [`UNIT_SHIFT`]), extent base, byte offset of the first row, rows, bytes per
/// row, rows per band.
pub const BANDS: u32 = 4;
/// Item: closes [`BANDS`]; one word.
pub const BANDS_END: u32 = 5;
/// Item: the list is finished; one word.
pub const END: u32 = 6;

/// Item of display lists: a sprite on the screen. [`LAYER_WORDS`] words: header,
/// entry address, x | y << 16, w | h << 16, depth (lower is further back),
/// colour (red lowest), then in 16.16 texture position u, v of the first pixel
/// and its steps: u and v per pixel, u and v per line.
pub const LAYER: u32 = 7;
/// Item of display lists: the screen. [`SCREEN_WORDS`] words: header (unit <<
/// [`UNIT_SHIFT`] of the target view), background colour (red lowest).
pub const SCREEN: u32 = 8;

/// Words of a [`LAYER`].
pub const LAYER_WORDS: u32 = 12;
/// Words of a [`SCREEN`].
pub const SCREEN_WORDS: u32 = 2;
/// Words of a [`VIEW`].
pub const VIEW_WORDS: u32 = 9;
/// Words of a [`WAIT`].
pub const WAIT_WORDS: u32 = 3;
/// Words of a [`SPRITE`] outside of [`BANDS`].
pub const SPRITE_WORDS: u32 = 13;
/// Words of a [`SPRITE`] inside of [`BANDS`].
pub const SPRITE_BAND_WORDS: u32 = 15;
/// Words of a [`BANDS`].
pub const BANDS_WORDS: u32 = 6;

/// Where the texture unit of a [`VIEW`] and the giver of a [`WAIT`] or [`BANDS`] lie.
pub const UNIT_SHIFT: u32 = 8;

/// Sprite flag: tiles are independent and run on all lanes.
pub const PARALLEL: u32 = 1 << 8;
/// Sprite flag, kept for later: a tile waits for its neighbours only. Traps as undefined.
pub const WAVEFRONT: u32 = 1 << 9;
/// Sprite flag: rows that this sprite has passed are finished in the texture of
/// the unit at [`FINISH_SHIFT`].
pub const FINISH: u32 = 1 << 10;
/// Sprite flag: two more words follow; set in [`BANDS`] and nowhere else.
pub const BANDED: u32 = 1 << 11;
/// Where the unit of [`FINISH`] and [`SHOW`] lies.
pub const FINISH_SHIFT: u32 = 12;
/// Sprite flag: rows that this sprite has passed can be shown, finished or not: something
/// may still be drawn over them.
pub const SHOW: u32 = 1 << 16;

/// Giver: the sequencer.
pub const GIVER_SEQUENCER: u32 = 0;
/// Giver: the sink of the Arithmetic Core.
pub const GIVER_CORE: u32 = 1;

/// Format: element, in the low four bits: unsigned 1 bit.
pub const U1: u32 = 0;
/// Element: unsigned 2 bits.
pub const U2: u32 = 1;
/// Element: unsigned 4 bits.
pub const U4: u32 = 2;
/// Element: unsigned 8 bits.
pub const U8: u32 = 3;
/// Element: unsigned 16 bits.
pub const U16: u32 = 4;
/// Element: signed 16 bits.
pub const S16: u32 = 5;
/// Element: 32 bits.
pub const S32: u32 = 6;
/// Format: the first byte of an element is its highest, the first element of a
/// byte lies in its highest bits. Without it the lowest.
pub const BIG: u32 = 1 << 4;
/// Where the number of channels minus 1 lies (two bits).
pub const CHANNELS_SHIFT: u32 = 5;
/// Where the border rules lie, two bits each: left, right, top, bottom.
pub const BORDER_LEFT_SHIFT: u32 = 8;
/// Right border.
pub const BORDER_RIGHT_SHIFT: u32 = 10;
/// Top border.
pub const BORDER_TOP_SHIFT: u32 = 12;
/// Bottom border.
pub const BORDER_BOTTOM_SHIFT: u32 = 14;
/// Where the scale of x lies: four bits signed; tile origins are shifted left by it.
pub const SCALE_X_SHIFT: u32 = 16;
/// The scale of y.
pub const SCALE_Y_SHIFT: u32 = 20;

/// Border rule: outside reads 0.
pub const BORDER_ZERO: u32 = 0;
/// Border rule: outside reads the border constant.
pub const BORDER_CONSTANT: u32 = 1;
/// Border rule: outside reads the nearest texel of the window.
pub const BORDER_CLAMP: u32 = 2;
/// Border rule: outside reads the window mirrored at its edge (the edge texel twice).
pub const BORDER_MIRROR: u32 = 3;

/// Operand `a[2]` of a list head: the status word is wanted.
pub const ASK_STATUS: u32 = 1;
/// `imm` of a hand-over: no more of this extent will be granted. Bands that
/// are not complete then run with the rows that are.
pub const LAST_GRANT: u16 = 1;
/// Bit of the status word: a program found an error in its data. From then on
/// [`FINISH`] reports no more rows: what depends on the error is not finished.
pub const STATUS_ERROR: u32 = 1;
/// Bit of the status word: a [`WAIT`] or [`BANDS`] was cut short by [`LAST_GRANT`].
pub const STATUS_SHORT: u32 = 1 << 31;

/// The words that grammars may name, as `list.NAME`.
pub const NAMES: &[(&str, u32)] = &[
    ("VIEW", VIEW),
    ("WAIT", WAIT),
    ("SPRITE", SPRITE),
    ("BANDS", BANDS),
    ("BANDS_END", BANDS_END),
    ("END", END),
    ("LAYER", LAYER),
    ("SCREEN", SCREEN),
    ("UNIT_SHIFT", UNIT_SHIFT),
    ("PARALLEL", PARALLEL),
    ("FINISH", FINISH),
    ("BANDED", BANDED),
    ("FINISH_SHIFT", FINISH_SHIFT),
    ("SHOW", SHOW),
    ("GIVER_SEQUENCER", GIVER_SEQUENCER),
    ("GIVER_CORE", GIVER_CORE),
    ("U1", U1),
    ("U2", U2),
    ("U4", U4),
    ("U8", U8),
    ("U16", U16),
    ("S16", S16),
    ("S32", S32),
    ("BIG", BIG),
    ("CHANNELS_SHIFT", CHANNELS_SHIFT),
    ("SCALE_X_SHIFT", SCALE_X_SHIFT),
    ("SCALE_Y_SHIFT", SCALE_Y_SHIFT),
    ("BORDER_LEFT_SHIFT", BORDER_LEFT_SHIFT),
    ("BORDER_RIGHT_SHIFT", BORDER_RIGHT_SHIFT),
    ("BORDER_TOP_SHIFT", BORDER_TOP_SHIFT),
    ("BORDER_BOTTOM_SHIFT", BORDER_BOTTOM_SHIFT),
    ("BORDER_ZERO", BORDER_ZERO),
    ("BORDER_CONSTANT", BORDER_CONSTANT),
    ("BORDER_CLAMP", BORDER_CLAMP),
    ("BORDER_MIRROR", BORDER_MIRROR),
];

/// One sprite of a display list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Program address of the entry.
    pub entry: u16,
    /// Left edge on the screen.
    pub x: i32,
    /// Top edge on the screen.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
    /// Paint order: lower is further back.
    pub depth: u32,
    /// Colour, red lowest.
    pub colour: u32,
    /// Texture position of the first pixel, 16.16.
    pub uv: [i32; 2],
    /// Steps per pixel and per line.
    pub steps: [[i32; 2]; 2],
}

impl Layer {
    /// Reads the words of a layer.
    #[must_use]
    pub fn parse(words: &[u32]) -> Layer {
        let pair = |i: usize| [words[i] as i32, words[i + 1] as i32];
        Layer {
            entry: words[1].min(0xFFFF) as u16,
            x: (words[2] & 0xFFFF) as i32,
            y: (words[2] >> 16) as i32,
            w: (words[3] & 0xFFFF) as i32,
            h: (words[3] >> 16) as i32,
            depth: words[4],
            colour: words[5],
            uv: pair(6),
            steps: [pair(8), pair(10)],
        }
    }
}

/// One sprite as read from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprite {
    /// Program address of the entry.
    pub entry: u16,
    /// Tiles are independent.
    pub parallel: bool,
    /// The unit whose rows it finishes.
    pub finish: Option<u8>,
    /// The unit whose rows can be shown when it has passed them.
    pub show: Option<u8>,
    /// Tile width, 1 to 16.
    pub tile_w: i32,
    /// Tile height, 1 to 16.
    pub tile_h: i32,
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width in texels.
    pub w: i32,
    /// Height in texels.
    pub h: i32,
    /// Scalar operands.
    pub scalars: [i32; 8],
    /// Rows per band.
    pub band_rows: u32,
    /// Bands that it stays behind.
    pub lag: u32,
}

impl Sprite {
    /// Reads the words of a sprite; what is wrong with them otherwise.
    ///
    /// # Errors
    /// A text for the trap.
    pub fn parse(words: &[u32]) -> Result<Sprite, &'static str> {
        let (tile_w, tile_h) = (words[2] & 0xFF, words[2] >> 8);
        if !(1..=16).contains(&tile_w) || !(1..=16).contains(&tile_h) {
            return Err("a tile is 1 to 16 texels wide and high");
        }
        let Ok(entry) = u16::try_from(words[1]) else {
            return Err("the entry lies outside the program memory");
        };
        let flags = words[0];
        let unit = |flag| (flags & flag != 0).then_some((flags >> FINISH_SHIFT & 15) as u8);
        let mut scalars = [0; 8];
        for (to, from) in scalars.iter_mut().zip(&words[5..13]) {
            *to = *from as i32;
        }
        let (band_rows, lag) = match words {
            [.., rows, lag] if words.len() == SPRITE_BAND_WORDS as usize => (*rows, *lag),
            _ => (0, 0),
        };
        Ok(Sprite {
            entry,
            parallel: flags & PARALLEL != 0,
            finish: unit(FINISH),
            show: unit(SHOW),
            tile_w: tile_w as i32,
            tile_h: tile_h as i32,
            x: (words[3] & 0xFFFF) as i32,
            y: (words[3] >> 16) as i32,
            w: (words[4] & 0xFFFF) as i32,
            h: (words[4] >> 16) as i32,
            scalars,
            band_rows,
            lag,
        })
    }
}
