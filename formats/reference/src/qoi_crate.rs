//! The qoi crate.

use qoi::{Channels, Decoder};

use crate::guard::guarded;
use crate::picture::check_size;
use crate::qoi_spec::{END_MARKER, MAGIC};
use crate::{Backend, Format, Picture, ReferenceError};

/// QOI by the qoi crate.
///
/// Right for every stream an encoder writes. Version 0.4.1 departs from the
/// specification in three corners, where [`crate::QoiSpecification`] decides:
/// pixels that come from a run (only a leading one matters) or from the index
/// are not stored in the index, and with 3 channels in the header an RGBA
/// opcode is not understood and the alpha of index entries is lost.
///
/// It gives no partial pictures, except that a missing end marker alone is
/// told from missing pixels.
pub struct QoiCrate;

impl Backend for QoiCrate {
    fn name(&self) -> &'static str {
        "qoi"
    }

    fn version(&self) -> &'static str {
        "0.4.1"
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Qoi]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes))
    }
}

pub(crate) fn error(error: &qoi::Error) -> ReferenceError {
    ReferenceError::Malformed(error.to_string())
}

fn decode(bytes: &[u8]) -> Result<Picture, ReferenceError> {
    let mut decoder = Decoder::new(bytes).map_err(|e| error(&e))?;
    let header = *decoder.header();
    check_size(header.width, header.height)?;
    let mut stored = vec![0; decoder.required_buf_len()];
    let outcome = decoder.decode_to_buf(&mut stored);
    let outcome = match outcome {
        // The same error stands for missing pixels and a missing marker. With
        // a marker put behind the file, only missing pixels are left.
        Err(qoi::Error::UnexpectedBufferEnd) => {
            let mended = [bytes, &END_MARKER].concat();
            let pixels = Decoder::new(&mended).and_then(|mut d| d.decode_to_buf(&mut stored));
            match pixels {
                Ok(_) => Err(qoi::Error::InvalidPadding),
                Err(_) => Err(qoi::Error::UnexpectedBufferEnd),
            }
        }
        other => other,
    };

    let rgba = match header.channels {
        Channels::Rgba => stored,
        Channels::Rgb => {
            let pixels = stored.as_chunks::<3>().0;
            pixels
                .iter()
                .flat_map(|[r, g, b]| [*r, *g, *b, 255])
                .collect()
        }
    };
    let picture = Picture {
        width: header.width,
        height: header.height,
        rgba,
    };
    match outcome {
        Ok(_) => Ok(picture),
        // Checked after the last pixel, so all pixels are there.
        Err(broken @ qoi::Error::InvalidPadding) => Err(ReferenceError::Incomplete {
            complete_rows: picture.height,
            picture,
            message: broken.to_string(),
        }),
        Err(broken) => Err(error(&broken)),
    }
}
