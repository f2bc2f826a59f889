//! The project's own latent codec, twice.

use std::rc::Rc;

use orrery_vae_ans::codec::{PIXEL_LIMIT, decompress};
use orrery_vae_ans::container::Container;
use orrery_vae_ans::model::Vae;
use orrery_vae_ans::{Error, Provider};

use crate::guard::guarded;
use crate::{Backend, Format, Picture, ReferenceError};

/// Latent containers by the embedded model runtime. Lossless ones go through
/// the fixed-order decoder, since nothing else restores them.
pub struct VaeAns;

/// Latent containers by the fixed-order decoder, on one thread.
pub struct VaeAnsFixed;

impl Backend for VaeAns {
    fn name(&self) -> &'static str {
        "vae-ans"
    }

    fn version(&self) -> &'static str {
        // All crates of the workspace have one version.
        env!("CARGO_PKG_VERSION")
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::VaeAns]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        Container::sniff(bytes)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes, Provider::Embedded))
    }
}

impl Backend for VaeAnsFixed {
    fn name(&self) -> &'static str {
        "vae-ans-fixed"
    }

    fn version(&self) -> &'static str {
        VaeAns.version()
    }

    fn formats(&self) -> &'static [Format] {
        VaeAns.formats()
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        VaeAns.sniff(bytes)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Picture, ReferenceError> {
        guarded(|| decode(bytes, Provider::FixedOrder))
    }
}

fn decode(bytes: &[u8], provider: Provider) -> Result<Picture, ReferenceError> {
    // A damaged file is refused before a model is loaded for it.
    let container = Container::read(bytes, PIXEL_LIMIT).map_err(error)?;
    if !container.header.builtin {
        let feature = "a container of a foreign model, whose file is needed";
        return Err(ReferenceError::Unsupported(feature.to_owned()));
    }
    let vae = Rc::new(Vae::builtin(provider, 1).map_err(error)?);
    let decoded = decompress(bytes, Some(&vae), PIXEL_LIMIT).map_err(error)?;
    let pixels = decoded.rgb.as_chunks::<3>().0.iter();
    Ok(Picture {
        // Both come from 32-bit fields of the header.
        width: decoded.width as u32,
        height: decoded.height as u32,
        rgba: pixels.flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
    })
}

fn error(error: Error) -> ReferenceError {
    match error {
        Error::Version(_) | Error::TooLarge { .. } => {
            ReferenceError::Unsupported(error.to_string())
        }
        other => ReferenceError::Malformed(other.to_string()),
    }
}
