//! The decoder's handle.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use jpegxl_rs::ThreadsRunner;
use jpegxl_rs::memory::MemoryManager;
use jpegxl_rs::parallel::ParallelRunner;
use jpegxl_sys::color::cms::JxlGetDefaultCms;
use jpegxl_sys::color::color_encoding::{JxlColorEncoding, JxlPrimaries};
use jpegxl_sys::common::types::{JxlBool, JxlBoxType, JxlDataType, JxlEndianness, JxlPixelFormat};
use jpegxl_sys::decode as api;
pub(crate) use jpegxl_sys::decode::{
    JxlColorProfileTarget as Target, JxlDecoderStatus as Status, JxlProgressiveDetail,
};
use jpegxl_sys::metadata::codestream_header::{JxlBasicInfo, JxlExtraChannelInfo, JxlFrameHeader};

use super::memory::CappedMemory;
use crate::{SampleType, Samples};

/// A call that libjxl refused.
#[derive(Debug)]
pub(crate) struct Refused;

/// Success, or [`Refused`].
fn check(status: Status) -> Result<(), Refused> {
    match status {
        Status::Success => Ok(()),
        _ => Err(Refused),
    }
}

/// How libjxl is to write or read samples: native byte order, no padding.
pub(crate) fn format(kind: SampleType, channels: usize) -> JxlPixelFormat {
    JxlPixelFormat {
        num_channels: channels as u32,
        data_type: match kind {
            SampleType::U8 => JxlDataType::Uint8,
            SampleType::U16 => JxlDataType::Uint16,
            SampleType::F16 => JxlDataType::Float16,
            SampleType::F32 => JxlDataType::Float,
        },
        endianness: JxlEndianness::Native,
        align: 0,
    }
}

/// A pool of threads, or none for one thread, which is the caller's.
pub(crate) fn pool(threads: usize) -> Result<Option<ThreadsRunner<'static>>, Refused> {
    match threads {
        0 | 1 => Ok(None),
        _ => ThreadsRunner::new(None, Some(threads))
            .map(Some)
            .ok_or(Refused),
    }
}

/// Where the contents of a box go.
struct BoxBuffer {
    bytes: Vec<u8>,
    filled: usize,
}

/// A `JxlDecoder` with everything it holds pointers to.
///
/// Between calls no thread of libjxl runs. A pointer to a buffer is libjxl's from the call that
/// sets it until the event that ends its use; until then the buffer stays in here, and nothing
/// here makes a unique reference to it.
pub(crate) struct RawDecoder {
    handle: NonNull<api::JxlDecoder>,
    /// What was fed and not consumed; set as input while `set`.
    input: Vec<u8>,
    set: bool,
    image: Option<Samples>,
    planes: Vec<Samples>,
    boxed: Option<BoxBuffer>,
    memory: Box<CappedMemory>,
    _pool: Option<ThreadsRunner<'static>>,
}

// SAFETY: libjxl's decoder has no ties to a thread; its pool may be used from any, one at a time.
unsafe impl Send for RawDecoder {}

impl Drop for RawDecoder {
    fn drop(&mut self) {
        // SAFETY: the handle is valid and not used again; what it points to is dropped after it.
        unsafe { api::JxlDecoderDestroy(self.handle.as_ptr()) };
    }
}

impl RawDecoder {
    /// A decoder that takes at most `limit` bytes and uses so many threads.
    pub(crate) fn new(limit: usize, threads: usize, events: c_int) -> Result<Self, Refused> {
        let memory = CappedMemory::new(limit);
        let pool = pool(threads)?;
        let manager = memory.manager();
        // SAFETY: libjxl copies the manager; the box it points to is kept beside the handle.
        let handle = unsafe { api::JxlDecoderCreate(&raw const manager) };
        let handle = NonNull::new(handle).ok_or(Refused)?;
        let this = Self {
            handle,
            input: Vec::new(),
            set: false,
            image: None,
            planes: Vec::new(),
            boxed: None,
            memory,
            _pool: pool,
        };
        if let Some(pool) = &this._pool {
            // SAFETY: a valid handle; the pool's allocation is kept beside it and outlives it.
            check(unsafe {
                api::JxlDecoderSetParallelRunner(
                    handle.as_ptr(),
                    pool.runner(),
                    pool.as_opaque_ptr(),
                )
            })?;
        }
        // SAFETY: a valid handle.
        check(unsafe { api::JxlDecoderSubscribeEvents(handle.as_ptr(), events) })?;
        // SAFETY: a valid handle.
        check(unsafe { api::JxlDecoderSetDecompressBoxes(handle.as_ptr(), JxlBool::True) })?;
        Ok(this)
    }

    /// Whether the limit of memory has stopped libjxl.
    pub(crate) fn memory_refused(&self) -> bool {
        self.memory.refused()
    }

    /// Orientation kept, alpha divided out, spot colours rendered, frames coalesced.
    pub(crate) fn configure(
        &mut self,
        keep: bool,
        unpremultiply: bool,
        spots: bool,
        coalesce: bool,
    ) -> Result<(), Refused> {
        let handle = self.handle.as_ptr();
        // SAFETY: a valid handle, before any input.
        unsafe {
            check(api::JxlDecoderSetKeepOrientation(handle, keep.into()))?;
            check(api::JxlDecoderSetUnpremultiplyAlpha(
                handle,
                unpremultiply.into(),
            ))?;
            check(api::JxlDecoderSetRenderSpotcolors(handle, spots.into()))?;
            check(api::JxlDecoderSetCoalescing(handle, coalesce.into()))
        }
    }

    /// The brightness that output is to be adapted to, in nits.
    pub(crate) fn intensity_target(&mut self, nits: f32) -> Result<(), Refused> {
        // SAFETY: a valid handle.
        check(unsafe { api::JxlDecoderSetDesiredIntensityTarget(self.handle.as_ptr(), nits) })
    }

    /// Which steps of a frame are events.
    pub(crate) fn progressive(&mut self, detail: JxlProgressiveDetail) -> Result<(), Refused> {
        // SAFETY: a valid handle.
        check(unsafe { api::JxlDecoderSetProgressiveDetail(self.handle.as_ptr(), detail) })
    }

    /// The profile that samples are to be in; to be called at the event of the colour encoding.
    pub(crate) fn output_colour(
        &mut self,
        colour: Result<&JxlColorEncoding, &[u8]>,
    ) -> Result<(), Refused> {
        let (encoding, icc): (*const _, &[u8]) = match colour {
            Ok(encoding) => (encoding, &[]),
            Err(icc) => (std::ptr::null(), icc),
        };
        let icc_pointer = if encoding.is_null() {
            icc.as_ptr()
        } else {
            std::ptr::null()
        };
        // SAFETY: the default colour management is a static that libjxl copies; the encoding and
        // the profile are read during the call.
        unsafe {
            // Without it (another build of libjxl) some conversions are refused below.
            if let Some(cms) = JxlGetDefaultCms().as_ref() {
                check(api::JxlDecoderSetCms(self.handle.as_ptr(), cms.clone()))?;
            }
            check(api::JxlDecoderSetOutputColorProfile(
                self.handle.as_ptr(),
                encoding,
                icc_pointer,
                icc.len(),
            ))
        }
    }

    /// Appends input. `None` when the system has no memory for it.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Option<()> {
        self.release();
        self.input.try_reserve(bytes.len()).ok()?;
        self.input.extend_from_slice(bytes);
        Some(())
    }

    /// Takes the input back and drops what was consumed.
    fn release(&mut self) {
        if self.set {
            // SAFETY: a valid handle.
            let rest = unsafe { api::JxlDecoderReleaseInput(self.handle.as_ptr()) };
            let consumed = self.input.len().saturating_sub(rest);
            self.input.drain(..consumed);
            self.set = false;
        }
    }

    /// Says that nothing more comes.
    pub(crate) fn close(&mut self) {
        // SAFETY: a valid handle.
        unsafe { api::JxlDecoderCloseInput(self.handle.as_ptr()) };
    }

    /// Goes on to the next event.
    pub(crate) fn process(&mut self) -> Status {
        let handle = self.handle.as_ptr();
        if !self.set {
            // SAFETY: a valid handle without input. `input` is not touched until `release`.
            let status =
                unsafe { api::JxlDecoderSetInput(handle, self.input.as_ptr(), self.input.len()) };
            if status != Status::Success {
                return Status::Error;
            }
            self.set = true;
        }
        // SAFETY: a valid handle; all buffers it points to are in `self`.
        unsafe { api::JxlDecoderProcessInput(handle) }
    }

    /// The header.
    pub(crate) fn basic_info(&self) -> Result<JxlBasicInfo, Refused> {
        let mut info = MaybeUninit::<JxlBasicInfo>::zeroed();
        // SAFETY: a valid handle, and room for the header, which success fills.
        unsafe {
            check(api::JxlDecoderGetBasicInfo(
                self.handle.as_ptr(),
                info.as_mut_ptr(),
            ))?;
            Ok(info.assume_init())
        }
    }

    /// What an extra channel is, and its name.
    pub(crate) fn channel(&self, index: usize) -> Result<(JxlExtraChannelInfo, String), Refused> {
        let mut info = MaybeUninit::<JxlExtraChannelInfo>::zeroed();
        // SAFETY: a valid handle, and room for what success fills.
        let info = unsafe {
            let handle = self.handle.as_ptr();
            check(api::JxlDecoderGetExtraChannelInfo(
                handle,
                index,
                info.as_mut_ptr(),
            ))?;
            info.assume_init()
        };
        let mut name = vec![0_u8; info.name_length as usize + 1];
        // SAFETY: a valid handle; `name` has room for the name and its zero.
        check(unsafe {
            let pointer = name.as_mut_ptr().cast();
            api::JxlDecoderGetExtraChannelName(self.handle.as_ptr(), index, pointer, name.len())
        })?;
        name.pop();
        Ok((info, String::from_utf8_lossy(&name).into_owned()))
    }

    /// The structured colour encoding, where there is one.
    pub(crate) fn encoding(&self, target: Target) -> Option<JxlColorEncoding> {
        let mut encoding = MaybeUninit::<JxlColorEncoding>::zeroed();
        let pointer = encoding.as_mut_ptr();
        let handle = self.handle.as_ptr();
        // SAFETY: a valid handle, and room for what success fills.
        check(unsafe { api::JxlDecoderGetColorAsEncodedProfile(handle, target, pointer) }).ok()?;
        // SAFETY: every field is initialised, if only to zero, and every enumeration has a value
        // of its own but for the primaries of grey. libjxl leaves them 0, which is none of them
        // (the wrapper reads it all the same), so they are looked at as a number first; the
        // enumeration is as large as C's, which is an `int`.
        unsafe {
            let primaries = (&raw mut (*pointer).primaries).cast::<c_int>();
            if primaries.read() == 0 {
                primaries.write(JxlPrimaries::SRgb as c_int);
            }
            Some(encoding.assume_init())
        }
    }

    /// The ICC profile; empty where there is none or it has more than `most` bytes.
    pub(crate) fn icc(&self, target: Target, most: usize) -> Vec<u8> {
        let handle = self.handle.as_ptr();
        let mut size = 0;
        // SAFETY: a valid handle and a place for the size.
        let sized = unsafe { api::JxlDecoderGetICCProfileSize(handle, target, &raw mut size) };
        let mut icc = Vec::new();
        if check(sized).is_err() || size > most || icc.try_reserve_exact(size).is_err() {
            return Vec::new();
        }
        icc.resize(size, 0);
        // SAFETY: a valid handle, and `size` bytes of room.
        let got =
            unsafe { api::JxlDecoderGetColorAsICCProfile(handle, target, icc.as_mut_ptr(), size) };
        check(got).map_or_else(|_| Vec::new(), |()| icc)
    }

    /// The header of the frame that begins, and its name.
    pub(crate) fn frame(&self) -> Result<(JxlFrameHeader, String), Refused> {
        let mut header = MaybeUninit::<JxlFrameHeader>::zeroed();
        // SAFETY: a valid handle, and room for what success fills.
        let header = unsafe {
            check(api::JxlDecoderGetFrameHeader(
                self.handle.as_ptr(),
                header.as_mut_ptr(),
            ))?;
            header.assume_init()
        };
        let mut name = vec![0_u8; header.name_length as usize + 1];
        // SAFETY: a valid handle; `name` has room for the name and its zero.
        check(unsafe {
            let pointer = name.as_mut_ptr().cast();
            api::JxlDecoderGetFrameName(self.handle.as_ptr(), pointer, name.len())
        })?;
        name.pop();
        Ok((header, String::from_utf8_lossy(&name).into_owned()))
    }

    /// Gives libjxl the buffer for the frame's interleaved samples; refused if it is too short.
    pub(crate) fn set_image(
        &mut self,
        channels: usize,
        mut samples: Samples,
    ) -> Result<(), Refused> {
        let format = format(samples.kind(), channels);
        // SAFETY: a valid handle. libjxl checks the length, and writes there until the frame is
        // done, while `self.image` keeps the samples.
        check(unsafe {
            api::JxlDecoderSetImageOutBuffer(
                self.handle.as_ptr(),
                &raw const format,
                samples.as_mut_ptr(),
                samples.byte_len(),
            )
        })?;
        self.planes.clear();
        self.image = Some(samples);
        Ok(())
    }

    /// Gives libjxl the buffer for an extra channel; the image's is set already.
    pub(crate) fn add_plane(&mut self, index: u32, mut samples: Samples) -> Result<(), Refused> {
        let format = format(samples.kind(), 1);
        // SAFETY: as for the image; `self.planes` keeps the samples.
        check(unsafe {
            api::JxlDecoderSetExtraChannelBuffer(
                self.handle.as_ptr(),
                &raw const format,
                samples.as_mut_ptr(),
                samples.byte_len(),
                index,
            )
        })?;
        self.planes.push(samples);
        Ok(())
    }

    /// The finished frame, at the event of a full image, when libjxl has given its buffers up.
    pub(crate) fn take_image(&mut self) -> Option<(Samples, Vec<Samples>)> {
        let image = self.image.take()?;
        Some((image, std::mem::take(&mut self.planes)))
    }

    /// Lets libjxl write the frame as far as it is, and copies it. `None` when there is nothing
    /// to show yet, or no memory.
    pub(crate) fn flushed(&mut self) -> Option<(Samples, Vec<Samples>)> {
        self.image.as_ref()?;
        // SAFETY: a valid handle whose buffers are set, in `self`.
        check(unsafe { api::JxlDecoderFlushImage(self.handle.as_ptr()) }).ok()?;
        let image = self.image.as_ref()?.try_clone()?;
        let planes = self.planes.iter().map(Samples::try_clone);
        Some((image, planes.collect::<Option<_>>()?))
    }

    /// Bytes of the buffers that a frame is being decoded into.
    pub(crate) fn buffered(&self) -> usize {
        let all = self.image.iter().chain(&self.planes);
        all.map(Samples::byte_len).sum()
    }

    /// At which reduction the picture is sharp at an event of progress: 8 for DC alone, 1 at last.
    pub(crate) fn downsampling(&self) -> u32 {
        // SAFETY: a valid handle.
        let ratio = unsafe { api::JxlDecoderGetIntendedDownsamplingRatio(self.handle.as_ptr()) };
        u32::try_from(ratio).unwrap_or(1)
    }

    /// The type of the box that begins, of what it holds if it is compressed.
    pub(crate) fn box_kind(&self) -> Result<[u8; 4], Refused> {
        let mut kind = JxlBoxType([0; 4]);
        // SAFETY: a valid handle and a place for the type.
        check(unsafe {
            api::JxlDecoderGetBoxType(self.handle.as_ptr(), &mut kind, JxlBool::True)
        })?;
        Ok(kind.0.map(|letter| letter.to_ne_bytes()[0]))
    }

    /// Asks for the contents of the box that begins, into a first buffer of so many bytes.
    pub(crate) fn want_box(&mut self, size: usize) -> Result<(), Refused> {
        debug_assert!(self.boxed.is_none());
        self.boxed = Some(BoxBuffer {
            bytes: Vec::new(),
            filled: 0,
        });
        self.set_box(size)
    }

    /// Makes the buffer of the box longer by so many bytes.
    pub(crate) fn grow_box(&mut self, more: usize) -> Result<(), Refused> {
        self.release_box();
        self.set_box(more)
    }

    fn set_box(&mut self, more: usize) -> Result<(), Refused> {
        let buffer = self.boxed.as_mut().ok_or(Refused)?;
        let length = buffer.filled.checked_add(more).ok_or(Refused)?;
        buffer.bytes.truncate(buffer.filled);
        buffer.bytes.try_reserve_exact(more).map_err(|_| Refused)?;
        buffer.bytes.resize(length, 0);
        // SAFETY: a valid handle without a buffer for a box; there is room for `more` bytes behind
        // those that are filled, and `self.boxed` keeps it until `release_box`.
        check(unsafe {
            let free = buffer.bytes.as_mut_ptr().add(buffer.filled);
            api::JxlDecoderSetBoxBuffer(self.handle.as_ptr(), free, more)
        })
    }

    fn release_box(&mut self) {
        if let Some(buffer) = &mut self.boxed {
            // SAFETY: a valid handle.
            let rest = unsafe { api::JxlDecoderReleaseBoxBuffer(self.handle.as_ptr()) };
            buffer.filled = buffer.bytes.len().saturating_sub(rest);
        }
    }

    /// How many bytes of the box's buffer there are.
    pub(crate) fn box_len(&self) -> usize {
        self.boxed.as_ref().map_or(0, |buffer| buffer.bytes.len())
    }

    /// The contents of the box that was asked for, when it is complete.
    pub(crate) fn take_box(&mut self) -> Option<Vec<u8>> {
        self.release_box();
        let mut buffer = self.boxed.take()?;
        buffer.bytes.truncate(buffer.filled);
        Some(buffer.bytes)
    }
}

/// libjxl's version: major, minor, patch.
pub(crate) fn version() -> (u32, u32, u32) {
    // SAFETY: a function without arguments that returns a constant.
    let version = unsafe { api::JxlDecoderVersion() };
    (version / 1_000_000, version / 1000 % 1000, version % 1000)
}

/// Whether the bytes begin as JPEG XL does.
pub(crate) fn signature(bytes: &[u8]) -> bool {
    // SAFETY: a pointer and the length of what it points to.
    let signature = unsafe { api::JxlSignatureCheck(bytes.as_ptr(), bytes.len()) };
    matches!(
        signature,
        api::JxlSignature::Codestream | api::JxlSignature::Container
    )
}
