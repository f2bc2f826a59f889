//! The encoder's handle.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use jpegxl_rs::ThreadsRunner;
use jpegxl_rs::memory::MemoryManager;
use jpegxl_rs::parallel::ParallelRunner;
use jpegxl_sys::color::color_encoding::JxlColorEncoding;
use jpegxl_sys::common::types::{JxlBool, JxlBoxType};
use jpegxl_sys::encoder::encode as api;
pub(crate) use jpegxl_sys::encoder::encode::JxlEncoderFrameSettingId as Setting;
use jpegxl_sys::metadata::codestream_header::{
    JxlBasicInfo, JxlExtraChannelInfo, JxlExtraChannelType, JxlFrameHeader,
};

use super::decoder::{format, pool};
use super::memory::CappedMemory;
use crate::{EncodeError, Samples};

/// A `JxlEncoder` with everything it holds pointers to.
///
/// libjxl copies samples, boxes and profiles when they are given. Between calls no thread of it
/// runs.
pub(crate) struct RawEncoder {
    handle: NonNull<api::JxlEncoder>,
    memory: Box<CappedMemory>,
    _pool: Option<ThreadsRunner<'static>>,
}

/// Settings of a frame; libjxl owns them, and they are valid as long as its encoder is.
#[derive(Clone, Copy)]
pub(crate) struct FrameSettings(NonNull<api::JxlEncoderFrameSettings>);

impl Drop for RawEncoder {
    fn drop(&mut self) {
        // SAFETY: the handle is valid and not used again; what it points to is dropped after it.
        unsafe { api::JxlEncoderDestroy(self.handle.as_ptr()) };
    }
}

impl RawEncoder {
    /// An encoder that takes at most `limit` bytes and uses so many threads.
    pub(crate) fn new(limit: usize, threads: usize) -> Result<Self, EncodeError> {
        let memory = CappedMemory::new(limit);
        let pool = pool(threads).map_err(|_| EncodeError::OutOfMemory)?;
        let manager = memory.manager();
        // SAFETY: libjxl copies the manager; the box it points to is kept beside the handle.
        let handle = unsafe { api::JxlEncoderCreate(&raw const manager) };
        let this = Self {
            handle: NonNull::new(handle).ok_or(EncodeError::OutOfMemory)?,
            memory,
            _pool: pool,
        };
        if let Some(pool) = &this._pool {
            // SAFETY: a valid handle; the pool's allocation is kept beside it and outlives it.
            this.check(unsafe {
                api::JxlEncoderSetParallelRunner(handle, pool.runner(), pool.as_opaque_ptr())
            })?;
        }
        Ok(this)
    }

    fn check(&self, status: api::JxlEncoderStatus) -> Result<(), EncodeError> {
        if status == api::JxlEncoderStatus::Success {
            return Ok(());
        }
        // Whatever libjxl says then: that its memory was refused explains it.
        if self.memory.refused() {
            return Err(EncodeError::OutOfMemory);
        }
        // SAFETY: a valid handle.
        Err(named(unsafe {
            api::JxlEncoderGetError(self.handle.as_ptr())
        }))
    }

    /// libjxl's defaults of the header.
    pub(crate) fn default_info() -> JxlBasicInfo {
        let mut info = MaybeUninit::<JxlBasicInfo>::zeroed();
        // SAFETY: room for the header, all of whose fields the call sets.
        unsafe {
            api::JxlEncoderInitBasicInfo(info.as_mut_ptr());
            info.assume_init()
        }
    }

    /// libjxl's defaults for an extra channel.
    pub(crate) fn default_channel(kind: JxlExtraChannelType) -> JxlExtraChannelInfo {
        let mut info = MaybeUninit::<JxlExtraChannelInfo>::zeroed();
        // SAFETY: room for the description, all of whose fields the call sets.
        unsafe {
            api::JxlEncoderInitExtraChannelInfo(kind, info.as_mut_ptr());
            info.assume_init()
        }
    }

    /// libjxl's defaults for a frame.
    pub(crate) fn default_frame() -> JxlFrameHeader {
        let mut header = MaybeUninit::<JxlFrameHeader>::zeroed();
        // SAFETY: room for the header, all of whose fields the call sets.
        unsafe {
            api::JxlEncoderInitFrameHeader(header.as_mut_ptr());
            header.assume_init()
        }
    }

    /// Sets the header; with a container if metadata is to come.
    pub(crate) fn header(&mut self, info: &JxlBasicInfo, boxes: bool) -> Result<(), EncodeError> {
        let handle = self.handle.as_ptr();
        if boxes {
            // SAFETY: a valid handle.
            self.check(unsafe { api::JxlEncoderUseBoxes(handle) })?;
        }
        // SAFETY: a valid handle; the header is read during the call.
        self.check(unsafe { api::JxlEncoderSetBasicInfo(handle, info) })
    }

    /// Describes an extra channel.
    pub(crate) fn channel(
        &mut self,
        index: usize,
        info: &JxlExtraChannelInfo,
        name: &str,
    ) -> Result<(), EncodeError> {
        let handle = self.handle.as_ptr();
        // SAFETY: a valid handle; the description is read during the call.
        self.check(unsafe { api::JxlEncoderSetExtraChannelInfo(handle, index, info) })?;
        if name.is_empty() {
            return Ok(());
        }
        // SAFETY: a valid handle; so many bytes of the name are read during the call.
        self.check(unsafe {
            api::JxlEncoderSetExtraChannelName(handle, index, name.as_ptr(), name.len())
        })
    }

    /// Sets the colours by structure, or by profile.
    pub(crate) fn colour(
        &mut self,
        colour: Result<&JxlColorEncoding, &[u8]>,
    ) -> Result<(), EncodeError> {
        let handle = self.handle.as_ptr();
        // SAFETY: a valid handle; encoding and profile are read during the call.
        self.check(unsafe {
            match colour {
                Ok(encoding) => api::JxlEncoderSetColorEncoding(handle, encoding),
                Err(icc) => api::JxlEncoderSetICCProfile(handle, icc.as_ptr(), icc.len()),
            }
        })
    }

    /// Adds a box of metadata.
    pub(crate) fn add_box(
        &mut self,
        kind: [u8; 4],
        contents: &[u8],
        compress: bool,
    ) -> Result<(), EncodeError> {
        let kind = JxlBoxType(kind.map(|letter| std::ffi::c_char::from_ne_bytes([letter])));
        // SAFETY: a valid handle; the contents are copied during the call.
        self.check(unsafe {
            api::JxlEncoderAddBox(
                self.handle.as_ptr(),
                &raw const kind,
                contents.as_ptr(),
                contents.len(),
                compress.into(),
            )
        })
    }

    /// New settings for frames.
    pub(crate) fn settings(&mut self) -> Result<FrameSettings, EncodeError> {
        // SAFETY: a valid handle; no settings to copy.
        let settings =
            unsafe { api::JxlEncoderFrameSettingsCreate(self.handle.as_ptr(), std::ptr::null()) };
        NonNull::new(settings)
            .map(FrameSettings)
            .ok_or(EncodeError::OutOfMemory)
    }

    /// Sets a whole number.
    pub(crate) fn set(
        &mut self,
        settings: FrameSettings,
        setting: Setting,
        value: i64,
    ) -> Result<(), EncodeError> {
        // SAFETY: settings of this encoder, which owns them.
        self.check(unsafe {
            api::JxlEncoderFrameSettingsSetOption(settings.0.as_ptr(), setting, value)
        })
    }

    /// Sets a float.
    pub(crate) fn set_float(
        &mut self,
        settings: FrameSettings,
        setting: Setting,
        value: f32,
    ) -> Result<(), EncodeError> {
        // SAFETY: settings of this encoder, which owns them.
        self.check(unsafe {
            api::JxlEncoderFrameSettingsSetFloatOption(settings.0.as_ptr(), setting, value)
        })
    }

    /// Lossless, or a distance in butteraugli's units.
    pub(crate) fn fidelity(
        &mut self,
        settings: FrameSettings,
        distance: Option<f32>,
        channels: usize,
    ) -> Result<(), EncodeError> {
        let settings = settings.0.as_ptr();
        let Some(distance) = distance else {
            // SAFETY: settings of this encoder, which owns them.
            return self.check(unsafe { api::JxlEncoderSetFrameLossless(settings, JxlBool::True) });
        };
        // SAFETY: settings of this encoder, which owns them.
        self.check(unsafe { api::JxlEncoderSetFrameDistance(settings, distance) })?;
        for index in 0..channels {
            // Extra channels, alpha first, are kept exactly: errors there show more.
            // SAFETY: settings of this encoder, which owns them.
            self.check(unsafe { api::JxlEncoderSetExtraChannelDistance(settings, index, 0.0) })?;
        }
        Ok(())
    }

    /// Describes the next frame.
    pub(crate) fn frame_header(
        &mut self,
        settings: FrameSettings,
        header: &JxlFrameHeader,
        name: &str,
    ) -> Result<(), EncodeError> {
        // SAFETY: settings of this encoder, which owns them; the header is read during the call.
        self.check(unsafe { api::JxlEncoderSetFrameHeader(settings.0.as_ptr(), header) })?;
        if name.is_empty() {
            return Ok(());
        }
        let name = CString::new(name)
            .map_err(|_| EncodeError::Shape("a frame's name with a zero".to_owned()))?;
        // SAFETY: settings of this encoder; the name ends in a zero and is copied in the call.
        self.check(unsafe {
            api::JxlEncoderSetFrameName(settings.0.as_ptr(), name.as_ptr().cast())
        })
    }

    /// Adds a frame: interleaved samples of so many channels, and extra channels from number
    /// `first` on.
    pub(crate) fn frame(
        &mut self,
        settings: FrameSettings,
        pixels: &Samples,
        channels: usize,
        planes: &[Samples],
        first: u32,
    ) -> Result<(), EncodeError> {
        let interleaved = format(pixels.kind(), channels);
        // SAFETY: settings of this encoder; the samples are as long as is said, libjxl checks that
        // they are enough and copies them.
        self.check(unsafe {
            api::JxlEncoderAddImageFrame(
                settings.0.as_ptr(),
                &raw const interleaved,
                pixels.as_ptr(),
                pixels.byte_len(),
            )
        })?;
        for (index, plane) in (first..).zip(planes) {
            let single = format(plane.kind(), 1);
            // SAFETY: as for the frame.
            self.check(unsafe {
                api::JxlEncoderSetExtraChannelBuffer(
                    settings.0.as_ptr(),
                    &raw const single,
                    plane.as_ptr(),
                    plane.byte_len(),
                    index,
                )
            })?;
        }
        Ok(())
    }

    /// Ends the input and gives the file, at most `limit` bytes.
    pub(crate) fn finish(&mut self, limit: usize) -> Result<Vec<u8>, EncodeError> {
        // SAFETY: a valid handle.
        unsafe { api::JxlEncoderCloseInput(self.handle.as_ptr()) };
        let mut file: Vec<u8> = Vec::new();
        let mut filled = 0;
        loop {
            let more = filled.max(1 << 16);
            if filled + more > limit.max(1 << 17) {
                return Err(EncodeError::OverLimit(format!(
                    "a file of more than {limit} bytes"
                )));
            }
            file.truncate(filled);
            file.try_reserve_exact(more)
                .map_err(|_| EncodeError::OutOfMemory)?;
            file.resize(filled + more, 0);
            let free = &mut file[filled..];
            let mut next = free.as_mut_ptr();
            let mut rest = free.len();
            // SAFETY: a valid handle; `next` and `rest` describe the free part of `file`.
            let status = unsafe {
                api::JxlEncoderProcessOutput(self.handle.as_ptr(), &raw mut next, &raw mut rest)
            };
            filled = file.len() - rest;
            if status != api::JxlEncoderStatus::NeedMoreOutput {
                self.check(status)?;
                file.truncate(filled);
                return Ok(file);
            }
        }
    }
}

/// libjxl's code as an error.
fn named(code: api::JxlEncoderError) -> EncodeError {
    match code {
        api::JxlEncoderError::OutOfMemory => EncodeError::OutOfMemory,
        api::JxlEncoderError::Jbrd => EncodeError::Jbrd,
        api::JxlEncoderError::BadInput => EncodeError::BadInput,
        api::JxlEncoderError::NotSupported => EncodeError::NotSupported,
        api::JxlEncoderError::ApiUsage => EncodeError::ApiUsage,
        api::JxlEncoderError::OK | api::JxlEncoderError::Generic => EncodeError::Generic,
    }
}

/// The distance that libjxl takes for a quality of 0 to 100.
pub(crate) fn distance_from_quality(quality: f32) -> f32 {
    // SAFETY: a function of its argument only.
    unsafe { api::JxlEncoderDistanceFromQuality(quality) }
}

#[cfg(test)]
pub(crate) mod tests {
    use jpegxl_rs::EncodeError as Wrapped;

    use super::*;

    /// `jxl/encode.h`, code by code; the wrapper's names, which `transcode` meets, are the same.
    #[test]
    fn codes_are_errors_one_to_one() {
        use api::JxlEncoderError as Code;
        let codes = [
            (
                Code::Generic,
                1,
                Wrapped::GenericError,
                EncodeError::Generic,
            ),
            (
                Code::OutOfMemory,
                2,
                Wrapped::OutOfMemory,
                EncodeError::OutOfMemory,
            ),
            (Code::Jbrd, 3, Wrapped::Jbrd, EncodeError::Jbrd),
            (Code::BadInput, 4, Wrapped::BadInput, EncodeError::BadInput),
            (
                Code::NotSupported,
                0x80,
                Wrapped::NotSupported,
                EncodeError::NotSupported,
            ),
            (
                Code::ApiUsage,
                0x81,
                Wrapped::ApiUsage,
                EncodeError::ApiUsage,
            ),
        ];
        for (code, number, wrapped, error) in codes {
            assert_eq!(code as u32, number, "{error}");
            assert_eq!(EncodeError::from(wrapped), error);
            assert_eq!(named(code), error);
        }
    }

    #[test]
    fn a_call_out_of_order_and_a_setting_that_is_none_have_their_codes() {
        let mut encoder = RawEncoder::new(1 << 24, 1).unwrap();
        let settings = encoder.settings().unwrap();
        // Effort goes to 10 (11 is for experts); a frame needs a header before it.
        let effort = encoder.set(settings, Setting::Effort, 1000);
        assert_eq!(effort, Err(EncodeError::NotSupported));
        let mut encoder = RawEncoder::new(1 << 24, 1).unwrap();
        let settings = encoder.settings().unwrap();
        let frame = encoder.frame(settings, &Samples::U8(vec![0; 3]), 3, &[], 0);
        assert_eq!(frame, Err(EncodeError::ApiUsage));
    }

    /// A file of one frame that is placed at (3, -5) of a picture of another size.
    pub(crate) fn cropped(picture: (u32, u32), frame: (u32, u32)) -> RawEncoder {
        let mut encoder = RawEncoder::new(1 << 28, 1).unwrap();
        let mut info = RawEncoder::default_info();
        (info.xsize, info.ysize) = picture;
        info.bits_per_sample = 8;
        info.uses_original_profile = JxlBool::True;
        encoder.header(&info, false).unwrap();
        let colours = crate::convert::to_external(&crate::ColourEncoding::srgb(false));
        encoder.colour(Ok(&colours)).unwrap();
        let settings = encoder.settings().unwrap();
        encoder.fidelity(settings, None, 0).unwrap();
        encoder.set(settings, Setting::Effort, 1).unwrap();
        let mut header = RawEncoder::default_frame();
        header.layer_info.have_crop = JxlBool::True;
        (header.layer_info.crop_x0, header.layer_info.crop_y0) = (3, -5);
        (header.layer_info.xsize, header.layer_info.ysize) = frame;
        encoder.frame_header(settings, &header, "").unwrap();
        // Noise, so that the file is long.
        let mut state = 1_u32;
        let samples = (0..frame.0 * frame.1 * 3).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let samples = Samples::U8(samples.collect());
        encoder.frame(settings, &samples, 3, &[], 0).unwrap();
        encoder
    }

    #[test]
    fn files_end_at_the_limit() {
        let long = || cropped((16, 16), (400, 300));
        let whole = long().finish(usize::MAX / 2).unwrap().len();
        assert!(whole > 1 << 18, "{whole}");
        assert!(matches!(
            long().finish(1 << 17),
            Err(EncodeError::OverLimit(_))
        ));
    }
}
