//! Reports: JSON for programs, one HTML file for people.

use std::fmt::Write as _;

use plotters::prelude::*;
use serde::Serialize;

use crate::core::{Entity, Image, Key, Residual, Step, Symbols, World};
use crate::{Error, systems};

/// One encoded picture.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The picture's name.
    pub name: String,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// The container's bytes.
    pub bytes: usize,
    /// Bits for each pixel.
    pub bits_per_pixel: f64,
    /// Figures recorded for the entity: `psnr`, `ssim`, `ms-ssim`.
    pub metrics: Vec<(String, f64)>,
    /// Counts of the quantised symbols from -16 to 16; the ends hold the rest.
    pub histogram: Vec<u32>,
    /// Mean absolute difference of source and reconstruction in a grid of at
    /// most 48 columns, row by row, and the grid's columns.
    pub residual_map: (Vec<f64>, usize),
}

/// One point of a rate-distortion curve: bits for each pixel, and PSNR in dB (infinite, in JSON null,
/// where the picture comes back exactly).
pub type Point = (f64, f64);

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `orrery-vae-report/1`.
    pub schema: &'static str,
    /// The pictures.
    pub entries: Vec<Entry>,
    /// Rate-distortion curves by name.
    pub curves: Vec<(String, Vec<Point>)>,
    /// Every step that ran.
    pub trace: Vec<Step>,
    /// The most bytes of the arena that were in use before the report was made.
    pub arena_high_water: usize,
}

impl Report {
    /// An empty report with a world's trace.
    pub fn new(world: &World) -> Self {
        Self {
            schema: "orrery-vae-report/1",
            entries: Vec::new(),
            curves: Vec::new(),
            trace: world.context.trace.clone(),
            arena_high_water: world.arena().high_water(),
        }
    }

    /// Adds an entity that was encoded (has `Symbols`) and decoded (has
    /// `ReconRGB`), with whatever was measured of it.
    ///
    /// # Errors
    /// [`Error::NoComponent`] when one of them is not there.
    pub fn add(
        &mut self,
        world: &mut World,
        entity: Entity,
        name: &str,
        bytes: usize,
    ) -> Result<(), Error> {
        (world.pipe(&[entity]) | systems::SubtractRecon).run()?;
        let source = world.get::<Image>(entity, &Key::RGB)?;
        let (height, width) = (source.pixels.shape()[0], source.pixels.shape()[1]);
        let symbols = &world.get::<Symbols>(entity, &Key::SYMBOLS)?.symbols;
        let mut histogram = vec![0; 33];
        for &symbol in world.arena().slice::<i32>(symbols)? {
            histogram[(symbol.clamp(-16, 16) + 16) as usize] += 1;
        }
        let residual = &world.get::<Residual>(entity, &Key::RESIDUAL_RGB)?.values;
        let residual = world.arena().slice::<i16>(residual)?;
        let cell = width.div_ceil(48).max(1);
        let (columns, rows) = (width.div_ceil(cell), height.div_ceil(cell));
        let mut sums = vec![(0.0, 0.0); columns * rows];
        for (number, rgb) in residual.as_chunks::<3>().0.iter().enumerate() {
            let place = number / width / cell * columns + number % width / cell;
            sums[place].0 += rgb.iter().map(|v| f64::from(v.unsigned_abs())).sum::<f64>();
            sums[place].1 += 3.0;
        }
        let map = sums.into_iter().map(|(sum, count)| sum / count).collect();
        let metrics = world.metrics().filter(|m| m.0 == entity);
        self.entries.push(Entry {
            name: name.into(),
            width,
            height,
            bytes,
            bits_per_pixel: bytes as f64 * 8.0 / (width * height) as f64,
            metrics: metrics.map(|(_, n, v)| (n.to_owned(), v)).collect(),
            histogram,
            residual_map: (map, columns),
        });
        Ok(())
    }

    /// The report as JSON.
    ///
    /// # Panics
    /// Never: nothing in it fails to serialise.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The report as one HTML page that needs nothing beside it.
    pub fn to_html(&self) -> String {
        let mut page = String::from(
            "<!doctype html><meta charset=\"utf-8\"><title>vae-ans report</title>\
             <style>body{font-family:sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:left}\
             svg{margin:.5em}</style><h1>vae-ans report</h1>",
        );
        let _ = write!(
            page,
            "<p>Arena high-water mark: {} bytes.</p><h2>Steps</h2><table><tr><th>system<th>entities\
             <th>output<th>shape<th>type<th>bits an element<th>ms<th>seed",
            self.arena_high_water
        );
        for step in &self.trace {
            let out = step.outputs.first();
            let _ = write!(
                page,
                "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{:.2}<td>{}",
                escaped(&step.system),
                step.entities.len(),
                out.map_or(String::new(), |o| escaped(&o.component)),
                out.map_or(String::new(), |o| format!("{:?}", o.shape)),
                out.map_or("", |o| o.dtype.as_str()),
                out.and_then(|o| o.entropy)
                    .map_or(String::new(), |e| format!("{e:.3}")),
                step.seconds * 1e3,
                step.seed,
            );
        }
        page.push_str("</table>");
        if !self.curves.is_empty() {
            page.push_str("<h2>Rate and distortion</h2>");
            page.push_str(&curves(&self.curves));
        }
        for entry in &self.entries {
            let _ = write!(
                page,
                "<h2>{}</h2><p>{}x{}, {} bytes, {:.3} bits a pixel",
                escaped(&entry.name),
                entry.width,
                entry.height,
                entry.bytes,
                entry.bits_per_pixel
            );
            for (name, value) in &entry.metrics {
                let _ = write!(page, ", {} {value:.4}", escaped(name));
            }
            page.push_str("</p>");
            page.push_str(&histogram(&entry.histogram));
            page.push_str(&residual_map(&entry.residual_map.0, entry.residual_map.1));
        }
        page
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Draws into an SVG; a plot that cannot be drawn becomes a comment.
fn svg(
    size: (u32, u32),
    draw: impl FnOnce(
        &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), Box<dyn std::error::Error>>,
) -> String {
    let mut text = String::new();
    let result = {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        draw(&area).and_then(|()| area.present().map_err(|e| e.to_string().into()))
    };
    match result {
        Ok(()) => text,
        Err(error) => format!("<!-- {error} -->"),
    }
}

/// Rate-distortion curves.
pub fn curves(curves: &[(String, Vec<Point>)]) -> String {
    // A picture that comes back exactly has no finite ratio, and no place in the plot.
    let finite = |point: &&Point| point.0.is_finite() && point.1.is_finite();
    let all = curves.iter().flat_map(|(_, points)| points).filter(finite);
    let (mut widest, mut low, mut high) = (0.0f64, f64::MAX, f64::MIN);
    for &(rate, quality) in all {
        widest = widest.max(rate);
        (low, high) = (low.min(quality), high.max(quality));
    }
    if widest <= 0.0 {
        return String::new();
    }
    svg((720, 440), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(50)
            .build_cartesian_2d(0.0..widest * 1.05, low - 1.0..high + 1.0)
            .map_err(|e| e.to_string())?;
        chart
            .configure_mesh()
            .x_desc("bits a pixel")
            .y_desc("PSNR, dB")
            .draw()
            .map_err(|e| e.to_string())?;
        for (number, (name, points)) in curves.iter().enumerate() {
            let colour = Palette99::pick(number).to_rgba();
            chart
                .draw_series(LineSeries::new(
                    points.iter().filter(finite).copied(),
                    colour,
                ))
                .map_err(|e| e.to_string())?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .draw()
            .map_err(|e| e.to_string())?;
        Ok(())
    })
}

fn histogram(counts: &[u32]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    svg((420, 260), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(30)
            .y_label_area_size(60)
            .build_cartesian_2d((-16i32..16).into_segmented(), 0..most)
            .map_err(|e| e.to_string())?;
        chart
            .configure_mesh()
            .x_desc("symbol")
            .draw()
            .map_err(|e| e.to_string())?;
        let bars = counts.iter().enumerate();
        chart
            .draw_series(
                Histogram::vertical(&chart)
                    .style(BLUE.filled())
                    .data(bars.map(|(place, &count)| (place as i32 - 16, count))),
            )
            .map_err(|e| e.to_string())?;
        Ok(())
    })
}

fn residual_map(map: &[f64], columns: usize) -> String {
    let most = map.iter().copied().fold(1.0, f64::max);
    let rows = map.len().div_ceil(columns.max(1));
    svg((columns as u32 * 8, rows as u32 * 8), |area| {
        for (place, value) in map.iter().enumerate() {
            let (x, y) = ((place % columns * 8) as i32, (place / columns * 8) as i32);
            let grey = (value / most * 255.0) as u8;
            let cell = Rectangle::new(
                [(x, y), (x + 8, y + 8)],
                RGBColor(grey, grey, grey).filled(),
            );
            area.draw(&cell).map_err(|e| e.to_string())?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_drawn() {
        let text = curves(&[
            ("a".into(), vec![(0.5, 30.0), (1.0, 33.0)]),
            ("b".into(), vec![(0.4, 29.0)]),
        ]);
        assert!(
            text.starts_with("<svg") && text.contains("bits a pixel"),
            "{text}"
        );
        let exact = curves(&[
            ("a".into(), vec![(0.5, 30.0), (1.0, f64::INFINITY)]),
            ("b".into(), vec![(0.5, f64::INFINITY), (f64::NAN, 1.0)]),
        ]);
        assert!(exact.starts_with("<svg") && !exact.contains("inf") && !exact.contains("NaN"));
        let none = curves(&[("b".into(), vec![(0.5, f64::INFINITY)])]);
        assert_eq!(none, "");
        assert!(histogram(&[1, 5, 2]).starts_with("<svg"));
        assert!(
            residual_map(&[0.0, 1.0, 9.0, 3.0], 2)
                .matches("<rect")
                .count()
                >= 4
        );
        assert_eq!(escaped("<b>&"), "&lt;b>&amp;");
    }
}
