//! Figures as a picture: horizontal bars of ratios, each beside its aim, as an SVG that needs nothing else.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Context;

/// Prints a report with how the platform was built and on how many cores it ran, and keeps it and its picture as
/// `bench/results/<name>.md` and `.svg`.
pub(crate) fn keep(name: &str, report: &str, picture: &str) -> anyhow::Result<()> {
    let folder = Path::new("bench/results");
    fs::create_dir_all(folder).context("make the folder of results")?;
    let build = std::env::var("POLYPHONY_BUILD").unwrap_or_else(|_| "unknown".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let report = format!("{report}\nBuild: {build}. {cores} cores for everything.\n");
    print!("{report}");
    fs::write(folder.join(name).with_extension("md"), report).context("write the report")?;
    fs::write(folder.join(name).with_extension("svg"), picture).context("write the picture")?;
    println!("\nKept in {}/{name}.md and .svg.", folder.display());
    Ok(())
}

/// A figure and what it should be.
pub(crate) struct Bar {
    /// What was measured.
    pub(crate) name: &'static str,
    /// The figure.
    pub(crate) value: f64,
    /// What it should be.
    pub(crate) aim: f64,
    /// Whether less is better.
    pub(crate) less_is_better: bool,
    /// Behind the figure, ` s` or nothing.
    pub(crate) unit: &'static str,
}

impl Bar {
    fn is_met(&self) -> bool {
        if self.less_is_better { self.value <= self.aim } else { self.value >= self.aim }
    }
}

/// Draws the bars under a title. Each has a scale of its own that ends at 1.6 times its aim; a line stands at the aim.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> String {
    const LEFT: f64 = 330.0;
    const FULL: f64 = 420.0;
    let height = 60 + bars.len() * 44;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"20\" y=\"30\" font-size=\"17\">{title}</text>\n"
    );
    for (row, bar) in bars.iter().enumerate() {
        let (top, scale) = (52 + row * 44, FULL / (bar.aim * 1.6));
        let (width, aim) = ((bar.value * scale).min(FULL), LEFT + bar.aim * scale);
        let colour = if bar.is_met() { "#2a9d6f" } else { "#c8553d" };
        let sign = if bar.less_is_better { "≤" } else { "≥" };
        let (text, bottom) = (top + 19, top + 32);
        let _ = writeln!(
            svg,
            "<text x=\"20\" y=\"{text}\">{}</text>\n<rect x=\"{LEFT}\" y=\"{top}\" width=\"{width:.1}\" height=\"26\" fill=\"{colour}\"/>\n\
             <line x1=\"{aim:.1}\" x2=\"{aim:.1}\" y1=\"{}\" y2=\"{bottom}\" stroke=\"black\" stroke-width=\"2\"/>\n\
             <text x=\"{}\" y=\"{text}\">{:.2}{unit} (aim {sign} {}{unit})</text>",
            bar.name,
            top - 6,
            LEFT + FULL + 14.0,
            bar.value,
            bar.aim,
            unit = bar.unit,
        );
    }
    svg + "</svg>\n"
}
