//! Turning a decoder's panic into an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ReferenceError;

/// Runs `decode` and reports a panic inside as [`ReferenceError::Panicked`].
///
/// Everything `decode` touches is dropped with it, so nothing half-changed can
/// be seen afterwards.
pub(crate) fn guarded<T>(
    decode: impl FnOnce() -> Result<T, ReferenceError>,
) -> Result<T, ReferenceError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Err(ReferenceError::Panicked(
            text.unwrap_or_else(|| "no message".to_owned()),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_errors_with_their_message() {
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        let index = 7;
        let caught = guarded::<()>(|| panic!("index {index}"));
        assert_eq!(caught, Err(ReferenceError::Panicked("index 7".to_owned())));
    }
}
