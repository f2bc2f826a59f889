//! The table of one file.

use std::time::Duration;

use serde_json::{Value, json};

use super::compare::{Answer, Compared, Figures, Verdict};

/// A decoder's line.
pub struct Line {
    /// Backend, or the machine with its program.
    pub name: String,
    version: String,
    /// None for the baseline.
    compared: Option<Verdict>,
    /// Of formats with more than one right answer there are figures, no verdict.
    exact: bool,
    figures: Option<Figures>,
    text: String,
    time: Duration,
}

impl Line {
    /// The one that the others are compared with.
    pub fn baseline(name: &str, version: &str, answer: &Answer, time: Duration) -> Line {
        Line {
            name: name.into(),
            version: version.into(),
            compared: None,
            exact: true,
            figures: None,
            text: answer.text(),
            time,
        }
    }

    /// One of the others.
    pub fn compared(
        name: &str,
        version: &str,
        compared: Compared,
        exact: bool,
        time: Duration,
    ) -> Line {
        Line {
            name: name.into(),
            version: version.into(),
            compared: Some(compared.verdict),
            exact,
            figures: compared.figures,
            text: compared.text,
            time,
        }
    }

    /// The verdict, where there is one: a lossy format's pictures may differ.
    pub fn verdict(&self) -> Option<Verdict> {
        self.compared
            .filter(|verdict| self.exact || self.figures.is_none() || *verdict == Verdict::Equal)
    }

    fn word(&self) -> &'static str {
        match (self.compared, self.verdict()) {
            (None, _) => "baseline",
            (_, Some(verdict)) => verdict.name(),
            (_, None) => "-",
        }
    }

    fn cells(&self) -> [String; 8] {
        let figure =
            |text: fn(&Figures) -> String| self.figures.as_ref().map_or_else(|| "-".into(), text);
        [
            self.name.clone(),
            self.version.clone(),
            self.word().into(),
            figure(|f| f.differing.to_string()),
            figure(|f| f.max.to_string()),
            figure(|f| match f.psnr.is_finite() {
                true => format!("{:.2}", f.psnr),
                false => "inf".into(),
            }),
            figure(|f| {
                f.ssim
                    .map_or_else(|| "-".into(), |ssim| format!("{ssim:.5}"))
            }),
            format!("{:.1} ms", self.time.as_secs_f64() * 1000.0),
        ]
    }

    /// For `--json`; an infinite ratio is null.
    pub fn to_json(&self) -> Value {
        let mut line = json!({
            "backend": self.name,
            "version": self.version,
            "verdict": match self.word() { "-" => Value::Null, word => json!(word) },
            "text": self.text,
            "seconds": self.time.as_secs_f64(),
        });
        if let Some(figures) = self.figures {
            line["pixels_differing"] = json!(figures.differing);
            line["max_difference"] = json!(figures.max);
            line["psnr"] = json!(figures.psnr.is_finite().then_some(figures.psnr));
            line["ssim"] = json!(figures.ssim);
        }
        line
    }
}

const HEADINGS: [&str; 8] = [
    "backend", "version", "verdict", "pixels", "max", "PSNR dB", "SSIM", "time",
];

/// The table as text: figures flush right, remarks behind them.
pub fn render(file: &str, lines: &[Line]) -> String {
    let rows: Vec<[String; 8]> = std::iter::once(HEADINGS.map(String::from))
        .chain(lines.iter().map(Line::cells))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 8] = std::array::from_fn(width);
    let remarks = std::iter::once("").chain(lines.iter().map(|line| line.text.as_str()));
    let mut text = file.to_owned();
    for (row, remark) in rows.iter().zip(remarks) {
        let mut line = String::from(" ");
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            line += &match column {
                0..3 => format!(" {cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        line += "  ";
        line += remark;
        text.push('\n');
        text += line.trim_end();
    }
    text
}
