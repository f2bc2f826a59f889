//! Marker segments (T.81, annex B).

use super::huffman::Tables;
use super::types::{
    ColourModel, Component, Frame, MAX_COMPONENTS, QuantTable, Scan, ScanComponent,
};
use crate::error::{CodecError, Fault, UnsupportedFeature};
use crate::exif;
use crate::orient::Orientation;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// Everything the segments before and between the scans have said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers {
    pub frame: Option<Frame>,
    pub quant: [Option<QuantTable>; 4],
    /// MCUs between restart markers; 0 for none.
    pub restart_interval: usize,
    jfif: bool,
    /// The transform byte of Adobe's segment.
    pub adobe: Option<u8>,
    orientation: Orientation,
}

/// What stands behind the segments that were read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    /// A scan; its entropy-coded data start at the parser's position.
    Scan(Scan),
    /// The end-of-image marker.
    End,
}

impl Headers {
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// What the components mean: JFIF's and Adobe's segments decide, then the
    /// components' identifiers.
    pub fn colour_model(&self, frame: &Frame) -> ColourModel {
        let ids = frame.all.map(|c| c.id);
        match (frame.count, self.adobe) {
            (1, _) => ColourModel::Grey,
            (3, _) if self.jfif => ColourModel::Ycc,
            (3, Some(0)) => ColourModel::Rgb,
            (3, None) if ids[..3] == *b"RGB" => ColourModel::Rgb,
            (3, _) => ColourModel::Ycc,
            (_, None | Some(0)) => ColourModel::Cmyk,
            _ => ColourModel::Ycck,
        }
    }
}

/// A position in a file.
pub(crate) struct Parser<'a> {
    pub data: &'a [u8],
    pub at: usize,
}

impl<'a> Parser<'a> {
    /// Past the start-of-image marker.
    pub fn new(data: &'a [u8]) -> Result<Self, Fault> {
        match data {
            [0xFF, SOI, ..] => Ok(Self { data, at: 2 }),
            _ => Err(Fault::Missing("start-of-image marker")),
        }
    }

    /// The next marker's code; fill bytes and whatever else lies between
    /// segments is skipped.
    fn marker(&mut self) -> Result<u8, Fault> {
        let at = next_marker(self.data, self.at).ok_or(Fault::Truncated)?;
        self.at = at + 1;
        Ok(self.data[at])
    }

    /// The body of the segment at the position, which moves behind it.
    fn segment(&mut self, name: &'static str) -> Result<&'a [u8], Fault> {
        let rest = &self.data[self.at..];
        let [high, low, ..] = *rest else {
            return Err(Fault::Truncated);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < 2 {
            return Err(Fault::Segment(name));
        }
        let body = rest.get(2..length).ok_or(Fault::Truncated)?;
        self.at += length;
        Ok(body)
    }

    /// Moves behind a segment nobody reads. One shorter than its own length
    /// field is passed over with that field, as libjpeg does.
    fn skip(&mut self) -> Result<(), Fault> {
        let rest = &self.data[self.at..];
        let [high, low, ..] = *rest else {
            return Err(Fault::Truncated);
        };
        let length = usize::from(u16::from_be_bytes([high, low])).max(2);
        if length > rest.len() {
            return Err(Fault::Truncated);
        }
        self.at += length;
        Ok(())
    }

    /// Reads segments up to the next scan or the end of the picture.
    pub fn advance(
        &mut self,
        headers: &mut Headers,
        tables: &mut Tables,
    ) -> Result<Next, CodecError> {
        loop {
            match self.marker()? {
                code @ 0xC0..=0xC2 => {
                    let body = self.segment("SOF")?;
                    if headers.frame.is_some() {
                        return Err(Fault::OutOfPlace("second frame header").into());
                    }
                    headers.frame = Some(frame(body, code == 0xC2)?);
                }
                0xC3 | 0xCB => return Err(UnsupportedFeature::Lossless.into()),
                0xC9 | 0xCA => return Err(UnsupportedFeature::ArithmeticCoding.into()),
                0xC5..=0xC7 | 0xCD..=0xCF | 0xDE | 0xDF => {
                    return Err(UnsupportedFeature::Hierarchical.into());
                }
                0xC8 => return Err(UnsupportedFeature::Extension.into()),
                0xF7 => return Err(UnsupportedFeature::JpegLs.into()),
                0xC4 => tables.define(self.segment("DHT")?)?,
                0xDB => quant_tables(self.segment("DQT")?, &mut headers.quant)?,
                0xDD => match *self.segment("DRI")? {
                    [high, low] => {
                        headers.restart_interval = usize::from(u16::from_be_bytes([high, low]));
                    }
                    _ => return Err(Fault::Segment("DRI").into()),
                },
                0xE0 => {
                    let body = self.segment("APP0")?;
                    headers.jfif |= body.len() >= 14 && body.starts_with(b"JFIF\0");
                }
                0xE1 => {
                    let body = self.segment("APP1")?;
                    // Of several the first that turns the picture, before the frame header.
                    if let Some(tiff) = body.strip_prefix(b"Exif\0\0")
                        && headers.frame.is_none()
                        && headers.orientation == Orientation::Normal
                    {
                        headers.orientation = exif::orientation(tiff).unwrap_or_default();
                    }
                }
                0xEE => {
                    let body = self.segment("APP14")?;
                    if body.len() >= 12 && body.starts_with(b"Adobe") {
                        headers.adobe = Some(body[11]);
                    }
                }
                SOS => {
                    let body = self.segment("SOS")?;
                    let Some(frame) = &headers.frame else {
                        return Err(Fault::OutOfPlace("scan before the frame header").into());
                    };
                    return Ok(Next::Scan(scan(body, frame)?));
                }
                EOI => return Ok(Next::End),
                SOI => return Err(Fault::OutOfPlace("start-of-image marker").into()),
                // Markers that stand alone: TEM and restarts (T.81, table B.1).
                0x01 | 0xD0..=0xD7 => {}
                // Application data, comments, and what is reserved.
                _ => self.skip()?,
            }
        }
    }

    /// The number of lines from the DNL segment behind the scan whose data
    /// start at the position (T.81, B.2.5), which does not move.
    pub fn lines_behind_scan(&self) -> Result<usize, Fault> {
        let mut at = self.at;
        loop {
            at = next_marker(self.data, at).ok_or(Fault::Truncated)? + 1;
            match self.data[at - 1] {
                0xD0..=0xD7 => {}
                0xDC => break,
                _ => return Err(Fault::Missing("number of lines")),
            }
        }
        let mut behind = Parser {
            data: self.data,
            at,
        };
        match *behind.segment("DNL")? {
            [high, low] if (high, low) != (0, 0) => {
                Ok(usize::from(u16::from_be_bytes([high, low])))
            }
            _ => Err(Fault::Segment("DNL")),
        }
    }
}

/// The position of the next marker's code at or behind `at`: a byte that is
/// neither 0 nor FF and that FF stands before.
pub(crate) fn next_marker(data: &[u8], at: usize) -> Option<usize> {
    let mut at = at + data.get(at..)?.iter().position(|&b| b == 0xFF)?;
    loop {
        match *data.get(at + 1)? {
            0xFF => at += 1,
            0 => at += 2 + data[at + 2..].iter().position(|&b| b == 0xFF)?,
            _ => return Some(at + 1),
        }
    }
}

fn frame(body: &[u8], progressive: bool) -> Result<Frame, CodecError> {
    let bad = Fault::Segment("SOF");
    let [precision, h1, h0, w1, w0, count, ref rest @ ..] = *body else {
        return Err(bad.into());
    };
    if rest.len() != usize::from(count) * 3 {
        return Err(bad.into());
    }
    if precision != 8 {
        return Err(UnsupportedFeature::Precision(precision).into());
    }
    if !matches!(count, 1 | 3 | 4) {
        return Err(match count {
            0 => bad.into(),
            _ => UnsupportedFeature::Components(count).into(),
        });
    }
    let mut frame = Frame {
        height: usize::from(u16::from_be_bytes([h1, h0])),
        width: usize::from(u16::from_be_bytes([w1, w0])),
        progressive,
        count: usize::from(count),
        ..Frame::default()
    };
    if frame.width == 0 {
        return Err(bad.into());
    }
    for (c, spec) in frame.all.iter_mut().zip(rest.as_chunks::<3>().0) {
        let [id, factors, tq] = *spec;
        let (h, v) = (usize::from(factors >> 4), usize::from(factors & 15));
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) || tq > 3 {
            return Err(bad.into());
        }
        *c = Component {
            id,
            h,
            v,
            tq: usize::from(tq),
            ..Component::default()
        };
    }
    Ok(frame)
}

fn quant_tables(mut body: &[u8], quant: &mut [Option<QuantTable>; 4]) -> Result<(), Fault> {
    let bad = Fault::Segment("DQT");
    while let [head, ref rest @ ..] = *body {
        let wide = head >> 4 != 0;
        let length = if wide { 128 } else { 64 };
        let (values, rest) = rest.split_at_checked(length).ok_or(bad)?;
        let table = quant
            .get_mut(usize::from(head & 15))
            .ok_or(bad)?
            .insert([0; 64]);
        for (k, q) in table.iter_mut().enumerate() {
            *q = if wide {
                u16::from_be_bytes([values[2 * k], values[2 * k + 1]])
            } else {
                u16::from(values[k])
            };
        }
        body = rest;
    }
    Ok(())
}

fn scan(body: &[u8], frame: &Frame) -> Result<Scan, CodecError> {
    let bad = || CodecError::from(Fault::Segment("SOS"));
    let [count, ref rest @ ..] = *body else {
        return Err(bad());
    };
    let count = usize::from(count);
    if count == 0 || count > MAX_COMPONENTS || rest.len() != count * 2 + 3 {
        return Err(bad());
    }
    let mut scan = Scan {
        count,
        ..Scan::default()
    };
    let mut taken = [false; MAX_COMPONENTS];
    for (c, spec) in scan
        .all
        .iter_mut()
        .zip(rest[..count * 2].as_chunks::<2>().0)
    {
        let [id, tables] = *spec;
        let index = (0..frame.count)
            .find(|&i| frame.all[i].id == id && !taken[i])
            .ok_or_else(bad)?;
        taken[index] = true;
        let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
        if dc > 3 || ac > 3 {
            return Err(bad());
        }
        *c = ScanComponent { index, dc, ac };
    }
    let [first, last, bits] = rest[count * 2..] else {
        return Err(bad());
    };
    (scan.first, scan.last) = (usize::from(first), usize::from(last));
    (scan.high, scan.low) = (bits >> 4, bits & 15);
    if frame.progressive {
        // T.81, G.1.1.1.1: a scan has DC or AC coefficients, and AC only of one component.
        let band = if scan.first == 0 {
            scan.last == 0
        } else {
            scan.first <= scan.last && scan.last < 64 && count == 1
        };
        let bits = scan.low <= 13 && (scan.high == 0 || scan.high == scan.low + 1);
        if !band || !bits {
            return Err(bad());
        }
    } else {
        // Sequential scans have them all; what these fields say is not looked at.
        (scan.first, scan.last, scan.high, scan.low) = (0, 63, 0, 0);
    }
    if count > 1 {
        // T.81, B.2.3: at most 10 blocks in an MCU.
        let blocks = |c: &ScanComponent| frame.all[c.index].h * frame.all[c.index].v;
        if scan.components().iter().map(blocks).sum::<usize>() > 10 {
            return Err(bad());
        }
    }
    Ok(scan)
}
