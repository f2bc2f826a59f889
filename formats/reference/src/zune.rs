//! The zune-png crate.

use zune_core::bit_depth::ByteEndian;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_png::PngDecoder;

use crate::convert::{Colour, Raw};
use crate::guard::guarded;
use crate::picture::check_size;
use crate::png_chunks::{Header, SIGNATURE, reduce};
use crate::{Backend, Format, Picture, ReferenceError};

/// PNG by zune-png, CRC and Adler checks on.
///
/// The crate sees critical chunks and the palette's tRNS only; a colour key is
/// applied here. Its own expansion of palettes (to RGB or RGBA at 8 bits, an
/// index without an entry opaque black) and of small grey depths follows this
/// crate's rules, so it is used. It gives no partial pictures: every damaged
/// file is [`ReferenceError::Malformed`].
pub struct ZunePng;

impl Backend for ZunePng {
    fn name(&self) -> &'static str {
        "zune-png"
    }

    fn version(&self) -> &'static str {
        "0.5.2"
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Png]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&SIGNATURE)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes))
    }
}

fn decode(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let reduced = reduce(bytes)?;
    let header = reduced.header;
    check_size(header.width, header.height)?;
    if header.colour == Colour::Indexed && !reduced.palette {
        // zune-png would return indices in the place of colours.
        let message = "an indexed picture without a palette";
        return Err(ReferenceError::Malformed(message.to_owned()));
    }

    // The size is limited above; the crate's own limit is 16384 a side.
    let options = DecoderOptions::default()
        .png_set_confirm_crc(true)
        .inflate_set_confirm_adler(true)
        .set_byte_endian(ByteEndian::BE)
        .set_max_width(u32::MAX as usize)
        .set_max_height(u32::MAX as usize);
    let mut decoder = PngDecoder::new_with_options(ZCursor::new(&reduced.file), options);
    let bytes = decoder
        .decode_raw()
        .map_err(|error| ReferenceError::Malformed(error.to_string().trim().to_owned()))?;
    let with_alpha = decoder.colorspace().is_some_and(|space| space.has_alpha());
    expanded(header, with_alpha, bytes, reduced.key).to_picture()
}

/// Describes what zune-png made of the samples: palettes are RGB or RGBA, and
/// depths below 8 are scaled to 8 bits, so the key is scaled with them. The
/// scaling is one to one, so comparing after it is comparing at full depth.
fn expanded(header: Header, with_alpha: bool, bytes: Vec<u8>, key: Option<[u16; 3]>) -> Raw {
    let colour = match header.colour {
        Colour::Indexed if with_alpha => Colour::Rgba,
        Colour::Indexed => Colour::Rgb,
        other => other,
    };
    let key = match header.depth {
        8 | 16 => key,
        depth => {
            let top = (1 << depth) - 1;
            key.map(|key| key.map(|sample| (sample & top) * (255 / top)))
        }
    };
    Raw {
        width: header.width,
        height: header.height,
        colour,
        depth: header.depth.max(8),
        bytes,
        palette: Vec::new(),
        key,
    }
}
