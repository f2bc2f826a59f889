//! Programs: source texts in, encoded image out.

use std::collections::{BTreeMap, HashMap};

use orrery_arithmetic as arithmetic;
use orrery_compositor as compositor;
use orrery_parsing::ParsingImage;
use orrery_parsing::language;
use orrery_shared::source::{Diagnostic, Severity};

use crate::inline;

/// The source texts of one program directory, by file name.
pub type Sources = BTreeMap<String, String>;

/// A compiled program: the encoded words of every unit, symbols and source maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The directory's name.
    pub name: String,
    /// Parsing Unit.
    pub parsing: ParsingImage,
    /// Arithmetic Core.
    pub core: arithmetic::Object,
    /// Compositor.
    pub kernel: compositor::Object,
}

/// A program with what the compilers had to say about it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program.
    pub program: Program,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// The rows that each line of the grammar became.
    pub listing: Vec<language::ListingLine>,
}

impl Program {
    /// Compiles the grammar of a directory and everything it links.
    ///
    /// The grammar is `NAME.syn`, else `main.syn`, else the only `.syn` file.
    ///
    /// # Errors
    /// Every diagnostic of the first compiler stage that fails.
    pub fn compile(name: &str, sources: &Sources) -> Result<Compiled, Vec<Diagnostic>> {
        let sources: &Sources = &without_marks(sources);
        let (file, whole) = grammar_of(name, sources)?;
        let parts = inline::split(whole);
        if let Some(span) = parts.unclosed {
            return Err(vec![Diagnostic {
                severity: Severity::Error,
                code: "P003",
                file: file.to_owned(),
                span,
                message: "this block is never closed".to_owned(),
                hint: Some(
                    "a line that is `}` alone, without spaces before it, ends it".to_owned(),
                ),
            }]);
        }
        let text = parts.grammar.as_str();
        let own = |part: &'_ Option<String>| part.clone().map(|t| (file.to_owned(), t));
        let mut core_files: Vec<(String, String)> = own(&parts.core).into_iter().collect();
        let mut kernel_files: Vec<(String, String)> = own(&parts.kernel).into_iter().collect();
        let mut problems = Vec::new();
        let links = language::links(text).map_err(|mut messages| {
            messages.iter_mut().for_each(|d| d.file = file.to_owned());
            messages
        })?;
        for (link, span) in links {
            let kind = link.rsplit('.').next().unwrap_or("");
            match (sources.get_key_value(&link), kind) {
                (Some((f, t)), "alu") => core_files.push((f.clone(), t.clone())),
                (Some((f, t)), "gfx") => kernel_files.push((f.clone(), t.clone())),
                (Some(_), _) => problems.push(missing(
                    file,
                    span,
                    format!("`{link}` is neither .alu nor .gfx"),
                )),
                (None, _) => problems.push(missing(
                    file,
                    span,
                    format!("there is no file `{link}` in this directory"),
                )),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let core = assemble_core(&core_files)?;
        let kernel = assemble_kernel(&kernel_files)?;
        let env = language::Environment {
            labels: core.labels.iter().cloned().collect(),
            constants: constants(&kernel),
        };
        let compiled = language::compile(file, text, &env)?;
        let mut warnings = compiled.warnings;
        warnings.extend(core.warnings.iter().cloned());
        let program = Program {
            name: name.to_owned(),
            parsing: compiled.image,
            core,
            kernel,
        };
        Ok(Compiled {
            program,
            warnings,
            listing: compiled.listing,
        })
    }
}

impl Program {
    /// The encoded words as text, unit by unit.
    #[must_use]
    pub fn listing(&self) -> String {
        let mut text = format!(
            "# Parsing Unit, {} rows, {} states\n",
            self.parsing.rows.len(),
            self.parsing.states.len()
        );
        text.push_str(&orrery_parsing::listing::listing(&self.parsing));
        text.push_str(&format!(
            "\n# Arithmetic Core, {} words\n",
            self.core.words.len()
        ));
        text.push_str(&arithmetic::disassembly_text(&self.core.words));
        text.push_str(&format!(
            "\n# Compositor, {} words\n",
            self.kernel.words.len()
        ));
        text.push_str(&compositor::asm::disassemble(&self.kernel.words));
        text
    }
}

/// The texts without the byte order marks that some editors put before them; places stay.
fn without_marks(sources: &Sources) -> Sources {
    let plain = |text: &String| match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}"),
        None => text.clone(),
    };
    sources.iter().map(|(f, t)| (f.clone(), plain(t))).collect()
}

fn grammar_of<'s>(name: &str, sources: &'s Sources) -> Result<(&'s str, &'s str), Vec<Diagnostic>> {
    let named = [format!("{name}.syn"), "main.syn".to_owned()];
    let mut grammars = sources.iter().filter(|(file, _)| file.ends_with(".syn"));
    let found = named
        .iter()
        .find_map(|n| sources.get_key_value(n))
        .or_else(|| match (grammars.next(), grammars.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        });
    found.map(|(f, t)| (f.as_str(), t.as_str())).ok_or_else(|| {
        vec![Diagnostic {
            severity: Severity::Error,
            code: "P001",
            // There is no text to point at.
            file: String::new(),
            span: 0..0,
            message: format!(
                "no grammar found: the directory needs `{}`, `main.syn`, or just one .syn file",
                named[0]
            ),
            hint: Some("`orrery new DIR` makes a directory with one to begin with".to_owned()),
        }]
    })
}

fn missing(file: &str, span: std::ops::Range<usize>, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "P001",
        file: file.to_owned(),
        span,
        message,
        hint: Some("links are names of `.alu` and `.gfx` files beside the grammar".to_owned()),
    }
}

fn assemble_core(files: &[(String, String)]) -> Result<arithmetic::Object, Vec<Diagnostic>> {
    let sources: Vec<arithmetic::Source<'_>> = files
        .iter()
        .map(|(file, text)| arithmetic::Source { file, text })
        .collect();
    arithmetic::assemble_all(&sources)
}

/// All kernel programs in one object; entries are named `module.entry`.
fn assemble_kernel(files: &[(String, String)]) -> Result<compositor::Object, Vec<Diagnostic>> {
    let objects: Vec<compositor::Object> = files
        .iter()
        .map(|(file, text)| compositor::assemble(file, text))
        .collect::<Result<_, _>>()?;
    let linked = compositor::link(&objects).map_err(|message| {
        vec![missing(
            files.first().map_or("", |(f, _)| f.as_str()),
            0..0,
            message,
        )]
    })?;
    let mut entries = Vec::new();
    for ((file, _), of_file) in files.iter().zip(linked.entries) {
        let module = file
            .rsplit_once('.')
            .map_or(file.as_str(), |(stem, _)| stem);
        entries.extend(
            of_file
                .into_iter()
                .map(|(name, at)| (format!("{module}.{name}"), at)),
        );
    }
    Ok(compositor::Object {
        words: linked.image.words,
        constants: linked.image.bank,
        entries,
        map: linked.map,
    })
}

/// What grammars may name beside their own constants: the words of lists, and
/// the entries of linked kernel programs as `module.entry`.
fn constants(kernel: &compositor::Object) -> HashMap<String, u32> {
    let words = compositor::list::NAMES
        .iter()
        .map(|&(name, value)| (format!("list.{name}"), value));
    let entries = kernel
        .entries
        .iter()
        .map(|(name, at)| (name.clone(), u32::from(*at)));
    words.chain(entries).collect()
}

/// Says what a code of this module means.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    match code {
        "P001" => Some(
            "The program's directory does not hold together: a grammar is missing, a linked file is not there, or \
             the linked programs do not fit into one memory.",
        ),
        "P002" => Some(
            "The program does not fit into the machine: a constant that its units refuse whenever they come to it, such \
             as a CRC of 33 bits, or more than its memories hold (`orrery config show`).",
        ),
        "P003" => Some(
            "A block of another language, `alu {` or `gfx {`, is not closed: a line that is `}` alone ends it.",
        ),
        _ => None,
    }
}
