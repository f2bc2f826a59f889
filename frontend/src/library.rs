//! Where programs come from: the shipped ones are part of the binary, others are directories.

use std::path::Path;

use orrery_emulator::{Program, Sources};

/// One file of a shipped program.
type File = (&'static str, &'static str);

macro_rules! shipped {
    ($($name:literal { $($file:literal),+ $(,)? } $about:literal;)+) => {
        /// The shipped programs.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            about: $about,
            files: &[$(($file, include_str!(concat!("../../programs/", $name, "/", $file)))),+],
        }),+];
    };
}

/// A shipped program.
#[derive(Debug)]
pub struct Shipped {
    /// Name for `--program`.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// Its source files.
    pub files: &'static [File],
}

impl Shipped {
    /// Its sources by file name.
    pub fn sources(&self) -> Sources {
        self.files
            .iter()
            .map(|&(file, text)| (file.to_owned(), text.to_owned()))
            .collect()
    }
}

shipped! {
    "qoi" { "qoi.syn", "qoi.alu" } "QOI pictures, all of the format";
    "png" { "png.syn", "unfilter.gfx", "convert.gfx" } "PNG pictures, all colour types, depths, interlacing";
    "jpeg" { "jpeg.syn", "transform.gfx", "reduced.gfx", "colour.gfx" } "JPEG pictures, baseline and progressive, 8 bits";
}

/// The program that chooses among the shipped ones by the first bytes of the input.
pub const SNIFF: Shipped = Shipped {
    name: "sniff",
    about: "chooses a program by the first bytes",
    files: &[("sniff.syn", include_str!("../../programs/sniff/sniff.syn"))],
};

/// A program's name and sources.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name.
    pub name: String,
    /// Source texts by file name; none of an image.
    pub sources: Sources,
    /// An image, which needs no compiler.
    pub image: Option<Program>,
}

/// The largest source file that is read.
const MAX_SOURCE: u64 = 4 << 20;
/// The largest image that is read.
const MAX_IMAGE: u64 = 64 << 20;

/// Finds a shipped program by name, or reads a directory or an image.
///
/// # Errors
/// A sentence.
pub fn find(name: &str) -> Result<Found, String> {
    if let Some(program) = SHIPPED.iter().find(|p| p.name == name) {
        return Ok(Found {
            name: name.to_owned(),
            sources: program.sources(),
            image: None,
        });
    }
    let path = Path::new(name);
    if path.is_dir() {
        return read(path);
    }
    if path.is_file() {
        if path.extension().is_some_and(|e| e == "syn") {
            return Err(format!(
                "{name}: a program is a directory; name the one that the grammar is in"
            ));
        }
        return image(path);
    }
    let names: Vec<&str> = SHIPPED.iter().map(|p| p.name).collect();
    Err(format!(
        "there is neither a shipped program nor a directory nor an image `{name}`; shipped are: {}",
        names.join(", ")
    ))
}

/// Reads the sources of a program directory: its `.syn`, `.alu` and `.gfx` files.
///
/// # Errors
/// A sentence with the path.
pub fn read(dir: &Path) -> Result<Found, String> {
    let fail = |path: &Path, e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let mut sources = Sources::new();
    for entry in std::fs::read_dir(dir).map_err(|e| fail(dir, &e))? {
        let path = entry.map_err(|e| fail(dir, &e))?.path();
        let known = path
            .extension()
            .is_some_and(|e| e == "syn" || e == "alu" || e == "gfx");
        let Some(file) = path.file_name().and_then(|f| f.to_str()).filter(|_| known) else {
            continue;
        };
        if std::fs::metadata(&path).map_err(|e| fail(&path, &e))?.len() > MAX_SOURCE {
            return Err(fail(&path, &"larger than 4 MiB, which no source text is"));
        }
        let text = std::fs::read_to_string(&path).map_err(|e| fail(&path, &e))?;
        sources.insert(file.to_owned(), text);
    }
    let canonical = dir.canonicalize().map_err(|e| fail(dir, &e))?;
    let name = canonical
        .file_name()
        .map_or_else(|| "program".into(), |n| n.to_string_lossy().into_owned());
    Ok(Found {
        name,
        sources,
        image: None,
    })
}

/// Reads an image, as `orrery asm` writes it.
///
/// # Errors
/// A sentence with the path.
pub fn image(path: &Path) -> Result<Found, String> {
    let fail = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    if std::fs::metadata(path).map_err(|e| fail(&e))?.len() > MAX_IMAGE {
        return Err(fail(&"larger than 64 MiB, which no image is"));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(&e))?;
    let program = Program::decode(&bytes).map_err(|e| fail(&e))?;
    Ok(Found {
        name: program.name.clone(),
        sources: Sources::new(),
        image: Some(program),
    })
}
