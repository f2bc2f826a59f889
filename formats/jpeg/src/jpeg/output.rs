//! Rows of samples become rows of pixels in the tensor.

use super::types::{ColourModel, Frame, MAX_COMPONENTS};
use super::upsample::Upsampling;
use crate::kernels::Kernels;
use crate::pixel::{Dtype, ImagePixel, PixelFormat};
use crate::tensor::TensorMut;

/// Where rows of pixels go.
pub(crate) trait Sink {
    /// Has row `y` of `length` bytes written by `fill`.
    fn row(&mut self, y: usize, length: usize, fill: &mut dyn FnMut(&mut [u8]));

    /// Called after each block: time for a little of what rows left to do.
    fn between_blocks(&mut self) {}
}

/// Rows of a tensor: written in place if it is one of bytes, else converted.
pub(crate) struct TensorSink<'a, 't, T: ImagePixel> {
    pub tensor: &'a mut TensorMut<'t, T>,
    pub kernels: &'a Kernels,
    pub line: &'a mut Vec<u8>,
    /// Elements to write past the caches after each block; 0 for pictures that
    /// stay in them. Memory takes such stores only so fast, so that rows of them
    /// at a time would keep the processor waiting.
    pub share: usize,
    pub waiting: Waiting,
}

/// Rows in a sink's `line` that are not in its tensor yet.
#[derive(Default)]
pub(crate) struct Waiting {
    first: usize,
    rows: usize,
    length: usize,
    /// Where the next share begins.
    row: usize,
    at: usize,
}

/// More rows than an MCU has wait for nobody.
const MOST_WAITING: usize = 64;

impl<T: ImagePixel> TensorSink<'_, '_, T> {
    /// Stores up to `share` of the waiting elements, whole cache lines of them.
    #[inline(never)]
    fn store(&mut self, share: usize) {
        let Waiting {
            first,
            rows,
            length,
            row,
            at,
        } = &mut self.waiting;
        let out = self.tensor.row(*first + *row, *length);
        let mut end = at.saturating_add(share);
        if *at == 0 {
            end = end.saturating_add(out.as_ptr().align_offset(64));
        }
        let end = end.min(*length);
        let line = &self.line[*row * *length..][*at..end];
        T::store(self.kernels, line, &mut out[*at..end], true);
        *at = end;
        if *at == *length {
            (*row, *at) = (*row + 1, 0);
            if row == rows {
                self.waiting = Waiting::default();
            }
        }
    }

    fn store_all(&mut self) {
        while self.waiting.rows > 0 {
            self.store(usize::MAX);
        }
    }
}

impl<T: ImagePixel> Drop for TensorSink<'_, '_, T> {
    fn drop(&mut self) {
        self.store_all();
        // Whoever reads the tensor next may do so on another processor.
        (self.kernels.fence)();
    }
}

impl<T: ImagePixel> Sink for TensorSink<'_, '_, T> {
    fn row(&mut self, y: usize, length: usize, fill: &mut dyn FnMut(&mut [u8])) {
        let w = &self.waiting;
        let begun = (w.row, w.at) != (0, 0);
        if begun
            || w.rows == MOST_WAITING
            || w.rows > 0 && (w.first + w.rows, w.length) != (y, length)
        {
            self.store_all();
        }
        let row = self.tensor.row(y, length);
        if let Some(bytes) = T::bytes(row) {
            fill(bytes);
            return;
        }
        let start = self.waiting.rows * length;
        if self.line.len() < start + length {
            self.line.resize(start + length, 0);
        }
        let line = &mut self.line[start..start + length];
        fill(line);
        if self.share == 0 {
            T::store(self.kernels, line, row, false);
            return;
        }
        if start == 0 {
            self.waiting.first = y;
        }
        self.waiting.rows += 1;
        self.waiting.length = length;
    }

    #[inline(always)]
    fn between_blocks(&mut self) {
        // Rows of other types never wait; to say so spares them the question.
        if T::DTYPE == Dtype::F32 && self.waiting.rows > 0 {
            self.store(self.share);
        }
    }
}

/// Rows of a picture without padding, to be turned later.
pub(crate) struct PackedSink<'a> {
    pub pixels: &'a mut [u8],
    /// Bytes up to the end of the last row that was written.
    pub end: usize,
}

impl Sink for PackedSink<'_> {
    fn row(&mut self, y: usize, length: usize, fill: &mut dyn FnMut(&mut [u8])) {
        fill(&mut self.pixels[y * length..][..length]);
        self.end = (y + 1) * length;
    }
}

/// What stays the same for all rows of a picture.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub format: PixelFormat,
    pub model: ColourModel,
    /// Adobe's files hold CMYK inverted.
    pub inverted: bool,
    /// Pixels of the picture, at its scale.
    pub width: usize,
    pub height: usize,
    pub upsampling: [Upsampling; MAX_COMPONENTS],
    /// Where the chroma rows of NV12 begin in the tensor.
    pub chroma_row: usize,
}

impl Layout {
    /// Whether the pixels depend on a component.
    pub fn needs(&self, index: usize) -> bool {
        index == 0 || self.format != PixelFormat::Grey || self.model != ColourModel::Ycc
    }

    /// Rows of the picture that wait for the next MCU row's samples.
    pub fn held_back(&self, frame: &Frame) -> usize {
        usize::from((0..frame.count).any(|i| self.needs(i) && self.waits(i)))
    }

    /// Whether a row of pixels depends on a component's rows above and below its own.
    fn waits(&self, index: usize) -> bool {
        self.format != PixelFormat::Nv12 && self.upsampling[index].needs_neighbours()
    }

    /// Rows of the picture at full scale that depend on nothing but the first
    /// `blocks(index)` rows of each component's blocks.
    pub fn rows_of(&self, frame: &Frame, blocks: impl Fn(usize) -> usize) -> usize {
        let component = |i: usize| {
            let c = &frame.all[i];
            let rows = blocks(i) * 8 * frame.v_max / c.v;
            if blocks(i) >= c.blocks_high {
                frame.height
            } else {
                rows.saturating_sub(usize::from(self.waits(i)))
            }
        };
        let needed = (0..frame.count).filter(|&i| self.needs(i));
        needed.map(component).min().unwrap_or(0)
    }
}

/// The samples of one MCU row, and the last row of the one before.
#[derive(Debug, Default)]
pub(crate) struct Planes {
    pub samples: [Vec<u8>; MAX_COMPONENTS],
    pub strides: [usize; MAX_COMPONENTS],
    /// Rows of each component in an MCU row.
    pub rows: [usize; MAX_COMPONENTS],
    /// Enlarged rows.
    enlarged: [Vec<u8>; MAX_COMPONENTS],
}

/// Resizes without giving memory back.
fn fit(memory: &mut Vec<u8>, length: usize) {
    if memory.len() < length {
        memory.resize(length, 0);
    }
}

impl Planes {
    pub fn reset(&mut self, frame: &Frame, layout: &Layout) {
        for (i, c) in frame.components().iter().enumerate() {
            self.strides[i] = c.padded_wide * c.block;
            self.rows[i] = c.v * c.block;
            if layout.needs(i) {
                fit(&mut self.samples[i], self.strides[i] * (self.rows[i] + 1));
                let length = layout.upsampling[i].length(c.width).max(layout.width);
                fit(&mut self.enlarged[i], length);
            }
        }
    }

    /// Keeps the last row for the next MCU row.
    pub fn step(&mut self, frame: &Frame) {
        for i in 0..frame.count {
            let (stride, rows) = (self.strides[i], self.rows[i]);
            if self.samples[i].len() >= stride * (rows + 1) {
                self.samples[i].copy_within(stride * rows..stride * (rows + 1), 0);
            }
        }
    }

    /// Writes the rows of pixels that the MCU row `my` completes.
    pub fn emit(
        &mut self,
        kernels: &Kernels,
        frame: &Frame,
        layout: &Layout,
        my: usize,
        sink: &mut impl Sink,
    ) {
        let block = frame.all[0].v * frame.all[0].block;
        let high = block * layout.upsampling[0].down();
        let held = layout.held_back(frame);
        let start = (my * high).saturating_sub(held);
        let end = if my + 1 == frame.mcus_high {
            layout.height
        } else {
            ((my + 1) * high - held).min(layout.height)
        };
        if layout.format == PixelFormat::Nv12 {
            self.emit_nv12(kernels, frame, layout, my, sink);
            return;
        }
        let Self {
            samples,
            strides,
            rows,
            enlarged,
        } = self;
        for y in start..end {
            let mut lines: [&[u8]; MAX_COMPONENTS] = [&[]; MAX_COMPONENTS];
            for (i, out) in enlarged.iter_mut().enumerate().take(frame.count) {
                if !layout.needs(i) {
                    continue;
                }
                let c = &frame.all[i];
                let (plane, stride, rows) = (&samples[i], strides[i], rows[i]);
                let row = |at: usize| {
                    // Row 0 of the memory is the last one of the MCU row before.
                    let at = at + 1 - my * rows;
                    &plane[at * stride..][..c.width]
                };
                let length = layout.upsampling[i].length(c.width);
                let out = &mut out[..length];
                let line = layout.upsampling[i].row(kernels, y, c.height, row, out);
                lines[i] = &line[..layout.width];
            }
            let length = layout.format.row_elements(layout.width);
            sink.row(y, length, &mut |out| pixels(kernels, layout, &lines, out));
        }
    }

    /// NV12 takes the planes as they are: 4:2:0 only, or grey.
    fn emit_nv12(
        &self,
        kernels: &Kernels,
        frame: &Frame,
        layout: &Layout,
        my: usize,
        sink: &mut impl Sink,
    ) {
        let row = |i: usize, y: usize| {
            let start = (y + 1 - my * self.rows[i]) * self.strides[i];
            &self.samples[i][start..][..frame.all[i].width]
        };
        let first = my * self.rows[0];
        for y in first..(first + self.rows[0]).min(layout.height) {
            sink.row(y, layout.width, &mut |out| out.copy_from_slice(row(0, y)));
        }
        let (first, end) = match layout.model {
            // At an eighth of the size every other row of blocks begins a row of chroma.
            ColourModel::Grey => (first.div_ceil(2), (first + self.rows[0]).div_ceil(2)),
            _ => (my * self.rows[1], (my + 1) * self.rows[1]),
        };
        let length = layout.format.row_elements(layout.width);
        for y in first..end.min(layout.height.div_ceil(2)) {
            sink.row(
                layout.chroma_row + y,
                length,
                &mut |out| match layout.model {
                    ColourModel::Grey => out.fill(128),
                    _ => (kernels.interleave_uv)(row(1, y), row(2, y), out),
                },
            );
        }
    }
}

/// One row of pixels from full rows of samples.
fn pixels(kernels: &Kernels, layout: &Layout, lines: &[&[u8]; MAX_COMPONENTS], out: &mut [u8]) {
    let [a, b, c, k] = *lines;
    match (layout.model, layout.format) {
        (ColourModel::Grey | ColourModel::Ycc, PixelFormat::Grey) => out.copy_from_slice(a),
        (ColourModel::Grey, PixelFormat::Rgb) => (kernels.grey_rgb)(a, out),
        (ColourModel::Grey, _) => (kernels.grey_rgba)(a, out),
        (ColourModel::Ycc, PixelFormat::Rgb) => (kernels.ycc_rgb)(a, b, c, out),
        (ColourModel::Ycc, PixelFormat::Rgba) => (kernels.ycc_rgba)(a, b, c, out),
        (ColourModel::Ycc, _) => (kernels.ycc_bgra)(a, b, c, out),
        (ColourModel::Rgb, format) => {
            put(out, format, (0..a.len()).map(|x| [a[x], b[x], c[x]]));
        }
        (ColourModel::Cmyk, PixelFormat::Cmyk) => {
            let out = out.as_chunks_mut::<4>().0;
            for (x, pixel) in out.iter_mut().enumerate() {
                *pixel = [a[x], b[x], c[x], k[x]];
            }
        }
        (ColourModel::Ycck, PixelFormat::Cmyk) => {
            (kernels.ycc_rgba)(a, b, c, out);
            for (pixel, &k) in out.as_chunks_mut::<4>().0.iter_mut().zip(k) {
                let [r, g, b, _] = *pixel;
                *pixel = [255 - r, 255 - g, 255 - b, k];
            }
        }
        (ColourModel::Cmyk, format) => {
            let ink = |x| cmyk_rgb([a[x], b[x], c[x]], k[x], layout.inverted);
            put(out, format, (0..a.len()).map(ink));
        }
        (ColourModel::Ycck, format) => {
            const PIECE: usize = 64;
            let step = format.channels();
            let mut rgb = [0; PIECE * 3];
            for (start, out) in (0..a.len())
                .step_by(PIECE)
                .zip(out.chunks_mut(PIECE * step))
            {
                let end = a.len().min(start + PIECE);
                let rgb = &mut rgb[..(end - start) * 3];
                (kernels.ycc_rgb)(&a[start..end], &b[start..end], &c[start..end], rgb);
                let cmy = rgb.as_chunks::<3>().0.iter().map(|p| p.map(|v| 255 - v));
                let inks = cmy.zip(&k[start..end]);
                put(
                    out,
                    format,
                    inks.map(|(cmy, &k)| cmyk_rgb(cmy, k, layout.inverted)),
                );
            }
        }
    }
}

/// A pixel of inks, shown: the light that the colour and the black let through.
fn cmyk_rgb(cmy: [u8; 3], k: u8, inverted: bool) -> [u8; 3] {
    let light = |ink: u8| if inverted { ink } else { 255 - ink };
    cmy.map(|ink| ((u32::from(light(ink)) * u32::from(light(k)) + 127) / 255) as u8)
}

/// Writes RGB pixels in any format that can hold them.
fn put(out: &mut [u8], format: PixelFormat, pixels: impl Iterator<Item = [u8; 3]>) {
    match format {
        PixelFormat::Rgb => {
            for (out, rgb) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                *out = rgb;
            }
        }
        PixelFormat::Rgba => {
            for (out, [r, g, b]) in out.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
                *out = [r, g, b, 255];
            }
        }
        PixelFormat::Bgra => {
            for (out, [r, g, b]) in out.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
                *out = [b, g, r, 255];
            }
        }
        _ => {
            for (out, rgb) in out.iter_mut().zip(pixels) {
                *out = luminance(rgb);
            }
        }
    }
}

/// The luma of RGB (ITU-R BT.601) in 16-bit fixed point.
#[must_use]
pub fn luminance([r, g, b]: [u8; 3]) -> u8 {
    let [r, g, b] = [r, g, b].map(u32::from);
    ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16) as u8
}
