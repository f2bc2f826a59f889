//! The JPEG decoder: ITU-T T.81, Huffman coded, 8 bits a sample.

mod bitstream;
mod huffman;
mod markers;
mod mcu;
mod output;
mod progressive;
mod scan;
mod types;
mod upsample;
mod usual;

pub use output::luminance;

use crate::error::{CodecError, Fault, UnsupportedFeature};
use crate::kernels::Kernels;
use crate::options::{DecodeOptions, ImageFormat, ImageInfo};
use crate::orient::{Orientation, turn_bytes};
use crate::pixel::{Dtype, ImagePixel, PixelFormat};
use crate::tensor::TensorMut;
use huffman::Tables;
use markers::{Headers, Next, Parser};
use output::{Layout, PackedSink, Planes, Sink, TensorSink, Waiting};
use progressive::Coefficients;
use types::{ColourModel, Frame, MAX_COMPONENTS, QuantTable, Scan};
use upsample::Upsampling;

/// Bytes of floats from which on they are written past the caches.
const STREAM: usize = 1 << 20;

/// All memory a decoder needs; it grows to what the largest picture took.
#[derive(Debug)]
pub(crate) struct JpegDecoderState {
    tables: Tables,
    coefficients: Coefficients,
    planes: Planes,
    /// A row of bytes on its way to another element type.
    line: Vec<u8>,
    /// A whole picture that is turned afterwards.
    packed: Vec<u8>,
}

/// Everything before the first scan's data.
struct Opened<'a> {
    parser: Parser<'a>,
    headers: Headers,
    frame: Frame,
    scan: Scan,
    info: ImageInfo,
}

impl JpegDecoderState {
    pub fn new() -> Self {
        Self {
            tables: Tables::new(),
            coefficients: Coefficients::new(),
            planes: Planes::default(),
            line: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// Reads the segments up to the first scan.
    fn open<'a>(
        &mut self,
        data: &'a [u8],
        options: &DecodeOptions,
    ) -> Result<Opened<'a>, CodecError> {
        self.tables.reset();
        let mut parser = Parser::new(data)?;
        let mut headers = Headers::default();
        let Next::Scan(scan) = parser.advance(&mut headers, &mut self.tables)? else {
            return Err(Fault::Missing("scan").into());
        };
        let Some(mut frame) = headers.frame else {
            return Err(Fault::Missing("frame header").into());
        };
        if frame.height == 0 {
            frame.height = parser.lines_behind_scan()?;
        }
        if frame.count == 1 {
            // The one component's blocks stand in plain order, whatever its factors (A.2.2).
            (frame.all[0].h, frame.all[0].v) = (1, 1);
        }
        frame.lay_out(options.scale);
        let info = ImageInfo {
            format: ImageFormat::Jpeg,
            width: options.scale.apply(frame.width),
            height: options.scale.apply(frame.height),
            components: frame.count as u8,
            bit_depth: 8,
            progressive: frame.progressive,
            orientation: headers.orientation(),
        };
        Ok(Opened {
            parser,
            headers,
            frame,
            scan,
            info,
        })
    }

    /// What the headers say; `width` and `height` as they would be decoded.
    pub fn info(&mut self, data: &[u8], options: &DecodeOptions) -> Result<ImageInfo, CodecError> {
        Ok(self.open(data, options)?.info.turned(options.exif))
    }

    /// Decodes a file into the tensor's upper left corner.
    pub fn decode<T: ImagePixel>(
        &mut self,
        kernels: &Kernels,
        data: &[u8],
        options: &DecodeOptions,
        tensor: &mut TensorMut<'_, T>,
    ) -> Result<ImageInfo, CodecError> {
        let mut opened = self.open(data, options)?;
        let stored = opened.info;
        let turn = options.exif && stored.orientation != Orientation::Normal;
        let info = stored.turned(options.exif);
        let layout = layout(&opened, options, tensor)?;
        if turn && layout.format == PixelFormat::Nv12 {
            return Err(UnsupportedFeature::OrientedNv12.into());
        }
        tensor.check(info.width, info.height)?;
        self.planes.reset(&opened.frame, &layout);

        let mut rows = 0;
        let outcome = if turn {
            let mut packed = std::mem::take(&mut self.packed);
            let channels = layout.format.channels();
            let length = stored.width * stored.height * channels;
            if packed.len() < length {
                packed.resize(length, 0);
            }
            let pixels = &mut packed[..length];
            let mut sink = PackedSink { pixels, end: 0 };
            let outcome = self.run(kernels, &mut opened, &layout, &mut sink, &mut rows);
            // Behind the damage of a broken file there is still another picture.
            let end = sink.end;
            pixels[end..].fill(0);
            let size = (stored.width, stored.height);
            turn_bytes(
                pixels,
                size,
                channels,
                stored.orientation,
                &mut |y, x, bytes| {
                    let row = tensor.row(y, info.width * channels);
                    let piece = &mut row[x * channels..][..bytes.len()];
                    T::store(kernels, bytes, piece, false);
                },
            );
            self.packed = packed;
            outcome
        } else {
            let mut line = std::mem::take(&mut self.line);
            let mut sink = TensorSink {
                tensor,
                kernels,
                line: &mut line,
                share: share::<T>(&opened.frame, &layout),
                waiting: Waiting::default(),
            };
            let outcome = self.run(kernels, &mut opened, &layout, &mut sink, &mut rows);
            drop(sink);
            self.line = line;
            outcome
        };
        match outcome {
            Ok(()) => Ok(info),
            Err(CodecError::InvalidData(fault)) => Err(CodecError::Damaged {
                info,
                rows: options.scale.block() * rows / 8,
                fault,
            }),
            Err(other) => Err(other),
        }
    }

    /// Decodes all scans. `rows` is set to the rows that are good, at full scale.
    fn run(
        &mut self,
        kernels: &Kernels,
        opened: &mut Opened,
        layout: &Layout,
        sink: &mut impl Sink,
        rows: &mut usize,
    ) -> Result<(), CodecError> {
        let frame = &opened.frame;
        if !frame.progressive {
            self.tables.assume_usual();
        }
        let mut quant = Quantisers {
            tables: [[0; 64]; MAX_COMPONENTS],
            taken: [false; MAX_COMPONENTS],
        };
        if !frame.progressive && opened.scan.count == frame.count {
            quant.latch(&opened.headers, frame, &opened.scan)?;
            mcu::decode_single_scan(
                kernels,
                frame,
                layout,
                &opened.scan,
                &quant.tables,
                &mut self.tables,
                &mut self.planes,
                opened.headers.restart_interval,
                (opened.parser.data, opened.parser.at),
                sink,
                rows,
            )?;
            return Ok(());
        }
        self.coefficients.reset(frame);
        let outcome = self.gather(opened, &mut quant);
        *rows = layout.rows_of(&opened.frame, |i| self.coefficients.final_rows(i));
        mcu::render(
            kernels,
            &opened.frame,
            layout,
            &self.coefficients,
            &quant.tables,
            &mut self.planes,
            sink,
        );
        outcome
    }

    /// Decodes the scans of a picture that has several, until nothing is missing.
    fn gather(&mut self, opened: &mut Opened, quant: &mut Quantisers) -> Result<(), CodecError> {
        let Opened {
            parser,
            headers,
            frame,
            scan,
            ..
        } = opened;
        loop {
            quant.latch(headers, frame, scan)?;
            parser.at = self.coefficients.decode_scan(
                frame,
                scan,
                &mut self.tables,
                headers.restart_interval,
                parser.data,
                parser.at,
            )?;
            if self.coefficients.is_complete(frame) {
                return Ok(());
            }
            match parser.advance(headers, &mut self.tables)? {
                Next::Scan(next) => *scan = next,
                Next::End => return Ok(()),
            }
        }
    }
}

/// The quantisation tables that count for each component: those defined when
/// its first scan starts (T.81, B.2.4.1).
struct Quantisers {
    tables: [QuantTable; MAX_COMPONENTS],
    taken: [bool; MAX_COMPONENTS],
}

impl Quantisers {
    fn latch(&mut self, headers: &Headers, frame: &Frame, scan: &Scan) -> Result<(), Fault> {
        for c in scan.components() {
            if !std::mem::replace(&mut self.taken[c.index], true) {
                self.tables[c.index] = headers.quant[frame.all[c.index].tq]
                    .ok_or(Fault::Missing("quantisation table"))?;
            }
        }
        Ok(())
    }
}

/// Elements of a large picture of floats that each block adds; 0 for others.
fn share<T: ImagePixel>(frame: &Frame, layout: &Layout) -> usize {
    let row = layout.format.row_elements(layout.width);
    if T::DTYPE != Dtype::F32 || row * layout.height * size_of::<T>() < STREAM {
        return 0;
    }
    let needed = frame.components().iter().enumerate();
    let blocks: usize = needed
        .filter(|&(i, _)| layout.needs(i))
        .map(|(_, c)| c.blocks_wide * c.blocks_high)
        .sum();
    (row * layout.height).div_ceil(blocks).next_multiple_of(16)
}

/// How the picture becomes what the tensor holds, if it can.
fn layout<T: ImagePixel>(
    opened: &Opened,
    options: &DecodeOptions,
    tensor: &TensorMut<'_, T>,
) -> Result<Layout, CodecError> {
    let Opened {
        headers,
        frame,
        info,
        ..
    } = opened;
    let format = tensor.format();
    let model = headers.colour_model(frame);
    let planar = matches!(format, PixelFormat::Nv12 | PixelFormat::Cmyk);
    if planar && T::DTYPE != Dtype::U8 {
        return Err(CodecError::UnsupportedDtype {
            dtype: T::DTYPE,
            format,
        });
    }
    let mut layout = Layout {
        format,
        model,
        inverted: headers.adobe.is_some(),
        width: info.width,
        height: info.height,
        upsampling: [Upsampling::None; MAX_COMPONENTS],
        chroma_row: tensor.height(),
    };
    for (i, c) in frame.components().iter().enumerate() {
        if layout.needs(i) {
            layout.upsampling[i] = Upsampling::choose(frame, c, options.scale)?;
        }
    }
    let possible = match format {
        PixelFormat::Cmyk => matches!(model, ColourModel::Cmyk | ColourModel::Ycck),
        PixelFormat::Nv12 => {
            let [luma, cb, cr, _] = &frame.all;
            let halved = |c: &types::Component| {
                c.width == info.width.div_ceil(2) && c.height == info.height.div_ceil(2)
            };
            model == ColourModel::Grey
                || model == ColourModel::Ycc
                    && layout.upsampling[0] == Upsampling::None
                    && luma.width == info.width
                    && halved(cb)
                    && halved(cr)
        }
        _ => true,
    };
    if !possible {
        return Err(UnsupportedFeature::Output(format).into());
    }
    Ok(layout)
}
