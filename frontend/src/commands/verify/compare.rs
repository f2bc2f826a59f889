//! Two answers of two decoders about one file.

use std::path::Path;

use orrery_metrics::{Plane, View};
use orrery_reference::{Picture, ReferenceError};

use crate::picture;
use crate::session::{Failure, exit};

/// What a decoder says of a file.
pub enum Answer {
    /// A picture without a fault.
    Whole(Picture),
    /// A picture that breaks off.
    Incomplete {
        /// At its full size.
        picture: Picture,
        /// Rows from the top that are right.
        rows: u32,
        /// What broke.
        message: String,
    },
    /// No picture, and why.
    Refused(String),
}

impl From<Result<Picture, ReferenceError>> for Answer {
    fn from(result: Result<Picture, ReferenceError>) -> Answer {
        match result {
            Ok(picture) => Answer::Whole(picture),
            Err(ReferenceError::Incomplete {
                picture,
                complete_rows,
                message,
            }) => Answer::Incomplete {
                picture,
                rows: complete_rows,
                message,
            },
            Err(e) => Answer::Refused(e.to_string()),
        }
    }
}

impl Answer {
    /// Whether the file was found wanting.
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Answer::Whole(_))
    }

    fn picture(&self) -> Option<&Picture> {
        match self {
            Answer::Whole(picture) | Answer::Incomplete { picture, .. } => Some(picture),
            Answer::Refused(_) => None,
        }
    }

    /// In words, for the table.
    pub fn text(&self) -> String {
        match self {
            Answer::Whole(picture) => format!("{}x{}", picture.width, picture.height),
            Answer::Incomplete {
                picture,
                rows,
                message,
            } => format!("{rows} of {} rows: {message}", picture.height),
            Answer::Refused(message) => message.clone(),
        }
    }
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every byte.
    Equal,
    /// At least one byte, or only one of both decodes it.
    Differs,
    /// Neither decodes the whole of it; rows that both have are equal.
    BothRefuse,
}

impl Verdict {
    /// As the table and JSON say it.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Differs => "differs",
            Verdict::BothRefuse => "both refuse",
        }
    }
}

/// How far two whole pictures of one size are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Pixels of which at least one sample differs.
    pub differing: u64,
    /// Largest difference of a sample, 0 to 255.
    pub max: u8,
    /// Decibels over all four samples; infinite where nothing differs.
    pub psnr: f64,
    /// Structural similarity of the luma plane; none for pictures smaller than its window.
    pub ssim: Option<f64>,
}

/// An answer beside the baseline's.
pub struct Compared {
    /// Whether they agree.
    pub verdict: Verdict,
    /// Only of two whole pictures of one size.
    pub figures: Option<Figures>,
    /// What there is to say beyond that.
    pub text: String,
}

impl Compared {
    /// Compares `other` with the baseline.
    pub fn new(baseline: &Answer, other: &Answer) -> Compared {
        let (verdict, figures, text) = match (baseline, other) {
            (Answer::Whole(ours), Answer::Whole(theirs)) => return whole(ours, theirs),
            (Answer::Whole(_), _) => (
                Verdict::Differs,
                None,
                format!("the baseline decodes it: {}", other.text()),
            ),
            (_, Answer::Whole(_)) => (
                Verdict::Differs,
                None,
                "decodes it, the baseline does not".into(),
            ),
            (
                Answer::Incomplete { picture, rows, .. },
                Answer::Incomplete {
                    picture: theirs,
                    rows: their_rows,
                    message,
                },
            ) => {
                let rows = *rows.min(their_rows);
                let common = theirs.width as usize * rows as usize * 4;
                if picture.width == theirs.width
                    && picture.rgba.get(..common) == theirs.rgba.get(..common)
                {
                    let text = format!("incomplete ({message}); {rows} common rows are equal");
                    (Verdict::BothRefuse, None, text)
                } else {
                    let text = format!("incomplete ({message}), and rows that both have differ");
                    (Verdict::Differs, None, text)
                }
            }
            _ => (Verdict::BothRefuse, None, other.text()),
        };
        Compared {
            verdict,
            figures,
            text,
        }
    }
}

fn whole(ours: &Picture, theirs: &Picture) -> Compared {
    let measured = ours.view().and_then(|a| {
        let b = theirs.view()?;
        let comparison = orrery_metrics::compare(a, b)?;
        let figures = Figures {
            differing: comparison.differing,
            max: comparison.max_abs,
            psnr: orrery_metrics::psnr(a, b)?.rgba,
            ssim: orrery_metrics::ssim(a, b, Plane::Luma).ok(),
        };
        let first = comparison.first.map_or_else(String::new, |first| {
            let (x, y) = (first.x, first.y);
            format!(
                "first at ({x}, {y}): {:?} and {:?}",
                first.left, first.right
            )
        });
        Ok((figures, first))
    });
    match measured {
        Ok((figures, text)) => Compared {
            verdict: match figures.differing {
                0 => Verdict::Equal,
                _ => Verdict::Differs,
            },
            figures: Some(figures),
            text,
        },
        Err(e) => Compared {
            verdict: Verdict::Differs,
            figures: None,
            text: e.to_string(),
        },
    }
}

/// Writes the differences of two pictures, eight times enlarged.
///
/// # Errors
/// When they differ in size, or the file cannot be written. Without two pictures nothing is written.
pub fn write_difference(baseline: &Answer, other: &Answer, out: &Path) -> Result<(), Failure> {
    let (Some(ours), Some(theirs)) = (baseline.picture(), other.picture()) else {
        return Ok(());
    };
    let fail = |message: String| Failure {
        code: exit::MISMATCH,
        message,
    };
    let rgba = ours
        .view()
        .and_then(|a: View<'_>| orrery_metrics::difference(a, theirs.view()?, 8))
        .map_err(|e| fail(e.to_string()))?;
    let difference = Picture {
        rgba,
        width: ours.width,
        height: ours.height,
    };
    picture::write(&picture::still(difference, true), out).map_err(fail)
}
