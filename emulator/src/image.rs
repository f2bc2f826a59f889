//! Program images: the binary form of a compiled program.
//!
//! Signature `ORRERY\0\0`, format version (32 bit), then the fields in the order of
//! [`Program`]; numbers are little-endian, arrays and texts have a 32-bit count before
//! them. The words of the units are stored as they are executed.

use orrery_arithmetic::{DataBlock, Object as CoreObject};
use orrery_compositor::Object as KernelObject;
use orrery_parsing::{Parameter, ParsingImage};
use orrery_shared::source::{Place, SourceMap};

use crate::bytes::{ImageError, Reader, Writer};
use crate::program::Program;

/// First bytes of an image.
pub const SIGNATURE: &[u8; 8] = b"ORRERY\0\0";
/// Version of the layout.
pub const VERSION: u32 = 2;

impl Program {
    /// The binary form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.bytes.extend(SIGNATURE);
        w.u32(VERSION);
        w.text(&self.name);
        write_parsing(&mut w, &self.parsing);
        write_core(&mut w, &self.core);
        write_kernel(&mut w, &self.kernel);
        w.bytes
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// What is wrong with the bytes, and in which part. Undefined words are no error here: they
    /// trap when they are executed.
    pub fn decode(bytes: &[u8]) -> Result<Program, ImageError> {
        let mut r = Reader::new(bytes);
        if r.take(SIGNATURE.len()).map_err(|_| ImageError::Signature)? != SIGNATURE {
            return Err(ImageError::Signature);
        }
        let found = r.u32()?;
        if found != VERSION {
            return Err(ImageError::Version {
                found,
                expected: VERSION,
            });
        }
        let name = r.text()?;
        r.part("the grammar");
        let parsing = read_parsing(&mut r)?;
        r.part("the core's program");
        let core = read_core(&mut r)?;
        r.part("the compositor's program");
        let kernel = read_kernel(&mut r)?;
        r.end()?;
        Ok(Program {
            name,
            parsing,
            core,
            kernel,
        })
    }
}

fn write_map(w: &mut Writer, map: &SourceMap) {
    w.each(&map.files, |w, f| w.text(f));
    w.each(&map.places, |w, p| {
        w.u16(p.file);
        w.u32(p.line);
        w.u16(p.column);
    });
}

fn read_map(r: &mut Reader<'_>) -> Result<SourceMap, ImageError> {
    Ok(SourceMap {
        files: r.each(Reader::text)?,
        places: r.each(|r| {
            Ok(Place {
                file: r.u16()?,
                line: r.u32()?,
                column: r.u16()?,
            })
        })?,
    })
}

fn write_symbols(w: &mut Writer, symbols: &[(String, u16)]) {
    w.each(symbols, |w, (name, value)| {
        w.text(name);
        w.u16(*value);
    });
}

fn read_symbols(r: &mut Reader<'_>) -> Result<Vec<(String, u16)>, ImageError> {
    r.each(|r| Ok((r.text()?, r.u16()?)))
}

fn write_parsing(w: &mut Writer, image: &ParsingImage) {
    w.each(&image.rows, |w, row| {
        row.iter().for_each(|&word| w.u32(word))
    });
    w.each(&image.states, |w, &state| w.u64(state));
    w.each(&image.constants, |w, &k| w.u32(k));
    w.each(&image.staging, |w, &b| w.u8(b));
    w.each(&image.texts, |w, t| w.text(t));
    w.u16(image.entry);
    write_symbols(w, &image.rules);
    w.each(&image.captures, |w, (name, r)| {
        w.text(name);
        w.u8(*r);
    });
    w.each(&image.parameters, |w, p| {
        w.text(&p.name);
        w.u8(p.register);
        w.u32(p.default);
    });
    write_symbols(w, &image.streams);
    write_map(w, &image.map);
}

fn read_parsing(r: &mut Reader<'_>) -> Result<ParsingImage, ImageError> {
    Ok(ParsingImage {
        rows: r.each(|r| {
            let mut row = [0; 8];
            for word in &mut row {
                *word = r.u32()?;
            }
            Ok(row)
        })?,
        states: r.each(Reader::u64)?,
        constants: r.each(Reader::u32)?,
        staging: r.each(Reader::u8)?,
        texts: r.each(Reader::text)?,
        entry: r.u16()?,
        rules: read_symbols(r)?,
        captures: r.each(|r| Ok((r.text()?, r.u8()?)))?,
        parameters: r.each(|r| {
            Ok(Parameter {
                name: r.text()?,
                register: r.u8()?,
                default: r.u32()?,
            })
        })?,
        streams: read_symbols(r)?,
        map: read_map(r)?,
    })
}

fn write_core(w: &mut Writer, object: &CoreObject) {
    w.each(&object.words, |w, &v| w.u16(v));
    w.each(&object.data, |w, block| {
        w.u16(block.bank);
        w.u16(block.address);
        w.each(&block.words, |w, &v| w.u16(v));
    });
    write_symbols(w, &object.labels);
    write_map(w, &object.map);
}

fn read_core(r: &mut Reader<'_>) -> Result<CoreObject, ImageError> {
    Ok(CoreObject {
        words: r.each(Reader::u16)?,
        data: r.each(|r| {
            Ok(DataBlock {
                bank: r.u16()?,
                address: r.u16()?,
                words: r.each(Reader::u16)?,
            })
        })?,
        labels: read_symbols(r)?,
        map: read_map(r)?,
        warnings: Vec::new(),
    })
}

fn write_kernel(w: &mut Writer, object: &KernelObject) {
    w.each(&object.words, |w, &v| w.u64(v));
    w.each(&object.constants, |w, &v| w.u32(v as u32));
    write_symbols(w, &object.entries);
    write_map(w, &object.map);
}

fn read_kernel(r: &mut Reader<'_>) -> Result<KernelObject, ImageError> {
    Ok(KernelObject {
        words: r.each(Reader::u64)?,
        constants: r.each(|r| Ok(r.u32()? as i32))?,
        entries: read_symbols(r)?,
        map: read_map(r)?,
    })
}
