//! The plots: one glance over the allocators, and one row for every workload.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::{
    BLACK, ChartBuilder, Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, PathElement,
    RGBColor, SVGBackend, ShapeStyle, Text, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

use crate::allocator::BASELINE;
use crate::report::Report;
use crate::summary::{self, Measure};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Told apart by people who see colours differently too.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 240),
    RGBColor(90, 90, 90),
];
const RULE: RGBColor = RGBColor(225, 225, 225);

fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

fn words(size: i32, horizontal: HPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&BLACK).pos(Pos::new(horizontal, VPos::Center))
}

/// plotters' errors borrow from the backend; only their text can be passed on.
fn plain<E: std::fmt::Display>(error: E) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

/// Writes what the run was at the foot; the command may be long and is wrapped, not cut.
fn footer(root: &Area<'_>, report: &Report, top: i32) -> Result<()> {
    let (width, _) = root.dim_in_pixel();
    let lines = report.about.lines();
    let wrapped = lines.iter().flat_map(|line| wrapped(line, width as usize / 6));
    for (at, line) in (0..).zip(wrapped) {
        let place = (12, top + 14 * at);
        root.draw(&Text::new(line, place, words(11, HPos::Left))).map_err(plain)?;
    }
    Ok(())
}

/// Breaks `line` at spaces into pieces of at most `width` characters, where the words allow it.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in line.split(' ') {
        match pieces.last_mut() {
            Some(piece) if piece.is_empty() => piece.push_str(word),
            Some(piece) if piece.len() + 1 + word.len() <= width => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(format!("    {word}")),
        }
    }
    pieces
}

/// Draws one point for each allocator: CPU time across, peak memory up; lower left is better.
pub(crate) fn glance(report: &Report, path: &Path) -> Result<()> {
    let points: Vec<(&str, f64, f64)> = report
        .allocators
        .iter()
        .filter_map(|row| {
            let time = summary::overall(report, &row.name, Measure::Cpu)?;
            let memory = summary::overall(report, &row.name, Measure::Peak)?;
            Some((row.name.as_str(), time.mean, memory.mean))
        })
        .collect();
    let range = |values: Vec<f64>| {
        let low = values.iter().copied().fold(0.7, f64::min);
        let high = values.iter().copied().fold(1.4, f64::max);
        (low - 0.1)..(high + 0.3)
    };
    let across = range(points.iter().map(|point| point.1).collect());
    let up = range(points.iter().map(|point| point.2).collect());

    let root = SVGBackend::new(path, (760, 620)).into_drawing_area();
    root.fill(&WHITE).map_err(plain)?;
    let (chart_area, _) = root.split_vertically(500);
    let mut chart = ChartBuilder::on(&chart_area)
        .margin(16)
        .caption("CPU time and peak memory, geometric means, glibc = 1", ("sans-serif", 17))
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(across, up)
        .map_err(plain)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RULE)
        .x_desc("CPU time (less is better)")
        .y_desc("peak resident memory (less is better)")
        .x_label_formatter(&|value| format!("{value:.2}"))
        .y_label_formatter(&|value| format!("{value:.2}"))
        .draw()
        .map_err(plain)?;
    for (index, (name, time, memory)) in points.iter().enumerate() {
        let style = ShapeStyle::from(colour(index)).filled();
        let dot = [Circle::new((*time, *memory), 6, style)];
        chart.draw_series(dot).map_err(plain)?;
        // The label goes beside the dot in pixels, which the chart's own coordinates cannot say.
        let (x, y) = chart.backend_coord(&(*time, *memory));
        let label = format!("{name} ({time:.2}, {memory:.2})");
        root.draw(&Text::new(label, (x + 10, y), words(12, HPos::Left))).map_err(plain)?;
    }
    footer(&root, report, 512)?;
    root.present().map_err(plain)
}

/// Where the ratios of one panel are drawn.
struct Panel {
    title: &'static str,
    measure: Measure,
    left: i32,
    width: i32,
}

/// Ratios outside are drawn at the edge, with their value beside them.
const LOWEST: f64 = 0.25;
const HIGHEST: f64 = 8.0;
const ROW: i32 = 20;
const TOP: i32 = 84;

impl Panel {
    fn x(&self, ratio: f64) -> i32 {
        let share = (ratio.clamp(LOWEST, HIGHEST) / LOWEST).ln() / (HIGHEST / LOWEST).ln();
        self.left + (share * f64::from(self.width)).round() as i32
    }
}

/// Draws a row for every workload and a dot for every allocator, time on the left and memory on
/// the right; the first row is the geometric mean.
pub(crate) fn workloads(report: &Report, path: &Path) -> Result<()> {
    let panels = [
        Panel { title: "CPU time, glibc = 1", measure: Measure::Cpu, left: 160, width: 400 },
        Panel { title: "peak memory, glibc = 1", measure: Measure::Peak, left: 600, width: 300 },
        Panel { title: "settled memory", measure: Measure::Settled, left: 940, width: 200 },
    ];
    let rows = i32::try_from(report.workloads.len())? + 1;
    let bottom = TOP + rows * ROW;
    let root = SVGBackend::new(path, (1180, u32::try_from(bottom + 120)?)).into_drawing_area();
    root.fill(&WHITE).map_err(plain)?;
    legend(&root, report)?;
    for panel in &panels {
        grid(&root, panel, bottom)?;
    }
    row(&root, report, &panels, 0, None)?;
    for (at, workload) in (1..).zip(&report.workloads) {
        row(&root, report, &panels, at, Some(&workload.name))?;
    }
    footer(&root, report, bottom + 36)?;
    root.present().map_err(plain)
}

fn legend(root: &Area<'_>, report: &Report) -> Result<()> {
    let mut x = 160;
    for (index, allocator) in report.allocators.iter().enumerate() {
        if allocator.name == BASELINE {
            continue;
        }
        let style = ShapeStyle::from(colour(index)).filled();
        root.draw(&Circle::new((x, 20), 5, style)).map_err(plain)?;
        let label = allocator.name.clone();
        let advance = 30 + 8 * i32::try_from(label.len())?;
        root.draw(&Text::new(label, (x + 10, 20), words(13, HPos::Left))).map_err(plain)?;
        x += advance;
    }
    Ok(())
}

fn grid(root: &Area<'_>, panel: &Panel, bottom: i32) -> Result<()> {
    let middle = panel.left + panel.width / 2;
    root.draw(&Text::new(panel.title, (middle, 46), words(13, HPos::Center))).map_err(plain)?;
    for ratio in [0.25, 0.5, 1.0, 2.0, 4.0, 8.0] {
        let x = panel.x(ratio);
        let style = if ratio == 1.0 { BLACK.stroke_width(1) } else { RULE.stroke_width(1) };
        root.draw(&PathElement::new(vec![(x, TOP - 12), (x, bottom)], style)).map_err(plain)?;
        for y in [TOP - 20, bottom + 10] {
            let label = Text::new(format!("{ratio}"), (x, y), words(11, HPos::Center));
            root.draw(&label).map_err(plain)?;
        }
    }
    Ok(())
}

/// One row; without a workload, the geometric mean.
fn row(
    root: &Area<'_>,
    report: &Report,
    panels: &[Panel],
    at: i32,
    workload: Option<&str>,
) -> Result<()> {
    let y = TOP + at * ROW;
    let name = workload.unwrap_or("GEOMETRIC MEAN");
    root.draw(&Text::new(name.to_owned(), (150, y), words(12, HPos::Right))).map_err(plain)?;
    for panel in panels {
        let ends = vec![(panel.left, y), (panel.left + panel.width, y)];
        root.draw(&PathElement::new(ends, RULE.stroke_width(1))).map_err(plain)?;
        for (index, allocator) in report.allocators.iter().enumerate() {
            let ratio = match workload {
                _ if allocator.name == BASELINE => None,
                Some(name) => summary::ratio(report, name, &allocator.name, panel.measure),
                None => {
                    summary::overall(report, &allocator.name, panel.measure).map(|all| all.mean)
                }
            };
            let Some(ratio) = ratio else { continue };
            let x = panel.x(ratio);
            let style = colour(index).mix(0.85).filled();
            root.draw(&Circle::new((x, y), 5, style)).map_err(plain)?;
            if ratio > HIGHEST {
                let label = Text::new(format!("{ratio:.0}"), (x + 8, y), words(10, HPos::Left));
                root.draw(&label).map_err(plain)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "    three"]);
        assert_eq!(wrapped("short", 20), ["short"]);
    }
}
