//! Whether a program fits into a machine: told before it runs, with the place in its source.

use std::ops::Range;

use orrery_arithmetic::Image as CoreImage;
use orrery_compositor::Image as KernelImage;
use orrery_parsing::unit::misfits;
use orrery_shared::source::{Diagnostic, Place, Severity};

use crate::config::Config;
use crate::program::{Program, Sources};

/// Something of a program that a machine refuses whenever it comes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// File and place, where it is about one row.
    pub place: Option<(String, Place)>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some((file, place)) => write!(f, "{file}:{}: {}", place.line, self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Program {
    /// What of the program a machine refuses. The sizes of the grammar are not looked at here:
    /// the Parsing Unit refuses them when it is made.
    #[must_use]
    pub fn misfits(&self, config: &Config) -> Vec<Misfit> {
        let core = CoreImage::from(&self.core).check(&config.arithmetic);
        let kernel = KernelImage::from(&self.kernel).check();
        let whole = [core, kernel].into_iter().filter_map(Result::err);
        let whole = whole.map(|message| Misfit {
            place: None,
            message,
        });
        let map = &self.parsing.map;
        let rows = misfits(&config.parsing, &config.output, &self.parsing);
        let rows = rows.into_iter().map(|misfit| {
            let place = map.places.get(misfit.row as usize).copied();
            let place = place.filter(|p| p.line > 0).and_then(|place| {
                let file = map.files.get(usize::from(place.file))?;
                Some((file.clone(), place))
            });
            Misfit {
                place,
                message: misfit.message,
            }
        });
        whole.chain(rows).collect()
    }

    /// The same as messages of a compiler.
    #[must_use]
    pub fn refused(&self, config: &Config, sources: &Sources) -> Vec<Diagnostic> {
        let mut found = self.misfits(config);
        // Rows that are made of one text say the same.
        found.dedup();
        let message = |misfit: Misfit| {
            let (file, span) = match misfit.place {
                None => (self.parsing.map.files.first().cloned(), 0..0),
                Some((file, place)) => {
                    let span = sources
                        .get(&file)
                        .map_or(0..0, |text| rest_of_line(text, place));
                    (Some(file), span)
                }
            };
            Diagnostic {
                severity: Severity::Error,
                code: "P002",
                file: file.unwrap_or_default(),
                span,
                message: misfit.message,
                hint: Some("the machine would refuse this whenever it came to it".to_owned()),
            }
        };
        found.into_iter().map(message).collect()
    }
}

/// From a place to the end of its line.
fn rest_of_line(text: &str, place: Place) -> Range<usize> {
    let line = (place.line as usize).saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let line = text[before..].lines().next().unwrap_or("");
    let skipped = line
        .char_indices()
        .nth(usize::from(place.column).saturating_sub(1));
    let start = skipped.map_or(0, |(at, _)| at);
    before + start..before + line.trim_end().len().max(start)
}
