//! The C interface of `orrery-artifacts`; `include/orrery_artifacts.h` is its documentation.
//!
//! Every function checks its pointers for null and its numbers for range; that pointers which
//! are not null point to what the header says is the caller's part, as always in C. A panic,
//! which would be a bug, ends in [`FAILED`] and not in the caller's frames.

use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use orrery_artifacts::{
    ArtifactError, Backend, Channels, Choice, Context, ImageMut, Quality, RandomTiles, Tile,
};

/// Done.
pub const OK: i32 = 0;
/// A null pointer, an unknown constant, a size that cannot be.
pub const BAD_ARGUMENT: i32 = 1;
/// A GPU was asked for and there is none.
pub const NO_GPU: i32 = 2;
/// The GPU lost the work, or no thread could be started.
pub const FAILED: i32 = 3;

/// Backends: either; also what [`orrery_artifacts_backend`] says of no context.
pub const AUTO: i32 = 0;
/// The graphics processor.
pub const GPU: i32 = 1;
/// The processor.
pub const CPU: i32 = 2;

/// A context with the texts that C may look at.
#[derive(Debug)]
pub struct Handle {
    context: Context,
    description: CString,
    error: CString,
}

/// `orrery_tile`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CTile {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    quality: u32,
}

fn quality(number: u32) -> Result<Quality, ArtifactError> {
    let wrong = ArtifactError::Quality(number.into());
    u8::try_from(number)
        .map_err(|_| wrong)
        .and_then(Quality::new)
}

fn text(message: &str) -> CString {
    CString::new(message.replace('\0', "?")).unwrap_or_default()
}

fn code(error: &ArtifactError) -> i32 {
    match error {
        ArtifactError::NoGpu(_) => NO_GPU,
        ArtifactError::Gpu(_) | ArtifactError::Threads(_) => FAILED,
        _ => BAD_ARGUMENT,
    }
}

fn guarded(run: impl FnOnce() -> i32) -> i32 {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(FAILED)
}

/// See the header.
///
/// # Safety
/// `out` is null or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_new(
    backend: i32,
    threads: u32,
    out: *mut *mut Handle,
) -> i32 {
    if out.is_null() {
        return BAD_ARGUMENT;
    }
    // SAFETY: not null, so writable by the caller's promise.
    unsafe { out.write(std::ptr::null_mut()) };
    let choice = match backend {
        AUTO => Choice::Auto,
        GPU => Choice::Gpu,
        CPU => Choice::Cpu,
        _ => return BAD_ARGUMENT,
    };
    // More threads than anybody has are a mistake.
    if threads > 4096 {
        return BAD_ARGUMENT;
    }
    guarded(|| match Context::with_threads(choice, threads as usize) {
        Ok(context) => {
            let description = text(context.description());
            let handle = Box::new(Handle {
                context,
                description,
                error: CString::default(),
            });
            // SAFETY: as above.
            unsafe { out.write(Box::into_raw(handle)) };
            OK
        }
        Err(e) => code(&e),
    })
}

/// See the header.
///
/// # Safety
/// `context` is null or came from [`orrery_artifacts_new`] and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_free(context: *mut Handle) {
    if !context.is_null() {
        guarded(|| {
            // SAFETY: it was made by `Box::into_raw` and is freed once, by the caller's promise.
            drop(unsafe { Box::from_raw(context) });
            OK
        });
    }
}

/// See the header.
///
/// # Safety
/// `context` is null or came from [`orrery_artifacts_new`] and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_backend(context: *const Handle) -> i32 {
    // SAFETY: null or a live context, by the caller's promise.
    match unsafe { context.as_ref() }.map(|handle| handle.context.backend()) {
        None => AUTO,
        Some(Backend::Gpu) => GPU,
        Some(Backend::Cpu) => CPU,
    }
}

/// See the header.
///
/// # Safety
/// `context` is null or came from [`orrery_artifacts_new`] and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_description(context: *const Handle) -> *const c_char {
    // SAFETY: null or a live context, by the caller's promise.
    unsafe { context.as_ref() }.map_or(std::ptr::null(), |handle| handle.description.as_ptr())
}

/// See the header.
///
/// # Safety
/// `context` is null or came from [`orrery_artifacts_new`] and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_error(context: *const Handle) -> *const c_char {
    // SAFETY: null or a live context, by the caller's promise.
    unsafe { context.as_ref() }.map_or(std::ptr::null(), |handle| handle.error.as_ptr())
}

/// See the header.
///
/// # Safety
/// `context` is null or a live context that no other call uses; `pixels` is null or points to
/// `stride * (height - 1) + width * channels` bytes that nobody else uses meanwhile; `tiles` is
/// null or points to `count` tiles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_apply(
    context: *mut Handle,
    pixels: *mut u8,
    width: u32,
    height: u32,
    channels: u32,
    stride: usize,
    tiles: *const CTile,
    count: usize,
) -> i32 {
    // SAFETY: null or a live context that is ours alone, by the caller's promise.
    let Some(handle) = (unsafe { context.as_mut() }) else {
        return BAD_ARGUMENT;
    };
    guarded(|| {
        // SAFETY: the pointers are as the caller promised; what null means is seen to there.
        let done = unsafe {
            apply(
                &mut handle.context,
                pixels,
                (width, height, channels, stride),
                tiles,
                count,
            )
        };
        match done {
            Ok(()) => {
                handle.error = CString::default();
                OK
            }
            Err((code, message)) => {
                handle.error = text(&message);
                code
            }
        }
    })
}

/// # Safety
/// As [`orrery_artifacts_apply`].
unsafe fn apply(
    context: &mut Context,
    pixels: *mut u8,
    (width, height, channels, stride): (u32, u32, u32, usize),
    tiles: *const CTile,
    count: usize,
) -> Result<(), (i32, String)> {
    let bad = |message: &str| (BAD_ARGUMENT, message.to_owned());
    let failed = |e: ArtifactError| (code(&e), e.to_string());
    if pixels.is_null() || (tiles.is_null() && count > 0) {
        return Err(bad("a null pointer"));
    }
    let channels = match channels {
        3 => Channels::Rgb,
        4 => Channels::Rgba,
        _ => return Err(bad("3 or 4 channels are possible")),
    };
    if count > orrery_artifacts::MAX_TILES {
        return Err(failed(ArtifactError::TooManyTiles(count)));
    }
    // The length that the header asks for; sizes that cannot be are refused before a slice is
    // made of them.
    let row = width as usize * channels.count();
    let length = (height as usize)
        .checked_sub(1)
        .and_then(|rows| rows.checked_mul(stride))
        .and_then(|bytes| bytes.checked_add(row))
        .filter(|&length| stride >= row && length <= isize::MAX as usize)
        .ok_or_else(|| bad("sizes that cannot be"))?;
    // SAFETY: not null, and that long by the caller's promise.
    let data = unsafe { std::slice::from_raw_parts_mut(pixels, length) };
    let given: &[CTile] = if count == 0 {
        &[]
    } else {
        // SAFETY: not null, and that long by the caller's promise.
        unsafe { std::slice::from_raw_parts(tiles, count) }
    };
    let tiles = given
        .iter()
        .map(|tile| {
            Ok(Tile {
                x: tile.x,
                y: tile.y,
                width: tile.width,
                height: tile.height,
                quality: quality(tile.quality)?,
            })
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    let mut image = ImageMut::with_stride(data, width, height, channels, stride).map_err(failed)?;
    context.apply(&mut image, &tiles).map_err(failed)?;
    Ok(())
}

/// See the header.
///
/// # Safety
/// `tiles` is null or points to room for `count` tiles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orrery_artifacts_random_tiles(
    width: u32,
    height: u32,
    min: u32,
    max: u32,
    quality: u32,
    seed: u64,
    tiles: *mut CTile,
    count: usize,
) -> i32 {
    if tiles.is_null() && count > 0 {
        return BAD_ARGUMENT;
    }
    guarded(|| {
        let made = self::quality(quality).and_then(|quality| {
            RandomTiles { count, min, max }.tiles(width, height, quality, seed)
        });
        let made = match made {
            Ok(made) => made,
            Err(e) => return code(&e),
        };
        for (n, tile) in made.iter().enumerate() {
            let tile = CTile {
                x: tile.x,
                y: tile.y,
                width: tile.width,
                height: tile.height,
                quality: tile.quality.get().into(),
            };
            // SAFETY: there is room for `count` tiles, which is as many as were made.
            unsafe { tiles.add(n).write(tile) };
        }
        OK
    })
}
