//! A plot of the table: bars of p95 on a logarithmic scale, the small library above the large one.

use std::fmt::Write as _;

use super::Row;

const LEFT: f64 = 220.0;
const WIDTH: f64 = 560.0;
const STEP: f64 = 34.0;
const TOP: f64 = 60.0;
/// The longest time that the scale shows, ms.
const MOST_MS: f64 = 1_000.0;

/// An SVG image.
pub(crate) fn bars(small: usize, large: usize, rows: &[Row]) -> String {
    let height = TOP + STEP * rows.len() as f64 + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"20\" y=\"24\" font-size=\"15\">p95 through the router, ms: {small} tracks (light) and {large} (dark)</text>\n",
        LEFT + WIDTH + 60.0
    );
    for ms in [1.0, 5.0, 20.0, 50.0, 200.0, MOST_MS] {
        let x = LEFT + length(ms);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.0}\" x2=\"{x:.0}\" y1=\"{TOP}\" y2=\"{:.0}\" stroke=\"#ddd\"/><text x=\"{x:.0}\" y=\"{:.0}\" \
             text-anchor=\"middle\" fill=\"#666\">{ms:.0}</text>",
            height - 36.0,
            height - 20.0
        );
    }
    for (n, row) in rows.iter().enumerate() {
        let y = TOP + STEP * n as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            y + 18.0,
            row.name
        );
        for (measured, offset, colour) in [(&row.small, 4.0, "#9ecae1"), (&row.large, 15.0, "#2171b5")] {
            let width = length(measured.p95);
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{:.0}\" width=\"{width:.1}\" height=\"10\" fill=\"{colour}\"/>\
                 <text x=\"{:.0}\" y=\"{:.0}\" font-size=\"9\">{:.1}</text>",
                y + offset,
                LEFT + width + 4.0,
                y + offset + 9.0,
                measured.p95
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// How long a bar is: nothing up to 1 ms, all of the width at the longest time.
fn length(ms: f64) -> f64 {
    (ms.clamp(1.0, MOST_MS).ln() / MOST_MS.ln()) * WIDTH
}
